#include "driver/link/uri.h"

#include <algorithm>
#include <cctype>

#include "driver/base/edit_distance.h"

namespace hx {
namespace {

bool is_scheme(std::string_view text) {
  auto const allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
         std::all_of(text.begin(), text.end(), allowed);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int const high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    int const low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Error{.code = ErrorCode::kParse,
                   .message = "'%' at position " + std::to_string(i) + " of '" + std::string(text) +
                              "' is not followed by two hexadecimal digits",
                   .hint = "write %25 for a percent sign"};
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string percent_encode(std::string_view text, std::string_view special) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%' && special.find(c) == special.npos) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

Result<std::pair<std::string, std::string>> parse_item(std::string_view item) {
  std::size_t const equals = item.find('=');
  Result<std::string> key = percent_decode(item.substr(0, equals));
  if (!key) return std::move(key).error();
  if (key->empty()) {
    return Error{
        .code = ErrorCode::kParse,
        .message = "an option without a name in the target's query: '" + std::string(item) + "'",
        .hint = "options are key=value, separated by '&'"};
  }
  if (equals == item.npos) return std::pair(std::move(*key), std::string());
  Result<std::string> value = percent_decode(item.substr(equals + 1));
  if (!value) return std::move(value).error();
  return std::pair(std::move(*key), std::move(*value));
}

}  // namespace

Result<Uri> Uri::parse(std::string_view text) {
  std::size_t const colon = text.find(':');
  if (colon == text.npos || !is_scheme(text.substr(0, colon))) {
    return Error{.code = ErrorCode::kParse,
                 .message = "'" + std::string(text) + "' is no target: it has no scheme",
                 .hint = "a target reads scheme:path?key=value, e.g. sim: or udp:192.168.5.1"};
  }
  Uri uri{.scheme = std::string(text.substr(0, colon)), .path = {}, .query = {}};
  std::string_view rest = text.substr(colon + 1);
  std::size_t const mark = rest.find('?');
  Result<std::string> path = percent_decode(rest.substr(0, mark));
  if (!path) return std::move(path).error();
  uri.path = std::move(*path);
  if (mark == rest.npos) return uri;

  rest.remove_prefix(mark + 1);
  while (!rest.empty()) {
    std::size_t const end = std::min(rest.find('&'), rest.size());
    auto item = parse_item(rest.substr(0, end));
    if (!item) return std::move(item).error();
    if (uri.get(item->first)) {
      return Error{
          .code = ErrorCode::kParse,
          .message = "option '" + item->first + "' occurs twice in '" + std::string(text) + "'"};
    }
    uri.query.push_back(std::move(*item));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return uri;
}

std::optional<std::string_view> Uri::get(std::string_view key) const {
  for (auto const& [name, value] : query) {
    if (name == key) return value;
  }
  return std::nullopt;
}

Result<void> Uri::allow_only(std::initializer_list<std::string_view> keys) const {
  for (auto const& [name, value] : query) {
    if (std::find(keys.begin(), keys.end(), name) != keys.end()) continue;
    std::vector<std::string> const known(keys.begin(), keys.end());
    std::string hint;
    if (std::string const match = nearest_name(name, known); !match.empty()) {
      hint.append("did you mean '").append(match).append("'? ");
    }
    hint += known.empty() ? scheme + ": takes no options" : "known options:";
    for (std::string const& key : known) hint.append(" ").append(key);
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = "target " + scheme + ": has no option '" + name + "'",
                 .hint = std::move(hint)};
  }
  return {};
}

std::string Uri::text() const {
  std::string out = scheme + ":" + percent_encode(path, "?");
  char separator = '?';
  for (auto const& [key, value] : query) {
    out += separator + percent_encode(key, "&=");
    if (!value.empty()) out += "=" + percent_encode(value, "&");
    separator = '&';
  }
  return out;
}

}  // namespace hx
