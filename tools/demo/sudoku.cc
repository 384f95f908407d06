#include "tools/demo/sudoku.h"

#include <algorithm>
#include <cctype>
#include <iomanip>
#include <sstream>
#include <utility>

#include "tools/demo/plot.h"

namespace hx::tools {
namespace {

constexpr int kSide = 4;
constexpr int kCells = kSide * kSide;
constexpr int kDigits = 4;
constexpr std::uint32_t kUnits = kCells * kDigits;

// The network. The leak lies above the threshold: every neuron would fire by itself, and rivals decide by
// inhibition who does. The noise breaks ties and shakes the network out of dead ends.
constexpr double kLeak = 160;  // CADC LSB; the threshold is 125
constexpr std::int32_t kNoiseWeight = 63;
constexpr std::int32_t kClueWeight = 126;
constexpr std::int32_t kRivalWeight = -63;
constexpr std::uint32_t kNoisePeriod = 80;  // chip cycles: one event per 320 ns over all 64 sources
constexpr double kClueInterval = 4e-6;      // s

constexpr std::int64_t kRuntime = 400;  // us of one batch entry
constexpr std::uint32_t kEntries = 6;
constexpr std::int64_t kWindow = 60 * 125;  // FPGA cycles
constexpr std::int64_t kWindowStride = 15 * 125;

std::uint32_t unit(int cell, int digit) {
  return static_cast<std::uint32_t>(cell * kDigits + digit - 1);
}

std::string place(int cell) {
  return "row " + std::to_string(cell / kSide + 1) + ", column " + std::to_string(cell % kSide + 1);
}

bool fits(Sudoku const& grid, int cell, int digit) {
  std::vector<int> const others = rivals(cell);
  return std::none_of(others.begin(), others.end(),
                      [&](int other) { return grid[static_cast<std::size_t>(other)] == digit; });
}

void count_from(Sudoku& grid, int cell, int limit, int& found) {
  while (cell < kCells && grid[static_cast<std::size_t>(cell)] != 0) ++cell;
  if (cell == kCells) {
    ++found;
    return;
  }
  for (int digit = 1; digit <= kDigits && found < limit; ++digit) {
    if (!fits(grid, cell, digit)) continue;
    grid[static_cast<std::size_t>(cell)] = digit;
    count_from(grid, cell + 1, limit, found);
    grid[static_cast<std::size_t>(cell)] = 0;
  }
}

std::vector<host::Connection> rival_connections() {
  std::vector<host::Connection> connections;
  for (int cell = 0; cell < kCells; ++cell) {
    for (int digit = 1; digit <= kDigits; ++digit) {
      for (int other = 1; other <= kDigits; ++other) {
        if (other != digit)
          connections.push_back({unit(cell, digit), unit(cell, other), kRivalWeight});
      }
      for (int rival : rivals(cell)) {
        connections.push_back({unit(cell, digit), unit(rival, digit), kRivalWeight});
      }
    }
  }
  return connections;
}

/// Regular spikes for every clue, each unit with its own phase.
host::SpikeTrains clue_spikes(Sudoku const& clues, std::uint32_t entries) {
  std::vector<std::vector<double>> trains(kUnits);
  for (int cell = 0; cell < kCells; ++cell) {
    int const digit = clues[static_cast<std::size_t>(cell)];
    if (digit == 0) continue;
    std::vector<double>& train = trains[unit(cell, digit)];
    for (double t = 0.2e-6 * cell; t < static_cast<double>(kRuntime) * 1e-6; t += kClueInterval) {
      train.push_back(t);
    }
  }
  Result<host::SpikeTrains> result = host::SpikeTrains::from_seconds(
      std::vector<std::vector<std::vector<double>>>(entries, trains));
  HX_CHECK(result.has_value()) << result.error().text();
  return *std::move(result);
}

Error malformed(std::string message) {
  return Error{.code = ErrorCode::kParse,
               .message = "puzzle: " + std::move(message),
               .hint = "sixteen digits 1 to 4, 0 or . for empty, for example '" +
                       std::string(kDemoPuzzle) + "'"};
}

std::string raster_script(host::SpikeTrains const& spikes, SudokuAnswer const& answer,
                          Sudoku const& clues) {
  std::ostringstream script;
  auto const write = [&](char const* name, auto wanted) {
    script << "$" << name << " << EOD\n";
    for (int cell = 0; cell < kCells; ++cell) {
      for (int digit = 1; digit <= kDigits; ++digit) {
        if (!wanted(cell, digit)) continue;
        script << "-1 " << unit(cell, digit) << "\n";  // never empty: gnuplot refuses empty blocks
        for (std::int64_t t : spikes.at(answer.entry, unit(cell, digit))) {
          script << host::seconds(t) * 1e6 << " " << unit(cell, digit) << "\n";
        }
      }
    }
    script << "-1 0\nEOD\n";
  };
  auto const at = [](Sudoku const& grid, int cell) { return grid[static_cast<std::size_t>(cell)]; };
  write("clue", [&](int c, int d) { return at(clues, c) == d; });
  write("winner", [&](int c, int d) { return at(answer.grid, c) == d && at(clues, c) != d; });
  write("loser", [&](int c, int d) { return at(answer.grid, c) != d; });
  script
      << "set xrange [0:" << kRuntime << "]\nset yrange [64:-1]\n"
      << "set xlabel 'time (us)'\nset ylabel 'cell'\nset key outside top horizontal\nset ytics (";
  for (int cell = 0; cell < kCells; ++cell) {
    script << (cell > 0 ? ", " : "") << "'" << cell / kSide + 1 << "/" << cell % kSide + 1 << "' "
           << cell * kDigits + 1.5;
    script << ", '' " << cell * kDigits - 0.5 << " 1";
  }
  script << ")\nset grid mytics lc rgb '#cccccc'\nset object 1 rectangle from "
         << host::seconds(answer.begin) * 1e6 << ",graph 0 to " << host::seconds(answer.end) * 1e6
         << ",graph 1 behind fc rgb '#e8f0e0' fs solid noborder\n"
         << "plot $loser with points pt 7 ps 0.4 lc rgb '#aaaaaa' title 'others', "
         << "$winner with points pt 7 ps 0.5 lc rgb '#1b5e9e' title 'solution', "
         << "$clue with points pt 7 ps 0.5 lc rgb '#d95f02' title 'clues'\n";
  return script.str();
}

Error no_answer() {
  return Error{.code = ErrorCode::kHardware,
               .effect = Effect::kApplied,
               .message = "the network found no solution in " + std::to_string(kEntries) + " x " +
                          std::to_string(kRuntime) + " us",
               .hint = "a solution exists: the noise did not find it; try again with --seed N"};
}

}  // namespace

Result<Sudoku> parse_sudoku(std::string_view text) {
  Sudoku grid{};
  int cell = 0;
  for (char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '|' || c == '+' || c == '-')
      continue;
    bool const empty = c == '0' || c == '.' || c == '_';
    if (!empty && (c < '1' || c > '0' + kDigits)) {
      return malformed("'" + std::string(1, c) + "' is no digit from 1 to 4");
    }
    if (cell == kCells) return malformed("more than 16 cells");
    if (!empty) {
      for (int other : rivals(cell)) {
        if (grid[static_cast<std::size_t>(other)] == c - '0') {
          return malformed("the clues contradict each other: " + std::string(1, c) + " stands at " +
                           place(other) + " and at " + place(cell));
        }
      }
      grid[static_cast<std::size_t>(cell)] = c - '0';
    }
    ++cell;
  }
  if (cell != kCells) return malformed(std::to_string(cell) + " cells instead of 16");
  return grid;
}

std::vector<int> rivals(int cell) {
  std::vector<int> others;
  int const row = cell / kSide;
  int const column = cell % kSide;
  for (int other = 0; other < kCells; ++other) {
    bool const same_box = other / kSide / 2 == row / 2 && other % kSide / 2 == column / 2;
    if (other != cell && (other / kSide == row || other % kSide == column || same_box)) {
      others.push_back(other);
    }
  }
  return others;
}

bool is_solution(Sudoku const& grid, Sudoku const& clues) {
  for (int cell = 0; cell < kCells; ++cell) {
    auto const i = static_cast<std::size_t>(cell);
    if (grid[i] < 1 || grid[i] > kDigits || !fits(grid, cell, grid[i])) return false;
    if (clues[i] != 0 && clues[i] != grid[i]) return false;
  }
  return true;
}

int count_solutions(Sudoku const& clues, int limit) {
  Sudoku grid = clues;
  int found = 0;
  count_from(grid, 0, limit, found);
  return found;
}

host::RunRequest make_sudoku_request(Sudoku const& clues, std::uint32_t entries,
                                     std::uint32_t seed) {
  host::Population noise;
  noise.name = "noise";
  noise.kind = host::PopulationKind::kBackground;
  noise.size = kUnits;
  noise.background = {.period = kNoisePeriod, .rate = 255, .seed = seed};
  host::Population clue;
  clue.name = "clues";
  clue.kind = host::PopulationKind::kSpikeSource;
  clue.size = kUnits;
  host::Population units;
  units.name = "digits";
  units.kind = host::PopulationKind::kLif;
  units.size = kUnits;
  units.record_spikes = true;
  units.neuron.leak = kLeak;
  units.neuron.reset = host::Parameter(80.);
  units.neuron.tau_mem = 10e-6;
  units.neuron.tau_syn_exc = 5e-6;
  units.neuron.tau_syn_inh = 5e-6;
  units.neuron.refractory_time = 2e-6;

  host::RunRequest request;
  request.network.populations = {noise, clue, units};
  request.network.projections = {
      {.from = 0, .to = 2, .connections = host::one_to_one_connections(kNoiseWeight, kUnits)},
      {.from = 1, .to = 2, .connections = host::one_to_one_connections(kClueWeight, kUnits)},
      {.from = 2, .to = 2, .connections = rival_connections()}};
  request.inputs["clues"] = clue_spikes(clues, entries);
  request.batch = entries;
  request.runtime_steps = kRuntime;
  return request;
}

Sudoku decode_sudoku(host::SpikeTrains const& spikes, std::uint32_t entry, std::int64_t begin,
                     std::int64_t end) {
  Sudoku grid{};
  for (int cell = 0; cell < kCells; ++cell) {
    std::ptrdiff_t most = 0;
    for (int digit = 1; digit <= kDigits; ++digit) {
      auto const train = spikes.at(entry, unit(cell, digit));
      std::ptrdiff_t const count = std::lower_bound(train.begin(), train.end(), end) -
                                   std::lower_bound(train.begin(), train.end(), begin);
      int& answer = grid[static_cast<std::size_t>(cell)];
      if (count == most) answer = 0;  // level: no digit, and none with no spike at all
      if (count > most) {
        most = count;
        answer = digit;
      }
    }
  }
  return grid;
}

std::optional<SudokuAnswer> find_answer(host::SpikeTrains const& spikes, Sudoku const& clues) {
  for (std::uint32_t entry = 0; entry < spikes.entries; ++entry) {
    for (std::int64_t begin = 0; begin + kWindow <= kRuntime * 125; begin += kWindowStride) {
      SudokuAnswer answer{.grid = decode_sudoku(spikes, entry, begin, begin + kWindow),
                          .entry = entry,
                          .begin = begin,
                          .end = begin + kWindow};
      if (is_solution(answer.grid, clues)) return answer;
    }
  }
  return std::nullopt;
}

std::string to_text(Sudoku const& grid) {
  std::string text;
  for (int cell = 0; cell < kCells; ++cell) {
    int const digit = grid[static_cast<std::size_t>(cell)];
    text += cell % kSide == 0 ? "   " : cell % kSide == 2 ? " | " : " ";
    text += digit == 0 ? '.' : static_cast<char>('0' + digit);
    if (cell % kSide == kSide - 1) text += cell == 7 ? "\n   ----+----\n" : "\n";
  }
  return text;
}

Result<void> run_sudoku_demo(host::Backend& backend, std::string_view puzzle, std::uint32_t seed,
                             std::filesystem::path const& folder, std::ostream& out) {
  Result<Sudoku> const clues = parse_sudoku(puzzle);
  if (!clues) return clues.error();
  out << "A 4x4 Sudoku on " << backend.target()
      << ": 64 neurons inhibit what contradicts them, noise keeps them trying\n\n"
      << to_text(*clues) << "\n";
  int const solutions = count_solutions(*clues, 2);
  if (solutions == 0) {
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = "this puzzle has no solution",
                 .hint = "change or remove a clue"};
  }
  if (solutions > 1) out << "(it has more than one solution: the network finds one of them)\n";

  Result<host::Results> const results = backend.run(make_sudoku_request(*clues, kEntries, seed));
  if (!results) return results.error();
  host::Observables const* digits = results->find("digits");
  HX_CHECK(digits != nullptr && digits->spikes) << "the spikes were not recorded";
  std::optional<SudokuAnswer> const answer = find_answer(*digits->spikes, *clues);
  out << digits->spikes->times.size() << " spikes in " << kEntries << " batch entries of "
      << kRuntime << " us\n";
  if (!answer) return no_answer();
  out << "solved in entry " << answer->entry << ", read from " << answer->begin / 125 << " to "
      << answer->end / 125 << " us\n\n"
      << to_text(answer->grid);
  std::filesystem::path const picture = folder / "sudoku.png";
  Result<void> const drawn =
      draw_png(picture, raster_script(*digits->spikes, *answer, *clues), 1000, 800);
  if (!drawn) return drawn.error();
  out << "\npicture: " << picture.string() << "\n";
  return {};
}

}  // namespace hx::tools
