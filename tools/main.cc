// The hx program: parses the command line and calls what does the work. `./hx` (a script in the root) builds it.

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

#include "driver/base/result.h"
#include "tools/demo/neuron.h"
#include "tools/demo/sudoku.h"
#include "tools/exit_code.h"
#include "tools/experiment/experiment_file.h"
#include "tools/experiment/run.h"
#include "tools/explain.h"
#include "tools/link/commands.h"
#include "tools/reg_lines.h"
#include "tools/targets.h"
#include "tools/ut_lines.h"

namespace hx::tools {
namespace {

constexpr char kTargetHelp[] =
    "where to run: twin:, sim:, mock, ... (./hx targets); default: HX_TARGET, else twin:";

int report(Error const& error) {
  std::cerr << "hx: " << error.text() << "\n";
  return exit_code(error.code);
}

/// The target given, or that of the environment, or the default.
std::string chosen_target(std::string const& option) {
  char const* const environment = std::getenv("HX_TARGET");
  std::string target(kDefaultTarget);
  if (environment != nullptr && *environment != '\0') target = environment;
  if (!option.empty()) target = option;
  return target;
}

// Opens the target and hands it over; errors are reported once, here.
int with_target(std::string const& target,
                std::function<Result<void>(host::Backend&)> const& work) {
  std::cerr << "hx: target " << target << "\n";
  Result<std::unique_ptr<host::Backend>> backend = open_target(target);
  if (!backend) return report(backend.error());
  Result<void> const done = work(**backend);
  return done ? 0 : report(done.error());
}

Error cannot_write(std::filesystem::path const& path, Effect effect) {
  return Error{.code = ErrorCode::kIo,
               .effect = effect,
               .message = "cannot write " + path.string(),
               .hint = "does its folder exist, may you write there, and is there room?"};
}

/// Devices and pipes (/dev/stdout) are written as they are, a file through a temporary one beside it.
bool is_special(std::filesystem::path const& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error);
}

std::filesystem::path unfinished_name(std::filesystem::path const& path) {
  return path.string() + ".part";
}

/// A failure leaves no half-written result, and what was there before stays.
Result<void> write_file(std::filesystem::path const& path,
                        std::function<void(std::ostream&)> const& write) {
  std::error_code error;
  bool const special = is_special(path);
  // Behind a symbolic link the file is replaced, not the link.
  std::filesystem::path const final_name =
      special ? path : std::filesystem::weakly_canonical(path, error);
  std::filesystem::path const name = special ? path : unfinished_name(final_name);
  {
    std::ofstream file(name, std::ios::binary);
    if (file) write(file);
    if (!file.flush()) {
      if (!special) std::filesystem::remove(name, error);
      return cannot_write(path, Effect::kApplied);
    }
  }
  if (special) return {};
  std::filesystem::rename(name, final_name, error);
  if (error) return cannot_write(path, Effect::kApplied);
  return {};
}

// An output that cannot be written is noticed before the experiment runs, not after.
Result<void> check_writable(std::filesystem::path const& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return Error{.code = ErrorCode::kIo,
                 .message = path.string() + " is a folder",
                 .hint = "--out FILE.json"};
  }
  if (is_special(path)) return {};
  std::filesystem::path const trial =
      unfinished_name(std::filesystem::weakly_canonical(path, error));
  if (!std::ofstream(trial, std::ios::binary)) return cannot_write(path, Effect::kNone);
  std::filesystem::remove(trial, error);
  return {};
}

Result<void> write_tables(host::Results const& results, std::filesystem::path const& folder) {
  for (Table const& table : tables(results)) {
    std::filesystem::path const name = folder / (table.name + ".npy");
    auto written = write_file(name, [&](std::ostream& o) { write_npy_matrix(table.matrix, o); });
    if (!written) return written;
    std::cerr << "hx: wrote " << name.string() << "\n";
  }
  return {};
}

/// Makes the folder, before the experiment runs.
Result<void> make_folder(std::string const& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && std::filesystem::is_directory(folder, error)) return {};
  return Error{.code = ErrorCode::kIo,
               .message = "cannot make the folder " + folder + ": " + error.message(),
               .hint = "choose another one with --npy"};
}

int run_command(std::string const& path, std::string const& target, std::string const& out,
                std::string const& npy) {
  Result<ExperimentFile> const file = read_experiment_file(path);
  if (!file) return report(file.error());
  if (!out.empty()) {
    if (Result<void> const writable = check_writable(out); !writable)
      return report(writable.error());
  }
  if (!npy.empty()) {
    if (Result<void> const made = make_folder(npy); !made) return report(made.error());
  }
  Result<std::string> const full = target_with_model(*file, chosen_target(target));
  if (!full) return report(full.error());
  return with_target(*full, [&](host::Backend& backend) -> Result<void> {
    Result<host::Results> const results = backend.run(make_request(*file));
    if (!results) return Error(results.error()).context(path);
    print_summary(*file, *results, std::cerr);
    if (!npy.empty()) {
      if (Result<void> tables = write_tables(*results, npy); !tables) return tables;
    }
    if (out.empty()) return {};
    Result<void> written = write_file(out, [&](std::ostream& o) { write_json(*results, o); });
    if (written) std::cerr << "hx: wrote " << out << "\n";
    return written;
  });
}

int explain_command(std::string const& path, bool all) {
  Result<ExperimentFile> const file = read_experiment_file(path);
  if (!file) return report(file.error());
  Result<void> const done = explain(*file, all, std::cout);
  return done ? 0 : report(Error(done.error()).context(path));
}

int demo_command(std::string const& part, std::string const& puzzle, std::uint32_t seed,
                 std::string const& target, std::string const& folder) {
  if (!part.empty() && part != "neuron" && part != "sudoku") {
    return report(Error{.code = ErrorCode::kInvalidArgument,
                        .message = "there is no demonstration '" + part + "'",
                        .hint = "./hx demo, ./hx demo neuron, ./hx demo sudoku [PUZZLE]"});
  }
  // What can be refused is refused before anything runs or is made.
  if (Result<Sudoku> const grid = parse_sudoku(puzzle); !grid) return report(grid.error());
  std::error_code made;
  std::filesystem::create_directories(folder, made);
  if (made || !std::filesystem::is_directory(folder, made)) {
    return report(Error{.code = ErrorCode::kIo,
                        .message = "cannot make the folder " + folder + ": " + made.message(),
                        .hint = "choose another one with --out-dir"});
  }
  return with_target(chosen_target(target), [&](host::Backend& backend) -> Result<void> {
    if (part != "sudoku") {
      Result<void> done = run_neuron_demo(backend, folder, std::cout);
      if (!done || part == "neuron") return done;
      std::cout << "\n";
    }
    return run_sudoku_demo(backend, puzzle, seed, folder, std::cout);
  });
}

int targets_command() {
  print_targets(std::cout);
  return 0;
}

int main(int argc, char** argv) {
  // Own buffers: only these tell a read error of the standard input from its end.
  std::ios::sync_with_stdio(false);
  CLI::App app{"Runs spiking-network experiments on BrainScaleS-2 compatible chips.", "hx"};
  app.require_subcommand(1);
  int status = 0;

  std::string file;
  std::string target;
  std::string out;
  std::string npy;
  CLI::App* run = app.add_subcommand("run", "runs an experiment file");
  run->add_option("FILE", file, "experiment (docs/experiment-file.md)")->required();
  run->add_option("--target", target, kTargetHelp);
  run->add_option("--out", out, "result as JSON");
  run->add_option("--npy", npy, "folder for the recordings as NumPy tables");
  run->callback([&] { status = run_command(file, target, out, npy); });

  CLI::App* explaining =
      app.add_subcommand("explain", "shows what would be sent; nothing is executed");
  explaining->add_option("FILE", file, "experiment (docs/experiment-file.md)")->required();
  bool all = false;
  explaining->add_flag("--all", all, "the whole program, not only its first instructions");
  explaining->callback([&] { status = explain_command(file, all); });

  std::string part;
  std::string puzzle(kDemoPuzzle);
  std::string folder = "hx-demo";
  CLI::App* demo = app.add_subcommand("demo", "one neuron and a Sudoku");
  demo->add_option("PART", part, "neuron or sudoku; both if not given");
  demo->add_option("PUZZLE", puzzle, "16 digits 1 to 4, 0 or . for empty");
  std::uint32_t seed = 1;
  demo->add_option("--seed", seed, "of the noise that solves the Sudoku")->capture_default_str();
  demo->add_option("--target", target, kTargetHelp);
  demo->add_option("--out-dir", folder, "where the pictures go")->capture_default_str();
  demo->callback([&] { status = demo_command(part, puzzle, seed, target, folder); });

  std::string direction = "to-fpga";
  CLI::App* ut = app.add_subcommand("ut", "messages <-> 64-bit words, JSON lines");
  ut->require_subcommand(1);
  for (bool encode : {true, false}) {
    CLI::App* verb = ut->add_subcommand(encode ? "encode" : "decode",
                                        encode ? "messages -> words" : "words -> messages");
    verb->add_option("--direction", direction, "which dictionary")
        ->check(CLI::IsMember({"to-fpga", "from-fpga"}))
        ->capture_default_str();
    verb->callback([&, encode] {
      status = run_ut(encode ? LineMode::kEncode : LineMode::kDecode,
                      direction == "to-fpga" ? Direction::kToFpga : Direction::kFromFpga, std::cin,
                      std::cout, std::cerr);
    });
  }

  CLI::App* reg = app.add_subcommand("reg", "registers <-> words, JSON lines");
  reg->require_subcommand(1);
  for (bool encode : {true, false}) {
    CLI::App* verb = reg->add_subcommand(encode ? "encode" : "decode",
                                         encode ? "fields -> words" : "words -> fields");
    verb->callback([&, encode] {
      status =
          run_reg(encode ? LineMode::kEncode : LineMode::kDecode, std::cin, std::cout, std::cerr);
    });
  }

  app.add_subcommand("targets", "lists where experiments can run")->callback([&] {
    status = targets_command();
  });

  add_link_commands(app, status);

  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    // Help asked for is no error; everything else is bad usage.
    status = app.exit(error) == 0 ? 0 : 2;
  }
  // What did not arrive (a full disk, a closed output) must not look like success.
  if (!std::cout.flush() && status == 0) {
    status = report(Error{.code = ErrorCode::kIo,
                          .message = "cannot write the standard output",
                          .hint = "is it closed, or its disk full?"});
  }
  return status;
}

}  // namespace
}  // namespace hx::tools

int main(int argc, char** argv) {
  return hx::tools::main(argc, argv);
}
