// The link between FPGA and chip, seen as delays and FIFOs.
//
// Purpose: carries labels and Omnibus accesses to the chip and event packs back, with the latencies and depths of the timing
// contract (section 14 of the chip behaviour), while at least one of the eight lanes is up (hx_lanes).
//
// Latency, for what the executor hands over in clock x:
//   labels   offered to the chip from clock x + LinkUp - 1 on, one per clock, so the first one is in its L2 input register in
//            clock x + LinkUp when nothing is in front;
//   Omnibus  offered to the chip from clock x + LinkUp on, one per clock, in order;
//   packs    stamped in clock s arrive in clock s + LinkDown, always in order. MADC samples as well, on places of their own.
//
// While the link is down accesses wait in front of it, in order; from the first clock in which it is up on they enter, one per
// clock. What has entered waits at the chip's end. Labels that come while it is down are lost (counted in lost_q), those that
// have entered arrive. No pack leaves the chip; completions and packs under way arrive.
//
// Reset: everything under way is dropped. The chip's reset pin takes its lanes down.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because a place is read
// only in clocks after the one in which it was written (tables: their block reads before it writes).
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_link #(
    parameter int unsigned LinkUp = hx_spec_pkg::LinkUp,
    parameter int unsigned LinkFifo = hx_spec_pkg::LinkFifo,
    parameter int unsigned BusFifo = hx_spec_pkg::BusFifo,
    parameter int unsigned LinkDown = hx_spec_pkg::LinkDown,
    parameter int unsigned PackDepth = hx_spec_pkg::PackDepth
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // A lane is up.
    input wire logic up_i,
    // Words that enter in this clock: labels, addresses and data.
    output wire logic [2:0] tx_words_o,

    // Labels from the executor: ev_count_i (0..3) of them, the first one most significant of the 16 * count bits used.
    // Only while ev_room_o: at least three places are free.
    input wire logic [1:0] ev_count_i,
    input wire logic [47:0] ev_labels_i,
    output wire logic ev_room_o,

    // Omnibus accesses from the executor; only while not ob_full_o: fewer than BusFifo accesses wait, in front of the
    // link and at the chip.
    input wire logic ob_valid_i,
    input wire logic ob_we_i,
    input wire logic [31:0] ob_addr_i,
    input wire logic [31:0] ob_wdata_i,
    input wire logic [3:0] ob_be_i,
    output wire logic ob_full_o,
    // Completions of these accesses, in order.
    output wire logic ob_done_o,
    output wire logic [31:0] ob_rdata_o,

    // Packs arriving in this clock.
    output wire logic pk_valid_o,
    output wire logic [1:0] pk_count_o,
    output wire logic [71:0] pk_data_o,
    // How many packs (0..2) left the way to the trace in this clock: entered it or were dropped.
    input wire logic [1:0] pk_gone_i,
    // MADC samples arriving in this clock.
    output wire logic md_valid_o,
    output wire logic [23:0] md_data_o,

    // The chip's side; see hx_chip.
    output wire logic chip_ev_valid_o,
    input wire logic chip_ev_ready_i,
    output wire logic [15:0] chip_ev_label_o,
    output wire logic chip_ob_valid_o,
    input wire logic chip_ob_ready_i,
    output wire logic chip_ob_we_o,
    output wire logic [31:0] chip_ob_addr_o,
    output wire logic [31:0] chip_ob_wdata_o,
    output wire logic [3:0] chip_ob_be_o,
    input wire logic chip_ob_done_i,
    input wire logic [31:0] chip_ob_rdata_i,
    input wire logic chip_pack_valid_i,
    output wire logic chip_pack_ready_o,
    input wire logic [1:0] chip_pack_count_i,
    input wire logic [71:0] chip_pack_data_i,
    input wire logic chip_madc_valid_i,
    input wire logic [23:0] chip_madc_data_i
);

  // ---- Labels. One FIFO entry is one pack: {count, labels}; places are counted in labels. ----
  localparam int unsigned EvAw = $clog2(LinkFifo);
  localparam int unsigned EvStages = LinkUp - 2;

  logic [49:0] ev_mem_q[LinkFifo];
  logic [EvAw-1:0] ev_wptr_q, ev_rptr_q;
  logic [EvStages-1:0] ev_way_q;  // packs under way, the oldest one at the top
  logic [EvAw:0] ev_here_q;  // packs that have arrived
  logic [EvAw:0] ev_used_q;  // places taken by labels, those under way included
  logic [1:0] ev_sent_q;  // labels of the first pack that the chip has taken

  logic [49:0] ev_head;
  logic ev_push, ev_take, ev_take_last, ev_busy;
  logic [1:0] ev_left;  // labels of the first pack behind the one offered
  logic [1:0] ev_entered;
  logic [31:0] lost_q  /*verilator public_flat_rd*/;  // labels lost because the link was down

  assign ev_head = chip_ev_valid_o ? ev_mem_q[ev_rptr_q] : 50'd0;
  assign ev_left = ev_head[49:48] - 2'd1 - ev_sent_q;
  assign chip_ev_valid_o = ev_here_q != '0;
  assign chip_ev_label_o = ev_left == 2'd2 ? ev_head[47:32] : ev_left == 2'd1 ? ev_head[31:16] : ev_head[15:0];
  assign ev_push = ev_count_i != 2'd0 && up_i;
  assign ev_take = chip_ev_valid_o && chip_ev_ready_i;
  assign ev_take_last = ev_take && ev_left == 2'd0;
  assign ev_entered = ev_push ? ev_count_i : 2'd0;
  assign ev_room_o = 32'(ev_used_q) + 32'd3 <= LinkFifo;

  always_ff @(posedge clk_i) begin
    ev_busy = ev_push || ev_used_q != '0;
    if (ev_busy) begin
      if (ev_push) ev_mem_q[ev_wptr_q] `HX_MEMORY_WRITE {ev_count_i, ev_labels_i};
      ev_wptr_q <= ev_wptr_q + EvAw'(ev_push);
      ev_rptr_q <= ev_rptr_q + EvAw'(ev_take_last);
      ev_sent_q <= ev_take_last ? 2'd0 : ev_sent_q + {1'b0, ev_take};
      ev_here_q <= ev_here_q + {{EvAw{1'b0}}, ev_way_q[EvStages-1]} - {{EvAw{1'b0}}, ev_take_last};
      ev_way_q <= {ev_way_q[EvStages-2:0], ev_push};
      ev_used_q <= ev_used_q + {{(EvAw - 1) {1'b0}}, ev_entered} - {{EvAw{1'b0}}, ev_take};
    end
    if (!rst_ni) begin
      ev_wptr_q <= '0;
      ev_rptr_q <= '0;
      ev_way_q <= '0;
      ev_here_q <= '0;
      ev_used_q <= '0;
      ev_sent_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) lost_q <= '0;
    else if (ev_count_i != 2'd0 && !up_i) lost_q <= lost_q + {30'd0, ev_count_i};
  end

  // ---- Omnibus. One memory for accesses in front of the link, under way and at the chip. ----
  localparam int unsigned ObAw = $clog2(BusFifo + LinkUp);
  localparam int unsigned ObStages = LinkUp - 1;

  logic [68:0] ob_mem_q[2**ObAw];
  logic [ObAw-1:0] ob_wptr_q, ob_eptr_q, ob_rptr_q;  // next one from the executor, to enter, for the chip
  logic [ObAw:0] ob_front_q;  // accesses in front of the link
  logic [ObStages-1:0] ob_way_q;
  logic [ObAw:0] ob_here_q;  // accesses that wait at the chip

  logic [68:0] ob_head;
  logic ob_here, ob_take, ob_front, ob_enter, ob_enter_we;

  assign ob_head = chip_ob_valid_o ? ob_mem_q[ob_rptr_q] : 69'd0;
  assign ob_here = ob_here_q != '0;
  assign ob_front = ob_front_q != '0;
  assign ob_enter = up_i && (ob_valid_i || ob_front);
  assign ob_enter_we = ob_enter && (ob_front ? ob_mem_q[ob_eptr_q][64] : ob_we_i);
  assign ob_full_o = 32'(ob_here_q) + 32'(ob_front_q) >= BusFifo;
  assign chip_ob_valid_o = ob_here && up_i;
  assign chip_ob_be_o = ob_head[68:65];
  assign chip_ob_we_o = ob_head[64];
  assign chip_ob_addr_o = ob_head[63:32];
  assign chip_ob_wdata_o = ob_head[31:0];
  assign ob_take = chip_ob_valid_o && chip_ob_ready_i;
  assign ob_done_o = chip_ob_done_i;
  assign ob_rdata_o = chip_ob_rdata_i;
  // An address, and the data of a write.
  assign tx_words_o = {1'b0, ev_entered} + {1'b0, ob_enter_we, ob_enter && !ob_enter_we};

  always_ff @(posedge clk_i) begin
    if (ob_valid_i || ob_front || ob_way_q != '0 || ob_here) begin
      if (ob_enter) ob_eptr_q <= ob_eptr_q + 1'b1;
      ob_front_q <= ob_front_q + {{ObAw{1'b0}}, ob_valid_i} - {{ObAw{1'b0}}, ob_enter};
      if (ob_valid_i) begin
        ob_mem_q[ob_wptr_q] `HX_MEMORY_WRITE {ob_be_i, ob_we_i, ob_addr_i, ob_wdata_i};
        ob_wptr_q <= ob_wptr_q + 1'b1;
      end
      if (ob_take) ob_rptr_q <= ob_rptr_q + 1'b1;
      ob_here_q <= ob_here_q + {{ObAw{1'b0}}, ob_way_q[ObStages-1]} - {{ObAw{1'b0}}, ob_take};
      ob_way_q <= {ob_way_q[ObStages-2:0], ob_enter};
    end
    if (!rst_ni) begin
      ob_wptr_q <= '0;
      ob_eptr_q <= '0;
      ob_rptr_q <= '0;
      ob_front_q <= '0;
      ob_way_q <= '0;
      ob_here_q <= '0;
    end
  end

  // ---- Packs. ----
  localparam int unsigned PkAw = $clog2(PackDepth);

  logic [73:0] pk_mem_q[PackDepth];
  logic [PkAw-1:0] pk_wptr_q, pk_rptr_q;
  logic [LinkDown-1:0] pk_way_q;
  logic [PkAw:0] pk_used_q;  // packs between stamp and trace
  logic [73:0] pk_head;

  assign pk_head = pk_valid_o ? pk_mem_q[pk_rptr_q] : 74'd0;
  assign pk_valid_o = pk_way_q[LinkDown-1];
  assign pk_count_o = pk_head[73:72];
  assign pk_data_o = pk_head[71:0];
  assign chip_pack_ready_o = up_i && 32'(pk_used_q) < PackDepth;

  always_ff @(posedge clk_i) begin
    if (chip_pack_valid_i || pk_used_q != '0) begin
      pk_way_q <= {pk_way_q[LinkDown-2:0], chip_pack_valid_i};
      if (chip_pack_valid_i) begin
        pk_mem_q[pk_wptr_q] `HX_MEMORY_WRITE {chip_pack_count_i, chip_pack_data_i};
        pk_wptr_q <= pk_wptr_q + 1'b1;
      end
      if (pk_valid_o) pk_rptr_q <= pk_rptr_q + 1'b1;
      pk_used_q <= pk_used_q + {{PkAw{1'b0}}, chip_pack_valid_i} - {{(PkAw - 1) {1'b0}}, pk_gone_i};
    end
    if (!rst_ni) begin
      pk_wptr_q <= '0;
      pk_rptr_q <= '0;
      pk_way_q <= '0;
      pk_used_q <= '0;
    end
  end

  // ---- MADC samples: the FPGA takes each at once. ----
  localparam int unsigned MdAw = $clog2(LinkDown + 1);

  logic [23:0] md_mem_q[2**MdAw];
  logic [MdAw-1:0] md_wptr_q, md_rptr_q;
  logic [LinkDown-1:0] md_way_q;

  // Nothing holds samples back.
  logic md_enter;
  assign md_enter = chip_madc_valid_i && up_i;
  assign md_valid_o = md_way_q[LinkDown-1];
  assign md_data_o = md_valid_o ? md_mem_q[md_rptr_q] : 24'd0;

  always_ff @(posedge clk_i) begin
    if (md_enter || md_way_q != '0) begin
      md_way_q <= {md_way_q[LinkDown-2:0], md_enter};
      if (md_enter) begin
        md_mem_q[md_wptr_q] `HX_MEMORY_WRITE chip_madc_data_i;
        md_wptr_q <= md_wptr_q + 1'b1;
      end
      if (md_valid_o) md_rptr_q <= md_rptr_q + 1'b1;
    end
    if (!rst_ni) begin
      md_wptr_q <= '0;
      md_rptr_q <= '0;
      md_way_q <= '0;
    end
  end

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
