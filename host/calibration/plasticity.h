/// Short-term plasticity in registers of the synapse drivers, by arithmetic.
///
///     Result<PlasticityCalibration> plasticity = calibrate_plasticity(network);
///     if (!plasticity) return plasticity.error();
///     PlasticityRegisters const& r = *plasticity->projections[0];
///
/// The recovery clock is one for a hemisphere, so all projections share its speed; it is the one under which
/// the worst time constant is best. A value that is reached only to more than 2 % is named in a warning.
/// Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "driver/base/result.h"
#include "host/network.h"

namespace hx::host {

/// Of the drivers of one projection.
struct PlasticityRegisters {
  std::uint8_t utilization = 0;  ///< 1/16
  std::uint8_t recovery = 0;     ///< code 0..15
  bool enable_recovery = false;
  std::uint8_t target_voltages = 0;  ///< pair 0 or 1
  bool operator==(PlasticityRegisters const&) const = default;
};

/// CapMem codes of a pair of target voltages: 0 is R = 0, 1022 is R = 1.
struct TargetVoltages {
  std::uint16_t charge = 0;
  std::uint16_t recover = 0;
  bool operator==(TargetVoltages const&) const = default;
};

struct PlasticityCalibration {
  std::vector<std::optional<PlasticityRegisters>> projections;  ///< by projection of the network
  std::vector<TargetVoltages> voltages;                         ///< none to two
  std::uint8_t recovery_clock_speed = 0;                        ///< 0..15
  bool enable_recovery_clock = false;
  std::vector<std::string> warnings;
};

/// Time constant of the recovery in seconds, as the chip does it in steps of 2.048 us or more; 0 if every
/// step recovers completely.
double recovery_time_constant(std::uint8_t speed, std::uint8_t recovery);

/// The network is valid (contract). kInvalidArgument if there are more than two pairs of charge and recover.
Result<PlasticityCalibration> calibrate_plasticity(Network const& network);

}  // namespace hx::host
