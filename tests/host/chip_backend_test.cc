#include "host/chip_backend.h"

#include <gtest/gtest.h>

#include <random>

#include "driver/link/registry.h"
#include "driver/registers/chip.h"
#include "host/experiment.h"
#include "host/lowering/configuration.h"
#include "host/mock.h"
#include "tests/host/fake_chip.h"

namespace hx::host {
namespace {

/// A registry with "fake:" and what its chip has seen.
struct Bench {
  std::shared_ptr<FakeChipState> state = std::make_shared<FakeChipState>();
  std::unique_ptr<Backend> backend;

  Bench() {
    Registry registry;
    registry.add("fake", [this](Uri const&) -> Result<std::unique_ptr<Link>> {
      return make_fake_chip(state);
    });
    ChipBackendOptions options;
    options.init = InitOptions::for_model();
    options.settling = Settling::digital();
    auto opened = open_chip_backend(registry, "fake:", options);
    EXPECT_TRUE(opened) << opened.error();
    backend = std::move(*opened);
    state->program_sizes.clear();
  }
};

std::vector<std::int32_t> ramp_weights(std::size_t count, std::int32_t scale) {
  std::vector<std::int32_t> weights(count);
  for (std::size_t i = 0; i < count; ++i) {
    weights[i] = static_cast<std::int32_t>(i * 7 % 127) - 63;
    weights[i] = weights[i] * scale / 63;
  }
  return weights;
}

/// 5 inputs -> 120 lif -> 3 li on the bottom row, signed dense.
RunRequest yin_yang(std::uint32_t entries) {
  RunRequest request;
  request.runtime_steps = 38;
  request.network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 5, .record_spikes = true});
  request.network.populations.push_back({.name = "hid",
                                         .kind = PopulationKind::kLif,
                                         .size = 120,
                                         .record_spikes = true,
                                         .record_cadc = true});
  request.network.populations.push_back({.name = "out",
                                         .kind = PopulationKind::kLi,
                                         .size = 3,
                                         .record_cadc = true,
                                         .placement = {256, 257, 258}});
  request.network.projections.push_back(
      {.from = 0,
       .to = 1,
       .rule = WeightRule::kSignedPair,
       .connections = dense_connections(ramp_weights(600, 63), 120, 5)});
  request.network.projections.push_back(
      {.from = 1,
       .to = 2,
       .rule = WeightRule::kSignedPair,
       .connections = dense_connections(ramp_weights(360, 30), 3, 120)});
  std::vector<std::vector<std::vector<double>>> times(entries);
  for (std::uint32_t e = 0; e < entries; ++e) {
    for (int n = 0; n < 5; ++n) times[e].push_back({2e-6 + 1e-6 * n + 0.08e-6 * e});
  }
  request.inputs["in"] = *SpikeTrains::from_seconds(times);
  return request;
}

TEST(ChipBackend, RunsYinYangThroughTheWholePipeline) {
  Bench bench;
  std::int64_t first_trigger = 0;
  bench.state->cadc = [&](std::uint32_t address, std::int64_t trigger) -> std::uint32_t {
    if (first_trigger == 0) first_trigger = trigger;
    // Byte lanes 3..0 hold the quad's number and its lane.
    std::uint32_t const quad = address & 63;
    return quad << 24 | (quad + 1) << 16 | (quad + 2) << 8 | (quad + 3);
  };
  RunRequest const request = yin_yang(3);
  auto const results = bench.backend->run(request);
  ASSERT_TRUE(results) << results.error();
  EXPECT_EQ(results->target, "fake:");
  EXPECT_FALSE(results->mock);
  // Inputs come back in their entry, one link latency later.
  auto const& in = *results->find("in")->spikes;
  ASSERT_EQ(in.entries, 3u);
  for (std::uint32_t e = 0; e < 3; ++e) {
    for (std::uint32_t n = 0; n < 5; ++n) {
      ASSERT_EQ(in.at(e, n).size(), 1u) << e << ' ' << n;
      std::int64_t const sent = request.inputs.at("in").at(e, n)[0];
      EXPECT_EQ(in.at(e, n)[0] - sent, 10) << e << ' ' << n;
    }
  }
  EXPECT_TRUE(results->find("hid")->spikes->times.empty());
  // 30 quads on top, 2 at the bottom: 1 + 189 + 32 = 222 -> 224 cycles.
  auto const& hid = *results->find("hid")->cadc;
  auto const times = hid.times_at(1, 7);
  ASSERT_EQ(times.size(), 22u);
  EXPECT_EQ(times[1] - times[0], 224);
  // Column 7: odd, quad 32, entry 3.
  EXPECT_EQ(hid.values_at(1, 7)[0], 35);
  // Column 258: column 2 of the bottom row, quad 0, entry 1.
  EXPECT_EQ(results->find("out")->cadc->values_at(2, 2)[21], 1);
  EXPECT_EQ(results->health.unknown_labels, 0u);
  EXPECT_EQ(results->health.spikes_between_entries, 0u);
  EXPECT_TRUE(results->health.warnings.empty());
  EXPECT_GT(results->health.link.at("words_sent"), 250'000u);
  EXPECT_NEAR(results->times.realtime, 3 * 38e-6, 1e-7);
  ASSERT_NE(bench.backend->last_chip_configuration(), nullptr);
}

TEST(ChipBackend, TheChipHoldsTheConfiguration) {
  Bench bench;
  ASSERT_TRUE(bench.backend->run(yin_yang(1)));
  auto const words = bench.backend->last_chip_configuration()->words();
  auto const addresses = reg::Chip::addresses();
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    wrong += bench.state->memory[addresses[i]] == words[i] ? 0 : 1;
  }
  EXPECT_EQ(wrong, 0u) << "after a run everything is as it was configured";
}

TEST(ChipBackend, SendsOnlyDifferences) {
  Bench bench;
  auto const sizes = [&] {
    auto taken = std::move(bench.state->program_sizes);
    bench.state->program_sizes.clear();
    return taken;
  };
  ASSERT_TRUE(bench.backend->run(yin_yang(1)));
  auto const first = sizes();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_GT(first[0], 2 * reg::Chip::kWords);
  // Nothing but spikes changes: no configuration program at all.
  ASSERT_TRUE(bench.backend->run(yin_yang(1)));
  EXPECT_EQ(sizes(), (std::vector<std::size_t>{first[1]}));
  // Two weights change sign: at most four words, no settling.
  RunRequest changed = yin_yang(1);
  changed.network.projections[0].connections[0].weight *= -1;
  changed.network.projections[0].connections[1].weight *= -1;
  ASSERT_TRUE(bench.backend->run(changed));
  auto const third = sizes();
  ASSERT_EQ(third.size(), 2u);
  EXPECT_LE(third[0], 2u * 4 + 1);
  EXPECT_GE(third[0], 2u + 1);
}

TEST(ChipBackend, AFailedRunMakesTheNextOneStartFresh) {
  Bench bench;
  ASSERT_TRUE(bench.backend->run(yin_yang(1)));
  bench.state->programs_until_failure = 0;
  auto const failed = bench.backend->run(yin_yang(1));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kLinkLost);
  EXPECT_NE(failed.error().message.find("entries 0 to 0"), std::string::npos);
}

TEST(ChipBackend, HundredInputsSixtyFourHiddenThreeOutputs) {
  Bench bench;
  RunRequest request = yin_yang(1);
  request.inputs.clear();
  request.network.populations[0].size = 100;
  request.network.populations[0].record_spikes = false;
  request.network.populations[1].size = 64;
  request.network.projections[0].connections = dense_connections(ramp_weights(6400, 63), 64, 100);
  request.network.projections[1].connections = dense_connections(ramp_weights(192, 63), 3, 64);
  auto const results = bench.backend->run(request);
  ASSERT_TRUE(results) << results.error();
  EXPECT_EQ(results->find("hid")->cadc->neurons, 64u);
}

TEST(ChipBackend, RunsNetworksThatHaveAlmostNothing) {
  Bench bench;
  RunRequest empty{.runtime_steps = 3};
  auto results = bench.backend->run(empty);
  ASSERT_TRUE(results) << results.error();
  EXPECT_TRUE(results->populations.empty());
  // Nobody listens to the source, to the noise or to the neurons.
  RunRequest alone{.runtime_steps = 3};
  alone.network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 3});
  alone.network.populations.push_back({.name = "noise",
                                       .kind = PopulationKind::kBackground,
                                       .size = 4,
                                       .background = {.period = 100}});
  alone.network.populations.push_back({.name = "n", .kind = PopulationKind::kLif, .size = 2});
  alone.network.projections.push_back({.from = 0, .to = 2, .connections = {}});
  alone.inputs["in"] = *SpikeTrains::from_seconds({{{1e-6}, {}, {2e-6}}});
  results = bench.backend->run(alone);
  ASSERT_TRUE(results) << results.error();
  EXPECT_TRUE(results->populations.empty());
  // Everything recorded, nothing connected, nothing sent.
  alone.inputs.clear();
  alone.batch = 2;
  for (auto& population : alone.network.populations) population.record_spikes = true;
  alone.network.populations[2].record_cadc = true;
  results = bench.backend->run(alone);
  ASSERT_TRUE(results) << results.error();
  for (auto const& [name, observables] : results->populations) {
    EXPECT_EQ(observables.spikes->entries, 2u) << name;
    EXPECT_EQ(observables.spikes->offsets.size(), observables.spikes->neurons * 2u + 1) << name;
  }
  EXPECT_EQ(results->find("n")->cadc->times_at(1, 1).size(), 2u) << "0 and 192 of 375 cycles";
}

TEST(ChipBackend, LateSpikesExtendTheEntryAndStayOutOfTheResult) {
  Bench bench;
  RunRequest request{.runtime_steps = 10};
  request.network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 1, .record_spikes = true});
  request.inputs["in"] = *SpikeTrains::from_seconds({{{1e-6, 20e-6}}, {{2e-6}}});
  auto const results = bench.backend->run(request);
  ASSERT_TRUE(results) << results.error();
  auto const& in = *results->find("in")->spikes;
  EXPECT_EQ(in.at(0, 0).size(), 1u);
  EXPECT_EQ(in.at(1, 0).size(), 1u);
  EXPECT_EQ(results->health.spikes_between_entries, 1u);
  EXPECT_NEAR(results->times.realtime, 20e-6 + 10e-6, 1e-7);
}

/// A request that may or may not make sense.
RunRequest random_request(std::mt19937& random) {
  auto const pick = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  RunRequest request{.runtime_steps = pick(1, 50)};
  int const populations = pick(1, 5);
  for (int p = 0; p < populations; ++p) {
    Population population;
    population.name = "p" + std::to_string(p);
    population.kind = static_cast<PopulationKind>(pick(0, 3));
    population.size = population.kind == PopulationKind::kBackground
                          ? 1u << pick(0, 5)
                          : static_cast<std::uint32_t>(pick(1, 40));
    population.background.period = static_cast<std::uint32_t>(pick(2, 5000));
    population.record_spikes = population.spikes() && pick(0, 1) == 1;
    population.record_cadc = population.is_neuron() && pick(0, 1) == 1;
    population.neuron.tau_mem = pick(1, 100) * 1e-6;
    population.neuron.refractory_time = pick(0, 50) * 1e-6;
    if (population.is_neuron() && pick(0, 3) == 0) {
      for (std::uint32_t n = 0; n < population.size; ++n) {
        population.placement.push_back(static_cast<std::uint32_t>(pick(0, 511)));
      }
    }
    request.network.populations.push_back(population);
  }
  int const projections = pick(0, 6);
  for (int i = 0; i < projections; ++i) {
    Projection projection;
    projection.from = static_cast<std::uint32_t>(pick(0, populations - 1));
    projection.to = static_cast<std::uint32_t>(pick(0, populations - 1));
    auto const& from = request.network.populations[projection.from];
    auto const& to = request.network.populations[projection.to];
    int const count = pick(0, 60);
    for (int c = 0; c < count; ++c) {
      projection.connections.push_back(
          {static_cast<std::uint32_t>(pick(0, static_cast<int>(from.size) - 1)),
           static_cast<std::uint32_t>(pick(0, static_cast<int>(to.size) - 1)), pick(-200, 200)});
    }
    request.network.projections.push_back(projection);
  }
  auto const& first = request.network.populations[0];
  if (first.kind == PopulationKind::kSpikeSource) {
    std::vector<std::vector<std::vector<double>>> times(static_cast<std::size_t>(pick(1, 3)));
    for (auto& entry : times) {
      entry.resize(first.size);
      for (auto& neuron : entry)
        neuron.resize(static_cast<std::size_t>(pick(0, 3)), pick(0, 60) * 1e-6);
    }
    request.inputs["p0"] = *SpikeTrains::from_seconds(times);
  }
  return request;
}

TEST(ChipBackend, RandomRequestsEndInAResultOrAnError) {
  Bench bench;
  unsigned const seed = 20;
  std::mt19937 random(seed);
  int run = 0;
  for (int i = 0; i < 150; ++i) {
    RunRequest const request = random_request(random);
    auto const on_chip = bench.backend->run(request);
    auto const on_mock = run_mock(request);
    if (!on_chip) {
      EXPECT_FALSE(on_chip.error().message.empty());
      EXPECT_NE(on_chip.error().code, ErrorCode::kProtocol) << on_chip.error();
      continue;
    }
    ++run;
    ASSERT_TRUE(on_mock) << "seed " << seed << ", request " << i << ": " << on_mock.error();
    ASSERT_EQ(on_chip->populations.size(), on_mock->populations.size());
    for (auto const& [name, observables] : on_chip->populations) {
      Observables const& other = *on_mock->find(name);
      ASSERT_EQ(observables.spikes.has_value(), other.spikes.has_value());
      ASSERT_EQ(observables.cadc.has_value(), other.cadc.has_value());
      if (observables.spikes) {
        EXPECT_EQ(observables.spikes->offsets.size(), other.spikes->offsets.size());
        EXPECT_EQ(observables.spikes->offsets.back(), observables.spikes->times.size());
      }
      if (observables.cadc) {
        EXPECT_EQ(observables.cadc->offsets.size(), other.cadc->offsets.size());
        EXPECT_EQ(observables.cadc->offsets.back(), observables.cadc->values.size());
      }
    }
  }
  EXPECT_GT(run, 30) << "too few requests made sense";
}

TEST(ChipBackend, UnroutableNetworksSayWhy) {
  Bench bench;
  RunRequest request = yin_yang(1);
  request.inputs.clear();
  request.network.populations[0].size = 300;
  request.network.projections[0].connections = all_to_all_connections(1, 120, 300);
  auto const refused = bench.backend->run(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnroutable);
  EXPECT_NE(refused.error().text().find("in-degree"), std::string::npos) << refused.error();
  EXPECT_TRUE(bench.state->program_sizes.empty()) << "nothing has reached the chip";
}

TEST(ChipBackend, UnknownTargetsNameTheKnownOnes) {
  Registry registry;
  auto const refused = open_chip_backend(registry, "sin:");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(open_chip_backend(registry, "no uri"));
}

TEST(ChipBackend, ExperimentsRunOnIt) {
  Bench bench;
  std::shared_ptr<Backend> const shared = std::move(bench.backend);
  Experiment experiment({.backend = shared});
  auto instance = experiment.default_execution_instance();
  instance->input_loopback = true;
  auto synapse = std::make_shared<Synapse>("s", 2, 3);
  auto neuron = std::make_shared<Neuron>("n", 3);
  auto const spikes = SpikeTrains::from_seconds({{{1e-6}, {2e-6}}, {{}, {3e-6}}});
  ASSERT_TRUE(experiment.connect(synapse, {make_handle(*spikes)}, synapse->output()));
  ASSERT_TRUE(experiment.connect(neuron, {synapse->output()}, neuron->output()));
  auto const info = experiment.run(20);
  ASSERT_TRUE(info) << info.error();
  ASSERT_TRUE(neuron->output()->cadc);
  EXPECT_EQ(neuron->output()->cadc->entries, 2u);
  ASSERT_EQ(experiment.last_run_chip_configs().size(), 1u);
  EXPECT_NE(*experiment.last_run_chip_configs().at(instance->id), silent_chip());
  auto const* looped = experiment.last_results()->find("s.input");
  ASSERT_NE(looped, nullptr);
  EXPECT_EQ(looped->spikes->at(1, 1)[0], 375 + 10);
}

}  // namespace
}  // namespace hx::host
