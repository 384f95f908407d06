/// SPI master (0x88007000), I2C master (0x88007800) and event switch (0x88007c00, 16 words, stored), hx_spi_master and hx_i2c_master of
/// fpga_model/rtl/fpga at the level of accesses: what a transfer does to the devices it does at its beginning, and how long it takes
/// comes from its elements. Nobody can tell, because the bus is held until its end.
#pragma once

#include <array>
#include <cstdint>

#include "sim/twin/board.h"
#include "sim/twin/fpga_device.h"

namespace hx::sim {

class SerialRegisters : public FpgaDevice {
 public:
  static constexpr std::uint32_t kFirst = 0x0800'7000;
  static constexpr std::uint32_t kLast = 0x0800'7c0f;

  std::uint32_t read(std::uint32_t address, Clock now) override;
  void write(std::uint32_t address, std::uint32_t data, unsigned byte_enables, Clock now) override;
  /// Of the access done last.
  [[nodiscard]] Clock completion(std::uint32_t address, bool is_write, Clock now) const override;

 private:
  /// Bytes that wait for their frame; the last four count.
  struct SpiFifo {
    std::uint32_t bytes = 0;
    unsigned count = 0;
  };
  struct I2cBus {
    bool open = false;
    bool reads = false;
    bool owes_acknowledge = false;
    unsigned device = 0;
  };

  void send_frame(unsigned device);
  /// Brings the bus to the data byte; returns false if nobody acknowledged (and the transfer is over).
  bool begin_transfer(std::uint32_t at, bool is_write);
  std::uint32_t i2c_read(std::uint32_t at);
  void i2c_write(std::uint32_t at, std::uint8_t data);
  void end_transfer(bool stop);

  Board board_;
  std::array<SpiFifo, 3> spi_;
  I2cBus i2c_;
  std::uint16_t prescaler_ = 313;  // 100 kHz
  std::array<std::uint32_t, 16> event_switch_{};
  Clock transfer_clocks_ = 0;  // of the last access; 0: it was no transfer
  Clock elements_ = 0;         // of the I2C transfer at work
};

}  // namespace hx::sim
