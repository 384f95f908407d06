// The system as a simulation runs it: hx_top on a board, with a memory that takes the words for the host.
//
// Purpose: many clocks per call. The harness writes the playback memory (hx_playback) before the clocks and reads out_mem_q and
// out_count_q after them; it looks at run_end_q after each clock. No handshake with the outside happens per clock.
//
// Inputs go into registers only, so that the model has nothing to compute when the harness sets them. ut_valid_i and ut_word_i are
// the ordinary entrance for words; the harness needs it only for the end of a program that was given up.
`default_nettype none

module hx_sim #(
    parameter int unsigned Columns = 256,
    parameter int unsigned Rows = 256,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned PadiPorts = hx_spec_pkg::PadiPorts,
    parameter int unsigned RowPort = hx_spec_pkg::RowPort,
    // Words of the playback memory.
    parameter int unsigned PlaybackWords = 4194304,
    // Words that may leave between two looks at out_mem_q, a power of two.
    parameter int unsigned OutWords = 4096
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    // The link is up from power-on.
    input wire logic link_strap_i,
    // Gives up the program at work from the next clock on.
    input wire logic abort_i,
    // A word, offered in the next clock.
    input wire logic ut_valid_i,
    input wire logic [63:0] ut_word_i
);

  localparam int unsigned Aw = $clog2(OutWords);

  logic [63:0] out_mem_q[OutWords]  /*verilator public_flat_rd*/;
  logic [31:0] out_count_q  /*verilator public_flat_rd*/;
  // The word that completed the answer of a halt has left in the last clock.
  logic run_end_q  /*verilator public_flat_rd*/;

  logic rst_n_q, abort_q, in_valid_q, link_strap_q;
  logic [63:0] in_word_q;
  logic ut_valid, run_end, unused_ready, unused_spikeio;
  logic scl, scl_fpga, sda, sda_fpga, sclk, mosi;
  logic [2:0] select_n;
  logic [63:0] ut_word;

  hx_top #(
      .Columns(Columns),
      .Rows(Rows),
      .Slots(Slots),
      .PadiPorts(PadiPorts),
      .RowPort(RowPort),
      .PlaybackWords(PlaybackWords)
  ) u_top (
      .clk_i,
      .rst_ni(rst_n_q),
      .abort_i(abort_q),
      .ut_valid_i(in_valid_q),
      .ut_ready_o(unused_ready),
      .ut_word_i(in_word_q),
      .ut_valid_o(ut_valid),
      .ut_ready_i(1'b1),
      .ut_word_o(ut_word),
      .run_end_o(run_end),
      .link_strap_i(link_strap_q),
      .spikeio_o(unused_spikeio),
      .spikeio_i(1'b1),
      .i2c_scl_o(scl_fpga),
      .i2c_scl_i(scl),
      .i2c_sda_o(sda_fpga),
      .i2c_sda_i(sda),
      .spi_sclk_o(sclk),
      .spi_mosi_o(mosi),
      .spi_select_no(select_n)
  );

  hx_board u_board (
      .clk_i,
      .scl_i(scl_fpga),
      .scl_o(scl),
      .sda_i(sda_fpga),
      .sda_o(sda),
      .sclk_i(sclk),
      .mosi_i(mosi),
      .select_ni(select_n)
  );

  always_ff @(posedge clk_i) begin
    rst_n_q <= rst_ni;
    link_strap_q <= link_strap_i;
    if (!rst_n_q) begin
      out_count_q <= '0;
      run_end_q <= 1'b0;
      abort_q <= 1'b0;
      in_valid_q <= 1'b0;
    end else begin
      abort_q <= abort_i;
      in_valid_q <= ut_valid_i;
      in_word_q <= ut_word_i;
      run_end_q <= run_end;
      if (ut_valid) begin
        // Blocking, as it costs nothing in a clock without a word; only the harness reads it.
        /* verilator lint_off BLKSEQ */
        out_mem_q[out_count_q[Aw-1:0]] = ut_word;
        /* verilator lint_on BLKSEQ */
        out_count_q <= out_count_q + 32'd1;
      end
    end
  end

endmodule

`default_nettype wire
