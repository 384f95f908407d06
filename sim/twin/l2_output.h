/// L2 outputs: in each clock one event from up to three of the four L2 FIFOs of the crossbar, round robin, makes one pack, stamped with
/// the low byte of the chip time.
#pragma once

#include <cstdint>

#include "sim/twin/crossbar.h"
#include "sim/twin/link_down.h"

namespace hx::sim {

class L2Output {
 public:
  /// The pack of this clock; count 0: none. Only while the link has room.
  EventPack act(Crossbar& crossbar, unsigned stamp, Clock now) {
    EventPack pack;
    unsigned const first = next_;
    for (unsigned i = 0; i < 4 && pack.count < 3; ++i) {
      unsigned const k = (first + i) % 4;
      unsigned const output = Crossbar::kPadiOutputs + k;
      if ((crossbar.holding() >> output & 1) == 0 || !crossbar.valid(output, now)) continue;
      std::uint64_t const event = stamp << 16 | k << 14 | crossbar.label(output);
      pack.high = pack.low >> 40 & 0xff;
      pack.low = pack.low << 24 | event;
      ++pack.count;
      crossbar.pop(output, now);
      next_ = (k + 1) % 4;
    }
    return pack;
  }
  void reset() { next_ = 0; }

 private:
  unsigned next_ = 0;
};

}  // namespace hx::sim
