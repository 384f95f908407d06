/// One end of HostARQ's sliding window, as a simulated board needs it: bytes and time in, bytes and deadlines out, no socket, clock or
/// thread.
///
///     Window window;
///     window.reset();
///     std::size_t taken = window.write(Window::kUt, words);      // frames of at most 180 words
///     window.receive(datagram, now, sink);
///     while (auto bytes = window.next(now)) send(*bytes);        // after every other call
///     wait_for_a_datagram_or(window.deadline());
///
/// Acknowledgements ride on data frames or leave on their own 10 us after a frame, after 16 frames, or at once when a frame is missing or
/// came twice. Only the oldest unacknowledged frame is repeated: after 1 ms, doubled while nothing moves up to 64 ms; at once when
/// acknowledgements tell that it is missing. Every acknowledgement is held against the window.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace hx::sim {

using Time = std::chrono::nanoseconds;
inline constexpr Time kNever = Time::max();

/// UDP ports of a board: resets go to 45054 where data goes to 1234, else to the next number.
inline constexpr std::uint16_t kDataPort = 1234;
constexpr std::uint16_t reset_port_of(std::uint16_t data_port) {
  if (data_port == kDataPort) return 45054;
  return data_port == 65535 ? std::uint16_t{65534} : static_cast<std::uint16_t>(data_port + 1);
}

struct WindowStatistics {
  std::uint64_t words_sent = 0;
  std::uint64_t words_received = 0;
  std::uint64_t frames_sent = 0;  ///< without repetitions
  std::uint64_t frames_resent = 0;
  std::uint64_t acks_sent = 0;        ///< datagrams of their own
  std::uint64_t frames_received = 0;  ///< in order
  std::uint64_t duplicates = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t damaged = 0;  ///< datagrams that are none of the protocol

  bool operator==(WindowStatistics const&) const = default;
};

class Window {
 public:
  static constexpr std::uint16_t kUt = 0x0010;
  static constexpr std::uint16_t kFlush = 0x8000;
  static constexpr std::uint16_t kLoopback = 0x8001;
  static constexpr std::uint16_t kCfg = 0x8002;
  static constexpr std::size_t kSequenceNumbers = 256;
  static constexpr std::size_t kFrames = 128;
  /// Frames that we have in flight: half of what the peer takes, so that an acknowledgement that the network has held back for three
  /// windows is still not taken for a new one.
  static constexpr std::size_t kInFlight = 64;
  static constexpr std::size_t kWordsPerFrame = 180;
  static constexpr std::size_t kHeaderBytes = 12;

  /// Takes a frame that is in order; false: no room, offer it again (`deliver`).
  using Sink = std::function<bool(std::uint16_t type, std::span<std::byte const> payload)>;

  /// All frames are forgotten; the counters stay.
  void reset();
  /// Frames with these words; returns how many of them found room.
  std::size_t write(std::uint16_t type, std::span<std::uint64_t const> words);
  /// A datagram from the peer. Padding behind a frame is ignored.
  void receive(std::span<std::byte const> bytes, Time now, Sink const& sink);
  /// Offers frames again that the sink had refused.
  void deliver(Time now, Sink const& sink);
  /// The next datagram to send, valid until the next call that is not const except `next`.
  std::optional<std::span<std::byte const>> next(Time now);
  [[nodiscard]] Time deadline() const;

  [[nodiscard]] bool all_acknowledged() const { return low_ == end_; }
  [[nodiscard]] WindowStatistics const& statistics() const { return statistics_; }

 private:
  struct Outgoing {
    std::vector<std::byte> bytes;
    Time sent_at{0};
  };
  struct Incoming {
    std::vector<std::byte> payload;
    std::uint16_t type = 0;
    bool is_there = false;
  };

  void use_ack(std::uint32_t ack, Time now, bool is_alone);
  void want_ack(Time at) { ack_at_ = std::min(ack_at_, at); }
  std::span<std::byte const> transmit(std::uint64_t number, Time now);
  [[nodiscard]] std::uint32_t ack() const;
  [[nodiscard]] Time resend_time() const;

  std::array<Outgoing, kFrames> outgoing_;  // frames count from 0 without wrap
  std::uint64_t low_ = 0;                   // oldest unacknowledged
  std::uint64_t unsent_ = 0;
  std::uint64_t end_ = 0;
  Time waiting_since_{0};
  unsigned doublings_ = 0;
  unsigned same_acks_ = 0;
  bool resend_now_ = false;
  std::uint64_t recover_until_ = 0;  // frames that were sent before the last repetition

  std::array<Incoming, kFrames> incoming_;
  std::uint64_t expect_ = 0;
  unsigned unacknowledged_ = 0;
  Time ack_at_ = kNever;
  std::array<std::byte, 4> ack_bytes_{};
  WindowStatistics statistics_;
};

}  // namespace hx::sim
