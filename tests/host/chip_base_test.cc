// Runs that start from a configuration of the caller, carry instructions of the caller, are cancelled, or are
// divided among several targets.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "driver/registers/chip.h"
#include "host/chip_backend.h"
#include "host/lowering/configuration.h"
#include "host/lowering/hooks.h"
#include "host/lowering/lower.h"
#include "host/split.h"
#include "tests/host/chip_fixture.h"
#include "tests/host/chip_target.h"

namespace hx::host {
namespace {

std::unique_ptr<Backend> another_chip() {
  Registry registry;
  add_chip_target(registry);
  auto backend = open_chip_backend(registry, kChipTarget);
  HX_CHECK(backend.has_value()) << backend.error().text();
  return std::move(*backend);
}

NeuronParameters odd_parameters() {
  NeuronParameters parameters;
  parameters.leak = 90.;
  parameters.threshold = 130.;
  parameters.tau_mem = 7e-6;
  parameters.tau_syn_inh = 25e-6;
  parameters.refractory_time = 3e-6;
  return parameters;
}

RunRequest two_layers() {
  RunRequest request =
      network(3, {neurons("hid", odd_parameters(), 6, PopulationKind::kLif)}, 50, 40);
  request.inputs["in"] = *SpikeTrains::from_seconds(
      {{{2e-6}, {3e-6}, {4e-6, 9e-6}}, {{5e-6}, {}, {}}, {{}, {1e-6}, {20e-6}}, {{}, {}, {}}});
  return request;
}

/// A chip that repeats events: threshold off, every strong event fires the backend directly.
std::shared_ptr<reg::Chip const> bypass_chip() {
  reg::Chip chip = silent_chip();
  for (AtomicNeuron neuron : AtomicNeuron::all()) {
    reg::NeuronConfigOnDLS const place(neuron);
    auto config = chip.get<reg::NeuronConfig>(place);
    config.enable_fire = true;
    config.enable_bypass_excitatory = true;
    chip.set(place, config);
  }
  for (auto place : reg::CommonPADIBusConfigOnDLS::all()) {
    auto busses = chip.get<reg::CommonPADIBusConfig>(place);
    busses.dacen_pulse_extension.fill(15);
    chip.set(place, busses);
  }
  return std::make_shared<reg::Chip const>(std::move(chip));
}

TEST(Base, CalibratedChipGivesTheConfigurationOfTheParameters) {
  RunRequest request = two_layers();
  request.network.populations.push_back(neurons("big", odd_parameters(), 2, PopulationKind::kLif));
  request.network.populations.back().circuits = 3;
  auto const nominal = lower(request);
  ASSERT_TRUE(nominal) << nominal.error();
  reg::Chip chip = silent_chip();
  write_calibration(chip, request.network, nominal->placed.circuits, nominal->placed.calibration);
  request.base = std::make_shared<reg::Chip const>(std::move(chip));
  auto const based = lower(request);
  ASSERT_TRUE(based) << based.error();
  EXPECT_EQ(based->placed.chip.diff(nominal->placed.chip), std::vector<std::uint32_t>{});
}

TEST(Base, ConfigurationOfAnotherNetworkIsSilenced) {
  auto const nominal = lower(two_layers());
  ASSERT_TRUE(nominal) << nominal.error();
  RunRequest request = two_layers();
  request.base = std::make_shared<reg::Chip const>(nominal->placed.chip);
  auto const again = lower(request);
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(again->placed.chip.diff(nominal->placed.chip), std::vector<std::uint32_t>{});
}

TEST(Base, BypassedNeuronsRepeatTheirInput) {
  RunRequest request = network(1, {neurons("hid", {}, 4, PopulationKind::kLif)}, 63, 60);
  request.base = bypass_chip();
  std::vector<double> const times = {3e-6, 10e-6, 25e-6, 50e-6};
  request.inputs["in"] = *SpikeTrains::from_seconds({{times}});
  auto const results = chip().run(request);
  ASSERT_TRUE(results) << results.error();
  for (std::uint32_t n = 0; n < 4; ++n) {
    auto const spikes = hx::host::spikes(*results, "hid", n);
    ASSERT_EQ(spikes.size(), times.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(spikes[i]) * 8e-9, times[i], 1e-6);
    }
  }
}

TEST(Differential, OneWeightIsOneWord) {
  RunRequest request = two_layers();
  for (Projection& projection : request.network.projections) {
    projection.rule = WeightRule::kSignedPair;
  }
  ASSERT_TRUE(chip().run(request));
  request.network.projections[0].connections[4].weight = 49;
  auto const one = chip().run(request);
  ASSERT_TRUE(one) << one.error();
  EXPECT_EQ(one->health.link.at("configuration_words"), 1u);
  auto const none = chip().run(request);
  ASSERT_TRUE(none) << none.error();
  EXPECT_EQ(none->health.link.at("configuration_words"), 0u);
  // A new sign is two words: one synapse of the pair off, the other one on.
  request.network.projections[0].connections[4].weight = -49;
  EXPECT_EQ(chip().run(request)->health.link.at("configuration_words"), 2u);
}

TEST(Injection, WritesTakeEffectAndAreGoneInTheNextRun) {
  RunRequest request = two_layers();
  auto const plain = chip().run(request);
  ASSERT_TRUE(plain) << plain.error();
  ASSERT_FALSE(plain->find("hid")->spikes->times.empty());
  // Both blocks without event registers: no spike leaves the chip. Before the begin the reset of the membranes would
  // write them again.
  auto hooks = std::make_shared<Hooks>();
  for (auto block : reg::CommonNeuronBackendConfigOnDLS::all()) {
    auto config = chip().last_chip_configuration()->get<reg::CommonNeuronBackendConfig>(block);
    config.enable_event_registers = false;
    hooks->inside_realtime.write(block, config);
  }
  request.hooks = hooks;
  auto const injected = chip().run(request);
  ASSERT_TRUE(injected) << injected.error();
  EXPECT_TRUE(injected->find("hid")->spikes->times.empty());
  request.hooks = nullptr;
  auto const after = chip().run(request);
  ASSERT_TRUE(after) << after.error();
  EXPECT_EQ(after->health.link.at("configuration_words"), reg::Chip::kWords);
  EXPECT_EQ(after->find("hid")->spikes->times.size(), plain->find("hid")->spikes->times.size());
}

TEST(Cancel, RunEndsBetweenProgramsAndTheNextOneWorks) {
  RunRequest request = two_layers();
  request.cancelled = [] { return true; };
  auto const cancelled = chip().run(request);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ErrorCode::kTimeout);
  request.cancelled = nullptr;
  EXPECT_TRUE(chip().run(request));
}

TEST(Split, EntriesAreDividedAndComeBackInOrder) {
  RunRequest request = two_layers();
  auto const one = chip().run(request);
  ASSERT_TRUE(one) << one.error();
  auto const second = another_chip();
  auto const third = another_chip();
  std::vector<Backend*> const targets = {&chip(), second.get(), third.get()};
  auto const all = run_split(targets, request);
  ASSERT_TRUE(all) << all.error();
  Observables const& a = *one->find("hid");
  Observables const& b = *all->find("hid");
  EXPECT_EQ(b.spikes->entries, 4u);
  EXPECT_EQ(*b.spikes, *a.spikes);
  EXPECT_EQ(*b.cadc, *a.cadc);
}

TEST(Aligned, EqualEntriesGiveEqualResults) {
  RunRequest request = two_layers();
  std::vector<std::vector<std::vector<double>>> entries;
  for (int i = 0; i < 7; ++i) {
    std::vector<double> more;  // different load before each of the equal entries
    for (int k = 0; k < 5 * i; ++k) more.push_back(1e-6 * k);
    entries.push_back({{2e-6}, {3.3e-6}, {4e-6, 9e-6}});
    entries.push_back({more, {}, {5e-6}});
  }
  request.inputs["in"] = *SpikeTrains::from_seconds(entries);
  auto const results = chip().run(request);
  ASSERT_TRUE(results) << results.error();
  Observables const& hid = *results->find("hid");
  std::size_t spikes = 0;
  for (std::uint32_t entry = 2; entry < 14; entry += 2) {
    for (std::uint32_t n = 0; n < 6; ++n) {
      EXPECT_TRUE(std::ranges::equal(hid.spikes->at(entry, n), hid.spikes->at(0, n))) << entry;
      EXPECT_TRUE(std::ranges::equal(hid.cadc->values_at(entry, n), hid.cadc->values_at(0, n)))
          << entry;
      spikes += hid.spikes->at(entry, n).size();
    }
  }
  EXPECT_GT(spikes, 0u);
}

TEST(Split, MoreTargetsThanEntries) {
  RunRequest request = two_layers();
  request.inputs["in"] = *SpikeTrains::from_seconds({{{2e-6}, {3e-6}, {4e-6}}});
  auto const second = another_chip();
  std::vector<Backend*> const targets = {&chip(), second.get()};
  auto const results = run_split(targets, request);
  ASSERT_TRUE(results) << results.error();
  EXPECT_EQ(results->find("hid")->spikes->entries, 1u);
}

TEST(Split, ErrorNamesTheTarget) {
  RunRequest request = two_layers();
  request.network.populations[1].neuron.tau_mem = 1.;    // out of every range
  request.network.populations[1].madc_neurons = {0, 2};  // same line
  auto const second = another_chip();
  std::vector<Backend*> const targets = {&chip(), second.get()};
  auto const results = run_split(targets, request);
  ASSERT_FALSE(results);
  EXPECT_NE(results.error().message.find(kChipTarget), std::string::npos) << results.error();
}

}  // namespace
}  // namespace hx::host
