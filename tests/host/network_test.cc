#include "host/network.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "host/backend.h"

namespace hx::host {
namespace {

Network two_layers() {
  Network network;
  network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 3, .record_spikes = true});
  network.populations.push_back(
      {.name = "hid", .kind = PopulationKind::kLif, .size = 2, .record_cadc = true});
  network.projections.push_back(
      {.from = 0, .to = 1, .connections = all_to_all_connections(10, 2, 3)});
  return network;
}

RunRequest request() {
  return {
      .network = two_layers(), .inputs = {{"in", SpikeTrains::silent(2, 3)}}, .runtime_steps = 10};
}

TEST(Network, DenseConnectionsAreTargetMajor) {
  std::vector<std::int32_t> const weights = {1, 2, 3, 4, 5, 6};
  auto const connections = dense_connections(weights, 2, 3);
  ASSERT_EQ(connections.size(), 6u);
  EXPECT_EQ(connections[1], (Connection{1, 0, 2}));
  EXPECT_EQ(connections[3], (Connection{0, 1, 4}));
}

TEST(Network, QuantisesWeightsAsRecorded) {
  std::ifstream file("tests/vectors/hxtorch/weight_mapping.json");
  auto const json = nlohmann::json::parse(file);
  auto const& weights = json["inputs"]["weight"];
  ASSERT_EQ(weights.size(), 15u);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    std::int32_t const w = quantise_weight(weights[i].get<double>());
    EXPECT_EQ(std::max(w, 0), json["outputs"]["excitatory"][i].get<int>());
    EXPECT_EQ(std::max(-w, 0), json["outputs"]["inhibitory"][i].get<int>());
  }
}

TEST(Network, AcceptsTheExample) {
  auto const ok = validate(two_layers());
  EXPECT_TRUE(ok.has_value());
  auto const entries = validate(request());
  ASSERT_TRUE(entries) << entries.error();
  EXPECT_EQ(*entries, 2u);
}

struct Mistake {
  char const* name;
  std::function<void(RunRequest&)> make;
  std::vector<char const*> says;  ///< parts of the message
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreRefusedWithNamesAndNumbers) {
  RunRequest bad = request();
  GetParam().make(bad);
  auto const result = validate(bad);
  ASSERT_FALSE(result);
  for (char const* part : GetParam().says) {
    EXPECT_NE(result.error().text().find(part), std::string::npos)
        << "no '" << part << "' in: " << result.error().text();
  }
}

Population& hid(RunRequest& r) {
  return r.network.populations[1];
}

void add_noise(RunRequest& r, std::uint32_t size, std::uint32_t period) {
  r.network.populations.push_back({.name = "noise",
                                   .kind = PopulationKind::kBackground,
                                   .size = size,
                                   .background = {.period = period}});
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

INSTANTIATE_TEST_SUITE_P(
    Each, Mistakes,
    testing::Values(
        Mistake{"NoSize", [](auto& r) { hid(r).size = 0; }, {"'hid'", "size 0"}},
        Mistake{"NoName", [](auto& r) { hid(r).name = ""; }, {"name"}},
        Mistake{"SameName", [](auto& r) { hid(r).name = "in"; }, {"'in'"}},
        Mistake{"Capacitance",
                [](auto& r) { hid(r).neuron.membrane_capacitance = 64.; },
                {"'hid'", "membrane_capacitance = 64", "1 .. 63"}},
        Mistake{"TauPerNeuron",
                [](auto& r) {
                  hid(r).neuron.tau_mem = std::vector<double>{1e-5, -1};
                },
                {"'hid'", "tau_mem = -1", "neuron 1"}},
        Mistake{"TauCount",
                [](auto& r) {
                  hid(r).neuron.tau_mem = std::vector<double>{1, 1, 1};
                },
                {"'hid'", "tau_mem", "3 values", "2 neurons"}},
        Mistake{"NanReset", [](auto& r) { hid(r).neuron.reset = kNan; }, {"'hid'", "reset"}},
        Mistake{"CadcOfSource",
                [](auto& r) { r.network.populations[0].record_cadc = true; },
                {"'in'", "membrane"}},
        Mistake{"SpikesOfLi",
                [](auto& r) {
                  hid(r).kind = PopulationKind::kLi;
                  hid(r).record_spikes = true;
                },
                {"'hid'", "no spikes"}},
        Mistake{"MaskCount", [](auto& r) { hid(r).mask = {1}; }, {"'hid'", "mask of 1", "2"}},
        Mistake{"PlacementCount",
                [](auto& r) { hid(r).placement = {1}; },
                {"'hid'", "1 circuits", "2 neurons"}},
        Mistake{"PlacementRange",
                [](auto& r) {
                  hid(r).placement = {1, 512};
                },
                {"'hid'", "512"}},
        Mistake{"PlacementTwice",
                [](auto& r) {
                  hid(r).placement = {7, 7};
                },
                {"'hid'", "circuit 7"}},
        Mistake{"CircuitsRange",
                [](auto& r) { hid(r).circuits = 257; },
                {"'hid'", "circuits = 257", "1 .. 256"}},
        Mistake{"RowTooLong",
                [](auto& r) {
                  hid(r).layout = CircuitLayout::kRow;
                  hid(r).circuits = 129;
                },
                {"'hid'", "circuits = 129", "1 .. 128"}},
        Mistake{"NeuronsOverlap",
                [](auto& r) {
                  hid(r).circuits = 4;
                  hid(r).placement = {8, 9};
                },
                {"'hid'", "circuit 9 is taken"}},
        Mistake{"NeuronBelowTheChip",
                [](auto& r) {
                  hid(r).circuits = 2;
                  hid(r).placement = {8, 300};
                },
                {"'hid'", "circuit 300", "half of the chip"}},
        Mistake{"NeuronAcrossTheMiddle",
                [](auto& r) {
                  hid(r).circuits = 3;
                  hid(r).layout = CircuitLayout::kRow;
                  hid(r).placement = {8, 126};
                },
                {"'hid'", "circuit 126", "half of the chip"}},
        Mistake{
            "MadcNeuron", [](auto& r) { hid(r).madc_neurons = {2}; }, {"'hid'", "neuron 2 of 2"}},
        Mistake{"MadcTwice",
                [](auto& r) {
                  hid(r).madc_neurons = {1, 1};
                },
                {"'hid'", "neuron 1 twice"}},
        Mistake{"MadcOfSource",
                [](auto& r) { r.network.populations[0].madc_neurons = {0}; },
                {"'in'", "membrane"}},
        Mistake{"MadcThree",
                [](auto& r) {
                  hid(r).madc_neurons = {0, 1};
                  r.network.populations.push_back({.name = "more", .size = 1, .madc_neurons = {0}});
                },
                {"3 neurons", "two inputs"}},
        Mistake{"MadcSource",
                [](auto& r) {
                  hid(r).madc_neurons = {0};
                  hid(r).madc_source = ReadoutSource::kExcitatory;
                },
                {"'hid'", "different signals"}},
        Mistake{"MadcRate",
                [](auto& r) {
                  hid(r).madc_neurons = {0};
                  r.network.madc.sample_rate = 60e6;
                },
                {"sample_rate = 6e+07"}},
        Mistake{"AdaptationTime",
                [](auto& r) { hid(r).neuron.adaptation = Adaptation{.tau = 5e-6}; },
                {"'hid'", "tau_adap = 5e-06", "s"}},
        Mistake{"AdaptationStrength",
                [](auto& r) {
                  hid(r).neuron.adaptation = Adaptation{.a = std::vector<double>{0, -2.5}};
                },
                {"'hid'", "subthreshold_adaptation_strength = -2.5", "neuron 1"}},
        Mistake{"AdaptationWithoutLeak",
                [](auto& r) {
                  hid(r).neuron.adaptation = Adaptation{};
                  hid(r).neuron.leaky = false;
                },
                {"'hid'", "needs a leak"}},
        Mistake{"ExponentialStrength",
                [](auto& r) { hid(r).neuron.exponential = Exponential{.strength = 2.}; },
                {"'hid'", "exponential_strength = 2"}},
        Mistake{"ReversalTooNear",
                [](auto& r) { hid(r).neuron.conductance_exc = Conductance{.reversal = 110.}; },
                {"'hid'", "reversal_exc = 110", "above", "80"}},
        Mistake{"ReversalOnTheWrongSide",
                [](auto& r) { hid(r).neuron.conductance_inh = Conductance{.reversal = 150.}; },
                {"'hid'", "reversal_inh = 150", "below"}},
        Mistake{"PlasticityOfNeurons",
                [](auto& r) {
                  r.network.projections.push_back(
                      {.from = 1, .to = 1, .stp = ShortTermPlasticity{.utilization = 0.5}});
                },
                {"'hid' -> 'hid'", "spike sources"}},
        Mistake{"PlasticityDisagrees",
                [](auto& r) {
                  r.network.projections.push_back(
                      {.from = 0, .to = 1, .stp = ShortTermPlasticity{.utilization = 0.5}});
                },
                {"'in' -> 'hid'", "disagree"}},
        Mistake{
            "PlasticityRange",
            [](auto& r) { r.network.projections[0].stp = ShortTermPlasticity{.utilization = 1}; },
            {"'in' -> 'hid'", "utilization = 1", "0.9375"}},
        Mistake{"BackgroundSize",
                [](auto& r) { add_noise(r, 3, 100); },
                {"'noise'", "3", "power of two"}},
        Mistake{"BackgroundPeriod", [](auto& r) { add_noise(r, 4, 1); }, {"'noise'", "period 1"}},
        Mistake{"ConnectionRange",
                [](auto& r) { r.network.projections[0].connections[2].pre = 9; },
                {"'in' -> 'hid'", "9"}},
        Mistake{"SignedPairWeight",
                [](auto& r) {
                  r.network.projections[0].rule = WeightRule::kSignedPair;
                  r.network.projections[0].connections[2].weight = -64;
                },
                {"'in' -> 'hid'", "-64"}},
        Mistake{"HugeWeight",
                [](auto& r) { r.network.projections[0].connections[2].weight = 20000; },
                {"'in' -> 'hid'", "20000"}},
        Mistake{"IntoASource", [](auto& r) { r.network.projections[0].to = 0; }, {"'in' -> 'in'"}},
        Mistake{"Runtime0", [](auto& r) { r.runtime_steps = 0; }, {"runtime = 0"}},
        Mistake{
            "RuntimeHuge", [](auto& r) { r.runtime_steps = 40'000'000; }, {"40000000", "34.36"}},
        Mistake{"Dt", [](auto& r) { r.dt = 1e-9; }, {"dt"}},
        Mistake{"DtNan", [](auto& r) { r.dt = kNan; }, {"dt"}},
        Mistake{"Batch0", [](auto& r) { r.batch = 0; }, {"batch"}},
        Mistake{"BatchMismatch", [](auto& r) { r.batch = 3; }, {"'in'", "2", "3"}},
        Mistake{"InputName",
                [](auto& r) { r.inputs["inn"] = SpikeTrains::silent(2, 3); },
                {"'inn'", "in"}},
        Mistake{"InputOfNeurons",
                [](auto& r) { r.inputs["hid"] = SpikeTrains::silent(2, 2); },
                {"'hid'", "no spike source"}},
        Mistake{"InputSize",
                [](auto& r) { r.inputs["in"] = SpikeTrains::silent(2, 4); },
                {"'in'", "4", "3"}},
        Mistake{"InputOrder",
                [](auto& r) {
                  r.inputs["in"].times = {9, 5};
                  r.inputs["in"].offsets = {0, 2, 2, 2, 2, 2, 2};
                },
                {"'in'", "5", "order"}},
        Mistake{"InputOffsets",
                [](auto& r) { r.inputs["in"].offsets = {0, 5, 1, 0, 0, 0, 0}; },
                {"'in'", "offsets"}},
        Mistake{
            "Wait", [](auto& r) { r.inter_batch_entry_wait = -1; }, {"inter_batch_entry_wait"}}),
    [](auto const& mistake) { return std::string(mistake.param.name); });

TEST(Network, AcceptsEveryTermAtItsLimits) {
  RunRequest r = request();
  Population& population = hid(r);
  population.circuits = 256;
  population.placement = {0, 128};
  population.madc_neurons = {1, 0};
  population.neuron.adaptation =
      Adaptation{.a = 1022. / 512, .b = -16352., .tau = 12800e-6 / 1022, .leak = Parameter(100.)};
  population.neuron.exponential = Exponential{.threshold = 200., .strength = 1022. / 512};
  population.neuron.conductance_exc =
      Conductance{.reversal = 80 + kShortestReversal, .reference = std::nullopt};
  population.neuron.conductance_inh = Conductance{.reversal = 30., .reference = Parameter(90.)};
  r.network.projections[0].stp =
      ShortTermPlasticity{.utilization = 15. / 16, .tau_recovery = 95e-3};
  auto const ok = validate(r);
  EXPECT_TRUE(ok) << ok.error();
}

TEST(Network, CircuitsLieColumnByColumnOrInARow) {
  EXPECT_EQ(circuit_offset(CircuitLayout::kColumns, 0), (CircuitOffset{0, 0}));
  EXPECT_EQ(circuit_offset(CircuitLayout::kColumns, 1), (CircuitOffset{0, 1}));
  EXPECT_EQ(circuit_offset(CircuitLayout::kColumns, 255), (CircuitOffset{127, 1}));
  EXPECT_EQ(circuit_offset(CircuitLayout::kRow, 127), (CircuitOffset{127, 0}));
}

TEST(Runtime, IsRoundedToCycles) {
  EXPECT_EQ(*runtime_cycles(38, 1e-6), 4750);
  EXPECT_EQ(*runtime_cycles(1, 8e-9), 1);
}

}  // namespace
}  // namespace hx::host
