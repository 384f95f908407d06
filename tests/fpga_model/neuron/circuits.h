// Setting up and running circuits of a neuron array at its border: what the tests of the dynamics share.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tests/fpga_model/neuron/neuron_reference.h"

namespace hx::test {

/// Switches of one circuit, logical.
struct Switches {
  bool fire = true, threshold = true, pause = false, bypass_exc = false, bypass_inh = false;
  bool amplifier = true, fast_clock = false;
  int source = 0;  // read-out: 0 membrane, 1 exc, 2 inh, 3 adaptation
  int refractory_time = 32, holdoff = 15;
  bool adaptation_pulse = false;
  bool master = false, slave = false, fire_bottom = false, fire_right = false;
};

inline std::vector<Inputs::Write> neuron_config(int circuit, Switches const& s) {
  auto const u8 = [](int x) { return static_cast<std::uint8_t>(x); };
  return {{circuit, 3, u8(s.source << 5 | s.amplifier << 4)},
          {circuit, 6, u8(s.fire << 2 | s.threshold << 3 | s.bypass_inh << 6 | s.bypass_exc << 7)},
          {circuit, 7, u8(s.pause << 7)}};
}

inline std::vector<Inputs::Write> backend_config(int circuit, Switches const& s) {
  auto const u8 = [](int x) { return static_cast<std::uint8_t>(x); };
  int const raw = 0xff - s.refractory_time;
  return {{circuit, 0, u8((s.holdoff & 3) << 6 | 0x3f)},
          {circuit, 1, u8((s.holdoff >> 2) << 6 | 0x30 | raw >> 4)},
          {circuit, 2, u8(0x80 | s.adaptation_pulse << 6 | (raw & 15) << 2 | s.fast_clock << 1)},
          {circuit, 3, u8(s.slave | s.fire_bottom << 1 | s.fire_right << 3 | s.master << 5)}};
}

/// Runs whole neuron steps on an array; charges are given by circuit.
template <class ArrayType>
class Circuits {
 public:
  explicit Circuits(ArrayType& array)
      : array_(array), exc_(512), inh_(512), bypass_exc_(512), bypass_inh_(512) {
    base_.rst_n = false;
    base_.run = false;
    for (int k = 0; k < 2 * kSlots; ++k) array_.clock(base_);
    base_.rst_n = true;
  }

  /// Block switches and scales of the following clocks.
  Inputs& common() { return base_; }

  /// Only before start(): writes take clocks.
  void set(int circuit, Coefficients const& coef, Switches const& switches) {
    Inputs in = base_;
    in.coef_circuit = circuit;
    in.coef = coef;
    array_.clock(in);
    for (auto const& w : neuron_config(circuit, switches)) {
      in = base_;
      in.ncfg = {w};
      array_.clock(in);
    }
    for (auto const& w : backend_config(circuit, switches)) {
      in = base_;
      in.nbe = {w};
      array_.clock(in);
    }
  }

  /// New coefficients of a running array: one write per clock from the next step on, which circuits of early slots (high
  /// columns of a lane) see one step later.
  void write_running(int circuit, Coefficients const& coef) {
    coefficient_writes_.emplace_back(circuit, coef);
  }

  /// The first update: V = E.
  void start() {
    base_.run = true;
    step({});
  }

  void charge(int circuit, int exc, int inh) {
    exc_[at(circuit)] = static_cast<std::uint16_t>(exc);
    inh_[at(circuit)] = static_cast<std::uint16_t>(inh);
    charged_ = true;
  }
  void bypass(int circuit, bool exc, bool inh) {
    bypass_exc_[at(circuit)] = exc;
    bypass_inh_[at(circuit)] = inh;
    charged_ = true;
  }
  void reset_neuron(int circuit) { pending_.push_back(circuit); }

  /// One step of all circuits with the charges given since the last one. Each circuit's state is reported as soon as it is
  /// up to date in both forms of the array (13 clocks after its slot), spikes when they appear at the output: these belong to
  /// the last 28 slots, so to this step or the one before.
  void step(std::function<void(int circuit, State const&)> const& state) {
    for (int slot = 0; slot < kSlots; ++slot) {
      Inputs in = base_;
      in.slot = slot;
      if (slot < 1 && !pending_.empty()) {
        for (std::size_t k = 0; k < pending_.size() && k < 4; ++k) in.nreset[k] = pending_[k];
        pending_.clear();
      }
      if (!coefficient_writes_.empty()) {
        in.coef_circuit = coefficient_writes_.back().first;
        in.coef = coefficient_writes_.back().second;
        coefficient_writes_.pop_back();
      }
      if (charged_) charges(in);
      note(array_.clock(in));
      ++clock_;
      // Slots 0..3 are up to date at the end of this pass, the others in the next one; at is the slot 13 clocks ago.
      int const done = (slot + kSlots - 12) % kSlots;
      if (previous_ && slot < 12) report(done, previous_);
      if (slot >= 12) report(done, state);
    }
    previous_ = state;
    if (charged_) {
      std::fill(exc_.begin(), exc_.end(), 0);
      std::fill(inh_.begin(), inh_.end(), 0);
      std::fill(bypass_exc_.begin(), bypass_exc_.end(), 0);
      std::fill(bypass_inh_.begin(), bypass_inh_.end(), 0);
      charged_ = false;
    }
    ++step_;
  }

  /// Spikes seen so far as (step, circuit), steps counted from start() = step 0.
  std::vector<std::pair<int, int>> const& spikes() const { return spikes_; }
  int steps() const { return step_; }

 private:
  static std::size_t at(int circuit) { return static_cast<std::size_t>(circuit); }
  int circuit(int slot, int lane) const {
    int const lanes = array_.lanes() / 2;
    return 256 * (lane / lanes) + (lane % lanes) * kSlots + kSlots - 1 - slot;
  }

  void charges(Inputs& in) {
    in.exc.resize(at(array_.lanes()));
    in.inh.resize(at(array_.lanes()));
    for (int lane = 0; lane < array_.lanes(); ++lane) {
      std::size_t const c = at(circuit(in.slot, lane));
      in.exc[at(lane)] = exc_[c];
      in.inh[at(lane)] = inh_[c];
      in.bypass_exc |= std::uint64_t{bypass_exc_[c] != 0} << lane;
      in.bypass_inh |= std::uint64_t{bypass_inh_[c] != 0} << lane;
    }
  }

  void note(Outputs const& out) {
    if (!out.any) return;
    // Visible 12 clocks after the slot: the slot was executed at clock_ - 11.
    int const step = static_cast<int>((clock_ - 11) / kSlots);
    for (int lane = 0; lane < array_.lanes(); ++lane) {
      if (out.spikes >> lane & 1) spikes_.emplace_back(step, circuit(out.slot, lane));
    }
  }

  void report(int slot, std::function<void(int, State const&)> const& state) {
    if (!state) return;
    array_.probe(slot);
    for (int lane = 0; lane < array_.lanes(); ++lane)
      state(circuit(slot, lane), array_.state(lane));
  }

  ArrayType& array_;
  Inputs base_;
  std::vector<std::uint16_t> exc_, inh_;
  std::vector<char> bypass_exc_, bypass_inh_;
  bool charged_ = false;
  std::vector<int> pending_;
  std::vector<std::pair<int, Coefficients>> coefficient_writes_;
  std::function<void(int, State const&)> previous_;
  std::vector<std::pair<int, int>> spikes_;
  std::int64_t clock_ = 0;
  int step_ = 0;
};

}  // namespace hx::test
