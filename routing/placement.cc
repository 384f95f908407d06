#include "routing/placement.h"

#include <algorithm>
#include <array>
#include <string>

namespace hx::routing {
namespace {

constexpr std::uint32_t kColumns = NeuronColumn::kCount;
constexpr std::uint32_t kHalf = kColumns / 2;

/// Which neuron owns a circuit; for messages.
struct Owner {
  std::uint32_t population = 0;
  std::uint32_t neuron = 0;
};

struct Board {
  std::array<std::optional<Owner>, AtomicNeuron::kCount> owners = {};
  std::uint32_t used = 0;
};

struct Extent {
  std::uint32_t columns = 1;
  std::uint32_t rows = 1;
  std::uint32_t circuits = 0;
};

Extent extent_of(NeuronShape const& shape) {
  Extent extent;
  for (Compartment const& compartment : shape.compartments) {
    for (CircuitShape const& circuit : compartment.circuits) {
      extent.columns = std::max<std::uint32_t>(extent.columns, circuit.column + 1U);
      extent.rows = std::max<std::uint32_t>(extent.rows, circuit.row + 1U);
      ++extent.circuits;
    }
  }
  return extent;
}

/// P2: inside one half of the chip and inside its two rows.
bool inside(AtomicNeuron anchor, Extent const& extent) {
  std::uint32_t const column = anchor.value() % kColumns;
  std::uint32_t const row = anchor.value() / kColumns;
  return row + extent.rows <= 2 && column / kHalf == (column + extent.columns - 1) / kHalf &&
         column + extent.columns <= kColumns;
}

std::optional<AtomicNeuron> first_taken(Board const& board, AtomicNeuron anchor,
                                        NeuronShape const& shape) {
  for (Compartment const& compartment : shape.compartments) {
    for (CircuitShape const& circuit : compartment.circuits) {
      AtomicNeuron const place = *circuit_at(anchor, circuit);
      if (board.owners[place.value()]) return place;
    }
  }
  return std::nullopt;
}

void take(Board& board, AtomicNeuron anchor, NeuronShape const& shape, Owner owner) {
  for (Compartment const& compartment : shape.compartments) {
    for (CircuitShape const& circuit : compartment.circuits) {
      board.owners[circuit_at(anchor, circuit)->value()] = owner;
      ++board.used;
    }
  }
}

std::string name_of(Problem const& problem, std::uint32_t population, std::uint32_t neuron) {
  return "neuron " + std::to_string(neuron) + " of population '" +
         problem.neurons[population].name + "'";
}

std::string circuit_name(AtomicNeuron circuit) {
  return "circuit " + std::to_string(circuit.value()) + " (row " +
         std::to_string(circuit.value() / kColumns) + ", column " +
         std::to_string(circuit.value() % kColumns) + ")";
}

std::optional<Reason> too_many(Problem const& problem) {
  std::uint64_t need = 0;
  for (NeuronPopulation const& population : problem.neurons) {
    need += std::uint64_t{population.size} * extent_of(population.shape).circuits;
  }
  if (need <= AtomicNeuron::kCount) return std::nullopt;
  Reason reason;
  reason.constraint = Constraint::kP1OneOwner;
  reason.strategy = "limits";
  reason.message = "the neurons need more circuits than a chip has";
  reason.hint =
      "use fewer or smaller neurons, or split the network over several execution instances";
  reason.need = need;
  reason.capacity = AtomicNeuron::kCount;
  return reason;
}

std::optional<Reason> place_given(Problem const& problem, std::uint32_t p, Board& board) {
  NeuronPopulation const& population = problem.neurons[p];
  Extent const extent = extent_of(population.shape);
  for (std::uint32_t i = 0; i < population.size; ++i) {
    AtomicNeuron const anchor = population.placement[i];
    Reason reason;
    reason.strategy = "limits";
    reason.circuit = anchor;
    if (!inside(anchor, extent)) {
      reason.constraint = Constraint::kP2Shape;
      reason.message = name_of(problem, p, i) + " at " + circuit_name(anchor) + " is " +
                       std::to_string(extent.columns) + " columns and " +
                       std::to_string(extent.rows) + " rows large and leaves its half of the chip";
      reason.hint = "a neuron lies within columns 0..127 or 128..255 and rows 0..1";
      return reason;
    }
    if (auto const taken = first_taken(board, anchor, population.shape)) {
      Owner const owner = *board.owners[taken->value()];
      reason.constraint = Constraint::kP1OneOwner;
      reason.circuit = *taken;
      reason.message = name_of(problem, p, i) + " wants " + circuit_name(*taken) + ", which " +
                       name_of(problem, owner.population, owner.neuron) + " has";
      reason.hint = "give one of them another anchor, or leave one placement to the router";
      return reason;
    }
    take(board, anchor, population.shape, {p, i});
  }
  return std::nullopt;
}

std::vector<AtomicNeuron> search_order(PlacementOrder order) {
  std::vector<AtomicNeuron> places;
  for (std::uint32_t n = 0; n < AtomicNeuron::kCount; ++n) {
    if (order == PlacementOrder::kFirstFit) {
      places.emplace_back(n);
      continue;
    }
    std::uint32_t const row = n / kColumns;
    std::uint32_t const i = n % kColumns;
    places.emplace_back(kColumns * row + 32 * (i % 8) + i / 8);
  }
  return places;
}

std::optional<Reason> place_free(Problem const& problem, std::uint32_t p,
                                 std::vector<AtomicNeuron> const& order, Board& board,
                                 std::vector<AtomicNeuron>& anchors) {
  NeuronPopulation const& population = problem.neurons[p];
  Extent const extent = extent_of(population.shape);
  auto next = order.begin();
  for (std::uint32_t i = 0; i < population.size; ++i) {
    // What is taken or outside stays so: the search for the next neuron goes on where this ended.
    next = std::find_if(next, order.end(), [&](AtomicNeuron anchor) {
      return inside(anchor, extent) && !first_taken(board, anchor, population.shape);
    });
    if (next == order.end()) {
      Reason reason;
      reason.constraint = Constraint::kP2Shape;
      reason.strategy = "limits";
      reason.message = "no free place for " + name_of(problem, p, i) + " of " +
                       std::to_string(extent.columns) + " columns and " +
                       std::to_string(extent.rows) + " rows; " +
                       std::to_string(AtomicNeuron::kCount - board.used) + " circuits are free";
      reason.hint = "place large neurons first, or give placements that leave no gaps";
      reason.need = extent.circuits;
      reason.capacity = AtomicNeuron::kCount - board.used;
      return reason;
    }
    anchors.push_back(*next);
    take(board, *next, population.shape, {p, i});
  }
  return std::nullopt;
}

}  // namespace

std::optional<AtomicNeuron> circuit_at(AtomicNeuron anchor, CircuitShape const& circuit) {
  std::uint32_t const column = anchor.value() % kColumns + circuit.column;
  std::uint32_t const row = anchor.value() / kColumns + circuit.row;
  if (column >= kColumns || row >= 2) return std::nullopt;
  return AtomicNeuron(kColumns * row + column);
}

PlacementResult place(Problem const& problem, PlacementOrder order) {
  if (auto reason = too_many(problem)) return *reason;
  Board board;
  Placement placement;
  placement.anchors.resize(problem.neurons.size());
  for (std::uint32_t p = 0; p < problem.neurons.size(); ++p) {
    if (problem.neurons[p].placement.empty()) continue;
    if (auto reason = place_given(problem, p, board)) return *reason;
    placement.anchors[p] = problem.neurons[p].placement;
  }
  std::vector<AtomicNeuron> const places = search_order(order);
  for (std::uint32_t p = 0; p < problem.neurons.size(); ++p) {
    if (!problem.neurons[p].placement.empty()) continue;
    if (auto reason = place_free(problem, p, places, board, placement.anchors[p])) return *reason;
  }
  return placement;
}

}  // namespace hx::routing
