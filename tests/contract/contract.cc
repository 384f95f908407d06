#include "tests/contract/contract.h"

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "driver/base/check.h"
#include "sim/server/board.h"
#include "sim/targets/targets.h"
#include "tests/sim/server/udp_client.h"

namespace hx::contract {
namespace {

/// Wall-clock time, for targets that hang; a model that is slow under a sanitizer stays below it.
Deadline patience() {
  return Deadline::in(std::chrono::minutes{10});
}

}  // namespace

Registry const& registry() {
  static Registry const known = [] {
    Registry made;
    sim::add_targets(made);
    sim::add_udp_client(made);
    return made;
  }();
  return known;
}

namespace {

/// A board in this process that serves a target over UDP until the program ends, and its URI.
std::string serve(std::string const& target) {
  static sim::Log log(nullptr);
  static std::unique_ptr<sim::Board> board;
  char const* const fault = std::getenv("HX_CONTRACT_FAULT");
  Result<sim::FaultOptions> const faults = sim::parse_faults(fault == nullptr ? "" : fault);
  HX_CHECK(faults) << faults.error();
  auto started =
      sim::Board::start({.port = 0, .target = target, .fault = *faults}, registry(), log);
  HX_CHECK(started) << started.error();
  board = std::move(*started);
  return "udp:127.0.0.1:" + std::to_string(board->port());
}

}  // namespace

std::vector<std::string> targets() {
  std::vector<std::string> uris;
  if (char const* const served = std::getenv("HX_CONTRACT_SERVE"); served != nullptr) {
    static std::string const uri = serve(served);
    return {uri};
  }
  if (char const* const named = std::getenv("HX_CONTRACT_TARGETS"); named != nullptr) {
    std::istringstream list(named);
    for (std::string uri; std::getline(list, uri, ';');) uris.push_back(uri);
    return uris;
  }
  return {"sim:?max_cycles=50000000", "twin:?max_cycles=50000000"};
}

std::string name_of(std::string const& uri) {
  return uri.substr(0, uri.find(':'));
}

std::unique_ptr<Device> Contract::open(std::string const& uri) {
  Result<std::unique_ptr<Link>> link = registry().open(uri);
  if (!link) {
    ADD_FAILURE() << link.error();
    std::abort();  // nothing can be tested without it
  }
  return std::make_unique<Device>(std::move(*link));
}

Device& Contract::device() {
  if (!device_) device_ = open(GetParam());
  return *device_;
}

void Contract::init(InitOptions const& options) {
  Result<void> const done = device().init(options, patience());
  ASSERT_TRUE(done) << done.error();
}

Responses Contract::run(Program const& program) {
  Responses responses;
  Result<void> const done = device().run(program, patience(), responses);
  EXPECT_TRUE(done) << done.error();
  // So that a test can look at answers that did not come; it has failed already.
  while (responses.reads.size() < program.read_count()) {
    responses.reads.value.push_back(0);
    responses.reads.fpga_time.push_back(0);
  }
  while (responses.jtag.size() < program.jtag_count()) {
    responses.jtag.value.push_back(0);
    responses.jtag.fpga_time.push_back(0);
  }
  while (responses.ticks.size() < program.tick_count()) responses.ticks.push_back(0);
  return responses;
}

Error Contract::fail(Program const& program) {
  Responses responses;
  Result<void> const done = device().run(program, patience(), responses);
  EXPECT_FALSE(done) << "the program passed, but must fail";
  return done ? Error{} : done.error();
}

}  // namespace hx::contract
