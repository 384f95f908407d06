#include "sim/twin/link_registers.h"

#include <algorithm>
#include <bit>

namespace hx::sim {
namespace {

constexpr std::uint32_t kPhyMask = 0x003effff;     // bits that exist
constexpr std::uint32_t kPhyDefault = 0x00204040;  // reset value of the register description
// Throughput test: words per clocks and lane, five lanes at most.
constexpr std::uint64_t kTestWords = 10085;
constexpr std::uint64_t kTestClocks = 125000;
constexpr int kTestLanes = 5;

}  // namespace

LinkRegisters::LinkRegisters(LinkTraffic const& traffic) : traffic_(traffic) {
  phy_.fill(kPhyDefault);
}

std::uint32_t LinkRegisters::online(unsigned lane, Clock now) const {
  if ((up_ >> lane & 1) == 0) return base_[lane];
  return base_[lane] + static_cast<std::uint32_t>(now) - since_[lane];
}

std::uint32_t LinkRegisters::read(std::uint32_t address, Clock now) {
  if (address == kLanesFirst) return lanes_;
  if (address <= kLanesLast) {
    std::uint32_t const at = address - kLanesFirst;
    return at >= 0xc && at <= 0x13 ? online(at - 0xc, now) : 0;
  }
  if (address <= kPhyLast) return phy_[address - kPhyFirst];
  if (address == kTestFirst) return test_;
  if (address <= kTestLast) {
    advance_test(now);
    if (address == kTestLast) return 0;
    return address == kTestFirst + 1 ? test_words_ : test_received(now);
  }
  std::uint32_t const at = address - kWordsFirst;
  if (at < 0x10) return at % 2 == 0 ? traffic_.sent(at / 2) : traffic_.received(at / 2);
  switch (at) {
    case 0x10:
    case 0x11:
      return traffic_.arq_write();
    case 0x12:
    case 0x13:
      return traffic_.arq_read();
    default:
      return 0;
  }
}

void LinkRegisters::write(std::uint32_t address, std::uint32_t data, unsigned /*byte_enables*/,
                          Clock now) {
  if (address == kLanesFirst) lanes_ = data & 0xff;
  if (address >= kPhyFirst && address <= kPhyLast) phy_[address - kPhyFirst] = data & kPhyMask;
  if (address == kTestFirst) write_test((data & 1) != 0, now);
}

void LinkRegisters::set_up(unsigned lanes_up, Clock now) {
  advance_test(now);
  for (unsigned lane = 0; lane < 8; ++lane) {
    if (((lanes_up ^ up_) >> lane & 1) == 0) continue;
    if ((lanes_up >> lane & 1) != 0)
      since_[lane] = static_cast<std::uint32_t>(now);
    else
      base_[lane] = online(lane, now);
  }
  up_ = lanes_up;
}

void LinkRegisters::write_test(bool on, Clock now) {
  // The clock of the write still counts with the setting of before.
  advance_test(now + 1);
  if (on && !test_) {
    test_phase_ = 0;
    test_words_ = 0;
    test_sent_.clear();
  }
  test_ = on;
}

void LinkRegisters::advance_test(Clock now) {
  auto const step =
      kTestWords * static_cast<std::uint64_t>(std::min(std::popcount(up_), kTestLanes));
  if (!test_ || step == 0) {
    test_at_ = now;
    return;
  }
  // All at once up to the clocks whose words may be under way (up to 2^46 clocks between two looks), then clock by clock.
  if (Clock const passed = now - test_at_; passed > timing::kPerfLoop) {
    std::uint64_t const sum = test_phase_ + (passed - timing::kPerfLoop) * step;
    test_words_ += static_cast<std::uint32_t>(sum / kTestClocks);
    test_phase_ = sum % kTestClocks;
    test_at_ = now - timing::kPerfLoop;
    test_sent_.clear();
  }
  for (; test_at_ < now; ++test_at_) {
    test_phase_ += step;
    if (test_phase_ < kTestClocks) continue;
    test_phase_ -= kTestClocks;
    ++test_words_;
    while (!test_sent_.empty() && test_sent_.front() + timing::kPerfLoop < test_at_)
      test_sent_.pop();
    test_sent_.push(test_at_);
  }
}

// A word sent in clock s is counted as received from s + PerfLoop + 1 on.
std::uint32_t LinkRegisters::test_received(Clock now) const {
  std::uint32_t under_way = 0;
  for (std::size_t i = 0; i < test_sent_.size(); ++i)
    under_way += test_sent_.at(i) + timing::kPerfLoop >= now;
  return test_words_ - under_way;
}

}  // namespace hx::sim
