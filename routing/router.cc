#include "routing/router.h"

#include <chrono>
#include <string>

#include "routing/checker.h"
#include "routing/internal/assemble.h"
#include "routing/internal/assign.h"
#include "routing/internal/limits.h"
#include "routing/internal/network.h"

namespace hx::routing {
namespace {

using internal::Assignment;
using internal::BusPlan;
using internal::Network;
using internal::Strategy;

struct NamedStrategy {
  std::string name;
  Strategy strategy;
};

std::vector<NamedStrategy> greedy_strategies() {
  std::vector<NamedStrategy> out;
  out.push_back({"greedy", {.greedy = true, .by_sign = true}});
  out.push_back({"greedy by source", {.greedy = true, .by_sign = false}});
  return out;
}

/// From cheap to thorough; then random ones up to the effort.
std::vector<NamedStrategy> packing_strategies(Options const& options) {
  std::vector<NamedStrategy> out;
  for (std::uint32_t trials : {0U, 64U}) {
    for (bool labels_first : {false, true}) {
      for (bool by_sign : {true, false}) {
        for (bool joint : {true, false}) {
          Strategy strategy;
          strategy.by_sign = by_sign;
          strategy.labels_first = labels_first;
          strategy.joint = joint;
          strategy.trials = trials;
          strategy.seed = options.seed;
          std::string name = trials == 0 ? "packing" : "packing with search";
          if (!by_sign) name += ", by source";
          if (labels_first) name += ", labels first";
          if (!joint) name += ", a label per hemisphere";
          out.push_back({name, strategy});
        }
      }
    }
  }
  std::size_t const fixed = out.size();
  for (std::uint32_t i = 0; i < options.effort; ++i) {
    NamedStrategy random = out[fixed / 2 + i % (fixed / 2)];
    random.strategy.shuffle = true;
    random.strategy.trials = 64U << std::min(i / 16, 4U);
    random.strategy.seed = options.seed + 1 + i;
    random.name += ", shuffled";
    out.push_back(random);
  }
  if (options.effort == 0) out.resize(fixed / 2);
  return out;
}

/// True if the strategies would do the same for this network.
struct Features {
  bool spanning = false;  ///< targets on both hemispheres
  bool externals = false;
  bool both_sides = false;  ///< an external source with targets on both hemispheres
  bool backgrounds = false;
};

Features features_of(Network const& network) {
  Features features;
  for (std::uint32_t s = 0; s < network.sources.size(); ++s) {
    SourceKind const kind = network.sources[s].source.population.kind;
    if (!network.sources[s].connected) continue;
    features.backgrounds |= kind == SourceKind::kBackground;
    bool top = false;
    bool bottom = false;
    for (internal::Demand const& demand : network.demands[s]) {
      auto const& circuits = network.targets[demand.place].circuits[demand.sign];
      top |= circuits[0] != 0;
      bottom |= circuits[1] != 0;
      features.spanning |= circuits[0] != 0 && circuits[1] != 0;
    }
    if (kind != SourceKind::kExternal) continue;
    features.externals = true;
    features.both_sides |= top && bottom;
  }
  return features;
}

bool redundant(Strategy const& strategy, Features const& features) {
  if (!strategy.by_sign && !features.spanning) return true;
  if (strategy.labels_first && !features.externals) return true;
  return !strategy.joint && !features.both_sides;
}

class Search {
 public:
  Search(Problem const& problem, Options const& options) : problem_(problem), options_(options) {}

  std::optional<Solution> run(Network const& network,
                              std::vector<NamedStrategy> const& strategies) {
    Features const features = features_of(network);
    for (NamedStrategy const& named : strategies) {
      if (redundant(named.strategy, features)) continue;
      ++attempts_;
      auto solution = attempt(network, named);
      if (solution) return solution;
    }
    return std::nullopt;
  }

  Failure failure() && { return std::move(failure_); }
  std::uint32_t attempts() const { return attempts_; }

 private:
  std::optional<Solution> attempt(Network const& network, NamedStrategy const& named) {
    Assignment const assignment = internal::assign(problem_, network, named.strategy);
    if (!assignment.reasons.empty()) {
      keep(named.name, assignment.reasons);
      return std::nullopt;
    }
    internal::BusOptions options;
    options.seed = named.strategy.seed;
    options.trials = named.strategy.trials;
    options.only_greedy = named.strategy.greedy;
    std::array<BusPlan, internal::kBusses> plans;
    for (std::uint32_t bus = 0; bus < internal::kBusses; ++bus) {
      auto outcome = internal::solve_bus(network, bus, assignment.carriers[bus], options);
      if (!outcome.plan) {
        keep(named.name, outcome.reasons);
        return std::nullopt;
      }
      plans[bus] = std::move(*outcome.plan);
    }
    Solution solution = internal::assemble(problem_, network, assignment, plans);
    solution.statistics.strategy = named.name;
    solution.statistics.seed = named.strategy.seed;
    solution.statistics.attempts = attempts_;
    if (!options_.check) return solution;
    CheckReport const report = check(problem_, solution, 3);
    if (report.ok()) return solution;
    for (Violation const& violation : report.violations) {
      Reason reason;
      reason.constraint = violation.constraint;
      reason.message =
          "defect of the router: its result is wrong at " + violation.place + ": " + violation.text;
      reason.hint = "report this network; another seed may help";
      keep(named.name, {reason});
    }
    return std::nullopt;
  }

  /// The reasons of every strategy, but random ones only once.
  void keep(std::string const& name, std::vector<Reason> const& reasons) {
    for (Reason reason : reasons) {
      reason.strategy = name;
      bool known = false;
      for (Reason const& other : failure_.reasons) {
        known |= other.strategy == name && other.constraint == reason.constraint;
      }
      if (!known) failure_.reasons.push_back(std::move(reason));
    }
  }

  Problem const& problem_;
  Options const& options_;
  Failure failure_;
  std::uint32_t attempts_ = 0;
};

Reason input_reason(Error const& error) {
  Reason reason;
  reason.constraint = Constraint::kInput;
  reason.strategy = "limits";
  reason.message = error.message;
  reason.hint = error.hint;
  return reason;
}

/// The frame of all routers: valid input, placement, limits, strategies.
class StrategyRouter : public Router {
 public:
  StrategyRouter(std::string name, std::vector<NamedStrategy> strategies, Options options)
      : name_(std::move(name)), strategies_(std::move(strategies)), options_(options) {}

  [[nodiscard]] std::string_view name() const override { return name_; }

  Outcome route(Problem const& problem) const override {
    auto const begin = std::chrono::steady_clock::now();
    if (auto valid = validate(problem); !valid) {
      return Failure{.proven = true, .reasons = {input_reason(valid.error())}};
    }
    Failure failure;
    Search search(problem, options_);
    bool proven = true;
    for (PlacementOrder order : {PlacementOrder::kFirstFit, PlacementOrder::kInterleaved}) {
      if (order == PlacementOrder::kInterleaved && !may_interleave(problem)) break;
      PlacementResult placement = place(problem, order);
      if (!placement) {
        failure.reasons.push_back(placement.reason());
        if (placement.reason().constraint == Constraint::kP1OneOwner) break;
        continue;
      }
      Network const network = internal::make_network(problem, *placement);
      internal::Limits const limits = internal::find_limits(problem, network);
      for (auto const* list : {&limits.anywhere, &limits.here}) {
        failure.reasons.insert(failure.reasons.end(), list->begin(), list->end());
      }
      if (!limits.anywhere.empty()) break;
      if (!limits.here.empty()) continue;
      proven = false;
      if (auto solution = search.run(network, strategies_)) {
        solution->statistics.duration = std::chrono::steady_clock::now() - begin;
        return *std::move(solution);
      }
    }
    failure.proven = proven;
    Failure tried = std::move(search).failure();
    failure.reasons.insert(failure.reasons.end(), tried.reasons.begin(), tried.reasons.end());
    return failure;
  }

 private:
  bool may_interleave(Problem const& problem) const {
    if (!options_.may_interleave) return false;
    for (NeuronPopulation const& population : problem.neurons) {
      if (population.placement.empty() && population.size > 0) return true;
    }
    return false;
  }

  std::string name_;
  std::vector<NamedStrategy> strategies_;
  Options options_;
};

class PortfolioRouter : public Router {
 public:
  explicit PortfolioRouter(std::vector<std::unique_ptr<Router>> routers)
      : routers_(std::move(routers)) {}

  [[nodiscard]] std::string_view name() const override { return "portfolio"; }

  Outcome route(Problem const& problem) const override {
    Failure failure;
    for (auto const& router : routers_) {
      Outcome outcome = router->route(problem);
      if (outcome) return outcome;
      Failure const& why = outcome.failure();
      failure.reasons.insert(failure.reasons.end(), why.reasons.begin(), why.reasons.end());
      failure.proven = why.proven;
      if (failure.proven) break;
    }
    return failure;
  }

 private:
  std::vector<std::unique_ptr<Router>> routers_;
};

}  // namespace

Solution const& Outcome::solution() const& {
  HX_CHECK(has_value()) << "solution() of a failure: " << std::get<1>(state_);
  return std::get<0>(state_);
}
Solution&& Outcome::solution() && {
  HX_CHECK(has_value()) << "solution() of a failure: " << std::get<1>(state_);
  return std::get<0>(std::move(state_));
}
Failure const& Outcome::failure() const {
  HX_CHECK(!has_value()) << "failure() of a solution";
  return std::get<1>(state_);
}
Result<Solution> Outcome::result() && {
  if (!has_value()) return failure().error();
  return std::get<0>(std::move(state_));
}

std::unique_ptr<Router> make_greedy_router(Options const& options) {
  return std::make_unique<StrategyRouter>("greedy", greedy_strategies(), options);
}

std::unique_ptr<Router> make_packing_router(Options const& options) {
  return std::make_unique<StrategyRouter>("packing", packing_strategies(options), options);
}

std::unique_ptr<Router> make_portfolio_router(std::vector<std::unique_ptr<Router>> routers) {
  return std::make_unique<PortfolioRouter>(std::move(routers));
}

std::unique_ptr<Router> make_default_router(Options const& options) {
  std::vector<NamedStrategy> strategies = greedy_strategies();
  for (NamedStrategy& strategy : packing_strategies(options)) {
    strategies.push_back(std::move(strategy));
  }
  return std::make_unique<StrategyRouter>("default", std::move(strategies), options);
}

Outcome route(Problem const& problem, Options const& options) {
  return make_default_router(options)->route(problem);
}

}  // namespace hx::routing
