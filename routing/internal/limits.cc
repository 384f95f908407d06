#include "routing/internal/limits.h"

#include <algorithm>
#include <array>
#include <string>

namespace hx::routing::internal {
namespace {

constexpr std::uint64_t kRows = SynapseRow::kCount;

/// Synapses of each target by sign.
using Counts = std::vector<std::array<std::uint64_t, 2>>;

std::string circuits_text(std::uint64_t number) {
  return number == 1 ? "1 circuit" : std::to_string(number) + " circuits";
}

std::string target_name(Problem const& problem, Target const& target) {
  std::string name = "neuron " + std::to_string(target.neuron) + " of population '" +
                     problem.neurons[target.population].name + "'";
  if (problem.neurons[target.population].shape.compartments.size() > 1) {
    name += ", compartment " + std::to_string(target.compartment);
  }
  return name + " (circuit " + std::to_string(target.first.value()) + ")";
}

class LimitFinder {
 public:
  LimitFinder(Problem const& problem, Network const& network)
      : problem_(problem), network_(network) {}

  Limits run() {
    in_degrees();
    in_degrees_by_bus();
    row_signs();
    generators();
    pieces();
    own_drivers();
    for (auto* list : {&limits_.anywhere, &limits_.here}) {
      for (Reason& reason : *list) reason.strategy = "limits";
    }
    return std::move(limits_);
  }

 private:
  /// Synapses of the targets from sources that `wanted` accepts.
  template <typename Wanted>
  Counts count(Wanted const& wanted) const {
    Counts counts(network_.targets.size());
    for (std::uint32_t s = 0; s < network_.sources.size(); ++s) {
      if (!wanted(network_.sources[s])) continue;
      for (Demand const& demand : network_.demands[s])
        counts[demand.place][demand.sign] += demand.count;
    }
    return counts;
  }

  void in_degrees() {
    Counts const counts = count([](SourceInfo const&) { return true; });
    worst_in_degree(counts, kRows, "all sources", limits_.anywhere, {});
  }

  void in_degrees_by_bus() {
    for (std::uint32_t bus = 0; bus < kBusses; ++bus) {
      Counts const counts = count([&](SourceInfo const& source) {
        return source.source.population.kind == SourceKind::kNeuron && source.bus() == bus;
      });
      worst_in_degree(counts, kRowsPerBus,
                      "neurons whose event output leads to bus " + std::to_string(bus),
                      limits_.here, PadiBus(bus));
    }
  }

  /// The target that exceeds `rows` rows per circuit most, if any does.
  void worst_in_degree(Counts const& counts, std::uint64_t rows, std::string const& from,
                       std::vector<Reason>& out, std::optional<PadiBus> bus) const {
    std::optional<Reason> worst;
    std::uint64_t number = 0;
    for (std::size_t t = 0; t < counts.size(); ++t) {
      Target const& target = network_.targets[t];
      std::uint64_t const excitatory = target.circuits[0][0] + target.circuits[0][1];
      std::uint64_t const inhibitory = target.circuits[1][0] + target.circuits[1][1];
      std::array<std::array<std::uint64_t, 2>, 3> const checks = {
          {{counts[t][0] + counts[t][1], target.all_circuits},
           {counts[t][0], excitatory},
           {counts[t][1], inhibitory}}};
      bool exceeded = false;
      for (auto const& [need, circuits] : checks) {
        if (need <= rows * circuits) continue;
        exceeded = true;
        if (worst && need * worst->capacity <= worst->need * rows * circuits) continue;
        worst = in_degree_reason(target, need, rows, circuits, from);
        worst->bus = bus;
      }
      if (exceeded) ++number;
    }
    if (!worst) return;
    if (number > 1) worst->message += "; " + std::to_string(number) + " neurons have too many";
    out.push_back(*worst);
  }

  Reason in_degree_reason(Target const& target, std::uint64_t need, std::uint64_t rows,
                          std::uint64_t circuits, std::string const& from) const {
    NeuronPopulation const& population = problem_.neurons[target.population];
    std::uint64_t const wanted = (need + rows - 1) / rows;
    Reason reason;
    reason.constraint = Constraint::kC2InDegree;
    reason.circuit = target.first;
    reason.need = need;
    reason.capacity = rows * circuits;
    reason.message = target_name(problem_, target) + " has " + std::to_string(need) +
                     " synapses from " + from + " on " + circuits_text(circuits) + " of " +
                     std::to_string(rows) + " rows";
    reason.hint = "use fewer inputs or give each neuron of '" + population.name + "' " +
                  std::to_string(wanted) + " circuits";
    std::uint64_t const all = wanted * population.size;
    if (all > AtomicNeuron::kCount) {
      reason.hint += "; these would be " + std::to_string(all) +
                     " of 512 circuits, so split the network over several execution instances";
    }
    return reason;
  }

  /// Rows of one sign are needed by all columns at once: the largest excitatory and the largest
  /// inhibitory in-degree add up.
  void row_signs() {
    row_sign(kRows, limits_.here, {}, [](SourceInfo const&) { return true; });
    for (std::uint32_t bus = 0; bus < kBusses; ++bus) {
      row_sign(kRowsPerBus, limits_.here, bus, [&](SourceInfo const& source) {
        return source.source.population.kind == SourceKind::kNeuron && source.bus() == bus;
      });
    }
  }

  template <typename Wanted>
  void row_sign(std::uint64_t rows, std::vector<Reason>& out, std::optional<std::uint32_t> bus,
                Wanted const& wanted) const {
    Counts const counts = count(wanted);
    for (std::uint32_t h = 0; h < 2; ++h) {
      std::array<std::uint64_t, 2> most = {};
      std::array<std::size_t, 2> where = {};
      for (std::size_t t = 0; t < counts.size(); ++t) {
        for (std::size_t sign = 0; sign < 2; ++sign) {
          auto const& circuits = network_.targets[t].circuits[sign];
          if (circuits[h] == 0 || circuits[1 - h] != 0) continue;  // may go to the other side
          std::uint64_t const need = (counts[t][sign] + circuits[h] - 1) / circuits[h];
          if (need <= most[sign]) continue;
          most[sign] = need;
          where[sign] = t;
        }
      }
      if (most[0] + most[1] <= rows) continue;
      Reason reason;
      reason.constraint = Constraint::kC3RowSign;
      reason.need = most[0] + most[1];
      reason.capacity = rows;
      reason.circuit = network_.targets[where[0]].first;
      std::string const side = h == 0 ? "top" : "bottom";
      reason.message = side + (bus ? " bus " + std::to_string(*bus) : std::string(" array")) +
                       " needs " + std::to_string(most[0]) + " excitatory rows for " +
                       target_name(problem_, network_.targets[where[0]]) + " and " +
                       std::to_string(most[1]) + " inhibitory rows for " +
                       target_name(problem_, network_.targets[where[1]]);
      reason.hint =
          bus ? "place the sources on more columns, so that they use other busses, or lower "
                "the largest in-degrees"
              : "put neurons with many inhibitory inputs on the other row of circuits, or "
                "lower the largest in-degrees";
      if (bus) reason.bus = PadiBus(kBusses * h + *bus);
      out.push_back(reason);
    }
  }

  /// Drivers that serve one source each.
  void own_drivers() {
    for (std::uint32_t h = 0; h < 2; ++h) {
      std::uint64_t need = 0;
      for (std::uint32_t s = 0; s < network_.sources.size(); ++s) {
        if (network_.sources[s].own_drivers) need += drivers_of(s, h);
      }
      if (need <= SynapseDriver::kCount / 2) continue;
      Reason reason;
      reason.constraint = Constraint::kC5DriverSelection;
      reason.need = need;
      reason.capacity = SynapseDriver::kCount / 2;
      reason.message = "sources that share no synapse driver (short-term plasticity) need " +
                       std::to_string(need) + " drivers of the " + (h == 0 ? "top" : "bottom") +
                       " array";
      reason.hint =
          "use fewer such sources, place their targets in both rows, or lower their weights to 63 "
          "(one synapse each)";
      limits_.here.push_back(reason);
    }
  }

  /// Drivers that a source needs at least on a hemisphere.
  std::uint64_t drivers_of(std::uint32_t source, std::uint32_t h) const {
    std::array<std::uint64_t, 2> rows = {};
    for (Demand const& demand : network_.demands[source]) {
      auto const& circuits = network_.targets[demand.place].circuits[demand.sign];
      if (circuits[h] == 0 || circuits[1 - h] != 0) continue;  // may go to the other side
      std::uint64_t const need = (demand.count + circuits[h] - 1U) / circuits[h];
      rows[demand.sign] = std::max(rows[demand.sign], need);
    }
    return (rows[0] + rows[1] + 1) / 2;
  }

  /// P3: a generator on each hemisphere where a population has targets.
  void generators() {
    std::array<std::uint64_t, 2> need = {};
    std::uint64_t all = 0;
    for (std::uint32_t p = 0; p < problem_.backgrounds.size(); ++p) {
      std::uint32_t const first = network_.source_number(background(p), 0);
      if (first == kNone) continue;
      std::array<bool, 2> side = {};
      std::uint32_t const pieces =
          std::max<std::uint32_t>(1, problem_.backgrounds[p].size / kLabels);
      for (std::uint32_t s = first; s < first + pieces; ++s) {
        for (Demand const& demand : network_.demands[s]) {
          auto const& circuits = network_.targets[demand.place].circuits[demand.sign];
          if (circuits[1] == 0) side[0] = true;
          if (circuits[0] == 0) side[1] = true;
        }
      }
      for (std::size_t h = 0; h < 2; ++h) need[h] += side[h] ? 1 : 0;
      all += std::max<std::uint64_t>(1, std::uint64_t{side[0]} + std::uint64_t{side[1]});
    }
    for (std::size_t h = 0; h < 2; ++h) {
      if (need[h] > kBusses)
        too_many_generators(h == 0 ? "top row" : "bottom row", need[h], kBusses);
    }
    if (all > 2 * kBusses && limits_.here.empty()) too_many_generators("chip", all, 2 * kBusses);
  }

  /// A generator reaches one bus. C7: more than 64 labels of one generator differ in row select bits
  /// that drivers must compare, so each 64 of them have their share of the drivers and nothing else.
  void pieces() {
    for (std::uint32_t p = 0; p < problem_.backgrounds.size(); ++p) {
      BackgroundPopulation const& population = problem_.backgrounds[p];
      std::uint32_t const number = std::max<std::uint32_t>(1, population.size / kLabels);
      for (std::uint32_t piece = 0; piece < number; ++piece) {
        Counts const counts = count([&](SourceInfo const& source) {
          return source.source.population == background(p) && source.source.index == piece;
        });
        std::uint32_t const first = kLabels * piece;
        std::uint32_t const last = std::min(population.size, first + kLabels) - 1;
        std::vector<Reason> reasons;
        worst_in_degree(counts, kRowsPerBus / number,
                        "sources " + std::to_string(first) + ".." + std::to_string(last) +
                            " of background '" + population.name + "'",
                        reasons, {});
        if (reasons.empty()) continue;
        if (number > 1) {
          reasons[0].constraint = Constraint::kC7BackgroundLabel;
          reasons[0].hint =
              "spread the sources of each neuron evenly over the blocks of 64 sources";
        }
        reasons[0].hint += number > 1 ? ", or " : "; or ";
        reasons[0].hint += "use several smaller background populations";
        limits_.anywhere.push_back(reasons[0]);
        return;
      }
    }
  }

  void too_many_generators(std::string const& where, std::uint64_t need, std::uint64_t capacity) {
    Reason reason;
    reason.constraint = Constraint::kP3Background;
    reason.message =
        std::to_string(need) + " background populations need a generator for the " + where;
    reason.hint =
        "merge background populations, or place their targets so that each needs one row only";
    reason.need = need;
    reason.capacity = capacity;
    limits_.here.push_back(reason);
  }

  Problem const& problem_;
  Network const& network_;
  Limits limits_;
};

}  // namespace

Limits find_limits(Problem const& problem, Network const& network) {
  return LimitFinder(problem, network).run();
}

}  // namespace hx::routing::internal
