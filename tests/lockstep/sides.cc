#include "tests/lockstep/sides.h"

#include "sim/rtl/rtl.h"
#include "sim/twin/twin.h"

namespace hx::lockstep {

Side rtl_side(Ports) {
  return {"sim", [] { return sim::make_rtl_model(); }};
}

Side twin_side(Ports ports) {
  return {"twin", [ports] {
            return sim::make_twin({.padi_ports = ports.padi_ports, .row_port = ports.row_port});
          }};
}

}  // namespace hx::lockstep
