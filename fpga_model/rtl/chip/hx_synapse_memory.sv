// Memory behind the synapses of a hemisphere: one read port for rows, one access port for the on-chip bus.
//
// Purpose: part of hx_synapse_array_synth. One bank per quad holds the label and weight bits (six per byte) of all rows, so that a
// row is one word of all banks; bits 7:6 of the bytes are of no concern to events and lie in a memory of their own.
//
// Timing: row_i with row_en_i in clock x: label and weight bits of the row are at row_word_o in x+1, as they were before accesses of
// the bus in x. An access (mem_*) in clock w is registered in w and done in w+1, so row reads from w+2 on see a write; the answer of
// a read is at mem_rdata_o from w+2 on until that of the next read.
//
// Reset: none; SRAM of the contract, 0 at power-on.
`default_nettype none

module hx_synapse_memory #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Rows = hx_spec_pkg::Rows,
    // Derived, do not overwrite.
    localparam int unsigned RowBits = $clog2(Rows)
) (
    input wire logic clk_i,

    // Row read. Column c of the word is at 12 * c: {label, weight as stored}.
    input wire logic row_en_i,
    input wire logic [RowBits-1:0] row_i,
    output logic [12*Columns-1:0] row_word_o,

    // Access of the bus, see hx_synapse_array.
    input wire logic mem_en_i,
    input wire logic mem_we_i,
    input wire logic [9:0] mem_row_i,
    input wire logic [5:0] mem_quad_i,
    /* verilator lint_off UNUSEDSIGNAL */  // the six low and the two high bits of a byte go together
    input wire logic [31:0] mem_wmask_i,
    /* verilator lint_on UNUSEDSIGNAL */
    input wire logic [31:0] mem_wdata_i,
    output logic [31:0] mem_rdata_o
);

  localparam int unsigned PhysicalRows = 2 * Rows + hx_spec_pkg::SwitchRows;
  // Weight and label rows are read together: one place of a bank.
  localparam int unsigned Pairs = PhysicalRows / 2;
  localparam int unsigned PairBits = $clog2(Pairs);
  localparam int unsigned HalfQuads = Columns / 8;
  localparam int unsigned Quads = 2 * HalfQuads;
  localparam int unsigned HighPlaces = PhysicalRows * Quads;
  localparam int unsigned HighBits = $clog2(HighPlaces);

  // The access one clock later.
  logic en_q;
  logic we_q;
  logic exists_q;
  logic odd_q;
  logic [PairBits-1:0] pair_q;
  logic [$clog2(Quads)-1:0] quad_q;
  logic [HighBits-1:0] high_place_q;
  logic [3:0] low_mask_q;
  logic [3:0] high_mask_q;
  logic [31:0] wdata_q;

  logic [$clog2(Quads)-1:0] quad;
  if (HalfQuads > 1) begin : gen_quad
    assign quad = {mem_quad_i[5], mem_quad_i[$clog2(HalfQuads)-1:0]};
  end else begin : gen_quad
    assign quad = mem_quad_i[5];
  end

  initial en_q = 0;

  always_ff @(posedge clk_i) begin
    en_q <= mem_en_i;
    if (mem_en_i) begin
      we_q <= mem_we_i;
      exists_q <= 32'(mem_row_i) < PhysicalRows && 32'(mem_quad_i[4:0]) < HalfQuads;
      odd_q <= mem_row_i[0];
      pair_q <= PairBits'(mem_row_i >> 1);
      quad_q <= quad;
      high_place_q <= HighBits'(32'(mem_row_i) * Quads + 32'(quad));
      low_mask_q <= {mem_wmask_i[24], mem_wmask_i[16], mem_wmask_i[8], mem_wmask_i[0]};
      high_mask_q <= {mem_wmask_i[30], mem_wmask_i[22], mem_wmask_i[14], mem_wmask_i[6]};
      wdata_q <= mem_wdata_i;
    end
  end

  logic read;
  logic write;
  assign read = en_q & ~we_q;
  assign write = en_q & we_q & exists_q;

  // ---------------------------------------------------------------------------------------------------------------------
  // Label and weight bits: per bank {label of byte lanes 3..0, weight of byte lanes 3..0}.

  logic [48*Quads-1:0] bank_word;

  for (genvar q = 0; q < Quads; q++) begin : gen_bank
    logic [47:0] bank_q[Pairs];
    logic [47:0] row_q;
    logic [47:0] bus_q;
    logic selected;

    // Block RAM starts with 0 by itself; Yosys would take minutes for the loop.
`ifndef SYNTHESIS
    initial begin
      for (int unsigned i = 0; i < Pairs; i++) bank_q[i] = 0;
    end
`endif

    assign selected = quad_q == $clog2(Quads)'(q);

    // Row port.
    always_ff @(posedge clk_i) begin
      if (row_en_i) row_q <= bank_q[PairBits'(row_i)];
    end

    // Bus port.
    always_ff @(posedge clk_i) begin
      if (read & selected) bus_q <= bank_q[pair_q];
      // Not a loop: Verilator takes <= to a memory only outside of loops.
      if (write & selected & ~odd_q & low_mask_q[0]) bank_q[pair_q][0+:6] <= wdata_q[0+:6];
      if (write & selected & ~odd_q & low_mask_q[1]) bank_q[pair_q][6+:6] <= wdata_q[8+:6];
      if (write & selected & ~odd_q & low_mask_q[2]) bank_q[pair_q][12+:6] <= wdata_q[16+:6];
      if (write & selected & ~odd_q & low_mask_q[3]) bank_q[pair_q][18+:6] <= wdata_q[24+:6];
      if (write & selected & odd_q & low_mask_q[0]) bank_q[pair_q][24+:6] <= wdata_q[0+:6];
      if (write & selected & odd_q & low_mask_q[1]) bank_q[pair_q][30+:6] <= wdata_q[8+:6];
      if (write & selected & odd_q & low_mask_q[2]) bank_q[pair_q][36+:6] <= wdata_q[16+:6];
      if (write & selected & odd_q & low_mask_q[3]) bank_q[pair_q][42+:6] <= wdata_q[24+:6];
    end

    assign bank_word[48*q+:48] = bus_q;
    // Entry e of the quad is in byte lane 3 - e and column 8 * (q % HalfQuads) + 2 * e + q / HalfQuads.
    for (genvar e = 0; e < 4; e++) begin : gen_column
      localparam int unsigned Column = 8 * (q % HalfQuads) + 2 * e + q / HalfQuads;
      assign row_word_o[12*Column+:12] = {row_q[24+6*(3-e)+:6], row_q[6*(3-e)+:6]};
    end
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Bits 7:6 of the bytes

  logic [7:0] high_q[HighPlaces];
  logic [7:0] high_word_q;

`ifndef SYNTHESIS
  initial begin
    for (int unsigned i = 0; i < HighPlaces; i++) high_q[i] = 0;
  end
`endif

  always_ff @(posedge clk_i) begin
    if (read) high_word_q <= high_q[high_place_q];
    if (write & high_mask_q[0]) high_q[high_place_q][0+:2] <= wdata_q[6+:2];
    if (write & high_mask_q[1]) high_q[high_place_q][2+:2] <= wdata_q[14+:2];
    if (write & high_mask_q[2]) high_q[high_place_q][4+:2] <= wdata_q[22+:2];
    if (write & high_mask_q[3]) high_q[high_place_q][6+:2] <= wdata_q[30+:2];
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Answer

  logic answer_exists_q;
  logic answer_odd_q;
  logic [$clog2(Quads)-1:0] answer_quad_q;
  logic [23:0] low;

  always_ff @(posedge clk_i) begin
    if (read) begin
      answer_exists_q <= exists_q;
      answer_odd_q <= odd_q;
      answer_quad_q <= quad_q;
    end
  end

  always_comb begin
    low = 0;
    for (int unsigned q = 0; q < Quads; q++) begin
      if (answer_quad_q == $clog2(Quads)'(q)) low = answer_odd_q ? bank_word[48*q+24+:24] : bank_word[48*q+:24];
    end
    for (int unsigned b = 0; b < 4; b++) begin
      mem_rdata_o[8*b+:8] = answer_exists_q ? {high_word_q[2*b+:2], low[6*b+:6]} : 8'h00;
    end
  end

endmodule

`default_nettype wire
