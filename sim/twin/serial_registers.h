/// SPI (0x88007000: 1, 2 and 4, stored), I2C (0x88007800, last byte written per address; 0x200 prescaler) and event switch
/// (0x88007c00, 16 words). There are no devices behind them.
#pragma once

#include <array>
#include <cstdint>

#include "sim/twin/fpga_device.h"

namespace hx::sim {

class SerialRegisters : public FpgaDevice {
 public:
  static constexpr std::uint32_t kFirst = 0x0800'7000;
  static constexpr std::uint32_t kLast = 0x0800'7c0f;

  std::uint32_t read(std::uint32_t address, Clock now) override;
  void write(std::uint32_t address, std::uint32_t data, unsigned byte_enables, Clock now) override;

 private:
  std::array<std::uint32_t, 5> spi_{};
  std::array<std::uint8_t, 0x400> i2c_{};
  std::uint16_t prescaler_ = 313;  // 100 kHz
  std::array<std::uint32_t, 16> event_switch_{};
};

}  // namespace hx::sim
