#include "host/chip_backend.h"

#include <gtest/gtest.h>

#include "driver/link/registry.h"
#include "driver/registers/chip.h"
#include "host/experiment.h"
#include "host/lowering/configuration.h"
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
