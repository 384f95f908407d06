/// Random numbers for tests, the same on every computer.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <random>

namespace hx::lockstep {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}

  /// 0 .. count - 1; count is not 0.
  std::uint32_t below(std::uint32_t count) { return static_cast<std::uint32_t>(engine_() % count); }
  /// first .. last.
  std::uint32_t between(std::uint32_t first, std::uint32_t last) {
    return first + below(last - first + 1);
  }
  std::uint32_t word() { return static_cast<std::uint32_t>(engine_()); }
  bool chance(double probability) {
    return static_cast<double>(engine_() >> 11) * 0x1p-53 < probability;
  }
  template <typename T>
  T any(std::initializer_list<T> values) {
    return *std::next(values.begin(), below(static_cast<std::uint32_t>(values.size())));
  }
  /// An unsigned field of `bits` bits as a narrow type.
  template <typename T>
  T bits(unsigned bits) {
    return static_cast<T>(engine_() & ((std::uint64_t{1} << bits) - 1));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace hx::lockstep
