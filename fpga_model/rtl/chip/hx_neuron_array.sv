// The 512 neuron circuits: state, neuron step, read-out sampling.
//
// Purpose: one pass of Slots clocks updates every circuit once (model-dynamics contract, section 2). Lane k of a row owns the
// columns Slots*k .. Slots*k + Slots-1; the circuit in column c is updated in slot Slots-1 - c % Slots, both rows together.
// Vectors over lanes are indexed row*Lanes + lane. A circuit number is 256*row + column, whatever Columns is.
//
// Timing: a slot in clock x reads its charges, configuration, coefficients and commands as they are in clock x. A write or
// command in clock w is seen by slots from clock w+1 on. Spikes of the slot are at spike_*_o in clock x + NeuronPipe: waiting
// bit and spike counter of the chip are to count as set in that very clock.
//
// Reset: rst_ni is power-on: configuration and coefficients become raw 0. run_i low (chip reset held) stops the steps, drops
// commands and spikes under way (spike_any_o = 0 from the next clock on), keeps configuration and coefficients; the first
// update of each circuit afterwards only sets V = E, I = 0, refractory time over.
//
// Two forms with equal ports and equal behaviour: hx_neuron_array_sim (fast under Verilator), hx_neuron_array_synth (pipelined,
// synthesizable; compartments and fire lines by parameter). They are compared clock by clock in tests/fpga_model/neuron.
`default_nettype none

module hx_neuron_array #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned NeuronPipe = hx_spec_pkg::NeuronPipe,
    // 1: simulation form, 0: synthesizable form.
`ifdef VERILATOR
    parameter bit SimForm = 1'b1,
    // 1: the synthesizable form has compartments, conductances between them and fire lines (the simulation form always has them).
    parameter bit Compartments = 1'b1,
`else
    parameter bit SimForm = 1'b0,
    parameter bit Compartments = 1'b0,
`endif
    // Derived, do not overwrite.
    localparam int unsigned Lanes = Columns / Slots
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Slot of this clock; run_i = 1: the slot is executed.
    input wire logic [3:0] slot_i,
    input wire logic run_i,

    // Charges of the previous interval for slot_i, in weight LSB. charge_any_i = 0: all of them and all marks are 0.
    input wire logic charge_any_i,
    input wire logic [2*Lanes*12-1:0] charge_exc_i,
    input wire logic [2*Lanes*12-1:0] charge_inh_i,
    // One event brought at least 256 to the line (bypass mode).
    input wire logic [2*Lanes-1:0] bypass_exc_i,
    input wire logic [2*Lanes-1:0] bypass_inh_i,

    // Copies of NeuronConfig writes; word = offset in the slot, 2..7.
    input wire logic ncfg_we_i,
    input wire logic [8:0] ncfg_circuit_i,
    input wire logic [2:0] ncfg_word_i,
    input wire logic [7:0] ncfg_data_i,
    // Copies of NeuronBackendConfig writes, word 0..3.
    input wire logic nbe_we_i,
    input wire logic [8:0] nbe_circuit_i,
    input wire logic [1:0] nbe_word_i,
    input wire logic [7:0] nbe_data_i,

    // Coefficients of a circuit, from hx_coefficient_unit:
    //   [17:0] d_mem, [35:18] d_exc, [53:36] d_inh, [71:54] c_exc, [89:72] c_inh   unsigned, 2^-18
    //   [107:90] e_leak, [125:108] v_th, [143:126] v_reset                         signed, 2^-8 CADC LSB
    //   [163:144] v_off                                                            signed, 2^-12 CADC LSB per step
    // COBA, AdEx (docs/decisions/neuron.md):
    //   [181:164] k_exc, [199:182] k_inh                                           unsigned, folded slopes
    //   [217:200] e_exc, [235:218] e_inh                                           signed, 2^-8 CADC LSB
    //   [253:236] d_w, [271:254] c_w, [289:272] c_e                                unsigned, 2^-18
    //   [307:290] e_adapt, [325:308] v_exp                                         signed, 2^-8 CADC LSB
    //   [336:326] a, [347:337] b                                                   signed codes
    //   [348] adaptation on
    // Compartments:
    //   [349] member (its current goes to [360:352] rep), [350] node (publishes, takes sums)
    //   [351] link to the compartment of [369:361] other, [387:370] d_own, [405:388] d_other  unsigned, 2^-18
    input wire logic coef_we_i,
    input wire logic [8:0] coef_circuit_i,
    input wire logic [405:0] coef_i,

    // Neuron resets of this clock (one, or the four of a quad); without effect where enable_fire is 0 in this clock.
    input wire logic [3:0] nreset_valid_i,
    input wire logic [4*9-1:0] nreset_circuit_i,
    // CommonNeuronBackendConfig, bit/nibble 0 = west (columns 0..127), 1 = east.
    input wire logic [1:0] force_reset_i,
    input wire logic [1:0] enable_clocks_i,
    input wire logic [2*4-1:0] clock_scale_slow_i,
    input wire logic [2*4-1:0] clock_scale_fast_i,
    input wire logic [2*4-1:0] clock_scale_adapt_i,

    // Spikes of the slot executed NeuronPipe clocks ago. spike_any_o = 0: spike_o is 0 and spike_slot_o has no meaning.
    output wire logic spike_any_o,
    output wire logic [3:0] spike_slot_o,
    output wire logic [2*Lanes-1:0] spike_o,

    // CADC sampling per hemisphere (= row): while high, each executed slot stores its read-out code. Hold for one pass.
    input wire logic [1:0] sample_i,
    // Per row: read the stored codes of a quad, signed, before channel offset and clipping; 0 if the read-out amplifier is off.
    // sample_code_o answers one clock after sample_read_i and holds. Entry e of row r (bits 44*r + 11*e +: 11) is column
    // 8*(quad%32) + 2*e + quad/32 (four columns of one lane with equal parity).
    input wire logic [1:0] sample_read_i,
    input wire logic [2*6-1:0] sample_quad_i,
    output wire logic [2*44-1:0] sample_code_o,

    // MADC: while madc_on_i[m], the executed slot of circuit madc_circuit_i[9*m +: 9] in clock x puts its code (of the state it reads, 2^-2
    // CADC LSB, clipped to 10 bits) into madc_code_o[10*m +: 10], visible from x + 2 on.
    input wire logic [1:0] madc_on_i,
    input wire logic [2*9-1:0] madc_circuit_i,
    output wire logic [2*10-1:0] madc_code_o
);

  if (SimForm) begin : gen_sim
    hx_neuron_array_sim #(
        .Columns(Columns),
        .Slots(Slots),
        .NeuronPipe(NeuronPipe)
    ) u_array (
        .*
    );
  end else begin : gen_synth
    hx_neuron_array_synth #(
        .Columns(Columns),
        .Slots(Slots),
        .NeuronPipe(NeuronPipe),
        .Compartments(Compartments)
    ) u_array (
        .*
    );
  end

endmodule

`default_nettype wire
