// Simulation form of hx_event_outputs.
//
// Purpose, ports, timing, reset: as in hx_event_outputs. Nothing is computed in a clock in which nothing waits and nothing comes.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because each memory
// belongs to one clocked block that reads before it writes.
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_event_outputs_sim #(
    parameter int unsigned Columns = 256,
    parameter int unsigned Slots = 16,
    // Derived, do not overwrite.
    localparam int unsigned Lanes = Columns / Slots
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Spikes of the neuron array: slot, row * Lanes + lane.
    input wire logic spike_any_i,
    input wire logic [3:0] spike_slot_i,
    input wire logic [2*Lanes-1:0] spike_i,
    // Neuron resets that act in this clock (enable_fire set): circuits 256 * row + column.
    input wire logic [3:0] fire_valid_i,
    input wire logic [4*9-1:0] fire_circuit_i,
    // CommonNeuronBackendConfig.enable_event_registers: 0 west (columns 0..127), 1 east.
    input wire logic [1:0] enable_i,

    // Copies of NeuronBackendConfig writes.
    input wire logic nbe_we_i,
    input wire logic [8:0] nbe_circuit_i,
    input wire logic [1:0] nbe_word_i,
    /* verilator lint_off UNUSEDSIGNAL */
    input wire logic [7:0] nbe_data_i,
    /* verilator lint_on UNUSEDSIGNAL */

    // To the crossbar inputs 0..7.
    output wire logic [7:0] ev_valid_o,
    input wire logic [7:0] ev_ready_i,
    output wire logic [8*14-1:0] ev_label_o,
    output wire logic [7:0] ev_lost_o
);

  // By {output, circuit}: the circuit waits, sends spikes. Per output: place of the round robin, somebody waits.
  logic [511:0] waiting_q, send_q;
  logic [8*6-1:0] next_q;
  logic [7:0] any_q;
  // address_out by {output, circuit}, bits 7:2 and 1:0 as stored (inverted).
  logic [5:0] high_q[512];
  logic [1:0] low_q[512];

`ifdef VERILATOR
  initial begin
    send_q = 512'd0;
    for (int unsigned i = 0; i < 512; i++) high_q[i] = 6'd0;
    for (int unsigned i = 0; i < 512; i++) low_q[i] = 2'd0;
  end
`endif

  // Index of the single bit that is set.
  function automatic logic [5:0] encode(input logic [63:0] x);
    encode = {
      |(x & 64'hffffffff00000000), |(x & 64'hffff0000ffff0000), |(x & 64'hff00ff00ff00ff00),
      |(x & 64'hf0f0f0f0f0f0f0f0), |(x & 64'hcccccccccccccccc), |(x & 64'haaaaaaaaaaaaaaaa)
    };
  endfunction

  // {output, circuit} of a circuit number.
  function automatic logic [8:0] place(input logic [8:0] circuit);
    place = {circuit[7:5], circuit[8], circuit[4:0]};
  endfunction

  logic [7:0] touched, valid, lost;
  // Spikes of this clock, circuits that wait in this clock, the one that is sent, those left at its end.
  logic [511:0] spikes, left;
  logic [63:0] old, all, above, chosen;
  logic [8*14-1:0] label;
  logic [8*6-1:0] sent;

  logic [8:0] circuit_place;
  logic [15:0] slot_bit;
  logic [3:0] fire;
  assign fire = fire_valid_i;
  always_comb begin
    touched = 8'd0;
    valid = 8'd0;
    lost = 8'd0;
    label = '0;
    slot_bit = 16'd0;
    circuit_place = 9'd0;
    old = 64'd0;
    all = 64'd0;
    above = 64'd0;
    chosen = 64'd0;
    spikes = 512'd0;
    left = 512'd0;
    sent = 48'd0;
    if (spike_any_i || any_q != 8'd0 || fire != 4'd0) begin
      if (spike_any_i) begin
        slot_bit = 16'd1 << 4'(Slots - 1) - spike_slot_i;
        for (int unsigned k = 0; k < 2 * Lanes; k++) begin
          if (spike_i[k]) begin
            // Lane k % Lanes of row k / Lanes begins at column Slots * (k % Lanes); in slot s it is at Slots - 1 - s above that.
            spikes[64*(Slots*(k%Lanes)/32)+32*(k/Lanes)+Slots*(k%Lanes)%32+:Slots] = slot_bit[Slots-1:0];
            touched[Slots*(k%Lanes)/32] = 1'b1;
          end
        end
      end
      touched = touched | any_q;
      for (int unsigned e = 0; e < 8; e++) begin
        if (touched[e]) begin
          old = enable_i[e/4] ? waiting_q[64*e+:64] : 64'd0;
          all = enable_i[e/4] ? spikes[64*e+:64] & send_q[64*e+:64] : 64'd0;
          lost[e] = (old & all) != 64'd0;
          all = all | old;
          above = all & ~((64'd1 << next_q[6*e+:6]) - 64'd1);
          chosen = above != 64'd0 ? above : all;
          chosen = chosen & (~chosen + 64'd1);
          sent[6*e+:6] = encode(chosen);
          valid[e] = all != 64'd0;
          label[14*e+:14] = {3'd0, 3'(e), ~high_q[{3'(e), sent[6*e+:6]}], ~low_q[{3'(e), sent[6*e+:6]}]};
          left[64*e+:64] = ev_ready_i[e] ? all & ~chosen : all;
        end
      end
      for (int unsigned k = 0; k < 4; k++) begin
        if (fire[k]) begin
          circuit_place = {
            fire_circuit_i[9*k+5+:3], fire_circuit_i[9*k+8], fire_circuit_i[9*k+:5]
          };
          if (enable_i[circuit_place[8]] && send_q[circuit_place]) begin
            if (left[circuit_place]) lost[circuit_place[8:6]] = 1'b1;
            left[circuit_place] = 1'b1;
            touched[circuit_place[8:6]] = 1'b1;
          end
        end
      end
    end
  end

  assign ev_valid_o = valid;
  assign ev_label_o = label;
  assign ev_lost_o = lost;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      any_q <= 8'd0;
      waiting_q <= 512'd0;
      next_q <= 48'd0;
    end else if (touched != 8'd0) begin
      for (int unsigned e = 0; e < 8; e++) begin
        if (touched[e]) begin
          waiting_q[64*e+:64] <= left[64*e+:64];
          any_q[e] <= left[64*e+:64] != 64'd0;
          if (valid[e] && ev_ready_i[e]) next_q[6*e+:6] <= sent[6*e+:6] + 6'd1;
        end
      end
    end
    if (nbe_we_i) begin
      case (nbe_word_i)
        2'd0: high_q[place(nbe_circuit_i)] `HX_MEMORY_WRITE nbe_data_i[5:0];
        2'd1: low_q[place(nbe_circuit_i)] `HX_MEMORY_WRITE nbe_data_i[5:4];
        2'd3: send_q[place(nbe_circuit_i)] <= nbe_data_i[4];
        default: ;
      endcase
    end
  end

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
