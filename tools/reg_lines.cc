#include "tools/reg_lines.h"

#include <algorithm>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

#include "driver/registers/json.h"
#include "tools/exit_code.h"

namespace hx::tools {
namespace {

Result<reg::Json> process(LineMode mode, std::string const& text) {
  reg::Json line;
  try {
    line = reg::Json::parse(text);
  } catch (reg::Json::exception const& error) {  // also of numbers that no double can hold
    return Error{.code = ErrorCode::kParse,
                 .message = "no JSON: " + std::string(error.what()),
                 .hint = "one JSON object per line"};
  }
  return mode == LineMode::kEncode ? reg::encode_line(line) : reg::decode_line(line);
}

void write(std::ostream& out, reg::Json const& line) {
  out << line.dump(-1, ' ', false, reg::Json::error_handler_t::replace) << "\n";
}

}  // namespace

int run_reg(LineMode mode, std::istream& in, std::ostream& out, std::ostream& err) {
  std::size_t number = 0;
  std::size_t wrong = 0;
  std::size_t first_line = 0;
  std::optional<Error> first;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    Result<reg::Json> result = process(mode, text);
    if (result) {
      write(out, *result);
      continue;
    }
    ++wrong;
    if (!first) {
      first = result.error();
      first_line = number;
    }
    reg::Json line;
    line["line"] = number;
    line["error"] = reg::error_to_json(result.error());
    write(out, line);
  }
  if (!first) return 0;
  err << "hx reg: " << wrong << " of " << number << " lines refused; line " << first_line << ": "
      << first->text() << "\n";
  return std::max(exit_code(first->code), 1);
}

}  // namespace hx::tools
