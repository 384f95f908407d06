/// Random experiments for the comparison of two models: a configuration in which things happen, and programs that disturb it.
///
///     Scenario scenario = make_scenario(17);              // always the same for a seed
///     for (Program const& run : scenario.runs) ...
///
/// Every scenario draws its own character first (how many neurons, how fast, which blocks are used, how wild the writes are), so that a few
/// dozen of them visit quiet and overloaded networks, read-out, board and bring-up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "driver/device/program.h"

namespace hx::lockstep {

struct Scenario {
  std::uint64_t seed = 0;
  std::string character;      ///< for people
  std::vector<Program> runs;  ///< one after the other on one device
};

/// How much of everything.
struct Size {
  std::uint32_t operations = 600;  ///< of the stimulus, per run
  std::uint32_t runs = 2;          ///< with stimulus, after the one that configures
};

Scenario make_scenario(std::uint64_t seed, Size size = {});

}  // namespace hx::lockstep
