#include "driver/capture/exchange.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include "driver/base/check.h"
#include "driver/ut/text.h"

namespace hx::capture {
namespace {

constexpr std::uint16_t kDataPort = 1234;
constexpr std::uint16_t kResetPort = 45054;
constexpr std::uint16_t kTypeUt = 0x0010;
constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint32_t kSequenceNumbers = 256;
constexpr std::uint32_t kWindow = 128;
constexpr std::size_t kMaxSessions = 65536;

std::uint64_t big_endian(std::byte const* from, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<std::uint8_t>(from[i]);
  return value;
}

void put(std::vector<std::byte>& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

std::vector<std::uint64_t> get_words(std::span<std::byte const> bytes) {
  std::vector<std::uint64_t> words(bytes.size() / 8);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = big_endian(bytes.data() + 8 * i, 8);
  return words;
}

void append(Exchange& exchange, Direction direction, std::uint64_t time_ns,
            std::span<std::uint64_t const> words) {
  if (words.empty()) return;
  if (exchange.batches.empty() || exchange.batches.back().direction != direction)
    exchange.batches.push_back({direction, time_ns, {}});
  std::vector<std::uint64_t>& all = exchange.batches.back().words;
  all.insert(all.end(), words.begin(), words.end());
}

struct Udp {
  Endpoint from;
  Endpoint to;
  std::span<std::byte const> payload;
};

std::optional<Udp> parse_ipv4(std::span<std::byte const> bytes) {
  if (bytes.size() < 28) return std::nullopt;
  auto const first = static_cast<unsigned>(bytes[0]);
  std::size_t const header = std::size_t{first & 15U} * 4;
  std::size_t const total = big_endian(bytes.data() + 2, 2);
  bool const is_fragment = (big_endian(bytes.data() + 6, 2) & 0x3fff) != 0;
  if (first >> 4 != 4 || header < 20 || total < header + 8 || total > bytes.size() ||
      static_cast<unsigned>(bytes[9]) != 17 || is_fragment)
    return std::nullopt;
  std::byte const* const udp = bytes.data() + header;
  std::size_t const size = big_endian(udp + 4, 2);
  if (size < 8 || size > total - header) return std::nullopt;
  return Udp{{static_cast<std::uint32_t>(big_endian(bytes.data() + 12, 4)),
              static_cast<std::uint16_t>(big_endian(udp, 2))},
             {static_cast<std::uint32_t>(big_endian(bytes.data() + 16, 4)),
              static_cast<std::uint16_t>(big_endian(udp + 2, 2))},
             bytes.subspan(header + 8, size - 8)};
}

std::optional<Udp> parse_udp(Packet const& packet) {
  std::span<std::byte const> bytes = packet.bytes;
  if (packet.link_type == kLinkTypeEthernet) {
    if (bytes.size() < 14 || big_endian(bytes.data() + 12, 2) != 0x0800) return std::nullopt;
    bytes = bytes.subspan(14);
  } else if (packet.link_type != kLinkTypeRaw && packet.link_type != kLinkTypeIpv4) {
    return std::nullopt;
  }
  return parse_ipv4(bytes);
}

// Puts the frames of one direction of a session in order.
struct Receiver {
  std::uint32_t expect = 0;
  bool has_begun = true;  // false: the capture began in the middle, take the first number there is
  std::array<std::optional<std::vector<std::byte>>, kSequenceNumbers> kept = {};

  [[nodiscard]] std::size_t waiting() const {
    return static_cast<std::size_t>(std::count_if(
        kept.begin(), kept.end(), [](auto const& frame) { return frame.has_value(); }));
  }
};

struct Session {
  std::size_t exchange;
  std::array<Receiver, 2> receivers;
  bool has_frames = false;
};

class Reader {
 public:
  void add(Packet const& packet) {
    if (packet.link_type == kLinkTypeWords) {
      add_words(packet);
    } else if (std::optional<Udp> const udp = parse_udp(packet)) {
      add_datagram(packet, *udp);
    }
  }

  std::vector<Exchange> take() {
    for (auto& [key, session] : sessions_) finish(session);
    return std::move(exchanges_);
  }

 private:
  using Key = std::tuple<std::uint32_t, std::uint16_t, std::uint32_t, std::uint16_t>;

  void add_words(Packet const& packet) {
    std::vector<std::byte> const& bytes = packet.bytes;
    if (bytes.size() < kWordsHeaderBytes || bytes[0] != std::byte{'H'} ||
        bytes[1] != std::byte{'X'} || bytes[2] != std::byte{1} || bytes[3] > std::byte{1})
      return;
    if (!words_) {
      words_ = exchanges_.size();
      exchanges_.emplace_back().name = "words";
    }
    Exchange& exchange = exchanges_[*words_];
    ++exchange.packets;
    append(exchange, static_cast<Direction>(bytes[3]), packet.time_ns,
           get_words(std::span(bytes).subspan(kWordsHeaderBytes)));
  }

  void add_datagram(Packet const& packet, Udp const& udp) {
    bool const is_reset =
        udp.payload.size() == 4 && big_endian(udp.payload.data(), 4) == 0xabababab;
    if (is_reset) {
      std::uint16_t const port =
          udp.to.port == kResetPort ? kDataPort : static_cast<std::uint16_t>(udp.to.port - 1);
      begin({udp.to.address, port}, udp.from);
      return;
    }
    bool is_known = sessions_.contains(key(udp.to, udp.from));
    bool const answers = sessions_.contains(key(udp.from, udp.to));
    if (!is_known && !answers) {  // the capture began after the reset
      if (udp.to.port != kDataPort && udp.from.port != kDataPort) return;
      is_known = udp.to.port == kDataPort;
      Session* const session = is_known ? begin(udp.to, udp.from) : begin(udp.from, udp.to);
      if (session == nullptr) return;
      for (Receiver& receiver : session->receivers) receiver.has_begun = false;
    }
    Direction const direction = is_known ? Direction::kToFpga : Direction::kFromFpga;
    auto const place = sessions_.find(is_known ? key(udp.to, udp.from) : key(udp.from, udp.to));
    if (place != sessions_.end()) add_frame(place->second, direction, packet.time_ns, udp.payload);
  }

  void add_frame(Session& session, Direction direction, std::uint64_t time_ns,
                 std::span<std::byte const> payload) {
    Exchange& exchange = exchanges_[session.exchange];
    ++exchange.packets;
    if (payload.size() < kHeaderBytes + 8) return;
    std::size_t const bytes = 8 * big_endian(payload.data() + 10, 2);
    if (bytes == 0 || bytes > payload.size() - kHeaderBytes) return;
    auto const seq = static_cast<std::uint32_t>(big_endian(payload.data() + 4, 4));
    if (seq >= kSequenceNumbers) return;
    session.has_frames = true;
    Receiver& receiver = session.receivers.at(static_cast<std::size_t>(direction));
    if (!std::exchange(receiver.has_begun, true)) receiver.expect = seq;
    auto& place = receiver.kept.at(seq);
    if ((seq + kSequenceNumbers - receiver.expect) % kSequenceNumbers >= kWindow || place) {
      ++exchange.repeated_frames;
      return;
    }
    payload = payload.first(kHeaderBytes + bytes);
    place.emplace(payload.begin(), payload.end());
    while (auto& next = receiver.kept.at(receiver.expect)) {
      if (big_endian(next->data() + 8, 2) == kTypeUt)
        append(exchange, direction, time_ns, get_words(std::span(*next).subspan(kHeaderBytes)));
      next.reset();
      receiver.expect = (receiver.expect + 1) % kSequenceNumbers;
    }
  }

  // The session stays the same while only its reset is repeated. nullptr: too many.
  Session* begin(Endpoint const& board, Endpoint const& host) {
    auto const place = sessions_.find(key(board, host));
    if (place != sessions_.end()) {
      if (!place->second.has_frames) return &place->second;
      finish(place->second);
      sessions_.erase(place);
    }
    if (exchanges_.size() >= kMaxSessions) return nullptr;
    exchanges_.emplace_back().name = to_text(board) + " <- " + to_text(host);
    return &sessions_.emplace(key(board, host), Session{exchanges_.size() - 1, {}, false})
                .first->second;
  }

  void finish(Session& session) {
    for (Receiver const& receiver : session.receivers) {
      if (receiver.waiting() != 0) ++exchanges_[session.exchange].missing_frames;
    }
  }

  static Key key(Endpoint const& board, Endpoint const& host) {
    return {board.address, board.port, host.address, host.port};
  }

  std::vector<Exchange> exchanges_;
  std::optional<std::size_t> words_;
  std::map<Key, Session> sessions_;
};

}  // namespace

std::vector<std::uint64_t> Exchange::words(Direction direction) const {
  std::vector<std::uint64_t> all;
  for (Batch const& batch : batches) {
    if (batch.direction == direction) all.insert(all.end(), batch.words.begin(), batch.words.end());
  }
  return all;
}

void encode_words(Direction direction, std::span<std::uint64_t const> words,
                  std::vector<std::byte>& out) {
  HX_CHECK(words.size() <= kWordsPerPacket) << words.size() << " words in one packet";
  out = {std::byte{'H'}, std::byte{'X'}, std::byte{1}, static_cast<std::byte>(direction)};
  out.resize(kWordsHeaderBytes + 8 * words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::uint64_t const wire = __builtin_bswap64(words[i]);
    std::memcpy(out.data() + kWordsHeaderBytes + 8 * i, &wire, sizeof wire);
  }
}

Result<std::vector<Exchange>> read_exchanges(std::string const& path) {
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) {
    return Error{.code = ErrorCode::kNotFound, .message = "cannot read the capture " + path};
  }
  Result<std::vector<Exchange>> found = read_exchanges(std::move(file));
  if (!found) return std::move(found).error().context(path);
  return found;
}

Result<std::vector<Exchange>> read_exchanges(std::unique_ptr<std::istream> in) {
  PcapngReader file(std::move(in));
  Reader reader;
  Result<void> ended;
  while (true) {
    Result<std::optional<Packet>> packet = file.next();
    if (!packet) {
      ended = std::move(packet).error();
      break;
    }
    if (!*packet) break;
    reader.add(**packet);
  }
  std::vector<Exchange> exchanges = reader.take();
  if (!exchanges.empty()) return exchanges;
  if (!ended) return std::move(ended).error();
  return Error{.code = ErrorCode::kParse,
               .message = "the capture holds no words of a link and no HostARQ session",
               .hint =
                   "captures are written by capture=FILE in a target, hx serve --capture, or "
                   "dumpcap -i any -f 'udp port 1234'"};
}

std::string to_text(Endpoint const& endpoint) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += std::to_string((endpoint.address >> shift) & 255) + (shift == 0 ? ":" : ".");
  }
  return text + std::to_string(endpoint.port);
}

void encode_udp(Endpoint const& from, Endpoint const& to, std::span<std::byte const> payload,
                std::vector<std::byte>& out) {
  out.clear();
  put(out, 0x4500, 2);
  put(out, 28 + payload.size(), 2);
  put(out, 0x00004000, 4);  // not fragmented
  put(out, 0x4011, 2);      // hops, UDP
  put(out, 0, 2);           // checksum, below
  put(out, from.address, 4);
  put(out, to.address, 4);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2)
    sum += static_cast<std::uint32_t>(big_endian(out.data() + i, 2));
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
  out[10] = static_cast<std::byte>(sum >> 8);
  out[11] = static_cast<std::byte>(sum);
  put(out, from.port, 2);
  put(out, to.port, 2);
  put(out, 8 + payload.size(), 2);
  put(out, 0, 2);  // no checksum
  out.insert(out.end(), payload.begin(), payload.end());
}

std::optional<std::string> first_difference(Direction direction,
                                            std::span<std::uint64_t const> found,
                                            std::span<std::uint64_t const> expected) {
  auto const compare = [](auto const& left, auto const& right) -> std::optional<std::string> {
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
      std::string const difference = ut::difference(left[i], right[i]);
      if (!difference.empty()) return "message " + std::to_string(i) + ": " + difference;
    }
    if (left.size() == right.size()) return std::nullopt;
    std::string const place = "message " + std::to_string(std::min(left.size(), right.size()));
    if (left.size() < right.size())
      return place + ": the end instead of " + ut::to_text(right[left.size()]);
    return place + ": " + ut::to_text(left[right.size()]) + " instead of the end";
  };
  if (direction == Direction::kToFpga) {
    std::vector<ut::ToFpgaMessage> left;
    std::vector<ut::ToFpgaMessage> right;
    ut::decode_messages(found, left);
    ut::decode_messages(expected, right);
    return compare(left, right);
  }
  std::vector<ut::FromFpgaMessage> left;
  std::vector<ut::FromFpgaMessage> right;
  ut::FromFpgaMessageDecoder().decode(found, left);
  ut::FromFpgaMessageDecoder().decode(expected, right);
  return compare(left, right);
}

std::vector<std::string> Narrator::lines(std::span<std::uint64_t const> words) {
  std::vector<std::string> out;
  auto const add = [&](auto const& messages, ut::DecodeEnd const& end) {
    for (auto const& message : messages) out.push_back(ut::to_text(message));
    if (end.unknown_header)
      out.push_back("unknown header code " + std::to_string(*end.unknown_header));
  };
  if (direction_ == Direction::kFromFpga) {
    std::vector<ut::FromFpgaMessage> messages;
    ut::DecodeEnd const end = decoder_.decode(words, messages);
    add(messages, end);
    return out;
  }
  while (!words.empty()) {  // a board drops a word that it does not know
    std::vector<ut::ToFpgaMessage> messages;
    ut::DecodeEnd const end = ut::decode_messages(words, messages);
    add(messages, end);
    words = words.subspan(std::min(words.size(), end.words + (end.unknown_header ? 1 : 0)));
  }
  return out;
}

}  // namespace hx::capture
