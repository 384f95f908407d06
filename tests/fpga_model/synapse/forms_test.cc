// The simulation form and the form for synthesis of hx_synapse_array beside each other on random inputs: every output in every clock.
// No reference is involved, so inputs may be anything, resets at any time included.

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "Varray_beside_small.h"
#include "Varray_beside_tall.h"
#include "Varray_synth_small.h"
#include "Varray_synth_tall.h"
#include "tests/fpga_model/synapse/reference.h"
#include "tests/fpga_model/synapse/rtl.h"

namespace hx::test {
namespace {

template <class SimType, class SynthType, unsigned kRowCount>
struct Pair {
  using Sim = SimType;
  using Synth = SynthType;
  static constexpr unsigned kRows = kRowCount;
};
using Pairs = ::testing::Types<Pair<Varray_beside_small, Varray_synth_small, 16>,
                               Pair<Varray_beside_tall, Varray_synth_tall, 256>>;

unsigned seed() {
  char const* const text = std::getenv("HX_TEST_SEED");
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 0)) : 1;
}

template <class P>
class SynapseForms : public ::testing::Test {
 protected:
  unsigned below(unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); }
  bool chance(double p) { return std::bernoulli_distribution(p)(random); }
  unsigned label() { return below(3) << 6 | (below(2) << 5 | below(3)); }

  SynapseArrayInputs next(double events, double accesses) {
    SynapseArrayInputs inputs;
    inputs.recovery = recovery;
    for (auto& event : inputs.events) {
      if (chance(events)) event = {label(), chance(0.8) ? below(2) : below(16)};
    }
    if (chance(accesses)) {
      unsigned const row = chance(0.1) ? 2 * P::kRows + below(6) : below(2 * P::kRows);
      unsigned const masks[] = {0xffffffff, 0x3f3f3f3f, 0xc0c0c0c0, 0xff00ff00};
      std::uint32_t const labels = below(3) * 0x01010101u | below(2) * 0x20002000u;
      inputs.memory = {chance(0.7), row, below(64), masks[below(4)],
                       row % 2 != 0 && row < 2 * P::kRows ? labels : below(~0u)};
    }
    if (chance(accesses)) {
      unsigned const word = below(4);
      unsigned data = below(0x10000);
      if (word == 0) data = (data & 0x41ff) | 0x8000 | (chance(0.5) ? 31u : below(32)) << 9;
      inputs.driver = {below(P::kRows / 2), word, static_cast<std::uint16_t>(data)};
    }
    if (chance(0.1 * accesses)) inputs.cell = {below(8), below(4), below(1024)};
    if (chance(0.02 * accesses)) recovery = below(32);
    return inputs;
  }

  unsigned recovery = 0x10;
  std::mt19937 random{seed() + P::kRows};
};
TYPED_TEST_SUITE(SynapseForms, Pairs);

TYPED_TEST(SynapseForms, AgreeInEveryClock) {
  SynapseArrayRtl<typename TypeParam::Sim> sim(2);
  SynapseArrayRtl<typename TypeParam::Synth> synth(2);
  std::uint64_t clocks = 0, charges = 0, marks = 0;
  unsigned slot = 0, reset = 0;
  auto const run = [&](unsigned n, double events, double accesses) {
    for (unsigned i = 0; i < n; ++i) {
      if (reset != 0)
        --reset;
      else if (this->chance(0.0002))
        reset = 3;
      sim.model().rst_ni = synth.model().rst_ni = reset == 0;
      auto const inputs = this->next(reset == 0 ? events : 0, accesses);
      auto const a = sim.clock(inputs, slot, slot == 15);
      auto const b = synth.clock(inputs, slot, slot == 15);
      slot = reset == 0 ? (slot + 1) % 16 : 0;
      auto const where = [&] {
        return ::testing::Message() << "clock " << clocks << " HX_TEST_SEED=" << seed();
      };
      ASSERT_EQ(a.ready, b.ready) << where();
      ASSERT_EQ(a.any, b.any) << where();
      ASSERT_EQ(a.charge, b.charge) << where();
      ASSERT_EQ(a.bypass, b.bypass) << where();
      ASSERT_TRUE(clocks < 100 || a.read == b.read) << where();
      charges += a.any;
      marks += a.bypass[0][0] || a.bypass[1][0];
      ++clocks;
    }
  };
  run(100, 0, 1);
  for (unsigned phase = 0; phase < 6 && !this->HasFatalFailure(); ++phase) {
    run(4000, 0, 1);
    run(6000, 0.1, 0);
    run(6000, 0.3, 0.05);
    run(2000, 1, 0.5);
  }
  EXPECT_GT(charges, clocks / 50);
  EXPECT_GT(marks, 10u);
}

}  // namespace
}  // namespace hx::test
