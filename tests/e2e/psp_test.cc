// A postsynaptic potential through the whole stack against the closed form.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "host/chip_backend.h"
#include "sim/targets/targets.h"
#include "tools/demo/neuron.h"

namespace hx {
namespace {

std::unique_ptr<host::Backend> open_model() {
  Registry registry;
  sim::add_targets(registry);
  Result<std::unique_ptr<host::Backend>> backend =
      host::open_chip_backend(registry, HX_TEST_TARGET);
  HX_CHECK(backend.has_value()) << backend.error().text();
  return *std::move(backend);
}

/// One LIF neuron per entry; entry k gets its spike k * `shift` later, so that the CADC's slow grid samples
/// the potential at many phases.
host::RunRequest psp_request(double tau_mem, double tau_syn, int weight, int entries,
                             double shift) {
  host::RunRequest request;
  host::Population in{.name = "in", .kind = host::PopulationKind::kSpikeSource, .size = 1};
  host::Population neuron{.name = "neuron", .kind = host::PopulationKind::kLif, .size = 1};
  neuron.record_spikes = neuron.record_cadc = true;
  neuron.neuron.tau_mem = tau_mem;
  neuron.neuron.tau_syn_exc = neuron.neuron.tau_syn_inh = tau_syn;
  request.network.populations = {in, neuron};
  request.network.projections = {{.from = 0, .to = 1, .connections = {{0, 0, weight}}}};
  std::vector<std::vector<std::vector<double>>> spikes;
  for (int k = 0; k < entries; ++k) spikes.push_back({{10e-6 + k * shift}});
  request.inputs["in"] = *host::SpikeTrains::from_seconds(spikes);
  request.runtime_steps = 100;
  return request;
}

struct Case {
  double tau_mem;
  double tau_syn;
  int weight;
};

class Psp : public ::testing::TestWithParam<Case> {};

TEST_P(Psp, FollowsTheClosedFormWithOneConstantLatency) {
  auto const [tau_mem, tau_syn, weight] = GetParam();
  constexpr int kEntries = 8;
  constexpr double kShift = 200e-9;
  std::unique_ptr<host::Backend> const chip = open_model();
  Result<host::Results> const results =
      chip->run(psp_request(tau_mem, tau_syn, weight, kEntries, kShift));
  ASSERT_TRUE(results) << results.error();
  host::CadcTraces const& traces = *results->find("neuron")->cadc;

  double longest = 0;
  for (int k = 0; k < kEntries; ++k) {
    auto const t = traces.times_at(static_cast<std::uint32_t>(k), 0);
    auto const v = traces.values_at(static_cast<std::uint32_t>(k), 0);
    ASSERT_GT(t.size(), 40U);
    std::vector<double> times;
    for (std::int64_t cycles : t) times.push_back(host::seconds(cycles));
    std::vector<double> const values(v.begin(), v.end());
    tools::ClosedForm const form{.weight = static_cast<double>(weight),
                                 .tau_mem = tau_mem,
                                 .tau_syn = tau_syn,
                                 .spikes = {10e-6 + k * kShift}};
    tools::Deviation const deviation = tools::compare(form, times, values, 1e-6);
    EXPECT_LE(deviation.largest, 0.25 + 0.5) << "0.5 LSB is the rounding of the CADC";
    EXPECT_GT(*std::max_element(values.begin(), values.end()) - form.leak, 5)
        << "nothing to compare";
    longest = std::max(longest, deviation.latency);
    std::printf("tau %g/%g us: %.2f LSB at most, %.2f LSB rms, constant latency %ld ns\n",
                tau_mem * 1e6, tau_syn * 1e6, deviation.largest, deviation.rms,
                std::lround(deviation.latency * 1e9));
  }
  // Way to the chip, rest of the interval (0 to 128 ns), neuron step: chip-to-membrane delays of timing.md.
  EXPECT_LT(longest, 0.5e-6);
}

INSTANTIATE_TEST_SUITE_P(TimeConstants, Psp,
                         ::testing::Values(Case{10e-6, 10e-6, 63}, Case{6e-6, 6e-6, 63},
                                           Case{20e-6, 5e-6, 63}, Case{10e-6, 5e-6, 40}));

TEST(Repeatability, TwoRunsGiveTheSameResult) {
  host::RunRequest const request = psp_request(10e-6, 10e-6, 63, 2, 1e-6);
  Result<host::Results> const one = open_model()->run(request);
  Result<host::Results> const two = open_model()->run(request);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->find("neuron")->cadc, two->find("neuron")->cadc);
  EXPECT_EQ(one->find("neuron")->spikes, two->find("neuron")->spikes);
}

TEST(DifferentialConfiguration, GivesWhatAFreshChipGives) {
  std::unique_ptr<host::Backend> const used = open_model();
  ASSERT_TRUE(used->run(psp_request(20e-6, 5e-6, -40, 1, 0)));
  host::RunRequest const request = psp_request(10e-6, 10e-6, 63, 1, 0);
  Result<host::Results> const again = used->run(request);
  Result<host::Results> const fresh = open_model()->run(request);
  ASSERT_TRUE(again && fresh);
  // The neuron step does not start anew, so samples may fall one step earlier or later.
  auto const a = again->find("neuron")->cadc->values_at(0, 0);
  auto const b = fresh->find("neuron")->cadc->values_at(0, 0);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1.0);
}

}  // namespace
}  // namespace hx
