/// Local search: cut sources into groups so that no slot needs more rows of a group than it may
/// have. Internal.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "routing/internal/network.h"

namespace hx::routing::internal {

/// Rows of a group by sign.
using RowLimit = std::array<std::uint32_t, 2>;

struct PartitionItem {
  std::uint32_t group = 0;           ///< in and out
  std::array<bool, 2> present = {};  ///< takes a label on the hemisphere
  std::vector<Demand> demands = {};  ///< by slot
};

struct PartitionProblem {
  std::size_t groups = 0;
  std::size_t slots = 0;
  std::uint32_t capacity = 0;                               ///< labels of a group and hemisphere
  std::array<std::vector<RowLimit>, 2> limits = {};         ///< ways to share rows, by hemisphere
  std::vector<std::array<std::uint16_t, 2>> circuits = {};  ///< of a slot, by sign
  std::vector<std::uint8_t> hemisphere = {};                ///< of a slot
  std::vector<PartitionItem> items = {};
};

/// Ways to share `rows` rows between `groups` equal groups: most[sign] is what all of them need
/// together at least. Best guess first.
std::vector<RowLimit> share_rows(std::array<std::uint32_t, 2> most, std::uint32_t groups,
                                 std::uint32_t rows);

/// Moves and swaps items until every limit is met. True if that succeeded; the items hold the best
/// found either way. `trials`: moves per item and way to share.
bool improve_partition(PartitionProblem& problem, std::uint64_t seed, std::uint32_t trials);

}  // namespace hx::routing::internal
