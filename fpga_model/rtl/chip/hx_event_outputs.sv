// Neuron event outputs: waiting bits, round robin, labels.
//
// Purpose: each of the eight outputs collects the spikes of 64 circuits (32 columns of both rows) and sends one waiting circuit
// per clock to its crossbar input. Circuit i = 32 * row + column % 32 of output e = column / 32.
//
// Timing: spikes of spike_*_i count as waiting in this very clock, neuron resets (fire_*_i) of clock w from w + 1 on. ev_valid_o in
// clock c with ev_ready_i: the event is in the crossbar input register in c + 1. enable_spike_out, enable_event_registers and
// address_out are those of the clock concerned: an event needs the enables in the clock in which it begins to wait, the label
// is made in the clock in which it is sent. enable_event_registers low: nothing waits. An event that finds its bit set is lost:
// ev_lost_o in that clock, once however many are lost together.
//
// Reset: rst_ni (power-on and chip reset): nothing waits, round robin at 0. Copies of SRAM keep their content.
//
// Two forms with equal ports and equal behaviour: hx_event_outputs_sim (fast under Verilator), hx_event_outputs_synth (small in an
// FPGA). They are compared clock by clock in tests/fpga_model/synth.
`default_nettype none

module hx_event_outputs #(
    parameter int unsigned Columns = 256,
    parameter int unsigned Slots = 16,
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

    // Spikes of the neuron array: slot, row * Lanes + lane.
    input wire logic spike_any_i,
    input wire logic [3:0] spike_slot_i,
    input wire logic [2*Lanes-1:0] spike_i,
    // Neuron resets that act in this clock (enable_fire set): circuits 256 * row + column. Two of one clock differ in bits 2:1 of
    // the column.
    input wire logic [3:0] fire_valid_i,
    input wire logic [4*9-1:0] fire_circuit_i,
    // CommonNeuronBackendConfig.enable_event_registers: 0 west (columns 0..127), 1 east.
    input wire logic [1:0] enable_i,

    // Copies of NeuronBackendConfig writes.
    input wire logic nbe_we_i,
    input wire logic [8:0] nbe_circuit_i,
    input wire logic [1:0] nbe_word_i,
    /* verilator lint_off UNUSEDSIGNAL */
    input wire logic [7:0] nbe_data_i,
    /* verilator lint_on UNUSEDSIGNAL */

    // To the crossbar inputs 0..7.
    output wire logic [7:0] ev_valid_o,
    input wire logic [7:0] ev_ready_i,
    output wire logic [8*14-1:0] ev_label_o,
    output wire logic [7:0] ev_lost_o
);

  if (SimForm) begin : gen_sim
    hx_event_outputs_sim #(
        .Columns(Columns),
        .Slots(Slots)
    ) u_outputs (.*);
  end else begin : gen_synth
    hx_event_outputs_synth #(
        .Columns(Columns),
        .Slots(Slots)
    ) u_outputs (.*);
  end

endmodule

`default_nettype wire
