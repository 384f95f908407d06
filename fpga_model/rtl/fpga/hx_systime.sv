// System time of the FPGA and its synchronisation with the chip.
//
// Purpose: counts clocks and, on order, makes both sides start from SystimeSyncBase: a synchronisation started in clock x loads
// in clock x + SyncTime, so that in the clock after it the FPGA time is the base and the chip time twice the base. A start while
// one is in progress has no effect.
// With the link down in clock x + SyncTime it is tried again, tries_i attempts in all (0 counts as 1); after the last one it ends
// without effect.
//
// Reset: time 0, never synchronised.
`default_nettype none

module hx_systime #(
    parameter int unsigned SyncTime = hx_spec_pkg::SyncTime,
    parameter int unsigned LinkUp = hx_spec_pkg::LinkUp
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    input wire logic start_i,
    input wire logic link_up_i,
    input wire logic [3:0] tries_i,
    output wire logic active_o,
    // load_o: the chip loads 2 * base_i in this clock.
    output wire logic load_o,
    input wire logic [42:0] base_i,
    output wire logic [42:0] time_o,
    // There was a synchronisation.
    output wire logic synced_o,
    // Of the last synchronisation.
    output wire logic [42:0] round_trip_o,
    output wire logic [42:0] chip_time_o
);

  localparam int unsigned Cw = $clog2(SyncTime + 1);

  logic [42:0] time_q, chip_time_q;
  logic [Cw-1:0] left_q;  // clocks until the load, counted down to 1
  logic synced_q;
  logic [3:0] tried_q;  // attempts that failed
  logic over;

  assign active_o = left_q != '0;
  assign over = left_q == Cw'(1);
  assign load_o = over && link_up_i;
  assign time_o = time_q;
  assign synced_o = synced_q;
  assign round_trip_o = synced_q ? 43'(2 * LinkUp) : 43'd0;
  assign chip_time_o = chip_time_q;

  /* verilator lint_off BLKSEQ */
  logic retry, begins, counts;
  assign retry = over && !link_up_i && tried_q + 4'd1 < tries_i;
  assign begins = !active_o && start_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) time_q <= '0;
    else time_q <= load_o ? base_i : time_q + 43'd1;
  end

  always_ff @(posedge clk_i) begin
    counts = active_o || start_i;
    if (counts) begin
      if (load_o) begin
        synced_q <= 1'b1;
        chip_time_q <= base_i;
      end
      if (retry || begins) tried_q <= retry ? tried_q + 4'd1 : 4'd0;
      left_q <= retry || begins ? Cw'(SyncTime) : left_q - 1'b1;
    end
    if (!rst_ni) begin
      left_q <= '0;
      synced_q <= 1'b0;
      tried_q <= '0;
      chip_time_q <= '0;
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule

`default_nettype wire
