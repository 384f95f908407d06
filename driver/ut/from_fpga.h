/// Messages from the FPGA: decoder and encoder of the byte-granular stream.
///
///     ut::FromFpgaDecoder decoder;            // one per connection
///     ut::Received received;
///     decoder.start_program();                // time annotation begins at 0
///     auto progress = decoder.decode(words, received);
///     if (progress.stop == ut::FromFpgaDecoder::Stop::kHalt) ...
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "driver/ut/messages.h"
#include "driver/ut/received.h"

namespace hx::ut {

class FromFpgaDecoder {
 public:
  enum class Stop : std::uint8_t {
    kEnd,            ///< all words are used up; the last message may be incomplete
    kHalt,           ///< a halt was delivered; what follows it waits for the next call
    kUnknownHeader,  ///< the stream can not be followed any further
    kTimeRange,      ///< a time beyond 2^43 - 1
  };
  struct Progress {
    std::size_t words = 0;  ///< how many of the given words were taken
    Stop stop = Stop::kEnd;
    std::uint8_t header = 0;  ///< the code, for kUnknownHeader
  };

  /// Appends what the words hold to `out`, up to and including the first halt.
  Progress decode(std::span<std::uint64_t const> words, Received& out);

  /// Time annotation restarts at 0; an incomplete message is kept.
  void start_program() { time_ = 0; }
  /// Bytes of an incomplete message.
  [[nodiscard]] std::size_t pending_bytes() const { return carry_bytes_; }
  /// Messages delivered so far, time messages included.
  [[nodiscard]] std::uint64_t message_count() const { return messages_; }

 private:
  std::uint64_t time_ = 0;
  std::uint64_t messages_ = 0;
  std::array<std::uint8_t, 16> carry_ = {};
  std::size_t carry_bytes_ = 0;
};

}  // namespace hx::ut
