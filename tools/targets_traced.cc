#include "sim/targets/traced_targets.h"
#include "tools/targets.h"

namespace hx::tools {

Registry all_targets() {
  Registry registry;
  sim::add_traced_targets(registry);
  return registry;
}

}  // namespace hx::tools
