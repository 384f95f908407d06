/// External memory of the processors (0x80000000, 0x8000 words) and DRAM (0x84000000, 0x4000000 words). Both start with 0.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/twin/fpga_device.h"

namespace hx::sim {

class FpgaMemories : public FpgaDevice {
 public:
  static constexpr std::uint32_t kSramLast = 0x7fff;
  static constexpr std::uint32_t kDramFirst = 0x0400'0000;
  static constexpr std::uint32_t kDramLast = 0x07ff'ffff;

  FpgaMemories() : pages_((kDramLast - kDramFirst + 1) / kPageWords) {}

  std::uint32_t read(std::uint32_t address, Clock now) override;
  void write(std::uint32_t address, std::uint32_t data, unsigned byte_enables, Clock now) override;

 private:
  static constexpr std::uint32_t kPageWords = 4096;
  using Page = std::array<std::uint32_t, kPageWords>;

  std::array<std::uint32_t, kSramLast + 1> sram_{};
  // Of the DRAM only pages that were written exist.
  std::vector<std::unique_ptr<Page>> pages_;
};

}  // namespace hx::sim
