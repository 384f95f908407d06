#include "sim/twin/jtag.h"

#include <algorithm>

namespace hx::sim {
namespace {

constexpr std::uint32_t kIdCode = 0x348580af;
constexpr unsigned kIrIdCode = 0x01;
constexpr unsigned kIrPllTarget = 0x03;
constexpr unsigned kIrShiftPll = 0x04;
constexpr unsigned kIrOmnibusAddress = 0x05;
constexpr unsigned kIrOmnibusData = 0x06;
constexpr unsigned kIrOmnibusRequest = 0x07;
constexpr std::uint32_t kPllBase = 0x00080000;

constexpr std::uint64_t mask(unsigned bits) {
  return (std::uint64_t{1} << bits) - 1;
}
unsigned limited(unsigned bits) {
  return std::clamp(bits, 3U, 33U);
}

}  // namespace

void Jtag::push(Code code, bool keep, unsigned bits, std::uint64_t data, Clock now) {
  queue_.push({now + 1, data & mask(33), static_cast<std::uint8_t>(bits), code, keep});
}

void Jtag::act(Clock now, bool chip_reset) {
  if (!busy_) {
    if (queue_.empty() || queue_.front().from > now) return;
    item_ = queue_.front();
    queue_.pop();
    busy_ = true;
    unsigned const periods = item_.code == Code::kInit  ? 6
                             : item_.code == Code::kIns ? 13
                                                        : limited(item_.bits) + 5;
    last_ = now + (item_.code == Code::kScaler ? 1 : periods * (scaler_ + 2)) - 1;
  }
  if (now < last_) return;
  bool const stalled = item_.code == Code::kData && ((item_.keep && answer_from_ != kNever) ||
                                                     access_from_ != kNever || flying_);
  if (!stalled) finish(now, chip_reset);
}

void Jtag::finish(Clock now, bool chip_reset) {
  busy_ = false;
  switch (item_.code) {
    case Code::kInit:
      instruction_ = kIrIdCode;
      break;
    case Code::kScaler:
      scaler_ = static_cast<unsigned>(item_.data & 0xff);
      break;
    case Code::kIns:
      instruction_ = static_cast<unsigned>(item_.data & 0x7f);
      break;
    case Code::kData: {
      std::uint64_t const out = shift(now, chip_reset);
      if (item_.keep) {
        answer_ = out;
        answer_from_ = now + 1;
      }
      break;
    }
  }
}

// The register between the shift's two ends: what it captures leaves at the low end, and what is shifted in follows.
std::uint64_t Jtag::shift(Clock now, bool chip_reset) {
  unsigned length = 1;
  std::uint64_t capture = 0;
  if (is_phy()) {
    length = 22;
    capture = phy_[instruction_ >> 3 & 7];
  } else if (instruction_ == kIrIdCode) {
    length = 32;
    capture = kIdCode;
  } else if (instruction_ == kIrPllTarget) {
    length = 4;
    capture = pll_target_;
  } else if (instruction_ == kIrShiftPll) {
    length = 32;
  } else if (instruction_ == kIrOmnibusAddress) {
    length = 33;
    capture = address_;
  } else if (instruction_ == kIrOmnibusData) {
    length = 32;
    capture = read_data_;
  } else if (instruction_ == kIrOmnibusRequest) {
    length = 3;
  }
  unsigned __int128 const chain = static_cast<unsigned __int128>(item_.data) << length | capture;
  unsigned const bits = limited(item_.bits);
  auto const after = static_cast<std::uint64_t>(chain >> bits);
  switch (instruction_) {
    case kIrPllTarget:
      pll_target_ = static_cast<unsigned>(after & 0xf);
      break;
    case kIrOmnibusAddress:
      address_ = after & mask(33);
      break;
    case kIrOmnibusData:
      write_data_ = static_cast<std::uint32_t>(after);
      break;
    case kIrOmnibusRequest:
      if (chip_reset) break;
      access_.is_write = (address_ >> 32 & 1) == 0;
      access_.address = static_cast<std::uint32_t>(address_);
      access_.data = write_data_;
      access_from_ = now + 1;
      break;
    case kIrShiftPll:
      if (chip_reset || (pll_target_ & 8) != 0) break;
      access_.is_write = true;
      access_.address = kPllBase | (pll_target_ & 7);
      access_.data = static_cast<std::uint32_t>(after);
      access_from_ = now + 1;
      break;
    default:
      if (is_phy()) phy_[instruction_ >> 3 & 7] = static_cast<std::uint32_t>(after & mask(22));
      break;
  }
  return static_cast<std::uint64_t>(chain) & mask(33) & mask(bits);
}

void Jtag::reset_port() {
  instruction_ = kIrIdCode;
  pll_target_ = 0;
  address_ = 0;
  write_data_ = 0;
  read_data_ = 0;
  phy_.fill(0);
}

}  // namespace hx::sim
