#include "routing/internal/assign.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "routing/internal/random.h"

namespace hx::routing::internal {
namespace {

/// Synapse counts above a bus of one hemisphere, and the rows they need at least.
class Load {
 public:
  explicit Load(Network const& network) : network_(&network), counts_(network.slots.size() * 2) {}

  void add(std::vector<Demand> const& demands) {
    for (Demand const& demand : demands) {
      counts_[2 * std::size_t{demand.place} + demand.sign] += demand.count;
      rows_[demand.sign] = std::max(rows_[demand.sign], rows_at(demand));
    }
  }
  /// Rows if the demands were added too.
  std::uint32_t with(std::vector<Demand> const& demands) {
    auto const before = rows_;
    add(demands);
    std::uint32_t const sum = rows();
    for (Demand const& demand : demands) {
      counts_[2 * std::size_t{demand.place} + demand.sign] -= demand.count;
    }
    rows_ = before;
    return sum;
  }
  [[nodiscard]] std::uint32_t rows() const { return rows_[0] + rows_[1] + reserved_; }
  /// Rows that nobody else may use.
  void reserve(std::uint32_t rows) { reserved_ += rows; }

 private:
  [[nodiscard]] std::uint32_t rows_at(Demand const& demand) const {
    auto const circuits =
        static_cast<std::uint32_t>(network_->slots[demand.place].circuits[demand.sign].size());
    return (counts_[2 * std::size_t{demand.place} + demand.sign] + circuits - 1) / circuits;
  }

  Network const* network_;
  std::vector<std::uint32_t> counts_;  ///< by slot and sign
  std::array<std::uint32_t, 2> rows_ = {};
  std::uint32_t reserved_ = 0;
};

/// Rows of the drivers that a source without company needs.
std::uint32_t own_rows(Network const& network, std::vector<Demand> const& demands) {
  Load alone(network);
  alone.add(demands);
  return (alone.rows() + 1) / 2 * 2;
}

using SideDemands = std::array<std::vector<Demand>, 2>;

class Assigner {
 public:
  Assigner(Problem const& problem, Network const& network, Strategy const& strategy)
      : problem_(problem), network_(network), strategy_(strategy), random_(strategy.seed) {
    loads_.assign(8, Load(network));
    assignment_.places.resize(network.sources.size());
    assignment_.home.assign(network.sources.size(), 0);
    assignment_.split.assign(network.targets.size(), false);
    assignment_.generators.resize(problem.backgrounds.size());
  }

  Assignment run() {
    if (strategy_.by_sign) split_by_sign();
    find_spanning();
    place_neurons();
    place_backgrounds();
    if (assignment_.reasons.empty()) place_externals();
    return std::move(assignment_);
  }

 private:
  /// Targets that have synapses of both signs and room for one sign on each hemisphere.
  void split_by_sign() {
    std::vector<std::array<std::uint64_t, 2>> need(network_.targets.size());
    for (Demand const& demand : network_.demands.items)
      need[demand.place][demand.sign] += demand.count;
    for (std::size_t t = 0; t < need.size(); ++t) {
      auto const& circuits = network_.targets[t].circuits;
      if (need[t][0] == 0 || need[t][1] == 0) continue;
      assignment_.split[t] =
          need[t][0] <= 256U * circuits[0][0] && need[t][1] <= 256U * circuits[1][1];
    }
  }

  /// Sources for which the home hemisphere matters.
  void find_spanning() {
    spanning_.assign(network_.sources.size(), false);
    for (std::uint32_t s = 0; s < network_.sources.size(); ++s) {
      for (Demand const& demand : network_.demands[s]) {
        auto const& circuits = network_.targets[demand.place].circuits[demand.sign];
        if (circuits[0] != 0 && circuits[1] != 0 && !assignment_.split[demand.place]) {
          spanning_[s] = true;
          break;
        }
      }
    }
  }

  SideDemands demands_of(std::uint32_t source, std::uint32_t home) {
    assignment_.home[source] = static_cast<std::uint8_t>(home);
    SideDemands out;
    for (Demand demand : network_.demands[source]) {
      std::uint32_t const h = assignment_.side(network_, source, demand.place, demand.sign);
      demand.place = network_.targets[demand.place].slots[h];
      out[h].push_back(demand);
    }
    return out;
  }

  Load& load(std::size_t h, std::uint32_t bus) { return loads_[4 * h + bus]; }

  void add(Carrier carrier, std::uint32_t bus, SideDemands demands) {
    auto const index = static_cast<std::uint32_t>(assignment_.carriers[bus].size());
    for (std::size_t h = 0; h < 2; ++h) {
      carrier.demand[h] = !demands[h].empty();
      if (carrier.kind == SourceKind::kExternal) carrier.open[h] = carrier.demand[h];
      if (carrier.own_drivers) {
        load(h, bus).reserve(own_rows(network_, demands[h]));
      } else {
        load(h, bus).add(demands[h]);
      }
      if (carrier.demand[h]) labels_[4 * h + bus] += carrier.labels;
      if (carrier.demand[h] || carrier.kind != SourceKind::kExternal) {
        assignment_.places[carrier.source][h] = {bus, index};
      }
      carrier.rows[h] = std::move(demands[h]);
    }
    assignment_.carriers[bus].push_back(std::move(carrier));
  }

  void place_neurons() {
    std::array<std::array<bool, 2>, 8> listened = {};  // by event output and hemisphere
    for (bool spanning : {false, true}) {
      for (std::uint32_t s = 0; s < network_.sources.size(); ++s) {
        SourceInfo const& info = network_.sources[s];
        if (info.source.population.kind != SourceKind::kNeuron || spanning_[s] != spanning)
          continue;
        std::uint32_t const home = spanning ? cheaper_home(s, info.bus()) : 0;
        SideDemands demands = demands_of(s, home);
        for (std::size_t h = 0; h < 2; ++h) listened[info.output][h] |= !demands[h].empty();
        Carrier carrier;
        carrier.source = s;
        carrier.kind = SourceKind::kNeuron;
        carrier.block = static_cast<std::uint8_t>(info.block());
        add(std::move(carrier), info.bus(), std::move(demands));
      }
    }
    for (auto& carriers : assignment_.carriers) {
      for (Carrier& carrier : carriers) {
        carrier.open = listened[network_.sources[carrier.source].output];
      }
    }
  }

  std::uint32_t cheaper_home(std::uint32_t source, std::uint32_t bus) {
    std::array<std::tuple<std::uint32_t, std::uint32_t>, 2> costs;
    for (std::uint32_t home = 0; home < 2; ++home) {
      SideDemands const demands = demands_of(source, home);
      std::uint32_t most = 0;
      for (std::size_t h = 0; h < 2; ++h) most = std::max(most, load(h, bus).with(demands[h]));
      costs[home] = {most, labels_[4 * home + bus]};
    }
    return costs[1] < costs[0] ? 1 : 0;
  }

  void place_backgrounds() {
    std::array<bool, 8> taken = {};
    std::vector<std::uint32_t> order(problem_.backgrounds.size());
    std::iota(order.begin(), order.end(), 0U);
    if (strategy_.shuffle) shuffle(order);
    // Those with a given pair first, then those that need both hemispheres.
    auto const rank = [&](std::uint32_t p) {
      if (problem_.backgrounds[p].pair) return 0;
      auto const used = sides_of_background(p);
      return used[0] && used[1] ? 1 : 2;
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); });
    for (std::uint32_t p : order) {
      if (network_.source_number(background(p), 0) != kNone) place_background(p, taken);
    }
  }

  std::array<bool, 2> sides_of_background(std::uint32_t p) {
    std::array<bool, 2> used = {};
    std::uint32_t const first = network_.source_number(background(p), 0);
    if (first == kNone) return used;
    for (std::uint32_t piece = 0; piece < pieces(p); ++piece) {
      SideDemands const demands = demands_of(first + piece, p % 2);
      for (std::size_t h = 0; h < 2; ++h) used[h] = used[h] || !demands[h].empty();
    }
    return used;
  }

  [[nodiscard]] std::uint32_t pieces(std::uint32_t p) const {
    return std::max<std::uint32_t>(1, problem_.backgrounds[p].size / kLabels);
  }

  void place_background(std::uint32_t p, std::array<bool, 8>& taken) {
    BackgroundPopulation const& population = problem_.backgrounds[p];
    std::array<bool, 2> used = sides_of_background(p);
    bool const connected = used[0] || used[1];
    std::uint32_t best = kNone;
    std::uint32_t least = kNone;
    std::uint32_t const begin = strategy_.shuffle ? random_.below(kBusses) : 0;
    for (std::uint32_t i = 0; i < kBusses; ++i) {
      std::uint32_t const bus = (begin + i) % kBusses;
      if (population.pair && *population.pair != bus) continue;
      if ((used[0] && taken[bus]) || (used[1] && taken[4 + bus])) continue;
      if (!connected && taken[bus] && taken[4 + bus]) continue;
      std::uint32_t const labels = std::max(labels_[bus], labels_[4 + bus]);
      if (labels >= least) continue;
      least = labels;
      best = bus;
    }
    if (best == kNone) {
      no_generator(p, used, taken);
      return;
    }
    auto& generators = assignment_.generators[p];
    generators.bus = best;
    generators.used = used;
    if (!connected) generators.used[taken[best] ? 1 : 0] = true;
    for (std::size_t h = 0; h < 2; ++h)
      taken[4 * h + best] = taken[4 * h + best] || generators.used[h];
    std::uint32_t const first = network_.source_number(background(p), 0);
    for (std::uint32_t piece = 0; piece < pieces(p); ++piece) {
      Carrier carrier;
      carrier.source = first + piece;
      carrier.kind = SourceKind::kBackground;
      carrier.piece = static_cast<std::uint8_t>(piece);
      carrier.pieces = static_cast<std::uint8_t>(pieces(p));
      carrier.labels = static_cast<std::uint8_t>(network_.sources[first].labels);
      carrier.open = used;
      add(std::move(carrier), best, demands_of(first + piece, p % 2));
    }
  }

  void no_generator(std::uint32_t p, std::array<bool, 2> used, std::array<bool, 8> const& taken) {
    Reason reason;
    reason.constraint = Constraint::kP3Background;
    reason.message = "no generator left for background population '" +
                     problem_.backgrounds[p].name + "'" +
                     (used[0] && used[1] ? ", which has targets on both hemispheres" : "");
    reason.hint =
        problem_.backgrounds[p].pair
            ? "let the router choose the generators (no pair given)"
            : "use fewer populations, or targets on one hemisphere only: a population needs "
              "one generator on each hemisphere where it has targets, of the same bus";
    reason.need = static_cast<std::uint64_t>(std::max(1, used[0] + used[1]));
    reason.capacity = static_cast<std::uint64_t>(std::count(taken.begin(), taken.end(), false));
    assignment_.reasons.push_back(reason);
  }

  template <typename T>
  void shuffle(std::vector<T>& list) {
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[random_.below(i)]);
  }

  void place_externals() {
    std::vector<std::uint32_t> order;
    for (std::uint32_t s = 0; s < network_.sources.size(); ++s) {
      SourceInfo const& info = network_.sources[s];
      if (info.source.population.kind == SourceKind::kExternal && info.connected)
        order.push_back(s);
    }
    if (strategy_.shuffle) shuffle(order);
    for (std::uint32_t s : order) place_external(s);
  }

  void place_external(std::uint32_t source) {
    std::uint32_t best_bus = 0;
    std::uint32_t best_home = 0;
    std::array<std::uint32_t, 3> best = {kNone, kNone, kNone};
    std::vector<SideDemands> choices;
    for (std::uint32_t home = 0; home < (spanning_[source] ? 2U : 1U); ++home) {
      choices.push_back(demands_of(source, home));
      if (!strategy_.joint) continue;
      for (std::uint32_t bus = 0; bus < kBusses; ++bus) {
        auto const price = price_of(source, bus, choices.back());
        if (price < best) std::tie(best, best_bus, best_home) = std::tie(price, bus, home);
      }
    }
    assignment_.home[source] = static_cast<std::uint8_t>(best_home);
    Carrier carrier;
    carrier.source = source;
    carrier.own_drivers = network_.sources[source].own_drivers;
    if (strategy_.joint) {
      add(carrier, best_bus, std::move(choices[best_home]));
      return;
    }
    // Each hemisphere by itself; the home hemisphere is the one with fewer labels.
    if (choices.size() > 1) best_home = side_labels(1) < side_labels(0) ? 1 : 0;
    assignment_.home[source] = static_cast<std::uint8_t>(best_home);
    for (std::size_t h = 0; h < 2; ++h) {
      SideDemands one;
      one[h] = std::move(choices[best_home][h]);
      if (one[h].empty()) continue;
      best = {kNone, kNone, kNone};
      for (std::uint32_t bus = 0; bus < kBusses; ++bus) {
        auto const price = price_of(source, bus, one);
        if (price < best) std::tie(best, best_bus) = std::tie(price, bus);
      }
      add(carrier, best_bus, std::move(one));
    }
  }

  [[nodiscard]] std::uint32_t side_labels(std::size_t h) const {
    return std::accumulate(labels_.begin() + 4 * static_cast<std::ptrdiff_t>(h),
                           labels_.begin() + 4 * static_cast<std::ptrdiff_t>(h) + 4, 0U);
  }

  std::array<std::uint32_t, 3> price_of(std::uint32_t source, std::uint32_t bus,
                                        SideDemands const& demands) {
    bool const own = network_.sources[source].own_drivers;
    std::uint32_t labels = 0;
    std::uint32_t rows = 0;
    std::uint32_t sum = 0;
    for (std::size_t h = 0; h < 2; ++h) {
      if (demands[h].empty()) continue;
      labels = std::max(labels, labels_[4 * h + bus]);
      std::uint32_t const now = own ? load(h, bus).rows() + own_rows(network_, demands[h])
                                    : load(h, bus).with(demands[h]);
      rows = std::max(rows, now);
      sum += now;
    }
    return strategy_.labels_first ? std::array{labels, rows, sum} : std::array{rows, sum, labels};
  }

  Problem const& problem_;
  Network const& network_;
  Strategy const& strategy_;
  Random random_;
  std::vector<Load> loads_;  ///< by PADI bus
  std::array<std::uint32_t, 8> labels_ = {};
  std::vector<bool> spanning_;
  Assignment assignment_;
};

}  // namespace

Assignment assign(Problem const& problem, Network const& network, Strategy const& strategy) {
  return Assigner(problem, network, strategy).run();
}

}  // namespace hx::routing::internal
