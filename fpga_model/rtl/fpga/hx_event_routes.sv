// What the FPGA does with events of the chip besides recording them: SpikeIO and the routing tables of multi-chip setups.
//
// Purpose: a label from the chip is looked up in the output routes of SpikeIO (a byte for the serial link, ff: none) and in
// the outgoing
// routing table (a network label, if enabled). A received byte (input routes, ffff: none) and a network label (incoming
// table, if enabled) give labels for the chip. One FPGA: what it sends to the network comes back to itself.
//
// Timing: a pack that arrives in clock c is queued if SpikeIO sends or an entry of the outgoing table was enabled since reset.
// From c + 1 on
// one label per clock is looked up. Looked up in clock a: the byte is in the FIFO of the serial link from a + 2 on; the
// network label
// is looked up in the incoming table in a + RouteLoop. A byte complete, or a network label looked up, in clock m: its label is
// offered to
// the link from m + 2 on, as a single one, in clocks in which the executor has none; SpikeIO first.
// Each of the FIFOs loses what finds it full.
//
// Omnibus: an access of this clock (table_i other than TableNone); rdata_o in the same clock, a write shows in the next one.
// Reset: FIFOs empty, SpikeIO off. The tables are cleared at power-on (configuration of the FPGA) only.
`default_nettype none

// Memory writes. Under Verilator a blocking assignment: it costs nothing in a clock without a write. Safe, because a place is read
// only in clocks after the one in which it was written (tables: their block reads before it writes).
`ifdef VERILATOR
`define HX_MEMORY_WRITE =
`else
`define HX_MEMORY_WRITE <=
`endif

/* verilator lint_off BLKSEQ */
module hx_event_routes #(
    parameter int unsigned RouteFifo = hx_spec_pkg::RouteFifo,
    parameter int unsigned RouteLoop = hx_spec_pkg::RouteLoop,
    parameter int unsigned InjectFifo = hx_spec_pkg::InjectFifo
) (
    input wire logic clk_i,
    input wire logic rst_ni,

    // Access of the Omnibus: 0 none, 1 incoming table, 2 outgoing table, 3 output routes, 4 input routes, 5 configuration.
    input wire logic [2:0] table_i,
    input wire logic we_i,
    input wire logic [15:0] addr_i,
    input wire logic [18:0] wdata_i,
    output logic [18:0] rdata_o,

    // Packs from the chip.
    input wire logic pk_valid_i,
    input wire logic [1:0] pk_count_i,
    // The stamps are not used.
    /* verilator lint_off UNUSEDSIGNAL */
    input wire logic [71:0] pk_data_i,
    /* verilator lint_on UNUSEDSIGNAL */

    // Label for the chip, held until taken.
    output logic label_valid_o,
    output logic [15:0] label_o,
    input wire logic label_ready_i,

    // Serial link.
    output wire logic line_o,
    input wire logic line_i
);

  localparam logic [2:0] TableIn = 3'd1;
  localparam logic [2:0] TableOut = 3'd2;
  localparam logic [2:0] TableSerialOut = 3'd3;
  localparam logic [2:0] TableSerialIn = 3'd4;
  localparam logic [2:0] TableConfig = 3'd5;

  // ---- Tables. Those of SpikeIO are kept inverted, so that cleared means "discard". ----
  logic [16:0] in_mem_q[32768];
  logic [15:0] out_mem_q[65536];
  logic [7:0] serial_out_mem_q[65536];
  logic [15:0] serial_in_mem_q[256];
  logic [18:0] config_q;
  logic used_q;  // an entry of the outgoing table was enabled
`ifdef VERILATOR
  initial begin
    for (int i = 0; i < 32768; i++) in_mem_q[i] = '0;
    for (int i = 0; i < 65536; i++) begin
      out_mem_q[i] = '0;
      serial_out_mem_q[i] = '0;
    end
    for (int i = 0; i < 256; i++) serial_in_mem_q[i] = '0;
  end
`endif

  logic enable_tx, enable_rx;
  assign enable_tx = config_q[16];
  assign enable_rx = config_q[17];

  always_comb begin
    rdata_o = '0;
    case (table_i)
      TableIn: rdata_o = {2'd0, in_mem_q[addr_i[14:0]]};
      TableOut: rdata_o = {3'd0, out_mem_q[addr_i]};
      TableSerialOut: rdata_o = {11'd0, ~serial_out_mem_q[addr_i]};
      TableSerialIn: rdata_o = {3'd0, ~serial_in_mem_q[addr_i[7:0]]};
      TableConfig: rdata_o = config_q;
      default: rdata_o = '0;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      config_q <= hx_spec_pkg::SpikeIOConfigDefault[18:0];
      used_q <= 1'b0;
    end else if (we_i) begin
      if (table_i == TableConfig) config_q <= wdata_i;
      if (table_i == TableOut && wdata_i[15]) used_q <= 1'b1;
    end
  end

  // ---- Packs waiting: {count, labels}, the first label most significant of those used. ----
  localparam int unsigned Qw = $clog2(RouteFifo);
  logic [49:0] queue_q[RouteFifo];
  logic [Qw-1:0] queue_wptr_q, queue_rptr_q;
  logic [Qw:0] queue_count_q;
  logic [1:0] queue_done_q;  // labels of the first pack that were looked up
  logic queue_push;
  assign queue_push = pk_valid_i && (enable_tx || used_q) && !queue_count_q[Qw];

  // What the tables said about the label of the clock before.
  logic looked_q, looked_tx_q;
  logic [7:0] serial_q;
  logic [15:0] out_q;

  // ---- Serial link. ----
  logic byte_valid, serial_in_q;
  logic [7:0] byte_in;
  logic [15:0] serial_label_q;

  hx_spikeio u_spikeio (
      .clk_i,
      .rst_ni,
      .enable_i(enable_tx),
      .loopback_i(config_q[18]),
      .scaler_i(config_q[15:0]),
      .push_i(looked_tx_q && serial_q != 8'd0),
      .byte_i(~serial_q),
      .valid_o(byte_valid),
      .byte_o(byte_in),
      .line_o,
      .line_i
  );

  // ---- Network: back to this FPGA. ----
  localparam int unsigned Nw = $clog2(RouteLoop);
  localparam int unsigned NetStages = RouteLoop - 1;
  logic [14:0] net_q[2**Nw];
  logic [Nw-1:0] net_wptr_q, net_rptr_q;
  logic [NetStages-1:0] net_way_q;
  logic net_in_q;
  logic [16:0] net_label_q;

  // ---- Labels for the chip. ----
  localparam int unsigned Iw = $clog2(InjectFifo);
  logic [15:0] serial_fifo_q[InjectFifo], net_fifo_q[InjectFifo];
  logic [Iw-1:0] serial_wptr_q, serial_rptr_q, net_fifo_wptr_q, net_fifo_rptr_q;
  logic [Iw:0] serial_count_q, net_count_q;

  // Something is on its way here. Kept so that a clock at rest costs a simulation one look.
  logic awake_q;

  always_comb begin
    label_valid_o = 1'b0;
    label_o = '0;
    if (awake_q) begin
      label_valid_o = serial_count_q != '0 || net_count_q != '0;
      label_o = serial_count_q != '0 ? serial_fifo_q[serial_rptr_q] : net_fifo_q[net_fifo_rptr_q];
    end
  end

  // Values of one clock, used in this block only. They and the registers are assigned after everything has been read.
  logic look, look_last, net_push, net_arrive, serial_push, net_fifo_push, serial_take, net_take;
  logic [49:0] queue_head;
  logic [1:0] queue_left;
  logic [15:0] look_label;

  always_ff @(posedge clk_i) begin
    if (awake_q || queue_push || byte_valid) begin
      look = queue_count_q != '0;
      queue_head = queue_q[queue_rptr_q];
      queue_left = queue_head[49:48] - 2'd1 - queue_done_q;
      look_last = look && queue_left == 2'd0;
      look_label = queue_left == 2'd2 ? queue_head[47:32] : queue_left == 2'd1 ? queue_head[31:16] : queue_head[15:0];
      net_push = looked_q && out_q[15];
      net_arrive = net_way_q[NetStages-1];
      serial_push = serial_in_q && serial_label_q != 16'd0 && !serial_count_q[Iw];
      net_fifo_push = net_in_q && net_label_q[16] && !net_count_q[Iw];
      serial_take = serial_count_q != '0 && label_ready_i;
      net_take = net_count_q != '0 && serial_count_q == '0 && label_ready_i;

      // Writes of the queues.
      if (queue_push) begin
        queue_q[queue_wptr_q] `HX_MEMORY_WRITE {pk_count_i, pk_data_i[63:48], pk_data_i[39:24], pk_data_i[15:0]};
      end
      if (net_push) net_q[net_wptr_q] `HX_MEMORY_WRITE out_q[14:0];
      if (serial_push) serial_fifo_q[serial_wptr_q] `HX_MEMORY_WRITE ~serial_label_q;
      if (net_fifo_push) net_fifo_q[net_fifo_wptr_q] `HX_MEMORY_WRITE net_label_q[15:0];

      awake_q <= queue_push || look || looked_q || byte_valid || serial_in_q || net_push || net_way_q != '0 || net_in_q ||
          serial_count_q != '0 || net_count_q != '0;

      // A label of the chip.
      if (look) begin
        serial_q <= serial_out_mem_q[look_label];
        out_q <= out_mem_q[look_label];
      end
      looked_q <= look;
      looked_tx_q <= look && enable_tx;
      queue_done_q <= look_last ? 2'd0 : queue_done_q + {1'b0, look};
      queue_wptr_q <= queue_wptr_q + Qw'(queue_push);
      queue_rptr_q <= queue_rptr_q + Qw'(look_last);
      queue_count_q <= queue_count_q + {{Qw{1'b0}}, queue_push} - {{Qw{1'b0}}, look_last};

      // A byte, or a network label, to its label.
      if (byte_valid) serial_label_q <= serial_in_mem_q[byte_in];
      if (net_arrive) net_label_q <= in_mem_q[net_q[net_rptr_q]];
      net_wptr_q <= net_wptr_q + Nw'(net_push);
      net_rptr_q <= net_rptr_q + Nw'(net_arrive);
      net_way_q <= {net_way_q[NetStages-2:0], net_push};

      serial_wptr_q <= serial_wptr_q + Iw'(serial_push);
      serial_rptr_q <= serial_rptr_q + Iw'(serial_take);
      net_fifo_wptr_q <= net_fifo_wptr_q + Iw'(net_fifo_push);
      net_fifo_rptr_q <= net_fifo_rptr_q + Iw'(net_take);

      serial_in_q <= byte_valid && enable_rx;
      net_in_q <= net_arrive;
      serial_count_q <= serial_count_q + {{Iw{1'b0}}, serial_push} - {{Iw{1'b0}}, serial_take};
      net_count_q <= net_count_q + {{Iw{1'b0}}, net_fifo_push} - {{Iw{1'b0}}, net_take};
    end
    // Writes of the tables, after they have been read.
    if (we_i) begin
      case (table_i)
        TableIn: in_mem_q[addr_i[14:0]] `HX_MEMORY_WRITE wdata_i[16:0];
        TableOut: out_mem_q[addr_i] `HX_MEMORY_WRITE wdata_i[15:0];
        TableSerialOut: serial_out_mem_q[addr_i] `HX_MEMORY_WRITE ~wdata_i[7:0];
        TableSerialIn: serial_in_mem_q[addr_i[7:0]] `HX_MEMORY_WRITE ~wdata_i[15:0];
        default: ;
      endcase
    end
    if (!rst_ni) begin
      awake_q <= 1'b0;
      queue_wptr_q <= '0;
      queue_rptr_q <= '0;
      queue_count_q <= '0;
      queue_done_q <= '0;
      looked_q <= 1'b0;
      looked_tx_q <= 1'b0;
      serial_in_q <= 1'b0;
      net_wptr_q <= '0;
      net_rptr_q <= '0;
      net_way_q <= '0;
      net_in_q <= 1'b0;
      serial_wptr_q <= '0;
      serial_rptr_q <= '0;
      serial_count_q <= '0;
      net_fifo_wptr_q <= '0;
      net_fifo_rptr_q <= '0;
      net_count_q <= '0;
    end
  end

endmodule
/* verilator lint_on BLKSEQ */

`undef HX_MEMORY_WRITE
`default_nettype wire
