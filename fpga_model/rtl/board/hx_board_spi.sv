// Devices at the SPI of the xBoard: a 24 bit shift register and two DACs with eight channels of 12 bit. For simulation only.
//
// Purpose: takes frames (bits at the rising edge of SCLK while selected, effect when select rises) and says what becomes of the supplies,
// which channels 0..5 of DAC 1 set. Frames and registers: docs/decisions/board.md.
//
// Timing: the effect shows two clocks after the rising edge of select. Reset: power-on only.
`default_nettype none

/* verilator lint_off BLKSEQ */  // Blocking on purpose: the variables are private to the one clocked block.
module hx_board_spi (
    input wire logic clk_i,
    input wire logic sclk_i,
    input wire logic mosi_i,
    input wire logic [2:0] select_ni,
    // The shift register was written.
    output wire logic is_xboard_o,
    // Supplies in the order of the DAC: 2.5 V digital, 1.2 V digital, 2.5 V analog, 1.2 V analog, MADC, PLL.
    output wire logic [5:0] supply_on_o,
    output wire logic [6*12-1:0] supply_code_o
);

  localparam int unsigned VddLsb = hx_spec_pkg::ShiftRegister_enable_vdd_0_Lsb;

  // Bits of the frame under way (the last ones), the first 16 of them, how many there were.
  logic [23:0] last_bits;
  logic [15:0] first_bits;
  logic [7:0] bits;
  logic sclk_q;
  logic [2:0] select_nq;

  logic is_xboard;
  logic [23:0] shift_register  /*verilator public_flat_rd*/;
  logic [11:0] input_code[16];  // 8 * DAC + channel
  logic [11:0] code[16];
  logic [7:0] off[2];
  logic [1:0] mode[2];  // LDAC
  logic [5:0] gain[2]  /*verilator public_flat_rd*/;

  initial begin
    sclk_q = 1'b0;
    select_nq = 3'b111;
    bits = 8'd0;
    last_bits = 24'd0;
    first_bits = 16'd0;
    is_xboard = 1'b0;
    shift_register = 24'd0;
    for (int unsigned i = 0; i < 16; i++) begin
      input_code[i] = 12'd0;
      code[i] = 12'd0;
    end
    for (int unsigned i = 0; i < 2; i++) begin
      off[i] = 8'd0;
      mode[i] = 2'd1;
      gain[i] = 6'd0;
    end
  end

  task automatic dac_frame(input logic dac, input logic [15:0] frame);
    if (!frame[15]) begin
      input_code[{dac, frame[14:12]}] = frame[11:0];
      if (mode[dac] == 2'd0) code[{dac, frame[14:12]}] = frame[11:0];
    end else begin
      case (frame[14:13])
        2'd0: gain[dac] = frame[5:0];
        2'd1: begin
          if (!frame[1]) mode[dac] = frame[1:0];
          if (frame[1:0] == 2'd2) for (int unsigned i = 0; i < 8; i++) code[{dac, 3'(i)}] = input_code[{dac, 3'(i)}];
        end
        2'd2: off[dac] = frame[7:0];
        default: begin
          for (int unsigned i = 0; i < 8; i++) begin
            code[{dac, 3'(i)}] = 12'd0;
            input_code[{dac, 3'(i)}] = 12'd0;
          end
          if (frame[12]) begin
            mode[dac] = 2'd1;
            gain[dac] = 6'd0;
            off[dac] = 8'd0;
          end
        end
      endcase
    end
  endtask

  logic [5:0] supply_on_q;
  logic [6*12-1:0] supply_code_q;
  logic is_xboard_q;
  initial begin
    supply_on_q = 6'd0;
    supply_code_q = 72'd0;
    is_xboard_q = 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (sclk_i != sclk_q || select_ni != select_nq) begin
      if (select_ni != 3'b111 && select_nq == 3'b111) begin
        bits = 8'd0;
        last_bits = 24'd0;
      end
      if (sclk_i && !sclk_q && select_ni != 3'b111) begin
        last_bits = {last_bits[22:0], mosi_i};
        if (bits < 8'd16) first_bits = {first_bits[14:0], mosi_i};
        bits = bits + 8'd1;
      end
      if (select_ni == 3'b111 && select_nq != 3'b111) begin
        if (!select_nq[0]) begin
          shift_register = last_bits;
          is_xboard = 1'b1;
        end
        if (!select_nq[1] && bits >= 8'd16) dac_frame(1'b0, first_bits);
        if (!select_nq[2] && bits >= 8'd16) dac_frame(1'b1, first_bits);
        is_xboard_q <= is_xboard;
        supply_on_q <= shift_register[VddLsb+:6] & ~off[1][5:0];
        supply_code_q <= {code[13], code[12], code[11], code[10], code[9], code[8]};
      end
      sclk_q <= sclk_i;
      select_nq <= select_ni;
    end
  end

  assign is_xboard_o = is_xboard_q;
  assign supply_on_o = supply_on_q;
  assign supply_code_o = supply_code_q;

endmodule
/* verilator lint_on BLKSEQ */

`default_nettype wire
