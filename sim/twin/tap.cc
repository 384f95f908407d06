#include "sim/twin/tap.h"

namespace hx::sim {
namespace {

constexpr std::uint32_t kIdCode = 0x348580af;
constexpr unsigned kIrIdCode = 0x01;
constexpr unsigned kIrPllTarget = 0x03;
constexpr unsigned kIrShiftPll = 0x04;
constexpr unsigned kIrOmnibusAddress = 0x05;
constexpr unsigned kIrOmnibusData = 0x06;
constexpr unsigned kIrOmnibusRequest = 0x07;
constexpr unsigned kInstructionBits = 7;
constexpr unsigned kPhyBits = 22;
constexpr unsigned kPllRegisters = 6;  // that can be written

}  // namespace

Tap::State Tap::after(State state, bool tms) {
  switch (state) {
    case State::kReset:
      return tms ? State::kReset : State::kIdle;
    case State::kSelectDr:
      return tms ? State::kSelectIr : State::kCaptureDr;
    case State::kCaptureDr:
    case State::kShiftDr:
      return tms ? State::kExit1Dr : State::kShiftDr;
    case State::kExit1Dr:
      return tms ? State::kUpdateDr : State::kPauseDr;
    case State::kPauseDr:
      return tms ? State::kExit2Dr : State::kPauseDr;
    case State::kExit2Dr:
      return tms ? State::kUpdateDr : State::kShiftDr;
    case State::kSelectIr:
      return tms ? State::kReset : State::kCaptureIr;
    case State::kCaptureIr:
    case State::kShiftIr:
      return tms ? State::kExit1Ir : State::kShiftIr;
    case State::kExit1Ir:
      return tms ? State::kUpdateIr : State::kPauseIr;
    case State::kPauseIr:
      return tms ? State::kExit2Ir : State::kPauseIr;
    case State::kExit2Ir:
      return tms ? State::kUpdateIr : State::kShiftIr;
    case State::kIdle:
    case State::kUpdateDr:
    case State::kUpdateIr:
      break;
  }
  return tms ? State::kSelectDr : State::kIdle;
}

Tap::Selected Tap::selected() const {
  if (is_phy()) return {kPhyBits, phy_[instruction_ >> 3 & 7]};
  switch (instruction_) {
    case kIrIdCode:
      return {32, kIdCode};
    case kIrPllTarget:
      return {4, pll_target_};
    case kIrShiftPll:
      return {32, 0};
    case kIrOmnibusAddress:
      return {33, address_};
    case kIrOmnibusData:
      return {32, read_data_};
    case kIrOmnibusRequest:
      return {3, 0};
    default:
      return {1, 0};
  }
}

// Capture and Update act in the edge that leaves their state.
void Tap::edge(bool tms, bool tdi, bool omnibus_on, Clock now) {
  switch (state_) {
    case State::kCaptureDr:
      shift_ = selected().capture;
      break;
    case State::kCaptureIr:
      shift_ = 1;
      break;
    case State::kShiftDr:
      shift_in(selected().bits, tdi);
      break;
    case State::kShiftIr:
      shift_in(kInstructionBits, tdi);
      break;
    case State::kUpdateDr:
      update(omnibus_on, now);
      break;
    case State::kUpdateIr:
      instruction_ = static_cast<unsigned>(shift_ & 0x7f);
      break;
    default:
      break;
  }
  state_ = after(state_, tms);
  if (state_ == State::kReset) instruction_ = kIrIdCode;
}

void Tap::update(bool omnibus_on, Clock now) {
  switch (instruction_) {
    case kIrPllTarget:
      pll_target_ = static_cast<unsigned>(shift_ & 0xf);
      break;
    case kIrShiftPll:
      if (pll_target_ >= kPllRegisters) break;
      has_pll_write_ = true;
      pll_write_ = {pll_target_, static_cast<std::uint32_t>(shift_)};
      break;
    case kIrOmnibusAddress:
      address_ = shift_;
      break;
    case kIrOmnibusData:
      write_data_ = static_cast<std::uint32_t>(shift_);
      break;
    case kIrOmnibusRequest:
      if (!omnibus_on) break;
      access_.is_write = (address_ >> 32 & 1) == 0;
      access_.address = static_cast<std::uint32_t>(address_);
      access_.data = write_data_;
      access_from_ = now + 1;
      break;
    default:
      if (is_phy()) phy_[instruction_ >> 3 & 7] = static_cast<std::uint32_t>(shift_ & 0x3fffff);
      break;
  }
}

void Tap::reset() {
  state_ = State::kIdle;
  instruction_ = kIrIdCode;
  shift_ = 0;
  pll_target_ = 0;
  address_ = 0;
  write_data_ = 0;
  read_data_ = 0;
  phy_.fill(0);
  access_from_ = kNever;
  ours_ = false;
}

}  // namespace hx::sim
