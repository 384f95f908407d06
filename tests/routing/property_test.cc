// Random small networks: a checked solution, or a structured failure.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "routing/checker.h"
#include "routing/router.h"
#include "tests/routing/random_problem.h"

namespace hx::routing {
namespace {

constexpr std::uint64_t kNetworks = 400;

TEST(RouterProperty, SolvesOrExplains) {
  std::uint64_t solved = 0;
  for (std::uint64_t seed = 0; seed < kNetworks; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Problem const problem = test::random_problem(seed);
    ASSERT_TRUE(validate(problem)) << validate(problem).error();
    Outcome const outcome = route(problem, {.effort = 4, .check = false});
    if (outcome) {
      ++solved;
      CheckReport const report = check(problem, outcome.solution());
      ASSERT_TRUE(report.ok()) << report;
      continue;
    }
    Failure const& failure = outcome.failure();
    ASSERT_FALSE(failure.reasons.empty());
    for (Reason const& reason : failure.reasons) {
      EXPECT_FALSE(reason.message.empty());
      EXPECT_FALSE(reason.hint.empty());
      EXPECT_FALSE(reason.strategy.empty());
      EXPECT_GT(reason.need, 0U) << reason.text();
      EXPECT_EQ(reason.text().find("defect"), std::string::npos) << reason.text();
    }
  }
  RecordProperty("solved", static_cast<int>(solved));
  // The generator makes mostly small networks: most of them must fit, and some must not.
  EXPECT_GT(solved, kNetworks / 2);
  EXPECT_LT(solved, kNetworks);
}

TEST(RouterProperty, SolvesOrExplainsSourcesWithOwnDrivers) {
  std::uint64_t solved = 0;
  std::uint64_t networks = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Problem problem = test::random_problem(seed);
    if (problem.externals.empty()) continue;
    problem.externals.front().own_drivers = true;
    ++networks;
    Outcome const outcome = route(problem, {.effort = 4, .check = false});
    if (outcome) {
      ++solved;
      CheckReport const report = check(problem, outcome.solution());
      ASSERT_TRUE(report.ok()) << report;
      continue;
    }
    for (Reason const& reason : outcome.failure().reasons) {
      EXPECT_FALSE(reason.hint.empty());
      EXPECT_EQ(reason.text().find("defect"), std::string::npos) << reason.text();
    }
  }
  EXPECT_GT(solved, networks / 3);
}

TEST(RouterProperty, GreedyNeverContradictsTheDefaultRouter) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Problem const problem = test::random_problem(seed);
    Outcome const greedy = make_greedy_router()->route(problem);
    if (!greedy) continue;
    EXPECT_TRUE(check(problem, greedy.solution()).ok()) << "seed " << seed;
    EXPECT_TRUE(route(problem)) << "seed " << seed;
  }
}

TEST(RouterProperty, IsDeterministic) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Problem const problem = test::random_problem(seed);
    Outcome const a = route(problem, {.effort = 4});
    Outcome const b = route(problem, {.effort = 4});
    ASSERT_EQ(a.has_value(), b.has_value()) << "seed " << seed;
    if (a) {
      EXPECT_TRUE(same_result(a.solution(), b.solution())) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace hx::routing
