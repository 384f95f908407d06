/// What is to be routed: who sends, who receives, which of the senders are recorded.
///
/// A `Problem` is plain data without places: populations of sources and projections between them.
/// Weights are no part of it; only the number of synapses that a connection needs (weights.h) is,
/// so new weights never ask for a new routing.
///
///     hx::routing::Problem problem;
///     problem.externals.push_back({.name = "input", .size = 4, .recorded = {}});
///     problem.neurons.push_back({.name = "output", .size = 2});
///     hx::routing::Projection p;
///     p.source = hx::routing::external(0);
///     p.target = 0;
///     p.receptor = hx::routing::Receptor::kExcitatory;
///     for (std::uint32_t out = 0; out < 2; ++out)
///       for (std::uint32_t in = 0; in < 4; ++in) p.connections.push_back({in, out, 1});
///     problem.projections.push_back(std::move(p));
///     auto outcome = hx::routing::route(problem);  // router.h
///
/// Values in a Problem come from users: nothing is checked while it is built, `validate` and every
/// router report what makes no sense. All types are values; threads may share const objects.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "driver/base/result.h"
#include "fpga_model/spec/geometry.h"

namespace hx::routing {

/// The synaptic input of a circuit that a synapse drives.
enum class Receptor : std::uint8_t { kExcitatory, kInhibitory };

/// One neuron circuit of a logical neuron, relative to the anchor of the neuron (left-most column,
/// top-most row of its shape).
struct CircuitShape {
  std::uint16_t column = 0;  ///< 0..127
  std::uint8_t row = 0;      ///< 0 or 1
  bool excitatory = true;    ///< has an excitatory synaptic input
  bool inhibitory = true;    ///< has an inhibitory synaptic input
  bool operator==(CircuitShape const&) const = default;
};

/// Circuits that share one membrane.
struct Compartment {
  std::vector<CircuitShape> circuits = {{}};
  /// The circuit (index in `circuits`) that sends the spikes; none: the compartment never spikes.
  std::optional<std::uint16_t> spike_master = 0;
  bool operator==(Compartment const&) const = default;
};

/// The form of a logical neuron; the default is one circuit.
struct NeuronShape {
  std::vector<Compartment> compartments = {{}};
  bool operator==(NeuronShape const&) const = default;
};

/// On-chip neurons of one shape.
struct NeuronPopulation {
  std::string name = {};
  std::uint32_t size = 0;
  NeuronShape shape = {};
  /// Anchor of each neuron, as circuit number 256 * row + column; empty: the router places them.
  std::vector<AtomicNeuron> placement = {};
  /// Whose spikes the host wants: one flag per source (`neuron * compartments + compartment`), or
  /// empty for nobody.
  std::vector<bool> recorded = {};
};

/// Sources whose spikes the host sends.
struct ExternalPopulation {
  std::string name = {};
  std::uint32_t size = 0;
  std::vector<bool> recorded = {};  ///< one flag per source (looped back), or empty
  /// No driver that drives a synapse of one of these sources reacts to anybody else (a driver with
  /// short-term plasticity has one state for all its events). At most 128 sources on a hemisphere.
  bool own_drivers = false;
};

/// Sources that a random generator on the chip plays.
struct BackgroundPopulation {
  std::string name = {};
  std::uint32_t size = 1;  ///< a power of two, 1..256
  /// Whether the host wants the spikes. A generator is recorded as a whole.
  bool recorded = false;
  /// The generator pair b (generators b and 4 + b, b = 0..3) to be used; none: the router chooses.
  std::optional<std::uint8_t> pair = {};
};

enum class SourceKind : std::uint8_t { kNeuron, kExternal, kBackground };

/// A population that sends: `index` counts in `neurons`, `externals` or `backgrounds`.
struct SourcePopulation {
  SourceKind kind = SourceKind::kExternal;
  std::uint32_t index = 0;
  auto operator<=>(SourcePopulation const&) const = default;
};

inline SourcePopulation neurons(std::uint32_t index) {
  return {SourceKind::kNeuron, index};
}
inline SourcePopulation external(std::uint32_t index) {
  return {SourceKind::kExternal, index};
}
inline SourcePopulation background(std::uint32_t index) {
  return {SourceKind::kBackground, index};
}

/// One source of a population: what carries its own label.
struct Source {
  SourcePopulation population = {};
  /// Number in the population; of a neuron population `neuron * compartments + compartment`.
  std::uint32_t index = 0;
  auto operator<=>(Source const&) const = default;
};

/// Number of synapses is fixed here; see `synapses_needed` in weights.h. Two connections between
/// the same source and target are two connections: both get synapses of their own.
struct Connection {
  std::uint32_t source = 0;    ///< neuron number in the source population
  std::uint32_t target = 0;    ///< neuron number in the target population
  std::uint16_t synapses = 1;  ///< >= 1
  bool operator==(Connection const&) const = default;
};

/// Connections of one sign between two populations. A signed synapse (a weight that may change its
/// sign later) is two projections with the same connections, one per receptor.
struct Projection {
  SourcePopulation source = {};
  std::uint32_t source_compartment = 0;  ///< of a neuron population
  std::uint32_t target = 0;              ///< index in Problem::neurons
  std::uint32_t target_compartment = 0;
  Receptor receptor = Receptor::kExcitatory;
  std::vector<Connection> connections = {};
};

struct Problem {
  std::vector<NeuronPopulation> neurons = {};
  std::vector<ExternalPopulation> externals = {};
  std::vector<BackgroundPopulation> backgrounds = {};
  std::vector<Projection> projections = {};
};

/// Refuses what has no meaning on any chip: indices out of range, sizes that are no power of two,
/// flag or placement lists of the wrong length, empty shapes. The error names population and field.
Result<void> validate(Problem const& problem);

}  // namespace hx::routing
