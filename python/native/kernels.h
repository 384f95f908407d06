// Binding of the mock kernels: the submodule hxtorch._native.kernels.
#pragma once

#include <pybind11/pybind11.h>

namespace hx::python {

// Adds the functions to `module`, one submodule per number type.
void bind_kernels(pybind11::module_& module);

}  // namespace hx::python
