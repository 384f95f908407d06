/// Times, potentials and codes as types.
///
/// Hardware time is counted in clock cycles; `FpgaCycles{125} == std::chrono::microseconds{1}`.
/// Model time (the biological time of a network, 1000 times slower than the chip) is no duration:
/// it converts by name only.
#pragma once

#include <chrono>
#include <cmath>
#include <compare>
#include <cstdint>
#include <ratio>

namespace hx {

/// Clock cycles of the FPGA and of the digital chip: 8 ns.
using FpgaCycles = std::chrono::duration<std::int64_t, std::ratio<1, 125'000'000>>;
/// Cycles of the chip's 250 MHz time base: 4 ns.
using ChipCycles = std::chrono::duration<std::int64_t, std::ratio<1, 250'000'000>>;
/// Hardware time as a number of seconds.
using Seconds = std::chrono::duration<double>;

static_assert(FpgaCycles{125} == std::chrono::microseconds{1});
static_assert(ChipCycles{2} == FpgaCycles{1});

/// Nearest number of FPGA cycles; half away from zero.
inline FpgaCycles round_to_cycles(Seconds time) {
  return FpgaCycles{std::llround(time.count() * 125e6)};
}

/// Time of the modelled network; one second of it takes one millisecond on the chip.
struct ModelTime {
  double seconds = 0;

  static constexpr double kAcceleration = 1000;
  static ModelTime from_hardware(Seconds time) { return {time.count() * kAcceleration}; }
  [[nodiscard]] Seconds to_hardware() const { return Seconds{seconds / kAcceleration}; }
  auto operator<=>(ModelTime const&) const = default;
};

/// A potential in units of the nominal CADC scale (one code of the 8 bit converter).
struct CadcLsb {
  double value = 0;
  auto operator<=>(CadcLsb const&) const = default;
};

/// A 10 bit cell of the analog parameter memory: 0..1022; 1023 switches the refresh off.
struct CapMemCode {
  std::uint16_t value = 0;
  static constexpr std::uint16_t kMax = 1022;
  auto operator<=>(CapMemCode const&) const = default;
};

}  // namespace hx
