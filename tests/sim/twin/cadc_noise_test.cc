#include <gtest/gtest.h>

#include <vector>

#include "sim/twin/array_options.h"

namespace hx::sim {
namespace {

TEST(CadcNoise, IsUniformInItsWidthAndRepeatable) {
  for (std::uint32_t width : {2U, 5U, 16U, 256U}) {
    CadcNoise noise({.width = width, .seed = 9});
    CadcNoise same({.width = width, .seed = 9});
    EXPECT_TRUE(noise.is_on());
    int const low = -static_cast<int>(width / 2);
    std::vector<int> count(width);
    int const draws = 4000 * static_cast<int>(width);
    for (int k = 0; k < draws; ++k) {
      int const value = noise.next();
      EXPECT_EQ(value, same.next());
      ASSERT_GE(value, low);
      ASSERT_LT(value, low + static_cast<int>(width));
      ++count[static_cast<std::size_t>(value - low)];
    }
    // Six standard deviations.
    for (int n : count) EXPECT_NEAR(n, 4000, 400) << "width " << width;
  }
}

TEST(CadcNoise, IsOffByDefaultAndBelowTwo) {
  EXPECT_FALSE(CadcNoise({}).is_on());
  EXPECT_FALSE(CadcNoise({.width = 1}).is_on());
  CadcNoise noise({.width = 1});
  for (int k = 0; k < 100; ++k) EXPECT_EQ(noise.next(), 0);
  // Seed 0 would stand still.
  CadcNoise zero({.width = 256, .seed = 0});
  EXPECT_NE(zero.next(), zero.next());
}

}  // namespace
}  // namespace hx::sim
