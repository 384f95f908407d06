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
    // Neuron resets that act in this clock: circuits 256 * row + column. Two of one clock differ in
    // bits 2:1 of the column.
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

    // Spikes count in a memory per lane by slot, neuron resets in four memories by bits 2:1 of the column; the sum is what is read. A
    // valid bit per circuit and memory says that it was not cleared since.
    localparam int unsigned All = 2 * Lanes;
    logic [All*9-1:0] lane_count;
    logic [8:0] spike_count, fire_count, sum;
    // As slots run against the columns: slot of the circuit of the access.
    logic [3:0] access_slot;
    assign access_slot = ~circuit_i[3:0];

    for (genvar l = 0; l < All; l++) begin : gen_lane
      logic [8:0] spike_mem[16];
      logic [15:0] valid_q;
      logic mine, spike;
      logic [8:0] old, next, read;
      assign mine = {circuit_i[8], circuit_i[7:4]} == 5'((l / Lanes) * 16 + l % Lanes);
      assign spike = spike_any_i && spike_i[l];
      assign old = valid_q[spike_slot_i] ? spike_mem[spike_slot_i] : 9'd0;
      assign next = add(old, 2'd1);
      // With the spike of this clock.
      assign read = spike && spike_slot_i == access_slot ? next : valid_q[access_slot] ? spike_mem[access_slot] : 9'd0;
      assign lane_count[9*l+:9] = mine ? read : 9'd0;
      always_ff @(posedge clk_i) begin
        if (spike) spike_mem[spike_slot_i] <= next;
        if (spike) valid_q[spike_slot_i] <= 1'b1;
        if (clear_i && mine) valid_q[access_slot] <= 1'b0;
        if (!rst_ni) valid_q <= 16'd0;
      end
    end
    always_comb begin
      spike_count = 9'd0;
      for (int unsigned l = 0; l < All; l++) spike_count = spike_count | lane_count[9*l+:9];
    end

    logic [4*9-1:0] bank_count;
    for (genvar k = 0; k < 4; k++) begin : gen_bank
      logic [8:0] fire_mem[128];
      logic [127:0] valid_q;
      logic mine, fire, clear;
      logic [6:0] place, access_place;
      logic [8:0] old;
      always_comb begin
        fire = 1'b0;
        place = 7'd0;
        for (int unsigned i = 0; i < 4; i++) begin
          if (fire_valid_i[i] && fire_circuit_i[9*i+1+:2] == 2'(k)) begin
            fire = 1'b1;
            place = place | {fire_circuit_i[9*i+3+:6], fire_circuit_i[9*i]};
          end
        end
      end
      assign mine = circuit_i[2:1] == 2'(k);
      assign access_place = {circuit_i[8:3], circuit_i[0]};
      assign clear = clear_i && mine;
      assign old = valid_q[place] && !(clear && place == access_place) ? fire_mem[place] : 9'd0;
      assign bank_count[9*k+:9] = mine && valid_q[access_place] ? fire_mem[access_place] : 9'd0;
      always_ff @(posedge clk_i) begin
        if (fire) fire_mem[place] <= add(old, 2'd1);
        if (clear) valid_q[access_place] <= 1'b0;
        if (fire) valid_q[place] <= 1'b1;
        if (!rst_ni) valid_q <= 128'd0;
      end
    end
    assign fire_count = bank_count[8:0] | bank_count[17:9] | bank_count[26:18] | bank_count[35:27];

    // An overflow stays: of a part, or of the sum.
    assign sum = {1'b0, spike_count[7:0]} + {1'b0, fire_count[7:0]};
    always_ff @(posedge clk_i) begin
      if (read_i && rst_ni) rdata_q <= {sum[8] | spike_count[8] | fire_count[8], sum[7:0]};
    end

  end

endmodule

`default_nettype wire
