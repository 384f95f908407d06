// Every container of the chip's map through the Omnibus ports of hx_chip.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <set>
#include <string>

#include "Vchip_full.h"
#include "driver/registers/codec.h"
#include "driver/registers/description.h"
#include "tests/fpga_model/chip/chip_harness.h"

namespace hx::test {
namespace {

using FullChip = Chip<Vchip_full>;

// Containers on the chip side that a program can reach by address.
std::vector<reg::ContainerInfo const*> chip_containers() {
  std::vector<reg::ContainerInfo const*> out;
  for (reg::ContainerInfo const& c : reg::containers()) {
    if (c.address.exists && c.address.base < 0x80000000u && c.reachable_by(reg::Via::kOmnibus))
      out.push_back(&c);
  }
  return out;
}

bool stored(reg::ContainerInfo const& c) {
  for (auto const& w : c.words) {
    if (!w.readable || !w.writable) return false;
  }
  return true;
}

std::uint32_t field_mask(reg::ContainerInfo const& c, std::size_t word) {
  std::uint32_t mask = 0;
  for (auto const& v : c.values) {
    for (auto const& p : v.pieces) {
      if (p.word != word) continue;
      for (unsigned lsb : p.lsbs)
        mask |= static_cast<std::uint32_t>(((1ull << p.width) - 1) << lsb);
    }
  }
  return mask;
}

TEST(ChipRegisters, StoreEveryFieldOfEveryContainer) {
  FullChip chip;
  std::mt19937 random(1);
  std::size_t words = 0;
  for (auto const* c : chip_containers()) {
    if (!stored(*c)) continue;
    // All instances if they are few; of the synapses every eleventh.
    std::uint32_t const step = c->coordinate.size > 20000 ? 11 : 1;
    std::vector<std::size_t> reads;
    std::vector<std::uint32_t> expected, mask;
    for (std::uint32_t n = 0; n < c->coordinate.size; n += step) {
      for (std::size_t w = 0; w < c->words.size(); ++w) {
        std::uint32_t data = random();
        if (c->name == "CADCConfig")
          data &= ~1u;  // a running CADC makes no difference here, but reads of samples
        chip.post_write(reg::locate(*c, n, w, reg::Via::kOmnibus), data);
        expected.push_back(data);
        mask.push_back(field_mask(*c, w));
      }
    }
    for (std::uint32_t n = 0; n < c->coordinate.size; n += step) {
      for (std::size_t w = 0; w < c->words.size(); ++w) {
        reads.push_back(chip.post_read(reg::locate(*c, n, w, reg::Via::kOmnibus)));
      }
    }
    chip.finish();
    ASSERT_TRUE(chip.finished()) << c->name;
    for (std::size_t i = 0; i < reads.size(); ++i) {
      ASSERT_EQ(chip.accesses[reads[i]].answer & mask[i], expected[i] & mask[i])
          << c->name << " address " << std::hex << chip.accesses[reads[i]].address;
    }
    words += reads.size();
  }
  EXPECT_GT(words, 46000u);
}

TEST(ChipRegisters, HaveTheirResetValueAfterPowerOnAndChipReset) {
  FullChip chip;
  std::set<std::string> const sram = {"NeuronConfig",        "NeuronBackendConfig",
                                      "SynapseDriverConfig", "CapMemCell",
                                      "PPUMemoryWord",       "CADCChannelConfig",
                                      "SynapseQuad",         "SynapseWeightQuad",
                                      "SynapseLabelQuad",    "SynapseCorrelationCalibQuad",
                                      "ColumnCurrentQuad",   "ColumnCorrelationQuad"};
  auto check = [&](bool after_reset) {
    for (auto const* c : chip_containers()) {
      if (!stored(*c) || c->coordinate.size > 20000) continue;
      if (after_reset && sram.count(std::string(c->name)) != 0) continue;
      std::vector<std::uint64_t> words(c->words.size());
      if (sram.count(std::string(c->name)) == 0 && c->name != "CommonPhyConfigChip" &&
          c->model_reset.empty()) {
        words.assign(c->default_words.begin(), c->default_words.end());
      }
      if (c->name == "CADCChannelConfig") words = {0x80};
      // default_words are in write order, as are the words.
      std::vector<std::size_t> reads;
      for (std::uint32_t n = 0; n < c->coordinate.size; ++n) {
        for (std::size_t w = 0; w < c->words.size(); ++w) {
          reads.push_back(chip.post_read(reg::locate(*c, n, w, reg::Via::kOmnibus)));
        }
      }
      chip.finish();
      ASSERT_TRUE(chip.finished());
      for (std::size_t i = 0; i < reads.size(); ++i) {
        ASSERT_EQ(chip.accesses[reads[i]].answer, words[i % words.size()])
            << c->name << " address " << std::hex << chip.accesses[reads[i]].address;
      }
    }
  };
  check(false);
  // Everything else, then the reset pin.
  for (auto const* c : chip_containers()) {
    if (!stored(*c) || c->coordinate.size > 20000 || c->name == "CADCConfig") continue;
    for (std::uint32_t n = 0; n < c->coordinate.size; ++n) {
      for (std::size_t w = 0; w < c->words.size(); ++w) {
        chip.post_write(reg::locate(*c, n, w, reg::Via::kOmnibus), 0x12345677u);
      }
    }
  }
  chip.finish();
  chip.pulse_reset();
  check(true);
  // SRAM keeps its content.
  EXPECT_EQ(chip.read(0x00160002), 0x77u);
  EXPECT_EQ(chip.read(0x001a1000), 0x77u);
  EXPECT_EQ(chip.read(0x00110400), 0x5677u);
  EXPECT_EQ(chip.read(0x00140000), 0x277u);
  EXPECT_EQ(chip.read(0x02800000), 0x12345677u);
  EXPECT_EQ(chip.read(0x02400000), 0x77u);
}

TEST(ChipRegisters, UnmappedAddressesReadZeroAndIgnoreWrites) {
  FullChip chip;
  for (std::uint32_t address :
       {0x00000002u, 0x00080008u, 0x000c0000u,         0x000c001bu, 0x00100001u, 0x00110003u,
        0x00110600u, 0x00122001u, 0x00122c00u,         0x00130085u, 0x00141040u, 0x0014400au,
        0x00160400u, 0x001a1400u, 0x001a2000u,         0x02000003u, 0x02200004u, 0x02400100u,
        0x02801000u, 0x02a00001u, 0x02c04100u + 0x80u, 0x02c30000u, 0x02c90000u, 0x02cf8100u,
        0x04000000u, 0x40000000u, 0x80000000u}) {
    chip.write(address, 0xffffffffu);
    EXPECT_EQ(chip.read(address), 0u) << std::hex << address;
  }
  // No register has changed.
  EXPECT_EQ(chip.read(0x00000000), 0u);
  EXPECT_EQ(chip.read(0x00080004), 0x110d0101u);
}

TEST(ChipRegisters, UnusedWordsOfSlotsReadZeroOrWhatWasWritten) {
  FullChip chip;
  for (std::uint32_t address : {0x00160000u, 0x00160001u, 0x00110403u, 0x00140018u, 0x0014001fu}) {
    EXPECT_EQ(chip.read(address), 0u);
    chip.write(address, 0x55);
    EXPECT_EQ(chip.read(address), 0x55u) << std::hex << address;
  }
}

TEST(ChipRegisters, CapMemReadsBackRefreshOff) {
  FullChip chip;
  chip.write(0x00148900, 500);
  chip.write(0x00148900, 1023);
  EXPECT_EQ(chip.read(0x00148900), 1023u);
}

TEST(ChipRegisters, ByteEnablesSelectBytes) {
  FullChip chip;
  // The sequence of the reference's word-level test, on memory and on a plain register.
  for (std::uint32_t address :
       {0x02cf0000u, 0x02cf80ffu, 0x03cf1234u, 0x02800005u, 0x00000000u, 0x00080000u}) {
    chip.write(address, 0x12345678);
    std::array<std::uint32_t, 4> const expected = {0x12345621, 0x12344321, 0x12654321, 0x87654321};
    for (unsigned k = 0; k < 4; ++k) {
      chip.write(address, 0x87654321, 1u << k);
      EXPECT_EQ(chip.read(address), expected[k]) << std::hex << address;
    }
  }
  chip.write(0x00110401, 0x3f00);
  chip.write(0x00110401, 0x00f5, 1);
  EXPECT_EQ(chip.read(0x00110401), 0x3ff5u);
  chip.write(0x00140005, 0x155, 3);
  chip.write(0x00140005, 0x200, 2);
  EXPECT_EQ(chip.read(0x00140005), 0x255u);
  chip.write(0x00160002, 0x12);
  chip.write(0x00160002, 0x55, 14);
  EXPECT_EQ(chip.read(0x00160002), 0x12u);
}

TEST(ChipRegisters, SynapseViewsShowOneMemory) {
  struct View {
    std::uint32_t base;
    unsigned rows, first, step, bits, shift;
  };
  std::vector<View> const views = {{0x02cf0000, 516, 0, 1, 8, 0},
                                   {0x02c00000, 258, 0, 2, 6, 0},
                                   {0x02c10000, 258, 0, 2, 2, 6},
                                   {0x02c20000, 258, 1, 2, 2, 6},
                                   {0x02c40000, 258, 1, 2, 6, 0}};
  FullChip chip;
  std::mt19937 random(7);
  std::map<std::array<unsigned, 3>, std::uint32_t> memory;  // hemisphere, physical row, quad
  std::vector<std::pair<std::size_t, std::uint32_t>> reads;
  for (int i = 0; i < 6000; ++i) {
    View const& v = views[random() % views.size()];
    unsigned const h = random() % 2, quad = random() % 4 * 21;
    unsigned const r = random() % 4 == 0 ? v.rows - 1 - random() % 4 : random() % 8;
    std::uint32_t const address = v.base + h * 0x1000000u + r * 64 + quad;
    std::uint32_t& word = memory[{h, v.first + v.step * r, quad}];
    std::uint32_t const lane = (1u << v.bits) - 1, mask = lane * 0x01010101u;
    if (random() % 2 == 0) {
      unsigned const enables = random() % 3 == 0 ? random() % 16 : 15;
      std::uint32_t const data = random();
      std::uint32_t bytes = 0;
      for (unsigned k = 0; k < 4; ++k) bytes |= (enables >> k & 1u) * (0xffu << 8 * k);
      std::uint32_t const bits = bytes & (mask << v.shift);
      word = (word & ~bits) | ((data << v.shift) & bits);
      chip.post_write(address, data, enables);
    } else {
      reads.emplace_back(chip.post_read(address), word >> v.shift & mask);
    }
  }
  chip.finish();
  ASSERT_TRUE(chip.finished());
  for (auto const& [number, expected] : reads) {
    ASSERT_EQ(chip.accesses[number].answer, expected) << std::hex << chip.accesses[number].address;
  }
}

TEST(ChipOmnibus, CompletesFourteenClocksAfterTheEffectInOrder) {
  FullChip chip;
  std::vector<std::size_t> numbers;
  for (unsigned i = 0; i < 40; ++i) {
    numbers.push_back(i % 3 == 0   ? chip.post_read(0x02cf0000u + i)
                      : i % 3 == 1 ? chip.post_write(0x00000000u, i)
                                   : chip.post_read(0));
  }
  std::uint64_t const start = chip.now;
  chip.finish();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(chip.accesses[numbers[i]].taken, start + i);
    EXPECT_EQ(chip.accesses[numbers[i]].done, start + i + 14);
    // A read sees the write of the clock before.
    if (i % 3 == 2) {
      EXPECT_EQ(chip.accesses[numbers[i]].answer, i - 1);
    }
  }
}

TEST(ChipOmnibus, WaitsWhileTheChipIsInReset) {
  FullChip chip;
  chip.write(0x00000000, 5);
  chip.post_read(0x00000000);
  chip.clock();
  chip.model().chip_rst_i = 1;
  std::size_t const waiting = chip.post_read(0x00080004);
  chip.run(30);
  // The answer from before the reset has come, the next access has not begun.
  EXPECT_EQ(chip.accesses[waiting - 1].answer, 5u);
  EXPECT_EQ(chip.accesses[waiting - 1].done, chip.accesses[waiting - 1].taken + 14);
  EXPECT_EQ(chip.accesses[waiting].taken, 0u);
  chip.model().chip_rst_i = 0;
  chip.finish();
  EXPECT_EQ(chip.accesses[waiting].answer, 0x110d0101u);
  EXPECT_EQ(chip.read(0x00000000), 0u);
}

TEST(ChipTime, CountsByTwoAndLoadsTwiceTheBase) {
  FullChip chip;
  std::uint64_t const before = chip.model().chip_time_o;
  chip.run(10);
  EXPECT_EQ(chip.model().chip_time_o, before + 20);
  chip.write(0x00000000, 0xfffffff0u);
  chip.write(0x00000001, 0xffffffffu);
  EXPECT_EQ(chip.model().sync_base_o, 0x7fffffffff0ull);
  chip.write(0x00000001, 1);
  chip.model().sync_load_i = 1;
  chip.clock();
  chip.model().sync_load_i = 0;
  EXPECT_EQ(chip.model().chip_time_o, 2 * 0x1fffffff0ull);
  chip.pulse_reset();
  EXPECT_LE(chip.model().chip_time_o, 2u);
}

}  // namespace
}  // namespace hx::test
