#include "sim/server/log.h"

#include <ctime>

namespace hx::sim {

void Log::line(std::string const& text) {
  if (out_ == nullptr) return;
  std::lock_guard const lock(mutex_);
  Clock::time_point const now = Clock::now();
  if (now - begin_ >= std::chrono::seconds{1}) {
    begin_ = now;
    lines_ = 0;
    if (left_out_ != 0) *out_ << "(" << left_out_ << " lines left out)\n";
    left_out_ = 0;
  }
  if (++lines_ > per_second_) {
    ++left_out_;
    return;
  }
  std::time_t const seconds = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ ", &parts);
  *out_ << stamp << text << std::endl;
}

}  // namespace hx::sim
