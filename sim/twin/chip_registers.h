/// Storage of the chip's configuration: plain registers (flip-flops with reset values) and SRAM (raw 0 at power-on, kept by the chip
/// reset). Who acts on them is told by Chip (chip.h).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fpga_model/spec/chip_map.h"
#include "sim/twin/bytes.h"

namespace hx::sim {

class ChipRegisters {
 public:
  ChipRegisters() { reset(); }

  [[nodiscard]] std::uint32_t plain(std::uint32_t number) const { return plain_[number]; }
  void write_plain(std::uint32_t number, std::uint32_t data, unsigned byte_enables) {
    plain_[number] = merged(plain_[number], data, byte_enables);
  }

  // Index as in chip_map.h.
  [[nodiscard]] std::uint32_t neuron(std::uint32_t index) const { return neuron_[index]; }
  void write_neuron(std::uint32_t index, std::uint32_t data) {
    neuron_[index] = static_cast<std::uint8_t>(data);
  }
  [[nodiscard]] std::uint32_t backend(std::uint32_t index) const { return backend_[index]; }
  void write_backend(std::uint32_t index, std::uint32_t data) {
    backend_[index] = static_cast<std::uint8_t>(data);
  }
  [[nodiscard]] std::uint32_t driver(std::uint32_t index) const { return driver_[index]; }
  /// The word it leaves behind.
  std::uint16_t write_driver(std::uint32_t index, std::uint32_t data, unsigned byte_enables) {
    driver_[index] = static_cast<std::uint16_t>(merged(driver_[index], data, byte_enables));
    return driver_[index];
  }
  [[nodiscard]] std::uint32_t capmem(std::uint32_t index) const { return capmem_[index]; }
  /// The value for the model: 1023 (refresh off) keeps the one before, a write of only one of the two bytes counts as a value.
  unsigned write_capmem(std::uint32_t index, std::uint32_t data, unsigned byte_enables) {
    capmem_[index] = static_cast<std::uint16_t>(merged(capmem_[index], data, byte_enables) & 0x3ff);
    bool const off = (byte_enables & 3) == 3 && (data & 0x3ff) == 0x3ff;
    if (!off) {
      refreshed_[index] =
          static_cast<std::uint16_t>(merged(refreshed_[index], data, byte_enables) & 0x3ff);
    }
    return refreshed_[index];
  }
  [[nodiscard]] std::uint32_t ppu_memory(std::uint32_t index) const { return ppu_memory_[index]; }
  void write_ppu_memory(std::uint32_t index, std::uint32_t data, unsigned byte_enables) {
    ppu_memory_[index] = merged(ppu_memory_[index], data, byte_enables);
  }

  /// Chip reset: plain registers only.
  void reset() { plain_ = chip_map::kResetWords; }

 private:
  std::array<std::uint32_t, chip_map::kResetWords.size()> plain_{};
  std::array<std::uint8_t, 4096> neuron_{};
  std::array<std::uint8_t, 2048> backend_{};
  std::array<std::uint16_t, 1024> driver_{};
  std::vector<std::uint16_t> capmem_ = std::vector<std::uint16_t>(32768, 0);
  std::vector<std::uint16_t> refreshed_ = std::vector<std::uint16_t>(32768, 0);
  std::vector<std::uint32_t> ppu_memory_ = std::vector<std::uint32_t>(8192, 0);
};

}  // namespace hx::sim
