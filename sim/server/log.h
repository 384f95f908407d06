/// The access log of a server: one line per event, from any thread; a flood of events becomes one line that counts them.
///
///     Log log(&std::cerr);
///     log.line("127.0.0.1:1234: session 1 from 127.0.0.1:40000");
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <ostream>
#include <string>

namespace hx::sim {

class Log {
 public:
  /// `out` outlives the log; nullptr: silent. At most `per_second` lines a second.
  explicit Log(std::ostream* out, unsigned per_second = 50) : out_(out), per_second_(per_second) {}

  void line(std::string const& text);

 private:
  using Clock = std::chrono::steady_clock;

  std::mutex mutex_;
  std::ostream* out_;
  unsigned per_second_;
  Clock::time_point begin_{};
  unsigned lines_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace hx::sim
