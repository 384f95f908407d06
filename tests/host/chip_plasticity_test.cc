// Short-term plasticity on a chip model against its equations.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/host/chip_fixture.h"

namespace hx::host {
namespace {

/// Charges of the spikes of source 0 as weights, from the excitatory line of a neuron that forgets fast; two
/// entries. Other sources of the population get `more`.
std::vector<std::vector<double>> charges(ShortTermPlasticity const& stp,
                                         std::vector<double> const& times,
                                         std::vector<double> const& more = {}) {
  constexpr std::int32_t kWeight = 63 * 24;
  NeuronParameters p;
  p.tau_syn_exc = p.tau_syn_inh = 2e-6;
  Population n = neurons("n", p, 2);
  n.madc_neurons = {0};
  n.cadc_source = n.madc_source = ReadoutSource::kExcitatory;
  RunRequest request = network(2, {n}, 0, 400);
  request.network.projections.push_back(
      {.from = 0, .to = 1, .connections = {{0, 0, kWeight}, {1, 1, 63}}, .stp = stp});
  request.inputs["in"] = *SpikeTrains::from_seconds({{times, more}, {times, more}});
  Results const results = run_on_chip(request);
  std::vector<std::vector<double>> all;
  for (std::uint32_t entry = 0; entry < 2; ++entry) {
    std::vector<double> peaks;
    auto const at = results.find("n")->madc->times_at(entry, 0);
    auto const codes = results.find("n")->madc->codes_at(entry, 0);
    for (double time : times) {
      double peak = 0;
      for (std::size_t i = 0; i < at.size(); ++i) {
        double const after = seconds(at[i]) - time;
        if (after > 0 && after < 1e-6) peak = std::max<double>(peak, codes[i]);
      }
      peaks.push_back(peak * 4);  // code = I / 4
    }
    all.push_back(peaks);
  }
  for (auto& peaks : all) {
    for (double& peak : peaks) peak /= kWeight;
  }
  return all;
}

TEST(Plasticity, DepressionUsesTheSourceUp) {
  auto const got = charges({.utilization = 0.25}, every(20e-6, 20e-6, 300e-6));
  for (auto const& entry : got) {
    double resource = 1;
    for (std::size_t i = 0; i < entry.size(); ++i, resource *= 0.75) {
      EXPECT_NEAR(entry[i], resource, 0.03) << i;
    }
  }
}

TEST(Plasticity, RecoversWithItsTimeConstant) {
  std::vector<double> const times = {20e-6, 40e-6, 60e-6, 200e-6, 220e-6, 390e-6};
  ShortTermPlasticity const stp{.utilization = 0.5, .tau_recovery = 65e-6};
  auto const got = charges(stp, times);
  for (auto const& entry : got) {
    double resource = 1;
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (i > 0) resource = 1 - (1 - resource) * std::exp(-(times[i] - times[i - 1]) / 65e-6);
      EXPECT_NEAR(entry[i], resource, 0.05) << i;
      resource *= 0.5;
    }
  }
}

TEST(Plasticity, FacilitationGrowsTowardsItsCharge) {
  auto const got =
      charges({.utilization = 0.25, .charge = 1, .recover = 0.2}, every(20e-6, 20e-6, 300e-6));
  for (auto const& entry : got) {
    double resource = 0.2;
    for (std::size_t i = 0; i < entry.size(); ++i, resource += 0.25 * (1 - resource)) {
      EXPECT_NEAR(entry[i], resource, 0.03) << i;
    }
  }
}

TEST(Plasticity, SourcesDoNotUseEachOtherUp) {
  auto const alone = charges({.utilization = 0.5}, every(100e-6, 50e-6, 300e-6));
  auto const busy =
      charges({.utilization = 0.5}, every(100e-6, 50e-6, 300e-6), every(3e-6, 7e-6, 300e-6));
  EXPECT_EQ(alone, busy);
}

}  // namespace
}  // namespace hx::host
