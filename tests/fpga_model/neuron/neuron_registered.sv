// Test top: the simulation form behind registers, as inside the chip. A register that Verilator updates before the array has read
// it (its tasks hide what they read) would show as a difference of one clock.
`default_nettype none

module neuron_registered #(
    parameter int unsigned Columns = 32,
    localparam int unsigned Slots = 16,
    localparam int unsigned Lanes = Columns / Slots,
    localparam int unsigned All = 2 * Lanes
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    input wire logic [3:0] slot_i,
    input wire logic run_i,
    input wire logic charge_any_i,
    input wire logic [All*12-1:0] charge_exc_i,
    input wire logic [All*12-1:0] charge_inh_i,
    input wire logic [All-1:0] bypass_exc_i,
    input wire logic [All-1:0] bypass_inh_i,
    input wire logic ncfg_we_i,
    input wire logic [8:0] ncfg_circuit_i,
    input wire logic [2:0] ncfg_word_i,
    input wire logic [7:0] ncfg_data_i,
    input wire logic nbe_we_i,
    input wire logic [8:0] nbe_circuit_i,
    input wire logic [1:0] nbe_word_i,
    input wire logic [7:0] nbe_data_i,
    input wire logic coef_we_i,
    input wire logic [8:0] coef_circuit_i,
    input wire logic [405:0] coef_i,
    input wire logic [3:0] nreset_valid_i,
    input wire logic [35:0] nreset_circuit_i,
    input wire logic [1:0] force_reset_i,
    input wire logic [1:0] enable_clocks_i,
    input wire logic [7:0] clock_scale_slow_i,
    input wire logic [7:0] clock_scale_fast_i,
    input wire logic [7:0] clock_scale_adapt_i,
    output wire logic spike_any_o,
    output wire logic [3:0] spike_slot_o,
    output wire logic [All-1:0] spike_o,
    input wire logic [1:0] sample_i,
    input wire logic [1:0] sample_read_i,
    input wire logic [11:0] sample_quad_i,
    output wire logic [87:0] sample_code_o,
    input wire logic [1:0] madc_on_i,
    input wire logic [17:0] madc_circuit_i,
    output wire logic [19:0] madc_code_o
);

  logic rst_nq, run_q, charge_any_q, ncfg_we_q, nbe_we_q, coef_we_q;
  logic [3:0] slot_q, nreset_valid_q;
  logic [All*12-1:0] charge_exc_q, charge_inh_q;
  logic [All-1:0] bypass_exc_q, bypass_inh_q;
  logic [8:0] ncfg_circuit_q, nbe_circuit_q, coef_circuit_q;
  logic [2:0] ncfg_word_q;
  logic [1:0] nbe_word_q, force_reset_q, enable_clocks_q, sample_q, sample_read_q;
  logic [7:0] ncfg_data_q, nbe_data_q, clock_scale_slow_q, clock_scale_fast_q, clock_scale_adapt_q;
  logic [405:0] coef_q;
  logic [35:0] nreset_circuit_q;
  logic [11:0] sample_quad_q;
  logic [1:0] madc_on_q;
  logic [17:0] madc_circuit_q;

  always_ff @(posedge clk_i) begin
    rst_nq <= rst_ni;
    slot_q <= slot_i;
    run_q <= run_i;
    charge_any_q <= charge_any_i;
    charge_exc_q <= charge_exc_i;
    charge_inh_q <= charge_inh_i;
    bypass_exc_q <= bypass_exc_i;
    bypass_inh_q <= bypass_inh_i;
    ncfg_we_q <= ncfg_we_i;
    ncfg_circuit_q <= ncfg_circuit_i;
    ncfg_word_q <= ncfg_word_i;
    ncfg_data_q <= ncfg_data_i;
    nbe_we_q <= nbe_we_i;
    nbe_circuit_q <= nbe_circuit_i;
    nbe_word_q <= nbe_word_i;
    nbe_data_q <= nbe_data_i;
    coef_we_q <= coef_we_i;
    coef_circuit_q <= coef_circuit_i;
    coef_q <= coef_i;
    nreset_valid_q <= nreset_valid_i;
    nreset_circuit_q <= nreset_circuit_i;
    force_reset_q <= force_reset_i;
    enable_clocks_q <= enable_clocks_i;
    clock_scale_slow_q <= clock_scale_slow_i;
    clock_scale_fast_q <= clock_scale_fast_i;
    clock_scale_adapt_q <= clock_scale_adapt_i;
    madc_on_q <= madc_on_i;
    madc_circuit_q <= madc_circuit_i;
    sample_q <= sample_i;
    sample_read_q <= sample_read_i;
    sample_quad_q <= sample_quad_i;
  end

  hx_neuron_array #(
      .Columns(Columns)
  ) u_array (
      .clk_i(clk_i),
      .rst_ni(rst_nq),
      .slot_i(slot_q),
      .run_i(run_q),
      .charge_any_i(charge_any_q),
      .charge_exc_i(charge_exc_q),
      .charge_inh_i(charge_inh_q),
      .bypass_exc_i(bypass_exc_q),
      .bypass_inh_i(bypass_inh_q),
      .ncfg_we_i(ncfg_we_q),
      .ncfg_circuit_i(ncfg_circuit_q),
      .ncfg_word_i(ncfg_word_q),
      .ncfg_data_i(ncfg_data_q),
      .nbe_we_i(nbe_we_q),
      .nbe_circuit_i(nbe_circuit_q),
      .nbe_word_i(nbe_word_q),
      .nbe_data_i(nbe_data_q),
      .coef_we_i(coef_we_q),
      .coef_circuit_i(coef_circuit_q),
      .coef_i(coef_q),
      .nreset_valid_i(nreset_valid_q),
      .nreset_circuit_i(nreset_circuit_q),
      .force_reset_i(force_reset_q),
      .enable_clocks_i(enable_clocks_q),
      .clock_scale_slow_i(clock_scale_slow_q),
      .clock_scale_fast_i(clock_scale_fast_q),
      .clock_scale_adapt_i(clock_scale_adapt_q),
      .spike_any_o(spike_any_o),
      .spike_slot_o(spike_slot_o),
      .spike_o(spike_o),
      .sample_i(sample_q),
      .sample_read_i(sample_read_q),
      .sample_quad_i(sample_quad_q),
      .sample_code_o(sample_code_o),
      .madc_on_i(madc_on_q),
      .madc_circuit_i(madc_circuit_q),
      .madc_code_o(madc_code_o)
  );

endmodule

`default_nettype wire
