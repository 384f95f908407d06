#include "sim/twin/encoder.h"

#include "fpga_model/spec/messages.h"

namespace hx::sim {
namespace {

using Code = ut::spec::FromFpga;

constexpr std::uint8_t code_of(Code code) {
  return static_cast<std::uint8_t>(code);
}
constexpr std::uint64_t message(std::uint8_t code, std::uint64_t payload) {
  return std::uint64_t{code} << 56 | payload;
}

}  // namespace

// The bytes are left aligned.
void Encoder::append(std::uint64_t bytes, unsigned pairs) {
  rest_ |= bytes >> 16 * pairs_;
  unsigned const sum = pairs_ + pairs;
  if (sum < 4) {
    pairs_ = sum;
    return;
  }
  complete_[ready_++] = rest_;
  rest_ = sum == 4 ? 0 : bytes << 16 * (4 - pairs_);
  pairs_ = sum - 4;
}

bool Encoder::catch_up(Clock now) {
  bool ended = false;
  for (Clock at = next(); at <= now && !ended; at = next()) {
    from_ = at + 1;
    ended = act(at);
  }
  from_ = std::max(from_, now + 1);
  return ended;
}

bool Encoder::act(Clock now) {
  bool flushed = false;
  if (ready_ != 0) {
    words_.push_back(complete_[0]);
    complete_[0] = complete_[1];
    --ready_;
    flushed = flush_ && ready_ == 0 && pairs_ == 0;
  } else if (pairs_ != 0 && (flush_ || now >= idle_from_ + timing::kFlushIdle)) {
    words_.push_back(rest_ | std::uint64_t{1} << (63 - 16 * pairs_));
    rest_ = 0;
    pairs_ = 0;
    flushed = flush_;
  }
  if (flushed) flush_ = false;
  // At most eight bytes left.
  bool const has_place = 4 * ready_ + pairs_ <= 4;
  if (has_place && !flush_ && !trace_.empty() && trace_.head().from <= now) take(now);
  return flushed;
}

void Encoder::take(Clock now) {
  TraceEntry const& head = trace_.head();
  idle_from_ = now + 1;
  std::uint64_t const step = (head.time - host_time_) & Systime::kMask;
  bool const absolute = absolute_ || head.first;
  if (head.timed && head.code != code_of(Code::kSystime) && !told_ && (absolute || step != 1)) {
    told_ = true;
    if (!absolute && step >= 2 && step <= 257)
      append(message(code_of(Code::kSysdelta), step - 2), 4);
    else
      append(message(code_of(Code::kSystime), head.time - 1), 4);
    return;
  }
  told_ = false;
  if (head.code == code_of(Code::kSpikePack3) || head.code == code_of(Code::kMadcSamplePack3)) {
    append(message(head.code, std::uint64_t{head.high} << 48 | head.low >> 16), 4);
    append(head.low << 48, 1);
  } else {
    append(message(head.code, head.low & 0x00ff'ffff'ffff'ffff), 4);
  }
  flush_ = head.code == code_of(Code::kLoopback) && (head.low & 1) == 0;
  if (flush_) trace_.halt_taken();
  absolute_ = flush_ || (absolute_ && !head.timed);
  if (head.timed) host_time_ = head.time;
  trace_.pop();
}

}  // namespace hx::sim
