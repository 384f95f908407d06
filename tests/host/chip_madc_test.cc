// The MADC of a chip model against its CADC.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/host/chip_fixture.h"

namespace hx::host {
namespace {

/// Smallest and largest code within `around` cycles of a time.
std::pair<double, double> codes_near(MadcTraces const& traces, std::uint32_t entry,
                                     std::uint32_t index, std::int64_t time, std::int64_t around) {
  std::pair<double, double> range = {1e9, -1e9};
  auto const times = traces.times_at(entry, index);
  auto const codes = traces.codes_at(entry, index);
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (std::abs(times[i] - time) > around) continue;
    range.first = std::min<double>(range.first, codes[i]);
    range.second = std::max<double>(range.second, codes[i]);
  }
  return range;
}

void expect_same_signal(Results const& results, std::string_view name, std::uint32_t neuron,
                        std::uint32_t index, std::uint32_t entry) {
  Observables const& observed = *results.find(name);
  auto const times = observed.cadc->times_at(entry, neuron);
  auto const values = observed.cadc->values_at(entry, neuron);
  std::size_t compared = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    // A conversion samples within the next step, the MADC holds the value of a step.
    auto const [low, high] = codes_near(*observed.madc, entry, index, times[i] + 16, 64);
    if (low > high) continue;
    ++compared;
    // Of a synaptic input the CADC takes the floor, of a membrane the nearest code.
    EXPECT_GE(4 * values[i], low - 4.5) << name << ' ' << times[i];
    EXPECT_LE(4 * values[i], high + 2.5) << name << ' ' << times[i];
  }
  EXPECT_GE(compared, 15u);
}

TEST(Madc, SamplesTheTraceOfTheCadcFourTimesFiner) {
  RunRequest request = network(1, {neurons("n", {}, 3)}, 63 * 3, 60);
  request.network.populations[1].madc_neurons = {1};
  request.inputs["in"] = *SpikeTrains::from_seconds({{{10e-6, 12e-6}}, {{}}, {{5e-6}}});
  Results const results = run_on_chip(request);
  MadcTraces const& madc = *results.find("n")->madc;
  for (std::uint32_t entry = 0; entry < 3; ++entry) {
    auto const times = madc.times_at(entry, 0);
    ASSERT_FALSE(times.empty());
    // 17 cycles of 2 ns per sample: 4.25 FPGA cycles.
    EXPECT_NEAR(static_cast<double>(times.size()), 60 * 125 / 4.25, 1.5) << entry;
    EXPECT_LE(times.front(), 4);
    for (std::size_t i = 1; i < times.size(); ++i) {
      EXPECT_GE(times[i] - times[i - 1], 4);
      EXPECT_LE(times[i] - times[i - 1], 5);
    }
    expect_same_signal(results, "n", 1, 0, entry);
  }
  auto const codes = madc.codes_at(0, 0);
  EXPECT_GT(*std::max_element(codes.begin(), codes.end()), 4 * 150);
  auto const quiet = madc.codes_at(1, 0);
  EXPECT_EQ(*std::max_element(quiet.begin(), quiet.end()), 320);
  EXPECT_EQ(*std::min_element(quiet.begin(), quiet.end()), 320);
}

TEST(Madc, TwoNeuronsKeepTheirSamples) {
  NeuronParameters low;
  low.leak = 60.;
  NeuronParameters high;
  high.leak = 150.;
  RunRequest request = network(1, {neurons("low", low), neurons("high", high)}, 63, 40);
  request.network.populations[1].madc_neurons = {0};
  request.network.populations[2].madc_neurons = {0};
  request.network.madc = {.sample_rate = 10e6, .duration = 30e-6};
  request.inputs["in"] = *SpikeTrains::from_seconds({{{5e-6}}});
  Results const results = run_on_chip(request);
  for (auto const& [name, leak] : {std::pair{"low", 60}, std::pair{"high", 150}}) {
    MadcTraces const& madc = *results.find(name)->madc;
    ASSERT_FALSE(madc.codes.empty());
    EXPECT_NEAR(static_cast<double>(madc.codes.size()), 30 * 5, 12) << "half of 10 MS/s each";
    EXPECT_NEAR(madc.codes_at(0, 0)[0], 4 * leak, 1);
    EXPECT_LT(madc.times.back(), 30 * 125);
    expect_same_signal(results, name, 0, 0, 0);
  }
}

TEST(Madc, SeesOtherSignalsAndRunsAgain) {
  RunRequest request = network(1, {neurons("n", {})}, 63 * 8, 40);
  request.network.populations[1].madc_neurons = {0};
  request.network.populations[1].madc_source = ReadoutSource::kExcitatory;
  request.network.populations[1].cadc_source = ReadoutSource::kExcitatory;
  request.inputs["in"] = *SpikeTrains::from_seconds({{{10e-6}}});
  for (int run = 0; run < 2; ++run) {
    Results const results = run_on_chip(request);
    expect_same_signal(results, "n", 0, 0, 0);
    auto const codes = results.find("n")->madc->codes_at(0, 0);
    ASSERT_FALSE(codes.empty());
    // 504 weights: 31.5 CADC LSB.
    EXPECT_NEAR(*std::max_element(codes.begin(), codes.end()), 504. / 4, 3);
  }
}

}  // namespace
}  // namespace hx::host
