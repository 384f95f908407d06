#include "sim/twin/fpga_memories.h"

#include "sim/twin/bytes.h"

namespace hx::sim {

std::uint32_t FpgaMemories::read(std::uint32_t address, Clock /*now*/) {
  if (address <= kSramLast) return sram_[address];
  std::uint32_t const place = address - kDramFirst;
  auto const& page = pages_[place / kPageWords];
  return page == nullptr ? 0 : (*page)[place % kPageWords];
}

void FpgaMemories::write(std::uint32_t address, std::uint32_t data, unsigned byte_enables,
                         Clock /*now*/) {
  if (address <= kSramLast) {
    sram_[address] = merged(sram_[address], data, byte_enables);
    return;
  }
  std::uint32_t const place = address - kDramFirst;
  auto& page = pages_[place / kPageWords];
  if (page == nullptr) page = std::make_unique<Page>();
  std::uint32_t& word = (*page)[place % kPageWords];
  word = merged(word, data, byte_enables);
}

}  // namespace hx::sim
