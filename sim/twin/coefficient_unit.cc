#include "sim/twin/coefficient_unit.h"

#include <algorithm>
#include <cmath>

namespace hx::sim {
namespace {

// Rows of CapMem.
enum Row : unsigned {
  kVLeak = 0,
  kVReset = 1,
  kVThreshold = 2,
  kRevExc = 3,
  kRevInh = 4,
  kVAdaptLeak = 5,
  kVExp = 6,
  kILeak = 8,
  kTauExc = 10,
  kCobaExc = 11,
  kGmExc = 13,
  kTauInh = 14,
  kCobaInh = 15,
  kGmInh = 17,
  kTauAdapt = 18,
  kAdaptA = 19,
  kAdaptB = 20,
  kIExp = 21,
  kMemOffset = 22,
  kNmda = 23,
};
constexpr unsigned kSharedColumn = 128;
constexpr unsigned kDacRow = 8;
constexpr unsigned kRefreshOff = 1023;
constexpr int kHalf = 1 << 17;  // largest y

// SynapseBiasSelection: internal dac bias by quadrant.
constexpr std::array<unsigned, 4> kDacBit{7, 3, 15, 11};

std::uint64_t mix(std::uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

std::int64_t decay(std::int64_t y) {  // 1 - exp(-y), both 2^-18
  std::int64_t const y2 = (y * y + kHalf) >> 18;
  std::int64_t const y3 = (y2 * y + kHalf) >> 18;
  return y - ((y2 + 1) >> 1) + (y3 + 3) / 6;
}

std::int64_t synaptic_rate(unsigned bias, bool small_capacitance, bool high_resistance) {
  std::int64_t y = std::int64_t{6711} * bias;
  if (small_capacitance) y <<= 3;
  if (high_resistance) y >>= 2;
  return std::min<std::int64_t>(y >> 8, kHalf);
}

std::int32_t potential(unsigned value) {
  return (std::int32_t{27307} * static_cast<std::int32_t>(value) - 600642) >> 8;
}

}  // namespace

std::uint32_t mismatch_factor(Mismatch const& mismatch, unsigned circuit, unsigned row) {
  constexpr double kOne = 65536;
  std::uint64_t state = mix(mismatch.seed) ^ (std::uint64_t{circuit} << 32 | row);
  std::uint64_t sum = 0;
  for (int k = 0; k < 6; ++k) {
    state = mix(state);
    sum += (state & 0xffffffff) + (state >> 32);
  }
  double const g = static_cast<double>(sum) / 4294967296.0 - 6;
  double const f = std::floor((1 + mismatch.sigma[row] * g) * kOne + 0.5);
  return static_cast<std::uint32_t>(std::clamp(f, 0.0, 4294967295.0));
}

CoefficientUnit::CoefficientUnit(Mismatch const& mismatch) {
  if (mismatch.is_on()) {
    factors_.resize(kCircuits * kCellRows);
    for (unsigned circuit = 0; circuit < kCircuits; ++circuit) {
      for (unsigned row = 0; row < kCellRows; ++row)
        factors_[circuit * kCellRows + row] = mismatch_factor(mismatch, circuit, row);
    }
  }
  for (unsigned n = 0; n < kCircuits; ++n) roles_[n].rep = static_cast<std::uint16_t>(n);
  changed_.set();
  scan_window_ = timing::kNetworkWindows;
  last_window_ = scan_window_ + kCircuits - 1;
  find(0);
}

// ---- inputs

// The result of the running window and the running scan are discarded; the next scan and a full round after it follow.
void CoefficientUnit::touch(Clock now) {
  std::uint64_t const window = now / timing::kCoeffCycles;
  early_.reset();
  scan_window_ = (window / timing::kNetworkWindows + 2) * timing::kNetworkWindows;
  last_window_ = scan_window_ + kCircuits - 1;
  find(window + 1);
}

// What happens next, from the start of `window` on: the next window that gives something new, or the end of the scan before it.
void CoefficientUnit::find(std::uint64_t window) {
  next_ = kNever;
  circuit_ = kCircuits;
  if (changed_.any()) {
    while (!changed_[window % kCircuits]) ++window;
  } else {
    window = kNever;
  }
  if (scan_window_ != 0 && window >= scan_window_) {
    next_ = scan_window_ * timing::kCoeffCycles;
  } else if (window <= last_window_) {
    next_ = (window + 1) * timing::kCoeffCycles;
    circuit_ = static_cast<unsigned>(window % kCircuits);
  }
}

void CoefficientUnit::write_neuron(unsigned circuit, unsigned word, std::uint8_t data, Clock now) {
  words_[circuit][word] = data;
  changed_.set(circuit);
  touch(now);
}

void CoefficientUnit::write_capmem(unsigned quadrant, unsigned column, unsigned row, unsigned value,
                                   Clock now) {
  if (column < kSharedColumn) {
    unsigned const circuit = 128 * quadrant + column;
    cells_[circuit][row] = static_cast<std::uint16_t>(value);
    changed_.set(circuit);
  } else if (column == kSharedColumn && row == kDacRow) {
    dac_[quadrant] = static_cast<std::uint16_t>(value);
    for (unsigned k = 0; k < 128; ++k) changed_.set(128 * quadrant + k);
  }
  touch(now);
}

void CoefficientUnit::write_synapse_bias(std::uint32_t data, Clock now) {
  synapse_bias_ = data;
  changed_.set();
  touch(now);
}

void CoefficientUnit::reset_synapse_bias(std::uint32_t data, Clock now) {
  if (data == synapse_bias_) return;
  // The unit reads the register in clock 3 of a window; `window` is the first one that does so after `now`.
  std::uint64_t const window = (now + timing::kCoeffCycles - 3) / timing::kCoeffCycles;
  if (circuit_ != kCircuits && next_ == window * timing::kCoeffCycles) early_ = derive(circuit_);
  synapse_bias_ = data;
  changed_.set();
  if (!early_) find(window);
}

// ---- results

std::optional<CoefficientUnit::Result> CoefficientUnit::act() {
  std::uint64_t const window = next_ / timing::kCoeffCycles;  // that begins now
  if (circuit_ == kCircuits) {
    scan_window_ = 0;
    adopt_network();
    find(window);
    return std::nullopt;
  }
  Result const result{circuit_, early_ ? *early_ : derive(circuit_)};
  if (!early_) changed_.reset(circuit_);
  early_.reset();
  find(window);
  return result;
}

unsigned CoefficientUnit::cell(unsigned circuit, unsigned row) const {
  unsigned const value = cells_[circuit][row];
  if (factors_.empty()) return value;
  std::uint64_t const scaled =
      (std::uint64_t{value} * factors_[circuit * kCellRows + row] + (1U << 15)) >> 16;
  return static_cast<unsigned>(std::min<std::uint64_t>(scaled, kRefreshOff - 1));
}

// Leak strength: 8 i_bias_leak, times or by 8.
std::int64_t CoefficientUnit::leak_of(unsigned circuit) const {
  std::int64_t const g = std::int64_t{8} * cell(circuit, kILeak);
  bool const multiply = is_set(circuit, 2, 5);
  if (multiply == is_set(circuit, 2, 4)) return g;
  return multiply ? g << 3 : g >> 3;
}

// Conductance between compartments: 4 i_bias_nmda, times or by 4.
std::int64_t CoefficientUnit::conductance_of(unsigned circuit) const {
  std::int64_t const g = std::int64_t{4} * cell(circuit, kNmda);
  bool const multiply = is_set(circuit, 7, 5);
  if (multiply == is_set(circuit, 7, 6)) return g;
  return multiply ? g << 2 : g >> 2;
}

// The network of the registers replaces the stored one. Membranes are places 0..511, somatic segments 512..1023.
void CoefficientUnit::adopt_network() {
  constexpr unsigned kNobody = kCircuits;
  std::array<std::uint16_t, 2 * kCircuits> group;
  for (unsigned k = 0; k < group.size(); ++k) group[k] = static_cast<std::uint16_t>(k);
  auto const root = [&](unsigned k) {
    while (group[k] != k) k = group[k] = group[group[k]];
    return k;
  };
  auto const join = [&](unsigned a, unsigned b) {
    group[root(b)] = static_cast<std::uint16_t>(root(a));
  };
  enum Bit : unsigned {
    kSomaRight = 0,
    kBottom = 1,
    kConductance = 2,
    kRight = 3,
    kSoma = 4
  };  // word 7
  for (unsigned n = 0; n < kCircuits; ++n) {
    bool const last = n % 128 == 127;
    if (is_set(n, 7, kRight) && !last) join(n, n + 1);
    if (is_set(n, 7, kSomaRight) && !last) join(kCircuits + n, kCircuits + n + 1);
    if (is_set(n, 7, kSoma)) join(n, kCircuits + n);
    if (n < 256 && is_set(n, 7, kBottom) && is_set(n + 256, 7, kBottom)) join(n, n + 256);
  }
  // By root: representative, number of circuits, sums.
  struct Group {
    unsigned rep = kNobody;
    bool fires = false;
    unsigned count = 0;
    std::int64_t cap = 0, leak = 0, leak_potential = 0;
  };
  std::array<Group, 2 * kCircuits> groups;
  for (unsigned n = 0; n < kCircuits; ++n) {
    Group& g = groups[root(n)];
    bool const can = is_set(n, 6, 2) && is_set(n, 6, 3);  // fire, threshold comparator
    if (g.rep == kNobody || (can && !g.fires)) {
      g.rep = n;
      g.fires = can;
    }
    ++g.count;
    g.cap += words_[n][5] >> 2;
    g.leak += leak_of(n);
    g.leak_potential += leak_of(n) * cell(n, kVLeak);
  }
  std::array<NeuronRole, kCircuits> roles;
  for (unsigned n = 0; n < kCircuits; ++n) {
    Group const& g = groups[root(n)];
    NeuronRole& role = roles[n];
    role.rep = static_cast<std::uint16_t>(g.rep);
    role.merged = g.count > 1;
    role.node = role.merged && g.rep == n;
    if (role.merged) {
      role.cap = g.cap;
      role.leak = g.leak;
      role.leak_potential = g.leak_potential;
    }
  }
  for (unsigned n = 0; n < kCircuits; ++n) {
    if (!is_set(n, 7, kConductance) || is_set(n, 7, kSoma)) continue;
    Group const& owner = groups[root(kCircuits + n)];
    if (owner.rep == kNobody || root(owner.rep) == root(n)) continue;
    roles[n].link = true;
    roles[n].other = static_cast<std::uint16_t>(owner.rep);
    roles[n].cap_other = owner.cap;
    roles[owner.rep].node = true;
    roles[roles[n].rep].node = true;
  }
  for (unsigned n = 0; n < kCircuits; ++n) {
    if (roles[n] != roles_[n]) changed_.set(n);
  }
  roles_ = roles;
}

Coefficients CoefficientUnit::derive(unsigned circuit) const {
  NeuronRole const& role = roles_[circuit];
  auto const set = [&](unsigned word, unsigned bit) { return is_set(circuit, word, bit); };
  auto const own = [&](unsigned row) { return static_cast<std::int32_t>(cell(circuit, row)); };
  auto const i32 = [](std::int64_t x) { return static_cast<std::int32_t>(x); };
  unsigned const quadrant = circuit / 128;

  std::int64_t const c =
      std::max<std::int64_t>(1, role.merged ? role.cap : words_[circuit][5] >> 2);
  std::int64_t const leak = role.merged ? role.leak : leak_of(circuit);
  std::int64_t const leak_potential = role.merged ? role.leak_potential : leak * own(kVLeak);
  std::int64_t const y_m = std::min<std::int64_t>((1652 * leak >> 3) / c, kHalf);
  std::int64_t const dac = (synapse_bias_ >> kDacBit[quadrant] & 1U) != 0 ? dac_[quadrant] : 0;
  auto const gain = [&](unsigned row, bool enabled) -> std::int64_t {
    if (!enabled) return 0;
    std::int64_t const c0 = (std::int64_t{46180} * dac * own(row) / c) >> 16;
    return std::min<std::int64_t>(c0 - (c0 * y_m >> 19), (1 << 18) - 1);
  };

  Coefficients k;
  k.d_mem = i32(decay(y_m));
  k.d_exc = i32(decay(synaptic_rate(cell(circuit, kTauExc), set(4, 5), set(4, 7))));
  k.d_inh = i32(decay(synaptic_rate(cell(circuit, kTauInh), set(4, 4), set(4, 6))));
  k.c_exc = i32(gain(kGmExc, set(6, 5)));
  k.c_inh = i32(gain(kGmInh, set(6, 4)));
  std::int64_t const mean =
      leak == 0 ? std::int64_t{own(kVLeak)} << 8 : (leak_potential << 8) / leak;
  k.e_leak = i32((27307 * mean - (std::int64_t{600642} << 8)) >> 16);
  k.v_th = potential(cell(circuit, kVThreshold));
  k.v_reset = potential(cell(circuit, kVReset));
  if (set(5, 0)) {
    std::int32_t const magnitude = i32(std::int64_t{330} * own(kMemOffset) / c);
    k.v_off = set(6, 0) ? -magnitude : magnitude;
  }
  k.k_exc = set(3, 2) ? i32(std::int64_t{k.c_exc} * own(kCobaExc) >> 10) : 0;
  k.k_inh = set(3, 1) ? i32(std::int64_t{k.c_inh} * own(kCobaInh) >> 10) : 0;
  k.e_exc = potential(cell(circuit, kRevExc));
  k.e_inh = potential(cell(circuit, kRevInh));
  k.d_w = i32(decay((10737 * std::int64_t{own(kTauAdapt)} + 2048) >> 12));
  k.c_w = i32(y_m - ((((y_m * y_m + kHalf) >> 18) + 1) >> 1));
  k.c_e = set(4, 3) ? i32((std::int64_t{k.c_w} * own(kIExp) + 256) >> 9) : 0;
  k.e_adapt = potential(cell(circuit, kVAdaptLeak));
  k.v_exp = potential(cell(circuit, kVExp));
  k.a = set(4, 1) ? -own(kAdaptA) : own(kAdaptA);
  k.b = set(4, 0) ? -own(kAdaptB) : own(kAdaptB);
  k.adapt = set(4, 2);
  k.member = role.rep != circuit;
  k.rep = role.rep;
  k.node = role.node;
  k.link = role.link;
  k.other = role.other;
  if (role.link) {
    std::int64_t const g = 1652 * conductance_of(circuit) >> 2;
    k.d_own = i32(decay(std::min<std::int64_t>(g / c, kHalf)));
    k.d_other =
        i32(decay(std::min<std::int64_t>(g / std::max<std::int64_t>(1, role.cap_other), kHalf)));
  }
  return k;
}

}  // namespace hx::sim
