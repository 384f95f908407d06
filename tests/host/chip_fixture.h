/// Small networks on the chip model that a test was built for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/backend.h"

namespace hx::host {

/// One backend for all tests: start-up and the first configuration take most of the time.
Backend& chip();

/// Runs; warnings, lost events and unknown labels are failures.
Results run_on_chip(RunRequest const& request);

/// A population that records the CADC, and its spikes if it has any.
Population neurons(std::string name, NeuronParameters parameters, std::uint32_t size = 1,
                   PopulationKind kind = PopulationKind::kLi);

/// Spike source "in" and the populations; every source is connected to every neuron if the weight is not 0.
RunRequest network(std::uint32_t sources, std::vector<Population> populations, std::int32_t weight,
                   std::int64_t runtime);

/// CADC values of a neuron.
std::vector<double> trace(Results const& results, std::string_view name, std::uint32_t neuron = 0,
                          std::uint32_t entry = 0);
/// Spike times of a neuron.
std::vector<std::int64_t> spikes(Results const& results, std::string_view name,
                                 std::uint32_t neuron = 0, std::uint32_t entry = 0);

/// first, first + step, ... below end.
std::vector<double> every(double first, double step, double end);

}  // namespace hx::host
