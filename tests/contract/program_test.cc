// Programs: answers, order, time, recovery.
#include <array>
#include <vector>

#include "tests/contract/contract.h"

namespace hx {
namespace {

class Programs : public contract::Contract {};
HX_CONTRACT(Programs);

constexpr std::uint32_t kInstructionTimeout = 0x88000009;
constexpr std::uint32_t kExternalMemory = 0x80000000;

TEST_P(Programs, EmptyOneAnswersItsHalt) {
  Responses const responses = run({});
  EXPECT_EQ(responses.halts.size(), 1U);
  EXPECT_EQ(responses.size(), 1U);
}

TEST_P(Programs, TicksAndHaltsAreAllThatComes) {
  Program program;
  for (int i = 0; i < 100; ++i) program.tick();
  Responses const responses = run(program);
  EXPECT_EQ(responses.ticks.size(), 100U);
  EXPECT_EQ(responses.halts.size(), 1U);
  EXPECT_EQ(responses.size(), 101U);
}

TEST_P(Programs, EveryBarrierPassesBeforeAnyInit) {
  for (std::uint8_t const mask : std::array<std::uint8_t, 6>{0x00, 0x01, 0x02, 0x03, 0x08, 0x10}) {
    Program program;
    program.barrier(mask);
    EXPECT_EQ(run(program).halts.size(), 1U) << "mask " << unsigned{mask};
  }
}

TEST_P(Programs, StateLivesOnFromRunToRun) {
  Program store;
  store.write(kExternalMemory + 17, 0xdeadbeef);
  run(store);
  Program look;
  Ticket const ticket = look.read(kExternalMemory + 17);
  look.barrier(ut::kBarrierOmnibus);
  EXPECT_EQ(run(look).value(ticket), 0xdeadbeefU);
}

TEST_P(Programs, AnswersComeInTheOrderOfTheReads) {
  Program program;
  for (std::uint32_t i = 0; i < 300; ++i) program.write(kExternalMemory + i, i * i);
  std::vector<Ticket> tickets;
  for (std::uint32_t i = 0; i < 300; ++i) tickets.push_back(program.read(kExternalMemory + i));
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  for (std::uint32_t i = 0; i < 300; ++i) EXPECT_EQ(responses.value(tickets[i]), i * i) << i;
}

// The timeout of an instruction does not concern waits, and the next program finds a working FPGA.
TEST_P(Programs, AnInstructionThatBlocksTooLongIsNamedAndTheNextProgramRuns) {
  Program program;
  program.write(kInstructionTimeout, 1000);
  program.setup_timer();
  program.wait_until(FpgaCycles{5000});
  program.write(0x88000006, kExternalMemory);  // polls a word that never becomes 1
  program.write(0x88000007, 1);
  program.write(0x88000008, 1);
  program.polling_block(true);
  program.tick();
  Error const error = fail(program);
  EXPECT_EQ(error.code, ErrorCode::kHardware);
  EXPECT_EQ(device().failed_instruction(), 10U);

  Program next;
  Ticket const tick = next.tick();
  EXPECT_EQ(run(next).value(tick), 1U);
}

TEST_P(Programs, PollingWaitsForAMatchOrForADifference) {
  Program program;
  program.write(kExternalMemory, 0x50);
  program.write(0x88000006, kExternalMemory);
  program.write(0x88000007, 0x10);
  program.write(0x88000008, 0x30);
  program.polling_block(true);  // 0x50 & 0x30 == 0x10
  program.write(0x88000007, 0x20);
  program.polling_block(false);
  Ticket const tick = program.tick();
  EXPECT_EQ(run(program).value(tick), 1U);
}

}  // namespace
}  // namespace hx
