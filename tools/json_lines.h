/// The frame of commands that turn JSON lines into JSON lines (`hx ut`, `hx reg`).
#pragma once

#include <functional>
#include <iosfwd>
#include <nlohmann/json.hpp>

#include "driver/base/result.h"

namespace hx::tools {

/// Keeps the order of keys.
using Json = nlohmann::ordered_json;

/// Gives every line of `in` to `process` and writes what it returns as a line of `out`, in order;
/// empty lines are passed over. A line that is no JSON or is refused gives
/// {"line": 3, "error": {"code": ..., "message": ..., "hint": ...}} in its place, and the rest is
/// processed all the same. Returns the exit code: 0, or that of the first error (docs/errors.md);
/// then `err` gets one line of summary that begins with `command`.
int run_json_lines(char const* command, std::istream& in, std::ostream& out, std::ostream& err,
                   std::function<Result<Json>(Json const& line)> const& process);

}  // namespace hx::tools
