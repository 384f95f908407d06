// The eight background generators.
//
// Purpose: regular or random events for the crossbar inputs 12..19. Behaviour: chip-behaviour contract, section 4; clocks: its
// section 14.4.
//
// What happens in a clock depends on the state at its start alone; it is computed at the end of the clock before, so that the
// outputs are registers.
//
// Timing: ev_valid_o in the clock of the tick; the event must be taken in this clock (ev_ready_i), else it is lost and ev_lost_o is
// high in the same clock. A write in clock w is seen from w+1 on; enabled in w with period P, the first tick is in clock
// w + ceil(P / 2), so its event is in the input register in w + ceil(P / 2) + 1.
//
// Reset: rst_ni (power-on and chip reset) clears all registers.
`default_nettype none

module hx_background (
    input wire logic clk_i,
    input wire logic rst_ni,

    // BackgroundSpikeSource: offsets 1..24 of the block 0x00130000. cfg_rdata_o: word addressed with cfg_re_i in clock w as it was
    // in w, valid from w+1 until the next read. Other addresses: no effect, 0.
    input wire logic cfg_we_i,
    input wire logic cfg_re_i,
    input wire logic [7:0] cfg_addr_i,
    input wire logic [3:0] cfg_be_i,
    input wire logic [31:0] cfg_wdata_i,
    output logic [31:0] cfg_rdata_o,

    // Events for the crossbar inputs 12..19.
    output logic [7:0] ev_valid_o,
    input wire logic [7:0] ev_ready_i,
    output logic [8*14-1:0] ev_label_o,
    output wire logic [7:0] ev_lost_o
);

  localparam int unsigned Sources = hx_spec_pkg::BackgroundSources;
  localparam logic [7:0] First = 8'(hx_spec_pkg::BackgroundSpikeSourceBase - hx_spec_pkg::CrossbarOutputConfigBase);

  // ---------------------------------------------------------------------------------------------------------------------
  // State of the clocked block: blocking assignments, used nowhere else.

  // Registers. Period as written.
  logic [Sources-1:0] enable_q;
  logic [Sources-1:0] random_q;
  (* mem2reg *) logic [15:0] period_q[Sources];
  (* mem2reg *) logic [31:0] seed_q[Sources];
  (* mem2reg *) logic [7:0] mask_q[Sources];
  (* mem2reg *) logic [7:0] rate_q[Sources];
  (* mem2reg *) logic [13:0] label_q[Sources];

  // Chip cycles to the next tick as seen by the next clock; random generators.
  (* mem2reg *) logic [16:0] counter_q[Sources];
  (* mem2reg *) logic [31:0] generator_q[Sources];

  // Values of one clock.
  logic [Sources-1:0] fire;

  // 16 steps of the Galois generator x -> (x >> 1) ^ (x[0] ? 0x80200003 : 0).
  function automatic logic [31:0] advance(input logic [31:0] from);
    advance = from;
    for (int unsigned i = 0; i < 16; i++) advance = {1'b0, advance[31:1]} ^ (advance[0] ? 32'h80200003 : 32'h0);
  endfunction

  assign ev_lost_o = ev_valid_o & ~ev_ready_i;

  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    // Reads answer with the state at the start of the clock.
    if (cfg_re_i) begin
      cfg_rdata_o <= 0;
      for (int unsigned i = 0; i < Sources; i++) begin
        if (cfg_addr_i == First + 8'(3 * i)) cfg_rdata_o <= {period_q[i], 14'h0, random_q[i], enable_q[i]};
        if (cfg_addr_i == First + 8'(3 * i + 1)) cfg_rdata_o <= seed_q[i];
        if (cfg_addr_i == First + 8'(3 * i + 2)) cfg_rdata_o <= {2'b00, label_q[i], rate_q[i], mask_q[i]};
      end
    end

    if (cfg_we_i) begin
      for (int unsigned i = 0; i < Sources; i++) begin
        if (cfg_addr_i == First + 8'(3 * i)) begin
          if (cfg_be_i[2]) period_q[i][7:0] = cfg_wdata_i[23:16];
          if (cfg_be_i[3]) period_q[i][15:8] = cfg_wdata_i[31:24];
          if (cfg_be_i[0]) begin
            random_q[i] = cfg_wdata_i[1];
            if (cfg_wdata_i[0] & ~enable_q[i]) begin
              counter_q[i] = (period_q[i] < 2) ? 17'd2 : {1'b0, period_q[i]};
              generator_q[i] = (seed_q[i] == 0) ? 32'd1 : seed_q[i];
            end
            enable_q[i] = cfg_wdata_i[0];
          end
        end
        if (cfg_addr_i == First + 8'(3 * i + 1)) begin
          for (int unsigned b = 0; b < 4; b++) begin
            if (cfg_be_i[b]) seed_q[i][8*b+:8] = cfg_wdata_i[8*b+:8];
          end
        end
        if (cfg_addr_i == First + 8'(3 * i + 2)) begin
          if (cfg_be_i[0]) mask_q[i] = cfg_wdata_i[7:0];
          if (cfg_be_i[1]) rate_q[i] = cfg_wdata_i[15:8];
          if (cfg_be_i[2]) label_q[i][7:0] = cfg_wdata_i[23:16];
          if (cfg_be_i[3]) label_q[i][13:8] = cfg_wdata_i[29:24];
        end
      end
    end

    if (!rst_ni) begin
      enable_q = 0;
      random_q = 0;
      for (int unsigned i = 0; i < Sources; i++) begin
        period_q[i] = 0;
        seed_q[i] = 0;
        mask_q[i] = 0;
        rate_q[i] = 0;
        label_q[i] = 0;
      end
    end

    // What the next clock does.
    if (enable_q != 0) begin
      fire = 0;
      for (int unsigned i = 0; i < Sources; i++) begin
        if (enable_q[i]) begin
          if (counter_q[i] <= 2) begin
            counter_q[i] = counter_q[i] + ((period_q[i] < 2) ? 17'd2 : {1'b0, period_q[i]});
            fire[i] = ~random_q[i];
            if (random_q[i]) begin
              generator_q[i] = advance(generator_q[i]);
              fire[i] = rate_q[i] != 0 && generator_q[i][7:0] <= rate_q[i];
            end
            ev_label_o[14*i+:14] <= random_q[i]
                ? {label_q[i][13:8], (label_q[i][7:0] & ~mask_q[i]) | (generator_q[i][15:8] & mask_q[i])} : label_q[i];
          end
          counter_q[i] = counter_q[i] - 17'd2;
        end
      end
      ev_valid_o <= fire;
    end else if (ev_valid_o != 0 || !rst_ni) begin
      ev_valid_o <= 0;
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule

`default_nettype wire
