/// The way of event packs from the chip to the trace: packs stamped in clock s arrive in s + LinkDown; PackDepth of them find places
/// until they have entered the trace or are dropped. MADC samples travel as long, on places of their own.
#pragma once

#include <algorithm>
#include <cstdint>

#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"
#include "sim/twin/ring.h"

namespace hx::sim {

/// One to three events {stamp, label} of 24 bits, the first one in the highest used bits.
struct EventPack {
  std::uint64_t low = 0;  // bits 63..0
  std::uint8_t high = 0;  // bits 71..64
  std::uint8_t count = 0;
};

class LinkDown {
 public:
  /// As at the start of clock `now`: places that become free in a clock count from the next one on.
  [[nodiscard]] bool has_room(Clock now) const {
    return used_ + (gone_at_ == now ? gone_ : 0) < timing::kPackDepth;
  }
  void push(EventPack const& pack, Clock now) {
    ++used_;
    way_.push({now + timing::kLinkDown, pack});
  }
  [[nodiscard]] bool arrives(Clock now) const { return !way_.empty() && way_.front().at == now; }
  [[nodiscard]] EventPack const& pack() const { return way_.front().pack; }
  void take() { way_.pop(); }
  /// A pack entered the trace or was dropped in clock `now`.
  void gone(Clock now) {
    gone_ = gone_at_ == now ? gone_ + 1 : 1;
    gone_at_ = now;
    --used_;
  }

  // ---- MADC samples {stamp, channel, value} of 24 bits.
  void push_sample(std::uint32_t sample, Clock now) {
    samples_.push({now + timing::kLinkDown, sample});
  }
  [[nodiscard]] bool sample_arrives(Clock now) const {
    return !samples_.empty() && samples_.front().at == now;
  }
  std::uint32_t take_sample() {
    std::uint32_t const sample = samples_.front().data;
    samples_.pop();
    return sample;
  }

  /// Next arrival.
  [[nodiscard]] Clock next() const {
    Clock const pack = way_.empty() ? kNever : way_.front().at;
    return samples_.empty() ? pack : std::min(pack, samples_.front().at);
  }

 private:
  struct OnTheWay {
    Clock at;
    EventPack pack;
  };
  struct Sample {
    Clock at;
    std::uint32_t data;
  };
  Ring<OnTheWay, timing::kPackDepth> way_;
  // At most one in three clocks.
  Ring<Sample, 32> samples_;
  static_assert(timing::kLinkDown <= 32);
  unsigned used_ = 0;
  unsigned gone_ = 0;  // packs of clock gone_at_
  Clock gone_at_ = kNever;
};

}  // namespace hx::sim
