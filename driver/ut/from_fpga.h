/// Fast decoder of the stream from the FPGA: words in, flat arrays with times out.
///
///     ut::FromFpgaDecoder decoder;  // one per connection
///     ut::Received received;
///     decoder.start_program();      // time annotation begins at 0
///     while (...) {
///       ut::FromFpgaDecoder::Progress progress = decoder.decode(words, received);
///       words = words.subspan(progress.words);
///       if (progress.stop == ut::FromFpgaDecoder::Stop::kHalt) break;  // rest: next program
///       if (progress.stop == ut::FromFpgaDecoder::Stop::kUnknownHeader) ... connection is lost
///     }
///
/// A message may begin in one call and end in a later one. Fill bits are ignored, padding and idle
/// words are skipped. Nothing is allocated per message; the arrays grow by blocks.
///
/// How time is reconstructed (every message, in order):
///     t = t + 1;   Systime(v): t = v;   Sysdelta(d): t = t + d
///     fpga_time = t;   chip_time = the last time <= t (mod 2^43) that ends in `timestamp / 2`
/// A chip time is right for events that were at most 127 cycles old when the FPGA queued them.
///
/// Threads: one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "driver/ut/messages.h"
#include "driver/ut/received.h"

namespace hx::ut {

class FromFpgaDecoder {
 public:
  enum class Stop : std::uint8_t {
    kEnd,            ///< all words are used up; the last message may be incomplete
    kHalt,           ///< a halt was delivered; what follows it waits for the next call
    kUnknownHeader,  ///< the length of the message is unknown: the stream can not be followed
  };
  struct Progress {
    std::size_t words = 0;  ///< how many of the given words were taken without error
    Stop stop = Stop::kEnd;
    std::uint8_t header = 0;  ///< the code, for kUnknownHeader
  };

  /// Appends what the words hold to `out`, up to and including the first halt. After
  /// kUnknownHeader everything in front of it is in `out` and every further call answers the same.
  /// A header is looked at as soon as its word is there, with one exception: one in the very word in
  /// which a halt ends is reported by the next call (with 0 words), so that the halt counts.
  Progress decode(std::span<std::uint64_t const> words, Received& out);

  /// Time annotation restarts at 0; an incomplete message is kept.
  void start_program();
  /// False if a time went beyond 2^43 - 1 (19.5 h) since start_program: times are wrong then.
  [[nodiscard]] bool time_in_range() const { return (time_bits_ >> kTimeBits) == 0; }
  /// Bytes of an incomplete message.
  [[nodiscard]] std::size_t pending_bytes() const { return carry_bytes_; }
  /// Messages so far, time messages included.
  [[nodiscard]] std::uint64_t message_count() const { return messages_; }

 private:
  std::uint64_t time_ = 0;
  std::uint64_t time_bits_ = 0;  // OR of all times
  std::uint64_t messages_ = 0;
  std::array<std::uint8_t, 16> carry_ = {};  // begun message, at most 9 bytes
  std::size_t carry_bytes_ = 0;
  std::uint8_t unknown_header_ = 0;  // 0: none, as 0 is a known one
};

}  // namespace hx::ut
