// The Link of a simulated system: when it runs, what it refuses, what it counts. The chip is the stand-in of the FPGA tests.
#include "sim/model/model_link.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "driver/ut/to_fpga.h"
#include "sim/targets/options.h"
#include "tests/fpga_model/fpga/stub_model.h"

namespace hx::sim {
namespace {

using Words = std::vector<std::uint64_t>;
using namespace std::chrono_literals;

constexpr std::uint64_t kTickWord = 0x0200000000000001;
constexpr std::uint64_t kHaltWord = 0x0200000000000000;

ModelLink make_link(ModelLinkOptions options = {}) {
  return ModelLink(make_stub_model(), options);
}

std::span<std::uint64_t> scrap() {
  static thread_local std::uint64_t words[4];
  return words;
}

/// Receives until `count` words are there.
Result<Words> receive(Link& link, std::size_t count) {
  Words words;
  std::uint64_t buffer[256];
  Deadline const deadline = Deadline::in(60s);
  while (words.size() < count) {
    Result<std::size_t> const got = link.receive(buffer, deadline);
    if (!got) return got.error();
    if (*got == 0) break;
    words.insert(words.end(), buffer, buffer + *got);
  }
  return words;
}

TEST(ModelLink, RunsAProgramWhenItsHaltIsThere) {
  ModelLink link = make_link();
  ASSERT_TRUE(link.send(Words{ut::tick()}));
  Result<std::size_t> const early = link.receive(scrap(), Deadline::in(1s));
  ASSERT_FALSE(early) << "no halt yet";
  EXPECT_EQ(early.error().code, ErrorCode::kProtocol);
  EXPECT_EQ(link.statistics().simulated_cycles, 0U);
  ASSERT_TRUE(link.send(Words{ut::tick(), ut::halt()}));
  EXPECT_EQ(*receive(link, 3), (Words{kTickWord, kTickWord, kHaltWord}));
}

TEST(ModelLink, KeepsProgramsApart) {
  ModelLink link = make_link();
  // Both are sent before the first one has run. The second one executes as if it had been sent later.
  ASSERT_TRUE(link.send(Words{ut::tick(), ut::halt(), ut::tick(), ut::tick(), ut::halt()}));
  EXPECT_EQ(*receive(link, 5), (Words{kTickWord, kHaltWord, kTickWord, kTickWord, kHaltWord}));
  ModelLink other = make_link();
  ASSERT_TRUE(other.send(Words{ut::tick(), ut::halt()}));
  ASSERT_TRUE(receive(other, 2));
  ASSERT_TRUE(other.send(Words{ut::tick(), ut::tick(), ut::halt()}));
  ASSERT_TRUE(receive(other, 3));
  EXPECT_EQ(link.statistics().simulated_cycles, other.statistics().simulated_cycles);
}

TEST(ModelLink, HasNothingToWaitForWhenNothingRuns) {
  ModelLink link = make_link();
  EXPECT_EQ(*link.receive(scrap(), Deadline::in(3600s)), 0U);
  EXPECT_EQ(*link.receive({}, Deadline::in(3600s)), 0U);
}

TEST(ModelLink, GoesOnAfterADeadline) {
  ModelLink link = make_link();
  ASSERT_TRUE(link.send(Words{ut::timer_setup(), ut::wait_until(3'000'000), ut::halt()}));
  EXPECT_EQ(*link.receive(scrap(), Deadline::now()), 0U);
  EXPECT_EQ(link.statistics().simulated_cycles, 0U);
  EXPECT_EQ(*link.receive(scrap(), Deadline::in(5ms)), 0U);
  EXPECT_GT(link.statistics().simulated_cycles, 0U);
  EXPECT_EQ(*receive(link, 1), Words{kHaltWord});
  // Setup in clock 0, WaitUntil retires in 1 + 3000000, the halt's word leaves 4 clocks later.
  EXPECT_EQ(link.statistics().simulated_cycles, 3'000'006U);
}

TEST(ModelLink, StopsAProgramThatTakesTooLong) {
  ModelLink link = make_link({.max_cycles = 10'000});
  Words const endless = {ut::timer_setup(), ut::wait_until(0xffffffff), ut::tick(), ut::halt()};
  ASSERT_TRUE(link.send(endless));
  Result<Words> const stopped = receive(link, 1);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kTimeout);
  EXPECT_NE(stopped.error().hint.find("max_cycles=10000"), std::string::npos);
  // The halt is answered, and the link lives on.
  EXPECT_EQ(*receive(link, 1), Words{kHaltWord});
  ASSERT_TRUE(link.send(Words{ut::tick(), ut::halt()}));
  EXPECT_EQ(*receive(link, 2), (Words{kTickWord, kHaltWord}));
}

TEST(ModelLink, StopsALongProgramOnce) {
  // An instruction retires in every clock, also in that of the limit.
  ModelLink link = make_link({.max_cycles = 1000});
  Words program(20'000, ut::barrier(0));
  program.push_back(ut::halt());
  ASSERT_TRUE(link.send(program));
  EXPECT_FALSE(receive(link, 1));
  EXPECT_EQ(*receive(link, 1), Words{kHaltWord});
  EXPECT_LT(link.statistics().simulated_cycles, 1100U);
}

TEST(ModelLink, RefusesUnknownHeadersAndSkipsIdleWords) {
  ModelLink link = make_link();
  Result<void> const refused = link.send(Words{ut::tick(), 0x1000000000000000, ut::halt()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kProtocol);
  EXPECT_EQ(refused.error().effect, Effect::kNone);
  EXPECT_NE(refused.error().message.find("word 1 of 3"), std::string::npos);
  ASSERT_TRUE(link.send(Words{0x8000000000000000, ut::tick(), 0xffffffffffffffff, ut::halt()}));
  EXPECT_EQ(*receive(link, 2), (Words{kTickWord, kHaltWord}));
}

TEST(ModelLink, CountsWordsAndClocks) {
  ModelLink link = make_link();
  ASSERT_TRUE(link.send(Words{ut::tick(), ut::halt()}));
  ASSERT_TRUE(receive(link, 2));
  LinkStatistics const statistics = link.statistics();
  EXPECT_EQ(statistics.words_sent, 2U);
  EXPECT_EQ(statistics.words_received, 2U);
  EXPECT_EQ(statistics.simulated_cycles, 5U);
  EXPECT_GT(statistics.simulation_seconds, 0.0);
  EXPECT_EQ(statistics.packs_dropped, 0U);
}

TEST(ModelLink, RunsProgramsLongerThanThePlaybackMemory) {
  ModelLink link(make_small_stub_model(), {});
  Words program(1000, ut::tick());
  program.push_back(ut::halt());
  Words expected(1000, kTickWord);
  expected.push_back(kHaltWord);
  ASSERT_TRUE(link.send(program));
  EXPECT_EQ(*receive(link, 1001), expected);
  // One instruction per clock all the way: 1001 clocks and 3 for the last answer.
  EXPECT_EQ(link.statistics().simulated_cycles, 1004U);
  ASSERT_TRUE(link.send(program));
  EXPECT_EQ(*receive(link, 1001), expected);
}

TEST(ModelLink, DiscardsWhatDoesNotFitThePlaybackMemory) {
  ModelLink link(make_small_stub_model(), {});
  Words program = {ut::omnibus_write_address(0x88000009), ut::omnibus_data(100),
                   ut::chip_reset(true), ut::omnibus_read(1), ut::barrier(1)};
  program.resize(1000, ut::tick());
  program.push_back(ut::halt());
  program.push_back(ut::tick());
  program.push_back(ut::halt());
  ASSERT_TRUE(link.send(program));
  Result<Words> const words = receive(link, 4);
  ASSERT_TRUE(words) << words.error();
  ASSERT_EQ(words->size(), 4U);
  EXPECT_EQ((*words)[0] >> 56, 4U) << "timeout notification";
  EXPECT_EQ((*words)[0] & 0xffffffff, 4U);
  EXPECT_EQ((*words)[1], kHaltWord);
  EXPECT_EQ((*words)[2], kTickWord);
  EXPECT_EQ((*words)[3], kHaltWord);
}

TEST(ModelLink, ReportsALongProgramWithoutHalt) {
  ModelLink link(make_small_stub_model(), {});
  ASSERT_TRUE(link.send(Words(100, ut::tick())));
  Result<Words> const words = receive(link, 101);
  ASSERT_FALSE(words);
  EXPECT_EQ(words.error().code, ErrorCode::kProtocol);
  // The answers that were still on their way, and the halt.
  ASSERT_TRUE(link.send(Words{ut::halt()}));
  EXPECT_EQ(receive(link, 1)->back(), kHaltWord);
}

TEST(ModelLink, ModelsInThreadsDoNotDisturbEachOther) {
  Words program = {ut::systime_init(true), ut::barrier(ut::kBarrierSystime),
                   ut::omnibus_write_address(0x88000005), ut::omnibus_data(1)};
  for (std::uint16_t i = 0; i < 1000; ++i)
    program.push_back(ut::spikes(i, static_cast<std::uint16_t>(2 * i)));
  program.insert(program.end(), {ut::timer_setup(), ut::wait_until(300), ut::halt()});
  auto const run = [&program](Words& words) {
    ModelLink link = make_link();
    ASSERT_TRUE(link.send(program));
    std::uint64_t buffer[512];
    while (words.empty() || words.back() != kHaltWord) {
      Result<std::size_t> const got = link.receive(buffer, Deadline::in(60s));
      ASSERT_TRUE(got && *got != 0);
      words.insert(words.end(), buffer, buffer + *got);
    }
  };
  Words alone, first, second;
  run(alone);
  {
    std::jthread const one([&] { run(first); });
    std::jthread const two([&] { run(second); });
  }
  EXPECT_EQ(first, alone);
  EXPECT_EQ(second, alone);
}

TEST(SimTarget, ReadsItsOptions) {
  auto const parse = [](std::string_view text) { return parse_options(*Uri::parse(text)); };
  Result<TargetOptions> const all =
      parse("sim:?max_cycles=12&trace=a.fst&trace_start=5&trace_stop=9");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->link.max_cycles, 12U);
  EXPECT_EQ(all->trace, (TraceOptions{"a.fst", 5, 9}));
  for (char const* text : {"sim:huge", "sim:?cycles=1", "sim:?max_cycles=-1",
                           "sim:?max_cycles=", "sim:?max_cycles=1e6", "sim:?trace",
                           "sim:?trace_start=4", "sim:?max_cycles=99999999999999999999"}) {
    Result<TargetOptions> const options = parse(text);
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error().code, ErrorCode::kInvalidArgument) << text;
    EXPECT_FALSE(options.error().hint.empty()) << text;
  }
}

TEST(TwinTarget, ReadsItsOptions) {
  auto const parse = [](std::string_view text) { return parse_twin_options(*Uri::parse(text)); };
  Result<TwinTargetOptions> const all =
      parse("twin:?max_cycles=12&mismatch=0.25,seed:7&cadc_noise=4,seed:9&padi_ports=1&row_port=2");
  ASSERT_TRUE(all) << all.error();
  EXPECT_EQ(all->link.max_cycles, 12U);
  EXPECT_EQ(all->twin.mismatch.seed, 7U);
  EXPECT_EQ(all->twin.mismatch.sigma[0], 0.25);
  EXPECT_EQ(all->twin.mismatch.sigma[23], 0.25);
  EXPECT_EQ(all->twin.cadc_noise, (CadcNoiseOptions{4, 9}));
  EXPECT_EQ(all->twin.padi_ports, 1U);
  EXPECT_EQ(all->twin.row_port, 2U);
  Result<TwinTargetOptions> const none = parse("twin:");
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->twin.mismatch.is_on());
  EXPECT_EQ(none->twin.cadc_noise.width, 0U);
  for (char const* text :
       {"twin:fast", "twin:?mismatsh=0.1", "twin:?mismatch=2", "twin:?mismatch=nan",
        "twin:?mismatch=0.1,3", "twin:?mismatch=0.1,seed:x", "twin:?cadc_noise=300",
        "twin:?cadc_noise=2.5", "twin:?cadc_noise=2,seed:99999999999", "twin:?padi_ports=2",
        "twin:?row_port=3", "twin:?max_cycles=x"}) {
    Result<TwinTargetOptions> const options = parse(text);
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error().code, ErrorCode::kInvalidArgument) << text;
    EXPECT_FALSE(options.error().hint.empty()) << text;
  }
  Result<TwinTargetOptions> const waves = parse("twin:?trace=a.fst");
  ASSERT_FALSE(waves);
  EXPECT_EQ(waves.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace hx::sim
