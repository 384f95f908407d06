#include "sim/rtl/rtl_fst.h"

#include <verilated_fst_c.h>

#include <cstdio>

#include "Vhx_sim_fst.h"
#include "Vhx_sim_fst___024root.h"
#include "sim/rtl/verilated_model.h"

// Written by Verilator, but declared in none of its headers.
void Vhx_sim_fst___024root___eval_settle(Vhx_sim_fst___024root* self);
void Vhx_sim_fst___024root___eval(Vhx_sim_fst___024root* self);

namespace hx::sim {
namespace {

using Traced = VerilatedModel<Vhx_sim_fst, Vhx_sim_fst___024root___eval_settle,
                              Vhx_sim_fst___024root___eval, true>;

constexpr std::uint64_t kNanosecondsPerClock = 8;

class ModelWithWaves : public Traced {
 public:
  ModelWithWaves(TraceOptions trace, SystemOptions const& options)
      : Traced(options), trace_(std::move(trace)) {
    if (trace_.file.empty()) return;
    top().trace(&file_, 99);
    file_.set_time_unit("1ns");
    file_.set_time_resolution("1ns");
    file_.open(trace_.file.c_str());
  }
  ~ModelWithWaves() override {
    if (!trace_.file.empty()) file_.close();
  }

 private:
  void after_edge(bool rising) override {
    if (trace_.file.empty() || clocks() < trace_.start || clocks() >= trace_.stop) return;
    file_.dump(clocks() * kNanosecondsPerClock + (rising ? 0 : kNanosecondsPerClock / 2));
  }

  TraceOptions trace_;
  VerilatedFstC file_;
};

}  // namespace

Result<std::unique_ptr<Model>> make_rtl_model_with_waves(TraceOptions const& trace,
                                                         SystemOptions const& options) {
  if (trace.start >= trace.stop) {
    return Error{ErrorCode::kInvalidArgument, Effect::kNone,
                 "waves from clock " + std::to_string(trace.start) + " to before " +
                     std::to_string(trace.stop) + " are none",
                 "trace_start must be less than trace_stop"};
  }
  if (!trace.file.empty()) {
    // The writer of waves reports nothing, so try the file first.
    std::FILE* file = std::fopen(trace.file.c_str(), "wb");
    if (file == nullptr) {
      return Error{ErrorCode::kIo, Effect::kNone, "cannot write waves to " + trace.file,
                   "does the folder exist?"};
    }
    std::fclose(file);
  }
  return std::unique_ptr<Model>(std::make_unique<ModelWithWaves>(trace, options));
}

}  // namespace hx::sim
