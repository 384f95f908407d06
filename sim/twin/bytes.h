/// Byte enables of a bus.
#pragma once

#include <cstdint>

namespace hx::sim {

/// All ones in the bytes that are enabled: bit i stands for bits 8i+7..8i.
constexpr std::uint32_t byte_mask(unsigned byte_enables) {
  std::uint32_t mask = 0;
  for (unsigned i = 0; i < 4; ++i) {
    if ((byte_enables >> i & 1) != 0) mask |= std::uint32_t{0xff} << 8 * i;
  }
  return mask;
}

/// `word` with the enabled bytes of `data`.
constexpr std::uint32_t merged(std::uint32_t word, std::uint32_t data, unsigned byte_enables) {
  std::uint32_t const mask = byte_mask(byte_enables);
  return (word & ~mask) | (data & mask);
}

}  // namespace hx::sim
