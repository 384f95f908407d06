#include "tools/json_lines.h"

#include <algorithm>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

#include "tools/exit_code.h"

namespace hx::tools {
namespace {

Result<Json> parse(std::string const& text) {
  try {
    return Json::parse(text);
  } catch (Json::exception const& error) {  // also of numbers that no double can hold
    return Error{.code = ErrorCode::kParse,
                 .message = "no JSON: " + std::string(error.what()),
                 .hint = "one JSON object per line"};
  }
}

Json to_json(Error const& error) {
  Json out;
  out["code"] = to_string(error.code);
  out["message"] = error.message;
  if (!error.hint.empty()) out["hint"] = error.hint;
  return out;
}

}  // namespace

int run_json_lines(char const* command, std::istream& in, std::ostream& out, std::ostream& err,
                   std::function<Result<Json>(Json const& line)> const& process) {
  std::size_t number = 0;
  std::size_t wrong = 0;
  std::size_t first_line = 0;
  std::optional<Error> first;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    Result<Json> line = parse(text).and_then(process);
    if (!line) {
      ++wrong;
      if (!first) {
        first = line.error();
        first_line = number;
      }
      line = Json{{"line", number}, {"error", to_json(line.error())}};
    }
    out << line->dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  }
  if (in.bad()) {
    err << command << ": cannot read the input after line " << number << "\n";
    return exit_code(ErrorCode::kIo);
  }
  if (!first) return 0;
  err << command << ": " << wrong << " of " << number << " lines refused; line " << first_line
      << ": " << first->text() << "\n";
  return std::max(exit_code(first->code), 1);
}

}  // namespace hx::tools
