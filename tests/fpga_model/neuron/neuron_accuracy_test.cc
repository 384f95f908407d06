// The precision experiment of the model-dynamics contract (sections 5 and 9.4): 1536 neurons with dense random input in three runs
// of 512, against a double precision reference on a 4 ns grid.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "Vneuron_sim.h"
#include "tests/fpga_model/neuron/array_harness.h"
#include "tests/fpga_model/neuron/circuits.h"
#include "tests/sim/twin/twin_neurons.h"

namespace hx::test {
namespace {

constexpr double kRuntime = 102.4;  // us
constexpr int kSteps = 800;
constexpr double kGrid = 0.004;  // us, reference
constexpr double kMatch = 4.0;   // us: spikes further apart are not the same

struct Event {
  double time;  // us, on the 8 ns grid
  int weight;
};

struct Neuron {
  Ideal parameters;
  double refractory;  // us
  std::vector<Event> events;
};

Neuron random_neuron(std::mt19937_64& random) {
  auto const pick = [&](auto... values) {
    std::array const list{values...};
    return list[std::uniform_int_distribution<std::size_t>(0, list.size() - 1)(random)];
  };
  Neuron n;
  n.parameters.tau_mem = pick(6.0, 10.0, 20.0);
  n.parameters.tau_exc = n.parameters.tau_inh = pick(5.0, 6.0, 10.0);
  n.refractory = pick(1.024, 2.048);
  // 40 sources of 20 kHz, each with its weight.
  std::normal_distribution<> weight(8, 18);
  std::exponential_distribution<> gap(0.02);  // per us
  for (int source = 0; source < 40; ++source) {
    int const w = static_cast<int>(std::clamp(std::round(weight(random)), -63.0, 63.0));
    for (double t = gap(random); t < kRuntime; t += gap(random))
      n.events.push_back({std::floor(t / 0.008) * 0.008, w});
  }
  std::sort(n.events.begin(), n.events.end(),
            [](Event const& a, Event const& b) { return a.time < b.time; });
  return n;
}

/// Exact propagators on the grid; threshold times interpolated.
std::vector<double> reference_spikes(Neuron const& n) {
  auto const& p = n.parameters;
  double const em = std::exp(-kGrid / p.tau_mem);
  double const es = std::exp(-kGrid / p.tau_exc);
  double const gain = p.tau_mem == p.tau_exc
                          ? p.kappa * kGrid * em
                          : p.kappa * p.tau_mem * p.tau_exc / (p.tau_mem - p.tau_exc) * (em - es);
  double v = p.e;
  double i = 0;
  double free_from = -1;
  std::vector<double> spikes;
  auto next = n.events.begin();
  int const last = static_cast<int>(std::lround(kRuntime / kGrid));
  for (int k = 0; k < last; ++k) {
    double const t = k * kGrid;
    for (; next != n.events.end() && next->time <= t + kGrid / 2; ++next) i += next->weight;
    double const old = v;
    v = p.e + (v - p.e) * em + i * gain;
    i *= es;
    if (t + kGrid / 2 < free_from) {
      v = p.v_reset;
    } else if (v >= p.v_th) {
      double const at = t + kGrid * (p.v_th - old) / (v - old);
      spikes.push_back(at);
      free_from = at + n.refractory;
      v = p.v_reset;
    }
  }
  return spikes;
}

/// The simulation form of the RTL and the functional model.
template <class ArrayType>
class NeuronAccuracy : public ::testing::Test {};
using Arrays = ::testing::Types<Array<Vneuron_sim>, TwinNeurons>;
TYPED_TEST_SUITE(NeuronAccuracy, Arrays);

TYPED_TEST(NeuronAccuracy, SpikesAgreeWithTheExactSolution) {
  std::mt19937_64 random(1);
  std::vector<Neuron> neurons;
  for (int k = 0; k < 1536; ++k) neurons.push_back(random_neuron(random));

  std::size_t total = 0, found = 0, missed = 0, extra = 0;
  std::vector<double> first;
  std::vector<double> all;
  for (std::size_t fill = 0; fill < 3; ++fill) {
    TypeParam array(256);
    Circuits circuits(array);
    circuits.common().scale_slow = 0x22;
    std::vector<std::vector<std::array<int, 2>>> charges(kSteps,
                                                         std::vector<std::array<int, 2>>(512));
    for (std::size_t c = 0; c < 512; ++c) {
      Neuron const& n = neurons[512 * fill + c];
      Switches s;
      s.refractory_time =
          static_cast<int>(std::lround(n.refractory / 0.032));  // ticks of 8 chip cycles
      circuits.set(static_cast<int>(c), nearest(n.parameters), s);
      for (Event const& e : n.events) {
        auto const step =
            std::min<std::size_t>(kSteps - 1, static_cast<std::size_t>((e.time + 0.001) / kStep));
        charges[step][c][e.weight < 0] += std::abs(e.weight);
      }
    }
    circuits.start();
    for (auto const& step : charges) {
      for (std::size_t c = 0; c < 512; ++c) {
        if (step[c][0] || step[c][1]) circuits.charge(static_cast<int>(c), step[c][0], step[c][1]);
      }
      circuits.step({});
    }
    circuits.step({});
    std::vector<std::vector<double>> spikes(512);
    for (auto [step, circuit] : circuits.spikes()) {
      // start() was step 0; the step with the charges of interval k is k + 1 and happens at its end.
      if (step <= kSteps) spikes[static_cast<std::size_t>(circuit)].push_back(step * kStep);
    }
    for (std::size_t c = 0; c < 512; ++c) {
      std::vector<double> const exact = reference_spikes(neurons[512 * fill + c]);
      std::vector<double> const& got = spikes[c];
      total += exact.size();
      if (!exact.empty() && !got.empty() && std::abs(got[0] - exact[0]) < kMatch)
        first.push_back(got[0] - exact[0]);
      std::size_t a = 0, b = 0;
      while (a < exact.size() || b < got.size()) {
        if (a < exact.size() && b < got.size() && std::abs(exact[a] - got[b]) < kMatch) {
          all.push_back(got[b++] - exact[a++]);
          ++found;
        } else if (b == got.size() || (a < exact.size() && exact[a] < got[b])) {
          ++missed;
          ++a;
        } else {
          ++extra;
          ++b;
        }
      }
    }
  }
  ASSERT_GT(first.size(), 500u);
  std::sort(first.begin(), first.end());
  auto const quantile = [&](double q) {
    return first[static_cast<std::size_t>(q * static_cast<double>(first.size() - 1))] * 1000;
  };
  double mean = 0;
  for (double d : all) mean += d * 1000 / static_cast<double>(all.size());
  double const wrong = static_cast<double>(missed + extra) / static_cast<double>(total);
  std::printf(
      "%zu spikes, %zu found, missed %.2f %%, extra %.2f %%; first spikes: median %.1f ns, 68 %% "
      "within +-%.1f ns; "
      "all: mean %.1f ns\n",
      total, found, 100.0 * static_cast<double>(missed) / static_cast<double>(total),
      100.0 * static_cast<double>(extra) / static_cast<double>(total), quantile(0.5),
      (quantile(0.84) - quantile(0.16)) / 2, mean);
  EXPECT_GT(total, 3000u);
  EXPECT_LT(wrong, 0.01);
  EXPECT_NEAR(quantile(0.5), 64, 10);
}

}  // namespace
}  // namespace hx::test
