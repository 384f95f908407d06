#include "sim/twin/executor_registers.h"

#include "sim/twin/executor.h"

namespace hx::sim {
namespace {

constexpr std::uint32_t kDnaHigh = 0x01500000;
constexpr std::uint32_t kDnaLow = 0x0000005d;

}  // namespace

std::uint32_t ExecutorRegisters::read(std::uint32_t address, Clock now) {
  if (address >= kSystimeFirst) return read_systime(address, now);
  switch (address - kFirst) {
    case 0x0:
      return filter_;
    case 0x3:
      return kDnaHigh;
    case 0x4:
      return kDnaLow;
    case 0x5:
      return recording_;
    case 0x6:
      return poll_address_;
    case 0x7:
      return poll_target_;
    case 0x8:
      return poll_mask_;
    case 0x9:
      return timeout_;
    case 0xb:
      return correction_;
    case 0xc:
      return executor_->timer(now);
    default:
      return 0;
  }
}

std::uint32_t ExecutorRegisters::read_systime(std::uint32_t address, Clock now) const {
  switch (address - kSystimeFirst) {
    case 0:
      return tries_;
    case 1:
      return static_cast<std::uint32_t>(systime_.round_trip() >> 32);
    case 2:
      return static_cast<std::uint32_t>(systime_.round_trip());
    case 3:
      return static_cast<std::uint32_t>(systime_.chip_time() >> 32);
    case 4:
      return static_cast<std::uint32_t>(systime_.chip_time());
    default:
      return systime_.active(now);
  }
}

void ExecutorRegisters::write(std::uint32_t address, std::uint32_t data, unsigned /*byte_enables*/,
                              Clock /*now*/) {
  if (address == kSystimeFirst) tries_ = data & 0xf;
  if (address >= kSystimeFirst) return;
  switch (address - kFirst) {
    case 0x0:
      filter_ = (data & 1) != 0;
      break;
    case 0x5:
      recording_ = (data & 1) != 0;
      break;
    case 0x6:
      poll_address_ = data;
      break;
    case 0x7:
      poll_target_ = data;
      break;
    case 0x8:
      poll_mask_ = data;
      break;
    case 0x9:
      timeout_ = data;
      break;
    case 0xb:
      correction_ = (data & 1) != 0;
      break;
    default:
      break;
  }
}

}  // namespace hx::sim
