/// The board's side of a HostARQ session: answers resets with CFG frames, returns loopbacks, hands words to an executor and takes its
/// answers. No socket, no clock, no thread.
///
///     BoardSession session("version: 1\ncompatible_until: 2\n");
///     if (session.receive_reset(bytes)) remember_the_source();   // datagram on the reset port
///     session.receive(bytes, now);                               // on the data port, from that source only
///     execute(session.words()); session.drop(count, now);
///     std::size_t taken = session.write(answers);
///     while (auto bytes = session.next(now)) send(*bytes);
///
/// Words wait for the executor up to a limit; beyond it the host's window closes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/server/window.h"

namespace hx::sim {

class BoardSession {
 public:
  /// `information`: the YAML text about the board, without zero bytes, at most 60 KiB (contract).
  explicit BoardSession(std::string const& information);

  /// true: a new session has begun, all of the old one is forgotten. Anything but the magic is ignored.
  bool receive_reset(std::span<std::byte const> bytes);
  /// Ignored before the first reset.
  void receive(std::span<std::byte const> bytes, Time now);
  /// No more datagrams until the next reset.
  void end() { is_active_ = false; }

  [[nodiscard]] bool is_active() const { return is_active_; }
  /// The host has sent its flush frame.
  [[nodiscard]] bool host_has_closed() const { return host_has_closed_; }

  [[nodiscard]] std::span<std::uint64_t const> words() const {
    return std::span(words_).subspan(first_);
  }
  void drop(std::size_t count, Time now);
  std::size_t write(std::span<std::uint64_t const> words);

  std::optional<std::span<std::byte const>> next(Time now);
  [[nodiscard]] Time deadline() const { return is_active_ ? window_.deadline() : kNever; }

  [[nodiscard]] WindowStatistics const& statistics() const { return window_.statistics(); }
  [[nodiscard]] std::uint64_t unknown_frames() const { return unknown_frames_; }

 private:
  bool take(std::uint16_t type, std::span<std::byte const> payload);
  void write_control();

  Window window_;
  Window::Sink sink_;
  std::vector<std::uint64_t> cfg_;
  std::vector<std::uint64_t> control_;  // words of control frames that wait for the window
  std::uint16_t control_type_ = Window::kCfg;
  std::vector<std::uint64_t> words_;
  std::size_t first_ = 0;
  bool is_active_ = false;
  bool host_has_closed_ = false;
  std::uint64_t unknown_frames_ = 0;
};

}  // namespace hx::sim
