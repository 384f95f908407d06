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
  if ((lanes_ >> lane & 1) == 0) return base_[lane];
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
    return address == kTestLast ? 0 : test_words_;
  }
  switch (address - kWordsFirst) {
    case 0x00:
      return traffic_.sent();
    case 0x01:
      return traffic_.received();
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
  if (address == kLanesFirst) write_lanes(data & 0xff, now);
  if (address >= kPhyFirst && address <= kPhyLast) phy_[address - kPhyFirst] = data & kPhyMask;
  if (address == kTestFirst) write_test((data & 1) != 0, now);
}

void LinkRegisters::write_lanes(unsigned lanes, Clock now) {
  // The clock of the write still counts with the lanes of before.
  advance_test(now + 1);
  for (unsigned lane = 0; lane < 8; ++lane) {
    if (((lanes ^ lanes_) >> lane & 1) == 0) continue;
    if ((lanes >> lane & 1) != 0)
      since_[lane] = static_cast<std::uint32_t>(now);
    else
      base_[lane] = online(lane, now);
  }
  lanes_ = lanes;
}

void LinkRegisters::write_test(bool on, Clock now) {
  advance_test(now + 1);
  if (on && !test_) {
    test_phase_ = 0;
    test_words_ = 0;
  }
  test_ = on;
}

void LinkRegisters::advance_test(Clock now) {
  Clock const passed = now - test_at_;
  test_at_ = now;
  if (!test_) return;
  auto const lanes = static_cast<std::uint64_t>(std::min(std::popcount(lanes_), kTestLanes));
  // Up to 2^46 clocks between two looks.
  std::uint64_t const sum = test_phase_ + passed * kTestWords * lanes;
  test_words_ += static_cast<std::uint32_t>(sum / kTestClocks);
  test_phase_ = sum % kTestClocks;
}

}  // namespace hx::sim
