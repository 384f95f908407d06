/// What the generated tables need beside description.h.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <type_traits>

#include "driver/registers/description.h"

namespace hx::reg {

template <typename T>
void erased_construct(void* memory) {
  static_assert(std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T>);
  std::construct_at(static_cast<T*>(memory));
}

template <typename T>
void erased_encode(void const* value, std::uint64_t* words, std::uint32_t number) {
  std::array<typename T::Word, T::kWriteWords> out{};
  detail::encode(*static_cast<T const*>(value), out.data(), number);
  for (std::size_t k = 0; k < out.size(); ++k) words[k] = out[k];
}

template <typename T>
void erased_decode(void* value, std::uint64_t const* words, std::uint32_t number) {
  std::array<typename T::Word, T::kReadWords> in{};
  for (std::size_t k = 0; k < in.size(); ++k) in[k] = static_cast<typename T::Word>(words[k]);
  detail::decode(*static_cast<T*>(value), in.data(), number);
}

}  // namespace hx::reg
