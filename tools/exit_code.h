/// Exit codes of the command line; the table is in docs/errors.md.
#pragma once

#include "driver/base/result.h"

namespace hx::tools {

constexpr int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kOutOfRange:
    case ErrorCode::kParse:
    case ErrorCode::kNotFound:
      return 2;
    case ErrorCode::kUnroutable:
      return 3;
    case ErrorCode::kTimeout:
      return 4;
    case ErrorCode::kLinkLost:
      return 5;
    case ErrorCode::kProtocol:
    case ErrorCode::kVersion:
    case ErrorCode::kHardware:
      return 6;
    case ErrorCode::kUnsupported:
      return 7;
    case ErrorCode::kIo:
      return 1;
  }
  return 1;
}

}  // namespace hx::tools
