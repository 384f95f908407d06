#include "host/calibration/plasticity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>

#include "driver/base/refusal.h"
#include "fpga_model/spec/timing.h"

namespace hx::host {
namespace {

constexpr double kClock = 8e-9;
constexpr double kTolerance = 0.02;

std::uint16_t voltage(double resource) {
  return static_cast<std::uint16_t>(std::lround(1022 * resource));
}

double error_of(std::uint8_t speed, std::uint8_t recovery, double tau) {
  double const reached = recovery_time_constant(speed, recovery);
  return reached > 0 ? std::abs(std::log(reached / tau)) : std::numeric_limits<double>::max();
}

std::uint8_t best_recovery(std::uint8_t speed, double tau) {
  std::uint8_t best = 0;
  for (std::uint8_t recovery = 1; recovery < 16; ++recovery) {
    if (error_of(speed, recovery, tau) < error_of(speed, best, tau)) best = recovery;
  }
  return best;
}

std::uint8_t best_speed(std::set<double> const& taus) {
  std::uint8_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::uint8_t speed = 0; speed < 16; ++speed) {
    double worst = 0;
    for (double tau : taus) {
      worst = std::max(worst, error_of(speed, best_recovery(speed, tau), tau));
    }
    if (worst >= least) continue;
    least = worst;
    best = speed;
  }
  return best;
}

/// Position of the pair in the list; added if it is new.
std::uint8_t find_pair(std::vector<TargetVoltages>& pairs, TargetVoltages const& pair) {
  auto const found = std::find(pairs.begin(), pairs.end(), pair);
  auto const index = static_cast<std::uint8_t>(found - pairs.begin());
  if (found == pairs.end()) pairs.push_back(pair);
  return index;
}

void check(PlasticityCalibration& calibration, std::string const& projection, char const* name,
           double wanted, double reached) {
  if (std::abs(reached - wanted) <= kTolerance * std::abs(wanted)) return;
  std::ostringstream text;
  text << "projection " << projection << ": stp " << name << " = " << wanted << " becomes "
       << reached << ": the range or resolution of the chip";
  if (std::find(calibration.warnings.begin(), calibration.warnings.end(), text.str()) ==
      calibration.warnings.end()) {
    calibration.warnings.push_back(text.str());
  }
}

}  // namespace

double recovery_time_constant(std::uint8_t speed, std::uint8_t recovery) {
  constexpr double kOne = 65536;
  // What is left after one tick, then after the ticks of a step (docs/decisions/synapse.md).
  std::uint64_t const part = recovery % 2 == 0 ? 65536 : 46341;
  std::uint64_t left = 65536 - (part >> (recovery / 2 + 1));
  std::uint64_t const period = std::max<std::uint64_t>(std::uint64_t{1} << speed, timing::kStpStep);
  for (std::uint64_t ticks = std::uint64_t{1} << speed; ticks < period; ticks *= 2) {
    left = (left * left + 32768) >> 16;
  }
  if (left == 0) return 0;
  return static_cast<double>(period) * kClock / -std::log(static_cast<double>(left) / kOne);
}

Result<PlasticityCalibration> calibrate_plasticity(Network const& network) {
  PlasticityCalibration calibration;
  calibration.projections.resize(network.projections.size());
  std::set<double> taus;
  for (Projection const& projection : network.projections) {
    if (projection.stp && projection.stp->tau_recovery) taus.insert(*projection.stp->tau_recovery);
  }
  calibration.enable_recovery_clock = !taus.empty();
  if (!taus.empty()) calibration.recovery_clock_speed = best_speed(taus);
  for (std::size_t p = 0; p < network.projections.size(); ++p) {
    auto const& stp = network.projections[p].stp;
    if (!stp) continue;
    std::string const name = network.name_of(network.projections[p]);
    PlasticityRegisters r;
    r.utilization = static_cast<std::uint8_t>(std::lround(16 * stp->utilization));
    check(calibration, name, "utilization", stp->utilization, r.utilization / 16.);
    if (stp->tau_recovery) {
      r.enable_recovery = true;
      r.recovery = best_recovery(calibration.recovery_clock_speed, *stp->tau_recovery);
      check(calibration, name, "tau_recovery", *stp->tau_recovery,
            recovery_time_constant(calibration.recovery_clock_speed, r.recovery));
    }
    r.target_voltages =
        find_pair(calibration.voltages, {voltage(stp->charge), voltage(stp->recover)});
    if (calibration.voltages.size() > 2) {
      return (Refusal(ErrorCode::kInvalidArgument)
              << "projection " << name << ": charge " << stp->charge << " and recover "
              << stp->recover << " are a third pair of target voltages; the chip has two")
          .hint("give the projections with short-term plasticity at most two pairs");
    }
    calibration.projections[p] = r;
  }
  return calibration;
}

}  // namespace hx::host
