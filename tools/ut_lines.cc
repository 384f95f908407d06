#include "tools/ut_lines.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "driver/base/edit_distance.h"
#include "driver/ut/message.h"

namespace hx::tools {
namespace {

namespace to_fpga = ut::spec::to_fpga;

/// What the JSON object of a message looks like.
enum class Shape : std::uint8_t {
  kEmpty,
  kValue,     ///< value: the whole payload
  kJtagData,  ///< keep_response, num_bits, payload
  kAddress,   ///< address, is_read, byte_enables
  kLabels,    ///< spikes: numbers
  kSpikes,    ///< spikes: {label, timestamp}
  kSamples,   ///< samples: {value, timestamp}
};

struct Kind {
  std::string_view name;
  Shape shape;
};

// By header code.
constexpr std::array<Kind, ut::kToFpgaCount> kToFpga{{
    {"to_fpga_jtag::Init", Shape::kEmpty},
    {"to_fpga_jtag::Scaler", Shape::kValue},
    {"to_fpga_jtag::Ins", Shape::kValue},
    {"to_fpga_jtag::Data", Shape::kJtagData},
    {"timing::Setup", Shape::kEmpty},
    {"timing::WaitUntil", Shape::kValue},
    {"timing::SystimeInit", Shape::kValue},
    {"timing::Barrier", Shape::kValue},
    {"timing::PollingOmnibusBlock", Shape::kValue},
    {"system::Reset", Shape::kValue},
    {"system::Loopback", Shape::kValue},
    {"omnibus_to_fpga::Address", Shape::kAddress},
    {"omnibus_to_fpga::Data", Shape::kValue},
    {"event_to_fpga::SpikePack1", Shape::kLabels},
    {"event_to_fpga::SpikePack2", Shape::kLabels},
    {"event_to_fpga::SpikePack3", Shape::kLabels},
}};
constexpr std::array<Kind, ut::kFromFpgaCount> kFromFpga{{
    {"jtag_from_hicann::Data", Shape::kValue},
    {"omnibus_from_fpga::Data", Shape::kValue},
    {"from_fpga_system::Loopback", Shape::kValue},
    {"from_fpga_system::HighspeedLinkNotification", Shape::kValue},
    {"from_fpga_system::TimeoutNotification", Shape::kValue},
    {"timing_from_fpga::Systime", Shape::kValue},
    {"timing_from_fpga::Sysdelta", Shape::kValue},
    {"event_from_fpga::MADCSamplePack1", Shape::kSamples},
    {"event_from_fpga::MADCSamplePack2", Shape::kSamples},
    {"event_from_fpga::MADCSamplePack3", Shape::kSamples},
    {"event_from_fpga::SpikePack1", Shape::kSpikes},
    {"event_from_fpga::SpikePack2", Shape::kSpikes},
    {"event_from_fpga::SpikePack3", Shape::kSpikes},
}};
// The top two bits of a sample are not used.
constexpr unsigned kSampleBits = 14;

std::span<Kind const> kinds(Direction direction) {
  if (direction == Direction::kToFpga) return kToFpga;
  return kFromFpga;
}

std::optional<std::size_t> find_name(Direction direction, std::string_view name) {
  std::span<Kind const> const all = kinds(direction);
  auto const place =
      std::find_if(all.begin(), all.end(), [&](Kind const& kind) { return kind.name == name; });
  if (place == all.end()) return std::nullopt;
  return static_cast<std::size_t>(place - all.begin());
}

Error invalid(std::string message, std::string hint = {}) {
  return Error{
      .code = ErrorCode::kInvalidArgument, .message = std::move(message), .hint = std::move(hint)};
}

Error unknown_name(Direction direction, std::string const& name) {
  Direction const other =
      direction == Direction::kToFpga ? Direction::kFromFpga : Direction::kToFpga;
  if (find_name(other, name)) {
    return invalid("'" + name + "' goes the other way", other == Direction::kToFpga
                                                            ? "use --direction to-fpga"
                                                            : "use --direction from-fpga");
  }
  std::vector<std::string> known;
  for (Kind const& kind : kinds(direction)) known.emplace_back(kind.name);
  std::string const match = nearest_name(name, known);
  return Error{
      .code = ErrorCode::kNotFound,
      .message = "there is no message '" + name + "'",
      .hint = match.empty() ? "docs/messages.md lists them" : "did you mean '" + match + "'?"};
}

/// Reads the members of an object and knows which ones are left over.
class Members {
 public:
  explicit Members(Json const& object) : object_(object) {}

  /// A number of at most `bits` bits; bool counts as 0 and 1. After a failure the rest reads as 0.
  std::uint64_t number(char const* key, unsigned bits) {
    used_.insert(key);
    if (error_) return 0;
    auto const member = object_.find(key);
    if (member == object_.end()) return fail(invalid("'" + std::string(key) + "' is missing"));
    if (member->is_boolean()) return member->get<bool>() ? 1 : 0;
    std::uint64_t const most = ut::bit_mask(bits);
    bool const is_good = member->is_number_unsigned() && member->get<std::uint64_t>() <= most;
    if (is_good) return member->get<std::uint64_t>();
    return fail(Error{.code = ErrorCode::kOutOfRange,
                      .message = "'" + std::string(key) + "' is " + member->dump() +
                                 ", it must be a whole number from 0 to " + std::to_string(most)});
  }

  /// The list `key` of exactly `count` elements; an empty one after a failure.
  Json list(char const* key, std::size_t count) {
    used_.insert(key);
    if (error_) return Json::array();
    auto const member = object_.find(key);
    if (member != object_.end() && member->is_array() && member->size() == count) return *member;
    fail(invalid("'" + std::string(key) + "' must be a list of " + std::to_string(count)));
    return Json::array();
  }

  void ignore(char const* key) { used_.insert(key); }

  std::uint64_t fail(Error error) {
    if (!error_) error_ = std::move(error);
    return 0;
  }

  /// The first failure, or the first member that nobody has read.
  Result<void> finish() {
    if (error_) return *error_;
    for (auto const& member : object_.items()) {
      if (used_.contains(member.key())) continue;
      std::string hint = "known members:";
      for (std::string const& key : used_) hint += " " + key;
      return invalid("'" + member.key() + "' is no member of this message", hint);
    }
    return {};
  }

 private:
  Json const& object_;
  std::set<std::string> used_;
  std::optional<Error> error_;
};

/// Payloads of up to 72 bits: of packs of three the high byte is apart.
struct Payload {
  std::uint64_t low = 0;
  std::uint8_t high = 0;

  void shift_in(std::uint64_t value, unsigned bits) {
    high = static_cast<std::uint8_t>(low >> (64 - bits));
    low = low << bits | value;
  }
  /// `bits` bits from `lsb` upwards.
  [[nodiscard]] std::uint64_t get(unsigned lsb, unsigned bits) const {
    std::uint64_t value = low >> lsb;
    if (lsb != 0) value |= static_cast<std::uint64_t>(high) << (64 - lsb);
    return value & ut::bit_mask(bits);
  }
};

Payload read_events(Members& members, char const* list, char const* value, unsigned value_bits,
                    std::size_t count) {
  Payload payload;
  Json const events = members.list(list, count);
  for (Json const& event : events) {
    if (!event.is_object()) {
      members.fail(
          invalid("'" + std::string(list) + "' holds objects of " + value + " and timestamp"));
      break;
    }
    Members parts(event);
    std::uint64_t const bits = ut::spec::spike::kTimestamp.put(parts.number("timestamp", 8)) |
                               parts.number(value, value_bits);
    payload.shift_in(bits, ut::spec::spike::kBits);
    if (Result<void> const done = parts.finish(); !done) {
      members.fail(Error(done.error()).context(list));
    }
  }
  return payload;
}

Payload read_payload(Shape shape, unsigned bits, Members& members) {
  switch (shape) {
    case Shape::kEmpty:
      return {};
    case Shape::kValue:
      return {.low = members.number("value", bits)};
    case Shape::kJtagData: {
      using namespace to_fpga::jtag_data;
      return {.low = kKeepResponse.put(members.number("keep_response", kKeepResponse.width)) |
                     kNumBits.put(members.number("num_bits", kNumBits.width)) |
                     kData.put(members.number("payload", kData.width))};
    }
    case Shape::kAddress: {
      using namespace to_fpga::omnibus_address;
      return {.low = kAddress.put(members.number("address", kAddress.width)) |
                     kIsRead.put(members.number("is_read", kIsRead.width)) |
                     kByteEnables.put(members.number("byte_enables", kByteEnables.width))};
    }
    case Shape::kLabels: {
      Payload payload;
      for (Json const& label : members.list("spikes", bits / 16)) {
        Json const object = {{"spikes", label}};
        Members parts(object);
        payload.shift_in(parts.number("spikes", 16), 16);
        if (Result<void> const done = parts.finish(); !done) members.fail(done.error());
      }
      return payload;
    }
    case Shape::kSpikes:
      return read_events(members, "spikes", "label", ut::spec::spike::kLabel.width,
                         bits / ut::spec::spike::kBits);
    case Shape::kSamples:
      return read_events(members, "samples", "value", kSampleBits,
                         bits / ut::spec::madc_sample::kBits);
  }
  return {};
}

template <typename Code>
struct Message {
  Code code;
  Payload payload;
};

template <typename Code>
Result<Message<Code>> read_message(Direction direction, Json const& object) {
  if (!object.is_object()) return invalid("a message must be an object");
  auto const name = object.find("name");
  if (name == object.end() || !name->is_string()) {
    return invalid("a message needs a 'name'", "for instance timing::WaitUntil");
  }
  std::optional<std::size_t> const code = find_name(direction, name->get<std::string>());
  if (!code) return unknown_name(direction, name->get<std::string>());

  auto const kind = static_cast<Code>(*code);
  Members members(object);
  members.ignore("name");
  members.ignore("header");
  if (object.contains("header") && members.number("header", 7) != *code) {
    members.fail(invalid("the header of " + name->get<std::string>() + " is " +
                         std::to_string(*code) + ", not " + object["header"].dump()));
  }
  Payload const payload =
      read_payload(kinds(direction)[*code].shape, ut::payload_bits(kind), members);
  if (Result<void> const done = members.finish(); !done) {
    return Error(done.error()).context(name->get<std::string>());
  }
  return Message<Code>{kind, payload};
}

Json write_events(char const* value, Payload const& payload, unsigned bits, std::uint64_t mask) {
  Json list = Json::array();
  constexpr unsigned kBits = ut::spec::spike::kBits;
  for (unsigned lsb = bits; lsb >= kBits; lsb -= kBits) {
    std::uint64_t const event = payload.get(lsb - kBits, kBits);
    list.push_back({{value, ut::spec::spike::kLabel.get(event) & mask},
                    {"timestamp", ut::spec::spike::kTimestamp.get(event)}});
  }
  return list;
}

template <typename Code>
Json write_message(Direction direction, Code code, Payload const& payload) {
  auto const header = static_cast<std::size_t>(code);
  Kind const& kind = kinds(direction)[header];
  unsigned const bits = ut::payload_bits(code);
  Json out = {{"name", kind.name}, {"header", header}};
  switch (kind.shape) {
    case Shape::kEmpty:
      break;
    case Shape::kValue:
      out["value"] = payload.low;
      break;
    case Shape::kJtagData:
      out["keep_response"] = to_fpga::jtag_data::kKeepResponse.get(payload.low) != 0;
      out["num_bits"] = to_fpga::jtag_data::kNumBits.get(payload.low);
      out["payload"] = to_fpga::jtag_data::kData.get(payload.low);
      break;
    case Shape::kAddress:
      out["address"] = to_fpga::omnibus_address::kAddress.get(payload.low);
      out["is_read"] = to_fpga::omnibus_address::kIsRead.get(payload.low) != 0;
      out["byte_enables"] = to_fpga::omnibus_address::kByteEnables.get(payload.low);
      break;
    case Shape::kLabels:
      out["spikes"] = Json::array();
      for (unsigned lsb = bits; lsb >= 16; lsb -= 16) {
        out["spikes"].push_back(payload.get(lsb - 16, 16));
      }
      break;
    case Shape::kSpikes:
      out["spikes"] = write_events("label", payload, bits, ut::bit_mask(16));
      break;
    case Shape::kSamples:
      out["samples"] = write_events("value", payload, bits, ut::bit_mask(kSampleBits));
      break;
  }
  return out;
}

Json write_words(std::span<std::uint64_t const> words) {
  Json list = Json::array();
  for (std::uint64_t const word : words) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text = "0x0000000000000000";
    for (std::size_t k = 0; k < 16; ++k) text[17 - k] = kDigits[word >> (4 * k) & 15];
    list.push_back(std::move(text));
  }
  return list;
}

Result<std::uint64_t> read_word(Json const& word) {
  if (word.is_number_unsigned()) return word.get<std::uint64_t>();
  if (word.is_string()) {
    auto const text = word.get<std::string>();
    bool const is_hex = text.starts_with("0x") || text.starts_with("0X");
    char const* const begin = text.data() + (is_hex ? 2 : 0);
    char const* const end = text.data() + text.size();
    std::uint64_t value = 0;
    auto const [rest, status] = std::from_chars(begin, end, value, 16);
    if (is_hex && begin != end && rest == end && status == std::errc{}) return value;
  }
  return invalid(word.dump() + " is no 64-bit word", "words look like \"0x0500000000000064\"");
}

Result<std::vector<std::uint64_t>> read_words(Json const& line) {
  if (!line.is_object()) return invalid("a line must be an object");
  auto const words = line.find("words");
  if (words == line.end() || !words->is_array()) {
    return invalid("'words' must be a list", "decode turns words into messages");
  }
  std::vector<std::uint64_t> out;
  for (std::size_t i = 0; i < words->size(); ++i) {
    Result<std::uint64_t> word = read_word((*words)[i]);
    if (!word) return Error(word.error()).context("word " + std::to_string(i));
    out.push_back(*word);
  }
  return out;
}

struct Request {
  Json const& messages;
  bool flush;
  std::set<std::size_t> flush_after;
};

Result<Request> read_request(Json const& line) {
  if (!line.is_object()) return invalid("a line must be an object");
  auto const messages = line.find("messages");
  if (messages == line.end() || !messages->is_array()) {
    return invalid("'messages' must be a list", "encode turns messages into words");
  }
  Request request{.messages = *messages, .flush = true, .flush_after = {}};
  if (auto const flush = line.find("flush"); flush != line.end()) {
    if (!flush->is_boolean()) return invalid("'flush' must be true or false");
    request.flush = flush->get<bool>();
  }
  auto const after = line.find("flush_after");
  if (after == line.end()) return request;
  if (!after->is_array()) return invalid("'flush_after' must be a list");
  for (Json const& index : *after) {
    if (!index.is_number_unsigned() || index.get<std::uint64_t>() >= messages->size()) {
      return invalid("'flush_after' holds " + index.dump() + ", there are " +
                     std::to_string(messages->size()) + " messages");
    }
    request.flush_after.insert(index.get<std::size_t>());
  }
  return request;
}

template <typename Code>
Result<std::vector<Message<Code>>> read_messages(Direction direction, Json const& list) {
  std::vector<Message<Code>> out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    Result<Message<Code>> message = read_message<Code>(direction, list[i]);
    if (!message) return Error(message.error()).context("message " + std::to_string(i));
    out.push_back(*message);
  }
  return out;
}

struct Encoded {
  std::vector<std::uint64_t> words;
  unsigned pending_bits = 0;
};

Result<Encoded> encode_to_fpga(Request const& request) {
  auto const messages = read_messages<ut::ToFpga>(Direction::kToFpga, request.messages);
  if (!messages) return messages.error();
  std::vector<ut::ToFpgaMessage> plain;
  for (auto const& message : *messages) {
    plain.push_back({.payload = message.payload.low, .code = message.code});
  }
  // Every message is a word of its own: there is nothing to pad.
  Encoded encoded;
  encoded.words.resize(plain.size());
  ut::encode_messages(plain, encoded.words);
  return encoded;
}

Result<Encoded> encode_from_fpga(Request const& request) {
  auto const messages = read_messages<ut::FromFpga>(Direction::kFromFpga, request.messages);
  if (!messages) return messages.error();
  ut::FromFpgaEncoder encoder;
  for (std::size_t i = 0; i < messages->size(); ++i) {
    auto const& [code, payload] = (*messages)[i];
    encoder.append({.payload = payload.low, .payload_high = payload.high, .code = code});
    if (request.flush_after.contains(i)) encoder.flush();
  }
  if (request.flush) encoder.flush();
  unsigned const pending = encoder.pending_bits();
  return Encoded{.words = encoder.take(), .pending_bits = pending};
}

struct Decoded {
  Json messages = Json::array();
  bool halt_seen = false;
  ut::DecodeEnd end;
};

Decoded decode(Direction direction, std::span<std::uint64_t const> words) {
  Decoded decoded;
  if (direction == Direction::kToFpga) {
    std::vector<ut::ToFpgaMessage> messages;
    decoded.end = ut::decode_messages(words, messages);
    for (ut::ToFpgaMessage const& message : messages) {
      decoded.messages.push_back(write_message(direction, message.code, {.low = message.payload}));
    }
    return decoded;
  }
  std::vector<ut::FromFpgaMessage> messages;
  decoded.end = ut::FromFpgaMessageDecoder().decode(words, messages);
  for (ut::FromFpgaMessage const& message : messages) {
    decoded.messages.push_back(write_message(
        direction, message.code, {.low = message.payload, .high = message.payload_high}));
    decoded.halt_seen = decoded.halt_seen || message == ut::halt_answer();
  }
  return decoded;
}

}  // namespace

Result<Json> encode_ut_line(Direction direction, Json const& line) {
  Result<Request> const request = read_request(line);
  if (!request) return request.error();
  Result<Encoded> const encoded =
      direction == Direction::kToFpga ? encode_to_fpga(*request) : encode_from_fpga(*request);
  if (!encoded) return encoded.error();
  Decoded const decoded = decode(direction, encoded->words);
  Json out = line;
  out["words"] = write_words(encoded->words);
  out["pending_bits"] = encoded->pending_bits;
  out["decoded"] = decoded.messages.size();
  out["halt_seen"] = decoded.halt_seen;
  return out;
}

Result<Json> decode_ut_line(Direction direction, Json const& line) {
  Result<std::vector<std::uint64_t>> const words = read_words(line);
  if (!words) return words.error();
  Decoded decoded = decode(direction, *words);
  Json out = line;
  out["messages"] = std::move(decoded.messages);
  out["halt_seen"] = decoded.halt_seen;
  out.erase("error");
  out.erase("error_at_word");
  if (decoded.end.unknown_header) {
    out["error"] = {{"kind", "unknown_header"}, {"code", *decoded.end.unknown_header}};
    out["error_at_word"] = decoded.end.words;
  }
  return out;
}

int run_ut(LineMode mode, Direction direction, std::istream& in, std::ostream& out,
           std::ostream& err) {
  return run_json_lines("hx ut", in, out, err, [&](Json const& line) {
    return mode == LineMode::kEncode ? encode_ut_line(direction, line)
                                     : decode_ut_line(direction, line);
  });
}

}  // namespace hx::tools
