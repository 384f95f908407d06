// I2C master: one access is one byte on the bus, with what has to go around it.
//
// Purpose: makes of an access (start_i) the elements acknowledge owed, start, address byte, data byte, stop, as far as they are needed;
// see docs/decisions/board.md. Open drain: scl_o and sda_o are 1 when released.
//
// Timing: an access that starts in clock e takes 4 * max(4, prescaler_i) clocks per element, from e + 1 on; busy_o is high until and
// including its last clock, in which done_o gives the answer of a read: {no acknowledge, 23'd0, byte}. The next access may start in the
// clock after that. The pins follow one clock behind the phase. A device that holds SCL low stretches the second quarter of an element.
//
// Reset: bus released, not open.
`default_nettype none

module hx_i2c_master (
    input wire logic clk_i,
    input wire logic rst_ni,
    // Clocks of a quarter bit; smaller values than 4 count as 4. Must not change while busy.
    input wire logic [15:0] prescaler_i,
    // {start forced, stop, device}; only while not busy.
    input wire logic start_i,
    input wire logic we_i,
    input wire logic [8:0] addr_i,
    input wire logic [7:0] wdata_i,
    output wire logic busy_o,
    output wire logic done_o,
    output wire logic [31:0] rdata_o,
    // The bus.
    output wire logic scl_o,
    input wire logic scl_i,
    output wire logic sda_o,
    input wire logic sda_i
);

  localparam logic [2:0] StIdle = 3'd0;
  localparam logic [2:0] StOwed = 3'd1;
  localparam logic [2:0] StStart = 3'd2;
  localparam logic [2:0] StAddress = 3'd3;
  localparam logic [2:0] StData = 3'd4;
  localparam logic [2:0] StStop = 3'd5;

  logic [2:0] state_q;
  logic [1:0] phase_q;  // quarter
  logic [15:0] count_q;  // clocks left in the quarter
  logic [3:0] bit_q;  // bit of the byte, 8 is the acknowledge
  logic [7:0] shift_q;
  logic nack_q;  // acknowledge bit as seen
  logic failed_q;  // the address was not acknowledged
  // Bus: between start and stop; addressed device and direction; a read byte waits for its acknowledge.
  logic open_q, read_q, owed_q;
  logic [6:0] device_q;
  // The access at work.
  logic restart_q, stop_q;
  logic [7:0] wdata_q;
  // Pins and their synchronised levels.
  logic scl_q, sda_q;
  logic [3:0] sync_q;  // {SCL, SDA} of two clocks before, of the clock before

  logic [15:0] quarter;
  logic restart, last, sample, byte_end, finish, in_byte;

  assign quarter = prescaler_i < 16'd4 ? 16'd3 : prescaler_i - 16'd1;
  assign restart = !open_q || addr_i[6:0] != device_q || read_q == we_i || addr_i[8];
  assign busy_o = state_q != StIdle;
  assign last = busy_o && phase_q == 2'd3 && count_q == 16'd0;
  assign sample = phase_q == 2'd2 && count_q == 16'd0;
  assign in_byte = state_q == StAddress || state_q == StData;
  // A read byte without stop has no ninth bit yet.
  assign byte_end = last && (bit_q == 4'd8 || (bit_q == 4'd7 && state_q == StData && read_q && !stop_q));
  assign finish = (last && state_q == StStop) || (byte_end && state_q == StData && !stop_q && (read_q || !nack_q));
  assign done_o = finish;
  assign rdata_o = finish && read_q ? {failed_q, 23'd0, failed_q ? 8'd0 : shift_q} : 32'd0;
  assign scl_o = scl_q;
  assign sda_o = sda_q;

  // Next values, computed only while there is work: a register that is read after its own assignment costs a simulation a copy in every
  // clock, used or not.
  logic [2:0] state;
  logic [1:0] phase;
  logic [15:0] count;
  logic [3:0] bit_number;
  logic [7:0] shift;
  logic nack;

  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    if (start_i || busy_o) begin
      state = state_q;
      phase = phase_q;
      count = count_q;
      bit_number = bit_q;
      shift = shift_q;
      nack = nack_q;
    end
    if (start_i) begin
      state = owed_q ? StOwed : restart ? StStart : StData;
      restart_q <= restart;
      stop_q <= addr_i[7];
      device_q <= addr_i[6:0];
      read_q <= !we_i;
      owed_q <= 1'b0;
      failed_q <= 1'b0;
      wdata_q <= wdata_i;
      shift = restart ? {addr_i[6:0], !we_i} : wdata_i;
      bit_number = 4'd0;
      phase = 2'd0;
      count = quarter;
    end else if (busy_o) begin
      // Pins.
      case (state_q)
        StStart: begin
          scl_q <= phase_q == 2'd0 ? !open_q : phase_q != 2'd3;
          sda_q <= !phase_q[1];
        end
        StStop: begin
          scl_q <= phase_q != 2'd0;
          sda_q <= phase_q[1];
        end
        default: begin
          scl_q <= phase_q == 2'd1 || phase_q == 2'd2;
          // The bit of a written byte changes with the shift after the third quarter: only then SCL is low.
          if (phase_q == 2'd0) begin
            sda_q <= state_q == StOwed ? restart_q : bit_q == 4'd8 || (state_q == StData && read_q) || shift_q[7];
          end
        end
      endcase
      if (count_q != 16'd0) begin
        count = count_q - 16'd1;
      end else if (phase_q != 2'd1 || sync_q[3]) begin
        count = quarter;
        phase = phase_q + 2'd1;
      end
      if (sample && in_byte) begin
        if (bit_q == 4'd8) nack = sync_q[2];
        else shift = {shift_q[6:0], sync_q[2]};
      end
      if (last) begin
        bit_number = byte_end || !in_byte ? 4'd0 : bit_q + 4'd1;
        case (state_q)
          StOwed: state = restart_q ? StStart : StData;
          StStart: begin
            state = StAddress;
            open_q <= 1'b1;
          end
          StAddress:
          if (byte_end) begin
            state = nack_q ? StStop : StData;
            failed_q <= nack_q;
            shift = wdata_q;
          end
          StData:
          if (byte_end) begin
            state = finish ? StIdle : StStop;
            owed_q <= read_q && !stop_q;
          end
          default: begin
            state = StIdle;
            open_q <= 1'b0;
          end
        endcase
      end
    end
    if (start_i || busy_o) begin
      state_q <= state;
      phase_q <= phase;
      count_q <= count;
      bit_q <= bit_number;
      shift_q <= shift;
      nack_q <= nack;
    end
    if (!rst_ni) begin
      state_q <= StIdle;
      open_q <= 1'b0;
      read_q <= 1'b0;
      owed_q <= 1'b0;
      scl_q <= 1'b1;
      sda_q <= 1'b1;
    end
  end
  /* verilator lint_on BLKSEQ */

  always_ff @(posedge clk_i) begin
    sync_q <= {sync_q[1:0], scl_i, sda_i};
  end

endmodule

`default_nettype wire
