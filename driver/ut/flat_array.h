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
  ~FlatArray() = default;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  T* data() { return memory_.get(); }
  [[nodiscard]] T const* data() const { return memory_.get(); }
  std::span<T> span() { return {data(), size_}; }
  [[nodiscard]] std::span<T const> span() const { return {data(), size_}; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  [[nodiscard]] T const* begin() const { return data(); }
  [[nodiscard]] T const* end() const { return data() + size_; }

  T& operator[](std::size_t index) {
    HX_CHECK(index < size_) << "element " << index << " of " << size_;
    return data()[index];
  }
  T const& operator[](std::size_t index) const {
    HX_CHECK(index < size_) << "element " << index << " of " << size_;
    return data()[index];
  }
  [[nodiscard]] T const& back() const { return (*this)[size_ - 1]; }

  /// Room for at least `count` elements in all.
  void reserve(std::size_t count) {
    if (count > capacity_) grow(count);
  }
  /// Sets the size within the capacity; new elements hold whatever is in the memory.
  void set_size(std::size_t count) {
    HX_CHECK(count <= capacity_) << count << " elements in room for " << capacity_;
    size_ = count;
  }
  void push_back(T value) {
    if (size_ == capacity_) grow(size_ + 1);
    data()[size_++] = value;
  }
  void append(std::span<T const> values) {
    if (values.empty()) return;
    reserve(size_ + values.size());
    std::memcpy(data() + size_, values.data(), values.size_bytes());
    size_ += values.size();
  }
  /// No elements; the memory stays for the next use.
  void clear() { size_ = 0; }

  /// Gives the memory away (free with std::free); the array is empty afterwards.
  std::unique_ptr<T, Free> release() {
    size_ = 0;
    capacity_ = 0;
    return std::move(memory_);
  }

  void swap(FlatArray& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  friend bool operator==(FlatArray const& a, FlatArray const& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  void grow(std::size_t count) {
    std::size_t const capacity = std::max(count, capacity_ + capacity_ / 2 + 16);
    void* const memory = std::realloc(static_cast<void*>(memory_.get()), capacity * sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    static_cast<void>(memory_.release());
    memory_.reset(static_cast<T*>(memory));
    capacity_ = capacity;
  }

  std::unique_ptr<T, Free> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace hx
