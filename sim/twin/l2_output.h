/// L2 outputs: in each clock one event from up to three of the four L2 FIFOs of the crossbar, round robin, makes one pack, stamped with
/// the low byte of the chip time.
#pragma once

#include <bit>
#include <cstdint>

#include "sim/twin/crossbar.h"
#include "sim/twin/link_down.h"

namespace hx::sim {

class L2Output {
 public:
  /// The pack of this clock; count 0: none. Only while the link has room.
  EventPack act(Crossbar& crossbar, unsigned stamp, Clock now) {
    EventPack pack;
    unsigned const valid = crossbar.valid<Crossbar::kPadiOutputs, Crossbar::kL2Outputs>(now);
    // From the output whose turn it is upwards and around.
    unsigned const first = next_;
    for (unsigned rest = (valid | valid << 4) >> first & 0xf; rest != 0 && pack.count < 3;
         rest &= rest - 1) {
      unsigned const k = (first + static_cast<unsigned>(std::countr_zero(rest))) % 4;
      unsigned const output = Crossbar::kPadiOutputs + k;
      std::uint64_t const event = stamp << 16 | k << 14 | crossbar.label(output);
      pack.high = static_cast<std::uint8_t>(pack.low >> 40);
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
