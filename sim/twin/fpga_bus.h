/// Omnibus of the FPGA: an access executed in clock x arrives in x + FpgaAccess, has its effect when nothing is in front of it, and
/// completes FpgaAnswer - FpgaAccess clocks later. A transfer on a serial bus completes when its device says and holds the bus:
/// what is behind it has its effect after its last clock. FpgaFifo accesses may wait. Addresses that nobody has read 0.
///
///     bus.attach(0x0800'9000, 0x0800'90ff, device);      // addresses without bit 31
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fpga_model/spec/timing.h"
#include "sim/twin/answers.h"
#include "sim/twin/clock.h"
#include "sim/twin/fpga_device.h"
#include "sim/twin/ring.h"

namespace hx::sim {

class FpgaBus {
 public:
  /// The device answers the addresses first .. last; it must outlive the bus. Ranges do not overlap (contract).
  void attach(std::uint32_t first, std::uint32_t last, FpgaDevice& device);

  /// An access that is executed in clock `now`.
  void push(std::uint32_t address, bool is_write, std::uint32_t data, unsigned byte_enables,
            AccessTag tag, Clock now) {
    accesses_.push({now + timing::kFpgaAccess, address, data,
                    static_cast<std::uint8_t>(byte_enables), is_write, tag});
  }

  /// FpgaFifo accesses have arrived and wait: none may be pushed.
  [[nodiscard]] bool full(Clock now) const {
    // A read of this clock has left already, but counts as waiting until its end.
    unsigned const places = timing::kFpgaFifo - (read_at_ == now ? 1 : 0);
    return accesses_.size() >= places && accesses_.at(places - 1).arrives <= now;
  }

  /// The parts of a clock: reads come first, ...
  void read(Clock now);
  /// ... then devices that act by themselves, ...
  void act(Clock now);
  /// ... completions ...
  [[nodiscard]] bool completes(Clock now) const {
    return !done_.empty() && done_.front().at <= now;
  }
  struct Completion {
    AccessTag tag;
    std::uint32_t data;
  };
  Completion take();
  /// ... and at the end writes.
  void write(Clock now);

  /// Next clock in which any of these has something to do.
  [[nodiscard]] Clock next() const {
    Clock next = devices_next_;
    if (!accesses_.empty()) next = std::min(next, std::max(accesses_.front().arrives, free_));
    if (!done_.empty()) next = std::min(next, done_.front().at);
    return next;
  }
  /// A device's own time may have changed from outside.
  void update();

 private:
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
    FpgaDevice* device;
  };
  struct Access {
    Clock arrives;
    std::uint32_t address;
    std::uint32_t data;
    std::uint8_t byte_enables;
    bool is_write;
    AccessTag tag;
  };
  struct Done {
    Clock at;
    AccessTag tag;
    std::uint32_t data;
  };

  /// Clocks from the effect of an ordinary access to its completion.
  static constexpr Clock kTail = timing::kFpgaAnswer - timing::kFpgaAccess;

  [[nodiscard]] bool has_effect(Clock now, bool is_write) const {
    return !accesses_.empty() && accesses_.front().arrives <= now && free_ <= now &&
           accesses_.front().is_write == is_write;
  }
  FpgaDevice* find(std::uint32_t address) const;
  void complete(Access const& access, FpgaDevice const* device, std::uint32_t data, Clock now);

  std::vector<Range> ranges_;
  std::vector<FpgaDevice*> devices_;
  Clock devices_next_ = kNever;
  Ring<Access, 64> accesses_;
  Ring<Done, 64> done_;
  Clock free_ = 0;          // clock of the next effect at the earliest
  Clock read_at_ = kNever;  // last effect of a read
};

}  // namespace hx::sim
