#include "sim/twin/neuron_array.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "driver/base/check.h"
#include "fpga_model/spec/timing.h"

namespace hx::sim {
namespace {

constexpr unsigned kPipe = timing::kNeuronPipe;
constexpr std::int32_t kStepCycles = 2 * kSlots;  // chip cycles
constexpr unsigned kCircuits = 512;
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
constexpr std::uint32_t kAllSlots = (1U << kSlots) - 1;

bool has_extras(Coefficients const& k) {
  return k.k_exc != 0 || k.k_inh != 0 || k.adapt || k.c_e != 0 || k.member || k.node || k.link;
}

void set_bit(std::uint32_t& word, unsigned bit, bool value) {
  word = (word & ~(1U << bit)) | (value ? 1U << bit : 0U);
}

}  // namespace

NeuronArray::NeuronArray(Charges& charges, StepCode const& code)
    : charges_(charges),
      code_(code),
      states_(std::make_unique<SlotState[]>(kSlots)),
      constants_(std::make_unique<SlotConstants[]>(kSlots)),
      extras_(std::make_unique<SlotExtras[]>(kSlots)),
      words_(std::make_unique<Words[]>(kCircuits)),
      nodes_(std::make_unique<Node[]>(kCircuits)) {
  for (unsigned circuit = 0; circuit < kCircuits; ++circuit) decode(circuit);
  restart(0);
}

// ---- time

void NeuronArray::stop(Clock now) {
  if (now > 0) catch_up(now - 1);
  stopped_ = true;
  pending_.fill(0);
  pending_slots_ = 0;
  sampled_step_ = {kNoStep, kNoStep};
  clear_exchange();
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
  fresh_slots_ = kAllSlots;
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
    if (position_ <= now && next_spikes() == kNever && due() == kNever &&
        sampled_step_[0] == kNoStep && sampled_step_[1] == kNoStep)
      position_ = now + 1;
  }
}

bool NeuronArray::is_charged(std::uint64_t interval) const {
  Charges::Bank const& bank = charges_.of(interval);
  return bank.charged[0] || bank.charged[1];
}

Clock NeuronArray::due() const {
  if (stopped_) return kNever;
  unsigned const slot = slot_at(position_);
  std::uint64_t const step = step_of(position_);
  // The usual case under load first.
  if (flags_[slot].awake != 0 || is_charged(step - 1)) return position_ + kPipe;
  std::uint64_t busy = pending_slots_ | fresh_slots_;
  for (unsigned s = 0; s < kSlots; ++s) busy |= std::uint64_t{flags_[s].awake != 0} << s;
  if (any_started_ || line_slots_ != 0) busy |= kAllSlots;
  if (busy != 0) {
    busy |= busy << kSlots;
    return position_ + static_cast<Clock>(std::countr_zero(busy >> slot)) + kPipe;
  }
  if (is_charged(step) || is_charged(step + 1) || is_charged(step + 2))
    return position_ + kSlots - slot + kPipe;
  return kNever;
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

// Slots that need more than the plain step.
std::uint32_t NeuronArray::special_slots(std::uint64_t step) const {
  Charges::Bank const& bank = charges_.of(step - 1);
  if (forced_ != 0 || sampled_step_[0] == step || sampled_step_[1] == step || bank.marked[0] ||
      bank.marked[1])
    return kAllSlots;
  return pending_slots_ | fresh_slots_ | complete_slots_ | line_slots_;
}

void NeuronArray::run(std::uint64_t step, unsigned first, unsigned last) {
  if (first == 0 && (any_started_ || line_slots_ != 0)) settle_lines();
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
    for (std::uint32_t slots = code_.step_slots(job, slot, end); slots != 0; slots &= slots - 1) {
      unsigned const s = static_cast<unsigned>(std::countr_zero(slots));
      note_starts(s, fired_[s]);
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
  std::uint32_t const here = 1U << slot;
  if ((fresh_slots_ & here) != 0) {
    initialise(slot);
  } else if (complete_[slot] != 0) {
    step_complete(job, step, slot);
  } else {
    step_simple(job, start_ + step * kSlots + slot + kPipe, slot);
  }
  pending_slots_ &= ~here;
  pending_[slot] = 0;
}

// The first update after reset.
void NeuronArray::initialise(unsigned slot) {
  SlotState& state = states_[slot];
  for (unsigned l = 0; l < kLanes; ++l) {
    state.v[l] = constants_[slot].e[l];
    state.i_exc[l] = state.i_inh[l] = state.rem[l] = 0;
    extras_[slot].w[l] = extras_[slot].dv[l] = 0;
  }
  for (std::uint32_t lanes = nodes_of_[slot]; lanes != 0; lanes &= lanes - 1) {
    unsigned const l = static_cast<unsigned>(std::countr_zero(lanes));
    Node& node = nodes_[circuit_of(slot, l)];
    node = Node{};
    node.published = node.published_before = state.v[l];
  }
  fresh_slots_ &= ~(1U << slot);
  flags_[slot].refractory = 0;
  flags_[slot].awake = kAllGroups;
}

// A slot without extras in which something rare happens.
void NeuronArray::step_simple(StepJob const& job, Clock visible, unsigned slot) {
  std::uint32_t const line = lines_[slot] & slaves_[slot];
  std::uint32_t const started = line | (job.bank != nullptr ? bypass_of(*job.bank, slot) : 0);
  code_.step_slots(job, slot, slot + 1);
  std::uint32_t spikes = fired_[slot] | started;
  std::uint32_t const starts = (spikes | pending_[slot]) & ~line & ~forced_;
  if (started != 0) reset_lanes(slot, started);
  if (pending_[slot] != 0) {
    reset_lanes(slot, pending_[slot]);
    spikes &= ~pending_[slot];
  }
  if (forced_ != 0) {
    spikes &= ~forced_;
    SlotState& state = states_[slot];
    for (std::uint32_t lanes = forced_; lanes != 0; lanes &= lanes - 1) {
      unsigned const l = static_cast<unsigned>(std::countr_zero(lanes));
      state.v[l] = constants_[slot].v_reset[l];
      state.i_exc[l] = state.i_inh[l] = state.rem[l] = 0;
      // The next step ends the same way whatever comes: groups are of one block.
      std::uint8_t const group = static_cast<std::uint8_t>(1U << group_of(l));
      flags_[slot].awake &= static_cast<std::uint8_t>(~group);
      flags_[slot].refractory &= static_cast<std::uint8_t>(~group);
    }
  }
  note_starts(slot, starts);
  if (spikes != 0) emit(visible, slot, spikes);
}

// ---- complete neurons

// Result: something is charged.
bool NeuronArray::load_charges(Charges::Bank const* bank, unsigned slot) {
  if (bank == nullptr) {
    if (has_slot_charges_) slot_charges_ = {};
    has_slot_charges_ = false;
    return false;
  }
  std::int32_t any = 0;
  for (unsigned sign = 0; sign < 2; ++sign) {
    for (unsigned l = 0; l < kLanes; ++l) {
      std::int32_t const charge = std::min<std::int32_t>(bank->charge[sign][slot][l], 4095) &
                                  charges_.switches[sign][slot][l];
      any |= charge;
      slot_charges_[sign][l] = charge << 10;
    }
  }
  has_slot_charges_ = true;
  return any != 0;
}

void NeuronArray::step_complete(StepJob const& job, std::uint64_t step, unsigned slot) {
  bool const charged = load_charges(job.bank, slot);
  std::uint32_t const line = lines_[slot] & slaves_[slot];
  if (!charged && flags_[slot].awake == 0 && line == 0 && pending_[slot] == 0) return;
  SlotState& state = states_[slot];
  SlotExtras& extras = extras_[slot];
  std::uint32_t const bypass = job.bank != nullptr ? bypass_of(*job.bank, slot) : 0;
  CompleteJob work{.state = &state,
                   .constants = &constants_[slot],
                   .extras = &extras,
                   .count = count_.data(),
                   .charge = {slot_charges_[0].data(), slot_charges_[1].data()},
                   .exponential = exponential_[slot],
                   .started = line | bypass,
                   .bypass = bypass,
                   .pending = pending_[slot],
                   .forced = forced_};
  std::memcpy(extras.seen, state.v, sizeof extras.seen);
  std::memset(extras.extra, 0, sizeof extras.extra);
  for (std::uint32_t lanes = members_[slot]; lanes != 0; lanes &= lanes - 1) {
    unsigned const l = static_cast<unsigned>(std::countr_zero(lanes));
    extras.seen[l] =
        seen(static_cast<unsigned>(words_[circuit_of(slot, l)].coefficients.rep), slot);
  }
  code_.prepare_slot(work);
  bool const connected = (members_[slot] | nodes_of_[slot] | links_[slot]) != 0;
  if (connected) exchange(work, step, slot);
  for (std::uint32_t lanes = nodes_of_[slot]; lanes != 0; lanes &= lanes - 1) {
    unsigned const l = static_cast<unsigned>(std::countr_zero(lanes));
    Node& node = nodes_[circuit_of(slot, l)];
    node.published_before = node.published;
    node.published = state.v[l];
  }
  code_.finish_slot(work);

  std::uint32_t spikes = work.fired | work.started;
  note_starts(slot, (spikes | work.pending) & ~line & ~forced_);
  spikes &= ~work.pending & ~forced_;
  // Circuits that depend on others never sleep.
  flags_[slot].awake = charged || connected || work.changed ? kAllGroups : 0;
  flags_[slot].refractory = kAllGroups;
  complete_[slot] &= ~leaving_[slot];
  leaving_[slot] = 0;
  if (complete_[slot] == 0) {
    complete_slots_ &= ~(1U << slot);
    flags_[slot].awake = kAllGroups;
  }
  if (spikes != 0) emit(start_ + step * kSlots + slot + kPipe, slot, spikes);
}

// Links and members give, nodes take.
void NeuronArray::exchange(CompleteJob& job, std::uint64_t step, unsigned slot) {
  SlotExtras& extras = *job.extras;
  for (std::uint32_t lanes = links_[slot]; lanes != 0; lanes &= lanes - 1) {
    unsigned const l = static_cast<unsigned>(std::countr_zero(lanes));
    unsigned const n = circuit_of(slot, l);
    Coefficients const& k = words_[n].coefficients;
    std::int64_t const own = seen(k.member ? static_cast<unsigned>(k.rep) : n, slot);
    std::int64_t const distance = std::clamp<std::int64_t>(
        (seen(static_cast<unsigned>(k.other), slot) - own) >> 4, -(1 << 17), (1 << 17) - 1);
    extras.extra[l] = static_cast<std::int32_t>((k.d_own * distance + (1 << 13)) >> 14);
    give(n, static_cast<unsigned>(k.other),
         -static_cast<std::int32_t>((k.d_other * distance + (1 << 13)) >> 14), false, step);
  }
  for (std::uint32_t lanes = members_[slot]; lanes != 0; lanes &= lanes - 1) {
    unsigned const l = static_cast<unsigned>(std::countr_zero(lanes));
    unsigned const n = circuit_of(slot, l);
    constexpr std::int32_t kLimit = 1 << 22;
    std::int32_t const current = std::clamp(
        extras.current[l] + extras.extra[l] + constants_[slot].v_off[l], -kLimit, kLimit - 1);
    // A fire line clamps from the next step on.
    std::uint32_t const clamping = job.clamp | job.bypass | job.pending;
    give(n, extras.rep[l], current, (clamping >> l & 1U) != 0, step);
  }
  for (std::uint32_t lanes = nodes_of_[slot]; lanes != 0; lanes &= lanes - 1) {
    unsigned const l = static_cast<unsigned>(std::countr_zero(lanes));
    Node& node = nodes_[circuit_of(slot, l)];
    std::size_t const before = ~step & 1U;
    extras.extra[l] += node.sum + node.cross[before];
    if (node.clamp || node.cross_clamp[before]) job.clamp |= 1U << l;
    node.sum = node.cross[before] = 0;
    node.clamp = node.cross_clamp[before] = false;
  }
}

// Current and clamp of circuit `from` for the node `to`.
void NeuronArray::give(unsigned from, unsigned to, std::int32_t current, bool clamp,
                       std::uint64_t step) {
  if ((nodes_of_[slot_of(to)] >> lane_of(to) & 1U) == 0) return;
  Node& node = nodes_[to];
  if (lane_of(from) % 16 == lane_of(to) % 16) {
    node.sum += current;
    node.clamp = node.clamp || clamp;
  } else {
    node.cross[step & 1U] += current;
    node.cross_clamp[step & 1U] = node.cross_clamp[step & 1U] || clamp;
  }
}

// Voltage that the node read in the pass before this one, seen from a slot.
std::int32_t NeuronArray::seen(unsigned node, unsigned slot) const {
  return slot_of(node) < slot ? nodes_[node].published_before : nodes_[node].published;
}

void NeuronArray::clear_exchange() {
  for (unsigned n = 0; n < kCircuits; ++n) {
    Node const& node = nodes_[n];
    nodes_[n] = Node{.published = node.published, .published_before = node.published_before};
  }
  started_.fill(0);
  lines_.fill(0);
  line_slots_ = 0;
  any_started_ = false;
}

// ---- fire lines

void NeuronArray::note_starts(unsigned slot, std::uint32_t starts) {
  std::uint32_t const driving = starts & masters_[slot];
  if (driving == 0) return;
  started_[slot] |= driving;
  any_started_ = true;
}

// The lines of this pass from the starts of the one before.
void NeuronArray::settle_lines() {
  constexpr std::uint8_t kBottom = 2, kRight = 8;  // word 3 of the backend
  lines_.fill(0);
  line_slots_ = 0;
  std::array<bool, 2> driven{};
  for (unsigned column = 0; any_started_ && column < 256; ++column) {
    std::array<bool, 2> next{};
    for (unsigned row = 0; row < 2; ++row) {
      unsigned const n = 256 * row + column;
      bool const from_left =
          column % 128 != 0 && driven[row] && (words_[n - 1].backend[3] & kRight) != 0;
      next[row] = from_left || (started_[slot_of(n)] >> lane_of(n) & 1U) != 0;
    }
    if (((words_[column].backend[3] | words_[256 + column].backend[3]) & kBottom) != 0)
      next[0] = next[1] = next[0] || next[1];
    driven = next;
    for (unsigned row = 0; row < 2; ++row) {
      unsigned const n = 256 * row + column;
      set_bit(lines_[slot_of(n)], lane_of(n), driven[row]);
    }
  }
  for (unsigned s = 0; s < kSlots; ++s) {
    if (lines_[s] != 0) line_slots_ |= 1U << s;
  }
  started_.fill(0);
  any_started_ = false;
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

// What the read-out shows of a circuit in its slot: nothing before the first update, V of the representative for a member.
NeuronState NeuronArray::shown(unsigned circuit) const {
  unsigned const slot = slot_of(circuit);
  unsigned const l = lane_of(circuit);
  if ((fresh_slots_ >> slot & 1U) != 0) return {};
  SlotState const& state = states_[slot];
  Coefficients const& k = words_[circuit].coefficients;
  return {k.member ? seen(static_cast<unsigned>(k.rep), slot) : state.v[l],
          state.i_exc[l],
          state.i_inh[l],
          state.rem[l],
          extras_[slot].w[l],
          extras_[slot].dv[l]};
}

// Membrane rounded, currents / 16, adaptation + 128.
void NeuronArray::store_codes(unsigned row, unsigned slot) {
  for (unsigned l = 16 * row; l < 16 * row + 16; ++l) {
    unsigned const circuit = circuit_of(slot, l);
    std::uint8_t const word = words_[circuit].neuron[3];
    std::int32_t code = 0;
    if (is_amplifier_on(word)) {
      NeuronState const state = shown(circuit);
      switch (source_of(word)) {
        case 0:
          code = (state.v + 2048) >> 12;
          break;
        case 1:
          code = state.i_exc >> 14;
          break;
        case 2:
          code = state.i_inh >> 14;
          break;
        default:
          code = 128 + ((state.w + 2048) >> 12);
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

  decode_extras(circuit);
  std::uint8_t const links = words.backend[3];
  set_bit(masters_[s], l, (links & 0x20) != 0);
  set_bit(slaves_[s], l, (links & 0x01) != 0);

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

void NeuronArray::decode_extras(unsigned circuit) {
  unsigned const s = slot_of(circuit);
  unsigned const l = lane_of(circuit);
  Coefficients const& k = words_[circuit].coefficients;
  SlotExtras& x = extras_[s];
  x.k_exc[l] = k.k_exc;
  x.k_inh[l] = k.k_inh;
  x.e_exc[l] = k.e_exc * 16;
  x.e_inh[l] = k.e_inh * 16;
  bool const adapt = k.adapt && !k.member;
  x.adapt[l] = adapt ? -1 : 0;
  x.d_w[l] = k.d_w;
  x.c_w[l] = k.c_w;
  x.a[l] = k.a;
  x.e_adapt[l] = k.e_adapt * 16;
  bool const pulse = adapt && (words_[circuit].backend[2] & 0x40) != 0;
  x.pulse[l] = pulse ? k.b * (1 << (blocks_[block_of(l)].scale_adaptation + 1)) : 0;
  x.c_e[l] = k.member ? 0 : k.c_e;
  x.v_exp[l] = k.v_exp * 16;
  x.member[l] = k.member ? -1 : 0;
  if (x.c_e[l] == 0) x.exponential[l] = 0;
  set_bit(exponential_[s], l, x.c_e[l] != 0);
  set_bit(members_[s], l, k.member);
  set_bit(nodes_of_[s], l, k.node);
  set_bit(links_[s], l, k.link);
  // What a circuit loses with its extras it loses in a last complete step.
  bool const has = has_extras(k);
  if (has || x.w[l] != 0 || x.dv[l] != 0) set_bit(complete_[s], l, true);
  set_bit(leaving_[s], l, !has && (complete_[s] >> l & 1U) != 0);
  x.rep[l] = static_cast<std::uint16_t>(k.rep);
  if (complete_[s] != 0) complete_slots_ |= 1U << s;
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
  BlockSwitches const before = blocks_[block];
  blocks_[block] = switches;
  bool const scales = before.scale_slow != switches.scale_slow ||
                      before.scale_fast != switches.scale_fast ||
                      before.scale_adaptation != switches.scale_adaptation;
  for (unsigned l = 0; l < kLanes; ++l) {
    if (block_of(l) != block) continue;
    set_bit(forced_, l, switches.force_reset);
    count_[l] = switches.enable_clocks ? kStepCycles : 0;
    for (unsigned s = 0; scales && s < kSlots; ++s) decode(circuit_of(s, l));
  }
  wake_all();
}

void NeuronArray::set_coefficients(unsigned circuit, Coefficients const& coefficients, Clock now) {
  catch_up(now);
  Coefficients& own = words_[circuit].coefficients;
  if (own == coefficients) return;
  // A circuit that becomes a node begins with its present V; one that is none takes no currents.
  Node& node = nodes_[circuit];
  if (!coefficients.node) {
    node = Node{.published = node.published, .published_before = node.published_before};
  } else if (!own.node) {
    node.published = node.published_before = states_[slot_of(circuit)].v[lane_of(circuit)];
  }
  own = coefficients;
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
  SlotExtras const& extras = extras_[slot_of(circuit)];
  return {state.v[l], state.i_exc[l], state.i_inh[l], state.rem[l], extras.w[l], extras.dv[l]};
}

NeuronState NeuronArray::found(unsigned circuit, Clock now) {
  if (now > 0) catch_up(now - 1);
  HX_CHECK(stopped_ || position_ <= now || position_ > now + kSlots)
      << "the slot of clock " << now << " is computed already";
  return shown(circuit);
}

}  // namespace hx::sim
