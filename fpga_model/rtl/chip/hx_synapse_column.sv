// Two neighbouring synapse columns, which the halves of a row serve in turn: label compare, pulse, accumulators.
//
// Purpose: part of hx_synapse_array_synth, which has the control of the stages in common for all pairs. Half a row that is issued in
// clock x is at word_i in x+1 (stage 1), compared in x+2, gated in x+3, multiplied in x+4 and added in x+5. A pulse is one step, or with a factor
// nine of them: weight * factor + 128 bit by bit from the lowest bit of the factor on, the last step brings the charge.
//
// Charges come for the even and the odd column in turn. So the sums are rings of two: the one in turn is at the adder, and each charge
// turns the ring. In the last clock of an interval it turns in any case, so that what is held needs no selection.
//
// Reset: rst_ni low clears sums and marks.
`default_nettype none

module hx_synapse_column #(
    // Largest sum of an interval: a column gets a charge of at most 63 in every second clock.
    parameter int unsigned SumBits = 9
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // {label, weight as stored} of the half.
    input wire logic [11:0] word_i,
    // Stage 1: a new word. Stage 2: label. Stage 3: bit of the factor.
    input wire logic load_i,
    input wire logic [5:0] label_i,
    input wire logic factor_bit_i,
    // Stage 4: a step; first and last one of a pulse with factor; charge for {inh, exc} in the last step.
    input wire logic step_i,
    input wire logic round_i,
    input wire logic last_i,
    input wire logic [1:0] sign_i,
    // Stage 5: a charge, the last one of its event for this half.
    input wire logic charge_i,
    input wire logic end_i,

    input wire logic step_last_i,
    // Sums of the previous interval, of the column in turn at its end {mark inh, mark exc, inh, exc}, and of the other one.
    output wire logic [2*(SumBits+1)-1:0] turn_o,
    output wire logic [2*(SumBits+1)-1:0] other_o
);

  logic [11:0] word_q;
  logic match_q;
  logic [5:0] weight_q;
  logic [5:0] gated_q;
  logic [6:0] partial_q;
  logic [7:0] product;

  assign product = {1'b0, partial_q} + {2'b00, gated_q};

  always_ff @(posedge clk_i) begin
    if (load_i) word_q <= word_i;
    // Stored weight bits: 5 = w5, 4 = w0, 3 = w1, 2 = w2, 1 = w3, 0 = w4.
    weight_q <= {word_q[5], word_q[0], word_q[1], word_q[2], word_q[3], word_q[4]};
    match_q <= word_q[11:6] == label_i;
    gated_q <= weight_q & {6{match_q & factor_bit_i}};
    // Half of the lowest bit of the charge is 128 in units of the product, 64 after its first step.
    if (step_i) partial_q <= {product[7] | round_i, product[6:1]};
    if (last_i || !rst_ni) partial_q <= 0;
  end

  for (genvar x = 0; x < 2; x++) begin : gen_sign
    logic [5:0] charge_q;
    // Rings: [0] in turn, [1] the other one. Charge of the event modulo 256 and whether it was reached; sum; mark.
    logic [7:0] brought0_q;
    logic [7:0] brought1_q;
    logic reached0_q;
    logic reached1_q;
    logic [SumBits-1:0] sum0_q;
    logic [SumBits-1:0] sum1_q;
    logic mark0_q;
    logic mark1_q;
    logic [SumBits:0] turn_q;
    logic [SumBits:0] other_q;
    logic [8:0] brought;
    logic [SumBits-1:0] sum;
    logic mark;

    assign brought = {1'b0, brought0_q} + {3'b000, charge_q};
    assign sum = sum0_q + {{SumBits - 6{1'b0}}, charge_q};
    assign mark = mark0_q | (brought[8] & ~reached0_q);

    always_ff @(posedge clk_i) begin
      charge_q <= product[5:0];
      if (!last_i || !sign_i[x] || !rst_ni) charge_q <= 0;
      if (charge_i) begin
        brought0_q <= brought1_q;
        reached0_q <= reached1_q;
        brought1_q <= brought[7:0];
        reached1_q <= reached0_q | brought[8];
      end
      if (charge_i && end_i || !rst_ni) begin
        brought1_q <= 0;
        reached1_q <= 0;
      end
      if (!rst_ni) begin
        brought0_q <= 0;
        reached0_q <= 0;
      end
      if (charge_i) begin
        sum0_q <= sum1_q;
        mark0_q <= mark1_q;
        sum1_q <= sum;
        mark1_q <= mark;
      end
      if (step_last_i || !rst_ni) begin
        sum0_q <= 0;
        mark0_q <= 0;
        sum1_q <= 0;
        mark1_q <= 0;
      end
      if (step_last_i) begin
        turn_q <= {mark, sum};
        other_q <= {mark1_q, sum1_q};
      end
      if (!rst_ni) begin
        turn_q <= 0;
        other_q <= 0;
      end
    end

    assign turn_o[SumBits*x+:SumBits] = turn_q[SumBits-1:0];
    assign turn_o[2*SumBits+x] = turn_q[SumBits];
    assign other_o[SumBits*x+:SumBits] = other_q[SumBits-1:0];
    assign other_o[2*SumBits+x] = other_q[SumBits];
  end

endmodule

`default_nettype wire
