/// What host and board said to each other, taken out of a capture: the words of both directions in
/// their order, whatever carried them.
///
///     Result<std::vector<capture::Exchange>> sessions = capture::read_exchanges("run.pcapng");
///     for (capture::Batch const& batch : sessions->front().batches) ...
///
/// Two kinds of packets are understood:
///  - words of a link (kLinkTypeWords): "HX", format 1, direction (0 to the FPGA, 1 from it), then
///    words, most significant byte first. `capture=FILE` writes these.
///  - UDP over IPv4 (on Ethernet or alone) with HostARQ, as `hx serve --capture`, dumpcap and tcpdump
///    record: frames are put in order, repetitions and other types than UT left out. A reset begins
///    a new session.
/// A capture of a killed writer is read as far as it goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/base/result.h"
#include "driver/capture/pcapng.h"
#include "driver/ut/message.h"

namespace hx::capture {

/// Words that went in one direction without one of the other direction in between.
struct Batch {
  Direction direction = Direction::kToFpga;
  std::uint64_t time_ns = 0;  ///< of its first packet
  std::vector<std::uint64_t> words;

  bool operator==(Batch const&) const = default;
};

struct Exchange {
  std::vector<Batch> batches;
  std::uint64_t packets = 0;
  std::uint64_t repeated_frames = 0;  ///< sent again although they were there
  std::uint64_t missing_frames = 0;   ///< were waited for when the session ended
  std::string name;                   ///< "words" or "192.168.5.1:1234 <- 192.168.5.2:40000"

  /// All words of a direction.
  [[nodiscard]] std::vector<std::uint64_t> words(Direction direction) const;
};

inline constexpr std::size_t kWordsHeaderBytes = 4;
inline constexpr std::size_t kWordsPerPacket = 8192;

/// The bytes of a kLinkTypeWords packet; at most kWordsPerPacket words (contract).
void encode_words(Direction direction, std::span<std::uint64_t const> words,
                  std::vector<std::byte>& out);

/// The sessions of a capture in their order, at least one. kNotFound, or kParse if the file is no
/// capture or holds no session; a file that is cut off is no error.
Result<std::vector<Exchange>> read_exchanges(std::string const& path);
Result<std::vector<Exchange>> read_exchanges(std::unique_ptr<std::istream> in);

/// An IPv4 packet with a UDP datagram, for captures of kLinkTypeIpv4. Addresses in host order.
struct Endpoint {
  std::uint32_t address = 0;
  std::uint16_t port = 0;

  bool operator==(Endpoint const&) const = default;
};
std::string to_text(Endpoint const& endpoint);
void encode_udp(Endpoint const& from, Endpoint const& to, std::span<std::byte const> payload,
                std::vector<std::byte>& out);

/// Where two streams of words differ first, in words for people; nothing if `found` is as `expected`.
/// "message 17: OmnibusAddress, field address: 0x5 instead of 0x6".
std::optional<std::string> first_difference(Direction direction,
                                            std::span<std::uint64_t const> found,
                                            std::span<std::uint64_t const> expected);

/// The messages of a stream as lines of text. Keeps what is incomplete for the next call.
class Narrator {
 public:
  explicit Narrator(Direction direction) : direction_(direction) {}
  std::vector<std::string> lines(std::span<std::uint64_t const> words);

 private:
  Direction direction_;
  ut::FromFpgaMessageDecoder decoder_;
};

}  // namespace hx::capture
