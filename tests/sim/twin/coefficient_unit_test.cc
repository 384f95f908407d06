// The coefficient unit of the functional model: beside the RTL with random writes (what each circuit has in each clock), and with the
// complete neuron against the formulas of the reference.
#include "sim/twin/coefficient_unit.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

#include "tests/fpga_model/neuron/coefficient_rig.h"
#include "tests/fpga_model/neuron/neuron_reference.h"
#include "tests/sim/twin/twin_neurons.h"

namespace hx::test {
namespace {

constexpr std::uint64_t kWindow = timing::kCoeffCycles;
constexpr std::uint64_t kScan = kWindow * timing::kNetworkWindows;

/// The unit of the functional model, and what the neurons have.
class Twin {
 public:
  explicit Twin(sim::Mismatch const& mismatch = {}) : unit_(mismatch), held_(512) {}

  /// To be called before writes of clock `now`.
  void catch_up(sim::Clock now) {
    while (unit_.next() <= now) {
      if (auto const result = unit_.act()) held_[result->circuit] = result->coefficients;
    }
  }
  sim::CoefficientUnit& unit() { return unit_; }
  std::vector<sim::Coefficients> const& held() const { return held_; }

  /// All registers of a circuit, one after the other in clock `now`.
  void set(int circuit, Registers const& r, sim::Clock now) {
    auto const n = static_cast<unsigned>(circuit);
    StoredCircuit const s = stored(r);
    for (unsigned row = 0; row < s.cells.size(); ++row) {
      unit_.write_capmem(n / 128, n % 128, row, static_cast<unsigned>(s.cells[row]), now);
    }
    unit_.write_capmem(n / 128, 128, 8, static_cast<unsigned>(s.dac), now);
    for (unsigned k = 2; k < s.words.size(); ++k) {
      unit_.write_neuron(n, k, static_cast<std::uint8_t>(s.words[k]), now);
    }
  }

 private:
  sim::CoefficientUnit unit_;
  std::vector<sim::Coefficients> held_;
};

/// The RTL, and what the neurons have.
class Rtl {
 public:
  Rtl() : held_(512) {}

  /// One clock; write: a configuration write takes effect in it, change() makes it.
  template <class Change>
  void clock(bool write, int neuron_write, Change const& change) {
    rig_.model().cfg_write_i = write;
    rig_.model().ncfg_we_i = 0;
    if (neuron_write >= 0) {
      rig_.copy_word(static_cast<unsigned>(neuron_write >> 11), neuron_write >> 8 & 7,
                     neuron_write & 0xff);
    }
    rig_.settle();
    if (rig_.model().coef_we_o) {
      held_[rig_.model().coef_circuit_o] = twin_coefficients(rig_.coefficients());
    }
    rig_.edge();
    if (write) change(*this);
  }
  int& cell(unsigned quadrant, unsigned column, unsigned row) {
    return rig_.cell(quadrant, column, row);
  }
  int& word(unsigned circuit, unsigned k) { return rig_.word(circuit, k); }
  void set_bias(unsigned data) { rig_.model().synapse_bias_i = static_cast<std::uint16_t>(data); }
  std::vector<sim::Coefficients> const& held() const { return held_; }

 private:
  CoefficientRig rig_;
  std::vector<sim::Coefficients> held_;
};

/// What has an effect: without member, link or exponential term some fields are free.
sim::Coefficients effective(sim::Coefficients k) {
  if (!k.member) k.rep = 0;
  if (!k.link) k.other = k.d_own = k.d_other = 0;
  return k;
}

TEST(TwinCoefficientUnit, EveryCircuitHasInEveryClockWhatItHasInTheRtl) {
  std::mt19937 random(7);
  auto const below = [&](unsigned n) {
    return std::uniform_int_distribution<unsigned>(0, n - 1)(random);
  };
  Rtl rtl;
  Twin twin;
  // As after power-on.
  twin.unit().reset_synapse_bias(0xffff, 0);
  sim::Clock const clocks = 3000 * kWindow;
  // Bursts of writes, pauses of less and of more than a round.
  sim::Clock quiet_until = 100 * kWindow;
  std::size_t compared = 0, merged = 0;
  for (sim::Clock now = 0; now < clocks && !testing::Test::HasFailure(); ++now) {
    bool const burst = now >= quiet_until;
    bool const write = burst && below(40) == 0;
    if (burst && below(3000) == 0)
      quiet_until = now + below(2) * 900 * kWindow + below(90 * kWindow);
    twin.catch_up(now);
    // The copy of a neuron write is known in the clock itself.
    unsigned const circuit = below(512);
    unsigned const what = below(4);
    unsigned const k = 2 + below(6);
    // Few of the switches that merge, so that compartments stay small.
    auto const data =
        static_cast<std::uint8_t>(k == 7 ? below(256) & below(256) & below(256) : below(256));
    int const neuron_write =
        write && what == 2 ? static_cast<int>(circuit << 11 | k << 8 | data) : -1;
    rtl.clock(write, neuron_write, [&](Rtl& r) {
      unsigned const quadrant = circuit / 128;
      switch (what) {
        case 0: {
          unsigned const row = below(24);
          unsigned const value = below(8) == 0 ? 1023 : below(1023);
          twin.unit().write_capmem(quadrant, circuit % 128, row, value, now);
          r.cell(quadrant, circuit % 128, row) = static_cast<int>(value);
          break;
        }
        case 1: {
          unsigned const value = below(1023);
          twin.unit().write_capmem(quadrant, 128, 8, value, now);
          r.cell(quadrant, 128, 8) = static_cast<int>(value);
          break;
        }
        case 2: {
          twin.unit().write_neuron(circuit, k, data, now);
          r.word(circuit, k) = data;
          break;
        }
        default: {
          unsigned const bias = below(0x10000) | below(0x10000);
          twin.unit().write_synapse_bias(bias, now);
          r.set_bias(bias);
        }
      }
    });
    // A chip reset changes the register without a write.
    if (!write && below(20000) == 0) {
      rtl.set_bias(0xffff);
      twin.unit().reset_synapse_bias(0xffff, now);
    }
    if (now % kWindow != 0 && now % 16 != 3) continue;
    // What slots of the next clock have: the RTL writes in the last clock of the window.
    twin.catch_up(now + 1);
    for (unsigned c = 0; c < 512; c += 1 + below(40)) {
      ASSERT_EQ(effective(twin.held()[c]), effective(rtl.held()[c]))
          << "clock " << now << " circuit " << c;
      merged += twin.held()[c].member;
      ++compared;
    }
  }
  EXPECT_GT(compared, 100000u);
  EXPECT_GT(merged, 100u);
}

Registers random_registers(std::mt19937& random, int dac) {
  auto const any = [&](int high) { return std::uniform_int_distribution<>(0, high)(random); };
  // Half of the values at the ends of their range, where saturation and rounding show.
  auto const cell = [&] {
    return any(1) ? any(1022) : std::array{0, 1, 1021, 1022}[static_cast<std::size_t>(any(3))];
  };
  Registers r;
  r.cap = any(2) ? any(63) : any(3);
  for (int* value :
       {&r.i_leak, &r.i_tau_exc, &r.i_tau_inh,    &r.gm_exc,     &r.gm_inh,  &r.v_leak,  &r.v_reset,
        &r.v_th,   &r.i_off,     &r.i_coba_exc,   &r.i_coba_inh, &r.rev_exc, &r.rev_inh, &r.i_tau_w,
        &r.i_a,    &r.i_b,       &r.v_adapt_leak, &r.i_exp,      &r.v_exp,   &r.i_nmda})
    *value = cell();
  for (int* flag :
       {&r.leak_mul,      &r.leak_div, &r.high_res_exc, &r.high_res_inh, &r.small_cap_exc,
        &r.small_cap_inh, &r.en_exc,   &r.en_inh,       &r.en_off,       &r.inv_off,
        &r.coba_exc,      &r.coba_inh, &r.adapt,        &r.inv_a,        &r.inv_b,
        &r.exponential,   &r.fire,     &r.threshold,    &r.nmda_mul,     &r.nmda_div})
    *flag = any(1);
  auto const rare = [&](int n) { return any(n) == 0 ? 1 : 0; };
  r.right = rare(3);
  r.bottom = rare(2);
  r.soma = rare(4);
  r.soma_right = rare(2);
  r.conductance = rare(4);
  r.dac = dac;
  return r;
}

TEST(TwinCoefficientUnit, CompartmentsAndExtrasFollowTheFormulas) {
  std::mt19937 random(3);
  for (int round = 0; round < 10; ++round) {
    Twin twin;
    twin.unit().reset_synapse_bias(0xffff, 0);
    std::vector<Registers> registers;
    std::array<int, 4> dac{};
    for (int& d : dac) d = static_cast<int>(random() % 1023);
    sim::Clock const write = 777;
    twin.catch_up(write);
    for (int c = 0; c < 512; ++c) {
      registers.push_back(random_registers(random, dac[static_cast<std::size_t>(c / 128)]));
      twin.set(c, registers.back(), write);
    }
    // The scan that contains the write is discarded, the next one counts; a round later everything holds.
    twin.catch_up(2 * kScan + 512 * kWindow);
    EXPECT_EQ(twin.unit().next(), sim::kNever);
    std::vector<Role> const roles = network(registers);
    int merged = 0, links = 0;
    for (int c = 0; c < 512; ++c) {
      auto const n = static_cast<std::size_t>(c);
      ASSERT_EQ(twin.held()[n], twin_coefficients(derive(registers[n], c, roles[n])))
          << "circuit " << c << " round " << round;
      merged += roles[n].merged;
      links += roles[n].link;
    }
    EXPECT_GT(merged, 50);
    EXPECT_GT(links, 5);
  }
}

TEST(TwinCoefficientUnit, NetworkChangesAfterAScanWithoutWrites) {
  Twin twin;
  Registers r;
  r.fire = r.threshold = 1;
  r.right = 1;
  twin.set(10, r, 5);
  r.right = 0;
  twin.set(11, r, 5);
  // Before the end of the scan after the write: both alone.
  twin.catch_up(2 * kScan - 1);
  EXPECT_FALSE(twin.held()[11].member);
  // A write in the last clock of that scan discards it.
  twin.unit().write_neuron(300, 2, 0, 2 * kScan - 1);
  twin.catch_up(3 * kScan - 1);
  EXPECT_FALSE(twin.held()[11].member);
  EXPECT_EQ(twin.held()[11].v_th, (27307 * 322 - 600642) >> 8);
  // The window of circuit 11 that begins after the next scan.
  sim::Clock const first = 3 * timing::kNetworkWindows / 512 * 512;
  sim::Clock window = first + 11;
  while (window < 3 * timing::kNetworkWindows) window += 512;
  twin.catch_up((window + 1) * kWindow - 1);
  EXPECT_FALSE(twin.held()[11].member);
  twin.catch_up((window + 1) * kWindow);
  EXPECT_TRUE(twin.held()[11].member);
  EXPECT_EQ(twin.held()[11].rep, 10);
  twin.catch_up(sim::kNever - 1);
  EXPECT_TRUE(twin.held()[10].node);
  EXPECT_FALSE(twin.held()[10].member);
}

TEST(TwinCoefficientUnit, MismatchScalesEachParameterOfEachCircuit) {
  sim::Mismatch mismatch{.seed = 3};
  mismatch.sigma.fill(0.1);
  // Mean 1 and the deviation asked for; the same numbers for the same seed.
  double sum = 0, squares = 0;
  for (unsigned c = 0; c < 512; ++c) {
    for (unsigned row = 0; row < 24; ++row) {
      double const f = mismatch_factor(mismatch, c, row) / 65536.0;
      EXPECT_EQ(mismatch_factor(mismatch, c, row), mismatch_factor(mismatch, c, row));
      sum += f;
      squares += (f - 1) * (f - 1);
    }
  }
  EXPECT_NEAR(sum / 12288, 1, 0.005);
  EXPECT_NEAR(std::sqrt(squares / 12288), 0.1, 0.003);
  sim::Mismatch other = mismatch;
  other.seed = 4;
  EXPECT_NE(mismatch_factor(mismatch, 0, 0), mismatch_factor(other, 0, 0));

  // Only the rows with a sigma, and the unit sees the scaled value.
  mismatch.sigma.fill(0);
  mismatch.sigma[2] = 0.1;
  Twin twin(mismatch);
  for (int c = 0; c < 512; ++c) twin.set(c, Registers{}, 1);
  twin.catch_up(sim::kNever - 1);
  int different = 0;
  for (unsigned c = 0; c < 512; ++c) {
    EXPECT_EQ(twin.held()[c].e_leak, derive(Registers{}).e);
    auto const value = static_cast<int>((322ULL * mismatch_factor(mismatch, c, 2) + 32768) >> 16);
    EXPECT_EQ(twin.held()[c].v_th, (27307 * std::min(value, 1022) - 600642) >> 8) << c;
    different += twin.held()[c].v_th != derive(Registers{}).v_th;
  }
  EXPECT_GT(different, 480);
}

}  // namespace
}  // namespace hx::test
