// CADC of one hemisphere: 256 columns x 2 channels (causal, acausal) of eight bits.
//
// Purpose: a trigger read makes a conversion: the neuron array samples one pass, then the quads are converted one per clock
// (channel switches, offset, clipping) into the result memory, which buffered reads show.
//
// Timing: trigger in clock w: the pass that begins at the first boundary > w is sampled; switches count as in w; busy_o is high in
// w + 1 .. w + wait_o - 1 (no access may come then), the result of the trigger read is offered on answer_* long before
// w + wait_o + ChipAnswer. wait_o = ceil((sense_delay + reset_wait + 256 + dead_time) / 2), at least 128 clocks, covers
// two passes, the pipeline of the neuron array and the 64 clocks of the conversion. Reads answer in the next clock and hold.
// With the CADC off or in the auto-calibrating mode reads give 0 and start nothing.
//
// Reset: rst_ni (power-on and chip reset) ends a conversion (its trigger read gets the stored result) and empties the results
// (0). Offsets and switches are SRAM: raw 0x80 and 0 at power-on only.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because each memory
// belongs to one clocked block that reads before it writes.
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_cadc #(
    parameter int unsigned NeuronPipe = 12,
    parameter int unsigned PlaceBits = 8
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Access of this clock to this hemisphere: result memory {readout type, channel type, quad[5:0]} or offset {channel type,
    // column[7:0]}.
    input wire logic sample_acc_i,
    input wire logic offset_acc_i,
    input wire logic acc_we_i,
    input wire logic [8:0] acc_index_i,
    // Lowest byte of the access.
    input wire logic acc_be_i,
    input wire logic [7:0] acc_wdata_i,
    input wire logic [PlaceBits-1:0] acc_place_i,
    output wire logic [31:0] rdata_o,

    // Registers.
    input wire logic enable_i,
    input wire logic auto_calibrating_i,
    input wire logic [11:0] sense_delay_i,
    input wire logic [7:0] reset_wait_i,
    input wire logic [7:0] dead_time_i,

    // Write of this clock to the switch rows 512..515 (switch_row_i = row - 512) of the synapse memory.
    input wire logic switch_we_i,
    input wire logic [1:0] switch_row_i,
    input wire logic [5:0] switch_quad_i,
    /* verilator lint_off UNUSEDSIGNAL */
    input wire logic [31:0] switch_mask_i,
    input wire logic [31:0] switch_wdata_i,
    /* verilator lint_on UNUSEDSIGNAL */

    // Neuron array: last clock of an interval, sampling, codes of a quad one clock after sample_read_o.
    input wire logic step_last_i,
    output wire logic sample_o,
    output wire logic sample_read_o,
    output wire logic [5:0] sample_quad_o,
    input wire logic [43:0] sample_code_i,

    // The access of this clock starts a conversion; clocks until its result is ready; a conversion runs.
    output wire logic start_o,
    output wire logic [11:0] wait_o,
    output wire logic busy_o,
    // Result of the trigger read.
    output wire logic answer_valid_o,
    input wire logic answer_ready_i,
    output wire logic [PlaceBits-1:0] answer_place_o,
    output wire logic [31:0] answer_data_o
);

  localparam logic [6:0] Settle = 7'(NeuronPipe);

  // Switches by 4 * quad + entry; path_*: both switches of a channel as they were at the trigger.
  logic [255:0] neuron_causal_q, neuron_acausal_q, line_causal_q, line_acausal_q;
  logic [255:0] path_causal_q, path_acausal_q;
  // Words by quad, entry 0 in the highest byte: offsets (raw), results.
  logic [31:0] offset_causal_q[64];
  logic [31:0] offset_acausal_q[64];
  logic [31:0] result_causal_q[64];
  logic [31:0] result_acausal_q[64];
  logic have_results_q;

  initial begin
    neuron_causal_q = 256'd0;
    neuron_acausal_q = 256'd0;
    line_causal_q = 256'd0;
    line_acausal_q = 256'd0;
    for (int unsigned i = 0; i < 64; i++) offset_causal_q[i] = 32'h80808080;
    for (int unsigned i = 0; i < 64; i++) offset_acausal_q[i] = 32'h80808080;
    for (int unsigned i = 0; i < 64; i++) result_causal_q[i] = 32'd0;
    for (int unsigned i = 0; i < 64; i++) result_acausal_q[i] = 32'd0;
  end

  logic works, start;
  logic [11:0] left_q;
  // One more than the cycles, so that its half is rounded up.
  /* verilator lint_off UNUSEDSIGNAL */
  logic [12:0] cycles;
  /* verilator lint_on UNUSEDSIGNAL */
  assign works = enable_i && !auto_calibrating_i;
  assign start = sample_acc_i && !acc_we_i && !acc_index_i[7] && works;
  assign start_o = start;
  assign busy_o = left_q != 12'd0;
  assign cycles = {1'b0, sense_delay_i} + {5'd0, reset_wait_i} + {5'd0, dead_time_i} + 13'd257;
  assign wait_o = cycles[12:1];

  // Conversion of one entry.
  function automatic logic [7:0] convert(input logic path, input logic [10:0] code, input logic [7:0] offset);
    logic signed [12:0] sum;
    sum = (path ? $signed({{2{code[10]}}, code}) : 13'sd0) + $signed({5'd0, offset}) - 13'sd128;
    convert = sum < 13'sd0 ? 8'd0 : sum > 13'sd255 ? 8'd255 : sum[7:0];
  endfunction
  // Entry 0 in the highest byte, but the lowest path and code.
  function automatic logic [31:0] convert_quad(input logic [3:0] path, input logic [43:0] codes, input logic [31:0] offsets);
    convert_quad = {
      convert(path[0], codes[10:0], offsets[31:24]), convert(path[1], codes[21:11], offsets[23:16]),
      convert(path[2], codes[32:22], offsets[15:8]), convert(path[3], codes[43:33], offsets[7:0])
    };
  endfunction

  // Course of a conversion: waits for a boundary, samples a pass, waits for the pipeline of the neuron array, reads the quads
  // (count_q = quad; the codes of quad count_q - 1 are there). One variable each for state and count.
  localparam logic [2:0] StIdle = 3'd0;
  localparam logic [2:0] StArmed = 3'd1;
  localparam logic [2:0] StSample = 3'd2;
  localparam logic [2:0] StSettle = 3'd3;
  localparam logic [2:0] StRead = 3'd4;
  logic [2:0] state_q;
  logic [6:0] count_q;
  logic have_code;
  logic [5:0] code_quad;
  assign sample_o = state_q == StSample;
  assign sample_read_o = state_q == StRead && !count_q[6];
  assign sample_quad_o = count_q[5:0];
  assign have_code = state_q == StRead && count_q != 7'd0;
  assign code_quad = count_q[5:0] - 6'd1;

  logic answer_q, answer_acausal_q;
  logic [5:0] answer_quad_q;
  logic [PlaceBits-1:0] answer_place_q;
  assign answer_valid_o = answer_q && state_q == StIdle;
  assign answer_place_o = answer_place_q;
  logic [31:0] answer_data;
  always_comb begin
    answer_data = 32'd0;
    if (answer_valid_o && have_results_q) begin
      answer_data = answer_acausal_q ? result_acausal_q[answer_quad_q] : result_causal_q[answer_quad_q];
    end
  end
  assign answer_data_o = answer_data;

  logic [31:0] rdata_q;
  assign rdata_o = rdata_q;

  // Place of a column: quad and byte lane.
  logic [5:0] column_quad;
  logic [1:0] column_lane;
  assign column_quad = {acc_index_i[0], acc_index_i[7:3]};
  assign column_lane = ~acc_index_i[2:1];

  always_ff @(posedge clk_i) begin
    // Reads, offsets.
    if (sample_acc_i && !acc_we_i) begin
      rdata_q <= !works || !have_results_q ? 32'd0 :
          acc_index_i[6] ? result_acausal_q[acc_index_i[5:0]] : result_causal_q[acc_index_i[5:0]];
    end
    if (offset_acc_i && !acc_we_i) begin
      rdata_q <= {24'd0, acc_index_i[8] ? offset_acausal_q[column_quad][8*column_lane+:8] :
          offset_causal_q[column_quad][8*column_lane+:8]};
    end
    if (offset_acc_i && acc_we_i && acc_be_i) begin
      if (acc_index_i[8]) offset_acausal_q[column_quad][8*column_lane+:8] `HX_MEMORY_WRITE acc_wdata_i;
      else offset_causal_q[column_quad][8*column_lane+:8] `HX_MEMORY_WRITE acc_wdata_i;
    end
    // Switches: bit 5 of rows 512, 513; bits 6 and 7 of row 514.
    if (switch_we_i) begin
      for (int unsigned e = 0; e < 4; e++) begin
        if (switch_row_i == 2'd0 && switch_mask_i[8*(3-e)+5]) neuron_causal_q[{switch_quad_i, 2'(e)}] <= switch_wdata_i[8*(3-e)+5];
        if (switch_row_i == 2'd1 && switch_mask_i[8*(3-e)+5]) neuron_acausal_q[{switch_quad_i, 2'(e)}] <= switch_wdata_i[8*(3-e)+5];
        if (switch_row_i == 2'd2 && switch_mask_i[8*(3-e)+6]) line_causal_q[{switch_quad_i, 2'(e)}] <= switch_wdata_i[8*(3-e)+6];
        if (switch_row_i == 2'd2 && switch_mask_i[8*(3-e)+7]) line_acausal_q[{switch_quad_i, 2'(e)}] <= switch_wdata_i[8*(3-e)+7];
      end
    end
    if (start) begin
      path_causal_q <= neuron_causal_q & line_causal_q;
      path_acausal_q <= neuron_acausal_q & line_acausal_q;
    end
    if (have_code) begin
      result_causal_q[code_quad] `HX_MEMORY_WRITE convert_quad(path_causal_q[{code_quad, 2'd0}+:4], sample_code_i, offset_causal_q[code_quad]);
      result_acausal_q[code_quad] `HX_MEMORY_WRITE convert_quad(path_acausal_q[{code_quad, 2'd0}+:4], sample_code_i, offset_acausal_q[code_quad]);
    end
  end

  // Course of a conversion.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      have_results_q <= 1'b0;
      left_q <= 12'd0;
    end else if (start || left_q != 12'd0) begin
      left_q <= start ? wait_o - 12'd1 : left_q - 12'd1;
      count_q <= count_q + 7'd1;
      case (state_q)
        StArmed: if (step_last_i) state_q <= StSample;
        StSample: begin
          count_q <= 7'd0;
          if (step_last_i) state_q <= StSettle;
        end
        StSettle:
        if (count_q == Settle) begin
          state_q <= StRead;
          count_q <= 7'd0;
        end
        StRead:
        if (count_q[6]) begin
          state_q <= StIdle;
          have_results_q <= 1'b1;
        end
        default: if (start) state_q <= step_last_i ? StSample : StArmed;
      endcase
    end
  end

  // The answer outlives a reset, so that the bus gets all its completions.
  always_ff @(posedge clk_i) begin
    if (start) begin
      answer_q <= 1'b1;
      answer_place_q <= acc_place_i;
      answer_acausal_q <= acc_index_i[6];
      answer_quad_q <= acc_index_i[5:0];
    end else if (answer_valid_o && answer_ready_i) begin
      answer_q <= 1'b0;
    end
  end
  initial answer_q = 1'b0;

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
