// Prints how the router does on the 27 benchmark networks.
//
//     bazel run //tests/bench/routing:routing_table -- [--seeds N] [--only NUMBER] [--effort N] [-v]

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <string_view>

#include "routing/checker.h"
#include "routing/router.h"
#include "tests/bench/routing/networks.h"

namespace {

struct Arguments {
  std::uint64_t seeds = 10;
  int only = 0;
  hx::routing::Options options = {};
  bool verbose = false;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string_view const key = argv[i];
    char const* value = i + 1 < argc ? argv[i + 1] : "0";
    if (key == "-v") {
      arguments.verbose = true;
    } else if (key == "--seeds") {
      arguments.seeds = std::strtoull(value, nullptr, 10);
    } else if (key == "--only") {
      arguments.only = std::atoi(value);
    } else if (key == "--effort") {
      arguments.options.effort = static_cast<std::uint32_t>(std::strtoul(value, nullptr, 10));
    }
  }
  return arguments;
}

const char* text(hx::bench::Expected expected) {
  using hx::bench::Expected;
  switch (expected) {
    case Expected::kYes:
      return "yes";
    case Expected::kFeasible:
      return "feasible";
    case Expected::kLikely:
      return "likely";
    case Expected::kUncertain:
      return "uncertain";
    case Expected::kUnlikely:
      return "unlikely";
    case Expected::kInfeasible:
      return "infeasible";
  }
  return "";
}

/// "a/b/c/d e/f/g/h": one number per bus, top then bottom.
template <typename F>
std::string per_bus(hx::routing::Statistics const& statistics, F number) {
  std::string out;
  for (std::size_t p = 0; p < 8; ++p) {
    if (p > 0) out += p == 4 ? " " : "/";
    out += std::to_string(number(statistics.busses[p]));
  }
  return out;
}

void print_solution(hx::routing::Statistics const& s) {
  std::uint32_t reacting = 0;
  for (auto const& bus : s.busses) reacting = std::max(reacting, bus.max_drivers_per_event);
  using Bus = hx::routing::BusStatistics;
  std::printf(
      " rows %s  drivers %s  labels %s  react %u  per spike %.2f  tries %u (%s)\n",
      per_bus(s, [](Bus const& b) { return b.rows_excitatory + b.rows_inhibitory; }).c_str(),
      per_bus(s, [](Bus const& b) { return b.drivers; }).c_str(),
      per_bus(s, [](Bus const& b) { return b.labels; }).c_str(), reacting,
      s.mean_labels_per_external_spike, s.attempts, s.strategy.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  Arguments const arguments = parse(argc, argv);
  int wrong = 0;
  for (auto const& benchmark : hx::bench::routing_benchmarks()) {
    if (arguments.only != 0 && benchmark.number != arguments.only) continue;
    std::uint64_t const seeds = benchmark.random ? arguments.seeds : 1;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      auto const problem = benchmark.make(seed);
      // Processor time: other programs on the machine do not count.
      std::clock_t const begin = std::clock();
      auto const outcome = hx::routing::route(problem, arguments.options);
      double const ms = 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
      std::printf("%2d %-21s %-10s seed %llu %8.2f ms ", benchmark.number, benchmark.name.c_str(),
                  text(benchmark.expected), static_cast<unsigned long long>(seed), ms);
      if (!outcome) {
        std::printf("NO%s: %s\n", outcome.failure().proven ? " (proven)" : "",
                    outcome.failure().reasons.front().text().c_str());
        if (arguments.verbose) std::cout << outcome.failure() << std::endl;
        continue;
      }
      auto const report = hx::routing::check(problem, outcome.solution());
      std::printf("%s", report.ok() ? "ok" : "WRONG");
      if (!report.ok()) ++wrong;
      print_solution(outcome.solution().statistics);
      if (!report.ok()) std::cout << report << std::endl;
      std::fflush(stdout);
    }
  }
  return wrong == 0 ? 0 : 1;
}
