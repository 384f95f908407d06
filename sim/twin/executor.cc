#include "sim/twin/executor.h"

#include <algorithm>

#include "fpga_model/spec/messages.h"

namespace hx::sim {
namespace {

using Code = ut::spec::ToFpga;

Code code_of(std::uint64_t word) {
  return static_cast<Code>(word >> 56);
}

}  // namespace

void Executor::act(Clock now, bool abort) {
  discarded_now_ = false;
  next_ = kNever;
  if (owed_) {
    if (!p_.trace.loop_full()) {
      p_.trace.push_loop(LoopKind::kHalt, now);
      owed_ = false;
      next_ = now + 1;
    }
    blocked_ = owed_;
    waits_ = false;
    // The memory goes on by itself.
    if (p_.playback.unsettled()) p_.playback.settle();
    return;
  }
  if (!p_.playback.valid()) {
    blocked_ = false;
    if (p_.playback.unsettled()) {
      p_.playback.settle();
      next_ = now + 1;
    }
    return;
  }
  std::uint64_t const word = p_.playback.word();
  if ((!abort || Playback::is_halt(word)) && execute(word, now)) {
    retired(word);
  } else {
    blocked(word, now, abort);
  }
  if (p_.playback.valid() ? !blocked_ : p_.playback.unsettled()) next_ = now + 1;
}

void Executor::retired(std::uint64_t word) {
  blocked_ = false;
  index_ = Playback::is_halt(word) ? 0 : index_ + 1;
  has_write_ = false;
  if (code_of(word) == Code::kOmnibusAddress && (word >> 36 & 1) == 0) {
    has_write_ = true;
    write_address_ = static_cast<std::uint32_t>(word);
    write_enables_ = static_cast<std::uint8_t>(word >> 32 & 0xf);
  }
  p_.playback.pop();
}

void Executor::blocked(std::uint64_t word, Clock now, bool abort) {
  if (!blocked_) blocked_since_ = now;
  blocked_ = true;
  waits_ = code_of(word) == Code::kTimingWaitUntil;
  Clock const expires = waits_ ? kNever : blocked_since_ + p_.registers.timeout();
  if (!abort && now < expires) {
    next_ = std::min(next_, expires);
    return;
  }
  if (!abort) {
    std::uint64_t const payload = std::uint64_t{p_.answers.reads_in_flight()} << 39 |
                                  std::uint64_t{p_.trace.stall(now)} << 32 | index_;
    p_.trace.expire(payload);
    if (code_of(word) == Code::kTimingPollingOmnibusBlock) {
      poll_stale_ = poll_stale_ || poll_wait_;
      poll_here_ = false;
      poll_wait_ = false;
    }
  }
  discard(now);
}

void Executor::discard(Clock now) {
  blocked_ = false;
  index_ = 0;
  has_write_ = false;
  discarded_now_ = true;
  bool const halt_here = p_.playback.halt_here();
  p_.playback.discard();
  if (halt_here) answer_halt(now);
}

void Executor::answer_halt(Clock now) {
  owed_ = p_.trace.loop_full();
  if (!owed_) p_.trace.push_loop(LoopKind::kHalt, now);
  next_ = now + 1;
}

void Executor::accept(std::uint64_t word, Clock now) {
  if (p_.playback.accept(word, discarded_now_)) answer_halt(now);
  wake(now + 1);
}

bool Executor::execute(std::uint64_t word, Clock now) {
  auto const low = static_cast<std::uint32_t>(word);
  switch (code_of(word)) {
    case Code::kTimingWaitUntil:
      return wait_until(low, now);
    case Code::kSpikePack1:
    case Code::kSpikePack2:
    case Code::kSpikePack3: {
      if (!p_.link.has_room()) return false;
      auto const count =
          static_cast<unsigned>(word >> 56) - static_cast<unsigned>(Code::kSpikePack1) + 1;
      p_.link.push_labels(count, word, now);
      if (p_.link.up()) p_.traffic.labels(count);
      labels_at_ = now;
      return true;
    }
    case Code::kOmnibusAddress:
      return address(word, now);
    case Code::kOmnibusData:
      return data(low, now);
    case Code::kTimingSetup:
      timer_zero_ = now + 1;
      return true;
    case Code::kTimingBarrier:
      return !((word & 1) != 0 && p_.answers.pending()) &&
             !((word & 2) != 0 && p_.jtag.pending()) &&
             !((word & 4) != 0 && p_.systime.active(now));
    case Code::kSystemLoopback:
      return loopback((word & 1) != 0 ? LoopKind::kTick : LoopKind::kHalt, now);
    case Code::kTimingSystimeInit:
      if ((word & 1) == 0) return loopback(LoopKind::kSystime, now);
      p_.systime.start(now);
      return true;
    case Code::kTimingPollingOmnibusBlock:
      return poll((word & 1) != 0, now);
    case Code::kSystemReset:
      chip_reset_ = (word & 1) != 0;
      return true;
    case Code::kJtagInit:
    case Code::kJtagScaler:
    case Code::kJtagIns:
    case Code::kJtagData:
      if (p_.jtag.full()) return false;
      p_.jtag.push(static_cast<Jtag::Code>(word >> 56 & 3), (word >> 48 & 1) != 0,
                   static_cast<unsigned>(word >> 40 & 0xff), word, now);
      return true;
  }
  return true;
}

bool Executor::wait_until(std::uint32_t time, Clock now) {
  if (timer(now) >= time) return true;
  next_ = now + (time - timer(now));
  return false;
}

bool Executor::loopback(LoopKind kind, Clock now) {
  if (p_.trace.loop_full()) return false;
  p_.trace.push_loop(kind, now);
  return true;
}

// Its bus takes an access.
bool Executor::has_place(std::uint32_t address, Clock now) const {
  if ((address >> 31) != 0) return !p_.bus.full(now);
  return !p_.link.bus_full(now) && !p_.answers.chip_full();
}

void Executor::access(std::uint32_t address, bool is_write, std::uint32_t data,
                      unsigned byte_enables, AccessTag tag, Clock now) {
  bool const is_fpga = (address >> 31) != 0;
  p_.answers.issue(is_fpga, tag);
  if (is_fpga) {
    p_.bus.push(address & 0x7fff'ffff, is_write, data, byte_enables, tag, now);
    return;
  }
  p_.traffic.access(is_write);
  ChipAccess const chip{.address = address,
                        .data = data,
                        .byte_enables = static_cast<std::uint8_t>(byte_enables),
                        .is_write = is_write};
  if (p_.link.push_access(chip, now)) p_.traffic.enters(is_write);
}

bool Executor::address(std::uint64_t word, Clock now) {
  if ((word >> 36 & 1) == 0) return true;
  auto const address = static_cast<std::uint32_t>(word);
  if (p_.answers.reads_full() || !has_place(address, now)) return false;
  access(address, false, 0, 0xf, {.answer = true}, now);
  return true;
}

bool Executor::data(std::uint32_t word, Clock now) {
  if (!has_write_) return true;
  if (!has_place(write_address_, now)) return false;
  access(write_address_, true, word, write_enables_, {}, now);
  return true;
}

bool Executor::poll(bool equal, Clock now) {
  if (poll_here_ &&
      ((poll_value_ & p_.registers.poll_mask()) == p_.registers.poll_target()) == equal) {
    poll_here_ = false;
    poll_wait_ = false;
    return true;
  }
  std::uint32_t const address = p_.registers.poll_address();
  // An instruction that is given up in this very clock reads no more.
  bool const expires = now >= (blocked_ ? blocked_since_ : now) + Clock{p_.registers.timeout()};
  if (!poll_wait_ && !poll_stale_ && has_place(address, now) && !expires) {
    access(address, false, 0, 0xf, {.poll = true}, now);
    poll_wait_ = true;
    poll_here_ = false;
  }
  return false;
}

}  // namespace hx::sim
