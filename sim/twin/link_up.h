/// The way from the executor to the chip: labels and Omnibus accesses with their delays and places.
///
/// Labels executed in clock x are offered to the chip from x + LinkUp - 1 on, accesses from x + LinkUp on, one per clock, in order.
///
/// While the link is down labels are lost, accesses wait in front of it (they enter one per clock when it is up), and what is at the
/// chip's end waits there.
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
  /// The link is up from now on, or not.
  void set_up(bool up) { up_ = up; }
  [[nodiscard]] bool up() const { return up_; }

  // ---- Labels. ----
  /// A pack of three finds places.
  [[nodiscard]] bool has_room() const { return labels_.size() + 3 <= timing::kLinkFifo; }
  /// `count` labels of a pack, the first one in the highest used bits.
  void push_labels(unsigned count, std::uint64_t labels, Clock now) {
    if (!up_) {
      lost_ += count;
      return;
    }
    for (unsigned i = count; i-- > 0;)
      labels_.push({now + timing::kLinkUp - 1, static_cast<std::uint16_t>(labels >> 16 * i)});
  }
  [[nodiscard]] bool label_here(Clock now) const {
    return !labels_.empty() && labels_.front().from <= now;
  }
  [[nodiscard]] std::uint16_t label() const { return labels_.front().label; }
  void take_label() { labels_.pop(); }

  /// Labels that came while the link was down.
  [[nodiscard]] std::uint64_t labels_lost() const { return lost_; }

  // ---- Omnibus. ----
  /// BusFifo accesses wait, in front of the link and at the chip.
  [[nodiscard]] bool bus_full(Clock now) const {
    if (!front_.empty()) return front_.size() + here(now) >= timing::kBusFifo;
    return accesses_.size() >= timing::kBusFifo && accesses_.at(timing::kBusFifo - 1).from <= now;
  }
  /// True: it has entered the link. Otherwise `enter` says when.
  bool push_access(ChipAccess const& access, Clock now) {
    if (!up_ || !front_.empty()) {
      front_.push({now + 1, access});
      return false;
    }
    accesses_.push({now + timing::kLinkUp, access});
    return true;
  }
  /// Something may enter: clock from which on `enter` is due.
  [[nodiscard]] Clock next_enter() const {
    return up_ && !front_.empty() ? front_.front().from : kNever;
  }
  /// The first access in front of the link enters in clock `now`.
  ChipAccess const& enter(Clock now) {
    accesses_.push({now + timing::kLinkUp, front_.front().access});
    front_.pop();
    return accesses_.back().access;
  }
  [[nodiscard]] bool access_here(Clock now) const {
    return up_ && !accesses_.empty() && accesses_.front().from <= now;
  }
  [[nodiscard]] ChipAccess const& access() const { return accesses_.front().access; }
  void take_access() { accesses_.pop(); }

  /// Next clock in which something is offered.
  [[nodiscard]] Clock next_label() const { return labels_.empty() ? kNever : labels_.front().from; }
  [[nodiscard]] Clock next_access() const {
    return accesses_.empty() || !up_ ? kNever : accesses_.front().from;
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

  /// Accesses at the chip.
  [[nodiscard]] std::size_t here(Clock now) const {
    std::size_t count = 0;
    while (count < accesses_.size() && accesses_.at(count).from <= now) ++count;
    return count;
  }

  bool up_ = false;
  std::uint64_t lost_ = 0;
  Ring<Label, timing::kLinkFifo> labels_;
  Ring<Access, 128> accesses_;  // under way and at the chip
  Ring<Access, 128> front_;     // in front of the link
  static_assert(timing::kBusFifo + timing::kLinkUp <= 128);
  static_assert((timing::kLinkFifo & (timing::kLinkFifo - 1)) == 0);
};

}  // namespace hx::sim
