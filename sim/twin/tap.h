/// Test access port of the chip at the level of its pins: the sixteen states of IEEE 1149.1, its registers, and the access to the chip's
/// Omnibus that it starts. What each instruction does: fpga_model/rtl/chip/hx_tap.sv.
///
///     bool const out = tap.tdo();
///     tap.edge(tms, tdi, omnibus_on, now);      // a rising edge of TCK in clock `now`
///
/// While the chip is in reset its owner gives no edges, reads TDO as 0 and calls `reset`.
#pragma once

#include <array>
#include <cstdint>

#include "sim/twin/clock.h"
#include "sim/twin/link_up.h"

namespace hx::sim {

class Tap {
 public:
  void edge(bool tms, bool tdi, bool omnibus_on, Clock now);
  [[nodiscard]] bool tdo() const {
    return (state_ == State::kShiftDr || state_ == State::kShiftIr) && (shift_ & 1) != 0;
  }

  // ---- Write of a PLL register in the clock of the last edge.
  struct PllWrite {
    unsigned index = 0;
    std::uint32_t data = 0;
  };
  [[nodiscard]] bool has_pll_write() const { return has_pll_write_; }
  PllWrite take_pll_write() {
    has_pll_write_ = false;
    return pll_write_;
  }

  // ---- Access to the Omnibus.
  /// Clock from which it is offered; kNever: none.
  [[nodiscard]] Clock next_access() const { return access_from_; }
  [[nodiscard]] ChipAccess const& access() const { return access_; }
  void take_access() {
    access_from_ = kNever;
    flying_ = true;
    ours_ = true;
  }
  /// The Omnibus lost its clock: what waits is lost.
  void lose_access() { access_from_ = kNever; }
  void access_done(std::uint32_t data) {
    flying_ = false;
    if (ours_ && !access_.is_write) read_data_ = data;
  }
  /// An access is not completed.
  [[nodiscard]] bool busy() const { return access_from_ != kNever || flying_; }

  /// The chip's reset.
  void reset();

 private:
  enum class State : std::uint8_t {
    kReset,
    kIdle,
    kSelectDr,
    kCaptureDr,
    kShiftDr,
    kExit1Dr,
    kPauseDr,
    kExit2Dr,
    kUpdateDr,
    kSelectIr,
    kCaptureIr,
    kShiftIr,
    kExit1Ir,
    kPauseIr,
    kExit2Ir,
    kUpdateIr,
  };
  /// The register that the instruction selects.
  struct Selected {
    unsigned bits;
    std::uint64_t capture;
  };

  static State after(State state, bool tms);
  [[nodiscard]] bool is_phy() const { return (instruction_ & 0x47) == 0x44; }
  [[nodiscard]] Selected selected() const;
  void shift_in(unsigned bits, bool tdi) {
    shift_ = (shift_ >> 1 & ~(std::uint64_t{1} << (bits - 1))) | std::uint64_t{tdi} << (bits - 1);
  }
  void update(bool omnibus_on, Clock now);

  State state_ = State::kIdle;
  unsigned instruction_ = 1;
  std::uint64_t shift_ = 0;
  unsigned pll_target_ = 0;
  std::uint64_t address_ = 0;  // 33 bits, the highest one: read
  std::uint32_t write_data_ = 0;
  std::uint32_t read_data_ = 0;
  std::array<std::uint32_t, 8> phy_{};

  bool has_pll_write_ = false;
  PllWrite pll_write_;

  Clock access_from_ = kNever;
  bool flying_ = false;
  bool ours_ = false;  // nobody has reset the port since
  ChipAccess access_{.is_jtag = true};
};

}  // namespace hx::sim
