// The checker accepts valid solutions and notices every kind of damage.

#include "routing/checker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "routing/router.h"
#include "tests/routing/random_problem.h"

namespace hx::routing {
namespace {

/// Every kind of source, all recorded, both signs, targets on both hemispheres.
Problem small_network() {
  Problem problem;
  problem.externals.push_back({.name = "input", .size = 6, .recorded = std::vector<bool>(6, true)});
  problem.backgrounds.push_back({.name = "noise", .size = 8, .recorded = true});
  problem.neurons.push_back({.name = "a", .size = 5, .recorded = std::vector<bool>(5, true)});
  NeuronShape tall;
  tall.compartments[0].circuits = {{}, {.row = 1}};
  problem.neurons.push_back({.name = "b", .size = 4, .shape = tall});
  problem.neurons[1].recorded.assign(4, true);
  auto const all = [&](SourcePopulation source, std::uint32_t sources, std::uint32_t target,
                       Receptor receptor) {
    Projection projection;
    projection.source = source;
    projection.target = target;
    projection.receptor = receptor;
    for (std::uint32_t t = 0; t < problem.neurons[target].size; ++t) {
      for (std::uint32_t s = 0; s < sources; ++s) projection.connections.push_back({s, t, 1});
    }
    problem.projections.push_back(projection);
  };
  all(external(0), 6, 0, Receptor::kExcitatory);
  all(external(0), 6, 1, Receptor::kInhibitory);
  all(background(0), 8, 1, Receptor::kExcitatory);
  all(neurons(0), 5, 1, Receptor::kExcitatory);
  all(neurons(1), 4, 0, Receptor::kInhibitory);
  return problem;
}

Solution solve(Problem const& problem) {
  Outcome outcome = route(problem);
  EXPECT_TRUE(outcome);
  return std::move(outcome).solution();
}

/// A damaged solution must be noticed, under one of the given rules.
void expect_noticed(Problem const& problem, Solution const& damaged,
                    std::vector<Constraint> const& rules, std::string const& what) {
  CheckReport const report = check(problem, damaged, 1000);
  ASSERT_FALSE(report.ok()) << what << " was not noticed";
  bool const named =
      std::any_of(report.violations.begin(), report.violations.end(), [&](Violation const& v) {
        return std::find(rules.begin(), rules.end(), v.constraint) != rules.end();
      });
  EXPECT_TRUE(named) << what << ": " << report;
  for (Violation const& violation : report.violations) {
    EXPECT_FALSE(violation.place.empty());
    EXPECT_FALSE(violation.text.empty());
  }
}

class CheckerNotices : public testing::Test {
 protected:
  Problem problem_ = small_network();
  Solution good_ = solve(problem_);
};

TEST_F(CheckerNotices, NothingInAValidSolution) {
  CheckReport const report = check(problem_, good_);
  EXPECT_TRUE(report.ok()) << report;
}

TEST_F(CheckerNotices, EveryWrongSynapseLabel) {
  for (std::size_t p = 0; p < good_.projections.size(); ++p) {
    for (std::size_t i = 0; i < good_.projections[p].items.size(); ++i) {
      Solution damaged = good_;
      std::uint8_t& label = damaged.projections[p].items[i].label;
      label = static_cast<std::uint8_t>((label + 1) % 64);
      expect_noticed(problem_, damaged, {Constraint::kC4LabelSelectivity}, "a label");
    }
  }
}

TEST_F(CheckerNotices, EverySynapseInAnotherRow) {
  for (std::size_t p = 0; p < good_.projections.size(); ++p) {
    for (std::size_t i = 0; i < good_.projections[p].items.size(); ++i) {
      Solution damaged = good_;
      SynapseRow& row = damaged.projections[p].items[i].row;
      row = SynapseRow((row.value() + 2) % 256);  // the next driver: another bus
      expect_noticed(problem_, damaged,
                     {Constraint::kC3RowSign, Constraint::kC9Crossbar, Constraint::kC1OneSynapse,
                      Constraint::kC4LabelSelectivity, Constraint::kC5DriverSelection},
                     "a row");
    }
  }
}

TEST_F(CheckerNotices, EverySynapseInAnotherColumnHemisphereOrCircuit) {
  for (std::size_t p = 0; p < good_.projections.size(); ++p) {
    Solution damaged = good_;
    PlacedSynapse& synapse = damaged.projections[p].items[0];
    synapse.column = NeuronColumn((synapse.column.value() + 17) % 256);
    expect_noticed(problem_, damaged, {Constraint::kR4SynapsePlace}, "a column");
    damaged = good_;
    damaged.projections[p].items[0].hemisphere =
        Hemisphere(1 - damaged.projections[p].items[0].hemisphere.value());
    expect_noticed(problem_, damaged, {Constraint::kR4SynapsePlace}, "a hemisphere");
    damaged = good_;
    damaged.projections[p].items[0].circuit += 1;
    expect_noticed(problem_, damaged, {Constraint::kR4SynapsePlace}, "a circuit");
  }
}

TEST_F(CheckerNotices, TwoSynapsesAtOnePlace) {
  Solution damaged = good_;
  damaged.projections[0].items[1] = damaged.projections[0].items[0];
  expect_noticed(problem_, damaged, {Constraint::kC1OneSynapse}, "a collision");
}

TEST_F(CheckerNotices, EveryRowModeInUse) {
  for (std::size_t r = 0; r < good_.row_modes.size(); ++r) {
    if (good_.row_modes[r] == RowMode::kDisabled) continue;
    for (RowMode mode : {RowMode::kDisabled, RowMode::kExcitatory, RowMode::kInhibitory}) {
      if (mode == good_.row_modes[r]) continue;
      Solution damaged = good_;
      damaged.row_modes[r] = mode;
      expect_noticed(problem_, damaged, {Constraint::kC3RowSign}, "a row mode");
    }
  }
}

TEST_F(CheckerNotices, EveryDriverThatIsOff) {
  for (std::size_t d = 0; d < good_.driver_masks.size(); ++d) {
    if (!good_.driver_masks[d]) continue;
    Solution damaged = good_;
    damaged.driver_masks[d].reset();
    expect_noticed(problem_, damaged, {Constraint::kC5DriverSelection}, "a driver");
    damaged.driver_masks[d] = 32;
    expect_noticed(problem_, damaged, {Constraint::kC5DriverSelection}, "a driver mask");
  }
}

TEST_F(CheckerNotices, EveryNodeThatIsClosed) {
  for (std::size_t n = 0; n < good_.nodes.size(); ++n) {
    if (!good_.nodes[n]) continue;
    Solution damaged = good_;
    damaged.nodes[n].reset();
    expect_noticed(problem_, damaged, {Constraint::kC9Crossbar, Constraint::kC11RecordedPath},
                   "a node");
    damaged.nodes[n] = NodeSetting{0x3fff, 0x3fff};
    expect_noticed(problem_, damaged, {Constraint::kC9Crossbar, Constraint::kC11RecordedPath},
                   "a node filter");
    damaged.nodes[n] = NodeSetting{0, 0x7fff};
    expect_noticed(problem_, damaged, {Constraint::kC9Crossbar}, "a node of 15 bits");
  }
}

TEST_F(CheckerNotices, EveryWrongNeuronAddress) {
  for (std::size_t p = 0; p < good_.neurons.size(); ++p) {
    for (std::size_t i = 0; i < good_.neurons[p].address_out.size(); ++i) {
      Solution damaged = good_;
      damaged.neurons[p].address_out[i] =
          static_cast<std::uint8_t>(*damaged.neurons[p].address_out[i] ^ 32U);
      expect_noticed(problem_, damaged,
                     {Constraint::kC4LabelSelectivity, Constraint::kC11RecordedPath}, "an address");
      damaged.neurons[p].address_out[i].reset();
      expect_noticed(problem_, damaged, {Constraint::kC12ExactlyOnce}, "a missing address");
    }
  }
}

TEST_F(CheckerNotices, WrongPlaces) {
  Solution damaged = good_;
  std::swap(damaged.neurons[0].anchors[0], damaged.neurons[0].anchors[1]);
  expect_noticed(problem_, damaged, {Constraint::kR4SynapsePlace}, "exchanged neurons");
  damaged = good_;
  damaged.neurons[0].anchors[0] = damaged.neurons[0].anchors[1];
  expect_noticed(problem_, damaged, {Constraint::kP1OneOwner}, "two neurons on one circuit");
  damaged = good_;
  damaged.neurons[1].anchors[0] = AtomicNeuron(300);
  expect_noticed(problem_, damaged, {Constraint::kP2Shape}, "a neuron that leaves the chip");
  Problem given = problem_;
  given.neurons[0].placement = good_.neurons[0].anchors;
  std::swap(given.neurons[0].placement[0], given.neurons[0].placement[1]);
  expect_noticed(given, good_, {Constraint::kP2Shape}, "a given placement that is ignored");
}

TEST_F(CheckerNotices, EveryWrongExternalLabel) {
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::uint16_t bit = 0; bit < 16; ++bit) {
      Solution damaged = good_;
      damaged.externals[0][i][0] =
          static_cast<std::uint16_t>(damaged.externals[0][i][0] ^ 1U << bit);
      // Row select bits that no mask compares may change; the label at the host then still does.
      expect_noticed(problem_, damaged,
                     {Constraint::kC4LabelSelectivity, Constraint::kC9Crossbar,
                      Constraint::kC5DriverSelection, Constraint::kC11RecordedPath},
                     "bit " + std::to_string(bit) + " of an external label");
    }
    Solution damaged = good_;
    damaged.externals[0].items.push_back(damaged.externals[0].items.back());
    damaged.externals[0].begins.back() += 1;
    expect_noticed(problem_, damaged, {Constraint::kC12ExactlyOnce}, "a label sent twice");
  }
}

TEST_F(CheckerNotices, WrongGenerators) {
  ASSERT_FALSE(good_.backgrounds[0].empty());
  Solution damaged = good_;
  damaged.backgrounds[0][0].label =
      static_cast<std::uint16_t>(damaged.backgrounds[0][0].label ^ 8U);
  expect_noticed(problem_, damaged,
                 {Constraint::kC4LabelSelectivity, Constraint::kC5DriverSelection}, "a base label");
  damaged = good_;
  damaged.backgrounds[0][0].label |= 1;
  expect_noticed(problem_, damaged, {Constraint::kC7BackgroundLabel}, "a base label with low bits");
  damaged = good_;
  damaged.backgrounds[0][0].mask = 3;
  expect_noticed(problem_, damaged, {Constraint::kC7BackgroundLabel}, "a mask");
  damaged = good_;
  damaged.backgrounds[0][0].generator =
      BackgroundSource((damaged.backgrounds[0][0].generator.value() + 1) % 8);
  expect_noticed(problem_, damaged, {Constraint::kC9Crossbar}, "another generator");
  damaged = good_;
  damaged.backgrounds[0].push_back(damaged.backgrounds[0][0]);
  expect_noticed(problem_, damaged, {Constraint::kP3Background}, "a generator used twice");
}

TEST_F(CheckerNotices, WrongRecordings) {
  for (std::size_t i = 0; i < good_.recorded.size(); ++i) {
    Solution damaged = good_;
    damaged.recorded.erase(damaged.recorded.begin() + static_cast<std::ptrdiff_t>(i));
    expect_noticed(problem_, damaged, {Constraint::kC11RecordedPath}, "a missing recording");
  }
  Solution damaged = good_;
  std::swap(damaged.recorded[0].source, damaged.recorded[1].source);
  expect_noticed(problem_, damaged, {Constraint::kC10RecordedUnique}, "exchanged recordings");
  damaged = good_;
  damaged.recorded[1].label = damaged.recorded[0].label;
  expect_noticed(problem_, damaged, {Constraint::kC10RecordedUnique}, "a label used twice");
  damaged = good_;
  std::swap(damaged.recorded[0], damaged.recorded[1]);
  expect_noticed(problem_, damaged, {Constraint::kC10RecordedUnique}, "an unsorted list");
}

TEST_F(CheckerNotices, MissingParts) {
  Solution damaged = good_;
  damaged.projections.pop_back();
  expect_noticed(problem_, damaged, {Constraint::kInput}, "a missing projection");
  damaged = good_;
  damaged.projections[0].items.pop_back();
  expect_noticed(problem_, damaged, {Constraint::kInput}, "a broken list");
  damaged = good_;
  damaged.projections[0].items.pop_back();
  damaged.projections[0].begins.back() -= 1;
  expect_noticed(problem_, damaged, {Constraint::kC12ExactlyOnce}, "a missing synapse");
  damaged = good_;
  damaged.neurons[0].anchors.pop_back();
  expect_noticed(problem_, damaged, {Constraint::kInput}, "a missing neuron");
  expect_noticed(problem_, Solution{}, {Constraint::kInput}, "an empty solution");
}

/// Damage at random places of random networks: only what changes nothing may pass.
TEST(Checker, NoticesRandomDamageToSynapses) {
  test::Random random(5);
  std::uint32_t damages = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Problem const problem = test::random_problem(seed);
    Outcome const outcome = route(problem, {.effort = 2});
    if (!outcome) continue;
    for (std::size_t p = 0; p < problem.projections.size(); ++p) {
      Solution damaged = outcome.solution();
      auto& items = damaged.projections[p].items;
      if (items.empty()) continue;
      PlacedSynapse& synapse = items[random.below(items.size())];
      synapse.label = static_cast<std::uint8_t>(synapse.label ^ (1U + random.below(63)));
      EXPECT_FALSE(check(problem, damaged).ok()) << "seed " << seed << " projection " << p;
      ++damages;
    }
  }
  EXPECT_GT(damages, 50U);
}

TEST(Checker, CountsAllButKeepsTheFirst) {
  Problem const problem = small_network();
  Solution damaged = solve(problem);
  for (auto& mode : damaged.row_modes) mode = RowMode::kDisabled;
  CheckReport const report = check(problem, damaged, 3);
  EXPECT_GT(report.count, 50U);
  EXPECT_EQ(report.violations.size(), 3U);
  std::ostringstream out;
  out << report;
  EXPECT_NE(out.str().find("C3 row sign at "), std::string::npos) << out.str();
}

TEST(Checker, RefusesAProblemThatMakesNoSense) {
  Problem problem = small_network();
  Solution const good = solve(problem);
  problem.projections[0].connections[0].target = 99;
  CheckReport const report = check(problem, good);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.violations[0].constraint, Constraint::kInput);
}

TEST(Checker, NoticesDriversThatOneSourceShouldHaveForItself) {
  Problem problem = small_network();
  Solution const shared = solve(problem);
  ASSERT_TRUE(check(problem, shared).ok());
  problem.externals[0].own_drivers = true;
  expect_noticed(problem, shared, {Constraint::kC5DriverSelection}, "shared drivers");
  Solution const own = solve(problem);
  EXPECT_TRUE(check(problem, own).ok());
  // Any driver of such a source that listens to everything hears somebody else.
  for (std::size_t d = 0; d < own.driver_masks.size(); ++d) {
    bool const used = std::any_of(
        own.projections[0].items.begin(), own.projections[0].items.end(),
        [&](auto const& s) { return synapse_driver(s.hemisphere, s.row).value() == d; });
    if (!used || own.driver_masks[d] == 0) continue;
    Solution damaged = own;
    damaged.driver_masks[d] = 0;
    expect_noticed(problem, damaged, {Constraint::kC5DriverSelection}, "mask 0");
  }
}

}  // namespace
}  // namespace hx::routing
