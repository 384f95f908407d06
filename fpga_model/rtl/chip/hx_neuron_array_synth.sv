// Synthesizable form of hx_neuron_array: one hx_neuron_lane per Slots columns and row.
//
// Purpose, ports, timing: as in hx_neuron_array. Each lane is a pipeline of 12 stages, so NeuronPipe is 12 or more (spikes are
// delayed by the difference) and Slots at least 13. charge_any_i is not looked at: charges must be 0 when it is.
//
// Compartments: hx_neuron_network connects the lanes. While the roles of circuits change, a circuit sees the voltages its new
// representative read as a circuit alone, and what was given to a circuit that is no node vanishes after a step; with a fixed network
// everything is as in the simulation form.
//
// Reset: hold rst_ni low for at least Slots clocks; the memories are cleared one slot per clock.
`default_nettype none

module hx_neuron_array_synth #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned NeuronPipe = hx_spec_pkg::NeuronPipe,
    // Features of the lanes: conductance-based inputs; adaptation and exponential term.
    parameter bit Coba = 1'b1,
    parameter bit Adex = 1'b1,
    // Compartments, conductances between them, fire lines.
    parameter bit Compartments = 1'b0,
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

  localparam int unsigned All = 2 * Lanes;
  localparam int unsigned Pipe = 12;  // stages of a lane

  if (NeuronPipe < Pipe || Slots != 16 || Columns % Slots != 0) begin : gen_bad_parameters
    $error("hx_neuron_array_synth: NeuronPipe >= 12, Slots = hx_spec_pkg::Slots, Columns a multiple of Slots");
  end

  wire logic unused = charge_any_i;

  // Lane of a circuit, and whether it is built.
  function automatic logic [4:0] lane_of(input logic [8:0] circuit);
    lane_of = {circuit[8], circuit[7:4]};
  endfunction

  // Slot of a circuit: 15 - column % 16.
  function automatic logic [3:0] slot_of(input logic [3:0] column);
    slot_of = ~column;
  endfunction

  // ---------------------------------------------------------------- control shared by the lanes

  logic [Pipe:1] valid_q;  // bit k: stage k holds a slot
  logic [4*NeuronPipe-1:0] slots_q;  // slot of stage k in nibble k - 1
  logic [Slots-1:0] fresh_q;
  logic [3:0] clear_slot_q;
  logic pass_q;  // parity of the pass
  logic [7:1] passes_q;  // of stage k
  wire logic pass = pass_q ^ (slot_i == 4'd0);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) pass_q <= 1'b0;
    else if (run_i) pass_q <= pass;
    passes_q <= {passes_q[6:1], pass};
    slots_q <= {slots_q[4*NeuronPipe-5:0], slot_i};
    if (!rst_ni || !run_i) begin
      valid_q <= '0;
      fresh_q <= '1;
    end else begin
      valid_q <= {valid_q[Pipe-1:1], 1'b1};
      fresh_q[slot_i] <= 1'b0;
    end
    clear_slot_q <= rst_ni ? 4'd0 : clear_slot_q + 4'd1;
  end

  // ---------------------------------------------------------------- lanes

  wire logic [All-1:0] spike_s12;
  wire logic [All*44-1:0] code;
  wire logic [All*10-1:0] madc_s1;

  // Of and for the network, by lane; the number is the stage.
  wire logic [All*22-1:0] v_s0, near_s0, far_s0;
  wire logic [All*9-1:0] look_s0, other_s0, rep_s7, other_s7;
  wire logic [All-1:0] member_s7, clamp_s7, link_s7, clamp_s8, start_s11, line_s11;
  wire logic [All*23-1:0] current_s7, back_s7;
  wire logic [All*32-1:0] total_s8;

  for (genvar l = 0; l < All; l++) begin : gen_lane
    localparam int unsigned Column = (32'(l) % Lanes) * Slots;
    localparam int unsigned Block = Column / 128;  // backend block: 0 west, 1 east
    localparam int unsigned Row = 32'(l) / Lanes;
    localparam logic [4:0] Place = 5'(Row * 16 + Column / 16);

    wire logic [3:0] nreset = {
      nreset_valid_i[3] && lane_of(nreset_circuit_i[35:27]) == Place,
      nreset_valid_i[2] && lane_of(nreset_circuit_i[26:18]) == Place,
      nreset_valid_i[1] && lane_of(nreset_circuit_i[17:9]) == Place,
      nreset_valid_i[0] && lane_of(nreset_circuit_i[8:0]) == Place
    };

    // A circuit alone looks at itself.
    wire logic member_s0;
    wire logic [8:0] rep_s0;
    assign look_s0[9*l+:9] = member_s0 ? rep_s0 : {Place, ~slot_i};

    hx_neuron_lane #(
        .StepCycles(2 * Slots),
        .Coba(Coba),
        .Adex(Adex),
        .Compartments(Compartments)
    ) u_lane (
        .clk_i(clk_i),
        .slot_i(slot_i),
        .run_i(run_i && rst_ni),
        .fresh_i(fresh_q[slot_i]),
        .slot_s6_i(slots_q[4*5+:4]),
        .valid_s6_i(valid_q[6]),
        .slot_s12_i(slots_q[4*11+:4]),
        .valid_s11_i(valid_q[11] && run_i),
        .valid_s12_i(valid_q[12]),
        .charge_exc_i(charge_exc_i[12*l+:12]),
        .charge_inh_i(charge_inh_i[12*l+:12]),
        .bypass_exc_i(bypass_exc_i[l]),
        .bypass_inh_i(bypass_inh_i[l]),
        .clear_i(!rst_ni),
        .clear_slot_i(clear_slot_q),
        .ncfg_we_i(ncfg_we_i && lane_of(ncfg_circuit_i) == Place),
        .ncfg_slot_i(slot_of(ncfg_circuit_i[3:0])),
        .ncfg_word_i(ncfg_word_i),
        .ncfg_data_i(ncfg_data_i),
        .nbe_we_i(nbe_we_i && lane_of(nbe_circuit_i) == Place),
        .nbe_slot_i(slot_of(nbe_circuit_i[3:0])),
        .nbe_word_i(nbe_word_i),
        .nbe_data_i(nbe_data_i),
        .coef_we_i(coef_we_i && lane_of(coef_circuit_i) == Place),
        .coef_slot_i(slot_of(coef_circuit_i[3:0])),
        .coef_i(coef_i),
        .nreset_i(nreset),
        .nreset_slot_i({
          slot_of(nreset_circuit_i[30:27]), slot_of(nreset_circuit_i[21:18]), slot_of(nreset_circuit_i[12:9]),
          slot_of(nreset_circuit_i[3:0])
        }),
        .drop_commands_i(!rst_ni || !run_i),
        .force_reset_i(force_reset_i[Block]),
        .enable_clocks_i(enable_clocks_i[Block]),
        .clock_scale_slow_i(clock_scale_slow_i[4*Block+:4]),
        .clock_scale_fast_i(clock_scale_fast_i[4*Block+:4]),
        .clock_scale_adapt_i(clock_scale_adapt_i[4*Block+:4]),
        .spike_o(spike_s12[l]),
        .v_s0_o(v_s0[22*l+:22]),
        .member_s0_o(member_s0),
        .rep_s0_o(rep_s0),
        .other_s0_o(other_s0[9*l+:9]),
        .near_s0_i(near_s0[22*l+:22]),
        .far_s0_i(far_s0[22*l+:22]),
        .member_s7_o(member_s7[l]),
        .rep_s7_o(rep_s7[9*l+:9]),
        .current_s7_o(current_s7[23*l+:23]),
        .clamp_s7_o(clamp_s7[l]),
        .link_s7_o(link_s7[l]),
        .other_s7_o(other_s7[9*l+:9]),
        .back_s7_o(back_s7[23*l+:23]),
        .total_s8_i(total_s8[32*l+:32]),
        .clamp_s8_i(clamp_s8[l]),
        .start_s11_o(start_s11[l]),
        .line_s11_i(line_s11[l]),
        .sample_i(sample_i[Row]),
        .code_place_i({sample_quad_i[6*Row], sample_quad_i[6*Row+5]}),
        .code_o(code[44*l+:44]),
        .madc_code_o(madc_s1[10*l+:10])
    );
  end

  // ---------------------------------------------------------------- between the lanes

  if (Compartments) begin : gen_network
    hx_neuron_network #(
        .Columns(Columns),
        .Slots(Slots)
    ) u_network (
        .clk_i(clk_i),
        .clear_i(!rst_ni || !run_i),
        .run_i(run_i && rst_ni),
        .slot_i(slot_i),
        .pass_i(pass),
        .v_i(v_s0),
        .near_i(look_s0),
        .far_i(other_s0),
        .near_o(near_s0),
        .far_o(far_s0),
        .valid_s7_i(valid_q[7]),
        .slot_s7_i(slots_q[4*6+:4]),
        .pass_s7_i(passes_q[7]),
        .member_s7_i(member_s7),
        .rep_s7_i(rep_s7),
        .current_s7_i(current_s7),
        .clamp_s7_i(clamp_s7),
        .link_s7_i(link_s7),
        .other_s7_i(other_s7),
        .back_s7_i(back_s7),
        .total_s8_o(total_s8),
        .clamp_s8_o(clamp_s8),
        .nbe_we_i(nbe_we_i && nbe_word_i == 2'd3),
        .nbe_circuit_i(nbe_circuit_i),
        .nbe_bottom_i(nbe_data_i[hx_spec_pkg::NeuronBackendConfig_connect_fire_bottom_Lsb]),
        .nbe_right_i(nbe_data_i[hx_spec_pkg::NeuronBackendConfig_connect_fire_to_right_Lsb]),
        .power_on_i(!rst_ni),
        .valid_s11_i(valid_q[11] && run_i),
        .slot_s11_i(slots_q[4*10+:4]),
        .start_s11_i(start_s11),
        .line_s11_o(line_s11)
    );
  end else begin : gen_alone
    wire logic unused_network = &{
      1'b0, v_s0, look_s0, other_s0, member_s7, rep_s7, current_s7, clamp_s7, link_s7, other_s7, back_s7, start_s11, passes_q
    };
    assign {near_s0, far_s0, total_s8} = '0;
    assign {clamp_s8, line_s11} = '0;
  end

  // ---------------------------------------------------------------- spikes and codes

  if (NeuronPipe == Pipe) begin : gen_direct
    assign spike_o = spike_s12;
  end else begin : gen_delayed
    logic [All*(NeuronPipe-Pipe)-1:0] spikes_q;
    always_ff @(posedge clk_i) spikes_q[All-1:0] <= rst_ni && run_i ? spike_s12 : '0;
    for (genvar k = 1; k < NeuronPipe - Pipe; k++) begin : gen_stage
      always_ff @(posedge clk_i) spikes_q[All*k+:All] <= rst_ni && run_i ? spikes_q[All*(k-1)+:All] : '0;
    end
    assign spike_o = spikes_q[All*(NeuronPipe-Pipe-1)+:All];
  end

  assign spike_any_o = spike_o != '0;
  assign spike_slot_o = slots_q[4*(NeuronPipe-1)+:4];

  // MADC: the slot of the circuit was in the clock before.
  for (genvar m = 0; m < 2; m++) begin : gen_madc
    logic hit_q;
    logic [4:0] lane_q;
    logic [9:0] code_d, code_q;

    always_comb begin
      code_d = 10'd0;
      for (int unsigned k = 0; k < All; k++) begin
        if (lane_q == 5'(k / Lanes * 16 + k % Lanes)) code_d = madc_s1[10*k+:10];
      end
    end

    always_ff @(posedge clk_i) begin
      hit_q <= rst_ni && run_i && madc_on_i[m] && slot_of(madc_circuit_i[9*m+:4]) == slot_i
          && 32'(madc_circuit_i[9*m+:8]) < Columns;
      lane_q <= lane_of(madc_circuit_i[9*m+:9]);
      if (!rst_ni) code_q <= 10'd0;
      else if (hit_q) code_q <= code_d;
    end

    assign madc_code_o[10*m+:10] = code_q;
  end

  // Two quads of each parity per lane.
  for (genvar r = 0; r < 2; r++) begin : gen_row
    logic [43:0] code_d, code_q;

    always_comb begin
      code_d = 44'd0;
      for (int unsigned k = 0; k < Lanes; k++) begin
        if (sample_quad_i[6*r+1+:4] == 4'(k)) code_d = code[44*(r*Lanes+k)+:44];
      end
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) code_q <= 44'd0;
      else if (sample_read_i[r]) code_q <= code_d;
    end

    assign sample_code_o[44*r+:44] = code_q;
  end

endmodule

`default_nettype wire
