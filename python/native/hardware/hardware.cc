#include "python/native/hardware/hardware.h"

#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "driver/base/refusal.h"
#include "driver/link/registry.h"
#include "host/backend.h"
#include "host/chip_backend.h"
#include "host/lowering/configuration.h"
#include "host/lowering/hooks.h"
#include "host/split.h"
#include "python/native/hardware/chip_image.h"
#include "routing/router.h"
#include "sim/targets/targets.h"

namespace hx::python {
namespace {

namespace py = pybind11;
using host::Network;
using host::Population;
using host::PopulationKind;

template <typename T>
using Array = py::array_t<T, py::array::c_style | py::array::forcecast>;

/// An Error as the exception that Python users expect.
[[noreturn]] void raise(Error const& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kOutOfRange:
    case ErrorCode::kParse:
      throw py::value_error(error.text());
    case ErrorCode::kNotFound:
      throw py::key_error(error.text());
    default:
      throw std::runtime_error(error.text());
  }
}

template <typename T>
T take(Result<T> result) {
  if (!result) raise(result.error());
  return std::move(*result);
}
void take(Result<void> result) {
  if (!result) raise(result.error());
}

/// A vector as an array that owns it.
template <typename T>
py::array_t<T> as_array(std::vector<T>&& values) {
  auto* owner = new std::vector<T>(std::move(values));
  py::capsule const free(owner, [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return py::array_t<T>(static_cast<py::ssize_t>(owner->size()), owner->data(), free);
}

// ---- Routers ------------------------------------------------------------------------------------

struct ProblemView {
  routing::Problem problem;
};
struct SolutionView {
  routing::Solution solution;
};
struct NativeRouter {
  std::shared_ptr<routing::Router const> router;
  [[nodiscard]] SolutionView route(ProblemView const& view) const {
    auto outcome = router->route(view.problem);
    if (!outcome) raise(outcome.failure().error());
    return {std::move(outcome).solution()};
  }
};

/// A Python callable as router. Its exception is kept and raised by the run.
class PythonRouter final : public routing::Router {
 public:
  explicit PythonRouter(py::object callable) : callable_(std::move(callable)) {}
  ~PythonRouter() override {
    py::gil_scoped_acquire gil;
    callable_ = {};
  }
  [[nodiscard]] std::string_view name() const override { return "hw_routing_func"; }
  routing::Outcome route(routing::Problem const& problem) const override {
    py::gil_scoped_acquire gil;
    try {
      py::object const result = callable_(ProblemView{problem});
      if (!py::isinstance<SolutionView>(result)) return failure("it returned no solution");
      return result.cast<SolutionView const&>().solution;
    } catch (py::error_already_set& error) {
      std::string const kind = py::str(error.type().attr("__name__"));
      std::string const text = py::str(error.value());
      return failure(kind + ": " + text);
    }
  }

 private:
  static routing::Failure failure(std::string const& text) {
    routing::Failure failure;
    failure.reasons.push_back({.constraint = routing::Constraint::kEffort,
                               .strategy = "hw_routing_func",
                               .message = text});
    return failure;
  }
  py::object callable_;
};

// ---- Networks -----------------------------------------------------------------------------------

std::map<std::string, PopulationKind> const kKinds = {{"input", PopulationKind::kSpikeSource},
                                                      {"lif", PopulationKind::kLif},
                                                      {"li", PopulationKind::kLi}};
std::map<std::string, host::ReadoutSource> const kSources = {
    {"voltage", host::ReadoutSource::kMembrane},
    {"excitatory", host::ReadoutSource::kExcitatory},
    {"inhibitory", host::ReadoutSource::kInhibitory},
    {"adaptation", host::ReadoutSource::kAdaptation}};

template <typename T>
T lookup(std::map<std::string, T> const& table, std::string const& name, char const* what) {
  auto const found = table.find(name);
  if (found == table.end()) throw py::value_error(std::string(what) + ": unknown '" + name + "'");
  return found->second;
}

/// The description of one execution instance, kept from run to run.
class NetworkBuilder {
 public:
  std::uint32_t add_population(std::string name, std::string const& kind, std::uint32_t size) {
    Population p;
    p.name = std::move(name);
    p.kind = lookup(kKinds, kind, "kind of population");
    p.size = size;
    network.populations.push_back(std::move(p));
    return static_cast<std::uint32_t>(network.populations.size() - 1);
  }
  void place(std::uint32_t index, Array<std::uint32_t> const& first, std::uint32_t circuits,
             bool row) {
    Population& p = population(index);
    p.placement.assign(first.data(), first.data() + first.size());
    p.circuits = circuits;
    p.layout = row ? host::CircuitLayout::kRow : host::CircuitLayout::kColumns;
  }
  void record(std::uint32_t index, bool spikes, bool cadc, std::string const& cadc_source,
              std::vector<std::uint32_t> madc_neurons, std::string const& madc_source) {
    Population& p = population(index);
    p.record_spikes = spikes;
    p.record_cadc = cadc;
    p.cadc_source = lookup(kSources, cadc_source, "CADC readout source");
    p.madc_neurons = std::move(madc_neurons);
    p.madc_source = lookup(kSources, madc_source, "MADC readout source");
  }
  void set_mask(std::uint32_t index, std::optional<Array<std::uint8_t>> const& mask) {
    Population& p = population(index);
    p.mask.clear();
    if (mask) p.mask.assign(mask->data(), mask->data() + mask->size());
  }
  void set_parameter(std::uint32_t index, std::string const& name, Array<double> const& values) {
    Population& p = population(index);
    host::Parameter const parameter(
        std::vector<double>(values.data(), values.data() + values.size()));
    host::NeuronParameters& n = p.neuron;
    std::map<std::string, host::Parameter*> const known = {
        {"leak", &n.leak},
        {"threshold", &n.threshold},
        {"tau_mem", &n.tau_mem},
        {"tau_syn_exc", &n.tau_syn_exc},
        {"tau_syn_inh", &n.tau_syn_inh},
        {"membrane_capacitance", &n.membrane_capacitance},
        {"refractory_time", &n.refractory_time},
        {"holdoff_time", &n.holdoff_time},
        {"i_synin_gm", &n.i_synin_gm},
        {"synapse_dac_bias", &n.synapse_dac_bias}};
    if (name == "reset") {
      n.reset = parameter;
      return;
    }
    *lookup(known, name, "neuron parameter") = parameter;
  }
  void set_leaky(std::uint32_t index, bool leaky) { population(index).neuron.leaky = leaky; }

  /// All to all, [post][pre] in this order.
  std::uint32_t add_dense(std::uint32_t from, std::uint32_t to) {
    host::Projection projection = start(from, to);
    std::uint32_t const posts = population(to).size;
    std::uint32_t const pres = population(from).size;
    projection.connections.reserve(std::size_t{posts} * pres);
    for (std::uint32_t post = 0; post < posts; ++post) {
      for (std::uint32_t pre = 0; pre < pres; ++pre)
        projection.connections.push_back({pre, post, 0});
    }
    return add(std::move(projection));
  }
  std::uint32_t add_sparse(std::uint32_t from, std::uint32_t to, Array<std::uint32_t> const& pre,
                           Array<std::uint32_t> const& post) {
    if (pre.size() != post.size()) throw py::value_error("pre and post differ in length");
    host::Projection projection = start(from, to);
    for (py::ssize_t i = 0; i < pre.size(); ++i) {
      projection.connections.push_back({pre.data()[i], post.data()[i], 0});
    }
    return add(std::move(projection));
  }
  /// Rounds half away from zero; returns whether one has changed.
  bool set_weights(std::uint32_t index, Array<float> const& weights) {
    auto& connections = projection(index).connections;
    if (static_cast<std::size_t>(weights.size()) != connections.size()) {
      throw py::value_error("projection " + std::to_string(index) + " has " +
                            std::to_string(connections.size()) + " connections, not " +
                            std::to_string(weights.size()));
    }
    bool changed = false;
    float const* w = weights.data();
    for (std::size_t i = 0; i < connections.size(); ++i) {
      float const rounded = std::round(w[i]);
      if (!(std::abs(rounded) <= 63)) {
        throw py::value_error("weight " + std::to_string(w[i]) + " of projection " +
                              std::to_string(index) + " is not in -63..63");
      }
      auto const weight = static_cast<std::int32_t>(rounded);
      changed = changed || connections[i].weight != weight;
      connections[i].weight = weight;
    }
    return changed;
  }
  [[nodiscard]] py::array_t<std::int32_t> weights(std::uint32_t index) const {
    std::vector<std::int32_t> values;
    for (auto const& c : network.projections.at(index).connections) values.push_back(c.weight);
    return as_array(std::move(values));
  }

  /// Nominal calibration of all placed neurons on top of `chip`; returns the warnings.
  std::vector<std::string> calibrate(ChipImage& image) const {
    host::Circuits circuits;
    for (Population const& p : network.populations) {
      auto& places = circuits.emplace_back();
      if (!p.is_neuron()) continue;
      if (p.placement.size() != p.size) {
        throw py::value_error("population '" + p.name + "' has no place on the chip");
      }
      for (std::uint32_t n : p.placement) places.emplace_back(n);
    }
    take(host::validate(network));
    host::Calibration const calibration = take(host::calibrate(network, circuits));
    reg::Chip chip = image.chip();
    host::write_calibration(chip, network, circuits, calibration);
    image.replace(std::move(chip));
    return calibration.warnings;
  }

  Network network;

 private:
  Population& population(std::uint32_t index) {
    if (index >= network.populations.size()) throw py::index_error("no such population");
    return network.populations[index];
  }
  host::Projection& projection(std::uint32_t index) {
    if (index >= network.projections.size()) throw py::index_error("no such projection");
    return network.projections[index];
  }
  host::Projection start(std::uint32_t from, std::uint32_t to) {
    population(from);
    population(to);
    host::Projection p;
    p.from = from;
    p.to = to;
    p.rule = host::WeightRule::kSignedPair;
    return p;
  }
  std::uint32_t add(host::Projection projection) {
    network.projections.push_back(std::move(projection));
    return static_cast<std::uint32_t>(network.projections.size() - 1);
  }
};

/// A configuration that nobody changes any more.
struct Snapshot {
  std::shared_ptr<reg::Chip const> chip;
};

// ---- Targets and runs ---------------------------------------------------------------------------

/// A target opened by this module.
struct Target {
  std::unique_ptr<host::Backend> backend;
  std::string uri;
};

std::shared_ptr<Target> open_target(std::string const& uri) {
  py::gil_scoped_release release;
  Registry registry;
  sim::add_targets(registry);
  auto backend = host::open_chip_backend(registry, uri);
  if (!backend) throw std::runtime_error(backend.error().text());
  return std::make_shared<Target>(Target{std::move(*backend), uri});
}

host::Backend& backend_of(py::handle object) {
  if (py::isinstance<Target>(object)) return *object.cast<Target&>().backend;
  return object.cast<host::Backend&>();
}

host::SpikeTrains input_of(py::handle value, double dt) {
  if (py::isinstance<py::tuple>(value)) {  // (entries, neurons, offsets, times)
    auto const tuple = value.cast<py::tuple>();
    host::SpikeTrains trains;
    trains.entries = tuple[0].cast<std::uint32_t>();
    trains.neurons = tuple[1].cast<std::uint32_t>();
    auto const offsets = tuple[2].cast<Array<std::uint64_t>>();
    auto const times = tuple[3].cast<Array<std::int64_t>>();
    trains.offsets.assign(offsets.data(), offsets.data() + offsets.size());
    trains.times.assign(times.data(), times.data() + times.size());
    return trains;
  }
  auto const dense = value.cast<Array<float>>();
  if (dense.ndim() != 3)
    throw py::value_error("an input tensor has the shape (time, batch, neuron)");
  auto const shape = [&](int axis) { return static_cast<std::uint32_t>(dense.shape(axis)); };
  return take(
      host::SpikeTrains::from_dense(std::span(dense.data(), static_cast<std::size_t>(dense.size())),
                                    shape(0), shape(1), shape(2), dt));
}

py::dict population_results(host::Observables& observables) {
  py::dict out;
  if (observables.spikes) {
    auto& s = *observables.spikes;
    out["spikes"] = py::make_tuple(s.entries, s.neurons, as_array(std::move(s.offsets)),
                                   as_array(std::move(s.times)));
  }
  if (observables.cadc) {
    auto& c = *observables.cadc;
    out["cadc"] = py::make_tuple(c.entries, c.neurons, as_array(std::move(c.offsets)),
                                 as_array(std::move(c.times)), as_array(std::move(c.values)));
  }
  if (observables.madc) {
    auto& m = *observables.madc;
    out["madc"] = py::make_tuple(m.entries, m.neurons, as_array(std::move(m.offsets)),
                                 as_array(std::move(m.times)), as_array(std::move(m.codes)));
  }
  return out;
}

py::dict as_dict(host::Results& results) {
  py::dict populations;
  for (auto& [name, observables] : results.populations) {
    populations[py::str(name)] = population_results(observables);
  }
  py::dict out;
  out["populations"] = populations;
  out["crossbar_drops"] = results.health.crossbar_drops;
  out["output_events"] = results.health.output_events;
  out["unknown_labels"] = results.health.unknown_labels;
  out["spikes_between_entries"] = results.health.spikes_between_entries;
  out["link"] = results.health.link;
  out["warnings"] = results.health.warnings;
  out["realtime"] = results.times.realtime;
  out["device"] = results.times.device;
  out["lowering"] = results.times.lowering;
  out["decode"] = results.times.decode;
  out["total"] = results.times.total;
  return out;
}

/// Between programs: has somebody pressed Ctrl-C?
bool interrupted() {
  py::gil_scoped_acquire gil;
  return PyErr_CheckSignals() != 0;
}

py::dict run(py::sequence const& targets, NetworkBuilder const& network, py::dict const& inputs,
             std::int64_t clocks, double dt, std::optional<std::uint32_t> batch,
             std::optional<std::int64_t> wait, bool routing_disabled,
             std::optional<Snapshot> const& base, std::optional<NativeRouter> const& router,
             std::shared_ptr<host::Hooks> hooks) {
  host::RunRequest request{.network = network.network,
                           .batch = batch,
                           .runtime_steps = clocks,
                           .dt = 8e-9,
                           .inter_batch_entry_wait = wait,
                           .inter_batch_entry_routing_disabled = routing_disabled,
                           .router = router ? router->router : nullptr,
                           .base = base ? base->chip : nullptr,
                           .hooks = std::move(hooks),
                           .cancelled = interrupted};
  for (auto const& [name, value] : inputs) {
    request.inputs.emplace(name.cast<std::string>(), input_of(value, dt));
  }
  std::vector<host::Backend*> backends;
  for (auto const& target : targets) backends.push_back(&backend_of(target));
  if (backends.empty()) throw std::runtime_error("No connection present.");
  std::optional<Result<host::Results>> results;
  {
    py::gil_scoped_release release;
    results = host::run_split(backends, request);
  }
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  if (!*results) raise(results->error());
  return as_dict(**results);
}

// ---- Dense tensors ------------------------------------------------------------------------------

py::array_t<float> dense_spikes(py::tuple const& spikes, std::int64_t cycles, double dt) {
  auto const entries = spikes[0].cast<std::uint32_t>();
  auto const neurons = spikes[1].cast<std::uint32_t>();
  auto const offsets = spikes[2].cast<Array<std::uint64_t>>();
  auto const times = spikes[3].cast<Array<std::int64_t>>();
  std::uint32_t const steps = host::dense_steps(cycles, dt);
  std::size_t const rows = std::size_t{entries} * neurons;
  std::vector<float> dense(steps * rows, 0.f);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::uint64_t i = offsets.data()[r]; i < offsets.data()[r + 1]; ++i) {
      long long const step = std::llround(host::seconds(times.data()[i]) / dt);
      if (step >= 0 && step < steps) dense[static_cast<std::size_t>(step) * rows + r] = 1.f;
    }
  }
  auto array = as_array(std::move(dense));
  return array.reshape({static_cast<py::ssize_t>(steps), static_cast<py::ssize_t>(entries),
                        static_cast<py::ssize_t>(neurons)});
}

/// Where grid points lie among the sample times of a row: value = v[left] + (v[right] - v[left]) * weight.
class Grid {
 public:
  Grid(std::uint32_t steps, double dt, bool nearest) : nearest_(nearest), points_(steps) {
    for (std::uint32_t step = 0; step < steps; ++step) {
      points_[step].time = step * dt * 125e6;
    }
  }
  /// Neurons that are read together have equal times: mostly nothing is to be done.
  void fit(std::span<std::int64_t const> times) {
    if (std::ranges::equal(times, times_)) return;
    times_.assign(times.begin(), times.end());
    std::size_t right = 0;  // first sample later than the grid point
    for (Point& point : points_) {
      auto const at = [&](std::size_t i) { return static_cast<double>(times_[i]); };
      while (right < times_.size() && at(right) <= point.time) ++right;
      point.left = right == 0 ? 0 : right - 1;
      point.right = right == times_.size() ? right - 1 : right;
      double const gap = at(point.right) - at(point.left);
      point.weight = gap == 0 ? 0 : (point.time - at(point.left)) / gap;
      if (nearest_ && gap != 0) {
        point.weight = point.time - at(point.left) <= at(point.right) - point.time ? 0 : 1;
      }
    }
  }
  /// One row; `out` is strided. Signed values.
  void interpolate(float const* values, float* out, std::size_t stride) const {
    for (Point const& point : points_) {
      double const left = values[point.left];
      *out = static_cast<float>(left + (values[point.right] - left) * point.weight - 128);
      out += stride;
    }
  }

 private:
  struct Point {
    double time = 0;  // cycles
    double weight = 0;
    std::size_t left = 0;
    std::size_t right = 0;
  };
  bool nearest_;
  std::vector<Point> points_;
  std::vector<std::int64_t> times_;
};

/// The rule of host::dense_traces, read in place.
py::array_t<float> dense_cadc(py::tuple const& cadc, std::int64_t cycles, double dt, bool nearest) {
  auto const entries = cadc[0].cast<std::uint32_t>();
  auto const neurons = cadc[1].cast<std::uint32_t>();
  auto const offsets = cadc[2].cast<Array<std::uint64_t>>();
  auto const times = cadc[3].cast<Array<std::int64_t>>();
  auto const values = cadc[4].cast<Array<float>>();
  std::size_t const rows = std::size_t{entries} * neurons;
  if (static_cast<std::size_t>(offsets.size()) != rows + 1 || times.size() != values.size() ||
      offsets.data()[rows] != static_cast<std::uint64_t>(times.size())) {
    throw py::value_error("CADC samples: offsets do not fit the shape");
  }
  std::uint32_t const steps = host::dense_steps(cycles, dt);
  Grid grid(steps, dt, nearest);
  std::vector<float> dense(steps * rows, 0.f);
  for (std::size_t r = 0; r < rows; ++r) {
    std::uint64_t const begin = offsets.data()[r];
    std::uint64_t const end = offsets.data()[r + 1];
    if (begin == end) continue;
    grid.fit({times.data() + begin, end - begin});
    grid.interpolate(values.data() + begin, dense.data() + r, rows);
  }
  auto array = as_array(std::move(dense));
  return array.reshape({static_cast<py::ssize_t>(steps), static_cast<py::ssize_t>(entries),
                        static_cast<py::ssize_t>(neurons)});
}

void bind_chip(py::module_& m) {
  py::class_<ChipImage, std::shared_ptr<ChipImage>>(m, "Chip",
                                                    "The configuration of a chip, values by name.")
      .def(py::init<>())
      .def("get",
           [](ChipImage const& c, std::string const& name) { return as_array(take(c.get(name))); })
      .def("get", [](ChipImage const& c, std::string const& name,
                     std::size_t index) { return take(c.get(name, index)); })
      .def("set", [](ChipImage& c, std::string const& name, std::size_t index,
                     std::int64_t value) { take(c.set(name, index, value)); })
      .def("set",
           [](ChipImage& c, std::string const& name, Array<std::int64_t> const& values) {
             take(c.set(name, std::span(values.data(), static_cast<std::size_t>(values.size()))));
           })
      .def_property_readonly("version", &ChipImage::version)
      .def("copy", [](ChipImage const& c) { return ChipImage(c); })
      .def("words",
           [](ChipImage const& c) {
             auto const words = c.chip().words();
             return as_array(std::vector<std::uint32_t>(words.begin(), words.end()));
           })
      .def_static("addresses",
                  [] {
                    auto const a = reg::Chip::addresses();
                    return as_array(std::vector<std::uint32_t>(a.begin(), a.end()));
                  })
      .def("set_words",
           [](ChipImage& c, Array<std::uint32_t> const& addresses,
              Array<std::uint32_t> const& words) {
             if (addresses.size() != words.size()) {
               throw py::value_error("addresses and words differ in number");
             }
             reg::Chip chip = c.chip();
             for (py::ssize_t i = 0; i < words.size(); ++i) {
               auto const index = reg::Chip::index_of_address(addresses.data()[i]);
               if (!index) {
                 throw py::value_error("no word of the configuration has the address " +
                                       std::to_string(addresses.data()[i]));
               }
               chip.set_word(*index, words.data()[i]);
             }
             c.replace(std::move(chip));
           })
      .def("snapshot",
           [](ChipImage const& c) { return Snapshot{std::make_shared<reg::Chip>(c.chip())}; })
      .def("__eq__", [](ChipImage const& a, ChipImage const& b) { return a.chip() == b.chip(); });
}

void bind_network(py::module_& m) {
  using B = NetworkBuilder;
  py::class_<B>(m, "Network", "The network of one execution instance.")
      .def(py::init<>())
      .def("add_population", &B::add_population, py::arg("name"), py::arg("kind"), py::arg("size"))
      .def("place", &B::place, py::arg("population"), py::arg("first"), py::arg("circuits") = 1,
           py::arg("row") = false)
      .def("record", &B::record, py::arg("population"), py::arg("spikes") = false,
           py::arg("cadc") = false, py::arg("cadc_source") = "voltage",
           py::arg("madc_neurons") = std::vector<std::uint32_t>{},
           py::arg("madc_source") = "voltage")
      .def("set_mask", &B::set_mask)
      .def("set_parameter", &B::set_parameter)
      .def("set_leaky", &B::set_leaky)
      .def("add_dense", &B::add_dense)
      .def("add_sparse", &B::add_sparse)
      .def("set_weights", &B::set_weights)
      .def("weights", &B::weights)
      .def("calibrate", &B::calibrate);
}

void bind_routers(py::module_& m) {
  py::class_<ProblemView>(m, "RoutingProblem", "What a router gets.")
      .def_property_readonly("populations",
                             [](ProblemView const& v) { return v.problem.neurons.size(); })
      .def_property_readonly("projections",
                             [](ProblemView const& v) { return v.problem.projections.size(); })
      .def_property_readonly("connections", [](ProblemView const& v) {
        std::size_t count = 0;
        for (auto const& p : v.problem.projections) count += p.connections.size();
        return count;
      });
  py::class_<SolutionView>(m, "RoutingSolution", "Where everything goes on the chip.")
      .def_property_readonly("strategy",
                             [](SolutionView const& v) { return v.solution.statistics.strategy; })
      .def_property_readonly("attempts",
                             [](SolutionView const& v) { return v.solution.statistics.attempts; });
  py::class_<NativeRouter>(m, "Router", "A router of the core, or a callable as one.")
      .def(py::init([](py::object callable) {
        return NativeRouter{std::make_shared<PythonRouter>(std::move(callable))};
      }))
      .def("route", &NativeRouter::route);
  m.def("greedy_router", [] { return NativeRouter{routing::make_greedy_router()}; });
  m.def("default_router", [] { return NativeRouter{routing::make_default_router()}; });
}

void bind_hooks(py::module_& m) {
  py::class_<Program>(m, "Hook", "Instructions that are put into a run.")
      .def(py::init<>())
      .def("write",
           [](Program& p, std::uint32_t address, std::uint32_t data) { p.write(address, data); })
      .def("read", [](Program& p, std::uint32_t address) { p.read(address); })
      .def("barrier", [](Program& p) { p.barrier(ut::kBarrierOmnibus); })
      .def("timer_reset", [](Program& p) { p.setup_timer(); })
      .def("wait_until",
           [](Program& p, std::int64_t cycles) {
             if (cycles < 0 || cycles > 0xffff'ffff) throw py::value_error("cycles: 0 .. 2^32-1");
             p.wait_until(FpgaCycles{cycles});
           })
      .def("event", [](Program& p, std::uint16_t label) { p.event(label); })
      .def("__len__", &Program::instruction_count);
  using H = host::Hooks;
  py::class_<H, std::shared_ptr<H>>(m, "Hooks", "Where they are put.")
      .def(py::init<>())
      .def_readwrite("pre_static_config", &H::pre_static_config)
      .def_readwrite("pre_realtime", &H::pre_realtime)
      .def_readwrite("inside_realtime_begin", &H::inside_realtime_begin)
      .def_readwrite("inside_realtime", &H::inside_realtime)
      .def_readwrite("inside_realtime_end", &H::inside_realtime_end)
      .def_readwrite("post_realtime", &H::post_realtime);
}

void bind_runs(py::module_& m) {
  py::class_<Target, std::shared_ptr<Target>>(m, "Target", "An open target.")
      .def(py::init(&open_target), py::arg("uri"))
      .def_readonly("uri", &Target::uri);
  m.def("last_chip", [](py::handle target) -> py::object {
    reg::Chip const* chip = backend_of(target).last_chip_configuration();
    if (chip == nullptr) return py::none();
    return py::cast(ChipImage(*chip));
  });
  m.def("run", &run, py::arg("targets"), py::arg("network"), py::arg("inputs"), py::arg("clocks"),
        py::arg("dt"), py::arg("batch") = py::none(), py::arg("wait") = py::none(),
        py::arg("routing_disabled") = true, py::arg("base") = py::none(),
        py::arg("router") = py::none(), py::arg("hooks") = py::none());
  m.def("dense_spikes", &dense_spikes, py::arg("spikes"), py::arg("cycles"), py::arg("dt"));
  m.def("dense_cadc", &dense_cadc, py::arg("cadc"), py::arg("cycles"), py::arg("dt"),
        py::arg("nearest") = false);
}

}  // namespace

void bind_hardware(py::module_& module) {
  py::module_ m = module.def_submodule(
      "hardware", "Networks on chips: used by hxtorch.spiking, not by scripts.");
  py::class_<Snapshot>(m, "Snapshot", "A chip configuration that cannot change.");
  bind_chip(m);
  bind_network(m);
  bind_routers(m);
  bind_hooks(m);
  bind_runs(m);
}

}  // namespace hx::python
