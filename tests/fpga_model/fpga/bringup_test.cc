// JTAG, lanes of the link, SpikeIO, routing tables and the counters of the link, clock by clock. Expected times are worked out by hand
// from docs/decisions/bringup.md.
#include "fpga_model/spec/timing.h"
#include "tests/fpga_model/fpga/fpga_harness.h"

namespace hx::sim {
namespace {

constexpr std::uint32_t kFpgaLanes = 0x88004000;
constexpr std::uint32_t kChipLanes = 0x00040000;
constexpr std::uint32_t kSpikeIo = 0x88038000;
constexpr std::uint32_t kTxOn = 1 << 16, kRxOn = 1 << 17, kLoop = 1 << 18;

Timed lane_up(unsigned lane, std::uint64_t time) {
  return {ut::FromFpga::kHighspeedLinkNotification, lane << 5 | 1 << 4, time};
}
Words jtag_write(std::uint32_t address, std::uint32_t data) {
  return {ut::jtag_instruction(5), ut::jtag_data(33, address, false),
          ut::jtag_instruction(6), ut::jtag_data(32, data, false),
          ut::jtag_instruction(7), ut::jtag_data(3, 0, false)};
}
Words jtag_read(std::uint32_t address) {
  return {ut::jtag_instruction(5), ut::jtag_data(33, address | std::uint64_t{1} << 32, false),
          ut::jtag_instruction(7), ut::jtag_data(3, 0, false),
          ut::jtag_instruction(6), ut::jtag_data(32, 0, true)};
}
Words const kJtagDone = {ut::barrier(ut::kBarrierJtag)};
Words const kBusDone = {ut::barrier(ut::kBarrierOmnibus)};
Words wait(std::uint32_t clocks) {
  return {ut::timer_setup(), ut::wait_until(clocks)};
}

/// With the link up from power-on, for tests that want times from the beginning; lanes come up besides.
class BringUp : public Fpga {};
/// With the link down.
class LinkDown : public Fpga {
 protected:
  LinkDown() { model_ = make_stub_model({.link_up = false}); }

  void enable_chip_lanes(std::uint32_t lanes) {
    run(Words{ut::jtag_scaler(0)} + jtag_write(kChipLanes, lanes) + kJtagDone + wait(40) + kHalt);
  }
};

// ---- Lanes ----

TEST_F(BringUp, LanesComeUpLinkUpTimeAfterBothEnablesLowerOnesFirst) {
  // Chip: data at 2, effect in 12. FPGA: data at 4, effect in 6. Up in 12 + 1250.
  std::vector<Timed> const messages =
      run(kSync + write(kChipLanes, 0x81) + write(kFpgaLanes, 0x83) + wait(1300) + kHalt);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0], lane_up(0, 12 + timing::kLinkUpTime));
  EXPECT_EQ(messages[1], lane_up(7, 12 + timing::kLinkUpTime + 1));
}

TEST_F(BringUp, ALaneThatWasDisabledInBetweenBeginsAnew) {
  std::vector<Timed> const messages = run(
      kSync + write(kFpgaLanes, 2) + write(kChipLanes, 2) + write(kFpgaLanes, 0) +
      Words{ut::timer_setup(), ut::wait_until(1000)} + write(kFpgaLanes, 2) + wait(1300) + kHalt);
  // Setup at 7, timer 1000 in 1008, data in 1010, effect in 1012.
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0], lane_up(1, 1012 + timing::kLinkUpTime));
}

TEST_F(BringUp, ALaneThatWasDisabledBeforeItCameUpBeginsAnew) {
  std::vector<Timed> const messages = run(
      kSync + write(kFpgaLanes, 2) + write(kChipLanes, 2) +
      Words{ut::timer_setup(), ut::wait_until(600)} + write(kFpgaLanes, 0) +
      Words{ut::timer_setup(), ut::wait_until(300)} + write(kFpgaLanes, 2) + wait(1300) + kHalt);
  // Setup at 5, timer 600 in 606, data in 608; setup at 609, timer 300 in 910, data in 912, effect in 914.
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0], lane_up(1, 914 + timing::kLinkUpTime));
}

TEST_F(BringUp, ChipResetTakesLanesDownAndTheNextStartUpNotifiesAgain) {
  Words const start = write(kChipLanes, 0xff) + write(kFpgaLanes, 0xff) + wait(1300);
  EXPECT_EQ(run(start + kHalt).size(), 9U);
  EXPECT_EQ(run(Words{ut::chip_reset(true), ut::chip_reset(false)} + wait(1300) + kHalt).size(), 1U)
      << "going down is not notified, the FPGA's enables alone bring nothing up";
  EXPECT_EQ(read(kFpgaLanes), 0xffU);
  EXPECT_EQ(run(start + kHalt).size(), 9U);
}

TEST_F(LinkDown, AccessesWaitInFrontInOrderOnePerClock) {
  enable_chip_lanes(0xff);
  // Setup in x, data of the enables in x + 2, effect in x + 4: up in u = x + 1254. The reads of x + 3, x + 4 enter in u, u + 1, have their effect
  // 10 and complete 24 clocks later: u + 25 is the last pending clock. The timer is read in u + 29, 1282 clocks after x + 1.
  std::vector<Timed> const messages =
      run(Words{ut::timer_setup()} + write(kFpgaLanes, 0x10) +
          Words{ut::omnibus_read(5), ut::omnibus_read(6)} + kBusDone +
          Words{ut::omnibus_read(kTimer)} + kBusDone + kHalt);
  ASSERT_EQ(messages.size(), 5U);
  EXPECT_EQ(messages[0].payload, lane_up(4, 0).payload);
  EXPECT_EQ(messages[3].payload, 1282U);
}

TEST_F(LinkDown, AccessesThatWaitFillTheBusFifo) {
  run(write(kTimeout, 500) + kBusDone + kHalt);
  Words program;
  for (std::uint32_t i = 0; i < 40; ++i) program = program + write(i, i + 100);
  EXPECT_EQ(run(program + kHalt).size(), 1U);
  for (std::uint32_t i = 40; i < 66; ++i) program = program + write(i, i + 100);
  // 40 wait from the first run; 64 are taken: the 25th Data of this one blocks.
  Words more;
  for (std::uint32_t i = 40; i < 66; ++i) more = more + write(i, i + 100);
  std::vector<Timed> const messages = run(more + kHalt);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].payload & 0xffffffff, 2 * 24 + 1U);
  // They are executed when the link comes up.
  enable_chip_lanes(0xff);
  run(write(kTimeout, 5000) + write(kFpgaLanes, 0xff) + kBusDone + kHalt);
  for (std::uint32_t i : {0U, 39U, 63U}) EXPECT_EQ(read(i), i + 100);
  EXPECT_EQ(read(64), 0U);
}

TEST_F(LinkDown, WhatWaitsAtTheChipWaitsForTheNextStartUp) {
  enable_chip_lanes(0xff);
  run(write(kFpgaLanes, 0xff) + kBusDone + wait(1300) + kHalt);
  // The bus is busy for 2000 clocks; the write behind it is at the chip when the lanes are disabled.
  run(Words{ut::omnibus_read(0x10000 + 2000)} + write(9, 77) + wait(100) + write(kFpgaLanes, 0) +
      wait(3000) + kHalt);
  std::vector<Timed> const messages = run(jtag_read(9) + kJtagDone + kHalt);
  EXPECT_EQ(messages.at(0).payload, 0U) << "JTAG works, the write of the link has not been taken";
  run(write(kFpgaLanes, 1) + kBusDone + kHalt);
  EXPECT_EQ(read(9), 77U);
}

TEST_F(LinkDown, LabelsAreLostAndCounted) {
  run(Words{ut::spikes(1, 2, 3), ut::spike(4)} + kHalt);
  EXPECT_EQ(model_->labels_lost(), 4U);
  enable_chip_lanes(0xff);
  run(write(kFpgaLanes, 0xff) + write(kEventRecording, 1) + write(0, 0) + kBusDone + kHalt);
  EXPECT_EQ(run(Words{ut::spike(7)} + wait(100) + kHalt).size(), 2U) << "nothing comes late";
  EXPECT_EQ(model_->labels_lost(), 4U);
}

TEST_F(LinkDown, ASynchronisationIsTriedAndGivenUp) {
  for (std::uint32_t const tries : {0U, 1U, 2U, 15U}) {
    // Setup in x, start in x + 1, attempts end every 64 clocks: the barrier retires in x + 2 + 64 n, the timer is read in x + 5 + 64 n.
    std::vector<Timed> const messages =
        run(write(0x88002000, tries) +
            Words{ut::timer_setup(), ut::systime_init(true), ut::barrier(ut::kBarrierSystime),
                  ut::omnibus_read(kTimer)} +
            kBusDone + kHalt);
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].payload, 4 + timing::kSyncTime * std::max(1U, tries)) << tries;
    EXPECT_EQ(read(0x88002002), 0U) << "no round trip";
  }
  enable_chip_lanes(1);
  run(write(kFpgaLanes, 1) + wait(1300) + kSync + kHalt);
  EXPECT_EQ(read(0x88002002), 2 * timing::kLinkUp);
}

TEST_F(BringUp, CountsWordsAndTimeOnTheLanesThatAreUp) {
  run(write(kChipLanes, 0xff) + write(kFpgaLanes, 0x0c) + kBusDone + wait(1300) + kHalt);
  // From here on lane 2 counts: a write, a read and four labels, of which the stand-in sends four back.
  auto const counters = [](unsigned lane) {
    return std::vector<std::uint32_t>{0x8800c000 + 2 * lane, 0x8800c001 + 2 * lane};
  };
  std::vector<std::uint32_t> const before = read_all(counters(2));
  run(write(5, 1) + Words{ut::omnibus_read(5), ut::spikes(1, 2, 3), ut::spike(4)} + kBusDone +
      wait(100) + kHalt);
  EXPECT_EQ(read_all(counters(2)),
            (std::vector<std::uint32_t>{before[0] + 2 + 1 + 4, before[1] + 1 + 4}));
  EXPECT_EQ(read_all(counters(3)), (std::vector<std::uint32_t>{0, 0}));
  // Online: lane 2 is up since the same clock as lane 3; the second read comes one clock later.
  std::vector<std::uint32_t> const online =
      read_all({0x8800400c + 2, 0x8800400c + 3, 0x8800400c, 0x88004004, 0x88004014});
  EXPECT_GT(online[0], 0U);
  EXPECT_EQ(online[1], online[0] + 1);
  EXPECT_EQ(online[2], 0U);
  EXPECT_EQ(online[3], 0U);
  EXPECT_EQ(online[4], 0U);
  // Off: address and data of the write behind the read, effect 2 clocks later, seen one more.
  std::vector<Timed> const last =
      run(Words{ut::omnibus_read(0x8800400c + 3)} + write(kFpgaLanes, 0) + wait(100) +
          Words{ut::omnibus_read(0x8800400c + 3)} + kBusDone + kHalt);
  EXPECT_EQ(last.at(1).payload, last.at(0).payload + 3);
}

TEST_F(BringUp, TheThroughputTestLoopsWordsOnUpToFiveLanes) {
  auto const status = std::vector<std::uint32_t>{0x88008001, 0x88008002, 0x88008003, 0x88008004};
  run(write(kChipLanes, 0xff) + kHalt);
  for (auto const& [lanes, count] :
       {std::pair{0x10U, 1U}, {0x1fU, 5U}, {0xf8U, 5U}, {0xffU, 5U}, {0x41U, 2U}, {0U, 0U}}) {
    run(write(kFpgaLanes, 0) + write(kFpgaLanes, lanes) + wait(1300) + kHalt);
    // Enable: data in x, effect in x + 2. Setup in x + 1, timer 125000 in x + 125002, data of the disable in x + 125004: N = 125004 clocks.
    run(write(0x88008000, 1) + wait(125000) + write(0x88008000, 0) + wait(100) + kHalt);
    auto const words = static_cast<std::uint32_t>(std::uint64_t{count} * 10085 * 125004 / 125000);
    EXPECT_EQ(read_all(status), (std::vector<std::uint32_t>{words, words, words, 0})) << lanes;
  }
}

TEST_F(BringUp, WordsOfTheThroughputTestAreReceivedLater) {
  run(write(kChipLanes, 1) + write(kFpgaLanes, 1) + kBusDone + wait(1300) + kHalt);
  // A word is due when 10085 n reaches 125000 the first time, n = 13: enabled with effect in 2, sent in 15, counted from 16 on, received
  // from 46 on. Reads take effect 2 clocks after their execution.
  auto const at = [this](std::uint32_t address, std::uint32_t clock) {
    // Data in 0 of this count, setup in 1, timer t in t + 2, read in t + 3, effect in t + 5.
    std::vector<Timed> const messages =
        run(write(0x88008000, 1) + wait(clock - 5) + Words{ut::omnibus_read(address)} +
            write(0x88008000, 0) + kBusDone + wait(100) + kHalt);
    return messages.at(0).payload;
  };
  EXPECT_EQ(at(0x88008001, 15), 0U);
  EXPECT_EQ(at(0x88008001, 16), 1U);
  EXPECT_EQ(at(0x88008002, 15 + timing::kPerfLoop), 2U - 2U);
  EXPECT_EQ(at(0x88008002, 16 + timing::kPerfLoop), 1U);
}

// ---- JTAG ----

TEST_F(BringUp, ShiftPllWritesThePllWithoutTheOmnibus) {
  auto const shift_pll = [](std::uint32_t target, std::uint32_t data) {
    return Words{ut::jtag_instruction(3), ut::jtag_data(4, target, false), ut::jtag_instruction(4),
                 ut::jtag_data(32, data, false)};
  };
  run(Words{ut::jtag_scaler(0)} + shift_pll(4, 0x1234) + shift_pll(4, 0x5678) +
      shift_pll(6, 0x9abc) + shift_pll(12, 0x9abc) + kJtagDone + kHalt);
  EXPECT_EQ(read_all({0x80004, 0x80006, 0x80000}), (std::vector<std::uint32_t>{0x25678, 0, 0}));
  // A stopped Omnibus: accesses of the link wait, those of JTAG are lost, SHIFT_PLL works.
  run(write(kTimeout, 2000) + write(9, 5) + kBusDone + kHalt);
  run(jtag_read(9) + kJtagDone + kHalt);
  run(write(0x80006, 1) + wait(100) + kHalt);
  EXPECT_EQ(run(Words{ut::omnibus_read(9)} + kBusDone + kHalt).at(0).code,
            ut::FromFpga::kTimeoutNotification);
  run(jtag_write(9, 6) + kJtagDone + kHalt);
  run(shift_pll(4, 1) + kJtagDone + kHalt);
  std::vector<Timed> const messages = run(kBusDone + jtag_read(9) + kJtagDone + kHalt);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].payload, 5U) << "the read of the link waited, the write of JTAG is lost";
  EXPECT_EQ(messages[1].payload, 5U);
}

TEST_F(BringUp, LaneRegistersCaptureWhatWasShiftedIn) {
  Words program;
  for (std::uint8_t r = 0; r < 8; ++r) {
    program = program + Words{ut::jtag_instruction(static_cast<std::uint8_t>(0x44 + 8 * r)),
                              ut::jtag_data(22, 0x204000U + r, false)};
  }
  for (std::uint8_t r = 0; r < 8; ++r) {
    program = program + Words{ut::jtag_instruction(static_cast<std::uint8_t>(0x44 + 8 * r)),
                              ut::jtag_data(22, 0x204000U + r, true)};
  }
  std::vector<Timed> const messages = run(Words{ut::jtag_scaler(0)} + program + kJtagDone + kHalt);
  ASSERT_EQ(messages.size(), 9U);
  for (std::uint32_t r = 0; r < 8; ++r) EXPECT_EQ(messages[r].payload, 0x204000U + r);
}

TEST_F(BringUp, ALongerShiftComesOutBehindTheRegister) {
  // PLL target: four places. The first four bits out are what was captured, the others what went in.
  std::vector<Timed> const messages = run(
      {ut::jtag_scaler(0), ut::jtag_instruction(3), ut::jtag_data(4, 0xa, false),
       ut::jtag_data(20, 0xbcde5, true), ut::jtag_data(4, 0, true), ut::barrier(2), ut::halt()});
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].payload, 0xcde5aU);
  EXPECT_EQ(messages[1].payload, 0xbU) << "the last four bits stay";
}

TEST_F(BringUp, AReadOverJtagWaitsForItsAccess) {
  // The bus is busy for 700 clocks when the request comes; the answer must not be that of an earlier read.
  run(write(9, 5) + write(10, 6) + kBusDone + kHalt);
  run(Words{ut::jtag_scaler(0)} + jtag_read(9) + kJtagDone + kHalt);
  std::vector<Timed> const messages =
      run(Words{ut::omnibus_read(0x10000 + 700)} + jtag_read(10) + kJtagDone + kBusDone + kHalt);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[1].payload, 6U);
}

TEST_F(BringUp, AResetDuringAShiftLeavesThePortUsable) {
  // The tail of the interrupted shift arrives at a port that is idle. Init makes it sure.
  for (std::uint32_t clocks = 1; clocks < 80; clocks += 7) {
    std::vector<Timed> const messages = run(
        Words{ut::jtag_scaler(0), ut::jtag_instruction(5), ut::jtag_data(33, 0x1ffffffff, true),
              ut::timer_setup(), ut::wait_until(clocks), ut::chip_reset(true),
              ut::chip_reset(false)} +
        kJtagDone + Words{ut::jtag_init(), ut::jtag_data(32, 0, true), ut::barrier(2), ut::halt()});
    ASSERT_EQ(messages.size(), 3U);
    EXPECT_EQ(messages[1].payload, 0x348580afU) << clocks;
  }
}

TEST_F(BringUp, AHeldResetAnswersZeros) {
  std::vector<Timed> const messages =
      run({ut::jtag_scaler(0), ut::chip_reset(true), ut::jtag_data(32, 0xffffffff, true),
           ut::barrier(2), ut::chip_reset(false), ut::jtag_data(32, 0, true), ut::barrier(2),
           ut::halt()});
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].payload, 0U);
  EXPECT_EQ(messages[1].payload, 0x348580afU);
}

// ---- SpikeIO and routing tables ----

/// Recording on, `settings`, a label at time `t` after the synchronisation; what comes back.
std::vector<Timed> spikes_of(std::vector<Timed> messages) {
  std::erase_if(messages, [](Timed const& m) { return m.code != ut::FromFpga::kSpikePack1; });
  return messages;
}

TEST_F(BringUp, SpikeIoSendsAndReceivesWithItsOwnLine) {
  for (std::uint32_t const scaler : {0U, 1U, 5U, 100U}) {
    model_ = make_stub_model();
    run(write(kEventRecording, 1) + write(0x88020000, 3) + write(0x88030003, 0x4006) +
        write(kSpikeIo, scaler | kTxOn | kRxOn | kLoop) + kBusDone + kHalt);
    // Label at 1, at the FPGA in 33, looked up in 34, begins in 36; complete 1 + 9 bits + half a bit later, in the link 2 clocks after that.
    std::uint64_t const bit = std::max(1U, scaler);
    std::uint64_t const entered = 36 + 1 + 9 * bit + bit / 2 + 2;
    EXPECT_EQ(spikes_of(run(kSync + Words{ut::spike(0)} + wait(1200) + kHalt)),
              (std::vector{spike(0, 13, 33), spike(0x4006, entered + 12, entered + 32)}))
        << scaler;
  }
}

TEST_F(BringUp, SpikeIoNeedsBothDirectionsAndItsRoutes) {
  run(write(kEventRecording, 1) + write(0x88020000, 3) + write(0x88020001, 4) +
      write(0x88020002, 5) + write(0x88030003, 6) + write(0x88030004, 7) + write(0x88030005, 8) +
      kBusDone + kHalt);
  auto const labels = [this](std::uint32_t config) {
    run(write(kSpikeIo, config) + kBusDone + kHalt);
    std::vector<std::uint64_t> found;
    for (Timed const& message :
         spikes_of(run(Words{ut::spike(0), ut::spike(1), ut::spike(2)} + wait(1000) + kHalt))) {
      found.push_back(message.payload & 0xffff);
    }
    return found;
  };
  using Labels = std::vector<std::uint64_t>;
  EXPECT_EQ(labels(1 | kTxOn | kRxOn | kLoop), (Labels{0, 1, 2, 6, 7, 8}));
  EXPECT_EQ(labels(1 | kTxOn | kLoop), (Labels{0, 1, 2}));
  EXPECT_EQ(labels(1 | kRxOn | kLoop), (Labels{0, 1, 2}));
  EXPECT_EQ(labels(1 | kLoop), (Labels{0, 1, 2}));
  EXPECT_EQ(labels(1 | kTxOn | kRxOn), (Labels{0, 1, 2})) << "the pin is idle";
}

TEST_F(BringUp, SpikeIoKeepsSixtyFourBytesAndLosesTheRest) {
  run(write(kEventRecording, 1) + write(0x88020009, 3) + write(0x88030003, 6) +
      write(kSpikeIo, 100 | kTxOn | kRxOn | kLoop) + kBusDone + kHalt);
  Words program;
  for (int i = 0; i < 100; ++i) program.push_back(ut::spike(9));
  std::size_t looped = 0;
  for (Timed const& message : spikes_of(run(program + wait(70000) + kHalt))) {
    looped += (message.payload & 0xffff) == 6;
  }
  // The first one begins before the FIFO is full.
  EXPECT_EQ(looped, timing::kSpikeIoFifo + 1);
}

TEST_F(BringUp, RoutingTablesLoopBackToTheOwnChip) {
  run(write(kEventRecording, 1) + write(0x880d0001, 0x8000 | 0x123) +
      write(0x880c0123, 0x10000 | 0xc005) + write(0x880d0002, 0x8124) +  // not accepted
      write(0x880d0003, 0x123) +                                         // not enabled
      kBusDone + kHalt);
  // Label at 1, at the FPGA in 33, looked up in 34 and 34 + RouteLoop, in the link 2 clocks later.
  std::uint64_t const entered = 34 + timing::kRouteLoop + 2;
  EXPECT_EQ(
      spikes_of(run(kSync + Words{ut::spike(1), ut::spike(2), ut::spike(3)} + wait(300) + kHalt)),
      (std::vector{spike(1, 13, 33), spike(2, 14, 34), spike(3, 15, 35),
                   spike(0xc005, entered + 12, entered + 32)}));
}

TEST_F(BringUp, PacksOfThreeAreRoutedInOrder) {
  run(write(kEventRecording, 1) + write(0x880dfff3, 0x8001) + write(0x880c0001, 0x10007) +
      kBusDone + kHalt);
  std::vector<Timed> const messages =
      spikes_of(run(kSync + Words{ut::spike(0xfff3)} + wait(300) + kHalt));
  // The three copies are looked up one by one.
  ASSERT_EQ(messages.size(), 3U);
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(messages[i],
              spike(7, 34 + timing::kRouteLoop + 2 + 12 + i, 34 + timing::kRouteLoop + 2 + 32 + i));
  }
}

TEST_F(BringUp, LabelsOfTheExecutorGoFirst) {
  run(write(kEventRecording, 1) + write(0x880d0001, 0x8001) + write(0x880c0001, 0x10007) +
      kBusDone + kHalt);
  // The routed label is due in 96; the executor sends in every clock up to 120.
  Words program = {ut::spike(1)};
  for (int i = 2; i <= 120; ++i) program.push_back(ut::spike(100));
  std::vector<Timed> const messages = spikes_of(run(kSync + program + wait(300) + kHalt));
  ASSERT_EQ(messages.size(), 121U);
  EXPECT_EQ(messages.back(), spike(7, 121 + 12, 121 + 32));
}

}  // namespace
}  // namespace hx::sim
