#include "tests/lockstep/scenario.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "driver/device/init.h"
#include "driver/registers/chip.h"
#include "fpga_model/spec/geometry.h"
#include "tests/lockstep/draw.h"

namespace hx::lockstep {
namespace {

using reg::NeuronCell;
using reg::QuadrantCell;

/// What a scenario is like. Probabilities are per place or per operation.
struct Character {
  std::uint32_t neurons = 0;   // that are configured
  std::uint32_t rows = 0;      // of synapses, per hemisphere
  std::uint32_t labels = 4;    // different synapse labels
  std::uint32_t gap = 20;      // mean clocks between operations
  double burst = 0;            // events that come without a gap
  double recurrent = 0;        // crossbar nodes from neurons to buses that pass events
  double extended_neuron = 0;  // AdEx, COBA, merged, compartments
  double short_term = 0;       // drivers with STP or Hagen modulation
  double background = 0;       // sources that run
  double readout = 0;          // CADC and MADC among the operations
  double reconfigure = 0;      // writes to the configuration among the operations
  double board = 0;            // FPGA registers, SPI, I2C, JTAG among the operations
  double wild = 0;             // any instruction, any address
  bool full_init = false;
};

Character draw_character(Draw& draw) {
  Character c;
  c.neurons = draw.any({0U, 4U, 24U, 24U, 120U, 512U});
  c.rows = draw.any({0U, 2U, 8U, 8U, 40U});
  c.labels = draw.any({1U, 2U, 4U, 64U});
  c.gap = draw.any({1U, 4U, 20U, 20U, 100U, 1000U});
  c.burst = draw.any({0.0, 0.2, 0.8});
  c.recurrent = draw.any({0.0, 0.0, 0.3, 1.0});
  c.extended_neuron = draw.any({0.0, 0.0, 0.1, 0.5});
  c.short_term = draw.any({0.0, 0.0, 0.5});
  c.background = draw.any({0.0, 0.0, 0.25, 1.0});
  c.readout = draw.any({0.0, 0.05, 0.3});
  c.reconfigure = draw.any({0.0, 0.05, 0.3});
  c.board = draw.any({0.0, 0.0, 0.05, 0.2});
  c.wild = draw.any({0.0, 0.0, 0.0, 0.05});
  c.full_init = draw.chance(0.3);
  return c;
}

std::string text(Character const& c) {
  std::ostringstream out;
  out << c.neurons << " neurons, " << c.rows << " rows, " << c.labels << " labels, gap " << c.gap
      << ", burst " << c.burst << ", recurrent " << c.recurrent << ", extended "
      << c.extended_neuron << ", short-term " << c.short_term << ", background " << c.background
      << ", readout " << c.readout << ", reconfigure " << c.reconfigure << ", board " << c.board
      << ", wild " << c.wild << (c.full_init ? ", full init" : "");
  return out.str();
}

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : draw_(seed), c_(draw_character(draw_)) {
    for (std::uint32_t i = 0; i < c_.labels; ++i) labels_.push_back(draw_.bits<std::uint8_t>(6));
    for (std::uint32_t n = 0; n < AtomicNeuron::kCount; ++n) neurons_.push_back(n);
    std::shuffle(neurons_.begin(), neurons_.end(), Shuffler{draw_});
    neurons_.resize(c_.neurons);
  }

  [[nodiscard]] std::string character() const { return text(c_); }

  Program configuration() {
    start_up();
    for (std::uint32_t const neuron : neurons_) write_neuron(AtomicNeuron{neuron});
    for (std::uint32_t block = 0; block < BackendBlock::kCount; ++block)
      write_backend(block, false);
    write_quadrants();
    for (std::uint32_t h = 0; h < Hemisphere::kCount; ++h) write_hemisphere(Hemisphere{h});
    for (std::uint32_t node = 0; node < hx::CrossbarNode::kCount; ++node) write_node(node);
    write_outputs();
    for (std::uint32_t source = 0; source < BackgroundSource::kCount; ++source) {
      if (draw_.chance(c_.background)) write_background(source);
    }
    program_.barrier(ut::kBarrierOmnibus);
    // Until all coefficients hold, at least in most of the scenarios.
    program_.setup_timer();
    program_.wait_until(FpgaCycles{draw_.any({100, 40'000, 70'000, 70'000})});
    return take();
  }

  Program stimulus(std::uint32_t operations) {
    program_.setup_timer();
    std::int64_t now = 0;
    for (std::uint32_t i = 0; i < operations; ++i) {
      operation();
      if (draw_.chance(c_.burst)) continue;
      now += draw_.below(2 * c_.gap) + 1;
      program_.wait_until(FpgaCycles{now});
    }
    read_counters();
    if (draw_.chance(0.8)) program_.barrier(draw_.any<std::uint8_t>({1, 3}));
    return take();
  }

 private:
  struct Shuffler {
    using result_type = std::uint32_t;
    Draw& draw;
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return ~result_type{0}; }
    result_type operator()() { return draw.word(); }
  };

  Program take() {
    Program made = std::move(program_);
    program_ = {};
    return made;
  }

  bool half() { return draw_.chance(0.5); }

  void start_up() {
    if (draw_.chance(0.05)) return;  // nothing at all
    InitOptions options;
    options.board = Board::kNone;
    if (c_.full_init) options.board = half() ? Board::kCube : Board::kJboa;
    options.systime = draw_.chance(0.9);
    program_.append(init_program(options));
    // So that what blocks does not block for long: I2C is fast, polling finds what it looks for.
    if (draw_.chance(0.9)) program_.write(0x88007a00, draw_.between(4, 12));
    program_.write({},
                   reg::PollingOmnibusBlockConfig{.address = 0x80000000, .target = 0, .mask = 0});
    program_.write({}, reg::InstructionTimeoutConfig{.value = draw_.between(3'000, 60'000)});
  }

  // ---- Neurons ----

  void cell(NeuronCell parameter, AtomicNeuron neuron, std::uint32_t value) {
    program_.write(reg::cell(parameter, neuron),
                   reg::CapMemCell{.value = static_cast<std::uint16_t>(value)});
  }

  void write_cells(AtomicNeuron neuron) {
    std::uint32_t const leak = draw_.between(100, 400);
    cell(NeuronCell::kVLeak, neuron, leak);
    cell(NeuronCell::kVReset, neuron, draw_.between(70, leak));
    cell(NeuronCell::kVThreshold, neuron, leak + draw_.between(0, 150));
    cell(NeuronCell::kIBiasLeak, neuron, draw_.between(0, 400));
    cell(NeuronCell::kIBiasSyninExcTau, neuron, draw_.between(20, 900));
    cell(NeuronCell::kIBiasSyninInhTau, neuron, draw_.between(20, 900));
    cell(NeuronCell::kIBiasSyninExcGm, neuron, draw_.between(0, 1022));
    cell(NeuronCell::kIBiasSyninInhGm, neuron, draw_.between(0, 1022));
    cell(NeuronCell::kIMemOffset, neuron, draw_.between(0, 1022));
    if (!draw_.chance(c_.extended_neuron)) return;
    for (std::uint32_t i = 0; i < reg::kNeuronCellCount; ++i) {
      if (half()) cell(NeuronCell{static_cast<std::uint8_t>(i)}, neuron, draw_.between(0, 1023));
    }
  }

  reg::NeuronConfig neuron_config() {
    reg::NeuronConfig config;
    bool const usual = draw_.chance(0.9);
    config.membrane_capacitor_size = half() ? 63 : draw_.bits<std::uint8_t>(6);
    config.enable_leak_division = draw_.chance(0.3);
    config.enable_leak_multiplication = draw_.chance(0.2);
    config.enable_fire = usual;
    config.enable_threshold_comparator = usual || half();
    config.enable_synaptic_input_excitatory = usual || half();
    config.enable_synaptic_input_inhibitory = usual || half();
    config.enable_synaptic_input_excitatory_high_resistance = draw_.chance(0.2);
    config.enable_synaptic_input_inhibitory_high_resistance = draw_.chance(0.2);
    config.enable_synaptic_input_excitatory_small_capacitance = draw_.chance(0.2);
    config.enable_synaptic_input_inhibitory_small_capacitance = draw_.chance(0.2);
    config.enable_membrane_offset = draw_.chance(0.3);
    config.invert_membrane_offset = draw_.chance(0.2);
    config.enable_bypass_excitatory = draw_.chance(0.1);
    config.enable_bypass_inhibitory = draw_.chance(0.05);
    config.enable_pause = draw_.chance(0.2);
    config.enable_readout_amplifier = draw_.chance(0.8);
    config.enable_readout = draw_.chance(0.2);
    config.readout_source = half() ? std::uint8_t{0} : draw_.bits<std::uint8_t>(2);
    if (draw_.chance(c_.extended_neuron)) extend(config);
    return config;
  }

  void extend(reg::NeuronConfig& config) {
    config.enable_adaptation = half();
    config.invert_adaptation_a = half();
    config.invert_adaptation_b = half();
    config.enable_exponential = half();
    config.enable_synaptic_input_excitatory_coba_mode = draw_.chance(0.3);
    config.enable_synaptic_input_inhibitory_coba_mode = draw_.chance(0.3);
    config.connect_membrane_right = draw_.chance(0.4);
    config.connect_bottom = draw_.chance(0.3);
    config.connect_soma = draw_.chance(0.2);
    config.connect_soma_right = draw_.chance(0.3);
    config.enable_multicomp_conductance = draw_.chance(0.2);
    config.enable_multiply_multicomp_conductance_bias = draw_.chance(0.3);
    config.enable_divide_multicomp_conductance_bias = draw_.chance(0.3);
  }

  void write_neuron(AtomicNeuron neuron) {
    write_cells(neuron);
    program_.write(reg::NeuronConfigOnDLS(neuron), neuron_config());
    reg::NeuronBackendConfig backend;
    backend.address_out = draw_.bits<std::uint8_t>(8);
    backend.reset_holdoff = draw_.bits<std::uint8_t>(4);
    backend.refractory_time = half() ? draw_.bits<std::uint8_t>(4) : draw_.bits<std::uint8_t>(8);
    backend.select_input_clock = draw_.bits<std::uint8_t>(1);
    backend.enable_spike_out = draw_.chance(0.9);
    backend.enable_adaptation_pulse = half();
    if (draw_.chance(c_.extended_neuron)) {
      backend.enable_neuron_master = half();
      backend.enable_neuron_slave = draw_.chance(0.3);
      backend.connect_fire_bottom = draw_.chance(0.3);
      backend.connect_fire_to_right = draw_.chance(0.4);
    }
    program_.write(reg::NeuronBackendConfigOnDLS(neuron), backend);
  }

  void write_backend(std::uint32_t block, bool rare) {
    reg::CommonNeuronBackendConfig config;
    config.clock_scale_slow = draw_.bits<std::uint8_t>(3);
    config.clock_scale_fast = draw_.bits<std::uint8_t>(2);
    config.clock_scale_adaptation_pulse = draw_.bits<std::uint8_t>(4);
    config.enable_event_registers = !rare || draw_.chance(0.8);
    config.enable_clocks = !rare || draw_.chance(0.8);
    config.force_reset = rare && draw_.chance(0.3);
    program_.write(reg::CommonNeuronBackendConfigOnDLS(block), config);
  }

  void write_quadrants() {
    for (std::uint32_t q = 0; q < Quadrant::kCount; ++q) {
      auto const set = [this, q](QuadrantCell parameter, std::uint32_t value) {
        program_.write(reg::cell(parameter, Quadrant{q}),
                       reg::CapMemCell{.value = static_cast<std::uint16_t>(value)});
      };
      set(QuadrantCell::kSynIBiasDac, draw_.any({600U, 1022U, draw_.between(0, 1022)}));
      if (!draw_.chance(c_.short_term)) continue;
      set(QuadrantCell::kStpVCharge0, draw_.between(0, 1022));
      set(QuadrantCell::kStpVCharge1, draw_.between(0, 1022));
      set(QuadrantCell::kStpVRecover0, draw_.between(0, 1022));
      set(QuadrantCell::kStpVRecover1, draw_.between(0, 1022));
    }
    if (draw_.chance(0.1)) {
      reg::SynapseBiasSelection selection;
      selection.enable_internal_dac_bias[draw_.below(4)] = false;
      program_.write({}, selection);
    }
  }

  // ---- Synapses ----

  void write_hemisphere(Hemisphere h) {
    write_bus_config(h, false);
    write_stp(h);
    for (std::uint32_t i = 0; i < c_.rows; ++i) {
      std::uint32_t const row = draw_.below(SynapseRow::kCount);
      write_driver(h, row / 2);
      write_row(h, row);
    }
    if (c_.rows == 0) return;
    for (std::uint32_t quad = 0; quad < SynapseQuadIndex::kCount; ++quad) {
      write_switches(h, quad);
    }
    write_cadc(h);
  }

  void write_row(Hemisphere h, std::uint32_t row) {
    double const dense = draw_.any({0.1, 0.5, 1.0});
    for (std::uint32_t quad = 0; quad < SynapseQuadIndex::kCount; ++quad) {
      reg::SynapseQuad value;
      for (std::size_t e = 0; e < 4; ++e) {
        value.weights[e] = draw_.chance(dense) ? draw_.bits<std::uint8_t>(6) : std::uint8_t{0};
        value.labels[e] = labels_[draw_.below(static_cast<std::uint32_t>(labels_.size()))];
      }
      program_.write(reg::SynapseQuadOnDLS::at(h, SynapseRow{row}, SynapseQuadIndex{quad}), value);
    }
  }

  void write_driver(Hemisphere h, std::uint32_t driver) {
    reg::SynapseDriverConfig config;
    config.enable_receiver = draw_.chance(0.95);
    config.row_address_compare_mask =
        draw_.any({std::uint8_t{0}, std::uint8_t{31}, draw_.bits<std::uint8_t>(5)});
    config.row_mode_top = draw_.bits<std::uint8_t>(2);
    config.row_mode_bottom = draw_.bits<std::uint8_t>(2);
    if (draw_.chance(c_.short_term)) {
      config.enable_stp = draw_.chance(0.9);
      config.enable_recovery = draw_.chance(0.8);
      config.utilization = draw_.bits<std::uint8_t>(4);
      config.recovery = draw_.bits<std::uint8_t>(4);
      config.select_target_voltages = draw_.bits<std::uint8_t>(1);
      config.enable_hagen_modulation = draw_.chance(0.3);
      config.enable_hagen_dac = draw_.chance(0.5);
      config.enable_address_out = draw_.chance(0.7);
      config.offset = draw_.bits<std::uint8_t>(4);
      config.hagen_dac_offset = draw_.bits<std::uint8_t>(6);
    }
    program_.write(reg::SynapseDriverOnDLS::at(h, driver), config);
  }

  void write_stp(Hemisphere h) {
    if (!draw_.chance(c_.short_term)) return;
    reg::CommonSTPConfig config;
    config.enable_recovery_clock = draw_.chance(0.8);
    config.recovery_clock_speed = draw_.bits<std::uint8_t>(4);
    program_.write(reg::CommonSTPConfigOnDLS(h.value()), config);
  }

  void write_bus_config(Hemisphere h, bool rare) {
    reg::CommonPADIBusConfig config;
    for (std::size_t bus = 0; bus < 4; ++bus) {
      config.enable_spl1[bus] = draw_.chance(rare ? 0.6 : 0.9);
      config.enable_extended_timing[bus] = draw_.chance(0.1);
      config.dacen_pulse_extension[bus] =
          draw_.chance(0.2) ? draw_.bits<std::uint8_t>(4) : std::uint8_t{0};
    }
    program_.write(reg::CommonPADIBusConfigOnDLS(h.value()), config);
  }

  void write_switches(Hemisphere h, std::uint32_t quad) {
    reg::ColumnCurrentQuad current;
    reg::ColumnCorrelationQuad correlation;
    for (std::size_t e = 0; e < 4; ++e) {
      current.switch_[e].enable_synaptic_current_excitatory = draw_.chance(0.9);
      current.switch_[e].enable_synaptic_current_inhibitory = draw_.chance(0.9);
      correlation.switch_[e].enable_internal_causal = draw_.chance(0.9);
      correlation.switch_[e].enable_internal_acausal = half();
      correlation.switch_[e].enable_cadc_neuron_readout_causal = draw_.chance(0.9);
      correlation.switch_[e].enable_cadc_neuron_readout_acausal = half();
    }
    program_.write(reg::ColumnCurrentQuadOnDLS::at(h, SynapseQuadIndex{quad}), current);
    if (c_.readout > 0) {
      program_.write(reg::ColumnCorrelationQuadOnDLS::at(h, SynapseQuadIndex{quad}), correlation);
    }
  }

  // ---- Events ----

  void write_node(std::uint32_t node) {
    std::uint32_t const input = kCrossbarNodes[node].input.value();
    std::uint32_t const output = kCrossbarNodes[node].output.value();
    reg::CrossbarNode config;
    config.enable_drop_counter = half();
    bool const loops = input < 8 && output < 8;
    double const passes = loops ? c_.recurrent : 0.8;
    if (!draw_.chance(passes)) {
      config.target = 1;  // drops everything
    } else if (draw_.chance(0.3)) {
      config.mask = static_cast<std::uint16_t>(1U << draw_.below(14));
      config.target = half() ? config.mask : std::uint16_t{0};
    }
    if (config == reg::CrossbarNode{}) return;
    program_.write(reg::CrossbarNodeOnDLS(node), config);
  }

  void write_outputs() {
    reg::CrossbarOutputConfig config;
    for (bool& enable : config.enable_event_counter) enable = half();
    for (bool& slow : config.enable_slow) slow = draw_.chance(0.2);
    program_.write({}, config);
  }

  void write_background(std::uint32_t source) {
    reg::BackgroundSpikeSource config;
    config.enable = draw_.chance(0.9);
    config.enable_random = half();
    config.period = static_cast<std::uint16_t>(
        draw_.any({draw_.between(0, 20), draw_.between(100, 2000), draw_.between(1000, 65535)}));
    config.rate = draw_.bits<std::uint8_t>(8);
    config.mask = draw_.bits<std::uint8_t>(8);
    config.seed = half() ? draw_.word() : 0;
    config.neuron_label = label();
    program_.write(reg::BackgroundSpikeSourceOnDLS(source), config);
  }

  /// 14 bits: any row select, mostly a synapse label that exists.
  std::uint16_t label() {
    std::uint32_t const synapse =
        draw_.chance(0.9) ? labels_[draw_.below(static_cast<std::uint32_t>(labels_.size()))]
                          : draw_.below(64);
    return static_cast<std::uint16_t>(draw_.below(256) << 6 | synapse);
  }

  void send_events() {
    std::array<std::uint16_t, 3> events{};
    std::size_t const count = draw_.between(1, 3);
    bool const same = draw_.chance(0.3);
    for (std::size_t i = 0; i < count; ++i) {
      events[i] =
          i > 0 && same ? events[0] : static_cast<std::uint16_t>(draw_.below(4) << 14 | label());
    }
    program_.events(std::span(events).first(count));
  }

  void fire_padi() {
    reg::PADIEvent event;
    for (bool& bus : event.fire_bus) bus = half();
    event.event_address = static_cast<std::uint8_t>(label() & 63);
    event.row_select_address = draw_.bits<std::uint8_t>(5);
    program_.write(reg::PADIEventOnDLS(draw_.below(2)), event);
  }

  // ---- Read-out ----

  void write_cadc(Hemisphere h) {
    reg::CADCConfig config;
    config.enable = draw_.chance(0.9);
    config.reset_wait = half() ? std::uint8_t{100} : draw_.bits<std::uint8_t>(8);
    config.dead_time = draw_.bits<std::uint8_t>(5);
    program_.write(reg::CADCConfigOnDLS(h.value()), config);
  }

  void read_cadc() {
    std::uint32_t const buffered = draw_.chance(0.6) ? 1 : 0;
    program_.read<reg::CADCSampleQuad>(reg::CADCSampleQuadOnDLS::at(
        Hemisphere{draw_.below(2)}, buffered, draw_.below(2),
        SynapseRow{draw_.below(SynapseRow::kCount)}, SynapseQuadIndex{draw_.below(64)}));
  }

  void madc() {
    switch (draw_.below(4)) {
      case 0: {
        reg::MADCConfig config;
        config.active_mux_initially_selected_input = draw_.bits<std::uint8_t>(1);
        config.active_mux_input_select_length = draw_.any<std::uint8_t>({0, 1, 2, 15});
        config.sample_duration_adjust = draw_.bits<std::uint8_t>(3);
        config.number_of_samples = static_cast<std::uint16_t>(draw_.below(200));
        config.powerup_wait_value = draw_.bits<std::uint16_t>(10);
        config.enable_dummy_data = draw_.chance(0.2);
        config.enable_madc_clock_scaling = half();
        config.madc_clock_scale_value = static_cast<std::uint16_t>(draw_.below(30));
        return program_.write({}, config);
      }
      case 1: {
        reg::ReadoutSourceSelection selection;
        for (auto& buffer : selection.buffer) {
          buffer.neuron_odd = {half(), draw_.chance(0.2)};
          buffer.neuron_even = {draw_.chance(0.2), draw_.chance(0.2)};
        }
        return program_.write({}, selection);
      }
      default: {
        reg::MADCControl control;
        control.wake_up = half();
        control.start_recording = half();
        control.stop_recording = draw_.chance(0.2);
        control.enable_continuous_sampling = half();
        control.enable_power_down_after_sampling = draw_.chance(0.3);
        control.enable_pre_amplifier = draw_.chance(0.8);
        return program_.write({}, control);
      }
    }
  }

  void read_counters() {
    for (std::uint32_t i = 0; i < CrossbarInput::kCount; ++i) {
      program_.read<reg::CrossbarInputDropCounter>(reg::CrossbarInputOnDLS(i));
    }
    for (std::uint32_t i = 0; i < CrossbarOutput::kCount; ++i) {
      program_.read<reg::CrossbarOutputEventCounter>(reg::CrossbarOutputOnDLS(i));
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(neurons_.size(), 32); ++i) {
      program_.read<reg::SpikeCounterRead>(reg::SpikeCounterReadOnDLS(AtomicNeuron{neurons_[i]}));
    }
  }

  // ---- Operations of the stimulus ----

  AtomicNeuron some_neuron() {
    if (neurons_.empty() || draw_.chance(0.1)) return AtomicNeuron{draw_.below(512)};
    return AtomicNeuron{neurons_[draw_.below(static_cast<std::uint32_t>(neurons_.size()))]};
  }

  void operation() {
    if (draw_.chance(c_.wild)) return wild();
    if (draw_.chance(c_.board)) return board();
    if (draw_.chance(c_.reconfigure)) return reconfigure();
    if (draw_.chance(c_.readout)) return half() ? read_cadc() : madc();
    switch (draw_.below(20)) {
      case 0:
        return program_.write(reg::NeuronResetOnDLS(some_neuron()), reg::NeuronReset{});
      case 1:
        return program_.write(reg::NeuronResetQuadOnDLS(draw_.below(128)), reg::NeuronResetQuad{});
      case 2:
        return fire_padi();
      case 3:
        program_.read<reg::SpikeCounterRead>(reg::SpikeCounterReadOnDLS(some_neuron()));
        return;
      case 4:
        return program_.write(reg::SpikeCounterResetOnDLS(some_neuron()), reg::SpikeCounterReset{});
      case 5:
        program_.tick();
        return;
      default:
        return send_events();
    }
  }

  void reconfigure() {
    std::uint32_t const block = draw_.below(2);
    Hemisphere const h{draw_.below(2)};
    switch (draw_.below(12)) {
      case 0:
      case 1:
        return write_neuron(some_neuron());
      case 2:
        return program_.write(reg::NeuronConfigOnDLS(some_neuron()), neuron_config());
      case 3:
        return write_backend(block, true);
      case 4:
        return write_bus_config(h, true);
      case 5:
        return write_driver(h, draw_.below(128));
      case 6:
        return program_.write(
            reg::SynapseQuadOnDLS::at(h, SynapseRow{draw_.below(256)},
                                      SynapseQuadIndex{draw_.below(64)}),
            reg::SynapseQuad{.weights = {draw_.bits<std::uint8_t>(6), 63, 1, 0},
                             .labels = {labels_[0], labels_[0], labels_[0], labels_[0]}});
      case 7:
        return write_switches(h, draw_.below(64));
      case 8:
        return write_node(draw_.below(hx::CrossbarNode::kCount));
      case 9:
        return write_background(draw_.below(8));
      case 10:
        return draw_.chance(0.5) ? write_outputs() : write_stp(h);
      default:
        return write_cadc(h);
    }
  }

  void board() {
    switch (draw_.below(10)) {
      case 0:
        program_.write(0x80000000 | draw_.below(64), draw_.word(), draw_.bits<std::uint8_t>(4));
        return;
      case 1:
        program_.read(0x80000000 | draw_.below(64));
        return;
      case 2:
        // A write of the PLL takes the clocks of the chip away: rarely.
        program_.jtag_instruction(draw_.chance(0.02)
                                      ? std::uint8_t{4}
                                      : draw_.any<std::uint8_t>({1, 5, 6, 7, 3, 0x44, 0x7f}));
        program_.jtag_exchange(draw_.between(3, 33), draw_.word());
        return;
      case 3:
        program_.jtag_read(chip_address());
        return;
      case 4:
        program_.jtag_write(chip_address(), draw_.word());
        return;
      case 5:
        program_.read(0x88004000 | draw_.below(32));
        program_.read(0x8800c000 | draw_.below(20));
        return;
      case 6:
        program_.systime_init(draw_.chance(0.2));
        return;
      case 7:  // SPI and I2C, devices that are there and others
        if (half()) return program_.write(0x88007000 | draw_.below(6), draw_.word());
        program_.write(0x88007800 | draw_.any({0x40U, 0x48U, 0x38U, 0x70U, draw_.below(128)}) |
                           draw_.below(4) << 7,
                       draw_.below(256));
        return;
      case 8:
        program_.read(0x88007800 | draw_.any({0x40U, 0x48U, 0x38U, 0x70U}) | draw_.below(4) << 7);
        return;
      default:  // SpikeIO and routing tables
        program_.write(
            draw_.any({0x88020000U, 0x88030000U, 0x880c0000U, 0x880d0000U}) + draw_.below(256),
            draw_.any({draw_.below(256), draw_.word() & 0x1ffff}));
        program_.write(0x88038000, 1 | draw_.below(8) << 16);
        return;
    }
  }

  std::uint32_t chip_address() {
    return reg::Chip::addresses()[draw_.below(static_cast<std::uint32_t>(reg::Chip::kWords))];
  }

  /// Any instruction with any content; waits stay short and nothing halts.
  void wild() {
    std::uint64_t word = (std::uint64_t{draw_.word()} << 32 | draw_.word()) & 0x00ffffffffffffff;
    word |= std::uint64_t{draw_.below(16)} << 56;
    if (word >> 56 == 0x05) word &= 0xff000000000003ff;
    if (word >> 56 == 0x0a) word |= 1;
    // These would leave nothing to see: a poll that does not end, the chip in reset with its link down.
    if (word >> 56 == ut::polling_block(true) >> 56) word |= 1;
    if (word >> 56 == ut::chip_reset(true) >> 56 && draw_.chance(0.9)) return;
    // What is no instruction is left out.
    static_cast<void>(program_.append_words(std::array{word}));
  }

  Draw draw_;
  Character c_;
  std::vector<std::uint8_t> labels_;
  std::vector<std::uint32_t> neurons_;
  Program program_;
};

}  // namespace

Scenario make_scenario(std::uint64_t seed, Size size) {
  Maker maker(seed);
  Scenario scenario{.seed = seed, .character = maker.character(), .runs = {}};
  scenario.runs.push_back(maker.configuration());
  for (std::uint32_t i = 0; i < size.runs; ++i) {
    scenario.runs.push_back(maker.stimulus(size.operations));
  }
  return scenario;
}

}  // namespace hx::lockstep
