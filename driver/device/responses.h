/// Everything that came back from one run of a Program, in flat arrays (driver/ut/received.h), plus
/// what is worth knowing about the run itself.
///
///     Result<Responses> responses = device.run(program, deadline);
///     std::uint64_t timer = responses->value(ticket);
///     FpgaCycles when = responses->fpga_time(ticket);
///     for (std::size_t i = 0; i < responses->spikes.size(); ++i)
///       use(responses->spikes.chip_time[i], responses->spikes.label[i]);
///
/// `reads`, `ticks` and `jtag` are complete and in the order of the program. The arrays own their
/// memory and can be moved out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "driver/base/units.h"
#include "driver/device/program.h"
#include "driver/ut/received.h"

namespace hx {

/// Losses and oddities of a run that did not make it fail, and its cost.
struct RunHealth {
  std::uint64_t late_messages = 0;  ///< of earlier runs, dropped
  std::uint64_t words_sent = 0;     ///< program and halt
  std::uint64_t words_received = 0;
  double seconds = 0;                 ///< wall-clock time from the first word sent to the halt
  std::vector<std::string> warnings;  ///< for people, e.g. a program beyond the playback memory
};

struct Responses : ut::Received {
  RunHealth health;

  /// The answer: read data, bits shifted out, or 1 for a tick. The ticket must be one of the
  /// program that was run (contract).
  [[nodiscard]] std::uint64_t value(Ticket ticket) const;
  /// When the FPGA queued the answer.
  [[nodiscard]] FpgaCycles fpga_time(Ticket ticket) const;
};

}  // namespace hx
