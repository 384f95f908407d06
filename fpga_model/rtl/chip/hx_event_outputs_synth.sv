// Synthesizable form of hx_event_outputs.
//
// Purpose, ports, timing, reset: as in hx_event_outputs. Each output has 64 places; the round robin is one subtraction: of the
// requests, written twice one after the other, less the bit of the first place; the bits that it clears are the one that is chosen.
`default_nettype none

module hx_event_outputs_synth #(
    parameter int unsigned Columns = 256,
    parameter int unsigned Slots = 16,
    // Derived, do not overwrite.
    localparam int unsigned Lanes = Columns / Slots
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    input wire logic spike_any_i,
    input wire logic [3:0] spike_slot_i,
    input wire logic [2*Lanes-1:0] spike_i,
    input wire logic [3:0] fire_valid_i,
    input wire logic [4*9-1:0] fire_circuit_i,
    input wire logic [1:0] enable_i,

    input wire logic nbe_we_i,
    input wire logic [8:0] nbe_circuit_i,
    input wire logic [1:0] nbe_word_i,
    /* verilator lint_off UNUSEDSIGNAL */
    input wire logic [7:0] nbe_data_i,
    /* verilator lint_on UNUSEDSIGNAL */

    output wire logic [7:0] ev_valid_o,
    input wire logic [7:0] ev_ready_i,
    output wire logic [8*14-1:0] ev_label_o,
    output wire logic [7:0] ev_lost_o
);

  if (Slots != 16) begin : gen_check
    $error("hx_event_outputs_synth: Slots must be 16");
  end

  // Column of a lane (bit = column % 16) whose spikes come in this clock.
  logic [15:0] now;
  assign now = spike_any_i ? 16'd1 << ~spike_slot_i : 16'd0;

  // Neuron resets by bits 2:1 of the column: {row, column[7:5]} and {column[4:3], column[0]} of the one with these bits.
  logic [4*16-1:0] fire_output;
  logic [4*8-1:0] fire_place;
  always_comb begin
    fire_output = '0;
    fire_place = '0;
    for (int unsigned k = 0; k < 4; k++) begin
      for (int unsigned b = 0; b < 4; b++) begin
        if (fire_valid_i[k] && fire_circuit_i[9*k+1+:2] == 2'(b)) begin
          fire_output[16*b+:16] = fire_output[16*b+:16] | (16'd1 << fire_circuit_i[9*k+5+:4]);
          fire_place[8*b+:8] = fire_place[8*b+:8] | (8'd1 << {fire_circuit_i[9*k+3+:2], fire_circuit_i[9*k]});
        end
      end
    end
  end

  for (genvar e = 0; e < 8; e++) begin : gen_output
    // Place i: row i / 32, column 32 * e + i % 32.
    logic [63:0] waiting_q, send_q, first_q, spikes, fires, all, chosen, left;
    logic [127:0] less;
    logic [5:0] sent;
    logic [5:0] high_mem[64];
    logic [1:0] low_mem[64];
    logic valid, enable, write;
    logic [5:0] write_place;

    assign enable = enable_i[e/4];
    for (genvar i = 0; i < 64; i++) begin : gen_place
      localparam int unsigned Column = 32 * e + i % 32;
      localparam int unsigned Bank = (i / 2) % 4;
      if (Column < Columns) begin : gen_spike
        assign spikes[i] = now[i%16] && spike_i[(i/32)*Lanes+Column/16] && send_q[i];
      end else begin : gen_none
        assign spikes[i] = 1'b0;
      end
      assign fires[i] = fire_output[16*Bank+8*(i/32)+e] && fire_place[8*Bank+2*((i/8)%4)+i%2] && send_q[i];
    end

    assign all = waiting_q | spikes;
    assign less = {all, all} - {64'd0, first_q};
    assign chosen = all & ~(less[63:0] & less[127:64]);
    assign valid = enable && all != 64'd0;
    assign left = all & ~(chosen & {64{ev_ready_i[e]}});
    always_comb begin
      sent = 6'd0;
      for (int unsigned i = 0; i < 64; i++) if (chosen[i]) sent = sent | 6'(i);
    end

    assign ev_valid_o[e] = valid;
    assign ev_lost_o[e] = enable && ((waiting_q & spikes) != 64'd0 || (left & fires) != 64'd0);
    assign ev_label_o[14*e+:14] = {3'd0, 3'(e), ~high_mem[sent], ~low_mem[sent]};

    // Copies of NeuronBackendConfig.
    assign write = nbe_we_i && nbe_circuit_i[7:5] == 3'(e);
    assign write_place = {nbe_circuit_i[8], nbe_circuit_i[4:0]};
    always_ff @(posedge clk_i) begin
      if (write && nbe_word_i == 2'd0) high_mem[write_place] <= nbe_data_i[5:0];
      if (write && nbe_word_i == 2'd1) low_mem[write_place] <= nbe_data_i[5:4];
      if (write && nbe_word_i == 2'd3) send_q[write_place] <= nbe_data_i[4];
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        waiting_q <= 64'd0;
        first_q <= 64'd1;
      end else begin
        waiting_q <= (left | fires) & {64{enable}};
        if (valid && ev_ready_i[e]) first_q <= {chosen[62:0], chosen[63]};
      end
    end
  end

endmodule

`default_nettype wire
