// Random inputs of a neuron array of 512 circuits, clock by clock, as the chip can give them: the CADC samples whole passes and is
// read when nothing is sampled.
#pragma once

#include <cstdint>
#include <random>

#include "tests/fpga_model/neuron/neuron_reference.h"

namespace hx::test {

struct StimulusOptions {
  std::uint32_t seed = 1;
  bool complete = false;  // conductance-based inputs, adaptation, compartments, fire lines
  bool tame = false;      // no coefficients at the ends of their range
  bool quiet =
      false;  // few circuits, seldom driven, so that groups of lanes sleep and wake one by one
};

class NeuronStimulus {
 public:
  explicit NeuronStimulus(StimulusOptions const& options)
      : options_(options), random_(options.seed) {}

  bool chance(double p) { return std::uniform_real_distribution<>()(random_) < p; }
  int number(int low, int high) { return std::uniform_int_distribution<>(low, high)(random_); }
  int circuit() {
    if (!options_.quiet) return number(0, 511);
    return quiet_lane() / 16 * 256 + quiet_lane() % 16 * kSlots + number(0, kSlots - 1);
  }
  bool drives(int circuit) const { return !options_.quiet || (circuit / 16) % 9 == 0; }

  Coefficients coefficients() {
    Coefficients k;
    if (!options_.tame && chance(0.3)) {
      // Anything the port can carry.
      for (std::int32_t* d : {&k.d_mem, &k.d_exc, &k.d_inh, &k.c_exc, &k.c_inh})
        *d = number(0, 0x3ffff);
      for (std::int32_t* level : {&k.e, &k.v_th, &k.v_reset}) *level = number(-0x20000, 0x1ffff);
      k.v_off = number(-0x80000, 0x7ffff);
    } else {
      for (std::int32_t* d : {&k.d_mem, &k.d_exc, &k.d_inh})
        *d = number(0, options_.tame ? 0x3fff : 20000);
      k.c_exc = number(0, 12000);
      k.c_inh = number(0, 12000);
      k.e = number(10000, 40000);
      k.v_th = k.e + number(-500, 12000);
      k.v_reset = k.e + number(-8000, 2000);
      k.v_off = chance(0.3) ? number(-4000, 8000) : 0;
    }
    if (options_.complete) complete(k);
    return k;
  }

  std::uint8_t switches(int word) {
    auto const any = static_cast<std::uint8_t>(number(0, 255));
    return word == 6 && chance(0.8) ? any | 0x0c : any;
  }

  /// Short refractory times most of the time, so that circuits fire again.
  std::uint8_t backend(int word) {
    auto const any = static_cast<std::uint8_t>(number(0, 255));
    return word == 1 && chance(0.7) ? any | 0x0f : any;
  }

  Inputs next() {
    Inputs in;
    if (hold_run_ > 0) --hold_run_;
    if (hold_run_ == 0 && chance(0.0005)) hold_run_ = number(1, 5);
    in.run = hold_run_ == 0;
    if (!in.run) slot_ = sample_ = since_sample_ = 0;
    in.slot = slot_;
    if (in.run) slot_ = (slot_ + 1) % kSlots;
    if (chance(0.002)) busy_ = chance(0.6);
    if (options_.quiet && chance(0.01)) single_charge(in);
    if (!options_.quiet && busy_ && chance(0.3)) charges(in);
    writes(in);
    blocks(in);
    if (in.slot == 0) sample_ = in.run && chance(0.1) ? number(1, 3) : 0;
    since_sample_ = sample_ != 0 ? 0 : since_sample_ + 1;
    in.sample = sample_;
    in.read = since_sample_ > 2 && chance(0.5) ? number(0, 3) : 0;
    in.quad = {number(0, 63), number(0, 63)};
    return in;
  }

 private:
  void complete(Coefficients& k) {
    bool const wild = chance(0.2);
    auto const potential = [&] { return wild ? number(-0x20000, 0x1ffff) : number(10000, 40000); };
    if (chance(0.3)) k.k_exc = number(0, wild ? 0x3ffff : k.c_exc);
    if (chance(0.3)) k.k_inh = number(0, wild ? 0x3ffff : k.c_inh);
    k.e_exc = potential();
    k.e_inh = potential();
    k.adapt = chance(0.3);
    k.d_w = number(0, wild ? 0x3ffff : 20000);
    k.c_w = number(0, wild ? 0x3ffff : 20000);
    if (chance(0.2)) k.c_e = number(0, wild ? 0x3ffff : 10000);
    k.e_adapt = potential();
    k.v_exp = potential();
    k.a = number(-1023, 1023);
    k.b = number(-1023, 1023);
    k.rep = relative();
    k.other = relative();
    k.node = chance(0.3);
    k.member = chance(0.3);
    k.link = chance(0.2);
    k.d_own = number(0, wild ? 0x3ffff : 10000);
    k.d_other = number(0, wild ? 0x3ffff : 10000);
  }
  /// Few circuits, so that several meet.
  int relative() { return chance(0.8) ? 16 * number(0, 31) + 5 * number(0, 3) : number(0, 511); }

  /// One lane of every eight.
  int quiet_lane() { return 9 * number(0, 3); }
  bool event(double p) { return chance(options_.quiet ? p / 20 : p); }

  void writes(Inputs& in) {
    if (event(0.05)) {
      int const word = number(2, 7);
      in.ncfg = {{circuit(), word, switches(word)}};
    }
    if (event(0.05)) {
      int const word = number(0, 3);
      in.nbe = {{circuit(), word, backend(word)}};
    }
    if (event(0.08)) {
      in.coef_circuit = circuit();
      in.coef = coefficients();
    }
    if (event(0.03)) reset(in);
  }

  void blocks(Inputs& in) {
    if (chance(0.001)) force_reset_ = chance(0.5) ? 0 : number(0, 3);
    if (chance(0.001)) enable_clocks_ = chance(0.8) ? 3 : number(0, 3);
    if (chance(0.001)) scale_slow_ = number(0, 3) | number(0, 3) << 4;
    if (chance(0.001))
      scale_fast_ = chance(0.2) ? number(0, 255) : number(0, 4) | number(0, 4) << 4;
    in.force_reset = force_reset_;
    in.enable_clocks = enable_clocks_;
    in.scale_slow = scale_slow_;
    in.scale_fast = scale_fast_;
    if (options_.complete && chance(0.001)) scale_adapt_ = number(0, 255);
    in.scale_adapt = scale_adapt_;
    if (options_.complete && chance(0.02)) {
      madc_on_ = number(0, 3);
      madc_circuit_ = {circuit(), circuit()};
    }
    in.madc_on = madc_on_;
    in.madc_circuit = madc_circuit_;
  }

  void charges(Inputs& in) {
    for (int l = 0; l < 32; ++l) {
      bool const large = chance(0.02);
      in.exc.push_back(static_cast<std::uint16_t>(chance(0.3) ? number(0, large ? 4095 : 300) : 0));
      in.inh.push_back(static_cast<std::uint16_t>(chance(0.2) ? number(0, large ? 4095 : 200) : 0));
      in.bypass_exc |= std::uint64_t{chance(0.05)} << l;
      in.bypass_inh |= std::uint64_t{chance(0.05)} << l;
    }
  }

  /// Often one that changes nothing: saturated, or equal on both sides.
  void single_charge(Inputs& in) {
    in.exc.resize(32);
    in.inh.resize(32);
    auto const lane = static_cast<std::size_t>(quiet_lane());
    in.exc[lane] = static_cast<std::uint16_t>(chance(0.5) ? 4095 : number(0, 4095));
    in.inh[lane] = static_cast<std::uint16_t>(chance(0.5) ? in.exc[lane] : number(0, 4095));
    in.bypass_exc = std::uint64_t{chance(0.2)} << lane;
  }

  /// One circuit, or the four of a quad.
  void reset(Inputs& in) {
    if (chance(0.5)) {
      in.nreset[static_cast<std::size_t>(number(0, 3))] = circuit();
      return;
    }
    int const row = number(0, 1);
    int const quad = number(0, 63);
    for (int e = 0; e < 4; ++e)
      in.nreset[static_cast<std::size_t>(e)] = 256 * row + 8 * (quad % 32) + 2 * e + quad / 32;
  }

  StimulusOptions options_;
  std::mt19937 random_;
  int slot_ = 0;
  int hold_run_ = 0;
  bool busy_ = true;
  int force_reset_ = 0, enable_clocks_ = 3, scale_slow_ = 0, scale_fast_ = 0x11, scale_adapt_ = 0;
  int madc_on_ = 0;
  std::array<int, 2> madc_circuit_{};
  int sample_ = 0;
  int since_sample_ = 0;
};

}  // namespace hx::test
