// A complete system: FPGA, link and chip.
//
// Purpose: what a simulation or a board's shell instantiates. Words in, words out; one clock. Playback starts when a halt is in
// the playback memory or the memory is full.
//
// Reset: rst_ni low for one clock is power-on of FPGA, link and chip.
`default_nettype none

module hx_top #(
    parameter int unsigned Columns = 256,
    parameter int unsigned Rows = 256,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned PadiPorts = hx_spec_pkg::PadiPorts,
    parameter int unsigned RowPort = hx_spec_pkg::RowPort,
    // Words of the playback memory, a power of two.
    parameter int unsigned PlaybackWords = 4096,
    // Words of the external DRAM outside of a simulation, a power of two.
    parameter int unsigned DramWords = 1024
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    // Gives up the program at work from the instruction of this clock on; its halt is answered.
    input wire logic abort_i,
    // Words from the host, taken with valid & ready.
    input wire logic ut_valid_i,
    output wire logic ut_ready_o,
    input wire logic [63:0] ut_word_i,
    // Words to the host.
    output wire logic ut_valid_o,
    input wire logic ut_ready_i,
    output wire logic [63:0] ut_word_o,
    // High in the clock in which the word that completes the answer of a halt leaves.
    output wire logic run_end_o,
    // Serial busses of the board. I2C is open drain: 1 = released. SPI: shift register, DAC 0, DAC 1.
    output wire logic i2c_scl_o,
    input wire logic i2c_scl_i,
    output wire logic i2c_sda_o,
    input wire logic i2c_sda_i,
    output wire logic spi_sclk_o,
    output wire logic spi_mosi_o,
    output wire logic [2:0] spi_select_no,
    // Strap: the link is up from power-on, without start-up (hx_lanes).
    input wire logic link_strap_i,
    // Serial link of SpikeIO; idle is 1.
    output wire logic spikeio_o,
    input wire logic spikeio_i
);

  logic [1:0] ev_count;
  logic [47:0] ev_labels;
  logic ev_room;
  logic ob_valid, ob_we, ob_full, ob_done;
  logic [31:0] ob_addr, ob_wdata, ob_rdata;
  logic [3:0] ob_be;
  logic tck, tms, tdi, tdo, tap_busy;
  logic [7:0] fpga_enable, chip_enable, lane_up;
  logic [2:0] first_lane, notify_lane, tx_words;
  logic link_up, notify_valid, notify_ready;
  logic pk_valid;
  logic [1:0] pk_count, pk_gone;
  logic [71:0] pk_data;
  logic md_valid;
  logic [23:0] md_data;
  logic chip_rst, sync_load;
  logic [42:0] sync_base;

  logic chip_ev_valid, chip_ev_ready;
  logic [15:0] chip_ev_label;
  logic chip_ob_valid, chip_ob_ready, chip_ob_we, chip_ob_done;
  logic [31:0] chip_ob_addr, chip_ob_wdata, chip_ob_rdata;
  logic [3:0] chip_ob_be;
  logic chip_pack_valid, chip_pack_ready;
  logic [1:0] chip_pack_count;
  logic [71:0] chip_pack_data;
  logic chip_madc_valid;
  logic [23:0] chip_madc_data;
  logic [42:0] chip_time;
  logic unused_chip_time;
  assign unused_chip_time = ^chip_time;

  hx_fpga #(
      .PlaybackWords(PlaybackWords),
      .DramWords(DramWords)
  ) u_fpga (
      .clk_i,
      .rst_ni,
      .abort_i,
      .ut_valid_i,
      .ut_ready_o,
      .ut_word_i,
      .ut_valid_o,
      .ut_ready_i,
      .ut_word_o,
      .run_end_o,
      .ev_count_o(ev_count),
      .ev_labels_o(ev_labels),
      .ev_room_i(ev_room),
      .ob_valid_o(ob_valid),
      .ob_we_o(ob_we),
      .ob_addr_o(ob_addr),
      .ob_wdata_o(ob_wdata),
      .ob_be_o(ob_be),
      .ob_full_i(ob_full),
      .ob_done_i(ob_done),
      .ob_rdata_i(ob_rdata),
      .lane_enable_o(fpga_enable),
      .lane_up_i(lane_up),
      .first_lane_i(first_lane),
      .link_up_i(link_up),
      .tx_words_i(tx_words),
      .notify_valid_i(notify_valid),
      .notify_lane_i(notify_lane),
      .notify_ready_o(notify_ready),
      .tck_o(tck),
      .tms_o(tms),
      .tdi_o(tdi),
      .tdo_i(tdo),
      .tap_busy_i(tap_busy),
      .spikeio_o,
      .spikeio_i,
      .pk_valid_i(pk_valid),
      .pk_count_i(pk_count),
      .pk_data_i(pk_data),
      .pk_gone_o(pk_gone),
      .md_valid_i(md_valid),
      .md_data_i(md_data),
      .chip_rst_o(chip_rst),
      .sync_load_o(sync_load),
      .sync_base_i(sync_base),
      .i2c_scl_o,
      .i2c_scl_i,
      .i2c_sda_o,
      .i2c_sda_i,
      .spi_sclk_o,
      .spi_mosi_o,
      .spi_select_no
  );

  hx_lanes u_lanes (
      .clk_i,
      .rst_ni,
      .always_up_i(link_strap_i),
      .fpga_enable_i(fpga_enable),
      .chip_enable_i(chip_enable),
      .lane_up_o(lane_up),
      .up_o(link_up),
      .first_lane_o(first_lane),
      .notify_valid_o(notify_valid),
      .notify_lane_o(notify_lane),
      .notify_ready_i(notify_ready)
  );

  hx_link u_link (
      .clk_i,
      .rst_ni,
      .up_i(link_up),
      .tx_words_o(tx_words),
      .ev_count_i(ev_count),
      .ev_labels_i(ev_labels),
      .ev_room_o(ev_room),
      .ob_valid_i(ob_valid),
      .ob_we_i(ob_we),
      .ob_addr_i(ob_addr),
      .ob_wdata_i(ob_wdata),
      .ob_be_i(ob_be),
      .ob_full_o(ob_full),
      .ob_done_o(ob_done),
      .ob_rdata_o(ob_rdata),
      .pk_valid_o(pk_valid),
      .pk_count_o(pk_count),
      .pk_data_o(pk_data),
      .pk_gone_i(pk_gone),
      .md_valid_o(md_valid),
      .md_data_o(md_data),
      .chip_ev_valid_o(chip_ev_valid),
      .chip_ev_ready_i(chip_ev_ready),
      .chip_ev_label_o(chip_ev_label),
      .chip_ob_valid_o(chip_ob_valid),
      .chip_ob_ready_i(chip_ob_ready),
      .chip_ob_we_o(chip_ob_we),
      .chip_ob_addr_o(chip_ob_addr),
      .chip_ob_wdata_o(chip_ob_wdata),
      .chip_ob_be_o(chip_ob_be),
      .chip_ob_done_i(chip_ob_done),
      .chip_ob_rdata_i(chip_ob_rdata),
      .chip_pack_valid_i(chip_pack_valid),
      .chip_pack_ready_o(chip_pack_ready),
      .chip_pack_count_i(chip_pack_count),
      .chip_pack_data_i(chip_pack_data),
      .chip_madc_valid_i(chip_madc_valid),
      .chip_madc_data_i(chip_madc_data)
  );

  hx_asic #(
      .Columns(Columns),
      .Rows(Rows),
      .Slots(Slots),
      .PadiPorts(PadiPorts),
      .RowPort(RowPort)
  ) u_asic (
      .clk_i,
      .rst_ni,
      .chip_rst_i(chip_rst),
      .tck_i(tck),
      .tms_i(tms),
      .tdi_i(tdi),
      .tdo_o(tdo),
      .tap_busy_o(tap_busy),
      .lane_enable_o(chip_enable),
      .ob_valid_i(chip_ob_valid),
      .ob_ready_o(chip_ob_ready),
      .ob_we_i(chip_ob_we),
      .ob_addr_i(chip_ob_addr),
      .ob_wdata_i(chip_ob_wdata),
      .ob_be_i(chip_ob_be),
      .ob_done_o(chip_ob_done),
      .ob_rdata_o(chip_ob_rdata),
      .ev_valid_i(chip_ev_valid),
      .ev_ready_o(chip_ev_ready),
      .ev_label_i(chip_ev_label),
      .pack_valid_o(chip_pack_valid),
      .pack_ready_i(chip_pack_ready),
      .pack_count_o(chip_pack_count),
      .pack_data_o(chip_pack_data),
      .madc_valid_o(chip_madc_valid),
      .madc_data_o(chip_madc_data),
      .sync_load_i(sync_load),
      .sync_base_o(sync_base),
      .chip_time_o(chip_time)
  );

endmodule

`default_nettype wire
