// Event crossbar: 20 inputs, 12 outputs, 76 nodes.
//
// Purpose: copies each event to all outputs whose node accepts its label. Behaviour: chip-behaviour contract, section 3; clocks:
// its section 14.4. Inputs 0..7 are the neuron event outputs, 8..11 the L2 inputs, 12..19 the background generators; outputs 0..7
// are the PADI busses 4*hemisphere + bus, 8..11 the L2 outputs.
//
// Timing: an event with in_valid_i & in_ready_o in clock c is in the input register in c+1 and is compared with the nodes as
// they are in clock c (a write in clock w acts on events accepted from w+1 on). An event that an output takes in clock c can be
// popped (out_valid_o & out_ready_i) from c + XbarPipe on. A FIFO is full by its state at the start of the clock: a pop makes room
// for the next clock. After a pop of an L2 output with enable_slow in clock c, out_valid_o of it is low until clock c+4.
//
// What an output takes in a clock depends on the state at its start alone. It is computed at the end of the clock before, so that
// in_ready_o is a register. out_label_o has no meaning while out_valid_o is low.
//
// Reset: rst_ni (power-on and chip reset) empties registers and FIFOs; nodes pass everything, counters and configuration are 0.
//
// Two forms with equal ports and equal behaviour: hx_crossbar_sim (fast under Verilator), hx_crossbar_synth (small in an FPGA). They
// are compared clock by clock in tests/fpga_model/crossbar and tests/fpga_model/synth.
`default_nettype none

module hx_crossbar #(
    // At least 2.
    parameter int unsigned XbarPipe = hx_spec_pkg::XbarPipe,
    // Places of the FIFOs, powers of two.
    parameter int unsigned PadiFifo = hx_spec_pkg::PadiFifo,
    parameter int unsigned L2Fifo = hx_spec_pkg::L2Fifo,
    // 1: simulation form, 0: synthesizable form.
`ifdef VERILATOR
    parameter bit SimForm = 1'b1
`else
    parameter bit SimForm = 1'b0
`endif
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Event sources. in_ready_o does not depend on in_valid_i.
    input wire logic [19:0] in_valid_i,
    output wire logic [19:0] in_ready_o,
    input wire logic [20*14-1:0] in_label_i,
    // The source lost an event in this clock: one drop if a node of the input counts drops.
    input wire logic [19:0] in_lost_i,

    // Registers of the block 0x00130000 but the background generators: CrossbarOutputConfig (0x00), CrossbarNode (0x19..0x64),
    // CrossbarInputDropCounter (0x65..0x78), CrossbarOutputEventCounter (0x79..0x84). cfg_rdata_o: word addressed with cfg_re_i in
    // clock w as it was in w, valid from w+1 until the next read. Other addresses: no effect, 0.
    input wire logic cfg_we_i,
    input wire logic cfg_re_i,
    input wire logic [7:0] cfg_addr_i,
    input wire logic [3:0] cfg_be_i,
    /* verilator lint_off UNUSEDSIGNAL */  // bits without a field
    input wire logic [31:0] cfg_wdata_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output wire logic [31:0] cfg_rdata_o,

    // PADI event write of this clock: fire bits of the busses (already of one hemisphere); acts where enable_spl1_i is 0.
    input wire logic [7:0] padi_store_i,
    input wire logic [10:0] padi_label_i,
    // CommonPADIBusConfig.enable_spl1 as it is in this clock: 1 = the bus takes crossbar events.
    input wire logic [7:0] enable_spl1_i,

    // Heads of the output FIFOs.
    output wire logic [11:0] out_valid_o,
    input wire logic [11:0] out_ready_i,
    output wire logic [12*14-1:0] out_label_o
);

  if (SimForm) begin : gen_sim
    hx_crossbar_sim #(
        .XbarPipe(XbarPipe),
        .PadiFifo(PadiFifo),
        .L2Fifo(L2Fifo)
    ) u_crossbar (.*);
  end else begin : gen_synth
    hx_crossbar_synth #(
        .XbarPipe(XbarPipe),
        .PadiFifo(PadiFifo),
        .L2Fifo(L2Fifo)
    ) u_crossbar (.*);
  end

  if (XbarPipe < 2) begin : gen_check_pipe
    $error("XbarPipe must be at least 2");
  end

endmodule

`default_nettype wire
