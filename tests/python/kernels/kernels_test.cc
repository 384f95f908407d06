#include "python/kernels/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "python/kernels/buffers.h"

namespace hx::kernels {
namespace {

using Numbers = std::vector<double>;

// One neuron population; `reference` computes it without vectors, chunks or tricks.
struct Case {
  std::size_t steps = 24;
  std::size_t lanes = 6;
  unsigned flags = kFire;
  double alpha = 20;
  std::array<double, kCoefficients> c{};
  Numbers x, v_hw, z_hw, w_hw;
  Numbers gv, gi, gz, gw;  // upstream gradients, empty: none
};

struct Traces {
  Numbers v, i, z, w, grad;
};

Case typical(unsigned flags, double refractory_steps = 0) {
  double const g = 4. / 9.;
  Case one;
  one.flags = flags | (refractory_steps > 0 ? unsigned{kRefractory} : 0U);
  bool const exponential = (flags & kExponential) != 0;
  one.c = {0.25,
           g,
           0.1,
           0.5,
           -0.2,
           1 - 1. / 7.,
           refractory_steps,
           0.1,
           exponential ? g * 0.2 : 0.,
           exponential ? 0.2 : 1.,
           exponential ? 0.45 : 0.,
           (flags & kSubthreshold) != 0 ? 0.5 / 30. : 0.,
           (flags & kSpikeTriggered) != 0 ? 0.2 : 0.,
           1 - 1. / 30.};
  return one;
}

void randomise(Case& one, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  auto const fill = [&](Numbers& target, double rate, double scale) {
    target.resize(one.steps * one.lanes);
    // Values that float holds exactly: both types see the same input.
    for (auto& value : target) {
      value = uniform(engine) < rate ? static_cast<float>(normal(engine) * scale) : 0.;
    }
  };
  fill(one.x, 0.3, 2.);
  fill(one.gv, 1., 1.);
  fill(one.gi, 1., 1.);
  fill(one.gz, 1., 1.);
  fill(one.gw, 1., 1.);
}

Traces reference(Case const& one) {
  std::size_t const size = one.steps * one.lanes;
  Traces out{Numbers(size), Numbers(size), Numbers(size), Numbers(size), Numbers(size)};
  Numbers slope(size), before(size);
  std::vector<bool> masked(size);
  bool const fire = (one.flags & kFire) != 0;
  bool const adaptive = (one.flags & (kSubthreshold | kSpikeTriggered)) != 0;
  bool const exponential = (one.flags & kExponential) != 0;
  auto const& c = one.c;
  for (std::size_t lane = 0; lane < one.lanes; ++lane) {
    double v = c[kStart], i = 0, w = 0, ref = 0;
    for (std::size_t t = 0; t < one.steps; ++t) {
      std::size_t const at = t * one.lanes + lane;
      before[at] = v;
      double drive = i + c[kLeakG] * (c[kLeak] - v);
      if (exponential) drive += c[kExpG] * std::exp((v - c[kExpThreshold]) / c[kExpSlope]);
      if (adaptive) drive -= w;
      i = i * c[kSynDecay] + one.x[at];
      v += c[kDtC] * drive;
      if (!one.v_hw.empty()) v = one.v_hw[at];
      double z = 0;
      if (fire) {
        z = v > c[kThreshold] ? 1 : 0;
        slope[at] = std::pow(one.alpha * std::abs(v - c[kThreshold]) + 1, -2);
        if (!one.z_hw.empty()) z = one.z_hw[at];
      }
      if (adaptive) {
        w = w * c[kAdapDecay] + c[kAdapDrive] * (v - c[kLeak]) + c[kAdapJump] * z;
        if (!one.w_hw.empty()) w = one.w_hw[at];
      }
      if (fire && one.v_hw.empty() && z > 0) v = c[kReset];
      if (fire && (one.flags & kRefractory) != 0) {
        masked[at] = ref > 0;
        if (masked[at] && one.v_hw.empty()) v = c[kReset];
        if (masked[at] && one.z_hw.empty()) z = 0;
        ref = z > 0 ? c[kRefSteps] : std::max(0., ref - 1);
      }
      out.v[at] = v;
      out.i[at] = i;
      out.z[at] = z;
      out.w[at] = w;
    }
    double av = 0, ai = 0, aw = 0;
    for (std::size_t t = one.steps; t-- > 0;) {
      std::size_t const at = t * one.lanes + lane;
      double lv = av + (one.gv.empty() ? 0 : one.gv[at]);
      double const lw = adaptive ? aw + (one.gw.empty() ? 0 : one.gw[at]) : 0;
      if (fire) {
        double lz = one.gz.empty() ? 0 : one.gz[at];
        if (one.v_hw.empty() && out.z[at] > 0) lv = 0;
        if (masked[at]) lv = lz = 0;
        lz += c[kAdapJump] * lw;
        lv += lz * slope[at];
      }
      lv += c[kAdapDrive] * lw;
      double const li = ai + (one.gi.empty() ? 0 : one.gi[at]);
      out.grad[at] = li;
      double pull = -c[kLeakG];
      if (exponential) {
        pull += c[kExpG] / c[kExpSlope] * std::exp((before[at] - c[kExpThreshold]) / c[kExpSlope]);
      }
      ai = li * c[kSynDecay] + lv * c[kDtC];
      av = lv + lv * c[kDtC] * pull;
      aw = lw * c[kAdapDecay] - lv * c[kDtC];
    }
  }
  return out;
}

template <class F>
std::vector<F> cast(Numbers const& from) {
  return {from.begin(), from.end()};
}
template <class F>
F const* pointer(std::vector<F> const& from) {
  return from.empty() ? nullptr : from.data();
}

// The kernels; with `per_lane` the coefficients are given once per lane.
template <class F>
Traces compute(Case const& one, bool per_lane = false, unsigned threads = 1) {
  std::size_t const size = one.steps * one.lanes;
  std::vector<F> x = cast<F>(one.x), v(size), i(size), z(size), w(size), slope(size), grad(size);
  auto const v_hw = cast<F>(one.v_hw), z_hw = cast<F>(one.z_hw), w_hw = cast<F>(one.w_hw);
  auto const gv = cast<F>(one.gv), gi = cast<F>(one.gi), gz = cast<F>(one.gz), gw = cast<F>(one.gw);
  std::vector<F> rows;
  NeuronCall<F> call;
  call.steps = one.steps;
  call.lanes = one.lanes;
  call.flags = one.flags;
  call.alpha = static_cast<F>(one.alpha);
  for (unsigned k = 0; k < kCoefficients; ++k) {
    call.coefficients[k] = static_cast<F>(one.c[k]);
    rows.insert(rows.end(), one.lanes, call.coefficients[k]);
  }
  if (per_lane) call.per_lane = rows.data();
  call.x = x.data();
  call.v_hw = pointer(v_hw);
  call.z_hw = pointer(z_hw);
  call.w_hw = pointer(w_hw);
  call.v = v.data();
  call.i = i.data();
  call.z = z.data();
  call.w = w.data();
  call.slope = slope.data();
  neuron_forward(call, threads);
  call.grad_v = pointer(gv);
  call.grad_i = pointer(gi);
  call.grad_z = pointer(gz);
  call.grad_w = pointer(gw);
  call.grad_x = grad.data();
  neuron_backward(call, threads);
  auto const wide = [](std::vector<F> const& from) { return Numbers(from.begin(), from.end()); };
  return {wide(v), wide(i), wide(z), wide(w), wide(grad)};
}

double difference(Numbers const& got, Numbers const& want) {
  double largest = 0, scale = 0;
  for (std::size_t k = 0; k < want.size(); ++k) {
    largest = std::max(largest, std::abs(got[k] - want[k]));
    scale = std::max(scale, std::abs(want[k]));
  }
  return scale > 0 ? largest / scale : largest;
}

void expect_same(Case const& one, Traces const& got, Traces const& want, double tolerance) {
  EXPECT_EQ(got.z, want.z);
  EXPECT_LE(difference(got.v, want.v), tolerance);
  EXPECT_LE(difference(got.i, want.i), tolerance);
  EXPECT_LE(difference(got.grad, want.grad), tolerance);
  if ((one.flags & (kSubthreshold | kSpikeTriggered)) != 0) {
    EXPECT_LE(difference(got.w, want.w), tolerance);
  }
}

// Every instruction set of the machine.
class Kernels : public testing::TestWithParam<char const*> {
 protected:
  void SetUp() override {
    if (!force_instruction_set(GetParam())) GTEST_SKIP() << "this machine has no " << GetParam();
    EXPECT_STREQ(instruction_set(), GetParam());
  }
  void TearDown() override {
    for (auto const* name : {"x86-64-v4", "x86-64-v3", "x86-64"}) {
      if (force_instruction_set(name)) break;
    }
  }
};

INSTANTIATE_TEST_SUITE_P(InstructionSets, Kernels,
                         testing::Values("x86-64", "x86-64-v3", "x86-64-v4"),
                         [](auto const& chosen) {
                           std::string name = chosen.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(Kernels, EqualTheReferenceForAllTermsAndOddSizes) {
  std::uint64_t seed = 1;
  for (unsigned flags = 0; flags < 32; ++flags) {
    // A neuron whose exponential nothing resets diverges.
    if ((flags & kRefractory) != 0 || (flags & (kExponential | kFire)) == kExponential) continue;
    for (double const refractory : {0., 1., 3.}) {
      if (refractory > 0 && (flags & kFire) == 0) continue;
      for (std::size_t const lanes : {1, 7, 33, 530}) {
        Case one = typical(flags, refractory);
        one.lanes = lanes;
        randomise(one, ++seed);
        Traces const want = reference(one);
        SCOPED_TRACE("flags " + std::to_string(flags) + " refractory " +
                     std::to_string(refractory) + " lanes " + std::to_string(lanes));
        expect_same(one, compute<double>(one), want, 1e-12);
        expect_same(one, compute<double>(one, true), want, 1e-12);
      }
    }
  }
}

TEST_P(Kernels, SingleEqualsTheReference) {
  for (double const refractory : {0., 1.}) {
    Case one = typical(kFire, refractory);
    one.lanes = 100;
    randomise(one, 5);
    expect_same(one, compute<float>(one), reference(one), 1e-5);
  }
}

TEST_P(Kernels, MeasuredValuesReplaceComputedOnes) {
  for (unsigned which = 1; which < 8; ++which) {
    for (double const refractory : {0., 2.}) {
      Case one = typical(kFire | kSubthreshold | kSpikeTriggered, refractory);
      one.lanes = 19;
      randomise(one, which);
      if ((which & 1) != 0) one.v_hw = one.gv;
      if ((which & 2) != 0) {
        for (double const value : one.gi) one.z_hw.push_back(value > 1 ? 1 : 0);
      }
      if ((which & 4) != 0) one.w_hw = one.gw;
      Traces const got = compute<double>(one);
      expect_same(one, got, reference(one), 1e-12);
      if ((which & 1) != 0) {
        EXPECT_EQ(got.v, one.v_hw);
      }
      if ((which & 2) != 0) {
        EXPECT_EQ(got.z, one.z_hw);
      }
      if ((which & 4) != 0) {
        EXPECT_EQ(got.w, one.w_hw);
      }
    }
  }
}

TEST_P(Kernels, MissingGradientsCountAsZero) {
  for (unsigned given = 0; given < 8; ++given) {
    Case one = typical(kFire, 1.);
    one.lanes = 21;
    randomise(one, 3);
    one.gw.clear();
    if ((given & 1) == 0) one.gv.clear();
    if ((given & 2) == 0) one.gi.clear();
    if ((given & 4) == 0) one.gz.clear();
    expect_same(one, compute<double>(one), reference(one), 1e-12);
  }
}

TEST_P(Kernels, ThreadsDoNotChangeResults) {
  Case one = typical(kFire, 1.);
  one.steps = 60;
  one.lanes = 80'000;
  randomise(one, 9);
  Traces const alone = compute<float>(one);
  for (unsigned const threads : {2U, 5U}) {
    Traces const shared = compute<float>(one, false, threads);
    EXPECT_EQ(alone.v, shared.v);
    EXPECT_EQ(alone.z, shared.z);
    EXPECT_EQ(alone.grad, shared.grad);
  }
}

Numbers flat(nlohmann::json const& list) {
  Numbers result;
  if (!list.is_array()) return {list.get<double>()};
  for (auto const& entry : list) {
    auto const part = flat(entry);
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

TEST_P(Kernels, EqualTheVectors) {
  for (auto const* name :
       {"neuron_lif", "neuron_li", "neuron_not_leaky", "neuron_lif_refractory_1us",
        "neuron_aelif_subthreshold", "neuron_aelif_spike_triggered", "neuron_aelif_full",
        "neuron_lif_hw_voltage", "neuron_lif_hw_spikes"}) {
    SCOPED_TRACE(name);
    std::ifstream file(std::string("tests/vectors/hxtorch/") + name + ".json");
    ASSERT_TRUE(file);
    auto const data = nlohmann::json::parse(file);
    auto const& p = data["params"];
    auto const& f = data["flags"];
    auto const number = [&](char const* key) { return p[key].get<double>(); };
    auto const flag = [&](char const* key) { return f[key].get<bool>(); };
    double const dt = data["dt"];
    double const g = number("c_mem") / number("tau_mem");
    bool const fire = flag("fire"), exponential = flag("exponential");
    Case one;
    one.alpha = number("alpha");
    one.flags = (fire ? unsigned{kFire} : 0U) |
                (fire && number("refractory_time") > 0 ? unsigned{kRefractory} : 0U) |
                (exponential ? unsigned{kExponential} : 0U) |
                (flag("subthreshold") ? unsigned{kSubthreshold} : 0U) |
                (flag("spike_triggered") ? unsigned{kSpikeTriggered} : 0U);
    one.c = {dt / number("c_mem"),
             flag("leaky") ? g : 0.,
             number("leak"),
             number("threshold"),
             number("reset"),
             1 - dt / number("tau_syn"),
             std::round(number("refractory_time") / dt),
             flag("leaky") || flag("subthreshold") ? number("leak") : 0.,
             exponential ? g * number("exp_slope") : 0.,
             number("exp_slope"),
             number("exp_threshold"),
             flag("subthreshold") ? dt / number("tau_adap") * number("a") : 0.,
             flag("spike_triggered") ? number("b") : 0.,
             1 - dt / number("tau_adap")};
    one.x = flat(data["inputs"]["graded_spikes"]);
    if (data["hw"].contains("voltage")) one.v_hw = flat(data["hw"]["voltage"]);
    if (data["hw"].contains("spikes")) one.z_hw = flat(data["hw"]["spikes"]);
    one.gv = flat(data["upstream"]["membrane"]);
    if (fire) one.gz = flat(data["upstream"]["spikes"]);
    Traces want;
    want.v = flat(data["outputs"]["membrane"]);
    want.i = flat(data["outputs"]["current"]);
    want.w = flat(data["outputs"]["adaptation"]);
    want.z = flat(data["outputs"]["spikes"]);
    want.grad = flat(data["grad_input"]);
    expect_same(one, compute<double>(one), want, 1e-12);
  }
}

template <class F>
void check_product(std::size_t rows, std::size_t inputs, std::size_t outputs, double rate,
                   unsigned threads, double tolerance) {
  SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(inputs) + " -> " +
               std::to_string(outputs) + " rate " + std::to_string(rate));
  std::mt19937_64 engine(rows * 7 + inputs * 3 + outputs);
  std::normal_distribution<F> normal;
  std::uniform_real_distribution<double> uniform;
  std::vector<F> x(rows * inputs), weight(inputs * outputs), g(rows * outputs);
  for (auto& value : x) value = uniform(engine) < rate ? normal(engine) : F(0);
  for (auto& value : weight) value = normal(engine);
  for (auto& value : g) value = normal(engine);
  std::vector<F> y(rows * outputs + 1, F(77)), grad(inputs * outputs + 1, F(77));
  ProductCall<F> call{rows, inputs, outputs, x.data(), weight.data(), 1, inputs, y.data()};
  product(call, threads);
  weight_gradient(g.data(), x.data(), grad.data(), rows, outputs, inputs, threads);
  EXPECT_EQ(y.back(), F(77));  // nothing behind the end is touched
  EXPECT_EQ(grad.back(), F(77));
  Numbers want_y(rows * outputs), want_grad(inputs * outputs);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t n = 0; n < outputs; ++n) {
      for (std::size_t k = 0; k < inputs; ++k) {
        want_y[r * outputs + n] += double{x[r * inputs + k]} * double{weight[n * inputs + k]};
        want_grad[n * inputs + k] += double{g[r * outputs + n]} * double{x[r * inputs + k]};
      }
    }
  }
  y.pop_back();
  grad.pop_back();
  EXPECT_LE(difference(Numbers(y.begin(), y.end()), want_y), tolerance);
  EXPECT_LE(difference(Numbers(grad.begin(), grad.end()), want_grad), tolerance);
}

TEST_P(Kernels, ProductsEqualTheReferenceForAllWidths) {
  for (std::size_t const inputs : {1, 5, 16, 37, 130}) {
    for (std::size_t outputs = 1; outputs < 150; outputs += outputs < 20 ? 1 : 13) {
      for (double const rate : {0.05, 0.4, 1.}) {
        check_product<float>(9, inputs, outputs, rate, 1, 1e-5);
        check_product<double>(9, inputs, outputs, rate, 1, 1e-13);
      }
    }
  }
  check_product<float>(3000, 120, 3, 0.03, 1, 1e-5);
  check_product<double>(60'000, 70, 33, 0.1, 3, 1e-12);
  check_product<double>(4, 0, 3, 1., 1, 1e-12);
}

TEST_P(Kernels, EventPropEqualsTheVector) {
  std::ifstream file("tests/vectors/hxtorch/eventprop_neuron.json");
  ASSERT_TRUE(file);
  auto const data = nlohmann::json::parse(file);
  auto const& p = data["params"];
  double const dt = data["dt"], tau_syn = p["tau_syn"], tau_mem = p["tau_mem"];
  Numbers const x = flat(data["inputs"]["graded_spikes"]), up = flat(data["upstream"]["spikes"]);
  std::size_t const size = x.size();
  Numbers z(size), v(size), i(size), grad(2 * size), rows;
  EventPropCall<double> call;
  call.steps = data["inputs"]["graded_spikes"].size();
  call.lanes = size / call.steps;
  call.coefficients = {p["leak"],    p["reset"],   p["threshold"],   1 - dt / tau_syn,
                       dt / tau_syn, dt / tau_mem, 1 - dt / tau_mem, tau_syn};
  for (double const value : call.coefficients) rows.insert(rows.end(), call.lanes, value);
  for (bool const per_lane : {false, true}) {
    call.per_lane = per_lane ? rows.data() : nullptr;
    call.x = x.data();
    call.z = z.data();
    call.v = v.data();
    call.i = i.data();
    eventprop_forward(call, 1);
    EXPECT_EQ(z, flat(data["outputs"]["spikes"]));
    EXPECT_LE(difference(v, flat(data["outputs"]["membrane"])), 1e-12);
    EXPECT_LE(difference(i, flat(data["outputs"]["current"])), 1e-12);
    call.grad_z = up.data();
    call.grad_x = grad.data();
    eventprop_backward(call, 1);
    EXPECT_LE(difference(grad, flat(data["grad_input"])), 1e-12);
  }
}

TEST(InstructionSet, UnknownNamesAreRefused) {
  std::string const before = instruction_set();
  EXPECT_FALSE(force_instruction_set("z80"));
  EXPECT_EQ(instruction_set(), before);
}

TEST(Buffers, MemoryComesBackAndTheLimitHolds) {
  set_keep_limit(std::size_t{1} << 20);
  void* const first = take_buffer(100'000);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first) % 64, 0U);
  return_buffer(first);
  EXPECT_GE(kept_bytes(), 100'000U);
  EXPECT_EQ(take_buffer(99'999), first);
  return_buffer(first);
  return_buffer(take_buffer(std::size_t{4} << 20));
  EXPECT_LE(kept_bytes(), std::size_t{1} << 20);
  set_keep_limit(0);
  EXPECT_EQ(kept_bytes(), 0U);
  set_keep_limit(std::size_t{256} << 20);
  return_buffer(nullptr);
}

}  // namespace
}  // namespace hx::kernels
