/// FPGA and link with the stand-in of the chip (hx_chip_stub.sv) as a Model.
#pragma once

#include <memory>

#include "sim/model/model.h"

namespace hx::sim {

/// The link is up from power-on, unless another wish.
std::unique_ptr<Model> make_stub_model(SystemOptions const& options = {.link_up = true});
/// With a playback memory of 64 words.
std::unique_ptr<Model> make_small_stub_model();

}  // namespace hx::sim
