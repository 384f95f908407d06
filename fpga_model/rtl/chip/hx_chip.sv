// The chip: Omnibus, registers, crossbar, synapse arrays, neurons, read-out, chip time.
//
// Purpose: everything behind the chip side of the link. Behaviour: chip-behaviour contract; clocks: its section 14.
//
// Omnibus: an access with ob_valid_i & ob_ready_o in clock w has its effect in w (a read answers with the state of w, a write is
// seen from w+1 on). ob_done_o marks its completion ChipAnswer clocks later, with ob_rdata_o if it was a read; completions come
// in the order of the accesses, one per clock, so an access behind a CADC trigger read completes after it.
//
// Events: ev_valid_i & ev_ready_o in clock c: the label is in the register of its L2 input in c+1. pack_*_o belong to the clock
// in which they are valid (the stamp clock), so does madc_*_o.
//
// Reset: rst_ni is power-on; chip_rst_i the level of the reset pin. While it is high the bus takes no access, labels vanish,
// no pack leaves, flip-flop registers get their reset values; memories (SRAM of the contract) keep theirs. Answers of accesses
// that were taken before are still given.
`default_nettype none

module hx_chip #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Rows = hx_spec_pkg::Rows,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned PadiPorts = hx_spec_pkg::PadiPorts,
    parameter int unsigned RowPort = hx_spec_pkg::RowPort
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    // Level of the chip reset pin, 1 = reset.
    input wire logic chip_rst_i,

    // Write of a PLL register over JTAG in this clock.
    input wire logic pll_we_i,
    input wire logic [2:0] pll_addr_i,
    input wire logic [31:0] pll_wdata_i,
    // The Omnibus has a clock; without one it takes no access.
    output wire logic omnibus_on_o,
    // Lanes of the link that are enabled and have their clocks, in the counting of the FPGA.
    output wire logic [7:0] lane_enable_o,

    // Omnibus accesses, in order. ob_ready_o does not depend on ob_valid_i.
    input wire logic ob_valid_i,
    output wire logic ob_ready_o,
    input wire logic ob_we_i,
    input wire logic [31:0] ob_addr_i,
    input wire logic [31:0] ob_wdata_i,
    input wire logic [3:0] ob_be_i,
    // Completions, in order.
    output wire logic ob_done_o,
    output wire logic [31:0] ob_rdata_o,

    // Labels from the link (head of its FIFO).
    input wire logic ev_valid_i,
    output wire logic ev_ready_o,
    input wire logic [15:0] ev_label_i,

    // Event packs to the host, stamped in this clock: 1..3 events of {stamp[7:0], label[15:0]}, the first one most significant
    // of the 24 * count bits used. Taken with pack_valid_o & pack_ready_i; pack_valid_o already regards pack_ready_i (no event
    // is popped while it is low).
    output wire logic pack_valid_o,
    input wire logic pack_ready_i,
    output wire logic [1:0] pack_count_o,
    output wire logic [71:0] pack_data_o,

    // A MADC sample {stamp[7:0], 5'd0, channel, value[9:0]} of this clock; it needs no place on the link.
    output wire logic madc_valid_o,
    output wire logic [23:0] madc_data_o,

    // sync_load_i: chip time = 2 * sync_base_o in the next clock. sync_base_o is SystimeSyncBase as it is now.
    input wire logic sync_load_i,
    output wire logic [42:0] sync_base_o,
    output wire logic [42:0] chip_time_o
);

  localparam int unsigned Lanes = Columns / Slots;
  localparam int unsigned PlaceBits = 8;

  // Power-on and chip reset together.
  logic rst_n;
  assign rst_n = rst_ni && !chip_rst_i;

  // ---------------------------------------------------------------------------------------------------------------
  // Omnibus: the access of this clock (acc_*), the block that answers.
  logic acc_valid, we, re;
  logic [4:0] block;
  logic [hx_chip_map_pkg::IndexBits-1:0] index;
  logic [PlaceBits-1:0] place;
  logic [1:0] cadc_busy, cadc_start;
  logic [2*12-1:0] cadc_wait;
  logic [1:0] answer_valid, answer_take;
  logic answer_ready;
  logic [2*PlaceBits-1:0] answer_place;
  logic [2*32-1:0] answer_data, cadc_rdata, synapse_rdata;
  logic [31:0] register_rdata, crossbar_rdata, background_rdata, count_rdata, pll_rdata;

  hx_omnibus #(
      .ChipAnswer(hx_spec_pkg::ChipAnswer),
      .AnswerDepth(1 << PlaceBits)
  ) u_omnibus (
      .clk_i,
      .rst_ni,
      .hold_i(chip_rst_i || !omnibus_on_o),
      .ob_valid_i,
      .ob_ready_o,
      .ob_we_i,
      .ob_addr_i,
      .ob_done_o,
      .ob_rdata_o,
      .acc_valid_o(acc_valid),
      .acc_block_o(block),
      .acc_index_o(index),
      .acc_place_o(place),
      .cadc_busy_i(cadc_busy),
      .cadc_start_i(cadc_start),
      .cadc_wait_i(cadc_wait),
      .answer_valid_i(answer_valid != 2'b00),
      .answer_ready_o(answer_ready),
      .answer_place_i(answer_valid[0] ? answer_place[PlaceBits-1:0] : answer_place[2*PlaceBits-1:PlaceBits]),
      .answer_data_i(answer_valid[0] ? answer_data[31:0] : answer_data[63:32]),
      .register_rdata_i(register_rdata),
      .crossbar_rdata_i(crossbar_rdata),
      .background_rdata_i(background_rdata),
      .count_rdata_i(count_rdata),
      .pll_rdata_i(pll_rdata),
      .cadc_rdata_i(cadc_rdata),
      .synapse_rdata_i(synapse_rdata)
  );
  assign we = acc_valid && ob_we_i;
  assign re = acc_valid && !ob_we_i;
  assign answer_take = {answer_ready && !answer_valid[0], answer_ready};

  // Registers and copies of their writes.
  logic [15:0] drv_wdata, synapse_bias;
  logic [14:0] capmem_addr;
  logic [9:0] capmem_data;
  logic [11:0] ncfg_addr;
  logic [7:0] ncfg_data;
  // Bits without a function are only read back.
  /* verilator lint_off UNUSEDSIGNAL */
  logic [2*32-1:0] padi_config, backend_config, cadc_config;
  logic [31:0] plain_wdata;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [2*12-1:0] sense_delay;
  logic [1:0] auto_calibrating;
  logic lanes_on;
  logic [7:0] phy_enable;
  logic [2*5-1:0] stp_config;

  hx_registers u_registers (
      .clk_i,
      .rst_ni(rst_n),
      .acc_valid_i(acc_valid),
      .acc_we_i(ob_we_i),
      .acc_block_i(block),
      .acc_index_i(index[14:0]),
      .acc_wdata_i(ob_wdata_i),
      .acc_be_i(ob_be_i),
      .rdata_o(register_rdata),
      .drv_wdata_o(drv_wdata),
      .plain_wdata_o(plain_wdata),
      .capmem_addr_i(capmem_addr),
      .capmem_data_o(capmem_data),
      .ncfg_addr_i(ncfg_addr),
      .ncfg_data_o(ncfg_data),
      .sync_base_o,
      .synapse_bias_o(synapse_bias),
      .padi_config_o(padi_config),
      .stp_config_o(stp_config),
      .backend_config_o(backend_config),
      .cadc_config_o(cadc_config),
      .sense_delay_o(sense_delay),
      .auto_calibrating_o(auto_calibrating),
      .phy_enable_o(phy_enable)
  );

  // PLLs; the chip counts its lanes from the other end.
  hx_pll u_pll (
      .clk_i,
      .rst_ni(rst_n),
      .acc_valid_i(acc_valid && block == hx_chip_map_pkg::BlockPll),
      .acc_we_i(ob_we_i),
      .acc_addr_i(index[2:0]),
      .acc_wdata_i(ob_wdata_i),
      .acc_be_i(ob_be_i),
      .rdata_o(pll_rdata),
      .jtag_we_i(pll_we_i),
      .jtag_addr_i(pll_addr_i),
      .jtag_wdata_i(pll_wdata_i),
      .omnibus_on_o,
      .lanes_on_o(lanes_on)
  );
  assign lane_enable_o = lanes_on && rst_n ? {phy_enable[0], phy_enable[1], phy_enable[2], phy_enable[3], phy_enable[4],
      phy_enable[5], phy_enable[6], phy_enable[7]} : 8'd0;

  logic ncfg_we, nbe_we, coef_inputs_we;
  assign ncfg_we = we && block == hx_chip_map_pkg::BlockNeuron && ob_be_i[0] && index[2:1] != 2'd0;
  assign nbe_we = we && block == hx_chip_map_pkg::BlockBackend && ob_be_i[0];
  // Writes that concern the coefficient unit: NeuronConfig, existing CapMem cells, SynapseBiasSelection.
  assign coef_inputs_we = ncfg_we || we && (block == hx_chip_map_pkg::BlockCapMem && index[4:3] != 2'd3 ||
      block == hx_chip_map_pkg::BlockRegister && index[7:0] == 8'(hx_chip_map_pkg::RegSynapseBiasSelection_0_0));

  // ---------------------------------------------------------------------------------------------------------------
  // Time.
  logic [42:0] time_q;
  assign chip_time_o = time_q;
  always_ff @(posedge clk_i) begin
    if (!rst_n) time_q <= 43'd0;
    else if (sync_load_i) time_q <= {sync_base_o[41:0], 1'b0};
    else time_q <= time_q + 43'd2;
  end

  logic [3:0] slot;
  logic step_last, run;
  hx_step #(
      .Slots(Slots)
  ) u_step (
      .clk_i,
      .rst_ni(rst_n),
      .slot_o(slot),
      .step_last_o(step_last),
      .run_o(run)
  );

  // ---------------------------------------------------------------------------------------------------------------
  // Neuron resets: one circuit or the four of a quad; fire: those with enable_fire and a circuit.
  logic [511:0] enable_fire_q;
  logic [3:0] nreset_valid, fire_valid;
  logic [4*9-1:0] nreset_circuit;
`ifdef VERILATOR
  initial enable_fire_q = 512'd0;
`endif
  always_ff @(posedge clk_i) begin
    if (ncfg_we && index[2:0] == 3'd6) enable_fire_q[index[11:3]] <= ob_wdata_i[2];
  end
  always_comb begin
    nreset_valid = 4'd0;
    nreset_circuit = 36'd0;
    fire_valid = 4'd0;
    if (we) begin
      if (block == hx_chip_map_pkg::BlockNeuronReset) begin
        nreset_valid = 4'd1;
        nreset_circuit[8:0] = index[8:0];
      end
      if (block == hx_chip_map_pkg::BlockNeuronResetQuad) begin
        nreset_valid = 4'd15;
        nreset_circuit = {index[6], index[4:0], 2'd3, index[5], index[6], index[4:0], 2'd2, index[5],
            index[6], index[4:0], 2'd1, index[5], index[6], index[4:0], 2'd0, index[5]};
      end
      for (int unsigned k = 0; k < 4; k++) begin
        fire_valid[k] = nreset_valid[k] && enable_fire_q[nreset_circuit[9*k+:9]] &&
            {1'b0, nreset_circuit[9*k+:8]} < 9'(Columns);
      end
    end
  end

  // ---------------------------------------------------------------------------------------------------------------
  // Synapse memory: physical row, bits and data of the view. A small build has its switch rows behind its own rows.
  logic [1:0] mem_en;
  logic [9:0] physical_row, mem_row;
  logic [31:0] byte_mask, mem_mask, mem_wdata;
  assign physical_row = index[15:6];
  always_comb begin
    mem_en = 2'b00;
    mem_row = 10'd0;
    byte_mask = 32'd0;
    mem_mask = 32'd0;
    mem_wdata = 32'd0;
    if (acc_valid && block == hx_chip_map_pkg::BlockSynapse) begin
      mem_en = index[19] ? 2'b10 : 2'b01;
      mem_row = physical_row >= 10'd512 ? physical_row - 10'd512 + 10'(2 * Rows) :
          {22'd0, physical_row} < 2 * Rows ? physical_row : 10'd1023;
      byte_mask = {{8{ob_be_i[3]}}, {8{ob_be_i[2]}}, {8{ob_be_i[1]}}, {8{ob_be_i[0]}}};
      case (index[18:16])
        3'(hx_chip_map_pkg::ViewRaw): begin
          mem_mask = byte_mask;
          mem_wdata = ob_wdata_i;
        end
        3'(hx_chip_map_pkg::ViewEvenLow), 3'(hx_chip_map_pkg::ViewOddLow): begin
          mem_mask = byte_mask & 32'h3f3f3f3f;
          mem_wdata = ob_wdata_i;
        end
        default: begin
          mem_mask = byte_mask & 32'hc0c0c0c0;
          mem_wdata = {ob_wdata_i[25:0], 6'd0};
        end
      endcase
    end
  end

  // CapMem column 128, cell rows 0..3 of a quadrant: voltages of the short-term plasticity. A cell of 1023 is no longer refreshed and
  // keeps its value.
  logic [1:0] stp_cell_we;
  always_comb begin
    stp_cell_we = 2'b00;
    if (we && block == hx_chip_map_pkg::BlockCapMem && index[12:2] == {8'd128, 3'd0} && !(ob_be_i[1:0] == 2'b11 && ob_wdata_i[9:0] == 10'd1023)) begin
      stp_cell_we = ob_be_i[1:0];
    end
  end

  // ---------------------------------------------------------------------------------------------------------------
  // Events: sources, crossbar, sinks.
  logic [7:0] neuron_valid, neuron_lost, background_valid, background_lost;
  logic [8*14-1:0] neuron_label, background_label;
  logic [3:0] l2_valid;
  logic [19:0] in_ready;
  logic [11:0] out_valid, out_ready;
  // A PADI bus carries eleven bits of the label.
  /* verilator lint_off UNUSEDSIGNAL */
  logic [12*14-1:0] out_label;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [7:0] padi_store, enable_spl1, padi_valid, padi_ready;

  assign l2_valid = ev_valid_i && !chip_rst_i ? 4'd1 << ev_label_i[15:14] : 4'd0;
  assign ev_ready_o = chip_rst_i || in_ready[5'd8+{3'd0, ev_label_i[15:14]}];

  hx_background u_background (
      .clk_i,
      .rst_ni(rst_n),
      .cfg_we_i(we && block == hx_chip_map_pkg::BlockBackground),
      .cfg_re_i(re && block == hx_chip_map_pkg::BlockBackground),
      .cfg_addr_i(index[7:0]),
      .cfg_be_i(ob_be_i),
      .cfg_wdata_i(ob_wdata_i),
      .cfg_rdata_o(background_rdata),
      .ev_valid_o(background_valid),
      .ev_ready_i(in_ready[19:12]),
      .ev_label_o(background_label),
      .ev_lost_o(background_lost)
  );

  assign enable_spl1 = {padi_config[35:32], padi_config[3:0]};
  always_comb begin
    padi_store = 8'd0;
    if (we && block == hx_chip_map_pkg::BlockPadiEvent) padi_store = index[0] ? {ob_wdata_i[3:0], 4'd0} : {4'd0, ob_wdata_i[3:0]};
  end

  hx_crossbar #(
      .XbarPipe(hx_spec_pkg::XbarPipe),
      .PadiFifo(hx_spec_pkg::PadiFifo),
      .L2Fifo(hx_spec_pkg::L2Fifo)
  ) u_crossbar (
      .clk_i,
      .rst_ni(rst_n),
      .in_valid_i({background_valid, l2_valid, neuron_valid}),
      .in_ready_o(in_ready),
      .in_label_i({background_label, {4{ev_label_i[13:0]}}, neuron_label}),
      .in_lost_i({background_lost, 4'd0, neuron_lost}),
      .cfg_we_i(we && block == hx_chip_map_pkg::BlockCrossbar),
      .cfg_re_i(re && block == hx_chip_map_pkg::BlockCrossbar),
      .cfg_addr_i(index[7:0]),
      .cfg_be_i(ob_be_i),
      .cfg_wdata_i(ob_wdata_i),
      .cfg_rdata_o(crossbar_rdata),
      .padi_store_i(padi_store),
      .padi_label_i(ob_wdata_i[26:16]),
      .enable_spl1_i(enable_spl1),
      .out_valid_o(out_valid),
      .out_ready_i(out_ready),
      .out_label_o(out_label)
  );

  hx_l2_output u_l2_output (
      .clk_i,
      .rst_ni(rst_n),
      .stamp_i(time_q[7:0]),
      .head_valid_i(out_valid[11:8]),
      .head_ready_o(out_ready[11:8]),
      .head_label_i(out_label[12*14-1:8*14]),
      .pack_valid_o,
      .pack_ready_i,
      .pack_count_o,
      .pack_data_o
  );

  // Extended timing: a bus that granted in the clock before takes none.
  logic [7:0] extended, granted_q;
  assign extended = {padi_config[39:36], padi_config[7:4]};
  assign padi_valid = out_valid[7:0] & ~(granted_q & extended);
  assign out_ready[7:0] = padi_ready & ~(granted_q & extended);
  always_ff @(posedge clk_i) begin
    if (!rst_n) granted_q <= 8'd0;
    else granted_q <= padi_valid & padi_ready;
  end

  // ---------------------------------------------------------------------------------------------------------------
  // Synapse arrays.
  logic [1:0] charge_any;
  logic [2*Lanes*12-1:0] array_exc, array_inh, charge_exc, charge_inh;
  logic [2*Lanes-1:0] array_bypass_exc, array_bypass_inh, bypass_exc, bypass_inh;
  for (genvar h = 0; h < 2; h++) begin : gen_hemisphere
    hx_synapse_array #(
        .Columns(Columns),
        .Rows(Rows),
        .Slots(Slots),
        .PadiPorts(PadiPorts),
        .RowPort(RowPort),
        .PadiPipe(hx_spec_pkg::PadiPipe)
    ) u_synapse_array (
        .clk_i,
        .rst_ni(rst_n),
        .mem_en_i(mem_en[h]),
        .mem_we_i(ob_we_i),
        .mem_row_i(mem_row),
        .mem_quad_i(index[5:0]),
        .mem_wmask_i(mem_mask),
        .mem_wdata_i(mem_wdata),
        .mem_rdata_o(synapse_rdata[32*h+:32]),
        .drv_we_i(we && block == hx_chip_map_pkg::BlockDriver && index[9] == 1'(h)),
        .drv_index_i(index[8:2]),
        .drv_word_i(index[1:0]),
        .drv_wdata_i(drv_wdata),
        .cell_we_i(index[14] == 1'(h) ? stp_cell_we : 2'b00),
        .cell_index_i({index[13], index[1:0]}),
        .cell_wdata_i(ob_wdata_i[9:0]),
        .recovery_i(stp_config[5*h+:5]),
        .ev_valid_i(padi_valid[4*h+:4]),
        .ev_ready_o(padi_ready[4*h+:4]),
        .ev_label_i({out_label[14*(4*h+3)+:11], out_label[14*(4*h+2)+:11], out_label[14*(4*h+1)+:11], out_label[14*(4*h)+:11]}),
        .ev_ext_i(padi_config[32*h+16+:16]),
        .slot_i(slot),
        .step_last_i(step_last),
        .charge_any_o(charge_any[h]),
        .charge_exc_o(array_exc[Lanes*12*h+:Lanes*12]),
        .charge_inh_o(array_inh[Lanes*12*h+:Lanes*12]),
        .bypass_exc_o(array_bypass_exc[Lanes*h+:Lanes]),
        .bypass_inh_o(array_bypass_inh[Lanes*h+:Lanes])
    );
  end
  always_comb begin
    charge_exc = '0;
    charge_inh = '0;
    bypass_exc = '0;
    bypass_inh = '0;
    if (charge_any != 2'b00) begin
      charge_exc = array_exc & {{Lanes * 12{charge_any[1]}}, {Lanes * 12{charge_any[0]}}};
      charge_inh = array_inh & {{Lanes * 12{charge_any[1]}}, {Lanes * 12{charge_any[0]}}};
      bypass_exc = array_bypass_exc & {{Lanes{charge_any[1]}}, {Lanes{charge_any[0]}}};
      bypass_inh = array_bypass_inh & {{Lanes{charge_any[1]}}, {Lanes{charge_any[0]}}};
    end
  end

  // ---------------------------------------------------------------------------------------------------------------
  // Neurons.
  logic coef_we;
  logic [8:0] coef_circuit;
  logic [405:0] coef;
  logic spike_any;
  logic [3:0] spike_slot;
  logic [2*Lanes-1:0] spike;
  logic [1:0] sample, sample_read;
  logic [2*6-1:0] sample_quad;
  logic [2*44-1:0] sample_code;
  logic [1:0] madc_on;
  logic [2*9-1:0] madc_circuit;
  logic [2*10-1:0] madc_code;

  hx_coefficient_unit #(
      .Columns(Columns),
      .CoeffCycles(hx_spec_pkg::CoeffCycles)
  ) u_coefficient_unit (
      .clk_i,
      .rst_ni,
      .cfg_write_i(coef_inputs_we),
      .synapse_bias_i(synapse_bias),
      .capmem_addr_o(capmem_addr),
      .capmem_data_i(capmem_data),
      .ncfg_addr_o(ncfg_addr),
      .ncfg_data_i(ncfg_data),
      .ncfg_we_i(ncfg_we),
      .ncfg_circuit_i(index[11:3]),
      .ncfg_word_i(index[2:0]),
      .ncfg_data_copy_i(ob_wdata_i[7:0]),
      .coef_we_o(coef_we),
      .coef_circuit_o(coef_circuit),
      .coef_o(coef)
  );

  hx_neuron_array #(
      .Columns(Columns),
      .Slots(Slots),
      .NeuronPipe(hx_spec_pkg::NeuronPipe)
  ) u_neuron_array (
      .clk_i,
      .rst_ni,
      .slot_i(slot),
      .run_i(run),
      .charge_any_i(charge_any != 2'b00),
      .charge_exc_i(charge_exc),
      .charge_inh_i(charge_inh),
      .bypass_exc_i(bypass_exc),
      .bypass_inh_i(bypass_inh),
      .ncfg_we_i(ncfg_we),
      .ncfg_circuit_i(index[11:3]),
      .ncfg_word_i(index[2:0]),
      .ncfg_data_i(ob_wdata_i[7:0]),
      .nbe_we_i(nbe_we),
      .nbe_circuit_i(index[10:2]),
      .nbe_word_i(index[1:0]),
      .nbe_data_i(ob_wdata_i[7:0]),
      .coef_we_i(coef_we),
      .coef_circuit_i(coef_circuit),
      .coef_i(coef),
      .nreset_valid_i(nreset_valid),
      .nreset_circuit_i(nreset_circuit),
      .force_reset_i({backend_config[33], backend_config[1]}),
      .enable_clocks_i({backend_config[34], backend_config[2]}),
      .clock_scale_slow_i({backend_config[39:36], backend_config[7:4]}),
      .clock_scale_fast_i({backend_config[43:40], backend_config[11:8]}),
      .clock_scale_adapt_i({backend_config[51:48], backend_config[19:16]}),
      .spike_any_o(spike_any),
      .spike_slot_o(spike_slot),
      .spike_o(spike),
      .sample_i(sample),
      .sample_read_i(sample_read),
      .sample_quad_i(sample_quad),
      .sample_code_o(sample_code),
      .madc_on_i(madc_on),
      .madc_circuit_i(madc_circuit),
      .madc_code_o(madc_code)
  );

  hx_event_outputs #(
      .Columns(Columns),
      .Slots(Slots)
  ) u_event_outputs (
      .clk_i,
      .rst_ni(rst_n),
      .spike_any_i(spike_any),
      .spike_slot_i(spike_slot),
      .spike_i(spike),
      .fire_valid_i(fire_valid),
      .fire_circuit_i(nreset_circuit),
      .enable_i({backend_config[32], backend_config[0]}),
      .nbe_we_i(nbe_we),
      .nbe_circuit_i(index[10:2]),
      .nbe_word_i(index[1:0]),
      .nbe_data_i(ob_wdata_i[7:0]),
      .ev_valid_o(neuron_valid),
      .ev_ready_i(in_ready[7:0]),
      .ev_label_o(neuron_label),
      .ev_lost_o(neuron_lost)
  );

  hx_spike_counters #(
      .Columns(Columns),
      .Slots(Slots)
  ) u_spike_counters (
      .clk_i,
      .rst_ni(rst_n),
      .spike_any_i(spike_any),
      .spike_slot_i(spike_slot),
      .spike_i(spike),
      .fire_valid_i(fire_valid),
      .fire_circuit_i(nreset_circuit),
      .read_i(re && block == hx_chip_map_pkg::BlockCountRead),
      .clear_i(we && block == hx_chip_map_pkg::BlockCountReset),
      .circuit_i(index[8:0]),
      .rdata_o(count_rdata)
  );

  // ---------------------------------------------------------------------------------------------------------------
  // CADC.
  for (genvar h = 0; h < 2; h++) begin : gen_cadc
    hx_cadc #(
        .NeuronPipe(hx_spec_pkg::NeuronPipe),
        .PlaceBits(PlaceBits)
    ) u_cadc (
        .clk_i,
        .rst_ni(rst_n),
        .sample_acc_i(acc_valid && block == hx_chip_map_pkg::BlockCadcSample && index[8] == 1'(h)),
        .offset_acc_i(acc_valid && block == hx_chip_map_pkg::BlockCadcOffset && index[9] == 1'(h)),
        .acc_we_i(ob_we_i),
        .acc_index_i(index[8:0]),
        .acc_be_i(ob_be_i[0]),
        .acc_wdata_i(ob_wdata_i[7:0]),
        .acc_place_i(place),
        .rdata_o(cadc_rdata[32*h+:32]),
        .enable_i(cadc_config[32*h]),
        .auto_calibrating_i(auto_calibrating[h]),
        .sense_delay_i(sense_delay[12*h+:12]),
        .reset_wait_i(cadc_config[32*h+4+:8]),
        .dead_time_i(cadc_config[32*h+12+:8]),
        .switch_we_i(ob_we_i && mem_en[h] && physical_row >= 10'd512),
        .switch_row_i(physical_row[1:0]),
        .switch_quad_i(index[5:0]),
        .switch_mask_i(mem_mask),
        .switch_wdata_i(mem_wdata),
        .step_last_i(step_last),
        .sample_o(sample[h]),
        .sample_read_o(sample_read[h]),
        .sample_quad_o(sample_quad[6*h+:6]),
        .sample_code_i(sample_code[44*h+:44]),
        .start_o(cadc_start[h]),
        .wait_o(cadc_wait[12*h+:12]),
        .busy_o(cadc_busy[h]),
        .answer_valid_o(answer_valid[h]),
        .answer_ready_i(answer_take[h]),
        .answer_place_o(answer_place[PlaceBits*h+:PlaceBits]),
        .answer_data_o(answer_data[32*h+:32])
    );
  end

  // ---------------------------------------------------------------------------------------------------------------
  // MADC.
  hx_madc #(
      .Columns(Columns),
      .Slots(Slots)
  ) u_madc (
      .clk_i,
      .rst_ni(rst_n),
      .control_we_i(we && block == hx_chip_map_pkg::BlockMadcControl && ob_be_i[0]),
      .control_wdata_i(ob_wdata_i[6:0]),
      .register_we_i(we && block == hx_chip_map_pkg::BlockRegister),
      .register_i(index[7:0]),
      .register_wdata_i(plain_wdata[15:0]),
      .ncfg_we_i(ncfg_we),
      .ncfg_circuit_i(index[11:3]),
      .ncfg_word_i(index[2:0]),
      .ncfg_data_i(ob_wdata_i[7:0]),
      .slot_i(slot),
      .run_i(run),
      .madc_on_o(madc_on),
      .madc_circuit_o(madc_circuit),
      .madc_code_i(madc_code),
      .stamp_i(time_q[7:0]),
      .sample_valid_o(madc_valid_o),
      .sample_o(madc_data_o)
  );

endmodule

`default_nettype wire
