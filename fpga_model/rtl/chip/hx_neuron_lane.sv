// One lane of the synthesizable neuron array: Slots circuits of one row share one pipeline of five 18 x 18 multipliers (two more with
// Coba; six more with Adex, two of them small; two more with Compartments).
//
// Purpose: the neuron step (model-dynamics contract, section 2) of the circuit of slot_i, one circuit per clock. All
// configuration, coefficients and state are read in the slot's clock and travel with the circuit, so a write acts on whole
// steps only. With Compartments, hx_neuron_network carries what concerns other circuits: the lane says which circuits it
// looks at (_s0), gives currents (_s7) and takes those given to its circuit (_s8), and starts and takes fire lines (_s11).
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
    // Conductance-based inputs; adaptation and exponential term. Without them their coefficients count as 0.
    parameter bit Coba = 1'b0,
    parameter bit Adex = 1'b0,
    // Compartments, conductances between them, fire lines.
    parameter bit Compartments = 1'b0,
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
    input wire logic [405:0] coef_i,

    // Neuron resets of this clock; drop_commands_i forgets those that wait.
    input wire logic [3:0] nreset_i,
    input wire logic [4*SlotBits-1:0] nreset_slot_i,
    input wire logic drop_commands_i,

    // Switches of the backend block.
    input wire logic force_reset_i,
    input wire logic enable_clocks_i,
    input wire logic [3:0] clock_scale_slow_i,
    input wire logic [3:0] clock_scale_fast_i,
    input wire logic [3:0] clock_scale_adapt_i,

    // Stage 12.
    output wire logic spike_o,

    // Network, idle without Compartments. Stage 0 (the slot's clock): voltage to publish, is a member, its representative, the
    // other end of a link; published voltages of the representative (of the own circuit if it is no member) and of the other end.
    output wire logic [21:0] v_s0_o,
    output wire logic member_s0_o,
    output wire logic [8:0] rep_s0_o,
    output wire logic [8:0] other_s0_o,
    input wire logic [21:0] near_s0_i,
    input wire logic [21:0] far_s0_i,
    // Stage 7: current and clamp for the representative, current for the other end.
    output wire logic member_s7_o,
    output wire logic [8:0] rep_s7_o,
    output wire logic [22:0] current_s7_o,
    output wire logic clamp_s7_o,
    output wire logic link_s7_o,
    output wire logic [8:0] other_s7_o,
    output wire logic [22:0] back_s7_o,
    // Stage 8: what others gave.
    input wire logic [31:0] total_s8_i,
    input wire logic clamp_s8_i,
    // Stage 11: a start that drives the fire line; the line is driven.
    output wire logic start_s11_o,
    input wire logic line_s11_i,

    // Store the read-out code of this slot (readable two clocks later); asynchronous read of the four codes of a quad:
    // {upper half of the lane's columns, odd columns}, entry e in bits 11*e +: 11.
    input wire logic sample_i,
    input wire logic [1:0] code_place_i,
    output wire logic [43:0] code_o,
    // MADC code of the slot of the clock before.
    output wire logic [9:0] madc_code_o
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
  localparam int unsigned PulseBit = hx_spec_pkg::NeuronBackendConfig_enable_adaptation_pulse_Lsb;
  localparam int unsigned SlaveBit = hx_spec_pkg::NeuronBackendConfig_enable_neuron_slave_Lsb;
  localparam int unsigned MasterBit = hx_spec_pkg::NeuronBackendConfig_enable_neuron_master_Lsb;
  localparam logic [1:0] SourceMembrane = 2'(hx_spec_pkg::NeuronConfig_readout_source_Membrane);
  localparam logic [1:0] SourceExc = 2'(hx_spec_pkg::NeuronConfig_readout_source_ExcSynin);
  localparam logic [1:0] SourceInh = 2'(hx_spec_pkg::NeuronConfig_readout_source_InhSynin);

  // ---------------------------------------------------------------- storage

  logic [163:0] coef_mem[Slots];
  logic [71:0] coba_mem[Slots];  // {E_inh, E_exc, k_inh, k_exc}
  logic [112:0] adex_mem[Slots];  // {adaptation, b, a, V_exp, E_a, c_e, c_w, d_w}
  logic [56:0] net_mem[Slots];  // {d_other, d_own, other, rep, link, node, member}
  logic [2:0] readout_mem[Slots];  // {source, amplifier}
  logic [2:0] fire_mem[Slots];  // {bypass exc, bypass inh, threshold}
  logic [0:0] pause_mem[Slots];
  logic [1:0] backend0_mem[Slots];  // hold-off 1:0
  logic [5:0] backend1_mem[Slots];  // {hold-off 3:2, refractory time 7:4 inverted}
  logic [5:0] backend2_mem[Slots];  // {adaptation pulse, refractory time 3:0 inverted, fast clock}
  logic [1:0] backend3_mem[Slots];  // {master, slave}
  logic [43:0] current_mem[Slots];  // {I_inh, I_exc}
  logic [45:0] membrane_mem[Slots];  // {refractory counter, V}
  logic [43:0] adapt_mem[Slots];  // {last dV, w}

  logic [Slots-1:0] fire_q;  // enable_fire: flip-flops, as a reset of four circuits reads four of them
  logic [Slots-1:0] pending_q;
  logic [Slots-1:0] pending_d;

  wire logic [SlotBits-1:0] coef_wslot = clear_i ? clear_slot_i : coef_slot_i;
  wire logic [SlotBits-1:0] ncfg_wslot = clear_i ? clear_slot_i : ncfg_slot_i;
  wire logic [SlotBits-1:0] nbe_wslot = clear_i ? clear_slot_i : nbe_slot_i;
  wire logic [7:0] ncfg_wdata = clear_i ? 8'h00 : ncfg_data_i;
  wire logic [7:0] nbe_wdata = clear_i ? 8'h00 : nbe_data_i;

  always_ff @(posedge clk_i) begin
    if (clear_i || coef_we_i) begin
      coef_mem[coef_wslot] <= clear_i ? 164'h0 : coef_i[163:0];
      coba_mem[coef_wslot] <= clear_i || !Coba ? 72'h0 : coef_i[235:164];
      adex_mem[coef_wslot] <= clear_i || !Adex ? 113'h0 : coef_i[348:236];
      net_mem[coef_wslot] <= clear_i || !Compartments ? 57'h0 : coef_i[405:349];
    end
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
      backend2_mem[nbe_wslot] <= {nbe_wdata[PulseBit], nbe_wdata[TimeLowLsb+:4], nbe_wdata[FastClockBit]};
    end
    if (clear_i || (nbe_we_i && nbe_word_i == 2'd3)) begin
      backend3_mem[nbe_wslot] <= Compartments ? {nbe_wdata[MasterBit], nbe_wdata[SlaveBit]} : 2'b00;
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
  wire logic [5:0] backend2 = backend2_mem[slot_i];
  wire logic [71:0] coba = coba_mem[slot_i];
  wire logic [112:0] adex = adex_mem[slot_i];
  wire logic [43:0] adapt = adapt_mem[slot_i];
  wire logic [56:0] net = Compartments ? net_mem[slot_i] : 57'h0;
  wire logic [1:0] backend3 = Compartments ? backend3_mem[slot_i] : 2'b00;

  assign v_s0_o = fresh_i ? {coef[107:90], 4'h0} : membrane[21:0];
  assign member_s0_o = net[0];
  assign rep_s0_o = net[11:3];
  assign other_s0_o = net[20:12];

  logic [17:0] d_mem_s1, d_exc_s1, d_inh_s1, c_exc_s1, c_inh_s1;
  logic [17:0] e_s1, v_th_s1, v_reset_s1;
  logic [19:0] v_off_s1;
  logic [17:0] k_exc_s1, k_inh_s1, e_exc_s1, e_inh_s1;
  logic [17:0] d_w_s1, c_w_s1, c_e_s1, e_adapt_s1, v_exp_s1;
  logic [10:0] a_s1, b_s1;
  logic adapts_s1, pulse_s1;
  logic [3:0] pulse_scale_s1;
  logic [21:0] w_s1, last_s1;
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
  logic member_s1, node_s1, link_s1, master_s1, slave_s1;
  logic [8:0] rep_s1, other_s1;
  logic [17:0] d_own_s1, d_other_s1;
  logic [21:0] near_s1, far_s1;

  always_ff @(posedge clk_i) begin
    {v_off_s1, v_reset_s1, v_th_s1, e_s1, c_inh_s1, c_exc_s1, d_inh_s1, d_exc_s1, d_mem_s1} <= coef;
    {e_inh_s1, e_exc_s1, k_inh_s1, k_exc_s1} <= Coba ? coba : 72'h0;
    {adapts_s1, b_s1, a_s1, v_exp_s1, e_adapt_s1, c_e_s1, c_w_s1, d_w_s1} <= Adex ? adex : 113'h0;
    // Only the representative of a compartment adapts.
    if (net[0]) adapts_s1 <= 1'b0;
    {d_other_s1, d_own_s1, other_s1, rep_s1} <= net[56:3];
    member_s1 <= net[0];
    node_s1 <= net[1];
    link_s1 <= net[2] && !fresh_i;
    near_s1 <= Compartments ? near_s0_i : 22'h0;
    far_s1 <= Compartments ? far_s0_i : 22'h0;
    {master_s1, slave_s1} <= backend3;
    pulse_s1 <= backend2[5];
    pulse_scale_s1 <= clock_scale_adapt_i;
    w_s1 <= fresh_i || !Adex ? 22'h0 : adapt[21:0];
    last_s1 <= fresh_i || !Adex ? 22'h0 : adapt[43:22];
    v_s1 <= fresh_i ? 22'h0 : net[0] ? near_s0_i : membrane[21:0];
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

  // Read-out code of the state that the slot read: membrane rounded, currents / 16, adaptation 128 + w, 0 without amplifier.
  logic [10:0] code_d;
  wire logic [22:0] v_rounded = {v_s1[21], v_s1} + 23'd2048;
  wire logic [22:0] w_rounded = {w_s1[21], w_s1} + 23'd2048;

  always_comb begin
    case (readout_s1[2:1])
      SourceMembrane: code_d = v_rounded[22:12];
      SourceExc: code_d = {3'b000, i_exc_s1[21:14]};
      SourceInh: code_d = {3'b000, i_inh_s1[21:14]};
      default: code_d = w_rounded[22:12] + 11'd128;
    endcase
    if (!readout_s1[0]) code_d = 11'd0;
  end

  // The same for the MADC, four times as fine, clipped to 10 bits.
  logic [13:0] madc_d;

  always_comb begin
    case (readout_s1[2:1])
      SourceMembrane: madc_d = {{2{v_s1[21]}}, v_s1[21:10]} + {13'h0, v_s1[9]};
      SourceExc: madc_d = {4'h0, i_exc_s1[21:12]} + {13'h0, i_exc_s1[11]};
      SourceInh: madc_d = {4'h0, i_inh_s1[21:12]} + {13'h0, i_inh_s1[11]};
      default: madc_d = {{2{w_s1[21]}}, w_s1[21:10]} + {13'h0, w_s1[9]} + 14'd512;
    endcase
    if (!readout_s1[0] || madc_d[13]) madc_d = 14'd0;
    else if (madc_d[12:10] != 3'b000) madc_d = 14'd1023;
  end

  assign madc_code_o = madc_d[9:0];

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

  // Conductance-based inputs: distances in stage 2, products in 3, strengths in 4.
  function automatic logic [17:0] cut(input logic [23:0] x);
    if (x[23:21] == 3'b000 || x[23:21] == 3'b111) cut = x[21:4];
    else cut = {x[23], {17{!x[23]}}};
  endfunction

  // Strength c, changed by the slope: between 0 and 4 c.
  function automatic logic [17:0] strength(input logic [17:0] c, input logic [35:0] slope);
    logic [23:0] sum;
    sum = {6'h0, c} + {slope[35], slope[35:13]} + {23'h0, slope[12]};
    if (sum[23]) strength = 18'h0;
    else if (sum > {4'h0, c, 2'b00}) strength = c[17:16] == 2'b00 ? {c[15:0], 2'b00} : 18'h3_ffff;
    else strength = sum[22:18] == 5'h0 ? sum[17:0] : 18'h3_ffff;
  endfunction

  logic [17:0] far_exc_s2, far_inh_s2, k_exc_s2, k_inh_s2;
  logic [35:0] slope_exc_s3, slope_inh_s3;

  always_ff @(posedge clk_i) begin
    far_exc_s2 <= cut({{2{e_exc_s1[17]}}, e_exc_s1, 4'h0} - {{2{v_s1[21]}}, v_s1});
    far_inh_s2 <= cut({{2{v_s1[21]}}, v_s1} - {{2{e_inh_s1[17]}}, e_inh_s1, 4'h0});
    k_exc_s2 <= k_exc_s1;
    k_inh_s2 <= k_inh_s1;
    slope_exc_s3 <= {18'h0, k_exc_s2} * {{18{far_exc_s2[17]}}, far_exc_s2};
    slope_inh_s3 <= {18'h0, k_inh_s2} * {{18{far_inh_s2[17]}}, far_inh_s2};
  end

  // Adaptation and exponential term: w - x and its product with d_w, c_w w, the exponential and its product with c_e.
  logic [17:0] far_a_s2, far_v_s2, off_s5;
  logic [10:0] a_s2;
  logic [28:0] pull_s3;
  logic [33:0] place_s3;
  logic [23:0] x_s4;
  logic [35:0] relax_s6, drag_s2;
  logic [21:0] w_s7;
  logic [22:0] drag_s3;
  logic [21:0] low_s4, step_s4, low_s5, rise_s5;
  logic [7:0] fraction_s4;
  logic [21:0] e_s6;
  logic [35:0] up_s7;
  logic [3*23-1:0] drag_pipe;  // stages 4 to 6
  logic [5*22-1:0] w_pipe;  // stages 2 to 6
  logic [4*18-1:0] d_w_pipe;  // stages 2 to 5
  logic [5*18-1:0] c_e_pipe;  // stages 2 to 6
  logic [11:2] adapts_sx;
  wire logic [21:0] w_s4 = w_pipe[2*22+:22];
  wire logic [21:0] w_s6 = w_pipe[4*22+:22];
  wire logic [17:0] d_w_s5 = d_w_pipe[3*18+:18];
  wire logic [17:0] c_e_s6 = c_e_pipe[4*18+:18];
  wire logic [22:0] drag_s6 = drag_pipe[2*23+:23];
  // Table position: 64 + u / 256, u = x * 21845 / 2^14, and its entries.
  wire logic [18:0] interval_s3 = place_s3[32:14] + 19'd16384;
  wire logic [6:0] entry_s3 = interval_s3[14:8];
  // w - x, cut for the product.
  wire logic [23:0] change_s4 = {{2{w_s4[21]}}, w_s4} - x_s4;
  wire logic [25:0] w_next_s6 = {{4{w_s6[21]}}, w_s6} - {{4{relax_s6[35]}}, relax_s6[35:14]} - {25'h0, relax_s6[13]};

  function automatic logic [21:0] table_entry(input logic [7:0] k);
    table_entry = hx_spec_pkg::ExpTable[22*32'(k)+:22];
  endfunction

  function automatic logic [21:0] limit(input logic [28:0] x);
    if (x[28:21] == 8'h00 || x[28:21] == 8'hff) limit = x[21:0];
    else limit = {x[28], {21{!x[28]}}};
  endfunction

  always_ff @(posedge clk_i) begin
    far_a_s2 <= cut({{2{v_s1[21]}}, v_s1} - {{2{e_adapt_s1[17]}}, e_adapt_s1, 4'h0});
    far_v_s2 <= cut({{2{v_s1[21]}}, v_s1} + {{3{last_s1[21]}}, last_s1[21:1]} - {{2{v_exp_s1[17]}}, v_exp_s1, 4'h0});
    a_s2 <= a_s1;
    pull_s3 <= {{18{a_s2[10]}}, a_s2} * {{11{far_a_s2[17]}}, far_a_s2};
    place_s3 <= {{16{far_v_s2[17]}}, far_v_s2} * 34'd21845;
    x_s4 <= pull_s3[28:5] + {23'h0, pull_s3[4]};
    drag_s2 <= {18'h0, c_w_s1} * {{18{w_s1[21]}}, w_s1[21:4]};
    drag_s3 <= adapts_sx[2] ? {drag_s2[35], drag_s2[35:14]} + {22'h0, drag_s2[13]} : 23'h0;
    low_s4 <= interval_s3[18] ? 22'h0 : interval_s3[17:15] != 3'b000 ? table_entry(8'd128) : table_entry({1'b0, entry_s3});
    step_s4 <= interval_s3[18:15] != 4'h0 ? 22'h0
        : table_entry({1'b0, entry_s3} + 8'd1) - table_entry({1'b0, entry_s3});
    fraction_s4 <= interval_s3[7:0];
    off_s5 <= cut(change_s4);
    low_s5 <= low_s4;
    rise_s5 <= 22'(({8'h0, step_s4} * {22'h0, fraction_s4}) >> 8);
    relax_s6 <= {18'h0, d_w_s5} * {{18{off_s5[17]}}, off_s5};
    e_s6 <= low_s5 + rise_s5;
    w_s7 <= adapts_sx[6] ? limit({{3{w_next_s6[25]}}, w_next_s6}) : 22'h0;
    up_s7 <= {18'h0, c_e_s6} * {18'h0, e_s6[21:4]};
    w_pipe <= {w_pipe[4*22-1:0], w_s1};
    d_w_pipe <= {d_w_pipe[3*18-1:0], d_w_s1};
    c_e_pipe <= {c_e_pipe[4*18-1:0], fresh_s1 ? 18'h0 : c_e_s1};
    drag_pipe <= {drag_pipe[2*23-1:0], drag_s3};
    adapts_sx <= {adapts_sx[10:2], adapts_s1};
  end

  // Conductance to another compartment: distance in stage 2, products in 3, currents in 4.
  logic [17:0] apart_s2, d_own_s2, d_other_s2;
  logic [35:0] p_own_s3, p_back_s3;
  logic [21:0] own_s4, own_s5, own_s6;
  logic [22:0] back_s4, back_s5, back_s6, back_s7;
  logic [19:0] v_off_s2, v_off_s3, v_off_s4, v_off_s5, v_off_s6;
  logic [10*5-1:0] role_pipe;  // {slave, master, link, node, member}, stages 2 to 11
  logic [6*18-1:0] target_pipe;  // {other, representative}, stages 2 to 7
  wire logic link_s3 = role_pipe[1*5+2];
  wire logic member_s7 = role_pipe[5*5];
  wire logic link_s7 = role_pipe[5*5+2];
  wire logic member_s8 = role_pipe[6*5];
  wire logic node_s8 = role_pipe[6*5+1];
  wire logic member_s9 = role_pipe[7*5];
  wire logic member_s11 = role_pipe[9*5];
  wire logic master_s11 = role_pipe[9*5+3];
  wire logic slave_s11 = role_pipe[9*5+4];

  always_ff @(posedge clk_i) begin
    apart_s2 <= cut({{2{far_s1[21]}}, far_s1} - {{2{near_s1[21]}}, near_s1});
    d_own_s2 <= d_own_s1;
    d_other_s2 <= d_other_s1;
    p_own_s3 <= {18'h0, d_own_s2} * {{18{apart_s2[17]}}, apart_s2};
    p_back_s3 <= {18'h0, d_other_s2} * {{18{apart_s2[17]}}, apart_s2};
    own_s4 <= link_s3 ? p_own_s3[35:14] + {21'h0, p_own_s3[13]} : 22'h0;
    back_s4 <= 23'h0 - {p_back_s3[35], p_back_s3[35:14]} - {22'h0, p_back_s3[13]};
    own_s5 <= own_s4;
    own_s6 <= own_s5;
    back_s5 <= back_s4;
    back_s6 <= back_s5;
    back_s7 <= back_s6;
    v_off_s2 <= Compartments ? v_off_s1 : 20'h0;
    v_off_s3 <= v_off_s2;
    v_off_s4 <= v_off_s3;
    v_off_s5 <= v_off_s4;
    v_off_s6 <= v_off_s5;
    role_pipe <= {role_pipe[9*5-1:0], slave_s1, master_s1, link_s1, node_s1, member_s1};
    target_pipe <= {target_pipe[5*18-1:0], other_s1, rep_s1};
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
    c_exc_s4 <= Coba ? strength(c_exc_s3, slope_exc_s3) : c_exc_s3;
    c_inh_s2 <= c_inh_s1;
    c_inh_s3 <= c_inh_s2;
    c_inh_s4 <= Coba ? strength(c_inh_s3, slope_inh_s3) : c_inh_s3;
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

  logic [26:0] syn_s7;
  logic [23:0] offset_s7;
  logic [27:0] dv_s8;
  logic [5:2] pause_sx;
  logic clamp_s5, gate_s6, gate_s7, gate_s8;
  logic [9:2] fresh_sx;

  // Current of a member (s10.12) and its clamp.
  logic [22:0] current_s7;
  logic clamps_s7;
  wire logic [26:0] given_s6 = {3'b000, j_exc_s6} - {3'b000, j_inh_s6} + {{7{v_off_s6[19]}}, v_off_s6} + {{5{own_s6[21]}}, own_s6};
  wire logic clamps_s6;

  always_ff @(posedge clk_i) begin
    if (given_s6[26:22] == 5'h00 || given_s6[26:22] == 5'h1f) current_s7 <= given_s6[22:0];
    else current_s7 <= {given_s6[26], {22{!given_s6[26]}}};
    clamps_s7 <= clamps_s6;
  end

  assign member_s7_o = member_s7 && !fresh_sx[7];
  assign rep_s7_o = target_pipe[5*18+:9];
  assign current_s7_o = current_s7;
  assign clamp_s7_o = clamps_s7;
  assign link_s7_o = link_s7;
  assign other_s7_o = target_pipe[5*18+9+:9];
  assign back_s7_o = back_s7;

  always_ff @(posedge clk_i) begin
    syn_s7 <= gate_s6 ? 27'h0
        : {3'b000, j_exc_s6} - {3'b000, j_inh_s6} - {{4{drag_s6[22]}}, drag_s6} + {{5{own_s6[21]}}, own_s6};
    offset_s7 <= offset_s6;
    dv_s8 <= {syn_s7[26], syn_s7} + {{4{offset_s7[23]}}, offset_s7} + (gate_s7 ? 28'h0 : {4'h0, up_s7[35:12]} + {27'h0, up_s7[11]});
    pause_sx <= {pause_sx[4:2], pause_s1};
    clamp_s5 <= clamp_s4;
    gate_s6 <= clamp_s5 && pause_sx[5];
    gate_s7 <= gate_s6;
    gate_s8 <= gate_s7;
  end

  // ---------------------------------------------------------------- stages 9 to 11: new membrane, threshold

  logic [28:0] v_s9;
  logic [28:0] need_s9, need_s10;  // V_th - dV/2
  logic [21:0] v_s10, v_s11;
  logic above_s11;
  logic [6*22-1:0] v_pipe;  // stages 3 to 8
  logic [7*18-1:0] v_th_pipe;  // stages 2 to 8
  logic [11:9] held_sx;  // clamped by a member

  wire logic [21:0] v_s8 = v_pipe[5*22+:22];
  wire logic [17:0] v_th_s8 = v_th_pipe[6*18+:18];
  // With what members and links gave; a change of 2^15 LSB or more acts like one of 2^15.
  wire logic [31:0] total_s8 = Compartments && node_s8 && !gate_s8 ? total_s8_i : 32'h0;
  wire logic [33:0] dv_all_s8 = {{6{dv_s8[27]}}, dv_s8} + {{2{total_s8[31]}}, total_s8};
  logic [27:0] change_s8;

  always_comb begin
    change_s8 = dv_s8;
    if (Compartments) begin
      if (dv_all_s8[33:27] == 7'h00 || dv_all_s8[33:27] == 7'h7f) change_s8 = dv_all_s8[27:0];
      else change_s8 = {dv_all_s8[33], {27{!dv_all_s8[33]}}};
    end
  end

  always_ff @(posedge clk_i) begin
    v_pipe <= {v_pipe[5*22-1:0], v_s2};
    v_th_pipe <= {v_th_pipe[6*18-1:0], v_th_s1};
    fresh_sx <= {fresh_sx[8:2], fresh_s1};
    v_s9 <= {{7{v_s8[21]}}, v_s8} + (member_s8 ? 29'h0 : {change_s8[27], change_s8});
    need_s9 <= {{7{v_th_s8[17]}}, v_th_s8, 4'h0} - {{2{change_s8[27]}}, change_s8[27:1]};
    held_sx <= {held_sx[10:9], Compartments && node_s8 && clamp_s8_i};
    need_s10 <= need_s9;
    // Clip to -128 .. 512 - 2^-12; the first update takes E as it is, a member what it sees.
    if (fresh_sx[9] || member_s9) v_s10 <= v_s9[21:0];
    else if (v_s9[28] && v_s9[27:19] != 9'h1ff) v_s10 <= 22'h38_0000;
    else if (!v_s9[28] && v_s9[27:21] != 7'h00) v_s10 <= 22'h1f_ffff;
    else v_s10 <= v_s9[21:0];
    v_s11 <= v_s10;
    above_s11 <= $signed({{7{v_s10[21]}}, v_s10}) >= $signed(need_s10);
  end

  // ---------------------------------------------------------------- stage 12: decision

  // What was known early and is needed now, delayed together.
  localparam int unsigned Early = 18 + 8 + 4 + 6 + 2;
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
  wire logic pulse_s11 = early_s11[36];
  wire logic exponential_s11 = early_s11[37];
  wire logic [Early-1:0] early_s6 = early_pipe[4*Early+:Early];

  logic [6*26-1:0] late_pipe;  // {clamp, refractory, counter}, stages 6 to 11
  logic refractory_s5;
  wire logic [25:0] late_s11 = late_pipe[5*26+:26];
  wire logic clamp_s11 = late_s11[25];
  wire logic refractory_s11 = late_s11[24];
  wire logic held_s11 = held_sx[11];
  wire logic line_s11 = Compartments && slave_s11 && line_s11_i;

  wire logic above_now = threshold_s11 && above_s11 && !held_s11 && !member_s11;
  wire logic fires_now = can_fire_s11 && !refractory_s11 && (above_now || bypass_s11);
  wire logic spikes = valid_s11_i && (fires_now || line_s11) && !fresh_s11 && !force_s11 && !reset_s11;
  wire logic starts = (spikes || reset_s11) && !force_s11 && !fresh_s11;

  // A member clamps by its own refractory time, and by a neuron reset or bypass event of this step.
  assign clamps_s6 = late_pipe[25] || early_s6[32] || (early_s6[35] && early_s6[33] && !late_pipe[24]);
  assign start_s11_o = starts && master_s11 && !line_s11;

  // Adaptation without and with the pulse, change of V.
  logic [6*15-1:0] kick_pipe;  // {scale, b}, stages 2 to 7
  wire logic [14:0] kick_s7 = kick_pipe[5*15+:15];
  logic [28:0] kick_s8;
  logic [21:0] kicked_s9;
  logic [4*22-1:0] w_late_pipe;  // stages 8 to 11
  logic [2*22-1:0] kicked_pipe;  // stages 10 and 11
  logic [3*22-1:0] last_pipe;  // stages 9 to 11
  wire logic [21:0] w_s11 = w_late_pipe[3*22+:22];
  wire logic [21:0] kicked_s11 = kicked_pipe[22+:22];
  wire logic [21:0] last_s11 = last_pipe[2*22+:22];
  logic [21:0] w_s12, last_s12;

  always_ff @(posedge clk_i) begin
    kick_pipe <= {kick_pipe[5*15-1:0], pulse_scale_s1, b_s1};
    kick_s8 <= {{7{w_s7[21]}}, w_s7} + ({{17{kick_s7[10]}}, kick_s7[10:0], 1'b0} << kick_s7[14:11]);
    kicked_s9 <= limit(kick_s8);
    w_late_pipe <= {w_late_pipe[3*22-1:0], w_s7};
    kicked_pipe <= {kicked_pipe[21:0], kicked_s9};
    last_pipe <= {last_pipe[2*22-1:0], limit({change_s8[27], change_s8})};
    if (fresh_s11 || force_s11 || !adapts_sx[11]) w_s12 <= 22'h0;
    else w_s12 <= starts && pulse_s11 ? kicked_s11 : w_s11;
    last_s12 <= fresh_s11 || force_s11 || starts || clamp_s11 || held_s11 || !exponential_s11 || member_s11 ? 22'h0 : last_s11;
  end

  always_ff @(posedge clk_i) begin
    if (Adex && valid_s12_i) adapt_mem[slot_s12_i] <= {last_s12, w_s12};
  end

  logic spike_s12;
  logic [21:0] v_s12;
  logic [23:0] rem_s12;

  always_ff @(posedge clk_i) begin
    early_pipe <= {early_pipe[9*Early-1:0], c_e_s1 != 18'h0, pulse_s1,
                   bypass_s1, threshold_s1, can_fire_s1, reset_s1, force_s1, fresh_s1, scale_s1, time_s1, v_reset_s1};
    refractory_s5 <= refractory_s4;
    late_pipe <= {late_pipe[5*26-1:0], clamp_s5, refractory_s5, rem_s5};
    spike_s12 <= spikes;
    v_s12 <= (starts || clamp_s11 || held_s11 || force_s11) && !fresh_s11 && !member_s11 ? {v_reset_s11, 4'h0} : v_s11;
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
