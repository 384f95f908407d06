#include "routing/problem.h"

#include <gtest/gtest.h>

#include <functional>
#include <numeric>

#include "routing/weights.h"

namespace hx::routing {
namespace {

Problem valid_problem() {
  Problem problem;
  problem.neurons.push_back({.name = "n", .size = 2, .recorded = {true, false}});
  problem.externals.push_back({.name = "x", .size = 3});
  problem.backgrounds.push_back({.name = "b", .size = 4});
  for (SourcePopulation source : {neurons(0), external(0), background(0)}) {
    Projection projection;
    projection.source = source;
    projection.connections = {{0, 0, 1}, {1, 1, 2}};
    problem.projections.push_back(projection);
  }
  return problem;
}

struct Damage {
  std::string word;  ///< that the message must have
  std::function<void(Problem&)> apply;
};

TEST(Problem, EveryMistakeIsNamed) {
  ASSERT_TRUE(validate(valid_problem()));
  std::vector<Damage> const damages = {
      {"compartments", [](Problem& p) { p.neurons[0].shape.compartments.clear(); }},
      {"circuits", [](Problem& p) { p.neurons[0].shape.compartments[0].circuits.clear(); }},
      {"spike_master", [](Problem& p) { p.neurons[0].shape.compartments[0].spike_master = 1; }},
      {"column 128",
       [](Problem& p) { p.neurons[0].shape.compartments[0].circuits[0].column = 128; }},
      {"row 2", [](Problem& p) { p.neurons[0].shape.compartments[0].circuits[0].row = 2; }},
      {"begins at column 1",
       [](Problem& p) { p.neurons[0].shape.compartments[0].circuits[0].column = 1; }},
      {"two circuits",
       [](Problem& p) { p.neurons[0].shape.compartments[0].circuits.push_back({}); }},
      {"recorded flags", [](Problem& p) { p.neurons[0].recorded.push_back(true); }},
      {"no spike master",
       [](Problem& p) {
         p.projections.erase(p.projections.begin());
         p.neurons[0].shape.compartments[0].spike_master.reset();
       }},
      {"never spikes",
       [](Problem& p) {
         p.neurons[0].recorded.clear();
         p.neurons[0].shape.compartments[0].spike_master.reset();
       }},
      {"placement of 1", [](Problem& p) { p.neurons[0].placement = {AtomicNeuron(0)}; }},
      {"recorded flags", [](Problem& p) { p.externals[0].recorded = {true}; }},
      {"size 3", [](Problem& p) { p.backgrounds[0].size = 3; }},
      {"size 0", [](Problem& p) { p.backgrounds[0].size = 0; }},
      {"size 512", [](Problem& p) { p.backgrounds[0].size = 512; }},
      {"pair 4", [](Problem& p) { p.backgrounds[0].pair = 4; }},
      {"neurons[7]", [](Problem& p) { p.projections[0].source.index = 7; }},
      {"externals[7]", [](Problem& p) { p.projections[1].source.index = 7; }},
      {"backgrounds[7]", [](Problem& p) { p.projections[2].source.index = 7; }},
      {"source_compartment 1", [](Problem& p) { p.projections[0].source_compartment = 1; }},
      {"target is neurons[1]", [](Problem& p) { p.projections[0].target = 1; }},
      {"target_compartment 2", [](Problem& p) { p.projections[0].target_compartment = 2; }},
      {"source 3 of 3", [](Problem& p) { p.projections[1].connections[0].source = 3; }},
      {"target 2 of 2", [](Problem& p) { p.projections[1].connections[0].target = 2; }},
      {"0 synapses", [](Problem& p) { p.projections[1].connections[0].synapses = 0; }},
      {"inhibitory receptor",
       [](Problem& p) {
         p.projections[1].receptor = Receptor::kInhibitory;
         p.neurons[0].shape.compartments[0].circuits[0].inhibitory = false;
       }},
  };
  for (Damage const& damage : damages) {
    Problem problem = valid_problem();
    damage.apply(problem);
    Result<void> const result = validate(problem);
    ASSERT_FALSE(result) << damage.word;
    EXPECT_NE(result.error().message.find(damage.word), std::string::npos)
        << "'" << result.error().message << "' does not say '" << damage.word << "'";
  }
}

TEST(Problem, HugePopulationsAreRefusedBeforeAnybodyAllocatesForThem) {
  Problem problem = valid_problem();
  problem.externals[0].size = 4'000'000'000U;
  EXPECT_FALSE(validate(problem));
  problem = valid_problem();
  problem.neurons[0].size = 4'000'000'000U;
  problem.neurons[0].recorded.clear();
  EXPECT_FALSE(validate(problem));
}

TEST(Weights, NumberOfSynapsesFollowsTheLargestWeight) {
  EXPECT_EQ(*synapses_needed(0), 1);
  EXPECT_EQ(*synapses_needed(63), 1);
  EXPECT_EQ(*synapses_needed(64), 2);
  EXPECT_EQ(*synapses_needed(252), 4);
  EXPECT_EQ(*synapses_needed(63U * 65535U), 65535);
  EXPECT_FALSE(synapses_needed(63U * 65535U + 1));
}

TEST(Weights, SplitFillsFromTheFirst) {
  EXPECT_EQ(*split_weight(123, 2), (std::vector<std::uint8_t>{63, 60}));
  EXPECT_EQ(*split_weight(63, 3), (std::vector<std::uint8_t>{63, 0, 0}));
  EXPECT_EQ(*split_weight(0, 1), (std::vector<std::uint8_t>{0}));
  EXPECT_EQ(*split_weight(126, 2), (std::vector<std::uint8_t>{63, 63}));
  Result<std::vector<std::uint8_t>> const refused = split_weight(127, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kOutOfRange);
  for (std::uint32_t weight = 0; weight <= 63 * 5; ++weight) {
    auto const parts = *split_weight(weight, 5);
    EXPECT_EQ(std::accumulate(parts.begin(), parts.end(), 0U), weight);
    for (std::uint32_t i = 0; i < 5; ++i) EXPECT_EQ(parts[i], weight_part(weight, i));
  }
}

}  // namespace
}  // namespace hx::routing
