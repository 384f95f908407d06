/// The 27 networks by which routers are compared.
///
///     for (auto const& benchmark : hx::bench::routing_benchmarks())
///       auto outcome = hx::routing::route(benchmark.make(seed));
///
/// Random ones are drawn from the seed and are the same on every machine.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "routing/problem.h"

namespace hx::bench {

/// What is known about a benchmark.
enum class Expected : std::uint8_t {
  kYes,       ///< must be routed for every seed
  kFeasible,  ///< a mapping was constructed by hand
  kLikely,
  kUncertain,
  kUnlikely,
  kInfeasible,  ///< proven
};

struct RoutingBenchmark {
  int number = 0;
  std::string name = {};
  Expected expected = Expected::kYes;
  bool random = false;  ///< depends on the seed
  std::function<routing::Problem(std::uint64_t seed)> make = {};
};

std::vector<RoutingBenchmark> const& routing_benchmarks();

}  // namespace hx::bench
