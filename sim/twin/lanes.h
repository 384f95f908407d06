/// The eight lanes of the link: when they are up, and their notifications. Lane i is up LinkUpTime clocks after both enables; the link
/// is up while any lane is. `link_up` takes the link as up from power-on.
///
///     lanes.see(fpga & chip, now);                   // enables as seen in clock `now`
///     lanes.advance(now);                            // lanes that come up in it
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"

namespace hx::sim {

class Lanes {
 public:
  explicit Lanes(bool link_up) : always_(link_up) { up_at_.fill(kNever); }

  /// Enables of both sides as seen in clock `now`.
  void see(unsigned enable, Clock now) {
    for (unsigned lane = 0; lane < 8; ++lane) {
      unsigned const bit = 1U << lane;
      if (((enable ^ enable_) & bit) == 0) continue;
      up_ &= ~bit;
      up_at_[lane] = (enable & bit) != 0 ? now + timing::kLinkUpTime - 1 : kNever;
    }
    enable_ = enable;
    plan();
  }
  /// Lanes that come up in clock `now`.
  void advance(Clock now) {
    if (next_ > now) return;
    for (unsigned lane = 0; lane < 8; ++lane) {
      if (up_at_[lane] > now) continue;
      up_ |= 1U << lane;
      notify_ |= 1U << lane;
      up_at_[lane] = kNever;
    }
    plan();
  }
  /// Next clock in which a lane comes up.
  [[nodiscard]] Clock next() const { return next_; }

  [[nodiscard]] unsigned lanes_up() const { return up_; }
  [[nodiscard]] bool up() const { return always_ || up_ != 0; }
  /// The lowest lane that is up; 0 without any.
  [[nodiscard]] unsigned first() const {
    return up_ == 0 ? 0 : static_cast<unsigned>(std::countr_zero(up_));
  }

  // ---- Notifications.
  [[nodiscard]] bool notifies() const { return notify_ != 0; }
  /// The payload of the next one.
  std::uint64_t take_notification() {
    auto const lane = static_cast<unsigned>(std::countr_zero(notify_));
    notify_ &= notify_ - 1;
    return std::uint64_t{lane} << 5 | 1 << 4;
  }

 private:
  void plan() { next_ = *std::min_element(up_at_.begin(), up_at_.end()); }

  bool always_;
  unsigned enable_ = 0;
  unsigned up_ = 0;
  unsigned notify_ = 0;
  std::array<Clock, 8> up_at_{};
  Clock next_ = kNever;
};

}  // namespace hx::sim
