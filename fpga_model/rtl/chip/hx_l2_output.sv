// L2 outputs: packing and time stamps of the events to the host.
//
// Purpose: in each clock takes one event from up to three of the four L2 FIFOs of the crossbar, round robin, and makes one pack
// of them, stamped with the low byte of the chip time of this clock.
//
// Timing: combinational from the FIFO heads; a pack leaves in the clock in which it is made.
//
// Reset: rst_ni (power-on and chip reset): round robin at output 0.
`default_nettype none

module hx_l2_output (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Low byte of the chip time of this clock.
    input wire logic [7:0] stamp_i,

    // Heads of the crossbar FIFOs 8..11.
    input wire logic [3:0] head_valid_i,
    output wire logic [3:0] head_ready_o,
    input wire logic [4*14-1:0] head_label_i,

    // A pack of 1..3 events {stamp, label}, the first one in the highest used bits. pack_valid_o waits for pack_ready_i.
    output wire logic pack_valid_o,
    input wire logic pack_ready_i,
    output wire logic [1:0] pack_count_o,
    output wire logic [71:0] pack_data_o
);

  logic [1:0] next_q, next, k;
  logic [1:0] count;
  logic [71:0] data;
  logic [3:0] ready;
  logic [13:0] label;

  always_comb begin
    count = 2'd0;
    data = 72'd0;
    ready = 4'd0;
    next = next_q;
    k = 2'd0;
    label = 14'd0;
    if (rst_ni && pack_ready_i && head_valid_i != 4'd0) begin
      for (int unsigned i = 0; i < 4; i++) begin
        k = next_q + 2'(i);
        if (head_valid_i[k] && count != 2'd3) begin
          count = count + 2'd1;
          case (k)  // an index would be a multiplication in hardware
            2'd0: label = head_label_i[13:0];
            2'd1: label = head_label_i[27:14];
            2'd2: label = head_label_i[41:28];
            default: label = head_label_i[55:42];
          endcase
          data = {data[47:0], stamp_i, k, label};
          ready[k] = 1'b1;
          next = k + 2'd1;
        end
      end
    end
  end

  assign pack_valid_o = count != 2'd0;
  assign pack_count_o = count;
  assign pack_data_o = data;
  assign head_ready_o = ready;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) next_q <= 2'd0;
    else next_q <= next;
  end

endmodule

`default_nettype wire
