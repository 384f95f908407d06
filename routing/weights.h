/// Large weights need several synapses.
///
///     connection.synapses = *hx::routing::synapses_needed(252);           // 4
///     auto parts = hx::routing::split_weight(123, connection.synapses);    // 63, 60, 0, 0
#pragma once

#include <cstdint>
#include <vector>

#include "driver/base/result.h"

namespace hx::routing {

inline constexpr std::uint32_t kMaxSynapseWeight = 63;

/// Synapses for weights up to `max_weight`: max(1, ceil(max_weight / 63)). An error above
/// 63 * 65535.
Result<std::uint16_t> synapses_needed(std::uint32_t max_weight);

/// The weights of the synapses of one connection: 63 as often as it goes, the rest, zeros. An error
/// if `weight` is larger than 63 * synapses.
Result<std::vector<std::uint8_t>> split_weight(std::uint32_t weight, std::uint16_t synapses);

/// The same without memory of its own: weight of synapse `i` of a connection. 0 <= weight.
constexpr std::uint8_t weight_part(std::uint32_t weight, std::uint32_t i) {
  std::uint64_t const before = std::uint64_t{kMaxSynapseWeight} * i;
  if (weight <= before) return 0;
  std::uint64_t const left = weight - before;
  return static_cast<std::uint8_t>(left < kMaxSynapseWeight ? left : kMaxSynapseWeight);
}

}  // namespace hx::routing
