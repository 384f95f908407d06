/// The mock: the network as the discrete equations of the training framework, on the dt grid, without
/// a chip. Exact to rounding and fast; it knows no placement, labels or losses.
///
///     Result<Results> results = run_mock(request);
///
/// Step t of every neuron, v in CADC LSB, i in weight LSB:
///
///     v' = v + dt/C * (i + g*(leak - v))          with the old i and v
///     spike if v' > threshold, then v = reset     and v = reset for refractory_time
///     i  = i*(1 - dt/tau_syn) + weights of the spikes of step t
///
/// With adaptation, exponential term and conductance based inputs (network.h), w adaptation in LSB:
///
///     v' = v + dt/C * (f_exc*i_exc - f_inh*i_inh + g*(leak - v + strength*6*exp((v - v_exp)/6) - w))
///     w  = w + dt/tau_adap * (a*(v' - leak_adap) - w) + b*spike
///     f  = (reversal - v)/(reversal - reference), clipped to 0 .. 4
///
/// Short-term plasticity: R of a source returns to `recover` by exp(-t/tau_recovery) and starts there in each
/// entry. Neurons of several circuits are like those of one. There is no MADC: its recordings stay absent, with
/// a warning.
///
/// C = 10 us * (capacitance/63) * (600/dac) * (500/gm), g = C/tau_mem: the gain of the chip model. A
/// spike of step t of anybody, recurrent ones included, reaches i in step t and v in step t + 1. If the
/// two synaptic time constants differ (or a synaptic input is recorded) there are two currents, i = i_exc
/// - i_inh. v starts at the leak; without leak at the reset. Inputs act in step round(t/dt), each spike
/// counts. Background populations draw the numbers of the chip's generators, started before entry 0;
/// entries follow each other without a gap; an event acts in the step nearest to its time.
/// Traces have one sample per step.
///
/// Pure function; threads may call it at once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "driver/base/result.h"
#include "host/backend.h"
#include "host/results.h"

namespace hx::host {

Result<Results> run_mock(RunRequest const& request);

/// `run_mock` as a backend.
std::unique_ptr<Backend> make_mock_backend();

/// The chip's random generator of background events: Galois LFSR, 32 bit, polynomial 0x80200003,
/// 16 steps per draw.
class BackgroundGenerator {
 public:
  explicit BackgroundGenerator(std::uint32_t seed) : state_(seed == 0 ? 1 : seed) {}
  struct Draw {
    std::uint8_t chance;  ///< an event if rate != 0 and chance <= rate
    std::uint8_t source;  ///< masked with size - 1
  };
  Draw draw();

 private:
  std::uint32_t state_;
};

/// The neuron step of the mock for `lanes` independent neurons with equal flags; plain arrays so that
/// the compiler vectorises it. Exposed for tests of the equations.
struct MockLanes {
  // Parameters.
  std::vector<double> gain_step;   ///< dt/C
  std::vector<double> current_on;  ///< 1, or 0 where the gain of the synapses is 0
  std::vector<double> g;           ///< C/tau_mem, 0 without leak
  std::vector<double> leak, threshold, reset;
  std::vector<double> decay_exc, decay_inh;  ///< 1 - dt/tau_syn
  std::vector<double> refractory_steps;      ///< refractory_time/dt
  // State.
  std::vector<double> v, i_exc, i_inh, refractory;
  std::vector<std::uint8_t> spiked;  ///< result of `integrate`
  /// Terms beyond leaky integration, by lane; empty if no lane has any.
  struct Terms {
    double adapt_a = 0, adapt_b = 0, adapt_rate = 0, adapt_leak = 0;  ///< rate: dt/tau_adap
    double exp_strength = 0, exp_threshold = 0;
    double slope_exc = 0, reference_exc = 0;  ///< 1/(reversal - reference), 0: current based
    double slope_inh = 0, reference_inh = 0;
    double w = 0;  ///< adaptation, LSB
  };
  std::vector<Terms> terms;

  void resize(std::size_t lanes);
  [[nodiscard]] std::size_t size() const { return v.size(); }
  /// v, spikes and refractory state of one step.
  void integrate();
  /// `integrate` for lanes with terms.
  void integrate_with_terms();
  /// Decay of the currents; the caller adds the charges of the step's spikes afterwards.
  void decay();
};

}  // namespace hx::host
