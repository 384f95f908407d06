/// The models that are compared, by the values of PadiPorts and RowPort.
#pragma once

#include <functional>
#include <memory>

#include "sim/model/model.h"
#include "tests/lockstep/lockstep.h"

namespace hx::lockstep {

struct Ports {
  unsigned padi_ports = 4;  ///< 4 or 1
  unsigned row_port = 0;    ///< 0, 1 or 2

  bool operator==(Ports const&) const = default;
};

/// Only the default, unless the program links a library of rtl_with_ports (ports.bzl).
Side rtl_side(Ports ports = {});
Side twin_side(Ports ports = {});

/// Makes a further build of the RTL known.
bool add_rtl(Ports ports, std::function<std::unique_ptr<sim::Model>()> make);

}  // namespace hx::lockstep
