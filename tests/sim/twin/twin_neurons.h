// The neuron array of the functional model behind the plain inputs of neuron_reference.h, one clock per call, so that tests written
// for the RTL run on it: the interface is that of Array in array_harness.h.
//
// The array is used as its users do: it is brought up to date only when next() asks for it, or by writes.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>

#include "sim/twin/neuron_array.h"
#include "tests/fpga_model/neuron/neuron_reference.h"

namespace hx::test {

inline sim::Coefficients twin_coefficients(Coefficients const& k) {
  return {k.d_mem, k.d_exc, k.d_inh, k.c_exc, k.c_inh, k.e, k.v_th, k.v_reset, k.v_off};
}

class TwinNeurons {
 public:
  explicit TwinNeurons(int columns = 256, sim::StepSlots step_slots = nullptr)
      : step_slots_(step_slots) {
    EXPECT_EQ(columns, 256) << "the functional model has one size";
    power_on();
  }

  int lanes() const { return static_cast<int>(sim::kLanes); }

  Outputs clock(Inputs const& in) {
    Outputs out;
    if (!in.rst_n) {
      power_on();
    } else {
      set_running(in);
      set_blocks(in);
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
    ++now_;
    return out;
  }

  void probe(int slot) { slot_ = static_cast<unsigned>(slot); }
  State state(int lane) {
    sim::NeuronState const s =
        neurons_->state(sim::circuit_of(slot_, static_cast<unsigned>(lane)), now_ - 1);
    return {s.v, s.i_exc, s.i_inh, s.refractory};
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
    neurons_ = std::make_unique<sim::NeuronArray>(*charges_, step_slots_);
    neurons_->stop(now_);
    running_ = false;
    codes_ = {};
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
      neurons_->write_block(b,
                            {.force_reset = (in.force_reset >> b & 1) != 0,
                             .enable_clocks = (in.enable_clocks >> b & 1) != 0,
                             .scale_slow = static_cast<unsigned>(in.scale_slow >> (4 * b) & 15),
                             .scale_fast = static_cast<unsigned>(in.scale_fast >> (4 * b) & 15)},
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
    for (auto const& w : in.ncfg)
      neurons_->write_neuron(static_cast<unsigned>(w.circuit), static_cast<unsigned>(w.word),
                             w.data, now_);
    for (auto const& w : in.nbe)
      neurons_->write_backend(static_cast<unsigned>(w.circuit), static_cast<unsigned>(w.word),
                              w.data, now_);
    if (in.coef_circuit >= 0)
      neurons_->set_coefficients(static_cast<unsigned>(in.coef_circuit), twin_coefficients(in.coef),
                                 now_);
  }

  sim::StepSlots step_slots_;
  std::unique_ptr<sim::Charges> charges_;
  std::unique_ptr<sim::NeuronArray> neurons_;
  sim::Clock now_ = 1000;  // so that a pass may begin at once
  sim::Clock start_ = 0;
  bool running_ = false;
  unsigned slot_ = 0;
  std::array<int, 8> codes_{};
};

}  // namespace hx::test
