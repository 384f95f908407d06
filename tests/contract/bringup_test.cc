// Bring-up: JTAG, PLLs, lanes, system time, resets, and the start-up sequences with the state that they leave.
#include <array>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "driver/registers/description.h"
#include "driver/registers/operations.h"
#include "driver/registers/registers.h"
#include "tests/contract/contract.h"

namespace hx {
namespace {

constexpr std::uint32_t kFpgaLanes = 0x88004000;
constexpr std::uint32_t kChipLanes = 0x00040000;
constexpr std::uint32_t kPll = 0x00080000;
constexpr std::uint8_t kIrIdCode = 1, kIrPllTarget = 3, kIrShiftPll = 4, kIrBypass = 127;
constexpr std::int64_t kMicrosecond = 125;

class BringUp : public contract::Contract {
 protected:
  /// A reset and the release of it, as programs do it that carry their own bring-up.
  static Program reset() {
    Program program;
    program.reset_chip(true);
    program.setup_timer();
    program.wait_until(FpgaCycles{10});
    program.reset_chip(false);
    program.setup_timer();
    program.wait_until(FpgaCycles{22 * kMicrosecond});
    program.jtag_scaler(3);
    program.jtag_init();
    return program;
  }
  std::vector<std::uint32_t> read_all(std::vector<std::uint32_t> const& addresses) {
    Program program;
    std::vector<Ticket> tickets;
    for (std::uint32_t const address : addresses) tickets.push_back(program.read(address));
    program.barrier(ut::kBarrierOmnibus);
    Responses const responses = run(program);
    std::vector<std::uint32_t> values;
    for (Ticket const ticket : tickets)
      values.push_back(static_cast<std::uint32_t>(responses.value(ticket)));
    return values;
  }
  std::uint32_t read(std::uint32_t address) { return read_all({address})[0]; }
  static void shift_pll(Program& program, unsigned index, std::uint32_t word) {
    program.jtag_instruction(kIrPllTarget);
    program.jtag_data(4, index);
    program.jtag_instruction(kIrShiftPll);
    program.jtag_data(32, word);
  }
};
HX_CONTRACT(BringUp);

InitOptions no_board() {
  return InitOptions::for_model();
}

// ---- JTAG

TEST_P(BringUp, IdCodeIsSelectedRightAfterTheResetOfThePort) {
  Program program;
  program.jtag_scaler(3);
  program.jtag_init();
  Ticket const ticket = program.jtag_exchange(32, 0);
  program.barrier(ut::kBarrierJtag);
  EXPECT_EQ(run(program).value(ticket), 0x348580afU);
}

TEST_P(BringUp, IdCodeOfAChipThatWasStartedWithoutLink) {
  InitOptions options = no_board();
  options.highspeed_link = false;
  init(options);
  Program program;
  auto const ticket = program.read<reg::JTAGIdCode>();
  program.barrier(ut::kBarrierJtag);
  Result<reg::JTAGIdCode> const code = run(program).get(ticket);
  ASSERT_TRUE(code) << code.error();
  EXPECT_EQ(code->version, 3U);
  EXPECT_EQ(code->part_number, 0x4858U);
  EXPECT_EQ(code->manufacturer_id, 0x057U);
}

TEST_P(BringUp, BypassShiftsByOneBit) {
  std::mt19937_64 random(1);
  Program program = reset();
  program.jtag_instruction(kIrBypass);
  std::vector<std::pair<Ticket, std::uint64_t>> expected;
  for (unsigned bits = 3; bits <= 33; ++bits) {
    std::uint64_t const all = (std::uint64_t{1} << bits) - 1;
    std::uint64_t const data = random() & all;
    expected.emplace_back(program.jtag_exchange(bits, data), data << 1 & all);
  }
  program.barrier(ut::kBarrierJtag);
  Responses const responses = run(program);
  EXPECT_EQ(responses.jtag.size(), expected.size());
  for (auto const& [ticket, value] : expected) EXPECT_EQ(responses.value(ticket), value);
}

TEST_P(BringUp, OmnibusOverJtagWorksWithoutLinkAndFromRunToRun) {
  Program first = reset();
  first.jtag_write(0, 0xa);
  Ticket const early = first.jtag_read(0);
  first.barrier(ut::kBarrierJtag);
  EXPECT_EQ(run(first).value(early), 0xaU);
  Program second;
  Ticket const late = second.jtag_read(0);
  second.barrier(ut::kBarrierJtag);
  EXPECT_EQ(run(second).value(late), 0xaU);
}

TEST_P(BringUp, AccessesOfTheLinkAndOfJtagSeeTheSameRegisters) {
  init(no_board());
  Program program;
  program.write(0, 0x1234);
  program.barrier(ut::kBarrierOmnibus);
  Ticket const over_jtag = program.jtag_read(0);
  program.jtag_write(1, 0x55);
  program.barrier(ut::kBarrierJtag);
  Ticket const over_link = program.read(1);
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  EXPECT_EQ(responses.value(over_jtag), 0x1234U);
  EXPECT_EQ(responses.value(over_link), 0x55U);
}

// ---- PLL

TEST_P(BringUp, PllRegistersAreWrittenAndReadOverJtag) {
  constexpr std::array<std::uint32_t, 5> kDefaults = {0x2a20a902, 0xc0cbf200, 0x2a20a902,
                                                      0xc0cbf200, 0x110d0101};
  Program program = reset();
  for (std::uint32_t k = 0; k < 5; ++k) program.jtag_write(kPll + k, kDefaults[k]);
  program.barrier(ut::kBarrierJtag);
  program.setup_timer();
  program.wait_until(FpgaCycles{30 * kMicrosecond});
  std::vector<Ticket> tickets;
  for (std::uint32_t k = 0; k < 5; ++k) tickets.push_back(program.jtag_read(kPll + k));
  program.barrier(ut::kBarrierJtag);
  Responses const responses = run(program);
  for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(responses.value(tickets[k]), kDefaults[k]) << k;
}

TEST_P(BringUp, PllInstructionsReachTheSameRegisters) {
  Program program = reset();
  shift_pll(program, 4, 0x118d8181);  // the word of an older revision: three bits without function
  Ticket const ticket = program.jtag_read(kPll + 4);
  program.barrier(ut::kBarrierJtag);
  EXPECT_EQ(run(program).value(ticket), 0x118d8181U);
}

TEST_P(BringUp, SelfTestCountsTheClockOutputs) {
  struct Case {
    std::uint8_t output;
    std::uint32_t expected;
  };
  // 500, 500, 250, 500 MHz against 50 MHz in 1024 cycles of it.
  for (Case const& test : {Case{0, 10240}, Case{1, 10240}, Case{2, 5120}, Case{3, 10240}}) {
    Program program = reset();
    for (unsigned pll = 0; pll < 2; ++pll) {
      shift_pll(program, 2 * pll, 0x2a20a902);
      shift_pll(program, 2 * pll + 1, 0xc0cbf200);
    }
    shift_pll(program, 4, 0x110d0101);
    reg::PLLSelfTest const self_test{.clock_enable = true,
                                     .pre_scaler_p = 8,
                                     .select_source = test.output,
                                     .check_range = 2,
                                     .check_value = 10240};
    program.write(reg::PLLSelfTestOnDLS(), self_test, reg::Via::kOmnibusChipOverJTAG);
    program.barrier(ut::kBarrierJtag);
    program.setup_timer();
    program.wait_until(FpgaCycles{10000});
    auto const ticket = program.read<reg::PLLSelfTestStatus>();
    program.write(reg::PLLSelfTestOnDLS(), reg::PLLSelfTest{}, reg::Via::kOmnibusChipOverJTAG);
    program.barrier(ut::kBarrierJtag);
    Result<reg::PLLSelfTestStatus> const status = run(program).get(ticket);
    ASSERT_TRUE(status) << status.error();
    EXPECT_TRUE(status->finished);
    EXPECT_NEAR(status->counter_value, test.expected, 2) << test.output;
    EXPECT_EQ(status->success, test.expected == 10240) << test.output;
  }
}

TEST_P(BringUp, SelfTestCountsTheFrequencyThatWasSet) {
  // PLL 0 with N = 13: core_0 = 2 * 13 / (2 * 1) * 50 MHz; p = 3: 32 cycles.
  Program program = reset();
  shift_pll(program, 0, (0x2a20a902U & ~(31U << 10)) | 13U << 10);
  program.barrier(ut::kBarrierJtag);
  program.setup_timer();
  program.wait_until(FpgaCycles{30 * kMicrosecond});
  program.jtag_write(kPll + 5, 1 | 3 << 1 | 416 << 12);
  program.barrier(ut::kBarrierJtag);
  program.setup_timer();
  program.wait_until(FpgaCycles{1000});
  Ticket const ticket = program.jtag_read(kPll + 7);
  program.barrier(ut::kBarrierJtag);
  EXPECT_EQ(run(program).value(ticket), 1U << 21 | 1U << 20 | 416U);
}

TEST_P(BringUp, OmnibusRestartsAfterAChangeOfItsClock) {
  init(no_board());
  Program program;
  program.jtag_scaler(0);
  program.jtag_write(0, 1);
  // The Omnibus runs from output 1, PLL 0. What JTAG requests at once is lost, an access of the link waits.
  shift_pll(program, 1, 0xc0cbf201);
  program.jtag_write(0, 2);
  program.barrier(ut::kBarrierJtag);
  Ticket const waited = program.read(0);
  program.barrier(ut::kBarrierOmnibus);
  program.jtag_write(0, 3);
  Ticket const later = program.jtag_read(0);
  program.barrier(ut::kBarrierJtag);
  Responses const responses = run(program);
  EXPECT_EQ(responses.value(waited), 1U);
  EXPECT_EQ(responses.value(later), 3U);
}

TEST_P(BringUp, AChipWithoutClockIsReachedByThePllInstructions) {
  init(no_board());
  Program off;
  shift_pll(off, 4, 0x110d0101 & ~(1U << 8));
  off.jtag_write(0, 7);  // lost
  shift_pll(off, 4, 0x110d0101);
  off.barrier(ut::kBarrierJtag);
  off.setup_timer();
  off.wait_until(FpgaCycles{30 * kMicrosecond});
  Ticket const ticket = off.jtag_read(0);
  off.barrier(ut::kBarrierJtag);
  EXPECT_EQ(run(off).value(ticket), 0U);
}

// ---- Lanes and link

TEST_P(BringUp, EveryLaneThatComesUpIsNotifiedOnce) {
  for (int start = 0; start < 2; ++start) {
    Responses const responses = run(init_program(no_board()));
    ASSERT_EQ(responses.notifications.size(), 8U) << "start-up " << start;
    for (unsigned lane = 0; lane < 8; ++lane) {
      EXPECT_EQ(responses.notifications[lane].lane(), lane);
      EXPECT_TRUE(responses.notifications[lane].is_up());
      EXPECT_FALSE(responses.notifications[lane].has_error());
    }
    EXPECT_TRUE(responses.health.warnings.empty());
  }
}

TEST_P(BringUp, ALinkOnOneLaneIsALink) {
  for (std::uint32_t const lane : {0U, 4U, 7U}) {
    Program program = reset();
    program.write(kFpgaLanes, 1U << lane);
    program.jtag_write(kChipLanes, 0xff);
    program.write(0, 0x77 + lane);
    Ticket const ticket = program.read(0);
    program.barrier(ut::kBarrierOmnibus);
    Responses const responses = run(program);
    EXPECT_EQ(responses.value(ticket), 0x77 + lane);
    ASSERT_EQ(responses.notifications.size(), 1U);
    EXPECT_EQ(responses.notifications[0].lane(), lane);
  }
}

TEST_P(BringUp, TheChipCountsItsLanesFromTheOtherEnd) {
  Program program = reset();
  program.write(kFpgaLanes, 0xff);
  program.jtag_write(kChipLanes, 0x03);
  program.barrier(ut::kBarrierJtag);
  program.setup_timer();
  program.wait_until(FpgaCycles{20 * kMicrosecond});
  Responses const responses = run(program);
  ASSERT_EQ(responses.notifications.size(), 2U);
  EXPECT_EQ(responses.notifications[0].lane(), 6U);
  EXPECT_EQ(responses.notifications[1].lane(), 7U);
}

TEST_P(BringUp, StatusOfTheLanesCountsWhatTheyDid) {
  init(no_board());
  for (unsigned lane = 0; lane < 8; ++lane) {
    Program program;
    auto const ticket = program.read<reg::PhyStatus>(reg::PhyStatusOnFPGA(lane));
    program.barrier(ut::kBarrierOmnibus);
    Result<reg::PhyStatus> const status = run(program).get(ticket);
    ASSERT_TRUE(status) << status.error();
    EXPECT_EQ(status->crc_error_count, 0U);
    EXPECT_EQ(status->rx_dropped_count, 0U);
    EXPECT_GT(status->online_time, 0U);
    EXPECT_EQ(status->tx_count > 0, lane == 0);
  }
}

TEST_P(BringUp, StatusIsAnsweredWithTheLinkDown) {
  Program program;
  program.write(0x88000009, 1250000);
  auto const arq = program.read<reg::HicannARQStatus>();
  auto const phy = program.read<reg::PhyStatus>(reg::PhyStatusOnFPGA(3));
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  EXPECT_EQ(responses.get(arq)->read_count, 0U);
  EXPECT_EQ(responses.get(phy)->online_time, 0U);
}

TEST_P(BringUp, ArqCountsOneWordPerReadAndTwoPerWrite) {
  InitOptions options = no_board();
  options.systime = false;
  init(options);
  Program program;
  auto const before = program.read<reg::HicannARQStatus>();
  program.barrier(ut::kBarrierOmnibus);
  program.read(0);
  program.read(1);
  program.barrier(ut::kBarrierOmnibus);
  auto const reads = program.read<reg::HicannARQStatus>();
  program.write(0, 1);
  program.barrier(ut::kBarrierOmnibus);
  auto const writes = program.read<reg::HicannARQStatus>();
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  auto const a = *responses.get(before), b = *responses.get(reads), c = *responses.get(writes);
  EXPECT_EQ(b.read_count, a.read_count + 2);
  EXPECT_EQ(b.write_count, a.write_count + 2);
  EXPECT_EQ(c.write_count, b.write_count + 2);
  EXPECT_EQ(c.read_count, b.read_count);
  for (auto const& status : {a, b, c}) {
    EXPECT_GE(status.tx_count, status.write_count);
    EXPECT_GE(status.rx_count, status.read_count);
  }
}

TEST_P(BringUp, ThroughputIsThatOfTheLanes) {
  init(no_board());
  for (auto const& [lanes, count] : {std::pair{0x10U, 1U}, {0x1fU, 5U}, {0xf8U, 5U}, {0xffU, 5U}}) {
    Program program;
    program.write(kFpgaLanes, lanes);
    program.setup_timer();
    program.wait_until(FpgaCycles{100 * kMicrosecond});
    program.write(reg::PerfTestOnFPGA(), reg::PerfTest{.enable = true});
    program.setup_timer();
    program.wait_until(FpgaCycles{1000 * kMicrosecond});
    program.write(reg::PerfTestOnFPGA(), reg::PerfTest{.enable = false});
    program.barrier(ut::kBarrierOmnibus);
    program.setup_timer();
    program.wait_until(FpgaCycles{10 * kMicrosecond});
    auto const ticket = program.read<reg::PerfTestStatus>();
    program.barrier(ut::kBarrierOmnibus);
    Result<reg::PerfTestStatus> const status = run(program).get(ticket);
    ASSERT_TRUE(status) << status.error();
    EXPECT_EQ(status->error_word, 0U);
    EXPECT_EQ(status->received, status->in_order);
    EXPECT_EQ(status->received, status->sent);
    // 59 bits of a word count.
    double const megabits = status->received * 59.0 / 1000.0;
    EXPECT_NEAR(megabits, 595.0 * count, 0.05 * 595.0 * count) << lanes;
  }
}

TEST_P(BringUp, ChipResetTakesTheLinkDownAndKeepsTheFpga) {
  init(no_board());
  Program change;
  change.write(0x00130000, 0xfff0);
  change.write(0x88020005, 0x44);
  change.barrier(ut::kBarrierOmnibus);
  change.reset_chip(true);
  change.reset_chip(false);
  change.write(0x88000009, 5000);
  run(change);
  // The FPGA answers, the chip does not.
  EXPECT_EQ(read_all({kFpgaLanes, 0x88020005, 0x88000005}),
            (std::vector<std::uint32_t>{0xff, 0x44, 1}));
  Program blocked;
  blocked.read(0x00130000);
  blocked.barrier(ut::kBarrierOmnibus);
  EXPECT_EQ(fail(blocked).code, ErrorCode::kHardware);
  // A new start-up helps; the register of the chip has its reset value.
  init(no_board());
  EXPECT_EQ(read(0x00130000), 0U);
  EXPECT_EQ(read(0x88020005), 0x44U);
}

TEST_P(BringUp, AProgramWithoutStartUpIsToldWhatIsMissing) {
  Program program;
  program.write(0x88000009, 5000);
  program.read(0x00130000);
  program.barrier(ut::kBarrierOmnibus);
  Error const error = fail(program);
  EXPECT_EQ(error.code, ErrorCode::kHardware);
  EXPECT_NE(error.hint.find("Device::init"), std::string::npos) << error;
}

// ---- System time

TEST_P(BringUp, AnswersHaveNoTimesBeforeTheSynchronisationAndThenTheyHave) {
  InitOptions options = no_board();
  options.systime = false;
  options.capmem = false;
  init(options);
  Program program;
  Ticket const before = program.tick();
  program.systime_init(true);
  program.barrier(ut::kBarrierSystime);
  program.setup_timer();
  program.wait_until(FpgaCycles{85 * kMicrosecond});
  Ticket const id = program.jtag_read(0);
  program.barrier(ut::kBarrierJtag);
  Responses const responses = run(program);
  EXPECT_EQ(responses.fpga_time(before), FpgaCycles{1});
  EXPECT_GT(responses.fpga_time(id), FpgaCycles{85 * kMicrosecond});
}

TEST_P(BringUp, SynchronisationStartsFromTheBaseAndTellsWhatItDid) {
  init(no_board());
  Program program;
  program.write(reg::SystimeSyncBaseOnDLS(), reg::SystimeSyncBase{.value = 0x123'4567'89ab});
  program.barrier(ut::kBarrierOmnibus);
  program.systime_init(true);
  program.barrier(ut::kBarrierSystime);
  Ticket const tick = program.tick();
  auto const round_trip = program.read<reg::FPGASystimeSyncLastRTT>();
  auto const chip_time = program.read<reg::FPGASystimeSyncLastAsicSystime>();
  auto const active = program.read<reg::FPGASystimeSyncActiveState>();
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  EXPECT_GE(responses.fpga_time(tick), FpgaCycles{0x123'4567'89ab});
  EXPECT_LT(responses.fpga_time(tick), FpgaCycles{0x123'4567'89ab + 100});
  EXPECT_GT(responses.get(round_trip)->value, 0U);
  EXPECT_EQ(responses.get(chip_time)->value, 0x123'4567'89abU);
  EXPECT_FALSE(responses.get(active)->active_state);
}

// ---- Start-up sequences

struct Start {
  char const* name;
  InitOptions options;
};

std::vector<Start> starts() {
  InitOptions jboa;
  jboa.board = Board::kJboa;
  InitOptions no_capmem = no_board();
  no_capmem.capmem = false;
  InitOptions no_systime = no_capmem;
  no_systime.systime = false;
  InitOptions jtag = no_board();
  jtag.highspeed_link = false;
  InitOptions nothing = no_board();
  nothing.chip = false;
  return {{"cube", {}},
          {"jboa", jboa},
          {"no board", no_board()},
          {"no CapMem", no_capmem},
          {"no system time", no_systime},
          {"JTAG only", jtag},
          {"nothing", nothing}};
}

TEST_P(BringUp, EveryStartUpPassesWithoutTimeoutOrWarning) {
  for (auto const& [name, options] : starts()) {
    Responses const responses = run(init_program(options));
    EXPECT_TRUE(responses.timeouts.empty()) << name;
    EXPECT_TRUE(responses.health.warnings.empty()) << name;
    std::size_t const lanes = options.chip && options.highspeed_link ? 8 : 0;
    EXPECT_EQ(responses.notifications.size(), lanes) << name;
    EXPECT_EQ(responses.size(), 1 + lanes) << name << ": the halt and the lanes";
  }
}

TEST_P(BringUp, AStartUpLeavesTheStateThatItWrites) {
  init();
  std::vector<std::pair<std::uint32_t, std::uint32_t>> expected = {
      {0x88000009, 1250000},  {0x88000005, 1},        {kFpgaLanes, 0xff},
      {0x88002005, 0},        {0x88002004, 0},        {kChipLanes, 0xff},
      {kPll, 0x2a20a902},     {kPll + 1, 0xc0cbf200}, {kPll + 2, 0x2a20a902},
      {kPll + 3, 0xc0cbf200}, {kPll + 4, 0x110d0101}, {0x00000000, 0},
      {0x00000001, 0},        {0x000c0012, 0x1000},   {0x000c0019, 0x2cb},
      {0x00142800, 0x0f},     {0x0015a801, 0x1e},     {0x02400902, 0xff},
      {0x00110602, 0xc0},     {0x001a9403, 0xff},     {0x02000000, 0x88},
      {0x02000001, 0x303},    {0x03000002, 4}};
  for (std::uint32_t lane = 0; lane < 8; ++lane) expected.emplace_back(0x88006000 + lane, 0x204040);
  std::vector<std::uint32_t> addresses, values;
  for (auto const& [address, value] : expected) {
    addresses.push_back(address);
    values.push_back(value);
  }
  EXPECT_EQ(read_all(addresses), values);
  // Both sides count from 0 since the synchronisation: the round trip was measured.
  EXPECT_GT(read(0x88002002), 0U);
}

TEST_P(BringUp, RawBringUpOfTheWordLevelTests) {
  for (bool const touch_pll : {true, false}) {
    Program program = reset();
    if (touch_pll) {
      for (unsigned pll = 0; pll < 2; ++pll) {
        shift_pll(program, 2 * pll, 0x2a20a902);
        shift_pll(program, 2 * pll + 1, 0xc0cbf200);
      }
      shift_pll(program, 4, 0x118d8181);
    }
    program.barrier(ut::kBarrierJtag);
    program.setup_timer();
    program.wait_until(FpgaCycles{100 * kMicrosecond});
    for (std::uint8_t lane = 0; lane < 8; ++lane) {
      program.write(0x88006000U + lane, 0x00204040);
      program.jtag_instruction(static_cast<std::uint8_t>(0x44 + 8 * lane));
      program.jtag_data(22, 0x204000);
    }
    program.write(kFpgaLanes, 0xff);
    program.jtag_write(kChipLanes, 0xff);
    program.barrier(ut::kBarrierJtag);
    program.setup_timer();
    program.wait_until(FpgaCycles{80 * kMicrosecond});
    program.systime_init(true);
    program.setup_timer();
    program.wait_until(FpgaCycles{85 * kMicrosecond});
    program.write(0x88000005, 1);
    program.write(0x00130000, 0xfff0);
    for (std::uint32_t k = 0; k < 4; ++k) program.write(0x00130039 + 9 * k, 0x80000000);
    program.barrier(ut::kBarrierOmnibus);
    for (std::uint16_t label = 0; label < 1000; ++label) program.event(label);
    program.setup_timer();
    program.wait_until(FpgaCycles{100 * kMicrosecond});
    Responses const responses = run(program);
    EXPECT_EQ(responses.notifications.size(), 8U);
    ASSERT_EQ(responses.spikes.size(), 1000U);
    for (std::uint16_t label = 0; label < 1000; ++label)
      EXPECT_EQ(responses.spikes.label[label], label);
  }
}

// ---- Every register on every path

/// Left out: what acts on the target itself (timeouts, lanes, timings, tests), what waits for something outside (samples), and
/// triggers.
bool is_left_out(std::string_view name) {
  constexpr std::array<std::string_view, 9> kActing = {"InstructionTimeoutConfig",
                                                       "CommonSynramConfig",
                                                       "CommonPhyConfigFPGA",
                                                       "CommonPhyConfigChip",
                                                       "PPUControlRegister",
                                                       "PerfTest",
                                                       "PhyConfigFPGA",
                                                       "CADCSampleQuad",
                                                       "EventRecordingConfig"};
  return std::find(kActing.begin(), kActing.end(), name) != kActing.end();
}

TEST_P(BringUp, EveryRegisterKeepsWhatIsWrittenOnEveryPath) {
  std::mt19937_64 random(4);
  std::size_t containers = 0, locations = 0;
  for (reg::ContainerInfo const& container : reg::containers()) {
    if (is_left_out(container.name) || container.trigger) continue;
    if (container.write_words() == 0 || container.read_words() != container.write_words()) continue;
    for (reg::Via const via : {reg::Via::kOmnibus, reg::Via::kOmnibusChipOverJTAG}) {
      if (!container.reachable_by(via)) continue;
      bool const is_jtag = via == reg::Via::kOmnibusChipOverJTAG;
      // Random content starts generators and makes neurons fire; every container begins anew.
      std::unique_ptr<Device> const device = open(GetParam());
      Deadline const deadline = Deadline::in(std::chrono::minutes{10});
      InitOptions options = no_board();
      options.capmem = false;
      ASSERT_TRUE(device->init(options, deadline));
      bool const is_pll = container.name.find("PLL") != std::string_view::npos;
      std::uint32_t const size = container.coordinate.size;
      std::uint32_t const limit = is_jtag ? 40 : 200;
      std::vector<std::uint32_t> places;
      for (std::uint32_t k = 0; k < std::min(size, limit); ++k) {
        // Spread, the first and the last among them.
        places.push_back(size <= limit ? k
                                       : static_cast<std::uint32_t>(std::uint64_t{k} * (size - 1) /
                                                                    (limit - 1)));
      }
      Program program;
      program.jtag_scaler(0);
      std::vector<std::vector<std::uint64_t>> written;
      for (std::uint32_t const place : places) {
        std::vector<std::uint64_t> words(container.default_words.begin(),
                                         container.default_words.end());
        words.resize(container.write_words());
        for (std::uint64_t& word : words)
          if (!is_pll) word = random() & 0xffffffff;
        ASSERT_TRUE(program.write_container(container, place, words, via)) << container.name;
        written.push_back(std::move(words));
      }
      std::vector<Ticket> tickets;
      for (std::uint32_t const place : places) {
        Result<Ticket> const ticket = program.read_container(container, place, via);
        ASSERT_TRUE(ticket) << container.name;
        tickets.push_back(*ticket);
      }
      program.barrier(ut::kBarrierOmnibus | ut::kBarrierJtag);
      Result<Responses> const responses = device->run(program, deadline);
      ASSERT_TRUE(responses) << container.name << ": " << responses.error();
      for (std::size_t k = 0; k < places.size(); ++k) {
        std::vector<std::uint64_t> words(container.read_words());
        ASSERT_TRUE(responses->words_of(tickets[k], via, words));
        std::vector<std::byte> wrote(container.codec.size), got(container.codec.size);
        container.codec.construct(wrote.data());
        container.codec.construct(got.data());
        container.codec.decode(wrote.data(), written[k].data(), places[k]);
        container.codec.decode(got.data(), words.data(), places[k]);
        ASSERT_EQ(wrote, got) << container.name << " " << places[k]
                              << (is_jtag ? " over JTAG" : "");
      }
      ++containers;
      locations += places.size();
    }
  }
  EXPECT_GT(containers, 80U);
  EXPECT_GT(locations, 4000U);
}

}  // namespace
}  // namespace hx
