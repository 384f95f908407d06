// Synthesizable form of hx_crossbar.
//
// Purpose, ports, timing, reset: as in hx_crossbar. What is 76 fold (filters, pending bits, round robin) exists per node, not per pair
// of input and output. The filters are flip-flops, as all compare at once; they are read back from a memory beside them.
`default_nettype none

module hx_crossbar_synth #(
    parameter int unsigned XbarPipe = hx_spec_pkg::XbarPipe,
    parameter int unsigned PadiFifo = hx_spec_pkg::PadiFifo,
    parameter int unsigned L2Fifo = hx_spec_pkg::L2Fifo
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    input wire logic [19:0] in_valid_i,
    output logic [19:0] in_ready_o,
    input wire logic [20*14-1:0] in_label_i,
    input wire logic [19:0] in_lost_i,

    input wire logic cfg_we_i,
    input wire logic cfg_re_i,
    input wire logic [7:0] cfg_addr_i,
    input wire logic [3:0] cfg_be_i,
    /* verilator lint_off UNUSEDSIGNAL */
    input wire logic [31:0] cfg_wdata_i,
    /* verilator lint_on UNUSEDSIGNAL */
    output logic [31:0] cfg_rdata_o,

    input wire logic [7:0] padi_store_i,
    input wire logic [10:0] padi_label_i,
    input wire logic [7:0] enable_spl1_i,

    output logic [11:0] out_valid_o,
    input wire logic [11:0] out_ready_i,
    output logic [12*14-1:0] out_label_o
);

  localparam int unsigned Inputs = hx_spec_pkg::CrossbarInputs;
  localparam int unsigned Outputs = hx_spec_pkg::CrossbarOutputs;
  localparam int unsigned Nodes = hx_spec_pkg::CrossbarNodes;
  localparam int unsigned PadiOutputs = hx_spec_pkg::PadiBuses;
  localparam int unsigned Pairs = Inputs * Outputs;

  // Addresses in the block.
  localparam logic [31:0] Block = hx_spec_pkg::CrossbarOutputConfigBase;
  localparam logic [7:0] NodeFirst = 8'(hx_spec_pkg::CrossbarNodeBase - Block);
  localparam logic [7:0] DropFirst = 8'(hx_spec_pkg::CrossbarInputDropCounterBase - Block);
  localparam logic [7:0] EventFirst = 8'(hx_spec_pkg::CrossbarOutputEventCounterBase - Block);

  // ---------------------------------------------------------------------------------------------------------------------
  // Configuration

  logic [3:0] enable_slow_q;
  logic [Outputs-1:0] enable_event_counter_q;
  logic [Nodes-1:0] count_drops_q;
  logic [14*Nodes-1:0] mask_q, target_q;

  // What was written to a node since the reset, {count_drops, target, mask}; its reset value is 0.
  logic [28:0] node_mem[Nodes];
  logic [Nodes-1:0] written_q;
  logic [6:0] node;
  logic is_node;
  logic [28:0] node_old, node_new;
  logic [Nodes-1:0] node_we;
  assign is_node = cfg_addr_i >= NodeFirst && cfg_addr_i < DropFirst;
  assign node = 7'(cfg_addr_i - NodeFirst);
  assign node_old = is_node && written_q[node] ? node_mem[node] : 29'd0;
  assign node_new = {
    cfg_be_i[3] ? {cfg_wdata_i[31], cfg_wdata_i[29:24]} : node_old[28:22],
    cfg_be_i[2] ? cfg_wdata_i[23:16] : node_old[21:14],
    cfg_be_i[1] ? cfg_wdata_i[13:8] : node_old[13:8],
    cfg_be_i[0] ? cfg_wdata_i[7:0] : node_old[7:0]
  };
  for (genvar n = 0; n < Nodes; n++) begin : gen_node_we
    assign node_we[n] = cfg_we_i && cfg_addr_i == NodeFirst + 8'(n);
  end

  always_ff @(posedge clk_i) begin
    if (cfg_we_i && is_node) node_mem[node] <= node_new;
    if (!rst_ni) begin
      enable_slow_q <= '0;
      enable_event_counter_q <= '0;
      written_q <= '0;
    end else begin
      if (cfg_we_i && cfg_addr_i == 8'd0) begin
        if (cfg_be_i[0]) {enable_event_counter_q[3:0], enable_slow_q} <= cfg_wdata_i[7:0];
        if (cfg_be_i[1]) enable_event_counter_q[11:4] <= cfg_wdata_i[15:8];
      end
      written_q <= written_q | node_we;
    end
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Input registers and nodes

  logic [Inputs-1:0] accept;
  logic [14*Inputs-1:0] label_q;
  assign accept = in_valid_i & in_ready_o;
  for (genvar i = 0; i < Inputs; i++) begin : gen_input
    always_ff @(posedge clk_i) begin
      if (!rst_ni) label_q[14*i+:14] <= '0;
      else if (accept[i]) label_q[14*i+:14] <= in_label_i[14*i+:14];
    end
  end

  // Per pair of output and input (20 * output + input); 0 and without a flip-flop where there is no node. pending: events that wait,
  // take: those that go in this clock (the winner, or all if the FIFO is full), beyond: round robin, inputs after the last one taken.
  logic [Pairs-1:0] pending, pending_d, take, take_d, beyond, beyond_d;
  // Per output: something goes, FIFO full.
  logic [Outputs-1:0] wanted, full_q, full_d;
  // Per pair 12 * input + output: an event is lost here, and counted.
  logic [Pairs-1:0] lost, counted;

  for (genvar o = 0; o < Outputs; o++) begin : gen_to
    for (genvar i = 0; i < Inputs; i++) begin : gen_from
      localparam int unsigned Pair = Inputs * o + i;
      if (hx_spec_pkg::CrossbarNodeExists[Outputs*i+o]) begin : gen_node
        localparam int unsigned Node = 32'(hx_spec_pkg::CrossbarNodeNumber[7*(Outputs*i+o)+:7]);
        logic pending_q, take_q, beyond_q;
        logic match;
        assign match = (in_label_i[14*i+:14] & mask_q[14*Node+:14]) == target_q[14*Node+:14];
        assign pending[Pair] = pending_q;
        assign take[Pair] = take_q;
        assign beyond[Pair] = beyond_q;
        assign pending_d[Pair] = rst_ni && ((pending_q && !take_q) || (accept[i] && match));
        assign lost[Outputs*i+o] = pending_q && take_q && full_q[o] && count_drops_q[Node];
        assign counted[Outputs*i+o] = count_drops_q[Node];
        always_ff @(posedge clk_i) begin
          pending_q <= pending_d[Pair];
          take_q <= take_d[Pair];
          if (!rst_ni) beyond_q <= 1'b0;
          else if (wanted[o] && !full_q[o]) beyond_q <= beyond_d[Pair];
          if (!rst_ni) begin
            {count_drops_q[Node], target_q[14*Node+:14], mask_q[14*Node+:14]} <= '0;
          end else if (node_we[Node]) begin
            {count_drops_q[Node], target_q[14*Node+:14], mask_q[14*Node+:14]} <= node_new;
          end
        end
      end else begin : gen_none
        assign pending[Pair] = 1'b0;
        assign take[Pair] = 1'b0;
        assign beyond[Pair] = 1'b0;
        assign pending_d[Pair] = 1'b0;
        assign lost[Outputs*i+o] = 1'b0;
        assign counted[Outputs*i+o] = 1'b0;
      end
    end
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Outputs

  logic [Outputs-1:0] taking, storing, push, pop, late;
  logic [14*Outputs-1:0] push_label;
  assign taking = wanted & ~full_q;
  assign storing = {4'd0, padi_store_i & ~enable_spl1_i} & ~full_q;
  // A bus that does not listen to the crossbar: counted, not stored.
  assign push = (taking & {4'hf, enable_spl1_i}) | storing;
  assign pop = out_valid_o & out_ready_i;

  for (genvar o = 0; o < Outputs; o++) begin : gen_output
    localparam int unsigned Depth = (o < PadiOutputs) ? PadiFifo : L2Fifo;
    wire logic [Inputs-1:0] waits = pending[Inputs*o+:Inputs];
    assign wanted[o] = waits != '0;

    // Next clock: lowest of those beyond the last one, else lowest of all.
    wire logic [Inputs-1:0] next = pending_d[Inputs*o+:Inputs];
    wire logic [Inputs-1:0] after = !rst_ni ? '0 : taking[o] ? beyond_d[Inputs*o+:Inputs] : beyond[Inputs*o+:Inputs];
    logic [Inputs-1:0] first, first_after, above;
    logic any, any_after, below;
    always_comb begin
      any = 1'b0;
      any_after = 1'b0;
      below = 1'b0;
      for (int unsigned i = 0; i < Inputs; i++) begin
        first[i] = next[i] & ~any;
        first_after[i] = next[i] & after[i] & ~any_after;
        above[i] = below;
        any = any | next[i];
        any_after = any_after | (next[i] & after[i]);
        below = below | take[Inputs*o+i];
      end
    end
    assign beyond_d[Inputs*o+:Inputs] = above;
    assign take_d[Inputs*o+:Inputs] = full_d[o] ? next : any_after ? first_after : first;

    logic [13:0] taken_label;
    always_comb begin
      taken_label = '0;
      for (int unsigned i = 0; i < Inputs; i++) taken_label = taken_label | (label_q[14*i+:14] & {14{take[Inputs*o+i]}});
    end
    if (o < PadiOutputs) begin : gen_padi_label
      assign push_label[14*o+:14] = storing[o] ? {3'b000, padi_label_i} : taken_label;
    end else begin : gen_l2_label
      assign push_label[14*o+:14] = taken_label;
    end

    // Places used with those under way, entries that can be popped.
    logic [6:0] used_q, used_d, visible_q, visible_d;
    assign used_d = !rst_ni ? 7'd0 : used_q + ((push[o] == pop[o]) ? 7'd0 : pop[o] ? 7'h7f : 7'd1);
    assign visible_d = !rst_ni ? 7'd0 : visible_q + ((late[o] == pop[o]) ? 7'd0 : pop[o] ? 7'h7f : 7'd1);
    assign full_d[o] = used_d == 7'(Depth);
    always_ff @(posedge clk_i) begin
      used_q <= used_d;
      visible_q <= visible_d;
      full_q[o] <= full_d[o];
    end

    // A slow L2 output rests for three clocks after a pop.
    if (o < PadiOutputs) begin : gen_fast
      always_ff @(posedge clk_i) out_valid_o[o] <= visible_d != 7'd0;
    end else begin : gen_slow
      logic [1:0] pause_q, pause_d;
      assign pause_d = !rst_ni ? 2'd0 : pop[o] && enable_slow_q[o-PadiOutputs] ? 2'd3 : pause_q == 2'd0 ? 2'd0 : pause_q - 2'd1;
      always_ff @(posedge clk_i) begin
        pause_q <= pause_d;
        out_valid_o[o] <= visible_d != 7'd0 && pause_d == 2'd0;
      end
    end
  end

  // An input register is free in the next clock if nothing of it stays.
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Inputs; i++) in_ready_o[i] <= 1'b1;
    for (int unsigned o = 0; o < Outputs; o++) begin
      for (int unsigned i = 0; i < Inputs; i++) if (pending_d[Inputs*o+i] & ~take_d[Inputs*o+i]) in_ready_o[i] <= 1'b0;
    end
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Counters: writes come after the events of the clock.

  logic [16*Inputs-1:0] drops;
  for (genvar i = 0; i < Inputs; i++) begin : gen_drops
    logic [15:0] drops_q, next;
    logic [16:0] sum;
    logic [3:0] more;
    logic we;
    assign drops[16*i+:16] = drops_q;
    always_comb begin
      more = {3'd0, in_lost_i[i] && counted[Outputs*i+:Outputs] != '0};
      for (int unsigned o = 0; o < Outputs; o++) more = more + {3'd0, lost[Outputs*i+o]};
    end
    assign sum = {1'b0, drops_q} + {13'd0, more};
    assign next = sum[15:0] | {16{sum[16]}};
    assign we = cfg_we_i && cfg_addr_i == DropFirst + 8'(i);
    always_ff @(posedge clk_i) begin
      if (!rst_ni) drops_q <= '0;
      else drops_q <= {we && cfg_be_i[1] ? cfg_wdata_i[15:8] : next[15:8], we && cfg_be_i[0] ? cfg_wdata_i[7:0] : next[7:0]};
    end
  end

  logic [24*Outputs-1:0] events;
  for (genvar o = 0; o < Outputs; o++) begin : gen_events
    logic [23:0] events_q, next;
    logic we;
    assign events[24*o+:24] = events_q;
    assign next = events_q + {22'd0, {2{enable_event_counter_q[o]}} & {taking[o] & storing[o], taking[o] ^ storing[o]}};
    assign we = cfg_we_i && cfg_addr_i == EventFirst + 8'(o);
    always_ff @(posedge clk_i) begin
      if (!rst_ni) events_q <= '0;
      else begin
        events_q <= {
          we && cfg_be_i[2] ? cfg_wdata_i[23:16] : next[23:16], we && cfg_be_i[1] ? cfg_wdata_i[15:8] : next[15:8],
          we && cfg_be_i[0] ? cfg_wdata_i[7:0] : next[7:0]
        };
      end
    end
  end

  // ---------------------------------------------------------------------------------------------------------------------
  // Reads answer with the state at the start of the clock.

  logic [31:0] word;
  always_comb begin
    word = is_node ? {node_old[28], 1'b0, node_old[27:14], 2'b00, node_old[13:0]} : 32'd0;
    if (cfg_addr_i == 8'd0) word = {16'd0, enable_event_counter_q, enable_slow_q};
    for (int unsigned i = 0; i < Inputs; i++) begin
      if (cfg_addr_i == DropFirst + 8'(i)) word = word | {16'd0, drops[16*i+:16]};
    end
    for (int unsigned o = 0; o < Outputs; o++) begin
      if (cfg_addr_i == EventFirst + 8'(o)) word = word | {8'd0, events[24*o+:24]};
    end
  end
  always_ff @(posedge clk_i) if (cfg_re_i) cfg_rdata_o <= word;

  // ---------------------------------------------------------------------------------------------------------------------
  // FIFOs: a memory each with a register at its head. An entry is written one clock after it was taken, so XbarPipe >= 2. They need no
  // counters: only what is visible is popped and only what has a place is pushed.

  logic [(XbarPipe-1)*Outputs-1:0] late_q;
  logic [Outputs-1:0] push_q;
  logic [14*Outputs-1:0] push_label_q;
  assign late = late_q[Outputs-1:0];
  always_ff @(posedge clk_i) begin
    push_q <= rst_ni ? push : '0;
    push_label_q <= push_label;
    late_q <= late_q >> Outputs;
    late_q[(XbarPipe-2)*Outputs+:Outputs] <= push;
    if (!rst_ni) late_q <= '0;
  end

  for (genvar o = 0; o < Outputs; o++) begin : gen_fifo
    localparam int unsigned Depth = (o < PadiOutputs) ? PadiFifo : L2Fifo;
    logic [13:0] memory_q[Depth];
    logic [$clog2(Depth)-1:0] write_q, read_q, read_d;
    assign read_d = read_q + $clog2(Depth)'(pop[o]);
    always_ff @(posedge clk_i) begin
      if (push_q[o]) memory_q[write_q] <= push_label_q[14*o+:14];
      if (push_q[o] && write_q == read_d) out_label_o[14*o+:14] <= push_label_q[14*o+:14];
      else if (pop[o]) out_label_o[14*o+:14] <= memory_q[read_d];
      write_q <= rst_ni ? write_q + $clog2(Depth)'(push_q[o]) : '0;
      read_q <= rst_ni ? read_d : '0;
    end
  end

endmodule

`default_nettype wire
