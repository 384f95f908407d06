#include "routing/solution.h"

namespace hx::routing {

bool same_result(Solution const& a, Solution const& b) {
  return a.projections == b.projections && a.neurons == b.neurons && a.externals == b.externals &&
         a.backgrounds == b.backgrounds && a.driver_masks == b.driver_masks &&
         a.row_modes == b.row_modes && a.nodes == b.nodes && a.recorded == b.recorded;
}

}  // namespace hx::routing
