// Serial link of SpikeIO: bytes out and in.
//
// Purpose: frame = start bit 0, eight data bits from bit 0 up, stop bit 1; a bit takes scaler_i clocks (0 counts as 1). With
// loopback_i the receiver sees the own line, else the pin. Loopback and rate hold for a whole byte, as of the clock in which it
// begins.
//
// Timing: a byte pushed in clock c may begin in c + 1. Beginning in clock s it has its first bit on the line in s + 1; the
// next one may
// begin in s + 10 bits. The receiver sees a start bit in clock d, samples bit k in d + k bits + half a bit (rounded down), and
// the byte
// is complete (valid_o) in the clock of its stop bit, k = 9. From the line to itself d = s + 1; the pin passes two registers.
// A byte without
// stop bit is dropped.
// Reset: line idle (1), nothing waits. enable_i = 0: none begins.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because a place is read
// only in clocks after the one in which it was written (tables: their block reads before it writes).
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_spikeio #(
    // Bytes waiting, a power of two; more are lost.
    parameter int unsigned Depth = hx_spec_pkg::SpikeIoFifo
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    input wire logic enable_i,
    input wire logic loopback_i,
    input wire logic [15:0] scaler_i,
    input wire logic push_i,
    input wire logic [7:0] byte_i,
    output wire logic valid_o,
    output wire logic [7:0] byte_o,
    output wire logic line_o,
    input wire logic line_i
);

  localparam int unsigned Aw = $clog2(Depth);

  // ---- Out. ----
  logic [7:0] mem_q[Depth];
  logic [Aw-1:0] wptr_q, rptr_q;
  logic [Aw:0] count_q;
  logic [9:0] shift_q;
  logic [3:0] bits_q;  // bits of the byte at work that are not over, 0: none
  logic [15:0] rate_q, clock_q;  // clocks of a bit; those left of this one
  logic loop_q;

  // ---- In. ----
  logic [1:0] pin_q;
  logic [3:0] in_bits_q;  // bits to sample, 0: idle
  logic [16:0] in_clock_q;  // clocks until the next one
  logic [15:0] in_rate_q;
  logic [7:0] in_shift_q;

  // A byte waits or is on a line, or was a clock before. Kept so that a clock at rest costs a simulation one look.
  logic awake_q;
  logic line, in, sample;
  always_comb begin
    line = 1'b1;
    in = 1'b1;
    sample = 1'b0;
    if (awake_q) begin
      line = bits_q == '0 || shift_q[0];
      in = loop_q ? line : pin_q[1];
      sample = in_bits_q != '0 && in_clock_q == 17'd1;
    end
  end
  assign line_o = line;
  assign valid_o = sample && in_bits_q == 4'd1 && in;
  assign byte_o = in_shift_q;

  // Values of one clock, used in this block only. They and the registers are assigned after everything has been read.
  logic [15:0] rate, in_rate;
  logic busy, bit_end, free, begin_byte, push, in_idle;

  always_ff @(posedge clk_i) begin
    if (awake_q || push_i || !line_i || loop_q != loopback_i) begin
      rate = scaler_i == '0 ? 16'd1 : scaler_i;
      in_rate = loop_q ? rate_q : rate;
      in_idle = in_bits_q == '0;
      busy = bits_q != '0;
      bit_end = clock_q == 16'd1;
      free = !busy || (bits_q == 4'd1 && bit_end);
      begin_byte = free && count_q != '0 && enable_i;
      push = push_i && !count_q[Aw];

      // In.
      in_clock_q <= in_idle ? {1'b0, in_rate} + {2'b00, in_rate[15:1]} : sample ? {1'b0, in_rate_q} : in_clock_q - 17'd1;
      if (in_idle && !in) in_rate_q <= in_rate;
      // The stop bit does not go in.
      if (sample && in_bits_q != 4'd1) in_shift_q <= {in, in_shift_q[7:1]};

      // Out.
      if (begin_byte || (busy && bit_end)) shift_q <= begin_byte ? {1'b1, mem_q[rptr_q], 1'b0} : shift_q >> 1;
      if (push) mem_q[wptr_q] `HX_MEMORY_WRITE byte_i;
      if (begin_byte || busy) clock_q <= begin_byte ? rate : bit_end ? rate_q : clock_q - 16'd1;
      if (begin_byte) rate_q <= rate;
      wptr_q <= wptr_q + Aw'(push);
      rptr_q <= rptr_q + Aw'(begin_byte);
      count_q <= count_q + {{Aw{1'b0}}, push} - {{Aw{1'b0}}, begin_byte};
      if (free) loop_q <= loopback_i;

      awake_q <= push_i || !line_i || busy || count_q != '0 || !in_idle || !in || pin_q != 2'b11;
      in_bits_q <= in_idle ? (in ? 4'd0 : 4'd9) : in_bits_q - {3'd0, sample};
      pin_q <= {pin_q[0], line_i};
      bits_q <= begin_byte ? 4'd10 : bits_q - {3'd0, busy && bit_end};
    end
    if (!rst_ni) begin
      awake_q <= 1'b0;
      wptr_q <= '0;
      rptr_q <= '0;
      count_q <= '0;
      bits_q <= '0;
      rate_q <= 16'd1;
      clock_q <= 16'd1;
      loop_q <= 1'b0;
      pin_q <= 2'b11;
      in_bits_q <= '0;
    end
  end

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
