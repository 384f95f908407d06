#include "routing/placement.h"

#include <gtest/gtest.h>

#include <set>

namespace hx::routing {
namespace {

NeuronPopulation population(std::uint32_t size, NeuronShape shape = {}) {
  return {.name = "p", .size = size, .shape = std::move(shape)};
}

NeuronShape tall() {
  NeuronShape shape;
  shape.compartments[0].circuits = {{}, {.row = 1}};
  return shape;
}

NeuronShape wide(std::uint16_t columns) {
  NeuronShape shape;
  shape.compartments[0].circuits.clear();
  for (std::uint16_t c = 0; c < columns; ++c) {
    shape.compartments[0].circuits.push_back({.column = c});
  }
  return shape;
}

TEST(Placement, FirstFitFollowsTheCircuitNumber) {
  Problem problem;
  problem.neurons = {population(3), population(2)};
  PlacementResult const result = place(problem);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->anchors[0], (std::vector{AtomicNeuron(0), AtomicNeuron(1), AtomicNeuron(2)}));
  EXPECT_EQ(result->anchors[1], (std::vector{AtomicNeuron(3), AtomicNeuron(4)}));
}

TEST(Placement, GivenPlacesComeFirst) {
  Problem problem;
  problem.neurons = {population(2), population(1)};
  problem.neurons[1].placement = {AtomicNeuron(0)};
  PlacementResult const result = place(problem);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->anchors[0], (std::vector{AtomicNeuron(1), AtomicNeuron(2)}));
}

TEST(Placement, ShapesStayInTheirHalf) {
  Problem problem;
  problem.neurons = {population(2, wide(100)), population(1, tall())};
  PlacementResult const result = place(problem);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->anchors[0], (std::vector{AtomicNeuron(0), AtomicNeuron(128)}));
  EXPECT_EQ(result->anchors[1], (std::vector{AtomicNeuron(100)}));
}

TEST(Placement, TallNeuronsFillBothRows) {
  Problem problem;
  problem.neurons = {population(256, tall())};
  ASSERT_TRUE(place(problem));
  problem.neurons = {population(257, tall())};
  PlacementResult const result = place(problem);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.reason().constraint, Constraint::kP1OneOwner);
  EXPECT_EQ(result.reason().need, 514U);
  EXPECT_EQ(result.reason().capacity, 512U);
}

TEST(Placement, InterleavedSpreadsOverEventOutputs) {
  Problem problem;
  problem.neurons = {population(16)};
  PlacementResult const result = place(problem, PlacementOrder::kInterleaved);
  ASSERT_TRUE(result);
  std::set<std::uint32_t> outputs;
  for (AtomicNeuron anchor : result->anchors[0]) outputs.insert(anchor.value() / 32);
  EXPECT_EQ(outputs.size(), 8U);
  EXPECT_EQ(result->anchors[0][1], AtomicNeuron(32));
}

TEST(Placement, NamesBothNeuronsThatWantOneCircuit) {
  Problem problem;
  problem.neurons = {population(1), population(1)};
  problem.neurons[0].placement = problem.neurons[1].placement = {AtomicNeuron(300)};
  problem.neurons[1].name = "second";
  PlacementResult const result = place(problem);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.reason().constraint, Constraint::kP1OneOwner);
  EXPECT_EQ(result.reason().circuit, AtomicNeuron(300));
  EXPECT_NE(result.reason().message.find("'second'"), std::string::npos);
  EXPECT_NE(result.reason().message.find("row 1, column 44"), std::string::npos);
}

TEST(Placement, RefusesAGivenPlaceAcrossTheMiddle) {
  Problem problem;
  problem.neurons = {population(1, wide(2))};
  problem.neurons[0].placement = {AtomicNeuron(127)};
  PlacementResult const result = place(problem);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.reason().constraint, Constraint::kP2Shape);
  problem.neurons[0] = population(1, tall());
  problem.neurons[0].placement = {AtomicNeuron(256)};
  EXPECT_FALSE(place(problem)) << "its second row would lie below the chip";
}

TEST(Placement, SaysThatGapsAreTooSmall) {
  Problem problem;
  problem.neurons = {population(256), population(1, tall())};
  PlacementResult const result = place(problem);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.reason().constraint, Constraint::kP2Shape);
  EXPECT_EQ(result.reason().capacity, 256U);
}

TEST(Placement, CircuitsOffTheChipAreNone) {
  EXPECT_EQ(circuit_at(AtomicNeuron(5), {.column = 2, .row = 1}), AtomicNeuron(263));
  EXPECT_FALSE(circuit_at(AtomicNeuron(255), {.column = 1}));
  EXPECT_FALSE(circuit_at(AtomicNeuron(256), {.row = 1}));
}

}  // namespace
}  // namespace hx::routing
