#include "sim/targets/options.h"

#include <charconv>
#include <string>
#include <string_view>

namespace hx::sim {
namespace {

Result<void> refuse_path(Uri const& uri) {
  if (uri.path.empty()) return {};
  return Error{ErrorCode::kInvalidArgument, Effect::kNone,
               "the target " + uri.scheme + ": has no variant \"" + uri.path + "\"",
               "write " + uri.scheme + ": or " + uri.scheme + ":?key=value"};
}

// The whole text is one number.
template <typename T>
bool parse(std::string_view text, T& value) {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

Error wrong(Uri const& uri, std::string_view key, std::string const& expected) {
  return {ErrorCode::kInvalidArgument, Effect::kNone,
          std::string(key) + "=" + std::string(*uri.get(key)) + " in the target " + uri.text() +
              " is not " + expected,
          "e.g. " + std::string(key) + (key == "mismatch" ? "=0.1,seed:3" : "=2")};
}

// "VALUE" or "VALUE,seed:N".
template <typename T>
bool parse_seeded(std::string_view text, T& value, std::uint64_t& seed) {
  constexpr std::string_view kSeed = ",seed:";
  std::size_t const comma = text.find(',');
  if (comma != std::string_view::npos) {
    if (!text.substr(comma).starts_with(kSeed)) return false;
    if (!parse(text.substr(comma + kSeed.size()), seed)) return false;
  }
  return parse(text.substr(0, comma), value);
}

// Leaves `value` alone if the key is not there.
Result<void> read_number(Uri const& uri, std::string_view key, std::uint64_t& value) {
  auto const text = uri.get(key);
  if (!text || parse(*text, value)) return {};
  return Error{ErrorCode::kInvalidArgument, Effect::kNone,
               std::string(key) + "=" + std::string(*text) + " in the target " + uri.text() +
                   " is no number of clocks",
               "a decimal number of 8 ns clocks, e.g. " + std::string(key) + "=125000"};
}

Result<void> read_link(Uri const& uri, bool& link_up) {
  auto const link = uri.get("link");
  if (!link) return {};
  if (*link != "up" && *link != "down") {
    return Error{
        ErrorCode::kInvalidArgument, Effect::kNone,
        "link=" + std::string(*link) + " in the target " + uri.text() + " is no state of a link",
        "link=up: up from power-on; link=down: up after a start-up (the default)"};
  }
  link_up = *link == "up";
  return {};
}

Result<void> read_ports(Uri const& uri, TwinOptions& options) {
  if (auto const text = uri.get("padi_ports")) {
    if (!parse(*text, options.padi_ports) || (options.padi_ports != 1 && options.padi_ports != 4))
      return wrong(uri, "padi_ports", "1 or 4 array ports per hemisphere");
  }
  if (auto const text = uri.get("row_port")) {
    if (!parse(*text, options.row_port) || options.row_port > 2)
      return wrong(
          uri, "row_port",
          "0 (all rows of an event at once), 1 (a row per clock) or 2 (half a row per clock)");
  }
  return {};
}

Result<void> read_imperfections(Uri const& uri, TwinOptions& options, std::string& note) {
  if (auto const text = uri.get("mismatch")) {
    double sigma = 0;
    if (!parse_seeded(*text, sigma, options.mismatch.seed) || !(sigma >= 0 && sigma <= 1))
      return wrong(uri, "mismatch", "a relative standard deviation from 0 to 1, seed:N behind it");
    options.mismatch.sigma.fill(sigma);
    note = "mismatch " + std::string(*text);
  }
  if (auto const text = uri.get("cadc_noise")) {
    std::uint64_t seed = options.cadc_noise.seed;
    if (!parse_seeded(*text, options.cadc_noise.width, seed) || options.cadc_noise.width > 256 ||
        seed > 0xffff'ffff)
      return wrong(uri, "cadc_noise", "a width from 0 to 256 codes, seed:N behind it");
    options.cadc_noise.seed = static_cast<std::uint32_t>(seed);
    note += (note.empty() ? "" : ", ") + ("CADC noise " + std::string(*text));
  }
  return {};
}

}  // namespace

Result<TargetOptions> parse_options(Uri const& uri) {
  if (auto plain = refuse_path(uri); !plain) return std::move(plain).error();
  if (auto known = uri.allow_only({"link", "max_cycles", "trace", "trace_start", "trace_stop"});
      !known)
    return std::move(known).error();
  TargetOptions options;
  for (auto const& [key, value] :
       {std::pair<char const*, std::uint64_t*>{"max_cycles", &options.link.max_cycles},
        {"trace_start", &options.trace.start},
        {"trace_stop", &options.trace.stop}}) {
    if (auto read = read_number(uri, key, *value); !read) return std::move(read).error();
  }
  if (auto read = read_link(uri, options.system.link_up); !read) return std::move(read).error();
  if (auto const file = uri.get("trace")) options.trace.file = *file;
  bool const has_window = uri.get("trace_start") || uri.get("trace_stop");
  if (options.trace.file.empty() && (has_window || uri.get("trace"))) {
    return Error{ErrorCode::kInvalidArgument, Effect::kNone,
                 "the target " + uri.text() + " asks for waves without a file",
                 "add trace=FILE.fst"};
  }
  if (!options.trace.file.empty()) options.link.note = "waves in " + options.trace.file;
  return options;
}

Result<TwinTargetOptions> parse_twin_options(Uri const& uri) {
  if (auto plain = refuse_path(uri); !plain) return std::move(plain).error();
  if (uri.get("trace")) {
    return Error{ErrorCode::kUnsupported, Effect::kNone,
                 "the functional model has no signals and records no waves", "sim:?trace=FILE.fst"};
  }
  if (auto known = uri.allow_only(
          {"link", "max_cycles", "mismatch", "cadc_noise", "padi_ports", "row_port"});
      !known)
    return std::move(known).error();
  TwinTargetOptions options;
  if (auto read = read_number(uri, "max_cycles", options.link.max_cycles); !read)
    return std::move(read).error();
  if (auto read = read_link(uri, options.twin.link_up); !read) return std::move(read).error();
  if (auto read = read_ports(uri, options.twin); !read) return std::move(read).error();
  if (auto read = read_imperfections(uri, options.twin, options.link.note); !read)
    return std::move(read).error();
  return options;
}

}  // namespace hx::sim
