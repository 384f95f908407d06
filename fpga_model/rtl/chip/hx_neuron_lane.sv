// One lane of the synthesizable neuron array: Slots circuits of one row share one pipeline of five 18 x 18 multipliers.
//
// Purpose: the neuron step (model-dynamics contract, section 2) of the circuit of slot_i, one circuit per clock. All
// configuration, coefficients and state are read in the slot's clock and travel with the circuit, so a write acts on whole
// steps only.
//
// Latency: slot in clock x; stage registers _sN are visible in clock x + N. Synaptic states are written back in x + 6, V and
// refractory counter in x + 12, and spike_o is the register of stage 12. A slot must not come again before x + 13.
//
// Reset: the memories have none. clear_i writes raw 0 into slot clear_slot_i of every configuration memory; the array runs
// through all slots while rst_ni is low.
`default_nettype none

module hx_neuron_lane #(
    // Chip cycles (4 ns) of one step.
    parameter int unsigned StepCycles = 32,
    // Fixed by the column order of quads and by slot_i; do not overwrite.
    localparam int unsigned Slots = 16,
    localparam int unsigned SlotBits = 4
) (
    input wire logic clk_i,

    // Slot of this clock; its first update since reset (V = E); the write-back of slots under way.
    input wire logic [SlotBits-1:0] slot_i,
    input wire logic run_i,
    input wire logic fresh_i,
    input wire logic [SlotBits-1:0] slot_s6_i,
    input wire logic valid_s6_i,
    input wire logic [SlotBits-1:0] slot_s12_i,
    input wire logic valid_s11_i,
    input wire logic valid_s12_i,

    input wire logic [11:0] charge_exc_i,
    input wire logic [11:0] charge_inh_i,
    input wire logic bypass_exc_i,
    input wire logic bypass_inh_i,

    input wire logic clear_i,
    input wire logic [SlotBits-1:0] clear_slot_i,

    // Writes to circuits of this lane; ports as in hx_neuron_array.
    input wire logic ncfg_we_i,
    input wire logic [SlotBits-1:0] ncfg_slot_i,
    input wire logic [2:0] ncfg_word_i,
    input wire logic [7:0] ncfg_data_i,
    input wire logic nbe_we_i,
    input wire logic [SlotBits-1:0] nbe_slot_i,
    input wire logic [1:0] nbe_word_i,
    input wire logic [7:0] nbe_data_i,
    input wire logic coef_we_i,
    input wire logic [SlotBits-1:0] coef_slot_i,
    input wire logic [163:0] coef_i,

    // Neuron resets of this clock; drop_commands_i forgets those that wait.
    input wire logic [3:0] nreset_i,
    input wire logic [4*SlotBits-1:0] nreset_slot_i,
    input wire logic drop_commands_i,

    // Switches of the backend block.
    input wire logic force_reset_i,
    input wire logic enable_clocks_i,
    input wire logic [3:0] clock_scale_slow_i,
    input wire logic [3:0] clock_scale_fast_i,

    // Stage 12.
    output wire logic spike_o,

    // Store the read-out code of this slot (readable two clocks later); asynchronous read of the four codes of a quad:
    // {upper half of the lane's columns, odd columns}, entry e in bits 11*e +: 11.
    input wire logic sample_i,
    input wire logic [1:0] code_place_i,
    output wire logic [43:0] code_o
);

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
  localparam logic [1:0] SourceMembrane = 2'(hx_spec_pkg::NeuronConfig_readout_source_Membrane);
  localparam logic [1:0] SourceExc = 2'(hx_spec_pkg::NeuronConfig_readout_source_ExcSynin);
  localparam logic [1:0] SourceInh = 2'(hx_spec_pkg::NeuronConfig_readout_source_InhSynin);

  // ---------------------------------------------------------------- storage

  logic [163:0] coef_mem[Slots];
  logic [2:0] readout_mem[Slots];  // {source, amplifier}
  logic [2:0] fire_mem[Slots];  // {bypass exc, bypass inh, threshold}
  logic [0:0] pause_mem[Slots];
  logic [1:0] backend0_mem[Slots];  // hold-off 1:0
  logic [5:0] backend1_mem[Slots];  // {hold-off 3:2, refractory time 7:4 inverted}
  logic [4:0] backend2_mem[Slots];  // {refractory time 3:0 inverted, fast clock}
  logic [43:0] current_mem[Slots];  // {I_inh, I_exc}
  logic [45:0] membrane_mem[Slots];  // {refractory counter, V}

  logic [Slots-1:0] fire_q;  // enable_fire: flip-flops, as a reset of four circuits reads four of them
  logic [Slots-1:0] pending_q;
  logic [Slots-1:0] pending_d;

  wire logic [SlotBits-1:0] coef_wslot = clear_i ? clear_slot_i : coef_slot_i;
  wire logic [SlotBits-1:0] ncfg_wslot = clear_i ? clear_slot_i : ncfg_slot_i;
  wire logic [SlotBits-1:0] nbe_wslot = clear_i ? clear_slot_i : nbe_slot_i;
  wire logic [7:0] ncfg_wdata = clear_i ? 8'h00 : ncfg_data_i;
  wire logic [7:0] nbe_wdata = clear_i ? 8'h00 : nbe_data_i;

  always_ff @(posedge clk_i) begin
    if (clear_i || coef_we_i) coef_mem[coef_wslot] <= clear_i ? 164'h0 : coef_i;
    if (clear_i || (ncfg_we_i && ncfg_word_i == 3'(hx_spec_pkg::NeuronConfigOffset_1))) begin
      readout_mem[ncfg_wslot] <= {ncfg_wdata[SourceLsb+:2], ncfg_wdata[AmplifierBit]};
    end
    if (clear_i || (ncfg_we_i && ncfg_word_i == 3'(hx_spec_pkg::NeuronConfigOffset_4))) begin
      fire_mem[ncfg_wslot] <= {ncfg_wdata[BypassExcBit], ncfg_wdata[BypassInhBit], ncfg_wdata[ThresholdBit]};
      fire_q[ncfg_wslot] <= ncfg_wdata[FireBit];
    end
    if (clear_i || (ncfg_we_i && ncfg_word_i == 3'(hx_spec_pkg::NeuronConfigOffset_5))) begin
      pause_mem[ncfg_wslot] <= ncfg_wdata[PauseBit];
    end
    if (clear_i || (nbe_we_i && nbe_word_i == 2'd0)) backend0_mem[nbe_wslot] <= nbe_wdata[HoldoffLowLsb+:2];
    if (clear_i || (nbe_we_i && nbe_word_i == 2'd1)) begin
      backend1_mem[nbe_wslot] <= {nbe_wdata[HoldoffHighLsb+:2], nbe_wdata[TimeHighLsb+:4]};
    end
    if (clear_i || (nbe_we_i && nbe_word_i == 2'd2)) begin
      backend2_mem[nbe_wslot] <= {nbe_wdata[TimeLowLsb+:4], nbe_wdata[FastClockBit]};
    end
  end

  // Neuron resets wait for the slot; one that comes in the slot's own clock waits for the next.
  always_comb begin
    pending_d = pending_q;
    if (run_i) pending_d[slot_i] = 1'b0;
    for (int unsigned k = 0; k < 4; k++) begin
      if (nreset_i[k] && fire_q[nreset_slot_i[SlotBits*k+:SlotBits]]) pending_d[nreset_slot_i[SlotBits*k+:SlotBits]] = 1'b1;
    end
    if (drop_commands_i) pending_d = '0;
  end

  always_ff @(posedge clk_i) pending_q <= pending_d;

  // ---------------------------------------------------------------- stage 1: everything of the circuit

  wire logic [163:0] coef = coef_mem[slot_i];
  wire logic [43:0] current = current_mem[slot_i];
  wire logic [45:0] membrane = membrane_mem[slot_i];
  wire logic [2:0] readout = readout_mem[slot_i];
  wire logic [2:0] fire = fire_mem[slot_i];
  wire logic [0:0] pause = pause_mem[slot_i];
  wire logic [1:0] backend0 = backend0_mem[slot_i];
  wire logic [5:0] backend1 = backend1_mem[slot_i];
  wire logic [4:0] backend2 = backend2_mem[slot_i];

  logic [17:0] d_mem_s1, d_exc_s1, d_inh_s1, c_exc_s1, c_inh_s1;
  logic [17:0] e_s1, v_th_s1, v_reset_s1;
  logic [19:0] v_off_s1;
  logic [21:0] v_s1, i_exc_s1, i_inh_s1;
  logic [23:0] rem_s1;
  logic [11:0] s_exc_s1, s_inh_s1;
  logic fresh_s1, force_s1, reset_s1, can_fire_s1, threshold_s1, bypass_s1, pause_s1, count_s1;
  logic [7:0] time_s1;
  logic [4:0] ticks_s1;
  logic [3:0] scale_s1;
  logic [2:0] readout_s1;
  logic sample_s1;
  logic [SlotBits-1:0] slot_s1;

  always_ff @(posedge clk_i) begin
    {v_off_s1, v_reset_s1, v_th_s1, e_s1, c_inh_s1, c_exc_s1, d_inh_s1, d_exc_s1, d_mem_s1} <= coef;
    v_s1 <= fresh_i ? 22'h0 : membrane[21:0];
    rem_s1 <= fresh_i ? 24'h0 : membrane[45:22];
    i_exc_s1 <= fresh_i ? 22'h0 : current[21:0];
    i_inh_s1 <= fresh_i ? 22'h0 : current[43:22];
    s_exc_s1 <= charge_exc_i;
    s_inh_s1 <= charge_inh_i;
    fresh_s1 <= fresh_i;
    force_s1 <= force_reset_i;
    reset_s1 <= pending_q[slot_i];
    can_fire_s1 <= fire_q[slot_i];
    threshold_s1 <= fire[0];
    bypass_s1 <= (bypass_exc_i && fire[2]) || (bypass_inh_i && fire[1]);
    pause_s1 <= pause[0];
    count_s1 <= enable_clocks_i;
    time_s1 <= ~{backend1[3:0], backend2[4:1]};
    ticks_s1 <= {~{backend1[5:4], backend0}, 1'b1};  // 31 - 2 * hold-off
    scale_s1 <= backend2[0] ? clock_scale_fast_i : clock_scale_slow_i;
    readout_s1 <= readout;
    sample_s1 <= sample_i && run_i;
    slot_s1 <= slot_i;
  end

  // Read-out code of the state that the slot read: membrane rounded, currents / 16, adaptation 128, 0 without amplifier.
  logic [10:0] code_d;
  wire logic [22:0] v_rounded = {v_s1[21], v_s1} + 23'd2048;

  always_comb begin
    case (readout_s1[2:1])
      SourceMembrane: code_d = v_rounded[22:12];
      SourceExc: code_d = {3'b000, i_exc_s1[21:14]};
      SourceInh: code_d = {3'b000, i_inh_s1[21:14]};
      default: code_d = 11'd128;
    endcase
    if (!readout_s1[0]) code_d = 11'd0;
  end

  // One memory per entry of a quad. Slots run against the columns: column % 16 = ~slot.
  wire logic [3:0] code_column = clear_i ? ~clear_slot_i : ~slot_s1;

  for (genvar e = 0; e < 4; e++) begin : gen_entry
    logic [10:0] code_mem[4];

    always_ff @(posedge clk_i) begin
      if ((clear_i || sample_s1) && code_column[2:1] == 2'(e)) code_mem[{code_column[3], code_column[0]}] <= clear_i ? 11'd0 : code_d;
    end

    assign code_o[11*e+:11] = code_mem[code_place_i];
  end

  // ---------------------------------------------------------------- stage 2: decay products, distance to the leak potential

  logic [35:0] p_exc_s2, p_inh_s2;
  logic [22:0] diff_s2;
  logic [22:0] offset_s2;  // v_off + 8 d_mem: the distance enters its product with a bias of 2^17
  logic [21:0] v_s2, i_exc_s2, i_inh_s2;
  logic [23:0] rem_s2;
  logic hold_off_s2;
  logic [4:0] ticks_s2;

  always_ff @(posedge clk_i) begin
    p_exc_s2 <= {18'h0, d_exc_s1} * {18'h0, i_exc_s1[21:4]};
    p_inh_s2 <= {18'h0, d_inh_s1} * {18'h0, i_inh_s1[21:4]};
    diff_s2 <= fresh_s1 ? 23'h0 : {v_s1[21], v_s1} - {e_s1[17], e_s1, 4'h0};
    offset_s2 <= (fresh_s1 ? 23'h0 : {{3{v_off_s1[19]}}, v_off_s1}) + {2'b00, d_mem_s1, 3'b000};
    v_s2 <= fresh_s1 ? {e_s1, 4'h0} : v_s1;
    i_exc_s2 <= i_exc_s1;
    i_inh_s2 <= i_inh_s1;
    rem_s2 <= rem_s1;
    hold_off_s2 <= time_s1 >= {3'b000, ticks_s1};
    ticks_s2 <= ticks_s1;
  end

  // ---------------------------------------------------------------- stage 3: decays, saturated distance, hold-off time

  logic [21:0] decay_exc_s3, decay_inh_s3, i_exc_s3, i_inh_s3;
  logic [17:0] diff_s3;
  logic [23:0] rem_s3;
  logic [23:0] hold_s3;
  logic [17:0] d_mem_s2, d_mem_s3;
  logic [3:0] scale_s2;
  logic count_s2, count_s3;

  always_ff @(posedge clk_i) begin
    decay_exc_s3 <= p_exc_s2[35:14] + {21'h0, p_exc_s2[13]};
    decay_inh_s3 <= p_inh_s2[35:14] + {21'h0, p_inh_s2[13]};
    // fl8 and saturation to 18 bits, plus 2^17.
    if (diff_s2[22] == diff_s2[21]) diff_s3 <= {!diff_s2[21], diff_s2[20:4]};
    else diff_s3 <= {18{!diff_s2[22]}};
    hold_s3 <= hold_off_s2 ? {18'h0, ticks_s2, 1'b0} << scale_s2 : 24'h0;
    i_exc_s3 <= i_exc_s2;
    i_inh_s3 <= i_inh_s2;
    rem_s3 <= rem_s2;
    d_mem_s2 <= d_mem_s1;
    d_mem_s3 <= d_mem_s2;
    scale_s2 <= scale_s1;
    count_s2 <= count_s1;
    count_s3 <= count_s2;
  end

  // ---------------------------------------------------------------- stage 4: mid-step currents, leak product, clamp

  // Currents in the middle of the step: a decay is never larger than its current.
  wire logic [21:0] mid_exc = i_exc_s3 - {1'b0, decay_exc_s3[21:1]};
  wire logic [21:0] mid_inh = i_inh_s3 - {1'b0, decay_inh_s3[21:1]};

  logic [17:0] m_exc_s4, m_inh_s4;
  logic [21:0] i_exc_s4, i_inh_s4;
  logic [35:0] p_mem_s4;
  logic clamp_s4, refractory_s4;
  logic [24:0] rem_s4;

  always_ff @(posedge clk_i) begin
    m_exc_s4 <= mid_exc[21:4];
    m_inh_s4 <= mid_inh[21:4];
    i_exc_s4 <= i_exc_s3 - decay_exc_s3;
    i_inh_s4 <= i_inh_s3 - decay_inh_s3;
    p_mem_s4 <= {18'h0, d_mem_s3} * {18'h0, diff_s3};
    clamp_s4 <= rem_s3 > hold_s3;
    refractory_s4 <= rem_s3 != 24'h0;
    rem_s4 <= {1'b0, rem_s3} - (count_s3 ? 25'(StepCycles) : 25'h0);
  end

  // ---------------------------------------------------------------- stage 5: synaptic products, charges

  logic [35:0] p_exc_s5, p_inh_s5;
  logic [22:0] i_exc_s5, i_inh_s5;
  logic [21:0] leak_s5;
  logic [23:0] rem_s5;
  logic [17:0] c_exc_s2, c_exc_s3, c_exc_s4, c_inh_s2, c_inh_s3, c_inh_s4;
  logic [11:0] s_exc_s2, s_exc_s3, s_exc_s4, s_inh_s2, s_inh_s3, s_inh_s4;

  always_ff @(posedge clk_i) begin
    p_exc_s5 <= {18'h0, c_exc_s4} * {18'h0, m_exc_s4};
    p_inh_s5 <= {18'h0, c_inh_s4} * {18'h0, m_inh_s4};
    i_exc_s5 <= {1'b0, i_exc_s4} + {1'b0, s_exc_s4, 10'h0};
    i_inh_s5 <= {1'b0, i_inh_s4} + {1'b0, s_inh_s4, 10'h0};
    leak_s5 <= p_mem_s4[35:14] + {21'h0, p_mem_s4[13]};
    rem_s5 <= rem_s4[24] ? 24'h0 : rem_s4[23:0];
    c_exc_s2 <= c_exc_s1;
    c_exc_s3 <= c_exc_s2;
    c_exc_s4 <= c_exc_s3;
    c_inh_s2 <= c_inh_s1;
    c_inh_s3 <= c_inh_s2;
    c_inh_s4 <= c_inh_s3;
    s_exc_s2 <= s_exc_s1;
    s_exc_s3 <= s_exc_s2;
    s_exc_s4 <= s_exc_s3;
    s_inh_s2 <= s_inh_s1;
    s_inh_s3 <= s_inh_s2;
    s_inh_s4 <= s_inh_s3;
  end

  // ---------------------------------------------------------------- stage 6: rounded terms, new synaptic states

  logic [23:0] j_exc_s6, j_inh_s6;
  logic [23:0] offset_s6;
  logic [21:0] i_exc_s6, i_inh_s6;
  logic [22:0] offset_s3, offset_s4, offset_s5;
  logic [4:2] zero_sx;  // first update or force_reset: I = 0
  logic zero_s5;

  always_ff @(posedge clk_i) begin
    j_exc_s6 <= p_exc_s5[35:12] + {23'h0, p_exc_s5[11]};
    j_inh_s6 <= p_inh_s5[35:12] + {23'h0, p_inh_s5[11]};
    offset_s6 <= {offset_s5[22], offset_s5} - {2'b00, leak_s5};
    i_exc_s6 <= zero_s5 ? 22'h0 : i_exc_s5[22] ? 22'h3f_ffff : i_exc_s5[21:0];
    i_inh_s6 <= zero_s5 ? 22'h0 : i_inh_s5[22] ? 22'h3f_ffff : i_inh_s5[21:0];
    offset_s3 <= offset_s2;
    offset_s4 <= offset_s3;
    offset_s5 <= offset_s4;
    zero_sx <= {zero_sx[3:2], fresh_s1 || force_s1};
    zero_s5 <= zero_sx[4];
  end

  always_ff @(posedge clk_i) begin
    if (valid_s6_i) current_mem[slot_s6_i] <= {i_inh_s6, i_exc_s6};
  end

  // ---------------------------------------------------------------- stages 7 and 8: change of the membrane

  logic [24:0] syn_s7;
  logic [23:0] offset_s7;
  logic [25:0] dv_s8;
  logic [5:2] pause_sx;
  logic clamp_s5, gate_s6;

  always_ff @(posedge clk_i) begin
    syn_s7 <= gate_s6 ? 25'h0 : {1'b0, j_exc_s6} - {1'b0, j_inh_s6};
    offset_s7 <= offset_s6;
    dv_s8 <= {syn_s7[24], syn_s7} + {{2{offset_s7[23]}}, offset_s7};
    pause_sx <= {pause_sx[4:2], pause_s1};
    clamp_s5 <= clamp_s4;
    gate_s6 <= clamp_s5 && pause_sx[5];
  end

  // ---------------------------------------------------------------- stages 9 to 11: new membrane, threshold

  logic [26:0] v_s9;
  logic [26:0] need_s9, need_s10;  // V_th - dV/2
  logic [21:0] v_s10, v_s11;
  logic above_s11;
  logic [6*22-1:0] v_pipe;  // stages 3 to 8
  logic [7*18-1:0] v_th_pipe;  // stages 2 to 8
  logic [9:2] fresh_sx;

  wire logic [21:0] v_s8 = v_pipe[5*22+:22];
  wire logic [17:0] v_th_s8 = v_th_pipe[6*18+:18];

  always_ff @(posedge clk_i) begin
    v_pipe <= {v_pipe[5*22-1:0], v_s2};
    v_th_pipe <= {v_th_pipe[6*18-1:0], v_th_s1};
    fresh_sx <= {fresh_sx[8:2], fresh_s1};
    v_s9 <= {{5{v_s8[21]}}, v_s8} + {dv_s8[25], dv_s8};
    need_s9 <= {{5{v_th_s8[17]}}, v_th_s8, 4'h0} - {{2{dv_s8[25]}}, dv_s8[25:1]};
    need_s10 <= need_s9;
    // Clip to -128 .. 512 - 2^-12; the first update takes E as it is.
    if (fresh_sx[9]) v_s10 <= v_s9[21:0];
    else if (v_s9[26] && v_s9[25:19] != 7'h7f) v_s10 <= 22'h38_0000;
    else if (!v_s9[26] && v_s9[25:21] != 5'h00) v_s10 <= 22'h1f_ffff;
    else v_s10 <= v_s9[21:0];
    v_s11 <= v_s10;
    above_s11 <= $signed({{5{v_s10[21]}}, v_s10}) >= $signed(need_s10);
  end

  // ---------------------------------------------------------------- stage 12: decision

  // What was known early and is needed now, delayed together.
  localparam int unsigned Early = 18 + 8 + 4 + 6;
  logic [10*Early-1:0] early_pipe;
  wire logic [Early-1:0] early_s11 = early_pipe[9*Early+:Early];
  wire logic [17:0] v_reset_s11 = early_s11[17:0];
  wire logic [7:0] time_s11 = early_s11[25:18];
  wire logic [3:0] scale_s11 = early_s11[29:26];
  wire logic fresh_s11 = early_s11[30];
  wire logic force_s11 = early_s11[31];
  wire logic reset_s11 = early_s11[32];
  wire logic can_fire_s11 = early_s11[33];
  wire logic threshold_s11 = early_s11[34];
  wire logic bypass_s11 = early_s11[35];

  logic [6*26-1:0] late_pipe;  // {clamp, refractory, counter}, stages 6 to 11
  logic refractory_s5;
  wire logic [25:0] late_s11 = late_pipe[5*26+:26];
  wire logic clamp_s11 = late_s11[25];
  wire logic refractory_s11 = late_s11[24];

  wire logic spikes = valid_s11_i && can_fire_s11 && !refractory_s11 && ((threshold_s11 && above_s11) || bypass_s11)
      && !fresh_s11 && !force_s11 && !reset_s11;
  wire logic starts = (spikes || reset_s11) && !force_s11 && !fresh_s11;

  logic spike_s12;
  logic [21:0] v_s12;
  logic [23:0] rem_s12;

  always_ff @(posedge clk_i) begin
    early_pipe <= {early_pipe[9*Early-1:0],
                   bypass_s1, threshold_s1, can_fire_s1, reset_s1, force_s1, fresh_s1, scale_s1, time_s1, v_reset_s1};
    refractory_s5 <= refractory_s4;
    late_pipe <= {late_pipe[5*26-1:0], clamp_s5, refractory_s5, rem_s5};
    spike_s12 <= spikes;
    v_s12 <= (starts || clamp_s11 || force_s11) && !fresh_s11 ? {v_reset_s11, 4'h0} : v_s11;
    if (force_s11 || fresh_s11) rem_s12 <= 24'h0;
    else if (starts) rem_s12 <= {15'h0, time_s11, 1'b0} << scale_s11;
    else rem_s12 <= late_s11[23:0];
  end

  always_ff @(posedge clk_i) begin
    if (valid_s12_i) membrane_mem[slot_s12_i] <= {rem_s12, v_s12};
  end

  assign spike_o = spike_s12;

endmodule

`default_nettype wire
