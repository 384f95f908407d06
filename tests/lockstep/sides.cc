#include "tests/lockstep/sides.h"

#include "sim/rtl/rtl.h"

namespace hx::lockstep {

Side rtl_side(Ports) {
  return {"sim", [] { return sim::make_rtl_model(); }};
}

Side twin_side(Ports) {
  return {"sim again", [] { return sim::make_rtl_model(); }};
}

}  // namespace hx::lockstep
