// Test access port of the chip.
//
// Purpose: the sixteen states of IEEE 1149.1 behind TCK, TMS, TDI and TDO, an instruction register of seven bits, and the
// registers:
//   00 EXTEST, 02 SAMPLE/PRELOAD   one bit, like BYPASS: there is no boundary register
//   01 IDCODE                      32 bits
//   03 PLL_TARGET_REG              4 bits: number of a PLL register
//   04 SHIFT_PLL                   32 bits: writes that register (0..5; further ones do nothing)
//   05 OMNIBUS_ADDRESS             33 bits: address, and 1 for a read
//   06 OMNIBUS_DATA                32 bits: data to write; captures the data of the last read
//   07 OMNIBUS_REQUEST             3 bits: any value starts the access
//   44 + 8 r                       22 bits: configuration of lane r in the chip's counting (stored)
//   7f BYPASS, every other one     one bit
//
// Timing: one rising edge of TCK in every clock with tck_i high. Capture and Update act in the edge that leaves their state. A
// PLL register is
// written in the clock of its update (pll_*). An access of the Omnibus is offered from the clock after its update on; it
// is lost if the Omnibus has no clock then or while it waits. busy_o: an access is not completed.
// Reset: rst_ni is power-on, chip_rst_i the reset pin: IDCODE, Run-Test/Idle, registers 0. While it is high edges do nothing, TDO
// is 0. What a completed access of before the reset read is forgotten.
`default_nettype none

module hx_tap (
    input wire logic clk_i,
    input wire logic rst_ni,
    input wire logic chip_rst_i,

    input wire logic tck_i,
    input wire logic tms_i,
    input wire logic tdi_i,
    output wire logic tdo_o,

    // Write of a PLL register in this clock.
    output wire logic pll_we_o,
    output wire logic [2:0] pll_addr_o,
    output wire logic [31:0] pll_wdata_o,

    // Access of the Omnibus, held until taken; all bytes enabled. ob_on_i: the Omnibus has a clock.
    input wire logic ob_on_i,
    output wire logic jt_valid_o,
    input wire logic jt_ready_i,
    output wire logic jt_we_o,
    output wire logic [31:0] jt_addr_o,
    output wire logic [31:0] jt_wdata_o,
    input wire logic jt_done_i,
    input wire logic [31:0] jt_rdata_i,
    output wire logic busy_o
);

  localparam logic [31:0] IdCode = 32'h348580af;
  localparam logic [6:0] IrIdCode = 7'h01;
  localparam logic [6:0] IrPllTarget = 7'h03;
  localparam logic [6:0] IrShiftPll = 7'h04;
  localparam logic [6:0] IrOmnibusAddress = 7'h05;
  localparam logic [6:0] IrOmnibusData = 7'h06;
  localparam logic [6:0] IrOmnibusRequest = 7'h07;

  localparam logic [3:0] StReset = 4'd0;
  localparam logic [3:0] StIdle = 4'd1;
  localparam logic [3:0] StSelectDr = 4'd2;
  localparam logic [3:0] StCaptureDr = 4'd3;
  localparam logic [3:0] StShiftDr = 4'd4;
  localparam logic [3:0] StExit1Dr = 4'd5;
  localparam logic [3:0] StPauseDr = 4'd6;
  localparam logic [3:0] StExit2Dr = 4'd7;
  localparam logic [3:0] StUpdateDr = 4'd8;
  localparam logic [3:0] StSelectIr = 4'd9;
  localparam logic [3:0] StCaptureIr = 4'd10;
  localparam logic [3:0] StShiftIr = 4'd11;
  localparam logic [3:0] StExit1Ir = 4'd12;
  localparam logic [3:0] StPauseIr = 4'd13;
  localparam logic [3:0] StExit2Ir = 4'd14;
  localparam logic [3:0] StUpdateIr = 4'd15;

  logic [3:0] state_q, state;
  logic [6:0] ir_q;
  logic [32:0] shift_q;  // of both registers
  logic [3:0] pll_target_q;
  logic [32:0] address_q;
  logic [31:0] wdata_q, rdata_q;
  logic [255:0] phy_q;  // 32 bits per lane, 22 used
  logic jt_valid_q, jt_we_q, jt_flying_q, jt_ours_q;
  logic [31:0] jt_addr_q, jt_wdata_q;

  always_comb begin
    state = state_q;
    if (tck_i) begin
      case (state_q)
        StReset: state = tms_i ? StReset : StIdle;
        StIdle: state = tms_i ? StSelectDr : StIdle;
        StSelectDr: state = tms_i ? StSelectIr : StCaptureDr;
        StCaptureDr: state = tms_i ? StExit1Dr : StShiftDr;
        StShiftDr: state = tms_i ? StExit1Dr : StShiftDr;
        StExit1Dr: state = tms_i ? StUpdateDr : StPauseDr;
        StPauseDr: state = tms_i ? StExit2Dr : StPauseDr;
        StExit2Dr: state = tms_i ? StUpdateDr : StShiftDr;
        StUpdateDr: state = tms_i ? StSelectDr : StIdle;
        StSelectIr: state = tms_i ? StReset : StCaptureIr;
        StCaptureIr: state = tms_i ? StExit1Ir : StShiftIr;
        StShiftIr: state = tms_i ? StExit1Ir : StShiftIr;
        StExit1Ir: state = tms_i ? StUpdateIr : StPauseIr;
        StPauseIr: state = tms_i ? StExit2Ir : StPauseIr;
        StExit2Ir: state = tms_i ? StUpdateIr : StShiftIr;
        default: state = tms_i ? StSelectDr : StIdle;
      endcase
    end
  end

  // The register that the instruction selects: its last place, what it captures.
  logic is_phy;
  logic [5:0] last_bit;
  logic [32:0] capture;
  always_comb begin
    is_phy = ir_q[6] && ir_q[2:0] == 3'd4;
    last_bit = 6'd0;
    capture = '0;
    if (tck_i) begin
      if (state_q == StCaptureIr || state_q == StShiftIr) begin
        last_bit = 6'd6;
        capture = 33'd1;
      end else if (is_phy) begin
        last_bit = 6'd21;
        capture = {11'd0, phy_q[{ir_q[5:3], 5'd0}+:22]};
      end else begin
        case (ir_q)
          IrIdCode: begin
            last_bit = 6'd31;
            capture = {1'b0, IdCode};
          end
          IrPllTarget: begin
            last_bit = 6'd3;
            capture = {29'd0, pll_target_q};
          end
          IrShiftPll: last_bit = 6'd31;
          IrOmnibusAddress: begin
            last_bit = 6'd32;
            capture = address_q;
          end
          IrOmnibusData: begin
            last_bit = 6'd31;
            capture = {1'b0, rdata_q};
          end
          IrOmnibusRequest: last_bit = 6'd2;
          default: last_bit = 6'd0;
        endcase
      end
    end
  end

  logic update_dr, request;
  assign update_dr = tck_i && state_q == StUpdateDr && !chip_rst_i;
  assign request = update_dr && ir_q == IrOmnibusRequest;
  assign pll_we_o = update_dr && ir_q == IrShiftPll && pll_target_q < 4'd6;
  assign pll_addr_o = pll_target_q[2:0];
  assign pll_wdata_o = shift_q[31:0];
  assign tdo_o = !chip_rst_i && (state_q == StShiftDr || state_q == StShiftIr) && shift_q[0];
  assign jt_valid_o = jt_valid_q;
  assign jt_we_o = jt_we_q;
  assign jt_addr_o = jt_addr_q;
  assign jt_wdata_o = jt_wdata_q;
  assign busy_o = jt_valid_q || jt_flying_q;

  /* verilator lint_off BLKSEQ */
  logic [32:0] shift;
  logic [6:0] ir;
  always_ff @(posedge clk_i) begin
    if (tck_i || jt_done_i) begin
      if (jt_done_i && jt_ours_q && !jt_we_q) rdata_q <= jt_rdata_i;
      if (tck_i) begin
        // Registers are assigned once, after they have been read: else a simulation copies them in every clock.
        shift = shift_q;
        ir = ir_q;
        case (state_q)
          StCaptureDr, StCaptureIr: shift = capture;
          StShiftDr, StShiftIr: begin
            shift = shift_q >> 1;
            shift[last_bit] = tdi_i;
          end
          StUpdateIr: ir = shift_q[6:0];
          StUpdateDr: begin
            if (ir_q == IrPllTarget) pll_target_q <= shift_q[3:0];
            if (ir_q == IrOmnibusAddress) address_q <= shift_q;
            if (ir_q == IrOmnibusData) wdata_q <= shift_q[31:0];
            if (is_phy) phy_q[{ir_q[5:3], 5'd0}+:22] <= shift_q[21:0];
          end
          default: ;
        endcase
        if (state == StReset) ir = IrIdCode;
        shift_q <= shift;
        ir_q <= ir;
        state_q <= state;
      end
    end
    if (!rst_ni || chip_rst_i) begin
      state_q <= StIdle;
      ir_q <= IrIdCode;
      shift_q <= '0;
      pll_target_q <= '0;
      address_q <= '0;
      wdata_q <= '0;
      rdata_q <= '0;
      phy_q <= '0;
    end
  end
  /* verilator lint_on BLKSEQ */

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      jt_valid_q <= 1'b0;
      jt_flying_q <= 1'b0;
      jt_ours_q <= 1'b0;
    end else if (request || busy_o) begin
      if (jt_valid_q && (jt_ready_i || !ob_on_i || chip_rst_i)) jt_valid_q <= 1'b0;
      if (jt_valid_q && jt_ready_i) begin
        jt_flying_q <= 1'b1;
        jt_ours_q <= 1'b1;
      end
      if (jt_done_i) jt_flying_q <= 1'b0;
      if (chip_rst_i) jt_ours_q <= 1'b0;
      if (request && ob_on_i) begin
        jt_valid_q <= 1'b1;
        jt_we_q <= !address_q[32];
        jt_addr_q <= address_q[31:0];
        jt_wdata_q <= wdata_q;
      end
    end
  end

endmodule

`default_nettype wire
