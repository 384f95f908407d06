// Configuration of the synapse drivers of a hemisphere and what each bus would drive now.
//
// Purpose: part of hx_synapse_array_synth. Combinational from the row selects to the rows; a write in clock w is seen from w+1 on.
// Rows of a bus are numbered 2 * (index of the driver on the bus) + (1 for the top row); busses lie side by side in the vectors.
// The configuration is SRAM of the contract: raw 0 at power-on, no reset.
`default_nettype none

module hx_synapse_drivers #(
    parameter int unsigned Rows = hx_spec_pkg::Rows,
    // Derived, do not overwrite.
    localparam int unsigned BusDrivers = Rows / 8,
    localparam int unsigned BusRows = 2 * BusDrivers
) (
    input wire logic clk_i,

    // Copies of SynapseDriverConfig writes, raw words.
    input wire logic drv_we_i,
    input wire logic [6:0] drv_index_i,
    input wire logic [1:0] drv_word_i,
    /* verilator lint_off UNUSEDSIGNAL */  // the other fields
    input wire logic [15:0] drv_wdata_i,
    /* verilator lint_on UNUSEDSIGNAL */

    // Row select of the event of each bus.
    input wire logic [4*5-1:0] row_select_i,
    // Enabled rows of reacting drivers; modes of all rows; drivers that send label bit 5 only; that are modulated; by Hagen if they are.
    output logic [4*BusRows-1:0] rows_o,
    output logic [4*BusRows-1:0] exc_o,
    output logic [4*BusRows-1:0] inh_o,
    output logic [4*BusDrivers-1:0] short_label_o,
    output logic [4*BusDrivers-1:0] modulated_o,
    output logic [4*BusDrivers-1:0] hagen_o
);

  localparam int unsigned MaskLsb = hx_spec_pkg::SynapseDriverConfig_row_address_compare_mask_Lsb;
  localparam int unsigned AddressOut = hx_spec_pkg::SynapseDriverConfig_enable_address_out_Lsb;  // stored inverted
  localparam int unsigned Receiver = hx_spec_pkg::SynapseDriverConfig_enable_receiver_Lsb;
  localparam int unsigned BottomExc = hx_spec_pkg::SynapseDriverConfig_row_mode_bottom_P0_Lsb;
  localparam int unsigned BottomInh = hx_spec_pkg::SynapseDriverConfig_row_mode_bottom_P1_Lsb;
  localparam int unsigned TopExc = hx_spec_pkg::SynapseDriverConfig_row_mode_top_P0_Lsb;
  localparam int unsigned TopInh = hx_spec_pkg::SynapseDriverConfig_row_mode_top_P1_Lsb;

  localparam int unsigned HagenDac = hx_spec_pkg::SynapseDriverConfig_enable_hagen_dac_Lsb;
  localparam int unsigned HagenModulation = hx_spec_pkg::SynapseDriverConfig_enable_hagen_modulation_Lsb;
  localparam int unsigned Stp = hx_spec_pkg::SynapseDriverConfig_enable_stp_Lsb;

  for (genvar b = 0; b < 4; b++) begin : gen_bus
    for (genvar k = 0; k < BusDrivers; k++) begin : gen_driver
      localparam int unsigned Driver = 4 * k + b;
      localparam int unsigned Row = b * BusRows + 2 * k;
      logic receiver_q;
      logic [4:0] mask_q;
      logic short_label_q;
      logic hagen_dac_q;
      logic [1:0] modulation_q;
      logic [1:0] exc_q;
      logic [1:0] inh_q;
      logic reacts;

      initial begin
        receiver_q = 0;
        mask_q = 0;
        short_label_q = 0;
        hagen_dac_q = 0;
        modulation_q = 0;
        exc_q = 0;
        inh_q = 0;
      end

      always_ff @(posedge clk_i) begin
        if (drv_we_i && drv_index_i == 7'(Driver) && drv_word_i == 0) begin
          receiver_q <= drv_wdata_i[Receiver];
          mask_q <= drv_wdata_i[MaskLsb+:5];
          short_label_q <= drv_wdata_i[AddressOut];
          hagen_dac_q <= drv_wdata_i[HagenDac];
        end
        if (drv_we_i && drv_index_i == 7'(Driver) && drv_word_i == 1) begin
          exc_q <= {drv_wdata_i[TopExc], drv_wdata_i[BottomExc]};
          inh_q <= {drv_wdata_i[TopInh], drv_wdata_i[BottomInh]};
        end
        if (drv_we_i && drv_index_i == 7'(Driver) && drv_word_i == 2) modulation_q <= {drv_wdata_i[HagenModulation], drv_wdata_i[Stp]};
      end

      assign reacts = receiver_q && ((row_select_i[5*b+:5] ^ 5'(k)) & mask_q) == 0;
      assign rows_o[Row+:2] = (exc_q | inh_q) & {2{reacts}};
      assign exc_o[Row+:2] = exc_q;
      assign inh_o[Row+:2] = inh_q;
      assign short_label_o[b*BusDrivers+k] = short_label_q;
      assign modulated_o[b*BusDrivers+k] = modulation_q[0];
      assign hagen_o[b*BusDrivers+k] = hagen_dac_q & modulation_q[1];
    end
  end

endmodule

`default_nettype wire
