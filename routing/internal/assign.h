/// Which bus and hemisphere every synapse uses. Internal.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "routing/failure.h"
#include "routing/internal/bus.h"
#include "routing/internal/network.h"

namespace hx::routing::internal {

/// One way to try.
struct Strategy {
  bool greedy = false;        ///< groups of one kind only, no search
  bool by_sign = true;        ///< targets on both hemispheres: excitatory on top, else by source
  bool labels_first = false;  ///< balance labels of external sources before rows
  bool joint = true;          ///< an external source uses one bus for both hemispheres
  bool shuffle = false;       ///< external sources and generators in random order
  std::uint32_t trials = 0;   ///< of the search for groups
  std::uint64_t seed = 0;
};

/// Carrier of a source on a hemisphere.
struct CarrierPlace {
  std::uint32_t bus = kNone;
  std::uint32_t carrier = kNone;
};

struct Assignment {
  std::array<std::vector<Carrier>, kBusses> carriers = {};
  std::vector<std::array<CarrierPlace, 2>> places = {};  ///< by source and hemisphere
  std::vector<std::uint8_t> home =
      {};                        ///< by source: hemisphere of its synapses on targets of both
  std::vector<bool> split = {};  ///< by target: excitatory on top, inhibitory at the bottom
  /// By background population: its bus and on which hemispheres it has a generator.
  struct Generators {
    std::uint32_t bus = kNone;
    std::array<bool, 2> used = {};
  };
  std::vector<Generators> generators = {};
  std::vector<Reason> reasons = {};  ///< not empty: it does not work

  /// Hemisphere of the synapses of a source on a target.
  [[nodiscard]] std::uint32_t side(Network const& network, std::uint32_t source,
                                   std::uint32_t target, std::uint32_t sign) const {
    auto const& circuits = network.targets[target].circuits[sign];
    if (circuits[0] == 0) return 1;
    if (circuits[1] == 0) return 0;
    return split[target] ? sign : home[source];
  }
};

Assignment assign(Problem const& problem, Network const& network, Strategy const& strategy);

}  // namespace hx::routing::internal
