/// A queue of at most N elements without allocation; N is a power of two. Full and empty are the caller's matter (contract).
///
///     Ring<std::uint16_t, 64> labels;
///     labels.push(0x4001);
///     if (!labels.empty()) labels.pop();
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hx::sim {

template <typename T, std::size_t N>
class Ring {
  static_assert((N & (N - 1)) == 0, "a power of two");

 public:
  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] std::size_t size() const { return tail_ - head_; }
  void push(T const& value) { places_[tail_++ % N] = value; }
  [[nodiscard]] T& front() { return places_[head_ % N]; }
  [[nodiscard]] T const& front() const { return places_[head_ % N]; }
  /// Element i behind the front.
  [[nodiscard]] T& at(std::size_t i) { return places_[(head_ + i) % N]; }
  [[nodiscard]] T const& at(std::size_t i) const { return places_[(head_ + i) % N]; }
  [[nodiscard]] T& back() { return places_[(tail_ - 1) % N]; }
  /// An empty queue starts at its first place again: short queues stay in few cache lines.
  void pop() {
    if (++head_ == tail_) clear();
  }
  void clear() { head_ = tail_ = 0; }

 private:
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  std::array<T, N> places_{};
};

}  // namespace hx::sim
