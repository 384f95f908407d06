#include "tools/demo/sudoku.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "host/mock.h"

namespace hx::tools {
namespace {

using ::testing::HasSubstr;

TEST(Sudoku, ReadsDigitsAndIgnoresFrames) {
  Result<Sudoku> const grid = parse_sudoku("1. |04\n..|1_\n--+--\n.1 .. 4..1");
  ASSERT_TRUE(grid) << grid.error();
  EXPECT_EQ(*grid, (Sudoku{1, 0, 0, 4, 0, 0, 1, 0, 0, 1, 0, 0, 4, 0, 0, 1}));
}

TEST(Sudoku, SaysWhatIsMalformed) {
  EXPECT_THAT(parse_sudoku("1234").error().text(), HasSubstr("4 cells instead of 16"));
  EXPECT_THAT(parse_sudoku("1..5 .... .... ....").error().text(), HasSubstr("'5' is no digit"));
  EXPECT_THAT(parse_sudoku("................1").error().text(), HasSubstr("more than 16 cells"));
  EXPECT_THAT(parse_sudoku("1..1 .... .... ....").error().text(),
              HasSubstr("1 stands at row 1, column 1 and at row 1, column 4"));
  EXPECT_EQ(parse_sudoku("").error().code, ErrorCode::kParse);
}

TEST(Sudoku, EveryCellHasSevenRivals) {
  for (int cell = 0; cell < 16; ++cell) {
    std::vector<int> const others = rivals(cell);
    EXPECT_EQ(others.size(), 7U);
    for (int other : others) {
      std::vector<int> const back = rivals(other);
      EXPECT_NE(std::find(back.begin(), back.end(), cell), back.end());
    }
  }
}

TEST(Sudoku, CountsSolutions) {
  EXPECT_EQ(count_solutions(Sudoku{}, 1000), 288) << "all 4x4 Sudokus";
  EXPECT_EQ(count_solutions(*parse_sudoku(kDemoPuzzle), 2), 1);
  // Row 1 leaves 4 for its last cell, column 4 has one already.
  EXPECT_EQ(count_solutions(*parse_sudoku("123. ...4 .... ...."), 2), 0);
}

TEST(Sudoku, JudgesSolutions) {
  Sudoku const full{1, 2, 3, 4, 3, 4, 1, 2, 2, 1, 4, 3, 4, 3, 2, 1};
  Sudoku clues{};
  EXPECT_TRUE(is_solution(full, clues));
  clues[1] = 3;
  EXPECT_FALSE(is_solution(full, clues)) << "a clue was changed";
  Sudoku wrong = full;
  std::swap(wrong[0], wrong[1]);
  EXPECT_FALSE(is_solution(wrong, Sudoku{}));
  wrong = full;
  wrong[7] = 0;
  EXPECT_FALSE(is_solution(wrong, Sudoku{}));
}

TEST(Sudoku, DecodesTheDigitThatSpikesMost) {
  std::vector<std::vector<double>> trains(64);
  trains[4 * 5 + 2] = {1e-6, 2e-6};  // cell 5, digit 3
  trains[4 * 5 + 0] = {1e-6, 50e-6};
  trains[4 * 6 + 1] = {1e-6};  // cell 6: digits 2 and 4 are level
  trains[4 * 6 + 3] = {2e-6};
  Result<host::SpikeTrains> const spikes = host::SpikeTrains::from_seconds({trains});
  ASSERT_TRUE(spikes);
  Sudoku expected{};
  expected[5] = 3;
  EXPECT_EQ(decode_sudoku(*spikes, 0, 0, 10 * 125), expected);
  EXPECT_EQ(decode_sudoku(*spikes, 0, 40 * 125, 60 * 125)[5], 1) << "only the window counts";
}

TEST(Sudoku, NetworkFollowsTheRules) {
  host::RunRequest const request = make_sudoku_request(*parse_sudoku(kDemoPuzzle), 3);
  EXPECT_TRUE(host::validate(request)) << host::validate(request).error();
  auto const& conflicts = request.network.projections[2].connections;
  EXPECT_EQ(conflicts.size(), 64U * 10U) << "3 digits of the cell, 7 rivals";
  EXPECT_TRUE(std::all_of(conflicts.begin(), conflicts.end(),
                          [](auto const& c) { return c.weight < 0 && c.pre != c.post; }));
}

TEST(Sudoku, MockNetworkSolvesTheDemoPuzzle) {
  Sudoku const clues = *parse_sudoku(kDemoPuzzle);
  Result<host::Results> const results =
      host::make_mock_backend()->run(make_sudoku_request(clues, 6));
  ASSERT_TRUE(results) << results.error();
  std::optional<SudokuAnswer> const answer = find_answer(*results->find("digits")->spikes, clues);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(is_solution(answer->grid, clues));
}

}  // namespace
}  // namespace hx::tools
