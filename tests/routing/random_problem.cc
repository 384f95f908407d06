#include "tests/routing/random_problem.h"

#include <string>

namespace hx::routing::test {
namespace {

NeuronShape random_shape(Random& random) {
  NeuronShape shape;
  switch (random.below(6)) {
    case 0: {  // two circuits in one column
      shape.compartments[0].circuits = {{}, {.row = 1}};
      break;
    }
    case 1: {  // three circuits; one without inhibitory, one without excitatory input
      shape.compartments[0].circuits = {
          {}, {.column = 1, .inhibitory = false}, {.column = 1, .row = 1, .excitatory = false}};
      shape.compartments[0].spike_master = 2;
      break;
    }
    case 2: {  // two compartments, one silent
      Compartment dendrite;
      dendrite.circuits = {{.column = 1}, {.column = 2}};
      dendrite.spike_master.reset();
      shape.compartments.push_back(dendrite);
      break;
    }
    case 3: {  // two compartments that spike
      Compartment other;
      other.circuits = {{.row = 1}};
      shape.compartments.push_back(other);
      break;
    }
    default:
      break;
  }
  return shape;
}

std::vector<bool> random_flags(std::size_t size, Random& random) {
  if (random.chance(0.3)) return {};
  double const p = random.chance(0.5) ? 1.0 : 0.3;
  std::vector<bool> flags(size);
  for (std::size_t i = 0; i < size; ++i) flags[i] = random.chance(p);
  return flags;
}

void add_populations(Problem& problem, Random& random) {
  std::uint32_t const scale = 1U << random.below(8);
  for (std::uint32_t p = 0; p < 1 + random.below(4); ++p) {
    NeuronPopulation population{.name = "n" + std::to_string(p)};
    population.shape = random_shape(random);
    population.size = 1 + random.below(scale);
    std::size_t const n = population.shape.compartments.size();
    population.recorded = random_flags(population.size * n, random);
    for (std::size_t i = 0; i < population.recorded.size(); ++i) {
      if (!population.shape.compartments[i % n].spike_master) population.recorded[i] = false;
    }
    problem.neurons.push_back(std::move(population));
  }
  for (std::uint32_t p = 0; p < random.below(3); ++p) {
    std::uint32_t const size = random.below(2 * scale);
    problem.externals.push_back(
        {.name = "x" + std::to_string(p), .size = size, .recorded = random_flags(size, random)});
  }
  for (std::uint32_t p = 0; p < random.below(5); ++p) {
    problem.backgrounds.push_back({.name = "b" + std::to_string(p),
                                   .size = 1U << random.below(9),
                                   .recorded = random.chance(0.5)});
  }
}

SourcePopulation random_source(Problem const& problem, Random& random) {
  std::size_t const n = problem.neurons.size();
  std::size_t const x = problem.externals.size();
  std::uint32_t const i = random.below(n + x + problem.backgrounds.size());
  if (i < n) return neurons(i);
  if (i < n + x) return external(static_cast<std::uint32_t>(i - n));
  return background(static_cast<std::uint32_t>(i - n - x));
}

std::uint32_t size_of(Problem const& problem, SourcePopulation source) {
  switch (source.kind) {
    case SourceKind::kNeuron:
      return problem.neurons[source.index].size;
    case SourceKind::kExternal:
      return problem.externals[source.index].size;
    case SourceKind::kBackground:
      break;
  }
  return problem.backgrounds[source.index].size;
}

void add_projection(Problem& problem, Random& random) {
  Projection projection;
  projection.source = random_source(problem, random);
  if (projection.source.kind == SourceKind::kNeuron) {
    auto const& compartments = problem.neurons[projection.source.index].shape.compartments;
    projection.source_compartment = random.below(compartments.size());
    if (!compartments[projection.source_compartment].spike_master) return;
  }
  projection.target = random.below(problem.neurons.size());
  NeuronPopulation const& target = problem.neurons[projection.target];
  projection.target_compartment = random.below(target.shape.compartments.size());
  projection.receptor = random.chance(0.3) ? Receptor::kInhibitory : Receptor::kExcitatory;
  double const p = random.chance(0.3) ? 1.0 : random.chance(0.5) ? 0.3 : 0.05;
  auto const synapses = static_cast<std::uint16_t>(random.chance(0.8) ? 1 : 1 + random.below(4));
  for (std::uint32_t t = 0; t < target.size; ++t) {
    for (std::uint32_t s = 0; s < size_of(problem, projection.source); ++s) {
      if (random.chance(p)) projection.connections.push_back({s, t, synapses});
    }
  }
  problem.projections.push_back(projection);
  if (random.chance(0.2)) {  // signed
    projection.receptor = projection.receptor == Receptor::kExcitatory ? Receptor::kInhibitory
                                                                       : Receptor::kExcitatory;
    problem.projections.push_back(std::move(projection));
  }
}

}  // namespace

Problem random_problem(std::uint64_t seed) {
  Random random(seed);
  Problem problem;
  add_populations(problem, random);
  for (std::uint32_t i = 0; i < random.below(7); ++i) add_projection(problem, random);
  return problem;
}

}  // namespace hx::routing::test
