/// Synapse labels by edge colouring. Internal.
///
/// A source is an edge between the group it is in on the top hemisphere and the one on the bottom;
/// its label is the colour: different from all others in both groups. By Koenig's theorem (1916) 64
/// colours suffice if no group has more than 64 sources; the proof, alternating paths, is the
/// algorithm.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace hx::routing::internal {

struct LabelEdge {
  std::array<std::uint32_t, 2> groups = {};  ///< vertex on top and bottom; kNone: not there
};

/// One label per edge. blocked[v]: bit set of labels that vertex v does not have to give away.
/// False if it found none (cannot happen without blocked labels and with at most 64 edges a vertex).
bool colour(std::vector<LabelEdge> const& edges, std::vector<std::uint64_t> const& blocked,
            std::vector<std::uint8_t>& labels);

}  // namespace hx::routing::internal
