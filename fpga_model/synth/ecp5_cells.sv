// Cells of Lattice ECP5 as Yosys uses them, for simulation of mapped netlists.
//
// Written for speed under Verilator, and only what the maps of `synth_ecp5` instantiate: block RAM without output registers,
// multipliers without registers, one clock edge. Anything else is an elaboration error.
//
// Block RAM: what a port reads while the other port writes the same place is not defined by the device. The model then reads
// garbage (the complement), so that a design that relies on it differs from its source.
`default_nettype none

// Parameters are strings of any length.
/* verilator lint_off WIDTH */
/* verilator lint_off BLKSEQ */
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSEDPARAM */
/* verilator lint_off UNUSEDSIGNAL */

module LUT4 #(
    parameter logic [15:0] INIT = 0
) (
    input wire logic A,
    input wire logic B,
    input wire logic C,
    input wire logic D,
    output wire logic Z
);
  assign Z = INIT[{D, C, B, A}];
endmodule

module PFUMX (
    input wire logic ALUT,
    input wire logic BLUT,
    input wire logic C0,
    output wire logic Z
);
  assign Z = C0 ? ALUT : BLUT;
endmodule

module L6MUX21 (
    input wire logic D0,
    input wire logic D1,
    input wire logic SD,
    output wire logic Z
);
  assign Z = SD ? D1 : D0;
endmodule

// Two bits of a carry chain.
module CCU2C #(
    parameter logic [15:0] INIT0 = 0,
    parameter logic [15:0] INIT1 = 0,
    parameter INJECT1_0 = "YES",
    parameter INJECT1_1 = "YES"
) (
    input wire logic CIN,
    input wire logic A0,
    input wire logic B0,
    input wire logic C0,
    input wire logic D0,
    input wire logic A1,
    input wire logic B1,
    input wire logic C1,
    input wire logic D1,
    output wire logic S0,
    output wire logic S1,
    output wire logic COUT
);
  wire logic sum0 = INIT0[{D0, C0, B0, A0}];
  wire logic sum1 = INIT1[{D1, C1, B1, A1}];
  wire logic carry0 = sum0 ? CIN : INJECT1_0 != "YES" && INIT0[{2'b00, B0, A0}];
  assign S0 = sum0 ^ (INJECT1_0 != "YES" && CIN);
  assign S1 = sum1 ^ (INJECT1_1 != "YES" && carry0);
  assign COUT = sum1 ? carry0 : INJECT1_1 != "YES" && INIT1[{2'b00, B1, A1}];
endmodule

// Flip-flop with clock enable and synchronous set or reset; power-on value = reset value.
module TRELLIS_FF #(
    parameter GSR = "ENABLED",
    parameter CEMUX = "1",
    parameter CLKMUX = "CLK",
    parameter LSRMUX = "LSR",
    parameter SRMODE = "LSR_OVER_CE",
    parameter REGSET = "RESET"
) (
    input wire logic CLK,
    input wire logic LSR,
    input wire logic CE,
    input wire logic DI,
    output var logic Q
);
  localparam logic Value = REGSET == "SET";
  wire logic enable = CEMUX == "1" || (CEMUX == "INV" ? !CE : CE);
  wire logic reset = LSRMUX == "INV" ? !LSR : LSR;
  initial Q = Value;
  always_ff @(posedge CLK) begin
    if (reset && (SRMODE == "LSR_OVER_CE" || enable)) Q <= Value;
    else if (enable) Q <= DI;
  end
  if (CLKMUX != "CLK" || SRMODE == "ASYNC") begin : gen_unsupported
    $error("TRELLIS_FF: only rising clocks and synchronous resets");
  end
endmodule

// Distributed RAM: written at the edge, read at once.
module TRELLIS_DPR16X4 #(
    parameter WCKMUX = "WCK",
    parameter WREMUX = "WRE",
    parameter logic [63:0] INITVAL = 0
) (
    input wire logic [3:0] DI,
    input wire logic [3:0] WAD,
    input wire logic WRE,
    input wire logic WCK,
    input wire logic [3:0] RAD,
    output wire logic [3:0] DO
);
  logic [3:0] memory[16];
  initial for (int i = 0; i < 16; i++) memory[i] = INITVAL[4*i+:4];
  always_ff @(posedge WCK) if (WRE) memory[WAD] <= DI;
  assign DO = memory[RAD];
  if (WCKMUX != "WCK" || WREMUX != "WRE") begin : gen_unsupported
    $error("TRELLIS_DPR16X4: only rising clocks");
  end
endmodule

// Multiplier 18 x 18.
module MULT18X18D #(
    parameter REG_INPUTA_CLK = "NONE",
    parameter REG_INPUTB_CLK = "NONE",
    parameter REG_PIPELINE_CLK = "NONE",
    parameter REG_OUTPUT_CLK = "NONE"
) (
    input wire logic A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
    input wire logic B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
    input wire logic C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0,
    input wire logic SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
    output wire logic P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0
);
  wire logic signed [18:0] a = {SIGNEDA & A17, A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
  wire logic signed [18:0] b = {SIGNEDB & B17, B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
  wire logic signed [37:0] product = a * b;
  assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} = product[35:0];
  if (REG_INPUTA_CLK != "NONE" || REG_INPUTB_CLK != "NONE" || REG_PIPELINE_CLK != "NONE" || REG_OUTPUT_CLK != "NONE") begin : gen_unsupported
    $error("MULT18X18D: only without registers");
  end
endmodule

// Block RAM of 18 kbit, 2048 bytes of 9 bits. Width 36: A writes (WEA and the byte enables in ADA[3:0]), B reads, the lower half
// of a word at the pins of A.
module DP16KD #(
    parameter logic [319:0] INITVAL_00 = 0,
    parameter logic [319:0] INITVAL_01 = 0,
    parameter logic [319:0] INITVAL_02 = 0,
    parameter logic [319:0] INITVAL_03 = 0,
    parameter logic [319:0] INITVAL_04 = 0,
    parameter logic [319:0] INITVAL_05 = 0,
    parameter logic [319:0] INITVAL_06 = 0,
    parameter logic [319:0] INITVAL_07 = 0,
    parameter logic [319:0] INITVAL_08 = 0,
    parameter logic [319:0] INITVAL_09 = 0,
    parameter logic [319:0] INITVAL_0A = 0,
    parameter logic [319:0] INITVAL_0B = 0,
    parameter logic [319:0] INITVAL_0C = 0,
    parameter logic [319:0] INITVAL_0D = 0,
    parameter logic [319:0] INITVAL_0E = 0,
    parameter logic [319:0] INITVAL_0F = 0,
    parameter logic [319:0] INITVAL_10 = 0,
    parameter logic [319:0] INITVAL_11 = 0,
    parameter logic [319:0] INITVAL_12 = 0,
    parameter logic [319:0] INITVAL_13 = 0,
    parameter logic [319:0] INITVAL_14 = 0,
    parameter logic [319:0] INITVAL_15 = 0,
    parameter logic [319:0] INITVAL_16 = 0,
    parameter logic [319:0] INITVAL_17 = 0,
    parameter logic [319:0] INITVAL_18 = 0,
    parameter logic [319:0] INITVAL_19 = 0,
    parameter logic [319:0] INITVAL_1A = 0,
    parameter logic [319:0] INITVAL_1B = 0,
    parameter logic [319:0] INITVAL_1C = 0,
    parameter logic [319:0] INITVAL_1D = 0,
    parameter logic [319:0] INITVAL_1E = 0,
    parameter logic [319:0] INITVAL_1F = 0,
    parameter logic [319:0] INITVAL_20 = 0,
    parameter logic [319:0] INITVAL_21 = 0,
    parameter logic [319:0] INITVAL_22 = 0,
    parameter logic [319:0] INITVAL_23 = 0,
    parameter logic [319:0] INITVAL_24 = 0,
    parameter logic [319:0] INITVAL_25 = 0,
    parameter logic [319:0] INITVAL_26 = 0,
    parameter logic [319:0] INITVAL_27 = 0,
    parameter logic [319:0] INITVAL_28 = 0,
    parameter logic [319:0] INITVAL_29 = 0,
    parameter logic [319:0] INITVAL_2A = 0,
    parameter logic [319:0] INITVAL_2B = 0,
    parameter logic [319:0] INITVAL_2C = 0,
    parameter logic [319:0] INITVAL_2D = 0,
    parameter logic [319:0] INITVAL_2E = 0,
    parameter logic [319:0] INITVAL_2F = 0,
    parameter logic [319:0] INITVAL_30 = 0,
    parameter logic [319:0] INITVAL_31 = 0,
    parameter logic [319:0] INITVAL_32 = 0,
    parameter logic [319:0] INITVAL_33 = 0,
    parameter logic [319:0] INITVAL_34 = 0,
    parameter logic [319:0] INITVAL_35 = 0,
    parameter logic [319:0] INITVAL_36 = 0,
    parameter logic [319:0] INITVAL_37 = 0,
    parameter logic [319:0] INITVAL_38 = 0,
    parameter logic [319:0] INITVAL_39 = 0,
    parameter logic [319:0] INITVAL_3A = 0,
    parameter logic [319:0] INITVAL_3B = 0,
    parameter logic [319:0] INITVAL_3C = 0,
    parameter logic [319:0] INITVAL_3D = 0,
    parameter logic [319:0] INITVAL_3E = 0,
    parameter logic [319:0] INITVAL_3F = 0,
    parameter int DATA_WIDTH_A = 18,
    parameter int DATA_WIDTH_B = 18,
    parameter REGMODE_A = "NOREG",
    parameter REGMODE_B = "NOREG",
    parameter RESETMODE = "SYNC",
    parameter ASYNC_RESET_RELEASE = "SYNC",
    parameter CSDECODE_A = "0b000",
    parameter CSDECODE_B = "0b000",
    parameter CLKAMUX = "CLKA",
    parameter CLKBMUX = "CLKB",
    parameter WRITEMODE_A = "NORMAL",
    parameter WRITEMODE_B = "NORMAL",
    parameter GSR = "AUTO"
) (
    input wire logic DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0,
    input wire logic ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
    input wire logic CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
    output wire logic DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0,
    input wire logic DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0,
    input wire logic ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
    input wire logic CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
    output wire logic DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
);
  localparam logic [64*320-1:0] Init = {
    INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38, INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30, INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28, INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20, INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18, INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10, INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08, INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00
  };
`ifdef HX_NO_COLLISIONS
  localparam bit Poison = 1'b0;
`else
  localparam bit Poison = 1'b1;
`endif
  // A is the write port of a simple dual-port memory.
  localparam bit Wide = DATA_WIDTH_A == 36 || DATA_WIDTH_B == 36;

  logic [8:0] memory[2048];
  logic [35:0] out_a, out_b, read_a, read_b;
  logic [3:0] write_a, write_b;

  wire logic [13:0] address_a = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
  wire logic [13:0] address_b = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
  wire logic [35:0] in_a = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0, DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
  wire logic [17:0] in_b = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};

  // First byte of the word at an address, byte and bit of it.
  function automatic logic [10:0] first(input int width, input logic [13:0] address);
    first = width == 36 ? {address[13:5], 2'b00} : width == 18 ? {address[13:4], 1'b0} : address[13:3];
  endfunction

  function automatic logic [35:0] read(input int width, input logic [13:0] address);
    logic [8:0] one;
    one = memory[address[13:3]];
    case (width)
      1: read = {35'd0, one[{1'b0, address[2:0]}]};
      2: read = {34'd0, one[{1'b0, address[2:1], 1'b0}+:2]};
      4: read = {32'd0, one[{1'b0, address[2], 2'b00}+:4]};
      9: read = {27'd0, one};
      18: read = {18'd0, memory[{address[13:4], 1'b1}], memory[{address[13:4], 1'b0}]};
      default:
      read = {memory[{address[13:5], 2'd3}], memory[{address[13:5], 2'd2}], memory[{address[13:5], 2'd1}], memory[{address[13:5], 2'd0}]};
    endcase
  endfunction

  // Byte enables of a write; narrower words have none.
  assign write_a = !(CEA && WEA) ? 4'd0 : DATA_WIDTH_A == 36 ? address_a[3:0] : DATA_WIDTH_A == 18 ? {2'd0, address_a[1:0]} : 4'd1;
  assign write_b = !(CEB && WEB) ? 4'd0 : DATA_WIDTH_B == 18 ? {2'd0, address_b[1:0]} : 4'd1;

  // The word that is read lies where the other port writes.
  function automatic logic collides(input int width, input logic [13:0] address, input int other, input logic [13:0] place,
                                    input logic [3:0] bytes);
    collides = 1'b0;
    for (int i = 0; i < 4; i++) begin
      for (int k = 0; k < 4; k++) begin
        if (bytes[i] && 9 * i < other && 9 * k < width && first(other, place) + 11'(i) == first(width, address) + 11'(k)) begin
          collides = width >= 9 || other >= 9 || (address[2:0] & 3'(8 - (width > other ? width : other))) ==
              (place[2:0] & 3'(8 - (width > other ? width : other)));
        end
      end
    end
  endfunction

  function automatic void write(input int width, input logic [13:0] address, input logic [3:0] bytes, input logic [35:0] data);
    case (width)
      1: if (bytes[0]) memory[address[13:3]][{1'b0, address[2:0]}] = data[0];
      2: if (bytes[0]) memory[address[13:3]][{1'b0, address[2:1], 1'b0}+:2] = data[1:0];
      4: if (bytes[0]) memory[address[13:3]][{1'b0, address[2], 2'b00}+:4] = data[3:0];
      default: for (int i = 0; i < 4; i++) if (bytes[i] && 9 * i < width) memory[first(width, address)+11'(i)] = data[9*i+:9];
    endcase
  endfunction

  initial begin
    for (int i = 0; i < 1024; i++) {memory[2*i+1], memory[2*i]} = Init[20*i+:18];
    out_a = 0;
    out_b = 0;
  end

  always_ff @(posedge CLKA) begin
    read_a = read(DATA_WIDTH_A, address_a);
    read_b = read(DATA_WIDTH_B, address_b);
    if (Poison && write_b != 0 && collides(DATA_WIDTH_A, address_a, DATA_WIDTH_B, address_b, write_b)) read_a = ~read_a;
    if (Poison && write_a != 0 && collides(DATA_WIDTH_B, address_b, DATA_WIDTH_A, address_a, write_a)) read_b = ~read_b;
    if (write_a != 0 && (Wide || !RSTA)) write(DATA_WIDTH_A, address_a, write_a, in_a);
    if (write_b != 0 && !RSTB) write(DATA_WIDTH_B, address_b, write_b, {18'd0, in_b});
    if (RSTA) out_a <= 0;
    else if (CEA && !WEA) out_a <= read_a;
    else if (CEA && WRITEMODE_A == "READBEFOREWRITE") out_a <= read_a;
    else if (CEA && WRITEMODE_A == "WRITETHROUGH") out_a <= read(DATA_WIDTH_A, address_a);
    if (RSTB) out_b <= 0;
    else if (CEB && !WEB) out_b <= read_b;
    else if (CEB && WRITEMODE_B == "READBEFOREWRITE") out_b <= read_b;
    else if (CEB && WRITEMODE_B == "WRITETHROUGH") out_b <= read(DATA_WIDTH_B, address_b);
  end

  // An asynchronous reset shows at once.
  wire logic [35:0] pins_a = RESETMODE == "ASYNC" && RSTA ? 36'd0 : out_a;
  wire logic [35:0] pins_b = RESETMODE == "ASYNC" && RSTB ? 36'd0 : out_b;
  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0} = DATA_WIDTH_B == 36 ? pins_b[17:0] : pins_a[17:0];
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0} = DATA_WIDTH_B == 36 ? pins_b[35:18] : pins_b[17:0];

  if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG" || CLKAMUX != "CLKA" || CLKBMUX != "CLKB") begin : gen_unsupported
    $error("DP16KD: only without output registers, rising clocks");
  end
endmodule

/* verilator lint_on UNUSEDSIGNAL */
/* verilator lint_on UNUSEDPARAM */
/* verilator lint_on DECLFILENAME */
/* verilator lint_on WIDTH */
/* verilator lint_on BLKSEQ */
`default_nettype wire
