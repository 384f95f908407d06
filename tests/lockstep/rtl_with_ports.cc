// The RTL with other numbers of array ports: makes itself known to rtl_side (sides.h). The class that Verilator wrote comes in by
// options of the compiler (ports.bzl).
#include "sim/rtl/verilated_model.h"
#include "tests/lockstep/sides.h"

#define HX_JOIN_(a, b) a##b
#define HX_JOIN(a, b) HX_JOIN_(a, b)
#define HX_ROOT HX_JOIN(HX_TOP, ___024root)
#define HX_SETTLE HX_JOIN(HX_TOP, ___024root___eval_settle)
#define HX_EVAL HX_JOIN(HX_TOP, ___024root___eval)

void HX_SETTLE(HX_ROOT* self);  // NOLINT
void HX_EVAL(HX_ROOT* self);    // NOLINT

namespace hx::lockstep {
namespace {

[[maybe_unused]] bool const kKnown = add_rtl({HX_PADI_PORTS, HX_ROW_PORT}, [] {
  return std::unique_ptr<sim::Model>(
      std::make_unique<sim::VerilatedModel<HX_TOP, HX_SETTLE, HX_EVAL>>(sim::SystemOptions{}));
});

}  // namespace
}  // namespace hx::lockstep
