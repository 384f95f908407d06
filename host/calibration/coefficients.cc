#include "host/calibration/coefficients.h"

#include <algorithm>
#include <limits>

namespace hx::host {
namespace {

constexpr std::uint64_t kMaxY = 1u << 17;

std::int32_t potential_code(std::uint16_t code) {
  return static_cast<std::int32_t>((std::int64_t{27307} * code - 600642) >> 8);
}

std::uint32_t membrane_decay(CircuitRegisters const& r, std::uint64_t capacitance) {
  std::uint64_t conductance = std::uint64_t{1652} * r.i_bias_leak;
  if (r.leak_multiplication) conductance <<= 3;
  if (r.leak_division) conductance >>= 3;
  return static_cast<std::uint32_t>(std::min(conductance / capacitance, kMaxY));
}

std::uint32_t synaptic_decay(std::uint16_t bias, bool high_resistance, bool small_capacitance) {
  std::uint64_t conductance = std::uint64_t{6711} * bias;
  if (small_capacitance) conductance <<= 3;
  if (high_resistance) conductance >>= 2;
  return static_cast<std::uint32_t>(std::min(conductance >> 8, kMaxY));
}

/// 1 - exp(-y) by its series up to the third order.
std::uint32_t decay_factor(std::uint32_t y) {
  std::uint64_t const half = 1u << 17;
  std::uint64_t const y2 = (std::uint64_t{y} * y + half) >> 18;
  std::uint64_t const y3 = (y2 * y + half) >> 18;
  return static_cast<std::uint32_t>(y - ((y2 + 1) >> 1) + (y3 + 3) / 6);
}

std::uint32_t strength(std::uint16_t dac, std::uint16_t gm, std::uint64_t capacitance,
                       std::uint32_t y_mem) {
  std::uint64_t const c0 = (std::uint64_t{46180} * dac * gm / capacitance) >> 16;
  std::uint64_t const c = c0 - (c0 * y_mem >> 19);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(c, (1u << 18) - 1));
}

/// Slope of a conductance based input, folded with its strength.
std::uint32_t slope(bool enabled, std::uint32_t c, std::uint16_t coba) {
  return enabled ? static_cast<std::uint32_t>(std::uint64_t{c} * coba >> 10) : 0;
}

std::int32_t with_sign(std::uint16_t magnitude, bool negative) {
  return negative ? -std::int32_t{magnitude} : std::int32_t{magnitude};
}

void set_terms(Coefficients& c, CircuitRegisters const& r) {
  c.k_exc = slope(r.coba_exc, c.c_exc, r.i_bias_coba_exc);
  c.k_inh = slope(r.coba_inh, c.c_inh, r.i_bias_coba_inh);
  c.e_exc = potential_code(r.e_rev_exc);
  c.e_inh = potential_code(r.e_rev_inh);
  c.y_adapt = static_cast<std::uint32_t>((std::uint64_t{10737} * r.i_bias_adapt_tau + 2048) >> 12);
  c.d_adapt = decay_factor(c.y_adapt);
  c.a = with_sign(r.i_bias_adapt_a, r.invert_a);
  c.b = with_sign(r.i_bias_adapt_b, r.invert_b);
  c.e_adapt = potential_code(r.v_adapt_leak);
  c.v_exp = potential_code(r.v_exp);
  std::uint64_t const y2 = (std::uint64_t{c.y_mem} * c.y_mem + (1u << 17)) >> 18;
  c.c_adapt = static_cast<std::uint32_t>(c.y_mem - ((y2 + 1) >> 1));
  if (r.exponential) {
    c.c_exp = static_cast<std::uint32_t>((std::uint64_t{c.c_adapt} * r.i_bias_exp + 256) >> 9);
  }
}

}  // namespace

Coefficients coefficients(CircuitRegisters const& r) {
  std::uint64_t const capacitance = std::max<std::uint64_t>(1, r.capacitance);
  Coefficients c;
  c.y_mem = membrane_decay(r, capacitance);
  c.y_exc = synaptic_decay(r.i_bias_tau_exc, r.high_resistance_exc, r.small_capacitance_exc);
  c.y_inh = synaptic_decay(r.i_bias_tau_inh, r.high_resistance_inh, r.small_capacitance_inh);
  c.d_mem = decay_factor(c.y_mem);
  c.d_exc = decay_factor(c.y_exc);
  c.d_inh = decay_factor(c.y_inh);
  if (r.input_exc) c.c_exc = strength(r.synapse_dac_bias, r.i_bias_gm_exc, capacitance, c.y_mem);
  if (r.input_inh) c.c_inh = strength(r.synapse_dac_bias, r.i_bias_gm_inh, capacitance, c.y_mem);
  c.e_leak = potential_code(r.v_leak);
  c.v_threshold = potential_code(r.v_threshold);
  c.v_reset = potential_code(r.v_reset);
  if (r.membrane_offset) {
    auto const magnitude =
        static_cast<std::int32_t>(std::uint64_t{330} * r.i_mem_offset / capacitance);
    c.v_off = r.invert_offset ? -magnitude : magnitude;
  }
  set_terms(c, r);
  return c;
}

double time_constant(std::uint32_t y) {
  if (y == 0) return std::numeric_limits<double>::infinity();
  return kStep * (1 << 18) / y;
}

double potential(std::uint16_t code) {
  return potential_code(code) / 256.;
}

double reversal_distance(std::uint16_t code) {
  return code == 0 ? std::numeric_limits<double>::infinity() : 32768. / code;
}

double synaptic_gain(std::uint32_t c, std::uint32_t y_mem) {
  // c = gain * step * (1 - y/2), the half step of the scheme.
  double const half_step = 1 - static_cast<double>(y_mem) / (1 << 19);
  return static_cast<double>(c) / (1 << 18) / half_step / kStep;
}

}  // namespace hx::host
