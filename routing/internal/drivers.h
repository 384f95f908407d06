/// Row selects of groups, and which drivers of a bus serve which group. Internal.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace hx::routing::internal {

/// The row selects that the sources of a group may have: all s with (s & care) == value.
struct Code {
  std::uint8_t value = 0;
  std::uint8_t care = 31;
  bool active = true;  ///< false: none of its sources appears on this hemisphere
};

/// Mask with which the driver with index k on its bus reacts to all of group g and to no other
/// group; nothing if there is none. The mask compares as many bits as possible.
std::optional<std::uint8_t> isolating_mask(std::uint32_t k, std::size_t g,
                                           std::vector<Code> const& codes);

/// Drivers (index on the bus, ascending) by group: demands[g] of them; as many as possible if
/// not all demands can be met.
struct Allocation {
  std::vector<std::vector<std::uint8_t>> drivers = {};
  std::uint32_t missing = 0;  ///< drivers that no group could be given
};
Allocation allocate(std::vector<Code> const& codes, std::vector<std::uint32_t> const& demands);

/// Groups that get their codes together, and the ways to do it.
struct CodeUnit {
  std::vector<std::uint32_t> groups = {};
  /// options[i][j]: code of groups[j] on both hemispheres in way i.
  std::vector<std::vector<std::array<Code, 2>>> options = {};
  /// A way that fixes as few bits as possible, to be preferred if it works: sources may use the
  /// other bits to wake fewer drivers. May be empty.
  std::vector<std::array<Code, 2>> loose = {};
};

/// A choice of codes under which both hemispheres get all drivers they need.
struct Coding {
  std::array<std::vector<Code>, 2> codes = {};  ///< by hemisphere, group
  std::array<Allocation, 2> allocations = {};
  [[nodiscard]] std::uint32_t missing() const {
    return allocations[0].missing + allocations[1].missing;
  }
};

/// Searches codes; deterministic. demands[h][g]: drivers. The best found is returned, missing()
/// tells whether it is good.
Coding find_codes(std::vector<CodeUnit> const& units,
                  std::array<std::vector<std::uint32_t>, 2> const& demands, std::uint64_t seed,
                  std::uint32_t trials);

}  // namespace hx::routing::internal
