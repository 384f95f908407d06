#include "tests/bench/routing/networks.h"

#include <algorithm>
#include <utility>

namespace hx::bench {
namespace {

using routing::Compartment;
using routing::Connection;
using routing::NeuronShape;
using routing::Problem;
using routing::Projection;
using routing::Receptor;
using routing::SourcePopulation;

/// splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x2545f4914f6cdd1dU + 1) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

 private:
  std::uint64_t state_;
};

NeuronShape single() {
  return {};
}

/// One compartment of columns x rows circuits; circuit 0 spikes.
NeuronShape block(std::uint16_t columns, std::uint8_t rows) {
  Compartment compartment;
  compartment.circuits.clear();
  for (std::uint8_t row = 0; row < rows; ++row) {
    for (std::uint16_t c = 0; c < columns; ++c) {
      compartment.circuits.push_back({.column = c, .row = row});
    }
  }
  return {.compartments = {compartment}};
}

std::uint32_t add_neurons(Problem& problem, std::string name, std::uint32_t size,
                          NeuronShape shape = single()) {
  problem.neurons.push_back({.name = std::move(name), .size = size, .shape = std::move(shape)});
  return static_cast<std::uint32_t>(problem.neurons.size() - 1);
}

std::uint32_t add_inputs(Problem& problem, std::uint32_t size) {
  problem.externals.push_back({.name = "input", .size = size});
  return static_cast<std::uint32_t>(problem.externals.size() - 1);
}

/// Circuits first, first + 1, ...
void place(Problem& problem, std::uint32_t population, std::uint32_t first) {
  auto& neurons = problem.neurons[population];
  for (std::uint32_t i = 0; i < neurons.size; ++i) neurons.placement.emplace_back(first + i);
}

void record_all(Problem& problem) {
  for (auto& population : problem.neurons) {
    population.recorded.assign(population.size * population.shape.compartments.size(), true);
  }
}

std::uint32_t size_of(Problem const& problem, SourcePopulation source) {
  switch (source.kind) {
    case routing::SourceKind::kNeuron:
      return problem.neurons[source.index].size;
    case routing::SourceKind::kExternal:
      return problem.externals[source.index].size;
    case routing::SourceKind::kBackground:
      break;
  }
  return problem.backgrounds[source.index].size;
}

Projection& add_projection(Problem& problem, SourcePopulation source, std::uint32_t target,
                           Receptor receptor) {
  Projection projection;
  projection.source = source;
  projection.target = target;
  projection.receptor = receptor;
  problem.projections.push_back(std::move(projection));
  return problem.projections.back();
}

/// All to all, listed target by target.
void dense(Problem& problem, SourcePopulation source, std::uint32_t target,
           Receptor receptor = Receptor::kExcitatory, std::uint16_t synapses = 1) {
  std::uint32_t const sources = size_of(problem, source);
  Projection& projection = add_projection(problem, source, target, receptor);
  for (std::uint32_t t = 0; t < problem.neurons[target].size; ++t) {
    for (std::uint32_t s = 0; s < sources; ++s) projection.connections.push_back({s, t, synapses});
  }
}

void dense_signed(Problem& problem, SourcePopulation source, std::uint32_t target) {
  dense(problem, source, target, Receptor::kExcitatory);
  dense(problem, source, target, Receptor::kInhibitory);
}

void one_to_one(Problem& problem, SourcePopulation source, std::uint32_t target) {
  Projection& projection = add_projection(problem, source, target, Receptor::kExcitatory);
  for (std::uint32_t i = 0; i < problem.neurons[target].size; ++i) {
    projection.connections.push_back({i, i, 1});
  }
}

/// Each pair with probability p.
void sparse(Problem& problem, SourcePopulation source, std::uint32_t target, double p,
            Random& random) {
  std::uint32_t const sources = size_of(problem, source);
  Projection& projection = add_projection(problem, source, target, Receptor::kExcitatory);
  for (std::uint32_t t = 0; t < problem.neurons[target].size; ++t) {
    for (std::uint32_t s = 0; s < sources; ++s) {
      if (random.uniform() < p) projection.connections.push_back({s, t, 1});
    }
  }
}

/// Recurrent, random; every fifth neuron (drawn, not in order) is inhibitory.
void recurrent(Problem& problem, std::uint32_t population, double p, Random& random) {
  std::uint32_t const size = problem.neurons[population].size;
  std::vector<std::uint32_t> order(size);
  for (std::uint32_t i = 0; i < size; ++i) order[i] = i;
  for (std::uint32_t i = size; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::vector<bool> inhibitory(size);
  for (std::uint32_t i = 0; i < size / 5; ++i) inhibitory[order[i]] = true;
  Projection excitatory_part;
  excitatory_part.source = routing::neurons(population);
  excitatory_part.target = population;
  Projection inhibitory_part = excitatory_part;
  inhibitory_part.receptor = Receptor::kInhibitory;
  for (std::uint32_t t = 0; t < size; ++t) {
    for (std::uint32_t s = 0; s < size; ++s) {
      if (random.uniform() >= p) continue;
      (inhibitory[s] ? inhibitory_part : excitatory_part).connections.push_back({s, t, 1});
    }
  }
  problem.projections.push_back(std::move(excitatory_part));
  problem.projections.push_back(std::move(inhibitory_part));
}

/// `degree` different sources for each target.
void fixed_in_degree(Problem& problem, SourcePopulation source, std::uint32_t target,
                     std::uint32_t degree, Random& random) {
  std::uint32_t const sources = size_of(problem, source);
  Projection& projection = add_projection(problem, source, target, Receptor::kExcitatory);
  std::vector<std::uint32_t> order(sources);
  for (std::uint32_t i = 0; i < sources; ++i) order[i] = i;
  for (std::uint32_t t = 0; t < problem.neurons[target].size; ++t) {
    for (std::uint32_t i = 0; i < degree; ++i) {
      std::swap(order[i], order[i + random.below(sources - i)]);
      projection.connections.push_back({order[i], t, 1});
    }
  }
}

Problem layers(std::uint32_t inputs, std::uint32_t hidden, std::uint32_t outputs) {
  Problem problem;
  std::uint32_t const in = add_inputs(problem, inputs);
  std::uint32_t const h = add_neurons(problem, "hidden", hidden);
  std::uint32_t const out = add_neurons(problem, "output", outputs);
  place(problem, h, 0);
  place(problem, out, 256);
  dense_signed(problem, routing::external(in), h);
  dense_signed(problem, routing::neurons(h), out);
  record_all(problem);
  return problem;
}

Problem feed_forward(std::uint32_t inputs, bool both_signs) {
  Problem problem;
  std::uint32_t const in = add_inputs(problem, inputs);
  std::uint32_t const out = add_neurons(problem, "output", 512);
  if (both_signs) {
    dense_signed(problem, routing::external(in), out);
  } else {
    dense(problem, routing::external(in), out);
  }
  record_all(problem);
  return problem;
}

Problem tiny() {
  Problem problem;
  add_inputs(problem, 1);
  add_neurons(problem, "output", 1);
  dense(problem, routing::external(0), 0);
  record_all(problem);
  return problem;
}

Problem mnist() {
  Problem problem;
  add_inputs(problem, 256);
  add_neurons(problem, "hidden", 246, block(1, 2));
  add_neurons(problem, "output", 10, block(1, 2));
  dense_signed(problem, routing::external(0), 0);
  dense_signed(problem, routing::neurons(0), 1);
  record_all(problem);
  return problem;
}

Problem all_to_all(std::uint32_t size, NeuronShape shape, bool both_signs) {
  Problem problem;
  add_neurons(problem, "recurrent", size, std::move(shape));
  if (both_signs) {
    dense_signed(problem, routing::neurons(0), 0);
  } else {
    dense(problem, routing::neurons(0), 0);
  }
  record_all(problem);
  return problem;
}

Problem sparse_recurrent(double p, std::uint64_t seed) {
  Problem problem;
  Random random(seed);
  recurrent(problem, add_neurons(problem, "recurrent", 512), p, random);
  record_all(problem);
  return problem;
}

/// One-to-one, from each neuron to another one: a random cycle through all.
Problem ring(std::uint64_t seed) {
  Problem problem;
  Random random(seed);
  add_neurons(problem, "ring", 512);
  std::vector<std::uint32_t> order(512);
  for (std::uint32_t i = 0; i < 512; ++i) order[i] = i;
  for (std::uint32_t i = 512; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  Projection& projection = add_projection(problem, routing::neurons(0), 0, Receptor::kExcitatory);
  for (std::uint32_t i = 0; i < 512; ++i) {
    projection.connections.push_back({order[i], order[(i + 1) % 512], 1});
  }
  record_all(problem);
  return problem;
}

Problem identity() {
  Problem problem;
  add_inputs(problem, 512);
  add_neurons(problem, "output", 512);
  one_to_one(problem, routing::external(0), 0);
  record_all(problem);
  return problem;
}

Problem many_external(std::uint32_t inputs, std::uint32_t degree, std::uint64_t seed) {
  Problem problem;
  Random random(seed);
  add_inputs(problem, inputs);
  add_neurons(problem, "output", 512);
  fixed_in_degree(problem, routing::external(0), 0, degree, random);
  record_all(problem);
  return problem;
}

/// 28 x 28 inputs; the first 500 of the 24 x 24 positions of a 5 x 5 window.
Problem convolution() {
  Problem problem;
  add_inputs(problem, 28 * 28);
  add_neurons(problem, "map", 500);
  for (Receptor receptor : {Receptor::kExcitatory, Receptor::kInhibitory}) {
    Projection& projection = add_projection(problem, routing::external(0), 0, receptor);
    for (std::uint32_t t = 0; t < 500; ++t) {
      for (std::uint32_t dy = 0; dy < 5; ++dy) {
        for (std::uint32_t dx = 0; dx < 5; ++dx) {
          projection.connections.push_back({(t / 24 + dy) * 28 + t % 24 + dx, t, 1});
        }
      }
    }
  }
  record_all(problem);
  return problem;
}

Problem big_neurons() {
  Problem problem;
  add_inputs(problem, 512);
  add_neurons(problem, "big", 64, block(4, 2));
  dense_signed(problem, routing::external(0), 0);
  record_all(problem);
  return problem;
}

Problem huge_neurons() {
  Problem problem;
  add_inputs(problem, 4096);
  add_neurons(problem, "huge", 4, block(64, 2));
  dense(problem, routing::external(0), 0);
  record_all(problem);
  return problem;
}

Problem weight_split() {
  Problem problem;
  add_inputs(problem, 64);
  add_neurons(problem, "output", 256);
  dense(problem, routing::external(0), 0, Receptor::kExcitatory, 4);
  record_all(problem);
  return problem;
}

Problem mixed(std::uint64_t seed) {
  Problem problem;
  Random random(seed);
  add_inputs(problem, 128);
  for (int i = 0; i < 3; ++i) {
    problem.backgrounds.push_back(
        {.name = "noise " + std::to_string(i), .size = 64, .recorded = true});
  }
  add_neurons(problem, "reservoir", 256);
  add_neurons(problem, "readout", 10, block(2, 1));
  sparse(problem, routing::external(0), 0, 0.15, random);
  for (std::uint32_t i = 0; i < 3; ++i) sparse(problem, routing::background(i), 0, 0.15, random);
  recurrent(problem, 0, 0.15, random);
  dense_signed(problem, routing::neurons(0), 1);
  record_all(problem);
  problem.externals[0].recorded.assign(128, true);
  return problem;
}

Problem background_only(std::uint64_t seed) {
  Problem problem;
  Random random(seed);
  add_neurons(problem, "output", 512);
  for (std::uint32_t i = 0; i < 4; ++i) {
    problem.backgrounds.push_back({.name = "noise " + std::to_string(i), .size = 256});
    sparse(problem, routing::background(i), 0, 0.08, random);
  }
  record_all(problem);
  return problem;
}

Problem record_only() {
  Problem problem;
  add_neurons(problem, "recorded", 512);
  record_all(problem);
  return problem;
}

Problem partition() {
  Problem problem;
  add_inputs(problem, 784);
  add_neurons(problem, "hidden", 500);
  add_neurons(problem, "output", 10);
  dense_signed(problem, routing::external(0), 0);
  dense_signed(problem, routing::neurons(0), 1);
  record_all(problem);
  return problem;
}

template <typename F>
std::function<Problem(std::uint64_t)> fixed(F make) {
  return [make](std::uint64_t) { return make(); };
}

std::vector<RoutingBenchmark> make_benchmarks() {
  using enum Expected;
  std::vector<RoutingBenchmark> all;
  auto const add = [&](std::string name, Expected expected, auto make) {
    all.push_back(
        {static_cast<int>(all.size()) + 1, std::move(name), expected, false, fixed(make)});
  };
  auto const add_random = [&](std::string name, Expected expected, auto make) {
    all.push_back({static_cast<int>(all.size()) + 1, std::move(name), expected, true, make});
  };
  add("tiny", kYes, tiny);
  add("i100-h64-o3", kYes, [] { return layers(100, 64, 3); });
  add("yinyang", kYes, [] { return layers(25, 120, 3); });
  add("ff-128-512", kYes, [] { return feed_forward(128, true); });
  add("ff-129-512", kInfeasible, [] { return feed_forward(129, true); });
  add("ff-256-512u", kYes, [] { return feed_forward(256, false); });
  add("mnist-256-246-10", kFeasible, mnist);
  add("rec-256u", kYes, [] { return all_to_all(256, single(), false); });
  add("rec-256s", kFeasible, [] { return all_to_all(256, block(1, 2), true); });
  add("rec-512u", kInfeasible, [] { return all_to_all(512, single(), false); });
  add("rec-128s", kYes, [] { return all_to_all(128, single(), true); });
  add_random("sparse-p10", kYes, [](std::uint64_t seed) { return sparse_recurrent(0.10, seed); });
  add_random("sparse-p20", kLikely,
             [](std::uint64_t seed) { return sparse_recurrent(0.20, seed); });
  add_random("sparse-p25", kUncertain,
             [](std::uint64_t seed) { return sparse_recurrent(0.25, seed); });
  add_random("sparse-p30", kUnlikely,
             [](std::uint64_t seed) { return sparse_recurrent(0.30, seed); });
  add_random("ring-512", kYes, ring);
  add("id-512", kYes, identity);
  add_random("many-ext-1024", kUncertain,
             [](std::uint64_t seed) { return many_external(1024, 64, seed); });
  add_random("many-ext-4096", kUnlikely,
             [](std::uint64_t seed) { return many_external(4096, 128, seed); });
  add("conv-like", kUncertain, convolution);
  add("big-neurons", kUncertain, big_neurons);
  add("huge-neurons", kUncertain, huge_neurons);
  add("weight-split", kYes, weight_split);
  add_random("mixed", kUncertain, mixed);
  add_random("background-only", kLikely, background_only);
  add("record-all", kYes, record_only);
  add("partition-784-500-10", kInfeasible, partition);
  return all;
}

}  // namespace

std::vector<RoutingBenchmark> const& routing_benchmarks() {
  static std::vector<RoutingBenchmark> const all = make_benchmarks();
  return all;
}

}  // namespace hx::bench
