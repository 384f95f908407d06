// The serial busses with the board, and the MADC, on the RTL and on the functional model: the same words in the same clocks for random
// accesses of all kinds.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "driver/ut/to_fpga.h"
#include "sim/rtl/rtl.h"
#include "sim/twin/twin.h"
#include "tests/lockstep/lockstep.h"

namespace hx::lockstep {
namespace {

using Words = std::vector<std::uint64_t>;

constexpr std::uint32_t kI2c = 0x88007800;
constexpr std::uint32_t kPrescaler = 0x88007a00;
constexpr std::uint32_t kTimeout = 0x88000009;
constexpr std::uint32_t kRecording = 0x88000005;
constexpr std::uint32_t kMadcControl = 0xc0000;

class Random {
 public:
  explicit Random(std::uint32_t seed) : random_(seed) {}
  std::uint32_t operator()(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  template <typename T, std::size_t N>
  T of(std::array<T, N> const& values) {
    return values[(*this)(N)];
  }

 private:
  std::mt19937 random_;
};

void write(Words& words, std::uint32_t address, std::uint32_t data) {
  words.push_back(ut::omnibus_write_address(address));
  words.push_back(ut::omnibus_data(data));
}

void i2c(Words& words, Random& draw) {
  constexpr std::array<std::uint32_t, 16> kDevices = {0x40, 0x41, 0x42, 0x43, 0x44, 0x45,
                                                      0x48, 0x38, 0x70, 0x2c, 0x2d, 0x2e,
                                                      0x4c, 0x50, 0x51, 0x00};
  constexpr std::array<std::uint32_t, 10> kPointers = {0, 1, 2, 3, 4, 5, 0x21, 0x23, 0x12, 0xfc};
  std::uint32_t const device = draw.of(kDevices);
  std::uint32_t const length = 1 + draw(4);
  bool const reads = draw(2) == 0;
  for (std::uint32_t i = 0; i < length; ++i) {
    bool const last = i + 1 == length;
    std::uint32_t const flags = (last && draw(4) != 0 ? 0x80 : 0) | (draw(12) == 0 ? 0x80 : 0) |
                                (draw(12) == 0 ? 0x100 : 0);
    std::uint32_t const address = kI2c | device | flags;
    if (reads && i != 0)
      words.push_back(ut::omnibus_read(address));
    else
      write(words, address, i == 0 ? draw.of(kPointers) : draw(256));
  }
}

void spi(Words& words, Random& draw) {
  constexpr std::array<std::uint32_t, 3> kTargets = {0x88007001, 0x88007002, 0x88007004};
  std::uint32_t const target = draw.of(kTargets);
  std::uint32_t const length = draw(6) == 0 ? 1 + draw(6) : target == kTargets[0] ? 3 : 2;
  for (std::uint32_t i = 0; i < length; ++i) {
    std::uint32_t const frame = i + 1 == length && draw(10) != 0 ? 0x80000000 : 0;
    write(words, target, draw(256) | frame);
  }
}

void other(Words& words, Random& draw) {
  switch (draw(9)) {
    case 0:
      words.push_back(ut::omnibus_read(0x8800000c));
      break;
    case 1:
      words.push_back(ut::omnibus_read(0x88000004));
      break;
    case 2:
      words.push_back(ut::omnibus_read(0));
      break;
    case 3:
      write(words, 0x80000000 + draw(4), draw(1000));
      break;
    case 4:
      words.push_back(ut::tick());
      break;
    case 5:
      words.push_back(ut::barrier(ut::kBarrierOmnibus));
      break;
    case 6:
      words.push_back(ut::timer_setup());
      words.push_back(ut::wait_until(draw(2000)));
      break;
    case 7:
      write(words, kPrescaler, draw(7));
      break;
    default:
      words.push_back(ut::omnibus_read(draw(2) == 0 ? 0x88007001 : kPrescaler + draw(3)));
      break;
  }
}

Recording serial_programs(std::uint32_t seed) {
  Random draw(seed);
  Recording recording;
  recording.note = "serial busses, seed " + std::to_string(seed);
  for (int run = 0; run < 6; ++run) {
    Words words = {ut::systime_init(true), ut::barrier(ut::kBarrierSystime)};
    write(words, kPrescaler, 4 + draw(3));
    if (draw(6) == 0) write(words, kTimeout, 1000 + draw(5000));
    std::uint32_t const size = 10 + draw(80);
    for (std::uint32_t i = 0; i < size; ++i) {
      std::uint32_t const choice = draw(10);
      if (choice < 6)
        i2c(words, draw);
      else if (choice < 8)
        spi(words, draw);
      else
        other(words, draw);
    }
    if (draw(4) != 0) words.push_back(ut::barrier(ut::kBarrierOmnibus));
    recording.runs.push_back(words);
  }
  return recording;
}

TEST(SerialLockstep, RandomAccessesGiveTheSameWords) {
  Side const rtl{"sim", [] { return sim::make_rtl_model({.link_up = true}); }};
  Side const twin{"twin", [] { return sim::make_twin({.link_up = true}); }};
  Coverage coverage;
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    auto const difference = first_difference(rtl, twin, serial_programs(seed), &coverage);
    ASSERT_FALSE(difference) << "seed " << seed << "\n" << difference->text;
  }
  EXPECT_GT(coverage.reads, 2000U);
  EXPECT_GT(coverage.timeouts, 0U);
}

// ---- MADC

void madc_register(Words& words, Random& draw) {
  switch (draw(8)) {
    case 0:
      write(words, 0xc0001, draw(2) << 3 | draw(16) << 4 | draw(8) << 8 | 0x3000);
      break;
    case 1:
      write(words, 0xc0002, draw(100));
      break;
    case 2:
      write(words, 0xc0004, draw(40));
      break;
    case 3:
      write(words, 0xc0007, draw(2) == 0 ? 3 : 1);
      break;
    case 4:
      write(words, 0xc0009, draw(3) == 0 ? draw(32) : 0);
      break;
    case 5:
      write(words, 0xc000c + draw(2), 1U << (9 + draw(4)));
      break;
    case 6:
      write(words, 0xc000a, draw(4) == 0 ? 0 : 0x51);
      break;
    default: {
      // NeuronConfig word 3 of some circuit: amplifier, source, readout.
      std::uint32_t const quadrant = draw(4);
      write(words, 0x00160003 + 0x8000 * quadrant + 8 * draw(128),
            draw(3) == 0 ? draw(256) : 0x90 | draw(3) << 5);
      break;
    }
  }
}

Recording madc_programs(std::uint32_t seed) {
  Random draw(seed);
  Recording recording;
  recording.note = "MADC, seed " + std::to_string(seed);
  for (int run = 0; run < 4; ++run) {
    Words words = {ut::systime_init(true), ut::barrier(ut::kBarrierSystime)};
    write(words, kRecording, 1);
    // Leak potentials and conductances, so that membranes move.
    for (int i = 0; i < 40; ++i)
      write(words, 0x00140000 + 0x8000 * draw(4) + 32 * draw(128) + (draw(2) == 0 ? 0 : 8),
            draw(1023));
    for (int i = 0; i < 60; ++i) {
      switch (draw(8)) {
        case 0:
        case 1:
          write(words, kMadcControl,
                (draw(2) == 0 ? 1 : 0) | (draw(2) == 0 ? 2 : 0) | (draw(5) == 0 ? 4 : 0) |
                    (draw(5) == 0 ? 8 : 0) | (draw(2) == 0 ? 16 : 0) | (draw(6) == 0 ? 0 : 32));
          break;
        case 2:
          words.push_back(ut::timer_setup());
          words.push_back(ut::wait_until(draw(400)));
          break;
        case 3:
          words.push_back(ut::spike(static_cast<std::uint16_t>(draw(65536))));
          break;
        case 4:
          words.push_back(draw(2) == 0 ? ut::tick() : ut::omnibus_read(0xc000c));
          break;
        default:
          madc_register(words, draw);
          break;
      }
      if (draw(200) == 0) {
        words.push_back(ut::chip_reset(true));
        words.push_back(ut::timer_setup());
        words.push_back(ut::wait_until(draw(60)));
        words.push_back(ut::chip_reset(false));
      }
    }
    words.push_back(ut::timer_setup());
    words.push_back(ut::wait_until(draw(3) == 0 ? 40000 : 500));
    recording.runs.push_back(words);
  }
  return recording;
}

TEST(MadcLockstep, RandomRecordingsGiveTheSameWords) {
  Side const rtl{"sim", [] { return sim::make_rtl_model({.link_up = true}); }};
  Side const twin{"twin", [] { return sim::make_twin({.link_up = true}); }};
  Coverage coverage;
  for (std::uint32_t seed = 1; seed <= 25; ++seed) {
    auto const difference = first_difference(rtl, twin, madc_programs(seed), &coverage);
    ASSERT_FALSE(difference) << "seed " << seed << "\n" << difference->text;
  }
  EXPECT_GT(coverage.samples, 2000U);
}

}  // namespace
}  // namespace hx::lockstep
