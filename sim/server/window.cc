#include "sim/server/window.h"

#include <algorithm>
#include <cstring>

namespace hx::sim {
namespace {

using namespace std::chrono_literals;

constexpr Time kAckDelay = 10us;
constexpr unsigned kAckEvery = 16;
constexpr Time kResend = 1ms;
constexpr unsigned kMaxDoublings = 6;
constexpr unsigned kSameAcks = 3;  // that tell of a missing frame

std::uint32_t get_u32(std::byte const* from) {
  std::uint32_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return __builtin_bswap32(value);
}
std::uint16_t get_u16(std::byte const* from) {
  std::uint16_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return __builtin_bswap16(value);
}
void put_u32(std::byte* to, std::uint32_t value) {
  value = __builtin_bswap32(value);
  std::memcpy(to, &value, sizeof value);
}
void put_u16(std::byte* to, std::uint16_t value) {
  value = __builtin_bswap16(value);
  std::memcpy(to, &value, sizeof value);
}

}  // namespace

void Window::reset() {
  low_ = unsent_ = end_ = recover_until_ = expect_ = 0;
  doublings_ = same_acks_ = unacknowledged_ = 0;
  resend_now_ = false;
  ack_at_ = kNever;
  for (Incoming& frame : incoming_) frame.is_there = false;
}

std::size_t Window::write(std::uint16_t type, std::span<std::uint64_t const> words) {
  std::size_t taken = 0;
  while (taken < words.size() && end_ - low_ < kFrames) {
    std::size_t const count = std::min(words.size() - taken, kWordsPerFrame);
    std::vector<std::byte>& bytes = outgoing_[end_ % kFrames].bytes;
    bytes.resize(kHeaderBytes + 8 * count);
    put_u32(bytes.data() + 4, static_cast<std::uint32_t>(end_ % kSequenceNumbers));
    put_u16(bytes.data() + 8, type);
    put_u16(bytes.data() + 10, static_cast<std::uint16_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t const wire = __builtin_bswap64(words[taken + i]);
      std::memcpy(bytes.data() + kHeaderBytes + 8 * i, &wire, sizeof wire);
    }
    ++end_;
    taken += count;
  }
  if (type == kUt) statistics_.words_sent += taken;
  return taken;
}

void Window::receive(std::span<std::byte const> bytes, Time now, Sink const& sink) {
  if (bytes.size() == 4) {
    use_ack(get_u32(bytes.data()), now, true);
    return;
  }
  std::size_t const size =
      bytes.size() < kHeaderBytes ? 0 : std::size_t{8} * get_u16(bytes.data() + 10);
  if (size == 0 || size > 8 * kWordsPerFrame || size > bytes.size() - kHeaderBytes ||
      get_u32(bytes.data() + 4) >= kSequenceNumbers) {
    ++statistics_.damaged;
    return;
  }
  use_ack(get_u32(bytes.data()), now, false);
  std::uint64_t const ahead =
      (get_u32(bytes.data() + 4) + kSequenceNumbers - expect_ % kSequenceNumbers) %
      kSequenceNumbers;
  Incoming& frame = incoming_[(expect_ + ahead) % kFrames];
  if (ahead >= kFrames || frame.is_there) {
    ++statistics_.duplicates;
    want_ack(now);
    return;
  }
  frame.type = get_u16(bytes.data() + 8);
  frame.payload.assign(bytes.begin() + kHeaderBytes,
                       bytes.begin() + static_cast<std::ptrdiff_t>(kHeaderBytes + size));
  frame.is_there = true;
  if (ahead != 0) {
    ++statistics_.out_of_order;
    want_ack(now);
    return;
  }
  deliver(now, sink);
}

void Window::deliver(Time now, Sink const& sink) {
  while (incoming_[expect_ % kFrames].is_there) {
    Incoming& frame = incoming_[expect_ % kFrames];
    if (!sink(frame.type, frame.payload)) return;
    if (frame.type == kUt) statistics_.words_received += frame.payload.size() / 8;
    ++statistics_.frames_received;
    frame.is_there = false;
    ++expect_;
    want_ack(++unacknowledged_ >= kAckEvery ? now : now + kAckDelay);
  }
}

std::uint32_t Window::ack() const {
  return static_cast<std::uint32_t>((expect_ + kSequenceNumbers - 1) % kSequenceNumbers);
}

void Window::use_ack(std::uint32_t ack, Time now, bool is_alone) {
  std::uint64_t const passed =
      (ack + 1 + kSequenceNumbers - low_ % kSequenceNumbers) % kSequenceNumbers;
  if (ack >= kSequenceNumbers || passed > unsent_ - low_) return;
  if (passed == 0) {
    // The peer repeats itself because later frames arrive: the oldest is missing.
    if (is_alone && unsent_ > low_ && low_ >= recover_until_ && ++same_acks_ >= kSameAcks)
      resend_now_ = true;
    return;
  }
  low_ += passed;
  waiting_since_ = now;
  doublings_ = same_acks_ = 0;
  // What was sent before the last repetition and is still missing was lost as well.
  resend_now_ = low_ < recover_until_ && low_ < unsent_;
}

std::optional<std::span<std::byte const>> Window::next(Time now) {
  if (low_ < unsent_ && (resend_now_ || now >= waiting_since_ + resend_time())) {
    if (!resend_now_) doublings_ = std::min(doublings_ + 1, kMaxDoublings);
    resend_now_ = false;
    same_acks_ = 0;
    waiting_since_ = now;
    recover_until_ = std::max(recover_until_, unsent_);
    ++statistics_.frames_resent;
    return transmit(low_, now);
  }
  if (unsent_ < end_ && unsent_ - low_ < kInFlight) {
    if (unsent_ == low_) waiting_since_ = now;
    ++statistics_.frames_sent;
    return transmit(unsent_++, now);
  }
  if (now < ack_at_) return std::nullopt;
  ack_at_ = kNever;
  unacknowledged_ = 0;
  ++statistics_.acks_sent;
  put_u32(ack_bytes_.data(), ack());
  return std::span<std::byte const>(ack_bytes_);
}

std::span<std::byte const> Window::transmit(std::uint64_t number, Time now) {
  Outgoing& frame = outgoing_[number % kFrames];
  frame.sent_at = now;
  put_u32(frame.bytes.data(), ack());
  ack_at_ = kNever;
  unacknowledged_ = 0;
  return frame.bytes;
}

Time Window::resend_time() const {
  return kResend * (1U << doublings_);
}

Time Window::deadline() const {
  if ((unsent_ < end_ && unsent_ - low_ < kInFlight) || (resend_now_ && low_ < unsent_))
    return Time{0};
  return std::min(ack_at_, low_ < unsent_ ? waiting_since_ + resend_time() : kNever);
}

}  // namespace hx::sim
