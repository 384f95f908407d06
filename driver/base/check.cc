#include "driver/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace hx::detail {

CheckFailure::CheckFailure(char const* condition, SourceLocation where) {
  stream_ << where.file_name() << ":" << where.line() << ": check failed: " << condition << ": ";
}

CheckFailure::~CheckFailure() {
  std::fprintf(stderr, "%s\n", stream_.str().c_str());
  std::abort();
}

}  // namespace hx::detail
