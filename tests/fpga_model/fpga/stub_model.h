/// FPGA and link with the stand-in of the chip (hx_chip_stub.sv) as a Model.
#pragma once

#include <memory>

#include "sim/rtl/model.h"

namespace hx::sim {

std::unique_ptr<Model> make_stub_model();

}  // namespace hx::sim
