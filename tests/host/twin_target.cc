#include "sim/targets/twin_target.h"

#include "tests/host/chip_target.h"

namespace hx::host {

char const* const kChipTarget = "twin:";

void add_chip_target(Registry& registry) {
  sim::add_twin_target(registry);
}

}  // namespace hx::host
