#include "tests/host/chip_fixture.h"

#include <gtest/gtest.h>

#include "host/chip_backend.h"
#include "tests/host/chip_target.h"

namespace hx::host {
namespace {

std::unique_ptr<Backend> open_chip() {
  Registry registry;
  add_chip_target(registry);
  auto backend = open_chip_backend(registry, kChipTarget);
  HX_CHECK(backend.has_value()) << backend.error().text();
  return std::move(*backend);
}

}  // namespace

Backend& chip() {
  static std::unique_ptr<Backend> const backend = open_chip();
  return *backend;
}

Results run_on_chip(RunRequest const& request) {
  auto results = chip().run(request);
  EXPECT_TRUE(results) << results.error();
  if (!results) return {};
  EXPECT_EQ(results->health.unknown_labels, 0u);
  for (std::uint64_t drops : results->health.crossbar_drops) EXPECT_EQ(drops, 0u);
  for (std::string const& warning : results->health.warnings) ADD_FAILURE() << warning;
  return std::move(*results);
}

Population neurons(std::string name, NeuronParameters parameters, std::uint32_t size,
                   PopulationKind kind) {
  return {.name = std::move(name),
          .kind = kind,
          .size = size,
          .record_spikes = kind == PopulationKind::kLif,
          .record_cadc = true,
          .neuron = std::move(parameters)};
}

RunRequest network(std::uint32_t sources, std::vector<Population> populations, std::int32_t weight,
                   std::int64_t runtime) {
  RunRequest request;
  request.runtime_steps = runtime;
  request.network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = sources});
  for (Population& population : populations) {
    if (weight != 0) {
      request.network.projections.push_back(
          {.from = 0,
           .to = static_cast<std::uint32_t>(request.network.populations.size()),
           .connections = all_to_all_connections(weight, population.size, sources)});
    }
    request.network.populations.push_back(std::move(population));
  }
  return request;
}

std::vector<double> trace(Results const& results, std::string_view name, std::uint32_t neuron,
                          std::uint32_t entry) {
  auto const values = results.find(name)->cadc->values_at(entry, neuron);
  return {values.begin(), values.end()};
}

std::vector<double> every(double first, double step, double end) {
  std::vector<double> times;
  for (double t = first; t < end; t += step) times.push_back(t);
  return times;
}

std::vector<std::int64_t> spikes(Results const& results, std::string_view name,
                                 std::uint32_t neuron, std::uint32_t entry) {
  auto const times = results.find(name)->spikes->at(entry, neuron);
  return {times.begin(), times.end()};
}

}  // namespace hx::host
