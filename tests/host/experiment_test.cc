#include "host/experiment.h"

#include <gtest/gtest.h>

namespace hx::host {
namespace {

SpikeTrains one_spike(std::uint32_t neurons, double time) {
  std::vector<std::vector<std::vector<double>>> times(1);
  times[0].resize(neurons);
  times[0][0] = {time};
  return *SpikeTrains::from_seconds(times);
}

/// in (handle) -> hid (lif, 4) -> out (li, 2), in mock mode.
struct TwoLayers {
  Experiment experiment{{.mock = true}};
  std::shared_ptr<Synapse> to_hid = std::make_shared<Synapse>("in->hid", 3, 4);
  std::shared_ptr<Neuron> hid = std::make_shared<Neuron>("hid", 4);
  std::shared_ptr<Synapse> to_out = std::make_shared<Synapse>("hid->out", 4, 2);
  std::shared_ptr<ReadoutNeuron> out = std::make_shared<ReadoutNeuron>("out", 2);
  Handle in = make_handle(one_spike(3, 2e-6));

  TwoLayers() {
    std::vector<float> const weights(12, 6.3f);
    EXPECT_TRUE(to_hid->set_dense(weights, 10));
    EXPECT_TRUE(to_out->set_dense(std::vector<std::int32_t>(8, 30)));
  }
  void connect() {
    EXPECT_TRUE(experiment.connect(to_hid, {in}, to_hid->output()));
    EXPECT_TRUE(experiment.connect(hid, {to_hid->output()}, hid->output()));
    EXPECT_TRUE(experiment.connect(to_out, {hid->output()}, to_out->output()));
    EXPECT_TRUE(experiment.connect(out, {to_out->output()}, out->output()));
  }
};

TEST(Experiment, FillsTheHandlesOfAFeedForwardNetwork) {
  TwoLayers net;
  net.connect();
  EXPECT_FALSE(net.out->output()->cadc);
  auto const info = net.experiment.run(20);
  ASSERT_TRUE(info) << info.error();
  EXPECT_NEAR(info->time.realtime, 20e-6, 1e-12);
  ASSERT_TRUE(net.hid->output()->spikes);
  ASSERT_TRUE(net.out->output()->cadc);
  EXPECT_NEAR(net.hid->output()->cadc->values_at(0, 1)[3], 80 + 6.3, 1e-4);
  EXPECT_EQ(net.experiment.network()->populations.size(), 3u);
  EXPECT_EQ(net.experiment.network()->projections.size(), 2u);
}

TEST(Experiment, ModulesCarryTermsPlasticityAndMadc) {
  TwoLayers net;
  net.to_hid->stp = ShortTermPlasticity{.utilization = 0.5};
  net.hid->description.circuits = 2;
  net.hid->description.madc_neurons = {1};
  net.hid->description.neuron.adaptation = Adaptation{.a = 0.5};
  net.experiment.madc.sample_rate = 1e6;
  net.in = make_handle(*SpikeTrains::from_seconds({{{2e-6, 10e-6}, {}, {}}}));
  net.connect();
  auto const info = net.experiment.run(20);
  ASSERT_TRUE(info) << info.error();
  Network const& network = *net.experiment.network();
  EXPECT_EQ(network.madc.sample_rate, 1e6);
  EXPECT_EQ(network.populations[1].circuits + network.populations[0].circuits +
                network.populations[2].circuits,
            4u);
  ASSERT_TRUE(network.projections[0].stp || network.projections[1].stp);
  EXPECT_FALSE(net.hid->output()->madc) << "the mock has none";
  EXPECT_FALSE(info->health.warnings.empty());
  // The second spike comes with half of the resource.
  auto const v = net.hid->output()->cadc->values_at(0, 1);
  EXPECT_NEAR(v[3] - 80, 6.3, 1e-4);
  EXPECT_LT(v[11] - v[10], 4);
  net.experiment.clear();
  EXPECT_EQ(net.experiment.madc, MadcSettings{});
}

TEST(Experiment, KeepsTheInsertedInputFromRunToRun) {
  TwoLayers net;
  net.connect();
  ASSERT_TRUE(net.experiment.run(20));
  auto const first = *net.hid->output();
  net.in = make_handle(one_spike(3, 4e-6));
  net.connect();
  ASSERT_TRUE(net.experiment.run(20));
  EXPECT_EQ(net.experiment.network()->populations.size(), 3u);
  EXPECT_NEAR(net.hid->output()->cadc->values_at(0, 1)[5], 80 + 6.3, 1e-4);
  EXPECT_EQ(net.hid->output()->cadc->values_at(0, 1)[4], 80.f);
  EXPECT_NE(first.cadc->values, net.hid->output()->cadc->values);
}

TEST(Experiment, SecondRunWithoutConnectDoesNothing) {
  TwoLayers net;
  net.connect();
  ASSERT_TRUE(net.experiment.run(20));
  auto const before = net.hid->output()->cadc;
  auto const info = net.experiment.run(20);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->time.realtime, 0);
  EXPECT_EQ(net.hid->output()->cadc, before);
}

TEST(Experiment, HwResultsAreEmptyInMockMode) {
  TwoLayers net;
  net.connect();
  auto const results = net.experiment.get_hw_results(20);
  ASSERT_TRUE(results);
  EXPECT_TRUE(results->populations.empty());
}

TEST(Experiment, ClearGoesBackToTheStart) {
  TwoLayers net;
  net.connect();
  net.experiment.inter_batch_entry_wait = 125;
  ASSERT_TRUE(net.experiment.run(20));
  net.experiment.clear();
  EXPECT_EQ(net.experiment.network(), nullptr);
  EXPECT_EQ(net.experiment.last_results(), nullptr);
  EXPECT_FALSE(net.experiment.inter_batch_entry_wait);
  net.connect();
  EXPECT_TRUE(net.experiment.run(20));
}

TEST(Experiment, ExplicitInputsForwardTheirSpikes) {
  Experiment experiment({.mock = true});
  auto source = std::make_shared<SpikeSource>("in", 1);
  auto synapse = std::make_shared<Synapse>("s", 1, 1);
  auto neuron = std::make_shared<Neuron>("n", 1);
  Handle in = make_handle(one_spike(1, 1e-6));
  ASSERT_TRUE(experiment.connect(source, {in}, source->output()));
  ASSERT_TRUE(experiment.connect(synapse, {source->output()}, synapse->output()));
  ASSERT_TRUE(experiment.connect(neuron, {synapse->output()}, neuron->output()));
  ASSERT_TRUE(experiment.run(5));
  EXPECT_EQ(source->output()->spikes, in->spikes);
}

TEST(Experiment, DefaultInstanceIsMadeOnceAndAgainAfterReset) {
  Experiment experiment({.mock = true});
  auto const first = experiment.default_execution_instance();
  EXPECT_EQ(experiment.default_execution_instance(), first);
  experiment.set_default_execution_instance(nullptr);
  EXPECT_NE(experiment.default_execution_instance()->id, first->id);
}

/// in -> a <-> b.
void build_loop(Experiment& experiment, bool wrapped) {
  auto input = std::make_shared<Synapse>("in->a", 1, 1);
  auto a = std::make_shared<Neuron>("a", 1);
  auto b = std::make_shared<Neuron>("b", 1);
  auto ab = std::make_shared<Synapse>("ab", 1, 1);
  auto ba = std::make_shared<Synapse>("ba", 1, 1);
  EXPECT_TRUE(experiment.connect(input, {make_handle(one_spike(1, 0))}, input->output()));
  EXPECT_TRUE(experiment.connect(a, {input->output(), ba->output()}, a->output()));
  EXPECT_TRUE(experiment.connect(ab, {a->output()}, ab->output()));
  EXPECT_TRUE(experiment.connect(b, {ab->output()}, b->output()));
  EXPECT_TRUE(experiment.connect(ba, {b->output()}, ba->output()));
  if (!wrapped) return;
  using Members = std::vector<std::shared_ptr<Module>>;
  auto wrapper = std::make_shared<ModuleWrapper>("loop", Members{a, b, ab, ba});
  EXPECT_TRUE(experiment.connect_wrapper(wrapper));
  EXPECT_TRUE(experiment.connect_wrapper(wrapper)) << "again is allowed";
  EXPECT_FALSE(
      experiment.connect_wrapper(std::make_shared<ModuleWrapper>("other", Members{a, input})));
}

TEST(Experiment, CyclesNeedAWrapper) {
  Experiment free({.mock = true});
  build_loop(free, false);
  auto const refused = free.run(5);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("cycle"), std::string::npos);
  EXPECT_NE(refused.error().text().find("'ba'"), std::string::npos);
  EXPECT_EQ(refused.error().text().find("'in->a'"), std::string::npos);
  Experiment wrapped({.mock = true});
  build_loop(wrapped, true);
  auto const ok = wrapped.run(5);
  EXPECT_TRUE(ok) << ok.error();
}

TEST(Experiment, RefusesWhatDoesNotFit) {
  TwoLayers net;
  net.connect();
  auto const twice = net.experiment.connect(net.hid, {}, make_handle());
  ASSERT_FALSE(twice);
  EXPECT_NE(twice.error().message.find("'hid' is connected twice"), std::string::npos);
  EXPECT_FALSE(net.experiment.connect(nullptr, {}, make_handle()));
  auto lonely = std::make_shared<Synapse>("lonely", 3, 4);
  EXPECT_FALSE(net.experiment.connect(lonely, {}, lonely->output())) << "a synapse needs an input";
  EXPECT_FALSE(net.experiment.connect(lonely, {nullptr}, lonely->output()));
  EXPECT_FALSE(net.experiment.connect(lonely, {net.in}, net.hid->output())) << "handle taken";
  ASSERT_TRUE(net.experiment.connect(lonely, {net.in}, lonely->output()));
  auto const nowhere = net.experiment.run(5);
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().message.find("'lonely'"), std::string::npos);
  EXPECT_FALSE(net.to_hid->set_dense(std::vector<std::int32_t>(5)));
}

TEST(Experiment, NamesSizesThatDisagree) {
  Experiment experiment({.mock = true});
  auto synapse = std::make_shared<Synapse>("s", 1, 3);
  auto neuron = std::make_shared<Neuron>("n", 2);
  ASSERT_TRUE(experiment.connect(synapse, {make_handle(one_spike(1, 0))}, synapse->output()));
  ASSERT_TRUE(experiment.connect(neuron, {synapse->output()}, neuron->output()));
  auto const refused = experiment.run(5);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("'s' joins 1 to 3"), std::string::npos);
  EXPECT_NE(refused.error().message.find("'n' has 2"), std::string::npos);
}

TEST(Experiment, HandleWithoutSpikesIsNamed) {
  TwoLayers net;
  net.in = make_handle();
  net.connect();
  auto const refused = net.experiment.run(5);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("in->hid.input"), std::string::npos);
}

TEST(Experiment, NeedsABackendWhenNotInMockMode) {
  Experiment experiment({.mock = false});
  auto neuron = std::make_shared<Neuron>("n", 2);
  ASSERT_TRUE(experiment.register_population(neuron));
  auto const refused = experiment.run(5);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("backend"), std::string::npos);
}

TEST(Experiment, RegistrationAloneMakesANetwork) {
  Experiment experiment({.mock = true});
  auto a =
      std::make_shared<Neuron>("a", 1, NeuronParameters{.leak = 130., .reset = Parameter(80.)});
  auto loop = std::make_shared<Synapse>("loop", 1, 1, std::vector<Connection>{{0, 0, -10}});
  ASSERT_TRUE(experiment.register_population(a));
  ASSERT_TRUE(experiment.register_projection(loop, a, a));
  auto b = std::make_shared<Neuron>("b", 1);
  EXPECT_FALSE(experiment.register_projection(loop, a, b)) << "a synapse has one place";
  ASSERT_TRUE(experiment.run(50));
  EXPECT_FALSE(a->output()->spikes->times.empty()) << "the leak is above the threshold";
}

TEST(Experiment, TwoExecutionInstancesAreNotSupportedYet) {
  Experiment experiment({.mock = true});
  auto instance = std::make_shared<ExecutionInstance>();
  auto a = std::make_shared<Neuron>("a", 1, NeuronParameters{}, instance);
  auto b = std::make_shared<Neuron>("b", 1);
  ASSERT_TRUE(experiment.register_population(a));
  ASSERT_TRUE(experiment.register_population(b));
  auto const refused = experiment.run(5);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace hx::host
