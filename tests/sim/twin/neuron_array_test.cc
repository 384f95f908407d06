// The neuron array of the functional model beside the RTL (simulation form) and the plain reference on random inputs: every output in
// every clock, every state as soon as it is visible.
#include "sim/twin/neuron_array.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "Vneuron_sim.h"
#include "tests/fpga_model/neuron/array_harness.h"
#include "tests/sim/twin/neuron_stimulus.h"
#include "tests/sim/twin/twin_neurons.h"

namespace hx::test {
namespace {

/// HX_SEED repeats a failure.
std::uint32_t seed() {
  char const* text = std::getenv("HX_SEED");
  return text ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 0)) : 20240601u;
}

std::string show(State const& s) {
  std::ostringstream out;
  out << "V " << s.v << " exc " << s.exc << " inh " << s.inh << " rem " << s.rem << " w " << s.w
      << " dV " << s.dv;
  return out.str();
}

void expect_equal(Outputs const& got, Outputs const& want, std::string const& where) {
  ASSERT_EQ(got.any, want.any) << where;
  ASSERT_EQ(got.spikes, want.spikes) << where;
  if (want.any) {
    ASSERT_EQ(got.slot, want.slot) << where;
  }
  ASSERT_EQ(got.codes, want.codes) << where;
}

/// Calls compare(clock, inputs) for each clock of a random run that starts with a configuration; compare runs the models.
template <class Compare>
void drive(NeuronStimulus& stimulus, int clocks, Compare const& compare) {
  Inputs reset;
  reset.rst_n = false;
  reset.run = false;
  for (int k = 0; k < 20; ++k) compare(-1, reset);
  for (int c = 0; c < 512; ++c) {
    if (!stimulus.drives(c)) continue;
    Inputs in;
    in.run = false;
    in.scale_fast = 0x11;
    in.coef_circuit = c;
    in.coef = stimulus.coefficients();
    in.ncfg = {{c, 6, stimulus.switches(6)}};
    in.nbe = {{c, 1, stimulus.backend(1)}};
    compare(-1, in);
  }
  for (int n = 0; n < clocks && !::testing::Test::HasFatalFailure(); ++n)
    compare(n, stimulus.next());
}

/// The slot that was executed 12 clocks ago, or -1.
class Executed {
 public:
  int next(Inputs const& in) {
    count_ = in.run ? count_ + 1 : 0;
    return count_ >= 13 ? (in.slot + 4) % kSlots : -1;
  }

 private:
  int count_ = 0;
};

void run_with_rtl(sim::StepCode const& code, StimulusOptions options, int clocks) {
  options.seed += seed();
  SCOPED_TRACE("HX_SEED=" + std::to_string(seed()));
  NeuronStimulus stimulus(options);
  Array<Vneuron_sim> rtl(256);
  TwinNeurons twin(256, code);
  Executed executed;
  std::int64_t refractory = 0, spikes = 0, codes = 0;
  drive(stimulus, clocks, [&](int n, Inputs const& in) {
    Outputs const want = rtl.clock(in);
    Outputs const got = twin.clock(in);
    expect_equal(got, want, "clock " + std::to_string(n));
    ASSERT_EQ(got.madc, want.madc) << "clock " << n;
    spikes += want.any;
    for (int value : want.codes) codes += value != 0;
    int const slot = executed.next(in);
    // Not in every clock: looking brings the model up to date.
    if (slot < 0 || n % 64 > 20) return;
    rtl.probe(slot);
    twin.probe(slot);
    for (int l = 0; l < twin.lanes(); ++l) {
      State const s = rtl.state(l);
      refractory += s.rem > 0;
      ASSERT_EQ(twin.state(l), s) << "clock " << n << " slot " << slot << " lane " << l << ": "
                                  << show(twin.state(l)) << "; RTL " << show(s);
    }
  });
  EXPECT_GT(refractory, options.quiet ? 100 : clocks / 100) << "the stimulus tests little";
  EXPECT_GT(spikes, options.quiet ? 30 : clocks / 100);
  EXPECT_GT(codes, 300);
}

/// Everything, beside the plain reference.
void run_with_reference(sim::StepCode const& code, StimulusOptions options, int clocks) {
  options.seed += seed();
  SCOPED_TRACE("HX_SEED=" + std::to_string(seed()));
  NeuronStimulus stimulus(options);
  ReferenceArray reference(256);
  TwinNeurons twin(256, code);
  Executed executed;
  std::int64_t spikes = 0, adapted = 0, samples = 0;
  drive(stimulus, clocks, [&](int n, Inputs const& in) {
    Outputs const want = reference.clock(in);
    Outputs const got = twin.clock(in);
    expect_equal(got, want, "clock " + std::to_string(n));
    ASSERT_EQ(got.madc, want.madc) << "clock " << n;
    spikes += want.any;
    for (int value : want.madc) samples += value != 0;
    int const slot = executed.next(in);
    if (slot < 0 || n % 64 > 20) return;
    twin.probe(slot);
    for (int l = 0; l < twin.lanes(); ++l) {
      State const& s = reference.state(slot, l);
      adapted += s.w != 0;
      ASSERT_EQ(twin.state(l), s) << "clock " << n << " slot " << slot << " lane " << l << ": "
                                  << show(twin.state(l)) << "; reference " << show(s);
    }
  });
  EXPECT_GT(spikes, clocks / 100);
  if (options.complete) {
    EXPECT_GT(adapted, clocks / 10);
    EXPECT_GT(samples, clocks / 100);
  }
}

/// The code for every kind of computer that this one can run.
class TwinNeuronArray : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (GetParam() == 4 && !sim::has_step_code_v4()) GTEST_SKIP() << "no AVX-512 here";
  }
  static sim::StepCode code() {
    return GetParam() == 4 ? sim::step_code_v4() : sim::step_code_v3();
  }
};

TEST_P(TwinNeuronArray, AgreesWithTheRtlInEveryClock) {
  run_with_rtl(code(), {}, 60000);
}

TEST_P(TwinNeuronArray, SleepingGroupsChangeNothing) {
  run_with_rtl(code(), {.quiet = true}, 300000);
}

TEST_P(TwinNeuronArray, CoefficientsOfSlowNeuronsTakeTheShortProducts) {
  run_with_rtl(code(), {.tame = true}, 60000);
}

TEST_P(TwinNeuronArray, CompleteNeuronsAgreeWithTheRtlInEveryClock) {
  run_with_rtl(code(), {.complete = true}, 20000);
  run_with_rtl(code(), {.complete = true, .tame = true}, 20000);
  run_with_rtl(code(), {.complete = true, .quiet = true}, 60000);
}

TEST_P(TwinNeuronArray, CompleteNeuronsAgreeWithTheReferenceInEveryClock) {
  run_with_reference(code(), {.complete = true}, 30000);
  run_with_reference(code(), {.complete = true, .tame = true}, 30000);
}

TEST_P(TwinNeuronArray, FewCompleteNeuronsLetTheOthersSleep) {
  run_with_reference(code(), {.complete = true, .quiet = true}, 60000);
}

INSTANTIATE_TEST_SUITE_P(Computers, TwinNeuronArray, ::testing::Values(3, 4));

}  // namespace
}  // namespace hx::test
