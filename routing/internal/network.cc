#include "routing/internal/network.h"

#include <algorithm>
#include <utility>

namespace hx::routing::internal {
namespace {

void add_targets(Problem const& problem, Network& network) {
  for (std::uint32_t p = 0; p < problem.neurons.size(); ++p) {
    NeuronPopulation const& population = problem.neurons[p];
    network.target_begin.push_back(static_cast<std::uint32_t>(network.targets.size()));
    for (std::uint32_t i = 0; i < population.size; ++i) {
      for (std::uint32_t k = 0; k < population.shape.compartments.size(); ++k) {
        Compartment const& compartment = population.shape.compartments[k];
        Target target{.population = p, .neuron = i, .compartment = k};
        target.all_circuits = static_cast<std::uint32_t>(compartment.circuits.size());
        for (std::size_t c = 0; c < compartment.circuits.size(); ++c) {
          CircuitShape const& shape = compartment.circuits[c];
          AtomicNeuron const circuit = *circuit_at(network.placement.anchors[p][i], shape);
          if (c == 0) target.first = circuit;
          std::uint32_t const h = hemisphere(circuit).value();
          if (target.slots[h] == kNone) {
            target.slots[h] = static_cast<std::uint32_t>(network.slots.size());
            network.slots.push_back({.target = static_cast<std::uint32_t>(network.targets.size()),
                                     .hemisphere = static_cast<std::uint8_t>(h)});
          }
          Slot& slot = network.slots[target.slots[h]];
          for (std::size_t sign = 0; sign < 2; ++sign) {
            if (!(sign == 0 ? shape.excitatory : shape.inhibitory)) continue;
            slot.circuits[sign].push_back({static_cast<std::uint8_t>(column(circuit).value()),
                                           static_cast<std::uint16_t>(c)});
            ++target.circuits[sign][h];
          }
        }
        network.targets.push_back(target);
      }
    }
  }
}

bool flag(std::vector<bool> const& flags, std::size_t index) {
  return !flags.empty() && flags[index];
}

/// Sources of a background population: pieces of up to 64 labels, as many as one row select has.
std::uint32_t chunks(BackgroundPopulation const& population) {
  return std::max<std::uint32_t>(1, population.size / kLabels);
}

/// Numbers every source of the problem, used or not.
std::uint32_t number_populations(Problem const& problem, Network& network) {
  std::uint32_t next = 0;
  for (NeuronPopulation const& population : problem.neurons) {
    network.population_begin[0].push_back(next);
    next += population.size * static_cast<std::uint32_t>(population.shape.compartments.size());
  }
  for (ExternalPopulation const& population : problem.externals) {
    network.population_begin[1].push_back(next);
    next += population.size;
  }
  for (BackgroundPopulation const& population : problem.backgrounds) {
    network.population_begin[2].push_back(next);
    next += chunks(population);
  }
  return next;
}

std::uint32_t raw_source(Problem const& problem, Network const& network,
                         Projection const& projection, Connection const& connection) {
  SourcePopulation const source = projection.source;
  std::uint32_t const begin =
      network.population_begin[static_cast<std::size_t>(source.kind)][source.index];
  switch (source.kind) {
    case SourceKind::kNeuron:
      return begin +
             connection.source * static_cast<std::uint32_t>(
                                     problem.neurons[source.index].shape.compartments.size()) +
             projection.source_compartment;
    case SourceKind::kExternal:
      return begin + connection.source;
    case SourceKind::kBackground:
      break;
  }
  return begin + connection.source / kLabels;
}

SourceInfo neuron_source(Problem const& problem, Network const& network, std::uint32_t p,
                         std::uint32_t index) {
  NeuronPopulation const& population = problem.neurons[p];
  auto const compartments = static_cast<std::uint32_t>(population.shape.compartments.size());
  Compartment const& compartment = population.shape.compartments[index % compartments];
  SourceInfo info{.source = {neurons(p), index}};
  if (compartment.spike_master) {
    info.master = *circuit_at(network.placement.anchors[p][index / compartments],
                              compartment.circuits[*compartment.spike_master]);
    info.output = static_cast<std::uint8_t>(event_output(info.master).value());
  }
  info.recorded = flag(population.recorded, index);
  return info;
}

void add_sources(Problem const& problem, Network& network, std::vector<bool> connected) {
  auto const add = [&](SourceInfo info, std::uint32_t raw) {
    info.connected = connected[raw];
    if (!info.connected && !info.recorded) return;
    network.numbers[raw] = static_cast<std::uint32_t>(network.sources.size());
    network.sources.push_back(info);
  };
  std::uint32_t raw = 0;
  for (std::uint32_t p = 0; p < problem.neurons.size(); ++p) {
    NeuronPopulation const& population = problem.neurons[p];
    std::size_t const count = population.size * population.shape.compartments.size();
    for (std::uint32_t i = 0; i < count; ++i) add(neuron_source(problem, network, p, i), raw++);
  }
  for (std::uint32_t p = 0; p < problem.externals.size(); ++p) {
    ExternalPopulation const& population = problem.externals[p];
    for (std::uint32_t i = 0; i < population.size; ++i) {
      add({.source = {external(p), i},
           .recorded = flag(population.recorded, i),
           .own_drivers = population.own_drivers},
          raw++);
    }
  }
  for (std::uint32_t p = 0; p < problem.backgrounds.size(); ++p) {
    BackgroundPopulation const& population = problem.backgrounds[p];
    // The generator plays all of its sources, so all appear on the bus if one is wanted.
    std::uint32_t const count = chunks(population);
    bool const any = std::any_of(connected.begin() + raw, connected.begin() + raw + count,
                                 [](bool one) { return one; });
    for (std::uint32_t i = 0; i < count; ++i) {
      connected[raw] = any;
      add({.source = {background(p), i},
           .labels = std::min(population.size, kLabels),
           .recorded = population.recorded},
          raw++);
    }
  }
}

/// All synapses, ordered by source; those of one connection together.
void add_demands(Problem const& problem, Network& network) {
  std::vector<std::uint32_t> counts(network.sources.size() + 1);
  for (Projection const& projection : problem.projections) {
    for (Connection const& connection : projection.connections) {
      ++counts[network.source_of(problem, projection, connection) + 1];
    }
  }
  for (std::size_t i = 1; i < counts.size(); ++i) counts[i] += counts[i - 1];
  network.demands.begins = counts;
  network.demands.items.resize(counts.back());
  for (Projection const& projection : problem.projections) {
    auto const compartments =
        static_cast<std::uint32_t>(problem.neurons[projection.target].shape.compartments.size());
    for (Connection const& connection : projection.connections) {
      std::uint32_t const source = network.source_of(problem, projection, connection);
      network.demands.items[counts[source]++] = {
          network.target_number(projection.target, connection.target, projection.target_compartment,
                                compartments),
          static_cast<std::uint16_t>(projection.receptor), connection.synapses};
    }
  }
}

}  // namespace

std::uint32_t Network::source_of(Problem const& problem, Projection const& projection,
                                 Connection const& connection) const {
  return numbers[raw_source(problem, *this, projection, connection)];
}

Network make_network(Problem const& problem, Placement placement) {
  Network network;
  network.placement = std::move(placement);
  add_targets(problem, network);
  std::uint32_t const all = number_populations(problem, network);
  network.numbers.assign(all, kNone);
  std::vector<bool> connected(all);
  for (Projection const& projection : problem.projections) {
    for (Connection const& connection : projection.connections) {
      connected[raw_source(problem, network, projection, connection)] = true;
    }
  }
  add_sources(problem, network, connected);
  add_demands(problem, network);
  return network;
}

}  // namespace hx::routing::internal
