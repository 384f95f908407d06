/// From a `Problem` to a `Solution`, or to the reasons why there is none.
///
///     hx::routing::Outcome outcome = hx::routing::route(problem);
///     if (!outcome) return outcome.failure().error();
///     hx::routing::Solution const& solution = outcome.solution();
///
/// Routers are deterministic: equal problem and equal options give an equal solution on every
/// machine. Effort is counted in trials, never in time. `route` may be called from many threads at
/// once, also on one Router.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "routing/failure.h"
#include "routing/problem.h"
#include "routing/solution.h"

namespace hx::routing {

/// A solution or a failure.
class [[nodiscard]] Outcome {
 public:
  Outcome(Solution solution)
      : state_(std::move(solution)) {}                      // NOLINT(google-explicit-constructor)
  Outcome(Failure failure) : state_(std::move(failure)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  /// Contract: has_value().
  [[nodiscard]] Solution const& solution() const&;
  [[nodiscard]] Solution&& solution() &&;
  /// Contract: !has_value().
  [[nodiscard]] Failure const& failure() const;
  /// The same with the failure as an Error.
  [[nodiscard]] Result<Solution> result() &&;

 private:
  std::variant<Solution, Failure> state_;
};

/// A way to find a mapping.
class Router {
 public:
  virtual ~Router() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  virtual Outcome route(Problem const& problem) const = 0;
};

struct Options {
  std::uint64_t seed = 1;
  /// Randomised trials of the packing search before it gives up; each costs about as much as one
  /// greedy routing. 0: only the first, not randomised one.
  std::uint32_t effort = 64;
  /// Whether neurons without a given placement may be placed in another order than first fit if
  /// nothing else helps (interleaved over the event outputs, which balances the busses).
  bool may_interleave = true;
  /// Propagate every label through the finished solution (checker.h) before it is returned; a
  /// violation would be a defect of the router and becomes a failure.
  bool check = true;
};

/// Every label group has drivers of its own, in linear order. Fast and predictable.
std::unique_ptr<Router> make_greedy_router(Options const& options = {});
/// Shares drivers and rows between sources, filters neurons in the crossbar, restarts.
std::unique_ptr<Router> make_packing_router(Options const& options = {});
/// Tries one after the other; the first solution wins, reasons of all are kept.
std::unique_ptr<Router> make_portfolio_router(std::vector<std::unique_ptr<Router>> routers);
/// What everybody should use: limits that no mapping can exceed, then greedy, then packing.
std::unique_ptr<Router> make_default_router(Options const& options = {});

/// `make_default_router(options)->route(problem)`.
Outcome route(Problem const& problem, Options const& options = {});

}  // namespace hx::routing
