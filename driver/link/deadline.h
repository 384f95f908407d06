/// When a wait has to end. Every wait of OpenHX takes one; none is endless.
///
///     Deadline deadline = Deadline::in(std::chrono::seconds{2});
///     while (!deadline.passed()) ... wait at most deadline.left() ...
///
/// A point of the monotonic wall clock of this computer: simulated or chip time does not move it.
#pragma once

#include <algorithm>
#include <chrono>

namespace hx {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  /// `span` from now; a negative one has passed already, one beyond a century ends in a century.
  static Deadline in(std::chrono::duration<double> span) {
    double const seconds = std::clamp(span.count(), 0.0, 3.2e9);
    return Deadline(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                       std::chrono::duration<double>(seconds)));
  }
  /// Already passed: "take what is there, do not wait".
  static Deadline now() { return Deadline(Clock::time_point::min()); }
  static Deadline at(Clock::time_point when) { return Deadline(when); }

  [[nodiscard]] bool passed() const { return Clock::now() >= when_; }
  /// Time that is left, never negative.
  [[nodiscard]] Clock::duration left() const {
    Clock::time_point const present = Clock::now();
    return when_ > present ? when_ - present : Clock::duration::zero();
  }
  [[nodiscard]] Clock::time_point when() const { return when_; }

 private:
  explicit Deadline(Clock::time_point when) : when_(when) {}
  Clock::time_point when_;
};

}  // namespace hx
