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

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "driver/base/result.h"
#include "driver/base/units.h"
#include "driver/device/program.h"
#include "driver/registers/operations.h"
#include "driver/registers/registers.h"
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

  /// A register container. kHardware if an I2C device did not answer.
  template <reg::Readable T>
  [[nodiscard]] Result<T> get(TicketOf<T> ticket) const {
    std::array<std::uint64_t, T::kReadWords> wide;
    if (Result<void> done = words_of(ticket.first, ticket.via, wide); !done) {
      return std::move(done).error().context(T::kName);
    }
    std::array<typename T::Word, T::kReadWords> words;
    std::transform(wide.begin(), wide.end(), words.begin(),
                   [](std::uint64_t word) { return static_cast<typename T::Word>(word); });
    return reg::decode<T>(words, ticket.place);
  }
  /// The words of a container from the answers that begin at `first`.
  Result<void> words_of(Ticket first, reg::Via via, std::span<std::uint64_t> words) const;
};

}  // namespace hx
