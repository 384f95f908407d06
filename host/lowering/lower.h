/// All stages from a run request to the programs, at once: for `hx explain` and for whoever wants to see
/// what would be sent. Nothing is executed.
///
///     Result<Lowered> lowered = lower(request);
///     if (!lowered) std::cerr << lowered.error().text();
///     std::cout << lowered->solution.statistics.strategy << ' '
///               << lowered->schedule.chunks[0].program.listing(0, 20);
///
/// Pure function, up to the router that the request may bring.
#pragma once

#include <optional>

#include "driver/base/result.h"
#include "driver/device/program.h"
#include "driver/registers/chip.h"
#include "host/backend.h"
#include "host/lowering/configuration.h"
#include "host/lowering/problem.h"
#include "host/lowering/schedule.h"

namespace hx::host {

/// The network on the chip: what stays when only the spikes change.
struct Placed {
  Mapping mapping;
  routing::Solution solution;
  Circuits circuits;
  Calibration calibration;
  PlasticityCalibration plasticity;
  std::vector<MadcInput> madc;
  reg::Chip chip;
};

struct Lowered {
  Placed placed;
  SchedulePlan plan;
  Program configuration;  ///< of a chip in unknown state: all words
  Schedule schedule;
};

/// Routes (with an independent check), calibrates and configures a valid network. `known`, if it solves
/// the same problem, gives its solution instead of a new routing. `base`: what silenced() made of a
/// configuration to start from; without it the network's parameters are calibrated. kUnroutable with all reasons of the
/// router; what calibrate(), calibrate_plasticity() and choose_madc_inputs() refuse.
Result<Placed> place(Network const& network, routing::Router const* router = nullptr,
                     std::optional<Placed> known = std::nullopt, reg::Chip const* base = nullptr);

/// What the programs depend on. The request is valid. kOutOfRange if the MADC would give more samples than a
/// result can hold (2^27).
Result<SchedulePlan> make_plan(RunRequest const& request, std::uint32_t entries,
                               Placed const& placed);

Result<Schedule> make_schedule(RunRequest const& request, Placed const& placed,
                               SchedulePlan const& plan);

/// Everything, from the check of the request on.
Result<Lowered> lower(RunRequest const& request, Settling const& settling = Settling::digital());

}  // namespace hx::host
