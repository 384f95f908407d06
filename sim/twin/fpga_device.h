/// What stands behind a range of addresses of the FPGA's Omnibus: registers, memories, the masters of serial busses. FpgaBus
/// (fpga_bus.h) finds it by address and keeps order and time of the accesses.
///
///     class Counter : public FpgaDevice {
///      public:
///       std::uint32_t read(std::uint32_t, Clock now) override { return static_cast<std::uint32_t>(now); }
///       void write(std::uint32_t, std::uint32_t, unsigned, Clock) override {}
///     };
///     bus.attach(0x0800'9000, 0x0800'9000, counter);
///
/// Clocks: in each clock reads come first, then every block acts, then the write of the clock. So `read` sees the state as of `now`,
/// and what `write` changes shows from now + 1 on, without further care.
#pragma once

#include <cstdint>

#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"

namespace hx::sim {

class FpgaDevice {
 public:
  FpgaDevice() = default;
  FpgaDevice(FpgaDevice const&) = delete;
  FpgaDevice& operator=(FpgaDevice const&) = delete;
  virtual ~FpgaDevice() = default;

  /// The word at `address` (of the bus: bit 31 is 0) in clock `now`.
  virtual std::uint32_t read(std::uint32_t address, Clock now) = 0;

  /// Changes what `byte_enables` (bit i: bits 8i+7..8i) selects, from now + 1 on.
  virtual void write(std::uint32_t address, std::uint32_t data, unsigned byte_enables,
                     Clock now) = 0;

  /// Clock in which the access with its effect in `now` completes, asked after its `read` or `write`. A transfer on a serial bus
  /// with its last clock in d completes in d + FpgaAnswer - FpgaAccess; what is behind it has its effect in d + 1 at the earliest. `read` gives
  /// the data of a transfer already at its beginning.
  [[nodiscard]] virtual Clock completion(std::uint32_t /*address*/, bool /*is_write*/,
                                         Clock now) const {
    return now + (timing::kFpgaAnswer - timing::kFpgaAccess);
  }

  /// Next clock in which it acts by itself, and what it does then. `next` is asked again after every read, write and act.
  [[nodiscard]] virtual Clock next() const { return kNever; }
  virtual void act(Clock /*now*/) {}
};

}  // namespace hx::sim
