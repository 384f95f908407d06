// hx_coefficient_unit against the vectors and against the formulas of neuron_reference.h, and its timing contract.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "fpga_model/spec/timing.h"
#include "tests/fpga_model/neuron/coefficient_rig.h"
#include "tests/fpga_model/neuron/neuron_reference.h"

namespace hx::test {
namespace {

constexpr int kWindow = static_cast<int>(timing::kCoeffCycles);

/// The unit clock by clock, with what it put out.
class Unit {
 public:
  struct Result {
    std::int64_t clock;
    int circuit;
    Coefficients coef;
  };

  /// One clock. write: a configuration write takes effect in it (the caller changes the storage after this call).
  void clock(bool write = false) {
    model().cfg_write_i = write;
    rig_.settle();
    if (model().coef_we_o) {
      results.push_back({now, model().coef_circuit_o, rig_.coefficients()});
    }
    rig_.edge();
    ++now;
  }

  /// Before the first clock, or of values that the scan does not see.
  void set(int circuit, Registers const& registers) {
    auto const n = static_cast<unsigned>(circuit);
    StoredCircuit const s = stored(registers);
    for (unsigned row = 0; row < s.cells.size(); ++row) {
      rig_.cell(n / 128, n % 128, row) = s.cells[row];
    }
    rig_.cell(n / 128, 128, 8) = s.dac;
    for (unsigned k = 2; k < s.words.size(); ++k) rig_.word(n, k) = s.words[k];
    if (now != 0) return;
    // The copies for the scan, while the clock of the windows stands.
    model().rst_ni = 0;
    for (unsigned k : {2U, 5U, 6U, 7U}) {
      rig_.copy_word(n, k, s.words[k]);
      rig_.edge();
    }
    model().ncfg_we_i = 0;
    model().rst_ni = 1;
  }

  Vcoefficient_unit& model() { return rig_.model(); }

  std::vector<Result> results;
  std::int64_t now = 0;

 private:
  CoefficientRig rig_;
};

void expect_equal(Coefficients const& got, Coefficients const& want, int circuit) {
  EXPECT_EQ(got.d_mem, want.d_mem) << "circuit " << circuit;
  EXPECT_EQ(got.d_exc, want.d_exc) << "circuit " << circuit;
  EXPECT_EQ(got.d_inh, want.d_inh) << "circuit " << circuit;
  EXPECT_EQ(got.c_exc, want.c_exc) << "circuit " << circuit;
  EXPECT_EQ(got.c_inh, want.c_inh) << "circuit " << circuit;
  EXPECT_EQ(got.e, want.e) << "circuit " << circuit;
  EXPECT_EQ(got.v_th, want.v_th) << "circuit " << circuit;
  EXPECT_EQ(got.v_reset, want.v_reset) << "circuit " << circuit;
  EXPECT_EQ(got.v_off, want.v_off) << "circuit " << circuit;
  EXPECT_EQ(got.k_exc, want.k_exc) << "circuit " << circuit;
  EXPECT_EQ(got.k_inh, want.k_inh) << "circuit " << circuit;
  EXPECT_EQ(got.e_exc, want.e_exc) << "circuit " << circuit;
  EXPECT_EQ(got.e_inh, want.e_inh) << "circuit " << circuit;
  EXPECT_EQ(got.d_w, want.d_w) << "circuit " << circuit;
  EXPECT_EQ(got.c_w, want.c_w) << "circuit " << circuit;
  EXPECT_EQ(got.c_e, want.c_e) << "circuit " << circuit;
  EXPECT_EQ(got.e_adapt, want.e_adapt) << "circuit " << circuit;
  EXPECT_EQ(got.v_exp, want.v_exp) << "circuit " << circuit;
  EXPECT_EQ(got.a, want.a) << "circuit " << circuit;
  EXPECT_EQ(got.b, want.b) << "circuit " << circuit;
  EXPECT_EQ(got.adapt, want.adapt) << "circuit " << circuit;
  EXPECT_EQ(got.member, want.member) << "circuit " << circuit;
  EXPECT_EQ(got.node, want.node) << "circuit " << circuit;
  EXPECT_EQ(got.link, want.link) << "circuit " << circuit;
  EXPECT_EQ(got.rep, want.rep) << "circuit " << circuit;
  EXPECT_EQ(got.other, want.other) << "circuit " << circuit;
  EXPECT_EQ(got.d_own, want.d_own) << "circuit " << circuit;
  EXPECT_EQ(got.d_other, want.d_other) << "circuit " << circuit;
}

Coefficients alone(Registers const& r, int circuit) {
  Role role;
  role.rep = circuit;
  return derive(r, circuit, role);
}

TEST(CoefficientUnit, AgreesWithTheVectors) {
  std::ifstream file("tests/vectors/neuron_steps.json");
  nlohmann::json const json = nlohmann::json::parse(file);
  std::vector<nlohmann::json> sets(json["derived_only"].begin(), json["derived_only"].end());
  sets.insert(sets.end(), json["cases"].begin(), json["cases"].end());
  ASSERT_EQ(sets.size(), 31u);
  // The cell of syn_i_bias_dac is shared by a quadrant: four sets per round, one in each, at changing columns.
  for (std::size_t first = 0; first < sets.size(); first += 4) {
    Unit unit;
    std::map<int, nlohmann::json> at;
    for (std::size_t k = first; k < std::min(first + 4, sets.size()); ++k) {
      int const circuit = static_cast<int>(128 * (k % 4) + 5 * first % 128);
      auto const& p = sets[k]["parameters"];
      unit.set(circuit,
               Registers{p["cap"],     p["i_leak"],  p["leak_mul"], p["leak_div"], p["i_tau_e"],
                         p["i_tau_i"], p["hr_e"],    p["hr_i"],     p["sc_e"],     p["sc_i"],
                         p["dac"],     p["gm_e"],    p["gm_i"],     p["en_e"],     p["en_i"],
                         p["v_leak"],  p["v_reset"], p["v_th"],     p["i_off"],    p["en_off"],
                         p["inv_off"]});
      at[circuit] = sets[k]["derived"];
    }
    for (int k = 0; k < 512 * kWindow; ++k) unit.clock();
    std::size_t found = 0;
    for (auto const& r : unit.results) {
      if (!at.count(r.circuit)) continue;
      auto const& d = at[r.circuit];
      Coefficients const& got = r.coef;
      EXPECT_EQ((Coefficients{got.d_mem, got.d_exc, got.d_inh, got.c_exc, got.c_inh, got.e,
                              got.v_th, got.v_reset, got.v_off}),
                (Coefficients{d["dm"], d["de"], d["di"], d["ce"], d["ci"], d["E"], d["Vth"],
                              d["Vr"], d["off"]}))
          << r.circuit;
      ++found;
    }
    EXPECT_EQ(found, at.size());
  }
}

Registers random_registers(std::mt19937& random, int dac) {
  auto const any = [&](int high) { return std::uniform_int_distribution<>(0, high)(random); };
  // Half of the values at the ends of their range, where saturation and rounding show.
  auto const cell = [&] {
    return any(3) ? any(1022) : std::array{0, 1, 1021, 1022}[static_cast<std::size_t>(any(3))];
  };
  Registers r;
  r.cap = any(2) ? any(63) : any(3);
  r.i_leak = cell();
  r.i_tau_exc = cell();
  r.i_tau_inh = cell();
  r.gm_exc = cell();
  r.gm_inh = cell();
  r.v_leak = cell();
  r.v_reset = cell();
  r.v_th = cell();
  r.i_off = cell();
  for (int* flag : {&r.leak_mul, &r.leak_div, &r.high_res_exc, &r.high_res_inh, &r.small_cap_exc,
                    &r.small_cap_inh, &r.en_exc, &r.en_inh, &r.en_off, &r.inv_off}) {
    *flag = any(1);
  }
  r.dac = dac;
  for (int* value : {&r.i_coba_exc, &r.i_coba_inh, &r.rev_exc, &r.rev_inh, &r.i_tau_w, &r.i_a,
                     &r.i_b, &r.v_adapt_leak, &r.i_exp, &r.v_exp, &r.i_nmda}) {
    *value = cell();
  }
  for (int* flag : {&r.coba_exc, &r.coba_inh, &r.adapt, &r.inv_a, &r.inv_b, &r.exponential,
                    &r.nmda_mul, &r.nmda_div}) {
    *flag = any(1);
  }
  return r;
}

/// Random connections; few or many, so that compartments are small or span half of the chip.
void connect(std::mt19937& random, std::vector<Registers>& registers, double density) {
  auto const chance = [&](double p) { return std::uniform_real_distribution<>()(random) < p; };
  for (Registers& r : registers) {
    r.right = chance(density);
    r.bottom = chance(density);
    r.soma = chance(density / 4);
    r.soma_right = chance(density);
    r.conductance = chance(0.5);
    r.fire = chance(0.7);
    r.threshold = chance(0.3);
  }
}

TEST(CoefficientUnit, AgreesWithTheFormulasOnRandomRegisters) {
  std::mt19937 random(1);
  for (int round = 0; round < 6; ++round) {
    Unit unit;
    std::vector<Registers> registers;
    std::array<int, 4> const dac{600, round == 0 ? 1022 : static_cast<int>(random() % 1023),
                                 static_cast<int>(random() % 1023), 0};
    for (int c = 0; c < 512; ++c) {
      registers.push_back(random_registers(random, dac[static_cast<std::size_t>(c / 128)]));
      unit.set(c, registers.back());
    }
    for (int k = 0; k < 512 * kWindow; ++k) unit.clock();
    ASSERT_EQ(unit.results.size(), 512u);
    for (auto const& r : unit.results)
      expect_equal(r.coef, alone(registers[static_cast<std::size_t>(r.circuit)], r.circuit),
                   r.circuit);
  }
}

// The first 128 windows see the network of power-on (all alone), the others that of the second scan; the first had a write in it.
TEST(CoefficientUnit, CompartmentsAgreeWithTheFormulas) {
  std::mt19937 random(2);
  int merged = 0, links = 0, largest = 0;
  for (double density : {0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0}) {
    Unit unit;
    std::vector<Registers> registers;
    for (int c = 0; c < 512; ++c) registers.push_back(random_registers(random, 600));
    connect(random, registers, density);
    for (int c = 0; c < 512; ++c) unit.set(c, registers[static_cast<std::size_t>(c)]);
    unit.clock(true);
    for (int k = 1; k < 640 * kWindow; ++k) unit.clock();
    auto const roles = network(registers);
    std::map<int, int> size;
    for (auto const& r : unit.results) {
      auto const at = static_cast<std::size_t>(r.circuit);
      bool const early = r.clock < 128 * kWindow;
      expect_equal(
          r.coef,
          early ? alone(registers[at], r.circuit) : derive(registers[at], r.circuit, roles[at]),
          r.circuit);
      if (early) continue;
      merged += r.coef.member;
      links += r.coef.link;
      largest = std::max(largest, ++size[r.coef.rep]);
    }
    ASSERT_EQ(unit.results.size(), 639u) << "the write discards the first window";
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(merged, 1000);
  EXPECT_GT(links, 50);
  EXPECT_GT(largest, 100);
}

// Scans keep their grid; a write discards the one it falls into.
TEST(CoefficientUnit, NetworkIsThatOfTheFirstScanWithoutAWrite) {
  for (int write : {0, 1, 63 * kWindow + 1, 64 * kWindow - 1, 64 * kWindow, 100 * kWindow + 30}) {
    Unit unit;
    Registers r;
    r.right = 1;
    unit.set(40, r);
    unit.set(41, Registers{});
    for (int k = 0; k < 1200 * kWindow; ++k) unit.clock(k == write);
    int const valid = 64 * (write / (64 * kWindow) + 2);  // first window with the network
    int last = 0;
    for (auto const& result : unit.results) {
      int const window = static_cast<int>(result.clock / kWindow);
      last = window;
      EXPECT_EQ(result.coef.member, result.circuit == 41 && window >= valid) << window;
      EXPECT_EQ(result.coef.node, result.circuit == 40 && window >= valid) << window;
    }
    EXPECT_EQ(last, valid + 511) << "write " << write;
  }
}

// The shapes that a placement makes: columns of two, long rows, blocks of two rows; the sums of all circuits.
TEST(CoefficientUnit, MergedNeuronHasTheSumOfItsCircuits) {
  Unit unit;
  std::vector<Registers> registers(512);
  auto const at = [&](int n) -> Registers& { return registers[static_cast<std::size_t>(n)]; };
  for (int n : {3, 259}) at(n).bottom = 1;
  for (int n = 16; n < 63; ++n) at(n).right = 1;
  for (int n = 128; n < 256; ++n)
    at(n).right = at(n + 256).right = at(n).bottom = at(n + 256).bottom = 1;
  at(40).fire = at(40).threshold = 1;
  at(259).fire = at(259).threshold = 1;
  for (int n = 0; n < 512; ++n) unit.set(n, at(n));
  unit.clock(true);
  for (int k = 1; k < 640 * kWindow; ++k) unit.clock();
  std::map<int, Coefficients> got;
  for (auto const& r : unit.results) got[r.circuit] = r.coef;
  EXPECT_EQ(got[3].rep, 259);
  EXPECT_TRUE(got[3].member);
  EXPECT_TRUE(got[259].node);
  for (int n = 16; n < 64; ++n) EXPECT_EQ(got[n].rep, 40) << n;
  EXPECT_FALSE(got[64].member);
  EXPECT_FALSE(got[127].member) << "nothing crosses columns 127/128";
  for (int n = 128; n < 256; ++n) EXPECT_EQ(got[n + 256].rep, 128) << n;
  // 48 equal circuits: the same time constant as one, a 48th of the strength.
  EXPECT_EQ(got[40].d_mem, got[64].d_mem);
  EXPECT_NEAR(got[40].c_exc * 48.0 / got[64].c_exc, 1, 0.02);
  EXPECT_EQ(got[40].e, got[64].e);
}

TEST(CoefficientUnit, DacBiasSwitchedOffCountsAsZero) {
  for (int quadrant = 0; quadrant < 4; ++quadrant) {
    Unit unit;
    std::array<int, 4> const bit{7, 3, 15, 11};
    unit.model().synapse_bias_i =
        static_cast<std::uint16_t>(0xffff & ~(1 << bit[static_cast<std::size_t>(quadrant)]));
    for (int c = 0; c < 512; ++c) unit.set(c, Registers{});
    for (int k = 0; k < 512 * kWindow; ++k) unit.clock();
    for (auto const& r : unit.results) {
      EXPECT_EQ(r.coef.c_exc, r.circuit / 128 == quadrant ? 0 : 3334) << r.circuit;
      EXPECT_EQ(r.coef.c_inh, r.circuit / 128 == quadrant ? 0 : 3334) << r.circuit;
    }
  }
}

TEST(CoefficientUnit, ResultComesInTheLastClockOfEachWindowAndStopsAfterARoundWithoutWrites) {
  Unit unit;
  for (int k = 0; k < 3 * 512 * kWindow; ++k) unit.clock();
  ASSERT_EQ(unit.results.size(), 512u);
  for (int n = 0; n < 512; ++n) {
    EXPECT_EQ(unit.results[static_cast<std::size_t>(n)].circuit, n);
    EXPECT_EQ(unit.results[static_cast<std::size_t>(n)].clock, std::int64_t{n + 1} * kWindow - 1);
  }
}

TEST(CoefficientUnit, WriteInsideTheWindowDiscardsItsResult) {
  for (int phase : {0, 1, 30, kWindow - 2, kWindow - 1}) {
    Unit unit;
    for (int k = 0; k < 1024 * kWindow; ++k) unit.clock(k == 10 * kWindow + phase);
    std::map<int, int> count;
    for (auto const& r : unit.results) ++count[r.circuit];
    // 10 once (the next round made it), the others up to 127 twice: the round without a write that counts begins when a scan is
    // complete, in window 128.
    for (int c = 0; c < 512; ++c)
      EXPECT_EQ(count[c], c < 128 && c != 10 ? 2 : 1) << "circuit " << c << " phase " << phase;
    for (auto const& r : unit.results) {
      if (r.circuit == 10) {
        EXPECT_EQ(r.clock, std::int64_t{522 + 1} * kWindow - 1);
      }
    }
  }
}

TEST(CoefficientUnit, WritesAtRestWakeItForAScanAndARoundOnTheSameGrid) {
  Unit unit;
  for (int c = 0; c < 512; ++c) unit.set(c, Registers{});
  std::int64_t const write = std::int64_t{700} * kWindow + 17;
  for (std::int64_t k = 0; k < write; ++k) unit.clock();
  EXPECT_EQ(unit.results.size(), 512u);
  unit.results.clear();
  unit.clock(true);
  Registers changed;
  changed.v_th = 400;
  unit.set(3, changed);
  for (std::int64_t k = 0; k < 2000 * kWindow; ++k) unit.clock();
  // Scan 704..767, then 512 windows.
  ASSERT_EQ(unit.results.size(), 579u);
  for (int n = 0; n < 579; ++n) {
    auto const& r = unit.results[static_cast<std::size_t>(n)];
    EXPECT_EQ(r.circuit, (701 + n) % 512);
    EXPECT_EQ(r.clock, std::int64_t{702 + n} * kWindow - 1);
    expect_equal(r.coef, alone(r.circuit == 3 ? changed : Registers{}, r.circuit), r.circuit);
  }
}

}  // namespace
}  // namespace hx::test
