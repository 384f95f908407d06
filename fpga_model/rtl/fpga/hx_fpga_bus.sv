// Accesses to the FPGA's Omnibus on their way to the effect.
//
// Purpose: brings each access to its effect in order, one per clock, and keeps those that wait while a serial transfer holds the bus.
//
// Timing: an access of clock x arrives in x + FpgaAccess and has its effect in the first clock from then on without hold_i in which
// nothing is in front of it (effect_o, request_o). full_o: FpgaFifo accesses have arrived and wait; none may be given then.
//
// Reset: empty.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because the memory
// belongs to one clocked block and a place is read only after it was written.
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_fpga_bus #(
    parameter int unsigned FpgaAccess = hx_spec_pkg::FpgaAccess,
    parameter int unsigned FpgaFifo = hx_spec_pkg::FpgaFifo,
    parameter int unsigned Width = 70,
    // Bits of a request that are told ahead.
    parameter int unsigned AheadBits = 31
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    input wire logic valid_i,
    input wire logic [Width-1:0] request_i,
    output wire logic full_o,
    input wire logic hold_i,
    // 0 when there is no effect.
    output wire logic effect_o,
    output wire logic [Width-1:0] request_o,
    // The access that stands first in the next clock, if one does: its low bits.
    output wire logic ahead_valid_o,
    output wire logic [AheadBits-1:0] ahead_o
);

  localparam int unsigned Stages = FpgaAccess - 1;
  localparam int unsigned Aw = $clog2(FpgaFifo + FpgaAccess);

  logic [Width-1:0] mem_q[2**Aw];
  logic [Aw-1:0] wptr_q, rptr_q, next;
  logic [Stages-1:0] way_q;
  logic [Aw:0] here_q;  // accesses that have arrived

  assign full_o = 32'(here_q) >= FpgaFifo;
  assign effect_o = here_q != '0 && !hold_i;
  assign request_o = effect_o ? mem_q[rptr_q] : '0;
  assign next = rptr_q + {{(Aw - 1) {1'b0}}, effect_o};
  assign ahead_valid_o = way_q[Stages-1] || here_q != '0;
  assign ahead_o = ahead_valid_o ? mem_q[next][AheadBits-1:0] : '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q <= '0;
      rptr_q <= '0;
      way_q <= '0;
      here_q <= '0;
    end else if (valid_i || way_q != '0 || here_q != '0) begin
      way_q <= Stages'({way_q, valid_i});
      if (valid_i) begin
        mem_q[wptr_q] `HX_MEMORY_WRITE request_i;
        wptr_q <= wptr_q + 1'b1;
      end
      rptr_q <= next;
      here_q <= here_q + {{Aw{1'b0}}, way_q[Stages-1]} - {{Aw{1'b0}}, effect_o};
    end
  end

  if (FpgaAccess < 2) begin : gen_check
    $error("hx_fpga_bus: FpgaAccess >= 2");
  end

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
