/// JTAG master with its queue: executes Init, Scaler, Ins and Data in order at the pins of the test access port (tap.h). One edge of
/// the JTAG clock per period of scaler + 2 clocks, in its last clock: 6, 13 and bits + 5 periods; Scaler takes one clock and no edge.
///
/// An item pushed in clock x with nothing in front works from x + 1 on. The JTAG clock stops in front of the first edge of a Data while
/// an access of the port is not completed, and in front of the last edge of a kept one while an earlier answer is not taken.
#pragma once

#include <algorithm>
#include <cstdint>

#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"
#include "sim/twin/ring.h"
#include "sim/twin/tap.h"

namespace hx::sim {

class Jtag {
 public:
  enum class Code : std::uint8_t { kInit = 0, kScaler = 1, kIns = 2, kData = 3 };

  // ---- From the executor.
  [[nodiscard]] bool full() const { return queue_.size() >= timing::kJtagFifo; }
  /// Something waits or works.
  [[nodiscard]] bool pending() const { return busy_ || !queue_.empty(); }
  void push(Code code, bool keep, unsigned bits, std::uint64_t data, Clock now) {
    queue_.push({now + 1, data, std::clamp(bits, 3U, 33U), code, keep});
  }

  // ---- Kept data, to the trace.
  [[nodiscard]] bool offers(Clock now) const { return answer_from_ <= now; }
  [[nodiscard]] Clock next_answer() const { return answer_from_; }
  std::uint64_t take_answer() {
    answer_from_ = kNever;
    return answer_;
  }

  /// One clock, after the trace has taken what it takes in it. `omnibus_on`: the chip's Omnibus has a clock.
  void act(Clock now, bool chip_reset, bool omnibus_on);
  [[nodiscard]] Clock next(Clock now) const {
    if (busy_) return std::max(edge_, now + 1);
    return queue_.empty() ? kNever : queue_.front().from;
  }

  Tap& tap() { return tap_; }
  [[nodiscard]] Tap const& tap() const { return tap_; }

 private:
  struct Item {
    Clock from = 0;  // clock in which it may start
    std::uint64_t data = 0;
    unsigned bits = 0;
    Code code = Code::kInit;
    bool keep = false;
  };

  [[nodiscard]] unsigned periods() const {
    return item_.code == Code::kInit ? 6 : item_.code == Code::kIns ? 13 : item_.bits + 5;
  }
  [[nodiscard]] bool stops(bool last) const {
    if (item_.code != Code::kData) return false;
    return period_ == 0 ? tap_.busy() : last && item_.keep && answer_from_ != kNever;
  }
  void edge(Clock now, bool chip_reset, bool omnibus_on);

  Tap tap_;
  Ring<Item, timing::kJtagFifo> queue_;
  bool busy_ = false;
  Item item_;
  unsigned period_ = 0;
  Clock edge_ = 0;  // of this period
  unsigned scaler_ = 6;
  std::uint64_t shifted_ = 0;  // bits that came back

  Clock answer_from_ = kNever;
  std::uint64_t answer_ = 0;
};

}  // namespace hx::sim
