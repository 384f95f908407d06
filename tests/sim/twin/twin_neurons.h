// The neuron array of the functional model behind the plain inputs of neuron_reference.h, one clock per call, so that tests written
// for the RTL run on it: the interface is that of Array in array_harness.h.
//
// The array is used as its users do: it is brought up to date only when next() asks for it, or by writes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "sim/twin/neuron_array.h"
#include "tests/fpga_model/neuron/neuron_reference.h"

namespace hx::test {

inline sim::Coefficients twin_coefficients(Coefficients const& k) {
  return {.d_mem = k.d_mem,
          .d_exc = k.d_exc,
          .d_inh = k.d_inh,
          .c_exc = k.c_exc,
          .c_inh = k.c_inh,
          .e_leak = k.e,
          .v_th = k.v_th,
          .v_reset = k.v_reset,
          .v_off = k.v_off,
          .k_exc = k.k_exc,
          .k_inh = k.k_inh,
          .e_exc = k.e_exc,
          .e_inh = k.e_inh,
          .d_w = k.d_w,
          .c_w = k.c_w,
          .c_e = k.c_e,
          .e_adapt = k.e_adapt,
          .v_exp = k.v_exp,
          .a = k.a,
          .b = k.b,
          .adapt = k.adapt,
          .member = k.member,
          .node = k.node,
          .link = k.link,
          .rep = k.rep,
          .other = k.other,
          .d_own = k.d_own,
          .d_other = k.d_other};
}

class TwinNeurons {
 public:
  explicit TwinNeurons(int columns = 256, sim::StepCode const& code = sim::has_step_code_v4()
                                                                          ? sim::step_code_v4()
                                                                          : sim::step_code_v3())
      : code_(code) {
    EXPECT_EQ(columns, 256) << "the functional model has one size";
    power_on();
  }

  int lanes() const { return static_cast<int>(sim::kLanes); }

  Outputs clock(Inputs const& in) {
    Outputs out;
    madc_ = next_madc_;
    if (!in.rst_n) {
      power_on();
    } else {
      set_running(in);
      set_blocks(in);
      if (in.run) read_madc(in);
      if (in.run) charge(in);
      if (neurons_->next() <= now_ + 1) neurons_->catch_up(now_);
      read_codes(in);
      write(in);
      if (auto const spikes = neurons_->take_spikes(now_ + 1)) {
        out.any = true;
        out.slot = static_cast<int>(spikes->slot);
        out.spikes = spikes->lanes;
      }
    }
    out.codes = codes_;
    out.madc = madc_;
    ++now_;
    return out;
  }

  void probe(int slot) { slot_ = static_cast<unsigned>(slot); }
  State state(int lane) {
    sim::NeuronState const s =
        neurons_->state(sim::circuit_of(slot_, static_cast<unsigned>(lane)), now_ - 1);
    return {s.v, s.i_exc, s.i_inh, s.refractory, s.w, s.dv};
  }

  sim::NeuronArray& neurons() { return *neurons_; }

 private:
  void power_on() {
    charges_ = std::make_unique<sim::Charges>();
    for (auto& sign : charges_->switches) {
      for (auto& slot : sign) {
        for (auto& lane : slot) lane = 0xffff;
      }
    }
    neurons_ = std::make_unique<sim::NeuronArray>(*charges_, code_);
    neurons_->stop(now_);
    running_ = false;
    codes_ = {};
    madc_ = next_madc_ = {};
    readout_words_ = {};
  }

  // Interval 0 has no pass; at the border of the array the pass begins at once.
  void set_running(Inputs const& in) {
    if (in.run && !running_) {
      start_ = now_ - sim::kSlots - static_cast<unsigned>(in.slot);
      neurons_->restart(start_);
    }
    if (!in.run && running_) {
      neurons_->stop(now_);
      for (auto& bank : charges_->banks) sim::Charges::clear(bank);
    }
    running_ = in.run;
  }

  void set_blocks(Inputs const& in) {
    for (unsigned b = 0; b < 2; ++b) {
      neurons_->write_block(
          b,
          {.force_reset = (in.force_reset >> b & 1) != 0,
           .enable_clocks = (in.enable_clocks >> b & 1) != 0,
           .scale_slow = static_cast<unsigned>(in.scale_slow >> (4 * b) & 15),
           .scale_fast = static_cast<unsigned>(in.scale_fast >> (4 * b) & 15),
           .scale_adaptation = static_cast<unsigned>(in.scale_adapt >> (4 * b) & 15)},
          now_ - 1);
    }
  }

  void charge(Inputs const& in) {
    auto const slot = static_cast<std::size_t>(in.slot);
    if (slot == 0) {
      for (unsigned row = 0; row < 2; ++row) {
        if ((in.sample >> row & 1) != 0) neurons_->sample(row, now_ - 1);
      }
    }
    sim::Charges::Bank& bank = charges_->of((now_ - start_) / sim::kSlots - 1);
    for (unsigned sign = 0; sign < 2; ++sign) {
      auto const& charges = sign == 0 ? in.exc : in.inh;
      std::uint64_t const marks = sign == 0 ? in.bypass_exc : in.bypass_inh;
      for (std::size_t l = 0; l < charges.size(); ++l) {
        if (charges[l] == 0) continue;
        bank.charge[sign][slot][l] = charges[l];
        bank.charged[l / 16] = true;
      }
      for (std::size_t l = 0; l < sim::kLanes; ++l) {
        if ((marks >> l & 1) == 0) continue;
        bank.mark[sign][slot][l] = 1;
        bank.marked[l / 16] = true;
        bank.charged[l / 16] = true;
      }
    }
  }

  // A code is visible in the clock after the next one.
  void read_madc(Inputs const& in) {
    for (std::size_t m = 0; m < 2; ++m) {
      auto const circuit = static_cast<unsigned>(in.madc_circuit[m]);
      if ((in.madc_on >> m & 1) != 0 && sim::slot_of(circuit) == static_cast<unsigned>(in.slot))
        next_madc_[m] = madc_code(readout_words_[circuit], neurons_->found(circuit, now_));
    }
  }

  static int madc_code(unsigned word, sim::NeuronState const& s) {
    if ((word & 0x10) == 0) return 0;
    std::array<int, 4> const codes{(s.v + 512) >> 10, (s.i_exc + 2048) >> 12,
                                   (s.i_inh + 2048) >> 12, 512 + ((s.w + 512) >> 10)};
    return std::clamp(codes[word >> 5 & 3], 0, 1023);
  }

  void read_codes(Inputs const& in) {
    for (int k = 0; k < 8; ++k) {
      int const row = k / 4;
      if ((in.read >> row & 1) == 0) continue;
      int const quad = in.quad[static_cast<std::size_t>(row)];
      int const column = 8 * (quad % 32) + 2 * (k % 4) + quad / 32;
      neurons_->catch_up(now_);
      codes_[static_cast<std::size_t>(k)] =
          neurons_->code(static_cast<unsigned>(256 * row + column));
    }
  }

  void write(Inputs const& in) {
    for (int circuit : in.nreset) {
      if (circuit >= 0) neurons_->reset_neuron(static_cast<unsigned>(circuit), now_);
    }
    for (auto const& w : in.ncfg) {
      if (w.word == 3) readout_words_[static_cast<std::size_t>(w.circuit)] = w.data;
      neurons_->write_neuron(static_cast<unsigned>(w.circuit), static_cast<unsigned>(w.word),
                             w.data, now_);
    }
    for (auto const& w : in.nbe)
      neurons_->write_backend(static_cast<unsigned>(w.circuit), static_cast<unsigned>(w.word),
                              w.data, now_);
    if (in.coef_circuit >= 0)
      neurons_->set_coefficients(static_cast<unsigned>(in.coef_circuit), twin_coefficients(in.coef),
                                 now_);
  }

  sim::StepCode code_;
  std::unique_ptr<sim::Charges> charges_;
  std::unique_ptr<sim::NeuronArray> neurons_;
  sim::Clock now_ = 1000;  // so that a pass may begin at once
  sim::Clock start_ = 0;
  bool running_ = false;
  unsigned slot_ = 0;
  std::array<int, 8> codes_{};
  std::array<std::uint8_t, 512> readout_words_{};
  std::array<int, 2> madc_{}, next_madc_{};
};

}  // namespace hx::test
