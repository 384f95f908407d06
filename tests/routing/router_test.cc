#include "routing/router.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "routing/checker.h"

namespace hx::routing {
namespace {

Projection& project(Problem& problem, SourcePopulation source, std::uint32_t target,
                    Receptor receptor = Receptor::kExcitatory) {
  Projection projection;
  projection.source = source;
  projection.target = target;
  projection.receptor = receptor;
  problem.projections.push_back(projection);
  return problem.projections.back();
}

void all_to_all(Projection& projection, std::uint32_t sources, std::uint32_t targets,
                std::uint16_t synapses = 1) {
  for (std::uint32_t t = 0; t < targets; ++t) {
    for (std::uint32_t s = 0; s < sources; ++s) projection.connections.push_back({s, t, synapses});
  }
}

void one_to_one(Projection& projection, std::uint32_t size) {
  for (std::uint32_t i = 0; i < size; ++i) projection.connections.push_back({i, i, 1});
}

Solution solve(Problem const& problem, Options const& options = {}) {
  Outcome outcome = route(problem, options);
  EXPECT_TRUE(outcome);
  if (!outcome) {
    ADD_FAILURE() << outcome.failure();
    return {};
  }
  CheckReport const report = check(problem, outcome.solution());
  EXPECT_TRUE(report.ok()) << report;
  return std::move(outcome).solution();
}

TEST(Router, EmptyProblemHasAnEmptySolution) {
  Solution const solution = solve({});
  EXPECT_TRUE(std::none_of(solution.nodes.begin(), solution.nodes.end(),
                           [](auto const& node) { return node.has_value(); }));
  EXPECT_TRUE(solution.recorded.empty());
}

TEST(Router, OneSynapseUsesOneDriverOneRowOneNode) {
  Problem problem;
  problem.externals.push_back({.name = "in", .size = 1});
  problem.neurons.push_back({.name = "out", .size = 1});
  all_to_all(project(problem, external(0), 0), 1, 1);
  Solution const solution = solve(problem);
  EXPECT_EQ(solution.externals[0][0].size(), 1U);
  EXPECT_FALSE(solution.neurons[0].address_out[0]) << "nobody listens to the neuron";
  auto const used = [](auto const& list) {
    return std::count_if(list.begin(), list.end(), [](auto const& x) { return x.has_value(); });
  };
  EXPECT_EQ(used(solution.nodes), 1);
  EXPECT_EQ(used(solution.driver_masks), 1);
  EXPECT_EQ(std::count(solution.row_modes.begin(), solution.row_modes.end(), RowMode::kExcitatory),
            1);
}

TEST(Router, SourcesWithoutTargetsOrRecordingHaveNoLabels) {
  Problem problem;
  problem.externals.push_back({.name = "in", .size = 3, .recorded = {false, true, false}});
  problem.neurons.push_back({.name = "out", .size = 1});
  project(problem, external(0), 0).connections = {{0, 0, 1}};
  Solution const solution = solve(problem);
  EXPECT_EQ(solution.externals[0][0].size(), 1U);
  EXPECT_EQ(solution.externals[0][1].size(), 1U);
  EXPECT_TRUE(solution.externals[0][2].empty());
  ASSERT_EQ(solution.recorded.size(), 1U);
  EXPECT_EQ(solution.recorded[0].source, (Source{external(0), 1}));
}

TEST(Router, BackgroundWithTargetsOnBothHemispheresHasTwoGeneratorsOfOneBusAndOneIsRecorded) {
  Problem problem;
  problem.backgrounds.push_back({.name = "noise", .size = 16, .recorded = true});
  problem.neurons.push_back({.name = "out", .size = 512});
  all_to_all(project(problem, background(0), 0), 16, 512);
  Solution const solution = solve(problem);
  auto const& generators = solution.backgrounds[0];
  ASSERT_EQ(generators.size(), 2U);
  EXPECT_LT(generators[0].generator.value(), 4U);
  EXPECT_EQ(generators[1].generator.value(), generators[0].generator.value() + 4);
  EXPECT_EQ(generators[0].label, generators[1].label) << "both get equal settings";
  EXPECT_EQ(generators[0].mask, 15);
  EXPECT_EQ(solution.recorded.size(), 16U);
}

TEST(Router, BackgroundsOnOneHemisphereShareAPairOfGenerators) {
  Problem problem;
  for (std::uint32_t row = 0; row < 2; ++row) {
    problem.neurons.push_back({.name = "row " + std::to_string(row), .size = 2});
    problem.neurons[row].placement = {AtomicNeuron(256 * row), AtomicNeuron(256 * row + 1)};
  }
  for (std::uint32_t p = 0; p < 8; ++p) {
    problem.backgrounds.push_back(
        {.name = "noise " + std::to_string(p), .size = 32, .recorded = true});
    all_to_all(project(problem, background(p), p % 2), 32 / 8, 2);
  }
  Solution const solution = solve(problem);
  std::set<std::uint32_t> used;
  for (auto const& generators : solution.backgrounds) {
    ASSERT_EQ(generators.size(), 1U);
    used.insert(generators[0].generator.value());
  }
  EXPECT_EQ(used.size(), 8U);
  problem.backgrounds.push_back({.name = "one too many", .size = 1});
  all_to_all(project(problem, background(8), 0), 1, 2);
  Outcome const outcome = route(problem);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.failure().reasons.front().constraint, Constraint::kP3Background);
  EXPECT_EQ(outcome.failure().reasons.front().need, 5U);
  EXPECT_EQ(outcome.failure().reasons.front().capacity, 4U);
}

TEST(Router, BackgroundKeepsAGivenPair) {
  Problem problem;
  problem.neurons.push_back({.name = "out", .size = 4});
  problem.backgrounds.push_back({.name = "noise", .size = 256, .recorded = true, .pair = 2});
  all_to_all(project(problem, background(0), 0), 12, 4);
  Solution const solution = solve(problem);
  EXPECT_EQ(solution.backgrounds[0][0].generator, BackgroundSource(2));
  problem.backgrounds.push_back({.name = "other", .size = 1, .pair = 2});
  all_to_all(project(problem, background(1), 0), 1, 4);
  Outcome const outcome = route(problem);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.failure().reasons.front().constraint, Constraint::kP3Background);
}

TEST(Router, RecordedBackgroundWithoutTargetsHasAGenerator) {
  Problem problem;
  problem.backgrounds.push_back({.name = "noise", .size = 128, .recorded = true});
  Solution const solution = solve(problem);
  EXPECT_EQ(solution.backgrounds[0].size(), 1U);
  EXPECT_EQ(solution.recorded.size(), 128U);
}

TEST(Router, SplitWeightsUseSeveralRowsWithOneLabel) {
  Problem problem;
  problem.externals.push_back({.name = "in", .size = 2});
  problem.neurons.push_back({.name = "out", .size = 3});
  all_to_all(project(problem, external(0), 0), 2, 3, 5);
  Solution const solution = solve(problem);
  for (std::size_t i = 0; i < 6; ++i) {
    auto const synapses = solution.projections[0][i];
    ASSERT_EQ(synapses.size(), 5U);
    std::set<std::uint32_t> rows;
    for (PlacedSynapse const& s : synapses) {
      rows.insert(s.row.value());
      EXPECT_EQ(s.label, synapses[0].label);
    }
    EXPECT_EQ(rows.size(), 5U);
  }
}

TEST(Router, SynapsesOfMergedNeuronsSpreadOverTheCircuits) {
  Problem problem;
  problem.externals.push_back({.name = "in", .size = 400});
  NeuronShape shape;
  shape.compartments[0].circuits = {{}, {.column = 1}, {.row = 1}, {.column = 1, .row = 1}};
  problem.neurons.push_back({.name = "out", .size = 2, .shape = shape});
  all_to_all(project(problem, external(0), 0), 400, 2);
  Solution const solution = solve(problem);
  std::array<std::uint32_t, 4> counts = {};
  for (PlacedSynapse const& s : solution.projections[0].items) ++counts[s.circuit];
  for (std::uint32_t count : counts) EXPECT_LE(count, 256U);
  EXPECT_EQ(counts[0] + counts[1] + counts[2] + counts[3], 800U);
  EXPECT_LE(solution.statistics.busses[0].rows_excitatory, 64U);
}

TEST(Router, CompartmentsAreSeparateTargetsAndSources) {
  Problem problem;
  NeuronShape shape;
  Compartment other;
  other.circuits = {{.column = 1}};
  shape.compartments.push_back(other);
  problem.neurons.push_back({.name = "two", .size = 8, .shape = shape});
  problem.neurons[0].recorded.assign(16, true);
  for (std::uint32_t source = 0; source < 2; ++source) {
    Projection& projection = project(problem, neurons(0), 0);
    projection.source_compartment = source;
    projection.target_compartment = 1 - source;
    all_to_all(projection, 8, 8);
  }
  Solution const solution = solve(problem);
  std::set<std::uint8_t> addresses;
  for (auto const& address : solution.neurons[0].address_out) addresses.insert(*address);
  EXPECT_EQ(addresses.size(), 16U);
}

/// Rows of one sign above one target are enough for all others at the same time.
TEST(Router, LayersShareRows) {
  Problem problem;
  problem.externals.push_back({.name = "in", .size = 32});
  problem.neurons.push_back({.name = "hidden", .size = 32});
  problem.neurons.push_back({.name = "output", .size = 32});
  all_to_all(project(problem, external(0), 0), 32, 32, 6);
  all_to_all(project(problem, neurons(0), 1), 32, 32, 2);
  // 192 rows for the inputs, 64 for the hidden neurons, all of which send on bus 0 of the top row.
  Solution const solution = solve(problem);
  EXPECT_EQ(solution.statistics.busses[0].rows_excitatory, 64U);
}

TEST(Router, InterleavesAPopulationIfFirstFitOverloadsABus) {
  Problem problem;
  problem.neurons.push_back({.name = "dense", .size = 32});
  all_to_all(project(problem, neurons(0), 0), 32, 32, 8);
  Solution const solution = solve(problem);
  std::set<std::uint32_t> outputs;
  for (AtomicNeuron anchor : solution.neurons[0].anchors) outputs.insert(anchor.value() % 256 / 32);
  EXPECT_EQ(outputs.size(), 8U);
  Outcome const strict = route(problem, {.may_interleave = false});
  ASSERT_FALSE(strict);
  EXPECT_TRUE(strict.failure().proven);
  Reason const& reason = strict.failure().reasons.front();
  EXPECT_EQ(reason.constraint, Constraint::kC2InDegree);
  EXPECT_EQ(reason.bus, PadiBus(0));
  EXPECT_EQ(reason.need, 256U);
  EXPECT_EQ(reason.capacity, 64U);
}

TEST(Router, ReasonsOfAllStrategiesAreKept) {
  Problem problem;
  problem.externals.push_back({.name = "a", .size = 140});
  problem.neurons.push_back({.name = "e", .size = 1, .placement = {AtomicNeuron(0)}});
  problem.neurons.push_back({.name = "i", .size = 1, .placement = {AtomicNeuron(1)}});
  all_to_all(project(problem, external(0), 0, Receptor::kExcitatory), 140, 1);
  all_to_all(project(problem, external(0), 1, Receptor::kInhibitory), 120, 1);
  // 260 rows of two signs, 256 there: a bound of every mapping.
  Outcome const outcome = route(problem);
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.failure().proven);
  EXPECT_EQ(outcome.failure().reasons.front().constraint, Constraint::kC3RowSign);
  EXPECT_EQ(outcome.failure().reasons.front().need, 260U);
  Error const error = outcome.failure().error();
  EXPECT_EQ(error.code, ErrorCode::kUnroutable);
  EXPECT_FALSE(error.hint.empty());

  // One source that wants more rows of a circuit than its bus has: no bound, but nobody can.
  Problem wide;
  wide.externals.push_back({.name = "a", .size = 1});
  wide.neurons.push_back({.name = "e", .size = 1});
  project(wide, external(0), 0).connections = {{0, 0, 65}};
  Outcome const tried = route(wide, {.effort = 2});
  ASSERT_FALSE(tried);
  std::set<std::string> strategies;
  for (Reason const& reason : tried.failure().reasons) strategies.insert(reason.strategy);
  EXPECT_GE(strategies.size(), 2U);
}

TEST(Router, InvalidProblemsAreRefused) {
  Problem problem;
  problem.neurons.push_back({.name = "out", .size = 1});
  all_to_all(project(problem, external(3), 0), 1, 1);
  Outcome const outcome = route(problem);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.failure().reasons.front().constraint, Constraint::kInput);
  EXPECT_EQ(outcome.failure().error().code, ErrorCode::kInvalidArgument);
}

TEST(Router, PortfolioTakesTheFirstSolutionAndKeepsAllReasons) {
  Problem problem;
  problem.externals.push_back({.name = "in", .size = 25});
  problem.neurons.push_back({.name = "hidden", .size = 120});
  problem.neurons.push_back({.name = "out", .size = 3});
  all_to_all(project(problem, external(0), 0), 25, 120);
  all_to_all(project(problem, neurons(0), 1), 120, 3);
  std::vector<std::unique_ptr<Router>> routers;
  routers.push_back(make_greedy_router());
  routers.push_back(make_packing_router());
  auto const portfolio = make_portfolio_router(std::move(routers));
  Outcome const outcome = portfolio->route(problem);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(check(problem, outcome.solution()).ok());

  Problem wide;
  wide.externals.push_back({.name = "a", .size = 1});
  wide.neurons.push_back({.name = "e", .size = 1});
  project(wide, external(0), 0).connections = {{0, 0, 65}};
  Outcome const none = portfolio->route(wide);
  ASSERT_FALSE(none);
  EXPECT_GE(none.failure().reasons.size(), 2U);
  EXPECT_FALSE(portfolio->route({}).has_value() == false);
}

/// Cells x digits of a 4 x 4 Sudoku: each neuron inhibits those that contradict it.
Problem sudoku(std::uint32_t neurons_per_population) {
  Problem problem;
  std::uint32_t const size = 64 * neurons_per_population;
  problem.neurons.push_back(
      {.name = "wta", .size = size, .recorded = std::vector<bool>(size, true)});
  problem.externals.push_back({.name = "clues", .size = 64});
  for (std::uint32_t b = 0; b < 4; ++b) {
    problem.backgrounds.push_back({.name = "noise " + std::to_string(b), .size = 64});
  }
  Projection inhibition;
  inhibition.source = neurons(0);
  inhibition.receptor = Receptor::kInhibitory;
  Projection excitation = inhibition;
  excitation.receptor = Receptor::kExcitatory;
  auto const conflict = [](std::uint32_t a, std::uint32_t b) {
    std::uint32_t const cell_a = a / 4, cell_b = b / 4;
    if (cell_a == cell_b) return a != b;
    if (a % 4 != b % 4) return false;
    bool const box = cell_a / 8 == cell_b / 8 && cell_a % 4 / 2 == cell_b % 4 / 2;
    return cell_a / 4 == cell_b / 4 || cell_a % 4 == cell_b % 4 || box;
  };
  for (std::uint32_t t = 0; t < size; ++t) {
    for (std::uint32_t s = 0; s < size; ++s) {
      std::uint32_t const a = s / neurons_per_population, b = t / neurons_per_population;
      if (a == b) excitation.connections.push_back({s, t, 1});
      if (conflict(a, b)) inhibition.connections.push_back({s, t, 1});
    }
  }
  problem.projections.push_back(inhibition);
  problem.projections.push_back(excitation);
  Projection& clues = project(problem, external(0), 0);
  for (std::uint32_t i = 0; i < size; ++i) {
    clues.connections.push_back({i / neurons_per_population, i, 1});
  }
  for (std::uint32_t b = 0; b < 4; ++b) {
    Projection& noise = project(problem, background(b), 0);
    if (b == 0) {
      all_to_all(noise, 8, size);
    } else {
      for (std::uint32_t i = 0; i < size; ++i) noise.connections.push_back({i % 64, i, 1});
    }
  }
  return problem;
}

TEST(Router, RoutesA4x4Sudoku) {
  for (std::uint32_t n : {1U, 3U, 5U}) {
    Solution const solution = solve(sudoku(n));
    EXPECT_EQ(solution.recorded.size(), 64 * n);
  }
}

/// Problem with `size` neurons of one circuit and external sources that share no driver.
Problem own_drivers(std::uint32_t sources, std::uint32_t size) {
  Problem problem;
  problem.externals.push_back({.name = "own", .size = sources, .own_drivers = true});
  problem.neurons.push_back({.name = "n", .size = size});
  all_to_all(project(problem, external(0), 0), sources, size);
  return problem;
}

TEST(Router, SourcesWithOwnDriversShareThemWithNobody) {
  // One driver each fills the array; both signs fit, because a driver has two rows.
  for (std::uint32_t sources : {1U, 5U, 32U, 100U, 128U}) {
    Problem problem = own_drivers(sources, 40);
    all_to_all(project(problem, external(0), 0, Receptor::kInhibitory), sources, 40);
    Solution const solution = solve(problem);
    auto const& masks = solution.driver_masks;
    EXPECT_EQ(static_cast<std::uint32_t>(std::count_if(
                  masks.begin(), masks.end(), [](auto const& mask) { return mask.has_value(); })),
              sources);
  }
}

TEST(Router, OneSourceTooManyWithOwnDriversIsALimit) {
  Outcome const outcome = route(own_drivers(129, 40));
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.failure().proven);
  Reason const& reason = outcome.failure().reasons.front();
  EXPECT_EQ(reason.need, 129U);
  EXPECT_EQ(reason.capacity, 128U);
}

TEST(Router, SourcesWithOwnDriversLeaveTheRestToOthers) {
  Problem problem = own_drivers(20, 64);
  problem.externals.push_back({.name = "plain", .size = 80});
  problem.backgrounds.push_back({.name = "noise", .size = 32, .recorded = true});
  problem.neurons[0].recorded.assign(64, true);
  all_to_all(project(problem, external(1), 0), 80, 64);
  one_to_one(project(problem, neurons(0), 0, Receptor::kInhibitory), 64);
  project(problem, background(0), 0).connections = {{0, 3, 1}, {7, 9, 1}, {31, 50, 1}};
  solve(problem);
}

TEST(Router, SourcesWithOwnDriversMayHaveSplitWeightsAndBothHemispheres) {
  Problem problem;
  problem.externals.push_back(
      {.name = "own", .size = 12, .recorded = std::vector<bool>(12, true), .own_drivers = true});
  NeuronShape tall;
  tall.compartments[0].circuits = {{}, {.row = 1}};
  problem.neurons.push_back({.name = "tall", .size = 4, .shape = tall});
  problem.neurons.push_back({.name = "bottom", .size = 2});
  problem.neurons[1].placement = {AtomicNeuron(300), AtomicNeuron(420)};
  all_to_all(project(problem, external(0), 0), 12, 4, 5);
  all_to_all(project(problem, external(0), 1, Receptor::kInhibitory), 12, 2, 2);
  solve(problem);
}

// ---- Neurons of several circuits --------------------------------------------------------------

NeuronShape columns_of_two(std::uint16_t columns) {
  NeuronShape shape;
  auto& circuits = shape.compartments[0].circuits;
  circuits.clear();
  for (std::uint16_t c = 0; c < columns; ++c) {
    circuits.push_back({.column = c, .row = 0});
    circuits.push_back({.column = c, .row = 1});
  }
  return shape;
}

/// Fully connected inputs; counts the synapses of each circuit.
void expect_routed(std::uint32_t inputs, std::uint32_t size, NeuronShape const& shape,
                   bool both_signs) {
  SCOPED_TRACE(std::to_string(inputs) + " inputs, " + std::to_string(size) + " neurons");
  Problem problem;
  problem.externals.push_back({.name = "in", .size = inputs});
  problem.neurons.push_back({.name = "n", .size = size, .shape = shape});
  all_to_all(project(problem, external(0), 0), inputs, size);
  if (both_signs) {
    all_to_all(project(problem, external(0), 0, Receptor::kInhibitory), inputs, size);
  }
  Solution const solution = solve(problem);
  std::vector<std::uint32_t> degree(512);
  for (auto const& lists : solution.projections) {
    for (PlacedSynapse const& s : lists.items)
      ++degree[256 * s.hemisphere.value() + s.column.value()];
  }
  EXPECT_LE(*std::max_element(degree.begin(), degree.end()), 256U);
}

TEST(Router, CircuitsLiftTheLimitOfInDegree) {
  // As benchmark 5, whose in-degree of 258 does not fit one circuit.
  expect_routed(129, 256, columns_of_two(1), true);
  expect_routed(512, 256, columns_of_two(1), false);
  expect_routed(256, 32, columns_of_two(4), true);
  // Large neurons: 64 columns of two.
  expect_routed(512, 4, columns_of_two(64), true);
}

TEST(Router, RecurrentNeuronsOfTwoCircuitsListenToAllOthers) {
  // As benchmark 10 with half of the neurons: 256 neurons, every one listens to all.
  Problem problem;
  problem.neurons.push_back({.name = "n", .size = 256, .shape = columns_of_two(1)});
  problem.neurons[0].recorded.assign(256, true);
  all_to_all(project(problem, neurons(0), 0), 256, 256);
  solve(problem);
}

TEST(Router, LongRowsAndWholeHalvesAreNeurons) {
  NeuronShape row;
  row.compartments[0].circuits.clear();
  for (std::uint16_t c = 0; c < 128; ++c) row.compartments[0].circuits.push_back({.column = c});
  expect_routed(1000, 4, row, false);
  expect_routed(1000, 2, columns_of_two(128), true);
}

TEST(Router, IdentityIsKeptForConnectionsListedTwice) {
  Problem problem;
  problem.externals.push_back({.name = "in", .size = 1});
  problem.neurons.push_back({.name = "out", .size = 1});
  project(problem, external(0), 0).connections = {{0, 0, 1}, {0, 0, 2}};
  project(problem, external(0), 0);  // empty
  one_to_one(project(problem, external(0), 0, Receptor::kInhibitory), 1);
  Solution const solution = solve(problem);
  EXPECT_EQ(solution.projections[0][0].size(), 1U);
  EXPECT_EQ(solution.projections[0][1].size(), 2U);
  EXPECT_EQ(solution.projections[1].size(), 0U);
  EXPECT_EQ(solution.projections[2].size(), 1U);
}

}  // namespace
}  // namespace hx::routing
