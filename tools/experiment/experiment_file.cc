#include "tools/experiment/experiment_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <iomanip>
#include <iterator>
#include <limits>
#include <set>
#include <sstream>
#include <utility>

#include "driver/base/edit_distance.h"
#include "tools/experiment/npy.h"

namespace hx::tools {
namespace {

constexpr std::uintmax_t kLargestFile = std::uintmax_t{1} << 28;
constexpr int kCircuits = 512;
constexpr int kLargestSource = 65536;  // labels of 16 bit
constexpr int kLargestBackground = 256;
constexpr double kCyclesPerSecond = 125e6;
constexpr double kLargestRuntimeCycles = 4294967295.0;  // the FPGA's 32 bit timer
constexpr double kShortestTimeConstant = 1e-8;          // s
constexpr double kLongestTime = 1;                      // s

/// Thrown and caught inside this file only: the first thing that is wrong ends the reading.
struct Refusal {
  Error error;
};

/// A node of the file with what is needed to name it in a message.
struct Item {
  YAML::Node node;
  std::string key;  // "populations.hid.size"
  std::string const* path;

  [[nodiscard]] int line() const { return node.Mark().line + 1; }

  [[noreturn]] void refuse(std::string const& what, std::string const& hint = {}) const {
    throw Refusal{Error{.code = ErrorCode::kParse,
                        .message = *path + ":" + std::to_string(line()) + ": " +
                                   (key.empty() ? "" : key + ": ") + what,
                        .hint = hint}};
  }

  [[nodiscard]] Item child(std::string const& name, YAML::Node const& value) const {
    return {value, key.empty() ? name : key + "." + name, path};
  }
  [[nodiscard]] Item element(std::size_t index) const {
    return {node[index], key + "[" + std::to_string(index) + "]", path};
  }
};

std::string quoted_list(std::vector<std::string> const& names) {
  std::string text;
  for (std::string const& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// The keys of a map: each at most once, none but the known ones.
class Keys {
 public:
  Keys(Item item, std::vector<std::string> known) : item_(std::move(item)) {
    if (!item_.node.IsMap()) item_.refuse("must be a map (key: value)");
    for (auto const& pair : item_.node) {
      Item const key{pair.first, item_.key, item_.path};
      if (!pair.first.IsScalar()) key.refuse("keys must be plain words");
      std::string const name = pair.first.Scalar();
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        key.refuse("unknown key '" + name + "'", unknown_hint(name, known));
      }
      if (!seen_.insert(name).second) key.refuse("key '" + name + "' is given twice");
    }
  }

  [[nodiscard]] bool has(std::string const& name) const { return seen_.contains(name); }
  [[nodiscard]] Item operator[](std::string const& name) const {
    return item_.child(name, item_.node[name]);
  }
  [[nodiscard]] Item required(std::string const& name) const {
    if (!has(name)) item_.refuse("'" + name + "' is missing");
    return (*this)[name];
  }

 private:
  static std::string unknown_hint(std::string const& name, std::vector<std::string> const& known) {
    std::string const near = nearest_name(name, known);
    return near.empty() ? "the known keys are " + quoted_list(known)
                        : "did you mean '" + near + "'? The known keys are " + quoted_list(known);
  }

  Item item_;
  std::set<std::string> seen_;
};

double number(Item const& item) {
  double value = 0;
  if (!item.node.IsScalar() || !YAML::convert<double>::decode(item.node, value)) {
    item.refuse("must be a number");
  }
  if (!std::isfinite(value)) item.refuse("must be a finite number");
  return value;
}

std::string text_of(double value) {
  std::ostringstream text;
  text << std::setprecision(10) << value;
  return text.str();
}

double number_in(Item const& item, double low, double high, char const* unit = "") {
  double const value = number(item);
  if (value < low || value > high) {
    item.refuse(text_of(value) + " is out of range: must be " + text_of(low) + " to " +
                text_of(high) + unit);
  }
  return value;
}

std::int64_t whole(Item const& item, double low, double high) {
  double const value = number_in(item, low, high);
  if (value != std::floor(value)) item.refuse("must be a whole number, not " + text_of(value));
  return static_cast<std::int64_t>(value);
}

/// One number for all neurons, or a list with one for each.
template <typename T, typename Read>
std::vector<T> per_neuron(Item const& item, int size, Read read) {
  auto const count = static_cast<std::size_t>(size);
  if (!item.node.IsSequence()) return std::vector<T>(count, static_cast<T>(read(item)));
  if (item.node.size() != count) {
    item.refuse("the list has " + std::to_string(item.node.size()) + " numbers for " +
                std::to_string(size) + " neurons");
  }
  std::vector<T> values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<T>(read(item.element(i))));
  return values;
}

// --- populations ---------------------------------------------------------------------------------

std::vector<std::string> population_keys(PopulationType type) {
  std::vector<std::string> keys{"type", "size", "record"};
  auto const add = [&](std::initializer_list<char const*> more) {
    keys.insert(keys.end(), more.begin(), more.end());
  };
  if (type == PopulationType::kBackground) add({"period", "rate", "seed"});
  if (type == PopulationType::kLif) add({"threshold"});
  if (type == PopulationType::kLif || type == PopulationType::kLi) {
    add({"leak",
         "reset",
         "tau_mem",
         "tau_syn_exc",
         "tau_syn_inh",
         "membrane_capacitance",
         "refractory_time",
         "holdoff_time",
         "i_synin_gm",
         "synapse_dac_bias",
         "placement",
         "circuits",
         "layout",
         "cadc_source",
         "madc_source",
         "madc_neurons",
         "subthreshold_adaptation_strength",
         "spike_triggered_adaptation_increment",
         "tau_adap",
         "leak_adaptation",
         "exponential_threshold",
         "exponential_strength",
         "reversal_exc",
         "reversal_inh",
         "reference_exc",
         "reference_inh"});
  }
  return keys;
}

PopulationType population_type(Item const& item) {
  if (!item.node.IsMap() || !item.node["type"]) item.refuse("'type' is missing");
  Item const type = item.child("type", item.node["type"]);
  std::string const name = type.node.IsScalar() ? type.node.Scalar() : "";
  if (name == "spike_source") return PopulationType::kSpikeSource;
  if (name == "background") return PopulationType::kBackground;
  if (name == "lif") return PopulationType::kLif;
  if (name == "li") return PopulationType::kLi;
  type.refuse("unknown type '" + name + "'", "one of spike_source, background, lif, li");
}

Signal read_signal(Keys const& keys, char const* name) {
  if (!keys.has(name)) return Signal::kMembrane;
  Item const item = keys[name];
  std::string const signal = item.node.IsScalar() ? item.node.Scalar() : "";
  if (signal == "membrane") return Signal::kMembrane;
  if (signal == "excitatory") return Signal::kExcitatory;
  if (signal == "inhibitory") return Signal::kInhibitory;
  if (signal == "adaptation") return Signal::kAdaptation;
  item.refuse("unknown signal '" + signal + "'",
              "one of membrane, excitatory, inhibitory, adaptation");
}

void read_madc_neurons(Keys const& keys, Population& population, bool recorded) {
  if (!recorded) {
    if (keys.has("madc_neurons")) {
      keys["madc_neurons"].refuse("the population does not record the MADC",
                                  "record: [spikes, madc]");
    }
    return;
  }
  if (!keys.has("madc_neurons")) {
    population.madc_neurons = {0};
    return;
  }
  Item const item = keys["madc_neurons"];
  if (!item.node.IsSequence() || item.node.size() < 1 || item.node.size() > 2) {
    item.refuse("must be a list of one or two neurons", "the MADC has two inputs");
  }
  for (std::size_t i = 0; i < item.node.size(); ++i) {
    population.madc_neurons.push_back(
        static_cast<int>(whole(item.element(i), 0, population.size - 1)));
  }
  if (item.node.size() == 2 && population.madc_neurons[0] == population.madc_neurons[1]) {
    item.refuse("neuron " + std::to_string(population.madc_neurons[0]) + " is given twice");
  }
}

void read_sources(Keys const& keys, Population& population, bool madc) {
  population.cadc_source = read_signal(keys, "cadc_source");
  population.madc_source = read_signal(keys, "madc_source");
  read_madc_neurons(keys, population, madc);
  if (madc && population.record_cadc && population.cadc_source != population.madc_source) {
    keys[keys.has("madc_source") ? "madc_source" : "cadc_source"].refuse(
        "CADC and MADC are to see different signals of one neuron",
        "a circuit shows one signal: make cadc_source and madc_source equal, or record one");
  }
}

/// Whether the MADC is in the list.
bool read_record_list(Keys const& keys, Population& population) {
  population.record_spikes = population.record_cadc = false;
  bool madc = false;
  Item const record = keys["record"];
  if (!record.node.IsSequence()) record.refuse("must be a list, for example [spikes, cadc]");
  for (std::size_t i = 0; i < record.node.size(); ++i) {
    Item const entry = record.element(i);
    std::string const name = entry.node.IsScalar() ? entry.node.Scalar() : "";
    if (name == "spikes" && population.type != PopulationType::kLi) {
      population.record_spikes = true;
    } else if (name == "cadc" && population.is_neuron()) {
      population.record_cadc = true;
    } else if (name == "madc" && population.is_neuron()) {
      madc = true;
    } else if (name == "spikes" || name == "cadc" || name == "madc") {
      entry.refuse("a population of this type has no " + name,
                   "lif records spikes, cadc and madc, li cadc and madc, sources spikes");
    } else {
      entry.refuse("unknown observable '" + name + "'", "spikes, cadc or madc");
    }
  }
  return madc;
}

void read_record(Keys const& keys, Population& population) {
  population.record_spikes = population.type == PopulationType::kLif;
  population.record_cadc = population.type == PopulationType::kLi;
  bool madc = false;
  if (keys.has("record")) madc = read_record_list(keys, population);
  if (population.is_neuron()) read_sources(keys, population, madc);
}

void read_circuits(Keys const& keys, Population& population) {
  if (keys.has("layout")) {
    Item const item = keys["layout"];
    std::string const name = item.node.IsScalar() ? item.node.Scalar() : "";
    if (name != "columns" && name != "row") {
      item.refuse("unknown layout '" + name + "'", "columns or row");
    }
    population.in_row = name == "row";
  }
  if (!keys.has("circuits")) return;
  population.circuits = static_cast<int>(whole(keys["circuits"], 1, population.in_row ? 128 : 256));
}

/// Takes the circuits of the neuron that begins at `first`.
void take_circuits(Item const& item, Population const& population, int first,
                   std::set<int>& taken) {
  for (int i = 0; i < population.circuits; ++i) {
    int const column = first % 256 + (population.in_row ? i : i / 2);
    int const row = first / 256 + (population.in_row ? 0 : i % 2);
    if (row > 1 || column / 128 != first % 256 / 128) {
      item.refuse(
          "a neuron of " + std::to_string(population.circuits) +
              " circuits that begins at circuit " + std::to_string(first) +
              " leaves its half of the chip",
          "columns 0..127 and 128..255 are separate; layout 'columns' begins in the top row");
    }
    int const circuit = 256 * row + column;
    if (!taken.insert(circuit).second) {
      item.refuse("circuit " + std::to_string(circuit) + " is taken already");
    }
  }
}

void read_placement(Keys const& keys, Population& population, std::set<int>& taken) {
  if (!keys.has("placement")) return;
  Item const item = keys["placement"];
  if (!item.node.IsSequence()) item.refuse("must be a list of circuit numbers, one per neuron");
  population.placement = per_neuron<int>(item, population.size,
                                         [](Item const& i) { return whole(i, 0, kCircuits - 1); });
  for (std::size_t i = 0; i < population.placement->size(); ++i) {
    take_circuits(item.element(i), population, (*population.placement)[i], taken);
  }
}

/// Keys that make sense only together with another one.
void needs(Keys const& keys, char const* name, bool present, char const* other) {
  if (keys.has(name) && !present) {
    keys[name].refuse("has no effect without " + std::string(other), "give both or none");
  }
}

void read_conductance(Keys const& keys, Population& population, bool excitatory) {
  char const* const reversal = excitatory ? "reversal_exc" : "reversal_inh";
  char const* const reference = excitatory ? "reference_exc" : "reference_inh";
  needs(keys, reference, keys.has(reversal), reversal);
  if (!keys.has(reversal)) return;
  auto& reversals = excitatory ? population.reversal_exc : population.reversal_inh;
  auto& references = excitatory ? population.reference_exc : population.reference_inh;
  Item const item = keys[reversal];
  reversals = per_neuron<double>(item, population.size,
                                 [](Item const& i) { return number_in(i, -1e4, 1e4); });
  references = population.leak;
  if (keys.has(reference)) {
    references = per_neuron<double>(keys[reference], population.size,
                                    [](Item const& i) { return number_in(i, 0, 255); });
  }
  constexpr double kShortest = 32768. / 1022;
  for (std::size_t n = 0; n < reversals.size(); ++n) {
    double const distance = (reversals[n] - references[n]) * (excitatory ? 1 : -1);
    if (distance >= kShortest) continue;
    item.refuse(text_of(reversals[n]) + " of neuron " + std::to_string(n) + " must be at least " +
                    text_of(kShortest) + " LSB " + (excitatory ? "above" : "below") +
                    " the reference potential " + text_of(references[n]),
                std::string("set ") + reference + " (default: leak)");
  }
}

void read_adaptation(Keys const& keys, Population& population) {
  auto const list = [&](char const* name, double fallback, double low, double high,
                        char const* unit) {
    if (keys.has(name)) {
      return per_neuron<double>(keys[name], population.size,
                                [=](Item const& i) { return number_in(i, low, high, unit); });
    }
    return std::vector<double>(static_cast<std::size_t>(population.size), fallback);
  };
  constexpr double kLargest = 1022. / 512;
  bool const adapts = keys.has("subthreshold_adaptation_strength") ||
                      keys.has("spike_triggered_adaptation_increment");
  needs(keys, "tau_adap", adapts, "an adaptation strength or increment");
  needs(keys, "leak_adaptation", adapts, "an adaptation strength or increment");
  if (adapts) {
    population.adaptation_a = list("subthreshold_adaptation_strength", 0, -kLargest, kLargest, "");
    population.adaptation_b =
        list("spike_triggered_adaptation_increment", 0, -16352, 16352, " LSB");
    population.tau_adap = list("tau_adap", 100e-6, 12800e-6 / 1022, 12800e-6, " s");
    population.leak_adaptation = population.leak;
    if (keys.has("leak_adaptation")) {
      population.leak_adaptation = list("leak_adaptation", 0, 0, 255, " LSB");
    }
  }
  needs(keys, "exponential_strength", keys.has("exponential_threshold"), "exponential_threshold");
  if (keys.has("exponential_threshold")) {
    population.exponential_threshold = list("exponential_threshold", 0, 0, 255, " LSB");
    population.exponential_strength = list("exponential_strength", 1, 0, kLargest, "");
  }
  read_conductance(keys, population, true);
  read_conductance(keys, population, false);
}

void read_neurons(Keys const& keys, Population& population) {
  auto const list = [&](char const* name, double fallback, auto read) {
    if (keys.has(name)) return per_neuron<double>(keys[name], population.size, read);
    return std::vector<double>(static_cast<std::size_t>(population.size), fallback);
  };
  auto const codes = [&](char const* name, int fallback, int low, int high) {
    auto const read = [=](Item const& i) { return whole(i, low, high); };
    if (keys.has(name)) return per_neuron<int>(keys[name], population.size, read);
    return std::vector<int>(static_cast<std::size_t>(population.size), fallback);
  };
  auto const potential = [](Item const& i) { return number_in(i, 0, 255); };
  auto const tau = [](Item const& i) {
    return number_in(i, kShortestTimeConstant, kLongestTime, " s");
  };
  auto const time = [](Item const& i) { return number_in(i, 0, kLongestTime, " s"); };

  population.leak = list("leak", 80, potential);
  population.reset = list("reset", 80, potential);
  if (population.type == PopulationType::kLi && !keys.has("reset")) {
    population.reset = population.leak;
  }
  if (population.type == PopulationType::kLif) {
    population.threshold = list("threshold", 125, potential);
  }
  population.tau_mem = list("tau_mem", 10e-6, tau);
  population.tau_syn_exc = list("tau_syn_exc", 10e-6, tau);
  population.tau_syn_inh = list("tau_syn_inh", 10e-6, tau);
  population.refractory_time = list("refractory_time", 1e-6, time);
  population.holdoff_time = list("holdoff_time", 0, time);
  population.membrane_capacitance = codes("membrane_capacitance", 63, 1, 63);
  population.i_synin_gm = codes("i_synin_gm", 500, 0, 1022);
  population.synapse_dac_bias = codes("synapse_dac_bias", 600, 0, 1022);
}

void read_background(Keys const& keys, Population& population) {
  population.period = static_cast<int>(whole(keys.required("period"), 2, 65535));
  if (keys.has("rate")) population.rate = static_cast<int>(whole(keys["rate"], 0, 255));
  if (keys.has("seed")) {
    population.seed = static_cast<std::uint32_t>(
        whole(keys["seed"], 0, std::numeric_limits<std::uint32_t>::max()));
  }
}

int read_size(Keys const& keys, PopulationType type) {
  Item const item = keys.required("size");
  bool const background = type == PopulationType::kBackground;
  int const largest = type == PopulationType::kSpikeSource ? kLargestSource
                      : background                         ? kLargestBackground
                                                           : kCircuits;
  auto const size = static_cast<int>(whole(item, 1, largest));
  if (background && !std::has_single_bit(static_cast<unsigned>(size))) {
    item.refuse("the size of a background population must be a power of two, not " +
                std::to_string(size));
  }
  return size;
}

Population read_population(Item const& item, std::set<int>& taken) {
  Population population;
  population.name = item.key.substr(item.key.find('.') + 1);
  population.line = item.line();
  population.type = population_type(item);
  Keys const keys(item, population_keys(population.type));
  population.size = read_size(keys, population.type);
  read_record(keys, population);
  if (population.is_neuron()) {
    read_neurons(keys, population);
    read_adaptation(keys, population);
    read_circuits(keys, population);
    read_placement(keys, population, taken);
  }
  if (population.type == PopulationType::kBackground) read_background(keys, population);
  return population;
}

std::vector<Population> read_populations(Item const& item) {
  if (!item.node.IsMap() || item.node.size() == 0) item.refuse("must be a map of populations");
  std::vector<Population> populations;
  std::set<int> taken;
  std::set<std::string> names;
  int circuits = 0;
  for (auto const& pair : item.node) {
    Item const name{pair.first, item.key, item.path};
    if (!pair.first.IsScalar() || pair.first.Scalar().empty()) {
      name.refuse("names of populations must be plain words");
    }
    if (!names.insert(pair.first.Scalar()).second) {
      name.refuse("population '" + pair.first.Scalar() + "' is declared twice");
    }
    Item const value = item.child(pair.first.Scalar(), pair.second);
    populations.push_back(read_population(value, taken));
    Population const& last = populations.back();
    if (last.is_neuron()) circuits += last.size * last.circuits;
    if (circuits > kCircuits) {
      value.refuse("the populations up to here need " + std::to_string(circuits) +
                       " neuron circuits, the chip has 512",
                   "make populations smaller, or split the network");
    }
  }
  return populations;
}

// --- projections ---------------------------------------------------------------------------------

std::size_t find_population(Item const& item, std::vector<Population> const& populations) {
  std::string const name = item.node.IsScalar() ? item.node.Scalar() : "";
  std::vector<std::string> names;
  for (std::size_t i = 0; i < populations.size(); ++i) {
    if (populations[i].name == name) return i;
    names.push_back(populations[i].name);
  }
  std::string const near = nearest_name(name, names);
  item.refuse(
      "there is no population '" + name + "'",
      near.empty() ? "the populations are " + quoted_list(names) : "did you mean '" + near + "'?");
}

int weight(Item const& item) {
  return static_cast<int>(whole(item, -kMaxWeight, kMaxWeight));
}

struct Shape {
  int pre;
  int post;
};

std::vector<Connection> read_dense(Item const& item, Shape shape) {
  auto const expect = [](Item const& i, int count, char const* what) {
    if (!i.node.IsSequence() || i.node.size() != static_cast<std::size_t>(count)) {
      i.refuse("must be a list of " + std::to_string(count) + " " + what +
                   (i.node.IsSequence() ? ", not " + std::to_string(i.node.size()) : ""),
               "dense weights are [post][pre]");
    }
  };
  expect(item, shape.post, "rows, one per neuron of 'to'");
  std::vector<Connection> connections;
  for (int post = 0; post < shape.post; ++post) {
    Item const row = item.element(static_cast<std::size_t>(post));
    expect(row, shape.pre, "weights, one per neuron of 'from'");
    for (int pre = 0; pre < shape.pre; ++pre) {
      int const w = weight(row.element(static_cast<std::size_t>(pre)));
      if (w != 0) connections.push_back({pre, post, w});
    }
  }
  return connections;
}

std::vector<Connection> read_all_to_all(Item const& item, Shape shape) {
  int const w = weight(item);
  std::vector<Connection> connections;
  if (w == 0) return connections;
  for (int post = 0; post < shape.post; ++post) {
    for (int pre = 0; pre < shape.pre; ++pre) connections.push_back({pre, post, w});
  }
  return connections;
}

std::vector<Connection> read_one_to_one(Item const& item, Shape shape) {
  if (shape.pre != shape.post) {
    item.refuse("the populations differ in size: " + std::to_string(shape.pre) + " and " +
                std::to_string(shape.post));
  }
  int const w = weight(item);
  std::vector<Connection> connections;
  if (w == 0) return connections;
  for (int i = 0; i < shape.pre; ++i) connections.push_back({i, i, w});
  return connections;
}

std::vector<Connection> read_list(Item const& item, Shape shape) {
  if (!item.node.IsSequence()) item.refuse("must be a list of [pre, post, weight]");
  std::vector<Connection> connections;
  for (std::size_t i = 0; i < item.node.size(); ++i) {
    Item const triple = item.element(i);
    if (!triple.node.IsSequence() || triple.node.size() != 3) {
      triple.refuse("must be [pre, post, weight]");
    }
    auto const pre = static_cast<int>(whole(triple.element(0), 0, shape.pre - 1));
    auto const post = static_cast<int>(whole(triple.element(1), 0, shape.post - 1));
    int const w = weight(triple.element(2));
    if (w != 0) connections.push_back({pre, post, w});
  }
  return connections;
}

std::vector<Connection> read_weight_file(Item const& item, Shape shape) {
  std::filesystem::path name = item.node.IsScalar() ? item.node.Scalar() : "";
  if (name.empty()) item.refuse("must be the name of a .npy file");
  if (name.is_relative()) name = std::filesystem::path(*item.path).parent_path() / name;
  Result<Matrix> const matrix = read_npy_matrix(name);
  if (!matrix) item.refuse(matrix.error().message, matrix.error().hint);
  if (matrix->rows != static_cast<std::size_t>(shape.post) ||
      matrix->columns != static_cast<std::size_t>(shape.pre)) {
    item.refuse(name.string() + " has shape [" + std::to_string(matrix->rows) + "][" +
                    std::to_string(matrix->columns) + "], needed is [" +
                    std::to_string(shape.post) + "][" + std::to_string(shape.pre) + "]",
                "the shape is [post][pre]");
  }
  std::vector<Connection> connections;
  for (int post = 0; post < shape.post; ++post) {
    for (int pre = 0; pre < shape.pre; ++pre) {
      double const w = matrix->values[static_cast<std::size_t>(post) * matrix->columns +
                                      static_cast<std::size_t>(pre)];
      if (!(std::abs(w) <= kMaxWeight) || w != std::floor(w)) {
        item.refuse(name.string() + ": weight [" + std::to_string(post) + "][" +
                    std::to_string(pre) + "] = " + text_of(w) +
                    " is no whole number between -16128 and 16128");
      }
      if (w != 0) connections.push_back({pre, post, static_cast<int>(w)});
    }
  }
  return connections;
}

std::vector<Connection> read_weights(Item const& item, Shape shape) {
  Keys const keys(item, {"dense", "all_to_all", "one_to_one", "list", "file"});
  if (item.node.size() != 1) {
    item.refuse("must have exactly one of dense, all_to_all, one_to_one, list, file");
  }
  if (keys.has("dense")) return read_dense(keys["dense"], shape);
  if (keys.has("all_to_all")) return read_all_to_all(keys["all_to_all"], shape);
  if (keys.has("one_to_one")) return read_one_to_one(keys["one_to_one"], shape);
  if (keys.has("list")) return read_list(keys["list"], shape);
  return read_weight_file(keys["file"], shape);
}

Plasticity read_plasticity(Item const& item, Population const& from) {
  if (from.type != PopulationType::kSpikeSource) {
    item.refuse("'" + from.name + "' is no spike_source",
                "only spike sources can have short-term plasticity");
  }
  Keys const keys(item, {"utilization", "tau_recovery", "charge", "recover"});
  Plasticity stp;
  stp.utilization = number_in(keys.required("utilization"), 0, 15. / 16);
  if (keys.has("tau_recovery")) {
    stp.tau_recovery = number_in(keys["tau_recovery"], 1e-6, 95e-3, " s");
  }
  if (keys.has("charge")) stp.charge = number_in(keys["charge"], 0, 1);
  if (keys.has("recover")) stp.recover = number_in(keys["recover"], 0, 1);
  return stp;
}

/// All projections of one source population have the same plasticity.
void check_plasticity(Item const& item, Projection const& projection,
                      std::vector<Projection> const& others,
                      std::vector<Population> const& populations) {
  for (Projection const& other : others) {
    if (other.from != projection.from || other.stp == projection.stp) continue;
    item.refuse("another projection from '" + populations[other.from].name + "' (line " +
                    std::to_string(other.line) + ") has a different stp",
                "the resource belongs to the source: use a second population with the same spikes");
  }
}

std::vector<Projection> read_projections(Item const& item,
                                         std::vector<Population> const& populations) {
  if (!item.node.IsSequence()) item.refuse("must be a list of projections");
  std::vector<Projection> projections;
  for (std::size_t i = 0; i < item.node.size(); ++i) {
    Item const entry = item.element(i);
    Keys const keys(entry, {"from", "to", "weights", "stp"});
    Projection projection;
    projection.line = entry.line();
    projection.from = find_population(keys.required("from"), populations);
    projection.to = find_population(keys.required("to"), populations);
    Population const& from = populations[projection.from];
    Population const& to = populations[projection.to];
    if (!from.sends_spikes()) keys["from"].refuse("'" + from.name + "' is li and never spikes");
    if (!to.is_neuron()) keys["to"].refuse("'" + to.name + "' has no synapses", "lif or li");
    projection.connections = read_weights(keys.required("weights"), {from.size, to.size});
    if (keys.has("stp")) projection.stp = read_plasticity(keys["stp"], from);
    check_plasticity(entry, projection, projections, populations);
    projections.push_back(std::move(projection));
  }
  return projections;
}

// --- inputs --------------------------------------------------------------------------------------

std::vector<double> read_spike_train(Item const& item, double end) {
  if (!item.node.IsSequence()) item.refuse("must be a list of spike times in seconds");
  std::vector<double> times;
  times.reserve(item.node.size());
  for (std::size_t i = 0; i < item.node.size(); ++i) {
    double const time = number(item.element(i));
    if (time < 0 || time >= end) {
      item.element(i).refuse("spike time " + text_of(time * 1e6) + " us is outside the run of " +
                             text_of(end * 1e6) + " us");
    }
    times.push_back(time);
  }
  std::sort(times.begin(), times.end());
  return times;
}

void read_inputs(Item const& item, ExperimentFile& file, std::optional<std::size_t> batch) {
  if (!item.node.IsMap()) item.refuse("must be a map: population: [entry][neuron][time]");
  double const end = file.dt * static_cast<double>(file.runtime);
  for (auto const& pair : item.node) {
    Item const name{pair.first, item.key, item.path};
    std::size_t const index = find_population(name, file.populations);
    Population const& population = file.populations[index];
    if (population.type != PopulationType::kSpikeSource) {
      name.refuse("'" + population.name + "' is no spike_source");
    }
    if (file.inputs.contains(index)) name.refuse("'" + population.name + "' is given twice");
    Item const entries = item.child(population.name, pair.second);
    if (!entries.node.IsSequence()) entries.refuse("must be a list with one item per batch entry");
    if (!batch) batch = entries.node.size();
    if (entries.node.size() != *batch) {
      entries.refuse("has " + std::to_string(entries.node.size()) + " batch entries, others " +
                         std::to_string(*batch),
                     "'batch' and all inputs must agree");
    }
    auto& trains = file.inputs[index];
    for (std::size_t entry = 0; entry < entries.node.size(); ++entry) {
      Item const neurons = entries.element(entry);
      if (!neurons.node.IsSequence() ||
          neurons.node.size() != static_cast<std::size_t>(population.size)) {
        neurons.refuse("must be a list of " + std::to_string(population.size) +
                       " spike trains, one per neuron");
      }
      std::vector<std::vector<double>> row;
      for (std::size_t neuron = 0; neuron < neurons.node.size(); ++neuron) {
        row.push_back(read_spike_train(neurons.element(neuron), end));
      }
      trains.push_back(std::move(row));
    }
  }
  file.batch = batch.value_or(1);
  if (file.batch == 0) item.refuse("there is no batch entry");
}

void read_madc(Item const& root, Keys const& keys, ExperimentFile& file) {
  std::size_t neurons = 0;
  for (Population const& population : file.populations) neurons += population.madc_neurons.size();
  if (neurons > 2) {
    root.refuse(std::to_string(neurons) + " neurons are to be recorded by the MADC",
                "it has two inputs; the CADC records all neurons at once");
  }
  if (!keys.has("madc")) return;
  Item const item = keys["madc"];
  if (neurons == 0) item.refuse("no population records the MADC", "record: [madc]");
  Keys const settings(item, {"sample_rate", "duration"});
  if (settings.has("sample_rate")) {
    file.madc_sample_rate = number_in(settings["sample_rate"], 0.99 * 500e6 / 19 / 8192,
                                      1.01 * 500e6 / 12, " samples/s");
  }
  if (settings.has("duration")) {
    file.madc_duration = number_in(settings["duration"], 8e-9, 35, " s");
  }
}

Model read_model(Item const& item) {
  Keys const keys(item, {"mismatch", "seed", "cadc_noise"});
  Model model;
  if (keys.has("mismatch")) model.mismatch = number_in(keys["mismatch"], 0, 1);
  if (keys.has("seed")) {
    if (!model.mismatch) keys["seed"].refuse("has no effect without mismatch");
    model.seed = static_cast<std::uint32_t>(
        whole(keys["seed"], 0, std::numeric_limits<std::uint32_t>::max()));
  }
  if (keys.has("cadc_noise"))
    model.cadc_noise = static_cast<int>(whole(keys["cadc_noise"], 0, 256));
  return model;
}

ExperimentFile read_root(Item const& root) {
  Keys const keys(root, {"dt", "runtime", "batch", "inter_batch_entry_wait", "populations",
                         "projections", "inputs", "madc", "model"});
  ExperimentFile file;
  file.path = *root.path;
  if (keys.has("dt")) {
    file.dt = number(keys["dt"]);
    if (file.dt <= 0) keys["dt"].refuse("must be above 0 (seconds)");
  }
  Item const runtime = keys.required("runtime");
  file.runtime = whole(runtime, 1, kLargestRuntimeCycles);
  double const cycles = std::round(static_cast<double>(file.runtime) * file.dt * kCyclesPerSecond);
  if (cycles < 1 || cycles > kLargestRuntimeCycles) {
    runtime.refuse("runtime * dt is " + text_of(static_cast<double>(file.runtime) * file.dt) +
                       " s; possible are 8 ns to 34.36 s",
                   "runtime counts steps of dt");
  }
  std::optional<std::size_t> batch;
  if (keys.has("batch")) batch = static_cast<std::size_t>(whole(keys["batch"], 1, 1e6));
  if (keys.has("inter_batch_entry_wait")) {
    file.inter_batch_entry_wait = whole(keys["inter_batch_entry_wait"], 0, kLargestRuntimeCycles);
  }
  file.populations = read_populations(keys.required("populations"));
  if (keys.has("projections")) {
    file.projections = read_projections(keys["projections"], file.populations);
  }
  read_madc(root, keys, file);
  if (keys.has("model")) file.model = read_model(keys["model"]);
  file.batch = batch.value_or(1);
  if (keys.has("inputs")) read_inputs(keys["inputs"], file, batch);
  return file;
}

}  // namespace

Result<ExperimentFile> parse_experiment(std::string_view text, std::filesystem::path const& path) {
  std::string const name = path.string();
  try {
    std::vector<YAML::Node> const documents = YAML::LoadAll(std::string(text));
    if (documents.empty() || documents[0].IsNull()) {
      return Error{.code = ErrorCode::kParse,
                   .message = name + ": the file is empty",
                   .hint = "docs/experiment-file.md shows the format"};
    }
    if (documents.size() > 1) {
      Item{documents[1], "", &name}.refuse("a second YAML document begins here",
                                           "one experiment per file: remove the line '---'");
    }
    return read_root(Item{documents[0], "", &name});
  } catch (Refusal& refusal) {
    return std::move(refusal.error);
  } catch (YAML::Exception const& error) {
    return Error{
        .code = ErrorCode::kParse,
        .message = name + ":" + std::to_string(error.mark.line + 1) + ": not YAML: " + error.msg,
        .hint = "docs/experiment-file.md shows the format"};
  }
}

Result<ExperimentFile> read_experiment_file(std::filesystem::path const& path) {
  std::error_code status;
  if (!std::filesystem::is_regular_file(path, status)) {
    bool const exists = std::filesystem::exists(path, status);
    return Error{.code = ErrorCode::kNotFound,
                 .message = exists ? path.string() + " is no regular file"
                                   : "there is no file " + path.string(),
                 .hint = "examples/ holds experiment files"};
  }
  if (std::filesystem::file_size(path, status) > kLargestFile) {
    return Error{.code = ErrorCode::kOutOfRange,
                 .message = path.string() + " is larger than 256 MiB",
                 .hint = "put large weight matrices into .npy files"};
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{.code = ErrorCode::kIo, .message = "cannot read " + path.string()};
  }
  std::string const text{std::istreambuf_iterator<char>(file), {}};
  return parse_experiment(text, path);
}

}  // namespace hx::tools
