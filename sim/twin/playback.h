/// Playback memory: holds instructions until the executor takes them, decides when execution starts (a halt is in the memory, or the
/// memory is full) and skips the rest of a program that is given up.
///
/// The harness fills it in no simulated time (`fill`), or offers a word at the entrance that costs time (`accept`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "driver/base/check.h"
#include "sim/twin/ring.h"

namespace hx::sim {

class Playback {
 public:
  /// `words` is a power of two.
  explicit Playback(std::size_t words);

  /// Takes as many words as there is room for; the first one executes in the next clock if the program may start.
  std::size_t fill(std::span<std::uint64_t const> words);
  [[nodiscard]] std::size_t filled() const { return write_ - read_; }
  [[nodiscard]] std::size_t capacity() const { return mask_ + 1; }

  /// The instruction of this clock.
  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] std::uint64_t word() const { return word_; }
  /// A halt is in the memory, perhaps the instruction of this clock.
  [[nodiscard]] bool halt_here() const { return !halts_.empty(); }
  /// The halt that ends a discard has not arrived yet.
  [[nodiscard]] bool discarding() const { return discarding_; }
  /// Has something to do although no instruction is valid: see `settle`.
  [[nodiscard]] bool unsettled() const {
    return !valid_ && filled() != 0 && (!halts_.empty() || running_ || full());
  }

  /// The end of a clock. `pop`: the instruction of this clock retires.
  void pop() { settle(1); }
  /// `discard`: everything up to and including the next halt is dropped.
  void discard();
  /// Neither, but `unsettled`.
  void settle() { settle(0); }
  /// A word at the entrance in this clock (after the above). True if it is the halt that ends a discard.
  bool accept(std::uint64_t word, bool discarded_now);

  [[nodiscard]] static bool is_halt(std::uint64_t word) {
    return word >> 56 == 0x0a && (word & 1) == 0;
  }

 private:
  static constexpr std::size_t kHalts = 16;

  [[nodiscard]] bool full() const { return filled() == capacity(); }
  void settle(std::size_t popped) {
    bool const was_full = full();
    bool const halt_popped = popped != 0 && !halts_.empty() && halts_.front() == read_;
    read_ += popped;
    if (halt_popped) halts_.pop();
    bool const was_running = running_;
    running_ = !halt_popped && (was_running || was_full);
    valid_ = write_ != read_ && (!halts_.empty() || (!halt_popped && was_running) || was_full);
    word_ = memory_[read_ & mask_];
  }
  void store(std::uint64_t word);

  std::size_t mask_;
  std::unique_ptr<std::uint64_t[]> memory_;
  std::size_t write_ = 0;  // count on, never wrap
  std::size_t read_ = 0;
  Ring<std::size_t, kHalts> halts_;  // places of the halts
  std::uint64_t word_ = 0;
  bool valid_ = false;
  bool running_ = false;  // started because the memory was full, halt not reached yet
  bool discarding_ = false;
};

}  // namespace hx::sim
