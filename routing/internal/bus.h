/// Everything about bus b of both hemispheres at once: they belong together because a neuron sends
/// the same label to both. Groups, rows, drivers, row selects and synapse labels. Internal.
///
/// The sources that appear on a bus are cut into *groups* of at most 64, each with row selects that
/// drivers can tell from those of the other groups. Inside a group every source has a synapse label
/// of its own and any synapse may take any row of the group: with as many rows of a sign as the
/// fullest slot needs, every slot can be filled independently of the others.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "routing/failure.h"
#include "routing/internal/drivers.h"
#include "routing/internal/network.h"

namespace hx::routing::internal {

/// A source (or the part of an external one) with a label of its own on this bus pair.
struct Carrier {
  std::uint32_t source = 0;
  SourceKind kind = SourceKind::kExternal;
  std::uint8_t block = 0;  ///< of a neuron
  std::uint8_t piece = 0;  ///< of a background population
  std::uint8_t pieces = 1;
  std::uint8_t labels = 1;
  bool own_drivers = false;                      ///< a group of its own
  std::array<bool, 2> demand = {};               ///< has synapses on the hemisphere
  std::array<bool, 2> open = {};                 ///< appears there if nothing is filtered
  std::array<std::vector<Demand>, 2> rows = {};  ///< synapses by slot, per hemisphere
};

/// How neurons form groups.
enum class NeuronGroups : std::uint8_t {
  kOne,    ///< all in one
  kBlock,  ///< by backend block (row select bit 4, wired)
  kFree,   ///< by address bit 6 on top and bit 7 at the bottom: both partitions are free
};

struct Scheme {
  NeuronGroups neurons = NeuronGroups::kOne;
  /// Crossbar lets a neuron through to top if address bit 7 is set, to bottom if bit 6 is.
  bool filter = false;
  bool merge = true;  ///< other sources may join the groups of neurons
};

struct GroupPlan {
  std::array<std::uint32_t, 2> rows = {};  ///< by sign
  std::vector<std::uint8_t> drivers = {};  ///< index on the bus, ascending
  std::vector<std::uint8_t> masks = {};    ///< of the drivers
  std::uint32_t labels = 0;
  [[nodiscard]] std::uint32_t demand() const { return (rows[0] + rows[1] + 1) / 2; }
};

struct CarrierPlan {
  std::array<std::uint32_t, 2> group = {kNone, kNone};
  std::uint8_t row_select = 0;
  std::uint8_t free_bits = 0;  ///< of the row select: nobody needs them to tell groups apart
  std::uint8_t label = 0;
};

struct BusPlan {
  Scheme scheme = {};
  std::array<std::vector<GroupPlan>, 2> groups = {};
  std::vector<CarrierPlan> carriers = {};
};

struct BusOptions {
  std::uint64_t seed = 0;
  std::uint32_t trials = 0;  ///< of the search for groups; 0: none
  bool only_greedy = false;  ///< one scheme: by block, nothing shared
};

struct BusOutcome {
  std::optional<BusPlan> plan = {};
  std::vector<Reason> reasons = {};  ///< of the best scheme
};

BusOutcome solve_bus(Network const& network, std::uint32_t bus,
                     std::vector<Carrier> const& carriers, BusOptions const& options);

}  // namespace hx::routing::internal
