/// Which circuits a neuron gets.
///
///     auto placement = hx::routing::place(problem, hx::routing::PlacementOrder::kFirstFit);
///     if (!placement) std::cerr << placement.error().text();
///     hx::AtomicNeuron circuit = hx::routing::circuit_at(anchor,
///     shape.compartments[0].circuits[1]);
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "routing/failure.h"
#include "routing/problem.h"

namespace hx::routing {

/// Anchors by population and neuron.
struct Placement {
  std::vector<std::vector<AtomicNeuron>> anchors = {};
};

enum class PlacementOrder : std::uint8_t {
  /// In order of the circuit number: row 0 from column 0, then row 1. What users expect.
  kFirstFit,
  /// Columns 0, 32, 64, ... first, so that a population spreads over all event outputs.
  kInterleaved,
};

/// A placement, or the reason why there is none (P1, P2).
class PlacementResult {
 public:
  PlacementResult(Placement placement) : state_(std::move(placement)) {}  // NOLINT
  PlacementResult(Reason reason) : state_(std::move(reason)) {}           // NOLINT
  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  /// Contract: has_value().
  Placement const& operator*() const { return std::get<0>(state_); }
  Placement const* operator->() const { return &std::get<0>(state_); }
  /// Contract: !has_value().
  [[nodiscard]] Reason const& reason() const { return std::get<1>(state_); }

 private:
  std::variant<Placement, Reason> state_;
};

/// Places every neuron: given placements first, then the others in order of registration at the
/// first free circuits. `problem` is valid (problem.h).
PlacementResult place(Problem const& problem, PlacementOrder order = PlacementOrder::kFirstFit);

/// The circuit of a neuron at `anchor`, or nothing if it would lie off the chip.
std::optional<AtomicNeuron> circuit_at(AtomicNeuron anchor, CircuitShape const& circuit);

}  // namespace hx::routing
