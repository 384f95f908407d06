// The arrays compute when they must: whoever calls act() in every clock gets the same spikes and states.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>

#include "sim/twin/arrays.h"

namespace hx::sim {
namespace {

constexpr unsigned kCircuits = 512;

/// Drivers that react to every event of their bus, random weights, neurons that are at rest without events.
class RandomChip {
 public:
  explicit RandomChip(std::uint32_t seed) : random_(seed) {}

  void apply(Arrays& eager, Arrays& lazy) {
    for (Arrays* arrays : {&eager, &lazy}) {
      std::mt19937 const before = random_;
      configure(*arrays);
      last_ = random_;
      random_ = before;
    }
    random_ = last_;
  }

 private:
  unsigned draw(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  /// Leak and reset below the threshold, time constants of microseconds, no constant current.
  unsigned cell(unsigned row) {
    switch (row) {
      case 0:
      case 1:
        return 214;
      case 2:
        return 260;
      case 8:
      case 10:
      case 14:
        return 300 + draw(300);
      case 13:
      case 17:
        return 700;
      default:
        return 0;
    }
  }

  void configure(Arrays& arrays) {
    for (unsigned quadrant = 0; quadrant < 4; ++quadrant) {
      for (unsigned column = 0; column < 129; ++column) {
        for (unsigned row = 0; row < 24; ++row)
          arrays.write_capmem(quadrant, column, row, cell(row), 0);
        if (column == 128) arrays.write_capmem(quadrant, column, 8, 1022, 0);
      }
    }
    for (unsigned circuit = 0; circuit < kCircuits; ++circuit) {
      // Full capacitance; threshold, fire and both synaptic inputs.
      arrays.write_neuron(circuit, 5, 63 << 2, 0);
      arrays.write_neuron(circuit, 6, 0x3c, 0);
      for (unsigned word = 0; word < 4; ++word)
        arrays.write_backend(circuit, word, static_cast<std::uint8_t>(draw(256)), 0);
    }
    for (unsigned hemisphere = 0; hemisphere < 2; ++hemisphere) {
      for (unsigned driver = 0; driver < 128; driver += 5) {
        // Receives events with every row select.
        arrays.write_driver(hemisphere, driver, 0, 0x8000, 0);
        arrays.write_driver(hemisphere, driver, 1, static_cast<std::uint16_t>(random_()), 0);
      }
      for (unsigned row = 0; row < 516; ++row) {
        for (unsigned quad = 0; quad < 64; ++quad)
          arrays.write_synapses(hemisphere, row, quad, ~0U, static_cast<std::uint32_t>(random_()),
                                0);
      }
    }
  }

  std::mt19937 random_;
  std::mt19937 last_;
};

/// Spikes of clock `now`, if there are any.
std::optional<Spikes> spikes_of(Arrays& arrays, Clock now) {
  arrays.act(now);
  return arrays.take_spikes(now);
}

TEST(LazyArrays, AreTheSameAsEagerOnes) {
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    Arrays eager({}), lazy({});
    RandomChip(seed).apply(eager, lazy);
    std::mt19937 random(seed + 100);
    // Coefficients come within a round of the coefficient unit.
    Clock const begin = 40'000, end = begin + 400'000;
    Clock event_at = begin, act_at = 0;
    unsigned spikes = 0;
    for (Clock now = 1; now < end; ++now) {
      auto const expected = spikes_of(eager, now);
      std::optional<Spikes> found;
      // Calls that are not needed change nothing, also shortly before an event.
      if (lazy.next() <= now || now == act_at) found = spikes_of(lazy, now);
      ASSERT_EQ(found.has_value(), expected.has_value()) << "clock " << now;
      if (expected) {
        ASSERT_EQ(found->slot, expected->slot) << "clock " << now;
        ASSERT_EQ(found->lanes, expected->lanes) << "clock " << now;
        ++spikes;
      }
      if (now < event_at) continue;
      // Gaps around two intervals, and long enough to fall asleep.
      event_at = now + (random() % 3 == 0 ? 8000 + random() % 16 : 16 + random() % 24);
      act_at = event_at - std::min<Clock>(random() % 48, event_at);
      auto const hemisphere = static_cast<unsigned>(random() % 2);
      auto const valid = static_cast<unsigned>(1 + random() % 15);
      std::array<PadiEvent, 4> events;
      for (PadiEvent& event : events) event.label = static_cast<unsigned>(random() % 2048);
      ASSERT_EQ(lazy.offer(hemisphere, valid, events, now),
                eager.offer(hemisphere, valid, events, now));
    }
    for (unsigned circuit = 0; circuit < kCircuits; ++circuit)
      ASSERT_EQ(lazy.state(circuit, end), eager.state(circuit, end)) << "circuit " << circuit;
    EXPECT_GT(spikes, 0U);
  }
}

}  // namespace
}  // namespace hx::sim
