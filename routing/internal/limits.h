/// Bounds that no mapping can exceed. Internal.
#pragma once

#include <vector>

#include "routing/failure.h"
#include "routing/internal/network.h"

namespace hx::routing::internal {

struct Limits {
  /// Hold for every placement.
  std::vector<Reason> anywhere = {};
  /// Hold for this placement.
  std::vector<Reason> here = {};
};

Limits find_limits(Problem const& problem, Network const& network);

}  // namespace hx::routing::internal
