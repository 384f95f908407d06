/// The devices on the boards at the byte level: what the models in fpga_model/rtl/board make of the bits on the wires, and what the
/// functional model's masters (serial_registers.h) talk to.
///
///     Board board;
///     board.shift(0xff9c40);                        // SPI frames
///     board.dac_frame(1, 0x0260);
///     if (board.i2c_start(0x40)) {                  // acknowledged: somebody is there
///       board.i2c_write(2);                         // pointer
///       board.i2c_start(0x40);
///       std::uint8_t const high = board.i2c_read();
///     }
///
/// Time plays no role: what a device answers depends on the order of the bytes alone. Registers, power-on values, supplies:
/// docs/decisions/board.md.
#pragma once

#include <array>
#include <cstdint>

namespace hx::sim {

class Board {
 public:
  Board();

  // ---- SPI
  /// A frame of the shift register: its last 24 bits.
  void shift(std::uint32_t bits);
  /// A frame of DAC 0 or 1: its first 16 bits.
  void dac_frame(unsigned dac, std::uint16_t frame);

  // ---- I2C. Written bytes are always acknowledged.
  /// Address byte; false: nobody has this address.
  bool i2c_start(unsigned address);
  void i2c_write(std::uint8_t byte);
  std::uint8_t i2c_read();

 private:
  static constexpr unsigned kMonitors = 6;
  static constexpr unsigned kDacs = 2;
  static constexpr unsigned kChannels = 8;
  enum Device : unsigned {
    kMonitor = 0,
    kThermometer = 6,
    kExpander = 7,
    kSwitch = 8,
    kPotentiometer = 9,
    kDac = 12,
    kEeprom = 13,
    kNobody = 15
  };
  struct SpiDac {
    std::array<std::uint16_t, kChannels> input{};
    std::array<std::uint16_t, kChannels> code{};
    std::uint8_t off = 0;
    unsigned mode = 1;  // LDAC
  };

  static unsigned device_at(unsigned address);
  [[nodiscard]] bool has_words() const { return device_ <= kThermometer || device_ == kDac; }
  [[nodiscard]] std::uint8_t& pointer() { return pointers_[device_]; }
  [[nodiscard]] int voltage(unsigned monitor) const;
  [[nodiscard]] std::uint16_t monitor_word(unsigned monitor, unsigned at) const;
  [[nodiscard]] std::uint16_t read_word();
  void write_word(std::uint16_t word);
  void write_monitor(unsigned monitor, unsigned at, std::uint16_t word);
  [[nodiscard]] std::uint8_t* wiper(unsigned at);

  bool is_xboard_ = false;
  std::uint32_t shift_register_ = 0;
  std::array<SpiDac, kDacs> dacs_;

  // The transfer at work.
  unsigned device_ = kNobody;
  bool pointer_next_ = false;
  bool second_ = false;  // of two bytes
  std::uint8_t high_ = 0;

  std::array<std::uint8_t, 16> pointers_{};
  std::array<std::uint16_t, kMonitors> monitor_configs_;
  std::array<std::uint16_t, kMonitors> calibrations_{};
  std::array<std::uint16_t, 4> thermometer_;  // temperature, configuration, limits
  std::array<std::uint8_t, 4> expander_;      // 1 outputs, 2 polarity, 3 direction
  std::uint8_t switches_ = 0;
  std::array<std::uint8_t, 6> wipers_;
  std::array<std::uint8_t, 6> stored_wipers_;
  std::array<std::uint16_t, 4> codes_{};  // of the I2C DAC
  std::array<std::uint8_t, 256> eeprom_;
};

}  // namespace hx::sim
