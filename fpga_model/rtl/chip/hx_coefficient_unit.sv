// Turns registers into neuron coefficients (model-dynamics contract, section 3), circuit by circuit, in the background.
//
// Purpose and timing: from power-on, window n = 0, 1, ... of CoeffCycles clocks belongs to circuit n mod 512. The result is at
// coef_* in the last clock of the window, so slots from the first clock after the window on use it. A configuration write inside
// the window (cfg_write_i) discards the result; the next round makes it again. After a full round without a write nothing
// can change and the unit rests until the next write; the windows keep their grid.
//
// How: clock k of a window is phase k. Phases 0 to 10 fetch the registers, then one multiplier (operands in phase k, product in
// phase k + 2) and one divider (two quotient bits per clock, 24 bit by 6 bit) work through the list below; all is done in
// phase 57. Products wider than 18 x 18 bits are made of two.
//
// Reset: rst_ni (power-on only; the chip reset pin does not reach it) restarts at window 0.
`default_nettype none

module hx_coefficient_unit #(
    // Columns per row that exist: windows of other columns give no result.
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    // At least 58.
    parameter int unsigned CoeffCycles = hx_spec_pkg::CoeffCycles
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // A write to NeuronConfig, a CapMem cell or SynapseBiasSelection takes effect in this clock.
    input wire logic cfg_write_i,
    // SynapseBiasSelection register.
    input wire logic [15:0] synapse_bias_i,

    // CapMem cell: {quadrant[1:0], column[7:0] (128 = shared cells), row[4:0]}; data one clock later: the last value written
    // to the cell that was not 1023 (refresh disabled).
    output wire logic [14:0] capmem_addr_o,
    input wire logic [9:0] capmem_data_i,
    // NeuronConfig word: {circuit[8:0], word[2:0]}; data one clock later.
    output wire logic [11:0] ncfg_addr_o,
    input wire logic [7:0] ncfg_data_i,

    // Result, to hx_neuron_array (layout of coef_o there).
    output wire logic coef_we_o,
    output wire logic [8:0] coef_circuit_o,
    output wire logic [163:0] coef_o
);

  localparam int unsigned PhaseBits = $clog2(CoeffCycles);

  if (CoeffCycles < 58) begin : gen_bad_parameters
    $error("hx_coefficient_unit: CoeffCycles must be at least 58");
  end

  // ---------------------------------------------------------------- windows

  logic [PhaseBits-1:0] phase_q;
  logic [8:0] circuit_q;
  logic dirty_q;  // a write fell into this window
  logic [9:0] clean_q;  // windows without a write since the last one, up to a full round
  wire logic last = phase_q == PhaseBits'(CoeffCycles - 1);
  wire logic rest = clean_q[9];  // 512

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      phase_q <= '0;
      circuit_q <= '0;
      dirty_q <= 1'b0;
      clean_q <= '0;
    end else begin
      phase_q <= last ? '0 : phase_q + PhaseBits'(1);
      if (last) circuit_q <= circuit_q + 9'd1;
      dirty_q <= !last && (dirty_q || cfg_write_i);
      if (cfg_write_i) clean_q <= '0;
      else if (last && !dirty_q && !rest) clean_q <= clean_q + 10'd1;
    end
  end

  // ---------------------------------------------------------------- registers of the circuit

  logic [4:0] row;
  logic [2:0] word;

  always_comb begin
    row = 5'(hx_spec_pkg::CapMem_i_bias_leak_Row);
    word = 3'd5;
    case (phase_q)
      1: begin
        row = 5'(hx_spec_pkg::CapMem_i_mem_offset_Row);
        word = 3'd2;
      end
      2: begin
        row = 5'(hx_spec_pkg::CapMem_syn_i_bias_dac_Row);
        word = 3'd6;
      end
      3: begin
        row = 5'(hx_spec_pkg::CapMem_i_bias_synin_exc_gm_Row);
        word = 3'd4;
      end
      4: row = 5'(hx_spec_pkg::CapMem_i_bias_synin_inh_gm_Row);
      5: row = 5'(hx_spec_pkg::CapMem_i_bias_synin_exc_tau_Row);
      6: row = 5'(hx_spec_pkg::CapMem_i_bias_synin_inh_tau_Row);
      7: row = 5'(hx_spec_pkg::CapMem_v_leak_Row);
      8: row = 5'(hx_spec_pkg::CapMem_v_threshold_Row);
      9: row = 5'(hx_spec_pkg::CapMem_v_reset_Row);
      default: ;
    endcase
  end

  // syn_i_bias_dac is a shared cell of the quadrant.
  wire logic shared = phase_q == 2;
  assign capmem_addr_o = {circuit_q[8:7], shared ? 8'(hx_spec_pkg::CapMem_syn_i_bias_dac_Column) : {1'b0, circuit_q[6:0]}, row};
  assign ncfg_addr_o = {circuit_q, word};

  // syn_i_bias_dac counts as 0 if the quadrant's internal bias is off.
  logic dac_enabled;
  always_comb begin
    case (circuit_q[8:7])
      2'd0: dac_enabled = synapse_bias_i[hx_spec_pkg::SynapseBiasSelection_enable_internal_dac_bias_0_Lsb];
      2'd1: dac_enabled = synapse_bias_i[hx_spec_pkg::SynapseBiasSelection_enable_internal_dac_bias_1_Lsb];
      2'd2: dac_enabled = synapse_bias_i[hx_spec_pkg::SynapseBiasSelection_enable_internal_dac_bias_2_Lsb];
      default: dac_enabled = synapse_bias_i[hx_spec_pkg::SynapseBiasSelection_enable_internal_dac_bias_3_Lsb];
    endcase
  end

  logic [9:0] i_leak_q, i_off_q, dac_q, gm_exc_q, gm_inh_q, tau_exc_q, tau_inh_q, v_leak_q, v_th_q, v_reset_q;
  logic [5:0] cap_q;
  logic offset_q, leak_div_q, leak_mul_q, invert_q, exc_q, inh_q;
  logic high_res_exc_q, high_res_inh_q, small_cap_exc_q, small_cap_inh_q;

  // ---------------------------------------------------------------- multiplier and divider

  logic [17:0] a_q, b_q;
  logic [35:0] product_q;

  logic [23:0] quotient_q;  // numerator, replaced by the quotient from the right
  logic [5:0] remainder_q;
  wire logic [5:0] divisor = cap_q == 6'd0 ? 6'd1 : cap_q;
  // Two steps of long division.
  wire logic [6:0] high = {remainder_q, quotient_q[23]};
  wire logic high_bit = high >= {1'b0, divisor};
  wire logic [6:0] high_rest = high_bit ? high - {1'b0, divisor} : high;
  wire logic [6:0] low = {high_rest[5:0], quotient_q[22]};
  wire logic low_bit = low >= {1'b0, divisor};
  wire logic [6:0] low_rest = low_bit ? low - {1'b0, divisor} : low;

  // ---------------------------------------------------------------- intermediate and final values

  logic [18:0] off_num_q;
  logic [7:0] gain_high_q;  // 46180 gm, upper part of the excitatory one
  logic [25:0] gain_inh_q;
  logic [11:0] num_low_q;
  logic [19:0] num_exc_q, num_inh_q, gain_q;
  logic [17:0] y_mem_q, y_exc_q, y_inh_q, y2_q, y3_q;
  logic [17:0] d_mem_q, d_exc_q, d_inh_q, c_exc_q, c_inh_q;
  logic [17:0] e_leak_q, e_th_q, e_reset_q;
  logic [17:0] share_q;
  logic [19:0] v_off_q;

  // y of a synaptic time constant: 6711 i, x 8 with small_cap, / 4 with high_res, / 256, at most 1/2.
  function automatic logic [17:0] limit(input logic [25:0] y);
    limit = y > 26'h20000 ? 18'h20000 : y[17:0];
  endfunction

  function automatic logic [17:0] synaptic(input logic [22:0] x, input logic small_cap, input logic high_res);
    case ({small_cap, high_res})
      2'b00: synaptic = limit({11'h0, x[22:8]});
      2'b01: synaptic = limit({13'h0, x[22:10]});
      2'b10: synaptic = limit({8'h0, x[22:5]});
      default: synaptic = limit({10'h0, x[22:7]});
    endcase
  endfunction

  // d = y - ((y2 + 1) >> 1) + (y3 + 3) / 6; the division by 6 is the product with 43691 / 2^18.
  wire logic [17:0] square = product_q[35:18] + {17'h0, product_q[17]};
  wire logic [17:0] d_tail = product_q[35:18] - {1'b0, y2_q[17:1]} - {17'h0, y2_q[0]};
  // Potential: (27307 m - 600642) / 256.
  wire logic [25:0] potential = {1'b0, product_q[24:0]} - 26'd600642;
  // c = c0 - (c0 y_m >> 19), c0 y_m in two products.
  wire logic [20:0] reduction = {3'h0, share_q} + product_q[20:0];
  wire logic [19:0] c = gain_q - reduction[20:1];
  wire logic [17:0] c_limited = c[19:18] != 2'b00 ? 18'h3ffff : c[17:0];
  wire logic [19:0] v_off_magnitude = offset_q ? quotient_q[19:0] : 20'h0;

  // Blocking assignments, each variable after its last use: the block costs the simulation nothing while the unit rests. Nobody
  // else reads these variables but the results, long after they are made.
  logic [35:0] product;
  logic [23:0] quotient;
  logic [5:0] remainder;

  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    if (!rest) begin
      product = {18'h0, a_q} * {18'h0, b_q};
      quotient = {quotient_q[21:0], high_bit, low_bit};
      remainder = low_rest[5:0];

      case (phase_q)
        1: begin
          i_leak_q = capmem_data_i;
          offset_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_membrane_offset_Lsb];
          cap_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_membrane_capacitor_size_Lsb+:6];
        end
        2: begin
          i_off_q = capmem_data_i;
          leak_div_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_leak_division_Lsb];
          leak_mul_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_leak_multiplication_Lsb];
          a_q = {8'h0, i_leak_q};
          b_q = 18'd1652;
        end
        3: begin
          dac_q = dac_enabled ? capmem_data_i : 10'd0;
          invert_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_invert_membrane_offset_Lsb];
          inh_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_synaptic_input_inhibitory_Lsb];
          exc_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_synaptic_input_excitatory_Lsb];
          a_q = {8'h0, i_off_q};
          b_q = 18'd330;
        end
        4: begin
          gm_exc_q = capmem_data_i;
          small_cap_inh_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_synaptic_input_inhibitory_small_capacitance_Lsb];
          small_cap_exc_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_synaptic_input_excitatory_small_capacitance_Lsb];
          high_res_inh_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_synaptic_input_inhibitory_high_resistance_Lsb];
          high_res_exc_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_synaptic_input_excitatory_high_resistance_Lsb];
          // Leak: 1652 i, x 8, / 8 or as it is.
          if (leak_mul_q == leak_div_q) quotient = product_q[23:0];
          else if (leak_mul_q) quotient = {product_q[20:0], 3'b000};
          else quotient = {3'b000, product_q[23:3]};
          remainder = 6'd0;
        end
        5: begin
          gm_inh_q = capmem_data_i;
          off_num_q = product_q[18:0];
          a_q = {8'h0, gm_exc_q};
          b_q = 18'd46180;
        end
        6: begin
          tau_exc_q = capmem_data_i;
          a_q = {8'h0, gm_inh_q};
          b_q = 18'd46180;
        end
        7: begin
          tau_inh_q = capmem_data_i;
          gain_high_q = product_q[25:18];
          a_q = product_q[17:0];
          b_q = {8'h0, dac_q};
        end
        8: begin
          v_leak_q = capmem_data_i;
          gain_inh_q = product_q[25:0];
          a_q = {10'h0, gain_high_q};
          b_q = {8'h0, dac_q};
        end
        9: begin
          v_th_q = capmem_data_i;
          num_low_q = product_q[27:16];
          a_q = gain_inh_q[17:0];
          b_q = {8'h0, dac_q};
        end
        10: begin
          v_reset_q = capmem_data_i;
          num_exc_q = {8'h0, num_low_q} + {product_q[17:0], 2'b00};
          a_q = {10'h0, gain_inh_q[25:18]};
          b_q = {8'h0, dac_q};
        end
        11: begin
          num_low_q = product_q[27:16];
          a_q = {8'h0, tau_exc_q};
          b_q = 18'd6711;
        end
        12: begin
          num_inh_q = {8'h0, num_low_q} + {product_q[17:0], 2'b00};
          a_q = {8'h0, tau_inh_q};
          b_q = 18'd6711;
        end
        13: begin
          y_exc_q = synaptic(product_q[22:0], small_cap_exc_q, high_res_exc_q);
          a_q = {8'h0, v_leak_q};
          b_q = 18'd27307;
        end
        14: begin
          y_inh_q = synaptic(product_q[22:0], small_cap_inh_q, high_res_inh_q);
          a_q = {8'h0, v_th_q};
          b_q = 18'd27307;
        end
        15: begin
          e_leak_q = potential[25:8];
          a_q = {8'h0, v_reset_q};
          b_q = 18'd27307;
        end
        16: e_th_q = potential[25:8];
        17: begin
          e_reset_q = potential[25:8];
          y_mem_q = limit({2'b00, quotient_q});
          quotient = {4'h0, num_exc_q};
          remainder = 6'd0;
        end
        18: begin
          a_q = y_mem_q;
          b_q = y_mem_q;
        end
        20: y2_q = square;
        21: begin
          a_q = y2_q;
          b_q = y_mem_q;
        end
        23: y3_q = square + 18'd3;
        24: begin
          a_q = y3_q;
          b_q = 18'd43691;
        end
        26: d_mem_q = y_mem_q + d_tail;
        27: begin
          a_q = y_exc_q;
          b_q = y_exc_q;
        end
        29: y2_q = square;
        30: begin
          gain_q = quotient_q[19:0];
          quotient = {4'h0, num_inh_q};
          remainder = 6'd0;
          a_q = y2_q;
          b_q = y_exc_q;
        end
        31: begin
          a_q = gain_q[17:0];
          b_q = y_mem_q;
        end
        32: begin
          y3_q = square + 18'd3;
          a_q = {16'h0, gain_q[19:18]};
          b_q = y_mem_q;
        end
        33: begin
          share_q = product_q[35:18];
          a_q = y3_q;
          b_q = 18'd43691;
        end
        34: c_exc_q = exc_q ? c_limited : 18'h0;
        35: d_exc_q = y_exc_q + d_tail;
        36: begin
          a_q = y_inh_q;
          b_q = y_inh_q;
        end
        38: y2_q = square;
        39: begin
          a_q = y2_q;
          b_q = y_inh_q;
        end
        41: y3_q = square + 18'd3;
        42: begin
          a_q = y3_q;
          b_q = 18'd43691;
        end
        43: begin
          gain_q = quotient_q[19:0];
          quotient = {5'h0, off_num_q};
          remainder = 6'd0;
        end
        44: begin
          d_inh_q = y_inh_q + d_tail;
          a_q = gain_q[17:0];
          b_q = y_mem_q;
        end
        45: begin
          a_q = {16'h0, gain_q[19:18]};
          b_q = y_mem_q;
        end
        46: share_q = product_q[35:18];
        47: c_inh_q = inh_q ? c_limited : 18'h0;
        56: v_off_q = invert_q ? -v_off_magnitude : v_off_magnitude;
        default: ;
      endcase
      product_q = product;
      quotient_q = quotient;
      remainder_q = remainder;
    end
  end
  /* verilator lint_on BLKSEQ */

  wire logic exists = 32'(circuit_q[7:0]) < Columns;
  assign coef_we_o = last && !rest && !dirty_q && !cfg_write_i && exists;
  assign coef_circuit_o = circuit_q;
  assign coef_o = {v_off_q, e_reset_q, e_th_q, e_leak_q, c_inh_q, c_exc_q, d_inh_q, d_exc_q, d_mem_q};

endmodule

`default_nettype wire
