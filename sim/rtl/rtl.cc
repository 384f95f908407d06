#include "sim/rtl/rtl.h"

#include "Vhx_sim.h"
#include "Vhx_sim___024root.h"
#include "sim/rtl/verilated_model.h"

// Written by Verilator, which chose the names, but declared in none of its headers.
void Vhx_sim___024root___eval_settle(Vhx_sim___024root* self);  // NOLINT
void Vhx_sim___024root___eval(Vhx_sim___024root* self);         // NOLINT

namespace hx::sim {

std::unique_ptr<Model> make_rtl_model(SystemOptions const& options) {
  return std::make_unique<
      VerilatedModel<Vhx_sim, Vhx_sim___024root___eval_settle, Vhx_sim___024root___eval>>(options);
}

}  // namespace hx::sim
