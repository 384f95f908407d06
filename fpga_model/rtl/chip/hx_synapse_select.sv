// One of several words, as a tree of two-way selects: Yosys makes far less of it than of a variable part select.
//
// Purpose: read-out of the synapse memory and of the column sums. Combinational. Places: a power of two.
`default_nettype none

module hx_synapse_select #(
    parameter int unsigned Width = 32,
    parameter int unsigned Places = 16,
    // Derived, do not overwrite.
    localparam int unsigned PlaceBits = $clog2(Places)
) (
    input wire logic [Width*Places-1:0] words_i,
    input wire logic [PlaceBits-1:0] place_i,
    output wire logic [Width-1:0] word_o
);

  // Level v of the tree has Places >> v words; each level in a vector of its own.
  for (genvar v = 0; v <= PlaceBits; v++) begin : gen_level
    logic [Width*(Places>>v)-1:0] words;
    if (v == 0) begin : gen_words
      assign words = words_i;
    end else begin : gen_select
      for (genvar n = 0; n < Places >> v; n++) begin : gen_node
        assign words[Width*n+:Width] = place_i[v-1] ? gen_level[v-1].words[Width*(2*n+1)+:Width]
            : gen_level[v-1].words[Width*(2*n)+:Width];
      end
    end
  end
  assign word_o = gen_level[PlaceBits].words;

endmodule

`default_nettype wire
