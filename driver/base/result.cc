#include "driver/base/result.h"

namespace hx {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid argument";
    case ErrorCode::kOutOfRange:
      return "out of range";
    case ErrorCode::kParse:
      return "parse error";
    case ErrorCode::kNotFound:
      return "not found";
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kLinkLost:
      return "link lost";
    case ErrorCode::kProtocol:
      return "protocol error";
    case ErrorCode::kVersion:
      return "version";
    case ErrorCode::kUnroutable:
      return "unroutable";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kIo:
      return "input/output error";
    case ErrorCode::kHardware:
      return "hardware error";
  }
  return "unknown error code";
}

std::string_view to_string(Effect effect) {
  switch (effect) {
    case Effect::kNone:
      return "none";
    case Effect::kUnknown:
      return "unknown";
    case Effect::kApplied:
      return "applied";
  }
  return "unknown effect";
}

Error Error::context(std::string_view outer) && {
  message = std::string(outer) + ": " + message;
  return std::move(*this);
}

std::string Error::text() const {
  return hint.empty() ? message : message + "\n  try: " + hint;
}

std::ostream& operator<<(std::ostream& out, Error const& error) {
  return out << to_string(error.code) << ": " << error.text()
             << " (effect on the hardware: " << to_string(error.effect) << ")";
}

}  // namespace hx
