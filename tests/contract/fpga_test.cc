// The FPGA: identity, memories, timer, time stamps, event switch, processors' registers.
#include <array>
#include <random>
#include <utility>
#include <vector>

#include "driver/registers/registers.h"
#include "tests/contract/contract.h"

namespace hx {
namespace {

class Fpga : public contract::Contract {
 protected:
  std::uint32_t read(std::uint32_t address) {
    Program program;
    Ticket const ticket = program.read(address);
    program.barrier(ut::kBarrierOmnibus);
    return static_cast<std::uint32_t>(run(program).value(ticket));
  }
  void write(std::uint32_t address, std::uint32_t data, std::uint8_t byte_enables = 0xf) {
    Program program;
    program.write(address, data, byte_enables);
    program.barrier(ut::kBarrierOmnibus);
    run(program);
  }
};
HX_CONTRACT(Fpga);

TEST_P(Fpga, HasTheIdentityOfASimulation) {
  Program program;
  auto const ticket = program.read<reg::FPGADeviceDNA>();
  program.barrier(ut::kBarrierOmnibus);
  EXPECT_EQ(run(program).get(ticket)->value, 0x015000000000005dU);
}

TEST_P(Fpga, ByteEnablesSelectBytesOfTheSynapseArray) {
  init(InitOptions::for_model());
  std::mt19937 random(5);
  for (int i = 0; i < 20; ++i) {
    auto const address = static_cast<std::uint32_t>(0x02cf0000 + random() % 33024);
    write(address, 0x12345678);
    std::uint32_t expected = 0x12345678;
    for (unsigned byte = 0; byte < 4; ++byte) {
      write(address, 0x87654321, static_cast<std::uint8_t>(1U << byte));
      std::uint32_t const mask = 0xffU << 8 * byte;
      expected = (expected & ~mask) | (0x87654321 & mask);
      EXPECT_EQ(read(address), expected) << std::hex << address;
    }
  }
}

TEST_P(Fpga, ExternalMemoriesKeepWordsAndBytes) {
  for (std::uint32_t const base : {0x80000000U, 0x84000000U}) {
    write(base + 100, 0x01020304);
    write(base + 100, 0xaabbccdd, 0x4);
    EXPECT_EQ(read(base + 100), 0x01bb0304U);
  }
  Program program;
  program.write(reg::ExternalPPUMemoryByteOnFPGA(401), reg::ExternalPPUMemoryByte{.value = 0x5a});
  program.barrier(ut::kBarrierOmnibus);
  run(program);
  EXPECT_EQ(read(0x80000064), 0x015a0304U) << "big endian: byte 1 is the second highest";
}

TEST_P(Fpga, TheTimerCountsClocks) {
  Program program;
  program.setup_timer();
  Ticket const first = program.read(0x8800000c);
  Ticket const second = program.read(0x8800000c);
  program.wait_until(FpgaCycles{1000});
  Ticket const later = program.read(0x8800000c);
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  EXPECT_EQ(responses.value(second), responses.value(first) + 1);
  EXPECT_GE(responses.value(later), 1000U);
  EXPECT_LT(responses.value(later), 1010U);
}

TEST_P(Fpga, WaitsOfSecondsRaiseNoTimeout) {
  Program program;
  program.write(0x88000009, 1000);
  program.setup_timer();
  program.wait_until(FpgaCycles{1'000'000});
  EXPECT_EQ(run(program).timeouts.size(), 0U);
}

TEST_P(Fpga, EventSwitchKeepsItsWords) {
  for (std::uint32_t k = 0; k < 10; ++k) write(0x88007c00 + k, 0x11 * k + 1);
  for (std::uint32_t k = 0; k < 10; ++k) EXPECT_EQ(read(0x88007c00 + k), 0x11 * k + 1);
}

TEST_P(Fpga, UnmappedAddressesReadZero) {
  for (std::uint32_t const address : {0x88000001U, 0x8800000fU, 0x8c000000U, 0x880e0000U}) {
    write(address, 0xffffffff);
    EXPECT_EQ(read(address), 0U) << std::hex << address;
  }
}

TEST_P(Fpga, BothBarriersOfLargerSetupsPass) {
  Program program;
  program.write(0x88000009, 1000);
  program.write(reg::SystimeCorrectionBarrierConfigOnFPGA(),
                reg::SystimeCorrectionBarrierConfig{.enable_interrupt = true});
  for (int i = 0; i < 3; ++i)
    program.barrier(ut::kBarrierMultiFpga | ut::kBarrierSystimeCorrection);
  EXPECT_EQ(run(program).timeouts.size(), 0U);
}

TEST_P(Fpga, ProcessorMemoryIsStorageAndItsStatusAwake) {
  init(InitOptions::for_model());
  std::mt19937 random(6);
  Program program;
  std::vector<std::pair<Ticket, std::uint32_t>> expected;
  for (std::uint32_t const ppu : {0x02800000U, 0x03800000U}) {
    for (std::uint32_t k : {0U, 1U, 3071U, 3072U, 4095U}) {
      auto const word = static_cast<std::uint32_t>(random());
      program.write(ppu + k, word);
      expected.emplace_back(program.read(ppu + k), word);
    }
    program.write(ppu + 0x200000, 1);
    expected.emplace_back(program.read(ppu + 0x200000), 1);
    expected.emplace_back(program.read(ppu + 0x200001), 0);
  }
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  for (auto const& [ticket, word] : expected) EXPECT_EQ(responses.value(ticket), word);
}

TEST_P(Fpga, AProgramThatWaitsForAProcessorIsToldThatThereIsNone) {
  init(InitOptions::for_model());
  Program program;
  program.write(0x88000009, 5000);
  program.write(0x88000006, 0x02a00001);
  program.write(0x88000007, 1);
  program.write(0x88000008, 1);
  program.barrier(ut::kBarrierOmnibus);
  program.polling_block(true);
  Error const error = fail(program);
  EXPECT_NE(error.hint.find("plasticity processor"), std::string::npos) << error;
}

}  // namespace
}  // namespace hx
