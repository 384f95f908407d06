// System time of the FPGA and its synchronisation with the chip.
//
// Purpose: counts clocks and, on order, makes both sides start from SystimeSyncBase: a synchronisation started in clock x loads
// in clock x + SyncTime, so that in the clock after it the FPGA time is the base and the chip time twice the base. A start while
// one is in progress has no effect.
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

  assign active_o = left_q != '0;
  assign load_o = left_q == Cw'(1);
  assign time_o = time_q;
  assign synced_o = synced_q;
  assign round_trip_o = synced_q ? 43'(2 * LinkUp) : 43'd0;
  assign chip_time_o = chip_time_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      time_q <= '0;
      left_q <= '0;
      synced_q <= 1'b0;
      chip_time_q <= '0;
    end else begin
      time_q <= load_o ? base_i : time_q + 43'd1;
      if (active_o) left_q <= left_q - 1'b1;
      else if (start_i) left_q <= Cw'(SyncTime);
      if (load_o) begin
        synced_q <= 1'b1;
        chip_time_q <= base_i;
      end
    end
  end

endmodule

`default_nettype wire
