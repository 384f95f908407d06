// One Omnibus for two masters: the link and the test access port.
//
// Purpose: an access of the port is taken in the first clock in which the link offers none; completions, which come in order, go
// back to whom they belong. At most one access of the port is in flight.
// Latency: none. Reset: nothing in flight.
`default_nettype none

module hx_bus_port (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Accesses of the link and their completions (with the word of a read).
    input wire logic ob_valid_i,
    output wire logic ob_ready_o,
    input wire logic ob_we_i,
    input wire logic [31:0] ob_addr_i,
    input wire logic [31:0] ob_wdata_i,
    input wire logic [3:0] ob_be_i,
    output wire logic ob_done_o,

    // Access of the test access port, all bytes enabled.
    input wire logic jt_valid_i,
    output wire logic jt_ready_o,
    input wire logic jt_we_i,
    input wire logic [31:0] jt_addr_i,
    input wire logic [31:0] jt_wdata_i,
    output wire logic jt_done_o,

    // The bus.
    output wire logic bus_valid_o,
    input wire logic bus_ready_i,
    output wire logic bus_we_o,
    output wire logic [31:0] bus_addr_o,
    output wire logic [31:0] bus_wdata_o,
    output wire logic [3:0] bus_be_o,
    input wire logic bus_done_i
);

  logic jt_flying_q;  // the access of the port has been taken and is not completed
  logic [15:0] jt_ahead_q;  // accesses that complete before it
  logic [15:0] open_q;  // accesses of both kinds taken and not completed
  logic take;

  assign bus_valid_o = ob_valid_i || jt_valid_i;
  assign bus_be_o = ob_valid_i ? ob_be_i : 4'hf;
  assign bus_we_o = ob_valid_i ? ob_we_i : jt_we_i;
  assign bus_addr_o = ob_valid_i ? ob_addr_i : jt_addr_i;
  assign bus_wdata_o = ob_valid_i ? ob_wdata_i : jt_wdata_i;
  assign take = bus_valid_o && bus_ready_i;
  assign ob_ready_o = bus_ready_i;
  assign jt_ready_o = !ob_valid_i && bus_ready_i;
  assign jt_done_o = bus_done_i && jt_flying_q && jt_ahead_q == '0;
  assign ob_done_o = bus_done_i && !jt_done_o;

  // Registers are assigned after they have been read: else a simulation copies them in every clock.
  /* verilator lint_off BLKSEQ */
  logic moves;
  always_ff @(posedge clk_i) begin
    moves = take || bus_done_i;
    if (moves) begin
      if (jt_valid_i && jt_ready_o) jt_ahead_q <= open_q - {15'd0, bus_done_i};
      else jt_ahead_q <= jt_ahead_q - {15'd0, jt_flying_q && bus_done_i && !jt_done_o};
      open_q <= open_q + {15'd0, take} - {15'd0, bus_done_i};
      jt_flying_q <= (jt_valid_i && jt_ready_o) || (jt_flying_q && !jt_done_o);
    end
    if (!rst_ni) begin
      jt_flying_q <= 1'b0;
      jt_ahead_q <= '0;
      open_q <= '0;
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule

`default_nettype wire
