/// The synapse array of one hemisphere: synapse memory, synapse drivers, what events do to the column accumulators.
///
///     Charges charges;
///     SynapseArray array(0, charges, {});
///     array.write_driver(0, 0, 0x8000 | 31 << 9, now);
///     array.write_memory(row, quad, 0xffffffff, word, now);
///     unsigned taken = array.offer(valid, events, now);        // bits of the busses whose event was granted
///
/// Behaviour and clocks are those of hx_synapse_array (fpga_model/rtl/chip): an event granted in clock g charges the interval that
/// contains g + PadiPipe; a write in clock w acts on events granted from w + 1 on. So within a clock first come reads, then offers,
/// then writes.
///
/// Speed: the sum over all rows of an event depends on bus, row select and label only, until a synapse or driver of the bus is
/// written. It is kept and made again when the event comes the next time; most events only add a kept vector (256 x 16 bit).
///
/// Modulated drivers (short-term plasticity, Hagen modulation; docs/decisions/synapse.md) are left out of the kept sums; their rows are
/// added one by one with factor_of(). The state of the plasticity is brought up to date when an event needs it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/twin/charges.h"
#include "sim/twin/clock.h"

namespace hx::sim {

/// Geometry and ports of the array.
struct SynapseArrayOptions {
  unsigned padi_ports =
      timing::kPadiPorts;  ///< 4: every bus has its own port; 1: round robin over the busses
  /// 0: all rows of an event in one clock; 1: a row per clock; 2: half a row per clock.
  unsigned row_port = timing::kRowPort;
};

struct PadiEvent {
  unsigned label = 0;      ///< row select (bits 10..6) and synapse label (5..0)
  unsigned extension = 0;  ///< pulse extension of the bus, 0..15
};

class SynapseArray {
 public:
  static constexpr unsigned kRows = 256;
  static constexpr unsigned kPhysicalRows = 2 * kRows + 4;
  static constexpr unsigned kDrivers = kRows / 2;
  static constexpr unsigned kBusDrivers = kDrivers / 4;

  /// `charges` must outlive the array.
  SynapseArray(unsigned hemisphere, Charges& charges, SynapseArrayOptions options);

  // ---- memory and drivers
  // Physical row 2 r holds the weight bytes of row r, 2 r + 1 its label bytes; 512..515 are column switches. Quad q, entry e (byte
  // lane 3 - e) is column 8 * (q % 32) + 2 * e + q / 32.

  /// As of clock `now`.
  std::uint32_t read_memory(unsigned physical_row, unsigned quad) const;
  /// Bits of `mask` change. The neurons must have been computed up to `now` if it is a row of switches (Arrays does so).
  void write_memory(unsigned physical_row, unsigned quad, std::uint32_t mask, std::uint32_t data,
                    Clock now);
  /// Raw word 0..3 of SynapseDriverConfig.
  void write_driver(unsigned driver, unsigned word, std::uint16_t data, Clock now);

  /// STP voltage of the drivers of one parity (odd: 1): cell row 0..3 of CapMem column 128, value that holds now.
  void write_cell(unsigned odd, unsigned row, unsigned value, Clock now);
  /// CommonSTPConfig, bits 4..0.
  void write_recovery(unsigned config, Clock now);
  /// Before a read or write of the memory by the on-chip bus in clock `now` (before the offers of the clock): ports for half a row
  /// stand still in `now` and `now` + 1. write_memory() and read_memory() do not do so by themselves.
  void access(Clock now);
  /// An access has such an effect.
  [[nodiscard]] bool is_held_by_accesses() const { return options_.row_port == 2; }

  // ---- events

  /// Events at the heads of the busses in clock `now`, bit b of `valid` = bus b. The result has a bit for each granted one.
  unsigned offer(unsigned valid, std::array<PadiEvent, 4> const& events, Clock now);
  /// First clock in which the port of a bus is free again (in which an offer can succeed); in the past: it is free.
  Clock free_at(unsigned bus) const;

  /// Clock of the next row of events under way (RowPort != 0); kNever: none.
  Clock next() const { return options_.row_port != 0 ? next_row() : kNever; }

  /// Charges everything that is due up to and including clock `now` (with RowPort = 0 nothing is left, else rows come one by one). Not
  /// before the access() of the clock.
  void catch_up(Clock now) {
    if (options_.row_port != 0) run_rows(now);
  }

  // ---- time

  /// Interval 0 begins in clock `start` (chip reset released). Charges and events under way are dropped.
  void restart(Clock start);

 private:
  struct Kept {
    alignas(32) std::uint16_t sum[2][kSlots][16];
  };
  struct Note {
    std::uint64_t made_at = 0;  // value of writes_ of the bus
    std::uint32_t kept = 0;     // place in kept_
    std::uint16_t largest[2] = {0, 0};
  };
  // Event of a row port.
  struct Port {
    Clock next =
        0;  // clock of the next row; first clock of the next half, or last clock of one that has begun
    Clock free = 0;
    bool begun = false;
    unsigned bus = 0, label = 0, pulses = 1;
    std::uint64_t rows = 0;  // still to be charged, bit 2 * (index on bus) + (odd row)
    std::uint64_t enabled[2] = {0, 0};
    std::uint32_t modulated = 0, hagen = 0;
    // Pulses of the row that were made, half; driver whose factor is known and the factor.
    unsigned pulse = 0, half = 0, known = kBusDrivers, factor = 256;
    std::uint16_t label_mask[kBusDrivers] = {};
    alignas(32) std::uint16_t charge[kSlots][16] = {};
    alignas(32) std::uint16_t brought[2][kSlots][16] = {};
  };
  // Short-term plasticity of a driver: state after so many steps of the recovery.
  struct Stp {
    bool rest = true;
    std::int32_t state = 0;
    std::uint64_t steps = 0;
  };

  Charges::Bank& bank_at(Clock granted);
  void set_byte(unsigned physical_row, unsigned column, unsigned value);
  void charge_event(unsigned bus, PadiEvent const& event, Clock now);
  void make_sums(Note& note, unsigned bus, unsigned label);
  void add(Charges::Bank& bank, unsigned sign, std::uint16_t const (&sum)[kSlots][16],
           unsigned largest, unsigned factor);
  void start_event(Port& port, unsigned bus, PadiEvent const& event, Clock now);
  unsigned clocks_of(Port const& port) const;
  void run(Port& port);
  void find_factor(Port& port, unsigned index);
  void charge_row(Port& port);
  void bring(Port& port, unsigned j, unsigned first, unsigned stride);
  void begin_half(Port& port);
  void end_half(Port& port);
  void charge_modulated(Charges::Bank& bank, unsigned bus, PadiEvent const& event, Kept const& kept,
                        Clock now);
  unsigned factor_of(unsigned driver, unsigned label, bool hagen, Clock now);
  unsigned use_stp(unsigned driver, Clock now);
  std::int32_t voltage(unsigned driver, unsigned kind) const;
  std::uint64_t steps_before(Clock now) const;
  void rest_all();
  Clock next_row() const;
  void run_rows(Clock now);

  unsigned hemisphere_;
  Charges& charges_;
  SynapseArrayOptions options_;
  Clock start_ = 0;

  std::vector<std::array<std::uint32_t, 64>> memory_;
  // {label, weight decoded} a byte each; after XOR with the label of an event the weight remains if the labels are equal, else
  // something above 63.
  struct RowSynapses {
    alignas(32) std::uint16_t synapse[kSlots][16];
  };
  std::unique_ptr<RowSynapses[]> rows_;
  std::array<std::array<std::uint16_t, 4>, kDrivers> drivers_{};
  std::array<std::array<std::uint32_t, 32>, 4>
      reacting_{};  // [bus][row select]: drivers of the bus
  std::array<std::array<std::uint64_t, 2>, 4>
      enabled_{};  // [bus][sign]: rows, bit 2 * (index on bus) + (odd row)
  std::array<std::uint16_t, kDrivers> label_mask_{};
  std::array<std::uint64_t, 4> writes_{1, 1, 1, 1};
  std::array<std::uint32_t, 4> modulated_{}, hagen_{};  // drivers of the bus
  std::array<Stp, kDrivers> stp_{};
  std::array<std::uint16_t, 8> cells_{};
  unsigned recovery_ = 0;
  Clock recovery_since_ = 0;  // clock of the last change
  Clock still_until_ = 0;     // first clock in which ports for half a row move again

  std::vector<Note> notes_;  // [bus][label]
  std::vector<std::unique_ptr<Kept>> kept_;
  std::array<Port, 4> ports_{};
  unsigned turn_ = 0;
};

}  // namespace hx::sim
