/// The first demonstration: one LIF neuron, input spikes in, membrane trace out, held against the
/// closed-form solution and the mock equations.
#pragma once

#include <filesystem>
#include <ostream>
#include <span>
#include <vector>

#include "driver/base/result.h"
#include "host/backend.h"

namespace hx::tools {

/// Membrane of a current-based LIF neuron that started at rest, in CADC LSB:
///   V(t) = leak + sum over spikes of kappa * weight * psp(t - t_i),
///   psp(s) = (exp(-s/tau_mem) - exp(-s/tau_syn)) * tau_mem*tau_syn / (tau_mem - tau_syn),
/// or s * exp(-s/tau) for equal time constants; kappa = 0.1 LSB/us per weight unit is the chip's
/// nominal gain (synapse_dac_bias 600, i_synin_gm 500, capacitance 63). Times in s.
struct ClosedForm {
  double leak = 80;
  double weight = 63;
  double tau_mem = 10e-6;
  double tau_syn = 10e-6;
  std::vector<double> spikes;

  [[nodiscard]] double operator()(double time) const;
};

/// How far samples lie from the closed form if it is delayed by one constant latency.
struct Deviation {
  double latency = 0;  ///< s, the one with the smallest maximum
  double largest = 0;  ///< LSB
  double rms = 0;      ///< LSB
};

/// Best constant latency between 0 and `longest` in steps of 8 ns. Contract: as many values as times.
Deviation compare(ClosedForm const& form, std::span<double const> times,
                  std::span<double const> values, double longest);

/// Runs the demonstration on `chip` and on the mock equations, prints the table and draws
/// `folder`/neuron.png.
Result<void> run_neuron_demo(host::Backend& chip, std::filesystem::path const& folder,
                             std::ostream& out);

}  // namespace hx::tools
