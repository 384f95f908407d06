// Timing contract of executor, link, trace and encoder, clock by clock. Expected times are worked out by hand from the contract.
#include "tests/fpga_model/fpga/fpga_harness.h"

namespace hx::sim {
namespace {

// ---- Runs and encoder ----

TEST_F(Fpga, AnswersABareHaltWithOneWordInFiveClocks) {
  // Executed in clock 0, offered and queued in 1, taken by the encoder in 2, sent in 3.
  EXPECT_EQ(run_words(kHalt), Words{0x0200000000000000});
  EXPECT_EQ(clocks_, 4U);
  // The next run does not depend on how long nobody ran anything.
  EXPECT_EQ(run_words(kHalt), Words{0x0200000000000000});
  EXPECT_EQ(clocks_, 8U);
}

TEST_F(Fpga, SendsNoTimeBeforeTheFirstSynchronisation) {
  EXPECT_EQ(run_words({ut::tick(), ut::systime_init(false), ut::tick(), ut::halt()}),
            (Words{0x0200000000000001, 0x0200000000000001, 0x0200000000000000}));
}

TEST_F(Fpga, BeginsEachProgramWithAnAbsoluteTime) {
  // Barrier at time 0, tick at 1 (T = 2), halt at 2 (T = 3).
  EXPECT_EQ(run_words(kSync + Words{ut::tick(), ut::halt()}),
            (Words{0x0500000000000001, 0x0200000000000001, 0x0200000000000000}));
  // The encoder took Systime in 3, the tick in 4, the halt in 5 and sent it in 6. The next run begins at time 7: T = 8.
  EXPECT_EQ(run_words(kHalt), (Words{0x0500000000000007, 0x0200000000000000}));
}

TEST_F(Fpga, UsesSysdeltaForShortAndSystimeForLongPauses) {
  auto const wait = [](std::uint32_t time) {
    return Words{ut::timer_setup(), ut::wait_until(time)};
  };
  // Tick at 1, T = 2. Setup at 2, timer 0 at 3, WaitUntil(255) retires at 258, tick at 259: T = 260, 258 later: Systime.
  EXPECT_EQ(run_words(kSync + Words{ut::tick()} + wait(255) + Words{ut::tick(), ut::halt()}),
            (Words{0x0500000000000001, 0x0200000000000001, 0x0500000000000103, 0x0200000000000001,
                   0x0200000000000000}));
  // One clock less is the longest Sysdelta: 257 - 2 = 255.
  model_ = make_stub_model();
  EXPECT_EQ(run_words(kSync + Words{ut::tick()} + wait(254) + Words{ut::tick(), ut::halt()}),
            (Words{0x0500000000000001, 0x0200000000000001, 0x06000000000000ff, 0x0200000000000001,
                   0x0200000000000000}));
}

TEST_F(Fpga, SystimeInitZeroSendsOneTimeMessage) {
  // Executed at 1, queued at 2.
  EXPECT_EQ(run_words(kSync + Words{ut::systime_init(false), ut::halt()}),
            (Words{0x0500000000000002, 0x0200000000000000}));
}

TEST_F(Fpga, TakesTheTimeFromTheSyncBase) {
  run(write(0, 1000) + write(1, 2) + Words{ut::barrier(ut::kBarrierOmnibus), ut::halt()});
  std::uint64_t const base = (std::uint64_t{2} << 32) + 1000;
  EXPECT_EQ(run(kSync + Words{ut::tick(), ut::halt()}),
            (std::vector{tick_answer(base + 2), halt_answer(base + 3)}));
  EXPECT_EQ(read_all({0x88002001, 0x88002002, 0x88002003, 0x88002004, 0x88002005}),
            (std::vector<std::uint32_t>{0, 20, 2, 1000, 0}));
}

TEST_F(Fpga, SynchronisesIn64Clocks) {
  // Start in clock 0, barrier retires in 65, halt in 66, queued in 67; Systime is taken in 68, the halt in 69 and sent in 70.
  run(kSync + kHalt);
  EXPECT_EQ(clocks_, 71U);
  run(kSync + kHalt);
  EXPECT_EQ(clocks_, 142U);
}

TEST_F(Fpga, PadsAfterTheIdleTime) {
  // The stub answers label 0xfff3 with one pack of three: 10 bytes, of which 2 stay in the encoder.
  run(write(kEventRecording, 1) + kHalt);
  ASSERT_EQ(
      model_->fill(Words{ut::spike(0xfff3), ut::timer_setup(), ut::wait_until(1000), ut::halt()}),
      4U);
  // Executed in clock 0, arrives in 32, taken in 33, first word leaves in 34, padding in 33 + 129.
  Words words;
  auto const words_after = [&](std::uint64_t clocks) {
    model_->run(clocks);
    model_->take(words);
    return words.size();
  };
  EXPECT_EQ(words_after(34), 0U);
  EXPECT_EQ(words_after(1), 1U);
  EXPECT_EQ(words_after(127), 1U);
  EXPECT_EQ(words_after(1), 2U);
  EXPECT_EQ(words[1] & 0x0000ffffffffffff, 0x0000800000000000U);
}

// ---- Time and waiting ----

TEST_F(Fpga, WaitsUntilTheTimerReachesTheValue) {
  // Setup at 1: timer 0 at 2. WaitUntil(10) retires at 12, tick at 13. A time in the past takes one clock: tick at 15.
  EXPECT_EQ(run(kSync + Words{ut::timer_setup(), ut::wait_until(10), ut::tick(), ut::wait_until(3),
                              ut::tick(), ut::halt()}),
            (std::vector{tick_answer(14), tick_answer(16), halt_answer(17)}));
}

TEST_F(Fpga, WaitUntilIsNotSubjectToTheInstructionTimeout) {
  write_now(kTimeout, 100);
  EXPECT_EQ(run(kSync + Words{ut::timer_setup(), ut::wait_until(5000), ut::halt()}),
            (std::vector{halt_answer(5004)}));
}

TEST_F(Fpga, BarriersOfIdleChannelsPassAtOnce) {
  Words program = kSync;
  for (std::uint8_t mask = 0; mask < 32; ++mask) program.push_back(ut::barrier(mask));
  EXPECT_EQ(run(program + kHalt), (std::vector{halt_answer(34)}));
}

// ---- Omnibus ----

TEST_F(Fpga, ReadsTheFpgaInFourClocks) {
  // Setup at 1, timer 0 at 2. Read at 2: value of clock 4 (timer 2), complete in 6, T = 7. Barrier retires at 7, halt at 8.
  EXPECT_EQ(run(kSync + Words{ut::timer_setup(), ut::omnibus_read(kTimer),
                              ut::barrier(ut::kBarrierOmnibus), ut::halt()}),
            (std::vector{read_answer(2, 7), halt_answer(9)}));
}

TEST_F(Fpga, WritesShowInTheThirdClockAfterTheData) {
  // Data in clock x has its effect in x + 2, a read directly behind it has the value of x + 3.
  EXPECT_EQ(run(kSync + write(0x80000000, 7) +
                Words{ut::omnibus_read(0x80000000), ut::barrier(1), ut::halt()}),
            (std::vector{read_answer(7, 8), halt_answer(10)}));
}

TEST_F(Fpga, ReadsTheChipIn24Clocks) {
  // Read at 1, effect at 11, complete in 25, T = 26. Barrier retires at 26.
  EXPECT_EQ(run(kSync + Words{ut::omnibus_read(5), ut::barrier(ut::kBarrierOmnibus), ut::halt()}),
            (std::vector{read_answer(0, 26), halt_answer(28)}));
}

TEST_F(Fpga, WritesToTheChipAreAcknowledgedIn24Clocks) {
  // Data at 2, complete in 26, barrier at 27.
  EXPECT_EQ(run(kSync + write(5, 1) + Words{ut::barrier(ut::kBarrierOmnibus), ut::halt()}),
            (std::vector{halt_answer(29)}));
}

TEST_F(Fpga, AnswersReadsInTheOrderOfTheirIssue) {
  run(write(5, 55) + write(0x80000005, 66) + Words{ut::barrier(1), ut::halt()});
  // Chip read at 1 complete in 25, FPGA read at 2 complete in 6 but answered behind it.
  EXPECT_EQ(run(kSync + Words{ut::omnibus_read(5), ut::omnibus_read(0x80000005), ut::barrier(1),
                              ut::halt()}),
            (std::vector{read_answer(55, 26), read_answer(66, 27), halt_answer(28)}));
}

TEST_F(Fpga, HonoursByteEnablesOnTheChip) {
  write_now(9, 0x11223344);
  write_now(9, 0xaabbccdd, 0x5);
  EXPECT_EQ(read(9), 0x11bb33ddU);
}

TEST_F(Fpga, BlocksReadsBeyondTheMaximumInFlight) {
  // The first read (clock 1) keeps the bus busy from 11 on for 200 clocks: the next one has its effect in 212 and is complete in
  // 226. The first 53 reads need not wait, as the answer of the first one leaves in time; the 54th (clock 54) waits for the second
  // answer, which leaves in 227: it is executed in 228. The label behind the reads tells when it was executed by its stamp.
  auto const stamp_after = [this](int reads) {
    model_ = make_stub_model();
    run(write(kEventRecording, 1) + kHalt);
    Words program = kSync + Words{ut::omnibus_read(0x10000 + 200)};
    for (int i = 1; i < reads; ++i) program.push_back(ut::omnibus_read(5));
    program = program + Words{ut::spike(1), ut::timer_setup(), ut::wait_until(300), ut::halt()};
    for (Timed const& message : run(program)) {
      if (message.code == ut::FromFpga::kSpikePack1) return message.payload >> 16;
    }
    return std::uint64_t{0};
  };
  EXPECT_EQ(stamp_after(53), 2U * (54 + 12));
  EXPECT_EQ(stamp_after(54), 2U * (229 + 12) - 256);
}

TEST_F(Fpga, BlocksChipAccessesWhenTheBusFifoIsFull) {
  // The read in clock 1 keeps the bus from 11 to 311. Write k has its data in 3 + 2k and waits at the chip from 13 + 2k on; 64 wait
  // from 139 on, so the data of write 68 in 139 blocks. Accesses leave from 312 on, one per clock; 68 wait then, fewer than 64
  // from 317 on.
  Words program = kSync + Words{ut::omnibus_read(0x10000 + 300)};
  for (int k = 0; k < 69; ++k) program = program + write(5, 1);
  std::vector<Timed> const messages = run(program + Words{ut::tick(), ut::barrier(1), ut::halt()});
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[1], tick_answer(317 + 2));
}

TEST_F(Fpga, IgnoresDataWithoutAnAddress) {
  write_now(0x80000001, 7);
  run({ut::omnibus_data(9), ut::omnibus_write_address(0x80000001), ut::tick(), ut::omnibus_data(9),
       ut::barrier(1), ut::halt()});
  EXPECT_EQ(read(0x80000001), 7U);
}

TEST_F(Fpga, PollsUntilTheValueMatches) {
  run(write(0x88000006, 20) + write(0x88000007, 0x30) + write(0x88000008, 0xf0) + write(20, 0x3f) +
      Words{ut::barrier(1), ut::halt()});
  // First read at 1, complete in 25: retires in 26. No answer for the host.
  EXPECT_EQ(run(kSync + Words{ut::polling_block(true), ut::halt()}),
            (std::vector{halt_answer(28)}));
  // Timer of the FPGA, masked: polls until bit 6 is set. Setup at 1 (timer 0 at 2), read at 2 sees timer 2, then every 5 clocks:
  // 7, 12, ..., 67. That one is read at 67, complete in 71, and retires in 72.
  run(write(0x88000006, kTimer) + write(0x88000007, 0x40) + write(0x88000008, 0x40) +
      Words{ut::barrier(1), ut::halt()});
  EXPECT_EQ(run(kSync + Words{ut::timer_setup(), ut::polling_block(true), ut::halt()}),
            (std::vector{halt_answer(74)}));
  // The other sense: passes with the first read, which sees timer 2.
  EXPECT_EQ(run(kSync + Words{ut::timer_setup(), ut::polling_block(false), ut::halt()}),
            (std::vector{halt_answer(9)}));
}

// ---- Instruction timeout ----

TEST_F(Fpga, ReportsAnInstructionThatBlocksAndDiscardsTheRest) {
  write_now(kTimeout, 100);
  // Reset at 1, read at 2 (does not reach the chip), barrier blocks from 3 on for 100 clocks: given up in 103, T = 104.
  std::uint64_t const payload = ut::timeout_notification(4, 0, 1).payload;
  EXPECT_EQ(
      run(kSync + Words{ut::chip_reset(true), ut::omnibus_read(5), ut::barrier(1), ut::tick(),
                        ut::chip_reset(false), ut::halt()}),
      (std::vector{Timed{ut::FromFpga::kTimeoutNotification, payload, 104}, halt_answer(105)}));
  // The executor is usable, the access still waits; indices begin anew.
  EXPECT_EQ(run({ut::barrier(1), ut::halt()}).at(0).payload,
            ut::timeout_notification(0, 0, 1).payload);
  std::vector<Timed> const messages = run({ut::chip_reset(false), ut::barrier(1), ut::halt()});
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].payload, 0U) << "the answer of the first run's read";
}

TEST_F(Fpga, AnInstructionMayBlockForExactlyTheTimeout) {
  // A barrier behind a chip write blocks for 24 clocks.
  write_now(kTimeout, 24);
  EXPECT_EQ(run(write(5, 1) + Words{ut::barrier(1), ut::halt()}).size(), 1U);
  write_now(kTimeout, 23);
  EXPECT_EQ(run(write(5, 1) + Words{ut::barrier(1), ut::halt()}).size(), 2U);
}

TEST_F(Fpga, ForgetsThePollThatTimedOut) {
  run(write(0x88000006, 0x10000 + 500) + write(0x88000007, 1) + write(0x88000008, 1) +
      write(kTimeout, 60) + Words{ut::barrier(1), ut::halt()});
  EXPECT_EQ(run({ut::polling_block(true), ut::halt()}).size(), 2U);
  // The stale read must not count for the next poll: that one waits for its own.
  run(write(kTimeout, 10000) + write(0x88000006, 20) + write(20, 1) +
      Words{ut::barrier(1), ut::halt()});
  EXPECT_EQ(run({ut::polling_block(true), ut::halt()}).size(), 1U);
}

TEST_F(Fpga, AbortAnswersTheHalt) {
  ASSERT_EQ(
      model_->fill(Words{ut::timer_setup(), ut::wait_until(0xffffffff), ut::tick(), ut::halt()}),
      4U);
  EXPECT_FALSE(model_->run(500).run_ended);
  model_->abort();
  EXPECT_TRUE(model_->run(100).run_ended);
  Words words;
  model_->take(words);
  EXPECT_EQ(words, Words{0x0200000000000000});
  EXPECT_EQ(run({ut::tick(), ut::halt()}).size(), 2U);
}

// ---- Events ----

TEST_F(Fpga, LoopsALabelBackIn32Clocks) {
  // Recording is on at 5. Barrier retires at 7, label at 8: L2 input register in 18, stamp in 20, in the FPGA in 40.
  Words const record = kSync + write(kEventRecording, 1) + Words{ut::barrier(1)};
  Words const wait = {ut::timer_setup(), ut::wait_until(60), ut::halt()};
  EXPECT_EQ(run(record + Words{ut::spike(0x1234)} + wait),
            (std::vector{spike(0x1234, 20, 40), halt_answer(72)}));
}

TEST_F(Fpga, LabelsOfOnePackFollowEachOtherByOneClock) {
  Words const record = kSync + write(kEventRecording, 1) + Words{ut::barrier(1)};
  Words const wait = {ut::timer_setup(), ut::wait_until(60), ut::halt()};
  EXPECT_EQ(run(record + Words{ut::spikes(1, 2, 3), ut::spikes(4, 5)} + wait),
            (std::vector{spike(1, 20, 40), spike(2, 21, 41), spike(3, 22, 42), spike(4, 23, 43),
                         spike(5, 24, 44), halt_answer(73)}));
}

TEST_F(Fpga, KeepsThreeEventsOfOneClockInOnePack) {
  run(write(kEventRecording, 1) + kHalt);
  Words const words =
      run_words({ut::spike(0xfff3), ut::timer_setup(), ut::wait_until(60), ut::halt()});
  ASSERT_EQ(words.size(), 3U);
  EXPECT_EQ(words[0] >> 56, 0x0cU);
  EXPECT_EQ(words[1] & 0xffffffffffff, 0x020000000000U);
  EXPECT_EQ(words[2], 0x0000800000000000U) << "padding behind the halt";
}

TEST_F(Fpga, TheGateActsWhenTheEventArrives) {
  // Off by default. Label at 1 arrives in 33. Data at 30 (address at 29): effect in 32, gate open in 33; one clock later is too late.
  auto const program = [](std::uint32_t wait) {
    // Spike at 1, setup at 2, timer 0 at 3, WaitUntil(w) at 3 + w, address at 4 + w, data at 5 + w.
    return kSync + Words{ut::spike(7), ut::timer_setup(), ut::wait_until(wait)} +
           write(kEventRecording, 1) + Words{ut::timer_setup(), ut::wait_until(60), ut::halt()};
  };
  EXPECT_EQ(run(program(25)).size(), 2U);
  model_ = make_stub_model();
  EXPECT_EQ(run(program(26)).size(), 1U);
}

TEST_F(Fpga, BlocksLabelsWhileTheLinkFifoIsFull) {
  // Packs of three in clocks 1, 2, ...; the chip takes one label per clock from clock 10 on. Places in use before clock c: 3 (c - 1) up
  // to c = 10, then 29 + 2 (c - 11): 61 at c = 27, the last one without waiting. The following packs go in 30, 33, 36.
  auto const time_of_halt = [this](int packs) {
    model_ = make_stub_model();
    Words program = kSync;
    for (int i = 0; i < packs; ++i) program.push_back(ut::spikes(1, 2, 3));
    return run(program + kHalt).at(0).time;
  };
  EXPECT_EQ(time_of_halt(27), 28U + 1);
  EXPECT_EQ(time_of_halt(28), 31U + 1);
  EXPECT_EQ(time_of_halt(30), 37U + 1);
}

TEST_F(Fpga, LosesNoLabelOfAThousand) {
  Words program = write(kEventRecording, 1) + Words{ut::barrier(1)};
  for (std::uint16_t i = 0; i < 1000; ++i) program.push_back(ut::spike(i));
  std::vector<Timed> const messages =
      run(program + Words{ut::timer_setup(), ut::wait_until(200), ut::halt()});
  ASSERT_EQ(messages.size(), 1001U);
  for (std::uint16_t i = 0; i < 1000; ++i) EXPECT_EQ(messages[i].payload & 0xffff, i);
}

TEST_F(Fpga, LateEventsComeInTheNextRun) {
  EXPECT_EQ(run(kSync + write(kEventRecording, 1) + Words{ut::barrier(1), ut::spike(5), ut::halt()})
                .size(),
            1U);
  // The next run begins with the event and its absolute time: stamp 20, T = 40.
  EXPECT_EQ(run({ut::timer_setup(), ut::wait_until(60), ut::halt()}).at(0), spike(5, 20, 40));
}

TEST_F(Fpga, KeepsPacksInFlightBelowTheirLimitWhenAnswersCompete) {
  // One event per clock and one tick per clock: each gets every second clock of the trace. 32 packs may be under way, so the chip
  // is held back, nothing is lost and no event is older than 116 clocks when it gets its time.
  Words program = kSync + write(kEventRecording, 1) + Words{ut::barrier(1)};
  for (std::uint16_t i = 0; i < 300; ++i)
    program = program + Words{ut::spikes(i, static_cast<std::uint16_t>(i + 1000)), ut::tick()};
  std::vector<Timed> const messages =
      run(program + Words{ut::timer_setup(), ut::wait_until(2000), ut::halt()});
  std::size_t spikes = 0;
  for (Timed const& message : messages) {
    if (message.code != ut::FromFpga::kSpikePack1) continue;
    ++spikes;
    std::uint64_t const age = (message.time - (message.payload >> 17)) & 127;
    EXPECT_LE(age, 116U);
  }
  EXPECT_EQ(spikes, 600U);
  EXPECT_EQ(messages.size(), 600U + 300 + 1);
  EXPECT_EQ(model_->packs_dropped(), 0U);
}

// ---- Reset pin and JTAG ----

TEST_F(Fpga, ReachesTheChipResetPin) {
  run({ut::chip_reset(true), ut::chip_reset(false), ut::chip_reset(true), ut::chip_reset(false),
       ut::halt()});
  EXPECT_EQ(read(0x20001), 2U);
}

TEST_F(Fpga, ShiftsTheIdcode) {
  // Scaler 6 from power-on. Init pushed at 1, works 2..49 (6 * 8); Scaler in 50; Ins 51..115 (13 * 5); Data 116..300 (37 * 5), T = 301.
  EXPECT_EQ(
      run(kSync + Words{ut::jtag_init(), ut::jtag_scaler(3), ut::jtag_instruction(1),
                        ut::jtag_data(32, 0, true), ut::barrier(ut::kBarrierJtag), ut::halt()}),
      (std::vector{jtag_answer(0x348580af, 301), halt_answer(303)}));
}

TEST_F(Fpga, BypassDelaysByOneBit) {
  std::vector<Timed> const messages =
      run({ut::jtag_init(), ut::jtag_instruction(127), ut::jtag_data(33, 0x1aaaaaaab, true),
           ut::jtag_data(3, 7, true), ut::barrier(ut::kBarrierJtag), ut::halt()});
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].payload, (std::uint64_t{0x1aaaaaaab} << 1) & 0x1ffffffff);
  EXPECT_EQ(messages[1].payload, 6U);
}

TEST_F(Fpga, AFullJtagQueueBlocks) {
  // Init works from clock 2 to 49 and is out of the queue in clock 3; 16 more fit. The 18th blocks until the next one is taken in 50.
  Words program = kSync;
  for (int i = 0; i < 17; ++i) program.push_back(ut::jtag_init());
  EXPECT_EQ(run(program + kHalt), (std::vector{halt_answer(19)}));
  model_ = make_stub_model();
  program.push_back(ut::jtag_init());
  EXPECT_EQ(run(program + kHalt), (std::vector{halt_answer(53)}));
}

TEST_F(Fpga, ReachesTheOmnibusThroughJtag) {
  auto const jtag_write = [](std::uint32_t address, std::uint32_t data) {
    return Words{ut::jtag_instruction(5), ut::jtag_data(33, address, false),
                 ut::jtag_instruction(6), ut::jtag_data(32, data, false),
                 ut::jtag_instruction(7), ut::jtag_data(3, 0, false)};
  };
  auto const jtag_read = [](std::uint32_t address) {
    return Words{
        ut::jtag_instruction(5), ut::jtag_data(33, address | std::uint64_t{1} << 32, false),
        ut::jtag_instruction(7), ut::jtag_data(3, 0, false),
        ut::jtag_instruction(6), ut::jtag_data(32, 0, true)};
  };
  Words const init = {ut::jtag_init(), ut::jtag_scaler(0)};
  std::vector<Timed> const messages = run(init + jtag_write(30, 0xcafe1234) + jtag_read(30) +
                                          Words{ut::barrier(ut::kBarrierJtag), ut::halt()});
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].payload, 0xcafe1234U);
  // The link sees the same, and accesses of the link go on in between.
  EXPECT_EQ(read(30), 0xcafe1234U);
  Words mixed = jtag_read(30);
  for (int i = 0; i < 300; ++i) mixed.push_back(ut::omnibus_read(31));
  std::vector<Timed> const both = run(mixed + Words{ut::barrier(3), ut::halt()});
  ASSERT_EQ(both.size(), 302U);
  for (Timed const& message : both) {
    if (message.code == ut::FromFpga::kJtagData) {
      EXPECT_EQ(message.payload, 0xcafe1234U);
    }
    if (message.code == ut::FromFpga::kOmnibusData) {
      EXPECT_EQ(message.payload, 0U);
    }
  }
}

// ---- MADC samples ----

constexpr std::uint32_t kMadcSamples = 0x20002;  // of the stand-in for the chip

Timed sample(std::uint16_t value, std::uint64_t chip_time, std::uint64_t time) {
  return {ut::FromFpga::kMadcSamplePack1,
          ut::event_bits(static_cast<std::uint8_t>(2 * chip_time), value), time};
}

TEST_F(Fpga, MadcSamplesArriveLinkDownAfterTheirStamp) {
  // Data at 9: effect at 19, samples at 22, 25, 28.
  EXPECT_EQ(
      run(kSync + write(kEventRecording, 1) + Words{ut::barrier(1)} + write(kMadcSamples, 3) +
          Words{ut::timer_setup(), ut::wait_until(60), ut::halt()}),
      (std::vector{sample(0, 22, 42), sample(1, 25, 45), sample(2, 28, 48), halt_answer(73)}));
}

TEST_F(Fpga, EventPacksMadcSamplesAndAnswersTakeTurns) {
  // Label at 10, tick at 41: event, first sample and tick are there at 42, the halt at 43, the second sample at 45.
  EXPECT_EQ(run(kSync + write(kEventRecording, 1) + Words{ut::barrier(1)} + write(kMadcSamples, 2) +
                Words{ut::spike(1), ut::timer_setup(), ut::wait_until(28), ut::tick(), ut::halt()}),
            (std::vector{spike(1, 22, 42), sample(0, 22, 43), tick_answer(44), sample(1, 25, 45),
                         halt_answer(46)}));
}

TEST_F(Fpga, MadcSamplesNeedEventRecording) {
  EXPECT_EQ(
      run(kSync + write(kMadcSamples, 3) + Words{ut::timer_setup(), ut::wait_until(60), ut::halt()})
          .size(),
      1U);
  EXPECT_EQ(model_->packs_dropped(), 0U);
}

// ---- Registers ----

TEST_F(Fpga, RegistersHaveTheirResetValues) {
  EXPECT_EQ(read_all({0x88000000, 0x88000003, 0x88000004, 0x88000005, 0x88000009, 0x8800000b,
                      0x88002000, 0x88004000, 0x88006003, 0x88038000, 0x88020123, 0x88030045,
                      0x880c0001, 0x880d0001, 0x80000000, 0x84000000, 0x8c000000, 0x88100000}),
            (std::vector<std::uint32_t>{1, 0x01500000, 0x5d, 0, 1250000, 0, 3, 0, 0x204040, 1, 0xff,
                                        0xffff, 0, 0, 0, 0, 0, 0}));
}

TEST_F(Fpga, RegistersStoreTheirBits) {
  struct Case {
    std::uint32_t address, bits;
  };
  std::vector<Case> const cases = {
      {0x88000005, 1},          {0x88000006, 0xffffffff}, {0x88000007, 0xffffffff},
      {0x88000008, 0xffffffff}, {0x88000009, 0xffffffff}, {0x8800000b, 1},
      {0x88002000, 0xf},        {0x88004000, 0xff},       {0x88006000, 0x3effff},
      {0x88006007, 0x3effff},   {0x88007a00, 0xffff},     {0x88007c03, 0xffffffff},
      {0x88008000, 1},          {0x88020000, 0xff},       {0x8802ffff, 0xff},
      {0x88030000, 0xffff},     {0x880300ff, 0xffff},     {0x88038000, 0x7ffff},
      {0x880c0000, 0x1ffff},    {0x880c7fff, 0x1ffff},    {0x880d0000, 0xffff},
      {0x880dffff, 0xffff},     {0x80000000, 0xffffffff}, {0x80007fff, 0xffffffff},
      {0x84000000, 0xffffffff}, {0x87ffffff, 0xffffffff}};
  for (std::uint32_t const pattern : {0xa5f00f5aU, 0x5a0ff0a5U}) {
    Words program;
    std::vector<std::uint32_t> addresses, expected;
    for (auto const& [address, bits] : cases) {
      if (address == kTimeout) continue;  // a small one would end the run
      program = program + write(address, pattern + address);
      addresses.push_back(address);
      expected.push_back((pattern + address) & bits);
    }
    run(program + Words{ut::barrier(1), ut::halt()});
    EXPECT_EQ(read_all(addresses), expected);
  }
}

TEST_F(Fpga, UnmappedAddressesIgnoreWrites) {
  for (std::uint32_t const address :
       {0x80008000U, 0x83ffffffU, 0x88000001U, 0x8800000fU, 0x88007000U, 0x88030100U, 0x88038001U,
        0x880e0000U, 0x88100005U, 0x8c000005U, 0xf8000005U}) {
    write_now(address, 0xffffffff);
    EXPECT_EQ(read(address), 0U) << std::hex << address;
  }
  EXPECT_EQ(read(kEventRecording), 0U);
}

TEST_F(Fpga, ExternalMemoriesHonourByteEnables) {
  for (std::uint32_t const address : {0x80001234U, 0x85555555U}) {
    write_now(address, 0x12345678);
    std::uint32_t value = 0x12345678;
    for (unsigned byte = 0; byte < 4; ++byte) {
      write_now(address, 0x87654321, static_cast<std::uint8_t>(1U << byte));
      std::uint32_t const mask = 0xffU << (8 * byte);
      value = (value & ~mask) | (0x87654321U & mask);
      EXPECT_EQ(read(address), value);
    }
  }
}

TEST_F(Fpga, CountsTheWordsOfTheLink) {
  std::vector<std::uint32_t> const counters = {0x8800c010, 0x8800c011, 0x8800c012, 0x8800c013};
  run({ut::omnibus_read(1), ut::omnibus_read(2), ut::barrier(1), ut::halt()});
  EXPECT_EQ(read_all(counters), (std::vector<std::uint32_t>{2, 2, 2, 2}));
  write_now(1, 0);
  EXPECT_EQ(read_all(counters), (std::vector<std::uint32_t>{4, 4, 2, 2}));
}

// What needs lanes is in bringup_test.cc.

// ---- Determinism and odd words ----

TEST_F(Fpga, TwoModelsGiveTheSameWords) {
  Words program = kSync + write(kEventRecording, 1);
  for (std::uint16_t i = 0; i < 500; ++i) {
    program.push_back(
        ut::spikes(i, static_cast<std::uint16_t>(i * 7), static_cast<std::uint16_t>(i * 13)));
    if (i % 5 == 0) program.push_back(ut::omnibus_read(i % 2 == 0 ? 5 : kTimer));
    if (i % 7 == 0) program.push_back(ut::tick());
  }
  program = program + kHalt;
  Words const first = run_words(program);
  model_ = make_stub_model();
  EXPECT_EQ(run_words(program), first);
  EXPECT_GT(first.size(), 1000U);
}

TEST_F(Fpga, DropsUnknownAndIdleWordsAtTheEntrance) {
  for (std::uint64_t const word :
       {0x1000000000000000U, 0x7f00000000000001U, 0x8000000000000000U, 0xffffffffffffffffU})
    model_->feed(word);
  model_->feed(ut::tick());
  model_->feed(ut::halt());
  Words words;
  EXPECT_TRUE(model_->run(20).run_ended);
  model_->take(words);
  EXPECT_EQ(words, (Words{0x0200000000000001, 0x0200000000000000}));
}

}  // namespace
}  // namespace hx::sim
