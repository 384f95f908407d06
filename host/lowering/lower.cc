#include "host/lowering/lower.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "driver/base/refusal.h"
#include "routing/checker.h"
#include "routing/router.h"

namespace hx::host {
namespace {

Result<routing::Solution> find_routing(routing::Problem const& problem,
                                       routing::Router const* router) {
  std::unique_ptr<routing::Router> own;
  if (router == nullptr) {
    own = routing::make_default_router();
    router = own.get();
  }
  routing::Outcome outcome = router->route(problem);
  if (!outcome) return outcome.failure().error();
  routing::Solution solution = std::move(outcome).solution();
  routing::CheckReport const report = routing::check(problem, solution);
  if (!report.ok()) {
    std::ostringstream text;
    text << "router '" << router->name() << "' returned a wrong solution: " << report;
    return Error{.code = ErrorCode::kUnroutable,
                 .message = text.str(),
                 .hint = "this is a defect of the router; try another one"};
  }
  return solution;
}

Result<void> plan_madc(RunRequest const& request, Placed const& placed, SchedulePlan& plan) {
  plan.madc.inputs = placed.madc;
  if (placed.madc.empty()) return {};
  MadcSettings const& settings = request.network.madc;
  plan.madc.duration = plan.runtime;
  if (settings.duration) {
    double const cycles = std::max(1., std::round(*settings.duration * 125e6));
    plan.madc.duration = std::min(plan.runtime, static_cast<std::int64_t>(cycles));
  }
  constexpr double kMaxSamples = 1u << 27;
  double const rate = madc_rate(settings.sample_rate).samples_per_second();
  double const samples = seconds(plan.madc.duration) * plan.entries * rate;
  if (samples <= kMaxSamples) return {};
  return (Refusal(ErrorCode::kOutOfRange)
          << "the MADC would give " << samples << " samples, more than " << kMaxSamples)
      .hint("lower madc.sample_rate or madc.duration, or record fewer entries");
}

}  // namespace

Result<Placed> place(Network const& network, routing::Router const* router,
                     std::optional<Placed> known, reg::Chip const* base) {
  Placed placed;
  placed.mapping = make_mapping(network);
  if (known && is_same_problem(known->mapping.problem, placed.mapping.problem)) {
    placed.solution = std::move(known->solution);
  } else {
    auto solution = find_routing(placed.mapping.problem, router);
    if (!solution) return solution.error();
    placed.solution = std::move(*solution);
  }
  placed.circuits = circuits_of(network, placed.mapping, placed.solution);
  reg::Chip chip = base == nullptr ? silent_chip() : *base;
  if (base == nullptr) {
    auto calibration = calibrate(network, placed.circuits);
    if (!calibration) return calibration.error();
    placed.calibration = std::move(*calibration);
    write_calibration(chip, network, placed.circuits, placed.calibration);
  }
  auto plasticity = calibrate_plasticity(network);
  if (!plasticity) return plasticity.error();
  placed.plasticity = std::move(*plasticity);
  auto madc = choose_madc_inputs(network, placed.circuits);
  if (!madc) return madc.error();
  placed.madc = std::move(*madc);
  placed.chip = configure(std::move(chip), network, placed.mapping, placed.solution,
                          placed.circuits, placed.plasticity, placed.madc);
  return placed;
}

Result<SchedulePlan> make_plan(RunRequest const& request, std::uint32_t entries,
                               Placed const& placed) {
  auto const runtime = runtime_cycles(request.runtime_steps, request.dt);
  if (!runtime) return runtime.error();
  SchedulePlan plan;
  plan.runtime = *runtime;
  plan.entries = entries;
  plan.inter_batch_entry_wait = request.inter_batch_entry_wait;
  plan.inter_batch_entry_routing_disabled = request.inter_batch_entry_routing_disabled;
  plan.hooks = request.hooks;
  plan.cadc = plan_cadc(request.network, placed.circuits);
  if (auto ok = plan_madc(request, placed, plan); !ok) return ok.error();
  for (auto const& generators : placed.solution.backgrounds) {
    for (auto const& setting : generators) plan.generators.push_back(setting.generator);
  }
  return plan;
}

Result<Schedule> make_schedule(RunRequest const& request, Placed const& placed,
                               SchedulePlan const& plan) {
  return make_schedule(plan, placed.chip, [&](std::uint32_t entry) {
    return input_labels(request.network, placed.mapping, placed.solution, request.inputs, entry);
  });
}

Result<Lowered> lower(RunRequest const& request, Settling const& settling) {
  auto const entries = validate(request);
  if (!entries) return entries.error();
  std::optional<reg::Chip> base;
  if (request.base) base = silenced(*request.base);
  auto placed = place(request.network, request.router.get(), std::nullopt, base ? &*base : nullptr);
  if (!placed) return placed.error();
  auto plan = make_plan(request, *entries, *placed);
  if (!plan) return plan.error();
  auto schedule = make_schedule(request, *placed, *plan);
  if (!schedule) return schedule.error();
  Program configuration = configuration_program(std::nullopt, placed->chip, settling);
  return Lowered{std::move(*placed), std::move(*plan), std::move(configuration),
                 std::move(*schedule)};
}

}  // namespace hx::host
