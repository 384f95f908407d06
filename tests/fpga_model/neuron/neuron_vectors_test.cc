// Both forms of the neuron array and the functional model against the step-by-step traces of tests/vectors/neuron_steps.json, bit
// exact: every circuit of the array runs one of the cases.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "Vneuron_sim.h"
#include "Vneuron_synth.h"
#include "tests/fpga_model/neuron/array_harness.h"
#include "tests/fpga_model/neuron/circuits.h"
#include "tests/sim/twin/twin_neurons.h"

namespace hx::test {
namespace {

nlohmann::json vectors() {
  std::ifstream file("tests/vectors/neuron_steps.json");
  return nlohmann::json::parse(file);
}

Coefficients coefficients(nlohmann::json const& d) {
  return {d["dm"], d["de"], d["di"], d["ce"], d["ci"], d["E"], d["Vth"], d["Vr"], d["off"]};
}

Switches switches(nlohmann::json const& p) {
  Switches s;
  s.fire = p["fire"] == 1;
  s.threshold = p["thr"] == 1;
  s.pause = p["pause"] == 1;
  s.refractory_time = p["t_ref"];
  s.holdoff = p["holdoff"];
  // Two classes of clocks: scale 2 is the slow one here, everything else the fast one.
  s.fast_clock = p["scale"] != 2;
  return s;
}

template <class ArrayType>
class NeuronVectors : public ::testing::Test {};
using Forms = ::testing::Types<Array<Vneuron_sim>, Array<Vneuron_synth>, TwinNeurons>;
TYPED_TEST_SUITE(NeuronVectors, Forms);

TYPED_TEST(NeuronVectors, TracesAreBitExactOnAllCircuits) {
  nlohmann::json const json = vectors();
  auto const& cases = json["cases"];
  ASSERT_EQ(cases.size(), 7u);
  TypeParam array(256);
  Circuits circuits(array);
  circuits.common().scale_slow = 0x22;
  circuits.common().scale_fast = 0x33;
  auto const case_of = [&](int circuit) -> nlohmann::json const& {
    return cases[static_cast<std::size_t>(circuit + circuit / 256) % cases.size()];
  };
  for (int c = 0; c < 512; ++c) {
    auto const& k = case_of(c);
    int const scale = k["parameters"]["scale"];
    ASSERT_TRUE(scale == 2 || scale == 3);
    circuits.set(c, coefficients(k["derived"]), switches(k["parameters"]));
  }
  circuits.start();
  // Flat copies: the comparison runs a few hundred thousand times.
  std::vector<std::vector<State>> traces;
  std::vector<std::vector<std::array<int, 3>>> inputs;
  std::size_t longest = 0;
  for (auto const& k : cases) {
    std::vector<State> trace;
    for (auto const& row : k["trace"]) trace.push_back({row[0], row[1], row[2], row[3]});
    EXPECT_EQ(trace.size(), k["steps"].template get<std::size_t>());
    longest = std::max(longest, trace.size());
    traces.push_back(trace);
    inputs.push_back(k["inputs"].template get<std::vector<std::array<int, 3>>>());
  }
  std::size_t compared = 0;
  std::size_t wrong = 0;
  for (std::size_t n = 0; n < longest; ++n) {
    for (int c = 0; c < 512; ++c) {
      std::size_t const k = static_cast<std::size_t>(c + c / 256) % cases.size();
      for (auto const& [step, exc, inh] : inputs[k]) {
        if (step == static_cast<int>(n)) circuits.charge(c, exc, inh);
      }
    }
    circuits.step([&, n](int circuit, State const& state) {
      std::size_t const k = static_cast<std::size_t>(circuit + circuit / 256) % cases.size();
      if (n >= traces[k].size()) return;
      ++compared;
      if (state == traces[k][n]) return;
      if (++wrong < 10) {
        ADD_FAILURE() << cases[k]["name"] << " circuit " << circuit << " step " << n << ": V "
                      << state.v << " exc " << state.exc << " inh " << state.inh << " rem "
                      << state.rem << ", expected " << traces[k][n].v << ' ' << traces[k][n].exc
                      << ' ' << traces[k][n].inh << ' ' << traces[k][n].rem;
      }
    });
  }
  circuits.step({});
  EXPECT_EQ(wrong, 0u);
  std::size_t expected = 0;
  for (int c = 0; c < 512; ++c)
    expected += traces[static_cast<std::size_t>(c + c / 256) % cases.size()].size();
  EXPECT_EQ(compared, expected);

  for (int c = 0; c < 512; ++c) {
    auto const& k = case_of(c);
    std::vector<int> spikes;
    for (auto [step, circuit] : circuits.spikes()) {
      if (circuit == c && step - 1 < k["steps"].template get<int>()) spikes.push_back(step - 1);
    }
    EXPECT_EQ(spikes, k["spikes"].template get<std::vector<int>>())
        << k["name"] << " circuit " << c;
  }
}

TEST(NeuronReference, CoefficientsAreThoseOfTheVectors) {
  nlohmann::json const json = vectors();
  auto const check = [](nlohmann::json const& k) {
    auto const& p = k["parameters"];
    Registers const r{p["cap"],     p["i_leak"],  p["leak_mul"], p["leak_div"], p["i_tau_e"],
                      p["i_tau_i"], p["hr_e"],    p["hr_i"],     p["sc_e"],     p["sc_i"],
                      p["dac"],     p["gm_e"],    p["gm_i"],     p["en_e"],     p["en_i"],
                      p["v_leak"],  p["v_reset"], p["v_th"],     p["i_off"],    p["en_off"],
                      p["inv_off"]};
    Coefficients const c = derive(r);
    EXPECT_EQ((Coefficients{c.d_mem, c.d_exc, c.d_inh, c.c_exc, c.c_inh, c.e, c.v_th, c.v_reset,
                            c.v_off}),
              coefficients(k["derived"]))
        << p;
  };
  for (auto const& k : json["derived_only"]) check(k);
  for (auto const& k : json["cases"]) check(k);
}

}  // namespace
}  // namespace hx::test
