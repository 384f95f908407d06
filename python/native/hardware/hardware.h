/// The submodule `hxtorch._native.hardware`: networks on chips for the Python front end.
///
///     PYBIND11_MODULE(_native, m) { hx::python::bind_hardware(m); }
///
/// What crosses the border are numpy arrays and plain values: dense weights and input tensors are read in
/// place, spikes and samples of a run come back as arrays that own their memory. The description of a network
/// stays here from run to run, so that new weights cost one pass over them.
#pragma once

#include <pybind11/pybind11.h>

namespace hx::python {

/// Adds the submodule; once per module.
void bind_hardware(pybind11::module_& module);

}  // namespace hx::python
