#include "sim/targets/twin_target.h"

#include "sim/model/model_link.h"
#include "sim/targets/options.h"
#include "sim/twin/twin.h"

namespace hx::sim {
namespace {

Result<std::unique_ptr<Link>> open_twin(Uri const& uri) {
  Result<TwinTargetOptions> const options = parse_twin_options(uri);
  if (!options) return options.error();
  return std::unique_ptr<Link>(
      std::make_unique<ModelLink>(make_twin(options->twin), options->link));
}

}  // namespace

void add_twin_target(Registry& registry) {
  registry.add(
      "twin", open_twin,
      "twin:[?max_cycles=N][&mismatch=SIGMA[,seed:N]][&cadc_noise=WIDTH]  FPGA and chip as "
      "exact functional model");
}

}  // namespace hx::sim
