#include "sim/twin/jtag.h"

namespace hx::sim {

void Jtag::act(Clock now, bool chip_reset, bool omnibus_on) {
  if (!busy_) {
    if (queue_.empty() || queue_.front().from > now) return;
    item_ = queue_.front();
    queue_.pop();
    if (item_.code == Code::kScaler) {
      scaler_ = static_cast<unsigned>(item_.data & 0xff);
      return;
    }
    busy_ = true;
    period_ = 0;
    shifted_ = 0;
    edge_ = now + scaler_ + 1;
  }
  if (now < edge_) return;
  bool const last = period_ + 1 == periods();
  if (stops(last)) return;
  edge(now, chip_reset, omnibus_on);
  ++period_;
  edge_ = now + scaler_ + 2;
  if (!last) return;
  busy_ = false;
  if (item_.code != Code::kData || !item_.keep) return;
  answer_ = shifted_;
  answer_from_ = now + 1;
}

// From Run-Test/Idle and back: Init 1 1 1 1 1 0, Ins 1 1 0 0 (seven bits) 1 0, Data 1 0 0 (bits) 1 0; the last bit with TMS = 1.
void Jtag::edge(Clock now, bool chip_reset, bool omnibus_on) {
  bool tms = false;
  bool tdi = false;
  if (item_.code == Code::kInit) {
    tms = period_ < 5;
  } else {
    unsigned const first = item_.code == Code::kIns ? 4 : 3;
    unsigned const bits = item_.code == Code::kIns ? 7 : item_.bits;
    unsigned const place = period_ - first;  // beyond `bits` outside of the shift
    tms = period_ + 2 < first || period_ == first + bits - 1 || period_ == first + bits;
    if (place < bits) {
      tdi = (item_.data >> place & 1) != 0;
      if (!chip_reset) shifted_ |= std::uint64_t{tap_.tdo()} << place;
    }
  }
  if (!chip_reset) tap_.edge(tms, tdi, omnibus_on, now);
}

}  // namespace hx::sim
