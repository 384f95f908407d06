// Whole experiments over UDP: the results are those of the same target in this process, and what the way costs is printed.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "driver/base/check.h"
#include "host/chip_backend.h"
#include "sim/server/board.h"
#include "sim/targets/twin_target.h"
#include "tests/sim/server/udp_client.h"
#include "tools/experiment/experiment_file.h"
#include "tools/experiment/run.h"

namespace hx::sim {
namespace {

struct Outcome {
  host::Results results;
  double seconds = 0;
};

Outcome run(Registry const& registry, std::string const& uri, host::RunRequest const& request) {
  // What the scheme would choose for a model, whatever the scheme is.
  Result<std::unique_ptr<host::Backend>> backend = host::open_chip_backend(
      registry, uri,
      {.init = InitOptions::for_model(), .settling = host::Settling::digital(), .aligned = true});
  HX_CHECK(backend) << backend.error();
  auto const begin = std::chrono::steady_clock::now();
  Outcome outcome;
  for (int i = 0; i < 3; ++i) {  // the later runs send differences only
    Result<host::Results> results = (*backend)->run(request);
    HX_CHECK(results) << results.error();
    outcome.results = std::move(*results);
  }
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return outcome;
}

class OverUdp : public ::testing::TestWithParam<char const*> {};
INSTANTIATE_TEST_SUITE_P(Examples, OverUdp,
                         ::testing::Values("psp", "layers", "adaptation", "madc", "noise"));

TEST_P(OverUdp, GivesTheResultsOfTheTargetInThisProcess) {
  Result<tools::ExperimentFile> const file =
      tools::read_experiment_file("examples/" + std::string(GetParam()) + ".yaml");
  ASSERT_TRUE(file) << file.error();
  Registry registry;
  add_twin_target(registry);
  add_udp_client(registry);
  Log log(nullptr);
  for (char const* const fault : {"", "drop:0.05,dup:0.05,reorder:0.05,seed:3"}) {
    Result<std::unique_ptr<Board>> const board =
        Board::start({.port = 0, .target = "twin:", .fault = *parse_faults(fault)}, registry, log);
    ASSERT_TRUE(board) << board.error();
    host::RunRequest const request = tools::make_request(*file);
    Outcome const here = run(registry, "twin:", request);
    Outcome const there =
        run(registry, "udp:127.0.0.1:" + std::to_string((*board)->port()), request);
    ASSERT_FALSE(here.results.populations.empty());
    ASSERT_EQ(there.results.populations.size(), here.results.populations.size());
    for (auto const& [name, expected] : here.results.populations) {
      host::Observables const* const found = there.results.find(name);
      ASSERT_NE(found, nullptr) << name;
      EXPECT_EQ(found->spikes, expected.spikes) << name << ", " << fault;
      EXPECT_EQ(found->cadc, expected.cadc) << name << ", " << fault;
      EXPECT_EQ(found->madc, expected.madc) << name << ", " << fault;
    }
    std::printf("%s%s%s: three runs take %.1f ms in the process, %.1f ms over UDP (%+.0f %%)\n",
                GetParam(), *fault == '\0' ? "" : ", ", fault, here.seconds * 1e3,
                there.seconds * 1e3, (there.seconds / here.seconds - 1) * 100);
  }
}

}  // namespace
}  // namespace hx::sim
