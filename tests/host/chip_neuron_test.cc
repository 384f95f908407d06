// Neurons of several circuits, adaptation, exponential term and reversal potentials on a chip model, compared with
// closed forms, with each other and with the mock.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "host/mock.h"
#include "tests/host/chip_fixture.h"

namespace hx::host {
namespace {

// ---- Neurons of several circuits --------------------------------------------------------------

class Merged : public testing::TestWithParam<std::pair<std::uint32_t, CircuitLayout>> {};

TEST_P(Merged, NeuronHasThePotentialOfOneOfOneCircuit) {
  auto const [circuits, layout] = GetParam();
  NeuronParameters parameters;
  parameters.tau_mem = 8e-6;
  parameters.tau_syn_inh = 4e-6;
  Population merged = neurons("merged", parameters, 2);
  merged.circuits = circuits;
  merged.layout = layout;
  RunRequest request = network(4, {neurons("single", parameters, 2), merged}, 45, 60);
  for (Projection& projection : request.network.projections) {
    for (Connection& c : projection.connections) {
      if (c.pre == 3) c.weight = -30;
    }
  }
  request.inputs["in"] =
      *SpikeTrains::from_seconds({{{5e-6, 20e-6}, {6e-6}, {6.3e-6, 30e-6}, {9e-6, 31e-6}}});
  Results const results = run_on_chip(request);
  for (std::uint32_t n = 0; n < 2; ++n) {
    auto const single = trace(results, "single", n);
    auto const merged_trace = trace(results, "merged", n);
    ASSERT_EQ(single.size(), merged_trace.size());
    EXPECT_GT(*std::max_element(single.begin(), single.end()), 100);
    for (std::size_t i = 0; i < single.size(); ++i) {
      // Circuits of other lanes act a step later: up to one LSB on a rising edge.
      EXPECT_NEAR(single[i], merged_trace[i], circuits <= 4 ? 0 : 1.5) << i;
    }
  }
}

TEST_P(Merged, NeuronSpikesAsOneOfOneCircuit) {
  auto const [circuits, layout] = GetParam();
  NeuronParameters parameters;
  parameters.refractory_time = 3e-6;
  Population single = neurons("single", parameters, 1, PopulationKind::kLif);
  Population merged = neurons("merged", parameters, 1, PopulationKind::kLif);
  merged.circuits = circuits;
  merged.layout = layout;
  RunRequest request = network(6, {single, merged}, 63, 100);
  std::vector<std::vector<double>> times;
  for (int i = 0; i < 6; ++i) times.push_back(every(1e-6 + 1.1e-6 * i, 4.5e-6, 95e-6));
  request.inputs["in"] = *SpikeTrains::from_seconds({times});
  Results const results = run_on_chip(request);
  auto const a = spikes(results, "single");
  auto const b = spikes(results, "merged");
  ASSERT_GT(a.size(), 5u);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    // One step, and the place in the slot.
    EXPECT_NEAR(static_cast<double>(a[i]), static_cast<double>(b[i]), circuits <= 4 ? 20 : 40) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Merged,
                         testing::Values(std::pair{2u, CircuitLayout::kColumns},
                                         std::pair{3u, CircuitLayout::kColumns},
                                         std::pair{4u, CircuitLayout::kRow},
                                         std::pair{48u, CircuitLayout::kRow},
                                         std::pair{100u, CircuitLayout::kColumns}));

TEST(MergedNeuron, ListensToMoreSourcesThanACircuitHasRows) {
  // 600 inputs on three circuits, one spike each; two neurons over the border of the lanes.
  Population merged = neurons("merged", {}, 2);
  merged.circuits = 3;
  merged.placement = {0, 14};
  RunRequest request = network(600, {merged}, 0, 150);
  Projection projection{.from = 0, .to = 1};
  std::vector<std::vector<double>> times;
  for (std::uint32_t i = 0; i < 600; ++i) {
    auto const step = static_cast<std::int32_t>(i);
    std::int32_t const weight = i % 3 == 2 ? -(step % 6) - 1 : step % 6 + 1;
    for (std::uint32_t n = 0; n < 2; ++n) projection.connections.push_back({i, n, weight});
    times.push_back({10e-6 + 0.2e-6 * (i * 7 % 600)});
  }
  request.network.projections.push_back(projection);
  request.inputs["in"] = *SpikeTrains::from_seconds({times});
  Results const results = run_on_chip(request);
  request.dt = 0.125e-6;
  request.runtime_steps = 1200;
  auto const mock = run_mock(request);
  ASSERT_TRUE(mock) << mock.error();
  for (std::uint32_t n = 0; n < 2; ++n) {
    auto const got = trace(results, "merged", n);
    auto const at = results.find("merged")->cadc->times_at(0, n);
    auto const wanted = trace(*mock, "merged", n);
    double highest = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      double const step = std::max(0., (seconds(at[i]) - 0.2e-6) / 0.125e-6);
      EXPECT_NEAR(got[i], wanted[static_cast<std::size_t>(step)], 1.5) << n << ' ' << i;
      highest = std::max(highest, got[i]);
    }
    EXPECT_GT(highest, 95);
  }
}

// ---- Adaptation and exponential term ----------------------------------------------------------

TEST(AdEx, AdaptationLowersTheRestingPotential) {
  NeuronParameters p;
  p.leak = 140.;
  p.adaptation = Adaptation{.a = 0.5, .tau = 20e-6, .leak = Parameter(80.)};
  NeuronParameters opposite = p;
  opposite.adaptation->a = -0.25;
  Population with = neurons("with", p);
  with.cadc_source = ReadoutSource::kAdaptation;
  RunRequest request = network(1, {neurons("v", p), with, neurons("opposite", opposite)}, 0, 400);
  Results const results = run_on_chip(request);
  // V = (leak + a E_a) / (1 + a), w = a (V - E_a).
  EXPECT_NEAR(trace(results, "v").back(), 120, 1);
  EXPECT_NEAR(trace(results, "with").back(), 128 + 20, 1);
  EXPECT_NEAR(trace(results, "opposite").back(), (140 - 0.25 * 80) / 0.75, 1);
}

/// Intervals in us.
std::vector<double> intervals(std::vector<std::int64_t> const& times) {
  std::vector<double> result;
  for (std::size_t i = 1; i < times.size(); ++i) {
    result.push_back(seconds(times[i] - times[i - 1]) * 1e6);
  }
  return result;
}

void expect_spikes_of_the_mock(NeuronParameters const& parameters, std::size_t at_least) {
  RunRequest request = network(1, {neurons("n", parameters, 1, PopulationKind::kLif)}, 0, 500);
  request.network.populations[1].record_cadc = false;
  Results const results = run_on_chip(request);
  request.dt = 0.032e-6;
  request.runtime_steps = 15625;
  auto const mock = run_mock(request);
  ASSERT_TRUE(mock) << mock.error();
  auto const got = intervals(spikes(results, "n"));
  auto const wanted = intervals(spikes(*mock, "n"));
  ASSERT_GE(got.size(), at_least);
  EXPECT_NEAR(static_cast<double>(got.size()), static_cast<double>(wanted.size()), 2);
  for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
    EXPECT_NEAR(got[i], wanted[i], 0.2 + 0.02 * wanted[i]) << i;
  }
}

TEST(AdEx, EachSpikeMakesTheNextIntervalLonger) {
  NeuronParameters p;
  p.leak = 170.;
  p.refractory_time = 2e-6;
  p.adaptation = Adaptation{.b = 8., .tau = 50e-6};
  expect_spikes_of_the_mock(p, 10);
  RunRequest request = network(1, {neurons("n", p, 1, PopulationKind::kLif)}, 0, 500);
  auto const got = intervals(spikes(run_on_chip(request), "n"));
  ASSERT_GT(got.size(), 5u);
  EXPECT_GT(got.back(), 1.3 * got.front());
}

TEST(AdEx, SubthresholdAndIncrementTogetherSpikeAsTheMock) {
  NeuronParameters p;
  p.leak = 190.;
  p.refractory_time = 2e-6;
  p.adaptation = Adaptation{.a = 0.4, .b = 3., .tau = 100e-6, .leak = Parameter(80.)};
  p.exponential = Exponential{.threshold = 115., .strength = 1.};
  expect_spikes_of_the_mock(p, 10);
}

TEST(AdEx, TheExponentialTermStartsSpikesAtItsThreshold) {
  NeuronParameters p;
  p.threshold = 160.;
  p.exponential = Exponential{.threshold = 110., .strength = 1.};
  p.leak = 100.;
  NeuronParameters fires = p;
  fires.leak = 106.;
  RunRequest request = network(1,
                               {neurons("rests", p, 1, PopulationKind::kLif),
                                neurons("fires", fires, 1, PopulationKind::kLif)},
                               0, 400);
  Results const results = run_on_chip(request);
  EXPECT_TRUE(spikes(results, "rests").empty());
  // 100 - V + 6 exp((V - 110) / 6) = 0.
  EXPECT_NEAR(trace(results, "rests").back(), 101.5, 1);
  EXPECT_GT(spikes(results, "fires").size(), 3u);
}

// ---- Reversal potentials ----------------------------------------------------------------------

TEST(Conductance, StrongInputDrivesTheMembraneToTheReversalPotential) {
  NeuronParameters p;
  p.tau_mem = 40e-6;
  p.conductance_exc = Conductance{.reversal = 120., .reference = std::nullopt};
  p.conductance_inh = Conductance{.reversal = 40., .reference = std::nullopt};
  RunRequest request = network(2, {neurons("n", p)}, 63 * 4, 120);
  request.network.projections[0].connections[1].weight = -63 * 4;
  request.inputs["in"] =
      *SpikeTrains::from_seconds({{every(1e-6, 1e-6, 60e-6), every(60e-6, 1e-6, 120e-6)}});
  Results const results = run_on_chip(request);
  auto const v = trace(results, "n");
  EXPECT_NEAR(*std::max_element(v.begin(), v.end()), 119, 2);
  EXPECT_NEAR(v.back(), 41, 2);
  EXPECT_GE(*std::min_element(v.begin(), v.end()), 39);
}

TEST(Conductance, InputsAreCurrentBasedAtTheReference) {
  NeuronParameters conductance;
  conductance.conductance_exc = Conductance{.reversal = 400., .reference = std::nullopt};
  RunRequest request = network(1, {neurons("cuba", {}), neurons("coba", conductance)}, 63, 60);
  request.inputs["in"] = *SpikeTrains::from_seconds({{{10e-6}}});
  Results const results = run_on_chip(request);
  auto const cuba = trace(results, "cuba");
  auto const coba = trace(results, "coba");
  // The PSP of 23 LSB meets a strength that falls by 7 % at its peak.
  double const peak = *std::max_element(coba.begin(), coba.end());
  EXPECT_NEAR(*std::max_element(cuba.begin(), cuba.end()), 103.2, 1);
  EXPECT_LT(peak, 103);
  EXPECT_GT(peak, 101);
}

TEST(Conductance, FollowsTheMock) {
  NeuronParameters p;
  p.tau_syn_inh = 6e-6;
  p.conductance_exc = Conductance{.reversal = 180., .reference = Parameter(100.)};
  p.conductance_inh = Conductance{.reversal = 30., .reference = Parameter(90.)};
  RunRequest request = network(2, {neurons("n", p)}, 63, 150);
  request.network.projections[0].connections[1].weight = -63;
  request.inputs["in"] =
      *SpikeTrains::from_seconds({{every(5e-6, 3e-6, 100e-6), every(50e-6, 4e-6, 130e-6)}});
  Results const results = run_on_chip(request);
  request.dt = 0.0625e-6;
  request.runtime_steps = 2400;
  auto const mock = run_mock(request);
  ASSERT_TRUE(mock) << mock.error();
  auto const got = trace(results, "n");
  auto const at = results.find("n")->cadc->times_at(0, 0);
  auto const wanted = trace(*mock, "n");
  for (std::size_t i = 0; i < got.size(); ++i) {
    double const step = std::max(0., (seconds(at[i]) - 0.2e-6) / request.dt);
    EXPECT_NEAR(got[i], wanted[static_cast<std::size_t>(step)], 1.5) << i;
  }
}

}  // namespace
}  // namespace hx::host
