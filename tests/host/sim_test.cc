// Networks on the simulated chip, compared with closed forms and with the mock.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "driver/link/registry.h"
#include "host/chip_backend.h"
#include "host/mock.h"
#include "sim/targets/targets.h"

namespace hx::host {
namespace {

std::unique_ptr<Backend> open_sim() {
  Registry registry;
  sim::add_targets(registry);
  auto backend = open_chip_backend(registry, HX_TEST_TARGET);
  EXPECT_TRUE(backend) << backend.error();
  return std::move(*backend);
}

/// One backend for all tests: start-up and the first configuration take most of the time.
Backend& sim_backend() {
  static std::unique_ptr<Backend> const backend = open_sim();
  return *backend;
}

Results run_on_sim(RunRequest const& request) {
  auto results = sim_backend().run(request);
  EXPECT_TRUE(results) << results.error();
  for (std::uint64_t drops : results->health.crossbar_drops) EXPECT_EQ(drops, 0u);
  EXPECT_EQ(results->health.unknown_labels, 0u);
  return std::move(*results);
}

/// One source and one neuron.
RunRequest one_synapse(std::int32_t weight, NeuronParameters parameters, PopulationKind kind) {
  RunRequest request;
  request.network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 1, .record_spikes = true});
  request.network.populations.push_back({.name = "n",
                                         .kind = kind,
                                         .size = 1,
                                         .record_spikes = kind == PopulationKind::kLif,
                                         .record_cadc = true,
                                         .neuron = std::move(parameters)});
  request.network.projections.push_back({.from = 0, .to = 1, .connections = {{0, 0, weight}}});
  return request;
}

// ---- Postsynaptic potentials ------------------------------------------------------------------

/// Membrane after a spike at t = 0, in LSB, t and tau in us; strength 0.1 LSB/us per weight.
double psp(double t, double weight, double tau_mem, double tau_syn) {
  if (t <= 0) return 0;
  double const drive = 0.1 * weight;
  if (tau_mem == tau_syn) return drive * t * std::exp(-t / tau_mem);
  double const scale = drive * tau_mem * tau_syn / (tau_mem - tau_syn);
  return scale * (std::exp(-t / tau_mem) - std::exp(-t / tau_syn));
}

struct Sample {
  double time;  ///< us since the spike was sent
  double value;
};

/// The PSP in entries that send their spike at different distances from the samples.
std::vector<std::vector<Sample>> record_psp(std::int32_t weight, double tau_mem, double tau_syn) {
  NeuronParameters parameters;
  parameters.tau_mem = tau_mem * 1e-6;
  parameters.tau_syn_exc = parameters.tau_syn_inh = tau_syn * 1e-6;
  RunRequest request = one_synapse(weight, parameters, PopulationKind::kLi);
  request.runtime_steps = 120;
  std::vector<std::vector<std::vector<double>>> times;
  times.reserve(12);
  for (int e = 0; e < 12; ++e) times.push_back({{20e-6 + 0.104e-6 * e}});
  request.inputs["in"] = *SpikeTrains::from_seconds(times);
  Results const results = run_on_sim(request);
  auto const& cadc = *results.find("n")->cadc;
  std::vector<std::vector<Sample>> samples(12);
  for (std::uint32_t e = 0; e < 12; ++e) {
    double const spike = seconds(request.inputs["in"].at(e, 0)[0]) * 1e6;
    for (std::size_t i = 0; i < cadc.times_at(e, 0).size(); ++i) {
      samples[e].push_back(
          {seconds(cadc.times_at(e, 0)[i]) * 1e6 - spike, cadc.values_at(e, 0)[i]});
    }
  }
  return samples;
}

struct PspCase {
  std::int32_t weight;
  double tau_mem;
  double tau_syn;
};

class Psp : public testing::TestWithParam<PspCase> {};

struct Fit {
  double latency = 0;      ///< us
  double deviation = 1e9;  ///< LSB, the largest of all samples
};

/// The latency with which the samples are nearest to the closed form.
Fit fit_psp(std::vector<Sample> const& samples, PspCase const& c) {
  Fit best;
  for (double latency = 0; latency < 1; latency += 0.002) {
    double worst = 0;
    for (Sample const& s : samples) {
      double const wanted = 80 + psp(s.time - latency, c.weight, c.tau_mem, c.tau_syn);
      worst = std::max(worst, std::abs(s.value - wanted));
    }
    if (worst < best.deviation) best = {latency, worst};
  }
  return best;
}

TEST_P(Psp, FollowsTheClosedFormAfterOneLatency) {
  PspCase const& c = GetParam();
  auto const entries = record_psp(c.weight, c.tau_mem, c.tau_syn);
  double smallest = 1;
  double largest = 0;
  double worst = 0;
  for (auto const& samples : entries) {
    ASSERT_GT(samples.size(), 70u);
    Fit const fit = fit_psp(samples, c);
    // A quarter of an LSB, and half a one of the CADC's rounding.
    EXPECT_LE(fit.deviation, 0.25 + 0.5);
    smallest = std::min(smallest, fit.latency);
    largest = std::max(largest, fit.latency);
    worst = std::max(worst, fit.deviation);
    auto const peak = std::max_element(samples.begin(), samples.end(), [](auto& a, auto& b) {
      return std::abs(a.value - 80) < std::abs(b.value - 80);
    });
    EXPECT_GT(std::abs(peak->value - 80), 5) << "there is a PSP at all";
  }
  std::cout << "latency " << smallest << " to " << largest << " us, largest deviation " << worst
            << " LSB\n";
  // Spike and sample wait for the next neuron step, up to 128 ns each; the rest is constant.
  EXPECT_LE(largest - smallest, 2 * 0.128 + 0.02);
  EXPECT_LT(largest, 0.4);
}

INSTANTIATE_TEST_SUITE_P(Each, Psp,
                         testing::Values(PspCase{63, 10, 10}, PspCase{-63, 10, 10},
                                         PspCase{63, 20, 5}, PspCase{40, 6, 30},
                                         PspCase{123, 10, 10}));

// ---- Spikes -----------------------------------------------------------------------------------

TEST(Sim, LeakOverThresholdHasTheExpectedIntervals) {
  NeuronParameters parameters;
  parameters.leak = 150.;
  parameters.reset = Parameter(80.);
  parameters.refractory_time = 2e-6;
  RunRequest request = one_synapse(0, parameters, PopulationKind::kLif);
  request.network.projections.clear();
  request.runtime_steps = 200;
  Results const results = run_on_sim(request);
  auto const spikes = results.find("n")->spikes->at(0, 0);
  ASSERT_GT(spikes.size(), 10u);
  // Rise from 80 to 125 towards 150 with 10 us, then 2 us clamped (16 steps).
  double const wanted = 10 * std::log(70. / 25.) + 2.048;
  double const mean =
      seconds(spikes.back() - spikes.front()) * 1e6 / static_cast<double>(spikes.size() - 1);
  EXPECT_NEAR(mean, wanted, 0.15);
  for (std::size_t i = 1; i < spikes.size(); ++i) {
    EXPECT_NEAR(seconds(spikes[i] - spikes[i - 1]) * 1e6, wanted, 0.3);
  }
}

TEST(Sim, RecordedInputsComeBackWithOneLatency) {
  RunRequest request = one_synapse(10, {}, PopulationKind::kLi);
  request.runtime_steps = 50;
  request.inputs["in"] =
      *SpikeTrains::from_seconds({{{0, 8e-9, 1e-6, 20e-6, 49.5e-6}}, {{}}, {{30e-6}}});
  Results const results = run_on_sim(request);
  auto const& in = *results.find("in")->spikes;
  auto const& sent = request.inputs["in"];
  for (std::uint32_t e = 0; e < 3; ++e) {
    ASSERT_EQ(in.at(e, 0).size(), sent.at(e, 0).size()) << e;
    for (std::size_t i = 0; i < in.at(e, 0).size(); ++i) {
      EXPECT_EQ(in.at(e, 0)[i] - sent.at(e, 0)[i], in.at(0, 0)[0] - sent.at(0, 0)[0]);
    }
  }
  EXPECT_LT(in.at(0, 0)[0], 25);
}

TEST(Sim, SpikesTravelThroughTwoLayers) {
  RunRequest request = one_synapse(63 * 12, {}, PopulationKind::kLif);
  request.network.populations.push_back({.name = "next",
                                         .kind = PopulationKind::kLif,
                                         .size = 4,
                                         .record_spikes = true,
                                         .placement = {300, 301, 500, 17}});
  request.network.projections.push_back(
      {.from = 1, .to = 2, .connections = {{0, 0, 1000}, {0, 2, 1000}, {0, 3, -500}}});
  request.runtime_steps = 40;
  request.inputs["in"] = *SpikeTrains::from_seconds({{{5e-6}}});
  Results const results = run_on_sim(request);
  auto const first = results.find("n")->spikes->at(0, 0);
  auto const& next = *results.find("next")->spikes;
  ASSERT_GE(first.size(), 1u);
  ASSERT_GE(next.at(0, 0).size(), 1u);
  ASSERT_GE(next.at(0, 2).size(), 1u);
  EXPECT_TRUE(next.at(0, 1).empty());
  EXPECT_TRUE(next.at(0, 3).empty());
  EXPECT_GT(next.at(0, 0)[0], first[0]);
  EXPECT_LT(next.at(0, 0)[0] - first[0], 2 * 125);
}

TEST(Sim, EntriesDoNotDisturbEachOther) {
  RunRequest request = one_synapse(63 * 4, {}, PopulationKind::kLif);
  request.runtime_steps = 60;
  std::vector<double> const burst = {1e-6, 2e-6, 3e-6, 4e-6, 50e-6, 55e-6, 59e-6};
  request.inputs["in"] = *SpikeTrains::from_seconds({{burst}, {burst}, {{}}, {burst}});
  Results const results = run_on_sim(request);
  auto const& spikes = *results.find("n")->spikes;
  ASSERT_GE(spikes.at(0, 0).size(), 2u);
  for (std::uint32_t e : {1u, 3u}) {
    ASSERT_EQ(spikes.at(e, 0).size(), spikes.at(0, 0).size());
    for (std::size_t i = 0; i < spikes.at(0, 0).size(); ++i) {
      // Entries begin at any phase of the neuron steps of 16 cycles.
      EXPECT_NEAR(static_cast<double>(spikes.at(e, 0)[i]), static_cast<double>(spikes.at(0, 0)[i]),
                  32);
    }
  }
  EXPECT_TRUE(spikes.at(2, 0).empty());
  for (float value : results.find("n")->cadc->values_at(2, 0)) EXPECT_EQ(value, 80);
}

// ---- Background -------------------------------------------------------------------------------

TEST(Sim, BackgroundNoiseIsThatOfTheMock) {
  RunRequest request;
  request.runtime_steps = 500;
  request.batch = 1;
  request.network.populations.push_back({.name = "noise",
                                         .kind = PopulationKind::kBackground,
                                         .size = 8,
                                         .record_spikes = true,
                                         .background = {.period = 1000, .rate = 128, .seed = 99}});
  request.network.populations.push_back(
      {.name = "n", .kind = PopulationKind::kLi, .size = 8, .record_cadc = true});
  request.network.projections.push_back(
      {.from = 0, .to = 1, .connections = one_to_one_connections(30, 8)});
  Results const chip = run_on_sim(request);
  Results const again = run_on_sim(request);
  auto const mock = run_mock(request);
  ASSERT_TRUE(mock) << mock.error();
  auto const& on_chip = *chip.find("noise")->spikes;
  auto const& on_mock = *mock->find("noise")->spikes;
  std::size_t compared = 0;
  for (std::uint32_t n = 0; n < 8; ++n) {
    auto const a = on_chip.at(0, n);
    auto const b = on_mock.at(0, n);
    // One event at the very end may fall on either side.
    ASSERT_LE(std::max(a.size(), b.size()) - std::min(a.size(), b.size()), 1u) << n;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i, ++compared) {
      EXPECT_NEAR(static_cast<double>(a[i]), static_cast<double>(b[i]), 63 + 20) << n << ' ' << i;
    }
    auto const c = again.find("noise")->spikes->at(0, n);
    ASSERT_EQ(a.size(), c.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_LE(std::abs(a[i] - c[i]), 1);
  }
  EXPECT_NEAR(static_cast<double>(compared), 125. * 129 / 256, 20);
}

// ---- Whole networks ---------------------------------------------------------------------------

RunRequest yin_yang(std::uint32_t entries) {
  RunRequest request;
  request.runtime_steps = 60;
  request.network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 5});
  NeuronParameters fast;
  fast.tau_mem = 6e-6;
  fast.threshold = 100.;
  fast.tau_syn_exc = fast.tau_syn_inh = 6e-6;
  request.network.populations.push_back({.name = "hid",
                                         .kind = PopulationKind::kLif,
                                         .size = 120,
                                         .record_spikes = true,
                                         .record_cadc = true,
                                         .neuron = fast});
  request.network.populations.push_back({.name = "out",
                                         .kind = PopulationKind::kLi,
                                         .size = 3,
                                         .record_cadc = true,
                                         .neuron = fast,
                                         .placement = {256, 257, 258}});
  std::vector<std::int32_t> hidden(600);
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    hidden[i] = 35 + static_cast<std::int32_t>(i * 37 % 29);
  }
  std::vector<std::int32_t> out(360);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::int32_t>(i * 53 % 13) - 6;
  }
  request.network.projections.push_back({.from = 0,
                                         .to = 1,
                                         .rule = WeightRule::kSignedPair,
                                         .connections = dense_connections(hidden, 120, 5)});
  request.network.projections.push_back({.from = 1,
                                         .to = 2,
                                         .rule = WeightRule::kSignedPair,
                                         .connections = dense_connections(out, 3, 120)});
  std::vector<std::vector<std::vector<double>>> times(entries);
  for (std::uint32_t e = 0; e < entries; ++e) {
    for (std::uint32_t n = 0; n < 5; ++n) {
      times[e].push_back({2e-6 + 24e-6 * ((e * 5 + n) * 31 % 17) / 17.});
    }
  }
  request.inputs["in"] = *SpikeTrains::from_seconds(times);
  return request;
}

TEST(Sim, YinYangSpikesAboutAsTheMock) {
  RunRequest const request = yin_yang(4);
  Results const chip = run_on_sim(request);
  auto const mock = run_mock(request);
  ASSERT_TRUE(mock) << mock.error();
  auto const& a = *chip.find("hid")->spikes;
  auto const& b = *mock->find("hid")->spikes;
  EXPECT_GT(b.times.size(), 100u);
  EXPECT_NEAR(static_cast<double>(a.times.size()) / static_cast<double>(b.times.size()), 1, 0.2);
  // First spikes agree within the grid of the mock and the latency of the chip.
  std::size_t both = 0;
  double difference = 0;
  for (std::uint32_t e = 0; e < 4; ++e) {
    for (std::uint32_t n = 0; n < 120; ++n) {
      if (a.at(e, n).empty() || b.at(e, n).empty()) continue;
      ++both;
      difference += std::abs(seconds(a.at(e, n)[0] - b.at(e, n)[0])) * 1e6;
    }
  }
  ASSERT_GT(both, 50u);
  EXPECT_LT(difference / static_cast<double>(both), 1.5);
  EXPECT_GT(chip.health.output_events[0] + chip.health.output_events[4], 0u);
}

TEST(Sim, HundredInputsSixtyFourHiddenThreeOutputs) {
  RunRequest request;
  request.runtime_steps = 60;
  request.network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 100});
  request.network.populations.push_back(
      {.name = "hid", .kind = PopulationKind::kLif, .size = 64, .record_spikes = true});
  request.network.populations.push_back({.name = "out",
                                         .kind = PopulationKind::kLi,
                                         .size = 3,
                                         .record_cadc = true,
                                         .placement = {256, 257, 258}});
  std::vector<std::int32_t> hidden(6400);
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    // Neuron i/100 hears inputs i%100; even ones more than odd ones.
    hidden[i] = (i / 100) % 2 == 0 ? 12 : -12;
  }
  std::vector<std::int32_t> out(192);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = i < 64 ? 3 : i < 128 ? -3 : 0;
  request.network.projections.push_back({.from = 0,
                                         .to = 1,
                                         .rule = WeightRule::kSignedPair,
                                         .connections = dense_connections(hidden, 64, 100)});
  request.network.projections.push_back({.from = 1,
                                         .to = 2,
                                         .rule = WeightRule::kSignedPair,
                                         .connections = dense_connections(out, 3, 64)});
  std::vector<std::vector<std::vector<double>>> times(1);
  for (int n = 0; n < 100; ++n) times[0].push_back({1e-6 + 0.2e-6 * n});
  request.inputs["in"] = *SpikeTrains::from_seconds(times);
  Results const results = run_on_sim(request);
  auto const& spikes = *results.find("hid")->spikes;
  for (std::uint32_t n = 0; n < 64; ++n) {
    EXPECT_EQ(spikes.at(0, n).empty(), n % 2 == 1) << n;
    // All even neurons have equal input.
    EXPECT_EQ(spikes.at(0, n).size(), spikes.at(0, n % 2).size()) << n;
  }
  auto const peak = [&](std::uint32_t n, bool up) {
    auto const values = results.find("out")->cadc->values_at(0, n);
    return up ? *std::max_element(values.begin(), values.end())
              : *std::min_element(values.begin(), values.end());
  };
  EXPECT_GT(peak(0, true), 85);
  EXPECT_LT(peak(1, false), 75);
  EXPECT_EQ(peak(2, true), 80);
}

TEST(Sim, FreshChipsGiveEqualResults) {
  auto first = open_sim()->run(yin_yang(2));
  auto second = open_sim()->run(yin_yang(2));
  ASSERT_TRUE(first && second);
  for (auto* results : {&*first, &*second}) {
    EXPECT_EQ(results->health.link.erase("simulation_us"), 1u);  // wall-clock time
  }
  EXPECT_EQ(first->find("hid")->spikes, second->find("hid")->spikes);
  EXPECT_EQ(first->find("hid")->cadc, second->find("hid")->cadc);
  EXPECT_EQ(first->find("out")->cadc, second->find("out")->cadc);
  EXPECT_EQ(first->health.link, second->health.link) << "to the last word and cycle";
}

TEST(Sim, OnlyNewWeightsAreSentAndAct) {
  RunRequest request = one_synapse(20, {}, PopulationKind::kLi);
  request.runtime_steps = 60;
  request.inputs["in"] = *SpikeTrains::from_seconds({{{10e-6}}});
  auto const peak = [](Results const& results) {
    auto const values = results.find("n")->cadc->values_at(0, 0);
    return *std::max_element(values.begin(), values.end()) - 80;
  };
  Results const weak = run_on_sim(request);
  request.network.projections[0].connections[0].weight = 60;
  Results const strong = run_on_sim(request);
  EXPECT_NEAR(peak(weak), 2 * 10 / std::exp(1), 0.8);
  EXPECT_NEAR(peak(strong), 6 * 10 / std::exp(1), 0.8);
  EXPECT_LT(strong.health.link.at("words_sent"), 2000u);
}

}  // namespace
}  // namespace hx::host
