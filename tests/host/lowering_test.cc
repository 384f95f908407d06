#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "host/lowering/configuration.h"
#include "host/lowering/decode.h"
#include "host/lowering/lower.h"
#include "host/lowering/madc.h"
#include "host/lowering/problem.h"
#include "host/lowering/schedule.h"
#include "tests/host/fake_chip.h"

namespace hx::host {
namespace {

using routing::Receptor;

Network small_network() {
  Network network;
  network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 2, .record_spikes = true});
  network.populations.push_back({.name = "hid",
                                 .kind = PopulationKind::kLif,
                                 .size = 3,
                                 .record_spikes = true,
                                 .record_cadc = true});
  network.populations.push_back({.name = "out",
                                 .kind = PopulationKind::kLi,
                                 .size = 1,
                                 .record_cadc = true,
                                 .placement = {256 + 9}});
  network.projections.push_back({.from = 0, .to = 1, .connections = {{0, 0, 10}, {1, 2, -20}}});
  network.projections.push_back({.from = 1, .to = 2, .connections = {{0, 0, 5}}});
  return network;
}

Lowered lowered(RunRequest const& request) {
  auto result = lower(request);
  EXPECT_TRUE(result) << result.error();
  return std::move(*result);
}

// ---- Programs ---------------------------------------------------------------------------------

bool is_read(Executed const& e) {
  return e.message.code == ut::ToFpga::kOmnibusAddress && (e.message.payload >> 36 & 1) != 0;
}
bool is_tick(Executed const& e) {
  return e.message.code == ut::ToFpga::kSystemLoopback;
}
bool is_events(Executed const& e) {
  return e.message.code >= ut::ToFpga::kSpikePack1;
}
std::uint32_t address_of(Executed const& e) {
  return static_cast<std::uint32_t>(e.message.payload);
}

using Writes = std::vector<std::pair<std::int64_t, std::uint64_t>>;

/// Times and data of the writes to an address.
Writes writes_of(std::vector<Executed> const& executed, std::uint32_t address) {
  Writes writes;
  for (std::size_t i = 0; i + 1 < executed.size(); ++i) {
    if (executed[i].message.code == ut::ToFpga::kOmnibusAddress && !is_read(executed[i]) &&
        address_of(executed[i]) == address) {
      writes.emplace_back(executed[i].timer, executed[i + 1].message.payload);
    }
  }
  return writes;
}

// ---- Problem ----------------------------------------------------------------------------------

TEST(Problem, SeparatesSignsAndLeavesZeroOut) {
  Network network = small_network();
  network.projections[0].connections.push_back({1, 1, 0});
  Mapping const mapping = make_mapping(network);
  ASSERT_EQ(mapping.problem.projections.size(), 3u);
  EXPECT_EQ(mapping.problem.projections[0].receptor, Receptor::kExcitatory);
  EXPECT_EQ(mapping.problem.projections[0].connections,
            (std::vector<routing::Connection>{{0, 0, 1}}));
  EXPECT_EQ(mapping.problem.projections[1].receptor, Receptor::kInhibitory);
  EXPECT_EQ(mapping.problem.projections[1].connections,
            (std::vector<routing::Connection>{{1, 2, 1}}));
  EXPECT_EQ(mapping.parts[1].connections, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(mapping.problem.projections[2].source, routing::neurons(0));
  EXPECT_EQ(mapping.populations[2], routing::neurons(1));
  EXPECT_FALSE(mapping.problem.neurons[1].shape.compartments[0].spike_master)
      << "li neurons never spike";
  EXPECT_EQ(mapping.problem.neurons[1].placement, (std::vector<AtomicNeuron>{AtomicNeuron(265)}));
}

TEST(Problem, SplitsLargeWeights) {
  Network network = small_network();
  network.projections[0].connections = {{0, 0, 123}, {0, 1, -252}, {1, 0, 63}, {1, 1, 64}};
  Mapping const mapping = make_mapping(network);
  auto const& exc = mapping.problem.projections[0].connections;
  ASSERT_EQ(exc.size(), 3u);
  EXPECT_EQ(exc[0].synapses, 2);
  EXPECT_EQ(exc[1].synapses, 1);
  EXPECT_EQ(exc[2].synapses, 2);
  EXPECT_EQ(mapping.problem.projections[1].connections[0].synapses, 4);
}

TEST(Problem, SignedPairsTakeTwoSynapsesWhateverTheWeight) {
  Network network = small_network();
  network.projections[0].rule = WeightRule::kSignedPair;
  network.projections[0].connections = dense_connections(std::vector<std::int32_t>(6, 0), 3, 2);
  Mapping const zero = make_mapping(network);
  EXPECT_EQ(zero.problem.projections[0].connections.size(), 6u);
  EXPECT_EQ(zero.problem.projections[1].connections.size(), 6u);
  network.projections[0].connections =
      dense_connections(std::vector<std::int32_t>{1, -63, 0, 4, -5, 63}, 3, 2);
  network.populations[1].neuron.threshold = 150.;
  network.populations[1].record_cadc = false;
  EXPECT_TRUE(is_same_problem(zero.problem, make_mapping(network).problem))
      << "weights, parameters and CADC recording do not change the routing";
  network.populations[1].record_spikes = false;
  EXPECT_FALSE(is_same_problem(zero.problem, make_mapping(network).problem));
}

// ---- Configuration ----------------------------------------------------------------------------

TEST(Configuration, ASilentChipPassesNothing) {
  reg::Chip const chip = silent_chip();
  for (auto node : reg::CrossbarNodeOnDLS::all()) {
    EXPECT_EQ(chip.get<reg::CrossbarNode>(node), reg::CrossbarNode::drop_all());
  }
  for (auto driver : reg::SynapseDriverOnDLS::all()) {
    auto const config = chip.get<reg::SynapseDriverConfig>(driver);
    EXPECT_FALSE(config.enable_receiver);
    EXPECT_EQ(config.row_mode_top + config.row_mode_bottom, 0);
  }
  for (auto quad : reg::ColumnCurrentQuadOnDLS::all()) {
    EXPECT_EQ(chip.get<reg::ColumnCurrentQuad>(quad), reg::ColumnCurrentQuad{});
  }
  for (auto block : reg::CommonNeuronBackendConfigOnDLS::all()) {
    EXPECT_FALSE(chip.get<reg::CommonNeuronBackendConfig>(block).enable_event_registers);
  }
  for (auto hemisphere : reg::CADCConfigOnDLS::all()) {
    EXPECT_TRUE(chip.get<reg::CADCConfig>(hemisphere).enable);
  }
}

TEST(Configuration, FollowsTheSolution) {
  RunRequest const request{.network = small_network(), .runtime_steps = 10};
  Placed const placed = lowered(request).placed;
  reg::Chip const& chip = placed.chip;
  // Nodes.
  auto const outputs = chip.get<reg::CrossbarOutputConfig>({});
  for (auto node : CrossbarNode::all()) {
    auto const config = chip.get<reg::CrossbarNode>(reg::CrossbarNodeOnDLS(node));
    auto const& wanted = placed.solution.nodes[node.value()];
    if (!wanted) {
      EXPECT_EQ(config, reg::CrossbarNode::drop_all());
      continue;
    }
    EXPECT_EQ(config.mask, wanted->mask);
    EXPECT_EQ(config.target, wanted->target);
    EXPECT_TRUE(config.enable_drop_counter);
    EXPECT_TRUE(outputs.enable_event_counter[crossbar_place(node).output.value()]);
  }
  // Synapses, rows, drivers, busses, columns.
  std::array<int, 3> const weights = {10, 20, 5};
  for (std::size_t part = 0; part < 3; ++part) {
    auto const s = placed.solution.projections[part][0][0];
    auto const synapse = chip.synapse(s.hemisphere, s.row, SynapseColumn(s.column.value()));
    EXPECT_EQ(synapse.weight, weights[part]);
    EXPECT_EQ(synapse.label, s.label);
    SynapseDriver const driver = synapse_driver(s.hemisphere, s.row);
    auto const config = chip.get<reg::SynapseDriverConfig>(reg::SynapseDriverOnDLS(driver));
    EXPECT_TRUE(config.enable_receiver);
    EXPECT_EQ(config.row_address_compare_mask, placed.solution.driver_masks[driver.value()]);
    EXPECT_EQ(s.row.value() % 2 == 1 ? config.row_mode_top : config.row_mode_bottom,
              part == 1 ? 2 : 1);
    auto const busses =
        chip.get<reg::CommonPADIBusConfig>(reg::CommonPADIBusConfigOnDLS(s.hemisphere));
    EXPECT_TRUE(busses.enable_spl1[padi_bus(driver).value() % 4]);
    auto const column = SynapseColumn(s.column.value());
    auto const entry = chip.get<reg::ColumnCurrentQuad>(
                               reg::ColumnCurrentQuadOnDLS::at(s.hemisphere, quad(column)))
                           .switch_[quad_entry(column).value()];
    EXPECT_TRUE(entry.enable_synaptic_current_excitatory &&
                entry.enable_synaptic_current_inhibitory);
  }
  // Neurons.
  AtomicNeuron const hid = placed.circuits[1][0];
  EXPECT_EQ(hid.value(), 0u) << "first fit";
  auto const analog = chip.get<reg::NeuronConfig>(reg::NeuronConfigOnDLS(hid));
  EXPECT_TRUE(analog.enable_fire && analog.enable_threshold_comparator);
  EXPECT_TRUE(analog.enable_synaptic_input_excitatory && analog.enable_synaptic_input_inhibitory);
  EXPECT_TRUE(analog.enable_readout_amplifier);
  EXPECT_FALSE(analog.enable_synaptic_input_excitatory_small_capacitance);
  EXPECT_EQ(analog.membrane_capacitor_size, 63);
  auto const digital = chip.get<reg::NeuronBackendConfig>(reg::NeuronBackendConfigOnDLS(hid));
  EXPECT_TRUE(digital.enable_spike_out);
  EXPECT_EQ(digital.address_out, placed.solution.neurons[0].address_out[0]);
  EXPECT_EQ(digital.refractory_time, 32);
  EXPECT_EQ(chip.cell(reg::cell(reg::NeuronCell::kVThreshold, hid)).value, 322);
  EXPECT_EQ(chip.cell(reg::cell(reg::QuadrantCell::kSynIBiasDac, Quadrant(0))).value, 600);
  AtomicNeuron const out(265);
  EXPECT_FALSE(
      chip.get<reg::NeuronConfig>(reg::NeuronConfigOnDLS(out)).enable_threshold_comparator);
  EXPECT_FALSE(
      chip.get<reg::NeuronBackendConfig>(reg::NeuronBackendConfigOnDLS(out)).enable_spike_out);
  auto const readout = chip.get<reg::ColumnCorrelationQuad>(
      reg::ColumnCorrelationQuadOnDLS::at(Hemisphere(1), quad(SynapseColumn(9))));
  EXPECT_TRUE(readout.switch_[0].enable_cadc_neuron_readout_causal);
  EXPECT_TRUE(readout.switch_[0].enable_internal_causal);
  auto const west = chip.get<reg::CommonNeuronBackendConfig>(
      reg::CommonNeuronBackendConfigOnDLS(BackendBlock(0)));
  EXPECT_TRUE(west.enable_event_registers && west.enable_clocks);
  EXPECT_EQ(west.clock_scale_fast, 2);
  EXPECT_FALSE(
      chip.get<reg::CommonNeuronBackendConfig>(reg::CommonNeuronBackendConfigOnDLS(BackendBlock(1)))
          .enable_event_registers);
}

TEST(Configuration, SplitWeightsFillTheirSynapses) {
  Network network = small_network();
  network.projections[0].connections = {{0, 0, 123}};
  Placed const placed = lowered({.network = network, .runtime_steps = 10}).placed;
  auto const synapses = placed.solution.projections[0][0];
  ASSERT_EQ(synapses.size(), 2u);
  int sum = 0;
  for (auto const& s : synapses) {
    sum += placed.chip.synapse(s.hemisphere, s.row, SynapseColumn(s.column.value())).weight;
  }
  EXPECT_EQ(sum, 123);
}

TEST(Configuration, BackgroundGeneratorsRunInRandomMode) {
  Network network;
  network.populations.push_back({.name = "noise",
                                 .kind = PopulationKind::kBackground,
                                 .size = 8,
                                 .record_spikes = true,
                                 .background = {.period = 2500, .rate = 100, .seed = 77}});
  network.populations.push_back({.name = "n", .kind = PopulationKind::kLif, .size = 8});
  network.projections.push_back({.from = 0, .to = 1, .connections = one_to_one_connections(20, 8)});
  Placed const placed = lowered({.network = network, .runtime_steps = 10}).placed;
  ASSERT_FALSE(placed.solution.backgrounds[0].empty());
  auto const& g = placed.solution.backgrounds[0][0];
  auto const source =
      placed.chip.get<reg::BackgroundSpikeSource>(reg::BackgroundSpikeSourceOnDLS(g.generator));
  EXPECT_TRUE(source.enable && source.enable_random);
  EXPECT_EQ(source.mask, 7);
  EXPECT_EQ(source.neuron_label, g.label);
  EXPECT_EQ(source.period, 2500);
  EXPECT_EQ(source.rate, 100);
  EXPECT_EQ(source.seed, 77u);
}

/// Two neurons of `circuits` circuits in population "n" with one input.
RunRequest merged(std::uint32_t circuits, CircuitLayout layout) {
  RunRequest request{.network = {}, .runtime_steps = 10};
  request.network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 300});
  request.network.populations.push_back({.name = "n",
                                         .kind = PopulationKind::kLif,
                                         .size = 2,
                                         .record_spikes = true,
                                         .circuits = circuits,
                                         .layout = layout});
  request.network.projections.push_back(
      {.from = 0, .to = 1, .connections = all_to_all_connections(9, 2, 300)});
  return request;
}

TEST(Configuration, JoinsTheCircuitsOfANeuron) {
  Placed const placed = lowered(merged(5, CircuitLayout::kColumns)).placed;
  for (AtomicNeuron first : placed.circuits[1]) {
    for (std::uint32_t i = 0; i < 5; ++i) {
      AtomicNeuron const place(first.value() + i / 2 + 256 * (i % 2));
      auto const c = placed.chip.get<reg::NeuronConfig>(reg::NeuronConfigOnDLS(place));
      auto const b =
          placed.chip.get<reg::NeuronBackendConfig>(reg::NeuronBackendConfigOnDLS(place));
      EXPECT_EQ(c.connect_membrane_right, i < 3) << i;
      EXPECT_EQ(c.connect_bottom, i < 4) << "the last column has no bottom circuit: " << i;
      EXPECT_EQ(c.enable_fire, i == 0);
      EXPECT_EQ(c.enable_threshold_comparator, i == 0);
      EXPECT_EQ(b.enable_spike_out, i == 0);
      EXPECT_EQ(c.membrane_capacitor_size, i == 0 ? 63 : 0);
      EXPECT_EQ(c.enable_leak_division, i != 0);
      EXPECT_EQ(placed.chip.cell(reg::cell(reg::NeuronCell::kIBiasLeak, place)).value,
                i == 0 ? 128 : 0);
      EXPECT_TRUE(c.enable_synaptic_input_excitatory);
      EXPECT_EQ(placed.chip.cell(reg::cell(reg::NeuronCell::kIBiasSyninExcGm, place)).value, 500);
    }
  }
}

TEST(Configuration, ARowIsJoinedFromLeftToRight) {
  Placed const placed = lowered(merged(3, CircuitLayout::kRow)).placed;
  AtomicNeuron const first = placed.circuits[1][1];
  EXPECT_EQ(first.value(), 3u);
  for (std::uint32_t i = 0; i < 3; ++i) {
    auto const c =
        placed.chip.get<reg::NeuronConfig>(reg::NeuronConfigOnDLS(AtomicNeuron(first.value() + i)));
    EXPECT_EQ(c.connect_membrane_right, i < 2) << i;
    EXPECT_FALSE(c.connect_bottom);
  }
}

TEST(Configuration, SynapsesSpreadOverTheCircuitsOfANeuron) {
  EXPECT_FALSE(lower(merged(1, CircuitLayout::kColumns))) << "300 synapses on 256 rows";
  Placed const placed = lowered(merged(2, CircuitLayout::kColumns)).placed;
  std::map<std::uint32_t, int> synapses;
  for (auto const& s : placed.solution.projections[0].items) {
    ++synapses[256 * s.hemisphere.value() + s.column.value()];
    EXPECT_EQ(placed.chip.synapse(s.hemisphere, s.row, SynapseColumn(s.column.value())).weight, 9);
  }
  ASSERT_EQ(synapses.size(), 4u);
  int sum = 0;
  for (auto const& [circuit, count] : synapses) {
    EXPECT_LE(count, 256);
    sum += count;
    auto const quad = placed.chip.get<reg::ColumnCurrentQuad>(reg::ColumnCurrentQuadOnDLS::at(
        Hemisphere(circuit / 256), hx::quad(SynapseColumn(circuit % 256))));
    EXPECT_TRUE(quad.switch_[quad_entry(SynapseColumn(circuit % 256)).value()]
                    .enable_synaptic_current_excitatory);
  }
  EXPECT_EQ(sum, 600);
}

TEST(Configuration, WritesTheTermsOfANeuron) {
  RunRequest request{.network = small_network(), .runtime_steps = 10};
  NeuronParameters& p = request.network.populations[1].neuron;
  p.adaptation = Adaptation{.a = -0.5, .b = -3., .tau = 50e-6};
  p.exponential = Exponential{.threshold = 110.};
  p.conductance_inh = Conductance{.reversal = 16.};
  Placed const placed = lowered(request).placed;
  AtomicNeuron const place = placed.circuits[1][0];
  auto const c = placed.chip.get<reg::NeuronConfig>(reg::NeuronConfigOnDLS(place));
  EXPECT_TRUE(c.enable_adaptation && c.invert_adaptation_a && c.invert_adaptation_b);
  EXPECT_TRUE(c.enable_exponential && c.enable_synaptic_input_inhibitory_coba_mode);
  EXPECT_FALSE(c.enable_synaptic_input_excitatory_coba_mode);
  EXPECT_TRUE(placed.chip.get<reg::NeuronBackendConfig>(reg::NeuronBackendConfigOnDLS(place))
                  .enable_adaptation_pulse);
  EXPECT_EQ(placed.chip.get<reg::CommonNeuronBackendConfig>(reg::CommonNeuronBackendConfigOnDLS(0))
                .clock_scale_adaptation_pulse,
            3);
  auto const cell = [&](reg::NeuronCell which) {
    return placed.chip.cell(reg::cell(which, place)).value;
  };
  EXPECT_EQ(cell(reg::NeuronCell::kVAdaptLeak), 214);
  EXPECT_EQ(cell(reg::NeuronCell::kIBiasAdaptTau), 256);
  EXPECT_EQ(cell(reg::NeuronCell::kIBiasAdaptA), 256);
  EXPECT_EQ(cell(reg::NeuronCell::kIBiasAdaptB), 768);
  EXPECT_EQ(cell(reg::NeuronCell::kVExp), 286);
  EXPECT_EQ(cell(reg::NeuronCell::kIBiasExp), 512);
  EXPECT_EQ(cell(reg::NeuronCell::kESyninInhRev), 214);
  EXPECT_EQ(cell(reg::NeuronCell::kIBiasSyninInhCoba), 512);
  // The neuron of the other population has none of it.
  auto const plain =
      placed.chip.get<reg::NeuronConfig>(reg::NeuronConfigOnDLS(placed.circuits[2][0]));
  EXPECT_FALSE(plain.enable_adaptation || plain.enable_exponential);
}

TEST(Configuration, PlasticSourcesHaveDriversOfTheirOwn) {
  RunRequest request{.network = small_network(), .runtime_steps = 10};
  request.network.populations.push_back(
      {.name = "plain", .kind = PopulationKind::kSpikeSource, .size = 3});
  request.network.projections.push_back(
      {.from = 3, .to = 1, .connections = all_to_all_connections(5, 3, 3)});
  request.network.projections[0].stp =
      ShortTermPlasticity{.utilization = 0.25, .tau_recovery = 40e-6, .charge = 1, .recover = 0.5};
  Placed const placed = lowered(request).placed;
  EXPECT_TRUE(placed.mapping.problem.externals[0].own_drivers);
  EXPECT_FALSE(placed.mapping.problem.externals[1].own_drivers);
  std::set<std::uint32_t> drivers;
  for (std::size_t part : {0u, 1u}) {
    for (auto const& s : placed.solution.projections[part].items) {
      drivers.insert(synapse_driver(s.hemisphere, s.row).value());
    }
  }
  EXPECT_EQ(drivers.size(), 2u) << "two sources";
  for (auto place : reg::SynapseDriverOnDLS::all()) {
    auto const config = placed.chip.get<reg::SynapseDriverConfig>(place);
    bool const plastic = drivers.contains(place.value());
    EXPECT_EQ(config.enable_stp, plastic) << place.value();
    EXPECT_EQ(config.enable_recovery, plastic);
    EXPECT_EQ(config.utilization, plastic ? 4 : 0);
    EXPECT_TRUE(!plastic || (config.enable_receiver && config.enable_address_out));
  }
  for (Quadrant quadrant : Quadrant::all()) {
    auto const cell = [&](reg::QuadrantCell which) {
      return placed.chip.cell(reg::cell(which, quadrant)).value;
    };
    EXPECT_EQ(cell(reg::QuadrantCell::kStpVCharge0), 1022);
    EXPECT_EQ(cell(reg::QuadrantCell::kStpVRecover0), 511);
  }
  for (auto hemisphere : reg::CommonSTPConfigOnDLS::all()) {
    EXPECT_EQ(placed.chip.get<reg::CommonSTPConfig>(hemisphere),
              (reg::CommonSTPConfig{.recovery_clock_speed = placed.plasticity.recovery_clock_speed,
                                    .enable_recovery_clock = true}));
  }
  // Every entry begins with drivers at rest: the clock goes off and on with the reset of the membranes.
  auto const plan = make_plan(request, 2, placed);
  ASSERT_TRUE(plan);
  auto const schedule = make_schedule(request, placed, *plan);
  ASSERT_TRUE(schedule) << schedule.error();
  auto const executed = execute(schedule->chunks[0].program.words());
  bool const top = std::any_of(drivers.begin(), drivers.end(), [](auto d) { return d < 128; });
  auto const address =
      reg::write_addresses<reg::CommonSTPConfig>(reg::CommonSTPConfigOnDLS(top ? 0 : 1))[0];
  auto const writes = writes_of(executed, address);
  ASSERT_EQ(writes.size(), 4u);
  std::uint64_t const on = 16u | placed.plasticity.recovery_clock_speed;
  EXPECT_EQ(writes[0].second, on - 16);
  EXPECT_EQ(writes[1].second, on);
  EXPECT_LT(writes[1].first, kRealtimeStart - 480);
}

// ---- MADC -------------------------------------------------------------------------------------

TEST(Madc, OneNeuronUsesOneMultiplexer) {
  RunRequest request{.network = small_network(), .runtime_steps = 10};
  request.network.populations[2].madc_neurons = {0};  // circuit 265: odd column, bottom row
  request.network.populations[2].cadc_source = ReadoutSource::kExcitatory;
  request.network.populations[2].madc_source = ReadoutSource::kExcitatory;
  Placed const placed = lowered(request).placed;
  auto const neuron = placed.chip.get<reg::NeuronConfig>(reg::NeuronConfigOnDLS(AtomicNeuron(265)));
  EXPECT_TRUE(neuron.enable_readout && neuron.enable_readout_amplifier);
  EXPECT_EQ(neuron.readout_source, 1);
  auto const selection = placed.chip.get<reg::ReadoutSourceSelection>({});
  reg::ReadoutSourceSelection wanted;
  wanted.buffer[0].neuron_odd[1] = true;
  EXPECT_EQ(selection, wanted);
  EXPECT_EQ(placed.chip.get<reg::MADCConfig>({}), reg::MADCConfig{});
  auto const other =
      placed.chip.get<reg::NeuronConfig>(reg::NeuronConfigOnDLS(placed.circuits[1][0]));
  EXPECT_FALSE(other.enable_readout);
}

TEST(Madc, TwoNeuronsAlternate) {
  RunRequest request{.network = small_network(), .runtime_steps = 10};
  request.network.populations[1].placement = {4, 7, 100};
  request.network.populations[1].madc_neurons = {1, 0};
  request.network.madc.sample_rate = 1e6;
  Placed const placed = lowered(request).placed;
  auto const selection = placed.chip.get<reg::ReadoutSourceSelection>({});
  EXPECT_TRUE(selection.buffer[0].neuron_odd[0]) << "neuron 1, column 7";
  EXPECT_TRUE(selection.buffer[1].neuron_even[0]) << "neuron 0, column 4";
  auto const config = placed.chip.get<reg::MADCConfig>({});
  EXPECT_EQ(config.active_mux_input_select_length, 1);
  EXPECT_TRUE(config.enable_madc_clock_scaling);
  MadcRate const rate = madc_rate(1e6);
  EXPECT_EQ(config.sample_duration_adjust, rate.adjust);
  EXPECT_EQ(config.madc_clock_scale_value, *rate.scale);
}

TEST(Madc, RefusesTwoNeuronsOnOneLine) {
  RunRequest request{.network = small_network(), .runtime_steps = 10};
  request.network.populations[1].madc_neurons = {0, 2};
  auto const refused = lower(request);
  ASSERT_FALSE(refused);
  for (char const* part : {"neuron 0 of 'hid' (circuit 0)", "neuron 2 of 'hid' (circuit 2)",
                           "even columns of the top row", "placement"}) {
    EXPECT_NE(refused.error().text().find(part), std::string::npos) << part;
  }
}

TEST(Madc, LargeNeuronsShowTheirMembraneOnAnotherLine) {
  RunRequest request = merged(4, CircuitLayout::kRow);
  request.network.populations[1].size = 1;
  request.network.populations.push_back({.name = "m", .kind = PopulationKind::kLif, .size = 1});
  request.network.projections[0].connections = {{0, 0, 9}};
  request.network.populations[1].madc_neurons = {0};  // circuit 0
  request.network.populations[2].madc_neurons = {0};  // circuit 4
  Placed const placed = lowered(request).placed;
  EXPECT_EQ(placed.madc[0].circuit, AtomicNeuron(1));
  EXPECT_EQ(placed.madc[1].circuit, AtomicNeuron(4));
  EXPECT_TRUE(
      placed.chip.get<reg::NeuronConfig>(reg::NeuronConfigOnDLS(AtomicNeuron(1))).enable_readout);
  request.network.populations[1].madc_source = ReadoutSource::kAdaptation;
  EXPECT_FALSE(lower(request)) << "only the first circuit has the adaptation";
}

TEST(Madc, ChoosesTheNearestRate) {
  EXPECT_EQ(madc_rate(500e6 / 17), (MadcRate{5, std::nullopt}));
  EXPECT_EQ(madc_rate(29.4e6), (MadcRate{5, std::nullopt}));
  EXPECT_EQ(madc_rate(500e6 / 12), (MadcRate{0, std::nullopt}));
  EXPECT_EQ(madc_rate(500e6 / 19 / 8192), (MadcRate{7, 4095}));
  for (double rate = 3300; rate < 40e6; rate *= 1.07) {
    double const reached = madc_rate(rate).samples_per_second();
    EXPECT_LT(std::abs(std::log(reached / rate)), rate < 10e6 ? 0.04 : 0.26) << rate;
  }
}

TEST(Madc, RefusesResultsThatFillTheMemory) {
  RunRequest request{.network = small_network(), .runtime_steps = 20'000'000};
  request.network.populations[1].madc_neurons = {0};
  request.network.populations[1].record_cadc = request.network.populations[2].record_cadc = false;
  auto const refused = lower(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kOutOfRange);
  request.network.madc.duration = 1e-3;
  EXPECT_TRUE(lower(request));
}

// ---- Schedule ---------------------------------------------------------------------------------

constexpr std::int64_t kS = kRealtimeStart;

template <typename Predicate>
std::vector<Executed> select(std::vector<Executed> const& all, Predicate predicate) {
  std::vector<Executed> out;
  std::copy_if(all.begin(), all.end(), std::back_inserter(out), predicate);
  return out;
}

Schedule scheduled(SchedulePlan const& plan, std::vector<std::vector<TimedLabel>> labels) {
  auto schedule = make_schedule(plan, silent_chip(), [&](std::uint32_t entry) {
    return labels.empty() ? std::vector<TimedLabel>{} : labels[entry];
  });
  EXPECT_TRUE(schedule) << schedule.error();
  return std::move(*schedule);
}

TEST(Schedule, SpikesLeaveInTheirCycle) {
  // Neighbouring cycles, a gap of two, four labels at once, and one that these push back.
  std::vector<TimedLabel> const labels = {{0, 1},   {1, 2},   {3, 3},   {100, 4}, {100, 5},
                                          {100, 6}, {100, 7}, {101, 8}, {200, 9}};
  Schedule const schedule = scheduled({.runtime = 150}, {labels});
  ASSERT_EQ(schedule.chunks.size(), 1u);
  auto const executed = execute(schedule.chunks[0].program.words());
  auto const packs = select(executed, is_events);
  ASSERT_EQ(packs.size(), 6u);
  std::vector<std::int64_t> times;
  times.reserve(packs.size());
  for (auto const& pack : packs) times.push_back(pack.timer - kS - 1);
  EXPECT_EQ(times, (std::vector<std::int64_t>{0, 1, 3, 100, 101, 200}));
  EXPECT_EQ(packs[3].message.code, ut::ToFpga::kSpikePack3);
  EXPECT_EQ(packs[3].message.payload, 0x0004'0005'0006u);
  EXPECT_EQ(packs[4].message.code, ut::ToFpga::kSpikePack2);
  EXPECT_EQ(packs[4].message.payload, 0x0007'0008u);
  // The last spike extends the section.
  auto const ticks = select(executed, is_tick);
  ASSERT_EQ(ticks.size(), 2u);
  EXPECT_EQ(ticks[0].timer, kS);
  EXPECT_EQ(ticks[1].timer, kS + 1 + 201);
}

TEST(Schedule, AnEntryHasItsParts) {
  Schedule const schedule = scheduled({.runtime = 1000}, {});
  auto const executed = execute(schedule.chunks[0].program.words());
  auto const write_of = [&](std::uint32_t address) { return writes_of(executed, address); };
  EXPECT_EQ(write_of(0x8800'0005), (Writes{{kS - 127, 1}, {kS + 1 + 1000 + 125, 0}}));
  // force_reset of the west block: word 0 of CommonNeuronBackendConfig.
  auto const place = reg::CommonNeuronBackendConfigOnDLS(0);
  auto const reset = write_of(reg::write_addresses<reg::CommonNeuronBackendConfig>(place)[0]);
  ASSERT_EQ(reset.size(), 2u);
  EXPECT_EQ(reset[0].first, kS - 625);
  EXPECT_EQ(reset[1].first, kS - 500);
  EXPECT_NE(reset[0].second, reset[1].second);
  // All nodes off and on again.
  for (std::uint32_t node = 0; node < 76; ++node) {
    auto const address = reg::write_addresses<reg::CrossbarNode>(reg::CrossbarNodeOnDLS(node))[0];
    EXPECT_EQ(write_of(address).size(), 2u) << node;
  }
  // Drop counters are cleared once and read twice, with the event counters.
  auto const counter =
      reg::read_addresses<reg::CrossbarInputDropCounter>(reg::CrossbarInputOnDLS(3));
  EXPECT_EQ(write_of(counter[0]).size(), 1u);
  auto const reads = select(executed, is_read);
  EXPECT_EQ(reads.size(), 2 * kHealthReads);
}

TEST(Schedule, TheMadcWakesUpOnceAndStartsBeforeEachEntry) {
  SchedulePlan plan{.runtime = 1000, .entries = 2};
  plan.madc = {.inputs = {MadcInput{}}, .duration = 1000};
  auto const executed = execute(scheduled(plan, {{}, {}}).chunks[0].program.words());
  constexpr std::int64_t kStart = kRealtimeStartWithMadc;
  // wake_up 1, start 2, stop 4, power down 8, continuous 16, pre-amplifier 32.
  auto const writes = writes_of(executed, 0x000c'0000);
  ASSERT_EQ(writes.size(), 5u);
  EXPECT_EQ(writes[0].second, 0b10'0001u);
  auto const ticks = select(executed, is_tick);
  EXPECT_EQ(ticks[0].timer, kStart);
  for (std::size_t entry = 0; entry < 2; ++entry) {
    std::uint64_t const stop = entry == 0 ? 0b10'0100u : 0b10'1100u;
    EXPECT_EQ(writes[1 + 2 * entry], (Writes::value_type{kStart - 127 - 1250, 0b11'0010u}));
    EXPECT_EQ(writes[2 + 2 * entry], (Writes::value_type{kStart + 1 + 1000 + 125 + 2, stop}));
  }
  // A millisecond between wake-up and the first entry.
  auto const wake = std::find_if(executed.begin(), executed.end(), [](Executed const& e) {
    return e.message.code == ut::ToFpga::kOmnibusAddress && address_of(e) == 0x000c'0000;
  });
  EXPECT_GE(ticks[0].clock - wake->clock, 125'000 + kStart);
  EXPECT_EQ(writes_of(executed, 0x8800'0005)[0].first, kStart - 127);
}

TEST(Schedule, TheMadcStopsAfterItsDuration) {
  SchedulePlan plan{.runtime = 1000};
  plan.madc = {.inputs = {MadcInput{}}, .duration = 300};
  auto const executed =
      execute(scheduled(plan, {{{299, 7}, {300, 8}, {301, 9}}}).chunks[0].program.words());
  auto const writes = writes_of(executed, 0x000c'0000);
  ASSERT_EQ(writes.size(), 4u);
  EXPECT_EQ(writes[2].first, kRealtimeStartWithMadc + 1 + 302) << "spikes of the cycle go first";
  EXPECT_EQ(writes[2].second, 0b10'1100u);
}

TEST(Schedule, RoutingStaysOnIfAskedAndTheWaitIsKept) {
  SchedulePlan plan{.runtime = 1000, .entries = 2, .inter_batch_entry_wait = 5000};
  plan.inter_batch_entry_routing_disabled = false;
  auto const executed = execute(scheduled(plan, {{}, {}}).chunks[0].program.words());
  auto const node = reg::write_addresses<reg::CrossbarNode>(reg::CrossbarNodeOnDLS(0))[0];
  for (auto const& e : executed) {
    EXPECT_FALSE(e.message.code == ut::ToFpga::kOmnibusAddress && address_of(e) == node);
  }
  auto const ticks = select(executed, is_tick);
  ASSERT_EQ(ticks.size(), 4u);
  EXPECT_GE(ticks[2].clock - ticks[1].clock, 5000 + kS);
  EXPECT_LE(ticks[2].clock - ticks[1].clock, 5000 + kS + 10);
}

TEST(Schedule, TheCadcKeepsItsPeriod) {
  SchedulePlan plan{.runtime = 1000};
  plan.cadc.quads[0] = {SynapseQuadIndex(0), SynapseQuadIndex(33)};
  plan.cadc.quads[1] = {SynapseQuadIndex(5)};
  // Two triggers, 189 cycles, three reads: 1 + 189 + 3 = 193, next multiple of 16.
  EXPECT_EQ(cadc_period(plan.cadc), 208);
  Schedule const schedule = scheduled(plan, {});
  auto const& entry = schedule.chunks[0].entries[0];
  ASSERT_EQ(entry.samples.size(), 10u) << "0, 208, .., 832, twice";
  auto const executed = execute(schedule.chunks[0].program.words());
  std::vector<Executed> const cadc = select(executed, [](Executed const& e) {
    return is_read(e) && (address_of(e) & 0xfe00'0000) == 0x0200'0000;
  });
  ASSERT_EQ(cadc.size(), 5 * 5u);
  for (std::size_t k = 0; k < 5; ++k) {
    std::int64_t const start = kS + 1 + static_cast<std::int64_t>(k) * 208;
    EXPECT_EQ(address_of(cadc[5 * k]), 0x02c8'0000u);
    EXPECT_EQ(cadc[5 * k].timer, start);
    EXPECT_EQ(address_of(cadc[5 * k + 1]), 0x03c8'0005u);
    EXPECT_EQ(cadc[5 * k + 1].timer, start + 1);
    EXPECT_EQ(address_of(cadc[5 * k + 2]), 0x02c8'0000u + 0x20'0000u);
    EXPECT_EQ(cadc[5 * k + 2].timer, start + 1 + 189);
    EXPECT_EQ(address_of(cadc[5 * k + 3]), 0x02c8'0021u + 0x20'0000u);
    EXPECT_EQ(address_of(cadc[5 * k + 4]), 0x03c8'0005u + 0x20'0000u);
    EXPECT_EQ(cadc[5 * k + 4].timer, start + 1 + 189 + 2);
    EXPECT_EQ(entry.samples[2 * k].time, static_cast<std::int64_t>(k) * 208);
    EXPECT_EQ(entry.samples[2 * k + 1].time, static_cast<std::int64_t>(k) * 208 + 1);
  }
}

TEST(Schedule, SpikesGoBeforeReadsOfTheSameCycle) {
  SchedulePlan plan{.runtime = 400};
  plan.cadc.quads[0] = {SynapseQuadIndex(0)};
  ASSERT_EQ(cadc_period(plan.cadc), 192);
  // In the cycle of the second trigger, and of the first buffered read.
  Schedule const schedule = scheduled(plan, {{{189, 7}, {192, 8}, {193, 9}}});
  auto const executed = execute(schedule.chunks[0].program.words());
  auto const packs = select(executed, is_events);
  ASSERT_EQ(packs.size(), 3u);
  EXPECT_EQ(packs[0].timer, kS + 1 + 189);
  EXPECT_EQ(packs[1].timer, kS + 1 + 192);
  EXPECT_EQ(packs[2].timer, kS + 1 + 193);
  auto const& samples = schedule.chunks[0].entries[0].samples;
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[1].time, 194) << "pushed behind the two spikes";
  EXPECT_EQ(samples[2].time, 384) << "back on the grid";
}

TEST(Schedule, BackgroundGeneratorsRestartBeforeTheFirstEntryOnly) {
  SchedulePlan plan{
      .runtime = 100, .entries = 2, .generators = {BackgroundSource(1), BackgroundSource(5)}};
  reg::Chip chip = silent_chip();
  for (std::uint32_t g : {1u, 5u}) {
    chip.set(reg::BackgroundSpikeSourceOnDLS(g),
             reg::BackgroundSpikeSource{.enable = true, .enable_random = true, .period = 100});
  }
  auto const schedule =
      make_schedule(plan, chip, [](std::uint32_t) { return std::vector<TimedLabel>{}; });
  ASSERT_TRUE(schedule) << schedule.error();
  auto const executed = execute(schedule->chunks[0].program.words());
  std::vector<std::int64_t> times;
  for (auto const& e : executed) {
    if (e.message.code == ut::ToFpga::kOmnibusAddress && address_of(e) >= 0x0013'0001 &&
        address_of(e) < 0x0013'0019) {
      times.push_back(e.timer);
    }
  }
  EXPECT_EQ(times, (std::vector<std::int64_t>{0, 2, kS - 4, kS - 2}))
      << "off, then on in consecutive writes, at the begin of entry 0";
}

TEST(Schedule, ChunksStayBelowTheirLimit) {
  SchedulePlan plan{.runtime = 1000, .entries = 10};
  plan.chunk_limit = 1500;
  Schedule const schedule = scheduled(plan, std::vector<std::vector<TimedLabel>>(10));
  ASSERT_GT(schedule.chunks.size(), 2u);
  std::uint32_t next = 0;
  for (Chunk const& chunk : schedule.chunks) {
    EXPECT_LE(chunk.program.instruction_count(), 1500u);
    EXPECT_EQ(chunk.first_entry, next);
    next += static_cast<std::uint32_t>(chunk.entries.size());
    auto const reads = select(execute(chunk.program.words()), is_read);
    EXPECT_EQ(reads.size(), 2 * kHealthReads);
    EXPECT_EQ(chunk.health_after.index, reads.size() - kHealthReads);
  }
  EXPECT_EQ(next, 10u);
}

TEST(Schedule, RefusesWhatDoesNotFit) {
  SchedulePlan plan{.runtime = 4'000'000'000};
  auto const none = [](std::uint32_t) { return std::vector<TimedLabel>{}; };
  EXPECT_TRUE(make_schedule(plan, silent_chip(), none)) << "32 s without recording are fine";
  plan.cadc.quads[0] = {SynapseQuadIndex(0)};
  auto const large = make_schedule(plan, silent_chip(), none);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kOutOfRange);
  EXPECT_NE(large.error().message.find("entry 0"), std::string::npos);
  plan.cadc = {};
  plan.inter_batch_entry_wait = 1'000'000'000;
  EXPECT_FALSE(make_schedule(plan, silent_chip(), none)) << "beyond the timer";
}

TEST(Schedule, EqualInputGivesEqualWords) {
  RunRequest request{.network = small_network(), .runtime_steps = 20};
  request.inputs["in"] = *SpikeTrains::from_seconds({{{1e-6}, {2e-6}}});
  Lowered const a = lowered(request);
  Lowered const b = lowered(request);
  EXPECT_EQ(a.configuration, b.configuration);
  EXPECT_EQ(a.schedule.chunks[0].program, b.schedule.chunks[0].program);
}

TEST(ConfigurationProgram, SendsDifferencesAndWaitsOnlyForWhatNeedsIt) {
  reg::Chip const before = silent_chip();
  Settling const settling = Settling::digital();
  EXPECT_EQ(configuration_program(before, before, settling).instruction_count(), 0u);
  reg::Chip weight = before;
  weight.set_synapse(Hemisphere(0), SynapseRow(3), SynapseColumn(4), {.weight = 5});
  auto const quick = configuration_program(before, weight, settling);
  EXPECT_EQ(quick.instruction_count(), 3u) << "one write and a barrier";
  reg::Chip leak = before;
  leak.set_cell(reg::cell(reg::NeuronCell::kVLeak, AtomicNeuron(4)), CapMemCode{5});
  auto const slow = configuration_program(before, leak, settling);
  EXPECT_EQ(slow.instruction_count(), 5u) << "and the wait";
  EXPECT_EQ(execute(slow.words()).back().timer, 62'500);
  reg::Chip switches = before;
  switches.set(reg::NeuronConfigOnDLS(AtomicNeuron(4)), reg::NeuronConfig{.enable_fire = true});
  EXPECT_EQ(execute(configuration_program(before, switches, settling).words()).back().timer,
            62'500);
  EXPECT_EQ(execute(configuration_program(before, leak, Settling::analog()).words()).back().timer,
            12'500'000);
  auto const all = configuration_program(std::nullopt, before, settling);
  EXPECT_EQ(all.instruction_count(), 2 * reg::Chip::kWords + 3);
}

// ---- Decoding ---------------------------------------------------------------------------------

/// Answers as they would come for a plan of two entries.
struct DecodeFixture {
  Network network;
  Mapping mapping;
  routing::Solution solution;
  Circuits circuits;
  SchedulePlan plan{.runtime = 100, .entries = 2};
  Chunk chunk;
  Responses responses;

  DecodeFixture() {
    network.populations.push_back(
        {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 1, .record_spikes = true});
    network.populations.push_back({.name = "n",
                                   .kind = PopulationKind::kLif,
                                   .size = 2,
                                   .record_spikes = true,
                                   .record_cadc = true,
                                   .placement = {33, 256 + 2}});
    network.populations.push_back(
        {.name = "quiet", .kind = PopulationKind::kLif, .size = 1, .placement = {0}});
    mapping = make_mapping(network);
    solution.externals.resize(1);
    solution.externals[0].items = {0x4001};
    solution.externals[0].close();
    solution.neurons.resize(2);
    solution.neurons[0].anchors = {AtomicNeuron(33), AtomicNeuron(258)};
    solution.neurons[0].address_out = {5, 6};
    solution.neurons[1].anchors = {AtomicNeuron(0)};
    solution.neurons[1].address_out = {9};
    // Column 33 is event output 1: label {1, 000, 001, 5}.
    solution.recorded = {{0x0006, {routing::neurons(0), 1}},
                         {0x4001, {routing::external(0), 0}},
                         {0x4105, {routing::neurons(0), 0}}};
    circuits = circuits_of(network, mapping, solution);
    plan.cadc = plan_cadc(network, circuits);
    chunk.entries.resize(2);
    for (std::uint32_t e = 0; e < 2; ++e) {
      chunk.entries[e].begin = {Ticket::Kind::kTick, 2 * e};
      chunk.entries[e].end = {Ticket::Kind::kTick, 2 * e + 1};
    }
    chunk.health_before = {Ticket::Kind::kRead, 0};
    chunk.health_after = {Ticket::Kind::kRead, kHealthReads};
    // The second entry was extended by a late spike.
    for (std::uint64_t t : {1000u, 1100u, 2000u, 2300u}) responses.ticks.push_back(t);
    for (std::size_t i = 0; i < 2 * kHealthReads; ++i) read(0);
  }
  void read(std::uint32_t value) {
    responses.reads.value.push_back(value);
    responses.reads.fpga_time.push_back(0);
  }
  void spike(std::uint64_t time, std::uint16_t label) {
    responses.spikes.chip_time.push_back(time);
    responses.spikes.fpga_time.push_back(time + 30);
    responses.spikes.label.push_back(label);
  }
  Results decode() {
    Decoder decoder(network, mapping, solution, circuits, plan);
    decoder.add(chunk, responses);
    return std::move(decoder).finish();
  }
};

std::vector<std::int64_t> row(SpikeTrains const& trains, std::uint32_t entry, std::uint32_t n) {
  auto const span = trains.at(entry, n);
  return {span.begin(), span.end()};
}

TEST(Decode, CutsTheStreamIntoEntries) {
  DecodeFixture f;
  f.spike(999, 0x4105);  // before the first entry
  f.spike(1000, 0x4105);
  f.spike(1099, 0x0006);
  f.spike(1100, 0x4105);                          // behind the first
  f.spike((std::uint64_t{1} << 43) - 5, 0x4105);  // older than the count
  f.spike(2050, 0x4001);
  f.spike(2040, 0x4105);  // out of order
  f.spike(2099, 0x4105);
  f.spike(2150, 0x4105);  // in the extension, but beyond the runtime
  f.spike(2060, 0x0009);  // a neuron that is not recorded
  f.spike(2060, 0x3fff);  // nobody
  Results const results = f.decode();
  auto const& n = *results.find("n")->spikes;
  EXPECT_EQ(row(n, 0, 0), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(row(n, 0, 1), (std::vector<std::int64_t>{99}));
  EXPECT_EQ(row(n, 1, 0), (std::vector<std::int64_t>{40, 99}));
  EXPECT_EQ(row(n, 1, 1), (std::vector<std::int64_t>{}));
  EXPECT_EQ(row(*results.find("in")->spikes, 1, 0), (std::vector<std::int64_t>{50}));
  EXPECT_EQ(results.health.unknown_labels, 1u);
  EXPECT_EQ(results.health.spikes_between_entries, 4u);
  EXPECT_DOUBLE_EQ(results.times.realtime, 400 / 125e6);
  EXPECT_EQ(results.find("quiet"), nullptr);
}

TEST(Decode, TakesSamplesFromTheirBytes) {
  DecodeFixture f;
  // Column 33: odd, quad 32 + 4, entry 0. Column 2: even, quad 0, entry 1.
  ASSERT_EQ(f.plan.cadc.quads[0], (std::vector<SynapseQuadIndex>{SynapseQuadIndex(36)}));
  ASSERT_EQ(f.plan.cadc.quads[1], (std::vector<SynapseQuadIndex>{SynapseQuadIndex(0)}));
  std::uint32_t next = 2 * kHealthReads;
  for (std::uint32_t e = 0; e < 2; ++e) {
    f.chunk.entries[e].samples = {{0, Hemisphere(0), {Ticket::Kind::kRead, next}},
                                  {1, Hemisphere(1), {Ticket::Kind::kRead, next + 1}}};
    f.read(0x1122'3344 + (e << 24));
    f.read(0x5566'7788 + (e << 16));
    next += 2;
  }
  Results const results = f.decode();
  auto const& cadc = *results.find("n")->cadc;
  EXPECT_EQ(cadc.values_at(0, 0)[0], 0x11);
  EXPECT_EQ(cadc.values_at(0, 1)[0], 0x66);
  EXPECT_EQ(cadc.values_at(1, 0)[0], 0x12);
  EXPECT_EQ(cadc.values_at(1, 1)[0], 0x67);
  EXPECT_EQ(cadc.times_at(0, 0)[0], 0);
  EXPECT_EQ(cadc.times_at(0, 1)[0], 1);
  EXPECT_EQ(cadc.offsets.size(), 5u);
}

TEST(Decode, MadcSamplesGoToTheirNeuron) {
  DecodeFixture f;
  f.network.populations[1].madc_neurons = {1, 0};
  f.plan.madc = {.inputs = *choose_madc_inputs(f.network, f.circuits), .duration = 80};
  auto const sample = [&](std::uint64_t time, unsigned channel, unsigned value) {
    f.responses.madc.chip_time.push_back(time);
    f.responses.madc.fpga_time.push_back(time + 20);
    f.responses.madc.raw.push_back(static_cast<std::uint16_t>(channel << 10 | value));
  };
  sample(999, 0, 1);
  sample(1000, 1, 400);  // multiplexer 0, reported inverted
  sample(1004, 0, 320);
  sample(1079, 1, 401);
  sample(1080, 0, 2);  // beyond the duration
  sample(1990, 1, 3);
  sample(2000, 0, 1023);
  sample(2500, 1, 4);
  Results const results = f.decode();
  auto const& madc = *results.find("n")->madc;
  EXPECT_EQ(madc.neurons, (std::vector<std::uint32_t>{1, 0}));
  EXPECT_EQ(madc.codes, (std::vector<std::uint16_t>{400, 401, 320, 1023}));
  EXPECT_EQ(madc.offsets, (std::vector<std::uint64_t>{0, 2, 3, 3, 4}));
  EXPECT_EQ(madc.times_at(0, 0)[1], 79);
  EXPECT_EQ(madc.codes_at(0, 1)[0], 320);
  EXPECT_TRUE(madc.codes_at(1, 0).empty());
  EXPECT_EQ(madc.times_at(1, 1)[0], 0);
  EXPECT_EQ(results.find("in")->madc, std::nullopt);
}

TEST(Decode, OneMadcInputTakesEverySample) {
  DecodeFixture f;
  f.network.populations[2].madc_neurons = {0};
  f.plan.madc = {.inputs = *choose_madc_inputs(f.network, f.circuits), .duration = 100};
  f.responses.madc.chip_time.push_back(1010);
  f.responses.madc.fpga_time.push_back(1030);
  f.responses.madc.raw.push_back(77);
  Results const results = f.decode();
  ASSERT_NE(results.find("quiet"), nullptr);
  EXPECT_EQ(results.find("quiet")->madc->codes, (std::vector<std::uint16_t>{77}));
}

TEST(Decode, CountersAreDifferencesWithWrap) {
  DecodeFixture f;
  auto const set = [&](std::size_t i, std::uint32_t before, std::uint32_t after) {
    f.responses.reads.value[i] = before;
    f.responses.reads.value[kHealthReads + i] = after;
  };
  set(3, 0, 17);
  set(4, 0xfff0, 0x0005);
  set(5, 0, 0xffff);
  set(20, 0xff'fffe, 0x00'0003);
  Results const results = f.decode();
  EXPECT_EQ(results.health.crossbar_drops[3], 17u);
  EXPECT_EQ(results.health.crossbar_drops[4], 21u);
  EXPECT_EQ(results.health.crossbar_drops[5], 0xffffu);
  EXPECT_EQ(results.health.output_events[0], 5u);
  ASSERT_EQ(results.health.warnings.size(), 2u);
  EXPECT_NE(results.health.warnings[0].find("crossbar input 5"), std::string::npos);
  EXPECT_NE(results.health.warnings[1].find("65573 events were lost"), std::string::npos);
}

}  // namespace
}  // namespace hx::host
