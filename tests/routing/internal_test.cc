// The parts of the packing router: labels as colours, row selects and drivers, local search.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "routing/internal/drivers.h"
#include "routing/internal/labels.h"
#include "routing/internal/network.h"
#include "routing/internal/partition.h"
#include "routing/internal/random.h"

namespace hx::routing::internal {
namespace {

std::vector<Code> exact(std::vector<std::uint8_t> const& values) {
  std::vector<Code> codes;
  for (std::uint8_t value : values) codes.push_back({value, 31});
  return codes;
}

/// What the chip does: driver k with the mask reacts to row select s.
bool reacts(std::uint32_t k, std::uint32_t mask, std::uint32_t s) {
  return (s & mask) == (k & mask);
}

TEST(Drivers, IsolatingMasksReactToTheirGroupOnly) {
  std::vector<Code> const codes = {{0b00000, 0b10011}, {0b10001, 0b10011}, {0b10110, 0b11111}};
  for (std::uint32_t k = 0; k < 32; ++k) {
    for (std::size_t g = 0; g < codes.size(); ++g) {
      auto const mask = isolating_mask(k, g, codes);
      if (!mask) continue;
      for (std::uint32_t s = 0; s < 32; ++s) {
        for (std::size_t other = 0; other < codes.size(); ++other) {
          if ((s & codes[other].care) != codes[other].value) continue;
          EXPECT_EQ(reacts(k, *mask, s), other == g) << "driver " << k << " select " << s;
        }
      }
    }
  }
}

TEST(Drivers, TwoComplementaryCodesShareTheDriversInAnyProportion) {
  for (std::uint32_t first = 1; first <= 31; ++first) {
    EXPECT_EQ(allocate(exact({0, 31}), {first, 32 - first}).missing, 0U) << first;
  }
  EXPECT_GT(allocate(exact({0, 1}), {17, 15}).missing, 0U) << "one bit splits them evenly";
  EXPECT_EQ(allocate(exact({0, 1}), {16, 16}).missing, 0U);
}

TEST(Drivers, SixteenGroupsOfTwoDriversAreFound) {
  std::vector<CodeUnit> units;
  std::array<std::vector<std::uint32_t>, 2> demands;
  for (std::uint32_t g = 0; g < 16; ++g) {
    CodeUnit unit{.groups = {g}};
    for (std::uint8_t s = 0; s < 32; ++s) unit.options.push_back({{Code{s, 31}, Code{s, 31}}});
    units.push_back(unit);
    demands[0].push_back(2);
    demands[1].push_back(g < 8 ? 3 : 1);
  }
  Coding const coding = find_codes(units, demands, 1, 1000);
  EXPECT_EQ(coding.missing(), 0U);
  std::set<std::uint8_t> used;
  for (auto const& drivers : coding.allocations[0].drivers) {
    EXPECT_EQ(drivers.size(), 2U);
    used.insert(drivers.begin(), drivers.end());
  }
  EXPECT_EQ(used.size(), 32U);
}

TEST(Labels, EveryGroupHasDifferentLabelsEvenIfFull) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    // 256 sources between 4 groups of 64 on each side, in random order.
    std::vector<std::uint32_t> bottom(256);
    for (std::uint32_t i = 0; i < 256; ++i) bottom[i] = 4 + i / 64;
    for (std::uint32_t i = 256; i > 1; --i) std::swap(bottom[i - 1], bottom[random.below(i)]);
    std::vector<LabelEdge> edges;
    for (std::uint32_t i = 0; i < 256; ++i) edges.push_back({{i / 64, bottom[i]}});
    std::vector<std::uint8_t> labels;
    ASSERT_TRUE(colour(edges, std::vector<std::uint64_t>(8), labels)) << "seed " << seed;
    std::array<std::set<std::uint8_t>, 8> seen;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      for (std::uint32_t v : edges[i].groups) EXPECT_TRUE(seen[v].insert(labels[i]).second);
    }
  }
}

TEST(Labels, BlockedLabelsAreNotGivenAway) {
  std::vector<LabelEdge> const edges(60, {{0, kNone}});
  std::vector<std::uint8_t> labels;
  ASSERT_TRUE(colour(edges, {0b1111}, labels));
  EXPECT_EQ(*std::min_element(labels.begin(), labels.end()), 4);
  EXPECT_FALSE(colour(std::vector<LabelEdge>(61, {{0, kNone}}), {0b1111}, labels));
}

TEST(Partition, SharesRowsBySign) {
  for (RowLimit const& limit : share_rows({40, 12}, 2, 64)) {
    EXPECT_EQ(limit[0] + limit[1], 32U);
    EXPECT_GE(limit[0], 20U);
    EXPECT_GE(limit[1], 6U);
  }
  EXPECT_EQ(share_rows({40, 0}, 2, 64), (std::vector<RowLimit>{{32, 0}}));
}

TEST(Partition, FindsGroupsThatMeetTheLimits) {
  // 64 items on 32 slots; pairs of items collide unless they are in different groups.
  PartitionProblem problem;
  problem.groups = 2;
  problem.slots = 32;
  problem.capacity = 32;
  problem.limits[0] = {{1, 0}};
  problem.circuits.assign(32, {1, 1});
  problem.hemisphere.assign(32, 0);
  for (std::uint32_t i = 0; i < 64; ++i) {
    PartitionItem item;
    item.group = i / 32;
    item.present = {true, false};
    item.demands = {{i / 2, 0, 1}};
    problem.items.push_back(item);
  }
  ASSERT_TRUE(improve_partition(problem, 3, 200));
  for (std::uint32_t i = 0; i < 64; i += 2) {
    EXPECT_NE(problem.items[i].group, problem.items[i + 1].group);
  }
}

}  // namespace
}  // namespace hx::routing::internal
