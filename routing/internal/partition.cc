#include "routing/internal/partition.h"

#include <algorithm>
#include <cmath>

#include "routing/internal/random.h"

namespace hx::routing::internal {
namespace {

/// Counts of all groups and their cost: the sum of the squares of what exceeds a limit.
class Search {
 public:
  Search(PartitionProblem& problem, std::array<RowLimit, 2> const& limits)
      : problem_(problem), limit_(problem.slots * 2), counts_(problem.groups * problem.slots * 2) {
    for (std::size_t slot = 0; slot < problem.slots; ++slot) {
      for (std::size_t sign = 0; sign < 2; ++sign) {
        limit_[2 * slot + sign] = static_cast<std::int32_t>(limits[problem.hemisphere[slot]][sign] *
                                                            problem.circuits[slot][sign]);
      }
    }
    labels_.resize(problem.groups);
    members_.resize(problem.groups);
    for (std::uint32_t i = 0; i < problem.items.size(); ++i) {
      cost_ += put(i, problem.items[i].group);
      members_[problem.items[i].group].push_back(i);
    }
  }

  [[nodiscard]] std::int64_t cost() const { return cost_; }

  void run(Random& random, std::uint64_t moves) {
    auto const items = static_cast<std::uint32_t>(problem_.items.size());
    for (std::uint64_t move = 0; move < moves && cost_ > 0; ++move) {
      std::uint32_t const item = random.below(items);
      if (!in_conflict(item)) continue;
      for (int i = 0; i < 8 && cost_ > 0; ++i) {
        // Now and then a slightly worse step leads out of a dead end.
        std::int64_t const accept = random.below(64) == 0 ? 1 : 0;
        if (try_move(random, item, accept)) break;
      }
    }
  }

 private:
  std::int64_t put(std::uint32_t item, std::uint32_t group) { return change(item, group, 1); }
  std::int64_t drop(std::uint32_t item, std::uint32_t group) { return change(item, group, -1); }

  /// Adds (or takes away) an item's synapses; the change of the cost.
  std::int64_t change(std::uint32_t item, std::uint32_t group, std::int32_t direction) {
    PartitionItem const& it = problem_.items[item];
    std::int32_t* counts = &counts_[group * problem_.slots * 2];
    std::int64_t delta = 0;
    for (Demand const& demand : it.demands) {
      std::size_t const place = 2 * std::size_t{demand.place} + demand.sign;
      std::int64_t const before = std::max(0, counts[place] - limit_[place]);
      counts[place] += direction * std::int32_t{demand.count};
      std::int64_t const after = std::max(0, counts[place] - limit_[place]);
      delta += after * after - before * before;
    }
    for (std::size_t h = 0; h < 2; ++h) {
      if (it.present[h]) labels_[group][h] += direction;
    }
    return delta;
  }

  [[nodiscard]] bool in_conflict(std::uint32_t item) const {
    PartitionItem const& it = problem_.items[item];
    std::int32_t const* counts = &counts_[it.group * problem_.slots * 2];
    return std::any_of(it.demands.begin(), it.demands.end(), [&](Demand const& demand) {
      std::size_t const place = 2 * std::size_t{demand.place} + demand.sign;
      return counts[place] > limit_[place];
    });
  }

  [[nodiscard]] bool labels_fit(std::uint32_t group) const {
    return std::max(labels_[group][0], labels_[group][1]) <=
           static_cast<std::int32_t>(problem_.capacity);
  }

  /// Another group for the item, alone or in exchange for a member of it.
  bool try_move(Random& random, std::uint32_t item, std::int64_t accept) {
    auto const from = problem_.items[item].group;
    auto to = random.below(problem_.groups - 1);
    if (to >= from) ++to;
    std::int64_t delta = drop(item, from) + put(item, to);
    if (delta < accept && labels_fit(to)) {
      settle(item, from, to);
      cost_ += delta;
      return true;
    }
    if (!members_[to].empty()) {
      std::uint32_t const other =
          members_[to][random.below(static_cast<std::uint32_t>(members_[to].size()))];
      std::int64_t const both = delta + drop(other, to) + put(other, from);
      if (both < accept && labels_fit(from) && labels_fit(to)) {
        settle(item, from, to);
        settle(other, to, from);
        cost_ += both;
        return true;
      }
      drop(other, from);
      put(other, to);
    }
    drop(item, to);
    put(item, from);
    return false;
  }

  void settle(std::uint32_t item, std::uint32_t from, std::uint32_t to) {
    problem_.items[item].group = to;
    auto& members = members_[from];
    *std::find(members.begin(), members.end(), item) = members.back();
    members.pop_back();
    members_[to].push_back(item);
  }

  PartitionProblem& problem_;
  std::vector<std::int32_t> limit_;   ///< by slot and sign
  std::vector<std::int32_t> counts_;  ///< by group, slot, sign
  std::vector<std::array<std::int32_t, 2>> labels_;
  std::vector<std::vector<std::uint32_t>> members_;
  std::int64_t cost_ = 0;
};

}  // namespace

std::vector<RowLimit> share_rows(std::array<std::uint32_t, 2> most, std::uint32_t groups,
                                 std::uint32_t rows) {
  std::uint32_t const each = 2 * (rows / 2 / groups);
  std::array<std::uint32_t, 2> const least = {(most[0] + groups - 1) / groups,
                                              (most[1] + groups - 1) / groups};
  if (least[0] + least[1] >= each) return {{least[0], least[1]}};
  if (most[0] == 0) return {{0, each}};
  if (most[1] == 0) return {{each, 0}};
  std::uint32_t const slack = each - least[0] - least[1];
  // Counts scatter with the root of their mean.
  double const root0 = std::sqrt(most[0]);
  double const root1 = std::sqrt(most[1]);
  auto const best = static_cast<std::int32_t>(std::lround(slack * root0 / (root0 + root1)));
  std::vector<RowLimit> out;
  for (std::int32_t off : {0, -1, 1, -2, 2}) {
    std::int32_t const first = best + off;
    if (first < 0 || first > static_cast<std::int32_t>(slack)) continue;
    out.push_back({least[0] + static_cast<std::uint32_t>(first),
                   least[1] + slack - static_cast<std::uint32_t>(first)});
  }
  return out;
}

bool improve_partition(PartitionProblem& problem, std::uint64_t seed, std::uint32_t trials) {
  if (problem.groups < 2 || problem.items.empty()) return false;
  std::size_t const ways = std::max(problem.limits[0].size(), problem.limits[1].size());
  Random random(seed);
  for (std::size_t way = 0; way < ways; ++way) {
    std::array<RowLimit, 2> limits = {};
    for (std::size_t h = 0; h < 2; ++h) {
      auto const& list = problem.limits[h];
      if (!list.empty()) limits[h] = list[std::min(way, list.size() - 1)];
    }
    Search search(problem, limits);
    search.run(random, std::uint64_t{trials} * problem.items.size());
    if (search.cost() == 0) return true;
  }
  return false;
}

}  // namespace hx::routing::internal
