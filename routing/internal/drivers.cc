#include "routing/internal/drivers.h"

#include <algorithm>
#include <bit>

#include "routing/internal/network.h"
#include "routing/internal/random.h"

namespace hx::routing::internal {
namespace {

/// Augmenting paths from the seats of the groups to the 32 drivers.
class Matching {
 public:
  explicit Matching(std::vector<std::uint32_t> const& serves) : serves_(serves) {
    owner_.fill(kNone);
  }

  bool add_seat(std::uint32_t group) {
    visited_ = 0;
    return augment(group);
  }
  [[nodiscard]] std::uint32_t owner(std::uint32_t driver) const { return owner_[driver]; }

 private:
  bool augment(std::uint32_t group) {
    for (std::uint32_t k = 0; k < kDriversPerBus; ++k) {
      std::uint32_t const bit = 1U << k;
      if ((serves_[group] & bit) == 0 || (visited_ & bit) != 0) continue;
      visited_ |= bit;
      if (owner_[k] == kNone || augment(owner_[k])) {
        owner_[k] = group;
        return true;
      }
    }
    return false;
  }

  std::vector<std::uint32_t> const& serves_;  ///< by group: bit set of drivers
  std::array<std::uint32_t, kDriversPerBus> owner_ = {};
  std::uint32_t visited_ = 0;
};

int distance(Code a, Code b) {
  if (!a.active || !b.active) return 5;
  return std::popcount(static_cast<unsigned>((a.value ^ b.value) & a.care & b.care));
}

class CodeSearch {
 public:
  CodeSearch(std::vector<CodeUnit> const& units,
             std::array<std::vector<std::uint32_t>, 2> const& demands)
      : units_(units), demands_(demands), choice_(units.size()) {
    for (std::size_t h = 0; h < 2; ++h) coding_.codes[h].resize(demands[h].size());
  }

  /// Each unit in turn takes the option that is farthest from all codes so far.
  void spread() {
    std::vector<std::uint32_t> done;
    for (std::size_t u = 0; u < units_.size(); ++u) {
      std::pair<int, int> best = {-1, -1};
      std::size_t best_option = 0;
      for (std::size_t o = 0; o < units_[u].options.size(); ++o) {
        set(u, o);
        auto const far = farness(units_[u], done);
        if (far > best) {
          best = far;
          best_option = o;
        }
      }
      set(u, best_option);
      done.insert(done.end(), units_[u].groups.begin(), units_[u].groups.end());
    }
  }

  /// Units with all 32 row selects get words of even weight: sixteen of them share the drivers
  /// between them in many ways.
  void even_words() {
    std::vector<std::uint32_t> done;
    std::uint32_t word = 0;
    for (std::size_t u = 0; u < units_.size(); ++u) {
      if (units_[u].options.size() != 32) {
        done.insert(done.end(), units_[u].groups.begin(), units_[u].groups.end());
      }
    }
    for (std::size_t u = 0; u < units_.size(); ++u) {
      if (units_[u].options.size() != 32) continue;
      for (; word < 64; ++word) {
        if ((std::popcount(word % 32) + word / 32) % 2 != 0) continue;
        set(u, word % 32);
        if (farness(units_[u], done).first > 0) break;
      }
      done.insert(done.end(), units_[u].groups.begin(), units_[u].groups.end());
      ++word;
    }
  }

  std::uint32_t evaluate() {
    for (std::size_t h = 0; h < 2; ++h) {
      coding_.allocations[h] = allocate(coding_.codes[h], demands_[h]);
    }
    return coding_.missing();
  }

  /// Changes one unit at a time, keeps what is not worse.
  void climb(Random& random, std::uint32_t trials) {
    std::uint32_t missing = evaluate();
    for (std::uint32_t i = 0; i < trials && missing > 0 && !units_.empty(); ++i) {
      std::size_t const u = random.below(units_.size());
      std::size_t const old = choice_[u];
      Coding const before = coding_;
      set(u, random.below(units_[u].options.size()));
      std::uint32_t const now = evaluate();
      if (now <= missing) {
        missing = now;
      } else {
        coding_ = before;
        choice_[u] = old;
      }
    }
  }

  Coding const& coding() const { return coding_; }

 private:
  void set(std::size_t u, std::size_t option) {
    choice_[u] = option;
    for (std::size_t j = 0; j < units_[u].groups.size(); ++j) {
      for (std::size_t h = 0; h < 2; ++h) {
        coding_.codes[h][units_[u].groups[j]] = units_[u].options[option][j][h];
      }
    }
  }

  std::pair<int, int> farness(CodeUnit const& unit, std::vector<std::uint32_t> const& done) const {
    int nearest = 6;
    int sum = 0;
    for (std::uint32_t g : unit.groups) {
      for (std::uint32_t other : done) {
        for (std::size_t h = 0; h < 2; ++h) {
          int const d = distance(coding_.codes[h][g], coding_.codes[h][other]);
          nearest = std::min(nearest, d);
          sum += d;
        }
      }
    }
    return {nearest, sum};
  }

  std::vector<CodeUnit> const& units_;
  std::array<std::vector<std::uint32_t>, 2> const& demands_;
  std::vector<std::size_t> choice_;
  Coding coding_;
};

}  // namespace

std::optional<std::uint8_t> isolating_mask(std::uint32_t k, std::size_t g,
                                           std::vector<Code> const& codes) {
  std::uint32_t const mask = codes[g].care & ~(k ^ codes[g].value) & 31U;
  for (std::size_t other = 0; other < codes.size(); ++other) {
    if (other == g || !codes[other].active) continue;
    if (((codes[g].value ^ codes[other].value) & codes[other].care & mask) == 0) {
      return std::nullopt;
    }
  }
  return static_cast<std::uint8_t>(mask);
}

Allocation allocate(std::vector<Code> const& codes, std::vector<std::uint32_t> const& demands) {
  std::vector<std::uint32_t> serves(codes.size());
  for (std::size_t g = 0; g < codes.size(); ++g) {
    for (std::uint32_t k = 0; k < kDriversPerBus; ++k) {
      if (isolating_mask(k, g, codes)) serves[g] |= 1U << k;
    }
  }
  Allocation allocation;
  allocation.drivers.resize(codes.size());
  Matching matching(serves);
  for (std::uint32_t g = 0; g < codes.size(); ++g) {
    for (std::uint32_t seat = 0; seat < demands[g]; ++seat) {
      if (matching.add_seat(g)) continue;
      allocation.missing += demands[g] - seat;
      break;
    }
  }
  for (std::uint32_t k = 0; k < kDriversPerBus; ++k) {
    if (matching.owner(k) == kNone) continue;
    allocation.drivers[matching.owner(k)].push_back(static_cast<std::uint8_t>(k));
  }
  return allocation;
}

Coding find_codes(std::vector<CodeUnit> const& units,
                  std::array<std::vector<std::uint32_t>, 2> const& demands, std::uint64_t seed,
                  std::uint32_t trials) {
  if (std::any_of(units.begin(), units.end(), [](CodeUnit const& u) { return !u.loose.empty(); })) {
    std::vector<CodeUnit> loose = units;
    for (CodeUnit& unit : loose) {
      if (!unit.loose.empty()) unit.options = {unit.loose};
    }
    CodeSearch search(loose, demands);
    search.spread();
    if (search.evaluate() == 0) return search.coding();
  }
  Random random(seed);
  CodeSearch spread(units, demands);
  spread.spread();
  spread.climb(random, trials / 2);
  if (spread.coding().missing() == 0) return spread.coding();
  CodeSearch even(units, demands);
  even.spread();
  even.even_words();
  even.climb(random, trials / 2);
  return even.coding().missing() < spread.coding().missing() ? even.coding() : spread.coding();
}

}  // namespace hx::routing::internal
