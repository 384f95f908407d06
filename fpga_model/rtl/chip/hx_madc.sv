// MADC: samples of two neuron lines at up to 29 MS/s, with the multiplexers in front of it.
//
// Purpose: control state machine (off, powering, ready, sampling), sample clock, choice of the circuits, ten bit samples with stamp. Rules:
// chip-behaviour contract, section 9 and 14.6, completed by docs/decisions/readout.md. The neuron array keeps the code of the circuit of
// each source multiplexer (madc_* ports); this module says which circuits these are and which code is a sample.
//
// Timing: a control write of clock w is seen from w + 1 on. A sample of clock c is at sample_*_o in c, at most one in three clocks.
// A write of NeuronConfig in w decides about the driver of a line from w + 2 on.
//
// Reset: rst_ni (power-on and chip reset): off, no sample in its clocks, levels 0, registers at their reset values. Which circuits drive lines is SRAM: none at
// power-on only.
`default_nettype none

module hx_madc #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Slots = hx_spec_pkg::Slots
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Write of MADCControl in this clock.
    input wire logic control_we_i,
    input wire logic [6:0] control_wdata_i,
    // Write of a plain register in this clock: its number, the word it leaves behind.
    input wire logic register_we_i,
    input wire logic [7:0] register_i,
    input wire logic [15:0] register_wdata_i,
    // Write of NeuronConfig in this clock.
    input wire logic ncfg_we_i,
    input wire logic [8:0] ncfg_circuit_i,
    input wire logic [2:0] ncfg_word_i,
    input wire logic [7:0] ncfg_data_i,

    // Slot of this clock, executed if run_i.
    input wire logic [3:0] slot_i,
    input wire logic run_i,

    // Neuron array; multiplexer 1 in the upper half.
    output wire logic [1:0] madc_on_o,
    output wire logic [2*9-1:0] madc_circuit_o,
    input wire logic [2*10-1:0] madc_code_i,

    // Low byte of the chip time of this clock; a sample {stamp, 5'd0, channel, value}.
    input wire logic [7:0] stamp_i,
    output wire logic sample_valid_o,
    output wire logic [23:0] sample_o
);

  // ---------------------------------------------------------------------------------------------------------------
  // Registers: copies of those that have a function.
  localparam int unsigned RegMux = hx_chip_map_pkg::RegMADCConfig_0_0;
  localparam int unsigned RegPower = hx_chip_map_pkg::RegMADCConfig_0_1;
  localparam int unsigned RegNumber = hx_chip_map_pkg::RegMADCConfig_0_3;
  localparam int unsigned RegMode = hx_chip_map_pkg::RegMADCConfig_0_6;
  localparam int unsigned RegConnect = hx_chip_map_pkg::RegMADCConfig_0_7;
  localparam int unsigned RegClock = hx_chip_map_pkg::RegMADCConfig_0_8;
  localparam int unsigned RegPath = hx_chip_map_pkg::RegMADCConfig_0_9;
  localparam int unsigned RegSource0 = hx_chip_map_pkg::RegReadoutSourceSelection_0_0;
  localparam int unsigned RegSource1 = hx_chip_map_pkg::RegReadoutSourceSelection_0_1;

  // Bits without a function here are dropped.
  /* verilator lint_off UNUSEDSIGNAL */
  logic [15:0] mux_q, power_q, number_q, mode_q, connect_q, clock_q, path_q, source0_q, source1_q;
  /* verilator lint_on UNUSEDSIGNAL */

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      mux_q <= 16'(hx_chip_map_pkg::reset_word(8'(RegMux)));
      power_q <= 16'(hx_chip_map_pkg::reset_word(8'(RegPower)));
      number_q <= 16'(hx_chip_map_pkg::reset_word(8'(RegNumber)));
      mode_q <= 16'(hx_chip_map_pkg::reset_word(8'(RegMode)));
      connect_q <= 16'(hx_chip_map_pkg::reset_word(8'(RegConnect)));
      clock_q <= 16'(hx_chip_map_pkg::reset_word(8'(RegClock)));
      path_q <= 16'(hx_chip_map_pkg::reset_word(8'(RegPath)));
      source0_q <= 16'(hx_chip_map_pkg::reset_word(8'(RegSource0)));
      source1_q <= 16'(hx_chip_map_pkg::reset_word(8'(RegSource1)));
    end else if (register_we_i) begin
      case (register_i)
        8'(RegMux): mux_q <= register_wdata_i;
        8'(RegPower): power_q <= register_wdata_i;
        8'(RegNumber): number_q <= register_wdata_i;
        8'(RegMode): mode_q <= register_wdata_i;
        8'(RegConnect): connect_q <= register_wdata_i;
        8'(RegClock): clock_q <= register_wdata_i;
        8'(RegPath): path_q <= register_wdata_i;
        8'(RegSource0): source0_q <= register_wdata_i;
        8'(RegSource1): source1_q <= register_wdata_i;
        default: ;
      endcase
    end
  end

  logic first_input, dummy, path;
  logic [3:0] select_length;
  logic [17:0] length;  // MADC cycles of a sample, for a recording that begins
  logic begins;
  assign first_input = mux_q[hx_spec_pkg::MADCConfig_active_mux_initially_selected_input_Lsb];
  assign select_length = mux_q[hx_spec_pkg::MADCConfig_active_mux_input_select_length_Lsb+:4];
  assign dummy = mode_q[hx_spec_pkg::MADCConfig_enable_dummy_data_Lsb];
  always_comb begin
    length = 18'd0;
    if (begins) begin
      length = 18'd12 + {15'd0, mux_q[hx_spec_pkg::MADCConfig_sample_duration_adjust_Lsb+:3]};
      if (clock_q[hx_spec_pkg::MADCConfig_enable_madc_clock_scaling_Lsb]) begin
        length = (length << 1) * ({6'd0, clock_q[hx_spec_pkg::MADCConfig_madc_clock_scale_value_Lsb+:12]} + 18'd1);
      end
    end
  end

  // ---------------------------------------------------------------------------------------------------------------
  // Control.
  localparam logic [1:0] StOff = 2'd0;
  localparam logic [1:0] StPowering = 2'd1;
  localparam logic [1:0] StReady = 2'd2;
  localparam logic [1:0] StSampling = 2'd3;

  logic [1:0] state_q;
  logic [7:0] left_q;  // clocks of powering left after this one
  logic kept_q;  // a start waits for the end of powering
  logic continuous_q, power_down_q, preamp_q;
  // Config of the recording.
  logic [17:0] length_q;
  logic [15:0] wanted_q;
  logic [3:0] select_length_q, since_q;  // since_q: samples since the input changed
  logic dummy_q, input_q;
  logic [17:0] phase_q, phase;
  logic [31:0] count_q;  // samples taken
  logic first_q;  // first clock of the recording

  logic wake, start, stop, ends, take, switches, power_down;
  logic [7:0] power_clocks;

  assign wake = control_we_i && control_wdata_i[hx_spec_pkg::MADCControl_wake_up_Lsb];
  assign start = control_we_i && control_wdata_i[hx_spec_pkg::MADCControl_start_recording_Lsb];
  assign stop = control_we_i && control_wdata_i[hx_spec_pkg::MADCControl_stop_recording_Lsb];
  assign power_down = stop ? control_wdata_i[hx_spec_pkg::MADCControl_enable_power_down_after_sampling_Lsb] : power_down_q;
  assign power_clocks = power_q[9:2] + {7'd0, power_q[1:0] != 2'd0};
  assign phase = phase_q + 18'd4;
  assign take = rst_ni && state_q == StSampling && phase >= length_q;
  assign switches = select_length_q != 4'd0 && since_q + 4'd1 == select_length_q;
  // The recording ends with this clock.
  assign ends = state_q == StSampling && (stop || (!continuous_q &&
      (take ? count_q + 32'd1 >= {16'd0, wanted_q} : first_q && wanted_q == 16'd0)));

  logic [1:0] state;
  always_comb begin
    state = state_q;
    case (state_q)
      StOff: if (wake) state = power_clocks != 8'd0 ? StPowering : start && !stop ? StSampling : StReady;
      StPowering: if (left_q == 8'd0) state = (kept_q || start) && !stop ? StSampling : StReady;
      StReady: if (start && !stop) state = StSampling;
      default: if (ends) state = power_down ? StOff : StReady;
    endcase
  end
  assign begins = state == StSampling && state_q != StSampling;

  // Next values of a recording, computed only while there is work: a register that is read after its own assignment costs a simulation a
  // copy in every clock, used or not.
  logic [17:0] phase_next, length_next;
  logic [31:0] count_next;
  logic [3:0] since_next;
  logic input_next;

  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StOff;
      continuous_q <= 1'b0;
      power_down_q <= 1'b0;
      preamp_q <= 1'b0;
    end else if (control_we_i || state_q == StPowering || state_q == StSampling) begin
      phase_next = phase_q;
      length_next = length_q;
      count_next = count_q;
      since_next = since_q;
      input_next = input_q;
      if (begins) begin
        length_next = length;
        input_next = first_input;
        since_next = 4'd0;
        phase_next = 18'd0;
        count_next = 32'd0;
      end else if (state_q == StSampling) begin
        phase_next = take ? phase - length_q : phase;
        if (take) begin
          count_next = count_q + 32'd1;
          since_next = switches ? 4'd0 : since_q + 4'd1;
          if (switches) input_next = !input_q;
        end
      end
      if (control_we_i) begin
        continuous_q <= control_wdata_i[hx_spec_pkg::MADCControl_enable_continuous_sampling_Lsb];
        power_down_q <= control_wdata_i[hx_spec_pkg::MADCControl_enable_power_down_after_sampling_Lsb];
        preamp_q <= control_wdata_i[hx_spec_pkg::MADCControl_enable_pre_amplifier_Lsb];
      end
      left_q <= state_q == StOff ? power_clocks - 8'd1 : left_q - 8'd1;
      kept_q <= ((kept_q && state_q == StPowering) || start) && !stop;
      first_q <= begins;
      if (begins) begin
        wanted_q <= number_q;
        select_length_q <= select_length;
        dummy_q <= dummy;
      end
      phase_q <= phase_next;
      length_q <= length_next;
      count_q <= count_next;
      since_q <= since_next;
      input_q <= input_next;
      state_q <= state;
    end
  end
  /* verilator lint_on BLKSEQ */

  // ---------------------------------------------------------------------------------------------------------------
  // Lines: who drives them, which one a multiplexer takes. In the order of ReadoutSourceSelection: odd top, even top, odd bottom, even bottom.
  localparam int unsigned AmplifierBit = hx_spec_pkg::NeuronConfig_enable_readout_amplifier_Lsb;
  localparam int unsigned ReadoutBit = hx_spec_pkg::NeuronConfig_enable_readout_Lsb;
  localparam int unsigned LineLsb = hx_spec_pkg::ReadoutSourceSelection_buffer_neuron_odd_P0_0_Lsb;

  logic [127:0] drives0_q, drives1_q, drives2_q, drives3_q;  // by half of the column
  logic changed_q;
  logic [3:0] driven_q;  // somebody drives the line
  logic [4*7-1:0] driver_q;  // the half of its column
`ifdef VERILATOR
  initial begin
    drives0_q = '0;
    drives1_q = '0;
    drives2_q = '0;
    drives3_q = '0;
    changed_q = 1'b0;
    driven_q = '0;
    driver_q = '0;
  end
`endif

  function automatic logic [7:0] lowest(input logic [127:0] which);
    lowest = 8'd0;
    for (int unsigned i = 0; i < 128; i++) if (which[127-i]) lowest = {1'b1, 7'(127 - i)};
  endfunction

  logic ncfg_line, drives;
  assign ncfg_line = ncfg_we_i && ncfg_word_i == 3'(hx_spec_pkg::NeuronConfigOffset_1) && {1'b0, ncfg_circuit_i[7:0]} < 9'(Columns);
  assign drives = ncfg_data_i[AmplifierBit] && ncfg_data_i[ReadoutBit];
  always_ff @(posedge clk_i) begin
    if (ncfg_line) begin
      case ({ncfg_circuit_i[8], ncfg_circuit_i[0]})
        2'b01: drives0_q[ncfg_circuit_i[7:1]] <= drives;
        2'b00: drives1_q[ncfg_circuit_i[7:1]] <= drives;
        2'b11: drives2_q[ncfg_circuit_i[7:1]] <= drives;
        default: drives3_q[ncfg_circuit_i[7:1]] <= drives;
      endcase
    end
    if (changed_q) begin
      {driven_q[0], driver_q[6:0]} <= lowest(drives0_q);
      {driven_q[1], driver_q[13:7]} <= lowest(drives1_q);
      {driven_q[2], driver_q[20:14]} <= lowest(drives2_q);
      {driven_q[3], driver_q[27:21]} <= lowest(drives3_q);
    end
    changed_q <= ncfg_line;
  end

  // {somebody drives it, circuit} of the line that a source multiplexer takes.
  function automatic logic [9:0] choose(input logic [3:0] lines, input logic [3:0] driven, input logic [27:0] driver);
    if (lines[0]) choose = {driven[0], 1'b0, driver[6:0], 1'b1};
    else if (lines[1]) choose = {driven[1], 1'b0, driver[13:7], 1'b0};
    else if (lines[2]) choose = {driven[2], 1'b1, driver[20:14], 1'b1};
    else if (lines[3]) choose = {driven[3], 1'b1, driver[27:21], 1'b0};
    else choose = 10'd0;
  endfunction

  // A code counts from the second clock after the first slot of its circuit in the recording.
  logic on;
  logic [1:0] hit, hit_q, seen_q;
  logic [9:0] choice0, choice1;
  assign on = state_q == StSampling;
  assign choice0 = on ? choose(source0_q[LineLsb+:4], driven_q, driver_q) : 10'd0;
  assign choice1 = on ? choose(source1_q[LineLsb+:4], driven_q, driver_q) : 10'd0;
  assign madc_on_o = {choice1[9], choice0[9]};
  assign madc_circuit_o = {choice1[8:0], choice0[8:0]};
  assign hit = {
    choice1[9] && run_i && slot_i == (4'(Slots - 1) & ~choice1[3:0]),
    choice0[9] && run_i && slot_i == (4'(Slots - 1) & ~choice0[3:0])
  };
  always_ff @(posedge clk_i) begin
    if (begins || on) begin
      hit_q <= hit;
      seen_q <= begins ? 2'b00 : seen_q | hit_q;
    end
  end

  // ---------------------------------------------------------------------------------------------------------------
  // Sample.
  assign path = preamp_q && connect_q[hx_spec_pkg::MADCConfig_connect_preamp_to_madc_Lsb] &&
      path_q[hx_spec_pkg::MADCConfig_enable_active_mux_amplifiers_Lsb] &&
      path_q[hx_spec_pkg::MADCConfig_signal_selection_connect_active_mux_Lsb] &&
      path_q[hx_spec_pkg::MADCConfig_signal_selection_connect_preamp_Lsb];

  logic [23:0] sample;
  logic [9:0] value;
  always_comb begin
    value = 10'd0;
    sample = 24'd0;
    if (take) begin
      if (dummy_q) value = count_q[9:0];
      else if (path && madc_on_o[input_q] && seen_q[input_q]) value = input_q ? madc_code_i[19:10] : madc_code_i[9:0];
      // In two-input operation the channel is inverted, as on the ASIC.
      sample = {stamp_i, 5'd0, input_q ^ (select_length_q != 4'd0), value};
    end
  end
  assign sample_valid_o = take;
  assign sample_o = sample;

endmodule

`default_nettype wire
