/// Messages of refusals, built where something is refused:
///
///     return Refusal(ErrorCode::kOutOfRange) << "size " << size << " is not in 1 .. 256";
///     return (Refusal(ErrorCode::kNotFound) << "no '" << name << "'").hint("known: " + names);
#pragma once

#include <sstream>
#include <string>
#include <utility>

#include "driver/base/result.h"
#include "driver/base/source_location.h"

namespace hx {

/// Collects a text with << and becomes an Error.
class Refusal {
 public:
  explicit Refusal(ErrorCode code, SourceLocation where = SourceLocation::current())
      : code_(code), where_(where) {}

  template <typename T>
  Refusal& operator<<(T const& value) {
    text_ << value;
    return *this;
  }

  [[nodiscard]] Error hint(std::string hint) const {
    return Error{code_, Effect::kNone, text_.str(), std::move(hint), where_};
  }
  [[nodiscard]] Error error() const { return hint(""); }
  operator Error() const { return hint(""); }  // NOLINT(google-explicit-constructor)
  template <typename T>
  operator Result<T>() const {  // NOLINT(google-explicit-constructor)
    return hint("");
  }

 private:
  ErrorCode code_;
  SourceLocation where_;
  std::ostringstream text_;
};

}  // namespace hx
