// The Verilated coefficient unit with the two storages of the chip, which answer one clock later; and how registers are stored in them.
#pragma once

#include <verilated.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "Vcoefficient_unit.h"
#include "tests/fpga_model/neuron/neuron_reference.h"

namespace hx::test {

/// A circuit as the unit reads it.
struct StoredCircuit {
  std::array<int, 24> cells{};  // CapMem, by row
  int dac = 0;                  // shared cell of the quadrant, row 8 of column 128
  std::array<int, 8> words{};   // NeuronConfig; 2..7 exist
};

inline StoredCircuit stored(Registers const& r) {
  StoredCircuit s;
  s.cells = {r.v_leak,    r.v_reset,
             r.v_th,      r.rev_exc,
             r.rev_inh,   r.v_adapt_leak,
             r.v_exp,     0,
             r.i_leak,    0,
             r.i_tau_exc, r.i_coba_exc,
             0,           r.gm_exc,
             r.i_tau_inh, r.i_coba_inh,
             0,           r.gm_inh,
             r.i_tau_w,   r.i_a,
             r.i_b,       r.i_exp,
             r.i_off,     r.i_nmda};
  s.dac = r.dac;
  s.words[2] = r.leak_div << 4 | r.leak_mul << 5;
  s.words[3] = r.coba_inh << 1 | r.coba_exc << 2;
  s.words[4] = r.inv_b | r.inv_a << 1 | r.adapt << 2 | r.exponential << 3 | r.small_cap_inh << 4 |
               r.small_cap_exc << 5 | r.high_res_inh << 6 | r.high_res_exc << 7;
  s.words[5] = r.en_off | r.cap << 2;
  s.words[6] = r.inv_off | r.fire << 2 | r.threshold << 3 | r.en_inh << 4 | r.en_exc << 5;
  s.words[7] = r.soma_right | r.bottom << 1 | r.conductance << 2 | r.right << 3 | r.soma << 4 |
               r.nmda_mul << 5 | r.nmda_div << 6;
  return s;
}

class CoefficientRig {
 public:
  CoefficientRig() : capmem_(1 << 15), ncfg_(1 << 12) {
    model_.rst_ni = 0;
    model_.synapse_bias_i = 0xffff;
    edge();
    model_.rst_ni = 1;
  }

  int& cell(unsigned quadrant, unsigned column, unsigned row) {
    return capmem_[quadrant << 13 | column << 5 | row];
  }
  int& word(unsigned circuit, unsigned k) { return ncfg_[circuit << 3 | k]; }
  Vcoefficient_unit& model() { return model_; }

  /// What the unit computes from its inputs in this clock; then the clock edge.
  void settle() {
    model_.clk_i = 0;
    model_.eval();
  }
  void edge() {
    settle();
    int const capmem = capmem_[model_.capmem_addr_o];
    int const ncfg = ncfg_[model_.ncfg_addr_o];
    model_.clk_i = 1;
    model_.eval();
    model_.capmem_data_i = static_cast<std::uint16_t>(capmem);
    model_.ncfg_data_i = static_cast<std::uint8_t>(ncfg);
  }
  /// A write of NeuronConfig that the scan sees in this clock.
  void copy_word(unsigned circuit, unsigned k, int data) {
    model_.ncfg_we_i = 1;
    model_.ncfg_circuit_i = static_cast<std::uint16_t>(circuit);
    model_.ncfg_word_i = static_cast<std::uint8_t>(k);
    model_.ncfg_data_copy_i = static_cast<std::uint8_t>(data);
  }

  /// The coefficients at the output, valid with coef_we_o.
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
    k.k_exc = field(164, 18, false);
    k.k_inh = field(182, 18, false);
    k.e_exc = field(200, 18, true);
    k.e_inh = field(218, 18, true);
    k.d_w = field(236, 18, false);
    k.c_w = field(254, 18, false);
    k.c_e = field(272, 18, false);
    k.e_adapt = field(290, 18, true);
    k.v_exp = field(308, 18, true);
    k.a = field(326, 11, true);
    k.b = field(337, 11, true);
    k.adapt = field(348, 1, false) != 0;
    k.member = field(349, 1, false) != 0;
    k.node = field(350, 1, false) != 0;
    k.link = field(351, 1, false) != 0;
    k.rep = field(352, 9, false);
    k.other = field(361, 9, false);
    k.d_own = field(370, 18, false);
    k.d_other = field(388, 18, false);
    return k;
  }

 private:
  std::int32_t field(int lsb, int width, bool is_signed) const {
    std::uint32_t value = 0;
    for (int b = 0; b < width; ++b) {
      int const at = lsb + b;
      value |= (model_.coef_o[static_cast<std::size_t>(at / 32)] >> (at % 32) & 1) << b;
    }
    if (is_signed && value >> (width - 1)) value |= ~std::uint32_t{0} << width;
    return static_cast<std::int32_t>(value);
  }

  Vcoefficient_unit model_;
  std::vector<int> capmem_;
  std::vector<int> ncfg_;
};

}  // namespace hx::test
