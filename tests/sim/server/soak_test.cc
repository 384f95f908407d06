// Random programs over UDP to a served board, every answer once and in order: on a good network and on a bad one. HX_SOAK_WORDS says how
// many words, a million without it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "driver/link/zero_link.h"
#include "sim/server/board.h"
#include "tests/sim/server/udp_client.h"
#include "tools/link/measure.h"

namespace hx::sim {
namespace {

class Soak : public ::testing::TestWithParam<char const*> {};
INSTANTIATE_TEST_SUITE_P(Networks, Soak,
                         ::testing::Values("", "drop:0.1,dup:0.05,reorder:0.1,delay:2ms,seed:1"));

TEST_P(Soak, EveryAnswerComesOnceAndInOrder) {
  char const* const text = std::getenv("HX_SOAK_WORDS");
  std::uint64_t const words = text == nullptr ? 1'000'000 : std::strtoull(text, nullptr, 10);
  Registry registry;
  add_zero_target(registry);
  add_udp_client(registry);
  Log log(nullptr);
  Result<std::unique_ptr<Board>> const board = Board::start(
      {.port = 0, .target = "zero:", .fault = *parse_faults(GetParam())}, registry, log);
  ASSERT_TRUE(board) << board.error();
  std::string const uri = "udp:127.0.0.1:" + std::to_string((*board)->port());
  Result<void> const done = tools::soak_link(registry, uri, words, 1, std::cout);
  EXPECT_TRUE(done) << done.error();
  Result<void> const measured = tools::bench_link(registry, uri, words / 10, std::cout);
  EXPECT_TRUE(measured) << measured.error();
  WindowStatistics const counts = (*board)->status().window;
  std::cout << counts.frames_resent << " frames resent by the board, " << counts.duplicates
            << " came to it twice, " << counts.out_of_order << " too early\n";
}

}  // namespace
}  // namespace hx::sim
