// hx_synapse_array for synthesis: ports and behaviour are described there.
//
// One memory port delivers half a row per clock (PadiPorts = 1, RowPort = 2). A step of an event that belongs to clock c (that of the
// grant is the first one):
//   g        round robin over the busses, match of the drivers; the rows of the event are registered
//   c+1      lowest row that is left, its pulse, half and step: memory address; first step of a modulated driver: hx_synapse_stp
//   c+2      memory output
//   c+3      label compare                          (hx_synapse_column from here)
//   c+4      weight and one bit of the factor
//   c+5      product; its last step is the charge
//   c+6      accumulators; in the last clock of an interval they go to the registers that deliver the slots
// This is the PadiPipe of the contract, so it is no free parameter here.
`default_nettype none

module hx_synapse_array_synth #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Rows = hx_spec_pkg::Rows,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned PadiPorts = 1,
    parameter int unsigned RowPort = 2,
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

    input wire logic [1:0] cell_we_i,
    input wire logic [2:0] cell_index_i,
    input wire logic [9:0] cell_wdata_i,
    input wire logic [4:0] recovery_i,

    input wire logic [3:0] ev_valid_i,
    output logic [3:0] ev_ready_o,
    input wire logic [4*11-1:0] ev_label_i,
    input wire logic [4*4-1:0] ev_ext_i,

    input wire logic [3:0] slot_i,
    input wire logic step_last_i,

    output wire logic charge_any_o,
    output wire logic [Lanes*12-1:0] charge_exc_o,
    output wire logic [Lanes*12-1:0] charge_inh_o,
    output wire logic [Lanes-1:0] bypass_exc_o,
    output wire logic [Lanes-1:0] bypass_inh_o
);

  localparam int unsigned BusDrivers = Rows / 8;
  localparam int unsigned BusRows = 2 * BusDrivers;
  localparam int unsigned RowBits = $clog2(Rows);
  localparam int unsigned SlotBits = $clog2(Slots);
  localparam int unsigned SumBits = $clog2(63 * Slots / 2 + 1);

  if (PadiPorts != 1 || RowPort != 2 || PadiPipe != 6) begin : gen_check_parameters
    $error("hx_synapse_array_synth: needs PadiPorts = 1, RowPort = 2, PadiPipe = 6");
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Grant

  logic [4*BusRows-1:0] bus_rows;
  logic [4*BusRows-1:0] bus_exc;
  logic [4*BusRows-1:0] bus_inh;
  logic [4*BusDrivers-1:0] bus_short_label;
  logic [4*BusDrivers-1:0] bus_modulated;
  logic [4*BusDrivers-1:0] bus_hagen;

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
      .short_label_o(bus_short_label),
      .modulated_o(bus_modulated),
      .hagen_o(bus_hagen)
  );

  // The event, as configured in the clock of its grant; rows that are left.
  logic [1:0] bus_q;
  logic [5:0] label_q;
  logic [3:0] ext_q;
  logic [BusRows-1:0] rows_q;
  logic [BusRows-1:0] exc_q;
  logic [BusRows-1:0] inh_q;
  logic [BusDrivers-1:0] short_label_q;
  logic [BusDrivers-1:0] modulated_q;
  logic [BusDrivers-1:0] hagen_q;
  // Where the row is: pulses that have been made, half of the columns, step of the pulse.
  logic [3:0] pulse_q;
  logic half_q;
  logic [3:0] step_q;
  // The bus that is first in turn.
  logic [1:0] turn_q;

  logic [BusRows-1:0] row_now;
  logic [BusRows-1:0] rows_after;
  logic row_modulated;
  logic stall;
  logic issue;
  logic last_step;
  logic last_pulse;
  logic event_end;
  logic grant;
  logic [1:0] bus;

  always_comb begin
    row_now = rows_q & (~rows_q + 1'b1);
    rows_after = rows_q & ~row_now;
    row_modulated = 0;
    for (int unsigned j = 0; j < BusRows; j++) begin
      if (row_now[j] & modulated_q[j/2]) row_modulated = 1;
    end
    issue = rows_q != 0 && !stall;
    last_step = !row_modulated || step_q == 4'd8;
    last_pulse = pulse_q == ext_q;
    event_end = issue && last_step && half_q && last_pulse && rows_after == 0;
    bus = turn_q;
    if (!ev_valid_i[turn_q]) begin
      bus = turn_q + 2'd1;
      if (!ev_valid_i[turn_q+2'd1]) begin
        bus = turn_q + 2'd2;
        if (!ev_valid_i[turn_q+2'd2]) bus = turn_q + 2'd3;
      end
    end
    grant = ev_valid_i != 0 && (rows_q == 0 || event_end);
    ev_ready_o = grant ? (4'b0001 << bus) : 4'b0000;
  end

  always_ff @(posedge clk_i) begin
    if (issue) begin
      step_q <= step_q + 4'd1;
      if (last_step) begin
        step_q <= 0;
        half_q <= ~half_q;
        if (half_q) begin
          pulse_q <= pulse_q + 4'd1;
          if (last_pulse) begin
            pulse_q <= 0;
            rows_q <= rows_after;
          end
        end
      end
    end
    if (grant) begin
      turn_q <= bus + 2'd1;
      bus_q <= bus;
      for (int unsigned b = 0; b < 4; b++) begin
        if (bus == 2'(b)) begin
          rows_q <= bus_rows[b*BusRows+:BusRows];
          exc_q <= bus_exc[b*BusRows+:BusRows];
          inh_q <= bus_inh[b*BusRows+:BusRows];
          short_label_q <= bus_short_label[b*BusDrivers+:BusDrivers];
          modulated_q <= bus_modulated[b*BusDrivers+:BusDrivers];
          hagen_q <= bus_hagen[b*BusDrivers+:BusDrivers];
          label_q <= ev_label_i[11*b+:6];
          ext_q <= ev_ext_i[4*b+:4];
        end
      end
    end
    if (!rst_ni) begin
      rows_q <= 0;
      turn_q <= 0;
      step_q <= 0;
      half_q <= 0;
      pulse_q <= 0;
    end
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Row read

  logic [$clog2(BusRows)-1:0] row_index;
  logic [RowBits-1:0] row;
  logic [1:0] row_sign;
  logic row_short_label;
  logic row_hagen;
  // The driver whose factor holds.
  logic known_q;
  logic [$clog2(BusRows)-2:0] known_index_q;
  logic start;

  always_comb begin
    row_index = 0;
    row_short_label = 0;
    row_hagen = 0;
    for (int unsigned j = 0; j < BusRows; j++) begin
      if (row_now[j]) row_index = row_index | $clog2(BusRows)'(j);
      if (row_now[j] & short_label_q[j/2]) row_short_label = 1;
      if (row_now[j] & hagen_q[j/2]) row_hagen = 1;
    end
    row_sign = {(row_now & inh_q) != 0, (row_now & exc_q) != 0};
    start = issue && row_modulated && !(known_q && known_index_q == row_index[$clog2(BusRows)-1:1]);
  end
  always_ff @(posedge clk_i) begin
    if (start) begin
      known_q <= 1;
      known_index_q <= row_index[$clog2(BusRows)-1:1];
    end
    if (grant || !rst_ni) known_q <= 0;
  end
  // Row 2 * (4 * index + bus) + top.
  assign row = {row_index[$clog2(BusRows)-1:1], bus_q, row_index[0]};

  logic [8:0] factor;
  hx_synapse_stp #(
      .Rows(Rows)
  ) u_stp (
      .clk_i(clk_i),
      .rst_ni(rst_ni),
      .drv_we_i(drv_we_i),
      .drv_index_i(drv_index_i),
      .drv_word_i(drv_word_i),
      .drv_wdata_i(drv_wdata_i),
      .cell_we_i(cell_we_i),
      .cell_index_i(cell_index_i),
      .cell_wdata_i(cell_wdata_i),
      .recovery_i(recovery_i),
      .start_i(start),
      .hagen_i(row_hagen),
      .driver_i(row[RowBits-1:1]),
      .code_i(label_q[4:0]),
      .factor_o(factor)
  );

  logic [6*Columns-1:0] row_word;

  hx_synapse_memory #(
      .Columns(Columns),
      .Rows(Rows)
  ) u_memory (
      .clk_i(clk_i),
      .row_en_i(issue && step_q == 0),
      .row_i(row),
      .half_i(half_q),
      .row_word_o(row_word),
      .mem_en_i(mem_en_i),
      .mem_we_i(mem_we_i),
      .mem_row_i(mem_row_i),
      .mem_quad_i(mem_quad_i),
      .mem_wmask_i(mem_wmask_i),
      .mem_wdata_i(mem_wdata_i),
      .mem_rdata_o(mem_rdata_o),
      .busy_o(stall)
  );

  // ---------------------------------------------------------------------------------------------------------------------
  // Control of the stages of the columns: *N_q is of the step that was issued N clocks ago, see hx_synapse_column.

  logic load1_q;
  logic [5:0] label1_q;
  logic [5:0] label2_q;
  logic [3:0] valid_q;   // stages 1 to 4
  logic [3:0] last_q;    // last step of a pulse
  logic [2:0] round_q;   // first step of a pulse with factor, stages 2 to 4
  logic [3:0] end_q;     // of the last pulse of the event
  logic [4*2-1:0] sign_q;
  logic [2*4-1:0] bit_q;  // bit of the factor, 8 without one
  logic [1:0] plain_q;
  logic round1_q;
  logic [3:0] bit3_q;
  logic plain3_q;
  logic factor_bit;
  logic charge5_q;
  logic end5_q;

  assign factor_bit = valid_q[2] & (plain3_q | (bit3_q[3] ? factor[8] : factor[{1'b0, bit3_q[2:0]}]));

  always_ff @(posedge clk_i) begin
    load1_q <= issue && step_q == 0;
    label1_q <= {label_q[5], row_short_label ? 5'd0 : label_q[4:0]};
    label2_q <= label1_q;
    valid_q <= {valid_q[2:0], issue};
    last_q <= {last_q[2:0], issue && last_step};
    round1_q <= issue && row_modulated && step_q == 0;
    round_q <= {round_q[1:0], round1_q};
    end_q <= {end_q[2:0], last_pulse && rows_after == 0};
    sign_q <= {sign_q[5:0], row_sign};
    bit_q <= {bit_q[3:0], step_q};
    plain_q <= {plain_q[0], ~row_modulated};
    bit3_q <= bit_q[7:4];
    plain3_q <= plain_q[1];
    charge5_q <= last_q[3];
    end5_q <= end_q[3];
    if (!rst_ni) begin
      load1_q <= 0;
      valid_q <= 0;
      last_q <= 0;
      charge5_q <= 0;
    end
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Columns

  // The half that is in turn: whose charge is next. The half that was in turn at the end of the previous interval.
  logic due_q;
  logic held_half_q;

  always_ff @(posedge clk_i) begin
    if (charge5_q) due_q <= ~due_q;
    if (step_last_i) held_half_q <= due_q;
    if (!rst_ni) begin
      due_q <= 0;
      held_half_q <= 0;
    end
  end

  logic [Lanes*2-1:0] switches;
  logic switch_write;
  assign switch_write = mem_en_i & mem_we_i & (32'(mem_row_i) == 2 * Rows);

  // Even columns are in odd slots.
  logic other;
  assign other = held_half_q == slot_i[0];

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    // By slot: {switch inh, switch exc}; places of the read-out: pair of columns, in turn or other.
    logic [Slots*2-1:0] lane_switches;
    logic [Slots*2*(SumBits+1)-1:0] held;
    logic [2*(SumBits+1)-1:0] sums;

    for (genvar s = 0; s < Slots; s++) begin : gen_switch
      localparam int unsigned Column = Slots * l + Slots - 1 - s;
      localparam int unsigned Quad = 32 * (Column % 2) + Column / 8;
      localparam int unsigned High = 8 * (3 - (Column / 2) % 4) + 6;
      logic [1:0] switch_q;

      initial switch_q = 0;
      always_ff @(posedge clk_i) begin
        if (switch_write && mem_quad_i == 6'(Quad) && mem_wmask_i[High]) switch_q <= mem_wdata_i[High+:2];
      end
      assign lane_switches[2*s+:2] = switch_q;
    end

    // Slots 2 * p (odd column) and 2 * p + 1 (even column).
    for (genvar p = 0; p < Slots / 2; p++) begin : gen_pair
      localparam int unsigned Pair = Slots / 2 * l + Slots / 2 - 1 - p;

      hx_synapse_column #(
          .SumBits(SumBits)
      ) u_column (
          .clk_i(clk_i),
          .rst_ni(rst_ni),
          .word_i(row_word[12*Pair+:12]),
          .load_i(load1_q),
          .label_i(label2_q),
          .factor_bit_i(factor_bit),
          .step_i(valid_q[3]),
          .round_i(round_q[2]),
          .last_i(last_q[3]),
          .sign_i(sign_q[7:6]),
          .charge_i(charge5_q),
          .end_i(end5_q),
          .step_last_i(step_last_i),
          .turn_o(held[2*(SumBits+1)*(2*p)+:2*(SumBits+1)]),
          .other_o(held[2*(SumBits+1)*(2*p+1)+:2*(SumBits+1)])
      );
    end

    hx_synapse_select #(
        .Width(2 * (SumBits + 1)),
        .Places(Slots)
    ) u_sums (
        .words_i(held),
        .place_i({slot_i[SlotBits-1:1], other}),
        .word_o(sums)
    );
    hx_synapse_select #(
        .Width(2),
        .Places(Slots)
    ) u_switch (
        .words_i(lane_switches),
        .place_i(slot_i[SlotBits-1:0]),
        .word_o(switches[2*l+:2])
    );

    assign charge_exc_o[12*l+:12] = {{12 - SumBits{1'b0}}, sums[SumBits-1:0] & {SumBits{switches[2*l]}}};
    assign charge_inh_o[12*l+:12] = {{12 - SumBits{1'b0}}, sums[2*SumBits-1:SumBits] & {SumBits{switches[2*l+1]}}};
    assign bypass_exc_o[l] = sums[2*SumBits] & switches[2*l];
    assign bypass_inh_o[l] = sums[2*SumBits+1] & switches[2*l+1];
  end

  assign charge_any_o = charge_exc_o != 0 || charge_inh_o != 0;

endmodule

`default_nettype wire
