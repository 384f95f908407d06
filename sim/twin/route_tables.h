/// SpikeIO (0x88020000 output routes, 0x88030000 input routes, 0x88038000 configuration) and routing tables (0x880c0000 incoming,
/// 0x880d0000 outgoing): stored, without a function yet. SpikeIO routes are "discard" (all ones) at power-on.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/twin/fpga_device.h"

namespace hx::sim {

class RouteTables : public FpgaDevice {
 public:
  static constexpr std::uint32_t kOutputFirst = 0x0802'0000;
  static constexpr std::uint32_t kOutputLast = 0x0802'ffff;
  static constexpr std::uint32_t kInputFirst = 0x0803'0000;
  static constexpr std::uint32_t kInputLast = 0x0803'00ff;
  static constexpr std::uint32_t kConfig = 0x0803'8000;
  static constexpr std::uint32_t kIncomingFirst = 0x080c'0000;
  static constexpr std::uint32_t kIncomingLast = 0x080c'7fff;
  static constexpr std::uint32_t kOutgoingFirst = 0x080d'0000;
  static constexpr std::uint32_t kOutgoingLast = 0x080d'ffff;

  std::uint32_t read(std::uint32_t address, Clock now) override;
  void write(std::uint32_t address, std::uint32_t data, unsigned byte_enables, Clock now) override;

 private:
  std::vector<std::uint8_t> output_ = std::vector<std::uint8_t>(0x10000, 0xff);
  std::vector<std::uint16_t> input_ = std::vector<std::uint16_t>(0x100, 0xffff);
  std::uint32_t config_ = 1;  // reset value of the register description
  std::vector<std::uint32_t> incoming_ = std::vector<std::uint32_t>(0x8000, 0);
  std::vector<std::uint16_t> outgoing_ = std::vector<std::uint16_t>(0x10000, 0);
};

}  // namespace hx::sim
