/// A stand-in for FPGA and chip: executes programs with the timing rules of the executor, keeps registers
/// in a map, loops events back through the L2 nodes of the crossbar, and answers CADC reads with a number
/// of the caller. It has no neurons.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "driver/link/link.h"
#include "driver/ut/message.h"

namespace hx::host {

/// One executed instruction.
struct Executed {
  std::int64_t timer = 0;  ///< program timer in the clock of execution
  std::int64_t clock = 0;  ///< since power-on
  ut::ToFpgaMessage message;
};

/// What the fake chip has seen; shared with the test, which outlives the link.
struct FakeChipState {
  std::map<std::uint32_t, std::uint32_t> memory;
  std::vector<Executed> executed;  ///< of the last program
  std::vector<std::size_t> program_sizes;
  std::int64_t clock = 1000;
  std::int64_t timer_zero = 0;
  bool loops_back = true;
  /// Answers `programs_until_failure` programs, then breaks the link; negative: never.
  int programs_until_failure = -1;
  /// Value of a CADC read: address and clock of the last trigger.
  std::function<std::uint32_t(std::uint32_t, std::int64_t)> cadc = [](auto, auto) { return 0u; };
};

std::unique_ptr<Link> make_fake_chip(std::shared_ptr<FakeChipState> state);

/// The instructions of a program with the timer values of their execution.
std::vector<Executed> execute(std::span<std::uint64_t const> words);

}  // namespace hx::host
