/// System time of the FPGA and its synchronisation with the chip: a synchronisation started in clock x loads in x + SyncTime, so that
/// in the clock after it the FPGA time is the base and the chip time twice the base. With the link down then it is tried again.
#pragma once

#include <cstdint>

#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"

namespace hx::sim {

class Systime {
 public:
  static constexpr std::uint64_t kMask = (std::uint64_t{1} << 43) - 1;

  void start(Clock now) {
    if (active(now)) return;
    load_ = now + timing::kSyncTime;
    failed_ = 0;
  }
  /// In progress in clock `now`, including the clock of the load.
  [[nodiscard]] bool active(Clock now) const { return load_ != kNever && now <= load_; }
  /// Clock of the load, kNever without a synchronisation.
  [[nodiscard]] Clock next() const { return load_; }
  /// The attempt that ends in clock `now` fails; `tries` of them are made (0 counts as 1).
  void fail(unsigned tries, Clock now) {
    ++failed_;
    load_ = failed_ < tries ? now + timing::kSyncTime : kNever;
  }
  /// The load, at the end of its clock.
  void load(std::uint64_t base, Clock now) {
    offset_ = base - (now + 1);
    chip_time_ = base;
    synced_ = true;
    load_ = kNever;
  }

  [[nodiscard]] std::uint64_t time(Clock now) const { return (now + offset_) & kMask; }
  [[nodiscard]] bool synced() const { return synced_; }
  /// Of the last synchronisation.
  [[nodiscard]] std::uint64_t round_trip() const {
    return synced_ ? std::uint64_t{2} * timing::kLinkUp : 0;
  }
  [[nodiscard]] std::uint64_t chip_time() const { return chip_time_; }

 private:
  Clock load_ = kNever;
  unsigned failed_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t chip_time_ = 0;
  bool synced_ = false;
};

}  // namespace hx::sim
