/// What is not ideal about the arrays of the functional model, on request. Everything is off by default, so that the model agrees with
/// the RTL clock by clock.
#pragma once

#include <array>
#include <cstdint>

namespace hx::sim {

/// Fixed pattern of the neuron parameters, as on analog chips before calibration.
///
/// The coefficient unit sees round(value * f), limited to 0..1022, instead of the CapMem value of a circuit, with
/// f = 1 + sigma * g and one g per circuit and parameter; registers keep and read back what was written. g is a number from
/// (seed, circuit, parameter) alone: the sum of 12 uniform values of 32 bit minus 6 (mean 0, standard deviation 1, never beyond 6), so the
/// same seed is the same chip on every computer. f is rounded to 2^-16 and never negative.
struct Mismatch {
  std::uint64_t seed = 1;
  /// Relative standard deviation by CapMem row (0..23, rows of CapMem in the register description); 0: ideal.
  std::array<double, 24> sigma{};

  bool is_on() const {
    for (double s : sigma) {
      if (s != 0) return true;
    }
    return false;
  }
  bool operator==(Mismatch const&) const = default;
};

/// f of Mismatch in 2^-16.
std::uint32_t mismatch_factor(Mismatch const& mismatch, unsigned circuit, unsigned row);

/// Noise of the CADC: each converted value gets an integer that is uniform in -(width / 2) .. width - 1 - width / 2 (before the offset
/// and the limits 0..255), from a linear feedback shift register that runs through all conversions. Width 0 or 1: none.
struct CadcNoiseOptions {
  std::uint32_t width = 0;  ///< 0..256
  std::uint32_t seed = 1;   ///< start of the register; 0 counts as 1

  bool operator==(CadcNoiseOptions const&) const = default;
};

/// The shift register: 32 bit, x^32 + x^22 + x^2 + x + 1, advanced by 16 bit per value.
class CadcNoise {
 public:
  explicit CadcNoise(CadcNoiseOptions options);
  bool is_on() const { return width_ > 1; }
  int next();

 private:
  std::uint32_t width_;
  std::uint32_t register_;
};

}  // namespace hx::sim
