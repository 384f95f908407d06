// Factors of modulated synapse drivers: short-term plasticity and Hagen modulation of a hemisphere.
//
// Purpose: part of hx_synapse_array_synth. Rules: docs/decisions/synapse.md. One pipeline serves events and the recovery:
//   A  state and parameters of the driver are read
//   B  a step of the recovery that is due is made up for
//   C  factor; the event changes the state; write
// A step of the recovery flips a bit (`parity_q`); a state whose copy of the bit differs still has to make it. A sweep over all drivers
// uses the clocks in which no event needs stage A. It is done before the next step: events come at least 18 clocks apart, so that
// the 128 drivers take less than StpStep clocks.
//
// Timing: start_i in clock x (stage A) sets factor_o from x+3 on. Writes of clock w and changes of recovery_i in w+1 count for starts from
// w+2 on: events are one clock behind their grant here.
//
// Reset: rst_ni low puts all drivers at rest. Configuration and cells are SRAM: raw 0 at power-on, untouched by rst_ni.
`default_nettype none

module hx_synapse_stp #(
    parameter int unsigned Rows = hx_spec_pkg::Rows,
    parameter int unsigned StpStep = hx_spec_pkg::StpStep,
    // Derived, do not overwrite.
    localparam int unsigned Drivers = Rows / 2,
    localparam int unsigned DriverBits = $clog2(Drivers)
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // See hx_synapse_array.
    input wire logic drv_we_i,
    input wire logic [6:0] drv_index_i,
    input wire logic [1:0] drv_word_i,
    /* verilator lint_off UNUSEDSIGNAL */  // the other fields
    input wire logic [15:0] drv_wdata_i,
    /* verilator lint_on UNUSEDSIGNAL */
    input wire logic [1:0] cell_we_i,
    input wire logic [2:0] cell_index_i,
    input wire logic [9:0] cell_wdata_i,
    input wire logic [4:0] recovery_i,

    // A driver with enable_stp starts to react to an event; Hagen modulation or not; label bits 4..0.
    input wire logic start_i,
    input wire logic hagen_i,
    input wire logic [DriverBits-1:0] driver_i,
    input wire logic [4:0] code_i,
    // 256 is 1.0.
    output wire logic [8:0] factor_o
);

  localparam int unsigned StepBits = $clog2(StpStep);
  localparam int unsigned UtilizationLsb = hx_spec_pkg::SynapseDriverConfig_utilization_Lsb;
  localparam int unsigned RecoveryLsb = hx_spec_pkg::SynapseDriverConfig_recovery_Lsb;
  localparam int unsigned SelectLsb = hx_spec_pkg::SynapseDriverConfig_select_target_voltages_Lsb;
  localparam int unsigned StpLsb = hx_spec_pkg::SynapseDriverConfig_enable_stp_Lsb;
  localparam int unsigned EnableLsb = hx_spec_pkg::SynapseDriverConfig_enable_recovery_Lsb;

  // ---------------------------------------------------------------------------------------------------------------------
  // Constants

  // Part of the distance that a step leaves, of 65536; index {recovery, min(speed, StepBits)}.
  logic [15:0] decay_rom[256];
  logic [31:0] decay;
  // Hagen factors by code.
  logic [8:0] hagen_rom[32];
  initial begin
    for (int unsigned r = 0; r < 16; r++) begin
      for (int unsigned v = 0; v < 16; v++) begin
        decay = 32'd65536 - ((r % 2 == 1 ? 32'd46341 : 32'd65536) >> (r / 2 + 1));
        for (int unsigned i = 0; i < StepBits; i++) begin
          if (i >= v) decay = (decay * decay + 32'd32768) >> 16;
        end
        decay_rom[16*r+v] = decay[15:0];
      end
    end
    for (int unsigned c = 0; c < 32; c++) hagen_rom[c] = 9'((512 * (c == 0 ? 31 : 32 - c) + 31) / 62);
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Configuration. Writes are made one clock late.

  logic drv_we_q;
  logic [DriverBits-1:0] drv_index_q;
  logic [1:0] drv_word_q;
  logic [3:0] drv_utilization_q;
  logic [3:0] drv_recovery_q;
  logic [2:0] drv_mode_q;
  logic [1:0] cell_we_q;
  logic [2:0] cell_index_q;
  logic [9:0] cell_wdata_q;

  initial drv_we_q = 0;
  initial cell_we_q = 0;

  always_ff @(posedge clk_i) begin
    drv_we_q <= drv_we_i && 32'(drv_index_i) < Drivers;
    drv_index_q <= DriverBits'(drv_index_i);
    drv_word_q <= drv_word_i;
    drv_utilization_q <= drv_wdata_i[UtilizationLsb+:4];
    // Stored in reversed order.
    drv_recovery_q <= {drv_wdata_i[RecoveryLsb], drv_wdata_i[RecoveryLsb+1], drv_wdata_i[RecoveryLsb+2], drv_wdata_i[RecoveryLsb+3]};
    drv_mode_q <= {drv_wdata_i[StpLsb], drv_wdata_i[EnableLsb], drv_wdata_i[SelectLsb]};
    cell_we_q <= cell_we_i;
    cell_index_q <= cell_index_i;
    cell_wdata_q <= cell_wdata_i;
  end

  logic [3:0] utilization_q[Drivers];
  logic [3:0] recovery_setting_q[Drivers];
  // {enable_stp, enable_recovery, select_target_voltages}
  logic [2:0] mode_q[Drivers];
  // Raw cells, one after the other.
  logic [8*10-1:0] cells_q;
  logic [4:0] recovery_q;

  initial cells_q = 0;
`ifndef SYNTHESIS
  initial begin
    for (int unsigned d = 0; d < Drivers; d++) begin
      utilization_q[d] = 0;
      recovery_setting_q[d] = 0;
      mode_q[d] = 0;
    end
  end
`endif

  logic [9:0] cell_now;
  logic [9:0] cell_new;
  logic rest_driver;
  logic rest_all;

  always_comb begin
    cell_now = 0;
    for (int unsigned c = 0; c < 8; c++) begin
      if (cell_index_q == 3'(c)) cell_now = cells_q[10*c+:10];
    end
    cell_new = {cell_we_q[1] ? cell_wdata_q[9:8] : cell_now[9:8], cell_we_q[0] ? cell_wdata_q[7:0] : cell_now[7:0]};
    rest_driver = drv_we_q && ((drv_word_q == 1 && recovery_setting_q[drv_index_q] != drv_recovery_q)
        || (drv_word_q == 2 && mode_q[drv_index_q] != drv_mode_q));
    rest_all = (cell_index_q[1] && cell_new != cell_now) || recovery_i != recovery_q;
  end

  always_ff @(posedge clk_i) begin
    if (drv_we_q && drv_word_q == 0) utilization_q[drv_index_q] <= drv_utilization_q;
    if (drv_we_q && drv_word_q == 1) recovery_setting_q[drv_index_q] <= drv_recovery_q;
    if (drv_we_q && drv_word_q == 2) mode_q[drv_index_q] <= drv_mode_q;
    for (int unsigned c = 0; c < 8; c++) begin
      if (cell_index_q == 3'(c)) cells_q[10*c+:10] <= cell_new;
    end
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Recovery clock

  logic [14:0] clocks_q;
  logic step_q;
  logic parity_q;
  logic sweep_q;
  logic [DriverBits-1:0] sweep_driver_q;
  logic sweep_next;
  // A step happens in the clock in which these bits are ones.
  logic [14:0] period_mask;
  logic step;

  always_comb begin
    period_mask = 15'((16'd1 << (recovery_q[3:0] < 4'(StepBits) ? 4'(StepBits) : recovery_q[3:0])) - 16'd1);
    step = recovery_q[4] && (clocks_q | ~period_mask) == 15'h7fff;
  end

  always_ff @(posedge clk_i) begin
    recovery_q <= recovery_i;
    clocks_q <= step ? 15'd0 : clocks_q + 15'd1;
    step_q <= step;
    // The clock of the change is the first one that counts.
    if (recovery_i != recovery_q) begin
      clocks_q <= 1;
      step_q <= 0;
    end
    if (sweep_next) begin
      sweep_driver_q <= sweep_driver_q + 1'b1;
      if (32'(sweep_driver_q) == Drivers - 1) sweep_q <= 0;
    end
    if (step_q) begin
      parity_q <= ~parity_q;
      sweep_q <= 1;
      sweep_driver_q <= 0;
    end
    if (!rst_ni) begin
      clocks_q <= 0;
      step_q <= 0;
    end
  end
  initial parity_q = 0;
  initial sweep_q = 0;
  initial sweep_driver_q = 0;
  initial recovery_q = 0;

  // ---------------------------------------------------------------------------------------------------------------------
  // Stage A

  // {parity, state}
  logic [17:0] state_q[Drivers];
  logic [Drivers-1:0] rest_q;
`ifndef SYNTHESIS
  initial begin
    for (int unsigned d = 0; d < Drivers; d++) state_q[d] = 0;
  end
`endif
  initial rest_q = '1;

  logic use_state;
  logic visit;
  logic [DriverBits-1:0] driver;
  logic [17:0] state;
  /* verilator lint_off UNUSEDSIGNAL */
  logic [2:0] mode;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [9:0] cell_charge;
  logic [9:0] cell_recover;

  assign use_state = start_i & ~hagen_i;
  assign driver = use_state ? driver_i : sweep_driver_q;
  assign state = state_q[driver];
  assign mode = mode_q[driver];

  always_comb begin
    case ({driver[0], mode[0]})
      2'd0: begin
        cell_charge = cells_q[0+:10];
        cell_recover = cells_q[20+:10];
      end
      2'd1: begin
        cell_charge = cells_q[10+:10];
        cell_recover = cells_q[30+:10];
      end
      2'd2: begin
        cell_charge = cells_q[40+:10];
        cell_recover = cells_q[60+:10];
      end
      default: begin
        cell_charge = cells_q[50+:10];
        cell_recover = cells_q[70+:10];
      end
    endcase
  end

  // In stage B.
  logic b_event_q;
  logic b_visit_q;
  logic b_hagen_q;
  logic b_rest_q;
  logic b_parity_q;
  logic b_recovers_q;
  logic [4:0] b_code_q;
  logic [DriverBits-1:0] b_driver_q;
  logic [16:0] b_state_q;
  logic [16:0] b_charge_q;
  logic [16:0] b_recover_q;
  logic [3:0] b_utilization_q;
  logic [15:0] b_decay_q;
  // In stage C.
  logic c_write_q;
  logic c_event_q;
  logic c_hagen_q;
  logic c_parity_q;
  logic [DriverBits-1:0] c_driver_q;
  logic [16:0] c_state_q;
  logic [16:0] c_charge_q;
  logic [3:0] c_utilization_q;
  logic [8:0] c_hagen_factor_q;

  // A state on its way back to the memory is read again later.
  assign visit = sweep_q & ~use_state & ~(b_event_q && b_driver_q == sweep_driver_q) & ~(c_event_q && c_driver_q == sweep_driver_q);
  assign sweep_next = visit;

  function automatic logic [16:0] voltage(input logic [9:0] value);
    voltage = value == 10'd1023 ? 17'h1ffff : {value, 7'd0} + {9'd0, value[9:2]};
  endfunction

  always_ff @(posedge clk_i) begin
    b_event_q <= use_state;
    b_visit_q <= visit;
    b_hagen_q <= start_i & hagen_i;
    b_rest_q <= rest_q[driver];
    b_parity_q <= parity_q;
    b_recovers_q <= mode[1] && state[17] != parity_q;
    b_code_q <= code_i;
    b_driver_q <= driver;
    b_state_q <= state[16:0];
    b_charge_q <= voltage(cell_charge);
    b_recover_q <= voltage(cell_recover);
    b_utilization_q <= utilization_q[driver];
    b_decay_q <= decay_rom[{recovery_setting_q[driver], recovery_q[3:0]}];
  end

  always_ff @(posedge clk_i) begin
    if (use_state) rest_q[driver_i] <= 0;
    if (rest_driver) rest_q[drv_index_q] <= 1;
    if (rest_all || !rst_ni) rest_q <= '1;
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Stage B

  logic signed [17:0] distance;
  logic signed [34:0] product;
  logic [16:0] recovered;

  always_comb begin
    distance = $signed({1'b0, b_state_q}) - $signed({1'b0, b_recover_q});
    product = distance * $signed({1'b0, b_decay_q});
    recovered = b_recover_q + 17'((product + 35'sd32768) >>> 16);
  end

  always_ff @(posedge clk_i) begin
    c_write_q <= b_event_q | b_visit_q;
    c_event_q <= b_event_q;
    c_hagen_q <= b_hagen_q;
    c_parity_q <= b_parity_q;
    c_driver_q <= b_driver_q;
    c_charge_q <= b_charge_q;
    c_utilization_q <= b_utilization_q;
    c_hagen_factor_q <= hagen_rom[b_code_q];
    if (b_rest_q) c_state_q <= b_recover_q;
    else if (b_recovers_q) c_state_q <= recovered;
    else c_state_q <= b_state_q;
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Stage C

  logic [8:0] factor_q;
  logic signed [17:0] wish;
  logic signed [22:0] change;
  logic [16:0] used;

  always_comb begin
    wish = $signed({1'b0, c_charge_q}) - $signed({1'b0, c_state_q});
    change = wish * $signed({1'b0, c_utilization_q}) + 23'sd8;
    used = c_state_q + 17'(change >>> 4);
  end

  always_ff @(posedge clk_i) begin
    if (c_write_q) state_q[c_driver_q] <= {c_parity_q, c_event_q ? used : c_state_q};
    // (state + 256) / 512
    if (c_event_q) factor_q <= {1'b0, c_state_q[16:9]} + {8'd0, c_state_q[8]};
    if (c_hagen_q) factor_q <= c_hagen_factor_q;
  end

  assign factor_o = factor_q;

endmodule

`default_nettype wire
