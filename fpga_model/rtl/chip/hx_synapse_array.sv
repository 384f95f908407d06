// The synapse array of one hemisphere: synapse memory, synapse drivers, column accumulators.
//
// Purpose: turns the events of the four PADI busses into charges of the columns. Behaviour: chip-behaviour contract, sections 5
// and 6; clocks: its section 14.4. Rows 0..Rows-1 are driven in pairs by drivers 0..Rows/2-1; driver d listens to bus d % 4 with
// index d / 4. Physical row 2*r holds the weight bytes of row r, 2*r + 1 its label bytes; physical rows 2*Rows..2*Rows+3 are
// column switches. Quad q, entry e (byte lane 3 - e) is column 8*(q % 32) + 2*e + q/32, in every build.
//
// Timing: an event with ev_valid_i & ev_ready_o in clock g is granted in g; its charge belongs to the interval that contains
// clock g + PadiPipe. A write (memory, driver, cell) in clock w acts on events granted from w+1 on; recovery_i acts at once, so a
// register behind it that is written in w does the same. RowPort = 1: row k of the event is charged as if granted in g + k;
// RowPort = 2: rows come in halves, docs/decisions/synapse.md.
// Extended timing of a bus (one event per 2 clocks) is the matter of the driver of ev_valid_i.
//
// Short-term plasticity and Hagen modulation give a driver a factor for the charges of an event; rules in docs/decisions/synapse.md.
//
// Reset: rst_ni low clears charges, marks and events under way and puts the plasticity of all drivers at rest (for power-on and chip
// reset alike). Memory, driver configuration and cells are SRAM: raw 0 at power-on, untouched by rst_ni.
//
// Two forms with equal ports and equal behaviour: hx_synapse_array_sim (fast under Verilator, all values of the parameters),
// hx_synapse_array_synth (one memory port that delivers half a row: PadiPorts = 1 and RowPort = 2 only). They are compared clock by
// clock in tests/fpga_model/synapse.
`default_nettype none

module hx_synapse_array #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Rows = hx_spec_pkg::Rows,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    // PadiPorts 4: every bus has its own port; 1: one port, round robin over the busses. RowPort 0: all rows of an event in one
    // clock; 1: a row per clock; 2: half a row per clock. The form for synthesis has one port that delivers half a row.
`ifdef VERILATOR
    parameter int unsigned PadiPorts = hx_spec_pkg::PadiPorts,
    parameter int unsigned RowPort = hx_spec_pkg::RowPort,
`else
    parameter int unsigned PadiPorts = 1,
    parameter int unsigned RowPort = 2,
`endif
    parameter int unsigned PadiPipe = hx_spec_pkg::PadiPipe,
    // 1: simulation form, 0: synthesizable form.
`ifdef VERILATOR
    parameter bit SimForm = 1'b1,
`else
    parameter bit SimForm = 1'b0,
`endif
    // Derived, do not overwrite.
    localparam int unsigned Lanes = Columns / Slots
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Access to the synapse memory. mem_wmask_i selects bits; the six low and the two high bits of a byte go together (as in all
    // views of the contract). mem_rdata_o: word of a read (mem_we_i = 0) in clock w, valid from clock w+2 until the answer of the
    // next read. Rows and quads that do not exist read 0.
    input wire logic mem_en_i,
    input wire logic mem_we_i,
    input wire logic [9:0] mem_row_i,
    input wire logic [5:0] mem_quad_i,
    input wire logic [31:0] mem_wmask_i,
    input wire logic [31:0] mem_wdata_i,
    output wire logic [31:0] mem_rdata_o,

    // Copies of SynapseDriverConfig writes, raw words; word = offset in the slot of the driver, 0..3.
    input wire logic drv_we_i,
    input wire logic [6:0] drv_index_i,
    input wire logic [1:0] drv_word_i,
    input wire logic [15:0] drv_wdata_i,

    // Copies of writes to the STP voltages in CapMem column 128: bytes that change (none for a cell that is no longer refreshed);
    // index {block of odd drivers, cell row}, cell rows 0, 1: stp_v_charge_0/1, 2, 3: stp_v_recover_0/1.
    input wire logic [1:0] cell_we_i,
    input wire logic [2:0] cell_index_i,
    input wire logic [9:0] cell_wdata_i,
    // CommonSTPConfig: {enable_recovery_clock, recovery_clock_speed}.
    input wire logic [4:0] recovery_i,

    // Events, one place per bus: PADI label (row select, synapse label) and pulse extension. ev_ready_o may depend on ev_valid_i.
    input wire logic [3:0] ev_valid_i,
    output wire logic [3:0] ev_ready_o,
    input wire logic [4*11-1:0] ev_label_i,
    input wire logic [4*4-1:0] ev_ext_i,

    // Slot of this clock (clock of the interval); step_last_i in the last clock of an interval.
    input wire logic [3:0] slot_i,
    input wire logic step_last_i,

    // Charges of the previous interval for slot_i, in weight LSB, 0 where the column switch (physical row 2*Rows) is off.
    // Lane l of slot s is column Slots*l + Slots-1-s. charge_any_o = 0: all charges and marks of the slot are 0 and the vectors
    // have no meaning.
    output wire logic charge_any_o,
    output wire logic [Lanes*12-1:0] charge_exc_o,
    output wire logic [Lanes*12-1:0] charge_inh_o,
    // One event brought at least 256 to the line (bypass mode).
    output wire logic [Lanes-1:0] bypass_exc_o,
    output wire logic [Lanes-1:0] bypass_inh_o
);

  if ((PadiPorts != 1 && PadiPorts != 4) || RowPort > 2) begin : gen_check_parameters
    $error("hx_synapse_array: PadiPorts is 1 or 4, RowPort 0, 1 or 2");
  end

  if (SimForm) begin : gen_sim
    hx_synapse_array_sim #(
        .Columns(Columns),
        .Rows(Rows),
        .Slots(Slots),
        .PadiPorts(PadiPorts),
        .RowPort(RowPort),
        .PadiPipe(PadiPipe)
    ) u_array (.*);
  end else begin : gen_synth
    hx_synapse_array_synth #(
        .Columns(Columns),
        .Rows(Rows),
        .Slots(Slots),
        .PadiPorts(PadiPorts),
        .RowPort(RowPort),
        .PadiPipe(PadiPipe)
    ) u_array (.*);
  end

endmodule

`default_nettype wire
