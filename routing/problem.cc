#include "routing/problem.h"

#include <bit>
#include <utility>

#include "driver/base/refusal.h"

namespace hx::routing {
namespace {

constexpr std::uint32_t kCircuits = AtomicNeuron::kCount;
// More sources than labels make no sense, and results have lists by source.
constexpr std::uint32_t kMaxSize = 65536;
// More would overflow the 32 bit positions of the result's flat lists.
constexpr std::uint64_t kMaxSynapses = std::uint64_t{1} << 31;

std::string place(char const* list, std::size_t index, std::string const& name) {
  return std::string(list) + "[" + std::to_string(index) + "] '" + name + "'";
}

Result<void> validate_shape(NeuronShape const& shape, std::string const& where) {
  if (shape.compartments.empty()) {
    return (Refusal(ErrorCode::kInvalidArgument) << where << ": shape without compartments")
        .error();
  }
  std::uint32_t left = kCircuits;
  std::uint32_t top = 2;
  std::vector<bool> seen(256);
  for (Compartment const& compartment : shape.compartments) {
    if (compartment.circuits.empty()) {
      return (Refusal(ErrorCode::kInvalidArgument) << where << ": compartment without circuits")
          .error();
    }
    if (compartment.spike_master && *compartment.spike_master >= compartment.circuits.size()) {
      return (Refusal(ErrorCode::kOutOfRange)
              << where << ": spike_master " << *compartment.spike_master << " of "
              << compartment.circuits.size() << " circuits")
          .hint("spike_master is an index into the circuits of its compartment");
    }
    for (CircuitShape const& circuit : compartment.circuits) {
      if (circuit.column >= 128 || circuit.row >= 2) {
        return (Refusal(ErrorCode::kOutOfRange) << where << ": circuit at column " << circuit.column
                                                << ", row " << int{circuit.row})
            .hint("relative columns are 0..127, rows 0..1: a neuron lies in one half of the chip");
      }
      std::size_t const cell = circuit.column + 128U * circuit.row;
      if (seen[cell]) {
        return (Refusal(ErrorCode::kInvalidArgument)
                << where << ": two circuits at column " << circuit.column << ", row "
                << int{circuit.row})
            .error();
      }
      seen[cell] = true;
      left = std::min<std::uint32_t>(left, circuit.column);
      top = std::min<std::uint32_t>(top, circuit.row);
    }
  }
  if (left != 0 || top != 0) {
    return (Refusal(ErrorCode::kInvalidArgument)
            << where << ": the shape begins at column " << left << ", row " << top)
        .hint("the anchor is the left-most column and top-most row: subtract them");
  }
  return {};
}

Result<void> validate_flags(std::vector<bool> const& flags, std::size_t sources,
                            std::string const& where) {
  if (flags.empty() || flags.size() == sources) return {};
  return (Refusal(ErrorCode::kInvalidArgument)
          << where << ": " << flags.size() << " recorded flags for " << sources << " sources")
      .hint("give one flag per source, or none at all");
}

Result<void> validate_size(std::uint32_t size, std::string const& where) {
  if (size <= kMaxSize) return {};
  return (Refusal(ErrorCode::kOutOfRange) << where << ": size " << size)
      .hint("a population has at most 65536 sources, as many as there are labels");
}

Result<void> validate_neurons(NeuronPopulation const& population, std::string const& where) {
  if (auto ok = validate_size(population.size, where); !ok) return ok;
  if (auto ok = validate_shape(population.shape, where); !ok) return ok;
  std::size_t const compartments = population.shape.compartments.size();
  if (!population.placement.empty() && population.placement.size() != population.size) {
    return (Refusal(ErrorCode::kInvalidArgument)
            << where << ": placement of " << population.placement.size() << " for "
            << population.size << " neurons")
        .hint("give one anchor per neuron, or none at all");
  }
  if (auto ok = validate_flags(population.recorded, population.size * compartments, where); !ok) {
    return ok;
  }
  for (std::size_t i = 0; i < population.recorded.size(); ++i) {
    if (population.recorded[i] && !population.shape.compartments[i % compartments].spike_master) {
      return (Refusal(ErrorCode::kInvalidArgument)
              << where << ": neuron " << i / compartments << " compartment " << i % compartments
              << " is recorded but has no spike master")
          .hint("give the compartment a spike_master, or do not record it");
    }
  }
  return {};
}

Result<void> validate_background(BackgroundPopulation const& population, std::string const& where) {
  if (!std::has_single_bit(population.size) || population.size > 256) {
    return (Refusal(ErrorCode::kOutOfRange) << where << ": size " << population.size)
        .hint("a generator plays 1, 2, 4, ... or 256 sources");
  }
  if (population.pair && *population.pair >= 4) {
    return (Refusal(ErrorCode::kOutOfRange)
            << where << ": generator pair " << int{*population.pair})
        .hint("pairs are 0..3: generators b and 4 + b");
  }
  return {};
}

struct SourceInfo {
  std::uint32_t size = 0;
  std::string where;
};

Result<SourceInfo> source_of(Problem const& problem, Projection const& projection,
                             std::string const& where) {
  SourcePopulation const source = projection.source;
  auto const missing = [&](char const* list, std::size_t size) {
    return (Refusal(ErrorCode::kOutOfRange)
            << where << ": source is " << list << "[" << source.index << "] of " << size)
        .error();
  };
  switch (source.kind) {
    case SourceKind::kNeuron: {
      if (source.index >= problem.neurons.size()) return missing("neurons", problem.neurons.size());
      NeuronPopulation const& population = problem.neurons[source.index];
      if (projection.source_compartment >= population.shape.compartments.size()) {
        return (Refusal(ErrorCode::kOutOfRange)
                << where << ": source_compartment " << projection.source_compartment << " of "
                << population.shape.compartments.size())
            .error();
      }
      if (!projection.connections.empty() &&
          !population.shape.compartments[projection.source_compartment].spike_master) {
        return (Refusal(ErrorCode::kInvalidArgument)
                << where << ": compartment " << projection.source_compartment << " of '"
                << population.name << "' never spikes")
            .hint("give the compartment a spike_master");
      }
      return SourceInfo{population.size, population.name};
    }
    case SourceKind::kExternal:
      if (source.index >= problem.externals.size()) {
        return missing("externals", problem.externals.size());
      }
      return SourceInfo{problem.externals[source.index].size, problem.externals[source.index].name};
    case SourceKind::kBackground:
      if (source.index >= problem.backgrounds.size()) {
        return missing("backgrounds", problem.backgrounds.size());
      }
      return SourceInfo{problem.backgrounds[source.index].size,
                        problem.backgrounds[source.index].name};
  }
  return (Refusal(ErrorCode::kInvalidArgument) << where << ": unknown kind of source").error();
}

Result<void> validate_target(Problem const& problem, Projection const& projection,
                             std::string const& where) {
  if (projection.target >= problem.neurons.size()) {
    return (Refusal(ErrorCode::kOutOfRange) << where << ": target is neurons[" << projection.target
                                            << "] of " << problem.neurons.size())
        .error();
  }
  NeuronPopulation const& population = problem.neurons[projection.target];
  if (projection.target_compartment >= population.shape.compartments.size()) {
    return (Refusal(ErrorCode::kOutOfRange)
            << where << ": target_compartment " << projection.target_compartment << " of "
            << population.shape.compartments.size())
        .error();
  }
  if (projection.connections.empty()) return {};
  bool const excitatory = projection.receptor == Receptor::kExcitatory;
  for (CircuitShape const& circuit :
       population.shape.compartments[projection.target_compartment].circuits) {
    if (excitatory ? circuit.excitatory : circuit.inhibitory) return {};
  }
  return (Refusal(ErrorCode::kInvalidArgument)
          << where << ": no circuit of '" << population.name << "' has an "
          << (excitatory ? "excitatory" : "inhibitory") << " receptor")
      .hint("add the receptor to the shape of the target");
}

Result<void> validate_projection(Problem const& problem, std::size_t index,
                                 std::uint64_t& synapses) {
  Projection const& projection = problem.projections[index];
  std::string const where = "projections[" + std::to_string(index) + "]";
  auto const source = source_of(problem, projection, where);
  if (!source) return source.error();
  if (auto ok = validate_target(problem, projection, where); !ok) return ok;
  std::uint32_t const targets = problem.neurons[projection.target].size;
  for (std::size_t i = 0; i < projection.connections.size(); ++i) {
    Connection const& connection = projection.connections[i];
    if (connection.source >= source->size || connection.target >= targets ||
        connection.synapses == 0) {
      return (Refusal(ErrorCode::kOutOfRange)
              << where << ".connections[" << i << "]: source " << connection.source << " of "
              << source->size << ", target " << connection.target << " of " << targets << ", "
              << connection.synapses << " synapses")
          .hint("indices count from 0; a connection has at least one synapse");
    }
    synapses += connection.synapses;
  }
  return {};
}

}  // namespace

Result<void> validate(Problem const& problem) {
  for (std::size_t i = 0; i < problem.neurons.size(); ++i) {
    auto const& population = problem.neurons[i];
    if (auto ok = validate_neurons(population, place("neurons", i, population.name)); !ok)
      return ok;
  }
  for (std::size_t i = 0; i < problem.externals.size(); ++i) {
    auto const& population = problem.externals[i];
    std::string const where = place("externals", i, population.name);
    if (auto ok = validate_size(population.size, where); !ok) return ok;
    if (auto ok = validate_flags(population.recorded, population.size, where); !ok) return ok;
  }
  for (std::size_t i = 0; i < problem.backgrounds.size(); ++i) {
    auto const& population = problem.backgrounds[i];
    if (auto ok = validate_background(population, place("backgrounds", i, population.name)); !ok) {
      return ok;
    }
  }
  std::uint64_t synapses = 0;
  for (std::size_t i = 0; i < problem.projections.size(); ++i) {
    if (auto ok = validate_projection(problem, i, synapses); !ok) return ok;
  }
  if (synapses >= kMaxSynapses) {
    return (Refusal(ErrorCode::kOutOfRange) << synapses << " synapses in all")
        .hint("a chip has 131072");
  }
  return {};
}

}  // namespace hx::routing
