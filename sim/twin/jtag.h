/// JTAG master with its queue, and the test access port of the chip as the master sees it.
///
/// Executes Init, Scaler, Ins and Data in order: 6, 13 and bits + 5 periods of scaler + 2 clocks; Scaler takes one clock. The effect,
/// and the kept data, come in the last clock, which is prolonged while the answer or the access of an earlier item is not taken.
/// An item pushed in clock x with nothing in front works from x + 1 on.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"
#include "sim/twin/link_up.h"
#include "sim/twin/ring.h"

namespace hx::sim {

class Jtag {
 public:
  enum class Code : std::uint8_t { kInit = 0, kScaler = 1, kIns = 2, kData = 3 };
  struct Item {
    Clock from = 0;  // clock in which it may start
    std::uint64_t data = 0;
    std::uint8_t bits = 0;
    Code code = Code::kInit;
    bool keep = false;
  };

  // ---- From the executor.
  [[nodiscard]] bool full() const { return queue_.size() >= timing::kJtagFifo; }
  /// Something waits or works.
  [[nodiscard]] bool pending() const { return busy_ || !queue_.empty(); }
  void push(Code code, bool keep, unsigned bits, std::uint64_t data, Clock now);

  // ---- Kept data, to the trace.
  [[nodiscard]] bool offers(Clock now) const { return answer_from_ <= now; }
  [[nodiscard]] Clock next_answer() const { return answer_from_; }
  std::uint64_t take_answer() {
    answer_from_ = kNever;
    return answer_;
  }

  // ---- Access to the chip's Omnibus.
  /// Clock from which it is offered; kNever: none.
  [[nodiscard]] Clock next_access() const { return access_from_; }
  [[nodiscard]] ChipAccess const& access() const { return access_; }
  void take_access() {
    access_from_ = kNever;
    flying_ = true;
  }
  /// Its completion. To be called after `act` of the clock.
  void access_done(std::uint32_t data) {
    flying_ = false;
    if (!access_.is_write) read_data_ = data;
  }

  /// One clock, after the trace has taken what it takes in it.
  void act(Clock now, bool chip_reset);
  [[nodiscard]] Clock next(Clock now) const {
    if (busy_) return std::max(last_, now + 1);
    return queue_.empty() ? kNever : queue_.front().from;
  }

  /// The chip's reset pin resets the test access port, at the end of each clock.
  void reset_port();

 private:
  void finish(Clock now, bool chip_reset);
  std::uint64_t shift(Clock now, bool chip_reset);
  [[nodiscard]] bool is_phy() const { return (instruction_ & 0x47) == 0x44; }

  Ring<Item, timing::kJtagFifo> queue_;
  bool busy_ = false;
  Item item_;
  Clock last_ = 0;  // last clock of the item at work
  unsigned scaler_ = 6;

  Clock answer_from_ = kNever;
  std::uint64_t answer_ = 0;

  Clock access_from_ = kNever;
  bool flying_ = false;
  ChipAccess access_{.is_jtag = true};

  // Test access port.
  unsigned instruction_ = 1;
  unsigned pll_target_ = 0;
  std::uint64_t address_ = 0;  // 33 bits, the highest one: read
  std::uint32_t write_data_ = 0;
  std::uint32_t read_data_ = 0;
  std::array<std::uint32_t, 8> phy_{};
};

}  // namespace hx::sim
