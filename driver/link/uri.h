/// The name of a target: `scheme:path?key=value&key=value`, e.g. `sim:?trace=run.fst` or
/// `usb:04b4:00f1`.
///
///     Result<Uri> uri = Uri::parse("sim:small?trace=run.fst");
///     uri->scheme;         // "sim"
///     uri->path;           // "small"
///     uri->get("trace");   // "run.fst"
///     if (auto known = uri->allow_only({"trace", "trace_start"}); !known) return known.error();
///
/// Everything between the first colon and the first question mark is the path. `%20` stands for the
/// byte 0x20, in path, keys and values.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "driver/base/result.h"

namespace hx {

struct Uri {
  std::string scheme;  ///< lower-case letters, digits, '+', '-', '.'; begins with a letter
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;  ///< in order; a key occurs once

  /// kParse if there is no scheme, a key is empty or occurs twice, or a `%` is not followed by two
  /// hexadecimal digits.
  static Result<Uri> parse(std::string_view text);

  /// Value of a key; `?flag` has the value "".
  [[nodiscard]] std::optional<std::string_view> get(std::string_view key) const;

  /// kInvalidArgument with the nearest known key for the first key that is not in `keys`: a target
  /// calls this so that a slip of the pen is not ignored.
  [[nodiscard]] Result<void> allow_only(std::initializer_list<std::string_view> keys) const;

  /// The text form; parse(text()) gives an equal Uri.
  [[nodiscard]] std::string text() const;

  bool operator==(Uri const&) const = default;
};

}  // namespace hx
