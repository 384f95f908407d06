/// Places on the chip as types: a number with a range and a name that cannot be mixed up.
///
///     using NeuronColumn = Index<struct NeuronColumnTag, 256>;
///     NeuronColumn column{17};
///     for (NeuronColumn c : NeuronColumn::all()) ...
///
/// A value out of range breaks a contract (`HX_CHECK`); for numbers from outside there is `make`.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <ostream>

#include "driver/base/check.h"

namespace hx {

template <typename Tag, std::uint32_t Count>
class Index {
 public:
  static constexpr std::uint32_t kCount = Count;

  constexpr Index() = default;
  constexpr explicit Index(std::uint64_t value) : value_(static_cast<std::uint32_t>(value)) {
    if (value >= Count) HX_CHECK(value < Count) << "place " << value << " of " << Count;
  }

  /// The place, or nothing if the number is out of range.
  static constexpr std::optional<Index> make(std::uint64_t value) {
    if (value >= Count) return std::nullopt;
    return Index(value);
  }

  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
  constexpr auto operator<=>(Index const&) const = default;

  class Iterator {
   public:
    using value_type = Index;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;
    constexpr Iterator() = default;
    constexpr explicit Iterator(std::uint32_t value) : value_(value) {}
    constexpr Index operator*() const { return Index(value_); }
    constexpr Iterator& operator++() {
      ++value_;
      return *this;
    }
    constexpr Iterator operator++(int) {
      Iterator old = *this;
      ++value_;
      return old;
    }
    constexpr bool operator==(Iterator const&) const = default;

   private:
    std::uint32_t value_ = 0;
  };
  struct Range {
    [[nodiscard]] constexpr Iterator begin() const { return Iterator(0); }
    [[nodiscard]] constexpr Iterator end() const { return Iterator(Count); }
  };
  /// Every place in order.
  static constexpr Range all() { return {}; }

  friend std::ostream& operator<<(std::ostream& out, Index index) { return out << index.value_; }

 private:
  std::uint32_t value_ = 0;
};

}  // namespace hx

template <typename Tag, std::uint32_t Count>
struct std::hash<hx::Index<Tag, Count>> {
  std::size_t operator()(hx::Index<Tag, Count> index) const noexcept { return index.value(); }
};
