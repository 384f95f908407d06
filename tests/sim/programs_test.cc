// Recorded programs of the existing software run to their end: no timeout, every answer.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "driver/base/result.h"
#include "driver/link/registry.h"
#include "driver/ut/from_fpga.h"
#include "driver/ut/to_fpga.h"
#include "sim/targets/targets.h"
#include "tests/driver/ut/vectors.h"

namespace hx {
namespace {

using Words = std::vector<std::uint64_t>;
using namespace std::chrono_literals;

/// The words of a recorded program, without waits of more than 3.2 ms of simulated time.
Words recorded(std::string const& name) {
  Words words =
      ut::words_of(ut::read_json_lines("tests/vectors/programs/" + name + ".jsonl.gz").back());
  std::erase_if(words, [](std::uint64_t word) {
    return word > ut::wait_until(400'000) && word <= ut::wait_until(0xffffffff);
  });
  words.push_back(ut::halt());
  return words;
}

/// Lanes that a program brings up: all of them, if it is a start-up with link.
std::size_t lanes_of(std::string const& name) {
  return name.starts_with("system_init") && name != "system_init_empty" &&
                 name != "system_init_jtag_only"
             ? 8
             : 0;
}

class RecordedProgram : public ::testing::TestWithParam<std::string> {};

TEST_P(RecordedProgram, RunsWithoutTimeoutAndIsAnswered) {
  Registry registry;
  sim::add_targets(registry);
  Result<std::unique_ptr<Link>> const link = registry.open(
      GetParam().starts_with("system_init") ? HX_TEST_TARGET "?max_cycles=5000000"
                                            : HX_TEST_TARGET "?max_cycles=5000000&link=up");
  ASSERT_TRUE(link) << link.error();
  Words const program = recorded(GetParam());
  std::size_t reads = 0, kept = 0, ticks = 0;
  for (std::uint64_t const word : program) {
    reads += word >> 56 == 0x0b && (word >> 36 & 1) == 1;
    kept += word >> 56 == 0x03 && (word >> 48 & 1) == 1;
    ticks += word == ut::tick();
  }
  ASSERT_TRUE((*link)->send(program));
  ut::FromFpgaDecoder decoder;
  ut::Received received;
  Words buffer(1 << 14);
  while (received.halts.size() == 0) {
    Result<std::size_t> const count = (*link)->receive(buffer, Deadline::in(300s));
    ASSERT_TRUE(count) << count.error();
    ASSERT_GT(*count, 0U);
    ut::FromFpgaDecoder::Progress const progress =
        decoder.decode(std::span(buffer).first(*count), received);
    ASSERT_NE(progress.stop, ut::FromFpgaDecoder::Stop::kUnknownHeader);
  }
  EXPECT_EQ(received.timeouts.size(), 0U);
  ASSERT_EQ(received.notifications.size(), lanes_of(GetParam()));
  for (std::size_t lane = 0; lane < received.notifications.size(); ++lane) {
    EXPECT_EQ(received.notifications[lane].bits, lane << 5 | 1 << 4) << "up, lower lanes first";
  }
  EXPECT_EQ(received.reads.size(), reads);
  EXPECT_EQ(received.jtag.size(), kept);
  EXPECT_EQ(received.ticks.size(), ticks);
}

INSTANTIATE_TEST_SUITE_P(All, RecordedProgram,
                         ::testing::Values("chip_default_write", "reads", "system_init_cube",
                                           "system_init_empty", "system_init_jboa",
                                           "system_init_jtag_only", "system_init_no_board",
                                           "system_init_no_board_no_capmem",
                                           "system_init_no_systime", "timing_and_barriers"),
                         [](auto const& name) { return name.param; });

}  // namespace
}  // namespace hx
