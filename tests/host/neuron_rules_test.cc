// What the host thinks that registers mean against the reference of the neuron array.

#include <gtest/gtest.h>

#include <random>

#include "host/calibration/coefficients.h"
#include "host/lowering/lower.h"
#include "tests/fpga_model/neuron/neuron_reference.h"

namespace hx::host {
namespace {

test::Registers as_reference(CircuitRegisters const& r) {
  test::Registers to;
  to.cap = r.capacitance;
  to.i_leak = r.i_bias_leak;
  to.leak_mul = r.leak_multiplication;
  to.leak_div = r.leak_division;
  to.i_tau_exc = r.i_bias_tau_exc;
  to.i_tau_inh = r.i_bias_tau_inh;
  to.high_res_exc = r.high_resistance_exc;
  to.high_res_inh = r.high_resistance_inh;
  to.small_cap_exc = r.small_capacitance_exc;
  to.small_cap_inh = r.small_capacitance_inh;
  to.dac = r.synapse_dac_bias;
  to.gm_exc = r.i_bias_gm_exc;
  to.gm_inh = r.i_bias_gm_inh;
  to.en_exc = r.input_exc;
  to.en_inh = r.input_inh;
  to.v_leak = r.v_leak;
  to.v_reset = r.v_reset;
  to.v_th = r.v_threshold;
  to.i_off = r.i_mem_offset;
  to.en_off = r.membrane_offset;
  to.inv_off = r.invert_offset;
  to.coba_exc = r.coba_exc;
  to.coba_inh = r.coba_inh;
  to.i_coba_exc = r.i_bias_coba_exc;
  to.i_coba_inh = r.i_bias_coba_inh;
  to.rev_exc = r.e_rev_exc;
  to.rev_inh = r.e_rev_inh;
  to.adapt = r.adaptation;
  to.inv_a = r.invert_a;
  to.inv_b = r.invert_b;
  to.i_tau_w = r.i_bias_adapt_tau;
  to.i_a = r.i_bias_adapt_a;
  to.i_b = r.i_bias_adapt_b;
  to.v_adapt_leak = r.v_adapt_leak;
  to.exponential = r.exponential;
  to.i_exp = r.i_bias_exp;
  to.v_exp = r.v_exp;
  return to;
}

void expect_equal(Coefficients const& got, test::Coefficients const& wanted) {
  auto const i32 = [](std::uint32_t x) { return static_cast<std::int32_t>(x); };
  EXPECT_EQ(i32(got.d_mem), wanted.d_mem);
  EXPECT_EQ(i32(got.d_exc), wanted.d_exc);
  EXPECT_EQ(i32(got.d_inh), wanted.d_inh);
  EXPECT_EQ(i32(got.c_exc), wanted.c_exc);
  EXPECT_EQ(i32(got.c_inh), wanted.c_inh);
  EXPECT_EQ(got.e_leak, wanted.e);
  EXPECT_EQ(got.v_threshold, wanted.v_th);
  EXPECT_EQ(got.v_reset, wanted.v_reset);
  EXPECT_EQ(got.v_off, wanted.v_off);
  EXPECT_EQ(i32(got.k_exc), wanted.k_exc);
  EXPECT_EQ(i32(got.k_inh), wanted.k_inh);
  EXPECT_EQ(got.e_exc, wanted.e_exc);
  EXPECT_EQ(got.e_inh, wanted.e_inh);
  EXPECT_EQ(i32(got.d_adapt), wanted.d_w);
  EXPECT_EQ(i32(got.c_adapt), wanted.c_w);
  EXPECT_EQ(i32(got.c_exp), wanted.c_e);
  EXPECT_EQ(got.e_adapt, wanted.e_adapt);
  EXPECT_EQ(got.v_exp, wanted.v_exp);
  EXPECT_EQ(got.a, wanted.a);
  EXPECT_EQ(got.b, wanted.b);
}

TEST(NeuronRules, CoefficientsOfRandomRegistersAreThoseOfTheReference) {
  std::mt19937 random(7);
  auto const code = [&] { return static_cast<std::uint16_t>(random() % 1023); };
  auto const flag = [&] { return random() % 2 == 0; };
  for (int round = 0; round < 2000 && !HasFailure(); ++round) {
    SCOPED_TRACE(round);
    CircuitRegisters r;
    for (std::uint16_t* value :
         {&r.v_leak,           &r.v_reset,         &r.v_threshold,   &r.i_bias_leak,
          &r.i_bias_tau_exc,   &r.i_bias_tau_inh,  &r.i_bias_gm_exc, &r.i_bias_gm_inh,
          &r.synapse_dac_bias, &r.i_mem_offset,    &r.e_rev_exc,     &r.e_rev_inh,
          &r.i_bias_coba_exc,  &r.i_bias_coba_inh, &r.v_adapt_leak,  &r.i_bias_adapt_tau,
          &r.i_bias_adapt_a,   &r.i_bias_adapt_b,  &r.v_exp,         &r.i_bias_exp}) {
      *value = code();
    }
    for (bool* value :
         {&r.leak_multiplication, &r.leak_division, &r.high_resistance_exc, &r.high_resistance_inh,
          &r.small_capacitance_exc, &r.small_capacitance_inh, &r.input_exc, &r.input_inh,
          &r.membrane_offset, &r.invert_offset, &r.coba_exc, &r.coba_inh, &r.adaptation,
          &r.invert_a, &r.invert_b, &r.exponential}) {
      *value = flag();
    }
    r.capacitance = static_cast<std::uint8_t>(random() % 64);
    expect_equal(coefficients(r), test::derive(as_reference(r)));
  }
}

/// Registers of a circuit as the chip image has them.
test::Registers from_image(reg::Chip const& chip, AtomicNeuron neuron) {
  auto const c = chip.get<reg::NeuronConfig>(reg::NeuronConfigOnDLS(neuron));
  auto const cell = [&](reg::NeuronCell which) {
    return int{chip.cell(reg::cell(which, neuron)).value};
  };
  test::Registers r;
  r.cap = c.membrane_capacitor_size;
  r.i_leak = cell(reg::NeuronCell::kIBiasLeak);
  r.leak_mul = c.enable_leak_multiplication;
  r.leak_div = c.enable_leak_division;
  r.i_tau_exc = cell(reg::NeuronCell::kIBiasSyninExcTau);
  r.i_tau_inh = cell(reg::NeuronCell::kIBiasSyninInhTau);
  r.gm_exc = cell(reg::NeuronCell::kIBiasSyninExcGm);
  r.gm_inh = cell(reg::NeuronCell::kIBiasSyninInhGm);
  r.dac = chip.cell(reg::cell(reg::QuadrantCell::kSynIBiasDac, quadrant(neuron))).value;
  r.en_exc = c.enable_synaptic_input_excitatory;
  r.en_inh = c.enable_synaptic_input_inhibitory;
  r.v_leak = cell(reg::NeuronCell::kVLeak);
  r.v_reset = cell(reg::NeuronCell::kVReset);
  r.v_th = cell(reg::NeuronCell::kVThreshold);
  r.coba_exc = c.enable_synaptic_input_excitatory_coba_mode;
  r.i_coba_exc = cell(reg::NeuronCell::kIBiasSyninExcCoba);
  r.rev_exc = cell(reg::NeuronCell::kESyninExcRev);
  r.fire = c.enable_fire;
  r.threshold = c.enable_threshold_comparator;
  r.right = c.connect_membrane_right;
  r.bottom = c.connect_bottom;
  r.soma = c.connect_soma;
  return r;
}

/// Neurons that are "the same" but for their circuits, as the chip derives them.
class MergedRules : public testing::TestWithParam<std::tuple<std::uint32_t, CircuitLayout, bool>> {
};

TEST_P(MergedRules, CompartmentHasTheCoefficientsOfOneCircuit) {
  auto const [circuits, layout, fires] = GetParam();
  RunRequest request{.network = {}, .runtime_steps = 10};
  NeuronParameters parameters;
  parameters.leak = 83.;
  parameters.tau_mem = 17e-6;
  parameters.conductance_exc = Conductance{.reversal = 180., .reference = std::nullopt};
  for (std::uint32_t n : {circuits, 1u}) {
    request.network.populations.push_back(
        {.name = "n" + std::to_string(n),
         .kind = fires ? PopulationKind::kLif : PopulationKind::kLi,
         .size = 2,
         .neuron = parameters,
         .circuits = n,
         .layout = layout});
  }
  auto const lowered = lower(request);
  ASSERT_TRUE(lowered) << lowered.error();
  Placed const& placed = lowered->placed;
  std::vector<test::Registers> registers;
  for (AtomicNeuron neuron : AtomicNeuron::all()) {
    registers.push_back(from_image(placed.chip, neuron));
  }
  auto const roles = test::network(registers);
  auto const derived = [&](std::uint32_t circuit) {
    return test::derive(registers[circuit], static_cast<int>(circuit), roles[circuit]);
  };
  test::Coefficients const single = derived(placed.circuits[1][0].value());
  EXPECT_FALSE(single.node || single.member);
  for (AtomicNeuron first : placed.circuits[0]) {
    test::Coefficients whole = derived(first.value());
    EXPECT_TRUE(whole.node);
    EXPECT_FALSE(whole.member);
    whole.node = false;
    whole.rep = single.rep;
    EXPECT_EQ(whole, single);
    for (std::uint32_t i = 1; i < circuits; ++i) {
      std::uint32_t const circuit = circuit_of(request.network.populations[0], first, i).value();
      test::Coefficients const member = derived(circuit);
      EXPECT_TRUE(member.member) << circuit;
      EXPECT_EQ(member.rep, static_cast<int>(first.value()));
      EXPECT_EQ(member.c_exc, single.c_exc);
      EXPECT_EQ(member.c_inh, single.c_inh);
      EXPECT_EQ(member.d_exc, single.d_exc);
      EXPECT_EQ(member.k_exc, single.k_exc);
      EXPECT_EQ(member.v_off, 0);
    }
  }
  int merged = 0;
  for (auto const& role : roles) merged += role.merged ? 1 : 0;
  EXPECT_EQ(merged, static_cast<int>(2 * circuits)) << "nobody else is joined";
}

INSTANTIATE_TEST_SUITE_P(Each, MergedRules,
                         testing::Combine(testing::Values(2u, 3u, 8u, 61u, 125u),
                                          testing::Values(CircuitLayout::kColumns,
                                                          CircuitLayout::kRow),
                                          testing::Bool()));

}  // namespace
}  // namespace hx::host
