/// Playback executor: one instruction per clock. An instruction retires in the clock in which it executes; a blocking one in the first
/// clock in which its condition holds. Conditions are those of the start of the clock, so the executor comes first in a clock.
///
/// An instruction other than WaitUntil that has blocked for as many clocks as the timeout register says is given up: notification,
/// discard up to and including the next halt, answer of that halt.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/twin/answers.h"
#include "sim/twin/clock.h"
#include "sim/twin/executor_registers.h"
#include "sim/twin/fpga_bus.h"
#include "sim/twin/jtag.h"
#include "sim/twin/link_traffic.h"
#include "sim/twin/link_up.h"
#include "sim/twin/playback.h"
#include "sim/twin/systime.h"
#include "sim/twin/trace.h"

namespace hx::sim {

class Executor {
 public:
  /// What it is connected with.
  struct Ports {
    Playback& playback;
    LinkUp& link;
    FpgaBus& bus;
    Answers& answers;
    Jtag& jtag;
    Systime& systime;
    Trace& trace;
    ExecutorRegisters& registers;
    LinkTraffic& traffic;
  };
  explicit Executor(Ports const& ports) : p_(ports) {}

  /// Computes clock `now`. `abort`: the program is given up from the instruction of this clock on.
  void act(Clock now, bool abort);
  /// A word at the entrance in clock `now`, after `act`.
  void accept(std::uint64_t word, Clock now);
  /// Next clock in which it can do something by itself. A blocked instruction also has to be tried in the clock after anything
  /// else acted.
  [[nodiscard]] Clock next() const { return next_; }
  [[nodiscard]] bool blocked() const { return blocked_ && !waits_; }
  /// An instruction may have come: act in clock `from`.
  void wake(Clock from) { next_ = std::min(next_, from); }

  /// Completion of a polling read in this clock, after `act`.
  void poll_done(std::uint32_t data) {
    poll_value_ = data;
    poll_here_ = poll_wait_;
    poll_wait_ = false;
    poll_stale_ = false;
  }

  [[nodiscard]] std::uint32_t timer(Clock now) const {
    return static_cast<std::uint32_t>(now - timer_zero_);
  }
  /// Labels were sent in clock `now`.
  [[nodiscard]] bool sent_labels(Clock now) const { return labels_at_ == now; }
  /// Level of the chip's reset pin from the next clock on.
  [[nodiscard]] bool chip_reset() const { return chip_reset_; }

 private:
  /// Tries the instruction; true if it retires.
  bool execute(std::uint64_t word, Clock now);
  bool wait_until(std::uint32_t time, Clock now);
  bool loopback(LoopKind kind, Clock now);
  bool address(std::uint64_t word, Clock now);
  bool data(std::uint32_t word, Clock now);
  bool poll(bool equal, Clock now);
  [[nodiscard]] bool has_place(std::uint32_t address, Clock now) const;
  void access(std::uint32_t address, bool is_write, std::uint32_t data, unsigned byte_enables,
              AccessTag tag, Clock now);
  void retired(std::uint64_t word);
  void blocked(std::uint64_t word, Clock now, bool abort);
  void discard(Clock now);
  void answer_halt(Clock now);

  Ports p_;
  Clock next_ = kNever;
  Clock timer_zero_ = 0;
  Clock blocked_since_ = 0;
  bool blocked_ = false;
  bool waits_ = false;  // for the timer: nothing else helps
  bool chip_reset_ = false;
  Clock labels_at_ = kNever;
  std::uint32_t index_ = 0;

  // Address of a write whose Data comes next.
  bool has_write_ = false;
  std::uint8_t write_enables_ = 0;
  std::uint32_t write_address_ = 0;
  // Polling: a read is under way; its value is here; a read of an instruction that was given up is still under way.
  bool poll_wait_ = false;
  bool poll_here_ = false;
  bool poll_stale_ = false;
  std::uint32_t poll_value_ = 0;
  // The answer of a discarded halt waits for its place.
  bool owed_ = false;
  bool discarded_now_ = false;  // in this clock
};

}  // namespace hx::sim
