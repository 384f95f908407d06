/// Values that the world may refuse: `Result<T>` is a value or an `Error`.
///
///     Result<Frame> frame = parse_frame(bytes);
///     if (!frame) return std::move(frame).error().context("datagram 17");
///     use(*frame);
///
/// `Result` keeps the shape of C++23's std::expected and can become it. Contracts that our own code
/// breaks are no errors but `HX_CHECK` (check.h).
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "driver/base/check.h"
#include "driver/base/source_location.h"

namespace hx {

/// What kind of thing went wrong; the basis of exit codes and of decisions to retry.
enum class ErrorCode : std::uint8_t {
  kInvalidArgument,  ///< the caller asked for something that makes no sense
  kOutOfRange,       ///< a value, size or place beyond its limits
  kParse,            ///< text or bytes from outside that do not follow their format
  kNotFound,         ///< a file, name, device or target that does not exist
  kTimeout,          ///< a deadline passed
  kLinkLost,         ///< the connection ended
  kProtocol,         ///< the peer answered what it must not answer
  kVersion,          ///< the peer is of a kind we do not support
  kUnroutable,       ///< the network does not fit the chip
  kUnsupported,      ///< known, but not on this target or not built yet
  kIo,               ///< the operating system refused
  kHardware,         ///< the hardware reported a failure
};

/// What the hardware has seen of a failed operation.
enum class Effect : std::uint8_t {
  kNone,     ///< nothing: safe to retry
  kUnknown,  ///< perhaps a part: read back first
  kApplied,  ///< all of it: only the answer is missing
};

std::string_view to_string(ErrorCode code);
std::string_view to_string(Effect effect);

/// A refused operation: what happened, what the hardware has seen, what to try next.
struct Error {
  ErrorCode code = ErrorCode::kInvalidArgument;
  Effect effect = Effect::kNone;
  std::string message = {};  ///< what happened, with the numbers that matter
  std::string hint = {};     ///< what to try next; empty if we do not know
  SourceLocation where = SourceLocation::current();

  /// The same error seen from one layer up: "outer: message". The cause is kept.
  [[nodiscard]] Error context(std::string_view outer) &&;

  /// One or two lines for people: message, and the hint if there is one.
  [[nodiscard]] std::string text() const;
};

std::ostream& operator<<(std::ostream& out, Error const& error);

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = Error;

  // Implicit on purpose: `return value;` and `return Error{...};` both read well.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  template <typename U>
  requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error> &&
           !std::is_same_v<std::remove_cvref_t<U>, Result>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}  // NOLINT

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return checked(); }
  T const& value() const& { return const_cast<Result*>(this)->checked(); }
  T&& value() && { return std::move(checked()); }

  T& operator*() & { return checked(); }
  T const& operator*() const& { return const_cast<Result*>(this)->checked(); }
  T&& operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  T const* operator->() const { return &const_cast<Result*>(this)->checked(); }

  Error& error() & { return checked_error(); }
  Error const& error() const& { return const_cast<Result*>(this)->checked_error(); }
  Error&& error() && { return std::move(checked_error()); }

  template <typename U>
  T value_or(U&& other) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(other));
  }

  /// f(value) if there is one, else the error; f returns a Result.
  template <typename F>
  auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
    if (!has_value()) return std::move(*this).error();
    return std::forward<F>(f)(std::move(**this));
  }

  /// A Result of f(value), or the error.
  template <typename F>
  auto transform(F&& f) && -> Result<std::invoke_result_t<F, T&&>> {
    if (!has_value()) return std::move(*this).error();
    return std::forward<F>(f)(std::move(**this));
  }

 private:
  T& checked() {
    HX_CHECK(has_value()) << "value() of a Result that holds an error: "
                          << std::get<1>(state_).text();
    return *std::get_if<0>(&state_);
  }
  Error& checked_error() {
    HX_CHECK(!has_value()) << "error() of a Result that holds a value";
    return *std::get_if<1>(&state_);
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }
  void value() const { HX_CHECK(has_value()) << "value() of an error: " << error_->text(); }

  Error& error() & { return checked_error(); }
  Error const& error() const& { return const_cast<Result*>(this)->checked_error(); }
  Error&& error() && { return std::move(checked_error()); }

 private:
  Error& checked_error() {
    HX_CHECK(!has_value()) << "error() of a Result that holds a value";
    return *error_;
  }

  std::optional<Error> error_;
};

}  // namespace hx
