// Test top: hx_neuron_array in either form, with its state visible.
//
// probe_*_o show V (2^-12 CADC LSB, signed), I_exc, I_inh (2^-10 weight LSB), the refractory counter (chip cycles), w and dV (as V) of all lanes
// in slot probe_slot_i, as they are now: for the synthesizable form a slot is up to date 13 clocks after it was executed.
`default_nettype none

module neuron_probe #(
    parameter int unsigned Columns = 256,
    parameter bit SimForm = 1'b1,
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
    output wire logic [19:0] madc_code_o,
    input wire logic [3:0] probe_slot_i,
    output wire logic [All*32-1:0] probe_v_o,
    output wire logic [All*32-1:0] probe_exc_o,
    output wire logic [All*32-1:0] probe_inh_o,
    output wire logic [All*32-1:0] probe_rem_o,
    output wire logic [All*32-1:0] probe_w_o,
    output wire logic [All*32-1:0] probe_dv_o
);

  hx_neuron_array #(
      .Columns(Columns),
      .SimForm(SimForm)
  ) u_array (
      .*
  );

  for (genvar l = 0; l < All; l++) begin : gen_probe
    if (SimForm) begin : gen_sim
      // The simulation form keeps lanes in groups of eight.
      localparam int unsigned G = All % 8 == 0 ? 32'(l) / 8 : 0;
      localparam int unsigned K = All % 8 == 0 ? 32'(l) % 8 : 32'(l);
      assign probe_v_o[32*l+:32] = u_array.gen_sim.u_array.v[probe_slot_i][G][K] - 32'h1000_0000;
      assign probe_exc_o[32*l+:32] = u_array.gen_sim.u_array.i_exc[probe_slot_i][G][K];
      assign probe_inh_o[32*l+:32] = u_array.gen_sim.u_array.i_inh[probe_slot_i][G][K];
      assign probe_rem_o[32*l+:32] = u_array.gen_sim.u_array.rem[probe_slot_i][G][K];
      assign probe_w_o[32*l+:32] = u_array.gen_sim.u_array.w[probe_slot_i][G][K];
      assign probe_dv_o[32*l+:32] = u_array.gen_sim.u_array.dv_last[probe_slot_i][G][K];
    end else begin : gen_synth
      wire logic [45:0] membrane = u_array.gen_synth.u_array.gen_lane[l].u_lane.membrane_mem[probe_slot_i];
      wire logic [43:0] current = u_array.gen_synth.u_array.gen_lane[l].u_lane.current_mem[probe_slot_i];
      assign probe_v_o[32*l+:32] = {{10{membrane[21]}}, membrane[21:0]};
      assign probe_exc_o[32*l+:32] = {10'h0, current[21:0]};
      assign probe_inh_o[32*l+:32] = {10'h0, current[43:22]};
      assign probe_rem_o[32*l+:32] = {8'h0, membrane[45:22]};
      wire logic [43:0] adapt = u_array.gen_synth.u_array.gen_lane[l].u_lane.adapt_mem[probe_slot_i];
      assign probe_w_o[32*l+:32] = {{10{adapt[21]}}, adapt[21:0]};
      assign probe_dv_o[32*l+:32] = {{10{adapt[43]}}, adapt[43:22]};
    end
  end

endmodule

`default_nettype wire
