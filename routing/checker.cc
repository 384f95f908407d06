#include "routing/checker.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <sstream>
#include <tuple>

#include "fpga_model/spec/geometry.h"

// Written from the rules of the chip alone; the only thing shared with the routers is the geometry.

namespace hx::routing {
namespace {

constexpr std::size_t kNoOne = static_cast<std::size_t>(-1);

std::string side_text(std::uint32_t h) {
  return h == 0 ? "top" : "bottom";
}

std::string synapse_text(PlacedSynapse const& s) {
  std::ostringstream out;
  out << side_text(s.hemisphere.value()) << " row " << s.row << " column " << s.column;
  return out.str();
}

std::string bus_text(PadiBus bus) {
  return side_text(bus.value() / 4) + " bus " + std::to_string(bus.value() % 4);
}

std::string input_text(CrossbarInput input) {
  std::uint32_t const i = input.value();
  if (i < 8) return "neuron event output " + std::to_string(i);
  if (i < 12) return "L2 input " + std::to_string(i - 8);
  return "generator " + std::to_string(i - 12);
}

std::string output_text(CrossbarOutput output) {
  std::uint32_t const o = output.value();
  return o < 8 ? bus_text(PadiBus(o)) : "L2 output " + std::to_string(o - 8);
}

std::string node_text(std::size_t node) {
  CrossbarPlace const place = crossbar_place(CrossbarNode(node));
  return "node " + std::to_string(node) + " (" + input_text(place.input) + " -> " +
         output_text(place.output) + ")";
}

/// A label that enters the crossbar when a source spikes.
struct Event {
  Source source = {};
  CrossbarInput input = {};
  std::uint16_t label = 0;  ///< 14 bit
};

/// A synapse and the connection it belongs to.
struct Wanted {
  PlacedSynapse synapse = {};
  std::uint32_t projection = 0;
  std::uint32_t connection = 0;
  std::uint32_t hits = 0;  ///< how often its own source reaches it
};

class Checker {
 public:
  Checker(Problem const& problem, Solution const& solution, std::size_t keep)
      : problem_(problem), solution_(solution), keep_(keep) {}

  CheckReport run() {
    if (auto valid = validate(problem_); !valid) {
      violate(Constraint::kInput, "problem", valid.error().message);
      return report_;
    }
    check_sizes();
    if (!report_.ok()) return report_;
    check_placement();
    if (!report_.ok()) return report_;
    check_ranges();
    collect_synapses();
    collect_events();
    for (std::uint32_t bus = 0; bus < 8; ++bus) propagate(PadiBus(bus));
    check_hits();
    check_recorded();
    return report_;
  }

 private:
  void violate(Constraint constraint, std::string place, std::string text) {
    ++report_.count;
    if (report_.violations.size() < keep_) {
      report_.violations.push_back({constraint, std::move(place), std::move(text)});
    }
  }

  // Names -----------------------------------------------------------------------------------------

  std::string source_text(Source const& source) const {
    auto const [kind, p] = source.population;
    switch (kind) {
      case SourceKind::kNeuron: {
        std::size_t const n = problem_.neurons[p].shape.compartments.size();
        std::string text = "neuron " + std::to_string(source.index / n);
        if (n > 1) text += " compartment " + std::to_string(source.index % n);
        return text + " of '" + problem_.neurons[p].name + "'";
      }
      case SourceKind::kExternal:
        return "source " + std::to_string(source.index) + " of '" + problem_.externals[p].name +
               "'";
      case SourceKind::kBackground:
        break;
    }
    return "source " + std::to_string(source.index) + " of background '" +
           problem_.backgrounds[p].name + "'";
  }

  std::string connection_text(Wanted const& wanted) const {
    Projection const& projection = problem_.projections[wanted.projection];
    Connection const& connection = projection.connections[wanted.connection];
    return "projection " + std::to_string(wanted.projection) + " connection " +
           std::to_string(wanted.connection) + " (" + source_text(source_of(wanted)) +
           " -> neuron " + std::to_string(connection.target) + " of '" +
           problem_.neurons[projection.target].name + "')";
  }

  Source source_of(Wanted const& wanted) const {
    Projection const& projection = problem_.projections[wanted.projection];
    std::uint32_t index = projection.connections[wanted.connection].source;
    if (projection.source.kind == SourceKind::kNeuron) {
      auto const n = static_cast<std::uint32_t>(
          problem_.neurons[projection.source.index].shape.compartments.size());
      index = index * n + projection.source_compartment;
    }
    return {projection.source, index};
  }

  // Form ------------------------------------------------------------------------------------------

  bool same_size(std::string const& what, std::size_t is, std::size_t should) {
    if (is == should) return true;
    violate(Constraint::kInput, what,
            std::to_string(is) + " entries instead of " + std::to_string(should));
    return false;
  }

  template <typename T>
  bool sound(std::string const& what, Lists<T> const& lists) {
    bool const good = !lists.begins.empty() && lists.begins.front() == 0 &&
                      std::is_sorted(lists.begins.begin(), lists.begins.end()) &&
                      lists.begins.back() == lists.items.size();
    if (!good) violate(Constraint::kInput, what, "list boundaries do not match the items");
    return good;
  }

  void check_sizes() {
    if (!same_size("projections", solution_.projections.size(), problem_.projections.size()) ||
        !same_size("neurons", solution_.neurons.size(), problem_.neurons.size()) ||
        !same_size("externals", solution_.externals.size(), problem_.externals.size()) ||
        !same_size("backgrounds", solution_.backgrounds.size(), problem_.backgrounds.size())) {
      return;
    }
    for (std::size_t i = 0; i < problem_.projections.size(); ++i) {
      std::string const what = "projections[" + std::to_string(i) + "]";
      auto const& lists = solution_.projections[i];
      auto const& connections = problem_.projections[i].connections;
      if (!sound(what, lists) || !same_size(what, lists.size(), connections.size())) continue;
      for (std::size_t c = 0; c < connections.size(); ++c) {
        if (lists[c].size() == connections[c].synapses) continue;
        violate(Constraint::kC12ExactlyOnce, what + " connection " + std::to_string(c),
                std::to_string(lists[c].size()) + " synapses instead of " +
                    std::to_string(connections[c].synapses));
      }
    }
    for (std::size_t i = 0; i < problem_.neurons.size(); ++i) {
      std::string const what = "neurons[" + std::to_string(i) + "]";
      NeuronPopulation const& population = problem_.neurons[i];
      same_size(what + ".anchors", solution_.neurons[i].anchors.size(), population.size);
      same_size(what + ".address_out", solution_.neurons[i].address_out.size(),
                population.size * population.shape.compartments.size());
    }
    for (std::size_t i = 0; i < problem_.externals.size(); ++i) {
      std::string const what = "externals[" + std::to_string(i) + "]";
      if (!sound(what, solution_.externals[i])) continue;
      same_size(what, solution_.externals[i].size(), problem_.externals[i].size);
    }
  }

  void check_placement() {
    std::array<bool, 512> taken = {};
    for (std::size_t p = 0; p < problem_.neurons.size(); ++p) {
      NeuronPopulation const& population = problem_.neurons[p];
      for (std::size_t i = 0; i < population.size; ++i) {
        AtomicNeuron const anchor = solution_.neurons[p].anchors[i];
        std::string const where = "neuron " + std::to_string(i) + " of '" + population.name + "'";
        if (!population.placement.empty() && population.placement[i] != anchor) {
          violate(Constraint::kP2Shape, where, "is not where its given placement is");
        }
        for (Compartment const& compartment : population.shape.compartments) {
          for (CircuitShape const& circuit : compartment.circuits) {
            check_circuit(anchor, circuit, where, taken);
          }
        }
      }
    }
  }

  void check_circuit(AtomicNeuron anchor, CircuitShape const& circuit, std::string const& where,
                     std::array<bool, 512>& taken) {
    std::uint32_t const c = column(anchor).value() + circuit.column;
    std::uint32_t const r = hemisphere(anchor).value() + circuit.row;
    if (r > 1 || c > 255 || c / 128 != column(anchor).value() / 128) {
      violate(Constraint::kP2Shape, where, "leaves its half of the chip");
      return;
    }
    if (taken[256 * r + c]) {
      violate(Constraint::kP1OneOwner, where,
              "shares circuit " + std::to_string(256 * r + c) + " with another neuron");
    }
    taken[256 * r + c] = true;
  }

  void check_ranges() {
    for (std::size_t d = 0; d < solution_.driver_masks.size(); ++d) {
      if (solution_.driver_masks[d].value_or(0) > 31) {
        violate(Constraint::kC5DriverSelection, "driver " + std::to_string(d),
                "the mask has more than 5 bits");
      }
    }
    for (std::size_t n = 0; n < solution_.nodes.size(); ++n) {
      if (!solution_.nodes[n]) continue;
      if (solution_.nodes[n]->mask > 0x3fff || solution_.nodes[n]->target > 0x3fff) {
        violate(Constraint::kC9Crossbar, node_text(n), "mask or target has more than 14 bits");
      }
    }
  }

  // Synapses --------------------------------------------------------------------------------------

  void collect_synapses() {
    owner_.assign(2 * 256 * 256, kNoOne);
    for (std::uint32_t p = 0; p < problem_.projections.size(); ++p) {
      auto const& lists = solution_.projections[p];
      for (std::uint32_t c = 0; c < lists.size(); ++c) {
        for (PlacedSynapse const& synapse : lists[c]) collect_synapse({synapse, p, c, 0});
      }
    }
  }

  void collect_synapse(Wanted wanted) {
    PlacedSynapse const& s = wanted.synapse;
    std::size_t const place =
        (std::size_t{s.hemisphere.value()} * 256 + s.row.value()) * 256 + s.column.value();
    if (owner_[place] != kNoOne) {
      violate(Constraint::kC1OneSynapse, synapse_text(s),
              connection_text(wanted) + " and " + connection_text(wanted_[owner_[place]]) +
                  " both use it");
      return;
    }
    owner_[place] = wanted_.size();
    check_synapse(wanted);
    wanted_.push_back(wanted);
  }

  void check_synapse(Wanted const& wanted) {
    PlacedSynapse const& s = wanted.synapse;
    if (s.label > 63) {
      violate(Constraint::kC4LabelSelectivity, synapse_text(s),
              "label " + std::to_string(s.label) + " has more than 6 bits");
    }
    check_synapse_circuit(wanted);
    Receptor const receptor = problem_.projections[wanted.projection].receptor;
    RowMode const mode = solution_.row_modes[row_index(s.hemisphere, s.row)];
    RowMode const should =
        receptor == Receptor::kExcitatory ? RowMode::kExcitatory : RowMode::kInhibitory;
    if (mode != should) {
      violate(Constraint::kC3RowSign, synapse_text(s),
              connection_text(wanted) + " needs an " +
                  (receptor == Receptor::kExcitatory ? "excitatory" : "inhibitory") +
                  " row, this one is " +
                  (mode == RowMode::kDisabled ? "disabled" : "of the other sign"));
    }
  }

  void check_synapse_circuit(Wanted const& wanted) {
    PlacedSynapse const& s = wanted.synapse;
    Projection const& projection = problem_.projections[wanted.projection];
    std::uint32_t const neuron = projection.connections[wanted.connection].target;
    auto const& circuits = problem_.neurons[projection.target]
                               .shape.compartments[projection.target_compartment]
                               .circuits;
    if (s.circuit >= circuits.size()) {
      violate(Constraint::kR4SynapsePlace, synapse_text(s),
              connection_text(wanted) + " names circuit " + std::to_string(s.circuit) + " of " +
                  std::to_string(circuits.size()));
      return;
    }
    CircuitShape const& circuit = circuits[s.circuit];
    AtomicNeuron const anchor = solution_.neurons[projection.target].anchors[neuron];
    if (column(anchor).value() + circuit.column != s.column.value() ||
        hemisphere(anchor).value() + circuit.row != s.hemisphere.value()) {
      violate(Constraint::kR4SynapsePlace, synapse_text(s),
              connection_text(wanted) + " does not end at this circuit");
    }
    if (!(projection.receptor == Receptor::kExcitatory ? circuit.excitatory : circuit.inhibitory)) {
      violate(Constraint::kR4SynapsePlace, synapse_text(s),
              connection_text(wanted) + " ends at a circuit without this receptor");
    }
  }

  // Events ----------------------------------------------------------------------------------------

  void collect_events() {
    for (std::uint32_t p = 0; p < problem_.neurons.size(); ++p) add_neuron_events(p);
    for (std::uint32_t p = 0; p < problem_.externals.size(); ++p) {
      auto const& lists = solution_.externals[p];
      for (std::uint32_t i = 0; i < lists.size(); ++i) {
        for (std::uint16_t label : lists[i]) {
          events_.push_back({{external(p), i},
                             CrossbarInput(8U + (label >> 14)),
                             static_cast<std::uint16_t>(label & 0x3fff)});
        }
      }
    }
    std::array<bool, 8> taken = {};
    for (std::uint32_t p = 0; p < problem_.backgrounds.size(); ++p) add_generator_events(p, taken);
    for (std::size_t e = 0; e < events_.size(); ++e) pass_crossbar(e);
  }

  void add_neuron_events(std::uint32_t p) {
    NeuronPopulation const& population = problem_.neurons[p];
    std::size_t const n = population.shape.compartments.size();
    auto const& places = solution_.neurons[p];
    for (std::uint32_t i = 0; i < places.address_out.size(); ++i) {
      if (!places.address_out[i]) continue;
      Compartment const& compartment = population.shape.compartments[i % n];
      if (!compartment.spike_master) {
        violate(Constraint::kC6NeuronLabel, source_text({neurons(p), i}),
                "has an address but no circuit that spikes");
        continue;
      }
      CircuitShape const& master = compartment.circuits[*compartment.spike_master];
      std::uint32_t const c = column(places.anchors[i / n]).value() + master.column;
      std::uint32_t const e = c / 32;
      events_.push_back({{neurons(p), i},
                         CrossbarInput(e),
                         static_cast<std::uint16_t>(e << 8 | *places.address_out[i])});
    }
  }

  void add_generator_events(std::uint32_t p, std::array<bool, 8>& taken) {
    std::uint32_t const size = problem_.backgrounds[p].size;
    for (GeneratorSetting const& setting : solution_.backgrounds[p]) {
      std::uint32_t const g = setting.generator.value();
      std::string const where = "generator " + std::to_string(g);
      if (taken[g]) violate(Constraint::kP3Background, where, "is used twice");
      taken[g] = true;
      if (setting.mask != size - 1 || (setting.label & setting.mask) != 0 ||
          setting.label > 0x3fff) {
        violate(Constraint::kC7BackgroundLabel, where,
                "mask " + std::to_string(setting.mask) + " and label " +
                    std::to_string(setting.label) + " do not make " + std::to_string(size) +
                    " consecutive labels");
      }
      for (std::uint32_t i = 0; i < size; ++i) {
        events_.push_back(
            {{background(p), i},
             CrossbarInput(12 + g),
             static_cast<std::uint16_t>((setting.label & ~setting.mask) | (i & setting.mask))});
      }
    }
  }

  void pass_crossbar(std::size_t e) {
    Event const& event = events_[e];
    for (std::uint32_t o = 0; o < 12; ++o) {
      auto const node = crossbar_node(event.input, CrossbarOutput(o));
      if (!node) continue;
      auto const& setting = solution_.nodes[node->value()];
      if (!setting || (event.label & setting->mask) != setting->target) continue;
      arrivals_[o].push_back(e);
    }
  }

  // Busses ----------------------------------------------------------------------------------------

  void propagate(PadiBus bus) {
    // Synapses of the bus by driver and label, in enabled rows.
    std::array<std::vector<std::size_t>, 32 * 64> listening;
    for (std::size_t w = 0; w < wanted_.size(); ++w) {
      PlacedSynapse const& s = wanted_[w].synapse;
      SynapseDriver const driver = synapse_driver(s.hemisphere, s.row);
      if (padi_bus(driver) != bus || s.label > 63) continue;
      if (solution_.row_modes[row_index(s.hemisphere, s.row)] == RowMode::kDisabled) continue;
      listening[index_on_bus(driver).value() * 64 + s.label].push_back(w);
    }
    auto const owners = find_owners(bus);
    for (std::size_t e : arrivals_[bus.value()]) {
      std::uint32_t const select = events_[e].label >> 6 & 31U;
      for (std::uint32_t k = 0; k < 32; ++k) {
        auto const mask = solution_.driver_masks[synapse_driver(bus, DriverOnBus(k)).value()];
        if (!mask || (select & *mask) != (k & *mask)) continue;
        if (owners[k] && *owners[k] != events_[e].source) {
          violate(Constraint::kC5DriverSelection, bus_text(bus) + " driver " + std::to_string(k),
                  "belongs to " + source_text(*owners[k]) + " alone and reacts to " +
                      source_text(events_[e].source) + " too");
        }
        for (std::size_t w : listening[k * 64 + (events_[e].label & 63U)]) hit(e, w, bus);
      }
    }
  }

  /// By driver of the bus: the source that must have it for itself.
  std::array<std::optional<Source>, 32> find_owners(PadiBus bus) const {
    std::array<std::optional<Source>, 32> owners;
    for (Wanted const& wanted : wanted_) {
      PlacedSynapse const& s = wanted.synapse;
      SynapseDriver const driver = synapse_driver(s.hemisphere, s.row);
      Source const source = source_of(wanted);
      if (padi_bus(driver) != bus || source.population.kind != SourceKind::kExternal) continue;
      if (!problem_.externals[source.population.index].own_drivers) continue;
      owners[index_on_bus(driver).value()] = source;
    }
    return owners;
  }

  void hit(std::size_t e, std::size_t w, PadiBus bus) {
    Source const& source = events_[e].source;
    if (source == source_of(wanted_[w])) {
      ++wanted_[w].hits;
      return;
    }
    if (report_.violations.size() >= keep_) {
      ++report_.count;  // there may be millions: no text for those that nobody reads
      return;
    }
    violate(Constraint::kC4LabelSelectivity, synapse_text(wanted_[w].synapse),
            source_text(source) + " (label " + std::to_string(events_[e].label) + " on " +
                bus_text(bus) + ") drives the synapse of " + connection_text(wanted_[w]));
  }

  void check_hits() {
    for (Wanted const& wanted : wanted_) {
      if (wanted.hits == 1) continue;
      if (wanted.hits > 1) {
        violate(Constraint::kC12ExactlyOnce, synapse_text(wanted.synapse),
                connection_text(wanted) + " is driven " + std::to_string(wanted.hits) +
                    " times per spike");
        continue;
      }
      explain_miss(wanted);
    }
  }

  /// Why no event of its source drives the synapse: the first obstacle on the way.
  void explain_miss(Wanted const& wanted) {
    PlacedSynapse const& s = wanted.synapse;
    SynapseDriver const driver = synapse_driver(s.hemisphere, s.row);
    PadiBus const bus = padi_bus(driver);
    Source const source = source_of(wanted);
    bool sent = false;
    for (Event const& event : events_) sent = sent || event.source == source;
    bool arrived = false;
    bool selected = false;
    auto const mask = solution_.driver_masks[driver.value()];
    for (std::size_t e : arrivals_[bus.value()]) {
      if (events_[e].source != source) continue;
      arrived = true;
      std::uint32_t const select = events_[e].label >> 6 & 31U;
      selected = selected || (mask && ((select ^ index_on_bus(driver).value()) & *mask) == 0);
    }
    std::string const text = connection_text(wanted) + " is never driven: ";
    if (!sent) {
      violate(Constraint::kC12ExactlyOnce, synapse_text(s), text + "the source has no label");
    } else if (!arrived) {
      violate(Constraint::kC9Crossbar, synapse_text(s),
              text + "no label of the source gets through the crossbar to " + bus_text(bus));
    } else if (!mask) {
      violate(Constraint::kC5DriverSelection, synapse_text(s), text + "the driver is off");
    } else if (!selected) {
      violate(Constraint::kC5DriverSelection, synapse_text(s),
              text + "the driver (mask " + std::to_string(*mask) +
                  ") does not react to its row select");
    } else {
      violate(Constraint::kC4LabelSelectivity, synapse_text(s),
              text + "label " + std::to_string(s.label) + " is not the one of the source");
    }
  }

  // Recording -------------------------------------------------------------------------------------

  std::vector<Source> recorded_sources() const {
    std::vector<Source> out;
    for (std::uint32_t p = 0; p < problem_.neurons.size(); ++p) {
      auto const& flags = problem_.neurons[p].recorded;
      for (std::uint32_t i = 0; i < flags.size(); ++i) {
        if (flags[i]) out.push_back({neurons(p), i});
      }
    }
    for (std::uint32_t p = 0; p < problem_.externals.size(); ++p) {
      auto const& flags = problem_.externals[p].recorded;
      for (std::uint32_t i = 0; i < flags.size(); ++i) {
        if (flags[i]) out.push_back({external(p), i});
      }
    }
    for (std::uint32_t p = 0; p < problem_.backgrounds.size(); ++p) {
      if (!problem_.backgrounds[p].recorded) continue;
      for (std::uint32_t i = 0; i < problem_.backgrounds[p].size; ++i) {
        out.push_back({background(p), i});
      }
    }
    return out;
  }

  void check_recorded() {
    std::map<std::uint16_t, Source> table;
    std::map<Source, std::uint16_t> labels;
    for (std::size_t i = 0; i < solution_.recorded.size(); ++i) {
      RecordedLabel const& entry = solution_.recorded[i];
      if (!table.emplace(entry.label, entry.source).second) {
        violate(Constraint::kC10RecordedUnique, "label " + std::to_string(entry.label),
                "two recorded sources have it");
      }
      if (!labels.emplace(entry.source, entry.label).second) {
        violate(Constraint::kC10RecordedUnique, "recorded[" + std::to_string(i) + "]",
                "its source is listed twice");
      }
      if (i > 0 && solution_.recorded[i - 1].label > entry.label) {
        violate(Constraint::kC10RecordedUnique, "recorded[" + std::to_string(i) + "]",
                "the list is not sorted by label");
      }
    }
    std::vector<Source> const wanted = recorded_sources();
    if (wanted.size() != solution_.recorded.size()) {
      violate(Constraint::kC11RecordedPath, "recorded",
              std::to_string(solution_.recorded.size()) + " entries for " +
                  std::to_string(wanted.size()) + " recorded sources");
    }
    std::map<Source, std::uint32_t> seen;
    for (std::uint32_t o = 8; o < 12; ++o) {
      for (std::size_t e : arrivals_[o]) {
        auto const label = static_cast<std::uint16_t>((o - 8) << 14 | events_[e].label);
        auto const found = table.find(label);
        if (found == table.end()) continue;
        if (found->second == events_[e].source) {
          ++seen[events_[e].source];
        } else {
          violate(
              Constraint::kC10RecordedUnique, "label " + std::to_string(label),
              source_text(events_[e].source) + " arrives at the host under the label of another");
        }
      }
    }
    for (Source const& source : wanted) {
      if (!labels.contains(source)) {
        violate(Constraint::kC11RecordedPath, source_text(source),
                "is to be recorded but has no entry");
      } else if (seen[source] != 1) {
        violate(Constraint::kC11RecordedPath, source_text(source),
                "arrives at the host " + std::to_string(seen[source]) +
                    " times per spike under its label " + std::to_string(labels[source]));
      }
    }
  }

  Problem const& problem_;
  Solution const& solution_;
  std::size_t keep_;
  CheckReport report_;
  std::vector<Wanted> wanted_;
  std::vector<std::size_t> owner_;  ///< by hemisphere, row, column: index in wanted_
  std::vector<Event> events_;
  std::array<std::vector<std::size_t>, 12> arrivals_;  ///< events by crossbar output
};

}  // namespace

std::ostream& operator<<(std::ostream& out, CheckReport const& report) {
  out << report.count << " violation(s)";
  for (Violation const& violation : report.violations) {
    out << "\n  " << to_string(violation.constraint) << " at " << violation.place << ": "
        << violation.text;
  }
  return out;
}

CheckReport check(Problem const& problem, Solution const& solution, std::size_t keep) {
  return Checker(problem, solution, keep).run();
}

}  // namespace hx::routing
