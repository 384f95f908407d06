// SPI master of the board's shift register and DACs.
//
// Purpose: collects the bytes of a frame per device and sends it. Each device keeps its last four bytes; frame_i sends them, that of
// this clock included.
//
// Timing: a frame of n bytes that starts in clock e keeps busy_o high in e + 1 .. e + SpiBit * (8 n + 2), done_o in the last of them: one
// bit time with select alone, eight per byte, one without select. SCLK is high in the middle half of a bit, MOSI holds for the whole
// bit, most significant first. The pins follow one clock behind.
//
// Reset: empty, nothing selected.
`default_nettype none

module hx_spi_master #(
    // Clocks per bit, a multiple of 4.
    parameter int unsigned SpiBit = hx_spec_pkg::SpiBit,
    localparam int unsigned Devices = 3
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    // A byte for device_i; only while not busy.
    input wire logic push_i,
    input wire logic frame_i,
    input wire logic [1:0] device_i,
    input wire logic [7:0] data_i,
    output wire logic busy_o,
    output wire logic done_o,
    // Pins.
    output wire logic sclk_o,
    output wire logic mosi_o,
    output wire logic [Devices-1:0] select_no
);

  localparam int unsigned Cw = $clog2(SpiBit);

  // Bytes that wait, the last one lowest, and how many (at most four, the first of them lost with the next byte).
  logic [23:0] bytes0_q, bytes1_q, bytes2_q, bytes;
  logic [2:0] fill0_q, fill1_q, fill2_q, fill;
  logic [31:0] next;
  logic [2:0] next_fill;
  always_comb begin
    case (device_i)
      2'd0: {fill, bytes} = {fill0_q, bytes0_q};
      2'd1: {fill, bytes} = {fill1_q, bytes1_q};
      default: {fill, bytes} = {fill2_q, bytes2_q};
    endcase
    next = {bytes, data_i};
    next_fill = fill[2] ? 3'd4 : fill + 3'd1;
  end

  logic busy_q;
  logic [31:0] shift_q;
  logic [5:0] left_q;  // bit times after this one; 0: select is off
  logic first_q;  // select alone
  logic [Cw-1:0] clock_q;
  logic [1:0] device_q;
  logic bit_end;
  // Pins.
  logic sclk_q, mosi_q;
  logic [Devices-1:0] select_q;

  // Next values, computed only while there is work; see hx_i2c_master.
  logic [31:0] shift;
  logic [5:0] left;
  logic [Cw-1:0] clock;
  logic busy, first;

  assign bit_end = 32'(clock_q) == SpiBit - 1;
  assign busy_o = busy_q;
  assign done_o = busy_q && left_q == 6'd0 && bit_end;

  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    if (push_i) begin
      case (device_i)
        2'd0: {fill0_q, bytes0_q} <= {frame_i ? 3'd0 : next_fill, next[23:0]};
        2'd1: {fill1_q, bytes1_q} <= {frame_i ? 3'd0 : next_fill, next[23:0]};
        default: {fill2_q, bytes2_q} <= {frame_i ? 3'd0 : next_fill, next[23:0]};
      endcase
      busy = frame_i;
      shift = next << {3'd4 - next_fill, 3'd0};
      left = {next_fill, 3'd1};
      first = 1'b1;
      clock = '0;
      device_q <= device_i;
    end else if (busy_q) begin
      sclk_q <= !first_q && left_q != 6'd0 && 32'(clock_q) >= SpiBit / 4 && 32'(clock_q) < SpiBit - SpiBit / 4;
      mosi_q <= shift_q[31];
      select_q <= left_q != 6'd0 ? Devices'(3'd1 << device_q) : '0;
      shift = shift_q;
      left = left_q;
      busy = 1'b1;
      first = first_q;
      clock = bit_end ? '0 : clock_q + 1'b1;
      if (bit_end) begin
        if (!first_q) shift = shift_q << 1;
        first = 1'b0;
        left = left_q - 6'd1;
        busy = left_q != 6'd0;
      end
    end
    if (push_i || busy_q) begin
      shift_q <= shift;
      left_q <= left;
      busy_q <= busy;
      first_q <= first;
      clock_q <= clock;
    end
    if (!rst_ni) begin
      busy_q <= 1'b0;
      fill0_q <= 3'd0;
      fill1_q <= 3'd0;
      fill2_q <= 3'd0;
      sclk_q <= 1'b0;
      mosi_q <= 1'b0;
      select_q <= '0;
    end
  end
  /* verilator lint_on BLKSEQ */

  assign sclk_o = sclk_q;
  assign mosi_o = mosi_q;
  assign select_no = ~select_q;

endmodule

`default_nettype wire
