// What the lanes of the synthesizable neuron array exchange: voltages of compartments, currents and clamps for representatives,
// fire lines (docs/decisions/neuron.md).
//
// Purpose: (1) Published voltages. Every circuit publishes the voltage that it reads in its slot; near_o and far_o are those of any
// circuit in the pass before. (2) Sums. In stage 7 each lane gives up to two currents to nodes; those of the own lane pair count at
// once, the others in the next pass. Each circuit takes its sums in its own stage 7 and uses them in stage 8. (3) Fire lines: starts of
// stage 11 drive lines, which are settled when slot 0 of the next pass is in stage 11.
//
// Latency: near_o and far_o are of the same clock, total_o and clamp_o are registers of stage 8, line_o belongs to stage 11 of the
// slot. A current given by slot 15 reaches slot 0 of the next pass, one clock later: there is no time for a slower network.
//
// Size: any circuit may point to any other, so this is a crossbar with two reading and two adding ports per lane. It is made for
// exactness. Yosys has not worked through it yet (more than five minutes for 32 columns): expect the full one to be larger than all
// lanes together, and treat it as not proven for synthesis.
//
// Reset: clear_i (chip reset held) drops sums, starts and lines; voltages need none, as the first update publishes E.
`default_nettype none

module hx_neuron_network #(
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    parameter int unsigned Slots = hx_spec_pkg::Slots,
    // Derived, do not overwrite.
    localparam int unsigned Lanes = Columns / Slots,
    localparam int unsigned All = 2 * Lanes,
    localparam int unsigned LaneBits = Lanes > 1 ? $clog2(Lanes) : 1,
    localparam int unsigned Bits = LaneBits + 5,
    localparam int unsigned Places = 1 << Bits
) (
    input wire logic clk_i,
    input wire logic clear_i,

    // Slot of this clock and parity of its pass; its voltages, by lane.
    input wire logic run_i,
    input wire logic [3:0] slot_i,
    input wire logic pass_i,
    input wire logic [All*22-1:0] v_i,
    // Circuits to look at and the voltages that they read in the pass before.
    input wire logic [All*9-1:0] near_i,
    input wire logic [All*9-1:0] far_i,
    output logic [All*22-1:0] near_o,
    output logic [All*22-1:0] far_o,

    // Stage 7: current and clamp of a member for its representative, current of a link for the other end; both signed.
    input wire logic valid_s7_i,
    input wire logic [3:0] slot_s7_i,
    input wire logic pass_s7_i,
    input wire logic [All-1:0] member_s7_i,
    input wire logic [All*9-1:0] rep_s7_i,
    input wire logic [All*23-1:0] current_s7_i,
    input wire logic [All-1:0] clamp_s7_i,
    input wire logic [All-1:0] link_s7_i,
    input wire logic [All*9-1:0] other_s7_i,
    input wire logic [All*23-1:0] back_s7_i,
    // Stage 8: what waited for the circuit.
    output wire logic [All*32-1:0] total_s8_o,
    output wire logic [All-1:0] clamp_s8_o,

    // Writes to word 3 of NeuronBackendConfig.
    input wire logic nbe_we_i,
    input wire logic [8:0] nbe_circuit_i,
    input wire logic nbe_bottom_i,
    input wire logic nbe_right_i,
    // Raw 0 into the switches (power-on).
    input wire logic power_on_i,
    // Stage 11: refractory times that start and drive a line; driven lines.
    input wire logic valid_s11_i,
    input wire logic [3:0] slot_s11_i,
    input wire logic [All-1:0] start_s11_i,
    output logic [All-1:0] line_s11_o
);

  // Place of a circuit in the memories: {row, lane, column % 16}.
  function automatic logic [Bits-1:0] place(input logic [8:0] circuit);
    place = {circuit[8], circuit[4+LaneBits-1:0]};
  endfunction

  function automatic logic [Bits-1:0] place_of_lane(input int unsigned lane, input logic [3:0] slot);
    place_of_lane = {lane >= Lanes, LaneBits'(lane % Lanes), ~slot};
  endfunction

  // ---------------------------------------------------------------- voltages

  logic [21:0] published_mem[2*Places];  // {parity of the pass, place}

  for (genvar k = 0; k < All; k++) begin : gen_publish
    always_ff @(posedge clk_i) begin
      if (run_i) published_mem[{pass_i, place_of_lane(k, slot_i)}] <= v_i[22*k+:22];
    end
  end

  always_comb begin
    for (int unsigned k = 0; k < All; k++) begin
      near_o[22*k+:22] = published_mem[{!pass_i, place(near_i[9*k+:9])}];
      far_o[22*k+:22] = published_mem[{!pass_i, place(far_i[9*k+:9])}];
    end
  end

  // ---------------------------------------------------------------- sums

  // By place: sum of currents (32 bits) and clamp; from the own lane pair, and from others in passes of parity 0 and 1.
  logic [32*Places-1:0] near_q, even_q, odd_q, near_d, even_d, odd_d;
  logic [Places-1:0] near_clamp_q, even_clamp_q, odd_clamp_q, near_clamp_d, even_clamp_d, odd_clamp_d;
  logic [All*32-1:0] total_q, total_d;
  logic [All-1:0] clamp_q, clamp_d;

  // What is given: members first, then links. Places of circuits that are not built take nothing.
  logic [2*All-1:0] gives, gives_clamp;
  logic [2*All*Bits-1:0] gives_place;
  logic [2*All*23-1:0] gives_current;
  wire logic gives_any = valid_s7_i && (member_s7_i | link_s7_i) != '0;

  always_comb begin
    gives_current = {back_s7_i, current_s7_i};
    gives_clamp = {{All{1'b0}}, clamp_s7_i};
    for (int unsigned k = 0; k < All; k++) begin
      gives[k] = member_s7_i[k] && 32'(rep_s7_i[9*k+:8]) < Columns;
      gives_place[Bits*k+:Bits] = place(rep_s7_i[9*k+:9]);
      gives[All+k] = link_s7_i[k] && 32'(other_s7_i[9*k+:8]) < Columns;
      gives_place[Bits*(All+k)+:Bits] = place(other_s7_i[9*k+:9]);
    end
  end

  // Work variables of the block.
  logic [31:0] sum_near, sum_border, amount;
  logic hold_near, hold_border, hit, same_pair;
  logic [Bits-1:0] here;

  // One clock: first all give, then the circuits of the slot take.
  always_comb begin
    near_d = near_q;
    even_d = even_q;
    odd_d = odd_q;
    near_clamp_d = near_clamp_q;
    even_clamp_d = even_clamp_q;
    odd_clamp_d = odd_clamp_q;
    total_d = '0;
    clamp_d = '0;
    {sum_near, sum_border, amount} = '0;
    {hold_near, hold_border, hit, same_pair} = 4'd0;
    here = '0;
    if (gives_any) begin
      for (int unsigned n = 0; n < Places; n++) begin
        sum_near = 32'd0;
        sum_border = 32'd0;
        hold_near = 1'b0;
        hold_border = 1'b0;
        for (int unsigned k = 0; k < 2 * All; k++) begin
          hit = gives[k] && gives_place[Bits*k+:Bits] == Bits'(n);
          same_pair = (n >> 4) % (1 << LaneBits) == k % Lanes;
          amount = {32{hit}} & {{9{gives_current[23*k+22]}}, gives_current[23*k+:23]};
          if (same_pair) begin
            sum_near = sum_near + amount;
            hold_near = hold_near | (hit & gives_clamp[k]);
          end else begin
            sum_border = sum_border + amount;
            hold_border = hold_border | (hit & gives_clamp[k]);
          end
        end
        near_d[32*n+:32] = near_q[32*n+:32] + sum_near;
        near_clamp_d[n] = near_clamp_q[n] | hold_near;
        even_d[32*n+:32] = even_q[32*n+:32] + ({32{!pass_s7_i}} & sum_border);
        even_clamp_d[n] = even_clamp_q[n] | (!pass_s7_i & hold_border);
        odd_d[32*n+:32] = odd_q[32*n+:32] + ({32{pass_s7_i}} & sum_border);
        odd_clamp_d[n] = odd_clamp_q[n] | (pass_s7_i & hold_border);
      end
    end
    if (valid_s7_i) begin
      for (int unsigned k = 0; k < All; k++) begin
        here = place_of_lane(k, slot_s7_i);
        total_d[32*k+:32] = near_d[32*here+:32] + (pass_s7_i ? even_d[32*here+:32] : odd_d[32*here+:32]);
        clamp_d[k] = near_clamp_d[here] | (pass_s7_i ? even_clamp_d[here] : odd_clamp_d[here]);
      end
      for (int unsigned n = 0; n < Places; n++) begin
        if (4'(~n) == slot_s7_i) begin
          near_d[32*n+:32] = 32'd0;
          near_clamp_d[n] = 1'b0;
          if (pass_s7_i) begin
            even_d[32*n+:32] = 32'd0;
            even_clamp_d[n] = 1'b0;
          end else begin
            odd_d[32*n+:32] = 32'd0;
            odd_clamp_d[n] = 1'b0;
          end
        end
      end
    end
  end

  /* verilator lint_off WIDTHCONCAT */  // The zeros are as wide as they look.
  always_ff @(posedge clk_i) begin
    near_q <= clear_i ? '0 : near_d;
    even_q <= clear_i ? '0 : even_d;
    odd_q <= clear_i ? '0 : odd_d;
    near_clamp_q <= clear_i ? '0 : near_clamp_d;
    even_clamp_q <= clear_i ? '0 : even_clamp_d;
    odd_clamp_q <= clear_i ? '0 : odd_clamp_d;
    total_q <= total_d;
    clamp_q <= clamp_d;
  end
  /* verilator lint_on WIDTHCONCAT */

  assign total_s8_o = total_q;
  assign clamp_s8_o = clamp_q;

  // ---------------------------------------------------------------- fire lines

  localparam int unsigned Circuits = All * Slots;  // bit: row * Columns + column

  logic [Circuits-1:0] bottom_q, right_q;
  wire logic [7:0] nbe_column = nbe_circuit_i[7:0];
  wire logic [LaneBits+4:0] nbe_place = (LaneBits + 5)'((nbe_circuit_i[8] ? Columns : 0) + 32'(nbe_column));
  // Switches as of slot 0 of the pass in stage 11.
  logic [Columns-1:0] joined_q;
  logic [Circuits-1:0] onward_q;
  logic [Circuits-1:0] started_q, line_q;
  logic [Circuits-1:0] settled, lines;
  wire logic settles = valid_s11_i && slot_s11_i == 4'd0;

  always_ff @(posedge clk_i) begin
    if (power_on_i) begin
      bottom_q <= '0;
      right_q <= '0;
    end else if (nbe_we_i && 32'(nbe_column) < Columns) begin
      bottom_q[nbe_place] <= nbe_bottom_i;
      right_q[nbe_place] <= nbe_right_i;
    end
    if (run_i && slot_i == 4'd0) begin
      joined_q <= bottom_q[Columns-1:0] | bottom_q[Circuits-1:Columns];
      onward_q <= right_q;
    end
  end

  // From the left to the right; the two halves are apart.
  logic top, bottom;
  always_comb begin
    top = 1'b0;
    bottom = 1'b0;
    settled = '0;
    if (settles) begin
      for (int unsigned c = 0; c < Columns; c++) begin
        top = (c % 128 != 0 && top) || started_q[c];
        bottom = (c % 128 != 0 && bottom) || started_q[Columns+c];
        if (joined_q[c]) begin
          top = top || bottom;
          bottom = top;
        end
        settled[c] = top;
        settled[Columns+c] = bottom;
        top = top && onward_q[c];
        bottom = bottom && onward_q[Columns+c];
      end
    end
    lines = settles ? settled : line_q;
    for (int unsigned k = 0; k < All; k++) line_s11_o[k] = lines[Slots*k+32'(4'(~slot_s11_i))];
  end

  always_ff @(posedge clk_i) begin
    line_q <= clear_i ? '0 : lines;
    if (clear_i || settles) started_q <= '0;
    if (valid_s11_i && !clear_i) begin
      for (int unsigned k = 0; k < All; k++) started_q[Slots*k+32'(4'(~slot_s11_i))] <= start_s11_i[k];
    end
  end

endmodule

`default_nettype wire
