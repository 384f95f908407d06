// The emptiest clocked model: what Verilator itself costs per clock.
`default_nettype none

module hx_counter (
    input wire logic clk_i,
    output wire logic [31:0] count_o
);

  logic [31:0] count_q;
  assign count_o = count_q;
  always_ff @(posedge clk_i) count_q <= count_q + 32'd1;

endmodule

`default_nettype wire
