// hx_synapse_array for synthesis: ports and behaviour are described there.
//
// One memory port delivers one row per clock (PadiPorts = 1, RowPort = 1). Row k of an event that is granted in clock g:
//   g        round robin over the busses, match of the drivers; the rows of the event are registered
//   g+1+k    lowest row that is left: memory address
//   g+2+k    memory output
//   g+3+k    label compare                          (hx_synapse_column from here)
//   g+4+k    weight * (1 + extension)
//   g+5+k    sum over the event for the bypass mark
//   g+6+k    accumulators; in the last clock of an interval they go to the shift registers that deliver the slots
// This is the PadiPipe of the contract, so it is no free parameter here.
`default_nettype none

module hx_synapse_array_synth #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Rows = hx_spec_pkg::Rows,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned PadiPorts = 1,
    parameter int unsigned RowPort = 1,
    parameter int unsigned PadiPipe = hx_spec_pkg::PadiPipe,
    // Derived, do not overwrite.
    localparam int unsigned Lanes = Columns / Slots
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    input wire logic mem_en_i,
    input wire logic mem_we_i,
    input wire logic [9:0] mem_row_i,
    input wire logic [5:0] mem_quad_i,
    input wire logic [31:0] mem_wmask_i,
    input wire logic [31:0] mem_wdata_i,
    output wire logic [31:0] mem_rdata_o,

    input wire logic drv_we_i,
    input wire logic [6:0] drv_index_i,
    input wire logic [1:0] drv_word_i,
    input wire logic [15:0] drv_wdata_i,

    input wire logic [3:0] ev_valid_i,
    output logic [3:0] ev_ready_o,
    input wire logic [4*11-1:0] ev_label_i,
    input wire logic [4*4-1:0] ev_ext_i,

    input wire logic [3:0] slot_i,
    input wire logic step_last_i,

    output logic charge_any_o,
    output logic [Lanes*12-1:0] charge_exc_o,
    output logic [Lanes*12-1:0] charge_inh_o,
    output logic [Lanes-1:0] bypass_exc_o,
    output logic [Lanes-1:0] bypass_inh_o
);

  localparam int unsigned BusDrivers = Rows / 8;
  localparam int unsigned BusRows = 2 * BusDrivers;
  localparam int unsigned RowBits = $clog2(Rows);
  localparam int unsigned SlotBits = $clog2(Slots);

  if (PadiPorts != 1 || RowPort != 1 || PadiPipe != 6) begin : gen_check_parameters
    $error("the synthesizable form needs PadiPorts = 1, RowPort = 1, PadiPipe = 6");
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Grant

  logic [4*BusRows-1:0] bus_rows;
  logic [4*BusRows-1:0] bus_exc;
  logic [4*BusRows-1:0] bus_inh;
  logic [4*BusDrivers-1:0] bus_short_label;

  hx_synapse_drivers #(
      .Rows(Rows)
  ) u_drivers (
      .clk_i(clk_i),
      .drv_we_i(drv_we_i),
      .drv_index_i(drv_index_i),
      .drv_word_i(drv_word_i),
      .drv_wdata_i(drv_wdata_i),
      .row_select_i({ev_label_i[39+:5], ev_label_i[28+:5], ev_label_i[17+:5], ev_label_i[6+:5]}),
      .rows_o(bus_rows),
      .exc_o(bus_exc),
      .inh_o(bus_inh),
      .short_label_o(bus_short_label)
  );

  // Rows of the event that are left, lowest one; the bus that is first in turn.
  logic [BusRows-1:0] rows_q;
  logic [BusRows-1:0] row_now;
  logic [BusRows-1:0] rows_after;
  logic [1:0] turn_q;

  assign row_now = rows_q & (~rows_q + 1'b1);
  assign rows_after = rows_q & ~row_now;

  logic grant;
  logic [1:0] bus;

  always_comb begin
    bus = turn_q;
    if (!ev_valid_i[turn_q]) begin
      bus = turn_q + 2'd1;
      if (!ev_valid_i[turn_q+2'd1]) begin
        bus = turn_q + 2'd2;
        if (!ev_valid_i[turn_q+2'd2]) bus = turn_q + 2'd3;
      end
    end
    grant = ev_valid_i != 0 && rows_after == 0;
    ev_ready_o = grant ? (4'b0001 << bus) : 4'b0000;
  end

  // The event, as configured in the clock of its grant.
  logic [1:0] bus_q;
  logic [5:0] label_q;
  logic [3:0] ext_q;
  logic first_q;
  logic [BusRows-1:0] exc_q;
  logic [BusRows-1:0] inh_q;
  logic [BusDrivers-1:0] short_label_q;

  always_ff @(posedge clk_i) begin
    rows_q <= rows_after;
    first_q <= 0;
    if (grant) begin
      turn_q <= bus + 2'd1;
      bus_q <= bus;
      first_q <= 1;
      rows_q <= 0;
      for (int unsigned b = 0; b < 4; b++) begin
        if (bus == 2'(b)) begin
          rows_q <= bus_rows[b*BusRows+:BusRows];
          exc_q <= bus_exc[b*BusRows+:BusRows];
          inh_q <= bus_inh[b*BusRows+:BusRows];
          short_label_q <= bus_short_label[b*BusDrivers+:BusDrivers];
          label_q <= ev_label_i[11*b+:6];
          ext_q <= ev_ext_i[4*b+:4];
        end
      end
    end
    if (!rst_ni) begin
      rows_q <= 0;
      turn_q <= 0;
    end
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Row read

  logic row_en;
  logic [$clog2(BusRows)-1:0] row_index;
  logic [RowBits-1:0] row;
  logic [1:0] row_sign;
  logic row_short_label;

  always_comb begin
    row_index = 0;
    row_short_label = 0;
    for (int unsigned j = 0; j < BusRows; j++) begin
      if (row_now[j]) row_index = row_index | $clog2(BusRows)'(j);
      if (row_now[j] & short_label_q[j/2]) row_short_label = 1;
    end
    row_en = rows_q != 0;
    row_sign = {(row_now & inh_q) != 0, (row_now & exc_q) != 0};
  end
  // Row 2 * (4 * index + bus) + top.
  if (BusDrivers > 1) begin : gen_row
    assign row = {row_index[$clog2(BusRows)-1:1], bus_q, row_index[0]};
  end else begin : gen_row
    assign row = {bus_q, row_index[0]};
  end

  logic [12*Columns-1:0] row_word;

  hx_synapse_memory #(
      .Columns(Columns),
      .Rows(Rows)
  ) u_memory (
      .clk_i(clk_i),
      .row_en_i(row_en),
      .row_i(row),
      .row_word_o(row_word),
      .mem_en_i(mem_en_i),
      .mem_we_i(mem_we_i),
      .mem_row_i(mem_row_i),
      .mem_quad_i(mem_quad_i),
      .mem_wmask_i(mem_wmask_i),
      .mem_wdata_i(mem_wdata_i),
      .mem_rdata_o(mem_rdata_o)
  );

  // ---------------------------------------------------------------------------------------------------------------------
  // Control of the stages of the columns; index = stage, see hx_synapse_column.

  logic [3:0] valid_q;
  logic [2*6-1:0] stage_label_q;
  logic [3*4-1:0] stage_ext_q;
  logic [3:0] stage_first_q;
  logic [4*2-1:0] stage_sign_q;

  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[2:0], row_en};
    stage_label_q <= {stage_label_q[0+:6], label_q[5], row_short_label ? 5'd0 : label_q[4:0]};
    stage_ext_q <= {stage_ext_q[0+:8], ext_q};
    stage_first_q <= {stage_first_q[2:0], first_q};
    stage_sign_q <= {stage_sign_q[0+:6], row_sign};
    if (!rst_ni) valid_q <= 0;
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Columns

  // Column switches with the write of this clock; entry e of a quad is in byte lane 3 - e.
  logic switch_write;
  assign switch_write = mem_en_i & mem_we_i & (32'(mem_row_i) == 2 * Rows);

  // Slot of the next clock.
  logic [SlotBits-1:0] slot_next;
  assign slot_next = step_last_i ? '0 : SlotBits'(slot_i) + 1'b1;

  // Per lane: what the next clock shows, 0 if the switch is off.
  logic [Lanes*12-1:0] exc_next;
  logic [Lanes*12-1:0] inh_next;
  logic [Lanes-1:0] mark_exc_next;
  logic [Lanes-1:0] mark_inh_next;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    // By slot: {mark inh, mark exc, inh, exc}, and {switch inh, switch exc}.
    logic [Slots*26-1:0] sums;
    logic [Slots*2-1:0] switches;
    // Sums of the previous interval; slot of the next clock first.
    logic [Slots*26-1:0] held_q;
    logic [25:0] next;
    logic [1:0] next_switch;

    for (genvar s = 0; s < Slots; s++) begin : gen_column
      localparam int unsigned Column = Slots * l + Slots - 1 - s;
      localparam int unsigned Quad = 32 * (Column % 2) + Column / 8;
      localparam int unsigned High = 8 * (3 - (Column / 2) % 4) + 6;
      logic [1:0] switch_q;
      logic [1:0] switch_d;

      initial switch_q = 0;
      always_comb begin
        switch_d = switch_q;
        if (switch_write && mem_quad_i == 6'(Quad)) begin
          switch_d = (switch_q & ~mem_wmask_i[High+:2]) | (mem_wdata_i[High+:2] & mem_wmask_i[High+:2]);
        end
      end
      always_ff @(posedge clk_i) switch_q <= switch_d;
      assign switches[2*s+:2] = switch_d;

      hx_synapse_column u_column (
          .clk_i(clk_i),
          .rst_ni(rst_ni),
          .word_i(row_word[12*Column+:12]),
          .valid_i(valid_q),
          .label_i(stage_label_q[6+:6]),
          .ext_i(stage_ext_q[8+:4]),
          .first_i(stage_first_q[3]),
          .sign_i(stage_sign_q[6+:2]),
          .step_last_i(step_last_i),
          .charge_o(sums[26*s+:24]),
          .mark_o(sums[26*s+24+:2])
      );
    end

    always_comb begin
      next = step_last_i ? sums[25:0] : held_q[25:0];
      next_switch = 0;
      for (int unsigned s = 0; s < Slots; s++) begin
        if (slot_next == SlotBits'(s)) next_switch = switches[2*s+:2];
      end
      exc_next[12*l+:12] = next[11:0] & {12{next_switch[0]}};
      inh_next[12*l+:12] = next[23:12] & {12{next_switch[1]}};
      mark_exc_next[l] = next[24] & next_switch[0];
      mark_inh_next[l] = next[25] & next_switch[1];
    end

    always_ff @(posedge clk_i) begin
      held_q <= (step_last_i ? sums : held_q) >> 26;
      if (!rst_ni) held_q <= 0;
    end
  end

  always_ff @(posedge clk_i) begin
    charge_any_o <= exc_next != 0 || inh_next != 0;
    charge_exc_o <= exc_next;
    charge_inh_o <= inh_next;
    bypass_exc_o <= mark_exc_next;
    bypass_inh_o <= mark_inh_next;
    if (!rst_ni) charge_any_o <= 0;
  end

endmodule

`default_nettype wire
