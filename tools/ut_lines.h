/// `hx ut encode` and `hx ut decode`: messages between host and FPGA and their 64-bit words as JSON
/// lines.
///
///     echo '{"messages": [{"name": "timing::WaitUntil", "value": 100}]}' | hx ut encode
///     echo '{"words": ["0x0500000000000064"]}' | hx ut decode
///
/// Each line is a stream of its own; the line of the output holds that of the input and
///  - encode: `words`, `pending_bits` (of a begun word that is not in `words`), `decoded` (how many
///    messages `words` complete) and `halt_seen`. `flush` pads the last word (default true),
///    `flush_after` lists messages behind which to pad as well.
///  - decode: `messages`, `halt_seen` and, where the stream has an unknown header, `error`
///    {"kind": "unknown_header", "code": 95} and `error_at_word`. That is a result and no failure of
///    the command.
///
/// Messages have a `name`, may have their `header`, and the fields of their kind: `value`, or
/// `address`/`is_read`/`byte_enables`, `keep_response`/`num_bits`/`payload`, `spikes`, `samples`.
/// Words are hexadecimal strings; numbers are understood, too. Lines that are wrong: json_lines.h.
#pragma once

#include <iosfwd>

#include "tools/json_lines.h"
#include "tools/line_mode.h"

namespace hx::tools {

/// Which dictionary of messages.
enum class Direction { kToFpga, kFromFpga };

/// Processes all lines; see run_json_lines.
int run_ut(LineMode mode, Direction direction, std::istream& in, std::ostream& out,
           std::ostream& err);

/// One line.
Result<Json> encode_ut_line(Direction direction, Json const& line);
Result<Json> decode_ut_line(Direction direction, Json const& line);

}  // namespace hx::tools
