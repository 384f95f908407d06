// Storage of the chip's configuration.
//
// Purpose: plain registers (flip-flops of the contract, with reset values), NeuronConfig, NeuronBackendConfig,
// SynapseDriverConfig, CapMem cells and PPU memory (SRAM of the contract: raw 0 at power-on, kept by the chip reset). Registers
// with a function are given out; copies of SRAM writes go to the other blocks from hx_chip.
//
// Timing: the access of clock w acts in w: rdata_o in w + 1 is the word as it was in w and holds until the next read; a write is
// seen from w + 1 on. capmem_data_o and ncfg_data_o answer one clock after their address.
//
// Byte enables are honoured everywhere. CapMem: writing 1023 (refresh off) is read back, but capmem_data_o keeps the value
// before; a write of only one of the two bytes counts as a value.
//
// Reset: rst_ni is power-on and chip reset together.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because each memory
// belongs to one clocked block that reads before it writes.
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_registers (
    input wire logic clk_i,
    input wire logic rst_ni,

    // The access of this clock.
    input wire logic acc_valid_i,
    input wire logic acc_we_i,
    input wire logic [4:0] acc_block_i,
    input wire logic [14:0] acc_index_i,
    input wire logic [31:0] acc_wdata_i,
    input wire logic [3:0] acc_be_i,
    output wire logic [31:0] rdata_o,

    // Words that a driver write and a write of a plain register of this clock leave behind.
    output wire logic [15:0] drv_wdata_o,
    output wire logic [31:0] plain_wdata_o,

    // Read ports of the coefficient unit: {quadrant, column[7:0], row[4:0]}, {circuit[8:0], word[2:0]}.
    input wire logic [14:0] capmem_addr_i,
    output wire logic [9:0] capmem_data_o,
    input wire logic [11:0] ncfg_addr_i,
    output wire logic [7:0] ncfg_data_o,

    // Registers with a function; hemisphere or side 1 in the upper half.
    output wire logic [42:0] sync_base_o,
    output wire logic [15:0] synapse_bias_o,
    output wire logic [2*32-1:0] padi_config_o,
    output wire logic [2*5-1:0] stp_config_o,
    output wire logic [2*32-1:0] backend_config_o,
    output wire logic [2*32-1:0] cadc_config_o,
    output wire logic [2*12-1:0] sense_delay_o,
    output wire logic [1:0] auto_calibrating_o,
    // CommonPhyConfigChip.
    output wire logic [7:0] phy_enable_o
);

  localparam int unsigned Registers = hx_chip_map_pkg::Registers;

  // Plain registers: a word that was not written since reset has its reset value.
  logic [31:0] plain_q[256];
  logic [255:0] written_q;

  logic [7:0] neuron_q[4096];
  logic [7:0] backend_q[2048];
  logic [15:0] driver_q[1024];
  // What is read and written by the same port is a memory per byte: Yosys 0.23 reads the bytes that a write leaves out.
  // Cells as written and as refreshed: of the columns 0..127 by {quadrant, column[6:0], row}, shared ones (columns 128, 129) by
  // {quadrant, column[0], row}.
  logic [7:0] capmem_low_q[16384];
  logic [1:0] capmem_high_q[16384];
  logic [9:0] refreshed_q[16384];
  logic [7:0] shared_low_q[256];
  logic [1:0] shared_high_q[256];
  logic [9:0] shared_refreshed_q[256];
  logic [7:0] ppu0_q[8192], ppu1_q[8192], ppu2_q[8192], ppu3_q[8192];

`ifdef VERILATOR
  // Block RAM of an FPGA is 0 after loading by itself; loops over deep memories cost a synthesiser minutes.
  initial begin
    for (int unsigned i = 0; i < 4096; i++) neuron_q[i] = 8'd0;
    for (int unsigned i = 0; i < 2048; i++) backend_q[i] = 8'd0;
    for (int unsigned i = 0; i < 1024; i++) driver_q[i] = 16'd0;
    for (int unsigned i = 0; i < 16384; i++) {capmem_high_q[i], capmem_low_q[i]} = 10'd0;
    for (int unsigned i = 0; i < 16384; i++) refreshed_q[i] = 10'd0;
    for (int unsigned i = 0; i < 256; i++) {shared_high_q[i], shared_low_q[i]} = 10'd0;
    for (int unsigned i = 0; i < 256; i++) shared_refreshed_q[i] = 10'd0;
    for (int unsigned i = 0; i < 8192; i++) {ppu3_q[i], ppu2_q[i], ppu1_q[i], ppu0_q[i]} = 32'd0;
  end
`endif

  logic [31:0] mask, plain, plain_new;
  logic [15:0] driver_new;
  logic is_plain;

  assign is_plain = acc_valid_i && acc_block_i == hx_chip_map_pkg::BlockRegister;
  always_comb begin
    mask = 32'd0;
    plain = 32'd0;
    plain_new = 32'd0;
    driver_new = 16'd0;
    if (acc_valid_i) begin
      mask = {{8{acc_be_i[3]}}, {8{acc_be_i[2]}}, {8{acc_be_i[1]}}, {8{acc_be_i[0]}}};
      if (is_plain) begin
        plain = written_q[acc_index_i[7:0]] ? plain_q[acc_index_i[7:0]] : hx_chip_map_pkg::reset_word(acc_index_i[7:0]);
        plain_new = (plain & ~mask) | (acc_wdata_i & mask);
      end
      if (acc_block_i == hx_chip_map_pkg::BlockDriver) begin
        driver_new = (driver_q[acc_index_i[9:0]] & ~mask[15:0]) | (acc_wdata_i[15:0] & mask[15:0]);
      end
    end
  end
  assign drv_wdata_o = driver_new;
  assign plain_wdata_o = plain_new;

  // A register per memory, as the output of a block RAM, and which one was read last.
  logic [7:0] neuron_word_q, backend_word_q;
  logic [15:0] driver_word_q;
  logic [9:0] cell_word_q, shared_word_q;
  logic read_shared_q;
  logic [31:0] ppu_word_q, plain_word_q;
  logic [4:0] read_block_q;
  logic [31:0] rdata;
  always_comb begin
    case (read_block_q)
      hx_chip_map_pkg::BlockNeuron: rdata = {24'd0, neuron_word_q};
      hx_chip_map_pkg::BlockBackend: rdata = {24'd0, backend_word_q};
      hx_chip_map_pkg::BlockDriver: rdata = {16'd0, driver_word_q};
      hx_chip_map_pkg::BlockCapMem: rdata = {22'd0, read_shared_q ? shared_word_q : cell_word_q};
      hx_chip_map_pkg::BlockPpuMemory: rdata = ppu_word_q;
      default: rdata = plain_word_q;
    endcase
  end
  assign rdata_o = rdata;

  logic [9:0] capmem_data_q;
  logic [7:0] ncfg_data_q;
  logic [9:0] shared_data_q;
  logic shared_read_q;
  assign capmem_data_o = shared_read_q ? shared_data_q : capmem_data_q;
  assign ncfg_data_o = ncfg_data_q;

  logic cell_shared, cell_off;
  logic [13:0] cell_place;
  logic [7:0] shared_place;
  assign cell_shared = acc_index_i[12];
  assign cell_place = {acc_index_i[14:13], acc_index_i[11:0]};
  assign shared_place = {acc_index_i[14:13], acc_index_i[5:0]};
  assign cell_off = acc_be_i[1:0] == 2'b11 && acc_wdata_i[9:0] == 10'd1023;

  always_ff @(posedge clk_i) begin
    if (capmem_addr_i[12]) shared_data_q <= shared_refreshed_q[{capmem_addr_i[14:13], capmem_addr_i[5:0]}];
    else capmem_data_q <= refreshed_q[{capmem_addr_i[14:13], capmem_addr_i[11:0]}];
    shared_read_q <= capmem_addr_i[12];
    ncfg_data_q <= neuron_q[ncfg_addr_i];
    if (acc_valid_i && acc_we_i) begin
      case (acc_block_i)
        hx_chip_map_pkg::BlockNeuron: if (acc_be_i[0]) neuron_q[acc_index_i[11:0]] `HX_MEMORY_WRITE acc_wdata_i[7:0];
        hx_chip_map_pkg::BlockBackend: if (acc_be_i[0]) backend_q[acc_index_i[10:0]] `HX_MEMORY_WRITE acc_wdata_i[7:0];
        hx_chip_map_pkg::BlockDriver: driver_q[acc_index_i[9:0]] `HX_MEMORY_WRITE driver_new;
        hx_chip_map_pkg::BlockCapMem: begin
          if (!cell_shared) begin
            if (acc_be_i[0]) capmem_low_q[cell_place] `HX_MEMORY_WRITE acc_wdata_i[7:0];
            if (acc_be_i[1]) capmem_high_q[cell_place] `HX_MEMORY_WRITE acc_wdata_i[9:8];
            if (acc_be_i[0] && !cell_off) refreshed_q[cell_place][7:0] `HX_MEMORY_WRITE acc_wdata_i[7:0];
            if (acc_be_i[1] && !cell_off) refreshed_q[cell_place][9:8] `HX_MEMORY_WRITE acc_wdata_i[9:8];
          end else begin
            if (acc_be_i[0]) shared_low_q[shared_place] `HX_MEMORY_WRITE acc_wdata_i[7:0];
            if (acc_be_i[1]) shared_high_q[shared_place] `HX_MEMORY_WRITE acc_wdata_i[9:8];
            if (acc_be_i[0] && !cell_off) shared_refreshed_q[shared_place][7:0] `HX_MEMORY_WRITE acc_wdata_i[7:0];
            if (acc_be_i[1] && !cell_off) shared_refreshed_q[shared_place][9:8] `HX_MEMORY_WRITE acc_wdata_i[9:8];
          end
        end
        hx_chip_map_pkg::BlockPpuMemory: begin
          if (acc_be_i[0]) ppu0_q[acc_index_i[12:0]] `HX_MEMORY_WRITE acc_wdata_i[7:0];
          if (acc_be_i[1]) ppu1_q[acc_index_i[12:0]] `HX_MEMORY_WRITE acc_wdata_i[15:8];
          if (acc_be_i[2]) ppu2_q[acc_index_i[12:0]] `HX_MEMORY_WRITE acc_wdata_i[23:16];
          if (acc_be_i[3]) ppu3_q[acc_index_i[12:0]] `HX_MEMORY_WRITE acc_wdata_i[31:24];
        end
        hx_chip_map_pkg::BlockRegister: plain_q[acc_index_i[7:0]] `HX_MEMORY_WRITE plain_new;
        default: ;
      endcase
    end else if (acc_valid_i) begin
      case (acc_block_i)
        hx_chip_map_pkg::BlockNeuron: neuron_word_q <= neuron_q[acc_index_i[11:0]];
        hx_chip_map_pkg::BlockBackend: backend_word_q <= backend_q[acc_index_i[10:0]];
        hx_chip_map_pkg::BlockDriver: driver_word_q <= driver_q[acc_index_i[9:0]];
        hx_chip_map_pkg::BlockCapMem: begin
          cell_word_q <= {capmem_high_q[cell_place], capmem_low_q[cell_place]};
          shared_word_q <= {shared_high_q[shared_place], shared_low_q[shared_place]};
          read_shared_q <= cell_shared;
        end
        hx_chip_map_pkg::BlockPpuMemory:
        ppu_word_q <= {
          ppu3_q[acc_index_i[12:0]], ppu2_q[acc_index_i[12:0]], ppu1_q[acc_index_i[12:0]], ppu0_q[acc_index_i[12:0]]
        };
        default: plain_word_q <= plain;
      endcase
      read_block_q <= acc_block_i;
    end
  end

  // Flip-flops of the registers with a function. Bits without a function are dropped in synthesis.
  /* verilator lint_off UNUSEDSIGNAL */
  logic [31:0] sync_low_q, sync_high_q, bias_q, padi0_q, padi1_q, backend0_q, backend1_q, cadc0_q, cadc1_q;
  logic [31:0] sense0_q, sense1_q, mode0_q, mode1_q, phy_q, stp0_q, stp1_q;
  /* verilator lint_on UNUSEDSIGNAL */

  assign sync_base_o = {sync_high_q[10:0], sync_low_q};
  assign synapse_bias_o = bias_q[15:0];
  assign padi_config_o = {padi1_q, padi0_q};
  assign stp_config_o = {stp1_q[4:0], stp0_q[4:0]};
  assign backend_config_o = {backend1_q, backend0_q};
  assign cadc_config_o = {cadc1_q, cadc0_q};
  assign sense_delay_o = {sense1_q[11:0], sense0_q[11:0]};
  assign auto_calibrating_o = {mode1_q[0], mode0_q[0]};
  assign phy_enable_o = phy_q[7:0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      written_q <= 256'd0;
      sync_low_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegSystimeSyncBase_0_0));
      sync_high_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegSystimeSyncBase_0_1));
      bias_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegSynapseBiasSelection_0_0));
      padi0_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCommonPADIBusConfig_0_0));
      padi1_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCommonPADIBusConfig_1_0));
      stp0_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCommonSTPConfig_0_0));
      stp1_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCommonSTPConfig_1_0));
      backend0_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCommonNeuronBackendConfig_0_0));
      backend1_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCommonNeuronBackendConfig_1_0));
      cadc0_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCADCConfig_0_0));
      cadc1_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCADCConfig_1_0));
      sense0_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCommonCorrelationConfig_0_0));
      sense1_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCommonCorrelationConfig_1_0));
      mode0_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCommonCorrelationConfig_0_3));
      mode1_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCommonCorrelationConfig_1_3));
      phy_q <= hx_chip_map_pkg::reset_word(8'(hx_chip_map_pkg::RegCommonPhyConfigChip_0_0));
    end else if (is_plain && acc_we_i) begin
      written_q[acc_index_i[7:0]] <= 1'b1;
      case (acc_index_i[7:0])
        8'(hx_chip_map_pkg::RegSystimeSyncBase_0_0): sync_low_q <= plain_new;
        8'(hx_chip_map_pkg::RegSystimeSyncBase_0_1): sync_high_q <= plain_new;
        8'(hx_chip_map_pkg::RegSynapseBiasSelection_0_0): bias_q <= plain_new;
        8'(hx_chip_map_pkg::RegCommonPADIBusConfig_0_0): padi0_q <= plain_new;
        8'(hx_chip_map_pkg::RegCommonPADIBusConfig_1_0): padi1_q <= plain_new;
        8'(hx_chip_map_pkg::RegCommonSTPConfig_0_0): stp0_q <= plain_new;
        8'(hx_chip_map_pkg::RegCommonSTPConfig_1_0): stp1_q <= plain_new;
        8'(hx_chip_map_pkg::RegCommonNeuronBackendConfig_0_0): backend0_q <= plain_new;
        8'(hx_chip_map_pkg::RegCommonNeuronBackendConfig_1_0): backend1_q <= plain_new;
        8'(hx_chip_map_pkg::RegCADCConfig_0_0): cadc0_q <= plain_new;
        8'(hx_chip_map_pkg::RegCADCConfig_1_0): cadc1_q <= plain_new;
        8'(hx_chip_map_pkg::RegCommonCorrelationConfig_0_0): sense0_q <= plain_new;
        8'(hx_chip_map_pkg::RegCommonCorrelationConfig_1_0): sense1_q <= plain_new;
        8'(hx_chip_map_pkg::RegCommonCorrelationConfig_0_3): mode0_q <= plain_new;
        8'(hx_chip_map_pkg::RegCommonCorrelationConfig_1_3): mode1_q <= plain_new;
        8'(hx_chip_map_pkg::RegCommonPhyConfigChip_0_0): phy_q <= plain_new;
        default: ;
      endcase
    end
  end

  if (Registers > 256) begin : gen_check
    $error("hx_registers: more plain registers than index bits");
  end

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
