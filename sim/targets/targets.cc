#include "sim/targets/targets.h"

#include "sim/model/model_link.h"
#include "sim/rtl/rtl.h"
#include "sim/targets/options.h"
#include "sim/targets/twin_target.h"

namespace hx::sim {
namespace {

Result<std::unique_ptr<Link>> open_rtl(Uri const& uri) {
  Result<TargetOptions> options = parse_options(uri);
  if (!options) return std::move(options).error();
  if (!options->trace.file.empty()) {
    return Error{
        ErrorCode::kUnsupported, Effect::kNone, "this build of the model records no waves",
        "build against //sim/targets:traced_targets (model //sim/rtl:rtl_fst) for trace=FILE.fst"};
  }
  return std::unique_ptr<Link>(
      std::make_unique<ModelLink>(make_rtl_model(options->system), options->link));
}

}  // namespace

void add_targets(Registry& registry) {
  add_twin_target(registry);
  registry.add("sim", open_rtl,
               "sim:[?max_cycles=N&link=up]  FPGA and chip as Verilated RTL in this process");
}

}  // namespace hx::sim
