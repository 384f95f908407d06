/// Trace: collects packs and answers for the host, gives each its time, and queues them for the encoder. One message per clock, round
/// robin over event packs, MADC samples and answers; answers among each other: link notification, timeout
/// notification, JTAG, Omnibus, Loopback.
///
/// A pack that arrives in clock c with nothing in front enters in clock c; its time is the FPGA time of the clock of entry. The encoder
/// sees an entry one clock later. A full FIFO drops packs, one per clock; answers wait.
#pragma once

#include <algorithm>
#include <cstdint>

#include "fpga_model/spec/timing.h"
#include "sim/twin/answers.h"
#include "sim/twin/clock.h"
#include "sim/twin/jtag.h"
#include "sim/twin/lanes.h"
#include "sim/twin/link_down.h"
#include "sim/twin/ring.h"
#include "sim/twin/systime.h"

namespace hx::sim {

/// A message on its way to the encoder.
struct TraceEntry {
  Clock from = 0;          // clock in which the encoder may take it
  std::uint64_t low = 0;   // payload, bits 63..0
  std::uint64_t time = 0;  // FPGA time of entry
  std::uint8_t high = 0;   // payload, bits 71..64
  std::uint8_t code = 0;
  bool timed = false;  // there was a synchronisation: the time counts
  bool first = false;  // first message with a new time base
};

/// What a Loopback answer is.
enum class LoopKind : std::uint8_t { kHalt = 0, kTick = 1, kSystime = 2 };

class Trace {
 public:
  Trace(Systime const& systime, LinkDown& link, Lanes& lanes, Answers& answers, Jtag& jtag)
      : systime_(systime), link_(link), lanes_(lanes), answers_(answers), jtag_(jtag) {}

  // ---- From the executor.
  static constexpr std::size_t kLoopDepth = 16;
  [[nodiscard]] bool loop_full() const { return loops_.size() >= kLoopDepth; }
  void push_loop(LoopKind kind, Clock now) { loops_.push({now + 1, kind}); }
  /// The timeout notification of this clock, before `act`.
  void expire(std::uint64_t payload) {
    has_expired_ = true;
    expired_payload_ = payload;
  }
  /// Clocks among the 96 before `now` in which the FIFO refused an answer.
  [[nodiscard]] unsigned stall(Clock now) const;

  /// A pack that arrives in clock `now` and is recorded. Before `act` of this clock.
  void arrive(EventPack const& pack) { packs_.push(pack); }
  void arrive_sample(std::uint32_t sample) { samples_.push(sample); }
  /// Takes one message. Clocks in which nothing waits need no call.
  void act(Clock now);
  /// Next clock in which something waits; packs that still come are not known here.
  [[nodiscard]] Clock next() const {
    if (!packs_.empty() || !samples_.empty() || has_expired_ || lanes_.notifies()) return 0;
    Clock next = std::min(expire_from_, std::min(answers_.next(), jtag_.next_answer()));
    return loops_.empty() ? next : std::min(next, loops_.front().from);
  }
  /// The system time is set in clock `now`, after `act`.
  void time_set() { first_ = true; }

  // ---- To the encoder.
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] TraceEntry const& head() const { return entries_.front(); }
  void pop() { entries_.pop(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// With the encoder behind, it may be less full than this says.
  [[nodiscard]] bool full() const { return size() >= timing::kTraceFifo; }
  /// Answers of halts among the entries.
  [[nodiscard]] bool holds_halt() const { return halts_ != 0; }
  void halt_taken() { --halts_; }

  [[nodiscard]] std::uint64_t packs_dropped() const { return dropped_; }

 private:
  struct Loop {
    Clock from;
    LoopKind kind;
  };

  void push(std::uint8_t code, std::uint64_t low, std::uint8_t high, Clock now);
  /// Event packs (0) or MADC samples (1), whose turn it is; more than 1 if neither waits.
  [[nodiscard]] unsigned first_waiting() const;
  void push_pack(Clock now);
  void push_sample(Clock now);
  void drop(Clock now);
  void push_answer(Clock now, bool has_loop);
  void refuse(Clock now);

  Systime const& systime_;
  LinkDown& link_;
  Lanes& lanes_;
  Answers& answers_;
  Jtag& jtag_;

  Ring<EventPack, timing::kPackDepth> packs_;
  Ring<Loop, kLoopDepth> loops_;
  Clock expire_from_ = kNever;
  std::uint64_t expire_payload_ = 0;
  bool has_expired_ = false;  // in this clock
  std::uint64_t expired_payload_ = 0;
  Ring<TraceEntry, timing::kTraceFifo> entries_;
  unsigned halts_ = 0;  // among the entries
  Ring<std::uint32_t, 4> samples_;
  unsigned turn_ = 0;  // round robin: 0 event packs, 1 MADC samples, 2 answers
  bool first_ = false;
  std::uint64_t dropped_ = 0;
  // Bit i: refused in clock refused_at_ - i.
  unsigned __int128 refused_ = 0;
  Clock refused_at_ = 0;
};

}  // namespace hx::sim
