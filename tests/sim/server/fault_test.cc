#include "sim/server/fault.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "sim/server/log.h"

namespace hx::sim {
namespace {

using namespace std::chrono_literals;

// The first bytes of what comes out for a hundred datagrams, one every 10 us.
std::vector<std::size_t> through(FaultOptions const& options) {
  FaultStage stage(options);
  std::vector<std::size_t> out;
  std::chrono::nanoseconds now{0};
  for (unsigned i = 0; i < 100; ++i, now += 10us) {
    std::vector<std::byte> const bytes(i + 4, static_cast<std::byte>(i));
    stage.push(bytes, now);
    while (auto found = stage.pop(now)) out.push_back(found->size());
  }
  while (stage.due() != std::chrono::nanoseconds::max()) {
    now = stage.due();
    while (auto found = stage.pop(now)) out.push_back(found->size());
  }
  return out;
}

TEST(Fault, WithoutFaultsEverythingPassesInOrder) {
  std::vector<std::size_t> const out = through({});
  ASSERT_EQ(out.size(), 100U);
  EXPECT_TRUE(std::is_sorted(out.begin(), out.end()));
}

TEST(Fault, DropsDoublesReordersAndSpoils) {
  EXPECT_LT(through({.drop = 0.3}).size(), 90U);
  EXPECT_GT(through({.duplicate = 0.3}).size(), 110U);
  std::vector<std::size_t> const reordered = through({.reorder = 0.3});
  EXPECT_EQ(reordered.size(), 100U);
  EXPECT_FALSE(std::is_sorted(reordered.begin(), reordered.end()));
  std::vector<std::size_t> spoiled = through({.corrupt = 0.5});
  std::vector<std::size_t> whole = through({});
  EXPECT_EQ(spoiled.size(), whole.size());
  EXPECT_NE(spoiled, whole);
}

TEST(Fault, TheSeedDecides) {
  FaultOptions const options{.drop = 0.2, .duplicate = 0.1, .reorder = 0.3, .delay = 1ms};
  FaultOptions other = options;
  other.seed = 2;
  EXPECT_EQ(through(options), through(options));
  EXPECT_NE(through(options), through(other));
}

TEST(Fault, ReadsItsText) {
  Result<FaultOptions> const options =
      parse_faults("drop:0.1,dup:0.05,reorder:1,corrupt:0.01,delay:2ms,seed:7");
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(
      *options,
      (FaultOptions{
          .drop = 0.1, .duplicate = 0.05, .reorder = 1, .corrupt = 0.01, .delay = 2ms, .seed = 7}));
  EXPECT_TRUE(parse_faults(""));
  for (char const* text : {"drop", "drop:", "drop:2", "drop:-1", "drop:nan", "delay:2", "delay:2s",
                           "seed:x", "lose:0.1", "drop:0.1;dup:0.1"}) {
    EXPECT_FALSE(parse_faults(text)) << text;
  }
}

TEST(Log, AFloodBecomesACount) {
  std::ostringstream out;
  Log log(&out, 3);
  for (int i = 0; i < 100; ++i) log.line("event");
  std::string const text = out.str();
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 7);
  Log(nullptr).line("nothing");
}

}  // namespace
}  // namespace hx::sim
