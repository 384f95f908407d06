// Simulation form of hx_crossbar.
//
// Purpose, ports, timing, reset: as in hx_crossbar. All state is in arrays of one clocked block, and a step is done only in clocks in
// which there is something to do.
`default_nettype none

module hx_crossbar_sim #(
    // At least 2.
    parameter int unsigned XbarPipe = hx_spec_pkg::XbarPipe,
    // Places of the FIFOs, powers of two.
    parameter int unsigned PadiFifo = hx_spec_pkg::PadiFifo,
    parameter int unsigned L2Fifo = hx_spec_pkg::L2Fifo
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Event sources. in_ready_o does not depend on in_valid_i.
    input wire logic [19:0] in_valid_i,
    output logic [19:0] in_ready_o,
    input wire logic [20*14-1:0] in_label_i,
    // The source lost an event in this clock: one drop if a node of the input counts drops.
    input wire logic [19:0] in_lost_i,

    // Registers of the block 0x00130000 but the background generators: CrossbarOutputConfig (0x00), CrossbarNode (0x19..0x64),
    // CrossbarInputDropCounter (0x65..0x78), CrossbarOutputEventCounter (0x79..0x84). cfg_rdata_o: word addressed with cfg_re_i in
    // clock w as it was in w, valid from w+1 until the next read. Other addresses: no effect, 0.
    input wire logic cfg_we_i,
    input wire logic cfg_re_i,
    input wire logic [7:0] cfg_addr_i,
    input wire logic [3:0] cfg_be_i,
    /* verilator lint_off UNUSEDSIGNAL */  // bits without a field
    input wire logic [31:0] cfg_wdata_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic [31:0] cfg_rdata_o,

    // PADI event write of this clock: fire bits of the busses (already of one hemisphere); acts where enable_spl1_i is 0.
    input wire logic [7:0] padi_store_i,
    input wire logic [10:0] padi_label_i,
    // CommonPADIBusConfig.enable_spl1 as it is in this clock: 1 = the bus takes crossbar events.
    input wire logic [7:0] enable_spl1_i,

    // Heads of the output FIFOs.
    output logic [11:0] out_valid_o,
    input wire logic [11:0] out_ready_i,
    output logic [12*14-1:0] out_label_o
);

  localparam int unsigned Inputs = hx_spec_pkg::CrossbarInputs;
  localparam int unsigned Outputs = hx_spec_pkg::CrossbarOutputs;
  localparam int unsigned Nodes = hx_spec_pkg::CrossbarNodes;
  localparam int unsigned PadiOutputs = hx_spec_pkg::PadiBuses;
  localparam int unsigned MostNodesOfInput = 9;

  // Addresses in the block.
  localparam logic [31:0] Block = hx_spec_pkg::CrossbarOutputConfigBase;
  localparam logic [7:0] NodeFirst = 8'(hx_spec_pkg::CrossbarNodeBase - Block);
  localparam logic [7:0] DropFirst = 8'(hx_spec_pkg::CrossbarInputDropCounterBase - Block);
  localparam logic [7:0] EventFirst = 8'(hx_spec_pkg::CrossbarOutputEventCounterBase - Block);

  // Nodes are numbered input by input: number of the first node of each input, and one after the last.
  function automatic logic [7*(Inputs+1)-1:0] first_nodes(input logic [5*Nodes-1:0] node_input);
    first_nodes = 0;
    for (int unsigned i = 0; i <= Inputs; i++) begin
      for (int unsigned n = 0; n < Nodes; n++) begin
        if (32'(node_input[5*n+:5]) < i) first_nodes[7*i+:7] = first_nodes[7*i+:7] + 1;
      end
    end
  endfunction
  localparam logic [7*(Inputs+1)-1:0] FirstNode = first_nodes(hx_spec_pkg::CrossbarNodeInput);

  // ---------------------------------------------------------------------------------------------------------------------
  // State of the main block: blocking assignments, used nowhere else.

  // Configuration.
  (* mem2reg *) logic [13:0] mask_q[Nodes];
  (* mem2reg *) logic [13:0] target_q[Nodes];
  logic [Nodes-1:0] count_drops_q;
  logic [3:0] enable_slow_q;
  logic [Outputs-1:0] enable_event_counter_q;
  (* mem2reg *) logic [15:0] drops_q[Inputs];
  (* mem2reg *) logic [23:0] events_q[Outputs];

  // Input registers; the pending bits are kept by output, bit = input.
  (* mem2reg *) logic [13:0] label_q[Inputs];
  (* mem2reg *) logic [Inputs-1:0] pending_q[Outputs];
  // Outputs with pending bits. Pending bits that go in this clock: the winner, or all if the FIFO is full.
  logic [Outputs-1:0] wanted_q;
  (* mem2reg *) logic [Inputs-1:0] take_q[Outputs];
  // Round robin: inputs after the last one taken.
  (* mem2reg *) logic [Inputs-1:0] beyond_q[Outputs];

  // FIFOs: places used with those under way, entries that can be popped, pushes on their way to there.
  (* mem2reg *) logic [6:0] used_q[Outputs];
  (* mem2reg *) logic [6:0] visible_q[Outputs];
  logic [Outputs-1:0] full_q;
  logic [(XbarPipe-1)*Outputs-1:0] late_q;
  // Slow L2 outputs: clocks until the next event.
  (* mem2reg *) logic [1:0] pause_q[4];
  logic [3:0] resting_q;

  // ---------------------------------------------------------------------------------------------------------------------
  // Values of one clock

  logic [Outputs-1:0] push;
  logic [Outputs-1:0] pop;
  logic [14*Outputs-1:0] push_label;
  (* mem2reg *) logic [Inputs-1:0] lost[Outputs];
  logic any_lost;
  // Outputs whose state changes in this clock.
  logic [Outputs-1:0] touched;
  logic [Inputs-1:0] accept;
  logic [Outputs-1:0] moving;
  logic [Inputs-1:0] left;
  logic [Inputs-1:0] candidates;
  logic counts;
  logic [3:0] lost_count;
  logic [16:0] drops_sum;

  // To the FIFOs.
  logic [Outputs-1:0] push_q;
  logic [14*Outputs-1:0] push_label_q;

  function automatic logic [Inputs-1:0] lowest(input logic [Inputs-1:0] set);
    lowest = set & (~set + 1'b1);
  endfunction

  // Number of the only bit that is set.
  function automatic logic [4:0] number(input logic [Inputs-1:0] one);
    number = {
      (one & 20'hf0000) != 0, (one & 20'h0ff00) != 0, (one & 20'h0f0f0) != 0, (one & 20'hccccc) != 0, (one & 20'haaaaa) != 0
    };
  endfunction

  // Blocking assignments: the steps of a clock in their order, each only if there is something to do. The variables assigned so are
  // used in this block alone; what leaves it is assigned with <=. The FIFOs below do the same.
  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    touched = wanted_q;
    push = 0;
    pop = out_valid_o & out_ready_i;
    any_lost = in_lost_i != 0;

    // Reads answer with the state at the start of the clock.
    if (cfg_re_i) begin
      cfg_rdata_o <= 0;
      if (cfg_addr_i == 0) cfg_rdata_o <= {16'h0000, enable_event_counter_q, enable_slow_q};
      if (cfg_addr_i >= NodeFirst && cfg_addr_i < DropFirst) begin
        cfg_rdata_o <= {
          count_drops_q[7'(cfg_addr_i-NodeFirst)], 1'b0, target_q[7'(cfg_addr_i-NodeFirst)], 2'b00, mask_q[7'(cfg_addr_i-NodeFirst)]
        };
      end
      if (cfg_addr_i >= DropFirst && cfg_addr_i < EventFirst) cfg_rdata_o <= {16'h0000, drops_q[5'(cfg_addr_i-DropFirst)]};
      if (cfg_addr_i >= EventFirst && cfg_addr_i < EventFirst + 8'(Outputs)) begin
        cfg_rdata_o <= {8'h00, events_q[4'(cfg_addr_i-EventFirst)]};
      end
    end

    // Outputs take what was chosen.
    if (wanted_q != 0) begin
      for (int unsigned o = 0; o < Outputs; o++) begin
        lost[o] = 0;
        if (wanted_q[o]) begin
          pending_q[o] = pending_q[o] & ~take_q[o];
          if (full_q[o]) begin
            lost[o] = take_q[o];
            any_lost = 1;
          end else begin
            beyond_q[o] = ~(take_q[o] | (take_q[o] - 1'b1));
            // A bus that does not listen to the crossbar: counted, not stored.
            if (o >= PadiOutputs || enable_spl1_i[o%PadiOutputs]) begin
              push[o] = 1;
              push_label[14*o+:14] = label_q[number(take_q[o])];
            end
            if (enable_event_counter_q[o]) events_q[o] = events_q[o] + 1'b1;
          end
        end
      end
    end else if (any_lost) begin
      for (int unsigned o = 0; o < Outputs; o++) lost[o] = 0;
    end

    // PADI event write.
    if ((padi_store_i & ~enable_spl1_i) != 0) begin
      for (int unsigned o = 0; o < PadiOutputs; o++) begin
        if (padi_store_i[o] & ~enable_spl1_i[o] & ~full_q[o]) begin
          push[o] = 1;
          push_label[14*o+:14] = {3'b000, padi_label_i};
          if (enable_event_counter_q[o]) events_q[o] = events_q[o] + 1'b1;
        end
      end
    end

    if (any_lost) begin
      for (int unsigned i = 0; i < Inputs; i++) begin
        lost_count = 0;
        counts = 0;
        for (int unsigned k = 0; k < MostNodesOfInput; k++) begin
          if (32'(FirstNode[7*i+:7]) + k < 32'(FirstNode[7*(i+1)+:7])) begin
            if (count_drops_q[FirstNode[7*i+:7]+7'(k)]) begin
              counts = 1;
              if (lost[hx_spec_pkg::CrossbarNodeOutput[4*(32'(FirstNode[7*i+:7])+k)+:4]][i]) lost_count = lost_count + 1'b1;
            end
          end
        end
        if (in_lost_i[i] & counts) lost_count = lost_count + 1'b1;
        drops_sum = {1'b0, drops_q[i]} + {13'h0, lost_count};
        drops_q[i] = drops_sum[16] ? 16'hffff : drops_sum[15:0];
      end
    end

    // Input registers.
    accept = in_valid_i & in_ready_o;
    if (accept != 0) begin
      for (int unsigned i = 0; i < Inputs; i++) begin
        if (accept[i]) begin
          label_q[i] = in_label_i[14*i+:14];
          for (int unsigned k = 0; k < MostNodesOfInput; k++) begin
            if (32'(FirstNode[7*i+:7]) + k < 32'(FirstNode[7*(i+1)+:7])) begin
              if ((label_q[i] & mask_q[FirstNode[7*i+:7]+7'(k)]) == target_q[FirstNode[7*i+:7]+7'(k)]) begin
                pending_q[hx_spec_pkg::CrossbarNodeOutput[4*(32'(FirstNode[7*i+:7])+k)+:4]][i] = 1;
                touched[hx_spec_pkg::CrossbarNodeOutput[4*(32'(FirstNode[7*i+:7])+k)+:4]] = 1;
              end
            end
          end
        end
      end
    end

    // FIFOs.
    if (push != 0 || pop != 0 || late_q != 0) begin
      moving = push | pop | late_q[Outputs-1:0];
      touched = touched | moving;
      for (int unsigned o = 0; o < Outputs; o++) begin
        if (moving[o]) begin
          used_q[o] = used_q[o] + 7'(push[o]) - 7'(pop[o]);
          visible_q[o] = visible_q[o] + 7'(late_q[o]) - 7'(pop[o]);
        end
      end
      late_q = late_q >> Outputs;
      late_q[(XbarPipe-2)*Outputs+:Outputs] = push;
    end

    // A slow output rests for three clocks after a pop.
    if (resting_q != 0 || (pop[PadiOutputs+:4] & enable_slow_q) != 0) begin
      touched[PadiOutputs+:4] = '1;
      for (int unsigned o = 0; o < 4; o++) begin
        if (pause_q[o] != 0) pause_q[o] = pause_q[o] - 1'b1;
        if (pop[PadiOutputs+o] & enable_slow_q[o]) pause_q[o] = 3;
        resting_q[o] = pause_q[o] != 0;
      end
    end

    // Writes act on the next clock; a counter is set after the events of this clock.
    if (cfg_we_i) begin
      if (cfg_addr_i == 0) begin
        if (cfg_be_i[0]) {enable_event_counter_q[3:0], enable_slow_q} = cfg_wdata_i[7:0];
        if (cfg_be_i[1]) enable_event_counter_q[11:4] = cfg_wdata_i[15:8];
      end
      if (cfg_addr_i >= NodeFirst && cfg_addr_i < DropFirst) begin
        if (cfg_be_i[0]) mask_q[7'(cfg_addr_i-NodeFirst)][7:0] = cfg_wdata_i[7:0];
        if (cfg_be_i[1]) mask_q[7'(cfg_addr_i-NodeFirst)][13:8] = cfg_wdata_i[13:8];
        if (cfg_be_i[2]) target_q[7'(cfg_addr_i-NodeFirst)][7:0] = cfg_wdata_i[23:16];
        if (cfg_be_i[3]) target_q[7'(cfg_addr_i-NodeFirst)][13:8] = cfg_wdata_i[29:24];
        if (cfg_be_i[3]) count_drops_q[7'(cfg_addr_i-NodeFirst)] = cfg_wdata_i[31];
      end
      if (cfg_addr_i >= DropFirst && cfg_addr_i < EventFirst) begin
        if (cfg_be_i[0]) drops_q[5'(cfg_addr_i-DropFirst)][7:0] = cfg_wdata_i[7:0];
        if (cfg_be_i[1]) drops_q[5'(cfg_addr_i-DropFirst)][15:8] = cfg_wdata_i[15:8];
      end
      if (cfg_addr_i >= EventFirst && cfg_addr_i < EventFirst + 8'(Outputs)) begin
        if (cfg_be_i[0]) events_q[4'(cfg_addr_i-EventFirst)][7:0] = cfg_wdata_i[7:0];
        if (cfg_be_i[1]) events_q[4'(cfg_addr_i-EventFirst)][15:8] = cfg_wdata_i[15:8];
        if (cfg_be_i[2]) events_q[4'(cfg_addr_i-EventFirst)][23:16] = cfg_wdata_i[23:16];
      end
    end

    if (!rst_ni) begin
      touched = '1;
      push = 0;
      late_q = 0;
      enable_slow_q = 0;
      enable_event_counter_q = 0;
      count_drops_q = 0;
      for (int unsigned n = 0; n < Nodes; n++) begin
        mask_q[n] = 0;
        target_q[n] = 0;
      end
      for (int unsigned i = 0; i < Inputs; i++) begin
        drops_q[i] = 0;
        label_q[i] = 0;
      end
      for (int unsigned o = 0; o < Outputs; o++) begin
        events_q[o] = 0;
        pending_q[o] = 0;
        beyond_q[o] = 0;
        used_q[o] = 0;
        visible_q[o] = 0;
      end
      for (int unsigned o = 0; o < 4; o++) pause_q[o] = 0;
      resting_q = 0;
    end

    // What the next clock shows and takes.
    if (touched != 0) begin
      left = 0;
      for (int unsigned o = 0; o < Outputs; o++) begin
        if (touched[o]) begin
          full_q[o] = used_q[o] == ((o < PadiOutputs) ? 7'(PadiFifo) : 7'(L2Fifo));
          wanted_q[o] = pending_q[o] != 0;
          if (wanted_q[o]) begin
            candidates = pending_q[o] & beyond_q[o];
            take_q[o] = full_q[o] ? pending_q[o] : lowest((candidates != 0) ? candidates : pending_q[o]);
            left = left | (pending_q[o] & ~take_q[o]);
          end
          out_valid_o[o] <= visible_q[o] != 0 && (o < PadiOutputs || pause_q[o%4] == 0);
        end
      end
      in_ready_o <= ~left;
    end

    if (push != 0 || push_q != 0) begin
      push_q <= push;
      push_label_q <= push_label;
    end
  end
  /* verilator lint_on BLKSEQ */

  // ---------------------------------------------------------------------------------------------------------------------
  // FIFO memories with a register at their head. An entry is written one clock after it was taken, so XbarPipe >= 2. They need no
  // counters: the main block pops only what is visible and pushes only what has a place.

  // Common to all, so that an idle clock costs the simulation one test.
  logic fifo_active;
  assign fifo_active = push_q != 0 || (out_valid_o & out_ready_i) != 0 || !rst_ni;

  // In one block, looked at only in clocks with a push or a pop. Private to the block.
  logic [13:0] memory[Outputs][64];
  logic [5:0] write[Outputs];
  logic [5:0] read[Outputs];
  logic [5:0] last;

  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    if (fifo_active) begin
      for (int unsigned o = 0; o < Outputs; o++) begin
        last = 6'(((o < PadiOutputs) ? PadiFifo : L2Fifo) - 1);
        if (push_q[o]) memory[o][write[o]] = push_label_q[14*o+:14];
        if (out_valid_o[o] & out_ready_i[o]) begin
          read[o] = (read[o] + 1'b1) & last;
          out_label_o[14*o+:14] <= memory[o][read[o]];
        end else if (push_q[o] && write[o] == read[o]) begin
          out_label_o[14*o+:14] <= push_label_q[14*o+:14];
        end
        if (push_q[o]) write[o] = (write[o] + 1'b1) & last;
      end
    end
    if (!rst_ni) begin
      for (int unsigned o = 0; o < Outputs; o++) begin
        write[o] = 0;
        read[o] = 0;
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule

`default_nettype wire
