/// The models that are compared, by the values of PadiPorts and RowPort.
#pragma once

#include "tests/lockstep/lockstep.h"

namespace hx::lockstep {

struct Ports {
  unsigned padi_ports = 4;  ///< 4 or 1
  unsigned row_port = 0;    ///< 0 or 1
};

Side rtl_side(Ports ports = {});
Side twin_side(Ports ports = {});

}  // namespace hx::lockstep
