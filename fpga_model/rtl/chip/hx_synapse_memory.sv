// Memory behind the synapses of a hemisphere: one read port, of half a row or of a word of the on-chip bus, and one write port.
//
// Purpose: part of hx_synapse_array_synth. One bank per eight columns, of 64 bits: weight and label bytes of the four even columns of
// all rows, then of the four odd ones. Written as what a block RAM with a port to read and a port to write does: no byte enables
// (writes are read-modify-write), never a read of the place that is written. The rows of column switches are a bank of their own.
//
// Timing: row_i with row_en_i in clock x: label and weight bits at row_word_o in x+1. An access (mem_*) of clock w is read in w+1 and
// written in w+2; row_en_i must be 0 in both clocks (busy_o). So row reads from w+3 on see a write. The answer of a read is at
// mem_rdata_o from w+2 on until that of the next read.
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

    // Read of half a row: even (half_i = 0) or odd columns. Place p of the word: column 2 * p + half_i, {label, weight as stored}.
    input wire logic row_en_i,
    input wire logic [RowBits-1:0] row_i,
    input wire logic half_i,
    output logic [6*Columns-1:0] row_word_o,

    // Access of the bus, see hx_synapse_array.
    input wire logic mem_en_i,
    input wire logic mem_we_i,
    input wire logic [9:0] mem_row_i,
    input wire logic [5:0] mem_quad_i,
    input wire logic [31:0] mem_wmask_i,
    input wire logic [31:0] mem_wdata_i,
    output logic [31:0] mem_rdata_o,
    // An access occupies the memory.
    output logic busy_o
);

  localparam int unsigned Banks = Columns / 8;
  localparam int unsigned BankBits = $clog2(Banks);
  localparam int unsigned SwitchRows = hx_spec_pkg::SwitchRows;
  localparam int unsigned SwitchPlaces = SwitchRows * 2 * Banks;

  // ---------------------------------------------------------------------------------------------------------------------
  // Access in the clock of its read and in that of its write

  logic read_en_q;
  logic read_we_q;
  // Place: synapse or switch row, or none; half, row of the bank, label or weight; bank.
  logic read_synapse_q;
  logic read_switch_q;
  logic read_half_q;
  logic read_odd_q;
  logic [RowBits-1:0] read_row_q;
  logic [BankBits-1:0] read_bank_q;
  logic [31:0] read_mask_q;
  logic [31:0] read_data_q;

  logic write_en_q;
  logic write_we_q;
  logic write_synapse_q;
  logic write_switch_q;
  logic write_half_q;
  logic write_odd_q;
  logic [RowBits-1:0] write_row_q;
  logic [BankBits-1:0] write_bank_q;
  logic [31:0] write_mask_q;
  logic [31:0] write_data_q;
  // The access before wrote this place: its word instead of that of the memory.
  logic forward_q;
  logic [31:0] written_q;

  logic same;
  logic read;
  logic write;
  logic [31:0] word;
  logic [31:0] merged;

  initial read_en_q = 0;
  initial write_en_q = 0;

  // Written so that Yosys sees that no memory reads a place that it writes.
  assign same = write_we_q & (read_synapse_q & write_synapse_q | read_switch_q & write_switch_q) & read_half_q == write_half_q
      & read_odd_q == write_odd_q & read_row_q == write_row_q & read_bank_q == write_bank_q;
  assign read = read_en_q & ~(write_en_q & same);
  assign write = write_en_q & write_we_q;
  assign busy_o = read_en_q | write_en_q;

  always_ff @(posedge clk_i) begin
    read_en_q <= mem_en_i;
    if (mem_en_i) begin
      read_we_q <= mem_we_i;
      read_synapse_q <= 32'(mem_row_i) < 2 * Rows && 32'(mem_quad_i[4:0]) < Banks;
      read_switch_q <= 32'(mem_row_i) >= 2 * Rows && 32'(mem_row_i) < 2 * Rows + SwitchRows && 32'(mem_quad_i[4:0]) < Banks;
      read_half_q <= mem_quad_i[5];
      read_odd_q <= mem_row_i[0];
      read_row_q <= RowBits'(mem_row_i >> 1);
      read_bank_q <= BankBits'(mem_quad_i[4:0]);
      read_mask_q <= mem_wmask_i;
      read_data_q <= mem_wdata_i;
    end
    write_en_q <= read_en_q;
    if (read_en_q) begin
      write_we_q <= read_we_q;
      write_synapse_q <= read_synapse_q;
      write_switch_q <= read_switch_q;
      write_half_q <= read_half_q;
      write_odd_q <= read_odd_q;
      write_row_q <= read_row_q;
      write_bank_q <= read_bank_q;
      write_mask_q <= read_mask_q;
      write_data_q <= read_data_q;
      forward_q <= write_en_q & same;
    end
    written_q <= merged;
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Banks: place {half, row}

  logic [RowBits:0] place;
  logic [RowBits:0] write_place;
  // Words of all banks, label words in the upper half.
  logic [64*Banks-1:0] words;

  assign place = read_en_q ? {read_half_q, read_row_q} : {half_i, row_i};
  assign write_place = {write_half_q, write_row_q};

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    logic [31:0] weight_q[2*Rows];
    logic [31:0] label_q[2*Rows];
    logic [31:0] weight_word_q;
    logic [31:0] label_word_q;
    logic read_here;
    logic write_here;

    // Block RAM starts with 0 by itself; Yosys would take minutes for the loop.
`ifndef SYNTHESIS
    initial begin
      for (int unsigned i = 0; i < 2 * Rows; i++) begin
        weight_q[i] = 0;
        label_q[i] = 0;
      end
    end
`endif

    assign read_here = read & read_synapse_q & read_bank_q == BankBits'(b);
    assign write_here = write & write_synapse_q & write_bank_q == BankBits'(b);

    always_ff @(posedge clk_i) begin
      if (row_en_i & ~busy_o | read_here & ~read_odd_q) weight_word_q <= weight_q[place];
      if (write_here & ~write_odd_q) weight_q[write_place] <= merged;
    end
    always_ff @(posedge clk_i) begin
      if (row_en_i & ~busy_o | read_here & read_odd_q) label_word_q <= label_q[place];
      if (write_here & write_odd_q) label_q[write_place] <= merged;
    end

    assign words[32*b+:32] = weight_word_q;
    assign words[32*(Banks+b)+:32] = label_word_q;
    // Entry e of a quad is in byte lane 3 - e and column 8 * b + 2 * e + half.
    for (genvar e = 0; e < 4; e++) begin : gen_column
      assign row_word_o[12*(4*b+e)+:12] = {label_word_q[8*(3-e)+:6], weight_word_q[8*(3-e)+:6]};
    end
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Rows of column switches

  logic [31:0] switch_q[SwitchPlaces];
  logic [31:0] switch_word_q;

`ifndef SYNTHESIS
  initial begin
    for (int unsigned i = 0; i < SwitchPlaces; i++) switch_q[i] = 0;
  end
`endif

  always_ff @(posedge clk_i) begin
    if (read & read_switch_q) switch_word_q <= switch_q[{read_row_q[0], read_odd_q, read_half_q, read_bank_q}];
    if (write & write_switch_q) switch_q[{write_row_q[0], write_odd_q, write_half_q, write_bank_q}] <= merged;
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Word of the access, answer

  logic [32*Banks-1:0] half_words;
  logic [31:0] bank_word;
  logic [31:0] answer_q;

  assign half_words = write_odd_q ? words[32*Banks+:32*Banks] : words[0+:32*Banks];
  hx_synapse_select #(
      .Width(32),
      .Places(Banks)
  ) u_select (
      .words_i(half_words),
      .place_i(write_bank_q),
      .word_o(bank_word)
  );

  always_comb begin
    word = 0;
    if (write_synapse_q) word = bank_word;
    if (write_switch_q) word = switch_word_q;
    if (forward_q) word = written_q;
    merged = (word & ~write_mask_q) | (write_data_q & write_mask_q);
    mem_rdata_o = write_en_q & ~write_we_q ? word : answer_q;
  end

  always_ff @(posedge clk_i) answer_q <= mem_rdata_o;

endmodule

`default_nettype wire
