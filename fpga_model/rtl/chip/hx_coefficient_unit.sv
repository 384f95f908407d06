// Turns registers into neuron coefficients (model-dynamics contract, section 3), circuit by circuit, in the background.
//
// Purpose and timing: from power-on, window n = 0, 1, ... of CoeffCycles clocks belongs to circuit n mod 512. The result is at
// coef_* in the last clock of the window, so slots from the first clock after the window on use it. A configuration write inside
// the window (cfg_write_i) discards the result; the next round makes it again. After a full round without a write nothing
// can change and the unit rests until the next write; the windows keep their grid.
//
// Compartments (docs/decisions/neuron.md): scan k of the network of switches takes the NetworkWindows windows 64 k .. 64 k + 63. A scan
// without a write in it replaces the network that later windows use. So the unit rests 512 windows after the first scan that
// follows the last write.
//
// How: clock k of a window is phase k. Phases 0 to 21 fetch the registers, then two multipliers (operands in phase k, product in
// phase k + 2) and two dividers (two quotient bits per clock) work through the lists below; all is done in phase 57. Products
// wider than 18 x 18 bits are made of two. The scan labels what is connected column by column from the left (windows 0 to 25; it
// reads the CapMem in phases 24 to 63), resolves labels that turned out to be the same (26 to 41), sums the
// circuits of each label (42 to 50) and finds the conductances between compartments (51 to 59).
//
// Reset: rst_ni (power-on only; the chip reset pin does not reach it) restarts at window 0.
`default_nettype none

module hx_coefficient_unit #(
    // Columns per row that exist: windows of other columns give no result.
    parameter int unsigned Columns = hx_spec_pkg::Columns,
    // 64: the lists below have that length.
    parameter int unsigned CoeffCycles = hx_spec_pkg::CoeffCycles,
    // 0: no network, every circuit is alone, as in the synthesizable form of the array. The scan is written for simulation.
`ifdef VERILATOR
    parameter bit Compartments = 1'b1
`else
    parameter bit Compartments = 1'b0
`endif
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
    // Copies of NeuronConfig writes, for the scan.
    input wire logic ncfg_we_i,
    input wire logic [8:0] ncfg_circuit_i,
    input wire logic [2:0] ncfg_word_i,
    input wire logic [7:0] ncfg_data_copy_i,

    // Result, to hx_neuron_array (layout of coef_o there).
    output wire logic coef_we_o,
    output wire logic [8:0] coef_circuit_o,
    output wire logic [405:0] coef_o
);

  localparam int unsigned PhaseBits = $clog2(CoeffCycles);

  if (CoeffCycles != 64 || hx_spec_pkg::NetworkWindows != 64) begin : gen_bad_parameters
    $error("hx_coefficient_unit: CoeffCycles and NetworkWindows must be 64");
  end

  // ---------------------------------------------------------------- windows

  logic [PhaseBits-1:0] phase_q;
  logic [8:0] circuit_q;
  logic dirty_q;  // a write fell into this window
  logic [9:0] clean_q;  // windows without a write and with a valid network since the last write, up to a full round
  logic began_valid_q;  // the network was valid when the window began
  logic network_valid_q;  // the stored network is that of the registers
  wire logic scan_done;
  wire logic last = phase_q == PhaseBits'(CoeffCycles - 1);
  wire logic rest = clean_q[9];  // 512

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      phase_q <= '0;
      circuit_q <= '0;
      dirty_q <= 1'b0;
      clean_q <= '0;
      began_valid_q <= 1'b1;
    end else begin
      phase_q <= last ? '0 : phase_q + PhaseBits'(1);
      if (last) circuit_q <= circuit_q + 9'd1;
      dirty_q <= !last && (dirty_q || cfg_write_i);
      if (cfg_write_i) clean_q <= '0;
      else if (last && !dirty_q && began_valid_q && !rest) clean_q <= clean_q + 10'd1;
      if (last) began_valid_q <= !cfg_write_i && (network_valid_q || scan_done);
    end
  end

  // ---------------------------------------------------------------- registers of the circuit

  logic [4:0] row;
  logic [2:0] word;
  wire logic scan_reads;
  wire logic [14:0] scan_addr;

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
      4: begin
        row = 5'(hx_spec_pkg::CapMem_i_bias_synin_inh_gm_Row);
        word = 3'd3;
      end
      5: begin
        row = 5'(hx_spec_pkg::CapMem_i_bias_synin_exc_tau_Row);
        word = 3'd7;
      end
      6: row = 5'(hx_spec_pkg::CapMem_i_bias_synin_inh_tau_Row);
      7: row = 5'(hx_spec_pkg::CapMem_v_leak_Row);
      8: row = 5'(hx_spec_pkg::CapMem_v_threshold_Row);
      9: row = 5'(hx_spec_pkg::CapMem_v_reset_Row);
      10: row = 5'(hx_spec_pkg::CapMem_e_synin_exc_rev_Row);
      11: row = 5'(hx_spec_pkg::CapMem_e_synin_inh_rev_Row);
      12: row = 5'(hx_spec_pkg::CapMem_v_adapt_leak_Row);
      13: row = 5'(hx_spec_pkg::CapMem_v_exp_Row);
      14: row = 5'(hx_spec_pkg::CapMem_i_bias_adapt_tau_Row);
      15: row = 5'(hx_spec_pkg::CapMem_i_bias_nmda_Row);
      16: row = 5'(hx_spec_pkg::CapMem_i_bias_synin_exc_coba_Row);
      17: row = 5'(hx_spec_pkg::CapMem_i_bias_synin_inh_coba_Row);
      18: row = 5'(hx_spec_pkg::CapMem_i_bias_exp_Row);
      19: row = 5'(hx_spec_pkg::CapMem_i_bias_adapt_a_Row);
      20: row = 5'(hx_spec_pkg::CapMem_i_bias_adapt_b_Row);
      default: ;
    endcase
  end

  // syn_i_bias_dac is a shared cell of the quadrant.
  wire logic shared = phase_q == 2;
  assign capmem_addr_o = scan_reads ? scan_addr : {circuit_q[8:7], shared ? 8'(hx_spec_pkg::CapMem_syn_i_bias_dac_Column) : {1'b0, circuit_q[6:0]}, row};
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
  logic [9:0] i_exp_q, adapt_a_q, adapt_b_q, coba_exc_q, coba_inh_q;
  logic [5:0] cap_q;
  logic offset_q, leak_div_q, leak_mul_q, invert_q, exc_q, inh_q;
  logic high_res_exc_q, high_res_inh_q, small_cap_exc_q, small_cap_inh_q;
  logic conductive_exc_q, conductive_inh_q, adapt_q, exponential_q, invert_a_q, invert_b_q, nmda_mul_q, nmda_div_q;

  // ---------------------------------------------------------------- network

  logic bank_q;
  logic network_any_q;  // a scan was completed since power-on; before, every circuit is alone
  // The place of the circuit in it: sums of its compartment, capacitance of the other end of its link.
  logic merged_q, member_q, node_q, link_q;
  logic [8:0] rep_q, other_q;
  logic [13:0] cap_sum_q, cap_other_q;
  logic [23:0] leak_sum_q;
  logic [33:0] leak_potential_q;

  // Leak strength: 8 i, times or by 8.
  function automatic logic [15:0] leak(input logic [9:0] code, input logic mul, input logic div);
    if (mul == div) leak = {3'b000, code, 3'b000};
    else if (mul) leak = {code, 6'b000000};
    else leak = {6'b000000, code};
  endfunction

  logic scan_clean_q;  // no write since the scan began
  wire logic scanning = !network_valid_q && scan_clean_q;
  assign scan_done = !network_valid_q && scan_clean_q && last && circuit_q[5:0] == 6'd63 && !cfg_write_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      network_valid_q <= 1'b1;
      network_any_q <= 1'b0;
      scan_clean_q <= 1'b0;
      bank_q <= 1'b0;
    end else begin
      if (cfg_write_i) network_valid_q <= 1'b0;
      else if (scan_done) network_valid_q <= 1'b1;
      if (scan_done) begin
        bank_q <= !bank_q;
        network_any_q <= Compartments;
      end
      if (last && circuit_q[5:0] == 6'd63) scan_clean_q <= 1'b1;
      else if (cfg_write_i) scan_clean_q <= 1'b0;
    end
  end

  if (!Compartments) begin : gen_alone
    wire logic unused = &{1'b0, ncfg_we_i, ncfg_circuit_i, ncfg_word_i, ncfg_data_copy_i, network_any_q, scanning, bank_q};
    assign scan_reads = 1'b0;
    assign scan_addr = 15'd0;
    assign {leak_potential_q, leak_sum_q, cap_sum_q, cap_other_q, other_q} = '0;
    assign rep_q = circuit_q;
    assign {merged_q, member_q, node_q, link_q} = 4'd0;
  end else begin : gen_network
    // Two banks: the one in use, and the one that a scan writes. Labels count what is connected; the parent of a label is itself or a
    // smaller label that is the same compartment (after the scan: the smallest).
    logic [9:0] membrane_label[1024];  // {bank, circuit}
    logic [9:0] segment_label[1024];
    logic [9:0] parent[2048];  // {bank, label}
    logic [83:0] compartment[2048];  // {sum g v_leak [33:0], sum g [23:0], sum C [13:0], rep [8:0], rep fires, circuits (0, 1, 2: more) [1:0]}
    logic end_own[2048];  // one of its circuits is a link; a link leads to it
    logic end_other[2048];
    logic is_link[1024];

    // What the scan needs of the registers: switches from copies of their writes, CapMem values read in the scan.
    logic [5:0] cap_copy[512];
    logic [1:0] leak_copy[512];  // {multiplication, division}
    logic [1:0] fire_copy[512];  // {threshold comparator, fire}
    logic [4:0] connect_copy[512];  // {soma, membrane right, conductance, bottom, soma right}
    logic [9:0] leak_code[512];
    logic [9:0] potential_code[512];

`ifdef VERILATOR
    initial begin
      for (int unsigned n = 0; n < 512; n++) begin
        cap_copy[n] = 6'd0;
        leak_copy[n] = 2'd0;
        fire_copy[n] = 2'd0;
        connect_copy[n] = 5'd0;
      end
    end
`endif

    always_ff @(posedge clk_i) begin
      if (ncfg_we_i) begin
        case (ncfg_word_i)
          3'd2: leak_copy[ncfg_circuit_i] <= {
            ncfg_data_copy_i[hx_spec_pkg::NeuronConfig_enable_leak_multiplication_Lsb],
            ncfg_data_copy_i[hx_spec_pkg::NeuronConfig_enable_leak_division_Lsb]
          };
          3'd5: cap_copy[ncfg_circuit_i] <= ncfg_data_copy_i[hx_spec_pkg::NeuronConfig_membrane_capacitor_size_Lsb+:6];
          3'd6: fire_copy[ncfg_circuit_i] <= {
            ncfg_data_copy_i[hx_spec_pkg::NeuronConfig_enable_threshold_comparator_Lsb],
            ncfg_data_copy_i[hx_spec_pkg::NeuronConfig_enable_fire_Lsb]
          };
          3'd7: connect_copy[ncfg_circuit_i] <= {
            ncfg_data_copy_i[hx_spec_pkg::NeuronConfig_connect_soma_Lsb],
            ncfg_data_copy_i[hx_spec_pkg::NeuronConfig_connect_membrane_right_Lsb],
            ncfg_data_copy_i[hx_spec_pkg::NeuronConfig_enable_multicomp_conductance_Lsb],
            ncfg_data_copy_i[hx_spec_pkg::NeuronConfig_connect_bottom_Lsb],
            ncfg_data_copy_i[hx_spec_pkg::NeuronConfig_connect_soma_right_Lsb]
          };
          default: ;
        endcase
      end
    end
    localparam int unsigned SomaCopy = 4;
    localparam int unsigned RightCopy = 3;
    localparam int unsigned ConductanceCopy = 2;
    localparam int unsigned BottomCopy = 1;
    localparam int unsigned SomaRightCopy = 0;

    // The compartment with one more circuit.
    function automatic logic [83:0] with_circuit(
        input logic [83:0] old, input logic [8:0] circuit, input logic fires, input logic [5:0] cap, input logic [15:0] g,
        input logic [9:0] v_leak
    );
      logic takes;  // the circuit is the representative so far
      takes = old[1:0] == 2'd0 || (fires && !old[2]) || (fires == old[2] && circuit < old[11:3]);
      with_circuit = {
        old[83:50] + {18'd0, g} * {24'd0, v_leak},
        old[49:26] + {8'd0, g},
        old[25:12] + {8'd0, cap},
        takes ? circuit : old[11:3],
        old[2] || fires,
        old[1:0] == 2'd0 ? 2'd1 : 2'd2
      };
    endfunction

    // Labelling: column col_q in four clocks (step_q): the circuits' values are read; the labels of membranes and somatic segments
    // (top, bottom) are made, joined by the soma switches, by the bottom switch.
    logic [8:0] col_q;
    logic [1:0] step_q;
    logic [9:0] next_label_q;
    logic [9:0] mem_top_q, mem_bottom_q, seg_top_q, seg_bottom_q;
    logic live_mem_top_q, live_mem_bottom_q, live_seg_top_q, live_seg_bottom_q;  // connected to the column before
    logic labelling_q;  // step_q of col_q is in this clock
    logic read_q;  // its values arrive in this clock
    logic [8:0] read_circuit_q;
    logic read_potential_q;
    // What leaves the block for the CapMem: the work variables change inside the clock, and the CapMem reads in the same one.
    logic scan_reads_q;
    logic [14:0] scan_addr_q;
    assign scan_reads = scan_reads_q;
    assign scan_addr = scan_addr_q;
    // Summing and links: one circuit per clock, in two stages.
    logic [8:0] item_q;
    logic sum_q, find_q;
    logic [9:0] own_root_q, other_root_q;

    // Work variables of the block.
    logic scan_bank, joins, exists_item, col_last;
    logic [5:0] scan_window;
    logic [4:0] connect_top, connect_bottom;
    logic [9:0] join_a, join_b, join_low, join_high, flat_label;
    logic [8:0] next_item;

    /* verilator lint_off BLKSEQ */
    always_ff @(posedge clk_i) begin
      if (!scanning) begin
        col_q = 9'd0;
        step_q = 2'd0;
        next_label_q = 10'd0;
        {live_mem_top_q, live_mem_bottom_q, live_seg_top_q, live_seg_bottom_q} = 4'd0;
        labelling_q = 1'b0;
        read_q = 1'b0;
        sum_q = 1'b0;
        find_q = 1'b0;
      end else begin
        scan_bank = !bank_q;
        scan_window = circuit_q[5:0];

        // What was read in the clock before.
        if (read_q && !read_potential_q) leak_code[read_circuit_q] = capmem_data_i;
        if (read_q && read_potential_q) potential_code[read_circuit_q] = capmem_data_i;
        read_q = labelling_q;
        read_circuit_q = {step_q[1], col_q[7:0]};
        read_potential_q = step_q[0];

        if (labelling_q) begin
          connect_top = connect_copy[{1'b0, col_q[7:0]}];
          connect_bottom = connect_copy[{1'b1, col_q[7:0]}];
          joins = 1'b0;
          join_a = mem_top_q;
          join_b = seg_top_q;
          case (step_q)
            2'd0: begin
              // Labels from the left, or new ones.
              if (!live_mem_top_q) mem_top_q = next_label_q;
              if (!live_mem_bottom_q) mem_bottom_q = next_label_q + 10'd1;
              if (!live_seg_top_q) seg_top_q = next_label_q + 10'd2;
              if (!live_seg_bottom_q) seg_bottom_q = next_label_q + 10'd3;
              parent[{scan_bank, next_label_q}] = next_label_q;
              parent[{scan_bank, next_label_q + 10'd1}] = next_label_q + 10'd1;
              parent[{scan_bank, next_label_q + 10'd2}] = next_label_q + 10'd2;
              parent[{scan_bank, next_label_q + 10'd3}] = next_label_q + 10'd3;
              next_label_q = next_label_q + 10'd4;
            end
            2'd1: joins = connect_top[SomaCopy];
            2'd2: begin
              joins = connect_bottom[SomaCopy];
              join_a = mem_bottom_q;
              join_b = seg_bottom_q;
            end
            default: begin
              joins = connect_top[BottomCopy] && connect_bottom[BottomCopy];
              join_b = mem_bottom_q;
            end
          endcase
          if (joins) begin
            join_low = join_a < join_b ? join_a : join_b;
            join_high = join_a < join_b ? join_b : join_a;
            parent[{scan_bank, join_high}] = join_low;
            if (mem_top_q == join_high) mem_top_q = join_low;
            if (mem_bottom_q == join_high) mem_bottom_q = join_low;
            if (seg_top_q == join_high) seg_top_q = join_low;
            if (seg_bottom_q == join_high) seg_bottom_q = join_low;
          end
          if (step_q == 2'd3) begin
            membrane_label[{scan_bank, 1'b0, col_q[7:0]}] = mem_top_q;
            membrane_label[{scan_bank, 1'b1, col_q[7:0]}] = mem_bottom_q;
            segment_label[{scan_bank, 1'b0, col_q[7:0]}] = seg_top_q;
            segment_label[{scan_bank, 1'b1, col_q[7:0]}] = seg_bottom_q;
            col_last = col_q[6:0] == 7'd127 || 32'(col_q) + 1 >= Columns;
            live_mem_top_q = connect_top[RightCopy] && !col_last;
            live_mem_bottom_q = connect_bottom[RightCopy] && !col_last;
            live_seg_top_q = connect_top[SomaRightCopy] && !col_last;
            live_seg_bottom_q = connect_bottom[SomaRightCopy] && !col_last;
            col_q = col_q + 9'd1;
          end
          step_q = step_q + 2'd1;
        end
        // Of the next clock: phases 24 to 63 of windows 0 to 25.
        labelling_q = scan_window < 6'd26 && phase_q >= 6'd23 && phase_q != 6'd63 && !col_q[8];

        // Labels that are the same, in ascending order: a parent is done before.
        if (scan_window >= 6'd26 && scan_window < 6'd42) begin
          flat_label = {scan_window[3:0] - 4'd10, phase_q};
          parent[{scan_bank, flat_label}] = parent[{scan_bank, parent[{scan_bank, flat_label}]}];
          compartment[{scan_bank, flat_label}] = 84'd0;
          end_own[{scan_bank, flat_label}] = 1'b0;
          end_other[{scan_bank, flat_label}] = 1'b0;
        end

        exists_item = 32'(item_q[7:0]) < Columns;
        if (sum_q && exists_item) begin
          compartment[{scan_bank, own_root_q}] = with_circuit(
            compartment[{scan_bank, own_root_q}], item_q, fire_copy[item_q] == 2'b11, cap_copy[item_q],
            leak(leak_code[item_q], leak_copy[item_q][1], leak_copy[item_q][0]), potential_code[item_q]
          );
        end
        if (find_q) begin
          is_link[{scan_bank, item_q}] = 1'b0;
          if (exists_item && connect_copy[item_q][ConductanceCopy] && !connect_copy[item_q][SomaCopy] && own_root_q != other_root_q
              && compartment[{scan_bank, other_root_q}][1:0] != 2'd0) begin
            is_link[{scan_bank, item_q}] = 1'b1;
            end_own[{scan_bank, own_root_q}] = 1'b1;
            end_other[{scan_bank, other_root_q}] = 1'b1;
          end
        end
        sum_q = scan_window >= 6'd42 && scan_window < 6'd50;
        find_q = scan_window >= 6'd51 && scan_window < 6'd59;
        next_item = {scan_window[2:0] - (sum_q ? 3'd2 : 3'd3), phase_q};
        own_root_q = parent[{scan_bank, membrane_label[{scan_bank, next_item}]}];
        other_root_q = parent[{scan_bank, segment_label[{scan_bank, next_item}]}];
        item_q = next_item;
      end
      scan_reads_q <= labelling_q;
      scan_addr_q <= {
        step_q[1], col_q[7], 1'b0, col_q[6:0],
        step_q[0] ? 5'(hx_spec_pkg::CapMem_v_leak_Row) : 5'(hx_spec_pkg::CapMem_i_bias_leak_Row)
      };
    end

    // The place of the window's circuit; nobody needs it before phase 3.
    logic [9:0] own_label_q, other_label_q;
    always_ff @(posedge clk_i) begin
      if (!rest) begin
        case (phase_q)
          0: begin
            own_label_q = membrane_label[{bank_q, circuit_q}];
            other_label_q = segment_label[{bank_q, circuit_q}];
          end
          1: begin
            own_label_q = parent[{bank_q, own_label_q}];
            other_label_q = parent[{bank_q, other_label_q}];
          end
          2: begin
            {leak_potential_q, leak_sum_q, cap_sum_q, cap_other_q, other_q} = '0;
            rep_q = circuit_q;
            {merged_q, member_q, node_q, link_q} = 4'd0;
            if (network_any_q) begin
              {leak_potential_q, leak_sum_q, cap_sum_q} = compartment[{bank_q, own_label_q}][83:12];
              merged_q = compartment[{bank_q, own_label_q}][1];
              if (merged_q) rep_q = compartment[{bank_q, own_label_q}][11:3];
              member_q = rep_q != circuit_q;
              node_q = !member_q && (merged_q || end_own[{bank_q, own_label_q}] || end_other[{bank_q, own_label_q}]);
              link_q = is_link[{bank_q, circuit_q}];
              if (link_q) {cap_other_q, other_q} = compartment[{bank_q, other_label_q}][25:3];
            end
          end
          default: ;
        endcase
      end
    end
    /* verilator lint_on BLKSEQ */
  end

  // ---------------------------------------------------------------- multiplier and divider

  logic [17:0] a_q, b_q;
  logic [35:0] product_q;

  logic [23:0] quotient_q;  // numerator, replaced by the quotient from the right
  logic [13:0] remainder_q;
  wire logic [13:0] cap_all = merged_q ? cap_sum_q : {8'd0, cap_q};
  wire logic [13:0] divisor = cap_all == 14'd0 ? 14'd1 : cap_all;
  wire logic [13:0] divisor_other = cap_other_q == 14'd0 ? 14'd1 : cap_other_q;
  // Two steps of long division.
  wire logic [14:0] high = {remainder_q, quotient_q[23]};
  wire logic high_bit = high >= {1'b0, divisor};
  wire logic [14:0] high_rest = high_bit ? high - {1'b0, divisor} : high;
  wire logic [14:0] low = {high_rest[13:0], quotient_q[22]};
  wire logic low_bit = low >= {1'b0, divisor};
  wire logic [14:0] low_rest = low_bit ? low - {1'b0, divisor} : low;

  // The second pair: multiplier, and a divider of 18 quotient bits (nine clocks) whose numerator is less than 2^18 times the divisor.
  logic [17:0] c_q, e_q;
  logic [35:0] product2_q;
  logic [17:0] quotient2_q;
  logic [23:0] remainder2_q, divisor2_q;

  // Two steps of the second divider: {remainder, two quotient bits}.
  function automatic logic [25:0] divide2(input logic [23:0] remainder_in, input logic [1:0] next, input logic [23:0] by);
    logic [24:0] upper;
    logic [24:0] lower;
    upper = {remainder_in, next[1]};
    divide2[1] = upper >= {1'b0, by};
    if (divide2[1]) upper = upper - {1'b0, by};
    lower = {upper[23:0], next[0]};
    divide2[0] = lower >= {1'b0, by};
    if (divide2[0]) lower = lower - {1'b0, by};
    divide2[25:2] = lower[23:0];
  endfunction

  logic [28:0] leak_low_q;  // of 1652 G
  logic leak_large_q, link_large_q;  // y is at least 2^17
  logic [22:0] link_num_q;  // 1652 g / 4

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
  logic [17:0] y_w_q, y_link_q, y2b_q, y3b_q;
  logic [17:0] d_w_q, c_w_q, c_e_q, k_exc_q, k_inh_q, d_own_q, d_other_q;
  logic [17:0] e_exc_q, e_inh_q, e_adapt_q, v_exp_q;

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
  logic [13:0] remainder;
  logic [35:0] product2;
  logic [17:0] quotient2;
  logic [23:0] remainder2;
  logic [13:0] divisor_other;
  logic [23:0] leak_all;
  logic [34:0] leak_product;  // 1652 G
  logic [17:0] square2, d_tail2;
  logic [25:0] potential2;
  logic [33:0] mean_potential;
  logic [23:0] y_w_rounded;
  logic [35:0] c_e_rounded;
  logic [405:0] coef_q;

  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    if (!rest) begin
      product = {18'h0, a_q} * {18'h0, b_q};
      quotient = {quotient_q[21:0], high_bit, low_bit};
      remainder = low_rest[13:0];
      product2 = {18'h0, c_q} * {18'h0, e_q};
      quotient2[17:2] = quotient2_q[15:0];
      {remainder2, quotient2[1:0]} = divide2(remainder2_q, quotient2_q[17:16], divisor2_q);
      divisor_other = cap_other_q == 14'd0 ? 14'd1 : cap_other_q;
      leak_all = merged_q ? leak_sum_q : {8'd0, leak(i_leak_q, leak_mul_q, leak_div_q)};
      leak_product = {6'd0, leak_low_q} + {product2_q[16:0], 18'd0};
      square2 = product2_q[35:18] + {17'h0, product2_q[17]};
      d_tail2 = product2_q[35:18] - {1'b0, y2b_q[17:1]} - {17'h0, y2b_q[0]};
      potential2 = {1'b0, product2_q[24:0]} - 26'd600642;
      mean_potential = {1'b0, product2_q[32:0]} - 34'd153764352;  // 600642 << 8
      y_w_rounded = product2_q[23:0] + 24'd2048;
      c_e_rounded = product2_q + 36'd256;

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
          adapt_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_adaptation_Lsb];
          exponential_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_exponential_Lsb];
          invert_a_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_invert_adaptation_a_Lsb];
          invert_b_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_invert_adaptation_b_Lsb];
        end
        5: begin
          gm_inh_q = capmem_data_i;
          conductive_inh_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_synaptic_input_inhibitory_coba_mode_Lsb];
          conductive_exc_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_synaptic_input_excitatory_coba_mode_Lsb];
          off_num_q = product_q[18:0];
          a_q = {8'h0, gm_exc_q};
          b_q = 18'd46180;
        end
        6: begin
          tau_exc_q = capmem_data_i;
          nmda_mul_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_multiply_multicomp_conductance_bias_Lsb];
          nmda_div_q = ncfg_data_i[hx_spec_pkg::NeuronConfig_enable_divide_multicomp_conductance_bias_Lsb];
          a_q = {8'h0, gm_inh_q};
          b_q = 18'd46180;
        end
        7: begin
          // Leak: 18 quotient bits of 1652 G / 8 by C.
          leak_large_q = leak_product[34:20] >= {1'b0, divisor};
          quotient = {leak_product[20:3], 6'd0};
          remainder = leak_product[34:21];
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
        end
        14: begin
          y_inh_q = synaptic(product_q[22:0], small_cap_inh_q, high_res_inh_q);
          a_q = {8'h0, v_th_q};
          b_q = 18'd27307;
        end
        15: begin
          a_q = {8'h0, v_reset_q};
          b_q = 18'd27307;
        end
        16: e_th_q = potential[25:8];
        17: begin
          e_reset_q = potential[25:8];
          y_mem_q = leak_large_q ? 18'h20000 : quotient_q[17:0];
          quotient = {4'h0, num_exc_q};
          remainder = 14'd0;
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
          remainder = 14'd0;
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
          remainder = 14'd0;
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

      // The second list.
      case (phase_q)
        3: begin
          c_q = leak_all[17:0];
          e_q = 18'd1652;
          // Mean leak code.
          quotient2 = {leak_potential_q[9:0], 8'd0};
          remainder2 = leak_potential_q[33:10];
          divisor2_q = leak_sum_q;
        end
        4: c_q = {12'd0, leak_all[23:18]};
        5: leak_low_q = product2_q[28:0];
        11: begin
          c_q = {8'd0, capmem_data_i};
          e_q = 18'd27307;
        end
        12: c_q = {8'd0, capmem_data_i};
        13: begin
          e_exc_q = potential2[25:8];
          c_q = {8'd0, capmem_data_i};
          // Mean leak code, 8 fraction bits; kept, as the divider goes on.
          y2b_q = merged_q && leak_sum_q != 24'd0 ? quotient2_q : {v_leak_q, 8'd0};
        end
        14: begin
          e_inh_q = potential2[25:8];
          c_q = {8'd0, capmem_data_i};
        end
        15: begin
          e_adapt_q = potential2[25:8];
          c_q = {8'd0, capmem_data_i};
          e_q = 18'd10737;
        end
        16: begin
          v_exp_q = potential2[25:8];
          // g = 4 i, times or by 4.
          if (nmda_mul_q == nmda_div_q) c_q = {6'd0, capmem_data_i, 2'b00};
          else if (nmda_mul_q) c_q = {4'd0, capmem_data_i, 4'b0000};
          else c_q = {8'd0, capmem_data_i};
          e_q = 18'd1652;
        end
        17: begin
          y_w_q = {6'd0, y_w_rounded[23:12]};
          coba_exc_q = capmem_data_i;
          c_q = y2b_q;
          e_q = 18'd27307;
        end
        18: begin
          link_num_q = product2_q[24:2];
          coba_inh_q = capmem_data_i;
          c_q = y_w_q;
          e_q = y_w_q;
        end
        19: begin
          e_leak_q = mean_potential[33:16];
          i_exp_q = capmem_data_i;
          link_large_q = {8'd0, link_num_q[22:17]} >= divisor;
          quotient2 = link_num_q[17:0];
          remainder2 = {19'd0, link_num_q[22:18]};
          divisor2_q = {10'd0, divisor};
        end
        20: begin
          adapt_a_q = capmem_data_i;
          y2b_q = square2;
        end
        21: begin
          adapt_b_q = capmem_data_i;
          c_q = y2b_q;
          e_q = y_w_q;
          c_w_q = y_mem_q - {1'b0, y2_q[17:1]} - {17'd0, y2_q[0]};
        end
        22: begin
          c_q = c_w_q;
          e_q = {8'd0, i_exp_q};
        end
        23: y3b_q = square2 + 18'd3;
        24: begin
          c_e_q = exponential_q ? c_e_rounded[26:9] : 18'd0;
          c_q = y3b_q;
          e_q = 18'd43691;
        end
        26: d_w_q = y_w_q + d_tail2;
        29: begin
          y_link_q = link_large_q ? 18'h20000 : quotient2_q;
          link_large_q = {8'd0, link_num_q[22:17]} >= divisor_other;
          quotient2 = link_num_q[17:0];
          remainder2 = {19'd0, link_num_q[22:18]};
          divisor2_q = {10'd0, divisor_other};
        end
        30: begin
          c_q = y_link_q;
          e_q = y_link_q;
        end
        32: y2b_q = square2;
        33: begin
          c_q = y2b_q;
          e_q = y_link_q;
        end
        35: y3b_q = square2 + 18'd3;
        36: begin
          c_q = y3b_q;
          e_q = 18'd43691;
        end
        38: d_own_q = link_q ? y_link_q + d_tail2 : 18'd0;
        39: y_link_q = link_large_q ? 18'h20000 : quotient2_q;
        40: begin
          c_q = y_link_q;
          e_q = y_link_q;
        end
        42: y2b_q = square2;
        43: begin
          c_q = y2b_q;
          e_q = y_link_q;
        end
        45: y3b_q = square2 + 18'd3;
        46: begin
          c_q = y3b_q;
          e_q = 18'd43691;
        end
        48: d_other_q = link_q ? y_link_q + d_tail2 : 18'd0;
        49: begin
          c_q = c_exc_q;
          e_q = {8'd0, coba_exc_q};
        end
        50: begin
          c_q = c_inh_q;
          e_q = {8'd0, coba_inh_q};
        end
        51: k_exc_q = conductive_exc_q ? product2_q[27:10] : 18'd0;
        52: k_inh_q = conductive_inh_q ? product2_q[27:10] : 18'd0;
        57: begin
          coef_q[89:0] = {c_inh_q, c_exc_q, d_inh_q, d_exc_q, d_mem_q};
          coef_q[163:90] = {v_off_q, e_reset_q, e_th_q, e_leak_q};
          coef_q[235:164] = {e_inh_q, e_exc_q, k_inh_q, k_exc_q};
          coef_q[325:236] = {v_exp_q, e_adapt_q, c_e_q, c_w_q, d_w_q};
          coef_q[336:326] = invert_a_q ? -{1'b0, adapt_a_q} : {1'b0, adapt_a_q};
          coef_q[347:337] = invert_b_q ? -{1'b0, adapt_b_q} : {1'b0, adapt_b_q};
          coef_q[351:348] = {link_q, node_q, member_q, adapt_q};
          coef_q[405:352] = {d_other_q, d_own_q, other_q, rep_q};
        end
        default: ;
      endcase
      product2_q = product2;
      quotient2_q = quotient2;
      remainder2_q = remainder2;
      product_q = product;
      quotient_q = quotient;
      remainder_q = remainder;
    end
  end
  /* verilator lint_on BLKSEQ */

  wire logic exists = 32'(circuit_q[7:0]) < Columns;
  assign coef_we_o = last && !rest && !dirty_q && !cfg_write_i && exists;
  assign coef_circuit_o = circuit_q;
  assign coef_o = coef_q;

endmodule

`default_nettype wire
