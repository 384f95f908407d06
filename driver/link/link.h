/// A Link carries 64-bit words to an FPGA and back: over a network, over USB, or into a model that
/// runs in this process. Both directions are ordered and lossless; the words are those of the
/// message layer (driver/ut), a boundary between two calls means nothing.
///
///     Result<std::unique_ptr<Link>> link = registry.open("zero:");
///     if (!link) return link.error();
///     if (Result<void> sent = (*link)->send(words); !sent) return sent.error();
///     std::vector<std::uint64_t> buffer(4096);
///     Result<std::size_t> count = (*link)->receive(buffer, Deadline::in(1s));
///
/// Threads: a link belongs to one thread at a time. A link may run threads of its own behind these
/// calls. Calls are made per batch of words, never per message.
///
/// Lifetime of a connection: it begins when the link is opened and ends with the object, or earlier
/// with an Error of code kLinkLost; from then on every call answers kLinkLost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "driver/base/result.h"
#include "driver/link/deadline.h"

namespace hx {

/// Counters since the link was opened; what a kind of link does not have stays 0.
struct LinkStatistics {
  std::uint64_t words_sent = 0;
  std::uint64_t words_received = 0;
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t frames_resent = 0;     ///< sent again because no acknowledge came
  std::uint64_t frames_dropped = 0;    ///< received, but damaged, out of order or twice
  std::uint64_t simulated_cycles = 0;  ///< FPGA clock cycles (8 ns) that a model has computed
  double simulation_seconds = 0;       ///< wall-clock time that a model took for them
  std::uint64_t packs_dropped = 0;     ///< event packs a model lost because its trace was full
  std::uint64_t labels_lost = 0;  ///< events a model lost because the link to the chip was down

  bool operator==(LinkStatistics const&) const = default;
};

class Link {
 public:
  Link() = default;
  Link(Link const&) = delete;
  Link& operator=(Link const&) = delete;
  virtual ~Link() = default;

  /// Hands words over, first one first. They are on their way when the call returns: no separate
  /// flush. May block while the peer is busy; gives up by itself (kTimeout or kLinkLost) rather
  /// than for ever. No words: does nothing.
  virtual Result<void> send(std::span<std::uint64_t const> words) = 0;

  /// Takes up to `words.size()` words that have arrived; blocks until there is at least one or the
  /// deadline has passed. Returns how many; 0 means that the deadline has passed, which is no
  /// error. With `Deadline::now()` it takes only what is there already. An Error of code kTimeout
  /// says that the peer gave the program at work up: its halt is still answered, the link lives on.
  virtual Result<std::size_t> receive(std::span<std::uint64_t> words, Deadline deadline) = 0;

  /// One line for people: what this is and where it leads, e.g. "zero: answers reads with 0".
  [[nodiscard]] virtual std::string describe() const = 0;

  [[nodiscard]] virtual LinkStatistics statistics() const = 0;
};

}  // namespace hx
