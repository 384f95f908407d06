/// Where a call stands in the source: std::source_location, also for clang 14 (fuzzing,
/// clang-tidy), which cannot compile the one of Debian 12's standard library.
#pragma once

#include <cstdint>

#if __has_builtin(__builtin_source_location) || !defined(__clang__)
#include <source_location>
namespace hx {
using SourceLocation = std::source_location;
}  // namespace hx
#else
namespace hx {
class SourceLocation {
 public:
  static constexpr SourceLocation current(char const* file = __builtin_FILE(),
                                          std::uint32_t line = __builtin_LINE()) {
    SourceLocation location;
    location.file_ = file;
    location.line_ = line;
    return location;
  }
  [[nodiscard]] constexpr char const* file_name() const { return file_; }
  [[nodiscard]] constexpr std::uint32_t line() const { return line_; }

 private:
  char const* file_ = "";
  std::uint32_t line_ = 0;
};
}  // namespace hx
#endif
