// Playback executor: one instruction per clock.
//
// Purpose: gives every instruction of the host its meaning and its clock (timing contract, section 14.2). An instruction retires
// in the clock in which it executes; a blocking one in the first clock in which its condition holds. The next one executes one
// clock later.
//
//   Setup            the timer is 0 in the next clock and counts from there
//   WaitUntil v      timer >= v
//   SystimeInit      1 starts a synchronisation; 0 orders a Systime message, blocks like Loopback
//   Barrier          nothing selected is pending; multi-FPGA and correction barriers pass at once
//   Polling block    reads, and one clock after the completion retires or reads again
//   Loopback         a place for its answer is free
//   Address (read)   fewer than MaxReads reads in flight, and place at the bus (chip's or FPGA's) it goes to
//   Data             executes the write of the Address directly before it; place at its bus. Without one it does nothing
//   SpikePack        three places of the link FIFO are free
//   JTAG             place in the JTAG queue
//
// Instruction timeout: an instruction other than WaitUntil that has blocked for timeout_i clocks and still does not retire is
// given up in that clock: notification, discard up to and including the next halt, answer of that halt.
//
// Reset: timer 0, chip reset pin released, nothing pending.
`default_nettype none

module hx_executor (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Gives up the program, from the instruction of this clock on, like a timeout without the notification. A halt is executed.
    input wire logic abort_i,

    // Playback memory.
    input wire logic word_valid_i,
    input wire logic [63:0] word_i,
    output wire logic pop_o,
    output wire logic discard_o,
    input wire logic halt_here_i,
    input wire logic discarded_i,

    // Labels to the link.
    output logic [1:0] ev_count_o,
    output wire logic [47:0] ev_labels_o,
    input wire logic ev_room_i,

    // Omnibus accesses of this clock; acc_addr_o[31] tells FPGA (1) from chip (0). acc_answer_o: the host gets what is read.
    output wire logic acc_valid_o,
    output logic acc_we_o,
    output logic acc_answer_o,
    output logic acc_poll_o,
    output logic [31:0] acc_addr_o,
    output wire logic [31:0] acc_wdata_o,
    output wire logic [3:0] acc_be_o,
    input wire logic chip_full_i,
    input wire logic fpga_full_i,
    input wire logic reads_full_i,
    input wire logic bus_pending_i,
    // Completion of a polling read.
    input wire logic poll_done_i,
    input wire logic [31:0] poll_data_i,

    // Registers.
    input wire logic [31:0] poll_address_i,
    input wire logic [31:0] poll_target_i,
    input wire logic [31:0] poll_mask_i,
    input wire logic [31:0] timeout_i,
    output wire logic [31:0] timer_o,

    // JTAG queue: {code[1:0], keep, bits[7:0], data[32:0]}.
    output logic jtag_push_o,
    output wire logic [43:0] jtag_item_o,
    input wire logic jtag_full_i,
    input wire logic jtag_pending_i,

    // System time.
    output logic sync_start_o,
    input wire logic sync_active_i,

    // Answers of Loopback: 0 halt, 1 tick, 2 Systime message.
    output wire logic loop_push_o,
    output wire logic [1:0] loop_kind_o,
    input wire logic loop_full_i,

    // Timeout notification.
    output wire logic expire_o,
    output wire logic [44:0] expire_payload_o,
    input wire logic [5:0] reads_in_flight_i,
    input wire logic [6:0] trace_stall_i,

    // Chip reset pin.
    output wire logic chip_rst_o
);

  logic [31:0] timer_q, index_q, blocked_q;
  logic chip_rst_q;
  // Address of a write whose Data comes next.
  logic write_valid_q;
  logic [31:0] write_addr_q;
  logic [3:0] write_be_q;
  // Polling: a read is under way; its value is here; a read of a given-up instruction is still under way.
  logic poll_wait_q, poll_here_q, poll_stale_q;
  logic [31:0] poll_value_q;
  // The answer of a discarded halt waits for its place.
  logic owed_q;

  logic [6:0] code;
  logic active, retire, timer_clear, poll_match, acc_request, loop_request, timed_out, is_halt, is_reset;
  logic [1:0] loop_kind;

  logic unused_word;
  assign unused_word = ^{word_i[63], word_i[55:49]};

  assign code = word_i[62:56];
  assign active = word_valid_i && !owed_q;
  assign is_halt = code == hx_spec_pkg::UtToFpgaSystemLoopback && !word_i[0];
  assign is_reset = code == hx_spec_pkg::UtToFpgaSystemReset;
  assign poll_match = ((poll_value_q & poll_mask_i) == poll_target_i) == word_i[0];
  assign ev_labels_o = word_i[47:0];
  assign acc_wdata_o = word_i[31:0];
  assign acc_be_o = acc_we_o ? write_be_q : 4'hf;
  assign jtag_item_o = {word_i[57:56], word_i[48], word_i[47:40], word_i[32:0]};
  assign timer_o = timer_q;
  assign chip_rst_o = chip_rst_q;

  always_comb begin
    retire = 1'b0;
    timer_clear = 1'b0;
    ev_count_o = 2'd0;
    acc_request = 1'b0;
    acc_we_o = 1'b0;
    acc_answer_o = 1'b0;
    acc_poll_o = 1'b0;
    acc_addr_o = word_i[31:0];
    jtag_push_o = 1'b0;
    sync_start_o = 1'b0;
    loop_request = 1'b0;
    loop_kind = 2'd0;
    if (active && (!abort_i || is_halt)) begin
      case (code)
        hx_spec_pkg::UtToFpgaTimingWaitUntil: retire = timer_q >= word_i[31:0];
        hx_spec_pkg::UtToFpgaSpikePack1, hx_spec_pkg::UtToFpgaSpikePack2, hx_spec_pkg::UtToFpgaSpikePack3: begin
          retire = ev_room_i;
          ev_count_o = ev_room_i ? code[1:0] - hx_spec_pkg::UtToFpgaSpikePack1[1:0] + 2'd1 : 2'd0;
        end
        hx_spec_pkg::UtToFpgaOmnibusAddress: begin
          retire = !word_i[36] || (!reads_full_i && !(word_i[31] ? fpga_full_i : chip_full_i));
          acc_request = word_i[36] && retire;
          acc_answer_o = word_i[36];
        end
        hx_spec_pkg::UtToFpgaOmnibusData: begin
          retire = !write_valid_q || !(write_addr_q[31] ? fpga_full_i : chip_full_i);
          acc_request = write_valid_q && retire;
          acc_we_o = 1'b1;
          acc_addr_o = write_addr_q;
        end
        hx_spec_pkg::UtToFpgaTimingSetup: begin
          retire = 1'b1;
          timer_clear = 1'b1;
        end
        hx_spec_pkg::UtToFpgaTimingBarrier:
        retire = !(word_i[0] && bus_pending_i) && !(word_i[1] && jtag_pending_i) && !(word_i[2] && sync_active_i);
        hx_spec_pkg::UtToFpgaSystemLoopback: begin
          retire = !loop_full_i;
          loop_request = !loop_full_i;
          loop_kind = {1'b0, word_i[0]};
        end
        hx_spec_pkg::UtToFpgaTimingSystimeInit: begin
          retire = word_i[0] || !loop_full_i;
          sync_start_o = word_i[0];
          loop_request = !word_i[0] && !loop_full_i;
          loop_kind = 2'd2;
        end
        hx_spec_pkg::UtToFpgaTimingPollingOmnibusBlock: begin
          retire = poll_here_q && poll_match;
          acc_request = !retire && !poll_wait_q && !poll_stale_q && !(poll_address_i[31] ? fpga_full_i : chip_full_i);
          acc_poll_o = 1'b1;
          acc_addr_o = poll_address_i;
        end
        hx_spec_pkg::UtToFpgaSystemReset: retire = 1'b1;
        hx_spec_pkg::UtToFpgaJtagInit, hx_spec_pkg::UtToFpgaJtagScaler, hx_spec_pkg::UtToFpgaJtagIns,
        hx_spec_pkg::UtToFpgaJtagData: begin
          retire = !jtag_full_i;
          jtag_push_o = !jtag_full_i;
        end
        // The playback memory lets no other code pass.
        default: retire = 1'b1;
      endcase
    end
  end

  assign timed_out = active && !retire && code != hx_spec_pkg::UtToFpgaTimingWaitUntil && blocked_q >= timeout_i;
  assign pop_o = retire;
  assign acc_valid_o = acc_request && !discard_o;
  // The answer of a Loopback, or of a halt that was discarded.
  assign loop_push_o = loop_request || (!loop_full_i && ((discard_o && halt_here_i) || discarded_i || owed_q));
  assign loop_kind_o = discard_o || !active ? 2'd0 : loop_kind;
  assign expire_o = timed_out && !abort_i;
  assign discard_o = timed_out || (active && abort_i && !retire);
  assign expire_payload_o = {reads_in_flight_i, trace_stall_i, index_q};


  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      timer_q <= '0;
    end else begin
      timer_q <= timer_clear ? 32'd0 : timer_q + 32'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (active) begin
      if (retire && is_reset) chip_rst_q <= word_i[0];
      if (retire && code == hx_spec_pkg::UtToFpgaOmnibusAddress) begin
        write_addr_q <= word_i[31:0];
        write_be_q <= word_i[35:32];
      end
      if (retire || discard_o) write_valid_q <= retire && code == hx_spec_pkg::UtToFpgaOmnibusAddress && !word_i[36];
      index_q <= discard_o || (retire && is_halt) ? 32'd0 : index_q + {31'd0, retire};
      blocked_q <= retire || discard_o ? 32'd0 : blocked_q + {31'd0, code != hx_spec_pkg::UtToFpgaTimingWaitUntil};
    end
    if (!rst_ni) begin
      index_q <= '0;
      blocked_q <= '0;
      chip_rst_q <= 1'b0;
      write_valid_q <= 1'b0;
    end
  end

  // The answer of a halt that was discarded waits while the answer queue is full.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      owed_q <= 1'b0;
    end else begin
      owed_q <= loop_full_i && (owed_q || (discard_o && halt_here_i) || discarded_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      poll_wait_q <= 1'b0;
      poll_here_q <= 1'b0;
      poll_stale_q <= 1'b0;
    end else if (poll_done_i || acc_poll_o) begin
      if (poll_done_i) begin
        poll_value_q <= poll_data_i;
        poll_wait_q <= 1'b0;
        poll_stale_q <= 1'b0;
        poll_here_q <= poll_wait_q;
      end
      if (acc_poll_o && acc_valid_o) begin
        poll_wait_q <= 1'b1;
        poll_here_q <= 1'b0;
      end
      if (acc_poll_o && (retire || discard_o)) begin
        poll_here_q <= 1'b0;
        poll_wait_q <= 1'b0;
        poll_stale_q <= poll_wait_q && !poll_done_i;
      end
    end
  end

endmodule

`default_nettype wire
