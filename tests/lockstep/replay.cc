// Runs a recording on both models: bazel run //tests/lockstep:replay -- FILE [--minimise OUT]
// FILE may also be seed:N, a random experiment. Exit code 1 if they differ, 2 for a mistake.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "tests/lockstep/lockstep.h"
#include "tests/lockstep/sides.h"

namespace hx::lockstep {
namespace {

Result<Recording> load(std::string const& name) {
  if (name.starts_with("seed:")) {
    return recording(make_scenario(std::strtoull(name.c_str() + 5, nullptr, 10)));
  }
  std::ifstream in(name);
  if (!in) return Error{ErrorCode::kNotFound, Effect::kNone, "no file " + name, "seed:N or a file"};
  std::ostringstream text;
  text << in.rdbuf();
  return from_text(text.str());
}

int run(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: replay FILE|seed:N [--minimise OUT]\n";
    return 2;
  }
  Result<Recording> loaded = load(argv[1]);
  if (!loaded) {
    std::cerr << loaded.error() << "\n";
    return 2;
  }
  std::string out;
  for (int i = 2; i + 1 < argc; i += 2) {
    std::string const option = argv[i], value = argv[i + 1];
    if (option == "--minimise") out = value;
  }
  Side const left = rtl_side(), right = twin_side();
  Coverage coverage;
  auto const difference = first_difference(left, right, *loaded, &coverage);
  std::cout << loaded->note << "\n" << (difference ? difference->text : "no difference") << "\n";
  for (std::string const& blocked : coverage.blocked) std::cout << "blocked: " << blocked << "\n";
  if (difference && !out.empty()) {
    auto const progress = [](std::size_t size) { std::cerr << "\r" << size << " instructions   "; };
    Recording const smaller = minimise(left, right, *loaded, 3000, progress);
    std::ofstream(out) << to_text(smaller);
    std::cout << "\n" << first_difference(left, right, smaller)->text << "\n";
  }
  return difference ? 1 : 0;
}

}  // namespace
}  // namespace hx::lockstep

int main(int argc, char** argv) {
  return hx::lockstep::run(argc, argv);
}
