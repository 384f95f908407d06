/// Order of Omnibus answers: accesses to FPGA and chip take different times, the host gets what it read in the order in which it
/// asked. Counts what is pending.
///
/// An access is pending from the clock after its execution up to and including the clock of its completion; its answer is offered
/// from the clock after the completion on. A read is in flight from its execution until its answer is taken.
#pragma once

#include <cstdint>

#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"
#include "sim/twin/ring.h"

namespace hx::sim {

/// Who gets what an access reads.
struct AccessTag {
  bool answer = false;  // the host
  bool poll = false;    // the polling instruction
};

class Answers {
 public:
  static constexpr unsigned kChipOpen = 1024;

  [[nodiscard]] bool reads_full() const { return order_.size() >= timing::kMaxReads; }
  [[nodiscard]] bool chip_full() const { return tags_.size() >= kChipOpen - 1; }
  [[nodiscard]] bool pending() const { return !tags_.empty() || fpga_open_ != 0; }
  [[nodiscard]] unsigned reads_in_flight() const {
    return static_cast<unsigned>(order_.size()) & 63;
  }

  void issue(bool is_fpga, AccessTag tag) {
    if (tag.answer) order_.push(is_fpga);
    if (is_fpga)
      ++fpga_open_;
    else
      tags_.push(tag);
  }
  /// Completions in clock `now`. That of the chip says whose it was.
  void fpga_done(AccessTag tag, std::uint32_t data, Clock now) {
    --fpga_open_;
    if (tag.answer) fpga_.push({now + 1, data});
  }
  AccessTag chip_done(std::uint32_t data, Clock now) {
    AccessTag const tag = tags_.front();
    tags_.pop();
    if (tag.answer) chip_.push({now + 1, data});
    return tag;
  }

  /// The next answer.
  [[nodiscard]] bool offers(Clock now) const { return next() <= now; }
  [[nodiscard]] Clock next() const {
    if (order_.empty()) return kNever;
    Side const& side = order_.front() ? fpga_ : chip_;
    return side.empty() ? kNever : side.front().from;
  }
  std::uint32_t take() {
    Side& side = order_.front() ? fpga_ : chip_;
    order_.pop();
    std::uint32_t const data = side.front().data;
    side.pop();
    return data;
  }

 private:
  struct Word {
    Clock from;
    std::uint32_t data;
  };
  using Side = Ring<Word, 64>;

  Ring<bool, 64> order_;  // reads in flight: of the FPGA
  Side fpga_;
  Side chip_;
  Ring<AccessTag, kChipOpen> tags_;  // accesses under way to the chip
  unsigned fpga_open_ = 0;
};

}  // namespace hx::sim
