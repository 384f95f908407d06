// The synapse array of the functional model beside the RTL (simulation form) and the plain reference on random traffic: grants,
// charges, marks and reads in every clock, for all values of the port parameters.
#include "sim/twin/synapse_array.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>

#include "Vtwin_array_1_0.h"
#include "Vtwin_array_1_1.h"
#include "Vtwin_array_1_2.h"
#include "Vtwin_array_4_0.h"
#include "Vtwin_array_4_1.h"
#include "Vtwin_array_4_2.h"
#include "tests/fpga_model/synapse/reference.h"
#include "tests/fpga_model/synapse/rtl.h"

namespace hx::test {
namespace {

template <class ModelType, unsigned kPadiPorts, unsigned kRowPort, unsigned kHemisphere>
struct Build {
  using Model = ModelType;
  static constexpr SynapseArrayShape kShape{256, 256, 16, kPadiPorts, kRowPort, 6};
  static constexpr unsigned hemisphere = kHemisphere;
};

using Builds = ::testing::Types<Build<Vtwin_array_4_0, 4, 0, 0>, Build<Vtwin_array_1_0, 1, 0, 1>,
                                Build<Vtwin_array_4_1, 4, 1, 0>, Build<Vtwin_array_1_1, 1, 1, 1>,
                                Build<Vtwin_array_4_2, 4, 2, 0>, Build<Vtwin_array_1_2, 1, 2, 1>>;

unsigned seed() {
  char const* const text = std::getenv("HX_SEED");
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 0)) : 1;
}

// The array of the functional model clock by clock; slots are read out when they are due.
class TwinSynapses {
 public:
  TwinSynapses(unsigned hemisphere, SynapseArrayShape const& shape)
      : hemisphere_(hemisphere),
        charges_(std::make_unique<sim::Charges>()),
        array_(hemisphere, *charges_,
               {.padi_ports = shape.padi_ports, .row_port = shape.row_port}) {}

  SynapseArrayOutputs clock(SynapseArrayInputs const& inputs) {
    SynapseArrayOutputs out;
    // The level of a register that was written in the clock before.
    if (now_ > 0) array_.write_recovery(inputs.recovery, now_ - 1);
    show_charges(out);
    if (inputs.memory) array_.access(now_);
    if (inputs.memory && !inputs.memory->write) {
      auto const& access = *inputs.memory;
      answer_ = array_.read_memory(access.row, access.quad);
    }
    // As early as allowed or as late as possible.
    if (now_ % 3 != 0) array_.catch_up(now_);
    offer(inputs, out);
    if (inputs.memory && inputs.memory->write) {
      auto const& access = *inputs.memory;
      array_.write_memory(access.row, access.quad, access.mask, access.data, now_);
    }
    if (inputs.driver)
      array_.write_driver(inputs.driver->index, inputs.driver->word, inputs.driver->data, now_);
    if (inputs.cell) write_cell(*inputs.cell);
    ++now_;
    return out;
  }

  // Word of the last read.
  std::optional<std::uint32_t> answer() const { return answer_; }
  sim::SynapseArray& array() { return array_; }
  sim::Clock now() const { return now_; }

 private:
  void write_cell(SynapseArrayInputs::Cell const& write) {
    unsigned const mask =
        ((write.bytes & 1U) != 0 ? 0xffU : 0U) | ((write.bytes & 2U) != 0 ? 0x300U : 0U);
    unsigned& value = cells_[write.index];
    value = (value & ~mask) | (write.data & mask);
    array_.write_cell(write.index / 4, write.index % 4, value, now_);
  }

  void show_charges(SynapseArrayOutputs& out) {
    unsigned const slot = static_cast<unsigned>(now_ % sim::kSlots);
    auto const pass = now_ / sim::kSlots;
    array_.catch_up(now_ - 1);
    for (unsigned x = 0; x < 2; ++x) {
      out.charge[x].assign(16, 0);
      out.bypass[x].assign(16, false);
    }
    if (pass == 0) return;
    sim::Charges::Bank& bank = charges_->of(pass - 1);
    for (unsigned x = 0; x < 2; ++x) {
      for (unsigned lane = 0; lane < 16; ++lane) {
        unsigned const at = 16 * hemisphere_ + lane;
        unsigned const open = charges_->switches[x][slot][at];
        out.charge[x][lane] = std::min<unsigned>(bank.charge[x][slot][at], 4095) & open;
        out.bypass[x][lane] = (bank.mark[x][slot][at] & open) != 0;
        out.any = out.any || out.charge[x][lane] != 0;
      }
    }
    EXPECT_TRUE(!out.any || bank.charged[hemisphere_]);
    EXPECT_FALSE(bank.charged[1 - hemisphere_]);
    if (slot == sim::kSlots - 1) sim::Charges::clear(bank);
  }

  void offer(SynapseArrayInputs const& inputs, SynapseArrayOutputs& out) {
    unsigned valid = 0;
    std::array<sim::PadiEvent, 4> events;
    for (unsigned b = 0; b < 4; ++b) {
      if (!inputs.events[b]) continue;
      valid |= 1U << b;
      events[b] = {inputs.events[b]->label, inputs.events[b]->extension};
    }
    // As the kernel does: it asks only when a port may be free.
    bool due = false;
    for (unsigned b = 0; b < 4; ++b)
      due = due || ((valid >> b & 1U) != 0 && array_.free_at(b) <= now_);
    unsigned const granted = due ? array_.offer(valid, events, now_) : 0;
    for (unsigned b = 0; b < 4; ++b) out.ready[b] = (granted >> b & 1U) != 0;
  }

  unsigned hemisphere_;
  std::unique_ptr<sim::Charges> charges_;
  sim::SynapseArray array_;
  sim::Clock now_ = 0;
  std::array<unsigned, 8> cells_{};
  std::optional<std::uint32_t> answer_;
};

// Random traffic. Few labels and row selects so that much of it meets.
class Traffic {
 public:
  explicit Traffic(unsigned salt) : random_(seed() + salt) {}

  unsigned recovery = 0x10;  // CommonSTPConfig: steps of 256 clocks

  SynapseArrayInputs next(double events, double accesses, bool driver_writes) {
    SynapseArrayInputs inputs;
    for (unsigned b = 0; b < 4; ++b) {
      // An event that was not taken stays as it is.
      if (!waiting_[b] && chance(events))
        waiting_[b] = SynapseArrayInputs::Event{label(), chance(0.3) ? below(16) : 0};
      inputs.events[b] = waiting_[b];
    }
    if (chance(accesses)) inputs.memory = memory();
    if (driver_writes && chance(accesses)) inputs.driver = driver();
    if (driver_writes && chance(0.05 * accesses))
      inputs.cell = SynapseArrayInputs::Cell{below(8), below(4), below(1024)};
    inputs.recovery = recovery;
    return inputs;
  }
  void taken(std::array<bool, 4> const& ready) {
    for (unsigned b = 0; b < 4; ++b) {
      if (ready[b]) waiting_[b].reset();
    }
  }

 private:
  unsigned below(unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random_); }
  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
  unsigned synapse_label() { return chance(0.9) ? 0x20 * below(2) + below(2) : below(64); }
  unsigned label() { return below(32) << 6 | synapse_label(); }

  std::uint32_t bytes(auto&& byte) {
    std::uint32_t word = 0;
    for (unsigned i = 0; i < 4; ++i) word = word << 8 | byte();
    return word;
  }

  SynapseArrayInputs::Memory memory() {
    SynapseArrayInputs::Memory access;
    access.write = chance(0.8);
    // A few rows and quads often, so that events find synapses.
    access.row = chance(0.2) ? 512 + below(4) : chance(0.7) ? below(64) : below(520);
    access.quad = chance(0.7) ? 32 * below(2) + below(4) : below(64);
    std::uint32_t const view[] = {0xffffffff, 0x3f3f3f3f, 0xc0c0c0c0};
    access.mask = view[below(3)] &
                  (chance(0.7) ? 0xffffffff : bytes([&] { return chance(0.5) ? 0xffu : 0u; }));
    access.data = access.row % 2 != 0
                      ? bytes([&] { return synapse_label() | below(4) << 6; })
                      : bytes([&] { return chance(0.3) ? 0x3fu | below(4) << 6 : below(256); });
    return access;
  }

  SynapseArrayInputs::Driver driver() {
    unsigned const index = chance(0.7) ? below(16) : below(128);
    unsigned const word = below(3);
    // Most drivers are not modulated.
    if (word == 2)
      return {index, 2, static_cast<std::uint16_t>(below(0x100) & (chance(0.7) ? 0xefU : 0xffU))};
    unsigned const masks[] = {31, 0, 1, 30, below(32)};
    unsigned const word0 = below(2) << 15 | below(2) << 14 | masks[below(5)] << 9 | below(0x200);
    return {index, word,
            static_cast<std::uint16_t>(word == 0 ? (chance(0.7) ? word0 | 0x8000u : word0)
                                                 : below(0x10000))};
  }

  std::mt19937 random_;
  std::array<std::optional<SynapseArrayInputs::Event>, 4> waiting_;
};

template <class B>
class TwinSynapseArray : public ::testing::Test {};
TYPED_TEST_SUITE(TwinSynapseArray, Builds);

TYPED_TEST(TwinSynapseArray, AgreesWithTheRtlAndTheReferenceInEveryClock) {
  constexpr SynapseArrayShape kShape = TypeParam::kShape;
  std::uint64_t clocks = 0, charges = 0, marks = 0;
  SynapseArrayReference reference(kShape);
  SynapseArrayRtl<typename TypeParam::Model> rtl(16);
  TwinSynapses twin(TypeParam::hemisphere, kShape);
  Traffic traffic(kShape.padi_ports + 10 * kShape.row_port);
  // The port shows a word two clocks after the access, and until the next one.
  std::array<std::optional<std::uint32_t>, 3> words;
  auto const clock = [&](SynapseArrayInputs const& inputs) {
    unsigned const slot = reference.slot();
    SynapseArrayOutputs const hardware = rtl.clock(inputs, slot, reference.last());
    SynapseArrayOutputs const want = reference.clock(inputs);
    SynapseArrayOutputs const got = twin.clock(inputs);
    auto const where = [&] {
      return ::testing::Message() << "clock " << clocks << " slot " << slot
                                  << " HX_SEED=" << seed();
    };
    ASSERT_EQ(got.ready, hardware.ready) << where();
    ASSERT_EQ(got.ready, want.ready) << where();
    ASSERT_EQ(got.any, hardware.any) << where();
    for (unsigned x = 0; x < 2; ++x) {
      ASSERT_EQ(got.charge[x], hardware.charge[x]) << where() << " sign " << x;
      ASSERT_EQ(got.charge[x], want.charge[x]) << where() << " sign " << x;
      ASSERT_EQ(got.bypass[x], hardware.bypass[x]) << where() << " sign " << x;
      ASSERT_EQ(got.bypass[x], want.bypass[x]) << where() << " sign " << x;
      for (bool mark : got.bypass[x]) marks += mark;
    }
    words = {words[1], words[2], twin.answer()};
    if (words[0]) {
      ASSERT_EQ(*words[0], *hardware.read) << where();
    }
    charges += got.any;
    ++clocks;
    traffic.taken(got.ready);
  };
  auto const run = [&](unsigned n, double events, double accesses, bool drivers) {
    for (unsigned i = 0; i < n && !this->HasFatalFailure(); ++i)
      clock(traffic.next(events, accesses, drivers));
  };
  for (unsigned q = 0; q < 64; ++q) {
    SynapseArrayInputs inputs;
    inputs.memory = SynapseArrayInputs::Memory{true, 512, q, 0xffffffff, 0xc0c0c0c0};
    clock(inputs);
  }
  for (unsigned phase = 0; phase < 4; ++phase) {
    run(4000, 0, 1, true);  // configuration
    run(1000, 0.02, 0, false);
    run(1000, 0.3, 0, false);
    run(300, 1, 0, false);      // saturation
    run(2000, 0.3, 0.3, true);  // writes and reads while events run
    run(200, 0, 0, false);      // all charges leave
    traffic.recovery = phase % 2 == 0 ? 0x19 : 0x15;
  }
  EXPECT_GT(charges, clocks / 20) << "the traffic tests little";
  EXPECT_GT(marks, 100u);
}

}  // namespace
}  // namespace hx::test
