#include "driver/ut/message.h"

#include <algorithm>
#include <utility>

#include "driver/base/check.h"
#include "driver/ut/to_fpga.h"

namespace hx::ut {
namespace {

constexpr std::uint8_t kComma = 0x80;
constexpr std::uint64_t kCommaBit = std::uint64_t{1} << 63;

}  // namespace

void encode_messages(std::span<ToFpgaMessage const> messages, std::span<std::uint64_t> words) {
  HX_CHECK(words.size() >= messages.size())
      << messages.size() << " messages into " << words.size() << " words";
  ToFpgaMessage const* const in = messages.data();
  std::uint64_t* const out = words.data();
  std::size_t const count = messages.size();
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = to_fpga_word(in[i].code, in[i].payload);
  }
}

DecodeEnd decode_messages(std::span<std::uint64_t const> words, std::vector<ToFpgaMessage>& out) {
  out.reserve(out.size() + words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::uint64_t const word = words[i];
    if ((word & kCommaBit) != 0) continue;
    auto const code = static_cast<std::uint8_t>(word >> 56);
    if (code >= kToFpgaCount) return {.words = i, .unknown_header = code};
    auto const kind = static_cast<ToFpga>(code);
    out.push_back({.payload = word & bit_mask(payload_bits(kind)), .code = kind});
  }
  return {.words = words.size(), .unknown_header = std::nullopt};
}

void FromFpgaEncoder::append(FromFpgaMessage message) {
  auto const header = static_cast<std::uint64_t>(message.code) << 56;
  if (message_bytes(message.code) == 8) {
    append_bits(header | message.payload, 64);
    return;
  }
  append_bits(
      header | static_cast<std::uint64_t>(message.payload_high) << 48 | message.payload >> 16, 64);
  append_bits(message.payload << 48, 16);
}

void FromFpgaEncoder::append_bits(std::uint64_t top_aligned, unsigned bits) {
  pending_ |= top_aligned >> pending_bits_;
  if (pending_bits_ + bits < 64) {
    pending_bits_ += bits;
    return;
  }
  words_.push_back(pending_);
  unsigned const used = 64 - pending_bits_;
  pending_ = used < 64 ? top_aligned << used : 0;
  pending_bits_ = bits - used;
}

void FromFpgaEncoder::flush() {
  if (pending_bits_ == 0) return;
  words_.push_back(pending_ | kCommaBit >> pending_bits_);
  pending_ = 0;
  pending_bits_ = 0;
}

std::vector<std::uint64_t> FromFpgaEncoder::take() {
  return std::exchange(words_, {});
}

DecodeEnd FromFpgaMessageDecoder::decode(std::span<std::uint64_t const> words,
                                         std::vector<FromFpgaMessage>& out) {
  if (unknown_header_) return {.words = 0, .unknown_header = unknown_header_};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (size_ == 0 && (words[i] & kCommaBit) != 0) continue;
    for (int shift = 56; shift >= 0; shift -= 8) {
      buffer_[size_++] = static_cast<std::uint8_t>(words[i] >> shift);
    }
    while (take_complete(out)) {
    }
    if (unknown_header_) return {.words = i, .unknown_header = unknown_header_};
  }
  return {.words = words.size(), .unknown_header = std::nullopt};
}

// Delivers the message at the front of the buffer if it is there; true if there was one.
bool FromFpgaMessageDecoder::take_complete(std::vector<FromFpgaMessage>& out) {
  if (size_ == 0) return false;
  std::uint8_t const header = buffer_[0];
  if ((header & kComma) != 0) {
    // Only what is left of the word just received: a message that had begun earlier has a header.
    size_ = 0;
    return false;
  }
  if (header >= kFromFpgaCount) {
    unknown_header_ = header;
    return false;
  }
  FromFpgaMessage message;
  message.code = static_cast<FromFpga>(header);
  unsigned const bytes = message_bytes(message.code);
  if (size_ < bytes) return false;
  for (unsigned k = 1; k < bytes; ++k) {
    message.payload_high = static_cast<std::uint8_t>(message.payload >> 56);
    message.payload = message.payload << 8 | buffer_[k];
  }
  message.payload &= bit_mask(payload_bits(message.code));
  if (bytes == 8) message.payload_high = 0;
  out.push_back(message);
  std::copy(buffer_ + bytes, buffer_ + size_, buffer_);
  size_ -= bytes;
  return true;
}

}  // namespace hx::ut
