// The extension module hxtorch._native: one submodule per area.

#include <pybind11/pybind11.h>

#include "python/native/hardware/hardware.h"

PYBIND11_MODULE(_native, module) {
  module.doc() = "The C++ core of hxtorch; used by the Python package, not by scripts.";
  hx::python::bind_hardware(module);
}
