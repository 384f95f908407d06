#include "host/network.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <initializer_list>
#include <set>
#include <unordered_map>

#include "driver/base/check.h"
#include "driver/base/refusal.h"

namespace hx::host {
namespace {

constexpr std::uint32_t kCircuits = 512;
constexpr std::int32_t kMaxWeight = 63;

struct Range {
  char const* name;
  Parameter NeuronParameters::*parameter;
  double min;
  double max;
  char const* unit;
  bool lif_only = false;
};

// Times: what a nominal calibration can clip to is refused only where it makes no sense at all.
constexpr double kMaxTime = 1.;
constexpr std::array<Range, 10> kRanges = {{
    {"leak", &NeuronParameters::leak, -1e4, 1e4, "CADC LSB"},
    {"threshold", &NeuronParameters::threshold, -1e4, 1e4, "CADC LSB", true},
    {"tau_mem", &NeuronParameters::tau_mem, 1e-8, kMaxTime, "s"},
    {"tau_syn_exc", &NeuronParameters::tau_syn_exc, 1e-8, kMaxTime, "s"},
    {"tau_syn_inh", &NeuronParameters::tau_syn_inh, 1e-8, kMaxTime, "s"},
    {"membrane_capacitance", &NeuronParameters::membrane_capacitance, 1, 63, ""},
    {"refractory_time", &NeuronParameters::refractory_time, 0, kMaxTime, "s", true},
    {"holdoff_time", &NeuronParameters::holdoff_time, 0, kMaxTime, "s", true},
    {"i_synin_gm", &NeuronParameters::i_synin_gm, 0, 1022, ""},
    {"synapse_dac_bias", &NeuronParameters::synapse_dac_bias, 0, 1022, ""},
}};

Result<void> check_parameter(Population const& population, char const* name,
                             Parameter const& parameter, double min, double max, char const* unit) {
  if (!parameter.fits(population.size)) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name << "': " << name << " has "
           << parameter.values().size() << " values for " << population.size
           << " neurons; give one, or one per neuron";
  }
  for (std::size_t i = 0; i < parameter.values().size(); ++i) {
    double const value = parameter.values()[i];
    if (std::isfinite(value) && value >= min && value <= max) continue;
    Refusal refusal(ErrorCode::kOutOfRange);
    refusal << "population '" << population.name << "': " << name << " = " << value;
    if (parameter.values().size() > 1) refusal << " of neuron " << i;
    refusal << " is not in " << min << " .. " << max;
    if (*unit != 0) refusal << ' ' << unit;
    return refusal;
  }
  return {};
}

constexpr double kMaxPotential = 1e4;

struct Check {
  char const* name;
  Parameter const* parameter;
  double min;
  double max;
  char const* unit;
};

Result<void> check_all(Population const& population, std::initializer_list<Check> checks) {
  for (Check const& c : checks) {
    auto ok = check_parameter(population, c.name, *c.parameter, c.min, c.max, c.unit);
    if (!ok) return ok;
  }
  return {};
}

Result<void> check_potential(Population const& population, char const* name,
                             std::optional<Parameter> const& parameter) {
  if (!parameter) return {};
  return check_parameter(population, name, *parameter, -kMaxPotential, kMaxPotential, "CADC LSB");
}

Result<void> check_adaptation(Population const& population) {
  NeuronParameters const& p = population.neuron;
  if (p.adaptation) {
    Adaptation const& a = *p.adaptation;
    auto ok = check_all(population,
                        {{"subthreshold_adaptation_strength", &a.a, -1022. / 512, 1022. / 512, ""},
                         {"spike_triggered_adaptation_increment", &a.b, -16352, 16352, "CADC LSB"},
                         {"tau_adap", &a.tau, 12800e-6 / 1022, 12800e-6, "s"}});
    if (!ok) return ok;
    if (ok = check_potential(population, "leak_adaptation", a.leak); !ok) return ok;
  }
  if (p.exponential) {
    auto ok = check_all(population,
                        {{"exponential_threshold", &p.exponential->threshold, -kMaxPotential,
                          kMaxPotential, "CADC LSB"},
                         {"exponential_strength", &p.exponential->strength, 0, 1022. / 512, ""}});
    if (!ok) return ok;
  }
  if ((p.adaptation || p.exponential) && !p.leaky) {
    return (Refusal(ErrorCode::kInvalidArgument)
            << "population '" << population.name
            << "': " << (p.adaptation ? "adaptation" : "the exponential term") << " needs a leak")
        .hint("both act relative to the leak conductance");
  }
  return {};
}

Result<void> check_conductance(Population const& population, bool excitatory) {
  auto const& conductance =
      excitatory ? population.neuron.conductance_exc : population.neuron.conductance_inh;
  if (!conductance) return {};
  char const* const name = excitatory ? "reversal_exc" : "reversal_inh";
  auto ok = check_potential(population, name, conductance->reversal);
  if (!ok) return ok;
  ok = check_potential(population, excitatory ? "reference_exc" : "reference_inh",
                       conductance->reference);
  if (!ok) return ok;
  for (std::size_t n = 0; n < population.size; ++n) {
    double const reversal = conductance->reversal.at(n);
    double const reference =
        conductance->reference ? conductance->reference->at(n) : population.neuron.leak.at(n);
    double const distance = excitatory ? reversal - reference : reference - reversal;
    // A distance that was computed from a code may have lost its last bit.
    if (distance >= kShortestReversal * (1 - 1e-12)) continue;
    return (Refusal(ErrorCode::kOutOfRange)
            << "population '" << population.name << "': " << name << " = " << reversal
            << " CADC LSB of neuron " << n << " is not at least " << kShortestReversal << " LSB "
            << (excitatory ? "above" : "below") << " its reference potential " << reference)
        .hint(
            "the reference (default: leak) is where the input is as strong as a current based one");
  }
  return {};
}

Result<void> check_neuron_parameters(Population const& population) {
  for (Range const& range : kRanges) {
    if (range.lif_only && population.kind != PopulationKind::kLif) continue;
    auto ok = check_parameter(population, range.name, population.neuron.*range.parameter, range.min,
                              range.max, range.unit);
    if (!ok) return ok;
  }
  if (auto ok = check_potential(population, "reset", population.neuron.reset); !ok) return ok;
  if (auto ok = check_adaptation(population); !ok) return ok;
  for (bool excitatory : {true, false}) {
    if (auto ok = check_conductance(population, excitatory); !ok) return ok;
  }
  return {};
}

Result<void> check_background(Population const& population) {
  if (!std::has_single_bit(population.size) || population.size > 256) {
    return Refusal(ErrorCode::kOutOfRange)
           << "background population '" << population.name << "': size " << population.size
           << " is no power of two in 1 .. 256";
  }
  auto const& background = population.background;
  if (background.period < 2 || background.period > 65535) {
    return Refusal(ErrorCode::kOutOfRange)
           << "background population '" << population.name << "': period " << background.period
           << " is not in 2 .. 65535 chip cycles (4 ns)";
  }
  if (background.rate > 255) {
    return Refusal(ErrorCode::kOutOfRange)
           << "background population '" << population.name << "': rate " << background.rate
           << " is not in 0 .. 255";
  }
  return {};
}

Result<void> check_madc(Population const& population) {
  auto const& neurons = population.madc_neurons;
  if (neurons.empty()) return {};
  if (!population.is_neuron()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name
           << "': a source has no membrane; only its spikes can be recorded";
  }
  for (std::size_t i = 0; i < neurons.size(); ++i) {
    if (neurons[i] >= population.size) {
      return Refusal(ErrorCode::kOutOfRange)
             << "population '" << population.name << "': the MADC is to record neuron "
             << neurons[i] << " of " << population.size;
    }
    if (std::find(neurons.begin(), neurons.begin() + static_cast<std::ptrdiff_t>(i), neurons[i]) !=
        neurons.begin() + static_cast<std::ptrdiff_t>(i)) {
      return Refusal(ErrorCode::kInvalidArgument)
             << "population '" << population.name << "': the MADC is to record neuron "
             << neurons[i] << " twice";
    }
  }
  if (population.record_cadc && population.cadc_source != population.madc_source) {
    return (Refusal(ErrorCode::kInvalidArgument)
            << "population '" << population.name
            << "': CADC and MADC are to see different signals of one neuron")
        .hint("a circuit shows one signal: make cadc_source and madc_source equal, or record one");
  }
  return {};
}

Result<void> check_madc(Network const& network) {
  std::size_t count = 0;
  for (Population const& population : network.populations) count += population.madc_neurons.size();
  if (count > 2) {
    return (Refusal(ErrorCode::kInvalidArgument)
            << "the MADC is to record " << count << " neurons; it has two inputs")
        .hint("the CADC records all neurons at once");
  }
  if (count == 0) return {};
  double const rate = network.madc.sample_rate;
  constexpr double kLowest = 500e6 / 19 / 8192;
  constexpr double kHighest = 500e6 / 12;
  // Written with fewer digits they are still meant.
  if (!(rate >= kLowest * 0.99 && rate <= kHighest * 1.01)) {
    return Refusal(ErrorCode::kOutOfRange)
           << "madc: sample_rate = " << rate << " is not in " << kLowest << " .. " << kHighest
           << " samples per second";
  }
  if (network.madc.duration && !(*network.madc.duration > 0 && *network.madc.duration <= 35)) {
    return Refusal(ErrorCode::kOutOfRange)
           << "madc: duration = " << *network.madc.duration << " s is not in 0 .. 35 s";
  }
  return {};
}

Result<void> check_recordings(Population const& population) {
  if (population.record_cadc && !population.is_neuron()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name
           << "': a source has no membrane; only its spikes can be recorded";
  }
  if (population.record_spikes && !population.spikes()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name
           << "': li neurons have no spikes; only the membrane (cadc) can be recorded";
  }
  return check_madc(population);
}

Result<void> check_circuits(Population const& population) {
  bool const row = population.layout == CircuitLayout::kRow;
  if (!population.is_neuron() && population.circuits != 1) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name << "': a source has no circuits";
  }
  std::uint32_t const most = row ? 128 : 256;
  if (population.circuits >= 1 && population.circuits <= most) return {};
  return (Refusal(ErrorCode::kOutOfRange) << "population '" << population.name << "': circuits = "
                                          << population.circuits << " is not in 1 .. " << most)
      .hint(
          "a neuron lies in one half of the chip: 128 columns, in layout 'columns' with two rows");
}

Result<void> take_circuits(Population const& population, std::uint32_t first,
                           std::unordered_map<std::uint32_t, std::string const*>& taken) {
  for (std::uint32_t i = 0; i < population.circuits; ++i) {
    CircuitOffset const offset = circuit_offset(population.layout, i);
    std::uint32_t const column = first % 256 + offset.column;
    std::uint32_t const row = first / 256 + offset.row;
    if (row > 1 || column / 128 != first % 256 / 128) {
      return (Refusal(ErrorCode::kOutOfRange)
              << "population '" << population.name << "': a neuron of " << population.circuits
              << " circuits that begins at circuit " << first << " leaves its half of the chip")
          .hint("columns 0..127 and 128..255 are separate; layout 'columns' begins in the top row");
    }
    auto const [place, fresh] = taken.emplace(256 * row + column, &population.name);
    if (!fresh) {
      return Refusal(ErrorCode::kInvalidArgument)
             << "population '" << population.name << "': circuit " << 256 * row + column
             << " is taken already, by '" << *place->second << "'";
    }
  }
  return {};
}

Result<void> check_placement(Population const& population,
                             std::unordered_map<std::uint32_t, std::string const*>& taken) {
  if (population.placement.empty()) return {};
  if (!population.is_neuron()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name << "': a source has no placement";
  }
  if (population.placement.size() != population.size) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name << "': placement lists "
           << population.placement.size() << " circuits for " << population.size << " neurons";
  }
  for (std::uint32_t circuit : population.placement) {
    if (circuit >= kCircuits) {
      return Refusal(ErrorCode::kOutOfRange) << "population '" << population.name << "': circuit "
                                             << circuit << " is not in 0 .. 511 (256*row + column)";
    }
    if (auto ok = take_circuits(population, circuit, taken); !ok) return ok;
  }
  return {};
}

Result<void> check_population(Population const& population) {
  if (population.name.empty()) {
    return Refusal(ErrorCode::kInvalidArgument) << "a population has no name";
  }
  // The events of one run hold 14 bit labels; far below, so that no count overflows.
  constexpr std::uint32_t kMaxSize = 65536;
  if (population.size == 0 || population.size > kMaxSize) {
    return Refusal(ErrorCode::kOutOfRange) << "population '" << population.name << "': size "
                                           << population.size << " is not in 1 .. " << kMaxSize;
  }
  if (!population.mask.empty() &&
      (population.kind != PopulationKind::kLif || population.mask.size() != population.size)) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name << "': a mask of " << population.mask.size()
           << " flags; it needs lif neurons and one flag for each of the " << population.size;
  }
  if (auto ok = check_recordings(population); !ok) return ok;
  if (population.kind == PopulationKind::kBackground) return check_background(population);
  if (population.is_neuron()) return check_neuron_parameters(population);
  return {};
}

Result<void> check_plasticity(Network const& network, Projection const& projection) {
  std::string const name = network.name_of(projection);
  for (Projection const& other : network.projections) {
    if (other.from != projection.from || other.stp == projection.stp) continue;
    return (Refusal(ErrorCode::kInvalidArgument)
            << "projections " << network.name_of(other) << " and " << name
            << " disagree about short-term plasticity (stp)")
        .hint("the resource belongs to the source: use a second population with the same spikes");
  }
  if (!projection.stp) return {};
  if (network.populations[projection.from].kind != PopulationKind::kSpikeSource) {
    return (Refusal(ErrorCode::kUnsupported)
            << "projection " << name << ": only spike sources can have short-term plasticity")
        .hint("every source needs synapse drivers of its own, which only labels of the host allow");
  }
  ShortTermPlasticity const& stp = *projection.stp;
  struct Value {
    char const* name;
    double value, min, max;
  };
  // The chip recovers in steps of at least 2 us; 95 ms is its longest time constant.
  std::array<Value, 4> const values = {
      {{"utilization", stp.utilization, 0, 15. / 16},
       {"charge", stp.charge, 0, 1},
       {"recover", stp.recover, 0, 1},
       {"tau_recovery", stp.tau_recovery.value_or(1e-3), 1e-6, 95e-3}}};
  for (Value const& v : values) {
    if (v.value >= v.min && v.value <= v.max) continue;
    return Refusal(ErrorCode::kOutOfRange) << "projection " << name << ": stp " << v.name << " = "
                                           << v.value << " is not in " << v.min << " .. " << v.max;
  }
  return {};
}

Result<void> check_projection(Network const& network, std::size_t index) {
  Projection const& projection = network.projections[index];
  std::size_t const count = network.populations.size();
  if (projection.from >= count || projection.to >= count) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "projection " << index << " joins populations " << projection.from << " and "
           << projection.to << " of " << count;
  }
  Population const& from = network.populations[projection.from];
  Population const& to = network.populations[projection.to];
  std::string const name = network.name_of(projection);
  if (!from.spikes()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "projection " << name << ": '" << from.name << "' are li neurons and send no spikes";
  }
  if (!to.is_neuron()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "projection " << name << ": '" << to.name << "' is a source and takes no input";
  }
  if (auto ok = check_plasticity(network, projection); !ok) return ok;
  for (std::size_t i = 0; i < projection.connections.size(); ++i) {
    Connection const& connection = projection.connections[i];
    if (connection.pre >= from.size || connection.post >= to.size) {
      return Refusal(ErrorCode::kOutOfRange)
             << "projection " << name << ": connection " << i << " joins " << connection.pre
             << " of " << from.size << " and " << connection.post << " of " << to.size;
    }
    if (projection.rule == WeightRule::kSignedPair && std::abs(connection.weight) > kMaxWeight) {
      return Refusal(ErrorCode::kOutOfRange)
             << "projection " << name << ": weight " << connection.weight << " of connection "
             << connection.pre << " -> " << connection.post << " is not in -63 .. 63";
    }
    // A circuit has 256 rows, so no larger weight can ever be placed.
    constexpr std::int32_t kMaxSplit = 256 * kMaxWeight;
    if (std::abs(std::int64_t{connection.weight}) > kMaxSplit) {
      return Refusal(ErrorCode::kOutOfRange)
             << "projection " << name << ": weight " << connection.weight << " of connection "
             << connection.pre << " -> " << connection.post << " is not in " << -kMaxSplit << " .. "
             << kMaxSplit << " (256 synapses of 63)";
    }
  }
  return {};
}

}  // namespace

double Population::reset_of(std::size_t index) const {
  if (neuron.reset) return neuron.reset->at(index);
  return kind == PopulationKind::kLi ? neuron.leak.at(index) : 80.;
}

std::optional<std::uint32_t> Network::find(std::string_view name) const {
  for (std::size_t i = 0; i < populations.size(); ++i) {
    if (populations[i].name == name) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

bool Network::records_madc() const {
  return std::any_of(populations.begin(), populations.end(),
                     [](Population const& p) { return !p.madc_neurons.empty(); });
}

std::string Network::name_of(Projection const& projection) const {
  auto const name = [this](std::uint32_t index) {
    return index < populations.size() ? populations[index].name : std::string("?");
  };
  return "'" + name(projection.from) + "' -> '" + name(projection.to) + "'";
}

CircuitOffset circuit_offset(CircuitLayout layout, std::uint32_t index) {
  if (layout == CircuitLayout::kRow) return {.column = index, .row = 0};
  return {.column = index / 2, .row = index % 2};
}

std::vector<Connection> dense_connections(std::span<std::int32_t const> weights, std::uint32_t post,
                                          std::uint32_t pre) {
  HX_CHECK(weights.size() == std::size_t{post} * pre)
      << weights.size() << " weights for " << post << " x " << pre;
  std::vector<Connection> connections;
  connections.reserve(weights.size());
  for (std::uint32_t i = 0; i < post; ++i) {
    for (std::uint32_t j = 0; j < pre; ++j) {
      connections.push_back({j, i, weights[std::size_t{i} * pre + j]});
    }
  }
  return connections;
}

std::vector<Connection> all_to_all_connections(std::int32_t weight, std::uint32_t post,
                                               std::uint32_t pre) {
  std::vector<std::int32_t> const weights(std::size_t{post} * pre, weight);
  return dense_connections(weights, post, pre);
}

std::vector<Connection> one_to_one_connections(std::int32_t weight, std::uint32_t size) {
  std::vector<Connection> connections;
  connections.reserve(size);
  for (std::uint32_t i = 0; i < size; ++i) connections.push_back({i, i, weight});
  return connections;
}

std::int32_t quantise_weight(double weight, double scale) {
  double const scaled = scale * weight;
  if (std::isnan(scaled)) return 0;
  return static_cast<std::int32_t>(
      std::lround(std::clamp<double>(scaled, -kMaxWeight, kMaxWeight)));
}

Result<void> validate(Network const& network) {
  std::set<std::string_view> names;
  std::unordered_map<std::uint32_t, std::string const*> taken;
  for (Population const& population : network.populations) {
    if (auto ok = check_population(population); !ok) return ok;
    if (!names.insert(population.name).second) {
      return Refusal(ErrorCode::kInvalidArgument)
             << "two populations have the name '" << population.name << "'";
    }
    if (auto ok = check_circuits(population); !ok) return ok;
    if (auto ok = check_placement(population, taken); !ok) return ok;
  }
  for (std::size_t i = 0; i < network.projections.size(); ++i) {
    if (auto ok = check_projection(network, i); !ok) return ok;
  }
  return check_madc(network);
}

}  // namespace hx::host
