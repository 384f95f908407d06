// Omnibus of the chip: order, decode, answers.
//
// Purpose: takes accesses one per clock, says which block they concern (acc_*, combinational, effect in this very clock) and
// gives
// the completions back in order. Only two things make an access wait: the chip reset or a missing clock, and a CADC access to
// a hemisphere that
// converts; everything behind it waits too.
//
// Timing: an access taken in clock w is completed in w + ChipAnswer, a CADC trigger read that converts in w + its wait +
// ChipAnswer, but no access before the one in front of it, and one per clock. Blocks deliver the word of a read in clock
// w + 1, the synapse array in w + 2, the CADC trigger read any time before its completion through answer_*.
//
// At most AnswerDepth - 1 accesses wait for completion (only behind a trigger read there can be more than ChipAnswer); the next
// one waits at the bus.
//
// Reset: rst_ni is power-on. While hold_i is high (chip reset, no clock) no access is taken; completions of earlier ones go on.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because each memory
// belongs to one clocked block that reads before it writes.
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_omnibus #(
    parameter int unsigned ChipAnswer = 14,
    parameter int unsigned AnswerDepth = 256,
    // Derived, do not overwrite.
    localparam int unsigned PlaceBits = $clog2(AnswerDepth)
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    input wire logic hold_i,

    // From and to the link.
    input wire logic ob_valid_i,
    output wire logic ob_ready_o,
    input wire logic ob_we_i,
    input wire logic [31:0] ob_addr_i,
    output wire logic ob_done_o,
    output wire logic [31:0] ob_rdata_o,

    // The access that has its effect in this clock; block and index as in hx_chip_map_pkg.
    output wire logic acc_valid_o,
    output wire logic [4:0] acc_block_o,
    output wire logic [hx_chip_map_pkg::IndexBits-1:0] acc_index_o,
    // Place of its answer, for answer_place_i.
    output wire logic [PlaceBits-1:0] acc_place_o,

    // CADC per hemisphere: it converts, the access of this clock starts a conversion, clocks until its result is ready.
    input wire logic [1:0] cadc_busy_i,
    input wire logic [1:0] cadc_start_i,
    input wire logic [2*12-1:0] cadc_wait_i,
    // Result of a trigger read, taken with valid & ready.
    input wire logic answer_valid_i,
    output wire logic answer_ready_o,
    input wire logic [PlaceBits-1:0] answer_place_i,
    input wire logic [31:0] answer_data_i,

    // Words of the read of the clock before (synapse: two clocks before), by block.
    input wire logic [31:0] register_rdata_i,
    input wire logic [31:0] crossbar_rdata_i,
    input wire logic [31:0] background_rdata_i,
    input wire logic [31:0] count_rdata_i,
    input wire logic [31:0] pll_rdata_i,
    input wire logic [2*32-1:0] cadc_rdata_i,
    input wire logic [2*32-1:0] synapse_rdata_i
);

  localparam logic [15:0] AnswerClocks = 16'(ChipAnswer);

  // Decode. While a conversion runs the address decides about ob_ready_o.
  logic [4:0] block;
  logic [hx_chip_map_pkg::IndexBits-1:0] index;
  logic stall;
  always_comb begin
    {block, index} = {hx_chip_map_pkg::BlockNone, {hx_chip_map_pkg::IndexBits{1'b0}}};
    stall = 1'b0;
    if (ob_valid_i || cadc_busy_i != 2'b00) begin
      {block, index} = hx_chip_map_pkg::locate(ob_addr_i);
      if (cadc_busy_i != 2'b00) begin
        if (block == hx_chip_map_pkg::BlockCadcSample) stall = cadc_busy_i[index[8]];
        if (block == hx_chip_map_pkg::BlockCadcOffset) stall = cadc_busy_i[index[9]];
        if (block == hx_chip_map_pkg::BlockRegister) begin
          if (index[7:0] == 8'(hx_chip_map_pkg::RegCADCConfig_0_0)) stall = cadc_busy_i[0];
          if (index[7:0] == 8'(hx_chip_map_pkg::RegCADCConfig_1_0)) stall = cadc_busy_i[1];
        end
      end
    end
  end

  // Queue of answers: place, clock of completion, word.
  logic [15:0] due_q[AnswerDepth];
  logic [31:0] data_q[AnswerDepth];
  logic [PlaceBits-1:0] head_q, tail_q;
  logic [15:0] now_q;
  logic full, done;
  logic [15:0] due;

  assign full = (tail_q + 1'b1) == head_q;
  assign ob_ready_o = !hold_i && !stall && !full;
  assign acc_valid_o = ob_valid_i && ob_ready_o;
  assign acc_block_o = block;
  assign acc_index_o = index;
  assign acc_place_o = tail_q;

  // Only its sign counts.
  /* verilator lint_off UNUSEDSIGNAL */
  logic [15:0] late;
  /* verilator lint_on UNUSEDSIGNAL */
  always_comb begin
    done = 1'b0;
    late = 16'd0;
    if (head_q != tail_q) begin
      late = now_q - due_q[head_q];
      done = !late[15];
    end
  end
  assign ob_done_o = done;
  assign ob_rdata_o = data_q[head_q];

  always_comb begin
    due = now_q + AnswerClocks;
    if (cadc_start_i[0]) due = due + {4'd0, cadc_wait_i[11:0]};
    if (cadc_start_i[1]) due = due + {4'd0, cadc_wait_i[23:12]};
  end

  // Words of reads on their way into the queue: stage 1 in clock w + 1, stage 2 in w + 2.
  logic read1_q, read2_q;
  logic [4:0] block1_q, block2_q;
  // Hemisphere of a CADC or synapse access, view of the synapse memory.
  logic upper1_q, upper2_q;
  logic [2:0] view1_q, view2_q;
  logic [PlaceBits-1:0] place1_q, place2_q;
  logic [31:0] word1, word2_q, synapse, word2;

  always_comb begin
    word1 = 32'd0;
    if (read1_q) begin
      case (block1_q)
        hx_chip_map_pkg::BlockRegister, hx_chip_map_pkg::BlockNeuron, hx_chip_map_pkg::BlockBackend,
        hx_chip_map_pkg::BlockDriver, hx_chip_map_pkg::BlockCapMem, hx_chip_map_pkg::BlockPpuMemory:
        word1 = register_rdata_i;
        hx_chip_map_pkg::BlockCrossbar: word1 = crossbar_rdata_i;
        hx_chip_map_pkg::BlockBackground: word1 = background_rdata_i;
        hx_chip_map_pkg::BlockCountRead: word1 = count_rdata_i;
        hx_chip_map_pkg::BlockPll: word1 = pll_rdata_i;
        hx_chip_map_pkg::BlockCadcSample, hx_chip_map_pkg::BlockCadcOffset:
        word1 = upper1_q ? cadc_rdata_i[63:32] : cadc_rdata_i[31:0];
        default: word1 = 32'd0;
      endcase
    end
  end

  always_comb begin
    synapse = 32'd0;
    word2 = word2_q;
    if (read2_q && block2_q == hx_chip_map_pkg::BlockSynapse) begin
      synapse = upper2_q ? synapse_rdata_i[63:32] : synapse_rdata_i[31:0];
      case (view2_q)
        3'(hx_chip_map_pkg::ViewRaw): word2 = synapse;
        3'(hx_chip_map_pkg::ViewEvenLow), 3'(hx_chip_map_pkg::ViewOddLow): word2 = synapse & 32'h3f3f3f3f;
        default: word2 = (synapse >> 6) & 32'h03030303;
      endcase
    end
  end

  assign answer_ready_o = !read2_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      now_q <= 16'd0;
      head_q <= '0;
      tail_q <= '0;
      read1_q <= 1'b0;
      read2_q <= 1'b0;
    end else begin
      now_q <= now_q + 16'd1;
      read1_q <= acc_valid_o && !ob_we_i && cadc_start_i == 2'b00;
      read2_q <= read1_q;
      if (acc_valid_o) begin
        tail_q <= tail_q + 1'b1;
        due_q[tail_q] `HX_MEMORY_WRITE due;
        place1_q <= tail_q;
        block1_q <= block;
        view1_q <= index[18:16];
        upper1_q <= block == hx_chip_map_pkg::BlockCadcSample ? index[8] :
            block == hx_chip_map_pkg::BlockCadcOffset ? index[9] : index[19];
      end
      if (read1_q) begin
        place2_q <= place1_q;
        block2_q <= block1_q;
        view2_q <= view1_q;
        upper2_q <= upper1_q;
        word2_q <= word1;
      end
      if (read2_q) data_q[place2_q] `HX_MEMORY_WRITE word2;
      else if (answer_valid_i) data_q[answer_place_i] `HX_MEMORY_WRITE answer_data_i;
      if (done) head_q <= head_q + 1'b1;
    end
  end

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
