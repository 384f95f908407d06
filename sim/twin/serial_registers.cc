#include "sim/twin/serial_registers.h"

#include <algorithm>

namespace hx::sim {
namespace {

constexpr std::uint32_t kI2c = 0x800;
constexpr std::uint32_t kPrescaler = 0xa00;
constexpr std::uint32_t kSwitch = 0xc00;
constexpr std::uint32_t kFrame = 0x80000000;    // SPI: send
constexpr std::uint32_t kMissing = 0x80000000;  // I2C: no acknowledge
constexpr std::uint32_t kStop = 0x80;
constexpr std::uint32_t kRestart = 0x100;
constexpr unsigned kFifo = 4;
constexpr std::uint32_t kMinQuarter = 4;

// Elements of a transfer.
constexpr Clock kStartElements = 1, kStopElements = 1, kBitElements = 1, kByteElements = 9;

bool is_spi(std::uint32_t at) {
  return at == 1 || at == 2 || at == 4;
}
bool is_i2c(std::uint32_t at) {
  return at >= kI2c && at < kPrescaler;
}

}  // namespace

std::uint32_t SerialRegisters::read(std::uint32_t address, Clock /*now*/) {
  std::uint32_t const at = address - kFirst;
  transfer_clocks_ = 0;
  if (is_i2c(at)) return i2c_read(at);
  if (at == kPrescaler) return prescaler_;
  return at >= kSwitch ? event_switch_[at - kSwitch] : 0;
}

void SerialRegisters::write(std::uint32_t address, std::uint32_t data, unsigned /*byte_enables*/,
                            Clock /*now*/) {
  std::uint32_t const at = address - kFirst;
  transfer_clocks_ = 0;
  if (is_spi(at)) {
    SpiFifo& fifo = spi_[at >> 1];
    fifo.bytes = fifo.bytes << 8 | (data & 0xff);
    fifo.count = std::min(fifo.count + 1, kFifo);
    if ((data & kFrame) != 0) send_frame(at >> 1);
  } else if (is_i2c(at)) {
    i2c_write(at, static_cast<std::uint8_t>(data));
  } else if (at == kPrescaler) {
    prescaler_ = static_cast<std::uint16_t>(data);
  } else if (at >= kSwitch) {
    event_switch_[at - kSwitch] = data;
  }
}

Clock SerialRegisters::completion(std::uint32_t address, bool is_write, Clock now) const {
  return FpgaDevice::completion(address, is_write, now) + transfer_clocks_;
}

// ---- SPI

void SerialRegisters::send_frame(unsigned device) {
  SpiFifo& fifo = spi_[device];
  unsigned const bits = 8 * fifo.count;
  transfer_clocks_ = Clock{timing::kSpiBit} * (bits + 2);
  if (device == 0) {
    // Frames of less than 24 bits find zeros in front: the devices count from the beginning of a frame.
    board_.shift(bits == 32 ? fifo.bytes : fifo.bytes & ((1U << bits) - 1));
  } else if (bits >= 16) {
    board_.dac_frame(device - 1, static_cast<std::uint16_t>(fifo.bytes >> (bits - 16)));
  }
  fifo = SpiFifo();
}

// ---- I2C

bool SerialRegisters::begin_transfer(std::uint32_t at, bool is_write) {
  unsigned const device = at & 0x7f;
  bool const start =
      !i2c_.open || i2c_.device != device || i2c_.reads == is_write || (at & kRestart) != 0;
  elements_ = i2c_.owes_acknowledge ? kBitElements : 0;
  i2c_ = {.open = true, .reads = !is_write, .owes_acknowledge = false, .device = device};
  if (!start) return true;
  elements_ += kStartElements + kByteElements;
  if (board_.i2c_start(device)) return true;
  end_transfer(true);
  return false;
}

void SerialRegisters::end_transfer(bool stop) {
  if (stop) {
    elements_ += kStopElements;
    i2c_.open = false;
  }
  transfer_clocks_ = elements_ * 4 * std::max<Clock>(prescaler_, kMinQuarter);
}

std::uint32_t SerialRegisters::i2c_read(std::uint32_t at) {
  if (!begin_transfer(at, false)) return kMissing;
  bool const stop = (at & kStop) != 0;
  // Without stop the acknowledge comes with the next access.
  i2c_.owes_acknowledge = !stop;
  elements_ += stop ? kByteElements : kByteElements - kBitElements;
  end_transfer(stop);
  return board_.i2c_read();
}

void SerialRegisters::i2c_write(std::uint32_t at, std::uint8_t data) {
  if (!begin_transfer(at, true)) return;
  board_.i2c_write(data);
  elements_ += kByteElements;
  end_transfer((at & kStop) != 0);
}

}  // namespace hx::sim
