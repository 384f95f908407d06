/// Spike counters of the 512 circuits: {overflow, count[7:0]}, overflow is sticky.
///
/// Within a clock: spikes count first, then reads, then clears, then neuron resets.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace hx::sim {

class SpikeCounters {
 public:
  void spike(unsigned slot, std::uint32_t lanes) {
    for (; lanes != 0; lanes &= lanes - 1) {
      auto const lane = static_cast<unsigned>(std::countr_zero(lanes));
      add(lane / 16 * 256 + lane % 16 * 16 + 15 - slot);
    }
  }
  void add(unsigned circuit) {
    std::uint16_t const count = counts_[circuit];
    counts_[circuit] = static_cast<std::uint16_t>((count & 0x100) | ((count & 0xff) + 1));
    if ((count & 0xff) == 0xff) counts_[circuit] = 0x100;
  }
  [[nodiscard]] std::uint32_t read(unsigned circuit) const { return counts_[circuit]; }
  void clear(unsigned circuit) { counts_[circuit] = 0; }
  void reset() { counts_.fill(0); }

 private:
  std::array<std::uint16_t, 512> counts_{};
};

}  // namespace hx::sim
