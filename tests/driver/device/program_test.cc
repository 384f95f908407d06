// Programs as words: against recorded programs, and what the builder promises.
#include "driver/device/program.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "driver/device/init.h"
#include "driver/device/responses.h"
#include "driver/registers/chip.h"
#include "tests/driver/ut/vectors.h"

namespace hx {
namespace {

using Words = std::vector<std::uint64_t>;

Words recorded(std::string const& name) {
  return ut::words_of(ut::read_json_lines("tests/vectors/programs/" + name + ".jsonl.gz").back());
}

Words words(Program const& program) {
  return {program.words().begin(), program.words().end()};
}

std::string difference(Words const& got, Words const& expected) {
  std::size_t const size = std::min(got.size(), expected.size());
  auto const [a, b] =
      std::mismatch(got.begin(), got.begin() + static_cast<std::ptrdiff_t>(size), expected.begin());
  std::ostringstream out;
  out << got.size() << " words, expected " << expected.size() << ", first difference at "
      << (a - got.begin());
  if (a != got.end() && b != expected.end()) out << std::hex << ": " << *a << " " << *b;
  return out.str();
}

TEST(InitProgram, IsTheRecordedOneForEveryOption) {
  std::map<std::string, InitOptions> const cases = {
      {"system_init_cube", {}},
      {"system_init_jboa", {.board = Board::kJboa}},
      {"system_init_no_board", {.board = Board::kNone}},
      {"system_init_no_board_no_capmem", {.board = Board::kNone, .capmem = false}},
      {"system_init_no_systime", {.board = Board::kNone, .systime = false, .capmem = false}},
      {"system_init_jtag_only", {.board = Board::kNone, .highspeed_link = false}},
      {"system_init_empty", {.board = Board::kNone, .chip = false}},
  };
  for (auto const& [name, options] : cases) {
    Words const got = words(init_program(options));
    Words const expected = recorded(name);
    EXPECT_EQ(got, expected) << name << ": " << difference(got, expected);
  }
}

TEST(InitProgram, NamesTheStepOfEveryInstruction) {
  InitOptions const options;
  std::size_t const count = init_program(options).instruction_count();
  EXPECT_EQ(init_step(options, 0), "InstructionTimeoutConfig default (10 ms)");
  EXPECT_EQ(init_step(options, count - 1), "wait for Omnibus idle");
  EXPECT_EQ(init_step(options, count), "");
  for (std::size_t i = 0; i < count; ++i) EXPECT_NE(init_step(options, i), "");
}

TEST(InitProgram, ForAModelLeavesTheBoardOut) {
  EXPECT_EQ(words(init_program(InitOptions::for_model())), recorded("system_init_no_board"));
}

// For a target whose link is up from power-on.
TEST(InitProgram, WithoutJtagAndPhyNeedsNeitherTapNorLanes) {
  Program const program = init_program({.board = Board::kNone, .jtag = false, .phy = false});
  std::vector<ut::ToFpgaMessage> messages;
  ut::decode_messages(program.words(), messages);
  std::size_t synchronisations = 0;
  for (ut::ToFpgaMessage const& message : messages) {
    EXPECT_GT(message.code, ut::ToFpga::kJtagData);
    synchronisations += message.code == ut::ToFpga::kTimingSystimeInit;
    if (message.code != ut::ToFpga::kOmnibusAddress) continue;
    auto const address = static_cast<std::uint32_t>(message.payload);
    EXPECT_FALSE(address >= 0x88004000 && address < 0x88008000) << std::hex << address;
  }
  EXPECT_EQ(synchronisations, 1u);
}

TEST(Program, WritesTheRecordedTimingInstructions) {
  // Setup and the boundary times of WaitUntil, then every barrier mask.
  Words const expected = recorded("timing_and_barriers");
  std::vector<ut::ToFpgaMessage> messages;
  ut::decode_messages(expected, messages);
  Program program;
  for (ut::ToFpgaMessage const& message : messages) {
    auto const value = static_cast<std::int64_t>(message.payload);
    if (message.code == ut::ToFpga::kTimingSetup) program.setup_timer();
    if (message.code == ut::ToFpga::kTimingWaitUntil) program.wait_until(FpgaCycles{value});
    if (message.code == ut::ToFpga::kTimingBarrier) {
      program.barrier(static_cast<std::uint8_t>(value));
    }
  }
  EXPECT_EQ(words(program), expected);
}

TEST(Program, WritesAWholeChipAsRecorded) {
  reg::Chip const chip;
  Program program;
  program.write_all(reg::Chip::addresses(), chip.words());
  Words const expected = recorded("chip_default_write");
  ASSERT_EQ(expected.size(), 253684u);
  Words const got = words(program);
  EXPECT_TRUE(got == expected) << difference(got, expected);
}

// JTAG ID, systime, counters, sensors: reads over every kind of transport.
TEST(Program, ReadsOverEveryTransport) {
  Words const expected = recorded("reads");
  Program replayed;
  ASSERT_TRUE(replayed.append_words(expected));
  Program program;
  TicketOf<reg::JTAGIdCode> const id = program.read<reg::JTAGIdCode>();
  EXPECT_EQ(id.first, (Ticket{Ticket::Kind::kJtag, 0}));
  EXPECT_EQ(program.words()[0], expected[0]);
  EXPECT_EQ(program.words()[1], expected[1]);
  EXPECT_EQ(program.jtag_count(), 1u);
  EXPECT_GT(replayed.read_count(), 5u);
  EXPECT_GE(replayed.jtag_count(), 2u);

  TicketOf<reg::INA219Config> const monitor =
      program.read<reg::INA219Config>(reg::INA219ConfigOnBoard(3));
  EXPECT_EQ(program.read_count(), 2u);  // two bytes
  Responses responses;
  responses.reads.value.push_back(0x39);
  responses.reads.value.push_back(0x9f);
  responses.reads.fpga_time.push_back(1);
  responses.reads.fpga_time.push_back(2);
  Result<reg::INA219Config> const config = responses.get(monitor);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(*config, reg::INA219Config{});  // 0x399f is the default
  responses.reads.value[1] = 0x80000000;    // not acknowledged
  EXPECT_EQ(responses.get(monitor).error().code, ErrorCode::kHardware);
}

TEST(Program, WritesRegistersByType) {
  Program typed;
  reg::NeuronConfig config;
  config.enable_fire = true;
  reg::NeuronConfigOnDLS const place(AtomicNeuron{456});
  typed.write(place, config);
  Program plain;
  auto const addresses = reg::write_addresses<reg::NeuronConfig>(place);
  auto const data = reg::encode(config, place);
  plain.write_all(addresses, data);
  EXPECT_EQ(words(typed), words(plain));

  TicketOf<reg::NeuronConfig> const ticket = typed.read<reg::NeuronConfig>(place);
  EXPECT_EQ(typed.read_count(), data.size());
  Responses responses;
  for (std::uint32_t const word : data) {
    responses.reads.value.push_back(word);
    responses.reads.fpga_time.push_back(0);
  }
  EXPECT_EQ(*responses.get(ticket), config);

  // The same register over JTAG: six words of six shifts each.
  Program jtag;
  jtag.write(place, config, reg::Via::kOmnibusChipOverJTAG);
  EXPECT_EQ(jtag.instruction_count(), 36u);
  Program by_hand;
  by_hand.jtag_write(addresses[0], data[0]);
  EXPECT_TRUE(std::equal(by_hand.words().begin(), by_hand.words().end(), jtag.words().begin()));
  EXPECT_EQ(words(by_hand)[1], ut::jtag_data(33, addresses[0], false));

  // SPI: as in the start-up.
  Program spi;
  spi.write(reg::ShiftRegisterOnBoard{}, reg::ShiftRegister{});
  EXPECT_EQ(words(spi), (Words{0x0b00000f88007001, 0x0c000000000000ff, 0x0b00000f88007001,
                               0x0c0000000000009c, 0x0b00000f88007001, 0x0c00000080000040}));
}

TEST(Program, RefusesContainersThatCannotBeReached) {
  Program program;
  reg::ContainerInfo const& neuron = reg::info<reg::NeuronConfig>();
  std::vector<std::uint64_t> const data(6);
  EXPECT_EQ(program.write_container(neuron, 512, data, reg::Via::kOmnibus).error().code,
            ErrorCode::kOutOfRange);
  EXPECT_EQ(program.write_container(neuron, 0, data, reg::Via::kI2CTempRegister).error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(
      program.write_container(neuron, 0, std::span(data).first(5), reg::Via::kOmnibus).error().code,
      ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      program.read_container(reg::info<reg::ResetChip>(), 0, reg::Via::kResetChip).error().code,
      ErrorCode::kUnsupported);
  EXPECT_EQ(program.instruction_count(), 0u);
  reg::NeuronConfig config;
  config.membrane_capacitor_size = 64;
  EXPECT_DEATH(program.write(reg::NeuronConfigOnDLS{}, config), "membrane_capacitor_size");
}

TEST(Program, CountsAnswersAndFindsTheirInstructions) {
  Program program;
  program.setup_timer();
  Ticket const first = program.read(0x10);
  program.write(1, 2);
  Ticket const tick = program.tick();
  Ticket const second = program.read(0x20);
  Ticket const shift = program.jtag_exchange(32, 0);
  Ticket const over_jtag = program.jtag_read(0x40000);
  EXPECT_EQ(program.instruction_of(first), 1u);
  EXPECT_EQ(program.instruction_of(tick), 4u);
  EXPECT_EQ(program.instruction_of(second), 5u);
  EXPECT_EQ(program.instruction_of(shift), 6u);
  EXPECT_EQ(program.instruction_of(over_jtag), program.instruction_count() - 1);

  Program copy;
  copy.append(program);
  copy.append(copy);
  EXPECT_EQ(copy.instruction_count(), 2 * program.instruction_count());
  EXPECT_EQ(copy.read_count(), 4u);
  EXPECT_EQ(copy.tick_count(), 2u);
  EXPECT_EQ(copy.jtag_count(), 4u);
  Program decoded;
  ASSERT_TRUE(decoded.append_words(copy.words()));
  EXPECT_EQ(decoded, copy);
  EXPECT_DEATH(static_cast<void>(program.instruction_of({Ticket::Kind::kTick, 1})), "ticket");
  copy.clear();
  EXPECT_EQ(copy, Program{});
}

TEST(Program, RefusesWordsThatAreNoInstructions) {
  Program program;
  Words const unknown = {ut::tick(), 0x1000000000000000};
  EXPECT_EQ(program.append_words(unknown).error().code, ErrorCode::kParse);
  Words const halted = {ut::halt()};
  EXPECT_EQ(program.append_words(halted).error().code, ErrorCode::kParse);
  EXPECT_EQ(program, Program{});
}

TEST(Program, KeepsArgumentsInRange) {
  Program program;
  EXPECT_DEATH(program.wait_until(FpgaCycles{-1}), "wait until");
  EXPECT_DEATH(program.wait_until(FpgaCycles{0x1'0000'0000}), "wait until");
  EXPECT_DEATH(program.barrier(32), "barrier");
  EXPECT_DEATH(program.jtag_instruction(128), "JTAG");
  EXPECT_DEATH(program.jtag_data(2, 0), "JTAG");
  EXPECT_DEATH(static_cast<void>(program.jtag_exchange(34, 0)), "JTAG");
  EXPECT_DEATH(program.events({}), "0 events");
  std::vector<std::uint16_t> const four(4);
  EXPECT_DEATH(program.events(four), "4 events");
}

TEST(Program, DescribesItselfWithRegisterNames) {
  Program program;
  program.write(0x88000009, 1250000);
  program.read(reg::write_addresses<reg::NeuronConfig>(reg::NeuronConfigOnDLS(17))[0]);
  program.wait_until(FpgaCycles{125});
  std::uint16_t const labels[] = {0x1111, 0x2222};
  program.events(labels);
  program.barrier(ut::kBarrierOmnibus | ut::kBarrierSystime);
  program.jtag_data(4, 3);
  EXPECT_EQ(program.describe(0), "#0 write 0x88000009 (InstructionTimeoutConfig)");
  EXPECT_EQ(program.describe(1),
            "#1 data 0x001312d0 of #0 write 0x88000009 (InstructionTimeoutConfig)");
  EXPECT_NE(program.describe(2).find("(NeuronConfig[17] word 0)"), std::string::npos)
      << program.describe(2);
  EXPECT_EQ(program.describe(3), "#3 wait until 125");
  EXPECT_EQ(program.describe(4), "#4 events 0x1111 0x2222");
  EXPECT_EQ(program.describe(5), "#5 barrier omnibus systime");
  EXPECT_EQ(program.describe(6), "#6 jtag shift of 4 bits 0x3");
  EXPECT_EQ(program.describe(7), "#7 halt at the end of the program");
  EXPECT_EQ(program.describe(70), "#70 beyond the program of 7 instructions");
  EXPECT_EQ(program.listing(0, 2), "#0 write 0x88000009 (InstructionTimeoutConfig) = 0x001312d0\n");
  EXPECT_EQ(program.listing(3, 100),
            "#3 wait until 125\n#4 events 0x1111 0x2222\n#5 barrier omnibus systime\n"
            "#6 jtag shift of 4 bits 0x3\n");
  EXPECT_EQ(program.listing(7, 1), "");
}

}  // namespace
}  // namespace hx
