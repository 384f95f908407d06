/// Benchmarks of words against memcpy of the same words, measured in the same run. All times are
/// CPU times of the thread, so that other load on the machine does not count.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <span>
#include <vector>

namespace hx::bench {

inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double cpu_seconds_of(auto&& work) {
  double const begin = cpu_seconds();
  work();
  return cpu_seconds() - begin;
}

/// Bytes per second of memcpy of `words` into a second buffer; best of many.
inline double memcpy_rate(std::span<std::uint64_t const> words) {
  std::vector<std::uint64_t> copy(words.size());
  double best = 1e9;
  for (int i = 0; i < 50; ++i) {
    best = std::min(best, cpu_seconds_of([&] {
                      std::memcpy(copy.data(), words.data(), words.size_bytes());
                      benchmark::DoNotOptimize(copy.data());
                      benchmark::ClobberMemory();
                    }));
  }
  return static_cast<double>(words.size_bytes()) / best;
}

/// Runs `work`, which handles `words` once, as the benchmark and reports its rate beside that of
/// memcpy.
void measure(benchmark::State& state, std::span<std::uint64_t const> words, std::size_t messages,
             auto&& work) {
  double const limit = memcpy_rate(words);
  double const seconds = cpu_seconds_of([&] {
    for (auto _ : state) {
      work();
      benchmark::ClobberMemory();
    }
  });
  auto const runs = static_cast<double>(state.iterations());
  double const rate = runs * static_cast<double>(words.size_bytes()) / seconds;
  state.counters["GB/s"] = rate * 1e-9;
  state.counters["ns/message"] = 1e9 * seconds / (runs * static_cast<double>(messages));
  state.counters["memcpy_GB/s"] = limit * 1e-9;
  state.counters["of_memcpy"] = rate / limit;
}

}  // namespace hx::bench
