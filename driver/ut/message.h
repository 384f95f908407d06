/// Single messages as plain values, for tools, tests and simple peers. Programs and runs do not use
/// them: they work on words and flat arrays (to_fpga.h, from_fpga.h).
///
///     std::vector<ToFpgaMessage> messages;
///     DecodeEnd end = decode_messages(words, messages);
///     if (end.unknown_header) ...  // words[end.words] begins with it
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "driver/ut/messages.h"

namespace hx::ut {

struct ToFpgaMessage {
  std::uint64_t payload = 0;
  ToFpga code = ToFpga::kJtagInit;

  bool operator==(ToFpgaMessage const&) const = default;
};

struct FromFpgaMessage {
  std::uint64_t payload = 0;      ///< bits 63..0
  std::uint8_t payload_high = 0;  ///< bits 71..64, of packs of three
  FromFpga code = FromFpga::kJtagData;

  bool operator==(FromFpgaMessage const&) const = default;
};

/// How far a decoder got.
struct DecodeEnd {
  std::size_t words = 0;                       ///< taken without error
  std::optional<std::uint8_t> unknown_header;  ///< the code that ended it, if it was one
};

/// Encodes messages to the FPGA, one word each; `words` has at least as many elements (contract).
/// Payload bits beyond the width of the message are sent as they are: keep them 0.
void encode_messages(std::span<ToFpgaMessage const> messages, std::span<std::uint64_t> words);

/// Appends the messages in `words`; idle words are skipped. Fill bits are ignored.
DecodeEnd decode_messages(std::span<std::uint64_t const> words, std::vector<ToFpgaMessage>& out);

/// Encoder of the stream from the FPGA. Used by models of the FPGA and by tests.
class FromFpgaEncoder {
 public:
  void append(FromFpgaMessage message);
  /// Completes a begun word: a comma, then zeros.
  void flush();
  /// Bits that wait for the rest of their word.
  [[nodiscard]] unsigned pending_bits() const { return pending_bits_; }
  /// Complete words so far.
  [[nodiscard]] std::span<std::uint64_t const> words() const { return words_; }
  /// Takes the complete words out.
  std::vector<std::uint64_t> take();

 private:
  void append_bits(std::uint64_t top_aligned, unsigned bits);

  std::vector<std::uint64_t> words_;
  std::uint64_t pending_ = 0;  // top-aligned
  unsigned pending_bits_ = 0;
};

/// Decoder of the same stream into single messages in their order: the state machine of the
/// specification taken literally, byte by byte. The fast decoder is from_fpga.h.
class FromFpgaMessageDecoder {
 public:
  /// Appends the messages that `words` complete. After an unknown header the decoder is of no more
  /// use: it keeps answering with that error.
  DecodeEnd decode(std::span<std::uint64_t const> words, std::vector<FromFpgaMessage>& out);

 private:
  bool take_complete(std::vector<FromFpgaMessage>& out);

  std::uint8_t buffer_[24] = {};  // an incomplete message and one word
  unsigned size_ = 0;
  std::optional<std::uint8_t> unknown_header_;
};

// Messages from the FPGA by meaning. Values are cut to their bits.

constexpr FromFpgaMessage jtag_answer(std::uint64_t data) {
  return {.payload = data & bit_mask(payload_bits(FromFpga::kJtagData)),
          .payload_high = 0,
          .code = FromFpga::kJtagData};
}
constexpr FromFpgaMessage omnibus_answer(std::uint32_t data) {
  return {.payload = data, .payload_high = 0, .code = FromFpga::kOmnibusData};
}
constexpr FromFpgaMessage tick_answer() {
  return {.payload = spec::from_fpga::loopback::kTagTick,
          .payload_high = 0,
          .code = FromFpga::kLoopback};
}
constexpr FromFpgaMessage halt_answer() {
  return {.payload = spec::from_fpga::loopback::kTagHalt,
          .payload_high = 0,
          .code = FromFpga::kLoopback};
}
constexpr FromFpgaMessage link_notification(std::uint8_t bits) {
  return {.payload = bits, .payload_high = 0, .code = FromFpga::kHighspeedLinkNotification};
}
constexpr FromFpgaMessage timeout_notification(std::uint32_t instruction, unsigned trace_stall,
                                               unsigned omnibus_reads) {
  using namespace spec::from_fpga::timeout_notification;
  std::uint64_t const payload = kInstruction.put(instruction) | kTraceStall.put(trace_stall) |
                                kOmnibusReads.put(omnibus_reads);
  return {.payload = payload, .payload_high = 0, .code = FromFpga::kTimeoutNotification};
}
constexpr FromFpgaMessage systime(std::uint64_t time) {
  return {.payload = time & bit_mask(kTimeBits), .payload_high = 0, .code = FromFpga::kSystime};
}
constexpr FromFpgaMessage sysdelta(std::uint8_t increment) {
  return {.payload = increment, .payload_high = 0, .code = FromFpga::kSysdelta};
}

/// A spike or MADC sample as it is sent: timestamp in bits 23..16, label or sample in 15..0.
constexpr std::uint32_t event_bits(std::uint8_t timestamp, std::uint16_t label) {
  return static_cast<std::uint32_t>(spec::spike::kTimestamp.put(timestamp) |
                                    spec::spike::kLabel.put(label));
}
/// One to three of them; `first_code` is kSpikePack1 or kMadcSamplePack1.
constexpr FromFpgaMessage event_pack(FromFpga first_code, std::span<std::uint32_t const> events) {
  FromFpgaMessage message;
  message.code = static_cast<FromFpga>(static_cast<std::size_t>(first_code) + events.size() - 1);
  for (std::uint32_t const event : events) {
    message.payload_high = static_cast<std::uint8_t>(message.payload >> (64 - spec::spike::kBits));
    message.payload =
        message.payload << spec::spike::kBits | (event & bit_mask(spec::spike::kBits));
  }
  return message;
}

}  // namespace hx::ut
