// Slot counter of the neuron step.
//
// Purpose: divides time into intervals of Slots clocks. Interval n begins at boundary b_n = n * Slots clocks after the release of
// the reset; the pass that runs in interval n + 1 updates the neurons with the charges of interval n. Interval 0 has no
// pass (run_o = 0).
//
// Reset: rst_ni (power-on and chip reset): the first clock with rst_ni high is boundary b_0.
`default_nettype none

module hx_step #(
    parameter int unsigned Slots = 16
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Clock of the interval, 0..Slots-1.
    output wire logic [3:0] slot_o,
    // Last clock of the interval.
    output wire logic step_last_o,
    // The pass of this interval is executed.
    output wire logic run_o
);

  localparam logic [3:0] Last = 4'(Slots - 1);

  logic [3:0] slot_q;
  logic started_q;

  assign slot_o = slot_q;
  assign step_last_o = slot_q == Last;
  assign run_o = rst_ni && started_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      slot_q <= 4'd0;
      started_q <= 1'b0;
    end else if (slot_q == Last) begin
      slot_q <= 4'd0;
      started_q <= 1'b1;
    end else begin
      slot_q <= slot_q + 4'd1;
    end
  end

endmodule

`default_nettype wire
