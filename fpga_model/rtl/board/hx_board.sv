// The board around the FPGA: what hangs at its serial busses. For simulation only.
//
// Purpose: xBoard and jBOA at once (docs/decisions/board.md): shift register and DACs at SPI, everything else at I2C, supplies that follow
// them and that the monitors measure.
//
// Timing: devices see the pins of a clock in the next one. A clock without a change of a pin costs nothing.
//
// Reset: none, as devices have only their power-on: initial values.
`default_nettype none

module hx_board (
    input wire logic clk_i,
    // I2C, open drain: what the FPGA drives and what it sees.
    input wire logic scl_i,
    output wire logic scl_o,
    input wire logic sda_i,
    output wire logic sda_o,
    // SPI.
    input wire logic sclk_i,
    input wire logic mosi_i,
    input wire logic [2:0] select_ni
);

  logic is_xboard;
  logic [5:0] supply_on;
  logic [6*12-1:0] supply_code;
  logic sda_device;

  hx_board_spi u_spi (
      .clk_i,
      .sclk_i,
      .mosi_i,
      .select_ni,
      .is_xboard_o(is_xboard),
      .supply_on_o(supply_on),
      .supply_code_o(supply_code)
  );

  hx_board_i2c u_i2c (
      .clk_i,
      .scl_i,
      .sda_i(sda_o),
      .sda_o(sda_device),
      .is_xboard_i(is_xboard),
      .supply_on_i(supply_on),
      .supply_code_i(supply_code)
  );

  // No device stretches the clock.
  assign scl_o = scl_i;
  assign sda_o = sda_i && sda_device;

endmodule

`default_nettype wire
