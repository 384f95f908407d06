#include "tests/fpga_model/fpga/stub_model.h"

#include "Vhx_stub.h"
#include "Vhx_stub___024root.h"
#include "Vhx_stub_small.h"
#include "Vhx_stub_small___024root.h"
#include "sim/rtl/verilated_model.h"

// Written by Verilator, but declared in none of its headers.
void Vhx_stub___024root___eval_settle(Vhx_stub___024root* self);
void Vhx_stub___024root___eval(Vhx_stub___024root* self);
void Vhx_stub_small___024root___eval_settle(Vhx_stub_small___024root* self);
void Vhx_stub_small___024root___eval(Vhx_stub_small___024root* self);

namespace hx::sim {

std::unique_ptr<Model> make_stub_model(SystemOptions const& options) {
  return std::make_unique<
      VerilatedModel<Vhx_stub, Vhx_stub___024root___eval_settle, Vhx_stub___024root___eval>>(
      options);
}

std::unique_ptr<Model> make_small_stub_model() {
  return std::make_unique<VerilatedModel<Vhx_stub_small, Vhx_stub_small___024root___eval_settle,
                                         Vhx_stub_small___024root___eval>>(
      SystemOptions{.link_up = true});
}

}  // namespace hx::sim
