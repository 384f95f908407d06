// Drives a Verilated neuron_probe with the plain inputs of neuron_reference.h.
#pragma once

#include <verilated.h>

#include <cstdint>
#include <memory>
#include <type_traits>

#include "tests/fpga_model/neuron/neuron_reference.h"

namespace hx::test {

/// Bits of a Verilator port, whatever its C++ type.
template <class Port>
void set_bits(Port& port, int lsb, int width, std::uint64_t value) {
  for (int b = 0; b < width; ++b) {
    std::uint64_t const bit = value >> b & 1;
    int const at = lsb + b;
    if constexpr (std::is_integral_v<Port>) {
      port = static_cast<Port>((port & ~(std::uint64_t{1} << at)) | bit << at);
    } else {
      std::uint32_t const mask = std::uint32_t{1} << (at % 32);
      port[static_cast<std::size_t>(at / 32)] =
          bit ? port[static_cast<std::size_t>(at / 32)] | mask
              : port[static_cast<std::size_t>(at / 32)] & ~mask;
    }
  }
}

template <class Port>
void clear(Port& port) {
  if constexpr (std::is_integral_v<Port>) {
    port = 0;
  } else {
    for (std::size_t k = 0; k < sizeof(port) / 4; ++k) port[k] = 0;
  }
}

template <class Port>
std::uint32_t word_of(Port const& port, int index) {
  if constexpr (std::is_integral_v<Port>) {
    return static_cast<std::uint32_t>(port >> (32 * index));
  } else {
    return port[static_cast<std::size_t>(index)];
  }
}

template <class Port>
void set_coefficients(Port& port, Coefficients const& k) {
  auto const u = [](std::int32_t x) { return static_cast<std::uint32_t>(x); };
  set_bits(port, 0, 18, u(k.d_mem));
  set_bits(port, 18, 18, u(k.d_exc));
  set_bits(port, 36, 18, u(k.d_inh));
  set_bits(port, 54, 18, u(k.c_exc));
  set_bits(port, 72, 18, u(k.c_inh));
  set_bits(port, 90, 18, u(k.e));
  set_bits(port, 108, 18, u(k.v_th));
  set_bits(port, 126, 18, u(k.v_reset));
  set_bits(port, 144, 20, u(k.v_off));
  set_bits(port, 164, 18, u(k.k_exc));
  set_bits(port, 182, 18, u(k.k_inh));
  set_bits(port, 200, 18, u(k.e_exc));
  set_bits(port, 218, 18, u(k.e_inh));
  set_bits(port, 236, 18, u(k.d_w));
  set_bits(port, 254, 18, u(k.c_w));
  set_bits(port, 272, 18, u(k.c_e));
  set_bits(port, 290, 18, u(k.e_adapt));
  set_bits(port, 308, 18, u(k.v_exp));
  set_bits(port, 326, 11, u(k.a));
  set_bits(port, 337, 11, u(k.b));
  set_bits(port, 348, 1, k.adapt);
  set_bits(port, 349, 1, k.member);
  set_bits(port, 350, 1, k.node);
  set_bits(port, 351, 1, k.link);
  set_bits(port, 352, 9, u(k.rep));
  set_bits(port, 361, 9, u(k.other));
  set_bits(port, 370, 18, u(k.d_own));
  set_bits(port, 388, 18, u(k.d_other));
}

template <class Model>
class Array {
 public:
  explicit Array(int columns) : lanes_(2 * columns / kSlots), model_(std::make_unique<Model>()) {
    clear(model_->charge_exc_i);
    clear(model_->charge_inh_i);
    clear(model_->coef_i);
  }

  int lanes() const { return lanes_; }
  Model& model() { return *model_; }

  Outputs clock(Inputs const& in) {
    Model& m = *model_;
    m.rst_ni = in.rst_n;
    m.slot_i = static_cast<std::uint8_t>(in.slot);
    m.run_i = in.run;
    set_charges(in);
    m.ncfg_we_i = !in.ncfg.empty();
    for (auto const& w : in.ncfg) {
      m.ncfg_circuit_i = static_cast<std::uint16_t>(w.circuit);
      m.ncfg_word_i = static_cast<std::uint8_t>(w.word);
      m.ncfg_data_i = w.data;
    }
    m.nbe_we_i = !in.nbe.empty();
    for (auto const& w : in.nbe) {
      m.nbe_circuit_i = static_cast<std::uint16_t>(w.circuit);
      m.nbe_word_i = static_cast<std::uint8_t>(w.word);
      m.nbe_data_i = w.data;
    }
    m.coef_we_i = in.coef_circuit >= 0;
    if (in.coef_circuit >= 0) {
      m.coef_circuit_i = static_cast<std::uint16_t>(in.coef_circuit);
      set_coefficients(m.coef_i, in.coef);
    }
    m.nreset_valid_i = 0;
    for (int k = 0; k < 4; ++k) {
      int const circuit = in.nreset[static_cast<std::size_t>(k)];
      if (circuit < 0) continue;
      m.nreset_valid_i = static_cast<std::uint8_t>(m.nreset_valid_i | 1 << k);
      set_bits(m.nreset_circuit_i, 9 * k, 9, static_cast<std::uint64_t>(circuit));
    }
    m.force_reset_i = static_cast<std::uint8_t>(in.force_reset);
    m.enable_clocks_i = static_cast<std::uint8_t>(in.enable_clocks);
    m.clock_scale_slow_i = static_cast<std::uint8_t>(in.scale_slow);
    m.clock_scale_fast_i = static_cast<std::uint8_t>(in.scale_fast);
    m.clock_scale_adapt_i = static_cast<std::uint8_t>(in.scale_adapt);
    m.madc_on_i = static_cast<std::uint8_t>(in.madc_on);
    m.madc_circuit_i = static_cast<std::uint32_t>(in.madc_circuit[0] | in.madc_circuit[1] << 9);
    m.sample_i = static_cast<std::uint8_t>(in.sample);
    m.sample_read_i = static_cast<std::uint8_t>(in.read);
    m.sample_quad_i = static_cast<std::uint16_t>(in.quad[0] | in.quad[1] << 6);
    m.clk_i = 0;
    m.eval();
    m.clk_i = 1;
    m.eval();
    Outputs out;
    out.any = m.spike_any_o != 0;
    out.slot = m.spike_slot_o;
    out.spikes = static_cast<std::uint64_t>(m.spike_o);
    out.madc = {static_cast<int>(m.madc_code_o & 1023), static_cast<int>(m.madc_code_o >> 10)};
    for (int k = 0; k < 8; ++k) {
      int code = 0;
      for (int b = 0; b < 11; ++b) {
        int const at = 11 * k + b;
        code |= static_cast<int>(word_of(m.sample_code_o, at / 32) >> (at % 32) & 1) << b;
      }
      out.codes[static_cast<std::size_t>(k)] = code >= 1024 ? code - 2048 : code;
    }
    return out;
  }

  /// Selects the slot that state() shows.
  void probe(int slot) {
    model_->probe_slot_i = static_cast<std::uint8_t>(slot);
    model_->eval();
  }

  State state(int lane) const {
    auto const i32 = [](std::uint32_t x) { return static_cast<std::int32_t>(x); };
    return {i32(word_of(model_->probe_v_o, lane)), word_of(model_->probe_exc_o, lane),
            word_of(model_->probe_inh_o, lane),    word_of(model_->probe_rem_o, lane),
            i32(word_of(model_->probe_w_o, lane)), i32(word_of(model_->probe_dv_o, lane))};
  }

 private:
  void set_charges(Inputs const& in) {
    Model& m = *model_;
    bool const any = !in.exc.empty() || !in.inh.empty() || in.bypass_exc != 0 || in.bypass_inh != 0;
    if (any || m.charge_any_i) {
      clear(m.charge_exc_i);
      clear(m.charge_inh_i);
      for (std::size_t l = 0; l < in.exc.size(); ++l)
        set_bits(m.charge_exc_i, 12 * static_cast<int>(l), 12, in.exc[l]);
      for (std::size_t l = 0; l < in.inh.size(); ++l)
        set_bits(m.charge_inh_i, 12 * static_cast<int>(l), 12, in.inh[l]);
    }
    m.charge_any_i = any;
    m.bypass_exc_i = static_cast<std::remove_reference_t<decltype(m.bypass_exc_i)>>(in.bypass_exc);
    m.bypass_inh_i = static_cast<std::remove_reference_t<decltype(m.bypass_inh_i)>>(in.bypass_inh);
  }

  int lanes_;
  std::unique_ptr<Model> model_;
};

}  // namespace hx::test
