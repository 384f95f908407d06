// The FPGA: playback executor, its registers, JTAG master, system time, trace and encoder.
//
// Purpose: turns words of the host into accesses, labels and time, and everything that comes back into words. It is the meeting
// place of the parts only; what each instruction does in which clock is in hx_executor, the registers in hx_fpga_registers, the
// way to the host in hx_trace and hx_encoder, what else happens to events in hx_event_routes. Labels for the chip: those of
// the executor, and in the other clocks those of
// hx_event_routes.
//
// Reset: rst_ni is power-on or a reset of the transport. The chip's reset pin is an output; the FPGA keeps its state then.
`default_nettype none

module hx_fpga #(
    // Words of the playback memory, a power of two.
    parameter int unsigned PlaybackWords = 4096,
    // Words of the external DRAM at hand outside of a simulation, a power of two; in a Verilator model it is complete (sparse).
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
    // High in the clock in which the word that completes the answer of a halt leaves: the end of a run.
    output wire logic run_end_o,

    // Labels to the link: ev_count_o (0..3) in this clock, the first one most significant of the 16 * count bits used.
    output wire logic [1:0] ev_count_o,
    output wire logic [47:0] ev_labels_o,
    input wire logic ev_room_i,

    // Omnibus accesses to the chip through the link, and their completions in order.
    output wire logic ob_valid_o,
    output wire logic ob_we_o,
    output wire logic [31:0] ob_addr_o,
    output wire logic [31:0] ob_wdata_o,
    output wire logic [3:0] ob_be_o,
    input wire logic ob_full_i,
    input wire logic ob_done_i,
    input wire logic [31:0] ob_rdata_i,

    // Lanes of the link: enables, which are up, the first one of these; the link is up; words that enter it in this clock.
    output wire logic [7:0] lane_enable_o,
    input wire logic [7:0] lane_up_i,
    input wire logic [2:0] first_lane_i,
    input wire logic link_up_i,
    input wire logic [2:0] tx_words_i,
    input wire logic notify_valid_i,
    input wire logic [2:0] notify_lane_i,
    output wire logic notify_ready_o,

    // Pins of the chip's test access port; see hx_jtag.
    output wire logic tck_o,
    output wire logic tms_o,
    output wire logic tdi_o,
    input wire logic tdo_i,
    input wire logic tap_busy_i,

    // Serial link of SpikeIO.
    output wire logic spikeio_o,
    input wire logic spikeio_i,

    // Packs arriving from the link.
    input wire logic pk_valid_i,
    input wire logic [1:0] pk_count_i,
    input wire logic [71:0] pk_data_i,
    output wire logic [1:0] pk_gone_o,
    // MADC samples arriving from the link.
    input wire logic md_valid_i,
    input wire logic [23:0] md_data_i,

    // Chip reset pin, 1 = reset.
    output wire logic chip_rst_o,
    // System time: sync_load_o makes the chip time 2 * sync_base_i in the next clock.
    output wire logic sync_load_o,
    input wire logic [42:0] sync_base_i,

    // Serial busses of the board. I2C is open drain: 1 = released.
    output wire logic i2c_scl_o,
    input wire logic i2c_scl_i,
    output wire logic i2c_sda_o,
    input wire logic i2c_sda_i,
    output wire logic spi_sclk_o,
    output wire logic spi_mosi_o,
    output wire logic [2:0] spi_select_no
);

  logic word_valid, pop, discard, halt_here, discarded;
  logic [63:0] word;
  logic acc_valid, acc_we, acc_answer, acc_poll;
  logic [31:0] acc_addr, acc_wdata;
  logic [3:0] acc_be;
  logic reads_full, open_full, fpga_full, bus_pending, poll_done;
  logic [31:0] poll_data, poll_address, poll_target, poll_mask, timeout, timer;
  logic jtag_push, jtag_full, jtag_pending;
  logic [1:0] exec_count;
  logic [47:0] exec_labels;
  logic route_valid;
  logic [15:0] route_label;
  logic [3:0] tries;
  logic [2:0] table_sel;
  logic table_we;
  logic [15:0] table_addr;
  logic [18:0] table_wdata, table_rdata;
  logic [43:0] jtag_item;
  logic sync_start, sync_active, synced;
  logic [42:0] fpga_time, sync_round_trip, sync_chip_time;
  logic loop_push, loop_full, expire;
  logic [1:0] loop_kind;
  logic [44:0] expire_payload;
  logic [5:0] reads_in_flight;
  logic [6:0] trace_stall;
  logic fpga_done, recording, chip_read_done;
  logic [1:0] fpga_done_tag;
  logic [31:0] fpga_rdata;
  logic jtag_answer_valid, jtag_answer_ready, omnibus_valid, omnibus_ready;
  logic [32:0] jtag_answer;
  logic [31:0] omnibus;
  logic head_valid, head_timed, head_first, head_pop;
  logic [71:0] head_payload;
  logic [3:0] head_code;
  logic [42:0] head_time;

  hx_playback #(
      .Words(PlaybackWords)
  ) u_playback (
      .clk_i,
      .rst_ni,
      .valid_i(ut_valid_i),
      .ready_o(ut_ready_o),
      .word_i(ut_word_i),
      .word_valid_o(word_valid),
      .word_o(word),
      .pop_i(pop),
      .discard_i(discard),
      .halt_here_o(halt_here),
      .discarded_o(discarded)
  );

  hx_executor u_executor (
      .clk_i,
      .rst_ni,
      .abort_i,
      .word_valid_i(word_valid),
      .word_i(word),
      .pop_o(pop),
      .discard_o(discard),
      .halt_here_i(halt_here),
      .discarded_i(discarded),
      .ev_count_o(exec_count),
      .ev_labels_o(exec_labels),
      .ev_room_i,
      .acc_valid_o(acc_valid),
      .acc_we_o(acc_we),
      .acc_answer_o(acc_answer),
      .acc_poll_o(acc_poll),
      .acc_addr_o(acc_addr),
      .acc_wdata_o(acc_wdata),
      .acc_be_o(acc_be),
      .chip_full_i(ob_full_i || open_full),
      .fpga_full_i(fpga_full),
      .reads_full_i(reads_full),
      .bus_pending_i(bus_pending),
      .poll_done_i(poll_done),
      .poll_data_i(poll_data),
      .poll_address_i(poll_address),
      .poll_target_i(poll_target),
      .poll_mask_i(poll_mask),
      .timeout_i(timeout),
      .timer_o(timer),
      .jtag_push_o(jtag_push),
      .jtag_item_o(jtag_item),
      .jtag_full_i(jtag_full),
      .jtag_pending_i(jtag_pending),
      .sync_start_o(sync_start),
      .sync_active_i(sync_active),
      .loop_push_o(loop_push),
      .loop_kind_o(loop_kind),
      .loop_full_i(loop_full),
      .expire_o(expire),
      .expire_payload_o(expire_payload),
      .reads_in_flight_i(reads_in_flight),
      .trace_stall_i(trace_stall),
      .chip_rst_o
  );

  assign ev_count_o = exec_count != 2'd0 ? exec_count : {1'b0, route_valid && ev_room_i};
  assign ev_labels_o = exec_count != 2'd0 ? exec_labels : {32'd0, route_label};
  assign ob_valid_o = acc_valid && !acc_addr[31];
  assign ob_we_o = acc_we;
  assign ob_addr_o = acc_addr;
  assign ob_wdata_o = acc_wdata;
  assign ob_be_o = acc_be;

  hx_fpga_registers #(
      .DramWords(DramWords)
  ) u_registers (
      .clk_i,
      .rst_ni,
      .valid_i(acc_valid && acc_addr[31]),
      .we_i(acc_we),
      .addr_i(acc_addr[30:0]),
      .wdata_i(acc_wdata),
      .be_i(acc_be),
      .tag_i({acc_poll, acc_answer}),
      .full_o(fpga_full),
      .done_o(fpga_done),
      .done_tag_o(fpga_done_tag),
      .rdata_o(fpga_rdata),
      .event_recording_o(recording),
      .poll_address_o(poll_address),
      .poll_target_o(poll_target),
      .poll_mask_o(poll_mask),
      .timeout_o(timeout),
      .tries_o(tries),
      .lane_enable_o,
      .table_o(table_sel),
      .table_we_o(table_we),
      .table_addr_o(table_addr),
      .table_wdata_o(table_wdata),
      .table_rdata_i(table_rdata),
      .timer_i(timer),
      .sync_active_i(sync_active),
      .sync_round_trip_i(sync_round_trip),
      .sync_chip_time_i(sync_chip_time),
      .chip_write_i(ob_valid_o && acc_we),
      .chip_read_i(ob_valid_o && !acc_we),
      .chip_read_done_i(chip_read_done),
      .lane_up_i,
      .tx_words_i,
      .pack_i(pk_valid_i),
      .first_lane_i,
      .i2c_scl_o,
      .i2c_scl_i,
      .i2c_sda_o,
      .i2c_sda_i,
      .spi_sclk_o,
      .spi_mosi_o,
      .spi_select_no
  );

  hx_answers u_answers (
      .clk_i,
      .rst_ni,
      .valid_i(acc_valid),
      .fpga_i(acc_addr[31]),
      .answer_i(acc_answer),
      .poll_i(acc_poll),
      .reads_full_o(reads_full),
      .chip_full_o(open_full),
      .pending_o(bus_pending),
      .reads_in_flight_o(reads_in_flight),
      .fpga_done_i(fpga_done),
      .fpga_answer_i(fpga_done_tag[0]),
      .fpga_poll_i(fpga_done_tag[1]),
      .fpga_rdata_i(fpga_rdata),
      .chip_done_i(ob_done_i),
      .chip_rdata_i(ob_rdata_i),
      .chip_read_done_o(chip_read_done),
      .poll_done_o(poll_done),
      .poll_data_o(poll_data),
      .answer_valid_o(omnibus_valid),
      .answer_o(omnibus),
      .answer_ready_i(omnibus_ready)
  );

  hx_event_routes u_event_routes (
      .clk_i,
      .rst_ni,
      .table_i(table_sel),
      .we_i(table_we),
      .addr_i(table_addr),
      .wdata_i(table_wdata),
      .rdata_o(table_rdata),
      .pk_valid_i,
      .pk_count_i,
      .pk_data_i,
      .label_valid_o(route_valid),
      .label_o(route_label),
      .label_ready_i(exec_count == 2'd0 && ev_room_i),
      .line_o(spikeio_o),
      .line_i(spikeio_i)
  );

  hx_jtag u_jtag (
      .clk_i,
      .rst_ni,
      .push_i(jtag_push),
      .item_i(jtag_item),
      .full_o(jtag_full),
      .pending_o(jtag_pending),
      .answer_valid_o(jtag_answer_valid),
      .answer_o(jtag_answer),
      .answer_ready_i(jtag_answer_ready),
      .tck_o,
      .tms_o,
      .tdi_o,
      .tdo_i,
      .port_busy_i(tap_busy_i)
  );

  hx_systime u_systime (
      .clk_i,
      .rst_ni,
      .start_i(sync_start),
      .link_up_i,
      .tries_i(tries),
      .active_o(sync_active),
      .load_o(sync_load_o),
      .base_i(sync_base_i),
      .time_o(fpga_time),
      .synced_o(synced),
      .round_trip_o(sync_round_trip),
      .chip_time_o(sync_chip_time)
  );

  hx_trace u_trace (
      .clk_i,
      .rst_ni,
      .time_i(fpga_time),
      .synced_i(synced),
      .sync_load_i(sync_load_o),
      .recording_i(recording),
      .pk_valid_i,
      .pk_count_i,
      .pk_data_i,
      .pk_gone_o,
      .md_valid_i,
      .md_data_i,
      .notify_valid_i,
      .notify_lane_i,
      .notify_ready_o,
      .expire_i(expire),
      .expire_payload_i(expire_payload),
      .jtag_valid_i(jtag_answer_valid),
      .jtag_i(jtag_answer),
      .jtag_ready_o(jtag_answer_ready),
      .omnibus_valid_i(omnibus_valid),
      .omnibus_i(omnibus),
      .omnibus_ready_o(omnibus_ready),
      .loop_push_i(loop_push),
      .loop_kind_i(loop_kind),
      .loop_full_o(loop_full),
      .stall_o(trace_stall),
      .head_valid_o(head_valid),
      .head_payload_o(head_payload),
      .head_code_o(head_code),
      .head_time_o(head_time),
      .head_timed_o(head_timed),
      .head_first_o(head_first),
      .head_pop_i(head_pop)
  );

  hx_encoder u_encoder (
      .clk_i,
      .rst_ni,
      .head_valid_i(head_valid),
      .head_payload_i(head_payload),
      .head_code_i(head_code),
      .head_time_i(head_time),
      .head_timed_i(head_timed),
      .head_first_i(head_first),
      .head_pop_o(head_pop),
      .ut_valid_o,
      .ut_ready_i,
      .ut_word_o,
      .run_end_o
  );

endmodule

`default_nettype wire
