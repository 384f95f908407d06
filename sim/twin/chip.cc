#include "sim/twin/chip.h"

#include <algorithm>
#include <bit>

#include "driver/base/check.h"
#include "sim/twin/bytes.h"

namespace hx::sim {
namespace {

constexpr unsigned kFirstL2Input = 8;
constexpr unsigned kSwitchRows = 512;
constexpr std::uint32_t kCapMemRows = 24;
constexpr std::uint32_t kCapMemShared = 128;

// Numbers of registers by hemisphere or side.
constexpr std::uint32_t kStpConfig[2] = {chip_map::kRegCommonSTPConfig_0_0,
                                         chip_map::kRegCommonSTPConfig_1_0};
constexpr std::uint32_t kPadiConfig[2] = {chip_map::kRegCommonPADIBusConfig_0_0,
                                          chip_map::kRegCommonPADIBusConfig_1_0};
constexpr std::uint32_t kBackendConfig[2] = {chip_map::kRegCommonNeuronBackendConfig_0_0,
                                             chip_map::kRegCommonNeuronBackendConfig_1_0};
constexpr std::uint32_t kCadcConfig[2] = {chip_map::kRegCADCConfig_0_0,
                                          chip_map::kRegCADCConfig_1_0};
constexpr std::uint32_t kSenseDelay[2] = {chip_map::kRegCommonCorrelationConfig_0_0,
                                          chip_map::kRegCommonCorrelationConfig_1_0};
constexpr std::uint32_t kSenseMode[2] = {chip_map::kRegCommonCorrelationConfig_0_3,
                                         chip_map::kRegCommonCorrelationConfig_1_3};

BlockSwitches switches_of(std::uint32_t word) {
  return {.force_reset = (word & 2) != 0,
          .enable_clocks = (word & 4) != 0,
          .scale_slow = word >> 4 & 15,
          .scale_fast = word >> 8 & 15,
          .scale_adaptation = word >> 16 & 15};
}

}  // namespace

Chip::Chip(ChipOptions const& options, LinkUp& up, LinkDown& down, Tap& tap)
    : up_(up),
      down_(down),
      tap_(tap),
      arrays_(options.arrays),
      noise_(options.cadc_noise),
      cadcs_{Cadc(0, arrays_, noise_), Cadc(1, arrays_, noise_)},
      madc_([this](unsigned circuit, Clock now) { return state_before(circuit, now); }),
      register_devices_(chip_map::kResetWords.size(), nullptr) {
  attach(Block::kPll, pll_);
  update_padi();
  for (unsigned block = 0; block < 2; ++block) update_backend(block);
}

void Chip::attach(Block block, ChipDevice& device) {
  ChipDevice*& place = block_devices_[static_cast<std::size_t>(block)];
  HX_CHECK(place == nullptr) << "two devices at one block";
  place = &device;
  if (std::find(devices_.begin(), devices_.end(), &device) == devices_.end())
    devices_.push_back(&device);
  update_devices();
}

void Chip::attach_register(std::uint32_t number, ChipDevice& device) {
  HX_CHECK(register_devices_[number] == nullptr) << "two devices at register " << number;
  register_devices_[number] = &device;
  if (std::find(devices_.begin(), devices_.end(), &device) == devices_.end())
    devices_.push_back(&device);
  update_devices();
}

// ---- time

void Chip::act(Clock now, bool reset) {
  if (reset) return act_reset(now);
  if (in_reset_) end_reset(now);
  if (madc_.next() <= now) sample_madc(now);
  if (arrays_due_ <= now || arrays_.next_spikes() <= now) take_spikes(now);
  if (std::min(cadcs_[0].next(), cadcs_[1].next()) <= now) place_answers(now);
  current_.taken = false;
  if (std::min(up_.next_access(), tap_.next_access()) <= now) take_access(now);
  crossbar_.choose(now, enable_spl1_);
  if (current_.taken && current_.access.is_write && current_.place.block == Block::kPadiEvent) {
    unsigned const fire = current_.access.data & 0xf;
    crossbar_.store((current_.place.index == 0 ? fire : fire << 4) & ~enable_spl1_,
                    current_.access.data >> 16 & 0x7ff, now);
  }
  if (crossbar_.next_l2() <= now && up_.up() && down_.has_room(now)) send_packs(now);
  if (crossbar_.next_padi() <= now) offer_events(now);
  unsigned lost = 0;
  if (event_outputs_.busy()) lost |= event_outputs_.act(crossbar_);
  if (background_.next() <= now) lost |= background_.act(now, crossbar_);
  if (up_.label_here(now)) {
    std::uint16_t const label = up_.label();
    unsigned const input = kFirstL2Input + (label >> 14);
    if (crossbar_.ready(input)) {
      crossbar_.accept(input, label & 0x3fffU);
      up_.take_label();
    }
  }
  if (devices_next_ <= now) {
    for (ChipDevice* const device : devices_) {
      if (device->next() <= now) device->act(now);
    }
    update_devices();
  }
  lost_ = lost;
  if (current_.taken && current_.access.is_write) write(now);
  if (lost_ != 0) crossbar_.lost(lost_);
  if (arrays_touched_) {
    arrays_due_ = arrays_.due();
    arrays_touched_ = false;
  }
}

Clock Chip::next(Clock now) const {
  Clock next = up_.next_label();
  for (Cadc const& cadc : cadcs_) next = std::min(next, cadc.next());
  if (!in_reset_) {
    next = std::min({next, arrays_due_, arrays_.next_spikes(), crossbar_.next()});
    next = std::min(next, background_.next());
    next = std::min(next, madc_.next());
    next = std::min(next, devices_next_);
    Clock const link = up_.next_access();
    Clock const own = std::min(link, tap_.next_access());
    Clock const clock_from = pll_.omnibus_from();
    if (clock_from > now + 1)
      // Without a clock accesses of the link wait, those of JTAG are lost at once.
      next = std::min({next, tap_.next_access(), std::max(own, clock_from)});
    else if (own > now)
      next = std::min(next, own);
    else
      next = std::min(next, retry_is_jtag_ ? std::min(retry_, link) : retry_);
  }
  return next;
}

void Chip::act_reset(Clock now) {
  place_answers(now);
  current_.taken = false;
  if (!in_reset_) begin_reset(now);
  // Labels vanish.
  if (up_.label_here(now)) up_.take_label();
}

void Chip::begin_reset(Clock now) {
  in_reset_ = true;
  crossbar_.reset();
  background_.reset();
  event_outputs_.reset();
  spike_counters_.reset();
  l2_output_.reset();
  for (Cadc& cadc : cadcs_) cadc.reset(now);
  madc_.reset();
  arrays_.reset(now);
  registers_.reset();
  update_padi();
  for (unsigned block = 0; block < 2; ++block) update_backend(block);
  granted_ = 0;
  for (ChipDevice* const device : devices_) device->reset(now);
  update_devices();
}

void Chip::end_reset(Clock now) {
  in_reset_ = false;
  arrays_.release(now);
  madc_.release(now);
  arrays_touched_ = true;
  time_offset_ = std::uint64_t{0} - now;
  retry_ = 0;
}

std::uint64_t Chip::sync_base() const {
  return std::uint64_t{registers_.plain(chip_map::kRegSystimeSyncBase_0_1) & 0x7ff} << 32 |
         registers_.plain(chip_map::kRegSystimeSyncBase_0_0);
}

// The chip counts its lanes from the other end.
unsigned Chip::lane_enable(Clock now, bool reset) const {
  if (reset || !pll_.lanes_on(now)) return 0;
  std::uint32_t const enable = registers_.plain(chip_map::kRegCommonPhyConfigChip_0_0);
  unsigned lanes = 0;
  for (unsigned lane = 0; lane < 8; ++lane) lanes |= (enable >> (7 - lane) & 1) << lane;
  return lanes;
}

void Chip::set_time(std::uint64_t base, Clock now) {
  if (!in_reset_) time_offset_ = base - (now + 1);
}

void Chip::update_devices() {
  devices_next_ = kNever;
  for (ChipDevice const* const device : devices_)
    devices_next_ = std::min(devices_next_, device->next());
}

// ---- events

// What the slot of the circuit in clock `now` reads; without update since the reset that is 0.
NeuronState Chip::state_before(unsigned circuit, Clock now) {
  arrays_touched_ = true;
  return arrays_.found(circuit, now);
}

void Chip::sample_madc(Clock now) {
  madc_.act(now);
  // Nothing holds samples back while the link is down.
  auto const sample = madc_.take();
  if (sample && up_.up()) down_.push_sample(*sample | stamp(now) << 16, now);
}

void Chip::take_spikes(Clock now) {
  if (arrays_due_ <= now) {
    arrays_.act(now);
    arrays_touched_ = true;
  }
  if (auto const spikes = arrays_.take_spikes(now)) {
    spike_counters_.spike(spikes->slot, spikes->lanes);
    event_outputs_.spike(spikes->slot, spikes->lanes);
  }
}

void Chip::send_packs(Clock now) {
  EventPack const pack = l2_output_.act(crossbar_, stamp(now), now);
  if (pack.count != 0) down_.push(pack, now);
}

void Chip::offer_events(Clock now) {
  // Extended timing: a bus that granted in the clock before takes none.
  unsigned const resting = granted_at_ + 1 == now ? granted_ & extended_ : 0;
  unsigned const valid = crossbar_.valid<0, Crossbar::kPadiOutputs>(now) & ~resting;
  if (valid == 0) return;
  std::array<PadiEvent, 4> events[2];
  for (unsigned rest = valid; rest != 0; rest &= rest - 1) {
    auto const bus = static_cast<unsigned>(std::countr_zero(rest));
    events[bus / 4][bus % 4] = {.label = crossbar_.label(bus) & 0x7ff,
                                .extension = extension_[bus]};
  }
  unsigned granted = 0;
  for (unsigned h = 0; h < 2; ++h) {
    unsigned const mine = valid >> 4 * h & 0xf;
    if (mine != 0) granted |= arrays_.offer(h, mine, events[h], now) << 4 * h;
  }
  arrays_touched_ = true;
  granted_ = granted;
  granted_at_ = now;
  for (; granted != 0; granted &= granted - 1)
    crossbar_.pop(static_cast<unsigned>(std::countr_zero(granted)), now);
}

// ---- Omnibus

// First clock in which the access at the head can be taken as far as is known now.
Clock Chip::obstacle(chip_map::Place place, Clock /*now*/) const {
  Clock free = 0;
  if (completions_.size() >= kCompletions - 1) free = completions_.front().at + 1;
  switch (place.block) {
    case Block::kCadcSample:
      return std::max(free, cadcs_[place.index >> 8 & 1].free_at());
    case Block::kCadcOffset:
      return std::max(free, cadcs_[place.index >> 9 & 1].free_at());
    case Block::kRegister:
      for (unsigned h = 0; h < 2; ++h) {
        if (place.index == kCadcConfig[h]) free = std::max(free, cadcs_[h].free_at());
      }
      return free;
    default:
      return free;
  }
}

void Chip::take_access(Clock now) {
  if (!pll_.omnibus_on(now)) {
    if (tap_.next_access() <= now) tap_.lose_access();
    return;
  }
  bool const is_link = up_.access_here(now);
  if (!is_link && tap_.next_access() > now) return;
  if (now < retry_ && retry_is_jtag_ == !is_link) return;
  current_.access = is_link ? up_.access() : tap_.access();
  current_.place = chip_map::locate(current_.access.address);
  retry_ = obstacle(current_.place, now);
  retry_is_jtag_ = !is_link;
  if (retry_ > now) return;
  current_.taken = true;
  if (is_link)
    up_.take_access();
  else
    tap_.take_access();
  if (current_.access.is_write)
    complete(now + timing::kChipAnswer, 0);
  else
    read(now);
}

void Chip::complete(Clock due, std::uint32_t data) {
  last_completion_ = std::max(due, last_completion_ + 1);
  completions_.push({last_completion_, data, current_.access.is_jtag});
}

void Chip::read(Clock now) {
  std::uint32_t const index = current_.place.index;
  if (current_.place.block == Block::kCadcSample && (index & 0x80) == 0 &&
      cadc_settings(index >> 8 & 1).works) {
    trigger(index, now);
    return;
  }
  if (current_.place.block == Block::kSynapse) {
    arrays_.access_synapses(index >> 19, now);
    arrays_touched_ = true;
  }
  reads_[0] = reads_[1];
  reads_[1] = now;
  complete(now + timing::kChipAnswer, read_word(index, now));
}

std::uint32_t Chip::read_word(std::uint32_t index, Clock now) {
  if (ChipDevice* const device = block_devices_[static_cast<std::size_t>(current_.place.block)]) {
    std::uint32_t const data = device->read(index, now);
    update_devices();
    return data;
  }
  switch (current_.place.block) {
    case Block::kRegister:
      if (register_devices_[index] != nullptr) {
        std::uint32_t const data = register_devices_[index]->read(index, now);
        update_devices();
        return data;
      }
      return registers_.plain(index);
    case Block::kNeuron:
      return registers_.neuron(index);
    case Block::kBackend:
      return registers_.backend(index);
    case Block::kDriver:
      return registers_.driver(index);
    case Block::kCapMem:
      return registers_.capmem(index);
    case Block::kPpuMemory:
      return registers_.ppu_memory(index);
    case Block::kCadcSample: {
      unsigned const h = index >> 8 & 1;
      return cadc_settings(h).works ? cadcs_[h].result(index & 0x7f) : 0;
    }
    case Block::kCadcOffset:
      return cadcs_[index >> 9 & 1].offset(index & 0x1ff);
    case Block::kCountRead:
      return spike_counters_.read(index);
    case Block::kSynapse:
      return read_synapses(index);
    case Block::kCrossbar:
      return crossbar_.read(index);
    case Block::kBackground:
      return background_.read(index);
    default:
      return 0;
  }
}

std::uint32_t Chip::read_synapses(std::uint32_t index) const {
  std::uint32_t const word = arrays_.read_synapses(index >> 19, index >> 6 & 0x3ff, index & 0x3f);
  switch (index >> 16 & 7) {
    case chip_map::kViewRaw:
      return word;
    case chip_map::kViewEvenLow:
    case chip_map::kViewOddLow:
      return word & 0x3f3f3f3f;
    default:
      return word >> 6 & 0x03030303;
  }
}

CadcSettings Chip::cadc_settings(unsigned hemisphere) const {
  std::uint32_t const config = registers_.plain(kCadcConfig[hemisphere]);
  std::uint32_t const sense_delay = registers_.plain(kSenseDelay[hemisphere]) & 0xfff;
  bool const calibrates = (registers_.plain(kSenseMode[hemisphere]) & 1) != 0;
  std::uint32_t const cycles = sense_delay + (config >> 4 & 0xff) + 256 + (config >> 12 & 0xff);
  return {.works = (config & 1) != 0 && !calibrates, .wait = (cycles + 1) / 2};
}

void Chip::trigger(std::uint32_t index, Clock now) {
  unsigned const h = index >> 8 & 1;
  unsigned const wait = cadc_settings(h).wait;
  trigger_number_[h] = completed_ + completions_.size();
  cadcs_[h].start(index & 0x7f, wait, now);
  arrays_touched_ = true;
  complete(now + wait + timing::kChipAnswer, 0);
}

// The word of a trigger read goes to its place when the bus has no word of an ordinary read to store.
void Chip::place_answers(Clock now) {
  for (unsigned h = 0; h < 2; ++h) {
    if (cadcs_[h].next() > now) continue;
    if (reads_[0] + 2 == now || reads_[1] + 2 == now) return;
    completions_.at(trigger_number_[h] - completed_).data = cadcs_[h].take_answer(now);
    arrays_touched_ = true;
    return;
  }
}

// ---- writes, at the end of the clock

void Chip::write(Clock now) {
  ChipAccess const& access = current_.access;
  std::uint32_t const index = current_.place.index;
  if (ChipDevice* const device = block_devices_[static_cast<std::size_t>(current_.place.block)]) {
    device->write(index, access.data, access.byte_enables, now);
    update_devices();
    lanes_touched_ |= current_.place.block == Block::kPll;
    return;
  }
  switch (current_.place.block) {
    case Block::kRegister:
      write_register(index, now);
      break;
    case Block::kNeuron:
      write_neuron(index, now);
      break;
    case Block::kBackend:
      write_backend(index, now);
      break;
    case Block::kDriver: {
      std::uint16_t const word = registers_.write_driver(index, access.data, access.byte_enables);
      arrays_.write_driver(index >> 9, index >> 2 & 0x7f, index & 3, word, now);
      arrays_touched_ = true;
      break;
    }
    case Block::kCapMem:
      write_capmem(index, now);
      break;
    case Block::kMadcControl:
      if ((access.byte_enables & 1) != 0) madc_.write_control(access.data, now);
      break;
    case Block::kCadcOffset:
      if ((access.byte_enables & 1) != 0)
        cadcs_[index >> 9 & 1].write_offset(index & 0x1ff, access.data);
      break;
    case Block::kPpuMemory:
      registers_.write_ppu_memory(index, access.data, access.byte_enables);
      break;
    case Block::kNeuronReset:
      reset_neurons(index, 0, 1, now);
      break;
    case Block::kNeuronResetQuad:
      reset_neurons((index >> 6) * 256 + (index & 31) * 8 + (index >> 5 & 1), 2, 4, now);
      break;
    case Block::kCountReset:
      spike_counters_.clear(index);
      break;
    case Block::kSynapse:
      write_synapses(index, now);
      break;
    case Block::kCrossbar:
      // A counter is set after the events of this clock.
      if (lost_ != 0) crossbar_.lost(lost_);
      lost_ = 0;
      crossbar_.write(index, access.data, access.byte_enables);
      break;
    case Block::kBackground:
      background_.write(index, access.data, access.byte_enables, now);
      break;
    default:
      break;
  }
}

void Chip::reset_neurons(unsigned first, unsigned step, unsigned count, Clock now) {
  for (unsigned i = 0; i < count; ++i) {
    unsigned const circuit = first + step * i;
    if (!arrays_.reset_neuron(circuit, now)) continue;
    spike_counters_.add(circuit);
    if (event_outputs_.fire(circuit)) lost_ |= 1U << (circuit >> 5 & 7);
  }
  arrays_touched_ = true;
}

void Chip::write_synapses(std::uint32_t index, Clock now) {
  std::uint32_t mask = byte_mask(current_.access.byte_enables);
  std::uint32_t data = current_.access.data;
  switch (index >> 16 & 7) {
    case chip_map::kViewRaw:
      break;
    case chip_map::kViewEvenLow:
    case chip_map::kViewOddLow:
      mask &= 0x3f3f3f3f;
      break;
    default:
      mask &= 0xc0c0c0c0;
      data <<= 6;
      break;
  }
  arrays_.write_synapses(index >> 19, index >> 6 & 0x3ff, index & 0x3f, mask, data, now);
  arrays_touched_ = true;
}

void Chip::write_register(std::uint32_t number, Clock now) {
  ChipAccess const& access = current_.access;
  if (register_devices_[number] != nullptr) {
    register_devices_[number]->write(number, access.data, access.byte_enables, now);
    update_devices();
    return;
  }
  registers_.write_plain(number, access.data, access.byte_enables);
  madc_.write_register(number, registers_.plain(number), now);
  lanes_touched_ |= number == chip_map::kRegCommonPhyConfigChip_0_0;
  if (number == kPadiConfig[0] || number == kPadiConfig[1]) update_padi();
  for (unsigned block = 0; block < 2; ++block) {
    if (number != kBackendConfig[block]) continue;
    update_backend(block);
    arrays_.write_block(block, switches_of(registers_.plain(number)), now);
    arrays_touched_ = true;
  }
  for (unsigned h = 0; h < 2; ++h) {
    if (number != kStpConfig[h]) continue;
    arrays_.write_recovery(h, registers_.plain(number) & 0x1f, now);
    arrays_touched_ = true;
  }
  if (number == chip_map::kRegSynapseBiasSelection_0_0) {
    arrays_.write_synapse_bias(registers_.plain(number), now);
    arrays_touched_ = true;
  }
}

void Chip::write_neuron(std::uint32_t index, Clock now) {
  if ((current_.access.byte_enables & 1) == 0) return;
  registers_.write_neuron(index, current_.access.data);
  if ((index & 6) == 0) return;
  auto const data = static_cast<std::uint8_t>(current_.access.data);
  arrays_.write_neuron(index >> 3, index & 7, data, now);
  madc_.write_neuron(index >> 3, index & 7, data, now);
  arrays_touched_ = true;
}

void Chip::write_backend(std::uint32_t index, Clock now) {
  if ((current_.access.byte_enables & 1) == 0) return;
  auto const data = static_cast<std::uint8_t>(current_.access.data);
  registers_.write_backend(index, data);
  event_outputs_.write_backend(index >> 2, index & 3, data);
  arrays_.write_backend(index >> 2, index & 3, data, now);
  arrays_touched_ = true;
}

void Chip::write_capmem(std::uint32_t index, Clock now) {
  unsigned const value =
      registers_.write_capmem(index, current_.access.data, current_.access.byte_enables);
  unsigned const row = index & 31;
  if (row >= kCapMemRows) return;
  arrays_.write_capmem(index >> 13, index >> 5 & 0xff, row, value, now);
  arrays_touched_ = true;
}

void Chip::update_padi() {
  enable_spl1_ = 0;
  extended_ = 0;
  for (unsigned h = 0; h < 2; ++h) {
    std::uint32_t const word = registers_.plain(kPadiConfig[h]);
    enable_spl1_ |= (word & 0xf) << 4 * h;
    extended_ |= (word >> 4 & 0xf) << 4 * h;
    for (unsigned bus = 0; bus < 4; ++bus)
      extension_[4 * h + bus] = static_cast<std::uint8_t>(word >> (16 + 4 * bus) & 0xf);
  }
}

void Chip::update_backend(unsigned block) {
  event_outputs_.enable(block, (registers_.plain(kBackendConfig[block]) & 1) != 0);
}

}  // namespace hx::sim
