/// What answers to a block of addresses of the chip's Omnibus. ChipBus (chip_bus.h) finds it by the block number of ChipMap
/// (fpga_model/spec/chip_map.h) and keeps order and time of the accesses.
///
/// Clocks: as in fpga_device.h: reads of a clock come first, then every block acts, then the write of the clock.
#pragma once

#include <cstdint>

#include "sim/twin/clock.h"

namespace hx::sim {

class ChipDevice {
 public:
  ChipDevice() = default;
  ChipDevice(ChipDevice const&) = delete;
  ChipDevice& operator=(ChipDevice const&) = delete;
  virtual ~ChipDevice() = default;

  /// The word at `index` of its block in clock `now`.
  virtual std::uint32_t read(std::uint32_t index, Clock now) = 0;
  /// Changes what `byte_enables` selects, from now + 1 on.
  virtual void write(std::uint32_t index, std::uint32_t data, unsigned byte_enables, Clock now) = 0;

  /// Level of the chip reset: on in clock `now` and held until `release`. Flip-flops take their reset values.
  virtual void reset(Clock /*now*/) {}

  /// Next clock in which it acts by itself, and what it does then.
  [[nodiscard]] virtual Clock next() const { return kNever; }
  virtual void act(Clock /*now*/) {}
};

}  // namespace hx::sim
