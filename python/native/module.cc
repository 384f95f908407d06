// The extension module hxtorch._native: one submodule per area.

#include <pybind11/pybind11.h>

#include "python/native/hardware/hardware.h"
#include "python/native/kernels.h"

PYBIND11_MODULE(_native, module) {
  module.doc() = "The C++ core of hxtorch; used by the Python package, not by scripts.";
  hx::python::bind_hardware(module);
  auto kernels = module.def_submodule("kernels");
  hx::python::bind_kernels(kernels);
}
