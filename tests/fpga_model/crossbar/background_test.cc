// hx_background against a reference that follows the contract literally.

#include <gtest/gtest.h>
#include <verilated.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "Vhx_background.h"
#include "Vhx_background_netlist.h"

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

struct Access {
  bool write = false;
  unsigned address = 0;
  std::uint32_t data = 0;
  unsigned byte_enables = 15;
};

// Event labels of this clock.
using Events = std::array<std::optional<unsigned>, 8>;

class Reference {
 public:
  std::uint32_t word(unsigned address) const {
    return address >= 1 && address < 25 ? sources_[(address - 1) / 3].words[(address - 1) % 3] : 0;
  }

  Events clock(std::optional<Access> const& access) {
    Events events;
    for (unsigned i = 0; i < 8; ++i) events[i] = step(sources_[i]);
    if (access && access->write && access->address >= 1 && access->address < 25) {
      write(sources_[(access->address - 1) / 3], (access->address - 1) % 3, *access);
    }
    return events;
  }

 private:
  struct Source {
    std::array<std::uint32_t, 3> words{};
    int counter = 0;
    std::uint32_t x = 0;
  };

  static bool enabled(Source const& s) { return (s.words[0] & 1u) != 0; }
  static int period(Source const& s) { return std::max(2, static_cast<int>(s.words[0] >> 16)); }

  static std::optional<unsigned> step(Source& s) {
    if (!enabled(s)) return {};
    s.counter -= 2;
    if (s.counter > 0) return {};
    s.counter += period(s);
    unsigned const label = s.words[2] >> 16;
    if ((s.words[0] & 2u) == 0) return label;
    for (unsigned k = 0; k < 16; ++k) {
      unsigned const b = s.x & 1u;
      s.x >>= 1;
      if (b != 0) s.x ^= 0x80200003u;
    }
    unsigned const rate = s.words[2] >> 8 & 0xffu;
    unsigned const mask = s.words[2] & 0xffu;
    if (rate == 0 || (s.x & 0xffu) > rate) return {};
    return (label & ~mask) | (s.x >> 8 & mask);
  }

  static void write(Source& s, unsigned index, Access const& access) {
    constexpr std::uint32_t kBits[3] = {0xffff0003u, 0xffffffffu, 0x3fffffffu};
    bool const before = enabled(s);
    std::uint32_t mask = 0;
    for (unsigned b = 0; b < 4; ++b) {
      if ((access.byte_enables >> b & 1u) != 0) mask |= 0xffu << (8 * b);
    }
    s.words[index] = ((s.words[index] & ~mask) | (access.data & mask)) & kBits[index];
    if (!before && enabled(s)) {
      s.counter = period(s);
      s.x = s.words[1] == 0 ? 1 : s.words[1];
    }
  }

  std::array<Source, 8> sources_;
};

template <class Model>
class Background : public ::testing::Test {
 protected:
  Background() : model_(new Model(&context_)) {
    model_->rst_ni = 0;
    for (int i = 0; i < 3; ++i) edge();
    model_->rst_ni = 1;
  }
  ~Background() override { model_->final(); }

  Events clock(std::optional<Access> const& access = {}, unsigned ready = 0xff) {
    model_->cfg_we_i = access && access->write;
    model_->cfg_re_i = access && !access->write;
    if (access) {
      model_->cfg_addr_i = access->address;
      model_->cfg_be_i = access->byte_enables;
      model_->cfg_wdata_i = access->data;
    }
    model_->ev_ready_i = ready;
    model_->clk_i = 0;
    model_->eval();
    Events got;
    for (unsigned i = 0; i < 8; ++i) {
      if ((model_->ev_valid_o >> i & 1u) != 0) got[i] = label(i);
    }
    EXPECT_EQ(model_->ev_lost_o, model_->ev_valid_o & ~ready & 0xff);
    if (answer_) {
      EXPECT_EQ(model_->cfg_rdata_o, *answer_) << "clock " << clocks_;
    }
    answer_.reset();
    if (access && !access->write) answer_ = reference_.word(access->address);
    model_->clk_i = 1;
    model_->eval();
    EXPECT_EQ(got, reference_.clock(access)) << "clock " << clocks_;
    ++clocks_;
    return got;
  }
  void write(unsigned address, std::uint32_t data) { clock(Access{true, address, data}); }

  void edge() {
    model_->clk_i = 0;
    model_->eval();
    model_->clk_i = 1;
    model_->eval();
  }
  unsigned label(unsigned index) const {
    unsigned value = 0;
    for (unsigned i = 0; i < 14; ++i) {
      unsigned const bit = 14 * index + i;
      value |= (model_->ev_label_o.at(bit / 32) >> bit % 32 & 1u) << i;
    }
    return value;
  }

  VerilatedContext context_;
  std::unique_ptr<Model> model_;
  Reference reference_;
  std::optional<std::uint32_t> answer_;
  std::uint64_t clocks_ = 0;
};

// The source and what Yosys understood of it.
using Models = ::testing::Types<Vhx_background, Vhx_background_netlist>;
TYPED_TEST_SUITE(Background, Models);

TYPED_TEST(Background, RegularSourceFiresAfterEachFullPeriod) {
  this->write(3 + 3 * 5, 0x1234u << 16);
  this->write(1 + 3 * 5, 1000u << 16 | 1);
  // Enabled in clock w: the tick is in w + 500, so that the event is in the input register in w + 501.
  for (unsigned k = 1; k <= 1500; ++k) {
    Events const events = this->clock();
    EXPECT_EQ(events[5].has_value(), k % 500 == 0) << k;
    if (events[5]) {
      EXPECT_EQ(*events[5], 0x1234u);
    }
  }
}

TYPED_TEST(Background, OddAndSmallPeriodsKeepTheMeanRate) {
  for (auto const& [period, expected] :
       {std::pair{0u, 600u}, {1u, 600u}, {2u, 600u}, {3u, 400u}, {5u, 240u}}) {
    this->write(1, 0);
    this->write(1, period << 16 | 1);
    unsigned count = 0;
    for (unsigned k = 0; k < 600; ++k) count += this->clock()[0].has_value();
    EXPECT_EQ(count, expected) << period;
  }
}

TYPED_TEST(Background, RandomSourceHasTheRateAndTheMaskedLabels) {
  this->write(2, 0xdeadbeef);
  this->write(3, 0x2a00u << 16 | 63u << 8 | 0x0f);
  this->write(1, 2u << 16 | 3);
  std::vector<unsigned> labels(16);
  unsigned count = 0;
  for (unsigned k = 0; k < 40000; ++k) {
    Events const events = this->clock();
    if (!events[0]) continue;
    ++count;
    ASSERT_EQ(*events[0] & ~0xfu, 0x2a00u);
    ++labels[*events[0] & 0xfu];
  }
  EXPECT_NEAR(count, 10000, 300);
  for (unsigned n : labels) EXPECT_NEAR(n, count / 16, count / 16 / 5);
}

TYPED_TEST(Background, MatchesTheReferenceOnRandomAccesses) {
  std::mt19937 random{seed()};
  auto const below = [&](unsigned n) {
    return std::uniform_int_distribution<unsigned>(0, n - 1)(random);
  };
  for (unsigned k = 0; k < 100000 && !this->HasFailure(); ++k) {
    std::optional<Access> access;
    if (below(20) == 0) {
      access = Access{below(2) == 0, below(26), static_cast<std::uint32_t>(random()),
                      below(4) == 0 ? below(16) : 15};
      // Mostly short periods.
      if (access->address % 3 == 1 && below(4) != 0) access->data &= 0x001fffff;
    }
    this->clock(access, below(256));
  }
}

TYPED_TEST(Background, ResetSilences) {
  this->write(1, 2u << 16 | 1);
  EXPECT_TRUE(this->clock()[0]);
  this->model_->rst_ni = 0;
  this->edge();
  EXPECT_EQ(this->model_->ev_valid_o, 0);
  this->model_->rst_ni = 1;
  for (unsigned k = 0; k < 10; ++k) {
    this->edge();
    EXPECT_EQ(this->model_->ev_valid_o, 0);
  }
}

}  // namespace
}  // namespace hx::test
