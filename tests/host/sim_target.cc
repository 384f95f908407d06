#include "sim/targets/targets.h"
#include "tests/host/chip_target.h"

namespace hx::host {

char const* const kChipTarget = "sim:";

void add_chip_target(Registry& registry) {
  sim::add_targets(registry);
}

}  // namespace hx::host
