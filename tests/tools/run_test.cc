#include "tools/experiment/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace hx::tools {
namespace {

using ::testing::HasSubstr;

constexpr char kText[] = R"(runtime: 100
populations:
  in:  {type: spike_source, size: 2}
  n:
    type: lif
    size: 2
    record: [spikes, madc]
    madc_neurons: [1, 0]
    madc_source: adaptation
    circuits: 3
    layout: row
    leak: 90
    subthreshold_adaptation_strength: [0.5, -0.5]
    exponential_threshold: 110
    reversal_exc: 180
projections:
  - {from: in, to: n, weights: {all_to_all: 4}, stp: {utilization: 0.5, tau_recovery: 20e-6}}
madc: {sample_rate: 10e6, duration: 50e-6}
)";

ExperimentFile file(std::string const& more = "") {
  Result<ExperimentFile> read = parse_experiment(kText + more, "x.yaml");
  EXPECT_TRUE(read) << read.error();
  return *std::move(read);
}

TEST(Run, TheRequestHasEverythingOfTheFile) {
  host::RunRequest const request = make_request(file());
  auto const valid = host::validate(request);
  ASSERT_TRUE(valid) << valid.error();
  host::Population const& n = request.network.populations[1];
  EXPECT_EQ(n.circuits, 3u);
  EXPECT_EQ(n.layout, host::CircuitLayout::kRow);
  EXPECT_EQ(n.madc_neurons, (std::vector<std::uint32_t>{1, 0}));
  EXPECT_EQ(n.madc_source, host::ReadoutSource::kAdaptation);
  ASSERT_TRUE(n.neuron.adaptation && n.neuron.exponential && n.neuron.conductance_exc);
  EXPECT_FALSE(n.neuron.conductance_inh);
  EXPECT_EQ(n.neuron.adaptation->a.at(1), -0.5);
  EXPECT_EQ(n.neuron.adaptation->leak->at(0), 90);
  EXPECT_EQ(n.neuron.exponential->threshold.at(0), 110);
  EXPECT_EQ(n.neuron.conductance_exc->reversal.at(1), 180);
  EXPECT_EQ(n.neuron.conductance_exc->reference->at(1), 90);
  EXPECT_EQ(request.network.projections[0].stp->tau_recovery, 20e-6);
  EXPECT_EQ(request.network.madc.sample_rate, 10e6);
  EXPECT_EQ(request.network.madc.duration, 50e-6);
}

TEST(Run, TheModelBecomesOptionsOfTheTwin) {
  EXPECT_EQ(*target_with_model(file(), "sim:"), "sim:") << "nothing to add";
  ExperimentFile const noisy = file("model: {mismatch: 0.1, seed: 3, cadc_noise: 2}\n");
  EXPECT_EQ(*target_with_model(noisy, "twin:"), "twin:?mismatch=0.1,seed:3&cadc_noise=2");
  EXPECT_EQ(*target_with_model(noisy, "twin:?link=up"),
            "twin:?link=up&mismatch=0.1,seed:3&cadc_noise=2");
  ExperimentFile const quiet = file("model: {cadc_noise: 4}\n");
  EXPECT_EQ(*target_with_model(quiet, "twin:"), "twin:?cadc_noise=4");
  for (char const* target : {"sim:", "mock", "udp:192.168.0.1"}) {
    auto const refused = target_with_model(noisy, target);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(refused.error().text(), HasSubstr(target));
    EXPECT_THAT(refused.error().hint, HasSubstr("twin:"));
  }
}

TEST(Run, WritesMadcSamples) {
  host::Results results;
  host::MadcTraces traces;
  traces.entries = 1;
  traces.neurons = {1, 0};
  traces.offsets = {0, 2, 3};
  traces.times = {0, 125, 4};
  traces.codes = {320, 321, 1023};
  results.populations["n"].madc = traces;
  std::ostringstream out;
  write_json(results, out);
  auto const json = nlohmann::json::parse(out.str());
  EXPECT_EQ(json["madc"]["n"]["neurons"], (std::vector<int>{1, 0}));
  auto const& samples = json["madc"]["n"]["samples"];
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0][0][1][0], 1e-6);
  EXPECT_EQ(samples[0][0][1][1], 321);
  EXPECT_EQ(samples[0][1][0][1], 1023);
  EXPECT_TRUE(json["spikes"].empty());
  auto const all = tables(results);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].name, "n.madc");
  EXPECT_EQ(all[0].matrix.rows, 3u);
  EXPECT_EQ(all[0].matrix.values, (std::vector<double>{0, 1, 0, 320,     //
                                                       0, 1, 1e-6, 321,  //
                                                       0, 0, 3.2e-8, 1023}));
  std::ostringstream summary;
  print_summary(file(), results, summary);
  EXPECT_THAT(summary.str(), HasSubstr("3 MADC samples from 320 to 1023"));
}

}  // namespace
}  // namespace hx::tools
