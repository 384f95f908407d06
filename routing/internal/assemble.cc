#include "routing/internal/assemble.h"

#include <algorithm>
#include <bit>
#include <bitset>

namespace hx::routing::internal {
namespace {

// Use of the label bits above those that a PADI bus carries. Neuron events have zeros there.
constexpr std::uint16_t kToTop = 1U << 13;
constexpr std::uint16_t kToHost = 1U << 12;  ///< external event: loop back
constexpr std::uint16_t kToBottom = 1U << 11;
constexpr std::uint16_t kGenerator = 1U << 11;  ///< recorded background: unlike any other label
constexpr std::uint16_t kGeneratorBottom = 1U << 13;
// Use of the two free address bits of a neuron that is filtered.
constexpr std::uint16_t kNeuronToTop = 1U << 7;
constexpr std::uint16_t kNeuronToBottom = 1U << 6;

class Assembler {
 public:
  Assembler(Problem const& problem, Network const& network, Assignment const& assignment,
            std::array<BusPlan, kBusses> const& plans)
      : problem_(problem), network_(network), assignment_(assignment), plans_(plans) {}

  Solution run() {
    set_rows();
    place_synapses();
    wake_few_drivers();
    set_neurons();
    set_externals();
    set_backgrounds();
    set_recorded();
    count();
    return std::move(solution_);
  }

 private:
  CarrierPlan const& plan_of(CarrierPlace place) const {
    return plans_[place.bus].carriers[place.carrier];
  }
  Carrier const& carrier_of(CarrierPlace place) const {
    return assignment_.carriers[place.bus][place.carrier];
  }

  // Drivers and rows ------------------------------------------------------------------------------

  /// The rows of each group. The first rows of both signs share drivers, so that the two synapses
  /// of a signed connection have one driver.
  void set_rows() {
    for (std::uint32_t h = 0; h < 2; ++h) {
      for (std::uint32_t b = 0; b < kBusses; ++b) {
        auto& rows = rows_[4 * h + b];
        for (GroupPlan const& group : plans_[b].groups[h]) rows.push_back(set_group(h, b, group));
      }
    }
  }

  std::array<std::vector<std::uint8_t>, 2> set_group(std::uint32_t h, std::uint32_t b,
                                                     GroupPlan const& group) {
    std::array<std::vector<std::uint8_t>, 2> rows;
    for (std::size_t i = 0; i < group.drivers.size(); ++i) {
      SynapseDriver const driver =
          synapse_driver(PadiBus(kBusses * h + b), DriverOnBus(group.drivers[i]));
      solution_.driver_masks[driver.value()] = group.masks[i];
      bool const both = i < std::min(group.rows[0], group.rows[1]);
      std::size_t sign = group.rows[0] > group.rows[1] ? 0 : 1;
      if (both) sign = 0;
      for (SynapseRow row : {bottom_row(driver), top_row(driver)}) {
        if (rows[sign].size() == group.rows[sign]) break;
        solution_.row_modes[row_index(Hemisphere(h), row)] =
            sign == 0 ? RowMode::kExcitatory : RowMode::kInhibitory;
        rows[sign].push_back(static_cast<std::uint8_t>(row.value()));
        if (both) sign = 1;
      }
    }
    return rows;
  }

  // Synapses --------------------------------------------------------------------------------------

  void place_synapses() {
    for (std::size_t b = 0; b < kBusses; ++b) drivers_[b].resize(plans_[b].carriers.size());
    for (std::size_t p = 0; p < 8; ++p)
      fill_[p].assign(rows_[p].size() * network_.slots.size() * 2, 0);
    for (Projection const& projection : problem_.projections) {
      auto& lists = solution_.projections.emplace_back();
      lists.begins.reserve(projection.connections.size() + 1);
      lists.items.reserve(projection.connections.size());
      auto const compartments =
          static_cast<std::uint32_t>(problem_.neurons[projection.target].shape.compartments.size());
      for (Connection const& connection : projection.connections) {
        std::uint32_t const source = network_.source_of(problem_, projection, connection);
        std::uint32_t const target = network_.target_number(
            projection.target, connection.target, projection.target_compartment, compartments);
        place_connection(source, target, projection, connection, lists);
      }
    }
  }

  void place_connection(std::uint32_t source, std::uint32_t target, Projection const& projection,
                        Connection const& connection, Lists<PlacedSynapse>& lists) {
    auto const sign = static_cast<std::uint32_t>(projection.receptor);
    std::uint32_t const h = assignment_.side(network_, source, target, sign);
    CarrierPlace const place = assignment_.places[source][h];
    CarrierPlan const& carrier = plan_of(place);
    std::uint32_t const group = carrier.group[h];
    std::uint32_t const slot = network_.targets[target].slots[h];
    auto const& circuits = network_.slots[slot].circuits[sign];
    std::size_t const p = 4 * h + place.bus;
    auto const& rows = rows_[p][group][sign];
    std::uint32_t label = carrier.label;
    if (projection.source.kind == SourceKind::kBackground) label = connection.source % kLabels;
    std::uint32_t& filled = fill_[p][(group * network_.slots.size() + slot) * 2 + sign];
    for (std::uint32_t i = 0; i < connection.synapses; ++i, ++filled) {
      SlotCircuit const& circuit = circuits[filled % circuits.size()];
      std::uint8_t const row = rows[filled / circuits.size()];
      drivers_[place.bus][place.carrier][h] |=
          1U << index_on_bus(synapse_driver(Hemisphere(h), SynapseRow(row))).value();
      lists.items.push_back({Hemisphere(h), SynapseRow(row), NeuronColumn(circuit.column),
                             static_cast<std::uint8_t>(label), circuit.circuit});
    }
    lists.close();
    solution_.statistics.busses[p].synapses += connection.synapses;
  }

  /// Uses what the groups leave open: each source takes a row select as close to its drivers as it
  /// may, then each driver compares all bits in which the sources that use it agree with its index.
  void wake_few_drivers() {
    std::array<std::array<std::uint8_t, kDriversPerBus>, 8> masks;
    for (auto& bus : masks) bus.fill(31);
    for (std::uint32_t b = 0; b < kBusses; ++b) {
      for (std::size_t i = 0; i < plans_[b].carriers.size(); ++i) {
        CarrierPlan& carrier = plans_[b].carriers[i];
        approach(carrier, drivers_[b][i][0] | drivers_[b][i][1]);
        for (std::uint32_t h = 0; h < 2; ++h) {
          for (std::uint32_t k = 0; k < kDriversPerBus; ++k) {
            if ((drivers_[b][i][h] >> k & 1U) == 0) continue;
            masks[4 * h + b][k] &= static_cast<std::uint8_t>(~(carrier.row_select ^ k));
          }
        }
      }
      for (std::uint32_t h = 0; h < 2; ++h) tighten(h, b, masks[4 * h + b]);
    }
  }

  static void approach(CarrierPlan& carrier, std::uint32_t drivers) {
    std::uint32_t ones = 31;
    std::uint32_t zeros = 31;
    for (std::uint32_t k = 0; k < kDriversPerBus; ++k) {
      if ((drivers >> k & 1U) == 0) continue;
      ones &= k;
      zeros &= ~k;
    }
    if (drivers == 0) return;
    std::uint32_t const select = carrier.row_select;
    std::uint32_t const near = (select | (ones & carrier.free_bits)) & ~(zeros & carrier.free_bits);
    carrier.row_select = static_cast<std::uint8_t>(near);
  }

  /// More bits than the group needs never let in a foreign label.
  void tighten(std::uint32_t h, std::uint32_t b,
               std::array<std::uint8_t, kDriversPerBus> const& masks) {
    for (GroupPlan& group : plans_[b].groups[h]) {
      for (std::size_t i = 0; i < group.drivers.size(); ++i) {
        std::uint8_t const k = group.drivers[i];
        group.masks[i] = masks[k];
        solution_.driver_masks[synapse_driver(PadiBus(kBusses * h + b), DriverOnBus(k)).value()] =
            masks[k];
      }
    }
  }

  // Sources ---------------------------------------------------------------------------------------

  void open_node(CrossbarInput input, CrossbarOutput output, NodeSetting setting) {
    solution_.nodes[crossbar_node(input, output)->value()] = setting;
  }

  void set_neurons() {
    std::array<std::bitset<256>, 8> taken = {};  // addresses by event output
    std::vector<std::uint16_t> address(network_.sources.size());
    std::vector<std::uint32_t> silent;
    for (std::uint32_t s = 0; s < network_.sources.size(); ++s) {
      SourceInfo const& info = network_.sources[s];
      if (info.source.population.kind != SourceKind::kNeuron) continue;
      CarrierPlace const place = assignment_.places[s][0];
      CarrierPlan const& plan = plan_of(place);
      if (plan.group[0] == kNone && plan.group[1] == kNone) {
        silent.push_back(s);
        continue;
      }
      address[s] = static_cast<std::uint16_t>((plan.row_select & 3U) << 6 | plan.label);
      taken[info.output].set(address[s]);
      open_neuron(info, carrier_of(place), plans_[place.bus].scheme.filter);
    }
    // Their events stop at the crossbar; under a filter that is because bits 7 and 6 are zero.
    for (std::uint32_t s : silent) {
      auto& addresses = taken[network_.sources[s].output];
      while (addresses[address[s]]) ++address[s];
      addresses.set(address[s]);
    }
    for (std::uint32_t p = 0; p < problem_.neurons.size(); ++p) {
      NeuronPlaces& places = solution_.neurons.emplace_back();
      places.anchors = network_.placement.anchors[p];
      std::size_t const count =
          problem_.neurons[p].size * problem_.neurons[p].shape.compartments.size();
      places.address_out.resize(count);
      for (std::uint32_t i = 0; i < count; ++i) {
        std::uint32_t const s = network_.source_number(neurons(p), i);
        if (s == kNone) continue;
        places.address_out[i] = static_cast<std::uint8_t>(address[s]);
        if (network_.sources[s].recorded) {
          EventOutput const e(network_.sources[s].output);
          open_node(crossbar_input(e), crossbar_output(L2Output(e.value() % kBusses)), {0, 0});
        }
      }
    }
  }

  void open_neuron(SourceInfo const& info, Carrier const& carrier, bool filter) {
    CrossbarInput const input = crossbar_input(EventOutput(info.output));
    for (std::uint32_t h = 0; h < 2; ++h) {
      if (!carrier.open[h] || (filter && !carrier.demand[h])) continue;
      std::uint16_t const bit = filter ? (h == 0 ? kNeuronToTop : kNeuronToBottom) : 0;
      open_node(input, crossbar_output(PadiBus(kBusses * h + info.bus())), {bit, bit});
    }
  }

  void set_externals() {
    std::array<std::uint16_t, kBusses> unheard = {};  // labels of recorded sources without target
    std::uint32_t next = 0;
    for (std::uint32_t p = 0; p < problem_.externals.size(); ++p) {
      auto& lists = solution_.externals.emplace_back();
      for (std::uint32_t i = 0; i < problem_.externals[p].size; ++i) {
        std::uint32_t const s = network_.source_number(external(p), i);
        if (s != kNone) {
          if (network_.sources[s].connected) {
            add_external(s, lists.items);
          } else {
            std::uint32_t const input = next++ % kBusses;
            lists.items.push_back(
                static_cast<std::uint16_t>(input << 14 | kToHost | unheard[input]++));
            open_external_to_host(input);
          }
        }
        lists.close();
      }
    }
  }

  void add_external(std::uint32_t s, std::vector<std::uint16_t>& labels) {
    auto const& places = assignment_.places[s];
    bool recorded = network_.sources[s].recorded;
    for (std::uint32_t h = 0; h < 2; ++h) {
      if (places[h].bus == kNone) continue;
      bool const shared = places[0].bus == places[1].bus && places[0].carrier == places[1].carrier;
      if (h == 1 && shared) break;
      CarrierPlan const& plan = plan_of(places[h]);
      std::uint32_t const input = places[h].bus;
      std::uint32_t label =
          input << 14 | static_cast<std::uint32_t>(plan.row_select) << 6 | plan.label;
      for (std::uint32_t side = 0; side < 2; ++side) {
        if (plan.group[side] == kNone) continue;
        std::uint16_t const bit = side == 0 ? kToTop : kToBottom;
        label |= bit;
        open_node(crossbar_input(L2Input(input)), crossbar_output(PadiBus(kBusses * side + input)),
                  {bit, bit});
      }
      if (recorded) {
        label |= kToHost;
        open_external_to_host(input);
        recorded = false;
      }
      labels.push_back(static_cast<std::uint16_t>(label));
    }
  }

  void open_external_to_host(std::uint32_t input) {
    open_node(crossbar_input(L2Input(input)), crossbar_output(L2Output(input)), {kToHost, kToHost});
  }

  void set_backgrounds() {
    for (std::uint32_t p = 0; p < problem_.backgrounds.size(); ++p) {
      auto& settings = solution_.backgrounds.emplace_back();
      auto const& generators = assignment_.generators[p];
      if (generators.bus == kNone) continue;
      BackgroundPopulation const& population = problem_.backgrounds[p];
      std::uint32_t const s = network_.source_number(background(p), 0);
      CarrierPlan const& plan = plans_[generators.bus].carriers[first_carrier(s, generators.bus)];
      std::uint32_t label = static_cast<std::uint32_t>(plan.row_select) << 6;
      if (population.recorded) label |= kGenerator;
      if (population.recorded && !generators.used[0]) label |= kGeneratorBottom;
      for (std::uint32_t h = 0; h < 2; ++h) {
        if (!generators.used[h]) continue;
        std::uint32_t const g = kBusses * h + generators.bus;
        CrossbarInput const input = crossbar_input(BackgroundSource(g));
        if (population.recorded && settings.empty()) {
          open_node(input, crossbar_output(L2Output(generators.bus)), {0, 0});
        }
        if (network_.sources[s].connected) open_node(input, crossbar_output(PadiBus(g)), {0, 0});
        settings.push_back({BackgroundSource(g), static_cast<std::uint16_t>(label),
                            static_cast<std::uint8_t>(population.size - 1)});
      }
    }
  }

  std::uint32_t first_carrier(std::uint32_t source, std::uint32_t bus) const {
    auto const& carriers = assignment_.carriers[bus];
    auto const found = std::find_if(carriers.begin(), carriers.end(),
                                    [&](Carrier const& c) { return c.source == source; });
    return static_cast<std::uint32_t>(found - carriers.begin());
  }

  void set_recorded() {
    for (SourceInfo const& info : network_.sources) {
      if (!info.recorded) continue;
      SourcePopulation const population = info.source.population;
      switch (population.kind) {
        case SourceKind::kNeuron: {
          std::uint8_t const address =
              *solution_.neurons[population.index].address_out[info.source.index];
          solution_.recorded.push_back(
              {static_cast<std::uint16_t>(info.bus() << 14 | std::uint32_t{info.output} << 8 |
                                          address),
               info.source});
          break;
        }
        case SourceKind::kExternal:
          solution_.recorded.push_back(
              {solution_.externals[population.index][info.source.index][0], info.source});
          break;
        case SourceKind::kBackground: {
          GeneratorSetting const& setting = solution_.backgrounds[population.index][0];
          for (std::uint32_t i = 0; i < info.labels; ++i) {
            std::uint32_t const index = info.source.index * kLabels + i;
            solution_.recorded.push_back(
                {static_cast<std::uint16_t>((setting.generator.value() % kBusses) << 14 |
                                            setting.label | index),
                 {population, index}});
          }
          break;
        }
      }
    }
    std::sort(solution_.recorded.begin(), solution_.recorded.end(),
              [](RecordedLabel const& a, RecordedLabel const& b) { return a.label < b.label; });
  }

  // Statistics ------------------------------------------------------------------------------------

  void count() {
    for (std::uint32_t h = 0; h < 2; ++h) {
      for (std::uint32_t b = 0; b < kBusses; ++b) count_bus(h, b);
    }
    std::size_t sources = 0;
    std::size_t labels = 0;
    for (auto const& lists : solution_.externals) {
      for (std::size_t i = 0; i < lists.size(); ++i) {
        if (lists[i].empty()) continue;
        ++sources;
        labels += lists[i].size();
        solution_.statistics.max_labels_per_external_spike =
            std::max(solution_.statistics.max_labels_per_external_spike,
                     static_cast<std::uint32_t>(lists[i].size()));
      }
    }
    if (sources > 0) {
      solution_.statistics.mean_labels_per_external_spike =
          static_cast<double>(labels) / static_cast<double>(sources);
    }
  }

  void count_bus(std::uint32_t h, std::uint32_t b) {
    BusStatistics& bus = solution_.statistics.busses[4 * h + b];
    std::array<std::uint32_t, 32> reacting = {};
    for (GroupPlan const& group : plans_[b].groups[h]) {
      bus.rows_excitatory += group.rows[0];
      bus.rows_inhibitory += group.rows[1];
      bus.drivers += static_cast<std::uint32_t>(group.drivers.size());
      for (std::size_t i = 0; i < group.drivers.size(); ++i) {
        for (std::uint32_t s = 0; s < 32; ++s) {
          if (((s ^ group.drivers[i]) & group.masks[i]) == 0) ++reacting[s];
        }
      }
    }
    for (std::size_t i = 0; i < plans_[b].carriers.size(); ++i) {
      CarrierPlan const& carrier = plans_[b].carriers[i];
      if (carrier.group[h] == kNone) continue;
      bus.labels += assignment_.carriers[b][i].labels;
      bus.max_drivers_per_event = std::max(bus.max_drivers_per_event, reacting[carrier.row_select]);
    }
  }

  Problem const& problem_;
  Network const& network_;
  Assignment const& assignment_;
  std::array<BusPlan, kBusses> plans_;
  /// Rows by PADI bus, group and sign.
  std::array<std::vector<std::array<std::vector<std::uint8_t>, 2>>, 8> rows_;
  /// By bus and carrier: drivers (bit set of indices) on the top and bottom bus that it uses.
  std::array<std::vector<std::array<std::uint32_t, 2>>, kBusses> drivers_;
  std::array<std::vector<std::uint32_t>, 8> fill_;  ///< synapses so far by bus, group, slot, sign
  Solution solution_;
};

}  // namespace

Solution assemble(Problem const& problem, Network const& network, Assignment const& assignment,
                  std::array<BusPlan, kBusses> const& plans) {
  return Assembler(problem, network, assignment, plans).run();
}

}  // namespace hx::routing::internal
