// PLLs, clock outputs and their self test.
//
// Purpose: registers 0/1 and 2/3 of the two PLLs, 4 of the four clock outputs, 5 of the self test, 7 its status. The digital chip has one
// clock whatever they hold; they decide whether Omnibus and lanes have a clock (omnibus_on_o, lanes_on_o), and what the self test
// counts: output = P0 N / (P1 M) * 50 MHz for core_0 and core_1, P0 N / P2 * 50 MHz for dco, 50 MHz in bypass.
//
// A write in clock e that changes a bit with a function stops what it concerns in e + 1 .. e + PllLock: outputs fed by the PLL
// (registers 0..3), all outputs (register 4). The self test started in clock w has its result in the status from
// w + 10 * 2^p + PllTest + 1 on.
//
// The access of clock w acts in w; rdata_o in w + 1 holds until the next read. A write over JTAG acts in its clock and wins over one of
// the bus to the same register.
// Reset (power-on and chip reset): default words, everything runs, no test, status 0.
`default_nettype none

module hx_pll #(
    parameter int unsigned PllLock = hx_spec_pkg::PllLock,
    parameter int unsigned PllTest = hx_spec_pkg::PllTest
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Access of the Omnibus in this clock.
    input wire logic acc_valid_i,
    input wire logic acc_we_i,
    input wire logic [2:0] acc_addr_i,
    input wire logic [31:0] acc_wdata_i,
    input wire logic [3:0] acc_be_i,
    output wire logic [31:0] rdata_o,

    // Write over JTAG in this clock, registers 0..5.
    input wire logic jtag_we_i,
    input wire logic [2:0] jtag_addr_i,
    input wire logic [31:0] jtag_wdata_i,

    output wire logic omnibus_on_o,
    output wire logic lanes_on_o
);

  localparam int unsigned Lw = $clog2(PllLock + 1);
  localparam int unsigned Tw = 20;  // clocks of the longest test
  localparam logic [31:0] Pll0Reset = hx_spec_pkg::ADPLLDefault[31:0];
  localparam logic [31:0] Pll1Reset = hx_spec_pkg::ADPLLDefault[63:32];
  localparam logic [31:0] OutputsReset = hx_spec_pkg::PLLClockOutputBlockDefault;
  // Bits with a function.
  localparam logic [31:0] Pll0Bits = 32'h7fffffff;
  localparam logic [31:0] Pll1Bits = 32'hc1ffffff;
  localparam logic [31:0] OutputsBits = 32'h9f1f1f1f;

  logic [31:0] reg0_q, reg1_q, reg2_q, reg3_q, reg4_q, reg5_q, rdata_q;
  logic [Lw-1:0] lock0_q, lock1_q, lock_outputs_q;

  // ---- Writes: the value that a register takes, per register. ----
  logic bus_we, any_we;
  logic [31:0] mask;
  logic [5:0] we;
  logic [191:0] old, next;
  logic [2:0] changed;  // PLL 0, PLL 1, outputs

  assign bus_we = acc_valid_i && acc_we_i;
  assign any_we = bus_we || jtag_we_i;
  always_comb begin
    mask = '0;
    we = '0;
    old = '0;
    next = '0;
    changed = '0;
    if (any_we) begin
      mask = {{8{acc_be_i[3]}}, {8{acc_be_i[2]}}, {8{acc_be_i[1]}}, {8{acc_be_i[0]}}};
      old = {reg5_q, reg4_q, reg3_q, reg2_q, reg1_q, reg0_q};
      next = old;
      for (int unsigned k = 0; k < 6; k++) begin
        if (bus_we && acc_addr_i == 3'(k)) begin
          we[k] = 1'b1;
          next[32*k+:32] = (old[32*k+:32] & ~mask) | (acc_wdata_i & mask);
        end
        if (jtag_we_i && jtag_addr_i == 3'(k)) begin
          we[k] = 1'b1;
          next[32*k+:32] = jtag_wdata_i;
        end
      end
      changed[0] = ((old[31:0] ^ next[31:0]) & Pll0Bits) != '0 || ((old[63:32] ^ next[63:32]) & Pll1Bits) != '0;
      changed[1] = ((old[95:64] ^ next[95:64]) & Pll0Bits) != '0 || ((old[127:96] ^ next[127:96]) & Pll1Bits) != '0;
      changed[2] = ((old[159:128] ^ next[159:128]) & OutputsBits) != '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      reg0_q <= Pll0Reset;
      reg1_q <= Pll1Reset;
      reg2_q <= Pll0Reset;
      reg3_q <= Pll1Reset;
      reg4_q <= OutputsReset;
      reg5_q <= '0;
    end else if (any_we) begin
      if (we[0]) reg0_q <= next[31:0];
      if (we[1]) reg1_q <= next[63:32];
      if (we[2]) reg2_q <= next[95:64];
      if (we[3]) reg3_q <= next[127:96];
      if (we[4]) reg4_q <= next[159:128];
      if (we[5]) reg5_q <= next[191:160];
    end
  end

  // ---- Lock. ----
  logic locking;
  assign locking = lock0_q != '0 || lock1_q != '0 || lock_outputs_q != '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      lock0_q <= '0;
      lock1_q <= '0;
      lock_outputs_q <= '0;
    end else if (any_we || locking) begin
      if (changed[0]) lock0_q <= Lw'(PllLock);
      else if (lock0_q != '0) lock0_q <= lock0_q - 1'b1;
      if (changed[1]) lock1_q <= Lw'(PllLock);
      else if (lock1_q != '0) lock1_q <= lock1_q - 1'b1;
      if (changed[2]) lock_outputs_q <= Lw'(PllLock);
      else if (lock_outputs_q != '0) lock_outputs_q <= lock_outputs_q - 1'b1;
    end
  end

  // ---- Outputs: on by their settings, and what they need. Worked out in the clock after a write; until then nothing that changed
  // runs anyway. ----
  logic dirty_q;
  logic [3:0] set_q, feed0_q, feed1_q;  // on by setting; fed by PLL 0, PLL 1
  logic [3:0] on;
  logic [3:0] set, feed0, feed1;
  /* verilator lint_off UNUSEDSIGNAL */
  logic [63:0] pll;  // settings of the PLL of an output; the other bits tune it
  /* verilator lint_on UNUSEDSIGNAL */
  /* verilator lint_off UNUSEDSIGNAL */
  logic [7:0] control;
  /* verilator lint_on UNUSEDSIGNAL */

  always_comb begin
    set = '0;
    feed0 = '0;
    feed1 = '0;
    pll = '0;
    control = '0;
    if (dirty_q) begin
      for (int unsigned k = 0; k < 4; k++) begin
        control = reg4_q[8*k+:8];
        pll = control[2] ? {reg3_q, reg2_q} : {reg1_q, reg0_q};
        if (!pll[63]) pll = {Pll1Reset, Pll0Reset};
        feed0[k] = !control[1] && !control[2];
        feed1[k] = !control[1] && control[2];
        set[k] = control[0] && (control[1] || (pll[62] && !pll[56] && pll[14:10] != '0 && control[4:3] != 2'd3 &&
            (control[4:3] != 2'd0 || pll[19:15] != '0) && (control[4:3] != 2'd1 || pll[24:20] != '0)));
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      dirty_q <= 1'b0;
      set_q <= 4'b1111;
      // As of the default words: output 2 is fed by PLL 1.
      feed0_q <= 4'b1011;
      feed1_q <= 4'b0100;
    end else if (any_we || dirty_q) begin
      dirty_q <= any_we;
      if (dirty_q) begin
        set_q <= set;
        feed0_q <= feed0;
        feed1_q <= feed1;
      end
    end
  end
  always_comb begin
    on = set_q;
    if (locking) begin
      if (lock_outputs_q != '0) on = 4'd0;
      if (lock0_q != '0) on = on & ~feed0_q;
      if (lock1_q != '0) on = on & ~feed1_q;
    end
  end
  assign omnibus_on_o = reg4_q[31] ? on[3] : on[1];
  assign lanes_on_o = on[0] && on[1];

  // ---- Self test: a division in series while the window passes. ----
  logic start, stop;
  /* verilator lint_off UNUSEDSIGNAL */
  logic [63:0] test_pll;
  logic [7:0] test_control;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [6:0] numerator, denominator;
  logic [Tw-1:0] test_left_q;
  logic [19:0] value_q;  // expected count and accepted deviation as of the start
  logic [3:0] range_q;
  logic [23:0] dividend_q, quotient_q;
  logic [6:0] denominator_q;
  logic [4:0] dividend_count_q;  // bits left to divide
  logic [6:0] remainder_q;
  logic [7:0] remainder;
  logic [6:0] rest;
  logic [19:0] count, distance;
  logic [21:0] status_q;
  logic fits;

  always_comb begin
    start = 1'b0;
    stop = 1'b0;
    test_pll = '0;
    test_control = '0;
    numerator = 7'd0;
    denominator = 7'd1;
    if (we[5]) begin
      start = next[160] && !reg5_q[0];
      stop = !next[160];
      test_control = reg4_q[{next[166:165], 3'd0}+:8];
      test_pll = test_control[2] ? {reg3_q, reg2_q} : {reg1_q, reg0_q};
      if (!test_pll[63]) test_pll = {Pll1Reset, Pll0Reset};
      if (on[next[166:165]]) begin
        if (test_control[1]) begin
          numerator = 7'd1;
        end else begin
          numerator = ({5'd0, test_pll[26:25]} + 7'd1) * {2'd0, test_pll[14:10]};
          case (test_control[4:3])
            2'd0: denominator = ({5'd0, test_pll[28:27]} + 7'd1) * {2'd0, test_pll[19:15]};
            2'd1: denominator = ({5'd0, test_pll[28:27]} + 7'd1) * {2'd0, test_pll[24:20]};
            default: denominator = {5'd0, test_pll[30:29]} + 7'd1;
          endcase
        end
      end
    end
  end

  always_comb begin
    remainder = '0;
    rest = '0;
    fits = 1'b0;
    count = '0;
    distance = '0;
    if (test_left_q != '0) begin
      remainder = {remainder_q, dividend_q[23]};
      fits = remainder >= {1'b0, denominator_q};
      rest = fits ? remainder[6:0] - denominator_q : remainder[6:0];
      count = quotient_q[23:20] != '0 ? 20'hfffff : quotient_q[19:0];
      distance = count > value_q ? count - value_q : value_q - count;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      test_left_q <= '0;
      status_q <= '0;
      value_q <= '0;
      range_q <= '0;
      dividend_q <= '0;
      quotient_q <= '0;
      remainder_q <= '0;
      denominator_q <= '0;
    end else if (start) begin
      test_left_q <= (20'd10 << next[164:161]) + Tw'(PllTest);
      status_q <= '0;
      value_q <= next[191:172];
      range_q <= next[171:168];
      dividend_q <= {17'd0, numerator} << next[164:161] << 2;
      quotient_q <= '0;
      remainder_q <= '0;
      denominator_q <= denominator;
    end else if (stop) begin
      test_left_q <= '0;
    end else if (test_left_q != '0) begin
      test_left_q <= test_left_q - 1'b1;
      // The quotient is complete after 24 clocks: fewer than any test takes. From then on nothing changes.
      if (dividend_count_q != '0) begin
        dividend_q <= dividend_q << 1;
        remainder_q <= rest;
        quotient_q <= {quotient_q[22:0], fits};
      end
      if (test_left_q == Tw'(1)) status_q <= {distance <= {16'd0, range_q}, 1'b1, count};
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) dividend_count_q <= '0;
    else if (start) dividend_count_q <= 5'd24;
    else if (dividend_count_q != '0) dividend_count_q <= dividend_count_q - 5'd1;
  end

  // ---- Reads. ----
  assign rdata_o = rdata_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      rdata_q <= '0;
    end else if (acc_valid_i && !acc_we_i) begin
      case (acc_addr_i)
        3'd0: rdata_q <= reg0_q;
        3'd1: rdata_q <= reg1_q;
        3'd2: rdata_q <= reg2_q;
        3'd3: rdata_q <= reg3_q;
        3'd4: rdata_q <= reg4_q;
        3'd5: rdata_q <= reg5_q;
        3'd7: rdata_q <= {10'd0, status_q};
        default: rdata_q <= '0;
      endcase
    end
  end

  if (PllTest < 25) begin : gen_check
    $error("hx_pll: the division takes 24 clocks");
  end

endmodule

`default_nettype wire
