#include "host/results.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace hx::host {
namespace {

nlohmann::json vectors(std::string const& name) {
  std::ifstream file("tests/vectors/hxtorch/" + name);
  EXPECT_TRUE(file.good()) << name;
  return nlohmann::json::parse(file);
}

TEST(SpikeTrains, SortsTimesFromSeconds) {
  auto trains = SpikeTrains::from_seconds({{{3e-6, 1e-6}, {}}, {{}, {0., 8e-9}}});
  ASSERT_TRUE(trains) << trains.error();
  EXPECT_EQ(trains->entries, 2u);
  EXPECT_EQ(trains->neurons, 2u);
  EXPECT_EQ(trains->times, (std::vector<std::int64_t>{125, 375, 0, 1}));
  EXPECT_EQ(trains->offsets, (std::vector<std::uint64_t>{0, 2, 2, 2, 4}));
  EXPECT_EQ(trains->at(1, 1).size(), 2u);
}

TEST(SpikeTrains, RefusesRaggedEntriesAndBadTimes) {
  auto ragged = SpikeTrains::from_seconds({{{}, {}}, {{}}});
  ASSERT_FALSE(ragged);
  EXPECT_NE(ragged.error().message.find("entry 1"), std::string::npos);
  EXPECT_FALSE(SpikeTrains::from_seconds({{{-1e-9}}}));
  EXPECT_FALSE(SpikeTrains::from_seconds({{{std::nan("")}}}));
  EXPECT_FALSE(SpikeTrains::from_seconds({{{1e300}}}));
}

TEST(SpikeTrains, ReadsADenseTensor) {
  // [step][entry][neuron] = [3][1][2]
  std::vector<float> const dense = {0, 1, 0.5f, 0, -1, 2};
  auto trains = SpikeTrains::from_dense(dense, 3, 1, 2, 2e-6);
  ASSERT_TRUE(trains) << trains.error();
  EXPECT_EQ(trains->times, (std::vector<std::int64_t>{250, 500, 0, 500}));
  EXPECT_EQ(trains->offsets, (std::vector<std::uint64_t>{0, 2, 4}));
  EXPECT_FALSE(SpikeTrains::from_dense(dense, 2, 1, 2, 2e-6));
  EXPECT_FALSE(SpikeTrains::from_dense(dense, 3, 1, 2, 0));
}

TEST(DenseSteps, TakesWholeQuotientsAsWhole) {
  EXPECT_EQ(dense_steps(4750, 1e-6), 39u);  // 38 steps, although the quotient is above 38
  EXPECT_EQ(dense_steps(4751, 1e-6), 40u);
  EXPECT_EQ(dense_steps(1500, 1e-6), 13u);
}

TEST(DenseSpikes, AgreesWithTheRecordedCase) {
  auto const json = vectors("spikes_dense.json");
  std::map<std::pair<int, int>, std::vector<std::int64_t>> rows;
  for (auto const& row : json["inputs"]["clock_batch_neuron"]) {
    rows[{row[1], row[2]}].push_back(row[0]);
  }
  SpikeTrains trains = SpikeTrains::silent(2, 2);
  trains.offsets = {0};
  for (int entry = 0; entry < 2; ++entry) {
    for (int neuron = 0; neuron < 2; ++neuron) {
      auto const& times = rows[{entry, neuron}];
      trains.times.insert(trains.times.end(), times.begin(), times.end());
      trains.offsets.push_back(trains.times.size());
    }
  }
  auto const dense = dense_spikes(trains, 1500, 1e-6);
  ASSERT_EQ(dense.size(), 13u * 2 * 2);
  std::vector<std::uint8_t> wanted(dense.size(), 0);
  for (auto const& one : json["outputs"]["ones_tbn"]) {
    wanted[one[0].get<std::size_t>() * 4 + one[1].get<std::size_t>() * 2 +
           one[2].get<std::size_t>()] = 1;
  }
  EXPECT_EQ(dense, wanted);
}

class DenseTraces : public testing::TestWithParam<std::pair<char const*, Interpolation>> {};

TEST_P(DenseTraces, AgreesWithTheRecordedCase) {
  auto const json = vectors("cadc_dense.json");
  CadcTraces traces;
  traces.entries = 2;
  traces.neurons = 2;
  traces.offsets = {0};
  for (int entry = 0; entry < 2; ++entry) {
    for (int neuron = 0; neuron < 2; ++neuron) {
      for (auto const& row : json["inputs"]["value_clock_batch_neuron"]) {
        if (row[2] != entry || row[3] != neuron) continue;
        traces.times.push_back(row[1]);
        traces.values.push_back(row[0]);
      }
      traces.offsets.push_back(traces.times.size());
    }
  }
  auto const dense = dense_traces(traces, 1500, 1e-6, GetParam().second);
  auto const& wanted = json["outputs"][GetParam().first];
  ASSERT_EQ(dense.size(), 13u * 2 * 2);
  for (std::size_t t = 0; t < 13; ++t) {
    for (std::size_t r = 0; r < 4; ++r) {
      EXPECT_NEAR(dense[t * 4 + r], wanted[t][r / 2][r % 2].get<double>(), 1e-4) << t << ' ' << r;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, DenseTraces,
                         testing::Values(std::pair{"linear", Interpolation::kLinear},
                                         std::pair{"nn", Interpolation::kNearest}));

TEST(Results, KnowsTheGridInMockMode) {
  Results results;
  results.mock = true;
  results.dt = 1.3e-6;
  // 3 * 1.3 us = 487.5 cycles, kept as 488.
  EXPECT_DOUBLE_EQ(results.time_in_seconds(488), 3 * 1.3e-6);
  results.dt = 1e-6;
  EXPECT_EQ(results.time_in_seconds(5 * 125), 5e-6) << "the double that prints as 5e-06";
  results.mock = false;
  EXPECT_DOUBLE_EQ(results.time_in_seconds(488), 488 / 125e6);
}

}  // namespace
}  // namespace hx::host
