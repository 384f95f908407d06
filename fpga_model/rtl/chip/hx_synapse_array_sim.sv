// hx_synapse_array for simulation: ports and behaviour are described there.
//
// Made for speed under Verilator (arrays and loops that gcc vectorises; everything behind a condition), not for synthesis:
// * An event is charged in the clock of its grant, into the bank of the interval that contains the grant + PadiPipe. There are
//   three banks: running interval, next interval, previous interval (read out slot by slot).
// * RowPort = 0: the sum over all rows of an event depends on bus and label only, until a synapse or driver of the bus is
//   written. It is kept (`kept_*`) and marked with the number of writes it has seen; most events only add a kept vector. Rows of
//   modulated drivers are not in it: they are added to a copy.
// * The state of the short-term plasticity is brought up to date when an event needs it.
// * Loops with `if` around them are tasks with no_inline_task, so that their counters stay local.
`default_nettype none

// One clocked block with blocking assignments; its tasks touch variables of the module, safe because no other block does. Builds
// of some parameters use neither kept sums nor ports.
/* verilator lint_off BLKSEQ */
/* verilator lint_off IMPURE */
/* verilator lint_off UNUSEDSIGNAL */
module hx_synapse_array_sim #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Rows = hx_spec_pkg::Rows,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned PadiPorts = hx_spec_pkg::PadiPorts,
    parameter int unsigned RowPort = hx_spec_pkg::RowPort,
    parameter int unsigned PadiPipe = hx_spec_pkg::PadiPipe,
    // Derived, do not overwrite.
    localparam int unsigned Lanes = Columns / Slots
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    input wire logic mem_en_i,
    input wire logic mem_we_i,
    input wire logic [9:0] mem_row_i,
    input wire logic [5:0] mem_quad_i,
    input wire logic [31:0] mem_wmask_i,
    input wire logic [31:0] mem_wdata_i,
    output logic [31:0] mem_rdata_o,

    input wire logic drv_we_i,
    input wire logic [6:0] drv_index_i,
    input wire logic [1:0] drv_word_i,
    input wire logic [15:0] drv_wdata_i,

    input wire logic [1:0] cell_we_i,
    input wire logic [2:0] cell_index_i,
    input wire logic [9:0] cell_wdata_i,
    input wire logic [4:0] recovery_i,

    input wire logic [3:0] ev_valid_i,
    output logic [3:0] ev_ready_o,
    input wire logic [4*11-1:0] ev_label_i,
    input wire logic [4*4-1:0] ev_ext_i,

    input wire logic [3:0] slot_i,
    input wire logic step_last_i,

    output logic charge_any_o,
    output logic [Lanes*12-1:0] charge_exc_o,
    output logic [Lanes*12-1:0] charge_inh_o,
    output logic [Lanes-1:0] bypass_exc_o,
    output logic [Lanes-1:0] bypass_inh_o
);

  // ---------------------------------------------------------------------------------------------------------------------
  // The inputs of this clock, copied by tasks that get them as arguments: Verilator does not see what a task that is not inlined
  // reads, so a task that read an input itself might find the value of the next clock (inputs are registers of other modules).

  logic mem_we_s;
  logic [9:0] mem_row_s;
  logic [5:0] mem_quad_s;
  logic [31:0] mem_wmask_s;
  logic [31:0] mem_wdata_s;
  logic [1:0] drv_word_s;
  logic [15:0] drv_wdata_s;
  logic [1:0] cell_we_s;
  logic [9:0] cell_wdata_s;
  logic [3:0] ev_taken_s;
  logic [43:0] ev_label_s;
  logic [15:0] ev_ext_s;

  task copy_memory(input logic we, input logic [9:0] row, input logic [5:0] quad, input logic [31:0] wmask, input logic [31:0] wdata);
    /*verilator no_inline_task*/
    mem_we_s = we;
    mem_row_s = row;
    mem_quad_s = quad;
    mem_wmask_s = wmask;
    mem_wdata_s = wdata;
  endtask

  task copy_driver(input logic [1:0] driver_word, input logic [15:0] wdata);
    /*verilator no_inline_task*/
    drv_word_s = driver_word;
    drv_wdata_s = wdata;
  endtask

  task copy_cell(input logic [1:0] bytes, input logic [9:0] wdata);
    /*verilator no_inline_task*/
    cell_we_s = bytes;
    cell_wdata_s = wdata;
  endtask

  task copy_events(input logic [3:0] taken, input logic [43:0] labels, input logic [15:0] ext);
    /*verilator no_inline_task*/
    ev_taken_s = taken;
    ev_label_s = labels;
    ev_ext_s = ext;
  endtask

  localparam int unsigned PhysicalRows = 2 * Rows + 4;
  localparam int unsigned Quads = Columns / 4;
  localparam int unsigned HalfQuads = Columns / 8;
  localparam int unsigned Drivers = Rows / 2;
  localparam int unsigned BusDrivers = Drivers / 4;
  // Three are used; a power of two needs no check of the index.
  localparam int unsigned Banks = 4;
  localparam logic [15:0] Saturated = 4095;
  localparam int unsigned BypassCharge = 256;
  // Recovery clocks below this power of two make several ticks at once.
  localparam int unsigned StepBits = $clog2(hx_spec_pkg::StpStep);

  // SynapseDriverConfig, words 0 to 2.
  localparam int unsigned Utilization = hx_spec_pkg::SynapseDriverConfig_utilization_Lsb;
  localparam int unsigned EnableHagenDac = hx_spec_pkg::SynapseDriverConfig_enable_hagen_dac_Lsb;
  localparam int unsigned Recovery = hx_spec_pkg::SynapseDriverConfig_recovery_Lsb;  // bits stored in reversed order
  localparam int unsigned SelectTargetVoltages = hx_spec_pkg::SynapseDriverConfig_select_target_voltages_Lsb;
  localparam int unsigned EnableHagenModulation = hx_spec_pkg::SynapseDriverConfig_enable_hagen_modulation_Lsb;
  localparam int unsigned EnableStp = hx_spec_pkg::SynapseDriverConfig_enable_stp_Lsb;
  localparam int unsigned EnableRecovery = hx_spec_pkg::SynapseDriverConfig_enable_recovery_Lsb;
  localparam int unsigned RowAddressCompareMask = hx_spec_pkg::SynapseDriverConfig_row_address_compare_mask_Lsb;
  localparam int unsigned EnableAddressOutN = hx_spec_pkg::SynapseDriverConfig_enable_address_out_Lsb;  // stored inverted
  localparam int unsigned EnableReceiver = hx_spec_pkg::SynapseDriverConfig_enable_receiver_Lsb;
  localparam int unsigned RowModeBottomExc = hx_spec_pkg::SynapseDriverConfig_row_mode_bottom_P0_Lsb;
  localparam int unsigned RowModeBottomInh = hx_spec_pkg::SynapseDriverConfig_row_mode_bottom_P1_Lsb;
  localparam int unsigned RowModeTopExc = hx_spec_pkg::SynapseDriverConfig_row_mode_top_P0_Lsb;
  localparam int unsigned RowModeTopInh = hx_spec_pkg::SynapseDriverConfig_row_mode_top_P1_Lsb;

  // ---------------------------------------------------------------------------------------------------------------------
  // Storage. Not in any reset: SRAM of the contract. Signs: 0 = excitatory, 1 = inhibitory.

  // Words as written.
  logic [31:0] memory_q[PhysicalRows][Quads];
  // What events need of them: {label, weight decoded}, a byte each; after XOR with the label of an event the weight remains if
  // the labels are equal, else something above 63.
  logic [15:0] synapse_q[Rows][Slots][Lanes];
  // Column switches as masks of the charges.
  logic [15:0] switch_q[2][Slots][Lanes];

  // Driver words as written, and what events need of them.
  logic [15:0] driver_word0_q[Drivers];
  logic [15:0] driver_word1_q[Drivers];
  logic [15:0] driver_word2_q[Drivers];
  // Drivers of a bus with enable_stp, and which of them with Hagen modulation.
  logic [31:0] modulated_q[4];
  logic [31:0] hagen_q[4];
  // Bit k: driver k of the bus reacts to the row select.
  logic [31:0] reacting_q[4][32];
  logic row_enabled_q[Rows][2];
  // Label bits that the driver sends, in the place of the label in synapse_q.
  logic [15:0] label_mask_q[Drivers];
  // Number of writes that events of the bus depend on.
  longint unsigned writes_q[4];

  initial begin
    for (int unsigned d = 0; d < Drivers; d++) begin
      driver_word0_q[d] = 0;
      driver_word1_q[d] = 0;
      driver_word2_q[d] = 0;
      label_mask_q[d] = 16'h3f00;
    end
    for (int unsigned b = 0; b < 4; b++) begin
      for (int unsigned s = 0; s < 32; s++) reacting_q[b][s] = 0;
      writes_q[b] = 1;
      modulated_q[b] = 0;
      hagen_q[b] = 0;
    end
    for (int unsigned r = 0; r < PhysicalRows; r++) begin
      for (int unsigned q = 0; q < Quads; q++) memory_q[r][q] = 0;
    end
    for (int unsigned r = 0; r < Rows; r++) begin
      row_enabled_q[r][0] = 0;
      row_enabled_q[r][1] = 0;
      for (int unsigned s = 0; s < Slots; s++) begin
        for (int unsigned l = 0; l < Lanes; l++) synapse_q[r][s][l] = 0;
      end
    end
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        switch_q[0][s][l] = 0;
        switch_q[1][s][l] = 0;
      end
    end
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Writes and reads

  logic [31:0] read_q;
  logic read_pending_q;

  task set_byte(input int unsigned row, input int unsigned slot, input int unsigned lane, input logic [7:0] value);
    /*verilator no_inline_task*/
    if (row < 2 * Rows) begin
      // Stored weight bits: 5 = w5, 4 = w0, 3 = w1, 2 = w2, 1 = w3, 0 = w4.
      if (row % 2 == 0) begin
        synapse_q[row/2][slot][lane][7:0] = {2'b00, value[5], value[0], value[1], value[2], value[3], value[4]};
      end else begin
        synapse_q[row/2][slot][lane][15:8] = {2'b00, value[5:0]};
      end
    end else if (row == 2 * Rows) begin
      switch_q[0][slot][lane] = value[6] ? 16'hffff : 16'h0000;
      switch_q[1][slot][lane] = value[7] ? 16'hffff : 16'h0000;
    end
  endtask

  // Entry e of the quad is column 8 * half + 2 * e + parity.
  task write_memory(input int unsigned row, input int unsigned half, input int unsigned parity);
    /*verilator no_inline_task*/
    memory_q[row][parity*HalfQuads+half] = (memory_q[row][parity*HalfQuads+half] & ~mem_wmask_s)
        | (mem_wdata_s & mem_wmask_s);
    for (int unsigned e = 0; e < 4; e++) begin
      set_byte(row, Slots - 1 - (8 * half + 2 * e + parity) % Slots, (8 * half + 2 * e + parity) / Slots,
               memory_q[row][parity*HalfQuads+half][8*(3-e)+:8]);
    end
    if (row < 2 * Rows) writes_q[(row/4)%4] = writes_q[(row/4)%4] + 1;
  endtask

  task access_memory();
    /*verilator no_inline_task*/
    if (32'(mem_row_s) < PhysicalRows && 32'(mem_quad_s[4:0]) < HalfQuads) begin
      if (mem_we_s) write_memory(32'(mem_row_s), 32'(mem_quad_s[4:0]), 32'(mem_quad_s[5]));
      else read_q = memory_q[32'(mem_row_s)][32'(mem_quad_s[5])*HalfQuads+32'(mem_quad_s[4:0])];
    end else if (!mem_we_s) begin
      read_q = 0;
    end
    read_pending_q = !mem_we_s;
  endtask

  // ---------------------------------------------------------------------------------------------------------------------
  // Short-term plasticity. A state is what it was after step stp_step_q of the recovery; 131071 is 1.0.

  longint stp_state_q[Drivers];
  longint unsigned stp_step_q[Drivers];
  logic stp_rest_q[Drivers];
  logic [9:0] cell_q[8];
  logic [4:0] recovery_q;
  // Clocks until the next step, steps so far.
  int unsigned step_clocks_q;
  longint unsigned steps_q;
  // Part of the distance that a step leaves, of 65536, by recovery and speed.
  longint decay_q[16][16];
  // Of the driver in work: voltages, factor.
  longint target_q;
  longint next_state_q;
  int unsigned factor_q;

  initial begin
    for (int unsigned d = 0; d < Drivers; d++) begin
      stp_rest_q[d] = 1;
      stp_state_q[d] = 0;
      stp_step_q[d] = 0;
    end
    for (int unsigned c = 0; c < 8; c++) cell_q[c] = 0;
    for (int unsigned r = 0; r < 16; r++) begin
      for (int unsigned v = 0; v < 16; v++) begin
        decay_q[r][v] = 64'd65536 - ((r % 2 == 1 ? 64'd46341 : 64'd65536) >> (r / 2 + 1));
        for (int unsigned i = v; i < StepBits; i++) decay_q[r][v] = (decay_q[r][v] * decay_q[r][v] + 64'd32768) >> 16;
      end
    end
    recovery_q = 0;
    step_clocks_q = 0;
    steps_q = 0;
  end

  task rest_all();
    /*verilator no_inline_task*/
    for (int unsigned d = 0; d < Drivers; d++) stp_rest_q[d] = 1;
  endtask

  task restart_recovery(input logic [4:0] configuration);
    /*verilator no_inline_task*/
    recovery_q = configuration;
    step_clocks_q = 1 << (32'(configuration[3:0]) < StepBits ? StepBits : 32'(configuration[3:0]));
    rest_all();
  endtask

  task write_cell(input int unsigned index);
    /*verilator no_inline_task*/
    if (index % 4 >= 2) begin
      if ((cell_we_s[0] & (cell_q[index][7:0] != cell_wdata_s[7:0])) | (cell_we_s[1] & (cell_q[index][9:8] != cell_wdata_s[9:8]))) begin
        rest_all();
      end
    end
    if (cell_we_s[0]) cell_q[index][7:0] = cell_wdata_s[7:0];
    if (cell_we_s[1]) cell_q[index][9:8] = cell_wdata_s[9:8];
  endtask

  task find_target(input int unsigned index);
    /*verilator no_inline_task*/
    target_q = cell_q[index] == 10'd1023 ? 64'd131071 : (64'(cell_q[index]) << 7) + (64'(cell_q[index]) >> 2);
  endtask

  // Steps until the present, or until nothing changes any more.
  task recover(input int unsigned driver, input int unsigned recovery);
    /*verilator no_inline_task*/
    while (stp_step_q[driver] != steps_q) begin
      next_state_q = target_q + (((stp_state_q[driver] - target_q) * decay_q[recovery][32'(recovery_q[3:0])] + 64'sd32768) >>> 16);
      stp_step_q[driver] = (next_state_q == stp_state_q[driver]) ? steps_q : stp_step_q[driver] + 1;
      stp_state_q[driver] = next_state_q;
    end
  endtask

  // The factor for an event; changes the state.
  task use_stp(input int unsigned driver);
    /*verilator no_inline_task*/
    find_target(4 * (driver % 2) + 2 + 32'(driver_word2_q[driver][SelectTargetVoltages]));
    if (stp_rest_q[driver]) begin
      stp_state_q[driver] = target_q;
    end else if (driver_word2_q[driver][EnableRecovery]) begin
      recover(driver, 32'({driver_word1_q[driver][Recovery], driver_word1_q[driver][Recovery+1], driver_word1_q[driver][Recovery+2],
                           driver_word1_q[driver][Recovery+3]}));
    end
    stp_step_q[driver] = steps_q;
    stp_rest_q[driver] = 0;
    factor_q = 32'((stp_state_q[driver] + 64'sd256) >>> 9);
    find_target(4 * (driver % 2) + 32'(driver_word2_q[driver][SelectTargetVoltages]));
    stp_state_q[driver] = stp_state_q[driver]
        + (((target_q - stp_state_q[driver]) * $signed({60'd0, driver_word0_q[driver][Utilization+:4]}) + 64'sd8) >>> 4);
  endtask

  // Sets factor_q for an event on a driver with enable_stp.
  task find_factor(input int unsigned driver, input int unsigned code, input logic hagen);
    /*verilator no_inline_task*/
    if (hagen) factor_q = (512 * (code == 0 ? 31 : 32 - code) + 31) / 62;
    else use_stp(driver);
  endtask

  // ---------------------------------------------------------------------------------------------------------------------
  // Driver configuration

  task write_driver(input int unsigned driver);
    /*verilator no_inline_task*/
    if (drv_word_s == 1 && driver_word1_q[driver][Recovery+:4] != drv_wdata_s[Recovery+:4]) stp_rest_q[driver] = 1;
    if (drv_word_s == 2 && {driver_word2_q[driver][SelectTargetVoltages], driver_word2_q[driver][EnableStp],
        driver_word2_q[driver][EnableRecovery]}
        != {drv_wdata_s[SelectTargetVoltages], drv_wdata_s[EnableStp], drv_wdata_s[EnableRecovery]}) begin
      stp_rest_q[driver] = 1;
    end
    if (drv_word_s == 0) driver_word0_q[driver] = drv_wdata_s;
    if (drv_word_s == 1) driver_word1_q[driver] = drv_wdata_s;
    if (drv_word_s == 2) driver_word2_q[driver] = drv_wdata_s;
    modulated_q[driver%4][driver/4] = driver_word2_q[driver][EnableStp];
    hagen_q[driver%4][driver/4] = driver_word0_q[driver][EnableHagenDac] & driver_word2_q[driver][EnableHagenModulation];
    label_mask_q[driver] = driver_word0_q[driver][EnableAddressOutN] ? 16'h2000 : 16'h3f00;
    row_enabled_q[2*driver][0] = driver_word1_q[driver][RowModeBottomExc];
    row_enabled_q[2*driver+1][0] = driver_word1_q[driver][RowModeTopExc];
    row_enabled_q[2*driver][1] = driver_word1_q[driver][RowModeBottomInh];
    row_enabled_q[2*driver+1][1] = driver_word1_q[driver][RowModeTopInh];
    for (int unsigned s = 0; s < 32; s++) begin
      reacting_q[driver%4][s][driver/4] = driver_word0_q[driver][EnableReceiver]
          & (((5'(s) ^ 5'(driver / 4)) & driver_word0_q[driver][RowAddressCompareMask+:5]) == 0);
    end
    writes_q[driver%4] = writes_q[driver%4] + 1;
  endtask

  // ---------------------------------------------------------------------------------------------------------------------
  // Accumulators

  logic [15:0] charge_q[Banks][2][Slots][Lanes];
  logic [15:0] mark_q[Banks][2][Slots][Lanes];
  // The bank holds a charge; a mark.
  logic charged_q[Banks];
  logic marked_q[Banks];
  // Banks of the running, the next and the previous interval.
  int unsigned running_q;
  int unsigned next_q;
  int unsigned previous_q;

  task clear_bank(input int unsigned bank);
    /*verilator no_inline_task*/
    charged_q[bank] = 0;
    marked_q[bank] = 0;
    for (int unsigned x = 0; x < 2; x++) begin
      for (int unsigned s = 0; s < Slots; s++) begin
        for (int unsigned l = 0; l < Lanes; l++) begin
          charge_q[bank][x][s][l] = 0;
          mark_q[bank][x][s][l] = 0;
        end
      end
    end
  endtask

  // ---------------------------------------------------------------------------------------------------------------------
  // Events, all rows in one clock (RowPort = 0)

  // Value of writes_q when the vectors of {bus, label} were made.
  longint unsigned kept_at_q[4*2048];
  // Sum of the weights of all active synapses, at most 64 rows * 63; its largest value over the columns.
  logic [15:0] kept_q[4*2048][2][Slots][Lanes];
  logic [31:0] kept_max_q[4*2048][2];

  task sum_row(input int unsigned entry, input int unsigned sign, input int unsigned row, input logic [15:0] key);
    /*verilator no_inline_task*/
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        kept_q[entry][sign][s][l] = kept_q[entry][sign][s][l]
            + (((synapse_q[row][s][l] ^ key) < 16'd64) ? (synapse_q[row][s][l] ^ key) : 16'd0);
      end
    end
  endtask

  task make_kept(input int unsigned entry, input int unsigned bus);
    /*verilator no_inline_task*/
    kept_at_q[entry] = writes_q[bus];
    for (int unsigned x = 0; x < 2; x++) begin
      kept_max_q[entry][x] = 0;
      for (int unsigned s = 0; s < Slots; s++) begin
        for (int unsigned l = 0; l < Lanes; l++) kept_q[entry][x][s][l] = 0;
      end
      for (int unsigned j = 0; j < 2 * BusDrivers; j++) begin
        if (reacting_q[bus][(entry/64)%32][j/2] & ~modulated_q[bus][j/2] & row_enabled_q[8*(j/2)+2*bus+j%2][x]) begin
          sum_row(entry, x, 8 * (j / 2) + 2 * bus + j % 2, {2'b00, 6'(entry), 8'h00} & label_mask_q[4*(j/2)+bus]);
        end
      end
      for (int unsigned s = 0; s < Slots; s++) begin
        for (int unsigned l = 0; l < Lanes; l++) begin
          if (32'(kept_q[entry][x][s][l]) > kept_max_q[entry][x]) kept_max_q[entry][x] = 32'(kept_q[entry][x][s][l]);
        end
      end
    end
  endtask

  // Without pulse extension: everything fits 16 bits.
  task add_kept(input int unsigned bank, input int unsigned sign, input int unsigned entry);
    /*verilator no_inline_task*/
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        charge_q[bank][sign][s][l] = (charge_q[bank][sign][s][l] + kept_q[entry][sign][s][l] > Saturated) ? Saturated
            : charge_q[bank][sign][s][l] + kept_q[entry][sign][s][l];
      end
    end
  endtask

  task add_scaled(input int unsigned bank, input int unsigned sign, input int unsigned entry, input int unsigned factor);
    /*verilator no_inline_task*/
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        charge_q[bank][sign][s][l] = 16'(
            (32'(charge_q[bank][sign][s][l]) + 32'(kept_q[entry][sign][s][l]) * factor > 32'(Saturated)) ? 32'(Saturated)
            : 32'(charge_q[bank][sign][s][l]) + 32'(kept_q[entry][sign][s][l]) * factor);
      end
    end
  endtask

  task mark_kept(input int unsigned bank, input int unsigned sign, input int unsigned entry, input int unsigned factor);
    /*verilator no_inline_task*/
    marked_q[bank] = 1;
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        mark_q[bank][sign][s][l] = mark_q[bank][sign][s][l]
            | ((32'(kept_q[entry][sign][s][l]) * factor >= BypassCharge) ? 16'd1 : 16'd0);
      end
    end
  endtask

  // Sum of an event with modulated drivers; what a row of one brings.
  logic [15:0] sum_q[2][Slots][Lanes];
  logic [31:0] sum_max_q[2];
  logic [15:0] row_charge_q[Slots][Lanes];

  // Pulse of a row with a factor.
  task pulse_row(input int unsigned row, input logic [15:0] key, input logic [15:0] factor);
    /*verilator no_inline_task*/
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        row_charge_q[s][l] = (((synapse_q[row][s][l] ^ key) < 16'd64) ? (synapse_q[row][s][l] ^ key) * factor + 16'd128 : 16'd0) >> 8;
      end
    end
  endtask

  task sum_kept(input int unsigned entry);
    /*verilator no_inline_task*/
    for (int unsigned x = 0; x < 2; x++) begin
      for (int unsigned s = 0; s < Slots; s++) begin
        for (int unsigned l = 0; l < Lanes; l++) sum_q[x][s][l] = kept_q[entry][x][s][l];
      end
    end
  endtask

  task sum_pulse(input int unsigned sign);
    /*verilator no_inline_task*/
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) sum_q[sign][s][l] = sum_q[sign][s][l] + row_charge_q[s][l];
    end
  endtask

  // Index: of the driver on its bus.
  task sum_driver(input int unsigned bus, input int unsigned label, input int unsigned index);
    /*verilator no_inline_task*/
    if (row_enabled_q[8*index+2*bus][0] | row_enabled_q[8*index+2*bus][1] | row_enabled_q[8*index+2*bus+1][0]
        | row_enabled_q[8*index+2*bus+1][1]) begin
      find_factor(4 * index + bus, label % 32, hagen_q[bus][index]);
      for (int unsigned top = 0; top < 2; top++) begin
        if (row_enabled_q[8*index+2*bus+top][0] | row_enabled_q[8*index+2*bus+top][1]) begin
          pulse_row(8 * index + 2 * bus + top, {2'b00, 6'(label), 8'h00} & label_mask_q[4*index+bus], 16'(factor_q));
          for (int unsigned x = 0; x < 2; x++) begin
            if (row_enabled_q[8*index+2*bus+top][x]) sum_pulse(x);
          end
        end
      end
    end
  endtask

  task add_sum(input int unsigned bank, input int unsigned sign, input int unsigned factor);
    /*verilator no_inline_task*/
    sum_max_q[sign] = 0;
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        if (32'(sum_q[sign][s][l]) > sum_max_q[sign]) sum_max_q[sign] = 32'(sum_q[sign][s][l]);
        charge_q[bank][sign][s][l] = 16'(
            (32'(charge_q[bank][sign][s][l]) + 32'(sum_q[sign][s][l]) * factor > 32'(Saturated)) ? 32'(Saturated)
            : 32'(charge_q[bank][sign][s][l]) + 32'(sum_q[sign][s][l]) * factor);
      end
    end
    if (sum_max_q[sign] != 0) charged_q[bank] = 1;
  endtask

  task mark_sum(input int unsigned bank, input int unsigned sign, input int unsigned factor);
    /*verilator no_inline_task*/
    marked_q[bank] = 1;
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        mark_q[bank][sign][s][l] = mark_q[bank][sign][s][l]
            | ((32'(sum_q[sign][s][l]) * factor >= BypassCharge) ? 16'd1 : 16'd0);
      end
    end
  endtask

  // An event that modulated drivers react to.
  task charge_modulated(input int unsigned bank, input int unsigned bus, input int unsigned label, input int unsigned factor);
    /*verilator no_inline_task*/
    sum_kept(2048 * bus + label);
    for (int unsigned k = 0; k < BusDrivers; k++) begin
      if (reacting_q[bus][label/64][k] & modulated_q[bus][k]) sum_driver(bus, label, k);
    end
    for (int unsigned x = 0; x < 2; x++) begin
      add_sum(bank, x, factor);
      if (sum_max_q[x] * factor >= BypassCharge) mark_sum(bank, x, factor);
    end
  endtask

  task charge_event(input int unsigned bank, input int unsigned bus, input int unsigned label, input int unsigned factor);
    /*verilator no_inline_task*/
    if (kept_at_q[2048*bus+label] != writes_q[bus]) make_kept(2048 * bus + label, bus);
    if ((reacting_q[bus][label/64] & modulated_q[bus]) != 0) begin
      charge_modulated(bank, bus, label, factor);
    end else begin
      for (int unsigned x = 0; x < 2; x++) begin
        if (kept_max_q[2048*bus+label][x] != 0) begin
          charged_q[bank] = 1;
          if (factor == 1) add_kept(bank, x, 2048 * bus + label);
          else add_scaled(bank, x, 2048 * bus + label, factor);
          if (kept_max_q[2048*bus+label][x] * factor >= BypassCharge) mark_kept(bank, x, 2048 * bus + label, factor);
        end
      end
    end
  endtask

  // ---------------------------------------------------------------------------------------------------------------------
  // Events row by row (RowPort = 1) or half a row by half a row (RowPort = 2)

  // Event of a port: bus, label, pulses; rows still to be charged, bit 2 * (index on bus) + (odd row), and which of them drive
  // which sign and see which label, which drivers are modulated, as configured in the clock of the grant.
  int unsigned port_bus_q[PadiPorts];
  logic [5:0] port_label_q[PadiPorts];
  int unsigned port_pulses_q[PadiPorts];
  logic [63:0] port_rows_q[PadiPorts];
  logic [63:0] port_enabled_q[PadiPorts][2];
  logic [15:0] port_mask_q[PadiPorts][BusDrivers];
  logic [31:0] port_modulated_q[PadiPorts];
  logic [31:0] port_hagen_q[PadiPorts];
  // The row: its bit (64: none yet), factor of its driver; with RowPort = 2 pulses that are left, half of the columns, clocks of the
  // half that are left.
  int unsigned port_row_q[PadiPorts];
  int unsigned port_left_q[PadiPorts];
  int unsigned port_half_q[PadiPorts];
  int unsigned port_clocks_q[PadiPorts];
  int unsigned port_factor_q[PadiPorts];
  // What the row brings, or a pulse to a half of it; charge that the event has brought so far.
  logic [15:0] port_pulse_q[PadiPorts][Slots][Lanes];
  logic [15:0] brought_q[PadiPorts][2][Slots][Lanes];
  int unsigned index_q;

  task start_event(input int unsigned port, input int unsigned bus, input int unsigned label, input int unsigned pulses);
    /*verilator no_inline_task*/
    port_bus_q[port] = bus;
    port_label_q[port] = 6'(label);
    port_pulses_q[port] = pulses;
    port_modulated_q[port] = modulated_q[bus];
    port_hagen_q[port] = hagen_q[bus];
    port_row_q[port] = 64;
    port_clocks_q[port] = 0;
    for (int unsigned j = 0; j < 2 * BusDrivers; j++) begin
      port_enabled_q[port][0][j] = row_enabled_q[8*(j/2)+2*bus+j%2][0];
      port_enabled_q[port][1][j] = row_enabled_q[8*(j/2)+2*bus+j%2][1];
      port_rows_q[port][j] = reacting_q[bus][label/64][j/2]
          & (row_enabled_q[8*(j/2)+2*bus+j%2][0] | row_enabled_q[8*(j/2)+2*bus+j%2][1]);
      port_mask_q[port][j/2] = label_mask_q[4*(j/2)+bus];
    end
    for (int unsigned x = 0; x < 2; x++) begin
      for (int unsigned s = 0; s < Slots; s++) begin
        for (int unsigned l = 0; l < Lanes; l++) brought_q[port][x][s][l] = 0;
      end
    end
  endtask

  // First clock of the lowest row that is left; the two rows of a driver have the same factor.
  task start_row(input int unsigned port);
    /*verilator no_inline_task*/
    index_q = 0;
    while (!port_rows_q[port][index_q]) index_q = index_q + 1;
    if (index_q / 2 != port_row_q[port] / 2) begin
      if (port_modulated_q[port][index_q/2]) begin
        find_factor(4 * (index_q / 2) + port_bus_q[port], 32'(port_label_q[port][4:0]), port_hagen_q[port][index_q/2]);
        port_factor_q[port] = factor_q;
      end else begin
        port_factor_q[port] = 256;
      end
    end
    port_row_q[port] = index_q;
    port_left_q[port] = port_pulses_q[port];
    port_half_q[port] = 0;
  endtask

  // One clock of a port for whole rows: all pulses of the lowest row that is left.
  task run_row(input int unsigned bank, input int unsigned port);
    /*verilator no_inline_task*/
    start_row(port);
    pulse_row(8 * (port_row_q[port] / 2) + 2 * port_bus_q[port] + port_row_q[port] % 2,
              {2'b00, port_label_q[port], 8'h00} & port_mask_q[port][port_row_q[port]/2], 16'(port_factor_q[port]));
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) port_pulse_q[port][s][l] = row_charge_q[s][l] * 16'(port_pulses_q[port]);
    end
    charged_q[bank] = 1;
    marked_q[bank] = 1;
    for (int unsigned x = 0; x < 2; x++) begin
      if (port_enabled_q[port][x][port_row_q[port]]) add_pulse(bank, x, port);
    end
    port_rows_q[port][port_row_q[port]] = 0;
  endtask

  // First clock of a half: even columns (half 0) are in odd slots.
  task start_half(input int unsigned port);
    /*verilator no_inline_task*/
    port_clocks_q[port] = port_modulated_q[port][port_row_q[port]/2] ? 9 : 1;
    pulse_row(8 * (port_row_q[port] / 2) + 2 * port_bus_q[port] + port_row_q[port] % 2,
              {2'b00, port_label_q[port], 8'h00} & port_mask_q[port][port_row_q[port]/2], 16'(port_factor_q[port]));
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        port_pulse_q[port][s][l] = (s % 2 != port_half_q[port]) ? row_charge_q[s][l] : 16'd0;
      end
    end
  endtask

  task add_pulse(input int unsigned bank, input int unsigned sign, input int unsigned port);
    /*verilator no_inline_task*/
    for (int unsigned s = 0; s < Slots; s++) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        charge_q[bank][sign][s][l] = (charge_q[bank][sign][s][l] + port_pulse_q[port][s][l] > Saturated) ? Saturated
            : charge_q[bank][sign][s][l] + port_pulse_q[port][s][l];
        // What reaches the limit sets the mark.
        mark_q[bank][sign][s][l] = mark_q[bank][sign][s][l]
            | (((brought_q[port][sign][s][l] < 16'(BypassCharge))
            & (brought_q[port][sign][s][l] + port_pulse_q[port][s][l] >= 16'(BypassCharge))) ? 16'd1 : 16'd0);
        brought_q[port][sign][s][l] = brought_q[port][sign][s][l] + port_pulse_q[port][s][l];
      end
    end
  endtask

  // Last clock of a half.
  task end_half(input int unsigned bank, input int unsigned port);
    /*verilator no_inline_task*/
    charged_q[bank] = 1;
    marked_q[bank] = 1;
    for (int unsigned x = 0; x < 2; x++) begin
      if (port_enabled_q[port][x][port_row_q[port]]) add_pulse(bank, x, port);
    end
    if (port_half_q[port] == 0) begin
      port_half_q[port] = 1;
    end else begin
      port_half_q[port] = 0;
      port_left_q[port] = port_left_q[port] - 1;
      if (port_left_q[port] == 0) port_rows_q[port][port_row_q[port]] = 0;
    end
  endtask

  // One clock of a port for half a row.
  task run_half(input int unsigned bank, input int unsigned port);
    /*verilator no_inline_task*/
    if (port_row_q[port] == 64) start_row(port);
    else if (!port_rows_q[port][port_row_q[port]]) start_row(port);
    if (port_clocks_q[port] == 0) start_half(port);
    port_clocks_q[port] = port_clocks_q[port] - 1;
    if (port_clocks_q[port] == 0) end_half(bank, port);
  endtask

  // ---------------------------------------------------------------------------------------------------------------------
  // Grants

  // Ports with rows left (RowPort != 0), first bus in turn (PadiPorts = 1).
  logic [3:0] busy_q;
  logic accessed_q;
  logic [1:0] turn_q;
  logic [3:0] busy_d;
  logic [1:0] turn_d;

  if (PadiPorts == 4) begin : gen_ready_each
    assign ev_ready_o = ~busy_q;
  end else begin : gen_ready_one
    always_comb begin
      ev_ready_o = 0;
      if (!busy_q[0]) begin
        if (ev_valid_i[turn_q]) ev_ready_o[turn_q] = 1;
        else if (ev_valid_i[turn_q+2'd1]) ev_ready_o[turn_q+2'd1] = 1;
        else if (ev_valid_i[turn_q+2'd2]) ev_ready_o[turn_q+2'd2] = 1;
        else if (ev_valid_i[turn_q+2'd3]) ev_ready_o[turn_q+2'd3] = 1;
      end
    end
  end

  // The interval of clock g + PadiPipe.
  task take_events(input int unsigned bank);
    /*verilator no_inline_task*/
    for (int unsigned b = 0; b < 4; b++) begin
      if (ev_taken_s[b]) begin
        if (RowPort == 0) begin
          charge_event(bank, b, 32'(ev_label_s[11*b+:11]), 1 + 32'(ev_ext_s[4*b+:4]));
        end else begin
          start_event(PadiPorts == 1 ? 0 : b, b, 32'(ev_label_s[11*b+:11]), 1 + 32'(ev_ext_s[4*b+:4]));
        end
        turn_d = 2'(b + 1);
      end
    end
  endtask

  // Ports for half a row stand still in the clock of an access to the memory and in the next one.
  task run_ports(input int unsigned bank, input logic still);
    /*verilator no_inline_task*/
    for (int unsigned p = 0; p < PadiPorts; p++) begin
      if (port_rows_q[p] != 0) begin
        if (RowPort == 1) run_row(bank, p);
        else if (!still) run_half(bank, p);
      end
      busy_d[p] = port_rows_q[p] != 0;
    end
  endtask

  // ---------------------------------------------------------------------------------------------------------------------
  // Output

  logic [Lanes*12-1:0] exc_d;
  logic [Lanes*12-1:0] inh_d;
  logic [Lanes-1:0] mark_exc_d;
  logic [Lanes-1:0] mark_inh_d;

  // Constant positions in the wide vectors cost a third of variable ones, so the first 16 lanes are written out.
`define HX_PACK_LANE(L) \
    if (L < Lanes) begin \
      exc_d[12*(L%Lanes)+:12] = charge_q[previous_q][0][slot][L%Lanes][11:0] & switch_q[0][slot][L%Lanes][11:0]; \
      inh_d[12*(L%Lanes)+:12] = charge_q[previous_q][1][slot][L%Lanes][11:0] & switch_q[1][slot][L%Lanes][11:0]; \
    end

  task read_charges(input int unsigned slot);
    /*verilator no_inline_task*/
    `HX_PACK_LANE(0)
    `HX_PACK_LANE(1)
    `HX_PACK_LANE(2)
    `HX_PACK_LANE(3)
    `HX_PACK_LANE(4)
    `HX_PACK_LANE(5)
    `HX_PACK_LANE(6)
    `HX_PACK_LANE(7)
    `HX_PACK_LANE(8)
    `HX_PACK_LANE(9)
    `HX_PACK_LANE(10)
    `HX_PACK_LANE(11)
    `HX_PACK_LANE(12)
    `HX_PACK_LANE(13)
    `HX_PACK_LANE(14)
    `HX_PACK_LANE(15)
    for (int unsigned l = 16; l < Lanes; l++) begin
      exc_d[12*l+:12] = charge_q[previous_q][0][slot][l][11:0] & switch_q[0][slot][l][11:0];
      inh_d[12*l+:12] = charge_q[previous_q][1][slot][l][11:0] & switch_q[1][slot][l][11:0];
    end
  endtask
`undef HX_PACK_LANE

  task read_marks(input int unsigned slot);
    /*verilator no_inline_task*/
    for (int unsigned l = 0; l < Lanes; l++) begin
      mark_exc_d[l] = mark_q[previous_q][0][slot][l][0] & switch_q[0][slot][l][0];
      mark_inh_d[l] = mark_q[previous_q][1][slot][l][0] & switch_q[1][slot][l][0];
    end
  endtask

  task end_step();
    /*verilator no_inline_task*/
    if (charged_q[previous_q]) clear_bank(previous_q);
    running_q = next_q;
    next_q = previous_q;
    previous_q = 3 - running_q - next_q;
  endtask

  task reset(input logic [4:0] recovery);
    /*verilator no_inline_task*/
    restart_recovery(recovery);
    for (int unsigned b = 0; b < Banks; b++) clear_bank(b);
    for (int unsigned p = 0; p < PadiPorts; p++) port_rows_q[p] = 0;
    running_q = 0;
    next_q = 1;
    previous_q = 2;
    busy_d = 0;
    turn_d = 0;
  endtask

  // Events see the storage before the writes of their clock, the output after them.
  always_ff @(posedge clk_i) begin
    if (recovery_i != recovery_q) restart_recovery(recovery_i);
    if (ev_valid_i != 0) begin
      copy_events(ev_valid_i & ev_ready_o, ev_label_i, ev_ext_i);
      take_events(32'(slot_i) + PadiPipe < Slots ? running_q : next_q);
      if (PadiPorts == 1) turn_q <= turn_d;
    end
    if (RowPort != 0 && (ev_valid_i != 0 || busy_q != 0)) begin
      run_ports(32'(slot_i) + PadiPipe < Slots ? running_q : next_q, mem_en_i | accessed_q);
      busy_q <= busy_d;
    end
    if (RowPort == 2) accessed_q <= mem_en_i;
    if (recovery_q[4]) begin
      step_clocks_q = step_clocks_q - 1;
      if (step_clocks_q == 0) begin
        steps_q = steps_q + 1;
        step_clocks_q = 1 << (32'(recovery_q[3:0]) < StepBits ? StepBits : 32'(recovery_q[3:0]));
      end
    end
    if (read_pending_q) begin
      mem_rdata_o <= read_q;
      read_pending_q = 0;
    end
    if (mem_en_i) begin
      copy_memory(mem_we_i, mem_row_i, mem_quad_i, mem_wmask_i, mem_wdata_i);
      access_memory();
    end
    if (drv_we_i && 32'(drv_index_i) < Drivers) begin
      copy_driver(drv_word_i, drv_wdata_i);
      write_driver(32'(drv_index_i));
    end
    if (cell_we_i != 0) begin
      copy_cell(cell_we_i, cell_wdata_i);
      write_cell(32'(cell_index_i));
    end
    if (step_last_i) end_step();
    if (charged_q[previous_q]) begin
      read_charges(step_last_i ? 0 : 32'(slot_i) + 1);
      if (marked_q[previous_q]) read_marks(step_last_i ? 0 : 32'(slot_i) + 1);
      else {mark_exc_d, mark_inh_d} = 0;
      charge_any_o <= exc_d != 0 || inh_d != 0;
      charge_exc_o <= exc_d;
      charge_inh_o <= inh_d;
      bypass_exc_o <= mark_exc_d;
      bypass_inh_o <= mark_inh_d;
    end else if (charge_any_o) begin
      charge_any_o <= 0;
    end
    if (!rst_ni) begin
      reset(recovery_i);
      busy_q <= busy_d;
      turn_q <= turn_d;
      charge_any_o <= 0;
    end
  end

endmodule
/* verilator lint_on UNUSEDSIGNAL */
/* verilator lint_on IMPURE */
/* verilator lint_on BLKSEQ */

`default_nettype wire
