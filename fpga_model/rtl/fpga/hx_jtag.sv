// JTAG master with its queue.
//
// Purpose: executes Init, Scaler, Ins and Data in order at the pins of the chip's test access port. A period of the JTAG clock is
// scaler + 2 clocks and has its rising edge in its last clock: tck_o is high for that clock, tms_o and tdi_o are valid, tdo_i is what
// the port shows before the edge. From Run-Test/Idle and back to it:
//   Init   6 edges:        TMS 1 1 1 1 1 0
//   Ins    13 edges:       TMS 1 1 0 0, seven bits (the last one with TMS 1), 1 0
//   Data   bits + 5 edges: TMS 1 0 0, the bits (the last one with TMS 1), 1 0
//   Scaler one clock, no edge
// Shifts outside of 3..33 bits are limited to that range. So the port captures in the third edge of a Data, updates in its last edge, and
// the kept data are complete in that clock: the durations of the timing contract.
//
// An item pushed in clock x with nothing in front works from clock x + 1 on. The JTAG clock stops in front of the first edge of a
// Data while port_busy_i (an access that the port started is not completed), and in front of the last edge of a kept one while
// an earlier answer has not been taken.
// Reset: queue empty, scaler 6.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because a place is read
// only in clocks after the one in which it was written (tables: their block reads before it writes).
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_jtag #(
    // Items waiting, a power of two.
    parameter int unsigned Depth = hx_spec_pkg::JtagFifo
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    // {code[1:0], keep, bits[7:0], data[32:0]}; only while not full_o.
    input wire logic push_i,
    input wire logic [43:0] item_i,
    output wire logic full_o,
    // Something waits or works.
    output wire logic pending_o,
    // Kept data, held until taken.
    output wire logic answer_valid_o,
    output wire logic [32:0] answer_o,
    input wire logic answer_ready_i,
    // Pins of the test access port.
    output wire logic tck_o,
    output wire logic tms_o,
    output wire logic tdi_o,
    input wire logic tdo_i,
    input wire logic port_busy_i
);

  localparam int unsigned Aw = $clog2(Depth);
  localparam logic [1:0] CodeInit = hx_spec_pkg::UtToFpgaJtagInit[1:0];
  localparam logic [1:0] CodeScaler = hx_spec_pkg::UtToFpgaJtagScaler[1:0];
  localparam logic [1:0] CodeIns = hx_spec_pkg::UtToFpgaJtagIns[1:0];
  localparam logic [1:0] CodeData = hx_spec_pkg::UtToFpgaJtagData[1:0];

  logic [43:0] mem_q[Depth];
  logic [Aw-1:0] wptr_q, rptr_q;
  logic [Aw:0] count_q;
  logic busy_q;  // an item is at work since an earlier clock
  logic [43:0] item_q;
  logic [5:0] period_q;  // of the item at work
  logic [8:0] phase_q;  // clock in the period
  logic [7:0] scaler_q;
  logic [32:0] shifted_q;  // bits that came back, by number
  logic answer_valid_q;
  logic [32:0] answer_q;

  logic start, edge_due, hold, last, tms, tdi, shifting;
  logic [43:0] item;
  logic [1:0] code;
  logic [5:0] bits, periods, place;
  logic [32:0] shifted;

  assign start = !busy_q && count_q != '0;
  assign full_o = count_q[Aw];
  assign pending_o = busy_q || count_q != '0;

  always_comb begin
    item = '0;
    code = CodeScaler;
    bits = '0;
    periods = '0;
    edge_due = 1'b0;
    hold = 1'b0;
    last = 1'b0;
    tms = 1'b0;
    tdi = 1'b0;
    shifting = 1'b0;
    place = '0;
    shifted = '0;
    if (pending_o) begin
      item = busy_q ? item_q : mem_q[rptr_q];
      code = item[43:42];
      bits = item[40:33] < 8'd3 ? 6'd3 : item[40:33] > 8'd33 ? 6'd33 : item[38:33];
      periods = code == CodeInit ? 6'd6 : code == CodeIns ? 6'd13 : bits + 6'd5;
      edge_due = code != CodeScaler && phase_q == {1'b0, scaler_q} + 9'd1;
      last = period_q == periods - 6'd1;
      hold = code == CodeData && (period_q == '0 ? port_busy_i : last && item[41] && answer_valid_q && !answer_ready_i);
      case (code)
        CodeInit: tms = period_q < 6'd5;
        CodeIns: begin
          tms = period_q < 6'd2 || period_q == 6'd10 || period_q == 6'd11;
          place = period_q - 6'd4;
          tdi = period_q >= 6'd4 && item[place];
        end
        default: begin
          tms = period_q == '0 || period_q == bits + 6'd2 || period_q == bits + 6'd3;
          place = period_q - 6'd3;
          shifting = code == CodeData && period_q >= 6'd3 && place < bits;
          tdi = shifting && item[place];
        end
      endcase
      if (edge_due) begin
        shifted = shifted_q;
        if (shifting) shifted[place] = tdo_i;
      end
    end
  end

  assign tck_o = edge_due && !hold;
  assign tms_o = tms;
  assign tdi_o = tdi;
  assign answer_valid_o = answer_valid_q;
  assign answer_o = answer_q;

  always_ff @(posedge clk_i) begin
    if (push_i || pending_o) begin
      if (push_i) begin
        mem_q[wptr_q] `HX_MEMORY_WRITE item_i;
        wptr_q <= wptr_q + 1'b1;
      end
      if (start) begin
        rptr_q <= rptr_q + 1'b1;
        item_q <= item;
        busy_q <= code != CodeScaler;
        if (code == CodeScaler) scaler_q <= item[7:0];
      end
      if (tck_o) begin
        period_q <= last ? 6'd0 : period_q + 6'd1;
        shifted_q <= last ? 33'd0 : shifted;
        if (last) busy_q <= 1'b0;
      end
      phase_q <= tck_o ? 9'd0 : phase_q + {8'd0, pending_o && code != CodeScaler && !edge_due};
      count_q <= count_q + {{Aw{1'b0}}, push_i} - {{Aw{1'b0}}, start};
    end
    if (!rst_ni) begin
      wptr_q <= '0;
      rptr_q <= '0;
      count_q <= '0;
      busy_q <= 1'b0;
      period_q <= '0;
      phase_q <= '0;
      scaler_q <= 8'd6;
      shifted_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      answer_valid_q <= 1'b0;
    end else if (tck_o || answer_valid_q) begin
      if (tck_o && last && code == CodeData && item[41]) begin
        answer_valid_q <= 1'b1;
        answer_q <= shifted;
      end else if (answer_ready_i) begin
        answer_valid_q <= 1'b0;
      end
    end
  end

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
