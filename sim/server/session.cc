#include "sim/server/session.h"

#include <algorithm>

#include "driver/base/check.h"

namespace hx::sim {
namespace {

constexpr std::size_t kMaxWords = std::size_t{1} << 20;  // that wait for the executor
constexpr std::size_t kMaxInformation = 60 * 1024;

std::uint64_t word_at(std::span<std::byte const> bytes, std::size_t index) {
  std::uint64_t value = 0;
  for (std::size_t k = 0; k < 8; ++k)
    value = value << 8 | static_cast<std::uint8_t>(bytes[8 * index + k]);
  return value;
}

}  // namespace

BoardSession::BoardSession(std::string const& information)
    : sink_([this](std::uint16_t type, std::span<std::byte const> payload) {
        return take(type, payload);
      }) {
  HX_CHECK(information.size() <= kMaxInformation && information.find('\0') == information.npos)
      << "information of " << information.size() << " bytes";
  std::size_t const count = information.size() / 8 + 1;  // at least one zero byte at the end
  cfg_ = {Window::kSequenceNumbers, Window::kFrames, Window::kWordsPerFrame, count};
  std::vector<std::byte> text(8 * count);
  std::transform(information.begin(), information.end(), text.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  for (std::size_t i = 0; i < count; ++i) cfg_.push_back(word_at(text, i));
}

bool BoardSession::receive_reset(std::span<std::byte const> bytes) {
  if (bytes.size() != 4 ||
      std::any_of(bytes.begin(), bytes.end(), [](std::byte b) { return b != std::byte{0xab}; }))
    return false;
  window_.reset();
  words_.clear();
  first_ = 0;
  is_active_ = true;
  host_has_closed_ = false;
  control_.clear();
  window_.write(Window::kCfg, cfg_);  // fits into an empty window
  return true;
}

void BoardSession::receive(std::span<std::byte const> bytes, Time now) {
  if (!is_active_) return;
  window_.receive(bytes, now, sink_);
  write_control();
  window_.deliver(now, sink_);  // a frame that waited for room in the window
}

bool BoardSession::take(std::uint16_t type, std::span<std::byte const> payload) {
  std::size_t const count = payload.size() / 8;
  switch (type) {
    case Window::kUt:
      if (words_.size() - first_ + count > kMaxWords) return false;
      if (first_ > kMaxWords) {
        words_.erase(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
      }
      for (std::size_t i = 0; i < count; ++i) words_.push_back(word_at(payload, i));
      return true;
    case Window::kLoopback:
      if (!control_.empty()) return false;  // the one before has not gone out yet
      control_type_ = type;
      for (std::size_t i = 0; i < count; ++i) control_.push_back(word_at(payload, i));
      write_control();
      return true;
    case Window::kFlush:
      host_has_closed_ = true;
      return true;
    default:
      ++unknown_frames_;
      return true;
  }
}

// A loopback is one frame; it goes out when there is room for it.
void BoardSession::write_control() {
  if (control_.empty() || window_.write(control_type_, control_) == 0) return;
  control_.clear();
}

void BoardSession::drop(std::size_t count, Time now) {
  first_ += std::min(count, words_.size() - first_);
  if (first_ == words_.size()) {
    words_.clear();
    first_ = 0;
  }
  if (!is_active_) return;
  window_.deliver(now, sink_);
}

std::size_t BoardSession::write(std::span<std::uint64_t const> words) {
  return is_active_ ? window_.write(Window::kUt, words) : 0;
}

std::optional<std::span<std::byte const>> BoardSession::next(Time now) {
  if (!is_active_) return std::nullopt;
  write_control();
  return window_.next(now);
}

}  // namespace hx::sim
