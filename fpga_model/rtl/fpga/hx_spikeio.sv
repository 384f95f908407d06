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

  logic [15:0] rate;
  assign rate = scaler_i == '0 ? 16'd1 : scaler_i;

  // ---- Out. ----
  logic [7:0] mem_q[Depth];
  logic [Aw-1:0] wptr_q, rptr_q;
  logic [Aw:0] count_q;
  logic [9:0] shift_q;
  logic [3:0] bits_q;  // bits of the byte at work that are not over, 0: none
  logic [15:0] rate_q, clock_q;  // clocks of a bit; those left of this one
  logic loop_q;
  logic busy, free, begin_byte, push;

  assign busy = bits_q != '0;
  assign free = !busy || (bits_q == 4'd1 && clock_q == 16'd1);
  assign begin_byte = free && count_q != '0 && enable_i;
  assign push = push_i && !count_q[Aw];
  assign line_o = !busy || shift_q[0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q <= '0;
      rptr_q <= '0;
      count_q <= '0;
      bits_q <= '0;
      rate_q <= 16'd1;
      clock_q <= 16'd1;
      loop_q <= 1'b0;
    end else if (push_i || busy || count_q != '0 || loop_q != loopback_i) begin
      if (push) begin
        mem_q[wptr_q] <= byte_i;
        wptr_q <= wptr_q + 1'b1;
      end
      count_q <= count_q + {{Aw{1'b0}}, push} - {{Aw{1'b0}}, begin_byte};
      if (free) loop_q <= loopback_i;
      if (begin_byte) begin
        rptr_q <= rptr_q + 1'b1;
        shift_q <= {1'b1, mem_q[rptr_q], 1'b0};
        bits_q <= 4'd10;
        rate_q <= rate;
        clock_q <= rate;
      end else if (busy) begin
        if (clock_q == 16'd1) begin
          clock_q <= rate_q;
          shift_q <= shift_q >> 1;
          bits_q <= bits_q - 4'd1;
        end else begin
          clock_q <= clock_q - 16'd1;
        end
      end
    end
  end

  // ---- In. ----
  logic [1:0] pin_q;
  logic in, sample;
  logic [3:0] in_bits_q;  // bits to sample, 0: idle
  logic [16:0] in_clock_q;  // clocks until the next one
  logic [15:0] in_rate_q;
  logic [7:0] in_shift_q;
  logic [15:0] in_rate;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) pin_q <= 2'b11;
    else pin_q <= {pin_q[0], line_i};
  end
  assign in = loop_q ? line_o : pin_q[1];
  assign in_rate = loop_q ? rate_q : rate;
  assign sample = in_bits_q != '0 && in_clock_q == 17'd1;
  assign valid_o = sample && in_bits_q == 4'd1 && in;
  assign byte_o = in_shift_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      in_bits_q <= '0;
    end else if (in_bits_q == '0) begin
      if (!in) begin
        in_bits_q <= 4'd9;
        in_clock_q <= {1'b0, in_rate} + {2'b00, in_rate[15:1]};
        in_rate_q <= in_rate;
      end
    end else if (sample) begin
      in_bits_q <= in_bits_q - 4'd1;
      in_clock_q <= {1'b0, in_rate_q};
      // The stop bit does not go in.
      if (in_bits_q != 4'd1) in_shift_q <= {in, in_shift_q[7:1]};
    end else begin
      in_clock_q <= in_clock_q - 17'd1;
    end
  end

endmodule

`default_nettype wire
