// Turns registers into neuron coefficients (model-dynamics contract, section 3), circuit by circuit, in the background.
//
// Purpose and timing: from power-on, window n = 0, 1, ... of CoeffCycles clocks belongs to circuit n mod 512. The result is at
// coef_* in the last clock of the window, so slots from the first clock after the window on use it. A configuration write inside
// the window (cfg_write_i) discards the result; the next round makes it again. After a full round without a write nothing
// can change and the unit rests until the next write; the windows keep their grid.
//
// Reset: rst_ni (power-on only; the chip reset pin does not reach it) restarts at window 0.
`default_nettype none

module hx_coefficient_unit #(
    // Columns per row that exist: windows of other columns give no result.
    parameter int unsigned Columns = 256,
    parameter int unsigned CoeffCycles = 64
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // A write to NeuronConfig, a CapMem cell or SynapseBiasSelection takes effect in this clock.
    input wire logic cfg_write_i,
    // SynapseBiasSelection register.
    input wire logic [15:0] synapse_bias_i,

    // CapMem cell: {quadrant[1:0], column[7:0] (128 = shared cells), row[4:0]}; data one clock later: the last value written
    // to the cell that was not 1023 (refresh disabled).
    output wire logic [14:0] capmem_addr_o,
    input wire logic [9:0] capmem_data_i,
    // NeuronConfig word: {circuit[8:0], word[2:0]}; data one clock later.
    output wire logic [11:0] ncfg_addr_o,
    input wire logic [7:0] ncfg_data_i,

    // Result, to hx_neuron_array (layout of coef_o there).
    output wire logic coef_we_o,
    output wire logic [8:0] coef_circuit_o,
    output wire logic [163:0] coef_o
);

endmodule

`default_nettype wire
