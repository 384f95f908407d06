// Trace: collects packs and answers for the host, gives each its time, and queues them for the encoder.
//
// Purpose: the event recording gate, the round robin over event packs, MADC samples and answers, and the trace FIFO.
// Answers among each other: link notification, timeout notification, JTAG, Omnibus, Loopback, in this order.
//
// Timing: one message per clock. A pack that arrives in clock c with nothing in front enters in clock c; its time is the FPGA
// time of the clock of entry. The encoder sees an entry one clock later. A full FIFO drops packs or samples, one per clock, and
// counts them; answers wait. Samples come at most once in three clocks, so they never pile up.
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
module hx_trace #(
    // Messages, a power of two.
    parameter int unsigned Depth = hx_spec_pkg::TraceFifo,
    parameter int unsigned PackDepth = hx_spec_pkg::PackDepth
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    // FPGA time; events and answers carry times once there was a synchronisation. sync_load_i: the time is set in this clock.
    input wire logic [42:0] time_i,
    input wire logic synced_i,
    input wire logic sync_load_i,
    // Event recording.
    input wire logic recording_i,
    // Packs arriving; pk_gone_o counts those that entered the FIFO or were dropped in this clock.
    input wire logic pk_valid_i,
    input wire logic [1:0] pk_count_i,
    input wire logic [71:0] pk_data_i,
    output wire logic [1:0] pk_gone_o,
    // MADC samples arriving.
    input wire logic md_valid_i,
    input wire logic [23:0] md_data_i,
    // A lane came up, held until taken.
    input wire logic notify_valid_i,
    input wire logic [2:0] notify_lane_i,
    output wire logic notify_ready_o,
    // Timeout notification of this clock.
    input wire logic expire_i,
    input wire logic [44:0] expire_payload_i,
    // Answers, held until taken.
    input wire logic jtag_valid_i,
    input wire logic [32:0] jtag_i,
    output wire logic jtag_ready_o,
    input wire logic omnibus_valid_i,
    input wire logic [31:0] omnibus_i,
    output wire logic omnibus_ready_o,
    // Loopback answers: 0 halt, 1 tick, 2 Systime message; only while not loop_full_o.
    input wire logic loop_push_i,
    input wire logic [1:0] loop_kind_i,
    output wire logic loop_full_o,
    // Clocks among the last 96 in which the FIFO refused an answer.
    output wire logic [6:0] stall_o,
    // Next message: its payload, code, time; timed_o: the time counts; first_o: the first one after a synchronisation.
    output wire logic head_valid_o,
    output wire logic [71:0] head_payload_o,
    output wire logic [3:0] head_code_o,
    output wire logic [42:0] head_time_o,
    output wire logic head_timed_o,
    output wire logic head_first_o,
    input wire logic head_pop_i
);

  localparam int unsigned Aw = $clog2(Depth);
  localparam int unsigned Pw = $clog2(PackDepth);
  localparam logic [1:0] LoopSystime = 2'd2;
  localparam int unsigned LoopDepth = 16;

  // ---- Packs that have arrived and wait. ----
  logic [73:0] pk_mem_q[PackDepth];
  logic [Pw-1:0] pk_wptr_q, pk_rptr_q;
  logic [Pw:0] pk_count_q;
  logic pk_arrive, pk_offer, pk_take, pk_drop, pk_write;
  logic [73:0] pk_head;

  // ---- MADC samples that wait. ----
  localparam int unsigned MdDepth = 4;
  localparam int unsigned Mw = $clog2(MdDepth);
  logic [23:0] md_mem_q[MdDepth];
  logic [Mw-1:0] md_wptr_q, md_rptr_q;
  logic [Mw:0] md_count_q;
  logic md_arrive, md_offer, md_take, md_drop;

  // ---- Answers. ----
  logic expire_q;
  logic [44:0] expire_payload_q;
  logic [1:0] loop_mem_q[LoopDepth];
  logic [3:0] loop_wptr_q, loop_rptr_q;
  logic [4:0] loop_count_q;
  logic [1:0] loop_head;
  logic loop_offer, loop_mute, an_offer, an_take, loop_ready, expire_ready;

  // ---- FIFO: a register in front of a memory. ----
  logic [120:0] mem_q[Depth];
  logic [120:0] head_q;
  logic head_valid_q;
  logic [Aw-1:0] wptr_q, rptr_q;
  logic [Aw:0] count_q;  // in the memory
  logic full, push;
  logic [120:0] entry;
  logic [71:0] payload;
  logic [3:0] code;
  // The next entry is the first one with the new time base.
  logic first_q;
  // Round robin: 0 event packs are first, 1 MADC samples, 2 answers.
  logic [1:0] next_q;
  logic [2:0] offers, takes;
  logic [1:0] drops;
  logic [31:0] dropped_q  /*verilator public_flat_rd*/;

  assign full = head_valid_q && 32'(count_q) >= Depth - 1;

  assign pk_arrive = pk_valid_i && recording_i;
  assign pk_offer = pk_count_q != '0 || pk_arrive;
  assign pk_take = takes[0];
  assign pk_drop = drops[0];
  assign pk_write = pk_arrive && !(pk_count_q == '0 && (pk_take || pk_drop));
  assign pk_gone_o = {1'b0, pk_take || pk_drop} + {1'b0, pk_valid_i && !recording_i};

  assign md_arrive = md_valid_i && recording_i;
  assign md_offer = md_count_q != '0 || md_arrive;
  assign md_take = takes[1];
  assign md_drop = drops[1];

  // The first of three places from `first` on that offers something.
  function automatic logic [2:0] pick(input logic [2:0] which, input logic [1:0] first);
    case (first)
      2'd0: pick = which[0] ? 3'b001 : which[1] ? 3'b010 : which[2] ? 3'b100 : 3'b000;
      2'd1: pick = which[1] ? 3'b010 : which[2] ? 3'b100 : which[0] ? 3'b001 : 3'b000;
      default: pick = which[2] ? 3'b100 : which[0] ? 3'b001 : which[1] ? 3'b010 : 3'b000;
    endcase
  endfunction
  assign offers = {an_offer, md_offer, pk_offer};
  always_comb begin
    takes = 3'b000;
    drops = 2'b00;
    if (offers != 3'b000) begin
      if (full) drops = 2'(pick(offers & 3'b011, next_q));
      else takes = pick(offers, next_q);
    end
  end

  assign loop_head = loop_mem_q[loop_rptr_q];
  assign loop_offer = loop_count_q != '0;
  // A Systime message that was ordered before the first synchronisation is not sent.
  assign loop_mute = loop_offer && loop_head == LoopSystime && !synced_i;
  assign an_offer = notify_valid_i || expire_q || jtag_valid_i || omnibus_valid_i || (loop_offer && !loop_mute);
  assign an_take = takes[2];
  assign notify_ready_o = an_take;
  assign expire_ready = an_take && !notify_valid_i;
  assign jtag_ready_o = an_take && !notify_valid_i && !expire_q;
  assign omnibus_ready_o = an_take && !notify_valid_i && !expire_q && !jtag_valid_i;
  assign loop_ready = loop_mute || (an_take && !notify_valid_i && !expire_q && !jtag_valid_i && !omnibus_valid_i);
  assign loop_full_o = loop_count_q[4];

  assign push = takes != 3'b000;

  // Wide values are computed only when they are used, here and in the other modules: a simulation spends its time with them.
  always_comb begin
    pk_head = '0;
    payload = '0;
    code = '0;
    if (pk_take) begin
      pk_head = pk_count_q != '0 ? pk_mem_q[pk_rptr_q] : {pk_count_i, pk_data_i};
      payload = pk_head[71:0];
      code = hx_spec_pkg::UtFromFpgaSpikePack1[3:0] + {2'd0, pk_head[73:72]} - 4'd1;
    end
    if (md_take) begin
      payload = {48'd0, md_count_q != '0 ? md_mem_q[md_rptr_q] : md_data_i};
      code = hx_spec_pkg::UtFromFpgaMadcSamplePack1[3:0];
    end
    if (an_take) begin
      if (notify_valid_i) begin
        // The lane and link_up.
        payload = {64'd0, notify_lane_i, 5'b10000};
        code = hx_spec_pkg::UtFromFpgaHighspeedLinkNotification[3:0];
      end else if (expire_q) begin
        payload = {27'd0, expire_payload_q};
        code = hx_spec_pkg::UtFromFpgaTimeoutNotification[3:0];
      end else if (jtag_valid_i) begin
        payload = {39'd0, jtag_i};
        code = hx_spec_pkg::UtFromFpgaJtagData[3:0];
      end else if (omnibus_valid_i) begin
        payload = {40'd0, omnibus_i};
        code = hx_spec_pkg::UtFromFpgaOmnibusData[3:0];
      end else if (loop_head == LoopSystime) begin
        payload = {29'd0, time_i};
        code = hx_spec_pkg::UtFromFpgaSystime[3:0];
      end else begin
        payload = {71'd0, loop_head[0]};
        code = hx_spec_pkg::UtFromFpgaLoopback[3:0];
      end
    end
  end
  always_comb begin
    entry = '0;
    // The time of a message is at least 1: the Systime message before it carries one less.
    if (push) entry = {first_q, synced_i, time_i == '0 ? 43'd1 : time_i, code, payload};
  end

  always_ff @(posedge clk_i) begin
    if (pk_offer) begin
      if (pk_write) begin
        pk_mem_q[pk_wptr_q] `HX_MEMORY_WRITE {pk_count_i, pk_data_i};
        pk_wptr_q <= pk_wptr_q + 1'b1;
      end
      if (pk_count_q != '0 && (pk_take || pk_drop)) pk_rptr_q <= pk_rptr_q + 1'b1;
      pk_count_q <= pk_count_q + {{Pw{1'b0}}, pk_arrive} - {{Pw{1'b0}}, pk_take || pk_drop};
    end
    if (!rst_ni) begin
      pk_wptr_q <= '0;
      pk_rptr_q <= '0;
      pk_count_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (md_offer) begin
      // A sample that does not wait passes by.
      if (md_arrive && !(md_count_q == '0 && (md_take || md_drop))) begin
        md_mem_q[md_wptr_q] `HX_MEMORY_WRITE md_data_i;
        md_wptr_q <= md_wptr_q + 1'b1;
      end
      if (md_count_q != '0 && (md_take || md_drop)) md_rptr_q <= md_rptr_q + 1'b1;
      md_count_q <= md_count_q + {{Mw{1'b0}}, md_arrive} - {{Mw{1'b0}}, md_take || md_drop};
    end
    if (!rst_ni) begin
      md_wptr_q <= '0;
      md_rptr_q <= '0;
      md_count_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) dropped_q <= '0;
    else if (pk_drop || md_drop) dropped_q <= dropped_q + 32'd1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      expire_q <= 1'b0;
      loop_wptr_q <= '0;
      loop_rptr_q <= '0;
      loop_count_q <= '0;
    end else if (expire_i || expire_q || loop_push_i || loop_offer) begin
      if (expire_i) begin
        expire_q <= 1'b1;
        expire_payload_q <= expire_payload_i;
      end else if (expire_ready) begin
        expire_q <= 1'b0;
      end
      if (loop_push_i) begin
        loop_mem_q[loop_wptr_q] `HX_MEMORY_WRITE loop_kind_i;
        loop_wptr_q <= loop_wptr_q + 4'd1;
      end
      if (loop_ready) loop_rptr_q <= loop_rptr_q + 4'd1;
      loop_count_q <= loop_count_q + {4'd0, loop_push_i} - {4'd0, loop_ready};
    end
  end

  // ---- The last 96 clocks. ----
  logic [95:0] refused_q;
  logic [6:0] stall_q;
  logic refused, stalled;
  assign refused = an_offer && full;
  assign stall_o = stall_q;
  always_ff @(posedge clk_i) begin
    stalled = refused || stall_q != '0;
    if (stalled) begin
      stall_q <= stall_q + {6'd0, refused} - {6'd0, refused_q[95]};
      refused_q <= {refused_q[94:0], refused};
    end
    if (!rst_ni) begin
      refused_q <= '0;
      stall_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (push || sync_load_i) begin
      if (push) next_q <= takes[0] ? 2'd1 : takes[1] ? 2'd2 : 2'd0;
      first_q <= sync_load_i || (first_q && !push);
    end
    if (!rst_ni) begin
      first_q <= 1'b0;
      next_q <= 2'd0;
    end
  end

  logic moves;
  always_ff @(posedge clk_i) begin
    moves = push || head_pop_i;
    if (moves) begin
      if (push && head_valid_q && !(head_pop_i && count_q == '0)) begin
        mem_q[wptr_q] `HX_MEMORY_WRITE entry;
        wptr_q <= wptr_q + 1'b1;
      end
      count_q <= count_q + {{Aw{1'b0}}, push && head_valid_q && !(head_pop_i && count_q == '0)} -
          {{Aw{1'b0}}, head_pop_i && count_q != '0};
      if (head_pop_i || !head_valid_q) begin
        // The register becomes free: from the memory, or directly.
        if (count_q != '0) begin
          head_q <= mem_q[rptr_q];
          rptr_q <= rptr_q + 1'b1;
        end else begin
          head_q <= entry;
        end
        head_valid_q <= push || count_q != '0;
      end
    end
    if (!rst_ni) begin
      head_valid_q <= 1'b0;
      wptr_q <= '0;
      rptr_q <= '0;
      count_q <= '0;
    end
  end

  assign head_valid_o = head_valid_q;
  assign head_first_o = head_q[120];
  assign head_timed_o = head_q[119];
  assign head_time_o = head_q[118:76];
  assign head_code_o = head_q[75:72];
  assign head_payload_o = head_q[71:0];

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
