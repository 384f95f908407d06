// Bring-up and the event paths of the FPGA on the RTL and on the functional model: the same words in the same clocks for random JTAG
// instructions, lanes, PLL settings, chip resets, SpikeIO and routing tables.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "driver/device/init.h"
#include "driver/ut/to_fpga.h"
#include "sim/rtl/rtl.h"
#include "sim/twin/twin.h"
#include "tests/lockstep/draw.h"
#include "tests/lockstep/lockstep.h"

namespace hx::lockstep {
namespace {

using Words = std::vector<std::uint64_t>;

void write(Words& words, std::uint32_t address, std::uint32_t data) {
  words.push_back(ut::omnibus_write_address(address));
  words.push_back(ut::omnibus_data(data));
}
void jtag(Words& words, std::uint8_t instruction, unsigned bits, std::uint64_t data,
          bool keep = false) {
  words.push_back(ut::jtag_instruction(instruction));
  words.push_back(ut::jtag_data(bits, data, keep));
}
void jtag_write(Words& words, std::uint32_t address, std::uint32_t data) {
  jtag(words, 5, 33, address);
  jtag(words, 6, 32, data);
  jtag(words, 7, 3, 0);
}
void jtag_read(Words& words, std::uint32_t address) {
  jtag(words, 5, 33, std::uint64_t{1} << 32 | address);
  jtag(words, 7, 3, 0);
  jtag(words, 6, 32, 0, true);
}
void wait(Words& words, std::uint32_t clocks) {
  words.push_back(ut::timer_setup());
  words.push_back(ut::wait_until(clocks));
}

std::uint32_t pll_word(Draw& draw, unsigned index) {
  constexpr std::uint32_t kDefaults[] = {0x2a20a902, 0xc0cbf200, 0x2a20a902,
                                         0xc0cbf200, 0x110d0101, 0};
  if (index == 5) {
    std::uint32_t const p = draw.below(4) == 0 ? draw.below(8) : draw.below(3);
    return draw.below(2) | p << 1 | draw.below(4) << 5 | draw.below(16) << 8 |
           draw.any<std::uint32_t>({10240, 40, 80, 0, 1}) << 12;
  }
  std::uint32_t word = kDefaults[index];
  if (draw.chance(0.6)) word ^= 1U << draw.below(32);
  return word;
}

/// What is read of the FPGA and of the chip.
std::uint32_t address(Draw& draw) {
  return draw.any<std::uint32_t>(
      {0x88004000, 0x88004000 + 0xc + draw.below(8), 0x8800c000 + draw.below(20),
       0x88008000 + draw.below(5), 0x88002000 + draw.below(6), 0x8800000c, 0x88006000,
       0x88020000 + draw.below(6), 0x88030003 + draw.below(3), 0x88038000,
       0x880c0000 + draw.below(6), 0x880d0000 + draw.below(6), 0x80000 + draw.below(8), 0x40000, 0,
       0x130000, 0x02400000 + draw.below(4)});
}

void access(Words& words, Draw& draw) {
  switch (draw.below(12)) {
    case 0:
      write(words, 0x88004000, draw.chance(0.7) ? 0xff : draw.below(256));
      break;
    case 1:
      write(words, 0x40000, draw.chance(0.7) ? 0xff : draw.below(256));
      break;
    case 2: {
      unsigned const index = draw.below(6);
      write(words, 0x80000 + index, pll_word(draw, index));
      break;
    }
    case 3:
      write(words, 0x88008000, draw.below(2));
      break;
    case 4:
      write(words, 0x88038000, draw.any<std::uint32_t>({0, 1, 2, 7, 40}) | draw.below(8) << 16);
      break;
    case 5:
      write(words, 0x88020000 + draw.below(6), draw.chance(0.3) ? 0xff : 3 + draw.below(3));
      write(words, 0x88030003 + draw.below(3), draw.chance(0.3) ? 0xffff : draw.below(6));
      break;
    case 6:
      write(words, 0x880d0000 + draw.below(6), draw.below(6) | (draw.chance(0.6) ? 0x8000 : 0));
      // Few of them lead to a label that is routed again: an endless loop fills the link.
      write(words, 0x880c0000 + draw.below(6),
            (draw.chance(0.9) ? 0x40 + draw.below(8) : draw.below(6)) |
                (draw.chance(0.6) ? 0x10000 : 0));
      break;
    case 7:
      write(words, 0x88002000, draw.below(5));
      break;
    case 8:
      write(words, draw.below(2), draw.below(1000));
      break;
    default:
      words.push_back(ut::omnibus_read(address(draw)));
      break;
  }
}

void jtag_item(Words& words, Draw& draw) {
  switch (draw.below(12)) {
    case 0:
      words.push_back(ut::jtag_init());
      break;
    case 1:
      words.push_back(ut::jtag_scaler(static_cast<std::uint8_t>(draw.below(4))));
      break;
    case 2:
      words.push_back(ut::jtag_instruction(
          static_cast<std::uint8_t>(draw.chance(0.5) ? draw.below(128) : draw.below(8))));
      break;
    case 3:
      words.push_back(ut::jtag_data(draw.below(40), draw.word() | std::uint64_t{draw.word()} << 32,
                                    draw.chance(0.6)));
      break;
    case 4:
    case 5: {
      unsigned const index = draw.below(7);
      jtag(words, 3, 4, index);
      jtag(words, 4, 32, index < 6 ? pll_word(draw, index) : draw.word());
      break;
    }
    case 6:
      jtag_write(words, 0x40000, 0xff);
      break;
    case 7:
      jtag_write(words, draw.below(2), draw.word());
      break;
    case 8:
      jtag(words, static_cast<std::uint8_t>(0x44 + 8 * draw.below(8)), 22, draw.word(),
           draw.chance(0.5));
      break;
    default:
      jtag_read(words, address(draw) & 0x7fffffff);
      break;
  }
}

void event(Words& words, Draw& draw) {
  std::uint32_t const count = 1 + draw.below(draw.chance(0.1) ? 80 : 6);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto const label = [&draw] {
      return static_cast<std::uint16_t>(draw.chance(0.8) ? draw.below(6) : draw.word());
    };
    words.push_back(draw.chance(0.3) ? ut::spikes(label(), label(), label()) : ut::spike(label()));
  }
}

void other(Words& words, Draw& draw) {
  switch (draw.below(12)) {
    case 0:
      words.push_back(ut::barrier(static_cast<std::uint8_t>(draw.below(32))));
      break;
    case 1:
      words.push_back(ut::systime_init(draw.chance(0.6)));
      break;
    case 2:
      words.push_back(ut::chip_reset(true));
      if (draw.chance(0.5)) wait(words, draw.below(100));
      words.push_back(ut::chip_reset(false));
      break;
    case 3: {
      Program const start = init_program({.board = Board::kNone, .capmem = false});
      words.insert(words.end(), start.words().begin(), start.words().end());
      write(words, 0x88000009, 3000);
      break;
    }
    case 4:
      words.push_back(ut::tick());
      break;
    case 5:
      write(words, 0x88000005, draw.below(4) != 0);
      break;
    case 6:
      wait(words, 1300);
      break;
    default:
      wait(words, draw.below(400));
      break;
  }
}

Recording programs(std::uint64_t seed) {
  Draw draw(seed);
  Recording recording;
  recording.note = "bring-up, seed " + std::to_string(seed);
  for (int run = 0; run < 6; ++run) {
    Words words;
    if (run == 0 && draw.chance(0.7)) {
      Program const start = init_program({.board = Board::kNone, .capmem = false});
      words.assign(start.words().begin(), start.words().end());
    }
    write(words, 0x88000009, 3000);
    if (run == 0) write(words, 0x88000005, 1);
    words.push_back(ut::jtag_scaler(static_cast<std::uint8_t>(draw.below(3))));
    std::uint32_t const size = 10 + draw.below(60);
    double const share_jtag = draw.chance(0.5) ? 0.1 : 0.5;
    for (std::uint32_t i = 0; i < size; ++i) {
      if (draw.chance(share_jtag))
        jtag_item(words, draw);
      else if (draw.chance(0.4))
        access(words, draw);
      else if (draw.chance(0.5))
        event(words, draw);
      else
        other(words, draw);
    }
    wait(words, 200);
    recording.runs.push_back(std::move(words));
  }
  return recording;
}

class BringUpLockstep : public ::testing::TestWithParam<bool> {};

TEST_P(BringUpLockstep, SameWordsInTheSameClocks) {
  bool const link_up = GetParam();
  Side const rtl{"sim", [link_up] { return sim::make_rtl_model({.link_up = link_up}); }};
  Side const twin{"twin", [link_up] { return sim::make_twin({.link_up = link_up}); }};
  Coverage coverage;
  for (std::uint64_t seed = 1; seed <= HX_LOCKSTEP_COUNT; ++seed) {
    Recording const recording = programs(seed);
    if (auto difference = first_difference(rtl, twin, recording, &coverage)) {
      FAIL() << recording.note << ": " << difference->text << '\n'
             << to_text(minimise(rtl, twin, recording, 100));
    }
  }
  EXPECT_GT(coverage.spikes, 100U);
  EXPECT_GT(coverage.reads, 500U);
  EXPECT_GT(coverage.timeouts, 1U);
}

INSTANTIATE_TEST_SUITE_P(Links, BringUpLockstep, ::testing::Bool(),
                         [](auto const& test) { return test.param ? "Up" : "Down"; });

}  // namespace
}  // namespace hx::lockstep
