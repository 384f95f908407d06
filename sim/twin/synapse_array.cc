#include "sim/twin/synapse_array.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "fpga_model/spec/timing.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace hx::sim {
namespace {

constexpr unsigned kBypassCharge = 256;
constexpr int kSteps = 9;           // clocks of a half row of a modulated driver
constexpr unsigned kLabels = 2048;  // of a bus: row select and synapse label

// The memory keeps the weight bits in the order w5 w0 w1 w2 w3 w4.
constexpr unsigned weight_of(unsigned stored) {
  return (stored & 0x20) | (stored & 0x10) >> 4 | (stored & 0x08) >> 2 | (stored & 0x04) |
         (stored & 0x02) << 2 | (stored & 0x01) << 4;
}

constexpr unsigned row_at(unsigned bus, unsigned j) {
  return 8 * (j / 2) + 2 * bus + j % 2;
}

// Each bit twice: drivers to their rows.
constexpr std::uint64_t rows_of(std::uint32_t drivers) {
  std::uint64_t x = drivers;
  x = (x | x << 16) & 0x0000ffff0000ffff;
  x = (x | x << 8) & 0x00ff00ff00ff00ff;
  x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
  x = (x | x << 2) & 0x3333333333333333;
  x = (x | x << 1) & 0x5555555555555555;
  return x | x << 1;
}

using Sum = std::uint16_t[kSlots][16];
using V = std::uint16_t __attribute__((vector_size(32), may_alias));

V& at(std::uint16_t* p) {
  return *reinterpret_cast<V*>(p);
}
V const& at(std::uint16_t const* p) {
  return *reinterpret_cast<V const*>(p);
}

// Weights of the synapses that match `key`.
V active(V synapses, std::uint16_t key) {
  V const x = synapses ^ key;
  return x < 64 ? x : V{};
}

// What a pulse of factor / 256 brings.
V pulse(V weights, std::uint16_t factor) {
  return (weights * factor + 128) >> 8;
}

// Adds with the limit 65535; more than 4095 counts as 4095 when it is read.
V add_limited(V a, V b) {
#ifdef __AVX2__
  return reinterpret_cast<V>(
      _mm256_adds_epu16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#endif
  V const sum = a + b;
  return sum < a ? V{} + 0xffff : sum;
}

}  // namespace

SynapseArray::SynapseArray(unsigned hemisphere, Charges& charges, SynapseArrayOptions options)
    : hemisphere_(hemisphere),
      charges_(charges),
      options_(options),
      memory_(kPhysicalRows),
      rows_(new RowSynapses[kRows]()),
      notes_(4 * kLabels) {
  label_mask_.fill(0x3f00);
  kept_.reserve(64);
}

// ---- memory and drivers

std::uint32_t SynapseArray::read_memory(unsigned physical_row, unsigned quad) const {
  return physical_row < kPhysicalRows ? memory_[physical_row][quad % 64] : 0;
}

void SynapseArray::set_byte(unsigned physical_row, unsigned column, unsigned value) {
  unsigned const slot = slot_of(column);
  unsigned const lane = column / kSlots;
  if (physical_row < 2 * kRows) {
    std::uint16_t& synapse = rows_[physical_row / 2].synapse[slot][lane];
    synapse = static_cast<std::uint16_t>(physical_row % 2 == 0
                                             ? (synapse & 0xff00U) | weight_of(value)
                                             : (synapse & 0x00ffU) | (value & 0x3fU) << 8);
  } else if (physical_row == 2 * kRows) {
    charges_.switches[kExcitatory][slot][16 * hemisphere_ + lane] =
        (value & 0x40) != 0 ? 0xffff : 0;
    charges_.switches[kInhibitory][slot][16 * hemisphere_ + lane] =
        (value & 0x80) != 0 ? 0xffff : 0;
  }
}

void SynapseArray::write_memory(unsigned physical_row, unsigned quad, std::uint32_t mask,
                                std::uint32_t data, Clock now) {
  if (physical_row >= kPhysicalRows) return;
  catch_up(now);
  std::uint32_t& word = memory_[physical_row][quad % 64];
  word = (word & ~mask) | (data & mask);
  for (unsigned e = 0; e < 4; ++e) {
    set_byte(physical_row, 8 * (quad % 32) + 2 * e + quad % 64 / 32, word >> (8 * (3 - e)) & 0xffU);
  }
  if (physical_row < 2 * kRows) ++writes_[physical_row / 4 % 4];
}

void SynapseArray::write_driver(unsigned driver, unsigned word, std::uint16_t data, Clock now) {
  if (driver >= kDrivers) return;
  catch_up(now);
  // recovery; select_target_voltages, enable_stp, enable_recovery
  unsigned const matter = word % 4 == 1 ? 0x0fU : word % 4 == 2 ? 0x91U : 0U;
  if (((drivers_[driver][word % 4] ^ data) & matter) != 0) stp_[driver].rest = true;
  drivers_[driver][word % 4] = data;
  unsigned const bus = driver % 4;
  unsigned const index = driver / 4;
  unsigned const word0 = drivers_[driver][0];
  unsigned const word1 = drivers_[driver][1];
  bool const receives = (word0 & 0x8000) != 0;
  unsigned const compare = word0 >> 9 & 31U;
  for (unsigned select = 0; select < 32; ++select) {
    bool const reacts = receives && ((select ^ index) & compare) == 0;
    std::uint32_t& drivers = reacting_[bus][select];
    drivers = (drivers & ~(1U << index)) | (reacts ? 1U << index : 0U);
  }
  unsigned const word2 = drivers_[driver][2];
  std::uint32_t const bit = 1U << index;
  modulated_[bus] = (modulated_[bus] & ~bit) | ((word2 & 0x10) != 0 ? bit : 0);
  hagen_[bus] = (hagen_[bus] & ~bit) | ((word2 & 0x08) != 0 && (word0 & 0x100) != 0 ? bit : 0);
  label_mask_[driver] = (word0 & 0x4000) != 0 ? 0x2000 : 0x3f00;  // stored inverted
  for (unsigned sign = 0; sign < 2; ++sign) {
    std::uint64_t const modes = word1 >> (4 + 2 * sign) & 3U;  // bottom (even) row, top row
    enabled_[bus][sign] =
        (enabled_[bus][sign] & ~(std::uint64_t{3} << (2 * index))) | modes << (2 * index);
  }
  ++writes_[bus];
}

// ---- short-term plasticity

namespace {

// Part of the distance that a step of the recovery leaves, of 65536.
std::int64_t decay_of(unsigned recovery, unsigned speed) {
  std::int64_t decay = 65536 - ((recovery % 2 != 0 ? 46341 : 65536) >> (recovery / 2 + 1));
  for (unsigned period = 1U << speed; period < timing::kStpStep; period *= 2)
    decay = (decay * decay + 32768) >> 16;
  return decay;
}

}  // namespace

void SynapseArray::rest_all() {
  for (Stp& stp : stp_) stp.rest = true;
}

void SynapseArray::write_cell(unsigned odd, unsigned row, unsigned value, Clock now) {
  catch_up(now);
  std::uint16_t& cell = cells_[4 * odd + row];
  if (row >= 2 && cell != value) rest_all();
  cell = static_cast<std::uint16_t>(value);
}

void SynapseArray::write_recovery(unsigned config, Clock now) {
  if (config == recovery_) return;
  catch_up(now);
  recovery_ = config;
  recovery_since_ = now;
  rest_all();
}

// Kind 0: v_charge, 2: v_recover.
std::int32_t SynapseArray::voltage(unsigned driver, unsigned kind) const {
  std::int32_t const value =
      std::min<std::int32_t>(1022, cells_[4 * (driver % 2) + kind + (drivers_[driver][2] & 1U)]);
  return (value << 7) + (value >> 2);
}

// Steps of the recovery that an event in clock `now` sees, since the last change of the configuration.
std::uint64_t SynapseArray::steps_before(Clock now) const {
  if ((recovery_ & 0x10) == 0 || now <= recovery_since_) return 0;
  return (now - 1 - recovery_since_) / std::max(1U << (recovery_ & 15U), timing::kStpStep);
}

unsigned SynapseArray::use_stp(unsigned driver, Clock now) {
  Stp& stp = stp_[driver];
  std::int64_t const target = voltage(driver, 2);
  std::uint64_t const steps = steps_before(now);
  if (stp.rest) {
    stp.state = static_cast<std::int32_t>(target);
  } else if ((drivers_[driver][2] & 0x80) != 0 && stp.steps != steps) {
    unsigned const stored = drivers_[driver][1];  // reversed
    unsigned const recovery =
        (stored & 1U) << 3 | (stored & 2U) << 1 | (stored >> 1 & 2U) | (stored >> 3 & 1U);
    std::int64_t const decay = decay_of(recovery, recovery_ & 15U);
    for (std::uint64_t left = steps - stp.steps; left != 0; --left) {
      auto const next =
          static_cast<std::int32_t>(target + (((stp.state - target) * decay + 32768) >> 16));
      if (next == stp.state) break;  // and stays so
      stp.state = next;
    }
  }
  stp.rest = false;
  stp.steps = steps;
  auto const factor = static_cast<unsigned>((stp.state + 256) >> 9);
  std::int32_t const utilization = drivers_[driver][0] & 15;
  stp.state += ((voltage(driver, 0) - stp.state) * utilization + 8) >> 4;
  return factor;
}

// Of an event on a modulated driver, 256 = 1.0; the event changes the state.
unsigned SynapseArray::factor_of(unsigned driver, unsigned label, bool hagen, Clock now) {
  if (!hagen) return use_stp(driver, now);
  unsigned const activation = (label & 31U) == 0 ? 31 : 32 - (label & 31U);
  return (512 * activation + 31) / 62;
}

// ---- events

Charges::Bank& SynapseArray::bank_at(Clock granted) {
  return charges_.of((granted + timing::kPadiPipe - start_) / kSlots);
}

unsigned SynapseArray::offer(unsigned valid, std::array<PadiEvent, 4> const& events, Clock now) {
  if (options_.row_port != 0) catch_up(now - 1);
  unsigned granted = 0;
  for (unsigned i = 0; i < 4; ++i) {
    unsigned const bus = options_.padi_ports == 1 ? (turn_ + i) % 4 : i;
    if ((valid >> bus & 1U) == 0 || free_at(bus) > now) continue;
    granted |= 1U << bus;
    if (options_.row_port != 0) {
      start_event(ports_[options_.padi_ports == 1 ? 0 : bus], bus, events[bus], now);
    } else {
      charge_event(bus, events[bus], now);
    }
    if (options_.padi_ports == 1) {
      turn_ = (bus + 1) % 4;
      break;
    }
  }
  return granted;
}

Clock SynapseArray::free_at(unsigned bus) const {
  return ports_[options_.padi_ports == 1 ? 0 : bus].free;
}

void SynapseArray::make_sums(Note& note, unsigned bus, unsigned label) {
  if (note.made_at == 0) {
    note.kept = static_cast<std::uint32_t>(kept_.size());
    kept_.push_back(std::make_unique<Kept>());
  }
  note.made_at = writes_[bus];
  Kept& kept = *kept_[note.kept];
  std::uint64_t const rows = rows_of(reacting_[bus][label / 64] & ~modulated_[bus]);
  for (unsigned sign = 0; sign < 2; ++sign) {
    Sum& sum = kept.sum[sign];
    std::memset(sum, 0, sizeof sum);
    for (std::uint64_t left = rows & enabled_[bus][sign]; left != 0; left &= left - 1) {
      unsigned const j = static_cast<unsigned>(std::countr_zero(left));
      auto const key =
          static_cast<std::uint16_t>((label & 63U) << 8 & label_mask_[4 * (j / 2) + bus]);
      RowSynapses const& row = rows_[row_at(bus, j)];
      for (unsigned s = 0; s < kSlots; ++s) at(sum[s]) += active(at(row.synapse[s]), key);
    }
    note.largest[sign] = *std::max_element(&sum[0][0], &sum[0][0] + 256);
  }
}

void SynapseArray::add(Charges::Bank& bank, unsigned sign, Sum const& sum, unsigned largest,
                       unsigned factor) {
  if (largest == 0) return;
  bank.charged[hemisphere_] = true;
  auto const f = static_cast<std::uint16_t>(factor);
  std::uint16_t* const charge = &bank.charge[sign][0][16 * hemisphere_];
  if (factor == 1) {
    for (unsigned s = 0; s < kSlots; ++s)
      at(charge + kLanes * s) = add_limited(at(charge + kLanes * s), at(sum[s]));
  } else {
    // 64 rows * 63 * 16 fits 16 bits.
    for (unsigned s = 0; s < kSlots; ++s)
      at(charge + kLanes * s) = add_limited(at(charge + kLanes * s), at(sum[s]) * f);
  }
  if (largest * factor < kBypassCharge) return;
  bank.marked[hemisphere_] = true;
  std::uint16_t* const mark = &bank.mark[sign][0][16 * hemisphere_];
  for (unsigned s = 0; s < kSlots; ++s)
    at(mark + kLanes * s) |= (at(sum[s]) * f >= kBypassCharge) & 1;
}

void SynapseArray::charge_event(unsigned bus, PadiEvent const& event, Clock now) {
  Note& note = notes_[kLabels * bus + event.label % kLabels];
  if (note.made_at != writes_[bus]) make_sums(note, bus, event.label % kLabels);
  Kept const& kept = *kept_[note.kept];
  if ((reacting_[bus][event.label / 64 % 32] & modulated_[bus]) != 0) {
    charge_modulated(bank_at(now), bus, event, kept, now);
    return;
  }
  if (note.largest[0] == 0 && note.largest[1] == 0) return;
  Charges::Bank& bank = bank_at(now);
  for (unsigned sign = 0; sign < 2; ++sign)
    add(bank, sign, kept.sum[sign], note.largest[sign], 1 + event.extension);
}

// The kept sum and the rows of modulated drivers.
void SynapseArray::charge_modulated(Charges::Bank& bank, unsigned bus, PadiEvent const& event,
                                    Kept const& kept, Clock now) {
  Kept total = kept;
  std::uint32_t drivers = reacting_[bus][event.label / 64 % 32] & modulated_[bus];
  for (; drivers != 0; drivers &= drivers - 1) {
    unsigned const index = static_cast<unsigned>(std::countr_zero(drivers));
    std::uint64_t const both = std::uint64_t{3} << (2 * index);
    if (((enabled_[bus][0] | enabled_[bus][1]) & both) == 0) continue;
    unsigned const driver = 4 * index + bus;
    auto const factor = static_cast<std::uint16_t>(
        factor_of(driver, event.label, (hagen_[bus] >> index & 1U) != 0, now));
    auto const key = static_cast<std::uint16_t>((event.label & 63U) << 8 & label_mask_[driver]);
    for (unsigned j = 2 * index; j < 2 * index + 2; ++j) {
      RowSynapses const& row = rows_[row_at(bus, j)];
      for (unsigned sign = 0; sign < 2; ++sign) {
        if ((enabled_[bus][sign] >> j & 1U) == 0) continue;
        for (unsigned s = 0; s < kSlots; ++s)
          at(total.sum[sign][s]) += pulse(active(at(row.synapse[s]), key), factor);
      }
    }
  }
  for (unsigned sign = 0; sign < 2; ++sign) {
    unsigned const largest =
        *std::max_element(&total.sum[sign][0][0], &total.sum[sign][0][0] + 256);
    add(bank, sign, total.sum[sign], largest, 1 + event.extension);
  }
}

// ---- row port

// Clocks of an event with rows.
unsigned SynapseArray::clocks_of(Port const& port) const {
  if (options_.row_port == 1) return static_cast<unsigned>(std::popcount(port.rows));
  auto const plain = std::popcount(port.rows & ~rows_of(port.modulated));
  auto const modulated = std::popcount(port.rows & rows_of(port.modulated));
  return 2U * port.pulses * static_cast<unsigned>(plain + kSteps * modulated);
}

void SynapseArray::start_event(Port& port, unsigned bus, PadiEvent const& event, Clock now) {
  std::uint64_t const rows = rows_of(reacting_[bus][event.label / 64 % 32]);
  port.next = std::max(now, still_until_);
  port.begun = false;
  port.bus = bus;
  port.label = event.label & 63U;
  port.pulses = 1 + event.extension;
  port.pulse = port.half = 0;
  port.known = kBusDrivers;
  port.modulated = modulated_[bus];
  port.hagen = hagen_[bus];
  for (unsigned sign = 0; sign < 2; ++sign) port.enabled[sign] = enabled_[bus][sign];
  port.rows = rows & (port.enabled[0] | port.enabled[1]);
  port.free = port.rows == 0 ? now : port.next + clocks_of(port);
  for (unsigned index = 0; index < kBusDrivers; ++index)
    port.label_mask[index] = label_mask_[4 * index + bus];
  std::memset(port.brought, 0, sizeof port.brought);
}

// Both rows of a driver have the factor as of the first one.
void SynapseArray::find_factor(Port& port, unsigned index) {
  if (port.known == index) return;
  port.known = index;
  port.factor =
      (port.modulated >> index & 1U) == 0
          ? 256
          : factor_of(4 * index + port.bus, port.label, (port.hagen >> index & 1U) != 0, port.next);
}

// The charge of the port in clock port.next, in slots first, first + stride ...
void SynapseArray::bring(Port& port, unsigned j, unsigned first, unsigned stride) {
  Charges::Bank& bank = bank_at(port.next);
  bank.charged[hemisphere_] = true;
  for (unsigned sign = 0; sign < 2; ++sign) {
    if ((port.enabled[sign] >> j & 1U) == 0) continue;
    std::uint16_t* const charge = &bank.charge[sign][0][16 * hemisphere_];
    std::uint16_t* const mark = &bank.mark[sign][0][16 * hemisphere_];
    for (unsigned s = first; s < kSlots; s += stride) {
      V const x = at(port.charge[s]);
      at(charge + kLanes * s) = add_limited(at(charge + kLanes * s), x);
      V const before = at(port.brought[sign][s]);
      V const after = before + x;
      at(port.brought[sign][s]) = after;
      // What reaches the limit sets the mark.
      at(mark + kLanes * s) |= (before < kBypassCharge) & (after >= kBypassCharge) & 1;
    }
    bank.marked[hemisphere_] = true;
  }
}

// The lowest row that is left, all of it.
void SynapseArray::charge_row(Port& port) {
  unsigned const j = static_cast<unsigned>(std::countr_zero(port.rows));
  find_factor(port, j / 2);
  auto const key = static_cast<std::uint16_t>(port.label << 8 & port.label_mask[j / 2]);
  auto const factor = static_cast<std::uint16_t>(port.factor);
  auto const pulses = static_cast<std::uint16_t>(port.pulses);
  RowSynapses const& row = rows_[row_at(port.bus, j)];
  for (unsigned s = 0; s < kSlots; ++s)
    at(port.charge[s]) = pulse(active(at(row.synapse[s]), key), factor) * pulses;
  bring(port, j, 0, 1);
  ++port.next;
  port.rows &= port.rows - 1;
}

// First clock of a half: even columns (half 0) are in odd slots.
void SynapseArray::begin_half(Port& port) {
  unsigned const j = static_cast<unsigned>(std::countr_zero(port.rows));
  find_factor(port, j / 2);
  auto const key = static_cast<std::uint16_t>(port.label << 8 & port.label_mask[j / 2]);
  RowSynapses const& row = rows_[row_at(port.bus, j)];
  for (unsigned s = 1 - port.half; s < kSlots; s += 2)
    at(port.charge[s]) =
        pulse(active(at(row.synapse[s]), key), static_cast<std::uint16_t>(port.factor));
  port.begun = true;
  if ((port.modulated >> (j / 2) & 1U) != 0) port.next += kSteps - 1;
}

// Last clock of a half.
void SynapseArray::end_half(Port& port) {
  bring(port, static_cast<unsigned>(std::countr_zero(port.rows)), 1 - port.half, 2);
  ++port.next;
  port.begun = false;
  port.half = 1 - port.half;
  if (port.half == 0 && ++port.pulse == port.pulses) {
    port.pulse = 0;
    port.rows &= port.rows - 1;
  }
}

// What is due in clock port.next.
void SynapseArray::run(Port& port) {
  if (options_.row_port == 1) {
    charge_row(port);
    return;
  }
  Clock const now = port.next;
  if (!port.begun) begin_half(port);
  if (port.next == now) end_half(port);
}

void SynapseArray::access(Clock now) {
  if (!is_held_by_accesses()) return;
  catch_up(now - 1);
  Clock const from = std::max(now, still_until_);
  still_until_ = now + 2;
  for (Port& port : ports_) {
    if (port.rows == 0) continue;
    port.next += still_until_ - from;
    port.free += still_until_ - from;
  }
}

Clock SynapseArray::next_row() const {
  Clock next = kNever;
  for (Port const& port : ports_) {
    if (port.rows != 0) next = std::min(next, port.next);
  }
  return next;
}

void SynapseArray::run_rows(Clock now) {
  for (Port& port : ports_) {
    while (port.rows != 0 && port.next <= now) run(port);
  }
}

void SynapseArray::restart(Clock start) {
  start_ = start;
  turn_ = 0;
  for (Port& port : ports_) port.rows = port.free = 0;
  recovery_ = 0;
  recovery_since_ = start;
  rest_all();
}

}  // namespace hx::sim
