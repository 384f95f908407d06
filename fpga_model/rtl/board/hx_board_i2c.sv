// I2C devices of the boards. For simulation only.
//
// Purpose: one bus interface (start, stop, bits, acknowledge) with the registers of all devices behind it: only the addressed one can
// answer. Devices, registers, power-on values: docs/decisions/board.md.
//
// Timing: looks at the pins once per clock; SDA is sampled at the rising edge of SCL and driven two clocks after the falling one.
// Reset: power-on only.
`default_nettype none

/* verilator lint_off BLKSEQ */  // Blocking on purpose: the variables are private to the one clocked block.
module hx_board_i2c (
    input wire logic clk_i,
    input wire logic scl_i,
    input wire logic sda_i,
    output wire logic sda_o,
    // Supplies of an xBoard: on, DAC code; in the order of the DAC.
    input wire logic is_xboard_i,
    input wire logic [5:0] supply_on_i,
    input wire logic [6*12-1:0] supply_code_i
);

  // Numbers of the devices.
  localparam logic [3:0] Monitor = 4'd0;  // 0..5
  localparam logic [3:0] Thermometer = 4'd6;
  localparam logic [3:0] Expander = 4'd7;
  localparam logic [3:0] Switch = 4'd8;
  localparam logic [3:0] Potentiometer = 4'd9;  // 9..11
  localparam logic [3:0] Dac = 4'd12;
  localparam logic [3:0] Eeprom = 4'd13;
  localparam logic [3:0] Nobody = 4'd15;

  localparam logic [31:0] SerialNumber = 32'h4f485831;
  localparam logic [15:0] MonitorConfig = 16'h399f;
  localparam logic [15:0] Temperature = 16'h1e00;  // 30 degrees
  localparam logic [7:0] Wiper = 8'h90;

  // ---- Bus. ----
  localparam logic [1:0] StIdle = 2'd0;
  localparam logic [1:0] StAddress = 2'd1;
  localparam logic [1:0] StWrite = 2'd2;
  localparam logic [1:0] StRead = 2'd3;

  logic [1:0] state;
  logic scl_q, sda_q, drive_q;  // drive_q: 0 pulls SDA down
  logic [3:0] bits;  // edges of this byte, the ninth is the acknowledge
  logic [7:0] shift;
  logic acknowledged;

  // ---- Registers. ----
  logic [3:0] device;
  logic pointer_next;  // the next written byte is a pointer
  logic second;  // of two bytes
  logic [7:0] high;  // first one
  logic [7:0] pointer[16];
  logic [15:0] config_of[6];
  logic [15:0] calibration[6];
  logic [15:0] limits[4];  // thermometer: 1 configuration, 2 and 3 limits
  logic [7:0] expander[4];  // 1 outputs, 2 polarity, 3 direction
  logic [3:0] switches;
  logic [7:0] wiper[6];
  logic [7:0] stored_wiper[6];
  logic [9:0] dac[4];
  logic [7:0] eeprom[256];

  initial begin
    state = StIdle;
    scl_q = 1'b1;
    sda_q = 1'b1;
    drive_q = 1'b1;
    bits = 4'd0;
    device = Nobody;
    pointer_next = 1'b0;
    second = 1'b0;
    for (int unsigned i = 0; i < 16; i++) pointer[i] = 8'd0;
    for (int unsigned i = 0; i < 6; i++) begin
      config_of[i] = MonitorConfig;
      calibration[i] = 16'd0;
      wiper[i] = Wiper;
      stored_wiper[i] = Wiper;
    end
    limits[0] = Temperature;
    limits[1] = 16'h60a0;
    limits[2] = 16'h4b00;
    limits[3] = 16'h5000;
    expander[0] = 8'd0;
    expander[1] = 8'hff;
    expander[2] = 8'd0;
    expander[3] = 8'hff;
    switches = 4'd0;
    for (int unsigned i = 0; i < 4; i++) dac[i] = 10'd0;
    for (int unsigned i = 0; i < 256; i++) eeprom[i] = 8'hff;
    eeprom[8'hfa] = 8'h29;
    eeprom[8'hfb] = 8'h41;
    eeprom[8'hfc] = SerialNumber[31:24];
    eeprom[8'hfd] = SerialNumber[23:16];
    eeprom[8'hfe] = SerialNumber[15:8];
    eeprom[8'hff] = SerialNumber[7:0];
  end

  function automatic logic [3:0] device_at(input logic [6:0] address);
    case (address)
      7'h40, 7'h41, 7'h42, 7'h43, 7'h44, 7'h45: device_at = Monitor + {1'b0, address[2:0]};
      7'h48: device_at = Thermometer;
      7'h38: device_at = Expander;
      7'h70: device_at = Switch;
      7'h2c, 7'h2d, 7'h2e: device_at = Potentiometer + {2'd0, address[1:0]};
      7'h4c: device_at = Dac;
      7'h50: device_at = Eeprom;
      default: device_at = Nobody;
    endcase
  endfunction

  // ---- Supplies. In the order of the monitors: 1.2 V digital, 2.5 V digital, 1.2 V analog, 2.5 V analog, MADC, PLL. ----
  function automatic int nominal(input logic [2:0] monitor);
    case (monitor)
      3'd0: nominal = 312;
      3'd1, 3'd3: nominal = 625;
      default: nominal = 300;
    endcase
  endfunction

  // Bus voltage in 4 mV.
  function automatic logic [12:0] voltage(input logic [2:0] monitor);
    logic [2:0] supply;  // in the order of the DAC
    logic [2:0] channel;  // of the potentiometers
    logic [2:0] pin;  // of the expander
    int preset;
    int wiper_preset;
    /* verilator lint_off UNUSEDSIGNAL */  // small and not negative
    int value;
    /* verilator lint_on UNUSEDSIGNAL */
    case (monitor)
      3'd0: {supply, channel, pin} = {3'd1, 3'd1, 3'd1};
      3'd1: {supply, channel, pin} = {3'd0, 3'd0, 3'd0};
      3'd2: {supply, channel, pin} = {3'd3, 3'd4, 3'd5};
      3'd3: {supply, channel, pin} = {3'd2, 3'd5, 3'd4};
      3'd4: {supply, channel, pin} = {3'd4, 3'd3, 3'd3};
      default: {supply, channel, pin} = {3'd5, 3'd2, 3'd2};
    endcase
    case (monitor)
      3'd0: {preset, wiper_preset} = {32'd2090, 32'd147};
      3'd1, 3'd3: {preset, wiper_preset} = {32'd608, 32'd167};
      3'd2: {preset, wiper_preset} = {32'd1630, 32'd168};
      default: {preset, wiper_preset} = {32'd440, 32'd168};
    endcase
    if (is_xboard_i) begin
      value = nominal(monitor) + (((preset - int'({20'd0, supply_code_i[12*supply+:12]})) * nominal(monitor)) >>> 13);
      if (!supply_on_i[supply]) value = 0;
    end else begin
      value = nominal(monitor) + (((wiper_preset - int'({24'd0, wiper[channel]})) * nominal(monitor)) >>> 9);
      if ((expander[1] & ~expander[3] & (8'd1 << pin | 8'h80)) != 8'd0) value = 0;
    end
    voltage = value[12:0];
  endfunction

  function automatic logic [15:0] monitor_word(input logic [2:0] monitor, input logic [7:0] at);
    logic [31:0] volt;
    logic [31:0] current;
    volt = {19'd0, voltage(monitor)};
    current = ((volt >> 2) * {16'd0, calibration[monitor]}) >> 12;
    case (at)
      8'd0: monitor_word = config_of[monitor];
      8'd1: monitor_word = 16'(volt >> 2);
      8'd2: monitor_word = 16'(volt << 3 | 32'd2);
      8'd3: monitor_word = 16'((current * volt) / 5000);
      8'd4: monitor_word = current[15:0];
      8'd5: monitor_word = calibration[monitor];
      default: monitor_word = 16'd0;
    endcase
  endfunction

  // Number of a potentiometer channel at a pointer: {exists, non-volatile, channel}.
  function automatic logic [4:0] wiper_at(input logic [3:0] which, input logic [7:0] at);
    wiper_at = {(at & 8'hdd) == 8'h01, at[5], 3'd2 * (3'(which - Potentiometer)) + {2'd0, at[1]}};
  endfunction

  function automatic logic [7:0] read_byte();
    logic [15:0] word;
    logic [7:0] at;
    logic [4:0] place;
    at = pointer[device];
    word = 16'd0;
    place = wiper_at(device, at);
    case (device)
      Thermometer: if (at < 8'd4) word = limits[at[1:0]];
      Expander: begin
        if (at == 8'd0) word = {8'd0, (expander[1] & ~expander[3]) ^ expander[2]};
        else if (at < 8'd4) word = {8'd0, expander[at[1:0]]};
      end
      Switch: word = {12'd0, switches};
      Potentiometer, Potentiometer + 4'd1, Potentiometer + 4'd2:
      if (place[4]) word = {8'd0, place[3] ? stored_wiper[place[2:0]] : wiper[place[2:0]]};
      Dac: word = {dac[at[2:1]], 6'd0};
      Eeprom: begin
        word = {8'd0, eeprom[at]};
        pointer[Eeprom] = at + 8'd1;
      end
      default: word = monitor_word(device[2:0], at);
    endcase
    // Two bytes, the high one first.
    read_byte = word[7:0];
    if (device <= Thermometer || device == Dac) begin
      if (!second) read_byte = word[15:8];
      second = !second;
    end
  endfunction

  task automatic write_word(input logic [15:0] word);
    logic [7:0] at;
    logic [4:0] place;
    at = pointer[device];
    place = wiper_at(device, at);
    case (device)
      Thermometer: if (at != 8'd0 && at < 8'd4) limits[at[1:0]] = word;
      Expander: if (at != 8'd0 && at < 8'd4) expander[at[1:0]] = word[7:0];
      Switch: switches = word[3:0];
      Potentiometer, Potentiometer + 4'd1, Potentiometer + 4'd2:
      if (place[4]) begin
        if (place[3]) stored_wiper[place[2:0]] = word[7:0];
        else wiper[place[2:0]] = word[7:0];
      end
      Dac: if (at[5:4] == 2'd1) dac[at[2:1]] = word[15:6];
      Eeprom: begin
        if (!at[7]) eeprom[at] = word[7:0];
        pointer[Eeprom] = at + 8'd1;
      end
      default: begin
        if (at == 8'd0 && word[15]) begin
          config_of[device[2:0]] = MonitorConfig;
          calibration[device[2:0]] = 16'd0;
          pointer[device] = 8'd0;
        end else if (at == 8'd0) begin
          config_of[device[2:0]] = word;
        end
        if (at == 8'd5) calibration[device[2:0]] = {word[15:1], 1'b0};
      end
    endcase
  endtask

  task automatic write_byte(input logic [7:0] value);
    if (pointer_next && device != Switch) begin
      pointer[device] = value;
      pointer_next = 1'b0;
    end else if (device <= Thermometer || device == Dac) begin
      if (second) write_word({high, value});
      high = value;
      second = !second;
    end else begin
      write_word({8'd0, value});
    end
  endtask

  // Falling edge of SCL: the level of SDA until the next one.
  function automatic logic after_fall();
    after_fall = 1'b1;
    if (bits == 4'd8) begin
      if (state == StAddress) begin
        device = device_at(shift[7:1]);
        pointer_next = 1'b1;
        second = 1'b0;
        if (device == Nobody) state = StIdle;
        else after_fall = 1'b0;
      end else if (state == StWrite) begin
        write_byte(shift);
        after_fall = 1'b0;
      end
    end else if (bits == 4'd9) begin
      bits = 4'd0;
      if (state == StAddress) state = shift[0] ? StRead : StWrite;
      else if (state == StRead && !acknowledged) state = StIdle;
      if (state == StRead) shift = read_byte();
    end
    if (state == StRead && bits < 4'd8) after_fall = shift[3'd7-bits[2:0]];
  endfunction

  always_ff @(posedge clk_i) begin
    if (scl_i != scl_q || sda_i != sda_q) begin
      if (scl_i && scl_q) begin
        // Start or stop.
        state = sda_i ? StIdle : StAddress;
        bits = 4'd0;
        drive_q <= 1'b1;
      end else if (scl_i && state != StIdle) begin
        if (state == StRead && bits == 4'd8) acknowledged = !sda_i;
        if (state != StRead && bits < 4'd8) shift = {shift[6:0], sda_i};
        bits = bits + 4'd1;
      end else if (!scl_i && scl_q && state != StIdle) begin
        drive_q <= after_fall();
      end
      scl_q <= scl_i;
      sda_q <= sda_i;
    end
  end
  assign sda_o = drive_q;

endmodule
/* verilator lint_on BLKSEQ */

`default_nettype wire
