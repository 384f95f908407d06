#include "sim/twin/pll.h"

#include <algorithm>

#include "sim/twin/bytes.h"

namespace hx::sim {
namespace {

// Default words and bits with a function.
constexpr std::array<std::uint32_t, Pll::kWritable> kReset = {0x2a20a902, 0xc0cbf200, 0x2a20a902,
                                                              0xc0cbf200, 0x110d0101, 0};
constexpr std::array<std::uint32_t, Pll::kWritable> kFunction = {0x7fffffff, 0xc1ffffff, 0x7fffffff,
                                                                 0xc1ffffff, 0x9f1f1f1f, 0};
constexpr std::uint32_t kOutputs = 4;
constexpr std::uint32_t kSelfTest = 5;
constexpr std::uint32_t kStatus = 7;
constexpr std::uint32_t kFinished = 1 << 20;
constexpr std::uint32_t kSuccess = 1 << 21;

}  // namespace

void Pll::reset(Clock /*now*/) {
  registers_ = kReset;
  runs_from_.fill(0);
  test_seen_ = kNever;
  announced_at_ = kNever;
  update();
}

void Pll::update() {
  omnibus_from_ = output_from((registers_[4] >> 31) != 0 ? 3 : 1);
  lanes_from_ = std::max(output_from(0), output_from(1));
}

std::uint32_t Pll::read(std::uint32_t index, Clock now) {
  if (index < kWritable) return registers_[index];
  return index == kStatus && test_seen_ <= now ? result_ : 0;
}

void Pll::write(std::uint32_t index, std::uint32_t data, unsigned byte_enables, Clock now) {
  if (index >= kWritable || (announced_at_ == now && announced_index_ == index)) return;
  store(index, merged(registers_[index], data, byte_enables), now);
}

void Pll::announce(std::uint32_t index, std::uint32_t data, Clock now) {
  announced_at_ = now;
  announced_index_ = index;
  announced_data_ = data;
}

void Pll::carry_out(Clock now) {
  if (announced_at_ == now) store(announced_index_, announced_data_, now);
}

void Pll::store(std::uint32_t index, std::uint32_t data, Clock now) {
  bool const changes = ((registers_[index] ^ data) & kFunction[index]) != 0;
  if (changes) runs_from_[index / 2] = now + timing::kPllLock + 1;
  if (index == kSelfTest) test(data, now);
  registers_[index] = data;
  update();
}

Pll::Settings Pll::settings(unsigned pll) const {
  Settings const own = {registers_[2 * pll], registers_[2 * pll + 1]};
  bool const external = (own.high >> 31) != 0;
  return external ? own : Settings{kReset[0], kReset[1]};
}

Pll::Ratio Pll::ratio(unsigned output) const {
  std::uint32_t const bits = control(output);
  if ((bits & 1) == 0) return {0, 1};
  if ((bits & 2) != 0) return {1, 1};
  Settings const pll = settings(bits >> 2 & 1);
  bool const enabled = (pll.high >> 30 & 1) != 0 && (pll.high >> 24 & 1) == 0;
  std::uint64_t const source = bits >> 3 & 3;
  if (!enabled || source == 3) return {0, 1};
  std::uint64_t const dco = ((pll.low >> 25 & 3) + 1) * std::uint64_t{pll.low >> 10 & 31};
  if (source == 2) return {dco, (pll.low >> 29 & 3) + 1};
  std::uint64_t const m = pll.low >> (source == 0 ? 15 : 20) & 31;
  if (m == 0) return {0, 1};
  return {dco, ((pll.low >> 27 & 3) + 1) * m};
}

Clock Pll::output_from(unsigned output) const {
  if (ratio(output).numerator == 0) return kNever;
  bool const bypass = (control(output) & 2) != 0;
  Clock const own = bypass ? 0 : runs_from_[control(output) >> 2 & 1];
  return std::max(own, runs_from_[kOutputs / 2]);
}

void Pll::test(std::uint32_t data, Clock now) {
  if ((data & 1) == 0) {
    if (now < test_seen_) test_seen_ = kNever;  // ends without a result
    return;
  }
  if ((registers_[kSelfTest] & 1) != 0) return;
  unsigned const p = data >> 1 & 15;
  unsigned const output = data >> 5 & 3;
  Ratio const f = output_from(output) <= now ? ratio(output) : Ratio{0, 1};
  auto const count = static_cast<std::uint32_t>(
      std::min<std::uint64_t>((f.numerator << (p + 2)) / f.denominator, 0xfffff));
  std::uint32_t const expected = data >> 12;
  std::uint32_t const distance = count > expected ? count - expected : expected - count;
  result_ = count | kFinished | (distance <= (data >> 8 & 15) ? kSuccess : 0);
  test_seen_ = now + (Clock{10} << p) + timing::kPllTest + 1;
}

}  // namespace hx::sim
