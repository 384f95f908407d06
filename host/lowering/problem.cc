#include "host/lowering/problem.h"

#include <cstdlib>
#include <utility>

#include "driver/base/check.h"
#include "routing/weights.h"

namespace hx::host {
namespace {

routing::SourcePopulation add_population(routing::Problem& problem, Population const& population) {
  std::vector<bool> const recorded(population.record_spikes ? population.size : 0, true);
  switch (population.kind) {
    case PopulationKind::kSpikeSource:
      problem.externals.push_back(
          {.name = population.name, .size = population.size, .recorded = recorded});
      return routing::external(static_cast<std::uint32_t>(problem.externals.size() - 1));
    case PopulationKind::kBackground:
      problem.backgrounds.push_back({.name = population.name,
                                     .size = population.size,
                                     .recorded = population.record_spikes,
                                     .pair = {}});
      return routing::background(static_cast<std::uint32_t>(problem.backgrounds.size() - 1));
    case PopulationKind::kLif:
    case PopulationKind::kLi:
      break;
  }
  routing::NeuronPopulation neurons;
  neurons.name = population.name;
  neurons.size = population.size;
  neurons.recorded = recorded;
  routing::Compartment& compartment = neurons.shape.compartments[0];
  compartment.circuits.clear();
  for (std::uint32_t i = 0; i < population.circuits; ++i) {
    CircuitOffset const offset = circuit_offset(population.layout, i);
    compartment.circuits.push_back({.column = static_cast<std::uint16_t>(offset.column),
                                    .row = static_cast<std::uint8_t>(offset.row)});
  }
  if (!population.spikes()) compartment.spike_master.reset();
  for (std::uint32_t circuit : population.placement) {
    neurons.placement.push_back(AtomicNeuron(circuit));
  }
  problem.neurons.push_back(std::move(neurons));
  return routing::neurons(static_cast<std::uint32_t>(problem.neurons.size() - 1));
}

bool takes_part(Connection const& connection, WeightRule rule, routing::Receptor receptor) {
  if (rule == WeightRule::kSignedPair) return true;
  return receptor == routing::Receptor::kExcitatory ? connection.weight > 0 : connection.weight < 0;
}

std::uint16_t synapses_of(Connection const& connection, WeightRule rule) {
  if (rule == WeightRule::kSignedPair) return 1;
  auto const needed =
      routing::synapses_needed(static_cast<std::uint32_t>(std::abs(connection.weight)));
  HX_CHECK(needed.has_value()) << "weight " << connection.weight << " of a valid network";
  return *needed;
}

void add_projection(Mapping& mapping, Network const& network, std::uint32_t index,
                    routing::Receptor receptor) {
  Projection const& from = network.projections[index];
  routing::Projection to;
  ProjectionPart part{.projection = index, .receptor = receptor, .connections = {}};
  to.source = mapping.populations[from.from];
  to.target = mapping.populations[from.to].index;
  to.receptor = receptor;
  to.connections.reserve(from.connections.size());
  part.connections.reserve(from.connections.size());
  for (std::size_t i = 0; i < from.connections.size(); ++i) {
    Connection const& connection = from.connections[i];
    if (!takes_part(connection, from.rule, receptor)) continue;
    to.connections.push_back({connection.pre, connection.post, synapses_of(connection, from.rule)});
    part.connections.push_back(static_cast<std::uint32_t>(i));
  }
  if (to.connections.empty()) return;
  mapping.problem.projections.push_back(std::move(to));
  mapping.parts.push_back(std::move(part));
}

bool same(routing::NeuronPopulation const& a, routing::NeuronPopulation const& b) {
  return a.size == b.size && a.shape == b.shape && a.placement == b.placement &&
         a.recorded == b.recorded;
}
bool same(routing::ExternalPopulation const& a, routing::ExternalPopulation const& b) {
  return a.size == b.size && a.recorded == b.recorded && a.own_drivers == b.own_drivers;
}
bool same(routing::BackgroundPopulation const& a, routing::BackgroundPopulation const& b) {
  return a.size == b.size && a.recorded == b.recorded && a.pair == b.pair;
}
bool same(routing::Projection const& a, routing::Projection const& b) {
  return a.source == b.source && a.source_compartment == b.source_compartment &&
         a.target == b.target && a.target_compartment == b.target_compartment &&
         a.receptor == b.receptor && a.connections == b.connections;
}
template <typename T>
bool same(std::vector<T> const& a, std::vector<T> const& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same(a[i], b[i])) return false;
  }
  return true;
}

}  // namespace

Mapping make_mapping(Network const& network) {
  Mapping mapping;
  for (Population const& population : network.populations) {
    mapping.populations.push_back(add_population(mapping.problem, population));
  }
  for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
    if (network.projections[p].stp) {
      auto const source = mapping.populations[network.projections[p].from];
      mapping.problem.externals[source.index].own_drivers = true;
    }
    add_projection(mapping, network, p, routing::Receptor::kExcitatory);
    add_projection(mapping, network, p, routing::Receptor::kInhibitory);
  }
  return mapping;
}

bool is_same_problem(routing::Problem const& a, routing::Problem const& b) {
  return same(a.neurons, b.neurons) && same(a.externals, b.externals) &&
         same(a.backgrounds, b.backgrounds) && same(a.projections, b.projections);
}

Circuits circuits_of(Network const& network, Mapping const& mapping,
                     routing::Solution const& solution) {
  Circuits circuits(network.populations.size());
  for (std::size_t p = 0; p < circuits.size(); ++p) {
    if (!network.populations[p].is_neuron()) continue;
    // The anchor of a shape is its first circuit.
    circuits[p] = solution.neurons[mapping.populations[p].index].anchors;
  }
  return circuits;
}

}  // namespace hx::host
