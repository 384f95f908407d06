// More events than the encoder can send: the trace fills, drops packs and refuses answers. The RTL and the functional model do it in the
// same clocks.
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "driver/device/init.h"
#include "driver/device/program.h"
#include "driver/registers/registers.h"
#include "driver/ut/to_fpga.h"
#include "sim/rtl/rtl.h"
#include "sim/twin/twin.h"
#include "tests/lockstep/lockstep.h"

namespace hx::lockstep {
namespace {

using Words = std::vector<std::uint64_t>;

Words words_of(Program const& program) {
  auto const words = program.words();
  return {words.begin(), words.end()};
}

void generators(Program& program, bool on) {
  for (std::uint32_t i = 0; i < 8; ++i) {
    reg::BackgroundSpikeSource source;
    source.enable = on;
    source.period = static_cast<std::uint16_t>(2 + i % 3);
    source.neuron_label = static_cast<std::uint16_t>(i);
    program.write(reg::BackgroundSpikeSourceOnDLS(i), source);
  }
}

/// Reads and ticks while the trace fills, is full, and becomes empty again; an instruction that expires in between.
Words flood() {
  Program program;
  generators(program, true);
  for (unsigned i = 0; i < 400; ++i) {
    program.setup_timer();
    program.wait_until(FpgaCycles{100});
    if (i % 3 == 0) program.read(0x88000005);
    if (i % 5 == 0) program.read(0x80000);
    if (i % 7 == 0) program.tick();
  }
  generators(program, false);
  program.barrier(ut::kBarrierOmnibus);
  program.setup_timer();
  program.wait_until(FpgaCycles{12'000});
  program.tick();
  return words_of(program);
}

std::uint64_t dropped(Recording const& recording) {
  std::unique_ptr<sim::Model> const model = sim::make_twin({});
  Words const halt = {ut::halt()};
  for (Words const& run : recording.runs) {
    model->fill(run);
    model->fill(halt);
    EXPECT_TRUE(model->run(1'000'000).run_ended);
  }
  return model->packs_dropped();
}

TEST(TraceLockstep, AFullTraceDropsTheSamePacks) {
  Recording recording;
  recording.note = "more events than words";
  recording.runs = {words_of(init_program(InitOptions::for_model())), flood(), flood()};
  Side const rtl{"RTL", [] { return sim::make_rtl_model({}); }};
  Side const twin{"functional model", [] { return sim::make_twin({}); }};
  Coverage coverage;
  auto const difference = first_difference(rtl, twin, recording, &coverage);
  EXPECT_FALSE(difference) << difference->text;
  EXPECT_GT(coverage.spikes, 100'000U);
  EXPECT_EQ(coverage.given_up, 0U);
  EXPECT_GT(dropped(recording), 1000U);
}

/// The encoder of the functional model is computed when somebody looks: whoever looks sees what the RTL has sent until then.
TEST(TraceLockstep, EveryWordLeavesInTheSameClock) {
  std::unique_ptr<sim::Model> const rtl = sim::make_rtl_model({});
  std::unique_ptr<sim::Model> const twin = sim::make_twin({});
  std::mt19937 random(5);
  Words const halt = {ut::halt()};
  std::size_t words = 0;
  for (Words const& run : {words_of(init_program(InitOptions::for_model())), flood()}) {
    for (sim::Model* const model : {rtl.get(), twin.get()}) {
      ASSERT_EQ(model->fill(run), run.size());
      ASSERT_EQ(model->fill(halt), 1U);
    }
    for (bool ended = false; !ended;) {
      std::uint64_t const clocks = 1 + random() % (random() % 8 == 0 ? 2000 : 20);
      Words left, right;
      ended = rtl->run(clocks).run_ended;
      ASSERT_EQ(twin->run(clocks).run_ended, ended);
      rtl->take(left);
      twin->take(right);
      ASSERT_EQ(left, right) << "before clock " << rtl->clocks();
      words += left.size();
      ASSERT_EQ(rtl->clocks(), twin->clocks());
      ASSERT_LT(rtl->clocks(), 10'000'000U);
    }
  }
  EXPECT_GT(words, 20'000U);
}

}  // namespace
}  // namespace hx::lockstep
