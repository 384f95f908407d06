/// Start-up of a board and its chip: the operations of `init_sequences.yaml`, as a Program.
///
///     device.init();                              // what the target of the device wants
///     Program program = init_program({.board = Board::kJboa, .capmem = false});
///
/// The default is the complete start-up of a Cube setup. A model in this process that has neither
/// JTAG nor PLL nor PHY is started with `InitOptions::for_model()`, which leaves those steps and
/// the waits for analogue parts out.
#pragma once

#include <cstddef>
#include <string_view>

#include "driver/device/program.h"

namespace hx {

enum class Board : std::uint8_t {
  kNone,  ///< no supplies to set
  kCube,  ///< xBoard: DACs over SPI
  kJboa,  ///< jBOA: potentiometers and expander over I2C
};

struct InitOptions {
  Board board = Board::kCube;
  bool chip = true;            ///< reset and set up the chip
  bool highspeed_link = true;  ///< off: chip registers over JTAG; needs capmem and systime off
  bool systime = true;         ///< synchronise the system time
  bool capmem = true;          ///< reset and set the reference generator
  bool jtag = true;            ///< off: no TAP reset, PLL and PHY of the chip
  bool phy = true;             ///< off: no PHY of the FPGA, no wait for the PLL
  bool analog_waits = true;    ///< off: no wait for supplies and references

  /// A model in this process: no board, no JTAG, no PHY, no waits for analogue parts.
  static InitOptions for_model() {
    return {.board = Board::kNone, .jtag = false, .phy = false, .analog_waits = false};
  }
  bool operator==(InitOptions const&) const = default;
};

/// The operations in order. Contract: with `highspeed_link` off, `jtag` is on.
Program init_program(InitOptions const& options = {});

/// What the instruction with this number in init_program(options) belongs to, e.g. "assert chip
/// reset"; empty beyond the end.
std::string_view init_step(InitOptions const& options, std::size_t instruction);

}  // namespace hx
