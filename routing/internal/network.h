/// The problem as the routers see it: numbered sources, target slots and demands. Internal.
///
/// A *target* is a compartment of a placed neuron; a *slot* is the part of it on one hemisphere. The
/// synapses of one row above a slot are as many as the slot has circuits with the receptor, so `n`
/// synapses need ceil(n / circuits) rows: which circuit a synapse takes can stay open to the end.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "fpga_model/spec/geometry.h"
#include "routing/placement.h"
#include "routing/problem.h"
#include "routing/solution.h"

namespace hx::routing::internal {

inline constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::uint32_t kBusses = 4;  ///< per hemisphere
inline constexpr std::uint32_t kDriversPerBus = 32;
inline constexpr std::uint32_t kRowsPerBus = 64;
inline constexpr std::uint32_t kLabels = 64;  ///< that a synapse can tell apart

struct SlotCircuit {
  std::uint8_t column = 0;
  std::uint16_t circuit = 0;  ///< index in the compartment
};

struct Slot {
  std::uint32_t target = 0;
  std::uint8_t hemisphere = 0;
  std::array<std::vector<SlotCircuit>, 2> circuits = {};  ///< by sign (Receptor)
};

struct Target {
  std::uint32_t population = 0;
  std::uint32_t neuron = 0;
  std::uint32_t compartment = 0;
  std::array<std::uint32_t, 2> slots = {kNone, kNone};  ///< by hemisphere
  /// Circuits with the receptor: [sign][hemisphere].
  std::array<std::array<std::uint16_t, 2>, 2> circuits = {};
  std::uint32_t all_circuits = 0;
  AtomicNeuron first = {};  ///< its first circuit; for messages
};

/// Synapses of one source on one target (or slot).
struct Demand {
  std::uint32_t place = 0;  ///< target or slot
  std::uint16_t sign = 0;
  std::uint16_t count = 0;
};

struct SourceInfo {
  Source source = {};
  std::uint32_t labels = 1;  ///< consecutive labels (a piece of a background population)
  bool recorded = false;
  bool connected = false;
  bool own_drivers = false;  ///< of an external source
  std::uint8_t output = 0;   ///< event output of a neuron
  AtomicNeuron master = {};  ///< of a neuron
  [[nodiscard]] std::uint32_t bus() const { return output % kBusses; }
  [[nodiscard]] std::uint32_t block() const { return output / kBusses; }
};

struct Network {
  Placement placement = {};
  std::vector<Target> targets = {};
  std::vector<Slot> slots = {};
  /// Sources that are connected or recorded; of a background population pieces of 64 labels
  /// (Source::index counts pieces).
  std::vector<SourceInfo> sources = {};
  /// Synapses of each source by target, before the hemisphere is chosen.
  Lists<Demand> demands = {};

  /// Number of the source in `sources`, or kNone; index as in `sources`.
  [[nodiscard]] std::uint32_t source_number(SourcePopulation population,
                                            std::uint32_t index) const {
    return numbers[population_begin[static_cast<std::size_t>(population.kind)][population.index] +
                   index];
  }
  /// Number of the target.
  [[nodiscard]] std::uint32_t target_number(std::uint32_t population, std::uint32_t neuron,
                                            std::uint32_t compartment,
                                            std::uint32_t compartments) const {
    return target_begin[population] + neuron * compartments + compartment;
  }
  /// Number of the source of a connection.
  [[nodiscard]] std::uint32_t source_of(Problem const& problem, Projection const& projection,
                                        Connection const& connection) const;

  std::array<std::vector<std::uint32_t>, 3> population_begin = {};
  std::vector<std::uint32_t> numbers = {};
  std::vector<std::uint32_t> target_begin = {};
};

/// `problem` is valid.
Network make_network(Problem const& problem, Placement placement);

}  // namespace hx::routing::internal
