#include "host/mock.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace hx::host {
namespace {

/// Runs the lanes on a recorded case: graded spikes in, membrane, current and spikes out.
class RecordedCase : public testing::TestWithParam<char const*> {};

TEST_P(RecordedCase, AgreesInEveryStep) {
  std::ifstream file(std::string("tests/vectors/hxtorch/") + GetParam() + ".json");
  ASSERT_TRUE(file.good());
  auto const json = nlohmann::json::parse(file);
  auto const& p = json["params"];
  bool const leaky = json["flags"]["leaky"];
  bool const fire = json["flags"]["fire"];
  double const dt = json["dt"];
  double const c_mem = p["c_mem"];
  std::size_t const neurons = 3;
  MockLanes lanes;
  lanes.resize(2 * neurons);
  for (std::size_t n = 0; n < lanes.size(); ++n) {
    lanes.gain_step[n] = dt / c_mem;
    lanes.current_on[n] = 1;
    lanes.g[n] = leaky ? c_mem / p["tau_mem"].get<double>() : 0;
    lanes.leak[n] = p["leak"];
    lanes.reset[n] = p["reset"];
    lanes.threshold[n] = fire ? p["threshold"].get<double>() : 1e300;
    lanes.decay_exc[n] = lanes.decay_inh[n] = 1 - dt / p["tau_syn"].get<double>();
    lanes.refractory_steps[n] = fire ? p["refractory_time"].get<double>() / dt : 0;
    lanes.v[n] = leaky ? lanes.leak[n] : 0;
  }
  auto const& input = json["inputs"]["graded_spikes"];
  auto const& out = json["outputs"];
  ASSERT_EQ(input.size(), 24u);
  int spikes = 0;
  for (std::size_t t = 0; t < input.size(); ++t) {
    lanes.integrate();
    lanes.decay();
    for (std::size_t n = 0; n < lanes.size(); ++n) {
      std::size_t const b = n / neurons;
      std::size_t const k = n % neurons;
      lanes.i_exc[n] += input[t][b][k].get<double>();
      EXPECT_NEAR(lanes.v[n], out["membrane"][t][b][k].get<double>(), 1e-12) << t << ' ' << n;
      EXPECT_NEAR(lanes.i_exc[n], out["current"][t][b][k].get<double>(), 1e-12) << t << ' ' << n;
      if (!fire) continue;
      EXPECT_EQ(lanes.spiked[n], out["spikes"][t][b][k].get<double>()) << t << ' ' << n;
      spikes += lanes.spiked[n];
    }
  }
  EXPECT_EQ(spikes > 3, fire);
}

INSTANTIATE_TEST_SUITE_P(Each, RecordedCase,
                         testing::Values("neuron_lif", "neuron_lif_refractory_1us", "neuron_li",
                                         "neuron_not_leaky"));

/// One source, one neuron, and the parameters under test.
RunRequest one_neuron(PopulationKind kind, NeuronParameters parameters, std::int32_t weight,
                      std::vector<double> const& times) {
  RunRequest request;
  request.runtime_steps = 50;
  request.network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 1, .record_spikes = true});
  request.network.populations.push_back({.name = "out",
                                         .kind = kind,
                                         .size = 1,
                                         .record_spikes = kind == PopulationKind::kLif,
                                         .record_cadc = true,
                                         .neuron = std::move(parameters)});
  request.network.projections.push_back({.from = 0, .to = 1, .connections = {{0, 0, weight}}});
  request.inputs["in"] = *SpikeTrains::from_seconds({{times}});
  return request;
}

std::vector<float> trace(Results const& results, std::string_view name, std::uint32_t neuron = 0,
                         std::uint32_t entry = 0) {
  auto const values = results.find(name)->cadc->values_at(entry, neuron);
  return {values.begin(), values.end()};
}

TEST(Mock, GainFollowsCapacitanceDacAndGm) {
  // C = 10 us * 31.5/63 * 600/300 * 500/250 = 20 us.
  NeuronParameters parameters;
  parameters.membrane_capacitance = 31.5;
  parameters.synapse_dac_bias = 300.;
  parameters.i_synin_gm = 250.;
  auto const results = run_mock(one_neuron(PopulationKind::kLi, parameters, 40, {3e-6}));
  ASSERT_TRUE(results) << results.error();
  auto const v = trace(*results, "out");
  ASSERT_EQ(v.size(), 50u);
  EXPECT_EQ(v[3], 80.f);
  EXPECT_NEAR(v[4], 80 + 40 * 1e-6 / 20e-6, 1e-5);
  double const v5 = v[4] + 1e-6 / 20e-6 * 40 * 0.9 + 1e-6 / 10e-6 * (80 - v[4]);
  EXPECT_NEAR(v[5], v5, 1e-5);
  EXPECT_EQ(results->find("out")->cadc->times_at(0, 0)[7], 7 * 125);
}

TEST(Mock, DifferentTimeConstantsKeepTwoCurrents) {
  NeuronParameters parameters;
  parameters.tau_syn_exc = 5e-6;
  parameters.tau_syn_inh = 20e-6;
  RunRequest request = one_neuron(PopulationKind::kLi, parameters, 50, {0.});
  request.network.projections[0].connections.push_back({0, 0, -30});
  auto const results = run_mock(request);
  ASSERT_TRUE(results) << results.error();
  auto const got = trace(*results, "out");
  double exc = 0;
  double inh = 0;
  double v = 80;
  for (int t = 0; t < 50; ++t) {
    v += 1e-6 / 10e-6 * (exc - inh + 80 - v);
    exc = exc * (1 - 1. / 5) + (t == 0 ? 50 : 0);
    inh = inh * (1 - 1. / 20) + (t == 0 ? 30 : 0);
    EXPECT_NEAR(got[static_cast<std::size_t>(t)], v, 1e-4) << t;
  }
}

TEST(Mock, InputsFallOnTheNearestStepAndEachCounts) {
  // 1.5 us is half way: away from zero. Two spikes of one step add. The last one is too late.
  RunRequest request = one_neuron(PopulationKind::kLi, {}, 10, {1.48e-6, 1.5e-6, 1.6e-6, 49.6e-6});
  auto const results = run_mock(request);
  ASSERT_TRUE(results) << results.error();
  auto const v = trace(*results, "out");
  EXPECT_NEAR(v[2], 80 + 1., 1e-5);                      // one spike in step 1
  EXPECT_NEAR(v[3], v[2] - 0.1 + 0.1 * (9 + 20), 1e-5);  // two more in step 2
  auto const in = results->find("in")->spikes->at(0, 0);
  EXPECT_EQ(std::vector<std::int64_t>(in.begin(), in.end()),
            (std::vector<std::int64_t>{125, 250, 250}));
}

TEST(Mock, SpikesResetAndReachTheNextLayerInTheSameStep) {
  RunRequest request = one_neuron(PopulationKind::kLif, {}, 63, std::vector<double>(8, 0.));
  request.network.populations.push_back(
      {.name = "next", .kind = PopulationKind::kLi, .size = 1, .record_cadc = true});
  request.network.projections.push_back({.from = 1, .to = 2, .connections = {{0, 0, 20}}});
  auto const results = run_mock(request);
  ASSERT_TRUE(results) << results.error();
  // 504 * 0.1 = 50.4 LSB in step 1: above 125 at once.
  auto const spikes = results->find("out")->spikes->at(0, 0);
  ASSERT_GE(spikes.size(), 2u);
  EXPECT_EQ(spikes[0], 125);
  EXPECT_EQ(trace(*results, "out")[1], 80.f);
  EXPECT_EQ(trace(*results, "out")[2], 80.f);  // refractory for one step
  EXPECT_EQ(trace(*results, "next")[1], 80.f);
  EXPECT_NEAR(trace(*results, "next")[2], 80 + 2., 1e-5);
}

TEST(Mock, RecurrentSpikesActLikeAllOthers) {
  RunRequest request = one_neuron(PopulationKind::kLif, {}, 63, std::vector<double>(8, 0.));
  request.network.projections.push_back({.from = 1, .to = 1, .connections = {{0, 0, -63 * 8}}});
  auto const results = run_mock(request);
  ASSERT_TRUE(results) << results.error();
  // The spike of step 1 removes more current than is left: no second spike.
  EXPECT_EQ(results->find("out")->spikes->at(0, 0).size(), 1u);
}

TEST(Mock, MaskedNeuronsDoNotFire) {
  RunRequest request = one_neuron(PopulationKind::kLif, {}, 63, std::vector<double>(8, 0.));
  request.network.populations[1].mask = {0};
  auto const results = run_mock(request);
  ASSERT_TRUE(results) << results.error();
  EXPECT_TRUE(results->find("out")->spikes->times.empty());
  EXPECT_GT(trace(*results, "out")[5], 125.f);
}

TEST(Mock, EntriesAreIndependent) {
  RunRequest request = one_neuron(PopulationKind::kLif, {}, 63, {});
  request.inputs["in"] = *SpikeTrains::from_seconds({{{1e-6}}, {{}}, {{1e-6}}});
  auto const results = run_mock(request);
  ASSERT_TRUE(results) << results.error();
  EXPECT_EQ(trace(*results, "out", 0, 0), trace(*results, "out", 0, 2));
  EXPECT_EQ(trace(*results, "out", 0, 1), std::vector<float>(50, 80.f));
  EXPECT_EQ(results->find("out")->cadc->entries, 3u);
}

TEST(Mock, WithoutGainOnlyTheLeakActs) {
  NeuronParameters parameters;
  parameters.i_synin_gm = 0.;
  auto const results = run_mock(one_neuron(PopulationKind::kLi, parameters, 63, {0.}));
  ASSERT_TRUE(results) << results.error();
  EXPECT_EQ(trace(*results, "out"), std::vector<float>(50, 80.f));
}

TEST(Mock, SynapticInputsCanBeRecorded) {
  RunRequest request = one_neuron(PopulationKind::kLi, {}, -32, {0.});
  request.network.populations[1].cadc_source = ReadoutSource::kInhibitory;
  auto const results = run_mock(request);
  ASSERT_TRUE(results) << results.error();
  EXPECT_NEAR(trace(*results, "out")[0], 2., 1e-6);
  EXPECT_NEAR(trace(*results, "out")[1], 1.8, 1e-6);
}

/// Every step of one neuron with all terms, written out.
TEST(Mock, AdaptationExponentialAndConductancesFollowTheirEquations) {
  NeuronParameters p;
  p.tau_syn_inh = 20e-6;
  p.refractory_time = 2e-6;
  p.adaptation = Adaptation{.a = 0.5, .b = 4., .tau = 30e-6, .leak = Parameter(70.)};
  p.exponential = Exponential{.threshold = 100., .strength = 0.5};
  p.conductance_exc = Conductance{.reversal = 150., .reference = Parameter(90.)};
  p.conductance_inh = Conductance{.reversal = 20., .reference = std::nullopt};
  RunRequest request = one_neuron(PopulationKind::kLif, p, 300, {1e-6, 4e-6, 20e-6});
  request.network.projections[0].connections.push_back({0, 0, -40});
  auto const results = run_mock(request);
  ASSERT_TRUE(results) << results.error();
  auto const got = trace(*results, "out");
  request.network.populations[1].cadc_source = ReadoutSource::kAdaptation;
  auto const adaptation = run_mock(request);
  ASSERT_TRUE(adaptation);
  auto const got_w = trace(*adaptation, "out");
  double v = 80, w = 0, exc = 0, inh = 0;
  int clamp = 0;
  std::size_t spikes = 0;
  for (std::size_t t = 0; t < 50; ++t) {
    double const f_exc = std::min(4., std::max(0., (150 - v) / 60));
    double const f_inh = std::min(4., std::max(0., (v - 20) / 60));
    double const next =
        v + 0.1 * (f_exc * exc - f_inh * inh + 80 - v - w + 0.5 * 6 * std::exp((v - 100) / 6));
    bool const spike = next > 125 && clamp == 0;
    w += 1. / 30 * (0.5 * (next - 70) - w) + (spike ? 4 : 0);
    v = next > 125 || clamp > 0 ? 80 : next;
    clamp = spike ? 2 : std::max(0, clamp - 1);
    spikes += spike ? 1 : 0;
    bool const input = t == 1 || t == 4 || t == 20;
    exc = exc * 0.9 + (input ? 300 : 0);
    inh = inh * 0.95 + (input ? 40 : 0);
    EXPECT_NEAR(got[t], v, 1e-3) << t;
    EXPECT_NEAR(got_w[t], 128 + w, 1e-3) << t;
  }
  EXPECT_GT(spikes, 2u);
  EXPECT_EQ(results->find("out")->spikes->at(0, 0).size(), spikes);
}

TEST(Mock, TermsOfOneNeuronLeaveTheOthersAlone) {
  RunRequest request = one_neuron(PopulationKind::kLif, {}, 400, {1e-6, 3e-6});
  auto const plain = run_mock(request);
  NeuronParameters p;
  p.adaptation = Adaptation{.a = 1.};
  request.network.populations.push_back(
      {.name = "other", .kind = PopulationKind::kLif, .size = 3, .neuron = p});
  auto const mixed = run_mock(request);
  ASSERT_TRUE(plain && mixed);
  auto const a = trace(*plain, "out");
  auto const b = trace(*mixed, "out");
  for (std::size_t t = 0; t < a.size(); ++t) EXPECT_NEAR(a[t], b[t], 1e-4) << t;
}

TEST(Mock, PlasticityScalesEachSpikeOfASource) {
  NeuronParameters p;
  p.tau_syn_exc = p.tau_syn_inh = 2e-6;
  RunRequest request = one_neuron(PopulationKind::kLi, p, 63, {1e-6, 2e-6, 2e-6, 12e-6});
  request.network.populations[1].cadc_source = ReadoutSource::kExcitatory;
  request.network.projections[0].stp =
      ShortTermPlasticity{.utilization = 0.5, .tau_recovery = 10e-6, .charge = 0.1, .recover = 0.9};
  request.inputs["in"] =
      *SpikeTrains::from_seconds({{{1e-6, 2e-6, 2e-6, 12e-6}}, {{1e-6, 2e-6, 2e-6, 12e-6}}});
  auto const results = run_mock(request);
  ASSERT_TRUE(results) << results.error();
  double r = 0.9, current = 0;
  auto const spike = [&] {
    current += 63 * r;
    r += 0.5 * (0.1 - r);
  };
  for (std::uint32_t entry = 0; entry < 2; ++entry) {
    auto const got = trace(*results, "out", 0, entry);
    r = 0.9;
    current = 0;
    for (std::size_t t = 0; t < 50; ++t) {
      current *= 0.5;
      if (t == 1 || t == 2 || t == 12) spike();
      if (t == 2) spike();
      r = 0.9 + (r - 0.9) * std::exp(-0.1);
      EXPECT_NEAR(got[t], current / 16, 1e-5) << entry << ' ' << t;
    }
  }
}

TEST(Mock, HasNoMadcAndSaysSo) {
  RunRequest request = one_neuron(PopulationKind::kLif, {}, 1, {});
  request.network.populations[1].madc_neurons = {0};
  auto const results = run_mock(request);
  ASSERT_TRUE(results) << results.error();
  EXPECT_FALSE(results->find("out")->madc);
  ASSERT_EQ(results->health.warnings.size(), 1u);
  EXPECT_NE(results->health.warnings[0].find("no MADC"), std::string::npos);
}

TEST(Mock, NeuronsOfSeveralCircuitsAreLikeThoseOfOne) {
  RunRequest request = one_neuron(PopulationKind::kLif, {}, 400, {1e-6, 3e-6});
  auto const single = run_mock(request);
  request.network.populations[1].circuits = 7;
  auto const merged = run_mock(request);
  ASSERT_TRUE(single && merged);
  EXPECT_EQ(trace(*single, "out"), trace(*merged, "out"));
}

TEST(BackgroundGenerator, FollowsThePolynomial) {
  std::uint32_t x = 1;
  for (int i = 0; i < 16; ++i) x = (x & 1) != 0 ? (x >> 1) ^ 0x80200003u : x >> 1;
  BackgroundGenerator generator(1);
  auto const draw = generator.draw();
  EXPECT_EQ(draw.chance, x & 0xff);
  EXPECT_EQ(draw.source, (x >> 8) & 0xff);
  BackgroundGenerator zero(0);
  EXPECT_EQ(zero.draw().chance, draw.chance) << "seed 0 is treated as 1";
}

RunRequest background(std::uint32_t rate, std::uint32_t entries) {
  RunRequest request;
  request.runtime_steps = 1000;
  request.batch = entries;
  request.network.populations.push_back({.name = "noise",
                                         .kind = PopulationKind::kBackground,
                                         .size = 16,
                                         .record_spikes = true,
                                         .background = {.period = 500, .rate = rate, .seed = 7}});
  return request;
}

TEST(Mock, BackgroundHasItsRateAndGoesOnThroughTheEntries) {
  // Every 2 us one tick: 500 per entry of 1 ms.
  auto const all = run_mock(background(255, 4));
  ASSERT_TRUE(all) << all.error();
  auto const& spikes = *all->find("noise")->spikes;
  EXPECT_EQ(spikes.times.size(), 4u * 500 - 1) << "the event at 4 ms is behind the last entry";
  auto const begin = static_cast<std::ptrdiff_t>(spikes.offsets[16]);
  auto const end = static_cast<std::ptrdiff_t>(spikes.offsets[32]);
  EXPECT_EQ(end - begin, 500);
  std::vector<std::int64_t> const first(spikes.times.begin(), spikes.times.begin() + begin);
  std::vector<std::int64_t> const second(spikes.times.begin() + begin, spikes.times.begin() + end);
  EXPECT_NE(first, second);
  for (std::uint32_t n = 0; n < 16; ++n) {
    EXPECT_NEAR(static_cast<double>(spikes.at(1, n).size()), 500. / 16, 22) << n;
  }
  auto const half = run_mock(background(127, 4));
  EXPECT_NEAR(static_cast<double>(half->find("noise")->spikes->times.size()), 1000, 100);
  auto const none = run_mock(background(0, 4));
  EXPECT_TRUE(none->find("noise")->spikes->times.empty());
}

TEST(Mock, RefusesTracesThatFillTheMemory) {
  RunRequest request = one_neuron(PopulationKind::kLi, {}, 1, {});
  request.network.populations[1].size = 500;
  request.runtime_steps = 30'000'000;
  auto const results = run_mock(request);
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code, ErrorCode::kOutOfRange);
}

}  // namespace
}  // namespace hx::host
