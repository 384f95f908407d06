// CADC reads through the complete chip: values, order, waiting.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "Vchip_full.h"
#include "tests/fpga_model/chip/chip_harness.h"
#include "tests/fpga_model/chip/chip_setup.h"

namespace hx::test {
namespace {

constexpr unsigned kLeakRow = 0, kResetRow = 1, kThresholdRow = 2, kLeakBiasRow = 8;  // CapMem rows
constexpr unsigned kWait = 189, kAnswer = 14;

class ChipCadc : public ::testing::Test {
 public:
  Chip<Vchip_full> chip;

  // Nominal CADC code of a CapMem potential.
  static int nominal(int m) {
    return static_cast<int>(std::floor(20 + (m - 70) * 200.0 / 480 + 0.5));
  }

  // Circuit that rests at v_leak and can be read by both channels.
  void readable(unsigned row, unsigned column, unsigned v_leak, unsigned v_reset = 200) {
    chip.post_write(capmem(row, column, kLeakRow), v_leak);
    chip.post_write(capmem(row, column, kResetRow), v_reset);
    chip.post_write(capmem(row, column, kLeakBiasRow), 1022);
    chip.post_write(neuron_config(row, column, 2), 0x20);  // leak * 8
    chip.post_write(neuron_config(row, column, 3), 0x10);  // amplifier
    chip.post_write(neuron_config(row, column, 5), 0xfc);  // capacitance 63
  }
  // All channel switches of a hemisphere closed.
  void close_switches(unsigned h) {
    for (unsigned quad = 0; quad < 64; ++quad) {
      chip.post_write(synapse_raw(h, 512, quad), 0x20202020);
      chip.post_write(synapse_raw(h, 513, quad), 0x20202020);
      chip.post_write(synapse_raw(h, 514, quad), 0xc0c0c0c0);
    }
  }
  void enable(unsigned h, std::uint32_t config = 0x00014641) {
    chip.post_write(cadc_config(h), config);
  }
  // Until the coefficient unit has seen everything and the membranes have settled.
  void settle() {
    chip.finish();
    chip.run(2 * 32768 + 4000);
  }
  static unsigned entry(std::uint32_t word, unsigned column) {
    return word >> 8 * byte_lane_of(column) & 0xff;
  }
};

TEST_F(ChipCadc, ReadsTheNominalPotentialOfIdleCircuits) {
  for (unsigned h : {0u, 1u}) {
    close_switches(h);
    enable(h);
    for (unsigned column = 0; column < 256; ++column) readable(h, column, 70 + column * 2 + h);
  }
  settle();
  for (unsigned h : {0u, 1u}) {
    std::vector<std::size_t> numbers = {chip.post_read(cadc_trigger(h, 0, 0))};
    for (unsigned quad = 1; quad < 64; ++quad)
      numbers.push_back(chip.post_read(cadc_buffered(h, 0, quad)));
    for (unsigned quad = 0; quad < 64; ++quad)
      numbers.push_back(chip.post_read(cadc_buffered(h, 1, quad)));
    chip.finish();
    ASSERT_TRUE(chip.finished());
    for (unsigned column = 0; column < 256; ++column) {
      int const expected = std::min(nominal(static_cast<int>(70 + column * 2 + h)), 255);
      EXPECT_NEAR(entry(chip.accesses[numbers[quad_of(column)]].answer, column), expected, 1)
          << column;
      EXPECT_EQ(entry(chip.accesses[numbers[quad_of(column)]].answer, column),
                entry(chip.accesses[numbers[64 + quad_of(column)]].answer, column))
          << column;
    }
  }
}

TEST_F(ChipCadc, AddsTheOffsetAndClips) {
  close_switches(0);
  enable(0);
  readable(0, 10, 214);  // code 80
  readable(0, 11, 214);
  chip.post_write(cadc_offset(0, 0, 10), 0x80 - 30);
  chip.post_write(cadc_offset(0, 1, 10), 0x80 + 100);
  chip.post_write(cadc_offset(0, 0, 11), 0);
  chip.post_write(cadc_offset(0, 0, 200), 0x80 + 5);  // amplifier off: 0 + offset
  settle();
  chip.read(cadc_trigger(0, 0, 0));
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 0, quad_of(10))), 10), 50u);
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 1, quad_of(10))), 10), 180u);
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 0, quad_of(11))), 11), 0u);
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 1, quad_of(11))), 11), 80u);
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 0, quad_of(200))), 200), 5u);
  // Buffered values belong to the last conversion: a new offset shows in the next one.
  chip.write(cadc_offset(0, 0, 10), 0x80);
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 0, quad_of(10))), 10), 50u);
  chip.read(cadc_trigger(0, 0, 0));
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 0, quad_of(10))), 10), 80u);
}

TEST_F(ChipCadc, NeedsBothSwitchesOfAChannel) {
  enable(0);
  for (unsigned column : {20u, 22u, 24u, 26u}) readable(0, column, 214);
  auto set = [&](unsigned physical_row, unsigned column, unsigned bits) {
    chip.post_write(synapse_raw(0, physical_row, quad_of(column)), in_lane(column, bits),
                    1u << byte_lane_of(column));
  };
  set(512, 20, 0x20);
  set(514, 20, 0x40);  // causal only
  set(513, 22, 0x20);
  set(514, 22, 0x80);  // acausal only
  set(512, 24, 0x20);
  set(514, 24, 0x80);  // neither
  settle();
  chip.read(cadc_trigger(0, 0, 0));
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 0, quad_of(20))), 20), 80u);
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 1, quad_of(20))), 20), 0u);
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 0, quad_of(22))), 22), 0u);
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 1, quad_of(22))), 22), 80u);
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 0, quad_of(24))), 24), 0u);
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 1, quad_of(24))), 24), 0u);
  // The views of the containers reach the same switches.
  chip.write(0x02c00000u + 0x44000u + quad_of(20), 0x20202020);
  chip.write(0x02c00000u + 0xf8080u + quad_of(20), 0xc0c0c0c0);
  chip.read(cadc_trigger(0, 0, 0));
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 1, quad_of(20))), 20), 80u);
}

TEST_F(ChipCadc, ForceResetClampsToTheResetPotential) {
  close_switches(0);
  enable(0);
  readable(0, 3, 550, 214);
  settle();
  chip.read(cadc_trigger(0, 0, quad_of(3)));
  EXPECT_EQ(entry(chip.read(cadc_buffered(0, 0, quad_of(3))), 3), 220u);
  chip.write(common_backend(0), 0xf007);
  chip.run(40);
  EXPECT_EQ(entry(chip.read(cadc_trigger(0, 0, quad_of(3))), 3), 80u);
  EXPECT_EQ(chip.read(spike_count(0, 3)), 0u);
  chip.write(common_backend(0), 0xf005);
  chip.run(4000);
  EXPECT_EQ(entry(chip.read(cadc_trigger(0, 0, quad_of(3))), 3), 220u);
}

TEST_F(ChipCadc, CapMem1023KeepsTheValueForTheModel) {
  close_switches(0);
  enable(0);
  readable(0, 3, 214);
  chip.post_write(capmem(0, 3, kLeakRow), 1023);
  settle();
  EXPECT_EQ(chip.read(capmem(0, 3, kLeakRow)), 1023u);
  EXPECT_EQ(entry(chip.read(cadc_trigger(0, 0, quad_of(3))), 3), 80u);
}

TEST_F(ChipCadc, ResultOfATriggerReadIsItsOwn) {
  close_switches(1);
  enable(1);
  for (unsigned column : {248u, 250u, 252u, 254u}) readable(1, column, 70 + column - 200);
  settle();
  for (unsigned acausal : {0u, 1u}) {
    std::uint32_t const word = chip.read(cadc_trigger(1, acausal, quad_of(254)));
    for (unsigned column : {248u, 250u, 252u, 254u}) {
      EXPECT_NEAR(entry(word, column), nominal(static_cast<int>(70 + column - 200)), 1);
    }
    EXPECT_EQ(word, chip.read(cadc_buffered(1, acausal, quad_of(254))));
  }
}

TEST_F(ChipCadc, TriggerTakesItsTimeAndEverythingBehindWaits) {
  for (unsigned h : {0u, 1u}) enable(h);
  chip.finish();
  for (unsigned phase = 0; phase < 16; ++phase) {
    chip.run(40);
    while (chip.now % 16 != phase) chip.clock();
    std::uint64_t const w = chip.now;
    std::size_t const top = chip.post_read(cadc_trigger(0, 0, 5));
    std::size_t const bottom = chip.post_read(cadc_trigger(1, 0, 5));
    std::size_t const reg = chip.post_read(0x00080004);
    std::size_t const buffered = chip.post_read(cadc_buffered(0, 0, 6));
    std::size_t const behind = chip.post_write(0x00000000, phase);
    chip.finish();
    ASSERT_TRUE(chip.finished());
    auto const& a = chip.accesses;
    EXPECT_EQ(a[top].taken, w);
    EXPECT_EQ(a[top].done, w + kWait + kAnswer);
    // The other hemisphere does not wait, nor does a register.
    EXPECT_EQ(a[bottom].taken, w + 1);
    EXPECT_EQ(a[bottom].done, w + 1 + kWait + kAnswer);
    EXPECT_EQ(a[reg].taken, w + 2);
    EXPECT_EQ(a[reg].answer, 0x110d0101u);
    // In order: behind the trigger reads.
    EXPECT_EQ(a[reg].done, a[bottom].done + 1);
    // A buffered read of the converting hemisphere waits, and what is behind it too.
    EXPECT_EQ(a[buffered].taken, w + kWait);
    EXPECT_EQ(a[buffered].done, w + kWait + kAnswer + 3);
    EXPECT_EQ(a[behind].taken, w + kWait + 1);
  }
}

TEST_F(ChipCadc, WaitFollowsTheRegisters) {
  enable(0, 0x1);  // no reset wait, no dead time
  chip.post_write(0x02200000, 0);
  std::size_t const fast = chip.post_read(cadc_trigger(0, 0, 63));
  chip.finish();
  EXPECT_EQ(chip.accesses[fast].done, chip.accesses[fast].taken + 128 + kAnswer);
  enable(0, 255u << 12 | 255u << 4 | 1u);
  chip.post_write(0x02200000, 4095);
  std::size_t const slow = chip.post_read(cadc_trigger(0, 0, 63));
  chip.finish();
  EXPECT_EQ(chip.accesses[slow].done,
            chip.accesses[slow].taken + (4095 + 255 + 256 + 255 + 1) / 2 + kAnswer);
}

TEST_F(ChipCadc, OffGivesZeroAtOnce) {
  close_switches(0);
  readable(0, 3, 214);
  chip.post_write(cadc_offset(0, 0, 3), 0xff);
  settle();
  std::size_t const off = chip.post_read(cadc_trigger(0, 0, quad_of(3)));
  chip.finish();
  EXPECT_EQ(chip.accesses[off].answer, 0u);
  EXPECT_EQ(chip.accesses[off].done, chip.accesses[off].taken + kAnswer);
  enable(0);
  EXPECT_EQ(chip.read(cadc_buffered(0, 0, quad_of(3))), 0u);  // no conversion yet
  EXPECT_NE(chip.read(cadc_trigger(0, 0, quad_of(3))), 0u);
  // Auto-calibrating reset mode: 0 as well.
  chip.write(0x02200003, 1);
  EXPECT_EQ(chip.read(cadc_trigger(0, 0, quad_of(3))), 0u);
  chip.write(0x02200003, 0);
  EXPECT_NE(chip.read(cadc_buffered(0, 0, quad_of(3))), 0u);
  chip.pulse_reset();
  enable(0);
  EXPECT_EQ(chip.read(cadc_buffered(0, 0, quad_of(3))), 0u);  // the reset empties the results
}

TEST_F(ChipCadc, ResetDuringAConversionStillAnswers) {
  enable(0);
  std::size_t const trigger = chip.post_read(cadc_trigger(0, 0, 0));
  chip.run(5);
  chip.pulse_reset();
  enable(0);
  std::size_t const again = chip.post_read(cadc_trigger(0, 0, 0));
  chip.finish();
  ASSERT_TRUE(chip.finished());
  EXPECT_EQ(chip.accesses[trigger].done, chip.accesses[trigger].taken + kWait + kAnswer);
  EXPECT_EQ(chip.accesses[again].done, chip.accesses[again].taken + kWait + kAnswer);
}

TEST_F(ChipCadc, ManyAccessesBehindATriggerAreNotLost) {
  enable(0, 255u << 12 | 255u << 4 | 1u);
  chip.post_write(0x02200000, 4095);
  chip.post_read(cadc_trigger(0, 0, 0));
  std::vector<std::size_t> numbers;
  for (unsigned i = 0; i < 400; ++i) {
    chip.post_write(0x02800000 + i, i * 3);
    if (i % 8 == 0) numbers.push_back(chip.post_read(0x02800000 + i));
  }
  chip.finish();
  ASSERT_TRUE(chip.finished());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    EXPECT_EQ(chip.accesses[numbers[i]].answer, i * 8 * 3);
  for (std::size_t i = 1; i < chip.accesses.size(); ++i)
    EXPECT_GT(chip.accesses[i].done, chip.accesses[i - 1].done);
}

TEST_F(ChipCadc, LeakOverThresholdFiresRegularlyAndIsCounted) {
  readable(1, 77, 550, 200);
  chip.post_write(capmem(1, 77, kThresholdRow), 322);
  make_source(chip, 1, 77, 0x5a, true, 100);
  chip.post_write(neuron_config(1, 77, 6), 0x0c);  // fire and comparator
  settle();
  std::size_t const first = chip.events.size();
  unsigned const before = chip.read(spike_count(1, 77)) & 0xff;
  std::size_t const seen = chip.events.size();
  chip.run(4000);
  unsigned const after = chip.read(spike_count(1, 77)) & 0xff;
  ASSERT_GT(chip.events.size(), seen + 10);
  EXPECT_EQ((after - before) & 0xff, (chip.events.size() - seen) & 0xff);
  for (std::size_t i = first + 1; i < chip.events.size(); ++i) {
    EXPECT_EQ(chip.events[i].label, 2u << 14 | 2u << 8 | 0x5a);
    // Spikes of a circuit come from one slot: whole steps apart, here always the same number.
    EXPECT_EQ((chip.events[i].clock - chip.events[i - 1].clock) % 16, 0u);
    EXPECT_EQ(chip.events[i].clock - chip.events[i - 1].clock,
              chip.events[first + 1].clock - chip.events[first].clock);
  }
}

}  // namespace
}  // namespace hx::test
