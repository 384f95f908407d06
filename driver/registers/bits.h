/// Encodings of register fields, used by the generated codecs.
#pragma once

#include <cstdint>

namespace hx::reg::detail {

/// Bit i of the result is bit Order[i] of the value.
template <unsigned... Order, typename T>
constexpr T permute(T value) {
  T out = 0;
  unsigned place = 0;
  ((out |= ((value >> Order) & 1u) << place++), ...);
  return out;
}

/// Inverse of permute.
template <unsigned... Order, typename T>
constexpr T unpermute(T bits) {
  T out = 0;
  unsigned place = 0;
  ((out |= ((bits >> place++) & 1u) << Order), ...);
  return out;
}

/// Position of the value in the list; the first entry if it is none of them.
template <unsigned... Values, typename T>
constexpr T map_index(T value) {
  T index = 0;
  T found = 0;
  ((found = value == Values ? index : found, ++index), ...);
  return found;
}

/// The entry of the list; the last one if there is none at this position.
template <unsigned... Values, typename T>
constexpr T map_value(T position) {
  T index = 0;
  T found = 0;
  ((found = index++ <= position ? T{Values} : found), ...);
  return found;
}

/// x ^ (x >> 1) ^ (x >> 2) ^ ...; undone by y ^ (y >> 1).
constexpr std::uint32_t gray_inverse(std::uint32_t x) {
  for (unsigned shift = 1; shift < 32; shift *= 2) x ^= x >> shift;
  return x;
}

/// The low Width bits as two's complement.
template <unsigned Width>
constexpr std::int64_t sign_extend(std::uint64_t bits) {
  std::uint64_t const sign = std::uint64_t{1} << (Width - 1);
  return static_cast<std::int64_t>((bits & (2 * sign - 1)) ^ sign) -
         static_cast<std::int64_t>(sign);
}

}  // namespace hx::reg::detail
