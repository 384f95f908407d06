#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/calibration/coefficients.h"
#include "host/calibration/nominal.h"
#include "host/calibration/plasticity.h"

namespace hx::host {
namespace {

// ---- Forward model ----------------------------------------------------------------------------

CircuitRegisters registers_from(nlohmann::json const& p) {
  CircuitRegisters r;
  r.v_leak = p["v_leak"];
  r.v_reset = p["v_reset"];
  r.v_threshold = p["v_th"];
  r.i_bias_leak = p["i_leak"];
  r.leak_multiplication = p["leak_mul"] == 1;
  r.leak_division = p["leak_div"] == 1;
  r.i_bias_tau_exc = p["i_tau_e"];
  r.i_bias_tau_inh = p["i_tau_i"];
  r.high_resistance_exc = p["hr_e"] == 1;
  r.high_resistance_inh = p["hr_i"] == 1;
  r.small_capacitance_exc = p["sc_e"] == 1;
  r.small_capacitance_inh = p["sc_i"] == 1;
  r.i_bias_gm_exc = p["gm_e"];
  r.i_bias_gm_inh = p["gm_i"];
  r.synapse_dac_bias = p["dac"];
  r.input_exc = p["en_e"] == 1;
  r.input_inh = p["en_i"] == 1;
  r.capacitance = p["cap"];
  r.i_mem_offset = p["i_off"];
  r.membrane_offset = p["en_off"] == 1;
  r.invert_offset = p["inv_off"] == 1;
  return r;
}

TEST(Coefficients, AgreeBitForBitWithTheReference) {
  std::ifstream file("tests/vectors/neuron_steps.json");
  ASSERT_TRUE(file.good());
  auto const json = nlohmann::json::parse(file);
  int count = 0;
  for (char const* list : {"derived_only", "cases"}) {
    for (auto const& entry : json[list]) {
      Coefficients const c = coefficients(registers_from(entry["parameters"]));
      auto const& d = entry["derived"];
      EXPECT_EQ(c.y_mem, d["ym"]) << entry["parameters"];
      EXPECT_EQ(c.y_exc, d["ye"]) << entry["parameters"];
      EXPECT_EQ(c.y_inh, d["yi"]) << entry["parameters"];
      EXPECT_EQ(c.d_mem, d["dm"]) << entry["parameters"];
      EXPECT_EQ(c.d_exc, d["de"]) << entry["parameters"];
      EXPECT_EQ(c.d_inh, d["di"]) << entry["parameters"];
      EXPECT_EQ(c.c_exc, d["ce"]) << entry["parameters"];
      EXPECT_EQ(c.c_inh, d["ci"]) << entry["parameters"];
      EXPECT_EQ(c.e_leak, d["E"]) << entry["parameters"];
      EXPECT_EQ(c.v_reset, d["Vr"]) << entry["parameters"];
      EXPECT_EQ(c.v_threshold, d["Vth"]) << entry["parameters"];
      EXPECT_EQ(c.v_off, d["off"]) << entry["parameters"];
      ++count;
    }
  }
  EXPECT_EQ(count, 31);
}

TEST(Coefficients, MeanWhatTheySay) {
  EXPECT_NEAR(potential(214), 80, 0.05);
  EXPECT_NEAR(potential(550), 220, 0.05);
  EXPECT_TRUE(std::isinf(time_constant(0)));
  CircuitRegisters r{.i_bias_leak = 128, .i_bias_gm_exc = 500, .synapse_dac_bias = 600};
  r.capacitance = 63;
  Coefficients const c = coefficients(r);
  EXPECT_NEAR(time_constant(c.y_mem), 10e-6, 0.01e-6);
  EXPECT_NEAR(synaptic_gain(c.c_exc, c.y_mem), 0.1e6, 0.0003e6);
}

// ---- Nominal calibration ----------------------------------------------------------------------

Network one_population(NeuronParameters parameters, std::uint32_t size = 1,
                       PopulationKind kind = PopulationKind::kLif) {
  Network network;
  network.populations.push_back(
      {.name = "hid", .kind = kind, .size = size, .neuron = std::move(parameters)});
  return network;
}

Circuits first_fit(Network const& network) {
  Circuits circuits;
  std::uint32_t next = 0;
  for (Population const& population : network.populations) {
    circuits.emplace_back();
    if (!population.is_neuron()) continue;
    for (std::uint32_t n = 0; n < population.size; ++n) {
      circuits.back().push_back(AtomicNeuron(next++));
    }
  }
  return circuits;
}

Calibration calibrated(Network const& network) {
  auto calibration = calibrate(network, first_fit(network));
  EXPECT_TRUE(calibration.has_value());
  return std::move(*calibration);
}

TEST(Nominal, DefaultsAreTheExampleOfTheRules) {
  Calibration const calibration = calibrated(one_population({}));
  CircuitCalibration const& c = calibration.populations[0][0];
  EXPECT_EQ(c.registers.v_leak, 214);
  EXPECT_EQ(c.registers.v_reset, 214);
  EXPECT_EQ(c.registers.v_threshold, 322);
  EXPECT_EQ(c.registers.i_bias_leak, 128);
  EXPECT_FALSE(c.registers.leak_division || c.registers.leak_multiplication);
  EXPECT_EQ(c.registers.i_bias_tau_exc, 128);
  EXPECT_EQ(c.registers.capacitance, 63);
  EXPECT_EQ(c.registers.i_bias_gm_inh, 500);
  EXPECT_EQ(calibration.synapse_dac_bias[0], 600);
  EXPECT_FALSE(calibration.synapse_dac_bias[1]);
  // 1 us: scale 2, code 32, hold-off 15.
  EXPECT_EQ(calibration.clocks[0], (BackendClocks{2, 2}));
  EXPECT_EQ(calibration.clocks[1], (BackendClocks{0, 0}));
  EXPECT_EQ(c.refractory_time, 32);
  EXPECT_EQ(c.reset_holdoff, 15);
  EXPECT_TRUE(c.fires);
  EXPECT_TRUE(calibration.warnings.empty()) << calibration.warnings.front();
}

TEST(Nominal, LeakUsesDivisionPlainThenMultiplication) {
  auto const leak = [](double tau, double capacitance = 63) {
    NeuronParameters p;
    p.tau_mem = tau;
    p.membrane_capacitance = capacitance;
    return calibrated(one_population(p)).populations[0][0].registers;
  };
  auto r = leak(20e-6);  // 8x = 512
  EXPECT_TRUE(r.leak_division);
  EXPECT_EQ(r.i_bias_leak, 512);
  r = leak(5e-6);  // x = 256
  EXPECT_FALSE(r.leak_division || r.leak_multiplication);
  EXPECT_EQ(r.i_bias_leak, 256);
  r = leak(1e-6);  // x = 1280, x/8 = 160
  EXPECT_TRUE(r.leak_multiplication);
  EXPECT_EQ(r.i_bias_leak, 160);
  r = leak(10e-6, 21);  // 8x = 341
  EXPECT_TRUE(r.leak_division);
  EXPECT_EQ(r.i_bias_leak, 341);
}

TEST(Nominal, SynapticTimesUseThreeRanges) {
  NeuronParameters p;
  p.tau_syn_exc = std::vector<double>{20e-6, 20.1e-6, 1e-6};
  p.tau_syn_inh = 60e-6;
  Calibration const calibration = calibrated(one_population(p, 3));
  auto const at = [&](std::size_t n) { return calibration.populations[0][n].registers; };
  EXPECT_EQ(at(0).i_bias_tau_exc, 64);
  EXPECT_FALSE(at(0).high_resistance_exc);
  EXPECT_EQ(at(1).i_bias_tau_exc, 255);
  EXPECT_TRUE(at(1).high_resistance_exc);
  EXPECT_EQ(at(2).i_bias_tau_exc, 160);
  EXPECT_TRUE(at(2).small_capacitance_exc);
  EXPECT_EQ(at(2).i_bias_tau_inh, 85);
  EXPECT_TRUE(at(2).high_resistance_inh);
  EXPECT_TRUE(calibration.warnings.empty());
}

TEST(Nominal, ReachesTypicalTimesWithinTheirResolution) {
  for (double tau : {5e-6, 6e-6, 10e-6, 20e-6, 60e-6}) {
    NeuronParameters p;
    p.tau_mem = tau;
    p.tau_syn_exc = tau;
    Coefficients const c = coefficients(calibrated(one_population(p)).populations[0][0].registers);
    EXPECT_NEAR(time_constant(c.y_mem) / tau, 1, 0.002) << tau;
    EXPECT_NEAR(time_constant(c.y_exc) / tau, 1, 0.008) << tau;
  }
}

TEST(Nominal, IntegratorsHaveNoLeakAndReadoutsResetToTheLeak) {
  NeuronParameters p;
  p.leaky = false;
  EXPECT_EQ(calibrated(one_population(p)).populations[0][0].registers.i_bias_leak, 0);
  NeuronParameters li;
  li.leak = 100.;
  auto const c = calibrated(one_population(li, 1, PopulationKind::kLi)).populations[0][0];
  EXPECT_EQ(c.registers.v_reset, 262);
  EXPECT_FALSE(c.fires);
  EXPECT_EQ(c.refractory_time, 0);
}

TEST(Nominal, MaskedNeuronsDoNotFire) {
  Network network = one_population({}, 2);
  network.populations[0].mask = {1, 0};
  Calibration const calibration = calibrated(network);
  EXPECT_TRUE(calibration.populations[0][0].fires);
  EXPECT_FALSE(calibration.populations[0][1].fires);
}

TEST(Nominal, TwoRefractoryClassesShareTheTwoClocks) {
  NeuronParameters p;
  p.refractory_time = std::vector<double>{0.5e-6, 10e-6, 0, 100e-6};
  Calibration const calibration = calibrated(one_population(p, 4));
  // 0.5 us has 62.5 ticks of 125 MHz, 31.25 of 62.5 MHz; 100 us 48.8 ticks of 488 kHz.
  EXPECT_EQ(calibration.clocks[0], (BackendClocks{.slow = 8, .fast = 1}));
  auto const& c = calibration.populations[0];
  EXPECT_TRUE(c[0].fast_clock);
  EXPECT_EQ(c[0].refractory_time, 32);
  EXPECT_FALSE(c[1].fast_clock) << "626 ticks of the fast clock do not fit";
  EXPECT_EQ(c[1].refractory_time, 5);
  EXPECT_EQ(c[2].refractory_time, 0);
  EXPECT_EQ(c[3].refractory_time, 49);
}

TEST(Nominal, HoldOffTimeBecomesTicks) {
  NeuronParameters p;
  p.holdoff_time = 0.5e-6;
  // 15.6 ticks: (31 - 15.6) / 2 = 7.7.
  auto const calibration = calibrated(one_population(p));
  EXPECT_EQ(calibration.populations[0][0].reset_holdoff, 8);
  EXPECT_TRUE(calibration.warnings.empty());
}

TEST(Nominal, NamesWhatIsClippedOrMissed) {
  NeuronParameters p;
  p.leak = 500.;
  p.tau_mem = std::vector<double>{10e-6, 0.1e-6, 0.1e-6};
  p.tau_syn_inh = 0.01e-6;
  p.membrane_capacitance = 10.4;
  p.refractory_time = 0.5;
  Calibration const calibration = calibrated(one_population(p, 3));
  auto const named = [&](std::string const& text) {
    for (auto const& warning : calibration.warnings) {
      if (warning.find(text) != std::string::npos) return true;
    }
    return false;
  };
  EXPECT_EQ(calibration.populations[0][0].registers.v_leak, 1022);
  EXPECT_TRUE(named("'hid': leak = 500"));
  EXPECT_TRUE(named("tau_mem = 1e-07 of neuron 1 becomes 2.56e-07 (and 1 neurons more)"));
  EXPECT_TRUE(named("tau_syn_inh"));
  EXPECT_TRUE(named("membrane_capacitance = 10.4"));
  EXPECT_TRUE(named("refractory_time = 0.5"));
  EXPECT_FALSE(named("tau_syn_exc"));
  EXPECT_EQ(calibration.warnings.size(), 5u);
}

NeuronParameters every_term() {
  NeuronParameters p;
  p.adaptation = Adaptation{.a = -0.5, .b = 3., .tau = 50e-6, .leak = Parameter(100.)};
  p.exponential = Exponential{.threshold = 110., .strength = 1.};
  p.conductance_exc = Conductance{.reversal = 180., .reference = Parameter(90.)};
  p.conductance_inh = Conductance{.reversal = 16., .reference = std::nullopt};
  return p;
}

TEST(Nominal, TermsBecomeCodes) {
  Calibration const calibration = calibrated(one_population(every_term()));
  CircuitRegisters const& r = calibration.populations[0][0].registers;
  EXPECT_TRUE(r.adaptation && r.adaptation_pulse);
  EXPECT_EQ(r.v_adapt_leak, 262);
  EXPECT_EQ(r.i_bias_adapt_tau, 256);
  EXPECT_EQ(r.i_bias_adapt_a, 256);
  EXPECT_TRUE(r.invert_a);
  // 3 LSB = 12288 / 4096: 16 units fit into 1022 * 2^4 / 4096 = 3.99.
  EXPECT_EQ(calibration.clocks[0].adaptation_pulse, 3);
  EXPECT_EQ(r.i_bias_adapt_b, 768);
  EXPECT_FALSE(r.invert_b);
  EXPECT_TRUE(r.exponential);
  EXPECT_EQ(r.v_exp, 286);
  EXPECT_EQ(r.i_bias_exp, 512);
  EXPECT_TRUE(r.coba_exc && r.coba_inh);
  EXPECT_EQ(r.e_rev_exc, 238);
  EXPECT_EQ(r.i_bias_coba_exc, 364);  // 32768 / 90
  EXPECT_EQ(r.e_rev_inh, 214) << "the leak";
  EXPECT_EQ(r.i_bias_coba_inh, 512);
  EXPECT_TRUE(calibration.warnings.empty()) << calibration.warnings.front();
}

TEST(Nominal, WithoutTermsTheirSwitchesAreOff) {
  CircuitRegisters const r = calibrated(one_population({})).populations[0][0].registers;
  EXPECT_FALSE(r.adaptation || r.adaptation_pulse || r.exponential || r.coba_exc || r.coba_inh);
}

/// What a code means becomes the same code again, for every code.
TEST(Nominal, CodesOfTermsSurviveTheWayToUnitsAndBack) {
  for (std::uint16_t m = 1; m <= 1022; ++m) {
    double const sign = m % 2 == 0 ? 1 : -1;
    NeuronParameters p;
    // The largest code of scale 5 in the same block keeps the unit.
    p.adaptation = Adaptation{
        .a = sign * strength_of(m),
        .b = std::vector<double>{-sign * increment_of(m, 5), increment_of(1022, 5)},
        .tau = 12800e-6 / m,
    };
    p.exponential = Exponential{.strength = strength_of(m)};
    p.conductance_exc =
        Conductance{.reversal = 80 + reversal_distance(m), .reference = std::nullopt};
    Network const network = one_population(p, 2);
    if (reversal_distance(m) < 1e4) {
      auto const valid = validate(network);
      ASSERT_TRUE(valid) << m << valid.error();
    }
    CircuitRegisters const r = calibrated(network).populations[0][0].registers;
    ASSERT_EQ(r.i_bias_adapt_a, m);
    ASSERT_EQ(r.invert_a, sign < 0);
    ASSERT_EQ(r.i_bias_adapt_b, m);
    ASSERT_EQ(r.invert_b, sign > 0);
    ASSERT_EQ(r.i_bias_adapt_tau, m);
    ASSERT_EQ(r.i_bias_exp, m);
    ASSERT_EQ(r.i_bias_coba_exc, m);
  }
}

TEST(Nominal, EachBlockHasItsOwnUnitOfIncrements) {
  NeuronParameters p;
  p.adaptation = Adaptation{.b = std::vector<double>{0.4, -100.}};
  Network const network = one_population(p, 2);
  auto const calibration = calibrate(network, {{AtomicNeuron(0), AtomicNeuron(200)}});
  ASSERT_TRUE(calibration) << calibration.error();
  EXPECT_EQ(calibration->clocks[0].adaptation_pulse, 0);
  EXPECT_EQ(calibration->populations[0][0].registers.i_bias_adapt_b, 819);
  EXPECT_EQ(calibration->clocks[1].adaptation_pulse, 8);
  EXPECT_EQ(calibration->populations[0][1].registers.i_bias_adapt_b, 800);
  auto const together = calibrate(network, {{AtomicNeuron(0), AtomicNeuron(1)}});
  ASSERT_TRUE(together);
  EXPECT_EQ(together->populations[0][0].registers.i_bias_adapt_b, 3) << "0.4 in units of 1/8";
  ASSERT_EQ(together->warnings.size(), 1u);
  EXPECT_NE(together->warnings[0].find("spike_triggered_adaptation_increment = 0.4 of neuron 0"),
            std::string::npos);
}

TEST(Nominal, LongAdaptationTimesAreCoarseAndSaySo) {
  NeuronParameters p;
  p.adaptation = Adaptation{.a = 1., .tau = 12800e-6};
  Calibration const calibration = calibrated(one_population(p));
  ASSERT_EQ(calibration.warnings.size(), 1u);
  EXPECT_NE(calibration.warnings[0].find("tau_adap = 0.0128 of neuron 0 becomes 0.0111"),
            std::string::npos)
      << calibration.warnings[0];
}

TEST(Coefficients, OfTermsFollowTheIntegerRules) {
  CircuitRegisters r = calibrated(one_population(every_term())).populations[0][0].registers;
  Coefficients const c = coefficients(r);
  EXPECT_NEAR(time_constant(c.y_adapt), 50e-6, 0.1e-6);
  EXPECT_EQ(c.a, -256);
  EXPECT_EQ(c.b, 768);
  EXPECT_EQ(c.c_adapt,
            c.y_mem - ((std::uint64_t{c.y_mem} * c.y_mem + (1 << 17)) / (1 << 18) + 1) / 2);
  EXPECT_EQ(c.c_exp, c.c_adapt) << "strength 1";
  EXPECT_EQ(c.k_exc, c.c_exc * 364 / 1024);
  EXPECT_NEAR(c.e_exc / 256., 90, 0.1);
  r.exponential = r.coba_exc = false;
  EXPECT_EQ(coefficients(r).c_exp, 0u);
  EXPECT_EQ(coefficients(r).k_exc, 0u);
}

// ---- Short-term plasticity --------------------------------------------------------------------

Network plastic(std::vector<ShortTermPlasticity> const& all) {
  Network network = one_population({});
  for (auto const& stp : all) {
    network.populations.push_back({.name = "in" + std::to_string(network.populations.size()),
                                   .kind = PopulationKind::kSpikeSource,
                                   .size = 1});
    network.projections.push_back(
        {.from = static_cast<std::uint32_t>(network.populations.size() - 1),
         .to = 0,
         .connections = {{0, 0, 10}},
         .stp = stp});
  }
  return network;
}

TEST(Plasticity, RecoveryFollowsItsCode) {
  // Speed 8: one tick in 2.048 us, which halves the distance with code 0.
  EXPECT_NEAR(recovery_time_constant(8, 0), 2.048e-6 / std::log(2.), 1e-12);
  EXPECT_NEAR(recovery_time_constant(8, 2), 2.048e-6 / -std::log(0.75), 1e-12);
  EXPECT_NEAR(recovery_time_constant(15, 15), 95e-3, 1e-3);
  EXPECT_EQ(recovery_time_constant(0, 0), 0) << "256 halvings in a step";
  // Faster ticks: the same law, several ticks in a step.
  EXPECT_NEAR(recovery_time_constant(6, 10) / (64 * 8e-9 * 63.5), 1, 0.001);
  for (std::uint8_t code = 1; code < 16; ++code) {
    double const ratio = recovery_time_constant(10, code) / recovery_time_constant(10, code - 1);
    EXPECT_GT(ratio, 1.35);
    EXPECT_LT(ratio, 1.85);
  }
}

TEST(Plasticity, BecomesRegisters) {
  double const tau = recovery_time_constant(9, 7);
  auto const c = calibrate_plasticity(plastic({{.utilization = 0.5, .tau_recovery = tau},
                                               {.utilization = 0.25, .charge = 1, .recover = 0.2},
                                               {.utilization = 0.125}}));
  ASSERT_TRUE(c) << c.error();
  EXPECT_TRUE(c->enable_recovery_clock);
  ASSERT_EQ(c->voltages.size(), 2u);
  EXPECT_EQ(c->voltages[0], (TargetVoltages{0, 1022}));
  EXPECT_EQ(c->voltages[1], (TargetVoltages{1022, 204}));
  PlasticityRegisters const& first = *c->projections[0];
  EXPECT_EQ(first.utilization, 8);
  EXPECT_TRUE(first.enable_recovery);
  EXPECT_NEAR(recovery_time_constant(c->recovery_clock_speed, first.recovery) / tau, 1, 0.02);
  EXPECT_EQ(c->projections[1], (PlasticityRegisters{.utilization = 4, .target_voltages = 1}));
  EXPECT_EQ(c->projections[2], (PlasticityRegisters{.utilization = 2}));
  EXPECT_TRUE(c->warnings.empty()) << c->warnings[0];
}

TEST(Plasticity, SingleTimesAreReachedWellOrNamed) {
  for (double tau = 3e-6; tau < 95e-3; tau *= 1.3) {
    auto const c = calibrate_plasticity(plastic({{.utilization = 0.5, .tau_recovery = tau}}));
    ASSERT_TRUE(c);
    double const reached =
        recovery_time_constant(c->recovery_clock_speed, c->projections[0]->recovery);
    EXPECT_LT(std::abs(std::log(reached / tau)), 0.2) << tau;
    bool const exact = std::abs(reached / tau - 1) <= 0.02;
    EXPECT_EQ(c->warnings.empty(), exact) << tau << ' ' << reached;
  }
}

TEST(Plasticity, DifferentTimesShareTheClock) {
  auto const c = calibrate_plasticity(plastic(
      {{.utilization = 0.5, .tau_recovery = 10e-6}, {.utilization = 0.5, .tau_recovery = 1e-3}}));
  ASSERT_TRUE(c);
  for (std::size_t p = 0; p < 2; ++p) {
    double const wanted = p == 0 ? 10e-6 : 1e-3;
    double const reached =
        recovery_time_constant(c->recovery_clock_speed, c->projections[p]->recovery);
    EXPECT_LT(std::abs(std::log(reached / wanted)), 0.2) << p;
  }
}

TEST(Plasticity, RefusesAThirdPairAndNamesCoarseUtilization) {
  auto const refused = calibrate_plasticity(plastic({{.utilization = 0.5},
                                                     {.utilization = 0.5, .charge = 1},
                                                     {.utilization = 0.5, .recover = 0.5}}));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("'in3' -> 'hid'"), std::string::npos);
  auto const coarse = calibrate_plasticity(plastic({{.utilization = 0.3}}));
  ASSERT_TRUE(coarse);
  ASSERT_EQ(coarse->warnings.size(), 1u);
  EXPECT_NE(coarse->warnings[0].find("utilization = 0.3 becomes 0.3125"), std::string::npos);
  EXPECT_FALSE(coarse->enable_recovery_clock);
}

TEST(Nominal, LentCircuitsHaveSynapticInputsOnly) {
  CircuitRegisters const first =
      calibrated(one_population(every_term())).populations[0][0].registers;
  CircuitRegisters const lent = lent_circuit(first);
  EXPECT_EQ(lent.capacitance, 0);
  EXPECT_EQ(lent.i_bias_leak, 0);
  EXPECT_TRUE(lent.leak_division);
  EXPECT_FALSE(lent.adaptation || lent.adaptation_pulse || lent.exponential);
  EXPECT_TRUE(lent.coba_exc && lent.coba_inh) << "each input sees the membrane by itself";
  EXPECT_EQ(lent.i_bias_gm_exc, first.i_bias_gm_exc);
  EXPECT_EQ(lent.v_reset, first.v_reset);
}

TEST(Nominal, AllCircuitsOfANeuronSetTheDacBiasOfTheirQuadrant) {
  Network network = one_population({}, 1);
  network.populations[0].circuits = 2;
  auto const both = calibrate(network, {{AtomicNeuron(130)}});
  ASSERT_TRUE(both) << both.error();
  EXPECT_EQ(both->synapse_dac_bias[1], 600);
  EXPECT_EQ(both->synapse_dac_bias[3], 600);
  EXPECT_FALSE(both->synapse_dac_bias[0]);
}

TEST(Nominal, PopulationsOfOneQuadrantMustAgreeOnTheDacBias) {
  Network network = one_population({}, 100);
  NeuronParameters other;
  other.synapse_dac_bias = 700.;
  network.populations.push_back(
      {.name = "out", .kind = PopulationKind::kLi, .size = 1, .neuron = other});
  auto const refused = calibrate(network, first_fit(network));
  ASSERT_FALSE(refused);
  for (char const* part : {"'hid'", "'out'", "quadrant 0", "600", "700"}) {
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << part;
  }
  Circuits apart = first_fit(network);
  apart[1][0] = AtomicNeuron(256);
  auto const fine = calibrate(network, apart);
  ASSERT_TRUE(fine) << fine.error();
  EXPECT_EQ(fine->synapse_dac_bias[2], 700);
}

}  // namespace
}  // namespace hx::host
