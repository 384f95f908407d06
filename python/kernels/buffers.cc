#include "python/kernels/buffers.h"

#include <cstdlib>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace hx::kernels {
namespace {

constexpr std::size_t kAlignment = 64;

struct Buffers {
  std::mutex mutex;
  std::unordered_map<std::size_t, std::vector<void*>> unused;  // by size
  std::size_t kept = 0;
  std::size_t limit = std::size_t{256} << 20;
};

// Never destroyed: tensors may outlive the end of main().
Buffers& buffers() {
  static Buffers& instance = *new Buffers;
  return instance;
}

// The size is stored in front of the memory. Rounding lets batches of similar size share memory.
std::size_t rounded(std::size_t bytes) {
  std::size_t step = kAlignment;
  while (step * 16 < bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

std::size_t& size_of(void* memory) {
  return *reinterpret_cast<std::size_t*>(static_cast<char*>(memory) - kAlignment);
}

void release(void* memory) {
  std::free(static_cast<char*>(memory) - kAlignment);
}

void shrink(Buffers& all) {
  for (auto& [size, list] : all.unused) {
    while (!list.empty() && all.kept > all.limit) {
      release(list.back());
      list.pop_back();
      all.kept -= size;
    }
  }
}

}  // namespace

void* take_buffer(std::size_t bytes) {
  std::size_t const size = rounded(bytes == 0 ? 1 : bytes);
  Buffers& all = buffers();
  {
    std::lock_guard lock(all.mutex);
    auto const found = all.unused.find(size);
    if (found != all.unused.end() && !found->second.empty()) {
      void* const memory = found->second.back();
      found->second.pop_back();
      all.kept -= size;
      return memory;
    }
  }
  void* const memory = std::aligned_alloc(kAlignment, size + kAlignment);
  if (memory == nullptr) return nullptr;
  void* const usable = static_cast<char*>(memory) + kAlignment;
  size_of(usable) = size;
  return usable;
}

void return_buffer(void* memory) {
  if (memory == nullptr) return;
  Buffers& all = buffers();
  std::size_t const size = size_of(memory);
  std::lock_guard lock(all.mutex);
  if (size > all.limit) return release(memory);
  all.unused[size].push_back(memory);
  all.kept += size;
  if (all.kept > all.limit) shrink(all);
}

void set_keep_limit(std::size_t bytes) {
  Buffers& all = buffers();
  std::lock_guard lock(all.mutex);
  all.limit = bytes;
  shrink(all);
}

std::size_t kept_bytes() {
  Buffers& all = buffers();
  std::lock_guard lock(all.mutex);
  return all.kept;
}

}  // namespace hx::kernels
