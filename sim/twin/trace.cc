#include "sim/twin/trace.h"

#include <bit>

#include "fpga_model/spec/messages.h"

namespace hx::sim {
namespace {

using Code = ut::spec::FromFpga;

constexpr std::uint8_t code_of(Code code) {
  return static_cast<std::uint8_t>(code);
}

}  // namespace

void Trace::push(std::uint8_t code, std::uint64_t low, std::uint8_t high, Clock now) {
  TraceEntry entry;
  entry.from = now + 1;
  entry.low = low;
  entry.high = high;
  entry.code = code;
  // The Systime message before it carries one less.
  entry.time = std::max<std::uint64_t>(systime_.time(now), 1);
  entry.timed = systime_.synced();
  entry.first = first_;
  entries_.push(entry);
  first_ = false;
}

void Trace::push_pack(Clock now) {
  EventPack const& pack = packs_.front();
  std::uint8_t const code = static_cast<std::uint8_t>(code_of(Code::kSpikePack1) + pack.count - 1);
  push(code, pack.low, pack.high, now);
  packs_.pop();
  link_.gone(now);
  turn_ = 1;
}

void Trace::push_sample(Clock now) {
  push(code_of(Code::kMadcSamplePack1), samples_.front(), 0, now);
  samples_.pop();
  turn_ = 2;
}

unsigned Trace::first_waiting() const {
  if (turn_ == 1 && !samples_.empty()) return 1;
  return !packs_.empty() ? 0 : !samples_.empty() ? 1 : 2;
}

void Trace::drop(Clock now) {
  switch (first_waiting()) {
    case 0:
      packs_.pop();
      link_.gone(now);
      ++dropped_;
      break;
    case 1:
      samples_.pop();
      ++dropped_;
      break;
    default:
      break;
  }
}

void Trace::push_answer(Clock now, bool has_loop) {
  if (lanes_.notifies()) {
    push(code_of(Code::kHighspeedLinkNotification), lanes_.take_notification(), 0, now);
  } else if (expire_from_ <= now) {
    push(code_of(Code::kTimeoutNotification), expire_payload_, 0, now);
    expire_from_ = kNever;
  } else if (jtag_.offers(now)) {
    push(code_of(Code::kJtagData), jtag_.take_answer(), 0, now);
  } else if (answers_.offers(now)) {
    push(code_of(Code::kOmnibusData), answers_.take(), 0, now);
  } else if (has_loop) {
    LoopKind const kind = loops_.front().kind;
    loops_.pop();
    halts_ += kind == LoopKind::kHalt ? 1 : 0;
    if (kind == LoopKind::kSystime)
      push(code_of(Code::kSystime), systime_.time(now), 0, now);
    else
      push(code_of(Code::kLoopback), static_cast<std::uint64_t>(kind), 0, now);
  }
  turn_ = 0;
}

void Trace::act(Clock now) {
  bool has_loop = !loops_.empty() && loops_.front().from <= now;
  // A Systime message that was ordered before the first synchronisation is not sent.
  bool const mute = has_loop && loops_.front().kind == LoopKind::kSystime && !systime_.synced();
  has_loop = has_loop && !mute;
  bool const has_answer = lanes_.notifies() || expire_from_ <= now || jtag_.offers(now) ||
                          answers_.offers(now) || has_loop;
  if (full()) {
    drop(now);
    if (has_answer) refuse(now);
  } else if (unsigned const first = first_waiting(); first < 2 && !(turn_ == 2 && has_answer)) {
    // Behind MADC samples come the answers, then the packs.
    if (first == 0 && turn_ == 1 && has_answer)
      push_answer(now, has_loop);
    else if (first == 0)
      push_pack(now);
    else
      push_sample(now);
  } else if (has_answer) {
    push_answer(now, has_loop);
  }
  if (mute) loops_.pop();
  if (has_expired_) {
    has_expired_ = false;
    expire_from_ = now + 1;
    expire_payload_ = expired_payload_;
  }
}

void Trace::refuse(Clock now) {
  Clock const passed = now - refused_at_;
  refused_ = passed >= 128 ? 0 : refused_ << passed;
  refused_ |= 1;
  refused_at_ = now;
}

unsigned Trace::stall(Clock now) const {
  // Bit i of `seen`: refused in clock now - i.
  Clock const passed = now - refused_at_;
  if (passed > 96) return 0;
  unsigned __int128 const seen = refused_ << passed;
  auto const low = static_cast<std::uint64_t>(seen >> 1);
  auto const high = static_cast<std::uint32_t>(seen >> 65);
  return static_cast<unsigned>(std::popcount(low) + std::popcount(high));
}

}  // namespace hx::sim
