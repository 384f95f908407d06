// Events through the complete chip: latencies of the timing contract, labels, loss, counters.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "Vchip_full.h"
#include "Vchip_small.h"
#include "tests/fpga_model/chip/chip_harness.h"
#include "tests/fpga_model/chip/chip_setup.h"

namespace hx::test {
namespace {

template <class Model>
class ChipEvents : public ::testing::Test {
 public:
  Chip<Model> chip;

  // Events stamped from clock `first` on.
  std::vector<ChipEvent> since(std::uint64_t first) const {
    std::vector<ChipEvent> out;
    for (auto const& e : chip.events) {
      if (e.clock >= first) out.push_back(e);
    }
    return out;
  }
};

using Builds = ::testing::Types<Vchip_full, Vchip_small>;
TYPED_TEST_SUITE(ChipEvents, Builds);

TYPED_TEST(ChipEvents, LoopBackThroughTheCrossbarTakesThreeClocks) {
  auto& chip = this->chip;
  chip.run(37);
  for (unsigned k = 0; k < 4; ++k) {
    std::uint64_t const start = chip.now;
    unsigned const label = k << 14 | (0x2a5u * (k + 1) & 0x3fffu);
    chip.labels = {label};
    chip.run(20);
    // In the input register one clock later, taken by the output, at the FIFO's head after XbarPipe.
    auto const got = this->since(start);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].clock, start + 1 + 2);
    EXPECT_EQ(got[0].label, label);
    EXPECT_EQ(got[0].stamp, 2 * got[0].clock % 256);
  }
}

TYPED_TEST(ChipEvents, OneLabelPerClockPassesWithoutLoss) {
  auto& chip = this->chip;
  std::uint64_t const start = chip.now;
  for (unsigned i = 0; i < 100; ++i) chip.labels.push_back(i);
  chip.run(120);
  ASSERT_EQ(chip.events.size(), 100u);
  for (unsigned i = 0; i < 100; ++i) {
    EXPECT_EQ(chip.events[i].label, i);
    EXPECT_EQ(chip.events[i].clock, start + 3 + i);
  }
}

TYPED_TEST(ChipEvents, NothingLeavesWhileTheLinkIsFull) {
  auto& chip = this->chip;
  chip.model().pack_ready_i = 0;
  for (unsigned i = 0; i < 30; ++i) chip.labels.push_back(i);
  chip.run(60);
  EXPECT_TRUE(chip.events.empty());
  chip.model().pack_ready_i = 1;
  chip.run(40);
  // The FIFO of the output holds 16; the others were lost there.
  ASSERT_EQ(chip.events.size(), 16u);
  EXPECT_EQ(chip.events.back().label, 15u);
}

TYPED_TEST(ChipEvents, SlowOutputsPaceToOneEventPerFourClocks) {
  auto& chip = this->chip;
  chip.write(0x00130000, 0x1);
  for (unsigned i = 0; i < 8; ++i) chip.labels.push_back(i);
  chip.run(60);
  ASSERT_EQ(chip.events.size(), 8u);
  for (unsigned i = 1; i < 8; ++i) EXPECT_EQ(chip.events[i].clock - chip.events[i - 1].clock, 4u);
}

TYPED_TEST(ChipEvents, ThreeOutputsShareAPackRoundRobin) {
  auto& chip = this->chip;
  // Four regular sources, one per L2 output, that tick together.
  for (unsigned s = 0; s < 4; ++s) {
    chip.post_write(0x00130003u + 3 * s, s << 16);
    chip.post_write(0x00130001u + 3 * s, 0);
  }
  chip.finish();
  // Period 64, phase so that the ticks of the sources 0..3 coincide: source s is enabled in clock w + s with a period that ends
  // together with the others, then all have the same period again.
  std::uint64_t first = 0;
  for (unsigned s = 0; s < 4; ++s) {
    std::uint64_t const w = chip.write(0x00130001u + 3 * s, (64u - 2 * s) << 16 | 1u);
    if (s == 0) first = w;
    ASSERT_EQ(w, first + s);
  }
  chip.run(34);
  auto const got = this->since(first);
  ASSERT_EQ(got.size(), 4u);
  // Enabled in w with P: the tick in w + P/2, in the register one clock later, at the head XbarPipe later.
  std::uint64_t const stamp = first + 32 + 1 + 2;
  for (unsigned s = 0; s < 4; ++s) {
    EXPECT_EQ(got[s].label, s << 14 | s) << s;
    EXPECT_EQ(got[s].clock, s < 3 ? stamp : stamp + 1) << s;
  }
}

TYPED_TEST(ChipEvents, BackgroundRateIsTwoClocksPerPeriod) {
  auto& chip = this->chip;
  for (unsigned s = 0; s < 8; ++s) {
    chip.post_write(0x00130003u + 3 * s, s << 16);
    chip.post_write(0x00130001u + 3 * s, 1000u << 16 | 1u);
  }
  chip.finish();
  std::uint64_t const start = chip.now;
  chip.run(50000);
  std::map<unsigned, unsigned> count;
  for (auto const& e : this->since(start)) ++count[e.label];
  ASSERT_EQ(count.size(), 8u);
  for (unsigned s = 0; s < 8; ++s) EXPECT_EQ(count[(s % 4) << 14 | s], 100u) << s;
}

TYPED_TEST(ChipEvents, NeuronResetSendsTheLabelOfTheCircuit) {
  auto& chip = this->chip;
  for (unsigned row : {0u, 1u}) {
    for (unsigned column : {0u, 7u, 31u}) {
      unsigned const address = 0xa5u ^ column ^ row << 7;
      make_source(chip, row, column, address);
      chip.finish();
      chip.run(20);
      std::uint64_t const w = chip.write(neuron_reset(row, column), 0);
      chip.run(20);
      // Waiting in w + 1, in the crossbar input register in w + 2, at the head of the L2 FIFO in w + 4.
      auto const got = this->since(w);
      ASSERT_EQ(got.size(), 1u);
      EXPECT_EQ(got[0].clock, w + 4);
      EXPECT_EQ(got[0].label, address);
      EXPECT_EQ(chip.read(spike_count(row, column)), 1u);
    }
  }
}

TEST(ChipEventsFull, EveryCircuitHasItsLabel) {
  Chip<Vchip_full> chip;
  for (unsigned row = 0; row < 2; ++row) {
    for (unsigned column = 0; column < 256; ++column)
      make_source(chip, row, column, (column * 7 + row * 129) & 0xff);
  }
  chip.finish();
  for (unsigned row = 0; row < 2; ++row) {
    for (unsigned column = 0; column < 256; ++column) {
      std::uint64_t const w = chip.write(neuron_reset(row, column), 0);
      chip.run(6);
      unsigned const e = column / 32;
      ASSERT_FALSE(chip.events.empty());
      EXPECT_EQ(chip.events.back().clock, w + 4);
      EXPECT_EQ(chip.events.back().label,
                e % 4 << 14 | e << 8 | ((column * 7 + row * 129) & 0xffu));
    }
  }
  EXPECT_EQ(chip.events.size(), 512u);
}

TYPED_TEST(ChipEvents, QuadResetFiresFourCircuitsOfEqualParity) {
  auto& chip = this->chip;
  for (unsigned column = 0; column < 32; ++column) make_source(chip, 1, column, column);
  chip.finish();
  std::uint64_t const w = chip.write(neuron_reset_quad(1, 32 + 2), 0);  // columns 17, 19, 21, 23
  chip.run(20);
  auto const got = this->since(w);
  ASSERT_EQ(got.size(), 4u);
  for (unsigned i = 0; i < 4; ++i) {
    EXPECT_EQ(got[i].label, 17 + 2 * i);
    EXPECT_EQ(got[i].clock, w + 4 + i);
  }
  // The round robin goes on behind the last one.
  std::uint64_t const again = chip.write(neuron_reset_quad(1, 3), 0);  // columns 24, 26, 28, 30
  chip.write(neuron_reset_quad(1, 32 + 2), 0);
  chip.run(20);
  std::vector<unsigned> labels;
  for (auto const& e : this->since(again)) labels.push_back(e.label);
  EXPECT_EQ(labels, (std::vector<unsigned>{24, 26, 28, 30, 17, 19, 21, 23}));
  for (unsigned column = 0; column < 32; ++column) {
    unsigned const expected = column >= 17 && column <= 23 && column % 2 ? 2
                              : column >= 24 && column % 2 == 0          ? 1
                                                                         : 0;
    EXPECT_EQ(chip.read(spike_count(1, column)), expected) << column;
  }
}

TYPED_TEST(ChipEvents, SpikeCounterWrapsAndKeepsTheOverflow) {
  auto& chip = this->chip;
  make_source(chip, 0, 3, 1, false);
  chip.finish();
  auto fire = [&](unsigned n) {
    for (unsigned i = 0; i < n; ++i) chip.post_write(neuron_reset(0, 3), 0);
    chip.finish();
  };
  EXPECT_EQ(chip.read(spike_count(0, 3)), 0u);
  fire(3);
  EXPECT_EQ(chip.read(spike_count(0, 3)), 3u);
  fire(512);
  EXPECT_EQ(chip.read(spike_count(0, 3)), 0x103u);
  chip.write(spike_count_reset(0, 3), 0);
  EXPECT_EQ(chip.read(spike_count(0, 3)), 0u);
  EXPECT_TRUE(chip.events.empty());
  fire(2);
  chip.pulse_reset();
  EXPECT_EQ(chip.read(spike_count(0, 3)), 0u);
}

TYPED_TEST(ChipEvents, ResetNeedsEnableFire) {
  auto& chip = this->chip;
  make_source(chip, 0, 3, 1);
  chip.post_write(neuron_config(0, 3, 6), 0);
  chip.post_write(neuron_reset(0, 3), 0);
  chip.finish();
  chip.run(40);
  EXPECT_TRUE(chip.events.empty());
  EXPECT_EQ(chip.read(spike_count(0, 3)), 0u);
}

TYPED_TEST(ChipEvents, EventRegistersOffKeepEventsInTheBlock) {
  auto& chip = this->chip;
  make_source(chip, 0, 3, 9);
  chip.post_write(common_backend(0), 0xf004);
  chip.post_write(neuron_reset(0, 3), 0);
  chip.finish();
  chip.post_write(common_backend(0), 0xf005);
  chip.finish();
  chip.run(40);
  EXPECT_TRUE(chip.events.empty());
  EXPECT_EQ(chip.read(spike_count(0, 3)), 1u);
  chip.write(neuron_reset(0, 3), 0);
  chip.run(10);
  ASSERT_EQ(chip.events.size(), 1u);
  EXPECT_EQ(chip.events[0].label, 9u);
}

TYPED_TEST(ChipEvents, AnEventThatFindsItsBitSetIsADrop) {
  auto& chip = this->chip;
  for (unsigned column = 0; column < 32; ++column) make_source(chip, 0, column, column);
  chip.post_write(node(2), 0x80000000);  // event output 0 to L2 output 0, counts drops
  chip.finish();
  chip.run(10);
  std::uint64_t const w = chip.now;
  for (unsigned round = 0; round < 2; ++round) {
    for (unsigned quad : {0u, 1u, 2u, 3u, 32u, 33u, 34u, 35u})
      chip.post_write(neuron_reset_quad(0, quad), 0);
  }
  chip.finish();
  chip.run(100);
  std::map<unsigned, unsigned> count;
  for (auto const& e : this->since(w)) ++count[e.label];
  ASSERT_EQ(count.size(), 32u);
  unsigned sent = 0;
  for (auto const& [label, n] : count) sent += n;
  // 64 resets in 16 clocks, one event per clock.
  EXPECT_LT(sent, 64u);
  EXPECT_GE(sent, 32u);
  unsigned const drops = chip.read(0x00130065);
  EXPECT_GT(drops, 0u);
  EXPECT_LE(drops, 64 - sent);
  for (unsigned column = 0; column < 32; ++column) EXPECT_EQ(chip.read(spike_count(0, column)), 2u);
}

TYPED_TEST(ChipEvents, DropAndEventCountersAreWritable) {
  auto& chip = this->chip;
  chip.write(0x00130065 + 9, 0x1234);
  EXPECT_EQ(chip.read(0x00130065 + 9), 0x1234u);
  chip.write(0x00130000, 0xfff0);
  chip.write(0x00130079 + 9, 0xfffffe);
  for (unsigned i = 0; i < 3; ++i) chip.labels.push_back(1u << 14);
  chip.run(20);
  EXPECT_EQ(chip.read(0x00130079 + 9), 1u);
}

// Driver 5 of hemisphere `h` (bus 1, index 1), top row excitatory; synapse of a column with weight 63 and label 11.
template <class C>
void connect(C& chip, unsigned h, unsigned column) {
  chip.post_write(driver_config(h, 5, 0), 0x8000u | 31u << 9);
  chip.post_write(driver_config(h, 5, 1), 0x20);
  chip.post_write(driver_config(h, 5, 2), 0x40);
  chip.post_write(synapse_raw(h, 2 * 11, quad_of(column)), in_lane(column, stored_weight(63)));
  chip.post_write(synapse_raw(h, 2 * 11 + 1, quad_of(column)), in_lane(column, 11));
  chip.post_write(synapse_raw(h, 512, quad_of(column)), in_lane(column, 0x40));
  chip.post_write(padi_config(h), 0x00ff000fu);
  // Bypass: fires without membrane.
  make_source(chip, h, column, 200 + h);
  chip.post_write(neuron_config(h, column, 6), 0x04u | 0x80u);
}

TYPED_TEST(ChipEvents, BypassRepeatsAnEventWithTheContractsLatency) {
  auto& chip = this->chip;
  for (unsigned h : {0u, 1u}) connect(chip, h, 19);
  // No echo of the L2 input.
  chip.post_write(node(24 + 8), 1u << 16);
  chip.finish();
  for (unsigned phase = 0; phase < 16; ++phase) {
    chip.run(80);
    while (chip.now % 16 != phase) chip.clock();
    std::uint64_t const c = chip.now;
    chip.labels = {1u << 6 | 11u};
    chip.run(80);
    // In the input register in c + 1, granted by the array in c + 1 + XbarPipe, charge PadiPipe later; update of the next
    // interval in slot 15 - 19 % 16 = 12, visible after NeuronPipe; then as a waiting event.
    std::uint64_t const interval = (c + 3 + 6) / 16;
    std::uint64_t const visible = 16 * (interval + 1) + 12 + 12;
    auto const got = this->since(c);
    ASSERT_EQ(got.size(), 2u) << phase;
    EXPECT_EQ(got[0].clock, visible + 3) << phase;
    EXPECT_EQ(got[0].label, 200u);
    EXPECT_EQ(got[1].clock, visible + 4) << phase;
    EXPECT_EQ(got[1].label, 201u);
  }
  EXPECT_EQ(chip.read(spike_count(0, 19)), 16u);
}

TYPED_TEST(ChipEvents, SpikeCounterCountsInTheClockOfTheResult) {
  auto& chip = this->chip;
  connect(chip, 0, 19);
  chip.finish();
  chip.run(80);
  while (chip.now % 16 != 0) chip.clock();
  std::uint64_t const c = chip.now;
  chip.labels = {1u << 6 | 11u};
  std::uint64_t const visible = c + 16 + 12 + 12;
  while (chip.now < visible - 1) chip.clock();
  std::size_t const before = chip.post_read(spike_count(0, 19));
  std::size_t const then = chip.post_read(spike_count(0, 19));
  chip.post_write(spike_count_reset(0, 19), 0);
  std::size_t const after = chip.post_read(spike_count(0, 19));
  chip.finish();
  EXPECT_EQ(chip.accesses[before].taken, visible - 1);
  EXPECT_EQ(chip.accesses[before].answer, 0u);
  EXPECT_EQ(chip.accesses[then].answer, 1u);
  EXPECT_EQ(chip.accesses[after].answer, 0u);
}

TYPED_TEST(ChipEvents, PadiEventWriteReachesOnlyBussesWithoutCrossbar) {
  auto& chip = this->chip;
  connect(chip, 1, 19);
  chip.finish();
  std::uint32_t const event = 1u << 22 | 11u << 16 | 0xf;
  chip.write(padi_event(1), event);
  chip.run(100);
  EXPECT_TRUE(chip.events.empty());
  chip.write(padi_config(1), 0x00ff000du);
  chip.run(16);
  while (chip.now % 16 != 0) chip.clock();
  std::uint64_t const w = chip.write(padi_event(1), event);
  chip.run(100);
  ASSERT_EQ(chip.events.size(), 1u);
  // Stored as if taken by the crossbar in w.
  EXPECT_EQ(chip.events[0].clock, 16 * ((w + 2 + 6) / 16 + 1) + 24 + 3);
  EXPECT_EQ(chip.events[0].label, 201u);
  // The other hemisphere's register does not reach it.
  chip.write(padi_event(0), event);
  chip.run(100);
  EXPECT_EQ(chip.events.size(), 1u);
}

TYPED_TEST(ChipEvents, SameInputGivesTheSameOutput) {
  auto experiment = [](unsigned seed) {
    Chip<TypeParam> chip(seed);
    for (unsigned h : {0u, 1u}) connect(chip, h, 19);
    for (unsigned s = 0; s < 8; ++s) {
      chip.post_write(0x00130002u + 3 * s, 77 + s);
      chip.post_write(0x00130003u + 3 * s, (s << 6) << 16 | 200u << 8 | 0xf);
      chip.post_write(0x00130001u + 3 * s, (20u + s) << 16 | 3u);
    }
    std::mt19937 random(3);
    for (unsigned i = 0; i < 4000; ++i) {
      if (random() % 3 == 0) chip.labels.push_back(random() & 0xffff);
      if (random() % 5 == 0) chip.post_write(neuron_reset(random() % 2, 19), 0);
      chip.clock();
    }
    chip.finish();
    return chip.events;
  };
  auto const one = experiment(1), two = experiment(2);
  EXPECT_GT(one.size(), 1000u);
  EXPECT_EQ(one, two);
}

}  // namespace
}  // namespace hx::test
