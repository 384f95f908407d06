// hx_coefficient_unit against the vectors and against the formulas of neuron_reference.h, and its timing contract.
#include <gtest/gtest.h>
#include <verilated.h>

#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "Vcoefficient_unit.h"
#include "fpga_model/spec/timing.h"
#include "tests/fpga_model/neuron/neuron_reference.h"

namespace hx::test {
namespace {

constexpr int kWindow = static_cast<int>(timing::kCoeffCycles);

/// The unit with the two storages of the chip, which answer one clock later.
class Unit {
 public:
  Unit() : capmem_(1 << 15), ncfg_(1 << 12) {
    model_.rst_ni = 0;
    model_.synapse_bias_i = 0xffff;
    edge();
    model_.rst_ni = 1;
  }

  struct Result {
    std::int64_t clock;
    int circuit;
    Coefficients coef;
  };

  /// One clock. write: a configuration write takes effect in it (the caller changes the storage after this call).
  void clock(bool write = false) {
    model_.cfg_write_i = write;
    model_.clk_i = 0;
    model_.eval();
    if (model_.coef_we_o) results.push_back({now, model_.coef_circuit_o, coefficients()});
    edge();
    ++now;
  }

  void set(int circuit, Registers const& r) {
    int const quadrant = circuit / 128;
    auto cell = [&](int column, int row) -> int& {
      return capmem_[static_cast<std::size_t>(quadrant << 13 | column << 5 | row)];
    };
    int const column = circuit % 128;
    cell(column, 0) = r.v_leak;
    cell(column, 1) = r.v_reset;
    cell(column, 2) = r.v_th;
    cell(column, 8) = r.i_leak;
    cell(column, 10) = r.i_tau_exc;
    cell(column, 13) = r.gm_exc;
    cell(column, 14) = r.i_tau_inh;
    cell(column, 17) = r.gm_inh;
    cell(column, 22) = r.i_off;
    cell(128, 8) = r.dac;
    auto word = [&](int k) -> int& { return ncfg_[static_cast<std::size_t>(circuit << 3 | k)]; };
    word(2) = r.leak_div << 4 | r.leak_mul << 5;
    word(4) =
        r.small_cap_inh << 4 | r.small_cap_exc << 5 | r.high_res_inh << 6 | r.high_res_exc << 7;
    word(5) = r.en_off | r.cap << 2;
    word(6) = r.inv_off | r.en_inh << 4 | r.en_exc << 5;
  }

  Vcoefficient_unit& model() { return model_; }

  std::vector<Result> results;
  std::int64_t now = 0;

 private:
  void edge() {
    model_.clk_i = 0;
    model_.eval();
    int const capmem = capmem_[model_.capmem_addr_o];
    int const ncfg = ncfg_[model_.ncfg_addr_o];
    model_.clk_i = 1;
    model_.eval();
    model_.capmem_data_i = static_cast<std::uint16_t>(capmem);
    model_.ncfg_data_i = static_cast<std::uint8_t>(ncfg);
  }

  std::int32_t field(int lsb, int width, bool is_signed) const {
    std::uint32_t value = 0;
    for (int b = 0; b < width; ++b) {
      int const at = lsb + b;
      value |= (model_.coef_o[static_cast<std::size_t>(at / 32)] >> (at % 32) & 1) << b;
    }
    if (is_signed && value >> (width - 1)) value |= ~std::uint32_t{0} << width;
    return static_cast<std::int32_t>(value);
  }

  Coefficients coefficients() const {
    Coefficients k;
    k.d_mem = field(0, 18, false);
    k.d_exc = field(18, 18, false);
    k.d_inh = field(36, 18, false);
    k.c_exc = field(54, 18, false);
    k.c_inh = field(72, 18, false);
    k.e = field(90, 18, true);
    k.v_th = field(108, 18, true);
    k.v_reset = field(126, 18, true);
    k.v_off = field(144, 20, true);
    return k;
  }

  Vcoefficient_unit model_;
  std::vector<int> capmem_;
  std::vector<int> ncfg_;
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
               {p["cap"],   p["i_leak"], p["leak_mul"], p["leak_div"], p["i_tau_e"], p["i_tau_i"],
                p["hr_e"],  p["hr_i"],   p["sc_e"],     p["sc_i"],     p["dac"],     p["gm_e"],
                p["gm_i"],  p["en_e"],   p["en_i"],     p["v_leak"],   p["v_reset"], p["v_th"],
                p["i_off"], p["en_off"], p["inv_off"]});
      at[circuit] = sets[k]["derived"];
    }
    for (int k = 0; k < 512 * kWindow; ++k) unit.clock();
    std::size_t found = 0;
    for (auto const& r : unit.results) {
      if (!at.count(r.circuit)) continue;
      auto const& d = at[r.circuit];
      expect_equal(
          r.coef,
          {d["dm"], d["de"], d["di"], d["ce"], d["ci"], d["E"], d["Vth"], d["Vr"], d["off"]},
          r.circuit);
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
  return r;
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
      expect_equal(r.coef, derive(registers[static_cast<std::size_t>(r.circuit)]), r.circuit);
  }
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
    // Circuits 0 to 9 twice (before the write, and in the round that it started), 10 once (the next round made it).
    for (int c = 0; c < 512; ++c)
      EXPECT_EQ(count[c], c < 10 ? 2 : 1) << "circuit " << c << " phase " << phase;
    for (auto const& r : unit.results) {
      if (r.circuit == 10) {
        EXPECT_EQ(r.clock, std::int64_t{522 + 1} * kWindow - 1);
      }
    }
  }
}

TEST(CoefficientUnit, WritesAtRestWakeItForOneRoundOnTheSameGrid) {
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
  ASSERT_EQ(unit.results.size(), 512u);
  for (int n = 0; n < 512; ++n) {
    auto const& r = unit.results[static_cast<std::size_t>(n)];
    EXPECT_EQ(r.circuit, (701 + n) % 512);
    EXPECT_EQ(r.clock, std::int64_t{702 + n} * kWindow - 1);
    expect_equal(r.coef, derive(r.circuit == 3 ? changed : Registers{}), r.circuit);
  }
}

}  // namespace
}  // namespace hx::test
