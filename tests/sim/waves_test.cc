// Waves: the file exists, holds the window that was asked for, and the words are those of the model without waves.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "driver/link/registry.h"
#include "driver/ut/to_fpga.h"
#include "sim/targets/targets.h"
#include "sim/targets/traced_targets.h"

namespace hx {
namespace {

using Words = std::vector<std::uint64_t>;
using namespace std::chrono_literals;

Words run(Registry const& registry, std::string const& uri) {
  Result<std::unique_ptr<Link>> const link = registry.open(uri);
  if (!link) {
    ADD_FAILURE() << link.error();
    return {};
  }
  Words program = {ut::systime_init(true), ut::barrier(ut::kBarrierSystime),
                   ut::omnibus_write_address(0x88000005), ut::omnibus_data(1)};
  for (std::uint16_t i = 0; i < 50; ++i) program.push_back(ut::spike(i));
  program.insert(program.end(), {ut::timer_setup(), ut::wait_until(300), ut::halt()});
  EXPECT_TRUE((*link)->send(program));
  Words words(1000);
  std::size_t have = 0;
  for (;;) {
    Result<std::size_t> const got =
        (*link)->receive(std::span(words).subspan(have), Deadline::in(60s));
    EXPECT_TRUE(got);
    if (!got || *got == 0) break;
    have += *got;
  }
  words.resize(have);
  return words;
}

std::string file(std::string const& name) {
  return std::string(std::getenv("TEST_TMPDIR")) + "/" + name;
}

class Waves : public ::testing::Test {
 protected:
  Waves() { sim::add_traced_targets(registry_); }
  Registry registry_;
};

TEST_F(Waves, DoNotChangeTheWords) {
  Registry plain;
  sim::add_targets(plain);
  Words const expected = run(plain, "sim:?link=up");
  ASSERT_GT(expected.size(), 50U);
  EXPECT_EQ(run(registry_, "sim:?link=up"), expected);
  EXPECT_EQ(run(registry_, "sim:?link=up&trace=" + file("all.fst")), expected);
  EXPECT_GT(std::filesystem::file_size(file("all.fst")), 10'000U);
}

TEST_F(Waves, HoldTheWindowOnly) {
  run(registry_, "sim:?link=up&trace=" + file("long.fst"));
  run(registry_, "sim:?link=up&trace=" + file("short.fst") + "&trace_start=100&trace_stop=120");
  EXPECT_GT(std::filesystem::file_size(file("short.fst")), 0U);
  EXPECT_LT(std::filesystem::file_size(file("short.fst")),
            std::filesystem::file_size(file("long.fst")));
}

TEST_F(Waves, RefuseWhatCannotBe) {
  Result<std::unique_ptr<Link>> const folder = registry_.open("sim:?trace=/no/such/folder/a.fst");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kIo);
  Result<std::unique_ptr<Link>> const window =
      registry_.open("sim:?trace=" + file("a.fst") + "&trace_start=9&trace_stop=9");
  ASSERT_FALSE(window);
  EXPECT_EQ(window.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace hx
