#include "sim/twin/event_routes.h"

#include <algorithm>

namespace hx::sim {
namespace {

constexpr std::uint8_t kNoByte = 0xff;
constexpr std::uint16_t kNoLabel = 0xffff;
constexpr std::uint16_t kEnabled = 1 << 15;
constexpr std::uint32_t kAccepted = 1 << 16;
constexpr Clock kFrame = 10;     // bits
constexpr Clock kToStopBit = 9;  // bits in front of it

}  // namespace

std::uint32_t EventRoutes::read(std::uint32_t address, Clock /*now*/) {
  if (address <= kOutputLast) return output_[address - kOutputFirst];
  if (address <= kInputLast) return input_[address - kInputFirst];
  if (address == kConfig) return config_;
  if (address <= kIncomingLast) return incoming_[address - kIncomingFirst];
  return outgoing_[address - kOutgoingFirst];
}

void EventRoutes::write(std::uint32_t address, std::uint32_t data, unsigned /*byte_enables*/,
                        Clock /*now*/) {
  if (address <= kOutputLast) {
    output_[address - kOutputFirst] = static_cast<std::uint8_t>(data);
  } else if (address <= kInputLast) {
    input_[address - kInputFirst] = static_cast<std::uint16_t>(data);
  } else if (address == kConfig) {
    config_ = data & 0x7ffff;
  } else if (address <= kIncomingLast) {
    incoming_[address - kIncomingFirst] = data & 0x1ffff;
  } else {
    outgoing_[address - kOutgoingFirst] = static_cast<std::uint16_t>(data);
    used_ = used_ || (data & kEnabled) != 0;
  }
}

bool EventRoutes::arrive(EventPack const& pack, Clock now) {
  if ((!sends() && !used_) || queue_.size() >= timing::kRouteFifo) return false;
  queue_.push({now + 1, pack});
  return true;
}

Clock EventRoutes::next() const {
  Clock next = std::min({used_at_, received_at_, serial_.push_at, routed_.push_at});
  if (!queue_.empty()) next = std::min(next, queue_.front().from);
  if (!network_.empty()) next = std::min(next, network_.front().from);
  if (!bytes_.empty() && sends()) next = std::min(next, std::max(bytes_.front().from, line_free_));
  return next;
}

// From the end of the ways to their beginnings: what a stage hands over is seen in the next clock.
void EventRoutes::act(Clock now) {
  serial_.push(now);
  routed_.push(now);
  if (received_at_ <= now) receive(now);
  look_up_incoming(now);
  // Whether there is a place counts as of the start of the clock.
  bool const full = bytes_.size() >= timing::kSpikeIoFifo;
  begin_byte(now);
  if (used_at_ <= now) {
    if (has_byte_ && !full) bytes_.push({now + 1, byte_});
    use_look_up(now);
  }
  look_up(now);
}

void EventRoutes::use_look_up(Clock now) {
  used_at_ = kNever;
  if ((entry_ & kEnabled) == 0) return;
  // Looked up in the clock before this one.
  network_.push({now - 1 + timing::kRouteLoop, static_cast<std::uint16_t>(entry_ & 0x7fff)});
}

void EventRoutes::look_up(Clock now) {
  if (queue_.empty() || queue_.front().from > now) return;
  EventPack const& pack = queue_.front().pack;
  unsigned const lsb = 24 * (pack.count - 1 - looked_);
  auto const label = static_cast<std::uint16_t>(pack.low >> lsb);  // labels lie below bit 64
  byte_ = output_[label];
  has_byte_ = sends() && byte_ != kNoByte;
  entry_ = outgoing_[label];
  used_at_ = now + 1;
  if (++looked_ < pack.count) return;
  looked_ = 0;
  queue_.pop();
  if (!queue_.empty()) queue_.front().from = std::max(queue_.front().from, now + 1);
}

void EventRoutes::begin_byte(Clock now) {
  if (bytes_.empty() || bytes_.front().from > now || line_free_ > now || !sends()) return;
  line_free_ = now + kFrame * rate();
  if (loops()) {
    received_ = bytes_.front().value;
    received_at_ = now + 1 + kToStopBit * rate() + rate() / 2;
  }
  bytes_.pop();
}

void EventRoutes::receive(Clock now) {
  received_at_ = kNever;
  std::uint16_t const label = input_[received_];
  if (!receives() || label == kNoLabel) return;
  serial_.label = label;
  serial_.push_at = now + 1;
}

void EventRoutes::look_up_incoming(Clock now) {
  if (network_.empty() || network_.front().from > now) return;
  std::uint32_t const entry = incoming_[network_.front().value];
  network_.pop();
  if ((entry & kAccepted) == 0) return;
  routed_.label = static_cast<std::uint16_t>(entry);
  routed_.push_at = now + 1;
}

void EventRoutes::Source::push(Clock now) {
  if (push_at > now) return;
  push_at = kNever;
  // A place that becomes free in this clock counts from the next one on.
  std::size_t const before = taken_at == now ? size_before : labels.size();
  if (before < timing::kInjectFifo) labels.push({now + 1, label});
}

Clock EventRoutes::next_label() const {
  return std::min(serial_.next(), routed_.next());
}

std::uint16_t EventRoutes::take_label(Clock now) {
  Source& source = serial_.next() <= now ? serial_ : routed_;
  source.taken_at = now;
  source.size_before = source.labels.size();
  std::uint16_t const label = source.labels.front().value;
  source.labels.pop();
  return label;
}

}  // namespace hx::sim
