#include "sim/twin/serial_registers.h"

namespace hx::sim {
namespace {

constexpr std::uint32_t kI2c = 0x800;
constexpr std::uint32_t kPrescaler = 0xa00;
constexpr std::uint32_t kSwitch = 0xc00;

bool is_spi(std::uint32_t at) {
  return at == 1 || at == 2 || at == 4;
}

}  // namespace

std::uint32_t SerialRegisters::read(std::uint32_t address, Clock /*now*/) {
  std::uint32_t const at = address - kFirst;
  if (is_spi(at)) return spi_[at];
  if (at == kPrescaler) return prescaler_;
  if (at >= kSwitch) return event_switch_[at - kSwitch];
  return at >= kI2c ? i2c_[at - kI2c] : 0;
}

void SerialRegisters::write(std::uint32_t address, std::uint32_t data, unsigned /*byte_enables*/,
                            Clock /*now*/) {
  std::uint32_t const at = address - kFirst;
  if (is_spi(at)) {
    spi_[at] = data;
  } else if (at == kPrescaler) {
    prescaler_ = static_cast<std::uint16_t>(data);
  } else if (at >= kSwitch) {
    event_switch_[at - kSwitch] = data;
  } else if (at >= kI2c) {
    i2c_[at - kI2c] = static_cast<std::uint8_t>(data);
  }
}

}  // namespace hx::sim
