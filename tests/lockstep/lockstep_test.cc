// The chip exists twice: random experiments must give the same words in the same clocks. HX_LOCKSTEP_SEEDS=FIRST:COUNT runs others.
#include "tests/lockstep/lockstep.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "tests/lockstep/sides.h"

namespace hx::lockstep {
namespace {

struct Seeds {
  std::uint64_t first = 1, count = HX_LOCKSTEP_COUNT;
};

Seeds seeds() {
  Seeds seeds;
  if (char const* const text = std::getenv("HX_LOCKSTEP_SEEDS"); text != nullptr) {
    char* rest = nullptr;
    seeds.first = std::strtoull(text, &rest, 10);
    seeds.count = *rest == ':' ? std::strtoull(rest + 1, nullptr, 10) : 1;
  }
  return seeds;
}

/// Where the recording of a failure is kept: with the outputs of the test.
std::string keep(Recording const& failure, std::uint64_t seed) {
  char const* const directory = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR");
  std::string const path = (directory != nullptr ? std::string(directory) : ::testing::TempDir()) +
                           "/lockstep_" + std::to_string(seed) + ".txt";
  std::ofstream(path) << to_text(failure);
  return path;
}

void compare(Side const& left, Side const& right) {
  Seeds const range = seeds();
  Coverage coverage;
  for (std::uint64_t seed = range.first; seed < range.first + range.count; ++seed) {
    Recording const made = recording(make_scenario(seed));
    auto const difference = first_difference(left, right, made, &coverage);
    if (!difference) continue;
    Recording const smaller = minimise(left, right, made, 150);
    ADD_FAILURE() << made.note << "\n  " << difference->text << "\n  " << smaller.size()
                  << " instructions show it: " << keep(smaller, seed);
  }
  std::cout << range.count << " experiments: " << coverage.clocks << " clocks, " << coverage.spikes
            << " spikes, " << coverage.samples << " MADC samples, " << coverage.reads << " reads, "
            << coverage.timeouts << " timeouts, " << coverage.given_up << " given up\n";
  // Experiments in which nothing happens would compare nothing.
  if (range.count >= 20) {
    EXPECT_GT(coverage.spikes, 1000 * range.count / 20);
    EXPECT_GT(coverage.reads, 500 * range.count / 20);
  }
}

TEST(Lockstep, RandomExperiments) {
  constexpr Ports kPorts{HX_PADI_PORTS, HX_ROW_PORT};
  compare(rtl_side(kPorts), twin_side(kPorts));
}

}  // namespace
}  // namespace hx::lockstep
