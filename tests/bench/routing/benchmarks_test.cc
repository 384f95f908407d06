#include <gtest/gtest.h>

#include <algorithm>

#include "routing/checker.h"
#include "routing/router.h"
#include "tests/bench/routing/networks.h"

namespace hx::bench {
namespace {

std::uint64_t seeds_of(RoutingBenchmark const& benchmark) {
  return benchmark.random ? 10 : 1;
}

RoutingBenchmark const& numbered(int number) {
  return routing_benchmarks()[static_cast<std::size_t>(number - 1)];
}

class Benchmark : public testing::TestWithParam<int> {};

TEST_P(Benchmark, IsRoutedForEverySeedAndTheCheckerAgrees) {
  RoutingBenchmark const& benchmark = numbered(GetParam());
  for (std::uint64_t seed = 0; seed < seeds_of(benchmark); ++seed) {
    routing::Problem const problem = benchmark.make(seed);
    routing::Outcome const outcome = routing::route(problem, {.check = false});
    ASSERT_TRUE(outcome) << benchmark.name << " seed " << seed << ": " << outcome.failure();
    routing::CheckReport const report = routing::check(problem, outcome.solution());
    EXPECT_TRUE(report.ok()) << benchmark.name << " seed " << seed << ": " << report;
  }
}

/// All that are marked yes or feasible, and those beyond that have always been solved.
INSTANTIATE_TEST_SUITE_P(Routed, Benchmark,
                         testing::Values(1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19,
                                         20, 21, 22, 23, 24, 26));

TEST(Benchmarks, ListIsComplete) {
  auto const& all = routing_benchmarks();
  ASSERT_EQ(all.size(), 27U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].number, static_cast<int>(i) + 1);
  auto const synapses = [&](int number) {
    std::size_t sum = 0;
    for (auto const& projection : numbered(number).make(0).projections) {
      for (auto const& connection : projection.connections) sum += connection.synapses;
    }
    return sum;
  };
  EXPECT_EQ(synapses(4), 131072U);
  EXPECT_EQ(synapses(7), 130872U);
  EXPECT_EQ(synapses(9), 131072U);
  EXPECT_EQ(synapses(23), 65536U);
}

TEST(Benchmarks, InDegree258IsRefusedAtItsCircuit) {
  routing::Outcome const outcome = routing::route(numbered(5).make(0));
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.failure().proven);
  routing::Reason const& reason = outcome.failure().reasons.front();
  EXPECT_EQ(reason.constraint, routing::Constraint::kC2InDegree);
  EXPECT_EQ(reason.need, 258U);
  EXPECT_EQ(reason.capacity, 256U);
  EXPECT_EQ(reason.circuit, AtomicNeuron(0));
  EXPECT_NE(reason.hint.find("2 circuits"), std::string::npos) << reason.hint;
}

TEST(Benchmarks, InDegree512IsRefused) {
  routing::Outcome const outcome = routing::route(numbered(10).make(0));
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.failure().proven);
  EXPECT_EQ(outcome.failure().reasons.front().constraint, routing::Constraint::kC2InDegree);
  EXPECT_EQ(outcome.failure().reasons.front().need, 512U);
}

TEST(Benchmarks, PartitionedNetworkSaysHowManyCircuitsItWouldNeed) {
  routing::Outcome const outcome = routing::route(numbered(27).make(0));
  ASSERT_FALSE(outcome);
  routing::Reason const& reason = outcome.failure().reasons.front();
  EXPECT_EQ(reason.constraint, routing::Constraint::kC2InDegree);
  EXPECT_EQ(reason.need, 1568U);
  EXPECT_NE(reason.hint.find("7 circuits"), std::string::npos) << reason.hint;
  EXPECT_NE(reason.hint.find("3500 of 512"), std::string::npos) << reason.hint;
}

/// Each quarter of a generator's 256 sources has 16 rows: whatever fits is routed, and nothing else
/// is refused.
TEST(Benchmarks, BackgroundOnlyIsRoutedUnlessAQuarterHasMoreThan16Inputs) {
  int routed = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    routing::Problem const problem = numbered(25).make(seed);
    std::vector<std::uint32_t> counts(4 * 4 * 512);
    for (auto const& projection : problem.projections) {
      for (auto const& connection : projection.connections) {
        ++counts[(projection.source.index * 4 + connection.source / 64) * 512 + connection.target];
      }
    }
    bool const fits = *std::max_element(counts.begin(), counts.end()) <= 16;
    routing::Outcome const outcome = routing::route(problem);
    EXPECT_EQ(outcome.has_value(), fits) << "seed " << seed;
    if (outcome) {
      ++routed;
      EXPECT_TRUE(routing::check(problem, outcome.solution()).ok()) << "seed " << seed;
    } else {
      EXPECT_TRUE(outcome.failure().proven);
      EXPECT_EQ(outcome.failure().reasons.front().constraint,
                routing::Constraint::kC7BackgroundLabel);
    }
  }
  EXPECT_GE(routed, 5);
}

TEST(Benchmarks, SameSeedGivesTheSameSolution) {
  for (int number : {3, 15, 18, 24}) {
    routing::Problem const problem = numbered(number).make(3);
    routing::Outcome const a = routing::route(problem);
    routing::Outcome const b = routing::route(problem);
    ASSERT_TRUE(a);
    ASSERT_TRUE(b);
    EXPECT_TRUE(routing::same_result(a.solution(), b.solution())) << numbered(number).name;
  }
}

TEST(Benchmarks, ExternalSpikesNeedOneLabel) {
  for (int number : {2, 3, 4, 6, 18, 22, 24}) {
    routing::Outcome const outcome = routing::route(numbered(number).make(0));
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome.solution().statistics.max_labels_per_external_spike, 1U) << number;
  }
}

/// The load of a digital chip: with one source per row, an event wakes the drivers of its rows only;
/// neurons can tell fewer of them apart (two free bits of the row select).
TEST(Benchmarks, DenseLayersWakeFewDrivers) {
  auto const most = [](int number) {
    routing::Outcome const outcome = routing::route(numbered(number).make(0));
    EXPECT_TRUE(outcome);
    std::uint32_t drivers = 0;
    for (auto const& bus : outcome.solution().statistics.busses) {
      drivers = std::max(drivers, bus.max_drivers_per_event);
    }
    return drivers;
  };
  EXPECT_EQ(most(4), 1U);
  EXPECT_EQ(most(6), 1U);
  EXPECT_EQ(most(23), 2U);
  EXPECT_LE(most(3), 8U);
  EXPECT_LE(most(9), 4U);
}

}  // namespace
}  // namespace hx::bench
