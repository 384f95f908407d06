#include "sim/twin/playback.h"

#include <algorithm>

namespace hx::sim {

// The memory stays as the system gives it: pages that no program reaches cost nothing.
Playback::Playback(std::size_t words) : mask_(words - 1), memory_(new std::uint64_t[words]) {
  HX_CHECK(words != 0 && (words & (words - 1)) == 0) << words << " is no power of two";
}

void Playback::store(std::uint64_t word) {
  if (is_halt(word)) {
    HX_CHECK(halts_.size() < kHalts) << "too many halts";
    halts_.push(write_);
  }
  memory_[write_ & mask_] = word;
  ++write_;
}

std::size_t Playback::fill(std::span<std::uint64_t const> words) {
  std::size_t const count = std::min(words.size(), capacity() - filled());
  for (std::size_t i = 0; i < count; ++i) store(words[i]);
  if (!valid_ && filled() != 0 && (halt_here() || running_ || full())) {
    if (full()) running_ = true;
    word_ = memory_[read_ & mask_];
    valid_ = true;
  }
  return count;
}

void Playback::discard() {
  valid_ = false;
  running_ = false;
  if (halts_.empty()) {
    read_ = write_;
    discarding_ = true;
  } else {
    read_ = halts_.front() + 1;
    halts_.pop();
  }
}

bool Playback::accept(std::uint64_t word, bool discarded_now) {
  if (discarded_now && discarding_) {
    // The word belongs to the program that is given up just now.
    if (is_halt(word)) discarding_ = false;
    return false;
  }
  if (discarding_) {
    discarding_ = !is_halt(word);
    return !discarding_;
  }
  if (!full() && halts_.size() < kHalts) store(word);
  return false;
}

}  // namespace hx::sim
