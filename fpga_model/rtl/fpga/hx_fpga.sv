// The FPGA: playback executor, its registers, JTAG master, system time, trace and encoder.
//
// Purpose: turns words of the host into accesses, labels and time, and everything that comes back into words. It is the meeting
// place of the parts only; what each instruction does in which clock is in hx_executor, the registers in hx_fpga_registers, the
// way to the host in hx_trace and hx_encoder.
//
// Reset: rst_ni is power-on or a reset of the transport. The chip's reset pin is an output; the FPGA keeps its state then.
`default_nettype none

module hx_fpga #(
    // Words of the playback memory, a power of two.
    parameter int unsigned PlaybackWords = 4096,
    // Words of the external DRAM at hand outside of a simulation, a power of two; in a Verilator model it is complete (sparse).
    parameter int unsigned DramWords = 1024
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Words from the host, taken with valid & ready.
    input wire logic ut_valid_i,
    output wire logic ut_ready_o,
    input wire logic [63:0] ut_word_i,
    // Words to the host.
    output wire logic ut_valid_o,
    input wire logic ut_ready_i,
    output wire logic [63:0] ut_word_o,
    // High in the clock in which the word that completes the answer of a halt leaves: the end of a run.
    output wire logic run_end_o,

    // Labels to the link: ev_count_o (0..3) in this clock, the first one most significant of the 16 * count bits used.
    output wire logic [1:0] ev_count_o,
    output wire logic [47:0] ev_labels_o,
    input wire logic ev_room_i,

    // Omnibus accesses to the chip through the link, and their completions in order.
    output wire logic ob_valid_o,
    output wire logic ob_we_o,
    output wire logic [31:0] ob_addr_o,
    output wire logic [31:0] ob_wdata_o,
    output wire logic [3:0] ob_be_o,
    input wire logic ob_full_i,
    input wire logic ob_done_i,
    input wire logic [31:0] ob_rdata_i,

    // Omnibus accesses of the JTAG port.
    output wire logic jt_valid_o,
    input wire logic jt_ready_i,
    output wire logic jt_we_o,
    output wire logic [31:0] jt_addr_o,
    output wire logic [31:0] jt_wdata_o,
    input wire logic jt_done_i,

    // Packs arriving from the link.
    input wire logic pk_valid_i,
    input wire logic [1:0] pk_count_i,
    input wire logic [71:0] pk_data_i,
    output wire logic [1:0] pk_gone_o,

    // Chip reset pin, 1 = reset.
    output wire logic chip_rst_o,
    // System time: sync_load_o makes the chip time 2 * sync_base_i in the next clock.
    output wire logic sync_load_o,
    input wire logic [42:0] sync_base_i
);

endmodule

`default_nettype wire
