/// Base of the register coordinates (coordinates.h): a number in a range, made of components.
///
/// The number is row-major over the components, the last one runs fastest.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>

#include "driver/base/check.h"

namespace hx::reg {

template <typename Self, std::uint32_t... Sizes>
class Coordinate {
 public:
  static constexpr std::uint32_t kCount = (std::uint32_t{1} * ... * Sizes);

  constexpr Coordinate() = default;
  /// A number out of range breaks a contract; for numbers from outside there is `make`.
  constexpr explicit Coordinate(std::uint64_t number)
      : number_(static_cast<std::uint32_t>(number)) {
    if (number >= kCount)
      HX_CHECK(number < kCount) << Self::kName << " " << number << " of " << kCount;
  }

  /// The place, or nothing if the number is out of range.
  static constexpr std::optional<Self> make(std::uint64_t number) {
    if (number >= kCount) return std::nullopt;
    return Self(number);
  }

  [[nodiscard]] constexpr std::uint32_t value() const { return number_; }
  constexpr auto operator<=>(Coordinate const&) const = default;

  struct Iterator {
    using value_type = Self;
    using difference_type = std::ptrdiff_t;
    std::uint32_t number = 0;
    constexpr Self operator*() const { return Self(number); }
    constexpr Iterator& operator++() {
      ++number;
      return *this;
    }
    constexpr Iterator operator++(int) { return Iterator{number++}; }
    constexpr bool operator==(Iterator const&) const = default;
  };
  struct Range {
    [[nodiscard]] constexpr Iterator begin() const { return {0}; }
    [[nodiscard]] constexpr Iterator end() const { return {kCount}; }
  };
  /// Every place in order.
  static constexpr Range all() { return {}; }

  friend std::ostream& operator<<(std::ostream& out, Self const& place) {
    return out << Self::kName << '(' << place.value() << ')';
  }

 protected:
  static constexpr std::array<std::uint32_t, sizeof...(Sizes)> kSizes{Sizes...};

  template <typename... Components>
  static constexpr Self from_components(Components... components) {
    static_assert(sizeof...(Components) == sizeof...(Sizes));
    std::array<std::uint32_t, sizeof...(Sizes)> const values{components...};
    std::uint32_t number = 0;
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (values[k] >= kSizes[k]) {
        HX_CHECK(values[k] < kSizes[k]) << Self::kName << ", component " << k << ": " << values[k];
      }
      number = number * kSizes[k] + values[k];
    }
    return Self(number);
  }

  [[nodiscard]] constexpr std::uint32_t component(std::size_t index) const {
    std::uint32_t rest = number_;
    for (std::size_t k = kSizes.size(); k-- > index + 1;) rest /= kSizes[k];
    return rest % kSizes[index];
  }

 private:
  std::uint32_t number_ = 0;
};

}  // namespace hx::reg
