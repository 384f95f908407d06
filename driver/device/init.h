/// Start-up of a board and its chip: the operations of `init_sequences.yaml`, as a Program.
///
///     device.init();                                                  // a Cube setup
///     device.init(InitOptions::for_model());                          // a model in this process
///     Program program = init_program({.board = Board::kJboa, .capmem = false});
///
/// The default is the complete start-up of a Cube setup. A model in this process needs no supplies:
/// `InitOptions::for_model()` is the same without the board. A target whose chip link is up from
/// power-on (`sim:?link=up`) can do without JTAG, PLL and lanes, too (`jtag`, `phy` off).
#pragma once

#include <cstddef>
#include <cstdint>
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
  bool chip = true;  ///< reset and set up the chip; off: instruction timeout and board only
  bool highspeed_link = true;  ///< off: chip registers over JTAG, and neither systime nor capmem
  bool systime = true;         ///< synchronise the system time
  bool capmem = true;          ///< reset and set the reference generator
  bool jtag = true;            ///< the target has a JTAG TAP
  bool phy = true;             ///< the target has PLL and high-speed lanes that must be set up

  /// No board.
  static InitOptions for_model() {
    InitOptions options;
    options.board = Board::kNone;
    return options;
  }
  bool operator==(InitOptions const&) const = default;
};

/// The operations in order. Contract: with `highspeed_link` off, `jtag` is on.
Program init_program(InitOptions const& options = {});

/// The step that an instruction of init_program(options) belongs to, e.g. "assert chip reset"; empty
/// beyond the end.
std::string_view init_step(InitOptions const& options, std::size_t instruction);

}  // namespace hx
