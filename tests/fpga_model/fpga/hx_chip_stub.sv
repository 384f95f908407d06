// Stand-in for the chip with the ports and the bus timing of hx_chip, for tests of FPGA and link alone.
//
// * Omnibus: 1024 words of storage at addresses 0..1023. A read of 0x10000 + n keeps the bus busy for n clocks. Completion
//   ChipAnswer clocks after the effect. Address 0x20000 reads the level of the reset pin, 0x20001 how often it rose.
// * Events: a label is in a register one clock after it was taken, leaves two clocks later as a pack of one (XbarPipe) with the
//   chip time as stamp. Labels 0xfffX: X < 4 sends X copies as one pack, 0xfff8 is swallowed, 0xfff9 blocks the input for 100 clocks.
// * MADC: a write of n to 0x20002 in clock w sends n samples, in w + 3, w + 6, ..., numbered from 0.
// * Words 0 and 1 are SystimeSyncBase. Address 0x40000 is the register of lane enables (cleared by the reset pin), in the counting of
//   the FPGA. Address 0x80000 + n reads how often register n of the PLL was written over JTAG (bits 31..16) and the last data
//   (bits 15..0). A write of 0x80006 with bit 0 set stops the Omnibus until the next write over JTAG or reset.
`default_nettype none

module hx_chip #(
    parameter int unsigned Columns = 256,
    parameter int unsigned Rows = 256,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned PadiPorts = hx_spec_pkg::PadiPorts,
    parameter int unsigned RowPort = hx_spec_pkg::RowPort
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    input wire logic chip_rst_i,
    input wire logic pll_we_i,
    input wire logic [2:0] pll_addr_i,
    input wire logic [31:0] pll_wdata_i,
    output wire logic omnibus_on_o,
    output wire logic [7:0] lane_enable_o,
    input wire logic ob_valid_i,
    output wire logic ob_ready_o,
    input wire logic ob_we_i,
    input wire logic [31:0] ob_addr_i,
    input wire logic [31:0] ob_wdata_i,
    input wire logic [3:0] ob_be_i,
    output wire logic ob_done_o,
    output wire logic [31:0] ob_rdata_o,
    input wire logic ev_valid_i,
    output wire logic ev_ready_o,
    input wire logic [15:0] ev_label_i,
    output wire logic pack_valid_o,
    input wire logic pack_ready_i,
    output wire logic [1:0] pack_count_o,
    output wire logic [71:0] pack_data_o,
    output wire logic madc_valid_o,
    output wire logic [23:0] madc_data_o,
    input wire logic sync_load_i,
    output wire logic [42:0] sync_base_o,
    output wire logic [42:0] chip_time_o
);

  localparam int unsigned Answer = hx_spec_pkg::ChipAnswer;

  logic [31:0] mem_q[1024];
  logic [31:0] busy_q, resets_q;
  logic rst_before_q, off_q;
  logic [7:0] lanes_q;
  logic [255:0] pll_q;
  logic [42:0] time_q;
  logic [Answer-1:0] done_q;
  logic [32*Answer-1:0] data_q;
  logic take;
  logic [31:0] mask, read;

  assign ob_ready_o = !chip_rst_i && !off_q && busy_q == 0;
  assign omnibus_on_o = !off_q;
  assign lane_enable_o = lanes_q;
  assign take = ob_valid_i && ob_ready_o;
  assign mask = {{8{ob_be_i[3]}}, {8{ob_be_i[2]}}, {8{ob_be_i[1]}}, {8{ob_be_i[0]}}};
  assign read = ob_we_i ? 32'hdeadbeef : ob_addr_i == 32'h20000 ? {31'd0, chip_rst_i} : ob_addr_i == 32'h20001 ? resets_q :
      ob_addr_i == 32'h40000 ? {24'd0, lanes_q} : ob_addr_i[31:3] == 29'h10000 ? pll_q[{ob_addr_i[2:0], 5'd0}+:32] :
      ob_addr_i < 1024 ? mem_q[ob_addr_i[9:0]] : 32'd0;
  assign ob_done_o = done_q[Answer-1];
  assign ob_rdata_o = data_q[32*Answer-1-:32];
  assign sync_base_o = {mem_q[1][10:0], mem_q[0]};
  assign chip_time_o = time_q;

  initial for (int unsigned i = 0; i < 1024; i++) mem_q[i] = 0;

  always_ff @(posedge clk_i) begin
    rst_before_q <= chip_rst_i;
    if (!rst_ni) begin
      busy_q <= 0;
      done_q <= '0;
      time_q <= '0;
      resets_q <= 0;
      rst_before_q <= 1'b0;
      off_q <= 1'b0;
      lanes_q <= '0;
      pll_q <= '0;
    end else begin
      if (chip_rst_i && !rst_before_q) resets_q <= resets_q + 1;
      time_q <= sync_load_i ? {sync_base_o[41:0], 1'b0} : time_q + 43'd2;
      if (take && ob_we_i && ob_addr_i == 32'h40000) lanes_q <= ob_wdata_i[7:0];
      if (take && ob_we_i && ob_addr_i == 32'h80006) off_q <= ob_wdata_i[0];
      if (pll_we_i) begin
        pll_q[{pll_addr_i, 5'd0}+:32] <= {pll_q[{pll_addr_i, 5'd16}+:16] + 16'd1, pll_wdata_i[15:0]};
        off_q <= 1'b0;
      end
      if (chip_rst_i) begin
        lanes_q <= '0;
        off_q <= 1'b0;
      end
      if (busy_q != 0) busy_q <= busy_q - 1;
      done_q <= {done_q[Answer-2:0], take};
      data_q <= {data_q[32*Answer-33:0], read};
      if (take && ob_we_i && ob_addr_i < 1024) mem_q[ob_addr_i[9:0]] <= (mem_q[ob_addr_i[9:0]] & ~mask) | (ob_wdata_i & mask);
      if (take && !ob_we_i && ob_addr_i[31:16] == 16'd1) busy_q <= {16'd0, ob_addr_i[15:0]};
    end
  end

  // ---- Events. ----
  logic [31:0] label_q;
  logic [1:0] label_valid_q;
  logic [31:0] block_q;
  logic [1:0] copies;
  logic [15:0] out;
  logic stall;
  assign out = label_q[31:16];
  assign stall = label_valid_q[1] && !pack_ready_i;
  assign ev_ready_o = block_q == 0 && !stall;
  assign copies = out[15:2] == 14'h3ffc ? out[1:0] : 2'd1;
  // Labels that leave no pack still pass through.
  assign pack_valid_o = label_valid_q[1] && pack_ready_i && out != 16'hfff8 && out != 16'hfff9 && copies != 0;
  assign pack_count_o = copies;
  assign pack_data_o = copies == 3 ? {3{time_q[7:0], out}} : copies == 2 ? {24'd0, {2{time_q[7:0], out}}} : {48'd0, time_q[7:0], out};

  // Registered once (the L2 input register) and once more on the way through the crossbar, which takes XbarPipe clocks in all.
  logic [15:0] input_q;
  logic input_valid_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      label_valid_q <= '0;
      block_q <= 0;
      input_valid_q <= 1'b0;
    end else if (!stall) begin
      input_valid_q <= ev_valid_i && ev_ready_o;
      input_q <= ev_label_i;
      label_valid_q <= {label_valid_q[0], input_valid_q};
      label_q <= {label_q[15:0], input_q};
    end
    if (block_q != 0) block_q <= block_q - 1;
    if (ev_valid_i && ev_ready_o && ev_label_i == 16'hfff9) block_q <= 100;
  end

  // ---- MADC samples. ----
  logic [9:0] samples_q, sample_q;
  logic [1:0] sample_wait_q;
  assign madc_valid_o = samples_q != 0 && sample_wait_q == 0;
  assign madc_data_o = {time_q[7:0], 6'd0, sample_q};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      samples_q <= '0;
    end else if (take && ob_we_i && ob_addr_i == 32'h20002) begin
      samples_q <= ob_wdata_i[9:0];
      sample_q <= '0;
      sample_wait_q <= 2'd2;
    end else if (samples_q != 0) begin
      sample_wait_q <= sample_wait_q == 0 ? 2'd2 : sample_wait_q - 2'd1;
      if (madc_valid_o) begin
        samples_q <= samples_q - 10'd1;
        sample_q <= sample_q + 10'd1;
      end
    end
  end

  logic unused;
  assign unused = ^{pll_wdata_i[31:16], Columns, Rows, Slots, PadiPorts, RowPort};

endmodule

`default_nettype wire
