#include "host/lowering/configuration.h"

#include <cstdlib>
#include <utility>

#include "driver/base/check.h"
#include "fpga_model/spec/geometry.h"
#include "routing/weights.h"

namespace hx::host {
namespace {

void set_nodes(reg::Chip& chip, routing::Solution const& solution) {
  auto outputs = chip.get<reg::CrossbarOutputConfig>({});
  for (CrossbarNode node : CrossbarNode::all()) {
    auto const& setting = solution.nodes[node.value()];
    if (!setting) continue;
    chip.set(reg::CrossbarNodeOnDLS(node),
             reg::CrossbarNode{
                 .mask = setting->mask, .target = setting->target, .enable_drop_counter = true});
    outputs.enable_event_counter[crossbar_place(node).output.value()] = true;
  }
  chip.set({}, outputs);
}

std::uint8_t row_mode(routing::RowMode mode) {
  switch (mode) {
    case routing::RowMode::kDisabled:
      return reg::SynapseDriverConfig::kRowModeTopDisabled;
    case routing::RowMode::kExcitatory:
      return reg::SynapseDriverConfig::kRowModeTopExcitatory;
    case routing::RowMode::kInhibitory:
      return reg::SynapseDriverConfig::kRowModeTopInhibitory;
  }
  return reg::SynapseDriverConfig::kRowModeTopDisabled;
}

void set_drivers(reg::Chip& chip, routing::Solution const& solution) {
  for (SynapseDriver driver : SynapseDriver::all()) {
    auto const& mask = solution.driver_masks[driver.value()];
    if (!mask) continue;
    Hemisphere const h = hemisphere(driver);
    reg::SynapseDriverOnDLS const place(driver);
    auto config = chip.get<reg::SynapseDriverConfig>(place);
    config.enable_receiver = true;
    config.enable_address_out = true;
    config.row_address_compare_mask = *mask;
    config.row_mode_bottom =
        row_mode(solution.row_modes[routing::row_index(h, bottom_row(driver))]);
    config.row_mode_top = row_mode(solution.row_modes[routing::row_index(h, top_row(driver))]);
    chip.set(place, config);
    PadiBus const bus = padi_bus(driver);
    reg::CommonPADIBusConfigOnDLS const block(h);
    auto busses = chip.get<reg::CommonPADIBusConfig>(block);
    busses.enable_spl1[bus.value() % geometry::kPadiBusesPerHemisphere] = true;
    chip.set(block, busses);
  }
}

/// The magnitude that the synapses of one sign carry.
std::uint32_t magnitude(std::int32_t weight, routing::Receptor receptor) {
  bool const excitatory = receptor == routing::Receptor::kExcitatory;
  if ((weight > 0) != excitatory) return 0;
  return static_cast<std::uint32_t>(std::abs(weight));
}

void connect_column(reg::Chip& chip, Hemisphere h, SynapseColumn column) {
  auto const place = reg::ColumnCurrentQuadOnDLS::at(h, quad(column));
  auto switches = chip.get<reg::ColumnCurrentQuad>(place);
  auto& entry = switches.switch_[quad_entry(column).value()];
  if (entry.enable_synaptic_current_excitatory) return;
  entry.enable_synaptic_current_excitatory = true;
  entry.enable_synaptic_current_inhibitory = true;
  chip.set(place, switches);
}

void set_synapses(reg::Chip& chip, Network const& network, Mapping const& mapping,
                  routing::Solution const& solution) {
  std::array<bool, 512> connected{};
  for (std::size_t p = 0; p < mapping.parts.size(); ++p) {
    ProjectionPart const& part = mapping.parts[p];
    auto const& connections = network.projections[part.projection].connections;
    for (std::size_t i = 0; i < part.connections.size(); ++i) {
      std::uint32_t const weight =
          magnitude(connections[part.connections[i]].weight, part.receptor);
      std::uint32_t split = 0;
      for (routing::PlacedSynapse const& s : solution.projections[p][i]) {
        SynapseColumn const column(s.column.value());
        chip.set_synapse(s.hemisphere, s.row, column,
                         {.weight = routing::weight_part(weight, split++), .label = s.label});
        connected[atomic_neuron(s.hemisphere, s.column).value()] = true;
      }
    }
  }
  for (std::uint32_t n = 0; n < connected.size(); ++n) {
    AtomicNeuron const neuron(n);
    if (connected[n]) connect_column(chip, hemisphere(neuron), SynapseColumn(n % 256));
  }
}

void set_cells(reg::Chip& chip, AtomicNeuron neuron, CircuitRegisters const& r) {
  auto const set = [&](reg::NeuronCell cell, std::uint16_t value) {
    chip.set_cell(reg::cell(cell, neuron), CapMemCode{value});
  };
  set(reg::NeuronCell::kVLeak, r.v_leak);
  set(reg::NeuronCell::kVReset, r.v_reset);
  set(reg::NeuronCell::kVThreshold, r.v_threshold);
  set(reg::NeuronCell::kIBiasLeak, r.i_bias_leak);
  set(reg::NeuronCell::kIBiasSyninExcTau, r.i_bias_tau_exc);
  set(reg::NeuronCell::kIBiasSyninInhTau, r.i_bias_tau_inh);
  set(reg::NeuronCell::kIBiasSyninExcGm, r.i_bias_gm_exc);
  set(reg::NeuronCell::kIBiasSyninInhGm, r.i_bias_gm_inh);
  set(reg::NeuronCell::kIMemOffset, r.i_mem_offset);
  set(reg::NeuronCell::kESyninExcRev, r.e_rev_exc);
  set(reg::NeuronCell::kESyninInhRev, r.e_rev_inh);
  set(reg::NeuronCell::kIBiasSyninExcCoba, r.i_bias_coba_exc);
  set(reg::NeuronCell::kIBiasSyninInhCoba, r.i_bias_coba_inh);
  set(reg::NeuronCell::kVAdaptLeak, r.v_adapt_leak);
  set(reg::NeuronCell::kIBiasAdaptTau, r.i_bias_adapt_tau);
  set(reg::NeuronCell::kIBiasAdaptA, r.i_bias_adapt_a);
  set(reg::NeuronCell::kIBiasAdaptB, r.i_bias_adapt_b);
  set(reg::NeuronCell::kVExp, r.v_exp);
  set(reg::NeuronCell::kIBiasExp, r.i_bias_exp);
}

std::uint8_t readout_source(ReadoutSource source) {
  switch (source) {
    case ReadoutSource::kMembrane:
      return 0;
    case ReadoutSource::kExcitatory:
      return 1;
    case ReadoutSource::kInhibitory:
      return 2;
    case ReadoutSource::kAdaptation:
      return 3;
  }
  return 0;
}

reg::NeuronConfig neuron_config(CircuitRegisters const& r) {
  reg::NeuronConfig config;
  config.enable_leak_division = r.leak_division;
  config.enable_leak_multiplication = r.leak_multiplication;
  config.enable_synaptic_input_excitatory = r.input_exc;
  config.enable_synaptic_input_inhibitory = r.input_inh;
  config.enable_synaptic_input_excitatory_high_resistance = r.high_resistance_exc;
  config.enable_synaptic_input_inhibitory_high_resistance = r.high_resistance_inh;
  config.enable_synaptic_input_excitatory_small_capacitance = r.small_capacitance_exc;
  config.enable_synaptic_input_inhibitory_small_capacitance = r.small_capacitance_inh;
  config.enable_synaptic_input_excitatory_coba_mode = r.coba_exc;
  config.enable_synaptic_input_inhibitory_coba_mode = r.coba_inh;
  config.membrane_capacitor_size = r.capacitance;
  config.enable_adaptation = r.adaptation;
  config.invert_adaptation_a = r.invert_a;
  config.invert_adaptation_b = r.invert_b;
  config.enable_exponential = r.exponential;
  return config;
}

/// Switches between the circuits of a neuron: every circuit is joined to its neighbours.
void join_circuits(reg::NeuronConfig& config, Population const& population, std::uint32_t index) {
  std::uint32_t const count = population.circuits;
  if (population.layout == CircuitLayout::kRow) {
    config.connect_membrane_right = index + 1 < count;
    return;
  }
  config.connect_membrane_right = index + 2 < count;
  config.connect_bottom = (index | 1) < count;  // both circuits of the column are there
}

/// The calibrated registers of a neuron, with all its circuits.
void write_neuron(reg::Chip& chip, AtomicNeuron first, Population const& population,
                  CircuitCalibration const& circuit) {
  set_cells(chip, first, circuit.registers);
  reg::NeuronConfig config = neuron_config(circuit.registers);
  config.enable_fire = true;  // resets need it
  config.enable_threshold_comparator = population.kind == PopulationKind::kLif;
  chip.set(reg::NeuronConfigOnDLS(first), config);

  reg::NeuronBackendConfig backend;
  backend.refractory_time = circuit.refractory_time;
  backend.reset_holdoff = circuit.reset_holdoff;
  backend.select_input_clock = circuit.fast_clock ? 1 : 0;
  backend.enable_adaptation_pulse = circuit.registers.adaptation_pulse;
  chip.set(reg::NeuronBackendConfigOnDLS(first), backend);

  for (std::uint32_t i = 1; i < population.circuits; ++i) {
    AtomicNeuron const place = circuit_of(population, first, i);
    set_cells(chip, place, circuit.registers);
    chip.set(reg::NeuronConfigOnDLS(place), neuron_config(circuit.registers));
    chip.set(reg::NeuronBackendConfigOnDLS(place), reg::NeuronBackendConfig{});
  }
}

/// The first circuit as a member of the network: what the calibration does not know.
void connect_neuron(reg::Chip& chip, AtomicNeuron first, Population const& population, bool fires,
                    std::optional<std::uint8_t> address_out) {
  reg::NeuronConfigOnDLS const place(first);
  auto config = chip.get<reg::NeuronConfig>(place);
  config.enable_fire = true;
  config.enable_threshold_comparator = config.enable_threshold_comparator && fires;
  config.enable_readout_amplifier = population.record_cadc;
  config.enable_readout = false;
  if (population.record_cadc) config.readout_source = readout_source(population.cadc_source);
  join_circuits(config, population, 0);
  chip.set(place, config);
  if (!population.neuron.leaky) chip.set_cell(reg::cell(reg::NeuronCell::kIBiasLeak, first), {0});

  reg::NeuronBackendConfigOnDLS const output(first);
  auto backend = chip.get<reg::NeuronBackendConfig>(output);
  backend.enable_spike_out = fires && address_out.has_value();
  backend.address_out = address_out.value_or(0);
  chip.set(output, backend);
}

/// The circuits of a neuron behind its first one: neither membrane terms nor threshold nor events.
void connect_lent_circuits(reg::Chip& chip, AtomicNeuron first, Population const& population) {
  for (std::uint32_t i = 1; i < population.circuits; ++i) {
    AtomicNeuron const neuron = circuit_of(population, first, i);
    reg::NeuronConfigOnDLS const place(neuron);
    auto config = chip.get<reg::NeuronConfig>(place);
    config.membrane_capacitor_size = 0;
    config.enable_leak_division = true;
    config.enable_leak_multiplication = false;
    config.enable_adaptation = config.enable_exponential = false;
    config.enable_membrane_offset = false;
    config.enable_fire = config.enable_threshold_comparator = false;
    config.enable_readout_amplifier = config.enable_readout = false;
    join_circuits(config, population, i);
    chip.set(place, config);
    chip.set_cell(reg::cell(reg::NeuronCell::kIBiasLeak, neuron), {0});
    reg::NeuronBackendConfigOnDLS const output(neuron);
    auto backend = chip.get<reg::NeuronBackendConfig>(output);
    backend.enable_spike_out = backend.enable_adaptation_pulse = false;
    backend.address_out = 0;
    chip.set(output, backend);
  }
}

void set_target_voltages(reg::Chip& chip, std::vector<TargetVoltages> const& voltages) {
  using reg::QuadrantCell;
  constexpr std::array<QuadrantCell, 2> kCharge = {QuadrantCell::kStpVCharge0,
                                                   QuadrantCell::kStpVCharge1};
  constexpr std::array<QuadrantCell, 2> kRecover = {QuadrantCell::kStpVRecover0,
                                                    QuadrantCell::kStpVRecover1};
  for (Quadrant quadrant : Quadrant::all()) {
    for (std::size_t i = 0; i < voltages.size(); ++i) {
      chip.set_cell(reg::cell(kCharge[i], quadrant), CapMemCode{voltages[i].charge});
      chip.set_cell(reg::cell(kRecover[i], quadrant), CapMemCode{voltages[i].recover});
    }
  }
}

/// The drivers of plastic projections serve one source each (routing::ExternalPopulation::own_drivers).
void set_plasticity(reg::Chip& chip, Mapping const& mapping, routing::Solution const& solution,
                    PlasticityCalibration const& plasticity) {
  if (plasticity.voltages.empty()) return;
  set_target_voltages(chip, plasticity.voltages);
  for (auto hemisphere : reg::CommonSTPConfigOnDLS::all()) {
    chip.set(hemisphere,
             reg::CommonSTPConfig{.recovery_clock_speed = plasticity.recovery_clock_speed,
                                  .enable_recovery_clock = plasticity.enable_recovery_clock});
  }
  for (std::size_t p = 0; p < mapping.parts.size(); ++p) {
    auto const& registers = plasticity.projections[mapping.parts[p].projection];
    if (!registers) continue;
    for (routing::PlacedSynapse const& s : solution.projections[p].items) {
      reg::SynapseDriverOnDLS const place(synapse_driver(s.hemisphere, s.row));
      auto config = chip.get<reg::SynapseDriverConfig>(place);
      config.enable_stp = true;
      config.enable_recovery = registers->enable_recovery;
      config.recovery = registers->recovery;
      config.utilization = registers->utilization;
      config.select_target_voltages = registers->target_voltages;
      chip.set(place, config);
    }
  }
}

/// Puts the neuron on the read-out line of its row and parity, and the line on a source multiplexer.
void set_madc_input(reg::Chip& chip, AtomicNeuron neuron, ReadoutSource source,
                    std::uint32_t multiplexer) {
  reg::NeuronConfigOnDLS const place(neuron);
  auto config = chip.get<reg::NeuronConfig>(place);
  config.enable_readout_amplifier = true;
  config.enable_readout = true;
  config.readout_source = readout_source(source);
  chip.set(place, config);
  auto selection = chip.get<reg::ReadoutSourceSelection>({});
  auto& buffer = selection.buffer[multiplexer];
  bool const odd = column(neuron).value() % 2 == 1;
  (odd ? buffer.neuron_odd : buffer.neuron_even)[hemisphere(neuron).value()] = true;
  chip.set({}, selection);
}

void set_madc(reg::Chip& chip, Network const& network, std::vector<MadcInput> const& inputs) {
  if (inputs.empty()) return;
  for (std::uint32_t m = 0; m < inputs.size(); ++m) {
    set_madc_input(chip, inputs[m].circuit, network.populations[inputs[m].population].madc_source,
                   m);
  }
  MadcRate const rate = madc_rate(network.madc.sample_rate);
  auto config = chip.get<reg::MADCConfig>({});
  config.active_mux_initially_selected_input = 0;
  config.active_mux_input_select_length = inputs.size() > 1 ? 1 : 0;
  config.sample_duration_adjust = rate.adjust;
  config.enable_madc_clock_scaling = rate.scale.has_value();
  config.madc_clock_scale_value = rate.scale.value_or(0);
  chip.set({}, config);
}

void set_readout(reg::Chip& chip, AtomicNeuron neuron) {
  SynapseColumn const column(hx::column(neuron).value());
  auto const place = reg::ColumnCorrelationQuadOnDLS::at(hemisphere(neuron), quad(column));
  auto switches = chip.get<reg::ColumnCorrelationQuad>(place);
  auto& entry = switches.switch_[quad_entry(column).value()];
  entry.enable_cadc_neuron_readout_causal = true;
  entry.enable_internal_causal = true;
  chip.set(place, switches);
}

void set_neurons(reg::Chip& chip, Network const& network, Mapping const& mapping,
                 routing::Solution const& solution, Circuits const& circuits) {
  std::array<bool, 2> used{};
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    Population const& population = network.populations[p];
    if (!population.is_neuron()) continue;
    auto const& places = solution.neurons[mapping.populations[p].index];
    for (std::size_t n = 0; n < population.size; ++n) {
      AtomicNeuron const neuron = circuits[p][n];
      // Neurons without spike master have no source.
      std::optional<std::uint8_t> address;
      if (n < places.address_out.size()) address = places.address_out[n];
      bool const fires = population.kind == PopulationKind::kLif &&
                         (population.mask.empty() || population.mask[n] != 0);
      connect_neuron(chip, neuron, population, fires, address);
      connect_lent_circuits(chip, neuron, population);
      if (population.record_cadc) set_readout(chip, neuron);
      used[backend_block(neuron).value()] = true;
    }
  }
  for (BackendBlock block : BackendBlock::all()) {
    reg::CommonNeuronBackendConfigOnDLS const place(block);
    auto config = chip.get<reg::CommonNeuronBackendConfig>(place);
    config.enable_event_registers = used[block.value()];
    chip.set(place, config);
  }
}

void set_backgrounds(reg::Chip& chip, Network const& network, Mapping const& mapping,
                     routing::Solution const& solution) {
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    Population const& population = network.populations[p];
    if (population.kind != PopulationKind::kBackground) continue;
    for (auto const& generator : solution.backgrounds[mapping.populations[p].index]) {
      reg::BackgroundSpikeSource source;
      source.enable = true;
      source.enable_random = true;
      source.neuron_label = generator.label;
      source.mask = generator.mask;
      source.period = static_cast<std::uint16_t>(population.background.period);
      source.rate = static_cast<std::uint8_t>(population.background.rate);
      source.seed = population.background.seed;
      chip.set(reg::BackgroundSpikeSourceOnDLS(generator.generator), source);
    }
  }
}

}  // namespace

reg::Chip silent_chip() {
  reg::Chip chip;
  for (auto node : reg::CrossbarNodeOnDLS::all()) chip.set(node, reg::CrossbarNode::drop_all());
  for (auto block : reg::CommonNeuronBackendConfigOnDLS::all()) {
    auto config = chip.get<reg::CommonNeuronBackendConfig>(block);
    config.enable_event_registers = false;
    chip.set(block, config);
  }
  for (auto hemisphere : reg::CADCConfigOnDLS::all()) {
    auto config = chip.get<reg::CADCConfig>(hemisphere);
    config.enable = true;
    chip.set(hemisphere, config);
  }
  return chip;
}

reg::Chip silenced(reg::Chip chip) {
  reg::Chip const silent = silent_chip();
  for (auto node : reg::CrossbarNodeOnDLS::all()) chip.set(node, reg::CrossbarNode::drop_all());
  chip.set({}, silent.get<reg::CrossbarOutputConfig>({}));
  for (auto generator : reg::BackgroundSpikeSourceOnDLS::all()) {
    chip.set(generator, silent.get<reg::BackgroundSpikeSource>(generator));
  }
  for (auto driver : reg::SynapseDriverOnDLS::all()) {
    chip.set(driver, silent.get<reg::SynapseDriverConfig>(driver));
  }
  for (auto block : reg::CommonPADIBusConfigOnDLS::all()) {
    auto busses = chip.get<reg::CommonPADIBusConfig>(block);
    busses.enable_spl1 = {};
    chip.set(block, busses);
  }
  for (auto place : reg::ColumnCurrentQuadOnDLS::all()) {
    chip.set(place, silent.get<reg::ColumnCurrentQuad>(place));
  }
  for (auto place : reg::ColumnCorrelationQuadOnDLS::all()) {
    chip.set(place, silent.get<reg::ColumnCorrelationQuad>(place));
  }
  for (Hemisphere h : Hemisphere::all()) {
    for (SynapseRow row : SynapseRow::all()) {
      for (SynapseColumn column : SynapseColumn::all()) chip.set_synapse(h, row, column, {});
    }
  }
  for (auto place : reg::NeuronBackendConfigOnDLS::all()) {
    auto backend = chip.get<reg::NeuronBackendConfig>(place);
    backend.enable_spike_out = false;
    chip.set(place, backend);
  }
  for (auto block : reg::CommonNeuronBackendConfigOnDLS::all()) {
    auto config = chip.get<reg::CommonNeuronBackendConfig>(block);
    config.enable_event_registers = false;
    chip.set(block, config);
  }
  chip.set({}, silent.get<reg::ReadoutSourceSelection>({}));
  for (auto hemisphere : reg::CADCConfigOnDLS::all()) {
    auto config = chip.get<reg::CADCConfig>(hemisphere);
    config.enable = true;
    chip.set(hemisphere, config);
  }
  return chip;
}

void write_calibration(reg::Chip& chip, Network const& network, Circuits const& circuits,
                       Calibration const& calibration) {
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    Population const& population = network.populations[p];
    if (!population.is_neuron()) continue;
    for (std::size_t n = 0; n < population.size; ++n) {
      write_neuron(chip, circuits[p][n], population, calibration.populations[p][n]);
    }
  }
  for (BackendBlock block : BackendBlock::all()) {
    reg::CommonNeuronBackendConfigOnDLS const place(block);
    auto config = chip.get<reg::CommonNeuronBackendConfig>(place);
    config.clock_scale_slow = calibration.clocks[block.value()].slow;
    config.clock_scale_fast = calibration.clocks[block.value()].fast;
    config.clock_scale_adaptation_pulse = calibration.clocks[block.value()].adaptation_pulse;
    chip.set(place, config);
  }
  for (Quadrant quadrant : Quadrant::all()) {
    auto const& bias = calibration.synapse_dac_bias[quadrant.value()];
    if (!bias) continue;
    chip.set_cell(reg::cell(reg::QuadrantCell::kSynIBiasDac, quadrant), CapMemCode{*bias});
  }
}

reg::Chip configure(reg::Chip base, Network const& network, Mapping const& mapping,
                    routing::Solution const& solution, Circuits const& circuits,
                    PlasticityCalibration const& plasticity, std::vector<MadcInput> const& madc) {
  HX_CHECK(solution.projections.size() == mapping.parts.size())
      << solution.projections.size() << " projections for " << mapping.parts.size();
  reg::Chip chip = std::move(base);
  set_nodes(chip, solution);
  set_drivers(chip, solution);
  set_synapses(chip, network, mapping, solution);
  set_neurons(chip, network, mapping, solution, circuits);
  set_plasticity(chip, mapping, solution, plasticity);
  set_madc(chip, network, madc);
  set_backgrounds(chip, network, mapping, solution);
  return chip;
}

}  // namespace hx::host
