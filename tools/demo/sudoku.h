/// The second demonstration: a 4x4 Sudoku solved by a spiking winner-take-all network.
///
/// One neuron stands for "cell c holds digit d" (64 in all). It inhibits the neurons it contradicts: other
/// digits of its cell, the same digit in its row, column and box. Background noise keeps all of them
/// trying; clues are driven by regular spikes. The neurons that win agree with each other: a solution.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "driver/base/result.h"
#include "host/backend.h"

namespace hx::tools {

/// Digits 1..4 of 16 cells, row by row; 0 is empty.
using Sudoku = std::array<int, 16>;

/// Sixteen digits; 0, '.' and '_' are empty, white space and "|+-" between are ignored. kParse names what
/// does not fit: number of cells, a character, or two clues that contradict each other.
Result<Sudoku> parse_sudoku(std::string_view text);

/// Cells that may not hold the same digit as `cell`: its row, column and box, without itself.
std::vector<int> rivals(int cell);

/// Whether every cell is filled and no two rivals are equal, and `clues` are kept.
bool is_solution(Sudoku const& grid, Sudoku const& clues);

/// Number of solutions by exhaustive search, counted up to `limit`. Only to tell the user that there is none: the
/// network does not see it.
int count_solutions(Sudoku const& clues, int limit);

/// The network with clue spikes for a run of `entries` batch entries; `seed` is that of the noise.
host::RunRequest make_sudoku_request(Sudoku const& clues, std::uint32_t entries,
                                     std::uint32_t seed = 1);

/// What the network says in [begin, end) (FPGA cycles) of an entry: per cell the digit that spiked most;
/// 0 where nothing spiked or two digits are level.
Sudoku decode_sudoku(host::SpikeTrains const& spikes, std::uint32_t entry, std::int64_t begin,
                     std::int64_t end);

/// Where a solution was read.
struct SudokuAnswer {
  Sudoku grid{};
  std::uint32_t entry = 0;
  std::int64_t begin = 0;  // FPGA cycles
  std::int64_t end = 0;
};

/// The first window of any entry in which the network holds a solution.
std::optional<SudokuAnswer> find_answer(host::SpikeTrains const& spikes, Sudoku const& clues);

/// The grid as text, four lines.
std::string to_text(Sudoku const& grid);

/// Runs the demonstration: solves `puzzle`, prints it and draws `folder`/sudoku.png.
Result<void> run_sudoku_demo(host::Backend& backend, std::string_view puzzle, std::uint32_t seed,
                             std::filesystem::path const& folder, std::ostream& out);

/// The puzzle of `./hx demo`: four clues, one solution.
inline constexpr std::string_view kDemoPuzzle = "1... ..3. .4.. ...2";

}  // namespace hx::tools
