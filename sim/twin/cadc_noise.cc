#include "sim/twin/array_options.h"

namespace hx::sim {

CadcNoise::CadcNoise(CadcNoiseOptions options)
    : width_(options.width), register_(options.seed == 0 ? 1 : options.seed) {}

int CadcNoise::next() {
  constexpr std::uint32_t kTaps = 0x80200003;  // x^32 + x^22 + x^2 + x + 1
  for (int k = 0; k < 16; ++k) register_ = register_ >> 1 ^ ((register_ & 1U) != 0 ? kTaps : 0U);
  return static_cast<int>((register_ & 0xffffU) * width_ >> 16) - static_cast<int>(width_ / 2);
}

}  // namespace hx::sim
