#include "driver/link/replay_link.h"
#include "sim/targets/traced_targets.h"
#include "tools/targets.h"

namespace hx::tools {

Registry all_targets() {
  Registry registry;
  add_replay_target(registry);
  sim::add_traced_targets(registry);
  return registry;
}

}  // namespace hx::tools
