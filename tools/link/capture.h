/// hx capture: looks at captures, compares them, and plays them to a target.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>

#include "driver/base/result.h"
#include "driver/link/registry.h"

namespace hx::tools {

/// A line for every message: time since the first, direction, name and fields. `session` counts from
/// 1; 0 is all.
Result<void> show_capture(std::string const& path, std::size_t session, std::ostream& out);

/// Compares sessions pairwise: what the host sent, then what the board answered, each up to its
/// first difference. true: they are alike.
Result<bool> diff_captures(std::string const& left, std::string const& right, std::ostream& out);

/// Sends what the host sent to a target and compares its answers. kProtocol at the first difference.
Result<void> replay_capture(std::string const& path, std::size_t session, Registry const& registry,
                            std::string const& target, double seconds, std::ostream& out);

}  // namespace hx::tools
