// The neuron contract (model-dynamics, sections 2 and 3; chip-behaviour, section 14.5; docs/decisions/neuron.md) written down a second
// time, as plainly as possible: 64-bit integers, one circuit after the other. The tests compare both forms of the array with it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "fpga_model/spec/neuron_tables.h"

namespace hx::test {

inline constexpr int kSlots = 16;

struct Coefficients {
  std::int32_t d_mem = 0, d_exc = 0, d_inh = 0, c_exc = 0, c_inh = 0;  // 2^-18
  std::int32_t e = 0, v_th = 0, v_reset = 0;                           // 2^-8 CADC LSB
  std::int32_t v_off = 0;                                              // 2^-12 CADC LSB per step
  // Conductance-based inputs: folded slopes, reference potentials.
  std::int32_t k_exc = 0, k_inh = 0, e_exc = 0, e_inh = 0;
  // Adaptation and exponential term: 2^-18; potentials; signed strengths (raw codes).
  std::int32_t d_w = 0, c_w = 0, c_e = 0, e_adapt = 0, v_exp = 0, a = 0, b = 0;
  bool adapt = false;
  // Compartments: a member gives its current to rep; a node publishes its voltage and takes sums; a link couples its
  // compartment (d_own) to that of other (d_other).
  bool member = false, node = false, link = false;
  int rep = 0, other = 0;
  std::int32_t d_own = 0, d_other = 0;
  bool operator==(Coefficients const&) const = default;
};

/// Register values of one circuit, logical (not as stored).
struct Registers {
  int cap = 63, i_leak = 128, leak_mul = 0, leak_div = 0;
  int i_tau_exc = 128, i_tau_inh = 128, high_res_exc = 0, high_res_inh = 0, small_cap_exc = 0,
      small_cap_inh = 0;
  int dac = 600, gm_exc = 500, gm_inh = 500, en_exc = 1, en_inh = 1;
  int v_leak = 214, v_reset = 214, v_th = 322, i_off = 0, en_off = 0, inv_off = 0;
  int coba_exc = 0, coba_inh = 0, i_coba_exc = 0, i_coba_inh = 0, rev_exc = 0, rev_inh = 0;
  int adapt = 0, inv_a = 0, inv_b = 0, i_tau_w = 0, i_a = 0, i_b = 0, v_adapt_leak = 0;
  int exponential = 0, i_exp = 0, v_exp = 0;
  int fire = 0, threshold = 0;
  int right = 0, bottom = 0, soma = 0, soma_right = 0;
  int conductance = 0, i_nmda = 0, nmda_mul = 0, nmda_div = 0;
};

/// y, 2^-18, to d = 1 - exp(-y), 2^-18.
inline std::int64_t decay(std::int64_t y) {
  std::int64_t const y2 = (y * y + (1 << 17)) >> 18;
  std::int64_t const y3 = (y2 * y + (1 << 17)) >> 18;
  return y - ((y2 + 1) >> 1) + (y3 + 3) / 6;
}

/// Leak strength: 8 i_bias_leak, times or by 8.
inline std::int64_t leak_of(Registers const& r) {
  std::int64_t const g = std::int64_t{8} * r.i_leak;
  if (r.leak_mul == r.leak_div) return g;
  return r.leak_mul ? g << 3 : g >> 3;
}

/// Place of a circuit in the network of switches.
struct Role {
  bool merged = false;  // the compartment has several circuits; the sums below are its own
  bool node = false, link = false;
  int rep = 0, other = 0;
  std::int64_t cap = 0, leak = 0, leak_potential = 0;  // sums of C, g, g * v_leak
  std::int64_t cap_other = 0;                          // C of the other end of the link
};

/// Roles of all 512 circuits.
inline std::vector<Role> network(std::vector<Registers> const& registers, int columns = 256) {
  auto const at = [](int k) { return static_cast<std::size_t>(k); };
  // Membranes 0..511, somatic segments 512..1023.
  std::vector<int> group(1024);
  for (int k = 0; k < 1024; ++k) group[at(k)] = k;
  auto const join = [&](int a, int b) {
    int const from = group[at(b)];
    int const to = group[at(a)];
    for (int& g : group) {
      if (g == from) g = to;
    }
  };
  for (int n = 0; n < 512; ++n) {
    int const column = n % 256;
    if (column >= columns) continue;
    Registers const& r = registers[at(n)];
    bool const last = column % 128 == 127 || column + 1 >= columns;
    if (r.right && !last) join(n, n + 1);
    if (r.soma_right && !last) join(512 + n, 512 + n + 1);
    if (r.soma) join(n, 512 + n);
    if (n < 256 && r.bottom && registers[at(n + 256)].bottom) join(n, n + 256);
  }
  std::vector<Role> roles(512);
  auto const first = [&](int g) {
    int found = -1;
    bool fires = false;
    for (int n = 0; n < 512; ++n) {
      bool const can = registers[at(n)].fire && registers[at(n)].threshold;
      if (n % 256 >= columns || group[at(n)] != g || (found >= 0 && (fires || !can))) continue;
      found = n;
      fires = can;
    }
    return found;
  };
  for (int n = 0; n < 512; ++n) {
    Role& role = roles[at(n)];
    role.rep = n;
    if (n % 256 >= columns) continue;
    role.rep = first(group[at(n)]);
    int count = 0;
    for (int k = 0; k < 512; ++k) {
      if (k % 256 >= columns || group[at(k)] != group[at(n)]) continue;
      Registers const& r = registers[at(k)];
      ++count;
      role.cap += r.cap;
      role.leak += leak_of(r);
      role.leak_potential += leak_of(r) * r.v_leak;
    }
    role.merged = count > 1;
    role.node = role.merged && role.rep == n;
  }
  for (int n = 0; n < 512; ++n) {
    Registers const& r = registers[at(n)];
    if (n % 256 >= columns || !r.conductance || r.soma) continue;
    // Membranes of the compartment that owns the somatic line.
    int const owner = first(group[at(512 + n)]);
    if (owner < 0 || group[at(owner)] == group[at(n)]) continue;
    Role& role = roles[at(n)];
    role.link = true;
    role.other = owner;
    role.cap_other = roles[at(owner)].cap;
    roles[at(owner)].node = true;
    roles[at(role.rep)].node = true;
  }
  return roles;
}

inline Coefficients derive(Registers const& r, int circuit, Role const& role) {
  std::int64_t const c = std::max<std::int64_t>(1, role.merged ? role.cap : r.cap);
  std::int64_t const leak = role.merged ? role.leak : leak_of(r);
  std::int64_t const leak_potential = role.merged ? role.leak_potential : leak * r.v_leak;
  std::int64_t const y_m = std::min<std::int64_t>((1652 * leak >> 3) / c, 1 << 17);
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
  std::int64_t const mean = leak == 0 ? std::int64_t{r.v_leak} << 8 : (leak_potential << 8) / leak;
  k.e = i32((27307 * mean - (std::int64_t{600642} << 8)) >> 16);
  k.v_th = potential(r.v_th);
  k.v_reset = potential(r.v_reset);
  k.v_off = r.en_off ? i32(330 * r.i_off / c) * (r.inv_off ? -1 : 1) : 0;
  auto const slope = [&](int enabled, std::int32_t strength, int code) {
    return enabled ? i32(std::int64_t{strength} * code >> 10) : 0;
  };
  k.k_exc = slope(r.coba_exc, k.c_exc, r.i_coba_exc);
  k.k_inh = slope(r.coba_inh, k.c_inh, r.i_coba_inh);
  k.e_exc = potential(r.rev_exc);
  k.e_inh = potential(r.rev_inh);
  k.d_w = i32(decay((10737 * r.i_tau_w + 2048) >> 12));
  k.c_w = i32(y_m - ((((y_m * y_m + (1 << 17)) >> 18) + 1) >> 1));
  k.c_e = r.exponential ? i32((std::int64_t{k.c_w} * r.i_exp + 256) >> 9) : 0;
  k.e_adapt = potential(r.v_adapt_leak);
  k.v_exp = potential(r.v_exp);
  k.a = r.inv_a ? -r.i_a : r.i_a;
  k.b = r.inv_b ? -r.i_b : r.i_b;
  k.adapt = r.adapt;
  k.member = role.rep != circuit;
  k.rep = role.rep;
  k.node = role.node;
  k.link = role.link;
  k.other = role.other;
  if (role.link) {
    std::int64_t g = std::int64_t{4} * r.i_nmda;
    if (r.nmda_mul != r.nmda_div) g = r.nmda_mul ? g << 2 : g >> 2;
    auto const d = [&](std::int64_t cap) {
      return i32(decay(std::min<std::int64_t>((1652 * g >> 2) / cap, 1 << 17)));
    };
    k.d_own = d(c);
    k.d_other = d(std::max<std::int64_t>(1, role.cap_other));
  }
  return k;
}

/// Of a circuit alone.
inline Coefficients derive(Registers const& r) {
  return derive(r, 0, Role{});
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
  int force_reset = 0, enable_clocks = 3, scale_slow = 0, scale_fast = 0, scale_adapt = 0;
  int sample = 0, read = 0;   // one bit per row
  std::array<int, 2> quad{};  // to read, per row
  int madc_on = 0;            // one bit per multiplexer
  std::array<int, 2> madc_circuit{};
};

/// Outputs of the clock after.
struct Outputs {
  bool any = false;
  int slot = 0;
  std::uint64_t spikes = 0;
  std::array<int, 8> codes{};  // row 0, row 1: entries of the quad read last
  std::array<int, 2> madc{};
};

struct State {
  std::int64_t v = 0, exc = 0, inh = 0, rem = 0;
  std::int64_t w = 0, dv = 0;  // adaptation; last change of V, for the exponential term
  bool operator==(State const&) const = default;
};

class ReferenceArray {
 public:
  explicit ReferenceArray(int columns)
      : columns_(columns), lanes_(columns / kSlots), circuits_(512), line_(512), started_(512) {
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
    for (auto [mux, code] : madc_) madc_out_[index(mux)] = code;
    madc_.clear();
    out.madc = madc_out_;
    if (!in.rst_n) {
      *this = ReferenceArray(columns_);
      return {};
    }
    std::uint64_t spikes = 0;
    if (in.run) {
      spikes = slot(in);
      fresh_[static_cast<std::size_t>(in.slot)] = false;
    }
    // The pipeline: entry k becomes visible k + 1 clocks later.
    Outputs entry;
    entry.any = spikes != 0;
    entry.slot = in.slot;
    entry.spikes = spikes;
    pipe_.insert(pipe_.begin(), entry);
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
    if (in.coef_circuit >= 0) write(circuits_[index(in.coef_circuit)], in.coef);
    if (!in.run) {
      fresh_.fill(true);
      pipe_.clear();
      std::fill(started_.begin(), started_.end(), false);
      std::fill(line_.begin(), line_.end(), false);
      for (Circuit& c : circuits_) {
        c.pending = false;
        c.sum = {};
        c.cross = {};
      }
    }
    return out;
  }

 private:
  /// Current and clamp for a representative.
  struct Sum {
    std::int64_t current = 0;
    bool clamp = false;
  };

  struct Circuit {
    Coefficients coef;
    std::array<std::uint8_t, 8> ncfg{};
    std::array<std::uint8_t, 4> nbe{};
    State state;
    bool pending = false;
    int code = 0;
    Sum sum;                   // from its own lane pair
    std::array<Sum, 2> cross;  // from other lane pairs, by parity of the pass
    std::int64_t published = 0, published_before = 0;  // voltages read in the last two steps
  };

  static std::size_t index(int circuit) { return static_cast<std::size_t>(circuit); }
  std::uint8_t word(int circuit, std::size_t k) const { return circuits_[index(circuit)].ncfg[k]; }
  int circuit_of(int slot, int lane) const {
    return 256 * (lane / lanes_) + (lane % lanes_) * kSlots + kSlots - 1 - slot;
  }
  std::size_t at(int slot, int lane) const { return index(circuit_of(slot, lane)); }
  static int slot_of(int circuit) { return kSlots - 1 - circuit % kSlots; }
  static std::int64_t round_shift(std::int64_t x, int bits) {
    return (x + (std::int64_t{1} << (bits - 1))) >> bits;
  }
  /// sat_s9.8(fl8(x)).
  static std::int64_t cut(std::int64_t x) {
    return std::clamp<std::int64_t>(x >> 4, -(1 << 17), (1 << 17) - 1);
  }
  /// sat_s9.12.
  static std::int64_t limit(std::int64_t x) {
    return std::clamp<std::int64_t>(x, -(1 << 21), (1 << 21) - 1);
  }

  static void write(Circuit& c, Coefficients const& coef) {
    if (!coef.node) {
      c.sum = {};
      c.cross = {};
    } else if (!c.coef.node) {
      c.published = c.published_before = c.state.v;
    }
    c.coef = coef;
  }

  /// Voltage that the node read in the pass before this one, seen from a slot.
  std::int64_t seen(int node, int slot) const {
    Circuit const& c = circuits_[index(node)];
    return slot_of(node) < slot ? c.published_before : c.published;
  }

  void give(int from, int to, std::int64_t current, bool clamp) {
    Circuit& c = circuits_[index(to)];
    if (!c.coef.node) return;
    Sum& sum = from % 256 / kSlots == to % 256 / kSlots ? c.sum : c.cross[index(pass_ & 1)];
    sum.current += current;
    sum.clamp |= clamp;
  }

  /// What does not depend on other circuits in the same clock.
  struct Early {
    std::int64_t v = 0;  // as read, or as seen by a member
    std::int64_t de = 0, di = 0;
    std::int64_t current = 0;  // synaptic
    std::int64_t link = 0;     // own term of a link
    bool clamp = false, refractory = false, bypass = false, line = false;
  };

  std::uint64_t slot(Inputs const& in) {
    if (in.slot == 0) {
      ++pass_;
      settle_lines();
    }
    bool const fresh = fresh_[static_cast<std::size_t>(in.slot)];
    std::vector<Early> early(index(lanes()));
    for (int lane = 0; lane < lanes(); ++lane) {
      sample(in, lane, fresh);
      if (!fresh) early[index(lane)] = prepare(in, lane);
    }
    if (!fresh) {
      for (int lane = 0; lane < lanes(); ++lane) distribute(in.slot, lane, early[index(lane)]);
    }
    std::uint64_t spikes = 0;
    for (int lane = 0; lane < lanes(); ++lane) {
      if (finish(in, lane, fresh, early[index(lane)])) spikes |= std::uint64_t{1} << lane;
    }
    return spikes;
  }

  void sample(Inputs const& in, int lane, bool fresh) {
    int const n = circuit_of(in.slot, lane);
    Circuit const& c = circuits_[index(n)];
    State shown = fresh ? State{} : c.state;
    if (!fresh && c.coef.member) shown.v = seen(c.coef.rep, in.slot);
    if (in.sample >> (lane / lanes_) & 1) codes_.emplace_back(index(n), code_of(c.ncfg[3], shown));
    for (int mux = 0; mux < 2; ++mux) {
      if ((in.madc_on >> mux & 1) && in.madc_circuit[index(mux)] == n)
        madc_.emplace_back(mux, madc_code_of(c.ncfg[3], shown));
    }
  }

  Early prepare(Inputs const& in, int lane) const {
    int const n = circuit_of(in.slot, lane);
    Circuit const& c = circuits_[index(n)];
    Coefficients const& k = c.coef;
    State const& old = c.state;
    Early e;
    e.v = k.member ? seen(k.rep, in.slot) : old.v;
    e.refractory = old.rem > 0;
    e.clamp = old.rem > times(in, n).hold;
    e.line = line_[index(n)] && (c.nbe[3] & 1);
    e.bypass = !e.refractory && (c.ncfg[6] & 4) &&
               (((in.bypass_exc >> lane & 1) && (c.ncfg[6] & 0x80)) ||
                ((in.bypass_inh >> lane & 1) && (c.ncfg[6] & 0x40)));
    e.de = round_shift(std::int64_t{k.d_exc} * (old.exc >> 4), 14);
    e.di = round_shift(std::int64_t{k.d_inh} * (old.inh >> 4), 14);
    std::int64_t const me = (old.exc - (e.de >> 1)) >> 4;
    std::int64_t const mi = (old.inh - (e.di >> 1)) >> 4;
    auto const strength = [](std::int64_t c0, std::int64_t slope, std::int64_t distance) {
      return std::clamp<std::int64_t>(c0 + round_shift(slope * distance, 13), 0,
                                      std::min<std::int64_t>(4 * c0, (1 << 18) - 1));
    };
    std::int64_t const ce = strength(k.c_exc, k.k_exc, cut(std::int64_t{k.e_exc} * 16 - e.v));
    std::int64_t const ci = strength(k.c_inh, k.k_inh, cut(e.v - std::int64_t{k.e_inh} * 16));
    e.current = round_shift(ce * me, 12) - round_shift(ci * mi, 12);
    return e;
  }

  void distribute(int slot, int lane, Early& e) {
    int const n = circuit_of(slot, lane);
    Circuit const& c = circuits_[index(n)];
    Coefficients const& k = c.coef;
    if (k.link) {
      int const own = k.member ? k.rep : n;
      std::int64_t const distance = cut(seen(k.other, slot) - seen(own, slot));
      e.link = round_shift(k.d_own * distance, 14);
      give(n, k.other, -round_shift(k.d_other * distance, 14), false);
    }
    if (k.member) {
      std::int64_t const current =
          std::clamp<std::int64_t>(e.current + e.link + k.v_off, -(1 << 22), (1 << 22) - 1);
      give(n, k.rep, current, e.clamp || c.pending || e.bypass);
    }
  }

  /// Refractory times in chip cycles.
  struct Times {
    std::int64_t hold, load;
  };
  Times times(Inputs const& in, int n) const {
    Circuit const& c = circuits_[index(n)];
    int const block = n % 256 >= 128;
    int const refractory_time = 0xff - ((c.nbe[1] & 15) << 4 | (c.nbe[2] >> 2 & 15));
    int const holdoff = (c.nbe[1] >> 6) << 2 | c.nbe[0] >> 6;
    int const scales = c.nbe[2] & 2 ? in.scale_fast : in.scale_slow;
    int const scale = (scales >> (4 * block) & 15) + 1;
    std::int64_t const ticks = 31 - 2 * holdoff;
    return {refractory_time < ticks ? 0 : ticks << scale, std::int64_t{refractory_time} << scale};
  }

  bool finish(Inputs const& in, int lane, bool fresh, Early const& e) {
    int const n = circuit_of(in.slot, lane);
    Circuit& c = circuits_[index(n)];
    Coefficients const& k = c.coef;
    State const old = c.state;
    bool const pending = c.pending;
    c.pending = false;
    Sum sum;
    if (k.node) {
      Sum& other = c.cross[index(~pass_ & 1)];
      sum = {c.sum.current + other.current, c.sum.clamp || other.clamp};
      c.sum = other = {};
    }
    if (fresh) {
      c.state = State{};
      c.state.v = std::int64_t{k.e} * 16;
      if (k.node) c.published = c.published_before = c.state.v;
      return false;
    }
    int const block = n % 256 >= 128;
    bool const force = in.force_reset >> block & 1;
    bool const fires = (c.ncfg[6] & 4) && (c.ncfg[6] & 8);
    bool const pause = c.ncfg[7] & 0x80;
    std::int64_t const s_exc = in.exc.empty() ? 0 : in.exc[index(lane)];
    std::int64_t const s_inh = in.inh.empty() ? 0 : in.inh[index(lane)];
    std::int64_t const v_reset = std::int64_t{k.v_reset} * 16;
    bool const clamp = e.clamp || sum.clamp;

    State next;
    next.exc = std::min<std::int64_t>(old.exc - e.de + (s_exc << 10), 4194303);
    next.inh = std::min<std::int64_t>(old.inh - e.di + (s_inh << 10), 4194303);
    next.rem =
        in.enable_clocks >> block & 1 ? std::max<std::int64_t>(0, old.rem - 2 * kSlots) : old.rem;
    bool spike = e.bypass || e.line;
    if (k.member) {
      next.v = e.v;
    } else {
      std::int64_t j = k.v_off;
      if (!(pause && e.clamp)) {
        j += e.current + e.link + sum.current;
        if (k.adapt) j -= round_shift(k.c_w * (old.w >> 4), 14);
        if (k.c_e != 0) j += round_shift(k.c_e * (exponential(old, k) >> 4), 12);
      }
      std::int64_t const dv = j - round_shift(k.d_mem * cut(old.v - std::int64_t{k.e} * 16), 14);
      next.v = std::clamp<std::int64_t>(old.v + dv, -128 * 4096, 512 * 4096 - 1);
      if (fires && !e.refractory && !clamp && next.v + (dv >> 1) >= std::int64_t{k.v_th} * 16)
        spike = true;
      bool const reset = spike || pending || clamp;
      if (reset) next.v = v_reset;
      if (k.c_e != 0 && !reset) next.dv = limit(dv);
      if (k.adapt) {
        std::int64_t const x = round_shift(k.a * cut(old.v - std::int64_t{k.e_adapt} * 16), 5);
        next.w = limit(old.w - round_shift(k.d_w * cut(old.w - x), 14));
      }
    }
    bool const start = spike || pending;
    if (pending) spike = false;
    if (start) {
      next.rem = times(in, n).load;
      if (k.adapt && !k.member && (c.nbe[2] & 0x40)) {
        int const scale = (in.scale_adapt >> (4 * block) & 15) + 1;
        next.w = limit(next.w + (std::int64_t{k.b} * (std::int64_t{1} << scale)));
      }
    }
    if (force) {
      next = State{};
      next.v = k.member ? e.v : v_reset;
      spike = false;
    }
    if (start && !force && !e.line && (c.nbe[3] & 0x20)) started_[index(n)] = true;
    if (k.node) {
      c.published_before = c.published;
      c.published = old.v;
    }
    c.state = next;
    return spike;
  }

  static std::int64_t exponential(State const& s, Coefficients const& k) {
    auto const& table = neuron_tables::kExpTable;
    std::int64_t const u = (cut(s.v + (s.dv >> 1) - std::int64_t{k.v_exp} * 16) * 21845) >> 14;
    std::int64_t const i = 64 + (u >> 8);
    if (i < 0) return 0;
    if (i > 127) return table[128];
    std::int64_t const low = table[static_cast<std::size_t>(i)];
    std::int64_t const high = table[static_cast<std::size_t>(i + 1)];
    return low + ((high - low) * (u & 255) >> 8);
  }

  /// The fire lines of this pass from the starts of the one before.
  void settle_lines() {
    std::array<bool, 2> driven{};
    for (int column = 0; column < columns_; ++column) {
      std::array<bool, 2> next{};
      for (int row = 0; row < 2; ++row) {
        int const n = 256 * row + column;
        bool const left = column % 128 != 0 && (circuits_[index(n - 1)].nbe[3] & 8);
        next[index(row)] = started_[index(n)] || (left && driven[index(row)]);
      }
      if ((circuits_[index(column)].nbe[3] | circuits_[index(256 + column)].nbe[3]) & 2)
        next[0] = next[1] = next[0] || next[1];
      driven = next;
      line_[index(column)] = driven[0];
      line_[index(256 + column)] = driven[1];
    }
    std::fill(started_.begin(), started_.end(), false);
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
        return static_cast<int>(128 + ((s.w + 2048) >> 12));
    }
  }

  static int madc_code_of(std::uint8_t switches, State const& s) {
    if (!(switches & 0x10)) return 0;
    std::int64_t code = 0;
    switch (switches >> 5 & 3) {
      case 0:
        code = (s.v + 512) >> 10;
        break;
      case 1:
        code = (s.exc + 2048) >> 12;
        break;
      case 2:
        code = (s.inh + 2048) >> 12;
        break;
      default:
        code = 512 + ((s.w + 512) >> 10);
    }
    return static_cast<int>(std::clamp<std::int64_t>(code, 0, 1023));
  }

  int columns_;
  int lanes_;
  int pass_ = 0;
  std::vector<Circuit> circuits_;
  std::vector<char> line_, started_;
  std::array<bool, kSlots> fresh_{};
  std::vector<Outputs> pipe_;
  std::vector<std::pair<std::size_t, int>> codes_;  // stored in the next clock
  std::vector<std::pair<int, int>> madc_;
  std::array<int, 8> codes_out_{};
  std::array<int, 2> madc_out_{};
};

}  // namespace hx::test
