// Random programs on the full system: whatever is sent, every run ends in its halt or in an Error.
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "driver/link/registry.h"
#include "driver/registers/chip.h"
#include "driver/ut/from_fpga.h"
#include "driver/ut/to_fpga.h"
#include "sim/targets/targets.h"

namespace hx {
namespace {

using Words = std::vector<std::uint64_t>;
using namespace std::chrono_literals;

Words random_program(std::mt19937& random) {
  auto const draw = [&random] { return static_cast<std::uint32_t>(random()); };
  // Registers of the chip, some places behind the documented ones, and the FPGA.
  auto const address = [&draw] {
    switch (draw() % 4) {
      case 0:
        return draw() & 0x03ffffff;
      case 1:
        return 0x88000000 | (draw() & 0x0000000f);
      default:
        return reg::Chip::addresses()[draw() % reg::Chip::kWords];
    }
  };
  Words words = {ut::omnibus_write_address(0x88000009), ut::omnibus_data(2000)};
  for (std::uint32_t i = draw() % 300; i > 0; --i) {
    std::uint64_t const anything = draw() | std::uint64_t{draw()} << 32;
    switch (draw() % 4) {
      case 0:
        words.push_back(ut::omnibus_read(address()));
        break;
      case 1:
        words.push_back(ut::omnibus_write_address(address()));
        words.push_back(ut::omnibus_data(draw()));
        break;
      // Any instruction with any payload; waits stay short, halts are added below.
      default:
        words.push_back((anything & 0x00ffffffffffffff) | std::uint64_t{draw() % 16} << 56);
        if (words.back() >> 56 == 0x05) words.back() &= 0xff000000000003ff;
        if (words.back() >> 56 == 0x0a) words.back() |= 1;
    }
  }
  words.push_back(ut::halt());
  return words;
}

/// Runs random programs on a target; the seed is fixed, so that a failure can be repeated.
void every_run_ends(std::string_view uri) {
  constexpr std::uint32_t kSeed = 11;
  std::mt19937 random(kSeed);
  Registry registry;
  sim::add_targets(registry);
  Result<std::unique_ptr<Link>> const link = registry.open(uri);
  ASSERT_TRUE(link) << link.error();
  ut::FromFpgaDecoder decoder;
  Words buffer(4096);
  for (int run = 0; run < 150; ++run) {
    ASSERT_TRUE((*link)->send(random_program(random)));
    ut::Received received;
    while (received.halts.size() == 0) {
      Result<std::size_t> const count = (*link)->receive(buffer, Deadline::in(120s));
      if (!count) {
        ASSERT_EQ(count.error().code, ErrorCode::kTimeout) << count.error();
        continue;
      }
      ASSERT_GT(*count, 0U) << "run " << run;
      std::span<std::uint64_t const> words = std::span(buffer).first(*count);
      while (!words.empty()) {
        ut::FromFpgaDecoder::Progress const progress = decoder.decode(words, received);
        ASSERT_NE(progress.stop, ut::FromFpgaDecoder::Stop::kUnknownHeader) << "run " << run;
        words = words.subspan(progress.words);
      }
    }
    EXPECT_EQ(received.halts.size(), 1U) << "run " << run;
    EXPECT_LE(received.timeouts.size(), 1U) << "run " << run;
  }
}

TEST(SimRandom, EveryRunEndsWithTheLinkUp) {
  every_run_ends(HX_TEST_TARGET "?max_cycles=200000&link=up");
}
TEST(SimRandom, EveryRunEndsWithTheLinkDown) {
  every_run_ends(HX_TEST_TARGET "?max_cycles=200000");
}

}  // namespace
}  // namespace hx
