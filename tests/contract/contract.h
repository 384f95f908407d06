/// What every target must do, written once and run on each of them: the chip models today, boards with the same tests later.
///
///     class Fpga : public contract::Contract {};
///     TEST_P(Fpga, AnswersTicks) {
///       Program program;
///       Ticket const tick = program.tick();
///       EXPECT_EQ(run(program).value(tick), 1U);
///     }
///     HX_CONTRACT(Fpga);
///
/// Every test has a target of its own, just powered on. The targets are those of HX_CONTRACT_TARGETS (separated by `;`), or both models.
/// HX_CONTRACT_SERVE=TARGET serves a target over UDP in this process and tests it through that; HX_CONTRACT_FAULT spoils the network
/// (sim/server/fault.h).
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "driver/device/device.h"
#include "driver/link/registry.h"

namespace hx::contract {

/// URIs of the targets to test.
std::vector<std::string> targets();
/// The scheme, for names of tests.
std::string name_of(std::string const& uri);
/// The targets that tests can name.
Registry const& registry();

class Contract : public ::testing::TestWithParam<std::string> {
 protected:
  /// The device of this test, opened at the first call.
  Device& device();
  /// Another one of the same kind, just powered on, with further options (`padi_ports=1`).
  static std::unique_ptr<Device> open(std::string const& uri);
  /// The complete start-up of a Cube setup, or another one. Fails the test if it does not pass.
  void init(InitOptions const& options = {});
  /// Runs the program; whatever goes wrong fails the test (the answers that arrived are returned).
  Responses run(Program const& program);
  /// Runs a program that must fail and returns why.
  Error fail(Program const& program);

 private:
  std::unique_ptr<Device> device_;
};

}  // namespace hx::contract

/// Runs all tests of a fixture on all targets.
#define HX_CONTRACT(Fixture)                                                                 \
  INSTANTIATE_TEST_SUITE_P(Targets, Fixture, ::testing::ValuesIn(::hx::contract::targets()), \
                           [](auto const& test) { return ::hx::contract::name_of(test.param); })
