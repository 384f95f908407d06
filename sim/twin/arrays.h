/// Synapses, neurons and coefficient unit of the chip together: what the rest of the functional model talks to.
///
///     Arrays arrays({});
///     // clock by clock (or jumping to arrays.next()):
///     arrays.act(now);
///     if (auto spikes = arrays.take_spikes(now)) ...   // waiting bits, spike counters of clock now
///     ... reads ...
///     unsigned granted = arrays.offer(hemisphere, valid, events, now);
///     ... writes ...
///
/// Order within a clock: act, spikes and reads, offers, writes; clocks never go back. Every function that takes `now` first
/// brings to `now` what its effect depends on, so the caller does not care for the laziness of the arrays.
///
/// next() is the clock in which act() has to be called at the latest; calling it more often changes nothing.
///
/// Threads: none of its own, no shared state. Memory: about 20 MB of address space per hemisphere for kept sums, of which only the labels
/// in use become real.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "sim/twin/array_options.h"
#include "sim/twin/charges.h"
#include "sim/twin/clock.h"
#include "sim/twin/coefficient_unit.h"
#include "sim/twin/neuron_array.h"
#include "sim/twin/synapse_array.h"

namespace hx::sim {

struct ArrayOptions {
  SynapseArrayOptions synapses;
  Mismatch mismatch;
};

class Arrays {
 public:
  explicit Arrays(ArrayOptions const& options);
  Arrays(Arrays const&) = delete;
  Arrays& operator=(Arrays const&) = delete;

  // ---- time

  [[nodiscard]] Clock next() const { return std::min(due(), next_spikes()); }
  void act(Clock now);
  /// The two parts of next(): the last clock for act(), and the clock in which the next known spikes are visible. Spikes that are known
  /// need no act().
  [[nodiscard]] Clock due() const;
  [[nodiscard]] Clock next_spikes() const { return neurons_.next_spikes(); }
  /// Spikes that count as of clock `now`; at most one slot per clock.
  std::optional<Spikes> take_spikes(Clock now) { return neurons_.take_spikes(now); }

  /// Chip reset is on in clock `now` and stays until release. Drops charges, events, spikes and commands; keeps configuration.
  void reset(Clock now);
  /// First clock without chip reset: boundary b_0 of the neuron step. At power-on this is clock 0 without a call.
  void release(Clock now);
  /// First boundary after clock `now`.
  [[nodiscard]] Clock boundary_after(Clock now) const {
    return start_ + ((now - start_) / kSlots + 1) * kSlots;
  }

  // ---- configuration, as written in clock `now`

  /// Word 2..7 of NeuronConfig (words 0 and 1 do not exist), word 0..3 of NeuronBackendConfig; circuit = 256 * row + column.
  void write_neuron(unsigned circuit, unsigned word, std::uint8_t data, Clock now);
  void write_backend(unsigned circuit, unsigned word, std::uint8_t data, Clock now);
  /// CommonNeuronBackendConfig of block 0 (west) or 1.
  void write_block(unsigned block, BlockSwitches const& switches, Clock now);
  /// CapMem cell: quadrant 0..3, column 0..127 or 128 (shared cells), row 0..23, 10 bit: value that holds from now on.
  void write_capmem(unsigned quadrant, unsigned column, unsigned row, unsigned value, Clock now);
  void write_synapse_bias(std::uint32_t data, Clock now);
  /// Raw access to the synapse memory, physical rows 0..515 (synapse_array.h). Column switches are rows 512..515.
  void write_synapses(unsigned hemisphere, unsigned physical_row, unsigned quad, std::uint32_t mask,
                      std::uint32_t data, Clock now);
  [[nodiscard]] std::uint32_t read_synapses(unsigned hemisphere, unsigned physical_row,
                                            unsigned quad) const {
    return synapses_[hemisphere].read_memory(physical_row, quad);
  }
  /// CommonSTPConfig, bits 4..0.
  void write_recovery(unsigned hemisphere, unsigned config, Clock now);
  /// The on-chip bus reads the synapse memory in `now` (ports for half a row stand still); write_synapses() does so by itself.
  void access_synapses(unsigned hemisphere, Clock now);
  /// Raw word 0..3 of SynapseDriverConfig.
  void write_driver(unsigned hemisphere, unsigned driver, unsigned word, std::uint16_t data,
                    Clock now);

  // ---- events and commands

  /// Events at the heads of the busses (bit b of `valid`: bus b); the result has a bit for each one that is granted in `now`.
  /// Extended timing is the caller's.
  unsigned offer(unsigned hemisphere, unsigned valid, std::array<PadiEvent, 4> const& events,
                 Clock now);
  /// First clock in which an offer on this bus can be granted (0: at once), for callers that jump. Round robin aside.
  [[nodiscard]] Clock free_at(unsigned hemisphere, unsigned bus) const {
    return synapses_[hemisphere].free_at(bus);
  }
  /// Neuron reset. false: enable_fire is 0 and nothing happens; true: the spike counter counts and the waiting bit is set in now + 1.
  bool reset_neuron(unsigned circuit, Clock now);

  // ---- read-out

  /// CADC trigger in `now`: the pass that begins at boundary_after(now) is sampled; codes are there 16 clocks after that boundary.
  void sample(unsigned row, Clock now);
  /// Code of a circuit in the last sampled pass: before noise, offset and limits; 0 without read-out amplifier.
  [[nodiscard]] int code(unsigned circuit, Clock now);
  /// State after all slots up to and including that of clock `now`.
  [[nodiscard]] NeuronState state(unsigned circuit, Clock now);
  /// State that a slot of the circuit in clock `now` finds, as the read-out shows it (MADC). Only before act(now).
  [[nodiscard]] NeuronState found(unsigned circuit, Clock now);

  NeuronArray& neurons() { return neurons_; }

 private:
  void advance(Clock now);

  Clock start_ = 0;
  Charges charges_;
  std::array<SynapseArray, 2> synapses_;
  NeuronArray neurons_;
  CoefficientUnit unit_;
};

}  // namespace hx::sim
