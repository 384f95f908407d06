/// `hx reg encode` and `hx reg decode`: register values and words as JSON lines.
///
///     echo '{"container": "CrossbarNode", "coordinate": 32, "fields": {"target": 1}}' | hx reg encode
///
/// Every line of the input gives one line of the output, in order; empty lines are passed over. The
/// form of a line is that of driver/registers/json.h. A line that is wrong gives
/// {"line": 3, "error": {"code": ..., "message": ..., "hint": ...}} in its place, and the rest is
/// processed all the same.
#pragma once

#include <iosfwd>

#include "tools/line_mode.h"

namespace hx::tools {

/// Processes all lines; returns the exit code: 0, or that of the first error (docs/errors.md). `err`
/// gets one line of summary if there was an error.
int run_reg(LineMode mode, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace hx::tools
