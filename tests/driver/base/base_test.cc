#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "driver/base/check.h"
#include "driver/base/hex.h"
#include "driver/base/index.h"
#include "driver/base/refusal.h"
#include "driver/base/result.h"
#include "driver/base/units.h"

namespace hx {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) {
    return Error{.code = ErrorCode::kOutOfRange,
                 .effect = Effect::kNone,
                 .message = std::to_string(value) + " is odd",
                 .hint = "an even number"};
  }
  return value / 2;
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(*half(8), 4);
  Result<int> odd = half(7);
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().code, ErrorCode::kOutOfRange);
  EXPECT_EQ(odd.value_or(-1), -1);
  EXPECT_EQ(half(8).value_or(-1), 4);
}

TEST(Result, ContextKeepsTheCause) {
  Error error = half(7).error();
  std::string text = std::move(error).context("line 3").text();
  EXPECT_EQ(text, "line 3: 7 is odd\n  try: an even number");
}

TEST(Result, ChainsOperations) {
  EXPECT_EQ(*half(12).and_then(half), 3);
  EXPECT_FALSE(half(6).and_then(half).and_then(half));
  EXPECT_EQ(*half(6).transform([](int v) { return std::to_string(v); }), "3");
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  std::unique_ptr<int> value = *std::move(result);
  EXPECT_EQ(*value, 5);
}

TEST(Result, VoidHoldsOnlyAnError) {
  Result<void> good;
  EXPECT_TRUE(good);
  Result<void> bad = Error{.message = "no"};
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "no");
}

TEST(ResultDeathTest, ValueOfAnErrorBreaksTheContract) {
  EXPECT_DEATH((void)half(7).value(), "7 is odd");
}

TEST(Refusal, BecomesAnErrorOrAnyResult) {
  auto const refuse = [](int size) -> Result<std::string> {
    if (size == 0) return Refusal(ErrorCode::kOutOfRange) << "size " << size;
    return (Refusal(ErrorCode::kNotFound) << "no " << 7).hint("known: 3");
  };
  EXPECT_EQ(refuse(0).error().code, ErrorCode::kOutOfRange);
  EXPECT_EQ(refuse(0).error().message, "size 0");
  EXPECT_EQ(refuse(0).error().effect, Effect::kNone);
  EXPECT_EQ(refuse(1).error().hint, "known: 3");
  EXPECT_EQ((Refusal(ErrorCode::kIo) << "a").error().message, "a");
}

TEST(CheckDeathTest, SaysConditionAndText) {
  int index = 7;
  EXPECT_DEATH(HX_CHECK(index < 5) << "index " << index, "check failed: index < 5: index 7");
}

using Column = Index<struct ColumnTag, 256>;

TEST(Index, CountsEveryPlaceOnce) {
  std::uint32_t next = 0;
  for (Column c : Column::all()) EXPECT_EQ(c.value(), next++);
  EXPECT_EQ(next, 256U);
}

TEST(Index, RefusesNumbersOutOfRange) {
  EXPECT_TRUE(Column::make(255));
  EXPECT_FALSE(Column::make(256));
  EXPECT_FALSE(Column::make((1ULL << 32) + 1));
  EXPECT_DEATH(Column{256}, "place 256 of 256");
}

TEST(Hex, PadsButNeverCuts) {
  EXPECT_EQ(hex(0, 1), "0x0");
  EXPECT_EQ(hex(0x2a, 4), "0x002a");
  EXPECT_EQ(hex(0x123456789abcdef0, 8), "0x123456789abcdef0");
}

TEST(Units, CyclesAreEightNanoseconds) {
  EXPECT_EQ(round_to_cycles(Seconds{38e-6}), FpgaCycles{4750});
  EXPECT_EQ(std::chrono::duration_cast<std::chrono::nanoseconds>(FpgaCycles{1}).count(), 8);
}

TEST(Units, ModelTimeConvertsByNameOnly) {
  EXPECT_DOUBLE_EQ(ModelTime::from_hardware(Seconds{1e-3}).seconds, 1.0);
  EXPECT_DOUBLE_EQ(ModelTime{0.5}.to_hardware().count(), 0.5e-3);
}

}  // namespace
}  // namespace hx
