// MADC: control, sample clock, multiplexers, values, and the way of the samples to the host.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "driver/registers/registers.h"
#include "tests/contract/contract.h"

namespace hx {
namespace {

constexpr std::uint32_t kEventRecording = 0x88000005;

class Madc : public contract::Contract {
 protected:
  static reg::MADCControl control() { return {.enable_pre_amplifier = true}; }
  static void wake(Program& program) {
    reg::MADCControl word = control();
    word.wake_up = true;
    program.write({}, word);
    wait(program, 1000);
  }
  static void start(Program& program, bool continuous = false, bool power_down = false) {
    reg::MADCControl word = control();
    word.start_recording = true;
    word.enable_continuous_sampling = continuous;
    word.enable_power_down_after_sampling = power_down;
    program.write({}, word);
  }
  static void stop(Program& program) {
    reg::MADCControl word = control();
    word.stop_recording = true;
    program.write({}, word);
  }
  static void wait(Program& program, unsigned cycles) {
    program.barrier(ut::kBarrierOmnibus);
    program.setup_timer();
    program.wait_until(FpgaCycles{cycles});
  }
  static reg::MADCConfig config(std::uint16_t samples) {
    reg::MADCConfig config;
    config.number_of_samples = samples;
    config.enable_dummy_data = true;
    return config;
  }
  /// Wakes up and records; `cycles` is time enough.
  Responses record(reg::MADCConfig const& config, unsigned cycles) {
    Program program;
    program.write({}, config);
    wake(program);
    start(program);
    wait(program, cycles);
    return run(program);
  }
};
HX_CONTRACT(Madc);

TEST_P(Madc, TakesAsManySamplesAsWantedEvery34ns) {
  init();
  Responses const responses = record(config(1000), 5000);
  ASSERT_EQ(responses.madc.size(), 1000U);
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(responses.madc.value(i), i);
    EXPECT_EQ(responses.madc.channel(i), 0);
    // Stamp to entry: the host can tell the time of the sample only below 128 cycles.
    EXPECT_LT(responses.madc.fpga_time[i] - responses.madc.chip_time[i], 128U);
  }
  // 17 cycles of 500 MHz, 4 per FPGA cycle.
  EXPECT_NEAR(static_cast<double>(responses.madc.chip_time[999] - responses.madc.chip_time[0]),
              999 * 17 / 4.0, 1);
}

TEST_P(Madc, TheDurationOfASampleIsAdjustableAndScalable) {
  init();
  for (unsigned adjust : {0U, 7U}) {
    reg::MADCConfig slow = config(200);
    slow.sample_duration_adjust = static_cast<std::uint8_t>(adjust);
    slow.enable_madc_clock_scaling = true;
    slow.madc_clock_scale_value = 4;
    Responses const responses = record(slow, 12000);
    ASSERT_EQ(responses.madc.size(), 200U);
    EXPECT_NEAR(static_cast<double>(responses.madc.chip_time[199] - responses.madc.chip_time[0]),
                199 * (12 + adjust) * 10 / 4.0, 1);
  }
}

TEST_P(Madc, DummyDataAreTheLowBitsOfTheNumber) {
  init();
  Responses const responses = record(config(2050), 10000);
  ASSERT_EQ(responses.madc.size(), 2050U);
  EXPECT_EQ(responses.madc.value(1023), 1023);
  EXPECT_EQ(responses.madc.value(1024), 0);
  EXPECT_EQ(responses.madc.value(2049), 1);
}

TEST_P(Madc, TwoInputsTakeTurnsAndTheChannelIsInverted) {
  init();
  for (unsigned first : {0U, 1U}) {
    reg::MADCConfig both = config(60);
    both.active_mux_input_select_length = 3;
    both.active_mux_initially_selected_input = static_cast<std::uint8_t>(first);
    Responses const responses = record(both, 1000);
    ASSERT_EQ(responses.madc.size(), 60U);
    for (unsigned i = 0; i < 60; ++i)
      EXPECT_EQ(responses.madc.channel(i), 1 - (first + i / 3) % 2) << i;
  }
}

TEST_P(Madc, AStartNeedsAWakeUp) {
  init();
  Program program;
  program.write({}, config(10));
  start(program);
  wait(program, 1000);
  EXPECT_EQ(run(program).madc.size(), 0U);
}

TEST_P(Madc, PowersDownAfterARecordingIfItShould) {
  init();
  Program program;
  program.write({}, config(10));
  wake(program);
  start(program, false, false);
  wait(program, 1000);
  start(program, false, true);
  wait(program, 1000);
  start(program);  // off: nothing
  wait(program, 1000);
  wake(program);
  start(program);
  wait(program, 1000);
  EXPECT_EQ(run(program).madc.size(), 30U);
}

TEST_P(Madc, ContinuousSamplingGoesOnUntilTheStop) {
  init();
  Program program;
  program.write({}, config(10));
  wake(program);
  start(program, true);
  wait(program, 2000);
  stop(program);
  wait(program, 1000);
  Responses const responses = run(program);
  EXPECT_NEAR(static_cast<double>(responses.madc.size()), 2000 * 4 / 17.0, 10);
  // It goes on over the end of a program.
  Program again;
  start(again, true);
  again.barrier(ut::kBarrierOmnibus);
  run(again);
  Program later;
  wait(later, 1000);
  stop(later);
  wait(later, 100);
  EXPECT_GT(run(later).madc.size(), 200U);
}

TEST_P(Madc, SamplesNeedEventRecording) {
  init();
  Program program;
  program.write(kEventRecording, 0);
  program.write({}, config(10));
  wake(program);
  start(program);
  wait(program, 1000);
  EXPECT_EQ(run(program).madc.size(), 0U);
}

TEST_P(Madc, SamplesAndSpikesShareTheWayWithoutLoss) {
  init();
  Program program;
  program.write({}, config(3000));
  reg::BackgroundSpikeSource source;
  source.enable = true;
  source.period = 20;
  for (unsigned i = 0; i < 4; ++i) {
    source.neuron_label = static_cast<std::uint16_t>(100 + i);
    program.write(reg::BackgroundSpikeSourceOnDLS(i), source);
  }
  wake(program);
  start(program);
  for (int i = 0; i < 200; ++i) program.tick();
  wait(program, 14000);
  Responses const responses = run(program);
  ASSERT_EQ(responses.madc.size(), 3000U);
  for (std::size_t i = 0; i < 3000; ++i) EXPECT_EQ(responses.madc.value(i), i % 1024);
  EXPECT_TRUE(std::is_sorted(responses.madc.chip_time.begin(), responses.madc.chip_time.end()));
  EXPECT_EQ(responses.ticks.size(), 200U);
  EXPECT_GT(responses.spikes.size(), 5000U);
}

TEST_P(Madc, TheChipResetEndsARecording) {
  init();
  Program program;
  program.write({}, config(0));
  wake(program);
  start(program, true);
  wait(program, 500);
  program.reset_chip(true);
  program.setup_timer();
  program.wait_until(FpgaCycles{100});
  program.reset_chip(false);
  program.setup_timer();
  program.wait_until(FpgaCycles{1000});
  Responses const responses = run(program);
  EXPECT_GT(responses.madc.size(), 100U);
  EXPECT_LT(responses.madc.size(), 170U);
}

/// The membrane of a circuit at rest: leak potential `v_leak`, the strongest leak, on the read-out line.
void rest(Program& program, unsigned row, unsigned column, unsigned v_leak) {
  std::uint32_t const block = 0x8000 * (2 * row + column / 128);
  std::uint32_t const cells = 0x00140000 + block + 32 * (column % 128);
  program.write(cells, v_leak);
  program.write(cells + 8, 1022);  // i_bias_leak
  reg::NeuronConfig neuron;
  neuron.membrane_capacitor_size = 63;
  neuron.enable_leak_multiplication = true;
  neuron.enable_readout_amplifier = true;
  neuron.enable_readout = true;
  program.write(reg::NeuronConfigOnDLS(256 * row + column), neuron);
}

// CapMem 322 is 125 CADC LSB, four times as many of the MADC; 214 is 80.
TEST_P(Madc, SamplesTheMembranesOfTwoCircuits) {
  init();
  Program program;
  rest(program, 0, 20, 322);
  rest(program, 1, 131, 214);
  reg::ReadoutSourceSelection source;
  source.buffer[0].neuron_even = {true, false};
  source.buffer[1].neuron_odd = {false, true};
  program.write({}, source);
  reg::MADCConfig both = config(400);
  both.enable_dummy_data = false;
  both.active_mux_input_select_length = 1;
  program.write({}, both);
  wait(program, 100'000);  // coefficients and membranes settle
  wake(program);
  start(program);
  wait(program, 3000);
  Responses const responses = run(program);
  ASSERT_EQ(responses.madc.size(), 400U);
  for (std::size_t i = 20; i < 400; ++i) {
    bool const second = responses.madc.channel(i) == 0;  // inverted
    EXPECT_EQ(second, i % 2 == 1);
    EXPECT_NEAR(responses.madc.value(i), second ? 320 : 500, 2) << i;
  }
}

TEST_P(Madc, ShowsAMembraneOnItsWay) {
  init();
  Program program;
  rest(program, 0, 7, 214);
  reg::ReadoutSourceSelection source;
  source.buffer[0].neuron_odd = {true, false};
  program.write({}, source);
  reg::MADCConfig slow = config(0);
  slow.enable_dummy_data = false;
  program.write({}, slow);
  wait(program, 100'000);
  wake(program);
  start(program, true);
  wait(program, 200);
  program.write(0x00140000 + 32 * 7, 550);  // towards 220 LSB, when the coefficient unit gets there
  wait(program, 40'000);
  stop(program);
  wait(program, 100);
  Responses const responses = run(program);
  ASSERT_GT(responses.madc.size(), 9000U);
  EXPECT_NEAR(responses.madc.value(30), 320, 2);
  EXPECT_NEAR(responses.madc.value(responses.madc.size() - 1), 880, 2);
  bool rises = true;
  for (std::size_t i = 31; i < responses.madc.size(); ++i)
    rises = rises && responses.madc.value(i) >= responses.madc.value(i - 1);
  EXPECT_TRUE(rises);
}

TEST_P(Madc, RegistersOfTheReadoutAreStored) {
  init();
  Program program;
  reg::MADCConfig madc = config(12345);
  madc.active_mux_input_select_length = 9;
  madc.calibration_wait_value = 77;
  madc.connect_iconv_synapse = {true, false};
  reg::ReadoutSourceSelection source;
  source.buffer[0].neuron_odd = {true, false};
  source.buffer[1].debug_minus = true;
  source.enable_buffer_to_pad = {false, true};
  reg::PadMultiplexerConfig pad;
  pad.debug_to_pad = true;
  reg::CurrentDAC dac;
  dac.current = 200;
  program.write({}, madc);
  program.write({}, source);
  program.write(reg::PadMultiplexerConfigOnDLS(1), pad);
  program.write({}, dac);
  auto const madc_ticket = program.read<reg::MADCConfig>();
  auto const source_ticket = program.read<reg::ReadoutSourceSelection>();
  auto const pad_ticket =
      program.read<reg::PadMultiplexerConfig>(reg::PadMultiplexerConfigOnDLS(1));
  auto const dac_ticket = program.read<reg::CurrentDAC>();
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  EXPECT_EQ(*responses.get(madc_ticket), madc);
  EXPECT_EQ(*responses.get(source_ticket), source);
  EXPECT_EQ(*responses.get(pad_ticket), pad);
  EXPECT_EQ(*responses.get(dac_ticket), dac);
}

}  // namespace
}  // namespace hx
