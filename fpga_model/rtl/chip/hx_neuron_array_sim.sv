// Simulation form of hx_neuron_array: the same ports and the same behaviour clock by clock, written for speed under Verilator.
//
// Purpose: all lanes of a slot are updated in one clock by plain loops over [slot][lane] arrays that the C++ compiler turns into
// SIMD code. Nothing is visible outside before the pipeline delay has passed, so computing at once is exact; only spikes are
// delayed (NeuronPipe clocks after the slot) and sampled codes (readable from the second clock after the slot).
//
// Speed rules used here: unsigned 32-bit elements (two's complement values carry a bias, so that shifts and comparisons are
// unsigned), 18 x 18 products as two exact products of 18 x 9 bits, configuration decoded when it is written. A slot sleeps
// when an update without charges neither changed a state nor fired: the next one would give the same. Charges, commands and writes wake it.
//
// The Verilator of Debian 12 (5.006) does not look into tasks that are not inlined when it propagates constants and orders
// statements (calls keep their order among each other). So: one function (tick) calls the tasks; arrays belong to the tasks,
// scalars and vectors to tick, and what goes from one to the other is an argument or a result.
//
// Not synthesizable; reset as in hx_neuron_array.
`default_nettype none

/* verilator lint_off BLKSEQ */  // Blocking on purpose: the arrays are private to the one clocked block.

module hx_neuron_array_sim #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned NeuronPipe = hx_spec_pkg::NeuronPipe,
    // Derived, do not overwrite.
    localparam int unsigned Lanes = Columns / Slots
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    input wire logic [3:0] slot_i,
    input wire logic run_i,

    input wire logic charge_any_i,
    input wire logic [2*Lanes*12-1:0] charge_exc_i,
    input wire logic [2*Lanes*12-1:0] charge_inh_i,
    input wire logic [2*Lanes-1:0] bypass_exc_i,
    input wire logic [2*Lanes-1:0] bypass_inh_i,

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
    input wire logic [163:0] coef_i,

    input wire logic [3:0] nreset_valid_i,
    input wire logic [4*9-1:0] nreset_circuit_i,
    input wire logic [1:0] force_reset_i,
    input wire logic [1:0] enable_clocks_i,
    input wire logic [2*4-1:0] clock_scale_slow_i,
    input wire logic [2*4-1:0] clock_scale_fast_i,

    output wire logic spike_any_o,
    output wire logic [3:0] spike_slot_o,
    output wire logic [2*Lanes-1:0] spike_o,

    input wire logic [1:0] sample_i,
    input wire logic [1:0] sample_read_i,
    input wire logic [2*6-1:0] sample_quad_i,
    output wire logic [2*44-1:0] sample_code_o
);

  // ---------------------------------------------------------------- inputs

  // The inputs of this clock, copied by tasks that get them as arguments: Verilator does not see what a task that is not inlined
  // reads, so a task that read an input itself might find the value of the next clock (inputs are registers of other modules).
  logic rst_ns;
  logic [3:0] slot_s;
  logic run_s;
  logic charge_any_s;
  logic [2*Lanes*12-1:0] charge_exc_s;
  logic [2*Lanes*12-1:0] charge_inh_s;
  logic [2*Lanes-1:0] bypass_exc_s;
  logic [2*Lanes-1:0] bypass_inh_s;
  logic ncfg_we_s;
  logic [8:0] ncfg_circuit_s;
  logic [2:0] ncfg_word_s;
  logic [7:0] ncfg_data_s;
  logic nbe_we_s;
  logic [8:0] nbe_circuit_s;
  logic [1:0] nbe_word_s;
  logic [7:0] nbe_data_s;
  logic coef_we_s;
  logic [8:0] coef_circuit_s;
  logic [163:0] coef_s;
  logic [3:0] nreset_valid_s;
  logic [4*9-1:0] nreset_circuit_s;
  logic [1:0] force_reset_s;
  logic [1:0] enable_clocks_s;
  logic [2*4-1:0] clock_scale_slow_s;
  logic [2*4-1:0] clock_scale_fast_s;
  logic [1:0] sample_s;

  task automatic copy_inputs(
      input logic rst_n,
      input logic [3:0] slot,
      input logic run,
      input logic charge_any,
      input logic ncfg_we,
      input logic nbe_we,
      input logic coef_we,
      input logic [3:0] nreset_valid,
      input logic [1:0] force_reset,
      input logic [1:0] enable_clocks,
      input logic [2*4-1:0] clock_scale_slow,
      input logic [2*4-1:0] clock_scale_fast,
      input logic [1:0] sample
  );
    /* verilator no_inline_task */
    rst_ns = rst_n;
    slot_s = slot;
    run_s = run;
    charge_any_s = charge_any;
    ncfg_we_s = ncfg_we;
    nbe_we_s = nbe_we;
    coef_we_s = coef_we;
    nreset_valid_s = nreset_valid;
    force_reset_s = force_reset;
    enable_clocks_s = enable_clocks;
    clock_scale_slow_s = clock_scale_slow;
    clock_scale_fast_s = clock_scale_fast;
    sample_s = sample;
  endtask

  task automatic copy_charges(
      input logic [2*Lanes*12-1:0] charge_exc,
      input logic [2*Lanes*12-1:0] charge_inh,
      input logic [2*Lanes-1:0] bypass_exc,
      input logic [2*Lanes-1:0] bypass_inh
  );
    /* verilator no_inline_task */
    charge_exc_s = charge_exc;
    charge_inh_s = charge_inh;
    bypass_exc_s = bypass_exc;
    bypass_inh_s = bypass_inh;
  endtask

  task automatic copy_writes(
      input logic [8:0] ncfg_circuit,
      input logic [2:0] ncfg_word,
      input logic [7:0] ncfg_data,
      input logic [8:0] nbe_circuit,
      input logic [1:0] nbe_word,
      input logic [7:0] nbe_data,
      input logic [4*9-1:0] nreset_circuit
  );
    /* verilator no_inline_task */
    ncfg_circuit_s = ncfg_circuit;
    ncfg_word_s = ncfg_word;
    ncfg_data_s = ncfg_data;
    nbe_circuit_s = nbe_circuit;
    nbe_word_s = nbe_word;
    nbe_data_s = nbe_data;
    nreset_circuit_s = nreset_circuit;
  endtask

  task automatic copy_coefficients(
      input logic [8:0] coef_circuit,
      input logic [163:0] coef
  );
    /* verilator no_inline_task */
    coef_circuit_s = coef_circuit;
    coef_s = coef;
  endtask

  localparam int unsigned All = 2 * Lanes;  // lanes of both rows
  localparam int unsigned LaneBits = $clog2(All);
  localparam int unsigned StepCycles = 2 * Slots;  // chip cycles per step
  // Membrane values are kept as V + VBias, V in 2^-12 CADC LSB.
  localparam logic [31:0] VBias = 32'h1000_0000;
  localparam logic [31:0] VLow = VBias - 32'd524288;  // -128
  localparam logic [31:0] VHigh = VBias + 32'd2097151;  // 512 - 2^-12
  localparam logic [31:0] IHigh = 32'd4194303;  // 4096 - 2^-10
  // fl8(V - E) is kept as a number of 18 bits plus DiffLow.
  localparam logic [31:0] DiffBias = 32'h0080_0000;
  localparam logic [31:0] DiffLow = (DiffBias >> 4) - 32'h0002_0000;
  localparam logic [31:0] DiffHigh = (DiffBias >> 4) + 32'h0001_ffff;
  localparam logic [31:0] Never = 32'hffff_ffff;  // threshold of a circuit that can not fire

  // State.
  logic [31:0] v[Slots][All];
  logic [31:0] i_exc[Slots][All];
  logic [31:0] i_inh[Slots][All];
  logic [31:0] rem[Slots][All];

  // Coefficients, as used by the step (biases folded in).
  logic [31:0] d_mem[Slots][All];
  logic [31:0] d_exc[Slots][All];
  logic [31:0] d_inh[Slots][All];
  logic [31:0] c_exc[Slots][All];
  logic [31:0] c_inh[Slots][All];
  logic [31:0] e_base[Slots][All];  // DiffBias - VBias - E
  logic [31:0] v_init[Slots][All];  // E + VBias
  logic [31:0] v_reset[Slots][All];  // V_r + VBias
  logic [31:0] v_th[Slots][All];  // V_th + 3/2 VBias
  logic [31:0] fire_at[Slots][All];  // v_th or Never
  logic [31:0] offset[Slots][All];  // v_off + VBias + 8 d_mem

  // Switches: raw words and what the step uses.
  logic [7:0] readout_word[Slots][All];
  logic [7:0] fire_word[Slots][All];
  logic [7:0] pause_word[Slots][All];
  logic [7:0] backend0[Slots][All];
  logic [7:0] backend1[Slots][All];
  logic [7:0] backend2[Slots][All];
  logic [31:0] pause[Slots][All];  // all ones: enable_pause
  logic [31:0] load[Slots][All];  // refractory time in chip cycles
  logic [31:0] hold[Slots][All];  // hold-off in chip cycles
  logic [31:0] count[All];  // chip cycles per step, 0 while the clocks are off

  // Commands and bookkeeping.
  logic [All-1:0] pending[Slots];  // neuron resets
  logic [Slots-1:0] has_pending;
  logic [Slots-1:0] fresh;  // next update only initialises
  logic [Slots-1:0] awake;
  logic charged;  // s_exc or s_inh is not zero
  logic [1:0] force_reset_q;
  logic [1:0] enable_clocks_q;
  logic [7:0] clock_scale_slow_q;
  logic [7:0] clock_scale_fast_q;

  // Work arrays of the slot under way.
  logic [31:0] s_exc[All];
  logic [31:0] s_inh[All];
  logic [31:0] de[All];
  logic [31:0] di[All];
  logic [31:0] me[All];
  logic [31:0] mi[All];
  logic [31:0] diff[All];
  logic [31:0] clamp[All];
  logic [31:0] dv[All];
  logic [31:0] vn[All];
  logic [31:0] fired[All];
  logic [31:0] changed[All];

  // Spikes under way: bit k of under_way belongs to the slot executed k+1 clocks ago.
  logic [NeuronPipe-2:0] under_way;
  logic [4*(NeuronPipe-1)-1:0] slot_way;
  logic [All-1:0] spikes_of[Slots];

  // Sampled codes.
  logic [10:0] code[Slots][All];
  logic [10:0] code_next[All];
  logic [1:0] sampled;
  logic [3:0] sampled_slot;

  function automatic logic [3:0] slot_of(input logic [7:0] column);
    slot_of = 4'(Slots - 1 - 32'(column) % Slots);
  endfunction

  function automatic logic [LaneBits-1:0] lane_of(input logic [8:0] circuit);
    lane_of = LaneBits'(32'(circuit[8]) * Lanes + 32'(circuit[7:0]) / Slots);
  endfunction

  function automatic logic exists(input logic [7:0] column);
    exists = 32'(column) < Columns;
  endfunction

  // 0 = west, 1 = east backend block.
  function automatic logic block_of(input int unsigned lane);
    block_of = (lane % Lanes) * Slots >= 128;
  endfunction

  // ---------------------------------------------------------------- configuration

  // What the step needs of one circuit's switches and levels.
  task automatic decode(input logic [3:0] s, input logic [LaneBits-1:0] l);
    /* verilator no_inline_task */
    logic [7:0] time_bits;
    logic [3:0] holdoff_bits;
    logic [31:0] ticks;
    logic [3:0] scale;
    time_bits = ~{
      backend1[s][l][hx_spec_pkg::NeuronBackendConfig_refractory_time_P0_Lsb+:4], backend2[s][l][hx_spec_pkg::NeuronBackendConfig_refractory_time_P1_Lsb+:4]
    };
    holdoff_bits = {backend1[s][l][hx_spec_pkg::NeuronBackendConfig_reset_holdoff_P1_Lsb+:2], backend0[s][l][hx_spec_pkg::NeuronBackendConfig_reset_holdoff_P0_Lsb+:2]};
    ticks = 31 - 2 * 32'(holdoff_bits);
    if (backend2[s][l][hx_spec_pkg::NeuronBackendConfig_select_input_clock_Lsb]) scale = block_of(32'(l)) ? clock_scale_fast_s[7:4] : clock_scale_fast_s[3:0];
    else scale = block_of(32'(l)) ? clock_scale_slow_s[7:4] : clock_scale_slow_s[3:0];
    load[s][l] = 32'(time_bits) << (32'(scale) + 1);
    hold[s][l] = 32'(time_bits) < ticks ? 0 : ticks << (32'(scale) + 1);
    pause[s][l] = pause_word[s][l][hx_spec_pkg::NeuronConfig_enable_pause_Lsb] ? 32'hffff_ffff : 0;
    fire_at[s][l] = Never;
    if (fire_word[s][l][hx_spec_pkg::NeuronConfig_enable_fire_Lsb] && fire_word[s][l][hx_spec_pkg::NeuronConfig_enable_threshold_comparator_Lsb]) fire_at[s][l] = v_th[s][l];
  endtask

  task automatic decode_all();
    /* verilator no_inline_task */
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < All; l++) decode(4'(s), LaneBits'(l));
    end
    for (int unsigned l = 0; l < All; l++) count[l] = enable_clocks_s[block_of(l)] ? StepCycles : 0;
  endtask

  task automatic write_coefficients(input logic [3:0] s, input logic [LaneBits-1:0] l);
    /* verilator no_inline_task */
    d_mem[s][l] = 32'(coef_s[17:0]);
    d_exc[s][l] = 32'(coef_s[35:18]);
    d_inh[s][l] = 32'(coef_s[53:36]);
    c_exc[s][l] = 32'(coef_s[71:54]);
    c_inh[s][l] = 32'(coef_s[89:72]);
    v_init[s][l] = VBias + {{10{coef_s[107]}}, coef_s[107:90], 4'h0};
    e_base[s][l] = DiffBias - v_init[s][l];
    v_th[s][l] = VBias + (VBias >> 1) + {{10{coef_s[125]}}, coef_s[125:108], 4'h0};
    v_reset[s][l] = VBias + {{10{coef_s[143]}}, coef_s[143:126], 4'h0};
    offset[s][l] = VBias + {{12{coef_s[163]}}, coef_s[163:144]} + (d_mem[s][l] << 3);
    decode(s, l);
  endtask

  task automatic write_config(input logic [3:0] s, input logic [LaneBits-1:0] l);
    /* verilator no_inline_task */
    if (ncfg_word_s == 3'(hx_spec_pkg::NeuronConfigOffset_1)) readout_word[s][l] = ncfg_data_s;
    if (ncfg_word_s == 3'(hx_spec_pkg::NeuronConfigOffset_4)) fire_word[s][l] = ncfg_data_s;
    if (ncfg_word_s == 3'(hx_spec_pkg::NeuronConfigOffset_5)) pause_word[s][l] = ncfg_data_s;
    decode(s, l);
  endtask

  task automatic write_backend(input logic [3:0] s, input logic [LaneBits-1:0] l);
    /* verilator no_inline_task */
    if (nbe_word_s == 2'd0) backend0[s][l] = nbe_data_s;
    if (nbe_word_s == 2'd1) backend1[s][l] = nbe_data_s;
    if (nbe_word_s == 2'd2) backend2[s][l] = nbe_data_s;
    decode(s, l);
  endtask

  // Stores the neuron resets of this clock; slots that have one now.
  function automatic logic [Slots-1:0] command_resets();
    /* verilator no_inline_task */
    logic [8:0] circuit;
    logic [3:0] s;
    logic [LaneBits-1:0] l;
    command_resets = '0;
    for (int unsigned k = 0; k < 4; k++) begin
      circuit = nreset_circuit_s[9*k+:9];
      s = slot_of(circuit[7:0]);
      l = lane_of(circuit);
      if (nreset_valid_s[k] && exists(circuit[7:0]) && fire_word[s][l][hx_spec_pkg::NeuronConfig_enable_fire_Lsb]) begin
        pending[s][l] = 1'b1;
        command_resets[s] = 1'b1;
      end
    end
  endfunction

  function automatic logic [All-1:0] take_pending();
    /* verilator no_inline_task */
    take_pending = pending[slot_s];
    pending[slot_s] = '0;
  endfunction

  task automatic clear_commands();
    /* verilator no_inline_task */
    for (int unsigned s = 0; s < Slots; s++) pending[s] = '0;
  endtask

  // Power-on: raw 0 everywhere.
  task automatic power_on();
    /* verilator no_inline_task */
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < All; l++) begin
        v[s][l] = VBias;
        i_exc[s][l] = 0;
        i_inh[s][l] = 0;
        rem[s][l] = 0;
        d_mem[s][l] = 0;
        d_exc[s][l] = 0;
        d_inh[s][l] = 0;
        c_exc[s][l] = 0;
        c_inh[s][l] = 0;
        e_base[s][l] = DiffBias - VBias;
        v_init[s][l] = VBias;
        v_reset[s][l] = VBias;
        v_th[s][l] = VBias + (VBias >> 1);
        offset[s][l] = VBias;
        readout_word[s][l] = 0;
        fire_word[s][l] = 0;
        pause_word[s][l] = 0;
        backend0[s][l] = 0;
        backend1[s][l] = 0;
        backend2[s][l] = 0;
        code[s][l] = 0;
      end
    end
    no_charges();
    decode_all();
  endtask

  // ---------------------------------------------------------------- one slot

  // Charges of the slot into s_exc and s_inh, shifted to the weight of the state.
  task automatic take_charges();
    /* verilator no_inline_task */
    logic [31:0] a;
    logic [31:0] b;
    logic [31:0] c;
    // Eight lanes are three words.
    for (int unsigned k = 0; k + 8 <= All; k += 8) begin
      a = charge_exc_s[12*k+:32];
      b = charge_exc_s[12*k+32+:32];
      c = charge_exc_s[12*k+64+:32];
      s_exc[k] = (a & 32'hfff) << 10;
      s_exc[k+1] = (a >> 2) & 32'h3f_fc00;
      s_exc[k+2] = ((a >> 14) & 32'h3_fc00) | ((b & 32'hf) << 18);
      s_exc[k+3] = (b << 6) & 32'h3f_fc00;
      s_exc[k+4] = (b >> 6) & 32'h3f_fc00;
      s_exc[k+5] = ((b >> 18) & 32'h3c00) | ((c & 32'hff) << 14);
      s_exc[k+6] = (c << 2) & 32'h3f_fc00;
      s_exc[k+7] = (c >> 10) & 32'h3f_fc00;
      a = charge_inh_s[12*k+:32];
      b = charge_inh_s[12*k+32+:32];
      c = charge_inh_s[12*k+64+:32];
      s_inh[k] = (a & 32'hfff) << 10;
      s_inh[k+1] = (a >> 2) & 32'h3f_fc00;
      s_inh[k+2] = ((a >> 14) & 32'h3_fc00) | ((b & 32'hf) << 18);
      s_inh[k+3] = (b << 6) & 32'h3f_fc00;
      s_inh[k+4] = (b >> 6) & 32'h3f_fc00;
      s_inh[k+5] = ((b >> 18) & 32'h3c00) | ((c & 32'hff) << 14);
      s_inh[k+6] = (c << 2) & 32'h3f_fc00;
      s_inh[k+7] = (c >> 10) & 32'h3f_fc00;
    end
    // What is left in small builds.
    for (int unsigned l = All / 8 * 8; l < All; l++) begin
      s_exc[l] = {10'h0, charge_exc_s[12*l+:12], 10'h0};
      s_inh[l] = {10'h0, charge_inh_s[12*l+:12], 10'h0};
    end
  endtask

  task automatic no_charges();
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < All; l++) begin
      s_exc[l] = 0;
      s_inh[l] = 0;
    end
  endtask

  // The neuron step of all lanes of slot_s (model-dynamics contract, section 2).
  task automatic step();
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < All; l++) begin
      // De = r10(d_e * fl6(I_e)), Me = fl6(I_e - De/2); the same for the inhibitory input.
      de[l] = (d_exc[slot_s][l] * (i_exc[slot_s][l] >> 13)
          + ((d_exc[slot_s][l] * ((i_exc[slot_s][l] >> 4) & 511) + 8192) >> 9)) >> 5;
      di[l] = (d_inh[slot_s][l] * (i_inh[slot_s][l] >> 13)
          + ((d_inh[slot_s][l] * ((i_inh[slot_s][l] >> 4) & 511) + 8192) >> 9)) >> 5;
      me[l] = (i_exc[slot_s][l] - (de[l] >> 1)) >> 4;
      mi[l] = (i_inh[slot_s][l] - (di[l] >> 1)) >> 4;
      // fl8(V - E), saturated to 18 bits, as a positive number.
      diff[l] = (v[slot_s][l] + e_base[slot_s][l]) >> 4;
      diff[l] = diff[l] < DiffLow ? DiffLow : diff[l];
      diff[l] = diff[l] > DiffHigh ? DiffHigh : diff[l];
      diff[l] = diff[l] - DiffLow;
      clamp[l] = rem[slot_s][l] > hold[slot_s][l] ? 32'hffff_ffff : 0;
      // J - Dv + VBias; the bias of diff makes Dv too large by 8 d_mem, which is in offset.
      dv[l] = offset[slot_s][l]
          + ((((c_exc[slot_s][l] * (me[l] >> 9) + ((c_exc[slot_s][l] * (me[l] & 511) + 2048) >> 9)) >> 3)
             - ((c_inh[slot_s][l] * (mi[l] >> 9) + ((c_inh[slot_s][l] * (mi[l] & 511) + 2048) >> 9)) >> 3))
            & ~(clamp[l] & pause[slot_s][l]))
          - ((d_mem[slot_s][l] * (diff[l] >> 9)
              + ((d_mem[slot_s][l] * (diff[l] & 511) + 8192) >> 9)) >> 5);
      vn[l] = v[slot_s][l] + dv[l] - VBias;
      vn[l] = vn[l] < VLow ? VLow : vn[l];
      vn[l] = vn[l] > VHigh ? VHigh : vn[l];
      fired[l] = vn[l] + (dv[l] >> 1) >= fire_at[slot_s][l] ? 32'hffff_ffff : 0;
      fired[l] = rem[slot_s][l] == 0 ? fired[l] : 0;
      vn[l] = (fired[l] | clamp[l]) != 0 ? v_reset[slot_s][l] : vn[l];
      // de, di, clamp become the new I_e, I_i and refractory counter.
      de[l] = i_exc[slot_s][l] - de[l] + s_exc[l];
      de[l] = de[l] > IHigh ? IHigh : de[l];
      di[l] = i_inh[slot_s][l] - di[l] + s_inh[l];
      di[l] = di[l] > IHigh ? IHigh : di[l];
      clamp[l] = (rem[slot_s][l] > count[l] ? rem[slot_s][l] : count[l]) - count[l];
      clamp[l] = fired[l] != 0 ? load[slot_s][l] : clamp[l];
      changed[l] = (v[slot_s][l] ^ vn[l]) | (i_exc[slot_s][l] ^ de[l]) | (i_inh[slot_s][l] ^ di[l])
          | (rem[slot_s][l] ^ clamp[l]) | fired[l];
      v[slot_s][l] = vn[l];
      i_exc[slot_s][l] = de[l];
      i_inh[slot_s][l] = di[l];
      rem[slot_s][l] = clamp[l];
    end
  endtask

  // A pattern that is not zero if an element of changed is not.
  function automatic logic [31:0] any_changed();
    /* verilator no_inline_task */
    any_changed = 0;
    for (int unsigned l = 0; l < All; l++) any_changed = any_changed | changed[l];
  endfunction

  function automatic logic [31:0] any_fired();
    /* verilator no_inline_task */
    any_fired = 0;
    for (int unsigned l = 0; l < All; l++) any_fired = any_fired | fired[l];
  endfunction

  function automatic logic [All-1:0] collect_spikes();
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < All; l++) collect_spikes[l] = fired[l][0];
  endfunction

  // Circuits that a bypass event fires in this slot: switched on, not refractory.
  function automatic logic [All-1:0] find_bypass();
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < All; l++) begin
      find_bypass[l] = rem[slot_s][l] == 0 && fire_word[slot_s][l][hx_spec_pkg::NeuronConfig_enable_fire_Lsb]
          && ((bypass_exc_s[l] && fire_word[slot_s][l][hx_spec_pkg::NeuronConfig_enable_bypass_excitatory_Lsb])
              || (bypass_inh_s[l] && fire_word[slot_s][l][hx_spec_pkg::NeuronConfig_enable_bypass_inhibitory_Lsb]));
    end
  endfunction

  // Bypass events and neuron resets: V = V_r, refractory time starts, whatever the step made.
  task automatic start_reset(input logic [All-1:0] which);
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < All; l++) begin
      if (which[l]) begin
        v[slot_s][l] = v_reset[slot_s][l];
        rem[slot_s][l] = load[slot_s][l];
      end
    end
  endtask

  task automatic apply_force_reset();
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < All; l++) begin
      if (force_reset_s[block_of(l)]) begin
        v[slot_s][l] = v_reset[slot_s][l];
        i_exc[slot_s][l] = 0;
        i_inh[slot_s][l] = 0;
        rem[slot_s][l] = 0;
      end
    end
  endtask

  function automatic logic [All-1:0] forced();
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < All; l++) forced[l] = force_reset_s[block_of(l)];
  endfunction

  task automatic initialise();
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < All; l++) begin
      v[slot_s][l] = v_init[slot_s][l];
      i_exc[slot_s][l] = 0;
      i_inh[slot_s][l] = 0;
      rem[slot_s][l] = 0;
    end
    pending[slot_s] = '0;
  endtask

  // Read-out code of the state before the step: membrane rounded, currents / 16, adaptation 128, 0 without amplifier.
  // Circuits that had no update since reset count as V = 0, I = 0.
  task automatic sample(input logic is_fresh);
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < All; l++) begin
      case (readout_word[slot_s][l][hx_spec_pkg::NeuronConfig_readout_source_Lsb+:2])
        2'(hx_spec_pkg::NeuronConfig_readout_source_Membrane): code_next[l] = 11'((v[slot_s][l] - VBias + 32'd2048) >> 12);
        2'(hx_spec_pkg::NeuronConfig_readout_source_ExcSynin): code_next[l] = 11'(i_exc[slot_s][l] >> 14);
        2'(hx_spec_pkg::NeuronConfig_readout_source_InhSynin): code_next[l] = 11'(i_inh[slot_s][l] >> 14);
        default: code_next[l] = 11'd128;
      endcase
      if (is_fresh && readout_word[slot_s][l][hx_spec_pkg::NeuronConfig_readout_source_Lsb+:2] != 2'(hx_spec_pkg::NeuronConfig_readout_source_Adaptation)) code_next[l] = 0;
      if (!readout_word[slot_s][l][hx_spec_pkg::NeuronConfig_enable_readout_amplifier_Lsb]) code_next[l] = 0;
    end
  endtask

  task automatic store_samples(input logic [1:0] rows, input logic [3:0] s);
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < All; l++) begin
      if (rows[l>=Lanes]) code[s][l] = code_next[l];
    end
  endtask

  // The four codes of a quad.
  function automatic logic [43:0] read_quad(input logic row, input logic [5:0] quad);
    /* verilator no_inline_task */
    logic [7:0] column;
    for (int unsigned e = 0; e < 4; e++) begin
      column = {quad[4:0], 3'b000} + 8'(2 * e) + 8'(quad[5]);
      read_quad[11*e+:11] = exists(column) ? code[slot_of(column)][lane_of({row, column})] : 11'd0;
    end
  endfunction

  // ---------------------------------------------------------------- one clock

  // Result: {spike_any, spike_slot, spike} of the next clock.
  function automatic logic [All+4:0] tick();
    /* verilator no_inline_task */
    logic [All-1:0] bypass;
    logic [All-1:0] resets;
    logic [All-1:0] spikes;
    logic [Slots-1:0] commanded;
    logic leaves;
    logic [3:0] leaves_slot;
    logic [All-1:0] leaves_spikes;

    leaves = 1'b0;
    leaves_slot = 4'h0;
    leaves_spikes = '0;
    if (!rst_ns) begin
      power_on();
      sampled = 2'b00;
      charged = 1'b0;
      force_reset_q = force_reset_s;
      enable_clocks_q = enable_clocks_s;
      clock_scale_slow_q = clock_scale_slow_s;
      clock_scale_fast_q = clock_scale_fast_s;
    end else begin
      if (sampled != 0) store_samples(sampled, sampled_slot);
      sampled = 2'b00;

      // Switches of the blocks: slots of this clock already see them.
      if (force_reset_s != force_reset_q || enable_clocks_s != enable_clocks_q
          || clock_scale_slow_s != clock_scale_slow_q || clock_scale_fast_s != clock_scale_fast_q) begin
        force_reset_q = force_reset_s;
        enable_clocks_q = enable_clocks_s;
        clock_scale_slow_q = clock_scale_slow_s;
        clock_scale_fast_q = clock_scale_fast_s;
        decode_all();
        awake = '1;
      end

      spikes = '0;
      if (run_s) begin
        if (sample_s != 0) begin
          sample(fresh[slot_s]);
          sampled = sample_s;
          sampled_slot = slot_s;
        end
        if (fresh[slot_s]) begin
          initialise();
          fresh[slot_s] = 1'b0;
          has_pending[slot_s] = 1'b0;
          awake[slot_s] = 1'b1;
        end else if (charge_any_s || awake[slot_s]) begin
          bypass = '0;
          if (charge_any_s) begin
            take_charges();
            if ((bypass_exc_s | bypass_inh_s) != 0) bypass = find_bypass();
            charged = 1'b1;
          end else if (charged) begin
            no_charges();
            charged = 1'b0;
          end
          step();
          // A charge may be all that kept a state where it is.
          awake[slot_s] = charge_any_s || any_changed() != 0;
          if (awake[slot_s] && any_fired() != 0) spikes = collect_spikes();
          if (bypass != 0) begin
            start_reset(bypass);
            spikes = spikes | bypass;
            awake[slot_s] = 1'b1;
          end
          if (has_pending[slot_s]) begin
            resets = take_pending();
            start_reset(resets);
            spikes = spikes & ~resets;
            has_pending[slot_s] = 1'b0;
            awake[slot_s] = 1'b1;
          end
          if (force_reset_s != 0) begin
            apply_force_reset();
            spikes = spikes & ~forced();
          end
        end
      end

      // Spikes of the slot NeuronPipe - 1 clocks ago leave, those of this clock enter.
      if (under_way[NeuronPipe-2]) begin
        leaves = 1'b1;
        leaves_slot = slot_way[4*(NeuronPipe-2)+:4];
        leaves_spikes = spikes_of[leaves_slot];
      end
      under_way = {under_way[NeuronPipe-3:0], spikes != 0};
      slot_way = {slot_way[4*(NeuronPipe-2)-1:0], slot_s};
      if (spikes != 0) spikes_of[slot_s] = spikes;

      // Commands (with the switches of this clock) and writes act on later slots.
      if (nreset_valid_s != 0) begin
        commanded = command_resets();
        has_pending = has_pending | commanded;
        awake = awake | commanded;
      end
      if (ncfg_we_s && exists(ncfg_circuit_s[7:0])) begin
        write_config(slot_of(ncfg_circuit_s[7:0]), lane_of(ncfg_circuit_s));
        awake[slot_of(ncfg_circuit_s[7:0])] = 1'b1;
      end
      if (nbe_we_s && exists(nbe_circuit_s[7:0])) begin
        write_backend(slot_of(nbe_circuit_s[7:0]), lane_of(nbe_circuit_s));
        awake[slot_of(nbe_circuit_s[7:0])] = 1'b1;
      end
      if (coef_we_s && exists(coef_circuit_s[7:0])) begin
        write_coefficients(slot_of(coef_circuit_s[7:0]), lane_of(coef_circuit_s));
        awake[slot_of(coef_circuit_s[7:0])] = 1'b1;
      end
    end

    if (!rst_ns || !run_s) begin
      fresh = '1;
      awake = '1;
      has_pending = '0;
      clear_commands();
      under_way = '0;
      leaves = 1'b0;
      leaves_spikes = '0;
    end
    tick = {leaves, leaves_slot, leaves_spikes};
  endfunction

  logic [All+4:0] result_q;
  logic [87:0] codes_q;

  // The codes are read before tick() stores those of the slot before.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      codes_q <= '0;
    end else if (sample_read_i != 0) begin
      if (sample_read_i[0]) codes_q[43:0] <= read_quad(1'b0, sample_quad_i[5:0]);
      if (sample_read_i[1]) codes_q[87:44] <= read_quad(1'b1, sample_quad_i[11:6]);
    end
    copy_inputs(
        rst_ni, slot_i, run_i, charge_any_i, ncfg_we_i, nbe_we_i, coef_we_i, nreset_valid_i, force_reset_i,
        enable_clocks_i, clock_scale_slow_i, clock_scale_fast_i, sample_i
    );
    if (charge_any_i) begin
      copy_charges(
          charge_exc_i, charge_inh_i, bypass_exc_i, bypass_inh_i
      );
    end
    if (ncfg_we_i || nbe_we_i || nreset_valid_i != 4'd0) begin
      copy_writes(
          ncfg_circuit_i, ncfg_word_i, ncfg_data_i, nbe_circuit_i, nbe_word_i, nbe_data_i, nreset_circuit_i
      );
    end
    if (coef_we_i) copy_coefficients(coef_circuit_i, coef_i);
    result_q <= tick();
  end

  assign {spike_any_o, spike_slot_o, spike_o} = result_q;
  assign sample_code_o = codes_q;

endmodule

`default_nettype wire
