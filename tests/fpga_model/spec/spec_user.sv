// Uses a bit of every part of hx_spec_pkg; see sv_test.sh.
`default_nettype none

module spec_user (
  input  wire logic [4:0]  input_i,
  input  wire logic [3:0]  output_i,
  output logic [6:0]       node_o,
  output logic             exists_o,
  output logic [6:0]       code_o,
  output logic [31:0]      word_o
);
  logic [7:0] place;

  always_comb begin
    place    = 8'(input_i) * 8'(hx_spec_pkg::CrossbarOutputs) + 8'(output_i);
    node_o   = hx_spec_pkg::CrossbarNodeNumber[7 * place +: 7];
    exists_o = hx_spec_pkg::CrossbarNodeExists[place];
    code_o   = hx_spec_pkg::UtToFpgaOmnibusAddress;
    // Default word 2 of NeuronBackendConfig.
    word_o   = hx_spec_pkg::NeuronBackendConfigDefault[32 * 2 +: 32];
  end
endmodule

`default_nettype wire
