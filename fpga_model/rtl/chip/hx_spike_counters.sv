// Spike counters of the 512 circuits.
//
// Purpose: eight bit count and sticky overflow per circuit, {overflow, count[7:0]}.
//
// Timing: spikes of spike_*_i count in this very clock, neuron resets of clock w from w + 1 on. A read in clock w answers in w + 1
// with the count of w and holds; a clear in w sets 0 in w + 1.
//
// Reset: rst_ni (power-on and chip reset) clears all counters.
//
// Two forms with equal behaviour: a memory that several circuits update in one clock (SimForm = 1, fast under Verilator), a
// register per circuit (SimForm = 0).
`default_nettype none

module hx_spike_counters #(
    parameter int unsigned Columns = 256,
    parameter int unsigned Slots = 16,
`ifdef VERILATOR
    parameter bit SimForm = 1'b1,
`else
    parameter bit SimForm = 1'b0,
`endif
    // Derived, do not overwrite.
    localparam int unsigned Lanes = Columns / Slots
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Spikes of the neuron array: slot, row * Lanes + lane.
    input wire logic spike_any_i,
    input wire logic [3:0] spike_slot_i,
    input wire logic [2*Lanes-1:0] spike_i,
    // Neuron resets that act in this clock: circuits 256 * row + column, all different.
    input wire logic [3:0] fire_valid_i,
    input wire logic [4*9-1:0] fire_circuit_i,

    // Access of this clock.
    input wire logic read_i,
    input wire logic clear_i,
    input wire logic [8:0] circuit_i,
    output wire logic [31:0] rdata_o
);

  function automatic logic [8:0] add(input logic [8:0] count, input logic [1:0] amount);
    logic [8:0] sum;
    sum = {1'b0, count[7:0]} + {7'd0, amount};
    add = {count[8] | sum[8], sum[7:0]};
  endfunction

  logic [8:0] rdata_q;
  assign rdata_o = {23'd0, rdata_q};

  if (SimForm) begin : gen_sim

    logic [8:0] count[512];
    // Circuit of a lane in slot Slots - 1.
    logic [8:0] lane_circuit[2*Lanes];
    logic [8:0] c;
    for (genvar r = 0; r < 2; r++) begin : gen_row
      for (genvar l = 0; l < Lanes; l++) begin : gen_lane
        assign lane_circuit[r*Lanes+l] = {1'(r), 8'(l * Slots)};
      end
    end

    initial begin
      for (int unsigned i = 0; i < 512; i++) count[i] = 9'd0;
    end

    /* verilator lint_off BLKSEQ */
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        for (int unsigned i = 0; i < 512; i++) count[i] = 9'd0;
      end else if (spike_any_i || read_i || clear_i || fire_valid_i != 4'd0) begin
        if (spike_any_i) begin
          for (int unsigned k = 0; k < 2 * Lanes; k++) begin
            if (spike_i[k]) begin
              c = lane_circuit[k] + {5'd0, 4'(Slots - 1) - spike_slot_i};
              count[c] = add(count[c], 2'd1);
            end
          end
        end
        if (read_i) rdata_q <= count[circuit_i];
        if (clear_i) count[circuit_i] = 9'd0;
        for (int unsigned k = 0; k < 4; k++) begin
          if (fire_valid_i[k]) count[fire_circuit_i[9*k+:9]] = add(count[fire_circuit_i[9*k+:9]], 2'd1);
        end
      end
    end
    /* verilator lint_on BLKSEQ */

  end else begin : gen_synth

    // As they are in this clock: with the spikes of this clock.
    logic [512*9-1:0] now;
    for (genvar r = 0; r < 2; r++) begin : gen_row
      for (genvar col = 0; col < 256; col++) begin : gen_column
        localparam int unsigned Circuit = 256 * r + col;
        if (col < Columns) begin : gen_counter
          logic [8:0] count_q;
          logic spike, fire;
          assign spike = spike_any_i && spike_i[r*Lanes+col/Slots] && spike_slot_i == 4'(Slots - 1 - col % Slots);
          assign fire = fire_valid_i[0] && fire_circuit_i[8:0] == 9'(Circuit) ||
              fire_valid_i[1] && fire_circuit_i[17:9] == 9'(Circuit) ||
              fire_valid_i[2] && fire_circuit_i[26:18] == 9'(Circuit) ||
              fire_valid_i[3] && fire_circuit_i[35:27] == 9'(Circuit);
          assign now[9*Circuit+:9] = add(count_q, {1'b0, spike});
          always_ff @(posedge clk_i) begin
            if (!rst_ni || clear_i && circuit_i == 9'(Circuit)) count_q <= 9'd0;
            else if (spike || fire) count_q <= add(count_q, {1'b0, spike} + {1'b0, fire});
          end
        end else begin : gen_none
          // A neuron reset of a circuit that a small build leaves out is not counted.
          assign now[9*Circuit+:9] = 9'd0;
        end
      end
    end
    always_ff @(posedge clk_i) begin
      if (read_i) rdata_q <= now[9*circuit_i+:9];
    end

  end

endmodule

`default_nettype wire
