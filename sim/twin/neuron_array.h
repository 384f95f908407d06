/// The 512 neuron circuits: state, neuron step, read-out codes (hx_neuron_array of fpga_model/rtl/chip, clock by clock).
///
///     Charges charges;
///     NeuronArray neurons(charges);
///     neurons.restart(0);                                   // boundary b_0 is clock 0
///     neurons.catch_up(now);                                // slots of clocks <= now are computed
///     while (auto s = neurons.take_spikes(now)) ...         // what is visible in clock now
///
/// Lazy: the slot of clock x is computed in some later clock, at most NeuronPipe clocks after x, because nothing shows before.
/// Whatever a slot depends on is as it was in its clock, so every change of clock w (configuration, coefficients, commands, switches of
/// the block, column switches) is preceded by catch_up(w); the functions that take `now` do it themselves.
///
/// Sleep: a group of lanes of a slot whose step without charges changed nothing and did not fire would do the same again. It is
/// not computed until a charge, a command or a write comes. With everything asleep time costs nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "sim/twin/charges.h"
#include "sim/twin/clock.h"
#include "sim/twin/coefficient_unit.h"
#include "sim/twin/neuron_step.h"

namespace hx::sim {

/// Spikes of one slot: bit l = lane l (charges.h).
struct Spikes {
  Clock visible = 0;  ///< waiting bit and spike counter count as set in this clock
  unsigned slot = 0;
  std::uint32_t lanes = 0;
};

/// CommonNeuronBackendConfig of one block as the neurons see it.
struct BlockSwitches {
  bool force_reset = false;
  bool enable_clocks = false;
  unsigned scale_slow = 0, scale_fast = 0;  ///< 0..15
  unsigned scale_adaptation = 0;            ///< 0..15, clock_scale_adaptation_pulse

  bool operator==(BlockSwitches const&) const = default;
};

struct NeuronState {
  std::int32_t v = 0;                 ///< 2^-12 CADC LSB
  std::int32_t i_exc = 0, i_inh = 0;  ///< 2^-10 weight LSB
  std::int32_t refractory = 0;        ///< chip cycles
  std::int32_t w = 0;                 ///< adaptation, 2^-12 CADC LSB
  std::int32_t dv = 0;  ///< last change of V where there is an exponential term, 2^-12 CADC LSB

  bool operator==(NeuronState const&) const = default;
};

class NeuronArray {
 public:
  /// `charges` must outlive the array. By default the step is the best one that this computer can run.
  explicit NeuronArray(Charges& charges,
                       StepCode const& code = has_step_code_v4() ? step_code_v4() : step_code_v3());

  // ---- time

  /// Chip reset goes on in clock `now`: slots from then on are not executed, spikes under way and commands are dropped.
  void stop(Clock now);
  /// Chip reset is off from clock `start` on, which is boundary b_0. The first pass begins at b_1 and sets V = E, I = 0.
  void restart(Clock start);

  /// Computes the slots of all clocks up to and including `now`.
  void catch_up(Clock now);
  /// First clock whose slot is not computed yet.
  Clock position() const { return position_; }
  /// Earliest clock in which a spike that is not known yet can be visible: the last one to catch up; kNever: none will come without
  /// charges or writes. Charges that are booked but not consumed count.
  Clock due() const;
  /// Both: clock in which something can be visible.
  Clock next() const { return std::min(due(), next_spikes()); }
  /// Clock in which the next known spikes are visible; kNever: none.
  Clock next_spikes() const {
    return queue_head_ == queue_tail_ ? kNever : queue_[queue_head_ % kQueue].visible;
  }
  /// Spikes that are visible in clock `now` (taken in order; older ones that nobody took are dropped).
  std::optional<Spikes> take_spikes(Clock now);

  // ---- writes and commands of clock `now`, seen by slots from now + 1 on

  /// Word 2..7 of NeuronConfig, word 0..3 of NeuronBackendConfig.
  void write_neuron(unsigned circuit, unsigned word, std::uint8_t data, Clock now);
  void write_backend(unsigned circuit, unsigned word, std::uint8_t data, Clock now);
  void write_block(unsigned block, BlockSwitches const& switches, Clock now);
  void set_coefficients(unsigned circuit, Coefficients const& coefficients, Clock now);
  /// Neuron reset. false: enable_fire is 0, nothing happens (no spike count, no event either).
  bool reset_neuron(unsigned circuit, Clock now);

  // ---- read-out

  /// CADC: each slot of the pass that begins at the first boundary after `now` stores the read-out codes of `row`.
  void sample(unsigned row, Clock now);
  /// The stored code of a circuit: before noise, offset and limits; 0 if the read-out amplifier is off.
  int code(unsigned circuit) const;
  /// State after all slots up to and including that of clock `now`.
  NeuronState state(unsigned circuit, Clock now);
  /// State that a slot of the circuit in clock `now` finds, as the read-out shows it: 0 before the first update since reset, V of the
  /// representative for a merged circuit. Only while clocks from `now` on have not been computed (before catch_up(now)).
  NeuronState found(unsigned circuit, Clock now);

 private:
  // A configured circuit as written.
  struct Words {
    std::array<std::uint8_t, 8> neuron{};
    std::array<std::uint8_t, 4> backend{};
    Coefficients coefficients;
  };
  // A representative or an end of a link: voltages read in the last two steps, currents of other circuits.
  struct Node {
    std::int32_t published = 0, published_before = 0;
    std::int32_t sum = 0;                 // from its own lane pair
    std::array<std::int32_t, 2> cross{};  // from other lane pairs, by parity of the pass
    bool clamp = false;
    std::array<bool, 2> cross_clamp{};
  };

  static constexpr std::size_t kQueue = 64;  // power of two

  std::uint64_t step_of(Clock clock) const { return (clock - start_) / kSlots; }
  unsigned slot_at(Clock clock) const { return static_cast<unsigned>((clock - start_) % kSlots); }

  bool is_charged(std::uint64_t interval) const;
  void decode(unsigned circuit);
  void decode_extras(unsigned circuit);
  void wake(unsigned circuit);
  void wake_all();
  void run(std::uint64_t step, unsigned first, unsigned last);
  void run_special(StepJob& job, std::uint64_t step, unsigned slot);
  void initialise(unsigned slot);
  void step_simple(StepJob const& job, Clock visible, unsigned slot);
  void step_complete(StepJob const& job, std::uint64_t step, unsigned slot);
  bool load_charges(Charges::Bank const* bank, unsigned slot);
  void exchange(CompleteJob& job, std::uint64_t step, unsigned slot);
  void give(unsigned from, unsigned to, std::int32_t current, bool clamp, std::uint64_t step);
  std::int32_t seen(unsigned node, unsigned slot) const;
  void settle_lines();
  void note_starts(unsigned slot, std::uint32_t starts);
  void clear_exchange();
  NeuronState shown(unsigned circuit) const;
  void store_codes(unsigned row, unsigned slot);
  void reset_lanes(unsigned slot, std::uint32_t lanes);
  std::uint32_t bypass_of(Charges::Bank const& bank, unsigned slot) const;
  void emit(Clock visible, unsigned slot, std::uint32_t lanes);
  std::uint32_t special_slots(std::uint64_t step) const;

  Charges& charges_;
  StepCode code_;
  std::unique_ptr<SlotState[]> states_;
  std::unique_ptr<SlotConstants[]> constants_;
  std::unique_ptr<SlotExtras[]> extras_;
  std::unique_ptr<Words[]> words_;  // [circuit]
  std::unique_ptr<Node[]> nodes_;   // [circuit]

  // By slot: kinds of groups, neuron resets, enable_fire, bypass switches, spikes of the last step.
  std::array<SlotFlags, kSlots> flags_{};
  std::array<std::uint32_t, kSlots> pending_{};
  std::array<std::uint32_t, kSlots> fire_{};
  std::array<std::array<std::uint32_t, kSlots>, 2> bypass_{};  // [sign], with fire
  std::array<std::uint32_t, kSlots> fired_{};
  std::array<std::uint32_t, kSlots> large_{};  // lanes that make SlotFlags::large
  // Lanes with extras, those that had some until now, those with an exponential term, with a part in a compartment or link.
  std::array<std::uint32_t, kSlots> complete_{}, leaving_{}, exponential_{}, members_{},
      nodes_of_{}, links_{};
  // Fire lines: who drives, who listens, driven ones of this pass, circuits whose start drives the next pass.
  std::array<std::uint32_t, kSlots> masters_{}, slaves_{}, lines_{}, started_{};
  std::uint32_t complete_slots_ = 0, line_slots_ = 0;
  bool any_started_ = false;
  std::uint32_t pending_slots_ = 0;
  std::uint32_t fresh_slots_ = 0;  // next update only initialises

  std::array<BlockSwitches, 2> blocks_{};
  std::uint32_t forced_ = 0;  // lanes with force_reset
  alignas(64) std::array<std::int32_t, kLanes> count_{};
  alignas(
      64) std::array<std::array<std::int32_t, kLanes>, 2> slot_charges_{};  // of the complete step
  bool has_slot_charges_ = false;

  // Steps (number of the interval in which the pass runs) to be sampled, by row; the last one of each.
  std::array<std::uint64_t, 2> sampled_step_{kNoStep, kNoStep};
  static constexpr std::uint64_t kNoStep = ~std::uint64_t{0};
  std::array<std::array<std::int16_t, kLanes>, kSlots> codes_{};

  std::array<Spikes, kQueue> queue_{};
  std::size_t queue_head_ = 0, queue_tail_ = 0;

  Clock start_ = 0;
  Clock position_ = 0;
  bool stopped_ = false;
};

}  // namespace hx::sim
