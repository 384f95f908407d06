/// Contracts: `HX_CHECK(index < size) << "index " << index;` ends the program with the place, the
/// condition and the text if the condition does not hold. For mistakes in our own code only; what
/// the world may refuse is a Result (result.h).
#pragma once

#include <sstream>

#include "driver/base/source_location.h"

namespace hx::detail {

/// Collects the text of a failed check and aborts when it goes out of scope.
class CheckFailure {
 public:
  CheckFailure(char const* condition, SourceLocation where);
  CheckFailure(CheckFailure const&) = delete;
  CheckFailure& operator=(CheckFailure const&) = delete;
  [[noreturn]] ~CheckFailure();

  std::ostream& stream() { return stream_; }

 private:
  std::ostringstream stream_;
};

/// Gives both branches of the check's conditional the type void.
struct Voidify {
  void operator&(std::ostream&) const {}
};

}  // namespace hx::detail

#define HX_CHECK(condition)       \
  (condition)                     \
      ? static_cast<void>(0)      \
      : ::hx::detail::Voidify() & \
            ::hx::detail::CheckFailure(#condition, ::hx::SourceLocation::current()).stream()
