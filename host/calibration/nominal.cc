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
                    RefractoryClocks const& clocks) {
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
                      CircuitCalibration const& circuit, RefractoryClocks const& clocks) {
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

CircuitRegisters registers_of(Population const& population, std::size_t neuron) {
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

std::array<RefractoryClocks, 2> choose_clocks(Network const& network, Circuits const& circuits) {
  struct Extremes {
    double smallest = 0;
    double largest = 0;
  };
  std::array<Extremes, 2> blocks{};
  each_neuron(network, circuits, [&](std::size_t p, std::size_t n, AtomicNeuron circuit) {
    Population const& population = network.populations[p];
    double const time = population.neuron.refractory_time.at(n);
    if (population.kind != PopulationKind::kLif || time <= 0) return;
    Extremes& block = blocks[backend_block(circuit).value()];
    block.smallest = block.smallest == 0 ? time : std::min(block.smallest, time);
    block.largest = std::max(block.largest, time);
  });
  std::array<RefractoryClocks, 2> clocks{};
  for (std::size_t b = 0; b < 2; ++b) {
    clocks[b] = {.slow = refractory_scale(blocks[b].largest),
                 .fast = refractory_scale(blocks[b].smallest)};
  }
  return clocks;
}

/// One synapse DAC bias per quadrant, or who disagrees.
Result<void> choose_dac_bias(Network const& network, Circuits const& circuits,
                             Calibration& calibration) {
  std::array<std::size_t, 4> first{};
  std::optional<Error> error;
  each_neuron(network, circuits, [&](std::size_t p, std::size_t n, AtomicNeuron circuit) {
    std::size_t const q = quadrant(circuit).value();
    std::uint16_t const wanted = calibration.populations[p][n].registers.synapse_dac_bias;
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
  });
  if (error) return *error;
  return {};
}

}  // namespace

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
      circuit.registers = registers_of(population, n);
      check_registers(deviations, population, n, circuit.registers);
      if (population.kind == PopulationKind::kLif) {
        auto const& clocks = calibration.clocks[backend_block(circuits[p][n]).value()];
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
