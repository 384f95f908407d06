#include "routing/internal/bus.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "routing/internal/labels.h"
#include "routing/internal/partition.h"

namespace hx::routing::internal {
namespace {

/// One try with one scheme.
class Attempt {
 public:
  Attempt(Network const& network, std::uint32_t bus, std::vector<Carrier> const& carriers,
          Scheme scheme, BusOptions const& options)
      : network_(network), bus_(bus), carriers_(carriers), options_(options) {
    plan_.scheme = scheme;
    plan_.carriers.resize(carriers.size());
  }

  /// Puts every carrier in a group; false if the neurons of a group have too many labels.
  bool form_groups() {
    add_neurons();
    add_background();
    add_own();
    add_external();
    return true_if_labels_fit();
  }

  /// Looks for better groups than the linear ones.
  bool improve() {
    bool changed = false;
    if (plan_.scheme.neurons == NeuronGroups::kFree) changed |= split_neurons();
    changed |= regroup_external();
    return changed;
  }

  /// Row demand, codes, drivers and labels for the groups as they are.
  bool finish() {
    count_rows();
    if (overflow() > 0) return false;
    Coding const coding = find_codes(code_units(), demands(), options_.seed, 400);
    missing_ = coding.missing();
    if (missing_ > 0) return false;
    take(coding);
    return label();
  }

  /// Rows by hemisphere, group and sign.
  void count_rows() {
    std::vector<std::uint32_t> counts;
    for (std::size_t h = 0; h < 2; ++h) {
      std::size_t const groups = plan_.groups[h].size();
      counts.assign(groups * network_.slots.size() * 2, 0);
      for (GroupPlan& group : plan_.groups[h]) group.rows = {};
      for (std::size_t i = 0; i < carriers_.size(); ++i) {
        std::uint32_t const g = plan_.carriers[i].group[h];
        if (g == kNone) continue;
        for (Demand const& demand : carriers_[i].rows[h]) {
          std::uint32_t& count =
              counts[(g * network_.slots.size() + demand.place) * 2 + demand.sign];
          count += demand.count;
          auto const circuits =
              static_cast<std::uint32_t>(network_.slots[demand.place].circuits[demand.sign].size());
          std::uint32_t& rows = plan_.groups[h][g].rows[demand.sign];
          rows = std::max(rows, (count + circuits - 1) / circuits);
        }
      }
    }
  }

  /// Drivers beyond the 32 of each hemisphere.
  [[nodiscard]] std::uint32_t overflow() const {
    std::uint32_t sum = 0;
    for (std::uint32_t h = 0; h < 2; ++h) {
      std::uint32_t const need = drivers(h);
      if (need > kDriversPerBus) sum += need - kDriversPerBus;
    }
    return sum;
  }

  [[nodiscard]] std::uint32_t badness() const {
    if (labels_missing_ > 0) return 1000 + labels_missing_;
    return overflow() > 0 ? 100 + overflow() : missing_;
  }

  [[nodiscard]] std::vector<Reason> reasons() const {
    std::vector<Reason> out;
    for (std::uint32_t h = 0; h < 2; ++h) {
      for (std::size_t g = 0; g < plan_.groups[h].size(); ++g) {
        if (plan_.groups[h][g].labels <= kLabels) continue;
        Reason reason = at(h, Constraint::kC4LabelSelectivity);
        reason.message = "a group of neurons on " + name(h) + " has more sources than labels";
        reason.need = plan_.groups[h][g].labels;
        reason.capacity = kLabels;
        reason.hint = "spread the neurons that send over the columns, or record fewer of them";
        out.push_back(reason);
      }
      if (labels_missing_ > 0 || drivers(h) <= kDriversPerBus) continue;
      Reason reason = at(h, Constraint::kC3RowSign);
      reason.message = name(h) + " needs too many drivers for its " +
                       std::to_string(plan_.groups[h].size()) + " label group(s)";
      reason.need = drivers(h);
      reason.capacity = kDriversPerBus;
      reason.hint =
          "lower the largest in-degree, mix signs less, or spread sources over more busses "
          "(columns / 32 modulo 4 of a neuron choose its bus)";
      out.push_back(reason);
    }
    if (out.empty()) {
      Reason reason = at(0, Constraint::kC5DriverSelection);
      reason.message = "no row selects found under which the drivers of " + name(0) + " and " +
                       name(1) + " can tell their label groups apart";
      reason.need = drivers(0) + drivers(1);
      reason.capacity = drivers(0) + drivers(1) - missing_;
      reason.hint = "use fewer sources on this bus, or a larger effort";
      out.push_back(reason);
    }
    return out;
  }

  BusPlan const& plan() const { return plan_; }

 private:
  [[nodiscard]] std::uint32_t drivers(std::uint32_t h) const {
    std::uint32_t sum = 0;
    for (GroupPlan const& group : plan_.groups[h]) sum += group.demand();
    return sum;
  }

  [[nodiscard]] std::string name(std::uint32_t h) const {
    return std::string(h == 0 ? "top" : "bottom") + " bus " + std::to_string(bus_);
  }
  [[nodiscard]] Reason at(std::uint32_t h, Constraint constraint) const {
    Reason reason;
    reason.constraint = constraint;
    reason.bus = PadiBus(kBusses * h + bus_);
    return reason;
  }

  [[nodiscard]] bool present(Carrier const& carrier, std::size_t h) const {
    return plan_.scheme.filter && carrier.kind == SourceKind::kNeuron ? carrier.demand[h]
                                                                      : carrier.open[h];
  }

  std::uint32_t add_group() {
    plan_.groups[0].emplace_back();
    plan_.groups[1].emplace_back();
    own_.push_back(false);
    return static_cast<std::uint32_t>(plan_.groups[0].size() - 1);
  }

  void join(std::size_t carrier, std::size_t h, std::uint32_t group) {
    plan_.carriers[carrier].group[h] = group;
    plan_.groups[h][group].labels += carriers_[carrier].labels;
  }

  void add_neurons() {
    bool any = false;
    std::array<std::uint32_t, 2> seen = {};
    for (std::size_t i = 0; i < carriers_.size(); ++i) {
      Carrier const& carrier = carriers_[i];
      if (carrier.kind != SourceKind::kNeuron) continue;
      if (!present(carrier, 0) && !present(carrier, 1)) continue;
      if (!any) {
        neuron_groups_ = plan_.scheme.neurons == NeuronGroups::kOne ? 1 : 2;
        for (std::uint32_t g = 0; g < neuron_groups_; ++g) add_group();
        any = true;
      }
      blocks_[carrier.block] = true;
      for (std::size_t h = 0; h < 2; ++h) {
        if (!present(carrier, h)) continue;
        std::uint32_t group = 0;
        if (plan_.scheme.neurons == NeuronGroups::kBlock) group = carrier.block;
        if (plan_.scheme.neurons == NeuronGroups::kFree) group = seen[h]++ % 2;
        join(i, h, group);
      }
    }
  }

  void add_background() {
    std::uint32_t first = kNone;
    for (std::size_t i = 0; i < carriers_.size(); ++i) {
      Carrier const& carrier = carriers_[i];
      if (carrier.kind != SourceKind::kBackground) continue;
      std::uint32_t group = kNone;
      if (carrier.pieces == 1 && plan_.scheme.merge) group = free_group(carrier, 0);
      if (group == kNone) group = add_group();
      if (carrier.piece == 0) first = group;
      if (carrier.pieces > 1 && carrier.piece + 1 == carrier.pieces) {
        piece_groups_.push_back({first, carrier.pieces});
      }
      for (std::size_t h = 0; h < 2; ++h) {
        if (carrier.open[h]) join(i, h, group);
      }
    }
  }

  /// First group from `begin` on with room for the labels of the carrier, or kNone.
  std::uint32_t free_group(Carrier const& carrier, std::uint32_t begin) const {
    for (std::uint32_t g = begin; g < plan_.groups[0].size(); ++g) {
      if (has_room(carrier, 0, g) && has_room(carrier, 1, g)) return g;
    }
    return kNone;
  }
  [[nodiscard]] bool has_room(Carrier const& carrier, std::size_t h, std::uint32_t g) const {
    if (own_[g]) return false;
    return !present(carrier, h) || plan_.groups[h][g].labels + carrier.labels <= kLabels;
  }

  /// Sources that share no driver. Their groups come before those of the other external sources, which
  /// the search may change.
  void add_own() {
    for (std::size_t i = 0; i < carriers_.size(); ++i) {
      if (!carriers_[i].own_drivers) continue;
      std::uint32_t const group = add_group();
      own_[group] = true;
      for (std::size_t h = 0; h < 2; ++h) {
        if (carriers_[i].open[h]) join(i, h, group);
      }
    }
  }

  void add_external() {
    std::uint32_t begin = plan_.scheme.merge ? 0 : neuron_groups_;
    for (std::size_t i = 0; i < carriers_.size(); ++i) {
      Carrier const& carrier = carriers_[i];
      if (carrier.kind != SourceKind::kExternal || carrier.own_drivers) continue;
      std::uint32_t group = free_group(carrier, begin);
      if (group == kNone) group = add_group();
      for (std::size_t h = 0; h < 2; ++h) {
        if (carrier.open[h]) join(i, h, group);
      }
    }
  }

  bool true_if_labels_fit() {
    labels_missing_ = 0;
    for (auto const& groups : plan_.groups) {
      for (GroupPlan const& group : groups) {
        if (group.labels > kLabels) labels_missing_ += group.labels - kLabels;
      }
    }
    return labels_missing_ == 0;
  }

  // Search ----------------------------------------------------------------------------------------

  /// Shares the rows of one hemisphere between groups: how many of each sign a group may have.
  [[nodiscard]] std::vector<RowLimit> limits(std::size_t h, std::size_t groups,
                                             std::uint32_t rows) const {
    std::array<std::vector<std::uint32_t>, 2> counts;
    std::array<std::uint32_t, 2> most = {};
    for (std::size_t sign = 0; sign < 2; ++sign) counts[sign].assign(network_.slots.size(), 0);
    for (std::size_t i = 0; i < carriers_.size(); ++i) {
      for (Demand const& demand : carriers_[i].rows[h]) {
        std::uint32_t& count = counts[demand.sign][demand.place];
        count += demand.count;
        auto const circuits =
            static_cast<std::uint32_t>(network_.slots[demand.place].circuits[demand.sign].size());
        most[demand.sign] = std::max(most[demand.sign], (count + circuits - 1) / circuits);
      }
    }
    return share_rows(most, static_cast<std::uint32_t>(groups), rows);
  }

  bool split_neurons() {
    if (neuron_groups_ < 2) return false;
    bool changed = false;
    for (std::size_t h = 0; h < 2; ++h) {
      std::vector<std::size_t> members;
      for (std::size_t i = 0; i < carriers_.size(); ++i) {
        std::uint32_t const g = plan_.carriers[i].group[h];
        if (g < neuron_groups_) members.push_back(i);
      }
      changed |= regroup(members, 0, neuron_groups_, h == 0, h == 1);
    }
    return changed;
  }

  bool regroup_external() {
    std::vector<std::size_t> members;
    std::uint32_t begin = kNone;
    for (std::size_t i = 0; i < carriers_.size(); ++i) {
      if (carriers_[i].kind != SourceKind::kExternal || carriers_[i].own_drivers) continue;
      auto const [top, bottom] = plan_.carriers[i].group;
      if (std::min(top, bottom) < neuron_groups_) continue;
      members.push_back(i);
      begin = std::min({begin, top, bottom});
    }
    auto const groups = static_cast<std::uint32_t>(plan_.groups[0].size());
    if (begin == kNone || groups - begin < 2) return false;
    for (std::size_t i = 0; i < carriers_.size(); ++i) {
      bool const background = carriers_[i].kind == SourceKind::kBackground;
      auto const [top, bottom] = plan_.carriers[i].group;
      if (background && ((top != kNone && top >= begin) || (bottom != kNone && bottom >= begin))) {
        return false;
      }
    }
    return regroup(members, begin, groups, true, true);
  }

  /// Moves the members, which are all of the groups begin..end-1, between these.
  bool regroup(std::vector<std::size_t> const& members, std::uint32_t begin, std::uint32_t end,
               bool top, bool bottom) {
    PartitionProblem problem;
    problem.groups = end - begin;
    problem.slots = network_.slots.size();
    problem.capacity = kLabels;
    std::array<bool, 2> const sides = {top, bottom};
    for (std::size_t h = 0; h < 2; ++h) {
      if (!sides[h]) continue;
      std::uint32_t others = 0;
      for (std::uint32_t g = 0; g < plan_.groups[h].size(); ++g) {
        if (g < begin || g >= end) others += 2 * plan_.groups[h][g].demand();
      }
      std::uint32_t const rows = others < kRowsPerBus ? kRowsPerBus - others : 0;
      problem.limits[h] = limits(h, problem.groups, rows);
    }
    for (Slot const& slot : network_.slots) {
      problem.circuits.push_back({static_cast<std::uint16_t>(slot.circuits[0].size()),
                                  static_cast<std::uint16_t>(slot.circuits[1].size())});
      problem.hemisphere.push_back(slot.hemisphere);
    }
    for (std::size_t i : members) {
      PartitionItem item;
      for (std::size_t h = 0; h < 2; ++h) {
        if (!sides[h] || plan_.carriers[i].group[h] == kNone) continue;
        item.group = plan_.carriers[i].group[h] - begin;
        item.present[h] = true;
        item.demands.insert(item.demands.end(), carriers_[i].rows[h].begin(),
                            carriers_[i].rows[h].end());
      }
      problem.items.push_back(std::move(item));
    }
    if (!improve_partition(problem, options_.seed, options_.trials)) return false;
    for (std::size_t h = 0; h < 2; ++h) {
      if (!sides[h]) continue;
      for (std::size_t j = 0; j < members.size(); ++j) {
        CarrierPlan& carrier = plan_.carriers[members[j]];
        if (carrier.group[h] == kNone) continue;
        plan_.groups[h][carrier.group[h]].labels -= carriers_[members[j]].labels;
        join(members[j], h, begin + problem.items[j].group);
      }
    }
    return true;
  }

  // Codes and labels ------------------------------------------------------------------------------

  [[nodiscard]] std::array<std::vector<std::uint32_t>, 2> demands() const {
    std::array<std::vector<std::uint32_t>, 2> out;
    for (std::size_t h = 0; h < 2; ++h) {
      for (GroupPlan const& group : plan_.groups[h]) out[h].push_back(group.demand());
    }
    return out;
  }

  [[nodiscard]] std::vector<CodeUnit> code_units() const {
    std::vector<CodeUnit> units;
    std::vector<bool> done(plan_.groups[0].size());
    for (std::uint32_t g = 0; g < neuron_groups_; ++g) {
      units.push_back(neuron_unit(g));
      done[g] = true;
    }
    for (auto const& [first, pieces] : piece_groups_) {
      CodeUnit unit;
      for (std::uint32_t j = 0; j < pieces; ++j) {
        unit.groups.push_back(first + j);
        done[first + j] = true;
      }
      for (std::uint32_t high = 0; high < 32; high += pieces) {
        std::vector<std::array<Code, 2>> option;
        for (std::uint32_t j = 0; j < pieces; ++j) option.push_back(both(high + j, 31));
        unit.options.push_back(std::move(option));
      }
      units.push_back(std::move(unit));
    }
    for (std::uint32_t g = 0; g < done.size(); ++g) {
      if (done[g]) continue;
      CodeUnit unit{.groups = {g}};
      for (std::uint32_t s = 0; s < 32; ++s) unit.options.push_back({both(s, 31)});
      if (alone(g)) unit.loose = {both(0, 0)};
      units.push_back(std::move(unit));
    }
    for (CodeUnit& unit : units) {
      for (auto& option : unit.options) {
        for (std::size_t j = 0; j < unit.groups.size(); ++j) {
          for (std::size_t h = 0; h < 2; ++h) option[j][h].active = active(h, unit.groups[j]);
        }
      }
      for (std::size_t j = 0; j < unit.loose.size(); ++j) {
        for (std::size_t h = 0; h < 2; ++h) unit.loose[j][h].active = active(h, unit.groups[j]);
      }
    }
    return units;
  }

  /// No other group appears where this one does.
  [[nodiscard]] bool alone(std::uint32_t group) const {
    for (std::size_t h = 0; h < 2; ++h) {
      for (std::uint32_t other = 0; other < plan_.groups[h].size(); ++other) {
        if (other != group && active(h, group) && active(h, other)) return false;
      }
    }
    return true;
  }

  [[nodiscard]] bool active(std::size_t h, std::uint32_t group) const {
    return plan_.groups[h][group].labels > 0;
  }

  static std::array<Code, 2> both(std::uint32_t value, std::uint32_t care) {
    Code const code{static_cast<std::uint8_t>(value & care), static_cast<std::uint8_t>(care)};
    return {code, code};
  }

  [[nodiscard]] CodeUnit neuron_unit(std::uint32_t g) const {
    CodeUnit unit{.groups = {g}};
    std::uint32_t const wired = bus_ << 2;
    if (plan_.scheme.neurons == NeuronGroups::kFree) {
      unit.options.push_back({{both(wired | g, 0b01101)[0], both(wired | g << 1, 0b01110)[1]}});
      return unit;
    }
    std::uint32_t block = g;
    std::uint32_t care = 0b11100;
    if (plan_.scheme.neurons == NeuronGroups::kOne) {
      block = blocks_[1] ? 1 : 0;
      if (blocks_[0] && blocks_[1]) care = 0b01100;
    }
    if (plan_.scheme.filter) {
      unit.options.push_back({both(block << 4 | wired, care)});
      return unit;
    }
    unit.loose = {both(block << 4 | wired, care)};
    for (std::uint32_t x = 0; x < 4; ++x) {
      unit.options.push_back({both(block << 4 | wired | x, care | 3)});
    }
    return unit;
  }

  void take(Coding const& coding) {
    for (std::size_t h = 0; h < 2; ++h) {
      for (std::size_t g = 0; g < plan_.groups[h].size(); ++g) {
        GroupPlan& group = plan_.groups[h][g];
        group.drivers = coding.allocations[h].drivers[g];
        for (std::uint8_t k : group.drivers) {
          group.masks.push_back(*isolating_mask(k, g, coding.codes[h]));
        }
      }
    }
    for (std::size_t i = 0; i < carriers_.size(); ++i) {
      CarrierPlan& carrier = plan_.carriers[i];
      std::uint32_t select = 0;
      std::uint32_t fixed = 0;
      for (std::size_t h = 0; h < 2; ++h) {
        if (carrier.group[h] == kNone) continue;
        select |= coding.codes[h][carrier.group[h]].value;
        fixed |= coding.codes[h][carrier.group[h]].care;
      }
      if (carriers_[i].kind == SourceKind::kNeuron) {
        select |= static_cast<std::uint32_t>(carriers_[i].block) << 4 | bus_ << 2;
        if (plan_.scheme.filter) {
          select |= (carriers_[i].demand[0] ? 2U : 0U) | (carriers_[i].demand[1] ? 1U : 0U);
        }
        fixed |= plan_.scheme.filter ? 0b11111U : 0b11100U;
      }
      // The pieces of a large background population differ in row select bits.
      if (carriers_[i].pieces > 1) fixed = 0b11111;
      carrier.free_bits = static_cast<std::uint8_t>(~fixed & 31U);
      carrier.row_select = static_cast<std::uint8_t>(select);
    }
  }

  bool label() {
    auto const groups = static_cast<std::uint32_t>(plan_.groups[0].size());
    std::vector<std::uint64_t> blocked(2 * std::size_t{groups});
    std::vector<LabelEdge> edges;
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < carriers_.size(); ++i) {
      LabelEdge edge;
      for (std::uint32_t h = 0; h < 2; ++h) {
        std::uint32_t const g = plan_.carriers[i].group[h];
        edge.groups[h] = g == kNone ? kNone : h * groups + g;
      }
      if (edge.groups[0] == kNone && edge.groups[1] == kNone) continue;
      if (carriers_[i].kind != SourceKind::kBackground) {
        edges.push_back(edge);
        owners.push_back(i);
        continue;
      }
      std::uint32_t const size = carriers_[i].labels;
      for (std::uint32_t vertex : edge.groups) {
        if (vertex == kNone) continue;
        blocked[vertex] |= size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1;
      }
    }
    std::vector<std::uint8_t> labels;
    if (!colour(edges, blocked, labels)) return false;
    for (std::size_t j = 0; j < owners.size(); ++j) plan_.carriers[owners[j]].label = labels[j];
    return true;
  }

  Network const& network_;
  std::uint32_t bus_;
  std::vector<Carrier> const& carriers_;
  BusOptions const& options_;
  BusPlan plan_;
  std::uint32_t neuron_groups_ = 0;
  std::array<bool, 2> blocks_ = {};
  std::vector<bool> own_;  ///< by group: of one source that shares no driver
  std::vector<std::pair<std::uint32_t, std::uint32_t>> piece_groups_;  ///< first group, number
  std::uint32_t labels_missing_ = 0;
  std::uint32_t missing_ = 0;
};

std::vector<Scheme> schemes(std::vector<Carrier> const& carriers, BusOptions const& options) {
  bool neurons = false;
  bool others = false;
  bool filtered = false;
  for (Carrier const& carrier : carriers) {
    if (!carrier.open[0] && !carrier.open[1]) continue;
    (carrier.kind == SourceKind::kNeuron ? neurons : others) = true;
    filtered |= carrier.open != carrier.demand;
  }
  if (options.only_greedy) return {{NeuronGroups::kBlock, false, false}};
  if (!neurons) return {{NeuronGroups::kOne, false, true}};
  std::vector<Scheme> out;
  for (bool filter : {false, true}) {
    if (filter && !filtered) continue;
    for (bool merge : {true, false}) {
      if (!merge && !others) continue;
      out.push_back({NeuronGroups::kOne, filter, merge});
      out.push_back({NeuronGroups::kBlock, filter, merge});
      if (!filter) out.push_back({NeuronGroups::kFree, filter, merge});
    }
  }
  return out;
}

}  // namespace

BusOutcome solve_bus(Network const& network, std::uint32_t bus,
                     std::vector<Carrier> const& carriers, BusOptions const& options) {
  BusOutcome outcome;
  std::uint32_t least = kNone;
  std::vector<Scheme> const all = schemes(carriers, options);
  for (bool search : {false, true}) {
    if (search && options.trials == 0) break;
    for (Scheme const& scheme : all) {
      Attempt attempt(network, bus, carriers, scheme, options);
      bool good = attempt.form_groups();
      attempt.count_rows();
      if (good && search) good = attempt.improve();
      if (good && attempt.finish()) {
        outcome.plan = attempt.plan();
        outcome.reasons.clear();
        return outcome;
      }
      if (attempt.badness() < least) {
        least = attempt.badness();
        outcome.reasons = attempt.reasons();
      }
    }
  }
  return outcome;
}

}  // namespace hx::routing::internal
