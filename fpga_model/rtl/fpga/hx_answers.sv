// Order of Omnibus answers.
//
// Purpose: accesses to the FPGA and to the chip take different times; the host gets what it read in the order in which it asked.
// Keeps the data of completed reads until those before them are there, counts what is pending, and picks out the reads of the
// polling instruction, which nobody is told of.
//
// Timing: an access is pending from the clock after its execution up to and including the clock of its completion; its answer is
// offered from the clock after its completion on. A read is in flight from its execution until its answer is taken.
// Reset: nothing pending.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because a place is read
// only in clocks after the one in which it was written (tables: their block reads before it writes).
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_answers #(
    parameter int unsigned MaxReads = hx_spec_pkg::MaxReads,
    // Accesses to the chip that may be pending, a power of two. More than a chip has under way in the worst documented case.
    parameter int unsigned ChipOpen = 1024
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    // An access of this clock.
    input wire logic valid_i,
    input wire logic fpga_i,
    input wire logic answer_i,
    input wire logic poll_i,
    output wire logic reads_full_o,
    output wire logic chip_full_o,
    output wire logic pending_o,
    output wire logic [5:0] reads_in_flight_o,
    // Completions. Those of the FPGA bring along what they are.
    input wire logic fpga_done_i,
    input wire logic fpga_answer_i,
    input wire logic fpga_poll_i,
    input wire logic [31:0] fpga_rdata_i,
    input wire logic chip_done_i,
    input wire logic [31:0] chip_rdata_i,
    // A read of the chip completes, for the counters of the link.
    output wire logic chip_read_done_o,
    // Completion of a polling read.
    output wire logic poll_done_o,
    output wire logic [31:0] poll_data_o,
    // Next answer, held until taken.
    output logic answer_valid_o,
    output logic [31:0] answer_o,
    input wire logic answer_ready_i
);

  localparam int unsigned Aw = $clog2(MaxReads);
  localparam int unsigned Cw = $clog2(ChipOpen);
  localparam int unsigned FpgaBits = $clog2(hx_spec_pkg::FpgaFifo + hx_spec_pkg::FpgaAnswer + 2);

  // Reads in flight in order: 1 = FPGA.
  logic order_mem_q[2**Aw];
  logic [Aw-1:0] order_wptr_q, order_rptr_q;
  logic [Aw:0] flight_q;
  // Data of completed reads, by side.
  logic [31:0] fpga_mem_q[2**Aw], chip_mem_q[2**Aw];
  logic [Aw-1:0] fpga_wptr_q, fpga_rptr_q, chip_wptr_q, chip_rptr_q;
  // What the accesses under way to the chip are: {poll, answer}.
  logic [1:0] tag_mem_q[ChipOpen];
  logic [Cw-1:0] tag_wptr_q, tag_rptr_q;
  logic [Cw:0] chip_open_q;
  logic [FpgaBits-1:0] fpga_open_q;

  logic head_fpga, issue_read, issue_chip, issue_fpga, take;
  logic [1:0] tag;
  logic fpga_keep, chip_keep;

  assign tag = chip_done_i ? tag_mem_q[tag_rptr_q] : 2'd0;
  always_comb begin
    head_fpga = 1'b0;
    answer_valid_o = 1'b0;
    answer_o = '0;
    if (flight_q != '0) begin
      head_fpga = order_mem_q[order_rptr_q];
      answer_valid_o = head_fpga ? fpga_wptr_q != fpga_rptr_q : chip_wptr_q != chip_rptr_q;
      answer_o = head_fpga ? fpga_mem_q[fpga_rptr_q] : chip_mem_q[chip_rptr_q];
    end
  end
  assign take = answer_valid_o && answer_ready_i;
  assign issue_read = valid_i && answer_i;
  assign issue_chip = valid_i && !fpga_i;
  assign issue_fpga = valid_i && fpga_i;
  assign reads_full_o = 32'(flight_q) >= MaxReads;
  assign reads_in_flight_o = 6'(flight_q);
  assign chip_full_o = 32'(chip_open_q) >= ChipOpen - 1;
  assign pending_o = chip_open_q != '0 || fpga_open_q != '0;
  assign fpga_keep = fpga_done_i && fpga_answer_i;
  assign chip_keep = chip_done_i && tag[0];
  assign chip_read_done_o = chip_done_i && tag != 2'd0;
  assign poll_done_o = (fpga_done_i && fpga_poll_i) || (chip_done_i && tag[1]);
  assign poll_data_o = fpga_done_i && fpga_poll_i ? fpga_rdata_i : chip_rdata_i;

  always_ff @(posedge clk_i) begin
    if (issue_read || flight_q != '0) begin
      if (issue_read) begin
        order_mem_q[order_wptr_q] `HX_MEMORY_WRITE fpga_i;
        order_wptr_q <= order_wptr_q + 1'b1;
      end
      if (fpga_keep) begin
        fpga_mem_q[fpga_wptr_q] `HX_MEMORY_WRITE fpga_rdata_i;
        fpga_wptr_q <= fpga_wptr_q + 1'b1;
      end
      if (chip_keep) begin
        chip_mem_q[chip_wptr_q] `HX_MEMORY_WRITE chip_rdata_i;
        chip_wptr_q <= chip_wptr_q + 1'b1;
      end
      if (take) begin
        order_rptr_q <= order_rptr_q + 1'b1;
        if (head_fpga) fpga_rptr_q <= fpga_rptr_q + 1'b1;
        else chip_rptr_q <= chip_rptr_q + 1'b1;
      end
      flight_q <= flight_q + {{Aw{1'b0}}, issue_read} - {{Aw{1'b0}}, take};
    end
    if (!rst_ni) begin
      order_wptr_q <= '0;
      order_rptr_q <= '0;
      flight_q <= '0;
      fpga_wptr_q <= '0;
      fpga_rptr_q <= '0;
      chip_wptr_q <= '0;
      chip_rptr_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i || pending_o) begin
      if (issue_chip) begin
        tag_mem_q[tag_wptr_q] `HX_MEMORY_WRITE {poll_i, answer_i};
        tag_wptr_q <= tag_wptr_q + 1'b1;
      end
      if (chip_done_i) tag_rptr_q <= tag_rptr_q + 1'b1;
      chip_open_q <= chip_open_q + {{Cw{1'b0}}, issue_chip} - {{Cw{1'b0}}, chip_done_i};
      fpga_open_q <= fpga_open_q + FpgaBits'(issue_fpga) - FpgaBits'(fpga_done_i);
    end
    if (!rst_ni) begin
      tag_wptr_q <= '0;
      tag_rptr_q <= '0;
      chip_open_q <= '0;
      fpga_open_q <= '0;
    end
  end

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
