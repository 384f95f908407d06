// The FPGA as source and as the netlist that Yosys makes of it, each with its own link, board and stand-in of the chip, on the same words.
//
// differs_o is high in a clock in which any output of the two differs (payloads count while they are valid).
`default_nettype none

module hx_fpga_pair (
    input wire logic clk_i,
    input wire logic rst_ni,
    input wire logic abort_i,
    input wire logic ut_valid_i,
    output wire logic ut_ready_o,
    input wire logic [63:0] ut_word_i,
    input wire logic ut_ready_i,
    // Of the source.
    output wire logic ut_valid_o,
    output wire logic [63:0] ut_word_o,
    output wire logic run_end_o,
    output wire logic differs_o
);

  // One bit or field per side: 0 is the source, 1 the netlist.
  logic [1:0] ut_ready, ut_valid, run_end, ob_valid, ob_we, tck, tms, tdi, spikeio, notify_ready, chip_rst, sync_load;
  logic [127:0] ut_word;
  logic [3:0] ev_count, pk_gone;
  logic [95:0] ev_labels;
  logic [63:0] ob_addr, ob_wdata;
  logic [7:0] ob_be;
  logic [1:0] scl, sda, sclk, mosi;
  logic [5:0] select_n;
  logic [15:0] lane_enable;

  for (genvar s = 0; s < 2; s++) begin : gen_side
    logic ev_room, ob_full, ob_done, tdo, tap_busy, link_up, notify_valid, pk_valid;
    logic [7:0] lane_up, chip_enable;
    logic [2:0] first_lane, tx_words, notify_lane;
    logic [31:0] ob_rdata;
    logic [1:0] pk_count;
    logic [71:0] pk_data;
    logic [42:0] sync_base, chip_time;
    logic scl_board, sda_board;
    logic chip_ev_valid, chip_ev_ready, chip_ob_valid, chip_ob_ready, chip_ob_we, chip_ob_done, chip_pack_valid, chip_pack_ready;
    logic [15:0] chip_ev_label;
    logic [31:0] chip_ob_addr, chip_ob_wdata, chip_ob_rdata;
    logic [3:0] chip_ob_be;
    logic [1:0] chip_pack_count;
    logic [71:0] chip_pack_data;
    logic chip_madc_valid, md_valid;
    logic [23:0] chip_madc_data, md_data;

    if (s == 0) begin : gen_source
      hx_fpga #(
          .PlaybackWords(64),
          .DramWords(64)
      ) u_fpga (
          .clk_i,
          .rst_ni,
          .abort_i,
          .ut_valid_i,
          .ut_ready_o(ut_ready[s]),
          .ut_word_i,
          .ut_valid_o(ut_valid[s]),
          .ut_ready_i,
          .ut_word_o(ut_word[64*s+:64]),
          .run_end_o(run_end[s]),
          .ev_count_o(ev_count[2*s+:2]),
          .ev_labels_o(ev_labels[48*s+:48]),
          .ev_room_i(ev_room),
          .ob_valid_o(ob_valid[s]),
          .ob_we_o(ob_we[s]),
          .ob_addr_o(ob_addr[32*s+:32]),
          .ob_wdata_o(ob_wdata[32*s+:32]),
          .ob_be_o(ob_be[4*s+:4]),
          .ob_full_i(ob_full),
          .ob_done_i(ob_done),
          .ob_rdata_i(ob_rdata),
          .lane_enable_o(lane_enable[8*s+:8]),
          .lane_up_i(lane_up),
          .first_lane_i(first_lane),
          .link_up_i(link_up),
          .tx_words_i(tx_words),
          .notify_valid_i(notify_valid),
          .notify_lane_i(notify_lane),
          .notify_ready_o(notify_ready[s]),
          .tck_o(tck[s]),
          .tms_o(tms[s]),
          .tdi_o(tdi[s]),
          .tdo_i(tdo),
          .tap_busy_i(tap_busy),
          .spikeio_o(spikeio[s]),
          .spikeio_i(1'b1),
          .pk_valid_i(pk_valid),
          .pk_count_i(pk_count),
          .pk_data_i(pk_data),
          .pk_gone_o(pk_gone[2*s+:2]),
          .md_valid_i(md_valid),
          .md_data_i(md_data),
          .chip_rst_o(chip_rst[s]),
          .sync_load_o(sync_load[s]),
          .sync_base_i(sync_base),
          .i2c_scl_o(scl[s]),
          .i2c_scl_i(scl_board),
          .i2c_sda_o(sda[s]),
          .i2c_sda_i(sda_board),
          .spi_sclk_o(sclk[s]),
          .spi_mosi_o(mosi[s]),
          .spi_select_no(select_n[3*s+:3])
      );
    end else begin : gen_netlist
      hx_fpga_netlist u_fpga (
          .clk_i,
          .rst_ni,
          .abort_i,
          .ut_valid_i,
          .ut_ready_o(ut_ready[s]),
          .ut_word_i,
          .ut_valid_o(ut_valid[s]),
          .ut_ready_i,
          .ut_word_o(ut_word[64*s+:64]),
          .run_end_o(run_end[s]),
          .ev_count_o(ev_count[2*s+:2]),
          .ev_labels_o(ev_labels[48*s+:48]),
          .ev_room_i(ev_room),
          .ob_valid_o(ob_valid[s]),
          .ob_we_o(ob_we[s]),
          .ob_addr_o(ob_addr[32*s+:32]),
          .ob_wdata_o(ob_wdata[32*s+:32]),
          .ob_be_o(ob_be[4*s+:4]),
          .ob_full_i(ob_full),
          .ob_done_i(ob_done),
          .ob_rdata_i(ob_rdata),
          .lane_enable_o(lane_enable[8*s+:8]),
          .lane_up_i(lane_up),
          .first_lane_i(first_lane),
          .link_up_i(link_up),
          .tx_words_i(tx_words),
          .notify_valid_i(notify_valid),
          .notify_lane_i(notify_lane),
          .notify_ready_o(notify_ready[s]),
          .tck_o(tck[s]),
          .tms_o(tms[s]),
          .tdi_o(tdi[s]),
          .tdo_i(tdo),
          .tap_busy_i(tap_busy),
          .spikeio_o(spikeio[s]),
          .spikeio_i(1'b1),
          .pk_valid_i(pk_valid),
          .pk_count_i(pk_count),
          .pk_data_i(pk_data),
          .pk_gone_o(pk_gone[2*s+:2]),
          .md_valid_i(md_valid),
          .md_data_i(md_data),
          .chip_rst_o(chip_rst[s]),
          .sync_load_o(sync_load[s]),
          .sync_base_i(sync_base),
          .i2c_scl_o(scl[s]),
          .i2c_scl_i(scl_board),
          .i2c_sda_o(sda[s]),
          .i2c_sda_i(sda_board),
          .spi_sclk_o(sclk[s]),
          .spi_mosi_o(mosi[s]),
          .spi_select_no(select_n[3*s+:3])
      );
    end

    // Up from power-on, so that random programs do something; lanes come and go besides.
    hx_lanes #(
        .LinkUpTime(50)
    ) u_lanes (
        .clk_i,
        .rst_ni,
        .always_up_i(1'b1),
        .fpga_enable_i(lane_enable[8*s+:8]),
        .chip_enable_i(chip_enable),
        .lane_up_o(lane_up),
        .up_o(link_up),
        .first_lane_o(first_lane),
        .notify_valid_o(notify_valid),
        .notify_lane_o(notify_lane),
        .notify_ready_i(notify_ready[s])
    );

    hx_link u_link (
        .clk_i,
        .rst_ni,
        .up_i(link_up),
        .tx_words_o(tx_words),
        .ev_count_i(ev_count[2*s+:2]),
        .ev_labels_i(ev_labels[48*s+:48]),
        .ev_room_o(ev_room),
        .ob_valid_i(ob_valid[s]),
        .ob_we_i(ob_we[s]),
        .ob_addr_i(ob_addr[32*s+:32]),
        .ob_wdata_i(ob_wdata[32*s+:32]),
        .ob_be_i(ob_be[4*s+:4]),
        .ob_full_o(ob_full),
        .ob_done_o(ob_done),
        .ob_rdata_o(ob_rdata),
        .pk_valid_o(pk_valid),
        .pk_count_o(pk_count),
        .pk_data_o(pk_data),
        .pk_gone_i(pk_gone[2*s+:2]),
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

    hx_asic u_asic (
        .clk_i,
        .rst_ni,
        .chip_rst_i(chip_rst[s]),
        .tck_i(tck[s]),
        .tms_i(tms[s]),
        .tdi_i(tdi[s]),
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
        .sync_load_i(sync_load[s]),
        .sync_base_o(sync_base),
        .chip_time_o(chip_time)
    );

    hx_board u_board (
        .clk_i,
        .scl_i(scl[s]),
        .scl_o(scl_board),
        .sda_i(sda[s]),
        .sda_o(sda_board),
        .sclk_i(sclk[s]),
        .mosi_i(mosi[s]),
        .select_ni(select_n[3*s+:3])
    );
  end

  assign ut_ready_o = ut_ready[0];
  assign ut_valid_o = ut_valid[0];
  assign ut_word_o = ut_word[63:0];
  assign run_end_o = run_end[0];
  assign differs_o = ut_ready[0] != ut_ready[1] || ut_valid[0] != ut_valid[1] || (ut_valid[0] && ut_word[63:0] != ut_word[127:64]) ||
      run_end[0] != run_end[1] || ev_count[1:0] != ev_count[3:2] || ob_valid[0] != ob_valid[1] ||
      (ob_valid[0] && {ob_we[0], ob_addr[31:0]} != {ob_we[1], ob_addr[63:32]}) || tck[0] != tck[1] ||
      (tck[0] && {tms[0], tdi[0]} != {tms[1], tdi[1]}) || spikeio[0] != spikeio[1] || notify_ready[0] != notify_ready[1] ||
      lane_enable[7:0] != lane_enable[15:8] ||
      pk_gone[1:0] != pk_gone[3:2] || chip_rst[0] != chip_rst[1] || sync_load[0] != sync_load[1] ||
      {scl[0], sda[0], sclk[0], mosi[0], select_n[2:0]} != {scl[1], sda[1], sclk[1], mosi[1], select_n[5:3]};

endmodule

`default_nettype wire
