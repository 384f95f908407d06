// Encoder: messages of the trace become 64-bit words for the host.
//
// Purpose: packs messages of 8 or 10 bytes without gaps, puts Systime and Sysdelta messages in front where the host's count of
// time needs them, and pads.
//
// Time: host_time_q is what the host believes after the previous message. A message with time T needs nothing if T is one more,
// a Sysdelta if T is 2 to 257 more, else a Systime; a Systime also as the first message of a program (the one after a halt) and
// after a synchronisation. Messages from before the first synchronisation have no time.
//
// Per clock: sends a word if at least 8 bytes are held; then, if at most 8 are left, takes one message (a time message as its own).
// Pads after a halt, taking nothing until it has, and in the first clock that follows FlushIdle clocks without a message.
//
// Latency: a message taken in clock c can leave in clock c + 1. Reset: empty, next message is the first of a program.
`default_nettype none

module hx_encoder #(
    parameter int unsigned FlushIdle = hx_spec_pkg::FlushIdle
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    // Head of the trace.
    input wire logic head_valid_i,
    input wire logic [71:0] head_payload_i,
    input wire logic [3:0] head_code_i,
    input wire logic [42:0] head_time_i,
    input wire logic head_timed_i,
    input wire logic head_first_i,
    output wire logic head_pop_o,
    // Words, taken with valid & ready.
    output wire logic ut_valid_o,
    input wire logic ut_ready_i,
    output logic [63:0] ut_word_o,
    // The word that leaves now completes the answer of a halt.
    output wire logic run_end_o
);

  localparam int unsigned Iw = $clog2(FlushIdle + 1);
  localparam logic [3:0] CodeSystime = hx_spec_pkg::UtFromFpgaSystime[3:0];
  localparam logic [3:0] CodeSysdelta = hx_spec_pkg::UtFromFpgaSysdelta[3:0];
  localparam logic [3:0] CodeLoopback = hx_spec_pkg::UtFromFpgaLoopback[3:0];
  localparam logic [3:0] CodeMadcPack3 = hx_spec_pkg::UtFromFpgaMadcSamplePack3[3:0];
  localparam logic [3:0] CodeSpikePack3 = hx_spec_pkg::UtFromFpgaSpikePack3[3:0];

  // Held bytes, first one on top; what is behind them is 0. Messages have an even number of bytes: held_q counts pairs, 0..9.
  logic [143:0] buffer_q;
  logic [3:0] held_q;
  logic flush_q;  // pad, then go on
  logic [Iw-1:0] idle_q;  // clocks without a message since the last one, at most FlushIdle
  logic [42:0] host_time_q;
  logic absolute_q;  // the next message with a time needs a Systime
  logic told_q;  // the time message of the head has been sent

  logic whole, pad, send, take, flush_done;
  logic [3:0] left;

  assign whole = held_q >= 4'd4;
  assign pad = !whole && held_q != '0 && (flush_q || 32'(idle_q) >= FlushIdle);
  assign ut_valid_o = whole || pad;
  always_comb begin
    ut_word_o = '0;
    if (ut_valid_o) ut_word_o = buffer_q[143:80];
    if (pad) ut_word_o = ut_word_o | (64'h8000_0000_0000_0000 >> {held_q, 4'd0});
  end
  assign send = ut_valid_o && ut_ready_i;
  assign left = !send ? held_q : whole ? held_q - 4'd4 : 4'd0;
  assign flush_done = flush_q && left == '0;
  assign run_end_o = flush_done;
  assign take = head_valid_i && left <= 4'd4 && (!flush_q || flush_done);

  // What is taken: the head, or a time message in front of it.
  logic [42:0] step;
  logic near, next, need, long_message, is_halt;
  logic [79:0] message;

  assign step = head_valid_i ? head_time_i - host_time_q : 43'd0;
  assign next = step == 43'd1;
  assign near = step >= 43'd2 && step <= 43'd257;
  assign need = head_timed_i && head_code_i != CodeSystime && !told_q && (absolute_q || head_first_i || !next);
  assign long_message = !need && (head_code_i == CodeMadcPack3 || head_code_i == CodeSpikePack3);
  assign is_halt = !need && head_code_i == CodeLoopback && !head_payload_i[0];
  assign head_pop_o = take && !need;

  always_comb begin
    if (!take) message = '0;
    else if (long_message) message = {4'd0, head_code_i, head_payload_i};
    else if (!need) message = {4'd0, head_code_i, head_payload_i[55:0], 16'd0};
    else if (near && !absolute_q && !head_first_i) message = {4'd0, CodeSysdelta, 48'd0, step[7:0] - 8'd2, 16'd0};
    else message = {4'd0, CodeSystime, 13'd0, head_time_i - 43'd1, 16'd0};
  end

  logic [143:0] rest, buffer_next;
  always_comb begin
    rest = '0;
    buffer_next = '0;
    if (send || take) begin
      rest = !send ? buffer_q : whole ? {buffer_q[79:0], 64'd0} : 144'd0;
      buffer_next = take ? rest | ({message, 64'd0} >> {left, 4'd0}) : rest;
    end
  end

  always_ff @(posedge clk_i) begin
    if (head_valid_i || held_q != '0 || flush_q) begin
      if (take) begin
        buffer_q <= buffer_next;
        held_q <= left + (long_message ? 4'd5 : 4'd4);
        flush_q <= is_halt;
        told_q <= need;
        if (head_pop_o) absolute_q <= is_halt || (absolute_q && !head_timed_i);
        if (head_pop_o && head_timed_i) host_time_q <= head_time_i;
      end else begin
        if (send) buffer_q <= buffer_next;
        held_q <= left;
        if (flush_done) flush_q <= 1'b0;
      end
      idle_q <= take ? '0 : 32'(idle_q) < FlushIdle ? idle_q + 1'b1 : idle_q;
    end
    if (!rst_ni) begin
      buffer_q <= '0;
      held_q <= '0;
      flush_q <= 1'b0;
      idle_q <= '0;
      host_time_q <= '0;
      absolute_q <= 1'b1;
      told_q <= 1'b0;
    end
  end

endmodule

`default_nettype wire
