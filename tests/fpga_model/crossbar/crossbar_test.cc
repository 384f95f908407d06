// hx_crossbar against the reference, clock by clock.

#include <gtest/gtest.h>
#include <verilated.h>

#include <cstdlib>
#include <memory>
#include <random>

#include "Vhx_crossbar.h"
#include "Vhx_crossbar_netlist.h"
#include "Vhx_crossbar_small.h"
#include "tests/fpga_model/crossbar/crossbar_reference.h"

namespace hx::test {
namespace {

unsigned seed() {
  static unsigned const value = [] {
    char const* const text = std::getenv("HX_TEST_SEED");
    unsigned const s = text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 0)) : 1;
    std::printf("HX_TEST_SEED=%u\n", s);
    return s;
  }();
  return value;
}

// Bits of a port that Verilator keeps as words.
template <std::size_t N>
void set_label(VlWide<N>& port, unsigned index, unsigned label) {
  for (unsigned i = 0; i < 14; ++i) {
    unsigned const bit = 14 * index + i;
    port.at(bit / 32) = (port.at(bit / 32) & ~(1u << bit % 32)) | (label >> i & 1u) << bit % 32;
  }
}
template <std::size_t N>
unsigned get_label(VlWide<N> const& port, unsigned index) {
  unsigned label = 0;
  for (unsigned i = 0; i < 14; ++i)
    label |= (port.at((14 * index + i) / 32) >> (14 * index + i) % 32 & 1u) << i;
  return label;
}

template <class Model>
class Rtl {
 public:
  Rtl() : model_(new Model(&context_)) {
    model_->rst_ni = 0;
    for (int i = 0; i < 3; ++i) edge();
    model_->rst_ni = 1;
  }
  ~Rtl() { model_->final(); }

  CrossbarOutputs clock(CrossbarInputs const& inputs) {
    drive(inputs);
    model_->clk_i = 0;
    model_->eval();
    CrossbarOutputs out;
    for (unsigned i = 0; i < 20; ++i) out.ready[i] = (model_->in_ready_o >> i & 1u) != 0;
    for (unsigned o = 0; o < 12; ++o) {
      if ((model_->out_valid_o >> o & 1u) != 0) out.heads[o] = get_label(model_->out_label_o, o);
    }
    out.read = model_->cfg_rdata_o;
    model_->clk_i = 1;
    model_->eval();
    return out;
  }

 private:
  void edge() {
    model_->clk_i = 0;
    model_->eval();
    model_->clk_i = 1;
    model_->eval();
  }

  void drive(CrossbarInputs const& inputs) {
    model_->in_valid_i = 0;
    model_->in_lost_i = 0;
    for (unsigned i = 0; i < 20; ++i) {
      // Without an event the label means nothing.
      set_label(model_->in_label_i, i, inputs.events[i].value_or(0x2aaa));
      model_->in_valid_i |= static_cast<unsigned>(inputs.events[i].has_value()) << i;
      model_->in_lost_i |= static_cast<unsigned>(inputs.lost[i]) << i;
    }
    model_->cfg_we_i = inputs.write.has_value();
    model_->cfg_re_i = inputs.read.has_value();
    if (inputs.read) model_->cfg_addr_i = *inputs.read;
    if (inputs.write) {
      model_->cfg_addr_i = inputs.write->address;
      model_->cfg_be_i = inputs.write->byte_enables;
      model_->cfg_wdata_i = inputs.write->data;
    }
    model_->padi_store_i = inputs.padi_store;
    model_->padi_label_i = inputs.padi_label;
    model_->enable_spl1_i = inputs.enable_spl1;
    model_->out_ready_i = inputs.out_ready;
  }

  VerilatedContext context_;
  std::unique_ptr<Model> model_;
};

template <class ModelType, unsigned kPipeValue, unsigned kPadiFifoValue, unsigned kL2FifoValue>
struct Build {
  using Model = ModelType;
  static constexpr unsigned kPipe = kPipeValue;
  static constexpr unsigned kPadiFifo = kPadiFifoValue;
  static constexpr unsigned kL2Fifo = kL2FifoValue;
};

// Both sides of a comparison.
template <class B>
class Crossbar : public ::testing::Test {
 protected:
  CrossbarOutputs clock(CrossbarInputs const& inputs = {}) {
    CrossbarOutputs const got = rtl_.clock(inputs);
    CrossbarOutputs const expected = reference_.clock(inputs);
    EXPECT_EQ(got.ready, expected.ready) << "clock " << clocks_;
    EXPECT_EQ(got.heads, expected.heads) << "clock " << clocks_;
    if (expected.read) read_ = expected.read;
    // An answer stays until the next one.
    if (read_) {
      EXPECT_EQ(*got.read, *read_) << "clock " << clocks_;
    }
    ++clocks_;
    return expected;
  }
  void write(unsigned address, std::uint32_t data, unsigned byte_enables = 15) {
    CrossbarInputs inputs;
    inputs.write = CrossbarInputs::Write{address, byte_enables, data};
    clock(inputs);
  }
  std::uint32_t read(unsigned address) {
    CrossbarInputs inputs;
    inputs.read = address;
    clock(inputs);
    return *clock().read;
  }
  void event(unsigned input, unsigned label, CrossbarInputs inputs = {}) {
    inputs.events[input] = static_cast<std::uint16_t>(label);
    clock(inputs);
  }

  // Phases of random traffic.
  struct Mix {
    double events = 0.05;
    double ready = 1;
    double access = 0;
    double padi = 0;
  };
  void run(unsigned clocks, Mix const& mix) {
    auto const chance = [&](double p) { return std::bernoulli_distribution(p)(random_); };
    auto const below = [&](unsigned n) {
      return std::uniform_int_distribution<unsigned>(0, n - 1)(random_);
    };
    for (unsigned k = 0; k < clocks && !this->HasFailure(); ++k) {
      CrossbarInputs inputs;
      for (unsigned i = 0; i < 20; ++i) {
        if (!waiting_[i] && chance(mix.events))
          waiting_[i] = static_cast<std::uint16_t>(below(chance(0.5) ? 4 : 0x4000));
        inputs.events[i] = waiting_[i];
        inputs.lost[i] = chance(mix.events / 4);
      }
      if (chance(mix.access)) {
        unsigned const address = chance(0.1)   ? below(256)
                                 : chance(0.5) ? 0x19 + below(76)
                                 : chance(0.2) ? 0
                                               : 0x65 + below(34);
        if (chance(0.5)) {
          inputs.read = address;
        } else {
          std::uint32_t const passing = below(2) << 31 | below(4) << 16 | below(4);
          std::uint32_t const data = address >= 0x19 && address < 0x65
                                         ? (chance(0.4) ? below(2) << 31 : passing)
                                     : chance(0.3) ? 0xffffff00u | below(256)
                                                   : static_cast<std::uint32_t>(random_());
          inputs.write = CrossbarInputs::Write{address, chance(0.8) ? 15 : below(16), data};
        }
      }
      if (chance(mix.padi)) {
        inputs.padi_store = chance(0.5) ? 0xf : 0xf0 & below(256);
        inputs.padi_label = below(2048);
      }
      if (chance(0.02)) spl1_ = chance(0.5) ? 0xff : below(256);
      inputs.enable_spl1 = spl1_;
      for (unsigned o = 0; o < 12; ++o) {
        if (!chance(mix.ready)) inputs.out_ready &= ~(1u << o);
      }
      auto const out = clock(inputs);
      for (unsigned i = 0; i < 20; ++i) {
        if (out.ready[i]) waiting_[i].reset();
      }
    }
  }

  CrossbarReference reference_{B::kPipe, B::kPadiFifo, B::kL2Fifo};
  Rtl<typename B::Model> rtl_;
  std::optional<std::uint32_t> read_;
  std::uint64_t clocks_ = 0;
  std::mt19937 random_{seed()};
  std::array<std::optional<std::uint16_t>, 20> waiting_;
  unsigned spl1_ = 0xff;
};

// The source, with other parameters, as understood by Yosys.
using Builds = ::testing::Types<Build<Vhx_crossbar, 2, 64, 16>, Build<Vhx_crossbar_small, 4, 8, 4>,
                                Build<Vhx_crossbar_netlist, 2, 64, 16>>;
TYPED_TEST_SUITE(Crossbar, Builds);

TYPED_TEST(Crossbar, MatchesTheReferenceOnRandomTraffic) {
  this->run(1000, {.events = 0.02});
  for (unsigned phase = 0; phase < 4; ++phase) {
    this->run(2000, {.events = 0, .access = 1});
    this->run(1000, {.events = 0.02, .padi = 0.1});
    this->run(1000, {.events = 0.3, .ready = 0.5, .access = 0.2, .padi = 0.2});
    this->run(500, {.events = 1, .ready = 0.2});
    this->run(500, {.events = 0.5, .ready = 1, .access = 0.1});
    this->run(200, {.events = 0});
  }
}

TYPED_TEST(Crossbar, PassesEverythingAfterReset) {
  // L2 input 2 reaches all busses and L2 output 2, XbarPipe clocks after it is in the register.
  this->event(10, 0x1234);
  for (unsigned k = 0; k < TypeParam::kPipe; ++k)
    EXPECT_EQ(this->clock().heads, CrossbarOutputs{}.heads);
  auto const out = this->clock();
  for (unsigned o = 0; o < 12; ++o) EXPECT_EQ(out.heads[o].has_value(), o < 8 || o == 10) << o;
  EXPECT_EQ(out.heads[3], 0x1234);
}

TYPED_TEST(Crossbar, CountsDropsOfFullOutputsAndOfSources) {
  // Background generator 0 reaches outputs 0 (node 60) and 8 (node 61); drops count at output 8.
  this->write(0x19 + 61, 0x80000000);
  this->write(0, 1 << (4 + 8) | 1 << 4);
  CrossbarInputs blocked;
  blocked.out_ready = 0;
  for (unsigned k = 0; k < TypeParam::kPadiFifo + 10; ++k) this->event(12, k, blocked);
  for (unsigned k = 0; k < 4; ++k) this->clock(blocked);
  EXPECT_EQ(this->read(0x65 + 12), TypeParam::kPadiFifo + 10 - TypeParam::kL2Fifo);
  EXPECT_EQ(this->read(0x79), TypeParam::kPadiFifo);
  EXPECT_EQ(this->read(0x79 + 8), TypeParam::kL2Fifo);
  CrossbarInputs lost;
  lost.lost[12] = lost.lost[13] = true;
  this->clock(lost);
  EXPECT_EQ(this->read(0x65 + 12), TypeParam::kPadiFifo + 11 - TypeParam::kL2Fifo);
  EXPECT_EQ(this->read(0x65 + 13), 0u);
  // Saturation and wrap.
  this->write(0x65 + 12, 0xfffe);
  for (unsigned k = 0; k < 3; ++k) this->clock(lost);
  EXPECT_EQ(this->read(0x65 + 12), 0xffffu);
  this->write(0x79, 0xffffff);
  this->event(12, 0);
  for (unsigned k = 0; k < 4; ++k) this->clock();
  EXPECT_EQ(this->read(0x79), 0u);
}

TYPED_TEST(Crossbar, PadiBusTakesEitherCrossbarOrRegister) {
  CrossbarInputs off;
  off.enable_spl1 = 0xfe;
  this->write(0, 0xffff & ~0xf);
  this->event(12, 7, off);
  for (unsigned k = 0; k < 6; ++k) EXPECT_FALSE(this->clock(off).heads[0]);
  EXPECT_EQ(this->read(0x79), 1u) << "counted, not stored";
  CrossbarInputs store = off;
  store.padi_store = 3;
  store.padi_label = 0x555;
  this->clock(store);
  for (unsigned k = 1; k < TypeParam::kPipe; ++k) EXPECT_FALSE(this->clock(off).heads[0]);
  auto const out = this->clock(off);
  EXPECT_EQ(out.heads[0], 0x555);
  EXPECT_FALSE(out.heads[1]);
}

TYPED_TEST(Crossbar, SlowOutputSendsEveryFourthClock) {
  this->write(0, 1);
  CrossbarInputs blocked;
  blocked.out_ready = 0;
  for (unsigned k = 0; k < 4; ++k) this->event(12, k, blocked);
  for (unsigned k = 0; k < TypeParam::kPipe + 1; ++k) this->clock(blocked);
  std::vector<unsigned> at;
  for (unsigned k = 0; k < 16; ++k) {
    if (this->clock().heads[8]) at.push_back(k);
  }
  EXPECT_EQ(at, (std::vector<unsigned>{0, 4, 8, 12}));
}

}  // namespace
}  // namespace hx::test
