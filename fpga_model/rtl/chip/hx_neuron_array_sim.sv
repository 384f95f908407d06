// Simulation form of hx_neuron_array: the same ports and the same behaviour clock by clock, written for speed under Verilator.
//
// Purpose: all lanes of a slot are updated in one clock by plain loops over [slot][group][lane] arrays that the C++ compiler turns into
// SIMD code. Nothing is visible outside before the pipeline delay has passed, so computing at once is exact; only spikes are
// delayed (NeuronPipe clocks after the slot) and sampled codes (readable from the second clock after the slot).
//
// Speed rules used here: unsigned 32-bit elements (two's complement values carry a bias, so that shifts and comparisons are
// unsigned), 18 x 18 products as two exact products of 18 x 9 bits, configuration decoded when it is written. Lanes go in groups of
// eight, one SIMD register. A group of a slot sleeps when an update without charges neither changed a state nor fired: the next one
// would give the same. Charges, commands and writes wake it.
//
// Two steps: step() is for groups of plain leaky neurons. Groups with a conductance-based input, adaptation, an exponential term or
// a part in a compartment take prepare() and finish(), which do everything in plain 64-bit arithmetic (docs/decisions/neuron.md).
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
    input wire logic [405:0] coef_i,

    input wire logic [3:0] nreset_valid_i,
    input wire logic [4*9-1:0] nreset_circuit_i,
    input wire logic [1:0] force_reset_i,
    input wire logic [1:0] enable_clocks_i,
    input wire logic [2*4-1:0] clock_scale_slow_i,
    input wire logic [2*4-1:0] clock_scale_fast_i,
    input wire logic [2*4-1:0] clock_scale_adapt_i,

    output wire logic spike_any_o,
    output wire logic [3:0] spike_slot_o,
    output wire logic [2*Lanes-1:0] spike_o,

    input wire logic [1:0] sample_i,
    input wire logic [1:0] sample_read_i,
    input wire logic [2*6-1:0] sample_quad_i,
    output wire logic [2*44-1:0] sample_code_o,

    input wire logic [1:0] madc_on_i,
    input wire logic [2*9-1:0] madc_circuit_i,
    output wire logic [2*10-1:0] madc_code_o
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
  logic [405:0] coef_s;
  logic [3:0] nreset_valid_s;
  logic [4*9-1:0] nreset_circuit_s;
  logic [1:0] force_reset_s;
  logic [1:0] enable_clocks_s;
  logic [2*4-1:0] clock_scale_slow_s;
  logic [2*4-1:0] clock_scale_fast_s;
  logic [2*4-1:0] clock_scale_adapt_s;
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

  // Needed by finish() only.
  task automatic copy_adapt(input logic [2*4-1:0] clock_scale_adapt);
    /* verilator no_inline_task */
    clock_scale_adapt_s = clock_scale_adapt;
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
      input logic [405:0] coef
  );
    /* verilator no_inline_task */
    coef_circuit_s = coef_circuit;
    coef_s = coef;
  endtask

  localparam int unsigned All = 2 * Lanes;  // lanes of both rows
  // Lanes are updated, and sleep, in groups of one SIMD register.
  localparam int unsigned GroupLanes = All % 8 == 0 ? 8 : All;
  localparam int unsigned Groups = All / GroupLanes;
  localparam int unsigned GroupBits = Groups > 1 ? $clog2(Groups) : 1;
  localparam int unsigned PlaceBits = $clog2(GroupLanes);
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

  // Bits of the words of NeuronConfig and NeuronBackendConfig.
  localparam int unsigned SourceLsb = hx_spec_pkg::NeuronConfig_readout_source_Lsb;
  localparam int unsigned AmplifierBit = hx_spec_pkg::NeuronConfig_enable_readout_amplifier_Lsb;
  localparam int unsigned FireBit = hx_spec_pkg::NeuronConfig_enable_fire_Lsb;
  localparam int unsigned ThresholdBit = hx_spec_pkg::NeuronConfig_enable_threshold_comparator_Lsb;
  localparam int unsigned BypassExcBit = hx_spec_pkg::NeuronConfig_enable_bypass_excitatory_Lsb;
  localparam int unsigned BypassInhBit = hx_spec_pkg::NeuronConfig_enable_bypass_inhibitory_Lsb;
  localparam int unsigned PauseBit = hx_spec_pkg::NeuronConfig_enable_pause_Lsb;
  localparam int unsigned HoldoffLowLsb = hx_spec_pkg::NeuronBackendConfig_reset_holdoff_P0_Lsb;
  localparam int unsigned HoldoffHighLsb = hx_spec_pkg::NeuronBackendConfig_reset_holdoff_P1_Lsb;
  localparam int unsigned TimeHighLsb = hx_spec_pkg::NeuronBackendConfig_refractory_time_P0_Lsb;
  localparam int unsigned TimeLowLsb = hx_spec_pkg::NeuronBackendConfig_refractory_time_P1_Lsb;
  localparam int unsigned FastClockBit = hx_spec_pkg::NeuronBackendConfig_select_input_clock_Lsb;
  localparam int unsigned PulseBit = hx_spec_pkg::NeuronBackendConfig_enable_adaptation_pulse_Lsb;
  localparam int unsigned SlaveBit = hx_spec_pkg::NeuronBackendConfig_enable_neuron_slave_Lsb;
  localparam int unsigned MasterBit = hx_spec_pkg::NeuronBackendConfig_enable_neuron_master_Lsb;
  localparam int unsigned FireBottomBit = hx_spec_pkg::NeuronBackendConfig_connect_fire_bottom_Lsb;
  localparam int unsigned FireRightBit = hx_spec_pkg::NeuronBackendConfig_connect_fire_to_right_Lsb;
  localparam logic [1:0] SourceMembrane = 2'(hx_spec_pkg::NeuronConfig_readout_source_Membrane);
  localparam logic [1:0] SourceExc = 2'(hx_spec_pkg::NeuronConfig_readout_source_ExcSynin);
  localparam logic [1:0] SourceInh = 2'(hx_spec_pkg::NeuronConfig_readout_source_InhSynin);
  localparam logic [1:0] SourceAdaptation = 2'(hx_spec_pkg::NeuronConfig_readout_source_Adaptation);

  // State.
  logic [31:0] v[Slots][Groups][GroupLanes];
  logic [31:0] i_exc[Slots][Groups][GroupLanes];
  logic [31:0] i_inh[Slots][Groups][GroupLanes];
  logic [31:0] rem[Slots][Groups][GroupLanes];

  // Coefficients, as used by the step (biases folded in).
  logic [31:0] d_mem[Slots][Groups][GroupLanes];
  logic [31:0] d_exc[Slots][Groups][GroupLanes];
  logic [31:0] d_inh[Slots][Groups][GroupLanes];
  logic [31:0] c_exc[Slots][Groups][GroupLanes];
  logic [31:0] c_inh[Slots][Groups][GroupLanes];
  logic [31:0] e_base[Slots][Groups][GroupLanes];  // DiffBias - VBias - E
  logic [31:0] v_init[Slots][Groups][GroupLanes];  // E + VBias
  logic [31:0] v_reset[Slots][Groups][GroupLanes];  // V_r + VBias
  logic [31:0] v_th[Slots][Groups][GroupLanes];  // V_th + 3/2 VBias
  logic [31:0] fire_at[Slots][Groups][GroupLanes];  // v_th or Never
  logic [31:0] offset[Slots][Groups][GroupLanes];  // v_off + VBias + 8 d_mem

  // The rest of the complete neuron. w and dv_last: signed, 2^-12 CADC LSB.
  int w[Slots][Groups][GroupLanes];
  int dv_last[Slots][Groups][GroupLanes];
  int k_exc[Slots][Groups][GroupLanes];
  int k_inh[Slots][Groups][GroupLanes];
  int e_exc[Slots][Groups][GroupLanes];  // potentials: 2^-12 CADC LSB
  int e_inh[Slots][Groups][GroupLanes];
  int d_w[Slots][Groups][GroupLanes];
  int c_w[Slots][Groups][GroupLanes];
  int c_e[Slots][Groups][GroupLanes];
  int e_adapt[Slots][Groups][GroupLanes];
  int v_exp[Slots][Groups][GroupLanes];
  int adapt_a[Slots][Groups][GroupLanes];
  int adapt_b[Slots][Groups][GroupLanes];
  int v_off[Slots][Groups][GroupLanes];
  int d_own[Slots][Groups][GroupLanes];
  int d_other[Slots][Groups][GroupLanes];
  logic [8:0] rep_of[Slots][Groups][GroupLanes];
  logic [8:0] other_of[Slots][Groups][GroupLanes];
  logic [3:0] roles[Slots][Groups][GroupLanes];  // {link, node, member, adaptation}
  localparam int unsigned AdaptRole = 0;
  localparam int unsigned MemberRole = 1;
  localparam int unsigned NodeRole = 2;
  localparam int unsigned LinkRole = 3;

  // By circuit: voltages that a node read in its last two steps, and what waits for it: from its own lane pair, and from others by
  // parity of the pass.
  int published[512];
  int published_before[512];
  logic [511:0] is_node;
  int sum[512];
  int border[2][512];
  logic sum_clamp[512];
  logic border_clamp[2][512];
  logic pass;  // parity of the pass

  // Fire lines, by slot and lane: switches, starts of this pass that drive a line, lines of this pass.
  logic [All-1:0] masters[Slots];
  logic [All-1:0] slaves[Slots];
  logic [All-1:0] fire_bottom[Slots];
  logic [All-1:0] fire_right[Slots];
  logic [All-1:0] started[Slots];
  logic [All-1:0] line[Slots];
  logic any_started;
  logic any_line;

  logic [Slots*Groups-1:0] complete;  // groups that need prepare() and finish(), bit Groups * slot + group

  // Switches: raw words and what the step uses.
  logic [7:0] readout_word[Slots][Groups][GroupLanes];
  logic [7:0] fire_word[Slots][Groups][GroupLanes];
  logic [7:0] pause_word[Slots][Groups][GroupLanes];
  logic [7:0] backend0[Slots][Groups][GroupLanes];
  logic [7:0] backend1[Slots][Groups][GroupLanes];
  logic [7:0] backend2[Slots][Groups][GroupLanes];
  logic [31:0] pause[Slots][Groups][GroupLanes];  // all ones: enable_pause
  logic [31:0] load[Slots][Groups][GroupLanes];  // refractory time in chip cycles
  logic [31:0] hold[Slots][Groups][GroupLanes];  // hold-off in chip cycles
  logic [31:0] count[Groups][GroupLanes];  // chip cycles per step, 0 while the clocks are off

  // Commands and bookkeeping.
  logic [All-1:0] pending[Slots];  // neuron resets
  logic [Slots-1:0] has_pending;
  logic [Slots-1:0] fresh;  // next update only initialises
  logic [Slots*Groups-1:0] awake;  // bit Groups * slot + group
  logic [Groups-1:0] charged;  // s_exc or s_inh of the group is not zero
  logic [1:0] force_reset_q;
  logic [1:0] enable_clocks_q;
  logic [7:0] clock_scale_slow_q;
  logic [7:0] clock_scale_fast_q;

  // Work arrays of the slot under way.
  logic [31:0] s_exc[Groups][GroupLanes];
  logic [31:0] s_inh[Groups][GroupLanes];
  logic [31:0] de[GroupLanes];
  logic [31:0] di[GroupLanes];
  logic [31:0] me[GroupLanes];
  logic [31:0] mi[GroupLanes];
  logic [31:0] diff[GroupLanes];
  logic [31:0] clamp[GroupLanes];
  logic [31:0] dv[GroupLanes];
  logic [31:0] vn[GroupLanes];
  logic [31:0] fired[GroupLanes];
  // From prepare() to finish(): voltage as read or seen, decays, synaptic current, own term of a link.
  int seen_v[Groups][GroupLanes];
  int decay_exc[Groups][GroupLanes];
  int decay_inh[Groups][GroupLanes];
  int current[Groups][GroupLanes];
  int link_current[Groups][GroupLanes];

  // Spikes under way: bit k of under_way belongs to the slot executed k+1 clocks ago.
  logic [NeuronPipe-2:0] under_way;
  logic [4*(NeuronPipe-1)-1:0] slot_way;
  logic [All-1:0] spikes_of[Slots];

  // Sampled codes.
  logic [10:0] code[Slots][Groups][GroupLanes];
  logic [10:0] code_next[Groups][GroupLanes];
  logic [1:0] sampled;
  logic [3:0] sampled_slot;

  function automatic logic [3:0] slot_of(input logic [7:0] column);
    slot_of = 4'(Slots - 1 - 32'(column) % Slots);
  endfunction

  // Lane of a circuit, its group and its place in there.
  function automatic int unsigned lane_of(input logic [8:0] circuit);
    lane_of = 32'(circuit[8]) * Lanes + 32'(circuit[7:0]) / Slots;
  endfunction

  function automatic logic [GroupBits-1:0] group_of(input logic [8:0] circuit);
    group_of = GroupBits'(lane_of(circuit) / GroupLanes);
  endfunction

  function automatic logic [PlaceBits-1:0] place_of(input logic [8:0] circuit);
    place_of = PlaceBits'(lane_of(circuit) % GroupLanes);
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
  task automatic decode(input logic [3:0] s, input logic [GroupBits-1:0] g, input logic [PlaceBits-1:0] k);
    /* verilator no_inline_task */
    logic [7:0] time_bits;
    logic [3:0] holdoff_bits;
    logic [31:0] ticks;
    logic [7:0] scales;
    logic [3:0] scale;
    time_bits = ~{backend1[s][g][k][TimeHighLsb+:4], backend2[s][g][k][TimeLowLsb+:4]};
    holdoff_bits = {backend1[s][g][k][HoldoffHighLsb+:2], backend0[s][g][k][HoldoffLowLsb+:2]};
    ticks = 31 - 2 * 32'(holdoff_bits);
    scales = backend2[s][g][k][FastClockBit] ? clock_scale_fast_s : clock_scale_slow_s;
    scale = block_of(32'(g) * GroupLanes + 32'(k)) ? scales[7:4] : scales[3:0];
    load[s][g][k] = 32'(time_bits) << (32'(scale) + 1);
    hold[s][g][k] = 32'(time_bits) < ticks ? 0 : ticks << (32'(scale) + 1);
    pause[s][g][k] = pause_word[s][g][k][PauseBit] ? 32'hffff_ffff : 0;
    fire_at[s][g][k] = Never;
    if (fire_word[s][g][k][FireBit] && fire_word[s][g][k][ThresholdBit]) fire_at[s][g][k] = v_th[s][g][k];
  endtask

  task automatic decode_all();
    /* verilator no_inline_task */
    for (int unsigned g = 0; g < Groups; g++) begin
      for (int unsigned k = 0; k < GroupLanes; k++) begin
        for (int unsigned s = 0; s < Slots; s++) decode(4'(s), GroupBits'(g), PlaceBits'(k));
        count[g][k] = enable_clocks_s[block_of(g*GroupLanes+k)] ? StepCycles : 0;
      end
    end
  endtask

  task automatic write_coefficients(input logic [3:0] s, input logic [GroupBits-1:0] g, input logic [PlaceBits-1:0] k);
    /* verilator no_inline_task */
    d_mem[s][g][k] = 32'(coef_s[17:0]);
    d_exc[s][g][k] = 32'(coef_s[35:18]);
    d_inh[s][g][k] = 32'(coef_s[53:36]);
    c_exc[s][g][k] = 32'(coef_s[71:54]);
    c_inh[s][g][k] = 32'(coef_s[89:72]);
    v_init[s][g][k] = VBias + {{10{coef_s[107]}}, coef_s[107:90], 4'h0};
    e_base[s][g][k] = DiffBias - v_init[s][g][k];
    v_th[s][g][k] = VBias + (VBias >> 1) + {{10{coef_s[125]}}, coef_s[125:108], 4'h0};
    v_reset[s][g][k] = VBias + {{10{coef_s[143]}}, coef_s[143:126], 4'h0};
    offset[s][g][k] = VBias + {{12{coef_s[163]}}, coef_s[163:144]} + (d_mem[s][g][k] << 3);
    decode(s, g, k);
  endtask

  // The rest of the coefficients. Result: the circuit needs the complete step.
  function automatic logic write_complete(
      input logic [8:0] circuit, input logic [3:0] s, input logic [GroupBits-1:0] g, input logic [PlaceBits-1:0] k
  );
    /* verilator no_inline_task */
    v_off[s][g][k] = {{12{coef_s[163]}}, coef_s[163:144]};
    k_exc[s][g][k] = 32'(coef_s[181:164]);
    k_inh[s][g][k] = 32'(coef_s[199:182]);
    e_exc[s][g][k] = {{10{coef_s[217]}}, coef_s[217:200], 4'h0};
    e_inh[s][g][k] = {{10{coef_s[235]}}, coef_s[235:218], 4'h0};
    d_w[s][g][k] = 32'(coef_s[253:236]);
    c_w[s][g][k] = 32'(coef_s[271:254]);
    c_e[s][g][k] = 32'(coef_s[289:272]);
    e_adapt[s][g][k] = {{10{coef_s[307]}}, coef_s[307:290], 4'h0};
    v_exp[s][g][k] = {{10{coef_s[325]}}, coef_s[325:308], 4'h0};
    adapt_a[s][g][k] = {{21{coef_s[336]}}, coef_s[336:326]};
    adapt_b[s][g][k] = {{21{coef_s[347]}}, coef_s[347:337]};
    roles[s][g][k] = {coef_s[351], coef_s[350], coef_s[349], coef_s[348]};
    rep_of[s][g][k] = coef_s[360:352];
    other_of[s][g][k] = coef_s[369:361];
    d_own[s][g][k] = 32'(coef_s[387:370]);
    d_other[s][g][k] = 32'(coef_s[405:388]);
    if (!coef_s[350]) begin
      drop_sums(circuit);
    end else if (!is_node[circuit]) begin
      published[circuit] = v[s][g][k] - VBias;
      published_before[circuit] = v[s][g][k] - VBias;
    end
    is_node[circuit] = coef_s[350];
    write_complete = needs_complete(s, g, k);
  endfunction

  function automatic logic needs_complete(
      input logic [3:0] s, input logic [GroupBits-1:0] g, input logic [PlaceBits-1:0] k
  );
    needs_complete = roles[s][g][k] != 0 || k_exc[s][g][k] != 0 || k_inh[s][g][k] != 0 || c_e[s][g][k] != 0
        || w[s][g][k] != 0 || dv_last[s][g][k] != 0;
  endfunction

  task automatic drop_sums(input logic [8:0] circuit);
    sum[circuit] = 0;
    border[0][circuit] = 0;
    border[1][circuit] = 0;
    sum_clamp[circuit] = 1'b0;
    border_clamp[0][circuit] = 1'b0;
    border_clamp[1][circuit] = 1'b0;
  endtask

  task automatic write_config(input logic [3:0] s, input logic [GroupBits-1:0] g, input logic [PlaceBits-1:0] k);
    /* verilator no_inline_task */
    if (ncfg_word_s == 3'(hx_spec_pkg::NeuronConfigOffset_1)) readout_word[s][g][k] = ncfg_data_s;
    if (ncfg_word_s == 3'(hx_spec_pkg::NeuronConfigOffset_4)) fire_word[s][g][k] = ncfg_data_s;
    if (ncfg_word_s == 3'(hx_spec_pkg::NeuronConfigOffset_5)) pause_word[s][g][k] = ncfg_data_s;
    decode(s, g, k);
  endtask

  task automatic write_backend(input logic [3:0] s, input logic [GroupBits-1:0] g, input logic [PlaceBits-1:0] k);
    /* verilator no_inline_task */
    if (nbe_word_s == 2'd0) backend0[s][g][k] = nbe_data_s;
    if (nbe_word_s == 2'd1) backend1[s][g][k] = nbe_data_s;
    if (nbe_word_s == 2'd2) backend2[s][g][k] = nbe_data_s;
    if (nbe_word_s == 2'd3) begin
      masters[s][32'(g)*GroupLanes+32'(k)] = nbe_data_s[MasterBit];
      slaves[s][32'(g)*GroupLanes+32'(k)] = nbe_data_s[SlaveBit];
      fire_bottom[s][32'(g)*GroupLanes+32'(k)] = nbe_data_s[FireBottomBit];
      fire_right[s][32'(g)*GroupLanes+32'(k)] = nbe_data_s[FireRightBit];
    end
    decode(s, g, k);
  endtask

  // Stores the neuron resets of this clock; slots that have one now.
  function automatic logic [Slots-1:0] command_resets();
    /* verilator no_inline_task */
    logic [8:0] circuit;
    logic [3:0] s;
    command_resets = '0;
    for (int unsigned n = 0; n < 4; n++) begin
      circuit = nreset_circuit_s[9*n+:9];
      s = slot_of(circuit[7:0]);
      if (nreset_valid_s[n] && exists(circuit[7:0])
          && fire_word[s][group_of(circuit)][place_of(circuit)][FireBit]) begin
        pending[s][lane_of(circuit)] = 1'b1;
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
    for (int unsigned s = 0; s < Slots; s++) begin
      pending[s] = '0;
      started[s] = '0;
      line[s] = '0;
    end
    for (int unsigned n = 0; n < 512; n++) begin
      if (is_node[n]) drop_sums(9'(n));
    end
  endtask

  // Power-on: raw 0 everywhere.
  task automatic power_on();
    /* verilator no_inline_task */
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned g = 0; g < Groups; g++) begin
        for (int unsigned k = 0; k < GroupLanes; k++) begin
          v[s][g][k] = VBias;
          i_exc[s][g][k] = 0;
          i_inh[s][g][k] = 0;
          rem[s][g][k] = 0;
          d_mem[s][g][k] = 0;
          d_exc[s][g][k] = 0;
          d_inh[s][g][k] = 0;
          c_exc[s][g][k] = 0;
          c_inh[s][g][k] = 0;
          e_base[s][g][k] = DiffBias - VBias;
          v_init[s][g][k] = VBias;
          v_reset[s][g][k] = VBias;
          v_th[s][g][k] = VBias + (VBias >> 1);
          offset[s][g][k] = VBias;
          readout_word[s][g][k] = 0;
          fire_word[s][g][k] = 0;
          pause_word[s][g][k] = 0;
          backend0[s][g][k] = 0;
          backend1[s][g][k] = 0;
          backend2[s][g][k] = 0;
          code[s][g][k] = 0;
          w[s][g][k] = 0;
          dv_last[s][g][k] = 0;
          k_exc[s][g][k] = 0;
          k_inh[s][g][k] = 0;
          e_exc[s][g][k] = 0;
          e_inh[s][g][k] = 0;
          d_w[s][g][k] = 0;
          c_w[s][g][k] = 0;
          c_e[s][g][k] = 0;
          e_adapt[s][g][k] = 0;
          v_exp[s][g][k] = 0;
          adapt_a[s][g][k] = 0;
          adapt_b[s][g][k] = 0;
          v_off[s][g][k] = 0;
          d_own[s][g][k] = 0;
          d_other[s][g][k] = 0;
          rep_of[s][g][k] = 0;
          other_of[s][g][k] = 0;
          roles[s][g][k] = 0;
        end
      end
      masters[s] = '0;
      slaves[s] = '0;
      fire_bottom[s] = '0;
      fire_right[s] = '0;
    end
    for (int unsigned n = 0; n < 512; n++) drop_sums(9'(n));
    is_node = '0;
    pass = 1'b0;
    for (int unsigned g = 0; g < Groups; g++) no_charges(GroupBits'(g));
    decode_all();
  endtask

  // ---------------------------------------------------------------- one slot

  // Charges of the slot into s_exc and s_inh, shifted to the weight of the state. Result: the groups that got some; the others
  // keep what they had.
  function automatic logic [Groups-1:0] take_charges();
    /* verilator no_inline_task */
    logic [31:0] a;
    logic [31:0] b;
    logic [31:0] c;
    logic [31:0] x;
    logic [31:0] y;
    logic [31:0] z;
    take_charges = '0;
    if (GroupLanes == 8) begin
      // Eight lanes are three words. Builds with fewer lanes do not come here.
      /* verilator lint_off SELRANGE */
      for (int unsigned k = 0; k < Groups; k++) begin
        a = charge_exc_s[96*k+:32];
        b = charge_exc_s[96*k+32+:32];
        c = charge_exc_s[96*k+64+:32];
        x = charge_inh_s[96*k+:32];
        y = charge_inh_s[96*k+32+:32];
        z = charge_inh_s[96*k+64+:32];
        if ((a | b | c | x | y | z) != 0) begin
          take_charges[k] = 1'b1;
          s_exc[k][0] = (a & 32'hfff) << 10;
          s_exc[k][1] = (a >> 2) & 32'h3f_fc00;
          s_exc[k][2] = ((a >> 14) & 32'h3_fc00) | ((b & 32'hf) << 18);
          s_exc[k][3] = (b << 6) & 32'h3f_fc00;
          s_exc[k][4] = (b >> 6) & 32'h3f_fc00;
          s_exc[k][5] = ((b >> 18) & 32'h3c00) | ((c & 32'hff) << 14);
          s_exc[k][6] = (c << 2) & 32'h3f_fc00;
          s_exc[k][7] = (c >> 10) & 32'h3f_fc00;
          s_inh[k][0] = (x & 32'hfff) << 10;
          s_inh[k][1] = (x >> 2) & 32'h3f_fc00;
          s_inh[k][2] = ((x >> 14) & 32'h3_fc00) | ((y & 32'hf) << 18);
          s_inh[k][3] = (y << 6) & 32'h3f_fc00;
          s_inh[k][4] = (y >> 6) & 32'h3f_fc00;
          s_inh[k][5] = ((y >> 18) & 32'h3c00) | ((z & 32'hff) << 14);
          s_inh[k][6] = (z << 2) & 32'h3f_fc00;
          s_inh[k][7] = (z >> 10) & 32'h3f_fc00;
        end
      end
      /* verilator lint_on SELRANGE */
    end else begin
      for (int unsigned l = 0; l < GroupLanes; l++) begin
        s_exc[0][l] = {10'h0, charge_exc_s[12*l+:12], 10'h0};
        s_inh[0][l] = {10'h0, charge_inh_s[12*l+:12], 10'h0};
      end
      take_charges = '1;
    end
  endfunction

  task automatic no_charges(input logic [GroupBits-1:0] g);
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < GroupLanes; l++) begin
      s_exc[g][l] = 0;
      s_inh[g][l] = 0;
    end
  endtask

  // The neuron step of a group of lanes of slot_s (model-dynamics contract, section 2).
  // Result: bit 0 a state changed or a circuit fired, bit 1 a circuit fired.
  function automatic logic [1:0] step(input logic [GroupBits-1:0] g);
    /* verilator no_inline_task */
    logic [31:0] changed;
    logic [31:0] any_fired;
    changed = 0;
    any_fired = 0;
    for (int unsigned l = 0; l < GroupLanes; l++) begin
      // De = r10(d_e * fl6(I_e)), Me = fl6(I_e - De/2); the same for the inhibitory input.
      de[l] = (d_exc[slot_s][g][l] * (i_exc[slot_s][g][l] >> 13)
          + ((d_exc[slot_s][g][l] * ((i_exc[slot_s][g][l] >> 4) & 511) + 8192) >> 9)) >> 5;
      di[l] = (d_inh[slot_s][g][l] * (i_inh[slot_s][g][l] >> 13)
          + ((d_inh[slot_s][g][l] * ((i_inh[slot_s][g][l] >> 4) & 511) + 8192) >> 9)) >> 5;
      me[l] = (i_exc[slot_s][g][l] - (de[l] >> 1)) >> 4;
      mi[l] = (i_inh[slot_s][g][l] - (di[l] >> 1)) >> 4;
      // fl8(V - E), saturated to 18 bits, as a positive number.
      diff[l] = (v[slot_s][g][l] + e_base[slot_s][g][l]) >> 4;
      diff[l] = diff[l] < DiffLow ? DiffLow : diff[l];
      diff[l] = diff[l] > DiffHigh ? DiffHigh : diff[l];
      diff[l] = diff[l] - DiffLow;
      clamp[l] = rem[slot_s][g][l] > hold[slot_s][g][l] ? 32'hffff_ffff : 0;
      // J - Dv + VBias; the bias of diff makes Dv too large by 8 d_mem, which is in offset.
      dv[l] = offset[slot_s][g][l]
          + ((((c_exc[slot_s][g][l] * (me[l] >> 9) + ((c_exc[slot_s][g][l] * (me[l] & 511) + 2048) >> 9)) >> 3)
             - ((c_inh[slot_s][g][l] * (mi[l] >> 9) + ((c_inh[slot_s][g][l] * (mi[l] & 511) + 2048) >> 9)) >> 3))
            & ~(clamp[l] & pause[slot_s][g][l]))
          - ((d_mem[slot_s][g][l] * (diff[l] >> 9)
              + ((d_mem[slot_s][g][l] * (diff[l] & 511) + 8192) >> 9)) >> 5);
      vn[l] = v[slot_s][g][l] + dv[l] - VBias;
      vn[l] = vn[l] < VLow ? VLow : vn[l];
      vn[l] = vn[l] > VHigh ? VHigh : vn[l];
      fired[l] = vn[l] + (dv[l] >> 1) >= fire_at[slot_s][g][l] ? 32'hffff_ffff : 0;
      fired[l] = rem[slot_s][g][l] == 0 ? fired[l] : 0;
      vn[l] = (fired[l] | clamp[l]) != 0 ? v_reset[slot_s][g][l] : vn[l];
      // de, di, clamp become the new I_e, I_i and refractory counter.
      de[l] = i_exc[slot_s][g][l] - de[l] + s_exc[g][l];
      de[l] = de[l] > IHigh ? IHigh : de[l];
      di[l] = i_inh[slot_s][g][l] - di[l] + s_inh[g][l];
      di[l] = di[l] > IHigh ? IHigh : di[l];
      clamp[l] = (rem[slot_s][g][l] > count[g][l] ? rem[slot_s][g][l] : count[g][l]) - count[g][l];
      clamp[l] = fired[l] != 0 ? load[slot_s][g][l] : clamp[l];
      changed = changed | (v[slot_s][g][l] ^ vn[l]) | (i_exc[slot_s][g][l] ^ de[l]) | (i_inh[slot_s][g][l] ^ di[l])
          | (rem[slot_s][g][l] ^ clamp[l]) | fired[l];
      any_fired = any_fired | fired[l];
      v[slot_s][g][l] = vn[l];
      i_exc[slot_s][g][l] = de[l];
      i_inh[slot_s][g][l] = di[l];
      rem[slot_s][g][l] = clamp[l];
    end
    step = {any_fired != 0, changed != 0};
  endfunction

  function automatic logic [GroupLanes-1:0] collect_spikes();
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < GroupLanes; l++) collect_spikes[l] = fired[l][0];
  endfunction

  // ---------------------------------------------------------------- one slot, complete neuron

  function automatic int limit(input longint x, input longint low, input longint high);
    limit = int'(x < low ? low : x > high ? high : x);
  endfunction

  // sat_s9.8(fl8(x)), x in 2^-12.
  function automatic int cut(input int x);
    cut = limit(longint'(x) >>> 4, -131072, 131071);
  endfunction

  // floor(a * b / 2^shift + 1/2).
  function automatic longint product(input int a, input int b, input int unsigned shift);
    product = (longint'(a) * longint'(b) + (longint'(1) << (shift - 1))) >>> shift;
  endfunction

  // Strength of a conductance-based input.
  function automatic int strength(input int c, input int slope, input int distance);
    strength = limit(longint'(c) + product(slope, distance, 13), 0, c > 65535 ? 262143 : 4 * longint'(c));
  endfunction

  // Voltage that a node read in the pass before this one.
  function automatic int seen(input logic [8:0] node);
    seen = slot_of(node[7:0]) < slot_s ? published_before[node] : published[node];
  endfunction

  // Current and clamp from a circuit for a node.
  task automatic give(input logic [3:0] from_lane, input logic [8:0] node, input int amount, input logic clamps);
    if (is_node[node]) begin
      if (from_lane == node[7:4]) begin
        sum[node] = sum[node] + amount;
        sum_clamp[node] = sum_clamp[node] | clamps;
      end else begin
        border[pass][node] = border[pass][node] + amount;
        border_clamp[pass][node] = border_clamp[pass][node] | clamps;
      end
    end
  endtask

  function automatic logic [8:0] circuit_of(input int unsigned lane);
    circuit_of = 9'(256 * (lane / Lanes) + (lane % Lanes) * Slots + Slots - 1 - 32'(slot_s));
  endfunction

  // What the circuits of a group do before anybody's membrane moves: synaptic currents, currents for others. starting: neuron reset
  // or bypass event.
  task automatic prepare(input logic [GroupBits-1:0] g, input logic [GroupLanes-1:0] starting);
    /* verilator no_inline_task */
    int vv;
    int ce;
    int ci;
    int distance;
    logic [8:0] own;
    for (int unsigned l = 0; l < GroupLanes; l++) begin
      own = circuit_of(32'(g) * GroupLanes + l);
      vv = roles[slot_s][g][l][MemberRole] ? seen(rep_of[slot_s][g][l]) : int'(v[slot_s][g][l] - VBias);
      seen_v[g][l] = vv;
      decay_exc[g][l] = int'(product(int'(d_exc[slot_s][g][l]), int'(i_exc[slot_s][g][l] >> 4), 14));
      decay_inh[g][l] = int'(product(int'(d_inh[slot_s][g][l]), int'(i_inh[slot_s][g][l] >> 4), 14));
      ce = strength(int'(c_exc[slot_s][g][l]), k_exc[slot_s][g][l], cut(e_exc[slot_s][g][l] - vv));
      ci = strength(int'(c_inh[slot_s][g][l]), k_inh[slot_s][g][l], cut(vv - e_inh[slot_s][g][l]));
      current[g][l] = int'(product(ce, (int'(i_exc[slot_s][g][l]) - (decay_exc[g][l] >>> 1)) >>> 4, 12)
          - product(ci, (int'(i_inh[slot_s][g][l]) - (decay_inh[g][l] >>> 1)) >>> 4, 12));
      link_current[g][l] = 0;
      if (roles[slot_s][g][l][LinkRole]) begin
        distance = cut(seen(other_of[slot_s][g][l])
            - seen(roles[slot_s][g][l][MemberRole] ? rep_of[slot_s][g][l] : own));
        link_current[g][l] = int'(product(d_own[slot_s][g][l], distance, 14));
        give(own[7:4], other_of[slot_s][g][l], -int'(product(d_other[slot_s][g][l], distance, 14)), 1'b0);
      end
      if (roles[slot_s][g][l][MemberRole]) begin
        give(own[7:4], rep_of[slot_s][g][l],
             limit(longint'(current[g][l]) + longint'(link_current[g][l]) + longint'(v_off[slot_s][g][l]), -4194304, 4194303),
             rem[slot_s][g][l] > hold[slot_s][g][l] || starting[l]);
      end
    end
  endtask

  function automatic int table_entry(input int unsigned k);
    table_entry = int'(hx_spec_pkg::ExpTable[22*k+:22]);
  endfunction

  // 6 exp(x / 6 LSB), x = V* - V_exp, 2^-10 CADC LSB.
  function automatic int exponential(input int x);
    int u;
    int low;
    int unsigned k;
    u = int'((longint'(cut(x)) * 21845) >>> 14) + 64 * 256;
    k = u >> 8;
    if (u < 0) exponential = 0;
    else if (k > 127) exponential = table_entry(128);
    else begin
      low = table_entry(k);
      exponential = low + (((table_entry(k + 1) - low) * (u & 255)) >>> 8);
    end
  endfunction

  // The rest of the step. lines: driven fire line of a slave. Result: {the group needs this step again, a state changed or a
  // circuit fired, who fired}.
  function automatic logic [GroupLanes+1:0] finish(
      input logic [GroupBits-1:0] g, input logic [GroupLanes-1:0] resets, input logic [GroupLanes-1:0] bypass,
      input logic [GroupLanes-1:0] lines
  );
    /* verilator no_inline_task */
    logic [8:0] own;
    logic [3:0] role;
    logic own_clamp;
    logic all_clamp;
    logic spike;
    logic start;
    logic changed;
    logic again;
    int total;
    int old_v;
    int new_v;
    int new_w;
    int new_dv;
    longint j;
    longint dvv;
    logic [31:0] next_exc;
    logic [31:0] next_inh;
    logic [31:0] next_rem;
    logic [3:0] pulse_scale;
    changed = 1'b0;
    again = 1'b0;
    for (int unsigned l = 0; l < GroupLanes; l++) begin
      own = circuit_of(32'(g) * GroupLanes + l);
      role = roles[slot_s][g][l];
      own_clamp = rem[slot_s][g][l] > hold[slot_s][g][l];
      all_clamp = own_clamp;
      total = 0;
      old_v = int'(v[slot_s][g][l] - VBias);
      if (role[NodeRole]) begin
        total = sum[own] + border[!pass][own];
        all_clamp = own_clamp | sum_clamp[own] | border_clamp[!pass][own];
        sum[own] = 0;
        border[!pass][own] = 0;
        sum_clamp[own] = 1'b0;
        border_clamp[!pass][own] = 1'b0;
        published_before[own] = published[own];
        published[own] = old_v;
      end
      spike = bypass[l] | lines[l];
      new_w = 0;
      new_dv = 0;
      if (role[MemberRole]) begin
        new_v = seen_v[g][l];
      end else begin
        j = longint'(v_off[slot_s][g][l]);
        if (!(own_clamp && pause[slot_s][g][l] != 0)) begin
          j = j + longint'(current[g][l]) + longint'(link_current[g][l]) + longint'(total);
          if (role[AdaptRole]) j = j - product(c_w[slot_s][g][l], w[slot_s][g][l] >>> 4, 14);
          if (c_e[slot_s][g][l] != 0) begin
            j = j + product(c_e[slot_s][g][l],
                            exponential(old_v + (dv_last[slot_s][g][l] >>> 1) - v_exp[slot_s][g][l]) >>> 4, 12);
          end
        end
        dvv = j - product(int'(d_mem[slot_s][g][l]), cut(old_v - int'(v_init[slot_s][g][l] - VBias)), 14);
        new_v = limit(longint'(old_v) + dvv, -524288, 2097151);
        if (fire_at[slot_s][g][l] != Never && rem[slot_s][g][l] == 0 && !all_clamp
            && longint'(new_v) + (dvv >>> 1) >= longint'(int'(v_th[slot_s][g][l] - VBias - (VBias >> 1)))) begin
          spike = 1'b1;
        end
        if (spike || resets[l] || all_clamp) new_v = int'(v_reset[slot_s][g][l] - VBias);
        else if (c_e[slot_s][g][l] != 0) new_dv = limit(dvv, -2097152, 2097151);
        if (role[AdaptRole]) begin
          new_w = limit(longint'(w[slot_s][g][l]) - product(d_w[slot_s][g][l],
              cut(w[slot_s][g][l] - int'(product(adapt_a[slot_s][g][l], cut(old_v - e_adapt[slot_s][g][l]), 5))), 14),
              -2097152, 2097151);
        end
      end
      start = spike || resets[l];
      next_exc = i_exc[slot_s][g][l] - decay_exc[g][l] + s_exc[g][l];
      next_exc = next_exc > IHigh ? IHigh : next_exc;
      next_inh = i_inh[slot_s][g][l] - decay_inh[g][l] + s_inh[g][l];
      next_inh = next_inh > IHigh ? IHigh : next_inh;
      next_rem = (rem[slot_s][g][l] > count[g][l] ? rem[slot_s][g][l] : count[g][l]) - count[g][l];
      if (start) begin
        next_rem = load[slot_s][g][l];
        if (role[AdaptRole] && !role[MemberRole] && backend2[slot_s][g][l][PulseBit]) begin
          pulse_scale = block_of(32'(g) * GroupLanes + l) ? clock_scale_adapt_s[7:4] : clock_scale_adapt_s[3:0];
          new_w = limit(longint'(new_w) + (longint'(adapt_b[slot_s][g][l]) <<< (32'(pulse_scale) + 1)), -2097152, 2097151);
        end
      end
      // A node, member or link depends on others: it does not sleep.
      changed = changed || new_v != old_v || new_w != w[slot_s][g][l] || new_dv != dv_last[slot_s][g][l]
          || next_exc != i_exc[slot_s][g][l] || next_inh != i_inh[slot_s][g][l] || next_rem != rem[slot_s][g][l] || start
          || role[LinkRole:MemberRole] != 0;
      v[slot_s][g][l] = VBias + new_v;
      w[slot_s][g][l] = new_w;
      dv_last[slot_s][g][l] = new_dv;
      i_exc[slot_s][g][l] = next_exc;
      i_inh[slot_s][g][l] = next_inh;
      rem[slot_s][g][l] = next_rem;
      again = again || needs_complete(slot_s, g, PlaceBits'(l));
      finish[l] = spike;
    end
    finish[GroupLanes+:2] = {again, changed};
  endfunction

  task automatic next_pass();
    /* verilator no_inline_task */
    pass = !pass;
  endtask

  // The fire lines of this pass from the starts of the one before.
  function automatic logic settle_lines();
    /* verilator no_inline_task */
    logic top;
    logic bottom;
    logic any;
    int unsigned lane;
    logic [3:0] s;
    top = 1'b0;
    bottom = 1'b0;
    any = 1'b0;
    for (int unsigned c = 0; c < Columns; c++) begin
      lane = c / Slots;
      s = slot_of(8'(c));
      if (c % 128 == 0) begin
        top = 1'b0;
        bottom = 1'b0;
      end
      top = top | started[s][lane];
      bottom = bottom | started[s][lane+Lanes];
      if (fire_bottom[s][lane] || fire_bottom[s][lane+Lanes]) begin
        top = top | bottom;
        bottom = top;
      end
      line[s][lane] = top;
      line[s][lane+Lanes] = bottom;
      any = any | top | bottom;
      top = top & fire_right[s][lane];
      bottom = bottom & fire_right[s][lane+Lanes];
    end
    for (int unsigned k = 0; k < Slots; k++) started[k] = '0;
    settle_lines = any;
  endfunction

  // Slaves of this slot with a driven line.
  function automatic logic [All-1:0] driven_slaves();
    /* verilator no_inline_task */
    driven_slaves = line[slot_s] & slaves[slot_s];
  endfunction

  // Starts that drive a line in the next pass.
  function automatic logic note_started(input logic [All-1:0] starts);
    /* verilator no_inline_task */
    started[slot_s] = started[slot_s] | (starts & masters[slot_s]);
    note_started = (starts & masters[slot_s]) != 0;
  endfunction

  // Circuits of the groups of which bit k is set.
  function automatic logic [All-1:0] lanes_of(input logic [Groups-1:0] groups);
    for (int unsigned k = 0; k < Groups; k++) lanes_of[GroupLanes*k+:GroupLanes] = {GroupLanes{groups[k]}};
  endfunction

  // MADC code of a circuit of this slot, of the state before the step.
  function automatic logic [9:0] madc_code(input logic [8:0] circuit);
    /* verilator no_inline_task */
    int x;
    logic [3:0] s;
    logic [GroupBits-1:0] g;
    logic [PlaceBits-1:0] k;
    s = slot_of(circuit[7:0]);
    g = group_of(circuit);
    k = place_of(circuit);
    case (readout_word[s][g][k][SourceLsb+:2])
      SourceMembrane: x = ((roles[s][g][k][MemberRole] ? seen(rep_of[s][g][k]) : int'(v[s][g][k] - VBias)) + 512) >>> 10;
      SourceExc: x = int'((i_exc[s][g][k] + 2048) >> 12);
      SourceInh: x = int'((i_inh[s][g][k] + 2048) >> 12);
      default: x = 512 + ((w[s][g][k] + 512) >>> 10);
    endcase
    if (fresh[s]) x = readout_word[s][g][k][SourceLsb+:2] == SourceAdaptation ? 512 : 0;
    if (!readout_word[s][g][k][AmplifierBit]) x = 0;
    madc_code = 10'(limit(longint'(x), 0, 1023));
  endfunction

  // ---------------------------------------------------------------- commands and switches

  // Circuits that a bypass event fires in this slot: switched on, not refractory.
  function automatic logic [All-1:0] find_bypass();
    /* verilator no_inline_task */
    for (int unsigned g = 0; g < Groups; g++) begin
      for (int unsigned k = 0; k < GroupLanes; k++) begin
        find_bypass[GroupLanes*g+k] = rem[slot_s][g][k] == 0 && fire_word[slot_s][g][k][FireBit]
            && ((bypass_exc_s[GroupLanes*g+k] && fire_word[slot_s][g][k][BypassExcBit])
                || (bypass_inh_s[GroupLanes*g+k] && fire_word[slot_s][g][k][BypassInhBit]));
      end
    end
  endfunction

  // Bypass events and neuron resets: V = V_r, refractory time starts, whatever the step made.
  task automatic start_reset(input logic [All-1:0] which);
    /* verilator no_inline_task */
    for (int unsigned g = 0; g < Groups; g++) begin
      for (int unsigned k = 0; k < GroupLanes; k++) begin
        if (which[GroupLanes*g+k]) begin
          v[slot_s][g][k] = v_reset[slot_s][g][k];
          rem[slot_s][g][k] = load[slot_s][g][k];
        end
      end
    end
  endtask

  task automatic apply_force_reset();
    /* verilator no_inline_task */
    for (int unsigned g = 0; g < Groups; g++) begin
      for (int unsigned k = 0; k < GroupLanes; k++) begin
        if (force_reset_s[block_of(GroupLanes * g + k)]) begin
          v[slot_s][g][k] = roles[slot_s][g][k][MemberRole] ? VBias + seen_v[g][k] : v_reset[slot_s][g][k];
          w[slot_s][g][k] = 0;
          dv_last[slot_s][g][k] = 0;
          i_exc[slot_s][g][k] = 0;
          i_inh[slot_s][g][k] = 0;
          rem[slot_s][g][k] = 0;
        end
      end
    end
  endtask

  function automatic logic [All-1:0] forced();
    /* verilator no_inline_task */
    for (int unsigned l = 0; l < All; l++) forced[l] = force_reset_s[block_of(l)];
  endfunction

  task automatic initialise();
    /* verilator no_inline_task */
    for (int unsigned g = 0; g < Groups; g++) begin
      for (int unsigned k = 0; k < GroupLanes; k++) begin
        v[slot_s][g][k] = v_init[slot_s][g][k];
        i_exc[slot_s][g][k] = 0;
        i_inh[slot_s][g][k] = 0;
        rem[slot_s][g][k] = 0;
        w[slot_s][g][k] = 0;
        dv_last[slot_s][g][k] = 0;
        if (roles[slot_s][g][k][NodeRole]) begin
          published[circuit_of(g*GroupLanes+k)] = int'(v_init[slot_s][g][k] - VBias);
          published_before[circuit_of(g*GroupLanes+k)] = int'(v_init[slot_s][g][k] - VBias);
        end
      end
    end
    pending[slot_s] = '0;
  endtask

  // Read-out code of the state before the step: membrane rounded, currents / 16, adaptation 128 + w, 0 without amplifier.
  // Circuits that had no update since reset count as V = 0, I = 0.
  task automatic sample(input logic is_fresh);
    /* verilator no_inline_task */
    for (int unsigned g = 0; g < Groups; g++) begin
      for (int unsigned k = 0; k < GroupLanes; k++) begin
        case (readout_word[slot_s][g][k][SourceLsb+:2])
          SourceMembrane: code_next[g][k] = 11'((v[slot_s][g][k] - VBias + 32'd2048) >> 12);
          SourceAdaptation: code_next[g][k] = 11'd128 + 11'((w[slot_s][g][k] + 32'd2048) >> 12);
          SourceExc: code_next[g][k] = 11'(i_exc[slot_s][g][k] >> 14);
          default: code_next[g][k] = 11'(i_inh[slot_s][g][k] >> 14);
        endcase
        if (roles[slot_s][g][k][MemberRole] && readout_word[slot_s][g][k][SourceLsb+:2] == SourceMembrane) begin
          code_next[g][k] = 11'((seen(rep_of[slot_s][g][k]) + 32'd2048) >> 12);
        end
        if (is_fresh) code_next[g][k] = readout_word[slot_s][g][k][SourceLsb+:2] == SourceAdaptation ? 11'd128 : 11'd0;
        if (!readout_word[slot_s][g][k][AmplifierBit]) code_next[g][k] = 0;
      end
    end
  endtask

  task automatic store_samples(input logic [1:0] rows, input logic [3:0] s);
    /* verilator no_inline_task */
    for (int unsigned g = 0; g < Groups; g++) begin
      for (int unsigned k = 0; k < GroupLanes; k++) begin
        if (rows[GroupLanes*g+k>=Lanes]) code[s][g][k] = code_next[g][k];
      end
    end
  endtask

  // The four codes of a quad.
  function automatic logic [43:0] read_quad(input logic row, input logic [5:0] quad);
    /* verilator no_inline_task */
    logic [7:0] column;
    for (int unsigned e = 0; e < 4; e++) begin
      column = {quad[4:0], 3'b000} + 8'(2 * e) + 8'(quad[5]);
      read_quad[11*e+:11] = exists(column) ? code[slot_of(column)][group_of({row, column})][place_of({row, column})] : 11'd0;
    end
  endfunction

  // ---------------------------------------------------------------- one clock

  // Result: {some group is complete, spike_any, spike_slot, spike} of the next clock.
  function automatic logic [All+5:0] tick();
    /* verilator no_inline_task */
    logic [Groups-1:0] hit;
    logic [Groups-1:0] due;
    logic [Groups-1:0] still;
    logic [Groups-1:0] full;
    logic [1:0] outcome;
    logic [GroupLanes+1:0] full_outcome;
    logic [All-1:0] bypass;
    logic [All-1:0] lines;
    logic [All-1:0] resets;
    logic [All-1:0] plain;
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
      charged = '0;
      complete = '0;
      any_started = 1'b0;
      any_line = 1'b0;
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
        // The parity of the pass matters only while somebody has sums.
        if (slot_s == 4'd0 && (complete != 0 || any_started || any_line)) begin
          next_pass();
          if (any_started || any_line) begin
            any_line = settle_lines();
            any_started = 1'b0;
          end
        end
        if (sample_s != 0) begin
          sample(fresh[slot_s]);
          sampled = sample_s;
          sampled_slot = slot_s;
        end
        if (fresh[slot_s]) begin
          initialise();
          fresh[slot_s] = 1'b0;
          has_pending[slot_s] = 1'b0;
          awake[Groups*slot_s+:Groups] = '1;
        end else if (charge_any_s || awake[Groups*slot_s+:Groups] != 0 || any_line) begin
          hit = '0;
          bypass = '0;
          if (charge_any_s) begin
            hit = take_charges();
            if ((bypass_exc_s | bypass_inh_s) != 0) bypass = find_bypass();
          end
          lines = '0;
          if (any_line) lines = driven_slaves();
          resets = '0;
          if (has_pending[slot_s]) begin
            resets = take_pending();
            has_pending[slot_s] = 1'b0;
          end
          // A charge may be all that keeps a state where it is: groups with charges stay awake.
          due = awake[Groups*slot_s+:Groups] | hit;
          still = hit;
          full = '0;
          if (complete != 0) full = complete[Groups*slot_s+:Groups];
          // Commands act in the whole slot.
          if ((bypass | lines | resets) != 0) begin
            still = '1;
            due = due | full;
          end
          if (full != 0) begin
            full = full & due;
            for (int unsigned g = 0; g < Groups; g++) begin
              if (full[g]) begin
                if (charged[g] && !hit[g]) no_charges(GroupBits'(g));
                charged[g] = hit[g];
                prepare(GroupBits'(g), bypass[GroupLanes*g+:GroupLanes] | resets[GroupLanes*g+:GroupLanes]);
              end
            end
            for (int unsigned g = 0; g < Groups; g++) begin
              if (full[g]) begin
                full_outcome = finish(
                    GroupBits'(g), resets[GroupLanes*g+:GroupLanes], bypass[GroupLanes*g+:GroupLanes],
                    lines[GroupLanes*g+:GroupLanes]
                );
                spikes[GroupLanes*g+:GroupLanes] = full_outcome[GroupLanes-1:0];
                if (full_outcome[GroupLanes]) still[g] = 1'b1;
                complete[Groups*slot_s+g] = full_outcome[GroupLanes+1];
              end
            end
          end
          due = due & ~full;
          for (int unsigned g = 0; g < Groups; g++) begin
            if (due[g]) begin
              if (charged[g] && !hit[g]) no_charges(GroupBits'(g));
              charged[g] = hit[g];
              outcome = step(GroupBits'(g));
              if (outcome[0]) still[g] = 1'b1;
              if (outcome[1]) spikes[GroupLanes*g+:GroupLanes] = collect_spikes();
            end
          end
          if ((bypass | lines | resets) != 0) begin
            plain = (bypass | lines | resets) & ~lanes_of(full);
            if (plain != 0) start_reset(plain);
            spikes = (spikes | bypass | lines) & ~resets;
          end
          if (force_reset_s != 0) begin
            apply_force_reset();
            spikes = spikes & ~forced();
            resets = resets & ~forced();
          end
          if ((spikes | resets) != 0) begin
            if (note_started((spikes | resets) & ~lines)) any_started = 1'b1;
          end
          awake[Groups*slot_s+:Groups] = still;
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
        for (int unsigned k = 0; k < Slots; k++) begin
          if (commanded[k]) awake[Groups*k+:Groups] = '1;
        end
      end
      if (ncfg_we_s && exists(ncfg_circuit_s[7:0])) begin
        write_config(slot_of(ncfg_circuit_s[7:0]), group_of(ncfg_circuit_s), place_of(ncfg_circuit_s));
        awake[Groups*slot_of(ncfg_circuit_s[7:0])+:Groups] = '1;
      end
      if (nbe_we_s && exists(nbe_circuit_s[7:0])) begin
        write_backend(slot_of(nbe_circuit_s[7:0]), group_of(nbe_circuit_s), place_of(nbe_circuit_s));
        awake[Groups*slot_of(nbe_circuit_s[7:0])+:Groups] = '1;
      end
      if (coef_we_s && exists(coef_circuit_s[7:0])) begin
        write_coefficients(slot_of(coef_circuit_s[7:0]), group_of(coef_circuit_s), place_of(coef_circuit_s));
        if (write_complete(
                coef_circuit_s, slot_of(coef_circuit_s[7:0]), group_of(coef_circuit_s), place_of(coef_circuit_s)
            )) begin
          complete[Groups*slot_of(coef_circuit_s[7:0])+32'(group_of(coef_circuit_s))] = 1'b1;
        end
        awake[Groups*slot_of(coef_circuit_s[7:0])+:Groups] = '1;
      end
    end

    if (!rst_ns || !run_s) begin
      fresh = '1;
      awake = '1;
      has_pending = '0;
      clear_commands();
      any_started = 1'b0;
      any_line = 1'b0;
      under_way = '0;
      leaves = 1'b0;
      leaves_spikes = '0;
    end
    tick = {complete != 0, leaves, leaves_slot, leaves_spikes};
  endfunction

  logic [All+5:0] result_q;
  logic [1:0] madc_taken_q;
  logic [19:0] madc_next_q, madc_code_q;
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
    if (result_q[All+5]) copy_adapt(clock_scale_adapt_i);
    if (!rst_ni) begin
      madc_taken_q <= 2'b00;
      madc_code_q <= '0;
    end else if (madc_on_i != 0 || madc_taken_q != 0) begin
      for (int unsigned m = 0; m < 2; m++) begin
        if (madc_taken_q[m]) madc_code_q[10*m+:10] <= madc_next_q[10*m+:10];
        madc_taken_q[m] <= 1'b0;
        if (madc_on_i[m] && run_i && exists(madc_circuit_i[9*m+:8]) && slot_of(madc_circuit_i[9*m+:8]) == slot_i) begin
          madc_next_q[10*m+:10] <= madc_code(madc_circuit_i[9*m+:9]);
          madc_taken_q[m] <= 1'b1;
        end
      end
    end
    result_q <= tick();
  end

  assign {spike_any_o, spike_slot_o, spike_o} = result_q[All+4:0];
  assign madc_code_o = madc_code_q;
  assign sample_code_o = codes_q;

endmodule

`default_nettype wire
