/// Time in the functional model.
///
///     Clock const due = now + timing::kLinkUp;
///     if (due == kNever) ...
#pragma once

#include <algorithm>
#include <cstdint>

namespace hx::sim {

/// Clocks of 8 ns since power-on, the same numbering as Model::clocks(): the first clock is 0. "In clock x" means: computed from the
/// state before the edge that ends clock x, visible from clock x + 1 on (timing contract).
using Clock = std::uint64_t;

/// Later than everything that happens.
inline constexpr Clock kNever = ~Clock{0};

}  // namespace hx::sim
