#include "host/calibration/nominal.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <sstream>

#include "driver/base/check.h"
#include "driver/base/refusal.h"

namespace hx::host {
namespace {

constexpr double kMaxCode = 1022;
constexpr double kTolerance = 0.02;

/// Collects what was not reached: one line per population and parameter.
class Deviations {
 public:
  /// `slack` is what may be missing on top of 2 %, in the unit of the values.
  void check(std::string const& population, char const* parameter, std::size_t neuron,
             double wanted, double reached, double slack = 0) {
    // Infinite time constants compare as equal only with each other.
    if (wanted == reached) return;
    if (std::abs(reached - wanted) <= kTolerance * std::abs(wanted) + slack) return;
    auto& entry = entries_[population + "\n" + parameter];
    if (entry.count++ > 0) return;
    entry.text << "population '" << population << "': " << parameter << " = " << wanted
               << " of neuron " << neuron << " becomes " << reached;
  }

  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    for (auto const& [key, entry] : entries_) {
      std::ostringstream more;
      if (entry.count > 1) more << " (and " << entry.count - 1 << " neurons more)";
      texts.push_back(entry.text.str() + more.str() + ": the range or resolution of the chip");
    }
    return texts;
  }

 private:
  struct Entry {
    std::ostringstream text;
    std::size_t count = 0;
  };
  std::map<std::string, Entry> entries_;
};

std::uint16_t code(double value) {
  return static_cast<std::uint16_t>(std::lround(std::clamp(value, 0., kMaxCode)));
}

std::uint16_t potential_register(double volts) {
  return code(std::round(2.4 * volts + 22));
}

void set_membrane(CircuitRegisters& r, double tau, bool leaky) {
  if (!leaky) {
    r.i_bias_leak = 0;
    return;
  }
  double const x = 1280 / (tau * 1e6) * r.capacitance / 63;
  if (std::round(8 * x) <= kMaxCode) {
    r.leak_division = true;
    r.i_bias_leak = code(std::round(8 * x));
  } else if (std::round(x) <= kMaxCode) {
    r.i_bias_leak = code(std::round(x));
  } else {
    r.leak_multiplication = true;
    r.i_bias_leak = code(std::round(x / 8));
  }
}

void set_synaptic_time(std::uint16_t& bias, bool& high_resistance, bool& small_capacitance,
                       double tau) {
  // Times come from products like 20 * 1e-6: one rounding error is not "above 20 us".
  double const tau_us = tau * 1e6;
  high_resistance = tau_us > 20 * (1 + 1e-12);
  small_capacitance = !high_resistance && std::round(1280 / tau_us) > kMaxCode;
  double const scale = high_resistance ? 5120 : small_capacitance ? 160 : 1280;
  bias = code(std::round(scale / tau_us));
}

double clock_frequency(std::uint8_t scale) {
  return 250e6 / static_cast<double>(1u << (scale + 1));
}

/// floor with a little tolerance: 0.96e-6 * 31.25e6 is 30 ticks, whatever the last bit says.
double whole_ticks(double time, double frequency) {
  return std::floor(time * frequency * (1 + 1e-12));
}

void set_refractory(CircuitCalibration& circuit, double refractory, double holdoff,
                    BackendClocks const& clocks) {
  double const fast = clock_frequency(clocks.fast);
  circuit.fast_clock = whole_ticks(refractory, fast) + 1 <= 255;
  double const f = circuit.fast_clock ? fast : clock_frequency(clocks.slow);
  circuit.refractory_time =
      refractory == 0 ? 0
                      : static_cast<std::uint8_t>(std::min(whole_ticks(refractory, f) + 1, 255.));
  circuit.reset_holdoff =
      static_cast<std::uint8_t>(std::clamp(std::round((31 - holdoff * f) / 2), 0., 15.));
}

void check_refractory(Deviations& deviations, Population const& population, std::size_t neuron,
                      CircuitCalibration const& circuit, BackendClocks const& clocks) {
  double const tick = 1 / clock_frequency(circuit.fast_clock ? clocks.fast : clocks.slow);
  // The chip works in steps, and the counter rounds up by design: less than these is no deviation.
  deviations.check(population.name, "refractory_time", neuron,
                   population.neuron.refractory_time.at(neuron), circuit.refractory_time * tick,
                   std::max(tick, kStep));
  if (circuit.refractory_time == 0) return;
  int const holdoff_ticks = 31 - 2 * circuit.reset_holdoff;
  bool const released = circuit.refractory_time >= holdoff_ticks;
  deviations.check(population.name, "holdoff_time", neuron,
                   population.neuron.holdoff_time.at(neuron), released ? holdoff_ticks * tick : 0,
                   std::max(tick, kStep));
}

void check_registers(Deviations& deviations, Population const& population, std::size_t neuron,
                     CircuitRegisters const& r) {
  NeuronParameters const& p = population.neuron;
  // 2 % of the CADC range: the codes resolve 0.4 LSB, so only clipping is seen.
  constexpr double kPotentialSlack = 5;
  auto const potential_of = [&](char const* name, double wanted, std::uint16_t reached) {
    deviations.check(population.name, name, neuron, wanted, potential(reached), kPotentialSlack);
  };
  potential_of("leak", p.leak.at(neuron), r.v_leak);
  potential_of("reset", population.reset_of(neuron), r.v_reset);
  if (population.kind == PopulationKind::kLif) {
    potential_of("threshold", p.threshold.at(neuron), r.v_threshold);
  }
  Coefficients const c = coefficients(r);
  auto const time = [&](char const* name, double wanted, std::uint32_t y) {
    deviations.check(population.name, name, neuron, wanted, time_constant(y));
  };
  if (p.leaky) time("tau_mem", p.tau_mem.at(neuron), c.y_mem);
  time("tau_syn_exc", p.tau_syn_exc.at(neuron), c.y_exc);
  time("tau_syn_inh", p.tau_syn_inh.at(neuron), c.y_inh);
  deviations.check(population.name, "membrane_capacitance", neuron,
                   p.membrane_capacitance.at(neuron), r.capacitance);
  deviations.check(population.name, "i_synin_gm", neuron, p.i_synin_gm.at(neuron), r.i_bias_gm_exc);
  deviations.check(population.name, "synapse_dac_bias", neuron, p.synapse_dac_bias.at(neuron),
                   r.synapse_dac_bias);
}

void set_conductance(CircuitRegisters& r, NeuronParameters const& p, std::size_t neuron,
                     bool excitatory) {
  auto const& conductance = excitatory ? p.conductance_exc : p.conductance_inh;
  if (!conductance) return;
  double const reference = (conductance->reference ? *conductance->reference : p.leak).at(neuron);
  std::uint16_t const slope =
      code(std::round(32768 / std::abs(conductance->reversal.at(neuron) - reference)));
  (excitatory ? r.coba_exc : r.coba_inh) = true;
  (excitatory ? r.e_rev_exc : r.e_rev_inh) = potential_register(reference);
  (excitatory ? r.i_bias_coba_exc : r.i_bias_coba_inh) = slope;
}

void set_adaptation(CircuitRegisters& r, NeuronParameters const& p, std::size_t neuron,
                    std::uint8_t pulse_scale) {
  if (!p.adaptation) return;
  double const a = p.adaptation->a.at(neuron);
  double const b = p.adaptation->b.at(neuron);
  r.adaptation = true;
  r.v_adapt_leak =
      potential_register((p.adaptation->leak ? *p.adaptation->leak : p.leak).at(neuron));
  r.i_bias_adapt_tau = code(std::round(12800 / (p.adaptation->tau.at(neuron) * 1e6)));
  r.i_bias_adapt_a = code(std::round(512 * std::abs(a)));
  r.invert_a = a < 0;
  r.i_bias_adapt_b = code(std::round(std::abs(b) / increment_of(1, pulse_scale)));
  r.invert_b = b < 0;
  r.adaptation_pulse = b != 0;
}

void set_exponential(CircuitRegisters& r, NeuronParameters const& p, std::size_t neuron) {
  if (!p.exponential) return;
  r.exponential = true;
  r.v_exp = potential_register(p.exponential->threshold.at(neuron));
  r.i_bias_exp = code(std::round(512 * p.exponential->strength.at(neuron)));
}

/// Deviations of adaptation, exponential term and conductances.
void check_terms(Deviations& deviations, Population const& population, std::size_t neuron,
                 CircuitRegisters const& r, std::uint8_t pulse_scale) {
  NeuronParameters const& p = population.neuron;
  constexpr double kPotentialSlack = 5;
  auto const check = [&](char const* name, double wanted, double reached, double slack = 0) {
    deviations.check(population.name, name, neuron, wanted, reached, slack);
  };
  if (p.adaptation) {
    Adaptation const& w = *p.adaptation;
    auto const sign = [](bool negative, double magnitude) {
      return negative ? -magnitude : magnitude;
    };
    check("subthreshold_adaptation_strength", w.a.at(neuron),
          sign(r.invert_a, strength_of(r.i_bias_adapt_a)));
    check("spike_triggered_adaptation_increment", w.b.at(neuron),
          sign(r.invert_b, increment_of(r.i_bias_adapt_b, pulse_scale)));
    check("tau_adap", w.tau.at(neuron), time_constant(coefficients(r).y_adapt));
    check("leak_adaptation", (w.leak ? *w.leak : p.leak).at(neuron), potential(r.v_adapt_leak),
          kPotentialSlack);
  }
  if (p.exponential) {
    check("exponential_threshold", p.exponential->threshold.at(neuron), potential(r.v_exp),
          kPotentialSlack);
    check("exponential_strength", p.exponential->strength.at(neuron), strength_of(r.i_bias_exp));
  }
  for (bool excitatory : {true, false}) {
    auto const& conductance = excitatory ? p.conductance_exc : p.conductance_inh;
    if (!conductance) continue;
    double const reference = (conductance->reference ? *conductance->reference : p.leak).at(neuron);
    std::uint16_t const cell = excitatory ? r.e_rev_exc : r.e_rev_inh;
    double const distance = reversal_distance(excitatory ? r.i_bias_coba_exc : r.i_bias_coba_inh);
    check(excitatory ? "reference_exc" : "reference_inh", reference, potential(cell),
          kPotentialSlack);
    check(excitatory ? "reversal_exc" : "reversal_inh", conductance->reversal.at(neuron),
          potential(cell) + (excitatory ? distance : -distance), kPotentialSlack);
  }
}

CircuitRegisters registers_of(Population const& population, std::size_t neuron,
                              std::uint8_t pulse_scale) {
  NeuronParameters const& p = population.neuron;
  CircuitRegisters r;
  r.v_leak = potential_register(p.leak.at(neuron));
  r.v_reset = potential_register(population.reset_of(neuron));
  r.v_threshold = potential_register(p.threshold.at(neuron));
  r.capacitance = static_cast<std::uint8_t>(
      std::lround(std::clamp(p.membrane_capacitance.at(neuron), 0., 63.)));
  set_membrane(r, p.tau_mem.at(neuron), p.leaky);
  set_synaptic_time(r.i_bias_tau_exc, r.high_resistance_exc, r.small_capacitance_exc,
                    p.tau_syn_exc.at(neuron));
  set_synaptic_time(r.i_bias_tau_inh, r.high_resistance_inh, r.small_capacitance_inh,
                    p.tau_syn_inh.at(neuron));
  r.i_bias_gm_exc = r.i_bias_gm_inh = code(p.i_synin_gm.at(neuron));
  r.synapse_dac_bias = code(p.synapse_dac_bias.at(neuron));
  set_conductance(r, p, neuron, true);
  set_conductance(r, p, neuron, false);
  set_adaptation(r, p, neuron, pulse_scale);
  set_exponential(r, p, neuron);
  return r;
}

/// Calls visit(population index, neuron, circuit) for every neuron.
template <typename Visit>
void each_neuron(Network const& network, Circuits const& circuits, Visit visit) {
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    if (!network.populations[p].is_neuron()) continue;
    for (std::size_t n = 0; n < network.populations[p].size; ++n) visit(p, n, circuits[p][n]);
  }
}

/// The smallest scale in whose unit an increment can be written.
std::uint8_t pulse_scale(double increment) {
  std::uint8_t scale = 0;
  while (scale < 15 && std::round(increment / increment_of(1, scale)) > kMaxCode) ++scale;
  return scale;
}

std::array<BackendClocks, 2> choose_clocks(Network const& network, Circuits const& circuits) {
  struct Extremes {
    double smallest = 0;  ///< refractory times
    double largest = 0;
    double increment = 0;  ///< of the adaptation, largest magnitude
  };
  std::array<Extremes, 2> blocks{};
  each_neuron(network, circuits, [&](std::size_t p, std::size_t n, AtomicNeuron circuit) {
    Population const& population = network.populations[p];
    Extremes& block = blocks[backend_block(circuit).value()];
    if (population.neuron.adaptation) {
      block.increment = std::max(block.increment, std::abs(population.neuron.adaptation->b.at(n)));
    }
    double const time = population.neuron.refractory_time.at(n);
    if (population.kind != PopulationKind::kLif || time <= 0) return;
    block.smallest = block.smallest == 0 ? time : std::min(block.smallest, time);
    block.largest = std::max(block.largest, time);
  });
  std::array<BackendClocks, 2> clocks{};
  for (std::size_t b = 0; b < 2; ++b) {
    clocks[b] = {.slow = refractory_scale(blocks[b].largest),
                 .fast = refractory_scale(blocks[b].smallest),
                 .adaptation_pulse = pulse_scale(blocks[b].increment)};
  }
  return clocks;
}

/// One synapse DAC bias per quadrant, or who disagrees.
Result<void> choose_dac_bias(Network const& network, Circuits const& circuits,
                             Calibration& calibration) {
  std::array<std::size_t, 4> first{};
  std::optional<Error> error;
  auto const choose = [&](std::size_t p, std::uint16_t wanted, std::size_t q) {
    auto& chosen = calibration.synapse_dac_bias[q];
    if (!chosen) {
      chosen = wanted;
      first[q] = p;
    }
    if (*chosen == wanted || error) return;
    error =
        (Refusal(ErrorCode::kInvalidArgument)
         << "populations '" << network.populations[first[q]].name << "' and '"
         << network.populations[p].name << "' share quadrant " << q
         << " of the chip and disagree about synapse_dac_bias: " << *chosen << " and " << wanted)
            .hint(
                "use one value, or place them in different quadrants (columns 0..127 and "
                "128..255 of each row)");
  };
  each_neuron(network, circuits, [&](std::size_t p, std::size_t n, AtomicNeuron circuit) {
    Population const& population = network.populations[p];
    std::uint16_t const wanted = calibration.populations[p][n].registers.synapse_dac_bias;
    for (std::uint32_t i = 0; i < population.circuits; ++i) {
      choose(p, wanted, quadrant(circuit_of(population, circuit, i)).value());
    }
  });
  if (error) return *error;
  return {};
}

}  // namespace

AtomicNeuron circuit_of(Population const& population, AtomicNeuron first, std::uint32_t index) {
  CircuitOffset const offset = circuit_offset(population.layout, index);
  return AtomicNeuron(first.value() + 256 * offset.row + offset.column);
}

CircuitRegisters lent_circuit(CircuitRegisters const& first) {
  CircuitRegisters r = first;
  r.capacitance = 0;
  r.i_bias_leak = 0;
  r.leak_division = true;
  r.leak_multiplication = false;
  r.adaptation = r.adaptation_pulse = r.exponential = false;
  return r;
}

std::uint8_t refractory_scale(double time) {
  std::uint8_t best = 0;
  for (std::uint8_t scale = 0; scale < 16; ++scale) {
    if (time * clock_frequency(scale) * (1 + 1e-12) >= 30) best = scale;
  }
  return best;
}

Result<Calibration> calibrate(Network const& network, Circuits const& circuits) {
  HX_CHECK(circuits.size() == network.populations.size()) << circuits.size() << " populations";
  Calibration calibration;
  calibration.clocks = choose_clocks(network, circuits);
  calibration.populations.resize(network.populations.size());
  Deviations deviations;
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    Population const& population = network.populations[p];
    if (!population.is_neuron()) continue;
    HX_CHECK(circuits[p].size() == population.size) << population.name;
    for (std::size_t n = 0; n < population.size; ++n) {
      CircuitCalibration circuit;
      auto const& clocks = calibration.clocks[backend_block(circuits[p][n]).value()];
      circuit.registers = registers_of(population, n, clocks.adaptation_pulse);
      check_registers(deviations, population, n, circuit.registers);
      check_terms(deviations, population, n, circuit.registers, clocks.adaptation_pulse);
      if (population.kind == PopulationKind::kLif) {
        circuit.fires = population.mask.empty() || population.mask[n] != 0;
        set_refractory(circuit, population.neuron.refractory_time.at(n),
                       population.neuron.holdoff_time.at(n), clocks);
        check_refractory(deviations, population, n, circuit, clocks);
      }
      calibration.populations[p].push_back(circuit);
    }
  }
  if (auto ok = choose_dac_bias(network, circuits, calibration); !ok) return ok.error();
  calibration.warnings = deviations.texts();
  return calibration;
}

}  // namespace hx::host
