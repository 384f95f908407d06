/// A growing array of plain values whose new elements are not initialised: the decoders write into
/// it with wide stores and set its size afterwards. Otherwise like std::vector.
///
///     FlatArray<std::uint32_t> values;
///     values.push_back(3);
///     for (std::uint32_t v : values.span()) ...
///
/// `release()` gives the memory away for an owner that frees it with std::free, so that a Python
/// array can take it without a copy.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "driver/base/check.h"

namespace hx {

template <typename T>
class FlatArray {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignof(std::max_align_t));

 public:
  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };

  FlatArray() = default;
  FlatArray(FlatArray&& other) noexcept { swap(other); }
  FlatArray& operator=(FlatArray&& other) noexcept {
    FlatArray moved(std::move(other));
    swap(moved);
    return *this;
  }
  FlatArray(FlatArray const& other) { append(other.span()); }
  FlatArray& operator=(FlatArray const& other) {
    FlatArray copy(other);
    swap(copy);
    return *this;
  }
  ~FlatArray() { std::free(begin_); }

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }
  [[nodiscard]] bool empty() const { return end_ == begin_; }
  [[nodiscard]] std::size_t capacity() const { return static_cast<std::size_t>(limit_ - begin_); }
  T* data() { return begin_; }
  [[nodiscard]] T const* data() const { return begin_; }
  std::span<T> span() { return {begin_, size()}; }
  [[nodiscard]] std::span<T const> span() const { return {begin_, size()}; }
  T* begin() { return begin_; }
  T* end() { return end_; }
  [[nodiscard]] T const* begin() const { return begin_; }
  [[nodiscard]] T const* end() const { return end_; }

  T& operator[](std::size_t index) {
    HX_CHECK(index < size()) << "element " << index << " of " << size();
    return begin_[index];
  }
  T const& operator[](std::size_t index) const {
    HX_CHECK(index < size()) << "element " << index << " of " << size();
    return begin_[index];
  }
  [[nodiscard]] T const& back() const { return (*this)[size() - 1]; }

  /// Room for at least `count` elements in all.
  void reserve(std::size_t count) {
    if (count > capacity()) grow(count);
  }
  /// Sets the size within the capacity; new elements hold whatever is in the memory.
  void set_size(std::size_t count) {
    HX_CHECK(count <= capacity()) << count << " elements in room for " << capacity();
    end_ = begin_ + count;
  }
  void push_back(T value) {
    if (end_ == limit_) [[unlikely]]
      grow(size() + 1);
    *end_++ = value;
  }
  void append(std::span<T const> values) {
    if (values.empty()) return;
    reserve(size() + values.size());
    std::memcpy(end_, values.data(), values.size_bytes());
    end_ += values.size();
  }
  /// No elements; the memory stays for the next use.
  void clear() { end_ = begin_; }

  /// Gives the memory away (free with std::free); the array is empty afterwards.
  std::unique_ptr<T, Free> release() {
    std::unique_ptr<T, Free> memory(begin_);
    begin_ = end_ = limit_ = nullptr;
    return memory;
  }

  void swap(FlatArray& other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(limit_, other.limit_);
  }

  friend bool operator==(FlatArray const& a, FlatArray const& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  [[gnu::noinline, gnu::cold]] void grow(std::size_t count) {
    std::size_t const size = this->size();
    std::size_t const room = std::max(count, capacity() + capacity() / 2 + 16);
    void* const memory = std::realloc(static_cast<void*>(begin_), room * sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    begin_ = static_cast<T*>(memory);
    end_ = begin_ + size;
    limit_ = begin_ + room;
  }

  // Pointers rather than counts: a store of an element cannot change them, so that loops keep them
  // in registers.
  T* begin_ = nullptr;
  T* end_ = nullptr;
  T* limit_ = nullptr;
};

}  // namespace hx
