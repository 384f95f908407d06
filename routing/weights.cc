#include "routing/weights.h"

#include <algorithm>
#include <limits>
#include <string>

namespace hx::routing {

Result<std::uint16_t> synapses_needed(std::uint32_t max_weight) {
  std::uint64_t const number = std::max<std::uint64_t>(
      1, (std::uint64_t{max_weight} + kMaxSynapseWeight - 1) / kMaxSynapseWeight);
  if (number > std::numeric_limits<std::uint16_t>::max()) {
    return Error{
        ErrorCode::kOutOfRange, Effect::kNone,
        "weight " + std::to_string(max_weight) + " needs " + std::to_string(number) + " synapses",
        "one circuit has at most 256 synapses: scale the weights down"};
  }
  return static_cast<std::uint16_t>(number);
}

Result<std::vector<std::uint8_t>> split_weight(std::uint32_t weight, std::uint16_t synapses) {
  if (weight > kMaxSynapseWeight * std::uint32_t{synapses}) {
    return Error{ErrorCode::kOutOfRange, Effect::kNone,
                 "weight " + std::to_string(weight) + " on " + std::to_string(synapses) +
                     " synapses of at most 63",
                 "declare the largest weight when the projection is made: it fixes the number of "
                 "synapses"};
  }
  std::vector<std::uint8_t> parts(synapses);
  for (std::uint32_t i = 0; i < synapses; ++i) parts[i] = weight_part(weight, i);
  return parts;
}

}  // namespace hx::routing
