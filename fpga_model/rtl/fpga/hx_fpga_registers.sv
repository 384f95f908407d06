// Omnibus of the FPGA: every register and memory behind address bit 31.
//
// Purpose: answers exactly the documented addresses; all others read 0 and ignore writes. Registers and tables take whole
// words, byte enables count in the two external memories.
//
//   80000000  external memory of the processors, 0x8000 words       84000000  external DRAM, 0x4000000 words
//   88000000  executor: 0 response filter, 3/4 device DNA, 5 event recording, 6/7/8 polling address/target/mask, 9 instruction
//             timeout, b correction barrier, c timer
//   88002000  system time: 0 tries, 1/2 round trip, 3/4 last chip time, 5 active
//   88004000  link: 0 lane enables, 4.. CRC errors (0), c.. time online, 14.. words dropped (0), one per lane
//   88006000  PHY configuration of the lanes                        88007000  SPI master: 1 shift register, 2/4 DACs
//   88007800  I2C master: 0..1ff accesses, 200 prescaler            88007c00  event switch (stored)
//   88008000  throughput test: 0 enable, 1 sent, 2 received, 3 in order, 4 error word
//   8800c000  words sent and received, two per lane (all counted on the lowest lane that is up); 10..13 ARQ write, tx, rx, read counters
//   88020000, 88030000, 88038000  SpikeIO output and input routes, configuration (hx_event_routes)
//   880c0000, 880d0000  incoming and outgoing routing tables (hx_event_routes)
//
// Latency: an access of clock x has its effect in clock x + FpgaAccess (a read takes what holds then, a write shows in the next
// clock) and completes in clock x + FpgaAnswer. One access per clock. An I2C access and an SPI frame hold the bus: what is behind them has
// its effect after their last clock (docs/decisions/board.md). full_o: FpgaFifo accesses wait, none may be given.
//
// Reset: registers take the values of the description. Memories and tables are cleared at power-on (configuration of the FPGA)
// only.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because a place is read
// only in clocks after the one in which it was written (tables: their block reads before it writes).
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_fpga_registers #(
    parameter int unsigned FpgaAccess = hx_spec_pkg::FpgaAccess,
    parameter int unsigned FpgaAnswer = hx_spec_pkg::FpgaAnswer,
    // Words of the DRAM outside of Verilator, a power of two; further ones read 0. A Verilator model has all of them.
    /* verilator lint_off UNUSEDPARAM */
    parameter int unsigned DramWords = 1024
    /* verilator lint_on UNUSEDPARAM */
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    // Access of this clock; address bit 31 is known to be 1. {poll, answer} comes back with the completion.
    input wire logic valid_i,
    input wire logic we_i,
    input wire logic [30:0] addr_i,
    input wire logic [31:0] wdata_i,
    input wire logic [3:0] be_i,
    input wire logic [1:0] tag_i,
    output wire logic full_o,
    output wire logic done_o,
    output wire logic [1:0] done_tag_o,
    output wire logic [31:0] rdata_o,
    // Registers with a function.
    output wire logic event_recording_o,
    output wire logic [31:0] poll_address_o,
    output wire logic [31:0] poll_target_o,
    output wire logic [31:0] poll_mask_o,
    output wire logic [31:0] timeout_o,
    output wire logic [3:0] tries_o,
    output wire logic [7:0] lane_enable_o,
    // Access of hx_event_routes in this clock, which answers in the same one.
    output logic [2:0] table_o,
    output wire logic table_we_o,
    output wire logic [15:0] table_addr_o,
    output wire logic [18:0] table_wdata_o,
    input wire logic [18:0] table_rdata_i,
    // What can be read.
    input wire logic [31:0] timer_i,
    input wire logic sync_active_i,
    input wire logic [42:0] sync_round_trip_i,
    input wire logic [42:0] sync_chip_time_i,
    input wire logic [7:0] lane_up_i,
    // Traffic of the link in this clock: a write or read of the chip executed, a read answered, words that enter the link, a pack
    // received; the lane that counts the words.
    input wire logic chip_write_i,
    input wire logic chip_read_i,
    input wire logic chip_read_done_i,
    input wire logic [2:0] tx_words_i,
    input wire logic pack_i,
    input wire logic [2:0] first_lane_i,
    // Serial busses of the board.
    output wire logic i2c_scl_o,
    input wire logic i2c_scl_i,
    output wire logic i2c_sda_o,
    input wire logic i2c_sda_i,
    output wire logic spi_sclk_o,
    output wire logic spi_mosi_o,
    output wire logic [2:0] spi_select_no
);

  localparam int unsigned TailStages = FpgaAnswer - FpgaAccess;
  localparam logic [31:0] PhyMask = 32'h003effff;  // bits of PhyConfigFPGA that exist
  localparam logic [31:0] DnaHigh = 32'h01500000;
  localparam logic [31:0] DnaLow = 32'h0000005d;
  localparam logic [15:0] I2cPrescaler = 16'd313;  // 100 kHz
  // Throughput test: 10085 words per 125000 clocks and lane, five lanes at most.
  localparam logic [19:0] PerfWords = 20'd10085;
  localparam logic [19:0] PerfClocks = 20'd125000;
  localparam int unsigned PerfLoop = hx_spec_pkg::PerfLoop;

  // ---- Requests on their way to the effect, data on its way to the completion. ----
  logic [TailStages-1:0] valid_q;
  logic [34*TailStages-1:0] data_q;  // {tag, data}

  logic [69:0] request;
  logic effect, we;
  logic [30:0] addr;
  logic [31:0] wdata;
  logic [3:0] be;
  logic hold, ahead_valid;
  logic [30:0] ahead;

  hx_fpga_bus #(
      .FpgaAccess(FpgaAccess)
  ) u_bus (
      .clk_i,
      .rst_ni,
      .valid_i,
      .request_i({tag_i, we_i, be_i, wdata_i, addr_i}),
      .full_o,
      .hold_i(hold),
      .effect_o(effect),
      .request_o(request),
      .ahead_valid_o(ahead_valid),
      .ahead_o(ahead)
  );

  assign we = request[67];
  assign be = request[66:63];
  assign wdata = request[62:31];
  assign addr = request[30:0];
  assign done_o = valid_q[TailStages-1];
  assign {done_tag_o, rdata_o} = done_o ? data_q[34*(TailStages-1)+:34] : 34'd0;

  // ---- Storage. ----
  logic filter_q, recording_q, correction_q;
  logic [31:0] poll_address_q, poll_target_q, poll_mask_q, timeout_q;
  logic [3:0] tries_q;
  logic [7:0] lanes_q;
  logic [31:0] phy_mem_q[8];
  logic [7:0] phy_set_q;  // lanes that were written since reset
  logic [15:0] prescaler_q;
  logic perf_q;
  logic [19:0] perf_phase_q;
  logic [31:0] perf_sent_q, perf_received_q;
  logic [PerfLoop-1:0] perf_way_q;  // words under way, the oldest one on top
  logic [31:0] clock_q;
  logic [31:0] arq_write_q, arq_read_q;
  logic [255:0] words_sent_q, words_received_q;  // 32 bits per lane

  logic [7:0] ext0_mem_q[32768], ext1_mem_q[32768], ext2_mem_q[32768], ext3_mem_q[32768];
  logic [31:0] switch_mem_q[16];
`ifdef VERILATOR
  logic [31:0] dram_mem_q[bit [25:0]];
`else
  localparam int unsigned DramAw = $clog2(DramWords);
  logic [31:0] dram_mem_q[DramWords];
`endif

`ifdef VERILATOR
  // Block memories are 0 after the configuration of an FPGA.
  initial begin
    for (int i = 0; i < 32768; i++) begin
      ext0_mem_q[i] = '0;
      ext1_mem_q[i] = '0;
      ext2_mem_q[i] = '0;
      ext3_mem_q[i] = '0;
    end
    for (int i = 0; i < 16; i++) switch_mem_q[i] = '0;
  end
`endif

  assign event_recording_o = recording_q;
  assign poll_address_o = poll_address_q;
  assign poll_target_o = poll_target_q;
  assign poll_mask_o = poll_mask_q;
  assign timeout_o = timeout_q;
  assign tries_o = tries_q;
  assign lane_enable_o = lanes_q;

  // ---- Decode of the request at its effect. ----
  localparam logic [3:0] SelNone = 4'd0;
  localparam logic [3:0] SelExt = 4'd1;
  localparam logic [3:0] SelDram = 4'd2;
  localparam logic [3:0] SelLow = 4'd3;
  localparam logic [3:0] SelTable = 4'd4;
  localparam logic [3:0] SelI2c = 4'd9;
  localparam logic [3:0] SelSwitch = 4'd10;
  localparam logic [3:0] SelSpi = 4'd11;

  logic [3:0] sel;
  logic [15:0] at;
  assign at = addr[15:0];
  always_comb begin
    sel = SelNone;
    table_o = 3'd0;
    if (effect) begin
      if (addr[30:15] == 16'd0) sel = SelExt;
      else if (addr[30:26] == 5'b00001) sel = SelDram;
      else if (addr[30:16] == 15'h0800) begin
        sel = SelLow;
        if (at[15:9] == 7'b0111100) sel = SelI2c;
        if (at == 16'h7001 || at == 16'h7002 || at == 16'h7004) sel = SelSpi;
        if (at[15:4] == 12'h7c0) sel = SelSwitch;
      end else begin
        if (addr[30:15] == 16'h1018) table_o = 3'd1;
        if (addr[30:16] == 15'h080d) table_o = 3'd2;
        if (addr[30:16] == 15'h0802) table_o = 3'd3;
        if (addr[30:8] == 23'h080300) table_o = 3'd4;
        if (addr == 31'h08038000) table_o = 3'd5;
        if (table_o != 3'd0) sel = SelTable;
      end
    end
  end

  assign table_we_o = sel == SelTable && we;
  assign table_addr_o = at;
  assign table_wdata_o = wdata[18:0];

  // ---- What the small registers hold. ----
  logic [31:0] low;
  logic [31:0] online;
  logic [2:0] online_lane;  // c.. is lane 0
  assign online_lane = at[2:0] ^ 3'd4;

  always_comb begin
    low = '0;
    if (sel == SelLow) begin
      casez (at)
        16'h0000: low = {31'd0, filter_q};
        16'h0003: low = DnaHigh;
        16'h0004: low = DnaLow;
        16'h0005: low = {31'd0, recording_q};
        16'h0006: low = poll_address_q;
        16'h0007: low = poll_target_q;
        16'h0008: low = poll_mask_q;
        16'h0009: low = timeout_q;
        16'h000b: low = {31'd0, correction_q};
        16'h000c: low = timer_i;
        16'h2000: low = {28'd0, tries_q};
        16'h2001: low = {21'd0, sync_round_trip_i[42:32]};
        16'h2002: low = sync_round_trip_i[31:0];
        16'h2003: low = {21'd0, sync_chip_time_i[42:32]};
        16'h2004: low = sync_chip_time_i[31:0];
        16'h2005: low = {31'd0, sync_active_i};
        16'h4000: low = {24'd0, lanes_q};
        16'h400c, 16'h400d, 16'h400e, 16'h400f, 16'h4010, 16'h4011, 16'h4012, 16'h4013: low = online;
        16'b0110_0000_0000_0???: low = phy_set_q[at[2:0]] ? phy_mem_q[at[2:0]] : hx_spec_pkg::PhyConfigFPGADefault;
        16'h7a00: low = {16'd0, prescaler_q};
        16'h8000: low = {31'd0, perf_q};
        16'h8001: low = perf_sent_q;
        16'h8002, 16'h8003: low = perf_received_q;
        16'b1100_0000_0000_????: low = at[0] ? words_received_q[{at[3:1], 5'd0}+:32] : words_sent_q[{at[3:1], 5'd0}+:32];
        16'hc010, 16'hc011: low = arq_write_q;
        16'hc012, 16'hc013: low = arq_read_q;
        default: low = '0;
      endcase
    end
  end

  // ---- DRAM. ----
  logic [31:0] byte_mask, dram_word;
  assign byte_mask = {{8{be[3]}}, {8{be[2]}}, {8{be[1]}}, {8{be[0]}}};
`ifdef VERILATOR
  // All words, sparse: an associative array, which takes blocking assignments only. The word of an access is looked up in the clock
  // before its effect, after the write of that clock.
  /* verilator lint_off BLKSEQ */
  always @(posedge clk_i) begin
    if (sel == SelDram && we) dram_mem_q[addr[25:0]] = (dram_word & ~byte_mask) | (wdata & byte_mask);
    if (ahead_valid) dram_word <= ahead[30:26] == 5'b00001 && dram_mem_q.exists(ahead[25:0]) != 0 ? dram_mem_q[ahead[25:0]] : 32'd0;
  end
  /* verilator lint_on BLKSEQ */
`else
  logic unused_ahead;
  assign unused_ahead = ^{ahead_valid, ahead};
  assign dram_word = addr[25:DramAw] == '0 ? dram_mem_q[addr[DramAw-1:0]] : 32'd0;
  always_ff @(posedge clk_i) begin
    if (sel == SelDram && we && addr[25:DramAw] == '0) begin
      dram_mem_q[addr[DramAw-1:0]] <= (dram_word & ~byte_mask) | (wdata & byte_mask);
    end
  end
`endif

  logic [31:0] found;
  always_comb begin
    found = '0;
    case (sel)
      SelLow: found = low;
      SelExt: found = {ext3_mem_q[at[14:0]], ext2_mem_q[at[14:0]], ext1_mem_q[at[14:0]], ext0_mem_q[at[14:0]]};
      SelDram: found = dram_word;
      SelTable: found = {13'd0, table_rdata_i};
      SelSwitch: found = switch_mem_q[at[3:0]];
      default: found = '0;
    endcase
  end

  // ---- Serial busses. A transfer holds the bus and completes instead of its access. ----
  logic i2c_start, i2c_busy, i2c_done, spi_push, spi_frame, spi_busy, spi_done, transfer, transfer_done;
  logic [31:0] i2c_rdata;
  logic [1:0] transfer_tag_q;
  assign i2c_start = sel == SelI2c;
  assign spi_push = sel == SelSpi && we;
  assign spi_frame = spi_push && wdata[31];
  assign transfer = i2c_start || spi_frame;
  assign transfer_done = i2c_done || spi_done;
  assign hold = i2c_busy || spi_busy;

  hx_i2c_master u_i2c (
      .clk_i,
      .rst_ni,
      .prescaler_i(prescaler_q),
      .start_i(i2c_start),
      .we_i(we),
      .addr_i(at[8:0]),
      .wdata_i(wdata[7:0]),
      .busy_o(i2c_busy),
      .done_o(i2c_done),
      .rdata_o(i2c_rdata),
      .scl_o(i2c_scl_o),
      .scl_i(i2c_scl_i),
      .sda_o(i2c_sda_o),
      .sda_i(i2c_sda_i)
  );

  hx_spi_master u_spi (
      .clk_i,
      .rst_ni,
      .push_i(spi_push),
      .frame_i(wdata[31]),
      .device_i(at[2:1]),
      .data_i(wdata[7:0]),
      .busy_o(spi_busy),
      .done_o(spi_done),
      .sclk_o(spi_sclk_o),
      .mosi_o(spi_mosi_o),
      .select_no(spi_select_no)
  );

  logic complete;
  logic [33:0] completed;
  assign complete = (effect && !transfer) || transfer_done;
  assign completed = transfer_done ? {transfer_tag_q, i2c_rdata} : {request[69:68], found};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
    end else if (effect || transfer_done || valid_q != '0) begin
      valid_q <= TailStages'({valid_q, complete});
      data_q <= (data_q << 34) | (34 * TailStages)'(completed);
    end
  end
  always_ff @(posedge clk_i) begin
    if (transfer) transfer_tag_q <= request[69:68];
  end

  // ---- Writes of memories. ----
  always_ff @(posedge clk_i) begin
    if (effect && we) begin
      case (sel)
        SelExt: begin
          if (be[0]) ext0_mem_q[at[14:0]] `HX_MEMORY_WRITE wdata[7:0];
          if (be[1]) ext1_mem_q[at[14:0]] `HX_MEMORY_WRITE wdata[15:8];
          if (be[2]) ext2_mem_q[at[14:0]] `HX_MEMORY_WRITE wdata[23:16];
          if (be[3]) ext3_mem_q[at[14:0]] `HX_MEMORY_WRITE wdata[31:24];
        end
        SelSwitch: switch_mem_q[at[3:0]] `HX_MEMORY_WRITE wdata;
        SelLow: if (at[15:3] == 13'b0110_0000_0000_0) phy_mem_q[at[2:0]] `HX_MEMORY_WRITE wdata & PhyMask;
        default: ;
      endcase
    end
  end

  // ---- Writes of registers. ----
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      filter_q <= 1'b1;
      recording_q <= 1'b0;
      correction_q <= 1'b0;
      poll_address_q <= '0;
      poll_target_q <= '0;
      poll_mask_q <= '0;
      timeout_q <= hx_spec_pkg::InstructionTimeoutConfigDefault;
      tries_q <= hx_spec_pkg::FPGASystimeSyncNumRetriesDefault[3:0];
      lanes_q <= '0;
      phy_set_q <= '0;
      prescaler_q <= I2cPrescaler;
    end else if (effect && we) begin
      if (sel == SelLow) begin
        casez (at)
          16'h0000: filter_q <= wdata[0];
          16'h0005: recording_q <= wdata[0];
          16'h0006: poll_address_q <= wdata;
          16'h0007: poll_target_q <= wdata;
          16'h0008: poll_mask_q <= wdata;
          16'h0009: timeout_q <= wdata;
          16'h000b: correction_q <= wdata[0];
          16'h2000: tries_q <= wdata[3:0];
          16'h4000: lanes_q <= wdata[7:0];
          16'b0110_0000_0000_0???: phy_set_q[at[2:0]] <= 1'b1;
          16'h7a00: prescaler_q <= wdata[15:0];
          default: ;
        endcase
      end
    end
  end

  // ---- Counters. ----
  // Time online of a lane: that of earlier times, and when the last one began.
  logic [7:0] up_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) up_q <= '0;
    else up_q <= lane_up_i;
  end
  logic [255:0] base_q, since_q;  // 32 bits per lane
  always_ff @(posedge clk_i) begin
    if (lane_up_i != up_q) begin
      for (int unsigned i = 0; i < 8; i++) begin
        if (!lane_up_i[i] && up_q[i]) base_q[32*i+:32] <= base_q[32*i+:32] + clock_q - since_q[32*i+:32];
      end
      for (int unsigned i = 0; i < 8; i++) begin
        if (lane_up_i[i] && !up_q[i]) since_q[32*i+:32] <= clock_q;
      end
    end
    if (!rst_ni) begin
      base_q <= '0;
      since_q <= '0;
    end
  end
  always_comb begin
    online = '0;
    if (sel == SelLow) begin
      online = base_q[{online_lane, 5'd0}+:32];
      if (up_q[online_lane]) online = online + clock_q - since_q[{online_lane, 5'd0}+:32];
    end
  end

  logic [2:0] perf_lanes;
  logic [3:0] lane_count;
  logic [19:0] perf_next;
  logic perf_send, perf_start;
  assign perf_start = sel == SelLow && we && at == 16'h8000 && wdata[0] && !perf_q;
  always_comb begin
    lane_count = '0;
    perf_lanes = '0;
    perf_next = '0;
    perf_send = 1'b0;
    if (perf_q) begin
      for (int unsigned i = 0; i < 8; i++) lane_count = lane_count + {3'd0, lane_up_i[i]};
      perf_lanes = lane_count > 4'd5 ? 3'd5 : lane_count[2:0];
      perf_next = perf_phase_q + PerfWords * {17'd0, perf_lanes};
      perf_send = perf_next >= PerfClocks;
    end
  end

  always_ff @(posedge clk_i) begin
    if (perf_q || perf_way_q != '0 || (sel == SelLow && we)) begin
      perf_phase_q <= perf_start ? 20'd0 : perf_send ? perf_next - PerfClocks : perf_next;
      perf_sent_q <= perf_start ? 32'd0 : perf_sent_q + {31'd0, perf_send};
      perf_received_q <= perf_start ? 32'd0 : perf_received_q + {31'd0, perf_way_q[PerfLoop-1]};
      perf_way_q <= perf_start ? '0 : {perf_way_q[PerfLoop-2:0], perf_send};
      if (sel == SelLow && we && at == 16'h8000) perf_q <= wdata[0];
    end
    if (!rst_ni) begin
      perf_q <= 1'b0;
      perf_phase_q <= '0;
      perf_sent_q <= '0;
      perf_received_q <= '0;
      perf_way_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) clock_q <= '0;
    else clock_q <= clock_q + 32'd1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      arq_write_q <= '0;
      arq_read_q <= '0;
      words_sent_q <= '0;
      words_received_q <= '0;
    end else if (chip_write_i || chip_read_i || chip_read_done_i || tx_words_i != '0 || pack_i) begin
      // A write is two words, address and data.
      arq_write_q <= arq_write_q + {30'd0, chip_write_i, chip_read_i};
      arq_read_q <= arq_read_q + {31'd0, chip_read_done_i};
      words_sent_q[{first_lane_i, 5'd0}+:32] <= words_sent_q[{first_lane_i, 5'd0}+:32] + {29'd0, tx_words_i};
      words_received_q[{first_lane_i, 5'd0}+:32] <=
          words_received_q[{first_lane_i, 5'd0}+:32] + {31'd0, chip_read_done_i} + {31'd0, pack_i};
    end
  end

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
