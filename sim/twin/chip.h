/// The chip: Omnibus, registers, crossbar, arrays, read-out, chip time.
///
/// Omnibus: an access taken in clock w has its effect in w: a read answers with the state of w, a write is seen from w + 1 on. It
/// completes ChipAnswer clocks later, a CADC trigger read after its conversion, but no access before the one in front of it, and one
/// per clock. Only the chip reset, a converting hemisphere and 255 accesses without completion make an access wait.
///
/// Blocks of their own plug in with `attach` (chip_device.h): as answerer of a block of addresses, or of a plain register.
///
///     chip.act(now);                         // everything of clock `now` but
///     while (chip.completes(now)) ...        // completions
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fpga_model/spec/chip_map.h"
#include "sim/twin/arrays.h"
#include "sim/twin/background.h"
#include "sim/twin/cadc.h"
#include "sim/twin/chip_device.h"
#include "sim/twin/chip_registers.h"
#include "sim/twin/clock.h"
#include "sim/twin/crossbar.h"
#include "sim/twin/event_outputs.h"
#include "sim/twin/l2_output.h"
#include "sim/twin/link_down.h"
#include "sim/twin/link_up.h"
#include "sim/twin/madc.h"
#include "sim/twin/pll.h"
#include "sim/twin/ring.h"
#include "sim/twin/spike_counters.h"
#include "sim/twin/tap.h"

namespace hx::sim {

struct ChipOptions {
  ArrayOptions arrays;
  CadcNoiseOptions cadc_noise;
};

class Chip {
 public:
  Chip(ChipOptions const& options, LinkUp& up, LinkDown& down, Tap& tap);

  /// `device` answers all addresses of `block` instead of the chip itself, or the plain register `number`.
  void attach(chip_map::Block block, ChipDevice& device);
  void attach_register(std::uint32_t number, ChipDevice& device);

  /// Everything that happens in clock `now`. `reset`: level of the reset pin in it.
  void act(Clock now, bool reset);
  [[nodiscard]] bool in_reset() const { return in_reset_; }
  /// Events are on their way: the next clock has to be computed.
  [[nodiscard]] bool busy() const { return crossbar_.busy() || event_outputs_.busy(); }
  /// Next clock that `act` has to compute if it is not busy; more calls do no harm. Clock `now` is the last one computed.
  [[nodiscard]] Clock next(Clock now) const;

  // ---- Completions, after `act` of the clock.
  [[nodiscard]] bool completes(Clock now) const {
    return !completions_.empty() && completions_.front().at <= now;
  }
  [[nodiscard]] Clock next_completion() const {
    return completions_.empty() ? kNever : completions_.front().at;
  }
  struct Completion {
    Clock at;
    std::uint32_t data;
    bool is_jtag;
  };
  Completion take_completion() {
    Completion const completion = completions_.front();
    completions_.pop();
    ++completed_;
    return completion;
  }

  // ---- PLLs and lanes.
  Pll& pll() { return pll_; }
  [[nodiscard]] Pll const& pll() const { return pll_; }
  /// Lanes that are enabled and have their clocks in clock `now`, in the counting of the FPGA. `reset`: level of the reset pin in it.
  [[nodiscard]] unsigned lane_enable(Clock now, bool reset) const;
  /// A write of the last clock may have changed them.
  bool take_lanes_touched() {
    bool const touched = lanes_touched_;
    lanes_touched_ = false;
    return touched;
  }

  // ---- Time.
  /// SystimeSyncBase as it is now.
  [[nodiscard]] std::uint64_t sync_base() const;
  /// The chip time is 2 * `base` in the clock after `now`, unless the chip is in reset.
  void set_time(std::uint64_t base, Clock now);

 private:
  using Block = chip_map::Block;

  static constexpr std::size_t kCompletions = 256;

  /// The access of this clock, if there is one: where it goes.
  struct Current {
    ChipAccess access;
    chip_map::Place place{Block::kNone, 0};
    bool taken = false;
  };

  void act_reset(Clock now);
  void begin_reset(Clock now);
  void end_reset(Clock now);
  [[nodiscard]] NeuronState state_before(unsigned circuit, Clock now);
  void sample_madc(Clock now);
  void take_spikes(Clock now);
  void take_access(Clock now);
  [[nodiscard]] Clock obstacle(chip_map::Place place, Clock now) const;
  void read(Clock now);
  std::uint32_t read_word(std::uint32_t index, Clock now);
  std::uint32_t read_synapses(std::uint32_t index) const;
  void trigger(std::uint32_t index, Clock now);
  void place_answers(Clock now);
  void complete(Clock due, std::uint32_t data);
  void offer_events(Clock now);
  void send_packs(Clock now);
  [[nodiscard]] unsigned stamp(Clock now) const {
    return static_cast<unsigned>(2 * (now + time_offset_) & 0xff);
  }
  void write(Clock now);
  void write_synapses(std::uint32_t index, Clock now);
  void write_register(std::uint32_t number, Clock now);
  void write_neuron(std::uint32_t index, Clock now);
  void write_backend(std::uint32_t index, Clock now);
  void write_capmem(std::uint32_t index, Clock now);
  void reset_neurons(unsigned first, unsigned step, unsigned count, Clock now);
  void update_padi();
  void update_backend(unsigned block);
  [[nodiscard]] CadcSettings cadc_settings(unsigned hemisphere) const;
  void update_devices();

  LinkUp& up_;
  LinkDown& down_;
  Tap& tap_;

  ChipRegisters registers_;
  Arrays arrays_;
  CadcNoise noise_;
  std::array<Cadc, 2> cadcs_;
  Madc madc_;
  Crossbar crossbar_;
  Background background_;
  EventOutputs event_outputs_;
  SpikeCounters spike_counters_;
  L2Output l2_output_;

  std::array<ChipDevice*, chip_map::kBlocks> block_devices_{};
  std::vector<ChipDevice*> register_devices_;
  std::vector<ChipDevice*> devices_;
  Clock devices_next_ = kNever;

  Pll pll_;
  bool lanes_touched_ = false;

  bool in_reset_ = false;
  Current current_;
  unsigned lost_ = 0;  // crossbar inputs that lost an event in this clock
  Clock arrays_due_ = 0;
  bool arrays_touched_ = false;  // arrays_due_ has to be asked for again
  // The access at the head can not be taken before this clock.
  Clock retry_ = 0;
  bool retry_is_jtag_ = false;
  Ring<Completion, kCompletions> completions_;
  std::uint64_t completed_ = 0;
  Clock last_completion_ = 0;
  // Answers of trigger reads: number of the access, by hemisphere. Clocks of the last two ordinary reads.
  std::array<std::uint64_t, 2> trigger_number_{};
  std::array<Clock, 2> reads_{kNever, kNever};

  // CommonPADIBusConfig by bus 4 * hemisphere + bus.
  unsigned enable_spl1_ = 0;
  unsigned extended_ = 0;
  std::array<std::uint8_t, 8> extension_{};
  unsigned granted_ = 0;  // busses that granted an event in clock granted_at_
  Clock granted_at_ = kNever;

  std::uint64_t time_offset_ = 0;  // chip time = 2 * (clock + offset)
};

}  // namespace hx::sim
