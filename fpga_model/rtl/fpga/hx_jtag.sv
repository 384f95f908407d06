// JTAG master with its queue, and the test access port of the chip as the master sees it.
//
// Purpose: executes Init, Scaler, Ins and Data in order with the duration of the timing contract: 6, 13 and bits + 5 periods of
// scaler + 2 clocks; Scaler takes one clock. The effect, and the kept data, come in the last clock.
//
// The test access port is kept as registers: IDCODE, BYPASS (and every unknown instruction), PLL target, Omnibus address, data and
// request, lane registers. SHIFT_PLL and OMNIBUS_REQUEST become accesses to the chip's Omnibus (jt_*). Shifts outside of 3..33
// bits are limited to that range.
//
// An item pushed in clock x with nothing in front works from clock x + 1 on. A last clock is prolonged while the answer or the
// access of an earlier item has not been taken.
// Reset: queue empty, scaler 6. chip_rst_i resets the test access port: instruction IDCODE, registers 0.
`default_nettype none

module hx_jtag #(
    // Items waiting, a power of two.
    parameter int unsigned Depth = hx_spec_pkg::JtagFifo
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    input wire logic chip_rst_i,
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
    // Access to the chip's Omnibus, held until taken; jt_done_i with the data of a read.
    output wire logic jt_valid_o,
    input wire logic jt_ready_i,
    output wire logic jt_we_o,
    output wire logic [31:0] jt_addr_o,
    output wire logic [31:0] jt_wdata_o,
    input wire logic jt_done_i,
    input wire logic [31:0] jt_rdata_i
);

  localparam int unsigned Aw = $clog2(Depth);
  localparam logic [31:0] IdCode = 32'h348580af;
  localparam logic [6:0] IrIdCode = 7'h01;
  localparam logic [6:0] IrPllTarget = 7'h03;
  localparam logic [6:0] IrShiftPll = 7'h04;
  localparam logic [6:0] IrOmnibusAddress = 7'h05;
  localparam logic [6:0] IrOmnibusData = 7'h06;
  localparam logic [6:0] IrOmnibusRequest = 7'h07;
  localparam logic [1:0] CodeInit = hx_spec_pkg::UtToFpgaJtagInit[1:0];
  localparam logic [1:0] CodeScaler = hx_spec_pkg::UtToFpgaJtagScaler[1:0];
  localparam logic [1:0] CodeIns = hx_spec_pkg::UtToFpgaJtagIns[1:0];

  logic [43:0] mem_q[Depth];
  logic [Aw-1:0] wptr_q, rptr_q;
  logic [Aw:0] count_q;
  logic [13:0] left_q;  // clocks that the item at work still takes, 0: none
  logic [43:0] item_q;  // the item at work
  logic [7:0] scaler_q;
  logic answer_valid_q;
  logic [32:0] answer_q;

  // Test access port.
  logic [6:0] ir_q;
  logic [3:0] pll_target_q;
  logic [32:0] address_q;
  logic [31:0] wdata_q, rdata_q;
  logic [255:0] phy_q;  // 32 bits per lane, 22 used
  logic jt_valid_q, jt_we_q, jt_flying_q;
  logic [31:0] jt_addr_q, jt_wdata_q;

  logic busy, start, last, effect, stall;
  logic [43:0] item;
  logic [1:0] code;
  logic [5:0] bits, periods;
  logic [13:0] duration;

  assign busy = left_q != '0;
  assign start = !busy && count_q != '0;

  always_comb begin
    item = '0;
    code = '0;
    bits = '0;
    periods = '0;
    duration = '0;
    last = 1'b0;
    stall = 1'b0;
    if (pending_o) begin
      item = busy ? item_q : mem_q[rptr_q];
      code = item[43:42];
      bits = item[40:33] < 8'd3 ? 6'd3 : item[40:33] > 8'd33 ? 6'd33 : item[38:33];
      periods = code == CodeInit ? 6'd6 : code == CodeIns ? 6'd13 : bits + 6'd5;
      duration = code == CodeScaler ? 14'd1 : {8'd0, periods} * ({6'd0, scaler_q} + 14'd2);
      last = busy ? left_q == 14'd1 : duration == 14'd1;
      stall = code == 2'd3 && ((item[41] && answer_valid_q && !answer_ready_i) || jt_valid_q || jt_flying_q);
    end
  end

  assign effect = last && !stall;
  assign full_o = count_q[Aw];
  assign pending_o = busy || count_q != '0;
  assign answer_valid_o = answer_valid_q;
  assign answer_o = answer_q;
  assign jt_valid_o = jt_valid_q;
  assign jt_we_o = jt_we_q;
  assign jt_addr_o = jt_addr_q;
  assign jt_wdata_o = jt_wdata_q;

  // Queue and time.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q <= '0;
      rptr_q <= '0;
      count_q <= '0;
      left_q <= '0;
    end else if (push_i || pending_o) begin
      if (push_i) begin
        mem_q[wptr_q] <= item_i;
        wptr_q <= wptr_q + 1'b1;
      end
      if (start) begin
        rptr_q <= rptr_q + 1'b1;
        item_q <= item;
        left_q <= duration - 14'd1;
      end else if (busy && !(last && stall)) begin
        left_q <= left_q - 14'd1;
      end
      count_q <= count_q + {{Aw{1'b0}}, push_i} - {{Aw{1'b0}}, start};
    end
  end

  // The register between the shift's two ends: its length and what it captures. `chain` holds what was captured and behind it
  // what is shifted in; bits leave at the low end.
  logic [5:0] dr_bits;
  logic [32:0] dr_capture;
  logic [65:0] chain, chain_after;
  logic [32:0] out_mask;
  logic is_phy;
  logic unused_chain;
  assign unused_chain = ^chain_after[65:33];

  always_comb begin
    dr_bits = 6'd1;
    dr_capture = '0;
    is_phy = ir_q[6] && ir_q[2:0] == 3'd4;
    chain = '0;
    chain_after = '0;
    out_mask = '0;
    if (effect) begin
      if (is_phy) begin
        dr_bits = 6'd22;
        dr_capture = {11'd0, phy_q[{ir_q[5:3], 5'd0}+:22]};
      end else begin
        case (ir_q)
          IrIdCode: begin
            dr_bits = 6'd32;
            dr_capture = {1'b0, IdCode};
          end
          IrPllTarget: begin
            dr_bits = 6'd4;
            dr_capture = {29'd0, pll_target_q};
          end
          IrShiftPll: dr_bits = 6'd32;
          IrOmnibusAddress: begin
            dr_bits = 6'd33;
            dr_capture = address_q;
          end
          IrOmnibusData: begin
            dr_bits = 6'd32;
            dr_capture = {1'b0, rdata_q};
          end
          IrOmnibusRequest: dr_bits = 6'd3;
          default: dr_bits = 6'd1;
        endcase
      end
      chain = ({33'd0, item[32:0]} << dr_bits) | {33'd0, dr_capture};
      chain_after = chain >> bits;
      out_mask = ~(33'h1_ffff_ffff << bits);
    end
  end

  // Effects.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      scaler_q <= 8'd6;
      answer_valid_q <= 1'b0;
    end else if (effect || answer_valid_q) begin
      if (effect && code == CodeScaler) scaler_q <= item[7:0];
      if (effect && code == 2'd3 && item[41]) begin
        answer_valid_q <= 1'b1;
        answer_q <= chain[32:0] & out_mask;
      end else if (answer_ready_i) begin
        answer_valid_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || chip_rst_i) begin
      ir_q <= IrIdCode;
      pll_target_q <= '0;
      address_q <= '0;
      wdata_q <= '0;
      rdata_q <= '0;
      phy_q <= '0;
    end else if (effect || jt_done_i) begin
      if (effect) begin
        case (code)
          CodeInit: ir_q <= IrIdCode;
          CodeIns: ir_q <= item[6:0];
          CodeScaler: ;
          default: begin
            if (ir_q == IrPllTarget) pll_target_q <= chain_after[3:0];
            if (ir_q == IrOmnibusAddress) address_q <= chain_after[32:0];
            if (ir_q == IrOmnibusData) wdata_q <= chain_after[31:0];
            if (is_phy) phy_q[{ir_q[5:3], 5'd0}+:22] <= chain_after[21:0];
          end
        endcase
      end
      if (jt_done_i && !jt_we_q) rdata_q <= jt_rdata_i;
    end
  end

  // The access of SHIFT_PLL and OMNIBUS_REQUEST.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      jt_valid_q <= 1'b0;
      jt_flying_q <= 1'b0;
    end else if (effect || jt_valid_q || jt_flying_q) begin
      if (jt_valid_q && jt_ready_i) begin
        jt_valid_q <= 1'b0;
        jt_flying_q <= 1'b1;
      end
      if (jt_done_i) jt_flying_q <= 1'b0;
      if (effect && code == 2'd3 && !chip_rst_i) begin
        if (ir_q == IrOmnibusRequest) begin
          jt_valid_q <= 1'b1;
          jt_we_q <= !address_q[32];
          jt_addr_q <= address_q[31:0];
          jt_wdata_q <= wdata_q;
        end else if (ir_q == IrShiftPll && !pll_target_q[3]) begin
          jt_valid_q <= 1'b1;
          jt_we_q <= 1'b1;
          jt_addr_q <= hx_spec_pkg::ADPLLBase | {29'd0, pll_target_q[2:0]};
          jt_wdata_q <= chain_after[31:0];
        end
      end
    end
  end

endmodule

`default_nettype wire
