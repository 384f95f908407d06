// A block as mapped to ECP5 cells against its source: random inputs into both, all outputs compared in every clock.
//
// Built once per block; pair.py makes the module around both and the table of inputs (pair_ports.h) from stimuli.yaml.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "Vhx_pair.h"

namespace hx::test {
namespace {

struct Alternative {
  unsigned weight;
  std::uint64_t low, high;
};

// How an input is driven: independent bits, each 1 with a chance drawn from `chances` for some hundred clocks, or (if there are
// alternatives) one number. `hold`: chance of keeping the value of the clock before.
struct Input {
  enum Kind { kBits, kReset };
  char const* name;
  unsigned offset, width;
  Kind kind;
  double hold;
  std::vector<double> chances;
  std::vector<Alternative> alternatives;
};

struct Output {
  char const* name;
  unsigned offset, width;
};

#include "pair_ports.h"

constexpr unsigned kResetClocks =
    40;                           // at the start; the longest memory that is cleared has 16 places
constexpr unsigned kPhase = 300;  // clocks for which chances stay

class Inputs {
 public:
  explicit Inputs(unsigned seed) : random_(seed), now_(kInputs.size()) {}

  template <class Vector>
  void clock(unsigned t, Vector& to) {
    if (t % kPhase == 0) {
      for (std::size_t i = 0; i < kInputs.size(); ++i)
        now_[i] = kInputs[i].chances[random_() % kInputs[i].chances.size()];
    }
    for (std::size_t i = 0; i < kInputs.size(); ++i) {
      Input const& in = kInputs[i];
      if (in.kind == Input::kReset) {
        put(to, in.offset, 1, reset(t) ? 0 : 1);
      } else if (in.hold == 0 || !chance(in.hold) || t == 0) {
        if (in.alternatives.empty()) {
          for (unsigned b = 0; b < in.width; ++b) put(to, in.offset + b, 1, bit(now_[i]));
        } else {
          put(to, in.offset, std::min(in.width, 64u), number(in));
        }
      }
    }
  }

 private:
  bool chance(double p) { return static_cast<double>(random_()) < p * 4294967296.0; }
  std::uint64_t bit(double p) {
    if (p == 0.5) {
      if (left_ == 0) bits_ = random_(), left_ = 32;
      --left_;
      return bits_ >> left_ & 1;
    }
    return chance(p);
  }
  std::uint64_t number(Input const& in) {
    unsigned total = 0;
    for (auto const& a : in.alternatives) total += a.weight;
    std::uint64_t draw = random_() % total;
    for (auto const& a : in.alternatives) {
      if (draw < a.weight) {
        std::uint64_t const span = a.high - a.low + 1;
        std::uint64_t const any = random_() | std::uint64_t{random_()} << 32;
        return span == 0 ? any : a.low + any % span;
      }
      draw -= a.weight;
    }
    return 0;
  }
  // Power-on, then now and then one of a few clocks up to enough for memories that are cleared.
  bool reset(unsigned t) {
    if (t < kResetClocks) return true;
    if (reset_ == 0 && random_() % 5000 == 0) reset_ = random_() % 2 ? 20 : 1 + random_() % 3;
    if (reset_ != 0) return --reset_, true;
    return false;
  }
  template <class Vector>
  static void put(Vector& to, unsigned at, unsigned width, std::uint64_t value) {
    while (width != 0) {
      unsigned const take = std::min(width, 32 - at % 32);
      std::uint32_t const mask = (take == 32 ? ~0u : (1u << take) - 1) << at % 32;
      to[at / 32] = (to[at / 32] & ~mask) | (static_cast<std::uint32_t>(value << at % 32) & mask);
      value >>= take;
      at += take;
      width -= take;
    }
  }

  std::mt19937 random_;
  std::vector<double> now_;
  std::uint32_t bits_ = 0;
  unsigned left_ = 0;
  unsigned reset_ = 0;
};

std::string differing(std::uint64_t bits) {
  std::string names;
  for (std::size_t i = 0; i < kOutputs.size(); ++i) {
    if (bits >> i & 1) names += std::string(" ") + kOutputs[i].name;
  }
  return names;
}

TEST(Netlist, AgreesWithTheSourceInEveryClock) {
  char const* const text = std::getenv("HX_TEST_SEED");
  unsigned const seed = text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 0)) : 1;
  std::printf("%s: HX_TEST_SEED=%u\n", kTop, seed);
  VerilatedContext context;
  auto const pair = std::make_unique<Vhx_pair>(&context);
  Inputs inputs(seed);
  constexpr std::size_t kWords = sizeof(pair->out_o) / 4;
  std::vector<std::uint32_t> before(kWords), toggled(kWords);
  for (unsigned t = 0; t < kClocks; ++t) {
    inputs.clock(t, pair->in_i);
    pair->clk_i = 0;
    pair->eval();
    // Before the reset has worked registers may hold anything.
    if (t >= 2) {
      ASSERT_EQ(pair->differs_o, 0u)
          << "clock " << t << ", seed " << seed << ":" << differing(pair->differs_o);
    }
    for (std::size_t w = 0; w < kWords; ++w) {
      toggled[w] |= before[w] ^ pair->out_o[w];
      before[w] = pair->out_o[w];
    }
    pair->clk_i = 1;
    pair->eval();
  }
  pair->final();
  // Stimuli that move nothing would prove nothing.
  unsigned bits = 0, moved = 0;
  std::string still;
  for (auto const& o : kOutputs) {
    unsigned here = 0;
    for (unsigned b = o.offset; b < o.offset + o.width; ++b) here += toggled[b / 32] >> b % 32 & 1;
    bits += o.width;
    moved += here;
    if (here < o.width)
      still +=
          "\n  " + std::string(o.name) + " " + std::to_string(here) + "/" + std::to_string(o.width);
  }
  std::printf("%u clocks, %u of %u output bits changed\n", kClocks, moved, bits);
  EXPECT_GE(moved, static_cast<unsigned>(kToggling * bits)) << "too few outputs move:" << still;
}

}  // namespace
}  // namespace hx::test
