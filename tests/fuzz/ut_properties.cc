#include "tests/fuzz/ut_properties.h"

#include <algorithm>
#include <vector>

#include "driver/base/check.h"
#include "driver/ut/from_fpga.h"
#include "driver/ut/message.h"
#include "tests/driver/ut/vectors.h"

namespace hx::ut {
namespace {

std::vector<std::uint64_t> words_from(std::span<std::uint8_t const> bytes) {
  std::vector<std::uint64_t> words(bytes.size() / 8);
  for (std::size_t i = 0; i < words.size() * 8; ++i) words[i / 8] = words[i / 8] << 8 | bytes[i];
  return words;
}

struct FastResult {
  Received received;
  FromFpgaDecoder::Progress end;
  std::size_t pending_bytes = 0;
  std::uint64_t messages = 0;
};

// Decodes in pieces of 1 .. `piece` words; 0: all at once.
FastResult decode_fast(std::span<std::uint64_t const> words, std::size_t piece) {
  FromFpgaDecoder decoder;
  FastResult result;
  std::size_t taken = 0;
  std::size_t round = 0;
  bool after_halt = false;
  do {
    std::size_t const left = words.size() - taken;
    std::size_t count = piece == 0 ? left : std::min(left, round++ % piece + 1);
    if (after_halt) count = 0;
    result.end = decoder.decode(words.subspan(taken, count), result.received);
    HX_CHECK(result.end.words <= count);
    if (result.end.stop == FromFpgaDecoder::Stop::kEnd) HX_CHECK(result.end.words == count);
    taken += result.end.words;
    bool const stopped = result.end.stop == FromFpgaDecoder::Stop::kUnknownHeader;
    // A header in the word in which a halt ends is found when that word has been taken.
    if (stopped && after_halt) taken -= 1;
    if (stopped) break;
    after_halt = result.end.stop == FromFpgaDecoder::Stop::kHalt;
  } while (after_halt || taken < words.size());
  result.end.words = taken;
  result.pending_bytes = decoder.pending_bytes();
  result.messages = decoder.message_count();
  return result;
}

}  // namespace

void check_to_fpga(std::span<std::uint8_t const> bytes) {
  std::vector<std::uint64_t> const words = words_from(bytes);
  std::vector<ToFpgaMessage> messages;
  DecodeEnd const end = decode_messages(words, messages);
  HX_CHECK(end.words <= words.size() && messages.size() <= end.words);
  HX_CHECK(end.unknown_header.has_value() == (end.words < words.size()));
  if (end.unknown_header) HX_CHECK(*end.unknown_header == words[end.words] >> 56);

  std::vector<std::uint64_t> again(messages.size());
  encode_messages(messages, again);
  std::vector<ToFpgaMessage> second;
  HX_CHECK(!decode_messages(again, second).unknown_header);
  HX_CHECK(second == messages);
}

void check_from_fpga(std::span<std::uint8_t const> bytes) {
  std::size_t const piece = bytes.empty() ? 0 : bytes[0] % 7;
  std::vector<std::uint64_t> const words =
      words_from(bytes.subspan(std::min<std::size_t>(1, bytes.size())));

  FromFpgaMessageDecoder book;
  std::vector<FromFpgaMessage> messages;
  DecodeEnd const end = book.decode(words, messages);
  Received const expected = annotate(messages);

  for (std::size_t const cut : {std::size_t{0}, piece}) {
    FastResult const fast = decode_fast(words, cut);
    HX_CHECK(fast.received == expected) << "pieces of " << cut;
    HX_CHECK(fast.messages == messages.size()) << fast.messages << " of " << messages.size();
    bool const stopped = fast.end.stop == FromFpgaDecoder::Stop::kUnknownHeader;
    HX_CHECK(stopped == end.unknown_header.has_value());
    HX_CHECK(fast.end.words == end.words) << fast.end.words << " words, not " << end.words;
    if (stopped) HX_CHECK(fast.end.header == *end.unknown_header);
    HX_CHECK(fast.pending_bytes < 10);
  }

  // What was decoded can be sent again.
  FromFpgaEncoder encoder;
  for (FromFpgaMessage const& message : messages) encoder.append(message);
  encoder.flush();
  FromFpgaMessageDecoder second;
  std::vector<FromFpgaMessage> again;
  HX_CHECK(!second.decode(encoder.words(), again).unknown_header);
  HX_CHECK(again == messages);
}

}  // namespace hx::ut
