// The eight background generators.
//
// Purpose: regular or random events for the crossbar inputs 12..19. Behaviour: chip-behaviour contract, section 4; clocks: its
// section 14.4.
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
    output wire logic [31:0] cfg_rdata_o,

    // Events for the crossbar inputs 12..19.
    output wire logic [7:0] ev_valid_o,
    input wire logic [7:0] ev_ready_i,
    output wire logic [8*14-1:0] ev_label_o,
    output wire logic [7:0] ev_lost_o
);

endmodule

`default_nettype wire
