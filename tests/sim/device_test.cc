// `sim:` end to end: programs of a Device run by the Verilated FPGA and chip.
#include "driver/device/device.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <vector>

#include "driver/link/registry.h"
#include "fpga_model/spec/geometry.h"
#include "sim/targets/targets.h"

namespace hx {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kEventRecording = 0x88000005;
constexpr std::uint32_t kTimeout = 0x88000009;

Deadline soon() {
  return Deadline::in(120s);
}

/// The link up without a start-up, unless a test needs one.
std::unique_ptr<Device> open(std::string_view query = "?link=up") {
  Registry registry;
  sim::add_targets(registry);
  Result<std::unique_ptr<Link>> link =
      registry.open(std::string(HX_TEST_TARGET) + std::string(query));
  if (!link) {
    ADD_FAILURE() << link.error();
    return nullptr;
  }
  return std::make_unique<Device>(std::move(*link));
}

/// Time synchronised, recording on.
Program start_up() {
  Program program;
  program.systime_init(true);
  program.barrier(ut::kBarrierSystime);
  program.write(kEventRecording, 1);
  program.barrier(ut::kBarrierOmnibus);
  return program;
}

TEST(SimDevice, ReadsAndWritesFpgaAndChip) {
  std::unique_ptr<Device> const device = open();
  Program program;
  program.write(0x80000010, 0x12345678);
  program.write(0x00000000, 0xabcd);  // SystimeSyncBase
  Ticket const fpga = program.read(0x80000010);
  Ticket const chip = program.read(0x00000000);
  Ticket const tick = program.tick();
  program.barrier(ut::kBarrierOmnibus);
  Result<Responses> const responses = device->run(program, soon());
  ASSERT_TRUE(responses) << responses.error();
  EXPECT_EQ(responses->value(fpga), 0x12345678U);
  EXPECT_EQ(responses->value(chip), 0xabcdU);
  EXPECT_EQ(responses->value(tick), 1U);
}

TEST(SimDevice, TheStartUpOfABoardPasses) {
  std::unique_ptr<Device> const device = open("");
  Result<void> const whole = device->init();
  ASSERT_TRUE(whole) << whole.error();
  Result<void> const model = device->init(InitOptions::for_model());
  ASSERT_TRUE(model) << model.error();
  InitOptions jboa;
  jboa.board = Board::kJboa;
  Result<void> const other = device->init(jboa);
  ASSERT_TRUE(other) << other.error();
  InitOptions jtag;
  jtag.highspeed_link = false;
  Result<void> const slow = device->init(jtag);
  ASSERT_TRUE(slow) << slow.error();
}

TEST(SimDevice, AProgramWithoutStartUpIsToldSo) {
  std::unique_ptr<Device> const device = open("");
  Program program;
  program.read(0x00130000);
  program.barrier(ut::kBarrierOmnibus);
  Result<Responses> const failed = device->run(program, soon());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kHardware);
  EXPECT_NE(failed.error().hint.find("Device::init"), std::string::npos) << failed.error();
  // Afterwards it can be started, and what was read in vain disturbs nothing.
  Result<void> const ready = device->init(InitOptions::for_model());
  ASSERT_TRUE(ready) << ready.error();
  Result<Responses> const responses = device->run(program, soon());
  ASSERT_TRUE(responses) << responses.error();
}

TEST(SimDevice, AProgramThatWaitsForAProcessorIsToldThatThereIsNone) {
  std::unique_ptr<Device> const device = open("");
  ASSERT_TRUE(device->init(InitOptions::for_model()));
  Program program;
  program.write(kTimeout, 5000);
  program.write(0x02a00000, 1);  // PPUControlRegister: runs
  program.write(0x88000006, 0x02a00001);
  program.write(0x88000007, 1);
  program.write(0x88000008, 1);
  program.barrier(ut::kBarrierOmnibus);
  program.polling_block(true);
  Result<Responses> const failed = device->run(program, soon());
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().hint.find("plasticity processor"), std::string::npos) << failed.error();
}

TEST(SimDevice, LoopsLabelsBackWithTheLatencyOfTheContract) {
  std::unique_ptr<Device> const device = open();
  // System time 0 when the barrier retires; recording on at 3 (data 2); setup at 8, so the timer is system time - 9.
  Program program = start_up();
  program.setup_timer();
  program.wait_until(FpgaCycles{100});
  program.event(0x1234);
  program.wait_until(FpgaCycles{300});
  Result<Responses> const responses = device->run(program, soon());
  ASSERT_TRUE(responses) << responses.error();
  ASSERT_EQ(responses->spikes.size(), 1U);
  EXPECT_EQ(responses->spikes.label[0], 0x1234);
  // Executed at timer 101 = 110: L2 input register in 120, taken there, stamped in 122, at the FPGA in 142.
  EXPECT_EQ(responses->spikes.chip_time[0], 122U);
  EXPECT_EQ(responses->spikes.fpga_time[0], 142U);
}

TEST(SimDevice, LoopsAThousandLabelsBack) {
  std::unique_ptr<Device> const device = open();
  Program program = start_up();
  std::mt19937 random(7);
  std::vector<std::uint16_t> labels;
  for (int i = 0; i < 1000; ++i) {
    labels.push_back(static_cast<std::uint16_t>(random()));
    program.event(labels.back());
  }
  program.setup_timer();
  program.wait_until(FpgaCycles{1000});
  Result<Responses> const responses = device->run(program, soon());
  ASSERT_TRUE(responses) << responses.error();
  ASSERT_EQ(responses->spikes.size(), labels.size());
  // Labels of one SPL1 address keep their order.
  for (unsigned address = 0; address < 4; ++address) {
    std::vector<std::uint16_t> sent, got;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] >> 14 == address) sent.push_back(labels[i]);
      if (responses->spikes.label[i] >> 14 == address) got.push_back(responses->spikes.label[i]);
    }
    EXPECT_EQ(got, sent);
  }
}

TEST(SimDevice, ANeuronFires) {
  std::unique_ptr<Device> const device = open();
  ASSERT_TRUE(device->init(InitOptions::for_model()));
  AtomicNeuron const neuron(300);  // bottom row, column 44: event output 1
  Program program;
  program.write(reg::NeuronConfigOnDLS(neuron), reg::NeuronConfig{.enable_fire = true});
  program.write(reg::NeuronBackendConfigOnDLS(neuron),
                reg::NeuronBackendConfig{.address_out = 77, .enable_spike_out = true});
  for (reg::CommonNeuronBackendConfigOnDLS const block :
       reg::CommonNeuronBackendConfigOnDLS::all()) {
    program.write(block, reg::CommonNeuronBackendConfig{});
  }
  program.barrier(ut::kBarrierOmnibus);
  program.setup_timer();
  for (std::int64_t i = 1; i <= 5; ++i) {
    program.wait_until(FpgaCycles{100 * i});
    program.write(reg::NeuronResetOnDLS(neuron), reg::NeuronReset{});
  }
  program.wait_until(FpgaCycles{1000});
  Result<Responses> const responses = device->run(program, soon());
  ASSERT_TRUE(responses) << responses.error();
  ASSERT_EQ(responses->spikes.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    // SPL1 address and event output 1, then the address.
    EXPECT_EQ(responses->spikes.label[i], 1 << 14 | 1 << 8 | 77);
    std::uint64_t const time = responses->spikes.chip_time[i] - responses->spikes.chip_time[0];
    // Neuron steps of 16 clocks: 100 clocks are 6 or 7 of them.
    EXPECT_NEAR(static_cast<double>(time), 100.0 * static_cast<double>(i), 16.0);
  }
}

TEST(SimDevice, RegistersOfTheChipStore) {
  std::unique_ptr<Device> const device = open();
  Program program;
  std::mt19937 random(3);
  std::vector<std::pair<Ticket, std::uint32_t>> expected;
  for (std::uint32_t cell = 0; cell < 24; ++cell) program.write(0x00140000 + cell, cell * 40);
  // A synapse row of the bottom hemisphere: weights of 64 quads.
  std::vector<std::uint32_t> weights;
  for (std::uint32_t quad = 0; quad < 64; ++quad) {
    weights.push_back(random() & 0x3f3f3f3f);
    program.write(0x03c00000 + 64 * 17 + quad, weights.back());
  }
  for (std::uint32_t quad = 0; quad < 64; ++quad) {
    expected.emplace_back(program.read(0x03c00000 + 64 * 17 + quad), weights[quad]);
  }
  for (std::uint32_t cell = 0; cell < 24; ++cell)
    expected.emplace_back(program.read(0x00140000 + cell), cell * 40);
  program.barrier(ut::kBarrierOmnibus);
  Result<Responses> const responses = device->run(program, soon());
  ASSERT_TRUE(responses) << responses.error();
  for (auto const& [ticket, value] : expected) EXPECT_EQ(responses->value(ticket), value);
}

TEST(SimDevice, ATimedOutInstructionIsNamedAndTheDeviceLivesOn) {
  std::unique_ptr<Device> const device = open();
  Program blocked;
  blocked.write(kTimeout, 1000);
  blocked.reset_chip(true);
  blocked.write(0x00130000, 0);
  blocked.barrier(ut::kBarrierOmnibus);
  Result<Responses> const failed = device->run(blocked, soon());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kHardware) << failed.error();
  EXPECT_NE(failed.error().message.find("#5"), std::string::npos) << failed.error();
  Program release;
  release.reset_chip(false);
  release.barrier(ut::kBarrierOmnibus);
  Result<Responses> const released = device->run(release, soon());
  ASSERT_TRUE(released) << released.error();
  Program program;
  Ticket const ticket = program.read(0x88000004);
  program.barrier(ut::kBarrierOmnibus);
  Result<Responses> const responses = device->run(program, soon());
  ASSERT_TRUE(responses) << responses.error();
  EXPECT_EQ(responses->value(ticket), 0x5dU);
}

TEST(SimDevice, AnEndlessProgramEndsInAnError) {
  std::unique_ptr<Device> const device = open("?link=up&max_cycles=20000");
  Program endless;
  endless.setup_timer();
  endless.wait_until(FpgaCycles{0xffffffff});
  Result<Responses> const failed = device->run(endless, soon());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kTimeout) << failed.error();
  Program program;
  program.tick();
  Result<Responses> const responses = device->run(program, soon());
  ASSERT_TRUE(responses) << responses.error();
  EXPECT_EQ(responses->ticks.size(), 1U);
}

TEST(SimDevice, ADeadlineEndsAProgramInAnError) {
  std::unique_ptr<Device> const device = open();
  // Longer than the deadline on either model, short enough to be waited for below.
  constexpr bool kFast = std::string_view(HX_TEST_TARGET) == "twin:";
  Program slow;
  slow.setup_timer();
  slow.wait_until(FpgaCycles{kFast ? 4'000'000'000 : 1'000'000});
  Result<Responses> const failed = device->run(slow, Deadline::in(5ms));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kTimeout) << failed.error();
  Program program;
  program.tick();
  Result<Responses> const responses = device->run(program, soon());
  ASSERT_TRUE(responses) << responses.error();
  EXPECT_EQ(responses->ticks.size(), 1U);
}

TEST(SimDevice, TwoRunsGiveTheSameAnswers) {
  auto const run = [] {
    std::unique_ptr<Device> const device = open();
    EXPECT_TRUE(device->init(InitOptions::for_model()));
    Program program = start_up();
    for (std::uint16_t i = 0; i < 300; ++i) {
      std::array<std::uint16_t, 2> const labels = {i, static_cast<std::uint16_t>(i * 77)};
      program.events(labels);
      if (i % 10 == 0) program.read(0x8800000c);
    }
    program.setup_timer();
    program.wait_until(FpgaCycles{1000});
    program.barrier(ut::kBarrierOmnibus);
    Result<Responses> responses = device->run(program, soon());
    EXPECT_TRUE(responses) << responses.error();
    return static_cast<ut::Received>(*responses);
  };
  ut::Received const first = run();
  EXPECT_GT(first.spikes.size(), 500U);
  EXPECT_TRUE(run() == first);
}

TEST(SimTarget, WavesNeedTheOtherBuild) {
  Registry registry;
  sim::add_targets(registry);
  Result<std::unique_ptr<Link>> const link = registry.open("sim:?trace=run.fst");
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(link.error().hint.find("//sim/rtl:rtl_fst"), std::string::npos);
}

}  // namespace
}  // namespace hx
