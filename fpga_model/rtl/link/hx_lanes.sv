// The eight lanes of the link: when they are up.
//
// Purpose: lane i is up LinkUpTime clocks after it was enabled on both sides (writes with their effect in clock e or before: up from
// clock e + LinkUpTime on), and down in the first clock in which an enable is seen missing. The link is up while any lane is. A lane
// that came up is notified, lower lanes first: offered from the clock in which it is up, one per clock.
//
// always_up_i is a strap for a system without start-up: the link is up from power-on. Lanes and notifications do not depend on it.
// Reset: all lanes down, nothing to notify.
`default_nettype none

module hx_lanes #(
    parameter int unsigned LinkUpTime = hx_spec_pkg::LinkUpTime
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    input wire logic always_up_i,
    // Enables by lane, both in the counting of the FPGA.
    input wire logic [7:0] fpga_enable_i,
    input wire logic [7:0] chip_enable_i,
    output wire logic [7:0] lane_up_o,
    output wire logic up_o,
    // The lane that counts the words of the link: the lowest one that is up, 0 if none is.
    output logic [2:0] first_lane_o,
    // Notification, held until taken.
    output wire logic notify_valid_o,
    output logic [2:0] notify_lane_o,
    input wire logic notify_ready_i
);

  localparam int unsigned Cw = $clog2(LinkUpTime);

  logic [8*Cw-1:0] count_q;  // clocks since a lane was seen enabled, by lane
  logic [7:0] up_q, notify_q, counting_q, enable, came;

  assign enable = fpga_enable_i & chip_enable_i;
  assign lane_up_o = up_q & enable;
  assign up_o = always_up_i || lane_up_o != '0;
  assign notify_valid_o = notify_q != '0;

  always_comb begin
    first_lane_o = 3'd0;
    if (!lane_up_o[0] && lane_up_o != '0) begin
      for (int unsigned i = 8; i > 0; i--) begin
        if (lane_up_o[i-1]) first_lane_o = 3'(i - 1);
      end
    end
    notify_lane_o = 3'd0;
    if (notify_valid_o) begin
      for (int unsigned i = 8; i > 0; i--) begin
        if (notify_q[i-1]) notify_lane_o = 3'(i - 1);
      end
    end
  end

  always_comb begin
    came = '0;
    if (enable != up_q) begin
      for (int unsigned i = 0; i < 8; i++) came[i] = enable[i] && !up_q[i] && count_q[Cw*i+:Cw] == Cw'(LinkUpTime - 2);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= '0;
      up_q <= '0;
      notify_q <= '0;
      counting_q <= '0;
    end else if (enable != up_q || counting_q != '0 || notify_valid_o) begin
      up_q <= lane_up_o | came;
      counting_q <= enable & ~up_q & ~came;
      for (int unsigned i = 0; i < 8; i++) begin
        count_q[Cw*i+:Cw] <= enable[i] && !up_q[i] && !came[i] ? count_q[Cw*i+:Cw] + 1'b1 : {Cw{1'b0}};
      end
      notify_q <= (notify_q & ~(notify_ready_i ? 8'd1 << notify_lane_o : 8'd0)) | came;
    end
  end

endmodule

`default_nettype wire
