#include "sim/targets/traced_targets.h"

#include "sim/model/model_link.h"
#include "sim/rtl/rtl_fst.h"
#include "sim/targets/options.h"
#include "sim/targets/twin_target.h"

namespace hx::sim {
namespace {

Result<std::unique_ptr<Link>> open_traced(Uri const& uri) {
  Result<TargetOptions> options = parse_options(uri);
  if (!options) return std::move(options).error();
  Result<std::unique_ptr<Model>> model = make_rtl_model_with_waves(options->trace, options->system);
  if (!model) return std::move(model).error().context("target " + uri.text());
  return std::unique_ptr<Link>(std::make_unique<ModelLink>(std::move(*model), options->link));
}

}  // namespace

void add_traced_targets(Registry& registry) {
  add_twin_target(registry);
  registry.add("sim", open_traced,
               "sim:[?max_cycles=N][&trace=FILE.fst&trace_start=N&trace_stop=N]  FPGA and chip as "
               "Verilated RTL, with waves");
}

}  // namespace hx::sim
