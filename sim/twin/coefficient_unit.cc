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
  kILeak = 8,
  kTauExc = 10,
  kGmExc = 13,
  kTauInh = 14,
  kGmInh = 17,
  kMemOffset = 22,
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
  changed_.set();
  find(0);
}

// ---- inputs

// The result of the running window is discarded, a full round follows.
void CoefficientUnit::touch(Clock now) {
  std::uint64_t const window = now / timing::kCoeffCycles;
  early_.reset();
  last_window_ = window + kCircuits;
  find(window + 1);
}

// The next window, from `window` on, that gives something new.
void CoefficientUnit::find(std::uint64_t window) {
  next_ = kNever;
  if (changed_.none()) return;
  while (!changed_[window % kCircuits]) ++window;
  if (window > last_window_) return;
  next_ = (window + 1) * timing::kCoeffCycles;
  circuit_ = static_cast<unsigned>(window % kCircuits);
}

void CoefficientUnit::write_neuron(unsigned circuit, unsigned word, std::uint8_t data, Clock now) {
  words_[circuit][word] = data;
  changed_.set(circuit);
  touch(now);
}

void CoefficientUnit::write_capmem(unsigned quadrant, unsigned column, unsigned row, unsigned value,
                                   Clock now) {
  if (value != kRefreshOff) {
    if (column < kSharedColumn) {
      unsigned const circuit = 128 * quadrant + column;
      cells_[circuit][row] = static_cast<std::uint16_t>(value);
      changed_.set(circuit);
    } else if (column == kSharedColumn && row == kDacRow) {
      dac_[quadrant] = static_cast<std::uint16_t>(value);
      for (unsigned k = 0; k < 128; ++k) changed_.set(128 * quadrant + k);
    }
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
  if (next_ == window * timing::kCoeffCycles) early_ = derive(circuit_);
  synapse_bias_ = data;
  changed_.set();
  if (!early_) find(window);
}

// ---- results

Coefficients CoefficientUnit::take() {
  std::uint64_t const window = next_ / timing::kCoeffCycles - 1;
  unsigned const circuit = circuit_;
  Coefficients const result = early_ ? *early_ : derive(circuit);
  if (!early_) changed_.reset(circuit);
  early_.reset();
  find(window + 1);
  return result;
}

unsigned CoefficientUnit::cell(unsigned circuit, unsigned row) const {
  unsigned const value = cells_[circuit][row];
  if (factors_.empty()) return value;
  std::uint64_t const scaled =
      (std::uint64_t{value} * factors_[circuit * kCellRows + row] + (1U << 15)) >> 16;
  return static_cast<unsigned>(std::min<std::uint64_t>(scaled, kRefreshOff - 1));
}

Coefficients CoefficientUnit::derive(unsigned circuit) const {
  auto const& words = words_[circuit];
  auto const is_set = [&](unsigned word, unsigned bit) { return (words[word] >> bit & 1U) != 0; };
  auto const i32 = [](std::int64_t x) { return static_cast<std::int32_t>(x); };
  unsigned const quadrant = circuit / 128;

  std::int64_t const c = std::max(1, words[5] >> 2);  // membrane_capacitor_size
  std::int64_t leak = std::int64_t{1652} * cell(circuit, kILeak);
  if (is_set(2, 5)) leak <<= 3;  // leak multiplication
  if (is_set(2, 4)) leak >>= 3;  // leak division
  std::int64_t const y_m = std::min<std::int64_t>(leak / c, kHalf);

  std::int64_t const dac = (synapse_bias_ >> kDacBit[quadrant] & 1U) != 0 ? dac_[quadrant] : 0;
  auto const gain = [&](unsigned row, bool enabled) -> std::int64_t {
    if (!enabled) return 0;
    std::int64_t const c0 = (std::int64_t{46180} * dac * cell(circuit, row) / c) >> 16;
    return std::min<std::int64_t>(c0 - (c0 * y_m >> 19), (1 << 18) - 1);
  };

  Coefficients k;
  k.d_mem = i32(decay(y_m));
  k.d_exc = i32(decay(synaptic_rate(cell(circuit, kTauExc), is_set(4, 5), is_set(4, 7))));
  k.d_inh = i32(decay(synaptic_rate(cell(circuit, kTauInh), is_set(4, 4), is_set(4, 6))));
  k.c_exc = i32(gain(kGmExc, is_set(6, 5)));
  k.c_inh = i32(gain(kGmInh, is_set(6, 4)));
  k.e_leak = potential(cell(circuit, kVLeak));
  k.v_th = potential(cell(circuit, kVThreshold));
  k.v_reset = potential(cell(circuit, kVReset));
  if (is_set(5, 0)) {
    std::int32_t const magnitude = i32(std::int64_t{330} * cell(circuit, kMemOffset) / c);
    k.v_off = is_set(6, 0) ? -magnitude : magnitude;
  }
  return k;
}

}  // namespace hx::sim
