/// The way from the executor to the chip: labels and Omnibus accesses with their delays and places.
///
/// Labels executed in clock x are offered to the chip from x + LinkUp - 1 on, accesses from x + LinkUp on, one per clock, in order.
#pragma once

#include <cstdint>

#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"
#include "sim/twin/ring.h"

namespace hx::sim {

/// An access to the chip's Omnibus.
struct ChipAccess {
  std::uint32_t address = 0;
  std::uint32_t data = 0;
  std::uint8_t byte_enables = 0xf;
  bool is_write = false;
  bool is_jtag = false;
};

class LinkUp {
 public:
  // ---- Labels. ----
  /// A pack of three finds places.
  [[nodiscard]] bool has_room() const { return labels_.size() + 3 <= timing::kLinkFifo; }
  /// `count` labels of a pack, the first one in the highest used bits.
  void push_labels(unsigned count, std::uint64_t labels, Clock now) {
    for (unsigned i = count; i-- > 0;)
      labels_.push({now + timing::kLinkUp - 1, static_cast<std::uint16_t>(labels >> 16 * i)});
  }
  [[nodiscard]] bool label_here(Clock now) const {
    return !labels_.empty() && labels_.front().from <= now;
  }
  [[nodiscard]] std::uint16_t label() const { return labels_.front().label; }
  void take_label() { labels_.pop(); }

  // ---- Omnibus. ----
  /// BusFifo accesses wait at the chip.
  [[nodiscard]] bool bus_full(Clock now) const {
    return accesses_.size() >= timing::kBusFifo && accesses_.at(timing::kBusFifo - 1).from <= now;
  }
  void push_access(ChipAccess const& access, Clock now) {
    accesses_.push({now + timing::kLinkUp, access});
  }
  [[nodiscard]] bool access_here(Clock now) const {
    return !accesses_.empty() && accesses_.front().from <= now;
  }
  [[nodiscard]] ChipAccess const& access() const { return accesses_.front().access; }
  void take_access() { accesses_.pop(); }

  /// Next clock in which something is offered.
  [[nodiscard]] Clock next_label() const { return labels_.empty() ? kNever : labels_.front().from; }
  [[nodiscard]] Clock next_access() const {
    return accesses_.empty() ? kNever : accesses_.front().from;
  }

 private:
  struct Label {
    Clock from;
    std::uint16_t label;
  };
  struct Access {
    Clock from;
    ChipAccess access;
  };

  Ring<Label, timing::kLinkFifo> labels_;
  Ring<Access, 128> accesses_;
  static_assert(timing::kBusFifo + timing::kLinkUp <= 128);
  static_assert((timing::kLinkFifo & (timing::kLinkFifo - 1)) == 0);
};

}  // namespace hx::sim
