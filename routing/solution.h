/// Where everything goes: the result of a router, complete enough to configure the chip.
///
/// Everything that is not mentioned is off: rows disabled, receivers off, nodes drop all events.
///
///     for (std::size_t i = 0; i < solution.projections[0].size(); ++i)
///       for (hx::routing::PlacedSynapse const& s : solution.projections[0][i])
///         image.set_synapse(s.hemisphere, s.row, s.column, weight_of(i), s.label);
///
/// All types are values; threads may share const objects.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fpga_model/spec/geometry.h"
#include "routing/problem.h"

namespace hx::routing {

/// A list of lists in two flat arrays: `lists[i]` is the i-th list.
template <typename T>
struct Lists {
  std::vector<std::uint32_t> begins = {0};  ///< list i is items[begins[i]] .. items[begins[i + 1]]
  std::vector<T> items = {};

  [[nodiscard]] std::size_t size() const { return begins.size() - 1; }
  std::span<T const> operator[](std::size_t i) const {
    return std::span<T const>(items).subspan(begins[i], begins[i + 1] - begins[i]);
  }
  std::span<T> operator[](std::size_t i) {
    return std::span<T>(items).subspan(begins[i], begins[i + 1] - begins[i]);
  }
  /// Ends the list that was filled by appending to `items`.
  void close() { begins.push_back(static_cast<std::uint32_t>(items.size())); }
  bool operator==(Lists const&) const = default;
};

/// One synapse of the chip.
struct PlacedSynapse {
  Hemisphere hemisphere = {};
  SynapseRow row = {};  ///< of the hemisphere's array
  NeuronColumn column = {};
  std::uint8_t label = 0;     ///< 0..63
  std::uint16_t circuit = 0;  ///< which circuit of the target compartment it drives (its index)
  bool operator==(PlacedSynapse const&) const = default;
};

enum class RowMode : std::uint8_t { kDisabled, kExcitatory, kInhibitory };

/// An event is let through iff `(label & mask) == target`, label being its 14 bits.
struct NodeSetting {
  std::uint16_t mask = 0;
  std::uint16_t target = 0;
  bool operator==(NodeSetting const&) const = default;
};

/// A generator of a background population. Source i of the population has the label
/// `label | i`; `mask` = size - 1 are the bits that the generator draws.
struct GeneratorSetting {
  BackgroundSource generator = {};
  std::uint16_t label = 0;  ///< 14 bit base label, 0 in the bits of the mask
  std::uint8_t mask = 0;
  bool operator==(GeneratorSetting const&) const = default;
};

/// Where the neurons of a population are and how they send.
struct NeuronPlaces {
  std::vector<AtomicNeuron> anchors = {};  ///< by neuron
  /// By source (`neuron * compartments + compartment`): address_out of the spike master, or nothing
  /// if nobody listens to it (then switch its spike output off).
  std::vector<std::optional<std::uint8_t>> address_out = {};
  bool operator==(NeuronPlaces const&) const = default;
};

/// The label under which the host sees a recorded source.
struct RecordedLabel {
  std::uint16_t label = 0;  ///< 16 bit: L2 output, 14 bit label
  Source source = {};
  bool operator==(RecordedLabel const&) const = default;
};

/// Use of one PADI bus (32 drivers, 64 rows, 2048 labels).
struct BusStatistics {
  std::uint32_t rows_excitatory = 0;
  std::uint32_t rows_inhibitory = 0;
  std::uint32_t drivers = 0;
  std::uint32_t labels = 0;  ///< different labels of all events that appear on the bus
  std::uint32_t synapses = 0;
  /// Most drivers that react to one event.
  std::uint32_t max_drivers_per_event = 0;
  bool operator==(BusStatistics const&) const = default;
};

struct Statistics {
  std::array<BusStatistics, 8> busses = {};  ///< by PADI bus 4 * hemisphere + bus
  /// Labels that the host sends for one spike of an external source.
  double mean_labels_per_external_spike = 0;
  std::uint32_t max_labels_per_external_spike = 0;
  std::string strategy = {};            ///< the one that succeeded
  std::uint64_t seed = 0;               ///< with which it succeeded
  std::uint32_t attempts = 0;           ///< trials of all strategies, the good one included
  std::chrono::nanoseconds duration{};  ///< the only member that differs between equal runs
};

struct Solution {
  /// By projection, by connection: its synapses, `Connection::synapses` of them.
  std::vector<Lists<PlacedSynapse>> projections = {};
  std::vector<NeuronPlaces> neurons = {};  ///< by neuron population
  /// By external population, by source: 16 bit labels (L2 input in bits 15..14). The host sends all
  /// of them, together, for each spike. No labels: nobody listens to the source.
  std::vector<Lists<std::uint16_t>> externals = {};
  /// By background population: its generators, none to two; only the first is recorded.
  std::vector<std::vector<GeneratorSetting>> backgrounds = {};
  /// By driver (128 * hemisphere + driver): row address compare mask (5 bit), or nothing: receiver
  /// off.
  std::array<std::optional<std::uint8_t>, 256> driver_masks = {};
  /// By row: 256 * hemisphere + row.
  std::array<RowMode, 512> row_modes = {};
  /// By node; nothing: drop all (mask 0, target 1).
  std::array<std::optional<NodeSetting>, 76> nodes = {};
  /// Every recorded source once, sorted by label. Labels that are not in it may reach the host too
  /// (ignore them).
  std::vector<RecordedLabel> recorded = {};
  Statistics statistics = {};
};

/// Index into Solution::row_modes.
inline std::size_t row_index(Hemisphere hemisphere, SynapseRow row) {
  return 256 * hemisphere.value() + row.value();
}

/// Equal in everything that reaches the chip or the host; statistics do not count.
bool same_result(Solution const& a, Solution const& b);

}  // namespace hx::routing
