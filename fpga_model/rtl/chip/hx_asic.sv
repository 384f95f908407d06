// The chip with its pins: hx_chip behind its test access port.
//
// Purpose: puts together the digital chip, the test access port (hx_tap) and the Omnibus that the port shares with the link
// (hx_bus_port). Ports: those of hx_chip for the link, and the pins of the port.
// Reset: as in hx_chip and hx_tap.
`default_nettype none

module hx_asic #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Rows = hx_spec_pkg::Rows,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    parameter int unsigned PadiPorts = hx_spec_pkg::PadiPorts,
    parameter int unsigned RowPort = hx_spec_pkg::RowPort
) (
    input wire logic clk_i,
    input wire logic rst_ni,
    input wire logic chip_rst_i,

    input wire logic tck_i,
    input wire logic tms_i,
    input wire logic tdi_i,
    output wire logic tdo_o,
    // An access that the port started is not completed.
    output wire logic tap_busy_o,

    // Lanes that are enabled and have their clocks, in the counting of the FPGA.
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

  logic pll_we, omnibus_on, jt_valid, jt_ready, jt_we, jt_done;
  logic [2:0] pll_addr;
  logic [31:0] pll_wdata, jt_addr, jt_wdata;
  logic bus_valid, bus_ready, bus_we, bus_done;
  logic [31:0] bus_addr, bus_wdata;
  logic [3:0] bus_be;

  hx_tap u_tap (
      .clk_i,
      .rst_ni,
      .chip_rst_i,
      .tck_i,
      .tms_i,
      .tdi_i,
      .tdo_o,
      .pll_we_o(pll_we),
      .pll_addr_o(pll_addr),
      .pll_wdata_o(pll_wdata),
      .ob_on_i(omnibus_on),
      .jt_valid_o(jt_valid),
      .jt_ready_i(jt_ready),
      .jt_we_o(jt_we),
      .jt_addr_o(jt_addr),
      .jt_wdata_o(jt_wdata),
      .jt_done_i(jt_done),
      .jt_rdata_i(ob_rdata_o),
      .busy_o(tap_busy_o)
  );

  hx_bus_port u_bus_port (
      .clk_i,
      .rst_ni,
      .ob_valid_i,
      .ob_ready_o,
      .ob_we_i,
      .ob_addr_i,
      .ob_wdata_i,
      .ob_be_i,
      .ob_done_o,
      .jt_valid_i(jt_valid),
      .jt_ready_o(jt_ready),
      .jt_we_i(jt_we),
      .jt_addr_i(jt_addr),
      .jt_wdata_i(jt_wdata),
      .jt_done_o(jt_done),
      .bus_valid_o(bus_valid),
      .bus_ready_i(bus_ready),
      .bus_we_o(bus_we),
      .bus_addr_o(bus_addr),
      .bus_wdata_o(bus_wdata),
      .bus_be_o(bus_be),
      .bus_done_i(bus_done)
  );

  hx_chip #(
      .Columns(Columns),
      .Rows(Rows),
      .Slots(Slots),
      .PadiPorts(PadiPorts),
      .RowPort(RowPort)
  ) u_chip (
      .clk_i,
      .rst_ni,
      .chip_rst_i,
      .pll_we_i(pll_we),
      .pll_addr_i(pll_addr),
      .pll_wdata_i(pll_wdata),
      .omnibus_on_o(omnibus_on),
      .lane_enable_o,
      .ob_valid_i(bus_valid),
      .ob_ready_o(bus_ready),
      .ob_we_i(bus_we),
      .ob_addr_i(bus_addr),
      .ob_wdata_i(bus_wdata),
      .ob_be_i(bus_be),
      .ob_done_o(bus_done),
      .ob_rdata_o,
      .ev_valid_i,
      .ev_ready_o,
      .ev_label_i,
      .pack_valid_o,
      .pack_ready_i,
      .pack_count_o,
      .pack_data_o,
      .madc_valid_o,
      .madc_data_o,
      .sync_load_i,
      .sync_base_o,
      .chip_time_o
  );

endmodule

`default_nettype wire
