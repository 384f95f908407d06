// The chip: Omnibus, registers, crossbar, synapse arrays, neurons, read-out, chip time.
//
// Purpose: everything behind the chip side of the link. Behaviour: chip-behaviour contract; clocks: its section 14.
//
// Omnibus: an access with ob_valid_i & ob_ready_o in clock w has its effect in w (a read answers with the state of w, a write is
// seen from w+1 on). ob_done_o marks its completion ChipAnswer clocks later, with ob_rdata_o if it was a read; completions come
// in the order of the accesses, one per clock, so an access behind a CADC trigger read completes after it.
//
// Events: ev_valid_i & ev_ready_o in clock c: the label is in the register of its L2 input in c+1. pack_*_o belong to the clock
// in which they are valid (the stamp clock).
//
// Reset: rst_ni is power-on; chip_rst_i the level of the reset pin. While it is high the bus takes no access, labels vanish,
// no pack leaves, flip-flop registers get their reset values; memories (SRAM of the contract) keep theirs. Answers of accesses
// that were taken before are still given.
`default_nettype none

module hx_chip #(
    parameter int unsigned Columns = 256,
    parameter int unsigned Rows = 256,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned PadiPorts = hx_spec_pkg::PadiPorts,
    parameter int unsigned RowPort = hx_spec_pkg::RowPort
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    // Level of the chip reset pin, 1 = reset.
    input wire logic chip_rst_i,

    // Omnibus accesses, in order. ob_ready_o does not depend on ob_valid_i.
    input wire logic ob_valid_i,
    output wire logic ob_ready_o,
    input wire logic ob_we_i,
    input wire logic [31:0] ob_addr_i,
    input wire logic [31:0] ob_wdata_i,
    input wire logic [3:0] ob_be_i,
    // Completions, in order.
    output wire logic ob_done_o,
    output wire logic [31:0] ob_rdata_o,

    // Labels from the link (head of its FIFO).
    input wire logic ev_valid_i,
    output wire logic ev_ready_o,
    input wire logic [15:0] ev_label_i,

    // Event packs to the host, stamped in this clock: 1..3 events of {stamp[7:0], label[15:0]}, the first one most significant
    // of the 24 * count bits used. Taken with pack_valid_o & pack_ready_i; pack_valid_o already regards pack_ready_i (no event
    // is popped while it is low).
    output wire logic pack_valid_o,
    input wire logic pack_ready_i,
    output wire logic [1:0] pack_count_o,
    output wire logic [71:0] pack_data_o,

    // sync_load_i: chip time = 2 * sync_base_o in the next clock. sync_base_o is SystimeSyncBase as it is now.
    input wire logic sync_load_i,
    output wire logic [42:0] sync_base_o,
    output wire logic [42:0] chip_time_o
);

endmodule

`default_nettype wire
