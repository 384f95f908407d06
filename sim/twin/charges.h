/// Charges between the synapse arrays and the neurons: the column accumulators of both hemispheres and the column switches.
///
/// Interval n is collected in bank n % kBanks while events come, and consumed slot by slot by the pass of interval n + 1. Slots may be
/// computed up to NeuronPipe clocks late and events are booked up to PadiPipe clocks early, so four intervals can be open at once.
///
/// Lane 16 * row + k of slot s is column 16 * k + 15 - s of that row (= hemisphere).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"

namespace hx::sim {

inline constexpr unsigned kSlots = 16;
inline constexpr unsigned kLanes = 32;  ///< of both rows
static_assert(timing::kSlots == kSlots, "the arrays are laid out for 16 slots of 2 x 16 lanes");

/// Place of a circuit (256 * row + column) in the arrays.
constexpr unsigned slot_of(unsigned circuit) {
  return kSlots - 1 - circuit % kSlots;
}
constexpr unsigned lane_of(unsigned circuit) {
  return circuit / 256 * 16 + circuit % 256 / kSlots;
}
constexpr unsigned circuit_of(unsigned slot, unsigned lane) {
  return lane / 16 * 256 + lane % 16 * kSlots + kSlots - 1 - slot;
}

enum Sign : unsigned { kExcitatory = 0, kInhibitory = 1 };

struct Charges {
  static constexpr unsigned kBanks = 4;
  using Values = std::uint16_t[2][kSlots][kLanes];  // [sign]

  struct Bank {
    alignas(64) Values charge;  ///< weight LSB; counts above 4095 as 4095
    alignas(64) Values mark;    ///< 1: one event brought at least 256 (bypass)
    bool charged[2];            ///< row has charges
    bool marked[2];             ///< row has marks
  };

  Bank banks[kBanks];
  /// All ones where the column is connected to its circuit, else 0.
  alignas(64) Values switches;

  Charges() { std::memset(static_cast<void*>(this), 0, sizeof *this); }

  Bank& of(std::uint64_t interval) { return banks[interval % kBanks]; }
  Bank const& of(std::uint64_t interval) const { return banks[interval % kBanks]; }

  static void clear(Bank& bank) {
    if (bank.charged[0] || bank.charged[1]) std::memset(bank.charge, 0, sizeof bank.charge);
    if (bank.marked[0] || bank.marked[1]) std::memset(bank.mark, 0, sizeof bank.mark);
    bank.charged[0] = bank.charged[1] = bank.marked[0] = bank.marked[1] = false;
  }
};

}  // namespace hx::sim
