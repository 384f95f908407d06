// The neuron contract (model-dynamics, sections 2 and 3; chip-behaviour, section 14.5) written down a second time, as plainly as
// possible: 64-bit integers, one circuit after the other. The tests compare both forms of the array with it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace hx::test {

inline constexpr int kSlots = 16;

struct Coefficients {
  std::int32_t d_mem = 0, d_exc = 0, d_inh = 0, c_exc = 0, c_inh = 0;  // 2^-18
  std::int32_t e = 0, v_th = 0, v_reset = 0;                           // 2^-8 CADC LSB
  std::int32_t v_off = 0;                                              // 2^-12 CADC LSB per step
  bool operator==(Coefficients const&) const = default;
};

/// Register values of one circuit, logical (not as stored).
struct Registers {
  int cap = 63, i_leak = 128, leak_mul = 0, leak_div = 0;
  int i_tau_exc = 128, i_tau_inh = 128, high_res_exc = 0, high_res_inh = 0, small_cap_exc = 0,
      small_cap_inh = 0;
  int dac = 600, gm_exc = 500, gm_inh = 500, en_exc = 1, en_inh = 1;
  int v_leak = 214, v_reset = 214, v_th = 322, i_off = 0, en_off = 0, inv_off = 0;
};

/// y, 2^-18, to d = 1 - exp(-y), 2^-18.
inline std::int64_t decay(std::int64_t y) {
  std::int64_t const y2 = (y * y + (1 << 17)) >> 18;
  std::int64_t const y3 = (y2 * y + (1 << 17)) >> 18;
  return y - ((y2 + 1) >> 1) + (y3 + 3) / 6;
}

inline Coefficients derive(Registers const& r) {
  std::int64_t const c = std::max(1, r.cap);
  std::int64_t leak = std::int64_t{1652} * r.i_leak;
  if (r.leak_mul) leak <<= 3;
  if (r.leak_div) leak >>= 3;
  std::int64_t const y_m = std::min<std::int64_t>(leak / c, 1 << 17);
  auto const y_syn = [](int bias, int high_res, int small_cap) {
    std::int64_t y = std::int64_t{6711} * bias;
    if (small_cap) y <<= 3;
    if (high_res) y >>= 2;
    return std::min<std::int64_t>(y >> 8, 1 << 17);
  };
  auto const gain = [&](int gm, int enabled) -> std::int64_t {
    if (!enabled) return 0;
    std::int64_t const c0 = (std::int64_t{46180} * r.dac * gm / c) >> 16;
    return std::min<std::int64_t>(c0 - (c0 * y_m >> 19), (1 << 18) - 1);
  };
  auto const potential = [](int m) { return (std::int32_t{27307} * m - 600642) >> 8; };
  auto const i32 = [](std::int64_t x) { return static_cast<std::int32_t>(x); };
  Coefficients k;
  k.d_mem = i32(decay(y_m));
  k.d_exc = i32(decay(y_syn(r.i_tau_exc, r.high_res_exc, r.small_cap_exc)));
  k.d_inh = i32(decay(y_syn(r.i_tau_inh, r.high_res_inh, r.small_cap_inh)));
  k.c_exc = i32(gain(r.gm_exc, r.en_exc));
  k.c_inh = i32(gain(r.gm_inh, r.en_inh));
  k.e = potential(r.v_leak);
  k.v_th = potential(r.v_th);
  k.v_reset = potential(r.v_reset);
  k.v_off = r.en_off ? i32(330 * r.i_off / c) * (r.inv_off ? -1 : 1) : 0;
  return k;
}

inline constexpr double kStep = 0.128;  // us

/// Coefficients of an ideal neuron: time constants in us, kappa in CADC LSB / us per weight LSB, potentials in CADC LSB.
struct Ideal {
  double tau_mem = 10, tau_exc = 10, tau_inh = 10, kappa = 0.1;
  double e = 80, v_reset = 80, v_th = 125;
};

inline Coefficients nearest(Ideal const& p) {
  auto const d = [](double tau) { return std::llround((1 - std::exp(-kStep / tau)) * (1 << 18)); };
  auto const i32 = [](auto x) { return static_cast<std::int32_t>(x); };
  Coefficients k;
  k.d_mem = i32(d(p.tau_mem));
  k.d_exc = i32(d(p.tau_exc));
  k.d_inh = i32(d(p.tau_inh));
  k.c_exc = k.c_inh = i32(std::llround(p.kappa * kStep * (1 - kStep / p.tau_mem / 2) * (1 << 18)));
  k.e = i32(std::lround(p.e * 256));
  k.v_th = i32(std::lround(p.v_th * 256));
  k.v_reset = i32(std::lround(p.v_reset * 256));
  return k;
}

/// Inputs of one clock; circuits 256 * row + column.
struct Inputs {
  bool rst_n = true;
  int slot = 0;
  bool run = true;
  std::vector<std::uint16_t> exc, inh;  // by lane; empty: none
  std::uint64_t bypass_exc = 0, bypass_inh = 0;
  struct Write {
    int circuit, word;
    std::uint8_t data;
  };
  std::vector<Write> ncfg, nbe;  // at most one each
  int coef_circuit = -1;
  Coefficients coef;
  std::array<int, 4> nreset{-1, -1, -1, -1};
  int force_reset = 0, enable_clocks = 3, scale_slow = 0, scale_fast = 0;
  int sample = 0, read = 0;   // one bit per row
  std::array<int, 2> quad{};  // to read, per row
};

/// Outputs of the clock after.
struct Outputs {
  bool any = false;
  int slot = 0;
  std::uint64_t spikes = 0;
  std::array<int, 8> codes{};  // row 0, row 1: entries of the quad read last
};

struct State {
  std::int64_t v = 0, exc = 0, inh = 0, rem = 0;
  bool operator==(State const&) const = default;
};

class ReferenceArray {
 public:
  explicit ReferenceArray(int columns)
      : columns_(columns), lanes_(columns / kSlots), circuits_(512) {
    fresh_.fill(true);
  }

  int lanes() const { return 2 * lanes_; }

  State const& state(int slot, int lane) const { return circuits_[at(slot, lane)].state; }

  Outputs clock(Inputs const& in) {
    Outputs out;
    for (int k = 0; k < 8; ++k) {
      int const row = k / 4;
      if (!(in.read >> row & 1)) continue;
      int const quad = in.quad[index(row)];
      int const column = 8 * (quad % 32) + 2 * (k % 4) + quad / 32;
      codes_out_[index(k)] = column < columns_ ? circuits_[index(256 * row + column)].code : 0;
    }
    out.codes = codes_out_;
    for (auto [circuit, code] : codes_) circuits_[circuit].code = code;
    codes_.clear();
    if (!in.rst_n) {
      *this = ReferenceArray(columns_);
      return {};
    }
    std::uint64_t spikes = 0;
    if (in.run) {
      for (int lane = 0; lane < lanes(); ++lane) {
        if (slot(in, lane)) spikes |= std::uint64_t{1} << lane;
      }
      fresh_[static_cast<std::size_t>(in.slot)] = false;
    }
    // The pipeline: entry k becomes visible k + 1 clocks later.
    pipe_.insert(pipe_.begin(), {spikes != 0, in.slot, spikes, 0});
    pipe_.resize(12);
    if (in.run && pipe_[11].any) {
      out.any = true;
      out.slot = pipe_[11].slot;
      out.spikes = pipe_[11].spikes;
    }
    for (int circuit : in.nreset) {
      if (circuit >= 0 && circuit % 256 < columns_ && (word(circuit, 6) & 4))
        circuits_[index(circuit)].pending = true;
    }
    for (auto const& w : in.ncfg)
      circuits_[index(w.circuit)].ncfg[static_cast<std::size_t>(w.word)] = w.data;
    for (auto const& w : in.nbe)
      circuits_[index(w.circuit)].nbe[static_cast<std::size_t>(w.word)] = w.data;
    if (in.coef_circuit >= 0) circuits_[index(in.coef_circuit)].coef = in.coef;
    if (!in.run) {
      fresh_.fill(true);
      pipe_.clear();
      for (Circuit& c : circuits_) c.pending = false;
    }
    return out;
  }

 private:
  struct Circuit {
    Coefficients coef;
    std::array<std::uint8_t, 8> ncfg{};
    std::array<std::uint8_t, 4> nbe{};
    State state;
    bool pending = false;
    int code = 0;
  };

  static std::size_t index(int circuit) { return static_cast<std::size_t>(circuit); }
  std::uint8_t word(int circuit, std::size_t k) const { return circuits_[index(circuit)].ncfg[k]; }
  std::size_t at(int slot, int lane) const {
    int const row = lane / lanes_;
    return index(256 * row + (lane % lanes_) * kSlots + kSlots - 1 - slot);
  }
  static std::int64_t round_shift(std::int64_t x, int bits) {
    return (x + (std::int64_t{1} << (bits - 1))) >> bits;
  }

  bool slot(Inputs const& in, int lane) {
    Circuit& c = circuits_[at(in.slot, lane)];
    State const old = c.state;
    bool const fresh = fresh_[static_cast<std::size_t>(in.slot)];
    int const row = lane / lanes_;
    if (in.sample >> row & 1) {
      State const seen = fresh ? State{} : old;
      int const code = code_of(c.ncfg[3], seen);
      codes_.emplace_back(at(in.slot, lane), code);
    }
    bool const pending = c.pending;
    c.pending = false;
    if (fresh) {
      c.state = State{std::int64_t{c.coef.e} * 16, 0, 0, 0};
      return false;
    }
    int const block = (lane % lanes_) * kSlots >= 128;
    bool const enable_fire = c.ncfg[6] & 4;
    bool const threshold = c.ncfg[6] & 8;
    bool const byp = ((in.bypass_exc >> lane & 1) && (c.ncfg[6] & 0x80)) ||
                     ((in.bypass_inh >> lane & 1) && (c.ncfg[6] & 0x40));
    bool const pause = c.ncfg[7] & 0x80;
    int const refractory_time = 0xff - ((c.nbe[1] & 15) << 4 | (c.nbe[2] >> 2 & 15));
    int const holdoff = (c.nbe[1] >> 6) << 2 | c.nbe[0] >> 6;
    int const scales = c.nbe[2] & 2 ? in.scale_fast : in.scale_slow;
    int const scale = (scales >> (4 * block) & 15) + 1;
    std::int64_t const ticks = 31 - 2 * holdoff;
    std::int64_t const hold = refractory_time < ticks ? 0 : ticks << scale;
    std::int64_t const load = std::int64_t{refractory_time} << scale;
    std::int64_t const s_exc = in.exc.empty() ? 0 : in.exc[static_cast<std::size_t>(lane)];
    std::int64_t const s_inh = in.inh.empty() ? 0 : in.inh[static_cast<std::size_t>(lane)];

    bool const refractory = old.rem > 0;
    bool const clamp = old.rem > hold;
    std::int64_t const v_reset = std::int64_t{c.coef.v_reset} * 16;
    std::int64_t const de = round_shift(std::int64_t{c.coef.d_exc} * (old.exc >> 4), 14);
    std::int64_t const di = round_shift(std::int64_t{c.coef.d_inh} * (old.inh >> 4), 14);
    std::int64_t const me = (old.exc - (de >> 1)) >> 4;
    std::int64_t const mi = (old.inh - (di >> 1)) >> 4;
    std::int64_t const distance = std::clamp<std::int64_t>(
        (old.v - std::int64_t{c.coef.e} * 16) >> 4, -(1 << 17), (1 << 17) - 1);
    std::int64_t const leak = round_shift(c.coef.d_mem * distance, 14);
    std::int64_t j = c.coef.v_off;
    if (!(pause && clamp))
      j += round_shift(c.coef.c_exc * me, 12) - round_shift(c.coef.c_inh * mi, 12);
    std::int64_t const dv = j - leak;
    std::int64_t v = std::clamp<std::int64_t>(old.v + dv, -128 * 4096, 512 * 4096 - 1);
    std::int64_t rem =
        in.enable_clocks >> block & 1 ? std::max<std::int64_t>(0, old.rem - 2 * kSlots) : old.rem;
    bool spike = false;
    if (!refractory && enable_fire &&
        ((threshold && v + (dv >> 1) >= std::int64_t{c.coef.v_th} * 16) || byp))
      spike = true;
    if (pending) spike = false;
    if (spike || pending) rem = load;
    if (spike || pending || clamp) v = v_reset;
    c.state = State{v, std::min<std::int64_t>(old.exc - de + (s_exc << 10), 4194303),
                    std::min<std::int64_t>(old.inh - di + (s_inh << 10), 4194303), rem};
    if (in.force_reset >> block & 1) {
      c.state = State{v_reset, 0, 0, 0};
      spike = false;
    }
    return spike;
  }

  static int code_of(std::uint8_t switches, State const& s) {
    if (!(switches & 0x10)) return 0;
    switch (switches >> 5 & 3) {
      case 0:
        return static_cast<int>((s.v + 2048) >> 12);
      case 1:
        return static_cast<int>(s.exc >> 14);
      case 2:
        return static_cast<int>(s.inh >> 14);
      default:
        return 128;
    }
  }

  int columns_;
  int lanes_;
  std::vector<Circuit> circuits_;
  std::array<bool, kSlots> fresh_{};
  std::vector<Outputs> pipe_;
  std::vector<std::pair<std::size_t, int>> codes_;  // stored in the next clock
  std::array<int, 8> codes_out_{};
};

}  // namespace hx::test
