#include "sim/targets/options.h"

#include <charconv>
#include <string>
#include <string_view>

namespace hx::sim {
namespace {

// Leaves `value` alone if the key is not there.
Result<void> read_number(Uri const& uri, std::string_view key, std::uint64_t& value) {
  auto const text = uri.get(key);
  if (!text) return {};
  auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error == std::errc{} && end == text->data() + text->size()) return {};
  return Error{ErrorCode::kInvalidArgument, Effect::kNone,
               std::string(key) + "=" + std::string(*text) + " in the target " + uri.text() +
                   " is no number of clocks",
               "a decimal number of 8 ns clocks, e.g. " + std::string(key) + "=125000"};
}

}  // namespace

Result<TargetOptions> parse_options(Uri const& uri) {
  if (!uri.path.empty()) {
    return Error{ErrorCode::kInvalidArgument, Effect::kNone,
                 "the target sim: has no variant \"" + uri.path + "\"",
                 "write sim: or sim:?key=value"};
  }
  if (auto known = uri.allow_only({"max_cycles", "trace", "trace_start", "trace_stop"}); !known)
    return std::move(known).error();
  TargetOptions options;
  for (auto const& [key, value] :
       {std::pair<char const*, std::uint64_t*>{"max_cycles", &options.link.max_cycles},
        {"trace_start", &options.trace.start},
        {"trace_stop", &options.trace.stop}}) {
    if (auto read = read_number(uri, key, *value); !read) return std::move(read).error();
  }
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

}  // namespace hx::sim
