/// PLLs, clock outputs and their self test (registers 0x00080000..7 of the chip). The chip has one clock whatever they hold; they decide
/// whether Omnibus and lanes have a clock, and what the self test counts. Rules: docs/decisions/bringup.md.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "fpga_model/spec/timing.h"
#include "sim/twin/chip_device.h"
#include "sim/twin/clock.h"

namespace hx::sim {

class Pll : public ChipDevice {
 public:
  static constexpr unsigned kWritable = 6;  // registers 0..5

  Pll() { reset(0); }

  std::uint32_t read(std::uint32_t index, Clock now) override;
  void write(std::uint32_t index, std::uint32_t data, unsigned byte_enables, Clock now) override;
  void reset(Clock now) override;

  /// A write over JTAG in clock `now`, told before the accesses of the bus in this clock (the bus loses against it) and carried out after
  /// them.
  void announce(std::uint32_t index, std::uint32_t data, Clock now);
  void carry_out(Clock now);

  [[nodiscard]] bool omnibus_on(Clock now) const { return omnibus_from() <= now; }
  /// Clock from which the Omnibus has a clock as things are; kNever: not at all.
  [[nodiscard]] Clock omnibus_from() const { return omnibus_from_; }
  [[nodiscard]] bool lanes_on(Clock now) const { return lanes_from() <= now; }
  [[nodiscard]] Clock lanes_from() const { return lanes_from_; }

 private:
  /// Settings of the PLL that feeds an output.
  struct Settings {
    std::uint32_t low;
    std::uint32_t high;
  };
  /// Frequency of an output over that of the reference; the numerator is 0 if it does not run by its settings.
  struct Ratio {
    std::uint64_t numerator;
    std::uint64_t denominator;
  };

  [[nodiscard]] std::uint32_t control(unsigned output) const {
    return registers_[4] >> 8 * output & 0xff;
  }
  [[nodiscard]] Settings settings(unsigned pll) const;
  [[nodiscard]] Ratio ratio(unsigned output) const;
  [[nodiscard]] Clock output_from(unsigned output) const;
  void store(std::uint32_t index, std::uint32_t data, Clock now);
  void test(std::uint32_t data, Clock now);
  void update();

  std::array<std::uint32_t, kWritable> registers_{};
  // Clocks from which PLL 0, PLL 1 and the outputs run again after a change.
  std::array<Clock, 3> runs_from_{};
  // What follows from these.
  Clock omnibus_from_ = 0;
  Clock lanes_from_ = 0;
  // Self test: result and clock from which it is seen.
  Clock test_seen_ = kNever;
  std::uint32_t result_ = 0;
  // Write over JTAG in this clock.
  Clock announced_at_ = kNever;
  std::uint32_t announced_index_ = 0;
  std::uint32_t announced_data_ = 0;
};

}  // namespace hx::sim
