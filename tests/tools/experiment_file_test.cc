#include "tools/experiment/experiment_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hx::tools {
namespace {

using ::testing::HasSubstr;

constexpr char kGood[] = R"(dt: 1.0e-6
runtime: 100
populations:
  in:    {type: spike_source, size: 2}
  noise: {type: background, size: 4, period: 2500, rate: 255, seed: 7}
  hid:   {type: lif, size: 3, tau_mem: [5e-6, 10e-6, 20e-6], leak: 80, threshold: 125.0, record: [spikes, cadc]}
  out:   {type: li, size: 2, leak: 100, placement: [256, 300]}
projections:
  - {from: in, to: hid, weights: {dense: [[1, 2], [0, -63], [3.0, 200]]}}
  - {from: hid, to: out, weights: {list: [[0, 1, 5], [0, 1, 6], [2, 0, 0]]}}
  - {from: noise, to: hid, weights: {all_to_all: 4}}
  - {from: in, to: out, weights: {one_to_one: -7}}
inputs:
  in: [[[3.0e-6, 1.0e-6], []], [[], [99.9e-6]]]
)";

ExperimentFile good() {
  Result<ExperimentFile> file = parse_experiment(kGood, "good.yaml");
  EXPECT_TRUE(file) << file.error();
  return *std::move(file);
}

TEST(ExperimentFile, FillsInDefaults) {
  ExperimentFile const file = good();
  ASSERT_EQ(file.populations.size(), 4U);
  Population const& hid = file.populations[2];
  EXPECT_EQ(hid.name, "hid");
  EXPECT_EQ(hid.line, 6);
  EXPECT_EQ(hid.tau_mem, (std::vector<double>{5e-6, 10e-6, 20e-6}));
  EXPECT_EQ(hid.reset, (std::vector<double>{80, 80, 80}));
  EXPECT_EQ(hid.synapse_dac_bias, (std::vector<int>{600, 600, 600}));
  EXPECT_TRUE(hid.record_spikes && hid.record_cadc);
  Population const& out = file.populations[3];
  EXPECT_EQ(out.reset, (std::vector<double>{100, 100})) << "li without reset: reset = leak";
  EXPECT_TRUE(out.threshold.empty());
  EXPECT_TRUE(out.record_cadc && !out.record_spikes);
  EXPECT_EQ(*out.placement, (std::vector<int>{256, 300}));
  EXPECT_FALSE(file.populations[0].record_spikes);
  EXPECT_EQ(file.populations[1].seed, 7U);
}

TEST(ExperimentFile, ReadsWeights) {
  ExperimentFile const file = good();
  auto const& dense = file.projections[0].connections;
  ASSERT_EQ(dense.size(), 5U) << "weight 0 is no synapse";
  EXPECT_EQ(dense[2].pre, 1);
  EXPECT_EQ(dense[2].post, 1);
  EXPECT_EQ(dense[2].weight, -63);
  EXPECT_EQ(file.projections[1].connections.size(), 2U) << "a pair listed twice has two synapses";
  EXPECT_EQ(file.projections[2].connections.size(), 12U);
  EXPECT_EQ(file.projections[3].connections[1].post, 1);
}

TEST(ExperimentFile, SortsSpikeTrainsAndCountsEntries) {
  ExperimentFile const file = good();
  EXPECT_EQ(file.batch, 2U);
  EXPECT_EQ(file.inputs.at(0)[0][0], (std::vector<double>{1e-6, 3e-6}));
}

struct Bad {
  char const* name;
  char const* from;  // text of kGood that is replaced
  char const* to;
  char const* message;
};

class BadFile : public ::testing::TestWithParam<Bad> {};

TEST_P(BadFile, IsRefusedWithFileKeyAndLine) {
  std::string text = kGood;
  std::size_t const at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string(GetParam().from).size(), GetParam().to);
  Result<ExperimentFile> const file = parse_experiment(text, "bad.yaml");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kParse);
  EXPECT_THAT(file.error().text(), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadFile,
    ::testing::Values(
        Bad{"UnknownKey", "runtime: 100", "runtime: 100\nrunetime: 3",
            "bad.yaml:3: unknown key 'runetime'"},
        Bad{"NearKey", "tau_mem", "tau_men", "did you mean 'tau_mem'?"},
        Bad{"NotYaml", "runtime: 100", "runtime: [100", "not YAML"},
        Bad{"RuntimeMissing", "runtime: 100\n", "", "'runtime' is missing"},
        Bad{"RuntimeZero", "runtime: 100", "runtime: 0", "bad.yaml:2: runtime: 0 is out of range"},
        Bad{"RuntimeFraction", "runtime: 100", "runtime: 1.5", "must be a whole number"},
        Bad{"RuntimeTooLong", "runtime: 100", "runtime: 40000000", "34.36 s"},
        Bad{"DtText", "dt: 1.0e-6", "dt: fast", "bad.yaml:1: dt: must be a number"},
        Bad{"DtInfinite", "dt: 1.0e-6", "dt: .inf", "must be a finite number"},
        Bad{"DtNegative", "dt: 1.0e-6", "dt: -1", "must be above 0"},
        Bad{"UnknownType", "type: li,", "type: fil,",
            "bad.yaml:7: populations.out.type: unknown type"},
        Bad{"SizeMissing", "size: 3, ", "", "bad.yaml:6: populations.hid: 'size' is missing"},
        Bad{"SizeZero", "size: 3", "size: 0", "must be 1 to 512"},
        Bad{"TooManyNeurons", "size: 3, tau_mem: [5e-6, 10e-6, 20e-6]", "size: 511",
            "need 513 neuron circuits"},
        Bad{"BackgroundSize", "size: 4", "size: 3", "power of two"},
        Bad{"Period", "period: 2500", "period: 1", "populations.noise.period: 1 is out of range"},
        Bad{"PeriodMissing", "period: 2500, ", "", "'period' is missing"},
        Bad{"ListLength", "[5e-6, 10e-6, 20e-6]", "[5e-6, 10e-6]", "2 numbers for 3 neurons"},
        Bad{"Leak", "leak: 80", "leak: 300", "populations.hid.leak: 300 is out of range"},
        Bad{"ThresholdOfLi", "leak: 100,", "threshold: 100,", "unknown key 'threshold'"},
        Bad{"RecordOfSource", "size: 2}", "size: 2, record: [cadc]}", "has no cadc"},
        Bad{"RecordUnknown", "[spikes, cadc]", "[spikes, voltage]", "unknown observable 'voltage'"},
        Bad{"PlacementTwice", "[256, 300]", "[300, 300]", "circuit 300 is taken already"},
        Bad{"PlacementRange", "[256, 300]", "[256, 512]", "placement[1]: 512 is out of range"},
        Bad{"PlacementLength", "[256, 300]", "[256]", "1 numbers for 2 neurons"},
        Bad{"NoPopulation", "from: noise", "from: nosie", "did you mean 'noise'?"},
        Bad{"ToSource", "to: hid, weights: {all", "to: in, weights: {all", "has no synapses"},
        Bad{"FromLi", "{from: in, to: out", "{from: out, to: hid", "never spikes"},
        Bad{"DenseRows", "[[1, 2], [0, -63], [3.0, 200]]", "[[1, 2], [0, -63]]", "list of 3 rows"},
        Bad{"DenseColumns", "[0, -63]", "[0]",
            "projections[0].weights.dense[1]: must be a list of 2"},
        Bad{"WeightFraction", "3.0", "3.5", "must be a whole number"},
        Bad{"WeightRange", "200", "20000", "20000 is out of range"},
        Bad{"ListPost", "[0, 1, 5]", "[0, 2, 5]", "list[0][1]: 2 is out of range"},
        Bad{"OneToOne", "from: in, to: out", "from: hid, to: out", "differ in size"},
        Bad{"NoWeights", "{all_to_all: 4}", "{}", "exactly one of"},
        Bad{"NoFile", "{all_to_all: 4}", "{file: nowhere.npy}", "there is no file nowhere.npy"},
        Bad{"FolderAsFile", "{all_to_all: 4}", "{file: /}", "there is no file /"},
        Bad{"EndlessFile", "{all_to_all: 4}", "{file: /dev/zero}", "there is no file /dev/zero"},
        Bad{"TauRange", "[5e-6, 10e-6, 20e-6]", "[5e-6, 1e-9, 20e-6]",
            "bad.yaml:6: populations.hid.tau_mem[1]: 1e-09 is out of range: must be 1e-08 to 1 s"},
        Bad{"HugeNumber", "runtime: 100", "runtime: 1e300", "1e+300 is out of range"},
        Bad{"SecondDocument", "runtime: 100\n", "runtime: 100\n---\n", "a second YAML document"},

        Bad{"InputOfNeurons", "  in: [[", "  hid: [[", "is no spike_source"},
        Bad{"InputNeurons", "[3.0e-6, 1.0e-6], []", "[3.0e-6, 1.0e-6]", "list of 2 spike trains"},
        Bad{"InputLate", "99.9e-6", "100e-6", "is outside the run"},
        Bad{"InputNegative", "1.0e-6], []", "-1.0e-6], []", "is outside the run"},
        Bad{"Batch", "runtime: 100", "runtime: 100\nbatch: 3", "has 2 batch entries, others 3"},
        Bad{"TwiceKey", "runtime: 100", "runtime: 100\nruntime: 100", "is given twice"}),
    [](auto const& test) { return std::string(test.param.name); });

constexpr char kTerms[] = R"(runtime: 100
populations:
  in:  {type: spike_source, size: 2}
  n:
    type: lif
    size: 2
    record: [spikes, madc]
    madc_neurons: [1]
    madc_source: adaptation
    circuits: 3
    layout: row
    placement: [0, 125]
    leak: 90
    subthreshold_adaptation_strength: [0.5, -0.5]
    spike_triggered_adaptation_increment: 3
    tau_adap: 50e-6
    exponential_threshold: 110
    reversal_exc: 180
    reversal_inh: 40
    reference_inh: 80
projections:
  - {from: in, to: n, weights: {all_to_all: 4}, stp: {utilization: 0.5, tau_recovery: 20e-6}}
madc: {sample_rate: 10e6, duration: 50e-6}
model: {mismatch: 0.1, seed: 3, cadc_noise: 2}
)";

TEST(ExperimentFile, ReadsTermsCircuitsAndConverters) {
  Result<ExperimentFile> const read = parse_experiment(kTerms, "terms.yaml");
  ASSERT_TRUE(read) << read.error();
  Population const& n = read->populations[1];
  EXPECT_EQ(n.madc_neurons, (std::vector<int>{1}));
  EXPECT_EQ(n.madc_source, Signal::kAdaptation);
  EXPECT_EQ(n.circuits, 3);
  EXPECT_TRUE(n.in_row);
  EXPECT_EQ(n.adaptation_a, (std::vector<double>{0.5, -0.5}));
  EXPECT_EQ(n.leak_adaptation, (std::vector<double>{90, 90})) << "default: the leak";
  EXPECT_EQ(n.exponential_strength, (std::vector<double>{1, 1}));
  EXPECT_EQ(n.reference_exc, (std::vector<double>{90, 90}));
  EXPECT_EQ(n.reference_inh, (std::vector<double>{80, 80}));
  ASSERT_TRUE(read->projections[0].stp);
  EXPECT_EQ(read->projections[0].stp->recover, 1);
  EXPECT_EQ(*read->madc_duration, 50e-6);
  EXPECT_EQ(read->model.cadc_noise, 2);
}

class BadTerms : public ::testing::TestWithParam<Bad> {};

TEST_P(BadTerms, AreRefusedWithFileKeyAndLine) {
  std::string text = kTerms;
  std::size_t const at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string(GetParam().from).size(), GetParam().to);
  Result<ExperimentFile> const file = parse_experiment(text, "bad.yaml");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().text(), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadTerms,
    ::testing::Values(
        Bad{"Circuits", "circuits: 3", "circuits: 129", "populations.n.circuits: 129 is out of"},
        Bad{"Layout", "layout: row", "layout: cols", "unknown layout 'cols'"},
        Bad{"Overlap", "[0, 125]", "[0, 2]", "circuit 2 is taken already"},
        Bad{"Middle", "[0, 125]", "[0, 126]", "leaves its half of the chip"},
        Bad{"MadcNeuron", "madc_neurons: [1]", "madc_neurons: [2]", "madc_neurons[0]: 2 is out of"},
        Bad{"MadcThree", "madc_neurons: [1]", "madc_neurons: [0, 1, 1]", "one or two neurons"},
        Bad{"MadcUnrecorded", "record: [spikes, madc]", "record: [spikes]",
            "does not record the MADC"},
        Bad{"Sources", "[spikes, madc]", "[spikes, cadc, madc]", "one signal"},
        Bad{"Signal", "madc_source: adaptation", "madc_source: voltage", "unknown signal"},
        Bad{"SampleRate", "10e6", "10", "madc.sample_rate: 10 is out of range"},
        Bad{"Adaptation", "[0.5, -0.5]", "[0.5, -2]",
            "populations.n.subthreshold_adaptation_strength[1]: -2 is out of range"},
        Bad{"TauAdap", "50e-6\n    expo", "5e-6\n    expo", "tau_adap: 5e-06 is out of range"},
        Bad{"TauAlone",
            "    subthreshold_adaptation_strength: [0.5, -0.5]\n"
            "    spike_triggered_adaptation_increment: 3\n",
            "", "tau_adap: has no effect without"},
        Bad{"Reversal", "reversal_exc: 180", "reversal_exc: 100",
            "above the reference potential 90"},
        Bad{"Reference", "    reversal_inh: 40\n", "", "has no effect without reversal_inh"},
        Bad{"Utilization", "utilization: 0.5", "utilization: 1",
            "stp.utilization: 1 is out of range"},
        Bad{"OtherStp", "madc: {", "  - {from: in, to: n, weights: {all_to_all: 1}}\nmadc: {",
            "has a different stp"},
        Bad{"StpOfNeurons", "{from: in", "{from: n", "no spike_source"},
        Bad{"Seed", "mismatch: 0.1, ", "", "model.seed: has no effect without mismatch"}),
    [](auto const& test) { return std::string(test.param.name); });

TEST(ExperimentFile, AnEmptyFileIsCalledEmpty) {
  for (char const* text : {"", "\n", "# nothing\n", "---\n"}) {
    Result<ExperimentFile> const file = parse_experiment(text, "empty.yaml");
    ASSERT_FALSE(file);
    EXPECT_THAT(file.error().text(), HasSubstr("empty.yaml: the file is empty"));
  }
}

TEST(ExperimentFile, NamesTheFileThatIsMissing) {
  Result<ExperimentFile> const file = read_experiment_file("/nowhere/x.yaml");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
}

TEST(ExperimentFile, SurvivesDamagedText) {
  std::string const text = kGood;
  unsigned state = 11;
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = text;
    for (int k = 0; k < 4; ++k) {
      state = state * 1664525U + 1013904223U;
      damaged[(state >> 8) % damaged.size()] = "[]{}:,-0 \n&*!x'"[(state >> 3) % 15];
    }
    (void)parse_experiment(damaged, "damaged.yaml");
  }
}

}  // namespace
}  // namespace hx::tools
