#include "sim/targets/targets.h"
#include "tools/targets.h"

namespace hx::tools {

Registry all_targets() {
  Registry registry;
  sim::add_targets(registry);
  return registry;
}

}  // namespace hx::tools
