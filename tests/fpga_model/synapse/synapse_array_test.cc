// hx_synapse_array, all forms, against the reference, clock by clock.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "Varray_full.h"
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
                     Build<Varray_synth_small, 32, 16, 1, 1>,
                     Build<Varray_synth_tall, 32, 256, 1, 1>, Build<Varray_netlist, 32, 16, 1, 1>>;

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

  // Runs one clock on both and compares.
  SynapseArrayOutputs clock(Inputs const& inputs = {}) {
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
  void event(unsigned bus, unsigned label, unsigned extension = 0) {
    Inputs inputs;
    inputs.events[bus] = Inputs::Event{label, extension};
    clock(inputs);
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
  }
}

TYPED_TEST(SynapseArray, ChargeBelongsToTheIntervalOfGrantPlusPadiPipe) {
  auto& bench = this->bench;
  bench.switches(0xc0c0c0c0);
  bench.synapse(2, 5, 40, 9);  // row 2: driver 1, bus 1, index 0
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
    // Column 5 is in slot 10.
    EXPECT_EQ(waited, later * slots - at + 10) << "event in slot " << at;
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
  auto const last_slot = [&] {
    bench.until_slot(0);
    SynapseArrayOutputs out;
    for (unsigned i = 0; i < 16; ++i) out = bench.clock();
    return std::pair<unsigned, bool>(out.charge[0][0], out.bypass[0][0]);
  };
  // 16 * 16 = 256 in one event.
  bench.until_slot(0);
  bench.event(0, 1, 15);
  EXPECT_EQ(last_slot(), (std::pair{256u, true}));
  // 15 * 16 = 240: no mark, twice 240: none either.
  bench.until_slot(0);
  bench.event(0, 1, 14);
  bench.clock();
  bench.event(0, 1, 14);
  EXPECT_EQ(last_slot(), (std::pair{480u, false}));
  // 2 * 63 * 16 * 3 = 6048.
  bench.synapse(0, 0, 63, 1);
  bench.synapse(1, 0, 63, 1);
  bench.until_slot(0);
  for (unsigned i = 0; i < 3; ++i) {
    bench.event(0, 1, 15);
    bench.clock();
  }
  EXPECT_EQ(last_slot(), (std::pair{4095u, true}));
  EXPECT_EQ(last_slot(), (std::pair{0u, false}));
}

TYPED_TEST(SynapseArray, RowPortTakesOneClockPerEnabledRow) {
  if (TypeParam::kShape.row_port == 0) GTEST_SKIP() << "all rows in one clock";
  auto& bench = this->bench;
  // All drivers of bus 2, both rows; driver 2 only one.
  for (unsigned d = 2; d < TypeParam::kShape.rows / 2; d += 4) {
    bench.write_driver(d, 0, 0x8000);
    bench.write_driver(d, 1, d == 2 ? 1 << 5 : 0xf0);
  }
  unsigned const rows = TypeParam::kShape.rows / 4 - 1;
  bench.event(2, 0);
  SynapseArrayInputs inputs;
  inputs.events[2] = SynapseArrayInputs::Event{};
  unsigned waited = 1;
  while (!bench.clock(inputs).ready[2]) ++waited;
  EXPECT_EQ(waited, rows);
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
