/// Encoder: messages of the trace become 64 bit words. Packs messages of 8 or 10 bytes without gaps, puts Systime and Sysdelta
/// messages in front where the host's count of time needs them, and pads after a halt and after FlushIdle clocks without a message.
///
/// Lazy: words show only when somebody takes them, and nothing depends on the encoder but the room in the trace and the end of a run.
/// So it is brought up to date for these, many clocks at a time.
///
/// Per clock: sends a word if at least 8 bytes are held; then, if at most 8 are left, takes one message (a time message as its own). A
/// message taken in clock c can leave in c + 1.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"
#include "sim/twin/trace.h"

namespace hx::sim {

class Encoder {
 public:
  explicit Encoder(Trace& trace) : trace_(trace) { words_.reserve(4096); }

  /// Computes the clocks up to and including `now`, after the trace. True if the word that leaves in `now` completes the answer of a
  /// halt: the end of a run.
  bool catch_up(Clock now);
  /// An answer of a halt is on its way: every clock has to be computed in its time, the next one is next().
  [[nodiscard]] bool ends_run() const { return flush_ || trace_.holds_halt(); }
  /// Next clock with something to do.
  [[nodiscard]] Clock next() const {
    if (ready_ != 0 || (flush_ && pairs_ != 0)) return from_;
    Clock const pad = pairs_ == 0 ? kNever : idle_from_ + timing::kFlushIdle;
    return std::max(from_, trace_.empty() ? pad : std::min(pad, trace_.head().from));
  }

  /// Words that have left and were not taken.
  [[nodiscard]] std::vector<std::uint64_t>& words() { return words_; }

 private:
  bool act(Clock now);
  void take(Clock now);
  void append(std::uint64_t bytes, unsigned pairs);

  Trace& trace_;
  Clock from_ = 0;  // first clock that is not computed
  std::vector<std::uint64_t> words_;
  // What is held: complete words (at most two), then less than a word, first byte on top, pairs of bytes.
  std::uint64_t complete_[2] = {};
  unsigned ready_ = 0;
  std::uint64_t rest_ = 0;
  unsigned pairs_ = 0;

  bool flush_ = false;
  Clock idle_from_ = 0;  // clock after the one of the last message
  std::uint64_t host_time_ = 0;
  bool absolute_ = true;  // the next message with a time needs a Systime
  bool told_ = false;     // the time message of the head has been sent
};

}  // namespace hx::sim
