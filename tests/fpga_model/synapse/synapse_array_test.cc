// hx_synapse_array, all forms, against the reference, clock by clock.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "Varray_full.h"
#include "Varray_half.h"
#include "Varray_half_one.h"
#include "Varray_netlist.h"
#include "Varray_one.h"
#include "Varray_row.h"
#include "Varray_row_one.h"
#include "Varray_small.h"
#include "Varray_synth_small.h"
#include "Varray_synth_tall.h"
#include "tests/fpga_model/synapse/reference.h"
#include "tests/fpga_model/synapse/rtl.h"

namespace hx::test {
namespace {

// A build of the RTL and its parameters; see BUILD.
template <class ModelType, unsigned kColumns, unsigned kRows, unsigned kPadiPorts,
          unsigned kRowPort>
struct Build {
  using Model = ModelType;
  static constexpr SynapseArrayShape kShape{kColumns, kRows, 16, kPadiPorts, kRowPort, 6};
};

using Full = Build<Varray_full, 256, 256, 4, 0>;
using Builds =
    ::testing::Types<Full, Build<Varray_small, 32, 16, 4, 0>, Build<Varray_one, 32, 16, 1, 0>,
                     Build<Varray_row, 32, 64, 4, 1>, Build<Varray_row_one, 32, 64, 1, 1>,
                     Build<Varray_half, 32, 64, 4, 2>, Build<Varray_half_one, 32, 64, 1, 2>,
                     Build<Varray_synth_small, 32, 16, 1, 2>,
                     Build<Varray_synth_tall, 32, 256, 1, 2>, Build<Varray_netlist, 32, 16, 1, 2>>;

unsigned seed() {
  static unsigned const value = [] {
    char const* const text = std::getenv("HX_TEST_SEED");
    unsigned const s = text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 0)) : 1;
    std::printf("HX_TEST_SEED=%u\n", s);
    return s;
  }();
  return value;
}

// Both sides of a comparison and what is common to the tests.
template <class B>
class Bench {
 public:
  static constexpr SynapseArrayShape kShape = B::kShape;
  using Inputs = SynapseArrayInputs;

  Bench() : reference_(kShape), rtl_(kShape.columns / kShape.slots) {}

  // Runs one clock on both and compares. The recovery clock stays as it is.
  SynapseArrayOutputs clock(Inputs inputs = {}) {
    inputs.recovery = recovery_;
    unsigned const slot = reference_.slot();
    SynapseArrayOutputs const got = rtl_.clock(inputs, slot, reference_.last());
    SynapseArrayOutputs const expected = reference_.clock(inputs);
    if (expected.read) read_ = expected.read;
    EXPECT_EQ(got.ready, expected.ready) << "clock " << clocks_;
    EXPECT_EQ(got.any, expected.any) << "clock " << clocks_ << " slot " << slot;
    for (unsigned x = 0; x < 2; ++x) {
      EXPECT_EQ(got.charge[x], expected.charge[x])
          << "clock " << clocks_ << " slot " << slot << " sign " << x;
      EXPECT_EQ(got.bypass[x], expected.bypass[x])
          << "clock " << clocks_ << " slot " << slot << " sign " << x;
    }
    if (slot == kShape.slots - 1 - watched_ % kShape.slots) {
      for (unsigned x = 0; x < 2; ++x) {
        seen_.charge[x] += got.charge[x][watched_ / kShape.slots];
        seen_.marks[x] += got.bypass[x][watched_ / kShape.slots];
      }
    }
    // The answer of a read stays until the next one.
    if (read_) {
      EXPECT_EQ(*got.read, *read_) << "clock " << clocks_;
    }
    ++clocks_;
    return expected;
  }

  void write(unsigned row, unsigned quad, std::uint32_t data, std::uint32_t mask = 0xffffffff) {
    Inputs inputs;
    inputs.memory = Inputs::Memory{true, row, quad, mask, data};
    clock(inputs);
  }
  void write_driver(unsigned index, unsigned word, unsigned data) {
    Inputs inputs;
    inputs.driver = Inputs::Driver{index, word, static_cast<std::uint16_t>(data)};
    clock(inputs);
  }
  void write_cell(unsigned index, unsigned data, unsigned bytes = 3) {
    Inputs inputs;
    inputs.cell = Inputs::Cell{index, bytes, data};
    clock(inputs);
  }
  void recovery(unsigned config) { recovery_ = config; }
  // Offers the event until it is taken.
  void event(unsigned bus, unsigned label, unsigned extension = 0) {
    Inputs inputs;
    inputs.events[bus] = Inputs::Event{label, extension};
    while (!clock(inputs).ready[bus]) {
    }
  }
  // What a column has shown since watch(), by sign.
  struct Seen {
    std::array<unsigned, 2> charge{};
    std::array<unsigned, 2> marks{};
    bool operator==(Seen const&) const = default;
  };
  void watch(unsigned column) {
    watched_ = column;
    seen_ = {};
  }
  // Until everything has been shown, if few rows react.
  Seen seen(unsigned extension = 0) {
    clocks((kShape.row_port != 0 ? 40 * (1 + extension) : 0) + 48);
    return seen_;
  }
  // What one event does to a column.
  Seen effect(unsigned column, unsigned bus, unsigned label, unsigned extension = 0) {
    watch(column);
    event(bus, label, extension);
    return seen(extension);
  }
  // SynapseDriverConfig: receiver on, mask 31; bits to add to the words.
  struct Driver {
    unsigned utilization = 0;
    unsigned recovery = 0;
    unsigned word0 = 0;
    unsigned word1 = 1 << 4;  // bottom row excitatory
    unsigned word2 = 0;
  };
  static constexpr unsigned kStp = 1 << 4;
  static constexpr unsigned kEnableRecovery = 1 << 7;
  static constexpr unsigned kPair1 = 1;
  static constexpr unsigned kHagen = 1 << 3 | kStp;  // word 2
  static constexpr unsigned kHagenDac = 1 << 8;      // word 0
  static constexpr unsigned kShortLabel = 1 << 14;   // word 0
  void driver(unsigned index, Driver const& config) {
    unsigned reversed = 0;
    for (unsigned i = 0; i < 4; ++i) reversed |= (config.recovery >> i & 1u) << (3 - i);
    write_driver(index, 0, 0x8000 | 31 << 9 | config.word0 | config.utilization);
    write_driver(index, 1, config.word1 | reversed);
    write_driver(index, 2, config.word2);
  }
  // Weight (0..63) and label of one synapse, all others of the quad 0.
  void synapse(unsigned row, unsigned column, unsigned weight, unsigned label) {
    static constexpr unsigned kStored[6] = {4, 3, 2, 1, 0, 5};
    unsigned stored = 0;
    for (unsigned i = 0; i < 6; ++i) stored |= (weight >> i & 1u) << kStored[i];
    unsigned const quad = 32 * (column % 2) + column / 8;
    unsigned const shift = 8 * (3 - column / 2 % 4);
    write(2 * row, quad, stored << shift);
    write(2 * row + 1, quad, label << shift);
  }
  void switches(std::uint32_t word) {
    for (unsigned i = 0; i < kShape.columns / 8; ++i) {
      write(2 * kShape.rows, i, word);
      write(2 * kShape.rows, 32 + i, word);
    }
  }
  void until_slot(unsigned slot) {
    while (reference_.slot() != slot) clock();
  }
  void clocks(unsigned n) {
    for (unsigned i = 0; i < n; ++i) clock();
  }

 private:
  SynapseArrayReference reference_;
  SynapseArrayRtl<typename B::Model> rtl_;
  std::optional<std::uint32_t> read_;
  unsigned recovery_ = 0;
  unsigned watched_ = 0;
  Seen seen_;
  std::uint64_t clocks_ = 0;
};

template <class B>
class SynapseArray : public ::testing::Test {
 protected:
  Bench<B> bench;
};
TYPED_TEST_SUITE(SynapseArray, Builds);

// Random traffic. Few labels and row selects so that much of it meets; densities change from phase to phase.
template <class B>
class Traffic {
 public:
  explicit Traffic(unsigned salt) : random_(seed() + salt) {}

  SynapseArrayInputs next(double events, double accesses, bool driver_writes) {
    SynapseArrayInputs inputs;
    for (unsigned b = 0; b < 4; ++b) {
      // An event that was not taken stays as it is.
      if (!waiting_[b] && chance(events))
        waiting_[b] = SynapseArrayInputs::Event{label(), chance(0.3) ? below(16) : 0};
      inputs.events[b] = waiting_[b];
    }
    if (chance(accesses)) inputs.memory = memory();
    if (driver_writes && chance(accesses)) inputs.driver = driver();
    if (driver_writes && chance(0.05 * accesses)) {
      inputs.cell = SynapseArrayInputs::Cell{below(8), below(4), below(1024)};
    }
    return inputs;
  }
  void taken(std::array<bool, 4> const& ready) {
    for (unsigned b = 0; b < 4; ++b) {
      if (ready[b]) waiting_[b].reset();
    }
  }

 private:
  unsigned below(unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random_); }
  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
  unsigned synapse_label() { return chance(0.9) ? 0x20 * below(2) + below(2) : below(64); }
  unsigned label() { return below(std::min(32u, B::kShape.rows / 8 + 1)) << 6 | synapse_label(); }

  std::uint32_t bytes(auto&& byte) {
    std::uint32_t word = 0;
    for (unsigned i = 0; i < 4; ++i) word = word << 8 | byte();
    return word;
  }

  SynapseArrayInputs::Memory memory() {
    SynapseArrayInputs::Memory access;
    access.write = chance(0.8);
    access.row = chance(0.2) ? 2 * B::kShape.rows + below(4) : below(2 * B::kShape.rows + 8);
    access.quad = 32 * below(2) + below(B::kShape.columns / 8 + (chance(0.05) ? 1 : 0));
    access.quad %= 64;
    // Views: raw, low six bits, high two bits, and byte enables.
    std::uint32_t const view[] = {0xffffffff, 0x3f3f3f3f, 0xc0c0c0c0};
    access.mask = view[below(3)] &
                  (chance(0.7) ? 0xffffffff : bytes([&] { return chance(0.5) ? 0xffu : 0u; }));
    access.data = access.row % 2 != 0
                      ? bytes([&] { return synapse_label() | below(4) << 6; })
                      : bytes([&] { return chance(0.3) ? 0x3fu | below(4) << 6 : below(256); });
    return access;
  }

  SynapseArrayInputs::Driver driver() {
    unsigned const index = below(B::kShape.rows / 2 + 1) % 128;
    unsigned const word = below(4);
    // Most drivers are not modulated; of the others half use Hagen modulation.
    if (word == 2 && chance(0.7))
      return {index, 2, static_cast<std::uint16_t>(below(0x100) & ~0x10u)};
    unsigned const masks[] = {31, 0, 1, 30, below(32)};
    unsigned const word0 =
        below(8) / 2 * 0x8000u / 3 * 3 | below(2) << 14 | masks[below(5)] << 9 | below(0x200);
    return {index, word,
            static_cast<std::uint16_t>(word == 0 ? (chance(0.7) ? word0 | 0x8000u : word0)
                                                 : below(0x10000))};
  }

  std::mt19937 random_;
  std::array<std::optional<SynapseArrayInputs::Event>, 4> waiting_;
};

TYPED_TEST(SynapseArray, MatchesTheReferenceOnRandomTraffic) {
  Traffic<TypeParam> traffic(TypeParam::kShape.rows + TypeParam::kShape.padi_ports);
  unsigned const scale = TypeParam::kShape.columns > 32 ? 1 : 4;
  this->bench.recovery(0x10);  // steps of 256 clocks
  auto const run = [&](unsigned clocks, double events, double accesses, bool drivers) {
    for (unsigned i = 0; i < clocks * scale && !this->HasFailure(); ++i) {
      traffic.taken(this->bench.clock(traffic.next(events, accesses, drivers)).ready);
    }
  };
  this->bench.switches(0xc0c0c0c0);
  for (unsigned phase = 0; phase < 4; ++phase) {
    run(3000, 0, 1, true);     // configuration
    run(500, 0.02, 0, false);  // sparse events
    run(500, 0.3, 0, false);
    run(200, 1, 0, false);      // saturation
    run(1000, 0.3, 0.3, true);  // writes and reads while events run
    run(40, 0, 0, false);       // all charges leave
    this->bench.recovery(phase % 2 == 0 ? 0x19 : 0x15);
  }
}

TYPED_TEST(SynapseArray, ChargeBelongsToTheIntervalOfGrantPlusPadiPipe) {
  auto& bench = this->bench;
  bench.switches(0xc0c0c0c0);
  bench.synapse(2, 4, 40, 9);  // row 2: driver 1, bus 1, index 0
  bench.write_driver(1, 0, 0x8000 | 31 << 9);
  bench.write_driver(1, 1, 1 << 4);  // bottom row excitatory
  unsigned const slots = TypeParam::kShape.slots;
  unsigned const pipe = TypeParam::kShape.padi_pipe;
  // (clock of the event in its interval, intervals until the charge shows)
  for (auto const& [at, later] : {std::pair{slots - 1 - pipe, 1u}, std::pair{slots - pipe, 2u},
                                  std::pair{0u, 1u}, std::pair{slots - 1, 2u}}) {
    bench.until_slot(at);
    bench.event(1, 9);
    unsigned waited = 1;
    SynapseArrayOutputs out;
    while (!(out = bench.clock()).any && waited < 4 * slots) ++waited;
    EXPECT_EQ(out.charge[0][0], 40u);
    EXPECT_EQ(out.charge[1][0], 0u);
    // Column 4 is in slot 11; even columns come first with a port for half a row.
    EXPECT_EQ(waited, later * slots - at + 11) << "event in slot " << at;
  }
}

TYPED_TEST(SynapseArray, LabelMaskAndModesDecideWhatReacts) {
  auto& bench = this->bench;
  bench.switches(0xc0c0c0c0);
  auto const charge_of = [&](unsigned bus, unsigned label) {
    bench.until_slot(0);
    bench.event(bus, label);
    std::array<unsigned, 2> sum{};
    for (unsigned i = 0; i < 2 * TypeParam::kShape.slots - 1; ++i) {
      auto const out = bench.clock();
      for (unsigned x = 0; x < 2; ++x) sum[x] += out.charge[x][0];
    }
    return sum;
  };
  using Sum = std::array<unsigned, 2>;
  // Driver 4: bus 0, index 1, rows 8 (bottom) and 9 (top).
  bench.synapse(8, 3, 7, 0x15);
  bench.synapse(9, 3, 50, 0x15);
  EXPECT_EQ(charge_of(0, 1 << 6 | 0x15), (Sum{0, 0})) << "receiver off";
  bench.write_driver(4, 0, 0x8000 | 31 << 9);
  EXPECT_EQ(charge_of(0, 1 << 6 | 0x15), (Sum{0, 0})) << "rows disabled";
  bench.write_driver(4, 1, 1 << 4 | 1 << 7);
  EXPECT_EQ(charge_of(0, 1 << 6 | 0x15), (Sum{7, 50}));
  EXPECT_EQ(charge_of(0, 1 << 6 | 0x14), (Sum{0, 0})) << "other label";
  EXPECT_EQ(charge_of(0, 2 << 6 | 0x15), (Sum{0, 0})) << "other row select";
  EXPECT_EQ(charge_of(1, 1 << 6 | 0x15), (Sum{0, 0})) << "other bus";
  bench.write_driver(4, 0, 0x8000 | 1 << 9);
  EXPECT_EQ(charge_of(0, 31 << 6 | 0x15), (Sum{7, 50})) << "mask 1";
  EXPECT_EQ(charge_of(0, 30 << 6 | 0x15), (Sum{0, 0})) << "mask 1";
  bench.write_driver(4, 0, 0x8000);
  EXPECT_EQ(charge_of(0, 30 << 6 | 0x15), (Sum{7, 50})) << "mask 0";
  bench.write_driver(4, 1, 1 << 5 | 1 << 7);
  EXPECT_EQ(charge_of(0, 0x15), (Sum{50, 50})) << "top row both";
  // Only label bit 5 is sent.
  bench.write_driver(4, 0, 0x8000 | 1 << 14);
  EXPECT_EQ(charge_of(0, 0x15), (Sum{0, 0}));
  bench.synapse(9, 3, 21, 0x20);
  EXPECT_EQ(charge_of(0, 0x35), (Sum{21, 21}));
  // Switches.
  bench.switches(0x80808080);
  EXPECT_EQ(charge_of(0, 0x35), (Sum{0, 21}));
  bench.switches(0x20202020);
  EXPECT_EQ(charge_of(0, 0x35), (Sum{0, 0}));
}

TYPED_TEST(SynapseArray, MarksBypassOfOneEventAndSaturates) {
  auto& bench = this->bench;
  bench.switches(0xc0c0c0c0);
  bench.write_driver(0, 0, 0x8000 | 31 << 9);
  bench.write_driver(0, 1, 1 << 4 | 1 << 5);
  bench.synapse(0, 0, 10, 1);
  bench.synapse(1, 0, 6, 1);
  using Seen = typename Bench<TypeParam>::Seen;
  // 16 * 16 = 256 in one event.
  EXPECT_EQ(bench.effect(0, 0, 1, 15), (Seen{{256, 0}, {1, 0}}));
  // 15 * 16 = 240: no mark, twice 240: none either.
  bench.watch(0);
  bench.until_slot(0);
  bench.event(0, 1, 14);
  bench.event(0, 1, 14);
  EXPECT_EQ(bench.seen(30), (Seen{{480, 0}, {0, 0}}));
  // 2 * 63 * 16 * 3 = 6048; a port for half a row spreads it over many intervals.
  bench.synapse(0, 0, 63, 1);
  bench.synapse(1, 0, 63, 1);
  bench.watch(0);
  bench.until_slot(0);
  for (unsigned i = 0; i < 3; ++i) bench.event(0, 1, 15);
  bool const spread = TypeParam::kShape.row_port == 2;
  EXPECT_EQ(bench.seen(47), spread ? (Seen{{6048, 0}, {3, 0}}) : (Seen{{4095, 0}, {1, 0}}));
}

TYPED_TEST(SynapseArray, AnEventTakesTheClocksOfItsRows) {
  auto& bench = this->bench;
  // All drivers of bus 2, both rows; driver 2 only one.
  for (unsigned d = 2; d < TypeParam::kShape.rows / 2; d += 4) {
    bench.write_driver(d, 0, 0x8000);
    bench.write_driver(d, 1, d == 2 ? 1 << 5 : 0xf0);
  }
  unsigned const rows = TypeParam::kShape.rows / 4 - 1;
  auto const clocks_of = [&](unsigned extension) {
    bench.event(2, 0, extension);
    SynapseArrayInputs inputs;
    inputs.events[2] = SynapseArrayInputs::Event{};
    unsigned waited = 1;
    while (!bench.clock(inputs).ready[2]) ++waited;
    bench.clocks(20 * TypeParam::kShape.rows);
    return waited;
  };
  auto const is = [](unsigned row_port) { return TypeParam::kShape.row_port == row_port; };
  EXPECT_EQ(clocks_of(0), is(0) ? 1 : is(1) ? rows : 2 * rows);
  EXPECT_EQ(clocks_of(3), is(0) ? 1 : is(1) ? rows : 2 * rows * 4);
  bench.write_driver(2, 2, bench.kStp);
  EXPECT_EQ(clocks_of(0), is(0) ? 1 : is(1) ? rows : 2 * (rows - 1) + 18);
  EXPECT_EQ(clocks_of(1), is(0) ? 1 : is(1) ? rows : 4 * (rows - 1) + 36);
}

TYPED_TEST(SynapseArray, RowPortBringsRowKInClockGrantPlusK) {
  if (TypeParam::kShape.row_port != 1) GTEST_SKIP() << "no port for whole rows";
  auto& bench = this->bench;
  bench.switches(0xc0c0c0c0);
  // Rows 0 and 1 (driver 0) and 8 and 9 (driver 4, modulated: factor 1/31) of bus 0; row 0 is not enabled.
  bench.driver(0, {.word0 = 0, .word1 = 1 << 5});
  bench.driver(4, {.word0 = bench.kHagenDac | bench.kShortLabel,
                   .word1 = 1 << 4 | 1 << 7,
                   .word2 = bench.kHagen});
  bench.write_driver(0, 0, 0x8000);
  bench.write_driver(4, 0, 0x8000 | bench.kHagenDac | bench.kShortLabel);
  bench.synapse(0, 0, 63, 0x3f);
  bench.synapse(1, 0, 3, 0x3f);
  bench.synapse(8, 0, 31, 0x20);
  bench.synapse(9, 0, 62, 0x20);
  // Accesses to the memory in all clocks do not matter.
  SynapseArrayInputs inputs;
  inputs.memory = SynapseArrayInputs::Memory{};
  using Sums = std::array<unsigned, 4>;  // excitatory, inhibitory in two intervals
  auto const charges_from = [&](unsigned slot) {
    bench.until_slot(slot);
    Sums sums{};
    inputs.events[0] = SynapseArrayInputs::Event{0x3f, 1};
    bench.clock(inputs);
    inputs.events[0].reset();
    // The charges of interval n are read in n + 1, column 0 in slot 15.
    for (unsigned at = slot + 1; at < 48; ++at) {
      auto const out = bench.clock(inputs);
      if (at % 16 != 15 || at < 31) continue;
      for (unsigned x = 0; x < 2; ++x) sums[2 * (at / 16 - 1) + x] = out.charge[x][0];
    }
    return sums;
  };
  // PadiPipe is 6: rows in slots 9, 10 and 11 charge in slots 15, 0 and 1.
  EXPECT_EQ(charges_from(7), (Sums{2 * (3 + 1), 2 * 2, 0, 0}));
  EXPECT_EQ(charges_from(8), (Sums{2 * (3 + 1), 0, 0, 2 * 2}));
  EXPECT_EQ(charges_from(9), (Sums{2 * 3, 0, 2 * 1, 2 * 2}));
  EXPECT_EQ(charges_from(10), (Sums{0, 0, 2 * (3 + 1), 2 * 2}));
}

TYPED_TEST(SynapseArray, AccessesHoldAPortForHalfARow) {
  if (TypeParam::kShape.row_port != 2) GTEST_SKIP() << "no port for half a row";
  auto& bench = this->bench;
  bench.switches(0xc0c0c0c0);
  bench.synapse(0, 1, 63, 0);
  bench.driver(0, {});
  bench.watch(1);
  SynapseArrayInputs inputs;
  inputs.events[0] = SynapseArrayInputs::Event{};
  inputs.memory = SynapseArrayInputs::Memory{false, 0, 0, 0, 0};
  EXPECT_TRUE(bench.clock(inputs).ready[0]);
  for (unsigned i = 0; i < 5; ++i) EXPECT_FALSE(bench.clock(inputs).ready[0]) << i;
  inputs.memory.reset();
  for (unsigned i = 0; i < 3; ++i) EXPECT_FALSE(bench.clock(inputs).ready[0]) << i;
  EXPECT_TRUE(bench.clock(inputs).ready[0]);
  EXPECT_EQ(bench.seen().charge[0], 126u);
}

TYPED_TEST(SynapseArray, HagenChargeIsWeightTimesActivation) {
  auto& bench = this->bench;
  using B = Bench<TypeParam>;
  bench.switches(0xc0c0c0c0);
  bench.driver(5, {.word0 = B::kHagenDac | B::kShortLabel | 0xf0,
                   .word1 = 1 << 6 | 0x3f00,
                   .word2 = B::kHagen});
  for (unsigned weight : {1u, 17u, 40u, 63u}) {
    bench.synapse(10, 6, weight, 0x20);
    for (unsigned x = 1; x < 32; ++x) {
      auto const seen = bench.effect(6, 1, 1 << 6 | 0x20 | (32 - x));
      EXPECT_EQ(seen.charge[0], 0u);
      EXPECT_NEAR(seen.charge[1], weight * x / 31.0, 0.63) << weight << " * " << x;
      if (x == 31) {
        EXPECT_EQ(seen.charge[1], weight);
      }
    }
    EXPECT_EQ(bench.effect(6, 1, 1 << 6 | 0x20).charge[1], weight) << "code 0";
    EXPECT_EQ(bench.effect(6, 1, 1 << 6 | 0x01).charge[1], 0u) << "the other label";
  }
  // Pulse extension: whole pulses; a bypass looks at their sum.
  bench.synapse(10, 6, 63, 0x20);
  using Seen = typename B::Seen;
  EXPECT_EQ(bench.effect(6, 1, 1 << 6 | 0x20 | 16), (Seen{{0, 32}, {0, 0}}));
  EXPECT_EQ(bench.effect(6, 1, 1 << 6 | 0x20 | 16, 6), (Seen{{0, 7 * 32}, {0, 0}}));
  EXPECT_EQ(bench.effect(6, 1, 1 << 6 | 0x20 | 16, 7), (Seen{{0, 8 * 32}, {0, 1}}));
  // Each of the three bits is needed.
  bench.driver(5, {.word0 = B::kShortLabel, .word1 = 1 << 6, .word2 = B::kHagen});
  EXPECT_EQ(bench.effect(6, 1, 1 << 6 | 0x20 | 16).charge[1], 0u)
      << "STP of a driver without voltage";
  bench.driver(5, {.word0 = B::kShortLabel | B::kHagenDac, .word1 = 1 << 6, .word2 = 1 << 3});
  EXPECT_EQ(bench.effect(6, 1, 1 << 6 | 0x20 | 16).charge[1], 63u) << "not modulated";
}

// Weight 63 of column 2 on driver 4 (row 8, bus 0, west block) or 5 (row 10, bus 1, east block).
TYPED_TEST(SynapseArray, StpDepressesFacilitatesAndRecovers) {
  auto& bench = this->bench;
  using B = Bench<TypeParam>;
  bench.switches(0xc0c0c0c0);
  bench.synapse(8, 2, 63, 3);
  bench.synapse(9, 2, 20, 3);
  bench.synapse(10, 2, 63, 3);
  auto const west = [&] { return bench.effect(2, 0, 1 << 6 | 3).charge[0]; };
  auto const east = [&] { return bench.effect(2, 1, 1 << 6 | 3).charge[0]; };
  // Pair 0 of the west block depresses, pair 1 of the east block facilitates.
  bench.write_cell(0, 0);
  bench.write_cell(2, 1022);
  bench.write_cell(5, 1022);
  bench.write_cell(7, 0x1ff, 1);  // low byte of 255
  bench.driver(4, {.utilization = 4, .recovery = 3, .word2 = B::kStp | B::kEnableRecovery});
  bench.driver(
      5, {.utilization = 8, .recovery = 15, .word2 = B::kStp | B::kEnableRecovery | B::kPair1});
  double efficacy = 1;
  for (unsigned i = 0; i < 12; ++i) {
    EXPECT_NEAR(west(), 63 * efficacy, 0.75) << i;
    efficacy *= 0.75;
  }
  double distance = 1 - 255 / 1022.0;
  for (unsigned i = 0; i < 8; ++i) {
    EXPECT_NEAR(east(), 63 * (1 - distance), 0.75) << i;
    distance /= 2;
  }
  // The recovery clock is off: nothing moves. Turning it on puts the drivers at rest.
  unsigned const before = west();
  bench.clocks(2000);
  EXPECT_NEAR(west(), before * 0.75, 0.75);
  bench.recovery(0x1f);
  bench.clock();
  EXPECT_EQ(west(), 63u);
  // Both rows of a driver have the factor of the event, and only one use.
  bench.write_driver(
      4, 1,
      1 << 4 | 1 << 7 | 0xc);  // recovery 3, the bottom row excitatory, the top row inhibitory
  auto const both = bench.effect(2, 0, 1 << 6 | 3);
  EXPECT_NEAR(both.charge[0], 63 * 0.75, 0.75);
  EXPECT_NEAR(both.charge[1], 20 * 0.75, 0.75);
}

// After n ticks (1 - 2^-(recovery / 2 + 1))^n of the distance is left, whatever the speed.
TYPED_TEST(SynapseArray, StpRecoveryFollowsTheContract) {
  auto& bench = this->bench;
  using B = Bench<TypeParam>;
  bench.switches(0xc0c0c0c0);
  bench.synapse(0, 0, 63, 3);
  bench.write_cell(0, 0);
  bench.write_cell(2, 1022);
  struct Case {
    unsigned recovery, speed, clocks;
  };
  for (auto const& [recovery, speed, clocks] :
       {Case{15, 3, 2048}, Case{15, 6, 8192}, Case{9, 7, 2048}, Case{4, 8, 1024}, Case{1, 9, 1024},
        Case{8, 10, 8192}}) {
    bench.driver(0,
                 {.utilization = 15, .recovery = recovery, .word2 = B::kStp | B::kEnableRecovery});
    bench.recovery(0x10 | speed);
    bench.clock();
    bench.event(0, 3);  // R = 1/16 after it
    bench.clocks(clocks + 1);
    double const ticks = clocks >> speed;
    double const left = 15 / 16.0 * std::pow(1 - std::pow(2, -(recovery / 2.0 + 1)), ticks);
    EXPECT_NEAR(bench.effect(0, 0, 3).charge[0], 63 * (1 - left), 1.0)
        << "recovery " << recovery << " speed " << speed;
    bench.recovery(0);
    bench.clock();
  }
  // Driver without enable_recovery.
  bench.driver(0, {.utilization = 15, .recovery = 0, .word2 = B::kStp});
  bench.recovery(0x18);
  bench.clock();
  bench.event(0, 3);
  bench.clocks(3000);
  EXPECT_NEAR(bench.effect(0, 0, 3).charge[0], 63 / 16.0, 0.75);
}

TYPED_TEST(SynapseArray, ResetDropsChargesAndKeepsStorage) {
  // The reference has no reset; this test looks at the RTL alone.
  using Inputs = SynapseArrayInputs;
  SynapseArrayRtl<typename TypeParam::Model> rtl(TypeParam::kShape.columns / 16);
  unsigned slot = 0;
  bool any = false;
  auto const clock = [&](Inputs const& inputs = {}) {
    auto const out = rtl.clock(inputs, slot, slot == 15);
    any = any || out.any;
    slot = (slot + 1) % 16;
  };
  auto const write = [&](unsigned row, std::uint32_t data) {
    Inputs inputs;
    inputs.memory = Inputs::Memory{true, row, 0, 0xffffffff, data};
    clock(inputs);
  };
  write(0, 0x3f3f3f3f);
  write(2 * TypeParam::kShape.rows, 0xc0c0c0c0);
  Inputs inputs;
  inputs.driver = Inputs::Driver{0, 0, 0x8000};
  clock(inputs);
  inputs.driver = Inputs::Driver{0, 1, 0x10};
  clock(inputs);
  Inputs event;
  event.events[0] = Inputs::Event{};
  while (slot != 0) clock();
  clock(event);
  for (unsigned i = 0; i < 31; ++i) clock();
  EXPECT_TRUE(any);
  // Again, with a reset before the charge shows, at two ages.
  for (unsigned age : {1u, 12u}) {
    while (slot != 0) clock();
    clock(event);
    for (unsigned i = 0; i < age; ++i) clock();
    rtl.model().rst_ni = 0;
    slot = 0;
    rtl.clock({}, 0, false);
    rtl.clock({}, 0, false);
    rtl.model().rst_ni = 1;
    any = false;
    for (unsigned i = 0; i < 48; ++i) clock();
    EXPECT_FALSE(any);
    clock(event);
    for (unsigned i = 0; i < 47; ++i) clock();
    EXPECT_TRUE(any);
  }
}

}  // namespace
}  // namespace hx::test
