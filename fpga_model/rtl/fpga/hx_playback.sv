// Playback memory: holds words of the host until the executor takes them, one per clock.
//
// Purpose: decides when execution starts (a halt is in the memory, or the memory is full), drops what is no instruction, and
// skips the rest of a program after an instruction timeout.
//
// Idle words (comma bit set) and words with an unknown header code are dropped at the entrance and are no instructions: they
// take no time and have no index. Unknown codes are counted.
//
// Latency: a word written in clock c can be executed from clock c + 2 on. A simulation fills the memory in no simulated time by
// writing mem_q, wptr_q, halt_mem_q, halt_wptr_q and, if word_valid_q is 0, word_q and word_valid_q.
// Reset: empty.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because a place is read
// only in clocks after the one in which it was written (tables: their block reads before it writes).
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_playback #(
    // Words of the memory, a power of two.
    parameter int unsigned Words = 4096,
    // Halts in the memory at most, a power of two; more words are refused until one is gone.
    parameter int unsigned Halts = 16
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    // Words of the host, taken with valid & ready.
    input wire logic valid_i,
    output wire logic ready_o,
    input wire logic [63:0] word_i,
    // The instruction of this clock; pop_i takes it.
    output wire logic word_valid_o,
    output wire logic [63:0] word_o,
    input wire logic pop_i,
    // Drops everything up to and including the next halt. halt_here_o says that this halt is in the memory, otherwise
    // discarded_o is high in the clock in which it arrives and is dropped.
    input wire logic discard_i,
    output wire logic halt_here_o,
    output wire logic discarded_o
);

  localparam int unsigned Aw = $clog2(Words);
  localparam int unsigned Hw = $clog2(Halts);
  localparam logic [6:0] LastCode = hx_spec_pkg::UtToFpgaSpikePack3;

  logic [63:0] mem_q[Words]  /*verilator public_flat_rd*/;
  // Pointers count on beyond the memory by one bit.
  logic [Aw:0] wptr_q  /*verilator public_flat_rd*/;
  logic [Aw:0] rptr_q  /*verilator public_flat_rd*/;
  // Places of the halts in the memory.
  logic [Aw:0] halt_mem_q[Halts]  /*verilator public_flat_rd*/;
  logic [Hw:0] halt_wptr_q  /*verilator public_flat_rd*/;
  logic [Hw:0] halt_rptr_q  /*verilator public_flat_rd*/;
  // The word at rptr_q, and that it may be executed.
  logic [63:0] word_q  /*verilator public_flat_rd*/;
  logic word_valid_q  /*verilator public_flat_rd*/;
  // A program that was started because the memory was full has not reached its halt yet.
  logic running_q  /*verilator public_flat_rd*/;
  // The halt that ends a discard has not arrived yet.
  logic discarding_q  /*verilator public_flat_rd*/;
  // Words with an unknown header code.
  logic [31:0] unknown_q  /*verilator public_flat_rd*/;

  logic accept, is_idle, is_known, is_halt, halt_pop;
  logic [Aw:0] level, rptr_next;
  logic halts_left, halts_room;

  assign level = wptr_q - rptr_q;
  assign halt_here_o = halt_wptr_q != halt_rptr_q;
  assign halts_room = (halt_wptr_q - halt_rptr_q) != {1'b1, {Hw{1'b0}}};
  assign ready_o = discarding_q || (level != {1'b1, {Aw{1'b0}}} && halts_room);
  assign accept = valid_i && ready_o;
  assign is_idle = accept && word_i[63];
  assign is_known = accept && word_i[62:56] <= LastCode;
  assign is_halt = accept && word_i[63:56] == {1'b0, hx_spec_pkg::UtToFpgaSystemLoopback} && !word_i[0];
  assign discarded_o = accept && discarding_q && is_halt;
  assign word_valid_o = word_valid_q;
  assign word_o = word_q;
  assign halt_pop = pop_i && halt_here_o && halt_mem_q[halt_rptr_q[Hw-1:0]] == rptr_q;
  assign rptr_next = rptr_q + {{Aw{1'b0}}, pop_i};
  // Halts behind the instruction that is taken now.
  assign halts_left = (halt_wptr_q - halt_rptr_q) != {{Hw{1'b0}}, halt_pop};

  // The word that arrives in the clock of a discard belongs to the program that is given up.
  logic discard_more, store;
  assign discard_more = discard_i && !halt_here_o;
  assign store = accept && !discarding_q && !is_idle && is_known && !discard_more;

  // Registers are assigned once and after they have been read, here and in the other modules: else a simulation copies them in every
  // clock.
  always_ff @(posedge clk_i) begin
    if (accept || discard_i) begin
      if (store) mem_q[wptr_q[Aw-1:0]] `HX_MEMORY_WRITE word_i;
      if (store && is_halt) halt_mem_q[halt_wptr_q[Hw-1:0]] `HX_MEMORY_WRITE wptr_q;
      if (accept && !is_idle && !is_known) unknown_q <= unknown_q + 32'd1;
      halt_wptr_q <= halt_wptr_q + {{Hw{1'b0}}, store && is_halt};
      wptr_q <= wptr_q + {{Aw{1'b0}}, store};
      discarding_q <= discard_more ? !is_halt : discarding_q && !discarded_o;
    end
    if (!rst_ni) begin
      wptr_q <= '0;
      halt_wptr_q <= '0;
      discarding_q <= 1'b0;
      unknown_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (discard_i || pop_i || (!word_valid_q && level != '0)) begin
      if (!discard_i) word_q <= mem_q[rptr_next[Aw-1:0]];
      word_valid_q <= !discard_i && wptr_q != rptr_next &&
          (halts_left || (!halt_pop && running_q) || level == {1'b1, {Aw{1'b0}}});
      running_q <= !discard_i && !halt_pop && (running_q || level == {1'b1, {Aw{1'b0}}});
      rptr_q <= !discard_i ? rptr_next : halt_here_o ? halt_mem_q[halt_rptr_q[Hw-1:0]] + 1'b1 : wptr_q;
      halt_rptr_q <= halt_rptr_q + {{Hw{1'b0}}, discard_i ? halt_here_o : halt_pop};
    end
    if (!rst_ni) begin
      rptr_q <= '0;
      halt_rptr_q <= '0;
      word_valid_q <= 1'b0;
      running_q <= 1'b0;
    end
  end

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
