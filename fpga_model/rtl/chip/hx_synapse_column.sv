// One synapse column: label compare, pulse, accumulators.
//
// Purpose: part of hx_synapse_array_synth, which has the control of the stages in common for all columns. A row word that is at
// word_i in clock x (valid_i[0]) is registered in x, compared in x+1, multiplied in x+2, split by sign and summed over the event in
// x+3, and in the accumulator at the end of x+4. Index i of the control vectors belongs to clock x+i of a row.
//
// Reset: rst_ni low clears the accumulators and marks.
`default_nettype none

module hx_synapse_column (
    input wire logic clk_i,
    input wire logic rst_ni,

    // {label, weight as stored} of the row.
    input wire logic [11:0] word_i,
    // Rows in the stages; label of the row in stage 1, extension in stage 2, first row of an event and signs {inh, exc} in stage 3.
    input wire logic [3:0] valid_i,
    input wire logic [5:0] label_i,
    input wire logic [3:0] ext_i,
    input wire logic first_i,
    input wire logic [1:0] sign_i,

    // The accumulators restart in the next clock.
    input wire logic step_last_i,
    // {inh, exc} with the charge of this clock.
    output logic [2*12-1:0] charge_o,
    output logic [1:0] mark_o
);

  localparam int unsigned BypassBit = 8;  // 256

  logic [11:0] word_q;
  logic [5:0] weight_q;
  logic [9:0] product_q;
  logic [9:0] one;
  logic [9:0] two;
  logic [8:0] four;
  logic [8:0] eight;

  assign one = {4'h0, weight_q & {6{ext_i[0]}}};
  assign two = {3'h0, weight_q & {6{ext_i[1]}}, 1'b0};
  assign four = {1'h0, weight_q & {6{ext_i[2]}}, 2'b00};
  assign eight = {weight_q & {6{ext_i[3]}}, 3'b000};

  always_ff @(posedge clk_i) begin
    if (valid_i[0]) word_q <= word_i;
    if (valid_i[1]) begin
      // Stored weight bits: 5 = w5, 4 = w0, 3 = w1, 2 = w2, 1 = w3, 0 = w4.
      weight_q <= (word_q[11:6] == label_i) ? {word_q[5], word_q[0], word_q[1], word_q[2], word_q[3], word_q[4]} : 6'd0;
    end
    // weight * (1 + extension) without a multiplier: there are more columns than those.
    if (valid_i[2]) product_q <= ({4'h0, weight_q} + one) + (two + {1'b0, four}) + {1'b0, eight};
  end

  for (genvar x = 0; x < 2; x++) begin : gen_sign
    // Charge that the event has brought, 256 and more is 256.
    logic [BypassBit:0] brought_q;
    logic [BypassBit:0] event_before;
    logic [10:0] event_after;
    logic reached;
    // In stage 4.
    logic [9:0] charge_q;
    logic mark_q;
    // Accumulators.
    logic [11:0] sum_q;
    logic seen_q;
    logic [12:0] sum;

    assign event_before = first_i ? '0 : brought_q;
    assign event_after = {2'b00, event_before} + (sign_i[x] ? {1'b0, product_q} : 11'd0);
    assign reached = event_after[10:BypassBit] != 0;
    assign sum = {1'b0, sum_q} + {3'b000, charge_q};
    assign charge_o[12*x+:12] = sum[12] ? 12'hfff : sum[11:0];
    assign mark_o[x] = seen_q | mark_q;

    always_ff @(posedge clk_i) begin
      charge_q <= 0;
      mark_q <= 0;
      if (valid_i[3]) begin
        brought_q <= reached ? 9'h100 : event_after[8:0];
        mark_q <= reached & ~event_before[BypassBit];
        charge_q <= sign_i[x] ? product_q : 10'd0;
      end
      sum_q <= charge_o[12*x+:12];
      seen_q <= mark_o[x];
      if (step_last_i || !rst_ni) begin
        sum_q <= 0;
        seen_q <= 0;
      end
      if (!rst_ni) begin
        charge_q <= 0;
        mark_q <= 0;
      end
    end
  end

endmodule

`default_nettype wire
