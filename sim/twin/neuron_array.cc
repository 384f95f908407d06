#include "sim/twin/neuron_array.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "fpga_model/spec/timing.h"

namespace hx::sim {
namespace {

constexpr unsigned kPipe = timing::kNeuronPipe;
constexpr std::int32_t kStepCycles = 2 * kSlots;  // chip cycles
constexpr std::int32_t kLowestV = -128 * 4096;
constexpr std::int32_t kHighestE = 384 * 4096;
constexpr std::int32_t kLarge = 1 << 14;  // SlotFlags::large
// Groups that are to sleep are looked for in one of so many steps: looking costs a tenth of the step.
constexpr std::uint64_t kCheckEvery = 8;

// NeuronConfig, by word of its slot.
constexpr bool is_amplifier_on(std::uint8_t word3) {
  return (word3 & 0x10) != 0;
}
constexpr unsigned source_of(std::uint8_t word3) {
  return word3 >> 5 & 3U;
}
constexpr std::uint8_t kFire = 0x04, kThreshold = 0x08, kBypassInh = 0x40,
                       kBypassExc = 0x80;  // word 6

constexpr unsigned block_of(unsigned lane) {
  return lane % 16 / 8;
}
constexpr unsigned group_of(unsigned lane) {
  return lane / 8;
}
constexpr std::uint8_t kAllGroups = (1U << kGroups) - 1;

void set_bit(std::uint32_t& word, unsigned bit, bool value) {
  word = (word & ~(1U << bit)) | (value ? 1U << bit : 0U);
}

}  // namespace

NeuronArray::NeuronArray(Charges& charges, StepSlots step_slots)
    : charges_(charges),
      step_slots_(step_slots != nullptr ? step_slots
                  : has_step_slots_v4() ? step_slots_v4
                                        : step_slots_v3),
      states_(std::make_unique<SlotState[]>(kSlots)),
      constants_(std::make_unique<SlotConstants[]>(kSlots)),
      words_(std::make_unique<Words[]>(512)) {
  for (unsigned circuit = 0; circuit < 512; ++circuit) decode(circuit);
  restart(0);
}

// ---- time

void NeuronArray::stop(Clock now) {
  if (now > 0) catch_up(now - 1);
  stopped_ = true;
  pending_.fill(0);
  pending_slots_ = 0;
  sampled_step_ = {kNoStep, kNoStep};
  queue_head_ = queue_tail_ = 0;
  position_ = std::max(position_, now);
}

void NeuronArray::restart(Clock start) {
  stopped_ = false;
  start_ = start;
  position_ = start + kSlots;  // interval 0 has no pass
  pending_.fill(0);
  pending_slots_ = 0;
  sampled_step_ = {kNoStep, kNoStep};
  fresh_slots_ = (1U << kSlots) - 1;
  wake_all();
}

void NeuronArray::catch_up(Clock now) {
  if (stopped_) return;
  while (position_ <= now) {
    std::uint64_t const step = step_of(position_);
    unsigned const first = slot_at(position_);
    unsigned const last =
        static_cast<unsigned>(std::min<Clock>(kSlots, first + (now - position_) + 1));
    run(step, first, last);
    position_ += last - first;
    if (last < kSlots) return;
    Charges::clear(charges_.of(step - 1));
    if (next() == kNever && position_ <= now && sampled_step_[0] == kNoStep &&
        sampled_step_[1] == kNoStep)
      position_ = now + 1;
  }
}

Clock NeuronArray::next() const {
  Clock earliest = kNever;
  if (queue_head_ != queue_tail_) earliest = queue_[queue_head_ % kQueue].visible;
  if (stopped_) return earliest;
  unsigned const slot = slot_at(position_);
  std::uint64_t const step = step_of(position_);
  Clock due = kNever;
  auto const is_charged = [&](std::uint64_t interval) {
    Charges::Bank const& bank = charges_.of(interval);
    return bank.charged[0] || bank.charged[1];
  };
  if (is_charged(step - 1)) {
    due = position_;
  } else {
    std::uint64_t busy = 0;
    for (unsigned s = 0; s < kSlots; ++s) {
      if (flags_[s].awake != 0) busy |= std::uint64_t{1} << s;
    }
    busy |= pending_slots_ | fresh_slots_;
    if (busy != 0) {
      busy |= busy << kSlots;
      due = position_ + static_cast<Clock>(std::countr_zero(busy >> slot));
    } else if (is_charged(step) || is_charged(step + 1) || is_charged(step + 2)) {
      due = position_ + kSlots - slot;
    }
  }
  return due == kNever ? earliest : std::min(earliest, due + kPipe);
}

std::optional<Spikes> NeuronArray::take_spikes(Clock now) {
  while (queue_head_ != queue_tail_) {
    Spikes const& spikes = queue_[queue_head_ % kQueue];
    if (spikes.visible > now) break;
    ++queue_head_;
    if (spikes.visible == now) return spikes;
  }
  return std::nullopt;
}

// ---- one pass, or a part of it

std::uint32_t NeuronArray::special_slots(std::uint64_t step) const {
  if (forced_ != 0 || sampled_step_[0] == step || sampled_step_[1] == step)
    return (1U << kSlots) - 1;
  Charges::Bank const& bank = charges_.of(step - 1);
  if (bank.marked[0] || bank.marked[1]) return (1U << kSlots) - 1;
  return pending_slots_ | fresh_slots_;
}

void NeuronArray::run(std::uint64_t step, unsigned first, unsigned last) {
  Charges::Bank const& bank = charges_.of(step - 1);
  StepJob job{.states = states_.get(),
              .constants = constants_.get(),
              .flags = flags_.data(),
              .bank = bank.charged[0] || bank.charged[1] ? &bank : nullptr,
              .switches = &charges_.switches,
              .count = count_.data(),
              .fired = fired_.data(),
              .check = step % kCheckEvery == 0};
  std::uint32_t const special = special_slots(step);
  Clock const visible = start_ + step * kSlots + kPipe;
  for (unsigned slot = first; slot < last;) {
    if ((special >> slot & 1U) != 0) {
      run_special(job, step, slot);
      ++slot;
      continue;
    }
    unsigned const end = std::min(
        last, slot + static_cast<unsigned>(std::countr_zero((special >> slot) | 1U << kSlots)));
    for (std::uint32_t slots = step_slots_(job, slot, end); slots != 0; slots &= slots - 1) {
      unsigned const s = static_cast<unsigned>(std::countr_zero(slots));
      emit(visible + s, s, fired_[s]);
    }
    slot = end;
  }
}

void NeuronArray::run_special(StepJob& job, std::uint64_t step, unsigned slot) {
  for (unsigned row = 0; row < 2; ++row) {
    if (sampled_step_[row] != step) continue;
    store_codes(row, slot);
    if (slot == kSlots - 1) sampled_step_[row] = kNoStep;
  }
  SlotState& state = states_[slot];
  SlotConstants const& constants = constants_[slot];
  std::uint32_t const here = 1U << slot;
  if ((fresh_slots_ & here) != 0) {
    for (unsigned l = 0; l < kLanes; ++l) {
      state.v[l] = constants.e[l];
      state.i_exc[l] = state.i_inh[l] = state.rem[l] = 0;
    }
    fresh_slots_ &= ~here;
    pending_slots_ &= ~here;
    pending_[slot] = 0;
    flags_[slot].refractory = 0;
    flags_[slot].awake = kAllGroups;
    return;
  }
  Charges::Bank const& bank = charges_.of(step - 1);
  std::uint32_t const bypass = bank.marked[0] || bank.marked[1] ? bypass_of(bank, slot) : 0;
  step_slots_(job, slot, slot + 1);
  std::uint32_t spikes = fired_[slot] | bypass;
  if (bypass != 0) {
    reset_lanes(slot, bypass);
  }
  if ((pending_slots_ & here) != 0) {
    reset_lanes(slot, pending_[slot]);
    spikes &= ~pending_[slot];
    pending_[slot] = 0;
    pending_slots_ &= ~here;
  }
  if (forced_ != 0) {
    spikes &= ~forced_;
    for (unsigned l = 0; l < kLanes; ++l) {
      if ((forced_ >> l & 1U) == 0) continue;
      state.v[l] = constants.v_reset[l];
      state.i_exc[l] = state.i_inh[l] = state.rem[l] = 0;
      // The next step ends the same way whatever comes: groups are of one block.
      std::uint8_t const group = static_cast<std::uint8_t>(1U << group_of(l));
      flags_[slot].awake &= static_cast<std::uint8_t>(~group);
      flags_[slot].refractory &= static_cast<std::uint8_t>(~group);
    }
  }
  if (spikes != 0) emit(start_ + step * kSlots + slot + kPipe, slot, spikes);
}

// Circuits that a bypass event fires in this slot: switched on, not refractory.
std::uint32_t NeuronArray::bypass_of(Charges::Bank const& bank, unsigned slot) const {
  std::uint32_t lanes = 0;
  for (unsigned sign = 0; sign < 2; ++sign) {
    for (unsigned l = 0; l < kLanes; ++l) {
      bool const marked = (bank.mark[sign][slot][l] & charges_.switches[sign][slot][l]) != 0;
      if (marked && (bypass_[sign][slot] >> l & 1U) != 0 && states_[slot].rem[l] == 0)
        lanes |= 1U << l;
    }
  }
  return lanes;
}

void NeuronArray::reset_lanes(unsigned slot, std::uint32_t lanes) {
  start_reset(states_[slot], constants_[slot], flags_[slot], lanes);
  flags_[slot].awake = kAllGroups;
}

void NeuronArray::emit(Clock visible, unsigned slot, std::uint32_t lanes) {
  if (queue_tail_ - queue_head_ == kQueue) ++queue_head_;
  queue_[queue_tail_++ % kQueue] = {visible, slot, lanes};
}

// Membrane rounded, currents / 16, adaptation 128; circuits that had no update since reset count as V = 0, I = 0.
void NeuronArray::store_codes(unsigned row, unsigned slot) {
  SlotState const& state = states_[slot];
  bool const fresh = (fresh_slots_ >> slot & 1U) != 0;
  for (unsigned l = 16 * row; l < 16 * row + 16; ++l) {
    std::uint8_t const word = words_[circuit_of(slot, l)].neuron[3];
    std::int32_t code = 0;
    if (is_amplifier_on(word)) {
      switch (source_of(word)) {
        case 0:
          code = fresh ? 0 : (state.v[l] + 2048) >> 12;
          break;
        case 1:
          code = fresh ? 0 : state.i_exc[l] >> 14;
          break;
        case 2:
          code = fresh ? 0 : state.i_inh[l] >> 14;
          break;
        default:
          code = 128;
      }
    }
    codes_[slot][l] = static_cast<std::int16_t>(code);
  }
}

// ---- writes

void NeuronArray::wake(unsigned circuit) {
  flags_[slot_of(circuit)].awake |= static_cast<std::uint8_t>(1U << group_of(lane_of(circuit)));
}

void NeuronArray::wake_all() {
  for (SlotFlags& flags : flags_) flags.awake = kAllGroups;
}

void NeuronArray::decode(unsigned circuit) {
  unsigned const s = slot_of(circuit);
  unsigned const l = lane_of(circuit);
  Words const& words = words_[circuit];
  Coefficients const& k = words.coefficients;
  SlotConstants& c = constants_[s];
  c.d_mem[l] = k.d_mem;
  c.d_exc[l] = k.d_exc;
  c.d_inh[l] = k.d_inh;
  c.c_exc[l] = k.c_exc;
  c.c_inh[l] = k.c_inh;
  c.e[l] = k.e_leak * 16;
  c.v_off[l] = k.v_off;
  c.v_reset[l] = k.v_reset * 16;
  std::uint8_t const switches = words.neuron[6];
  bool const can_fire = (switches & kFire) != 0;
  c.fire_above[l] = can_fire && (switches & kThreshold) != 0
                        ? k.v_th * 16 - 1
                        : std::numeric_limits<std::int32_t>::max();
  set_bit(fire_[s], l, can_fire);
  set_bit(bypass_[kExcitatory][s], l, can_fire && (switches & kBypassExc) != 0);
  set_bit(bypass_[kInhibitory][s], l, can_fire && (switches & kBypassInh) != 0);

  auto const& backend = words.backend;
  std::int32_t const time = 0xff - ((backend[1] & 15) << 4 | (backend[2] >> 2 & 15));
  std::int32_t const holdoff = (backend[1] >> 6) << 2 | backend[0] >> 6;
  BlockSwitches const& block = blocks_[block_of(l)];
  unsigned const scale = ((backend[2] & 2) != 0 ? block.scale_fast : block.scale_slow) + 1;
  std::int32_t const ticks = 31 - 2 * holdoff;
  c.load[l] = time << scale;
  c.hold[l] = time < ticks ? 0 : ticks << scale;

  // V is at least -128, except where it comes from a level below.
  bool const wide = c.e[l] > kHighestE || c.v_reset[l] < kLowestV || states_[s].v[l] < kLowestV;
  bool const large = std::max({k.d_mem, k.d_exc, k.d_inh, k.c_exc, k.c_inh}) >= kLarge;
  set_bit(large_[s], l, wide || large);
  std::uint8_t const group = static_cast<std::uint8_t>(1U << group_of(l));
  if ((large_[s] >> (8 * group_of(l)) & 0xffU) != 0) {
    flags_[s].large |= group;
  } else {
    flags_[s].large &= static_cast<std::uint8_t>(~group);
  }
}

void NeuronArray::write_neuron(unsigned circuit, unsigned word, std::uint8_t data, Clock now) {
  catch_up(now);
  words_[circuit].neuron[word] = data;
  decode(circuit);
  wake(circuit);
}

void NeuronArray::write_backend(unsigned circuit, unsigned word, std::uint8_t data, Clock now) {
  catch_up(now);
  words_[circuit].backend[word] = data;
  decode(circuit);
  wake(circuit);
}

void NeuronArray::write_block(unsigned block, BlockSwitches const& switches, Clock now) {
  if (blocks_[block] == switches) return;
  catch_up(now);
  blocks_[block] = switches;
  for (unsigned l = 0; l < kLanes; ++l) {
    if (block_of(l) != block) continue;
    set_bit(forced_, l, switches.force_reset);
    count_[l] = switches.enable_clocks ? kStepCycles : 0;
    for (unsigned s = 0; s < kSlots; ++s) decode(circuit_of(s, l));
  }
  wake_all();
}

void NeuronArray::set_coefficients(unsigned circuit, Coefficients const& coefficients, Clock now) {
  catch_up(now);
  if (words_[circuit].coefficients == coefficients) return;
  words_[circuit].coefficients = coefficients;
  decode(circuit);
  wake(circuit);
}

bool NeuronArray::reset_neuron(unsigned circuit, Clock now) {
  unsigned const slot = slot_of(circuit);
  unsigned const lane = lane_of(circuit);
  if ((fire_[slot] >> lane & 1U) == 0) return false;
  catch_up(now);
  if (stopped_) return true;
  pending_[slot] |= 1U << lane;
  pending_slots_ |= 1U << slot;
  wake(circuit);
  return true;
}

// ---- read-out

void NeuronArray::sample(unsigned row, Clock now) {
  catch_up(now);
  sampled_step_[row] = step_of(now) + 1;
}

int NeuronArray::code(unsigned circuit) const {
  return codes_[slot_of(circuit)][lane_of(circuit)];
}

NeuronState NeuronArray::state(unsigned circuit, Clock now) {
  catch_up(now);
  SlotState const& state = states_[slot_of(circuit)];
  unsigned const l = lane_of(circuit);
  return {state.v[l], state.i_exc[l], state.i_inh[l], state.rem[l]};
}

}  // namespace hx::sim
