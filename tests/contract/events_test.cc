// Event paths: loop back through the chip, recording, background generators, spike counters, SpikeIO, routing tables.
#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <vector>

#include "driver/registers/registers.h"
#include "tests/contract/contract.h"

namespace hx {
namespace {

using Labels = std::vector<std::uint16_t>;

class Events : public contract::Contract {
 protected:
  void start() { init(InitOptions::for_model()); }
  static Labels labels(Responses const& responses) {
    auto const all = responses.spikes.label.span();
    return {all.begin(), all.end()};
  }
  static void wait(Program& program, std::int64_t clocks) {
    program.setup_timer();
    program.wait_until(FpgaCycles{clocks});
  }
};
HX_CONTRACT(Events);

// 3000 labels, 10 cycles apart, recording off, on, off.
TEST_P(Events, AreRecordedExactlyWhileRecordingIsOn) {
  start();
  Program program;
  program.write(reg::EventRecordingConfigOnFPGA(), reg::EventRecordingConfig{});
  program.barrier(ut::kBarrierOmnibus);
  program.setup_timer();
  for (std::int64_t i = 0; i < 3000; ++i) {
    program.wait_until(FpgaCycles{100 + 10 * i});
    if (i % 1000 == 0) {
      program.write(reg::EventRecordingConfigOnFPGA(),
                    reg::EventRecordingConfig{.enable_event_recording = i == 1000});
    }
    program.event(0);
  }
  wait(program, 200);
  Responses const responses = run(program);
  // The gate acts when an event comes back, 32 clocks after it was sent.
  EXPECT_GE(responses.spikes.size(), 900U);
  EXPECT_LE(responses.spikes.size(), 1000U + 4);
  // The write itself takes two clocks from the label behind it.
  for (std::size_t i = 8; i < responses.spikes.size(); ++i)
    EXPECT_EQ(responses.spikes.chip_time[i] - responses.spikes.chip_time[i - 1], 10U) << i;
}

TEST_P(Events, PacksOfOneTwoAndThreeLoopBack) {
  start();
  for (std::size_t size = 1; size <= 3; ++size) {
    std::mt19937 random(static_cast<std::uint32_t>(size));
    Program program;
    Labels sent;
    program.setup_timer();
    for (std::int64_t i = 0; i < 1000; ++i) {
      Labels const pack(size, static_cast<std::uint16_t>(1 + random() % 0xffff));
      program.wait_until(FpgaCycles{10 * i});
      program.events(pack);
      sent.insert(sent.end(), pack.begin(), pack.end());
    }
    wait(program, 300);
    EXPECT_EQ(labels(run(program)), sent) << size;
  }
}

TEST_P(Events, OfTheBackgroundGeneratorsComeOncePerPeriod) {
  start();
  for (std::uint32_t const period : {100U, 1000U}) {
    Program on, off;
    for (std::uint32_t i = 0; i < 8; ++i) {
      reg::BackgroundSpikeSource source;
      source.period = static_cast<std::uint16_t>(period);
      source.enable = true;
      source.neuron_label = static_cast<std::uint16_t>(i);
      on.write(reg::BackgroundSpikeSourceOnDLS(i), source);
      off.write(reg::BackgroundSpikeSourceOnDLS(i), reg::BackgroundSpikeSource{});
    }
    on.barrier(ut::kBarrierOmnibus);
    wait(on, 10000);
    on.append(off);
    on.barrier(ut::kBarrierOmnibus);
    wait(on, 300);
    Responses const responses = run(on);
    std::map<std::uint16_t, unsigned> counts;
    for (std::uint16_t const label : responses.spikes.label.span()) ++counts[label];
    ASSERT_EQ(counts.size(), 8U);
    for (std::uint16_t i = 0; i < 8; ++i) {
      auto const label = static_cast<std::uint16_t>(i | (i % 4) << 14);
      EXPECT_NEAR(counts[label], 2 * 10000 / period, 10) << "source " << i << ", period " << period;
    }
  }
}

TEST_P(Events, NeuronResetsAreCounted) {
  start();
  std::vector<unsigned> const columns = {0, 1, 31, 127, 128, 200, 255};
  Program setup;
  for (unsigned const hemisphere : {0U, 1U}) {
    for (unsigned const column : columns) {
      setup.write(reg::NeuronConfigOnDLS(hemisphere * 256 + column),
                  reg::NeuronConfig{.enable_fire = true});
    }
  }
  setup.barrier(ut::kBarrierOmnibus);
  run(setup);
  auto const each = [&](auto const& act) {
    // Resets and counters count their places by side, then row.
    for (unsigned const row : {0U, 1U})
      for (unsigned const column : columns) act(column / 128 * 256 + row * 128 + column % 128);
  };
  auto const counts = [&] {
    Program program;
    std::vector<TicketOf<reg::SpikeCounterRead>> tickets;
    each([&](unsigned place) {
      tickets.push_back(program.read<reg::SpikeCounterRead>(reg::SpikeCounterReadOnDLS(place)));
    });
    program.barrier(ut::kBarrierOmnibus);
    Responses const responses = run(program);
    std::vector<reg::SpikeCounterRead> values;
    for (auto const& ticket : tickets) values.push_back(*responses.get(ticket));
    return values;
  };
  auto const fire = [&](int times) {
    Program program;
    each([&](unsigned place) {
      for (int i = 0; i < times; ++i)
        program.write(reg::NeuronResetOnDLS(place), reg::NeuronReset{});
    });
    program.barrier(ut::kBarrierOmnibus);
    run(program);
  };
  auto const clear = [&] {
    Program program;
    each([&](unsigned place) {
      program.write(reg::SpikeCounterResetOnDLS(place), reg::SpikeCounterReset{});
    });
    program.barrier(ut::kBarrierOmnibus);
    run(program);
  };
  clear();
  fire(3);
  for (auto const& counter : counts()) {
    EXPECT_EQ(counter.count, 3U);
    EXPECT_FALSE(counter.overflow);
  }
  fire(512);
  for (auto const& counter : counts()) {
    EXPECT_EQ(counter.count, 3U);
    EXPECT_TRUE(counter.overflow);
  }
  clear();
  for (auto const& counter : counts()) {
    EXPECT_EQ(counter.count, 0U);
    EXPECT_FALSE(counter.overflow);
  }
}

// ---- SpikeIO: labels 0, 1, 2 to bytes 3, 4, 5 to labels 6, 7, 8.

class SpikeIo : public Events {
 protected:
  Labels loop(bool tx, bool rx, unsigned scaler = 1) {
    Program configure;
    for (std::uint32_t i = 0; i < 3; ++i) {
      configure.write(reg::SpikeIOOutputRouteOnFPGA(i),
                      reg::SpikeIOOutputRoute{.target = static_cast<std::uint8_t>(3 + i)});
      configure.write(reg::SpikeIOInputRouteOnFPGA(3 + i),
                      reg::SpikeIOInputRoute{.target = static_cast<std::uint16_t>(6 + i)});
    }
    configure.write(reg::SpikeIOConfigOnFPGA(),
                    reg::SpikeIOConfig{.data_rate_scaler = static_cast<std::uint16_t>(scaler),
                                       .enable_tx = tx,
                                       .enable_rx = rx,
                                       .enable_internal_loopback = true});
    configure.barrier(ut::kBarrierOmnibus);
    run(configure);
    Program stimulus;  // what was configured holds in the next run
    for (std::uint16_t label = 0; label < 3; ++label) stimulus.event(label);
    wait(stimulus, 1000 + 100 * std::int64_t{scaler});
    Labels found = labels(run(stimulus));
    std::sort(found.begin(), found.end());
    return found;
  }
};
HX_CONTRACT(SpikeIo);

TEST_P(SpikeIo, NoDrop) {
  start();
  EXPECT_EQ(loop(true, true), (Labels{0, 1, 2, 6, 7, 8}));
  EXPECT_EQ(loop(true, true, 300), (Labels{0, 1, 2, 6, 7, 8}));
}
TEST_P(SpikeIo, NoTx) {
  start();
  EXPECT_EQ(loop(false, true), (Labels{0, 1, 2}));
}
TEST_P(SpikeIo, NoRx) {
  start();
  EXPECT_EQ(loop(true, false), (Labels{0, 1, 2}));
}
TEST_P(SpikeIo, NoTxNoRx) {
  start();
  EXPECT_EQ(loop(false, false), (Labels{0, 1, 2}));
}
TEST_P(SpikeIo, TablesAreSilentAtPowerOn) {
  Program program;
  auto const out = program.read<reg::SpikeIOOutputRoute>(reg::SpikeIOOutputRouteOnFPGA(0x1234));
  auto const in = program.read<reg::SpikeIOInputRoute>(reg::SpikeIOInputRouteOnFPGA(7));
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  EXPECT_EQ(responses.get(out)->target, 0xffU);
  EXPECT_EQ(responses.get(in)->target, 0xffffU);
}

// ---- Routing tables: with one FPGA the network leads back to itself.

TEST_P(Events, RoutedLabelsComeBackAndDisabledEntriesAreSilent) {
  start();
  Program tables;
  for (std::uint32_t i = 0; i < 16; ++i) {
    tables.write(reg::OutputRoutingTableEntryOnFPGA(i),
                 reg::OutputRoutingTableEntry{.label = static_cast<std::uint16_t>(0x100 + i),
                                              .enable = i != 3});
    tables.write(reg::InputRoutingTableEntryOnFPGA(0x100 + i),
                 reg::InputRoutingTableEntry{.label = static_cast<std::uint16_t>(0x4040 + i),
                                             .enable = i != 5});
  }
  tables.barrier(ut::kBarrierOmnibus | ut::kBarrierMultiFpga);
  run(tables);
  Program program;
  Labels expected;
  for (std::uint16_t i = 0; i < 16; ++i) {
    program.event(i);
    expected.push_back(i);
    if (i != 3 && i != 5) expected.push_back(static_cast<std::uint16_t>(0x4040 + i));
  }
  wait(program, 1000);
  Labels found = labels(run(program));
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(found, expected);
}

TEST_P(Events, ALabelMayBeRoutedOverSeveralHops) {
  start();
  Program tables;
  for (std::uint32_t hop = 0; hop < 4; ++hop) {
    tables.write(
        reg::OutputRoutingTableEntryOnFPGA(hop),
        reg::OutputRoutingTableEntry{.label = static_cast<std::uint16_t>(hop), .enable = true});
    tables.write(
        reg::InputRoutingTableEntryOnFPGA(hop),
        reg::InputRoutingTableEntry{.label = static_cast<std::uint16_t>(hop + 1), .enable = true});
  }
  tables.barrier(ut::kBarrierOmnibus);
  run(tables);
  Program program;
  program.event(0);
  wait(program, 2000);
  Responses const responses = run(program);
  EXPECT_EQ(labels(responses), (Labels{0, 1, 2, 3, 4}));
  // Four hops over FPGA and chip, each below 1.3 us.
  EXPECT_LT(responses.spikes.chip_time[4] - responses.spikes.chip_time[0], 4U * 163);
}

// ---- Without a link

TEST_P(Events, AreLostWhileTheLinkIsDownAndTheHealthCountsThem) {
  Program program;
  for (std::uint16_t i = 0; i < 200; ++i) program.event(i);
  Responses const responses = run(program);
  EXPECT_EQ(responses.spikes.size(), 0U);
  // What a model has lost is not told over a network.
  if (contract::name_of(GetParam()) == "udp") return;
  EXPECT_EQ(device().link().statistics().labels_lost, 200U);
}

}  // namespace
}  // namespace hx
