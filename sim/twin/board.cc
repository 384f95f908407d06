#include "sim/twin/board.h"

#include <algorithm>

namespace hx::sim {
namespace {

constexpr std::uint16_t kMonitorConfig = 0x399f;
constexpr std::uint8_t kWiper = 0x90;
constexpr std::uint32_t kSerialNumber = 0x4f485831;
constexpr unsigned kVddLsb = 16;  // enable_vdd of the shift register
constexpr unsigned kSupplyDac = 1;

/// A supply as a monitor sees it. Voltages in 4 mV.
struct Supply {
  int nominal;
  unsigned dac_channel;
  int dac_preset;
  unsigned wiper;
  int wiper_preset;
  unsigned pin;  // of the expander: switches it off
};
// In the order of the monitors: 1.2 V digital, 2.5 V digital, 1.2 V analog, 2.5 V analog, MADC, PLL.
constexpr std::array<Supply, 6> kSupplies = {{{312, 1, 2090, 1, 147, 1},
                                              {625, 0, 608, 0, 167, 0},
                                              {300, 3, 1630, 4, 168, 5},
                                              {625, 2, 608, 5, 167, 4},
                                              {300, 4, 440, 3, 168, 3},
                                              {300, 5, 440, 2, 168, 2}}};
constexpr unsigned kPowerPin = 7;

}  // namespace

Board::Board() : thermometer_{0x1e00, 0x60a0, 0x4b00, 0x5000}, expander_{0, 0xff, 0, 0xff} {
  monitor_configs_.fill(kMonitorConfig);
  wipers_.fill(kWiper);
  stored_wipers_.fill(kWiper);
  eeprom_.fill(0xff);
  eeprom_[0xfa] = 0x29;
  eeprom_[0xfb] = 0x41;
  for (unsigned i = 0; i < 4; ++i)
    eeprom_[0xfc + i] = static_cast<std::uint8_t>(kSerialNumber >> (24 - 8 * i));
}

// ---- SPI

void Board::shift(std::uint32_t bits) {
  shift_register_ = bits & 0xffffff;
  is_xboard_ = true;
}

void Board::dac_frame(unsigned dac, std::uint16_t frame) {
  SpiDac& d = dacs_[dac];
  unsigned const value = frame & 0xfffU;
  if ((frame & 0x8000) == 0) {
    unsigned const channel = frame >> 12 & 7;
    d.input[channel] = static_cast<std::uint16_t>(value);
    if (d.mode == 0) d.code[channel] = d.input[channel];
    return;
  }
  switch (frame >> 13 & 3) {
    case 0:  // gain and reference: no effect
      break;
    case 1:
      if ((value & 2) == 0) d.mode = value & 1;
      if ((value & 3) == 2) d.code = d.input;
      break;
    case 2:
      d.off = static_cast<std::uint8_t>(value);
      break;
    default: {
      SpiDac const before = d;
      d = SpiDac();
      if ((frame & 0x1000) == 0) {
        d.mode = before.mode;
        d.off = before.off;
      }
      break;
    }
  }
}

// ---- I2C

unsigned Board::device_at(unsigned address) {
  if (address >= 0x40 && address <= 0x45) return kMonitor + address - 0x40;
  if (address >= 0x2c && address <= 0x2e) return kPotentiometer + address - 0x2c;
  switch (address) {
    case 0x48:
      return kThermometer;
    case 0x38:
      return kExpander;
    case 0x70:
      return kSwitch;
    case 0x4c:
      return kDac;
    case 0x50:
      return kEeprom;
    default:
      return kNobody;
  }
}

bool Board::i2c_start(unsigned address) {
  device_ = device_at(address);
  pointer_next_ = true;
  second_ = false;
  return device_ != kNobody;
}

void Board::i2c_write(std::uint8_t byte) {
  if (pointer_next_ && device_ != kSwitch) {
    pointer() = byte;
    pointer_next_ = false;
  } else if (has_words()) {
    if (second_) write_word(static_cast<std::uint16_t>(high_ << 8 | byte));
    high_ = byte;
    second_ = !second_;
  } else {
    write_word(byte);
  }
}

std::uint8_t Board::i2c_read() {
  std::uint16_t const word = read_word();
  if (!has_words()) return static_cast<std::uint8_t>(word);
  second_ = !second_;
  return static_cast<std::uint8_t>(second_ ? word >> 8 : word);
}

// Place of a potentiometer's channel: pointers 1, 3 and (not volatile) 0x21, 0x23.
std::uint8_t* Board::wiper(unsigned at) {
  if ((at & 0xdd) != 1) return nullptr;
  unsigned const channel = 2 * (device_ - kPotentiometer) + (at >> 1 & 1);
  return (at & 0x20) != 0 ? &stored_wipers_[channel] : &wipers_[channel];
}

std::uint16_t Board::read_word() {
  unsigned const at = pointer();
  switch (device_) {
    case kThermometer:
      return at < thermometer_.size() ? thermometer_[at] : std::uint16_t{0};
    case kExpander:
      if (at == 0) return static_cast<std::uint8_t>((expander_[1] & ~expander_[3]) ^ expander_[2]);
      return at < expander_.size() ? expander_[at] : std::uint16_t{0};
    case kSwitch:
      return switches_;
    case kPotentiometer:
    case kPotentiometer + 1:
    case kPotentiometer + 2: {
      std::uint8_t const* const place = wiper(at);
      return place == nullptr ? std::uint16_t{0} : *place;
    }
    case kDac:
      return static_cast<std::uint16_t>(codes_[at >> 1 & 3] << 6);
    case kEeprom:
      return eeprom_[pointer()++];
    default:
      return monitor_word(device_, at);
  }
}

void Board::write_word(std::uint16_t word) {
  unsigned const at = pointer();
  auto const byte = static_cast<std::uint8_t>(word);
  switch (device_) {
    case kThermometer:
      if (at != 0 && at < thermometer_.size()) thermometer_[at] = word;
      break;
    case kExpander:
      if (at != 0 && at < expander_.size()) expander_[at] = byte;
      break;
    case kSwitch:
      switches_ = byte & 0xf;
      break;
    case kPotentiometer:
    case kPotentiometer + 1:
    case kPotentiometer + 2:
      if (std::uint8_t* const place = wiper(at)) *place = byte;
      break;
    case kDac:
      if ((at >> 4 & 3) == 1) codes_[at >> 1 & 3] = static_cast<std::uint16_t>(word >> 6);
      break;
    case kEeprom:
      if (at < 0x80) eeprom_[at] = byte;
      ++pointer();
      break;
    default:
      write_monitor(device_, at, word);
      break;
  }
}

void Board::write_monitor(unsigned monitor, unsigned at, std::uint16_t word) {
  if (at == 0 && (word & 0x8000) != 0) {
    monitor_configs_[monitor] = kMonitorConfig;
    calibrations_[monitor] = 0;
    pointers_[monitor] = 0;
  } else if (at == 0) {
    monitor_configs_[monitor] = word;
  } else if (at == 5) {
    calibrations_[monitor] = word & 0xfffe;
  }
}

std::uint16_t Board::monitor_word(unsigned monitor, unsigned at) const {
  auto const volt = static_cast<std::uint32_t>(voltage(monitor));
  std::uint32_t const current = (volt >> 2) * calibrations_[monitor] >> 12;
  switch (at) {
    case 0:
      return monitor_configs_[monitor];
    case 1:
      return static_cast<std::uint16_t>(volt >> 2);
    case 2:
      return static_cast<std::uint16_t>(volt << 3 | 2);
    case 3:
      return static_cast<std::uint16_t>(current * volt / 5000);
    case 4:
      return static_cast<std::uint16_t>(current);
    case 5:
      return calibrations_[monitor];
    default:
      return 0;
  }
}

int Board::voltage(unsigned monitor) const {
  Supply const& supply = kSupplies[monitor];
  if (!is_xboard_) {
    unsigned const high = expander_[1] & ~static_cast<unsigned>(expander_[3]);
    if ((high & (1U << supply.pin | 1U << kPowerPin)) != 0) return 0;
    return supply.nominal + ((supply.wiper_preset - wipers_[supply.wiper]) * supply.nominal >> 9);
  }
  SpiDac const& dac = dacs_[kSupplyDac];
  bool const on = (shift_register_ >> (kVddLsb + supply.dac_channel) & 1) != 0 &&
                  (dac.off >> supply.dac_channel & 1) == 0;
  return on ? supply.nominal +
                  ((supply.dac_preset - dac.code[supply.dac_channel]) * supply.nominal >> 13)
            : 0;
}

}  // namespace hx::sim
