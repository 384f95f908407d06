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

// Weights of the synapses that match `key`, times factor.
V active(V synapses, std::uint16_t key) {
  V const x = synapses ^ key;
  return x < 64 ? x : V{};
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
  label_mask_[driver] = (word0 & 0x4000) != 0 ? 0x2000 : 0x3f00;  // stored inverted
  for (unsigned sign = 0; sign < 2; ++sign) {
    std::uint64_t const modes = word1 >> (4 + 2 * sign) & 3U;  // bottom (even) row, top row
    enabled_[bus][sign] =
        (enabled_[bus][sign] & ~(std::uint64_t{3} << (2 * index))) | modes << (2 * index);
  }
  ++writes_[bus];
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
  Port const& port = ports_[options_.padi_ports == 1 ? 0 : bus];
  return port.rows == 0 ? 0 : port.next + static_cast<Clock>(std::popcount(port.rows));
}

void SynapseArray::make_sums(Note& note, unsigned bus, unsigned label) {
  if (note.made_at == 0) {
    note.kept = static_cast<std::uint32_t>(kept_.size());
    kept_.push_back(std::make_unique<Kept>());
  }
  note.made_at = writes_[bus];
  Kept& kept = *kept_[note.kept];
  std::uint64_t const rows = rows_of(reacting_[bus][label / 64]);
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
  if (note.largest[0] == 0 && note.largest[1] == 0) return;
  Charges::Bank& bank = bank_at(now);
  Kept const& kept = *kept_[note.kept];
  for (unsigned sign = 0; sign < 2; ++sign)
    add(bank, sign, kept.sum[sign], note.largest[sign], 1 + event.extension);
}

// ---- row port

void SynapseArray::start_event(Port& port, unsigned bus, PadiEvent const& event, Clock now) {
  std::uint64_t const rows = rows_of(reacting_[bus][event.label / 64 % 32]);
  port.next = now;
  port.bus = bus;
  port.label = event.label & 63U;
  port.factor = 1 + event.extension;
  for (unsigned sign = 0; sign < 2; ++sign) port.enabled[sign] = enabled_[bus][sign];
  port.rows = rows & (port.enabled[0] | port.enabled[1]);
  for (unsigned index = 0; index < kBusDrivers; ++index)
    port.label_mask[index] = label_mask_[4 * index + bus];
  std::memset(port.brought, 0, sizeof port.brought);
}

// The lowest row that is left, in clock port.next.
void SynapseArray::charge_row(Port& port) {
  unsigned const j = static_cast<unsigned>(std::countr_zero(port.rows));
  port.rows &= port.rows - 1;
  Charges::Bank& bank = bank_at(port.next++);
  bank.charged[hemisphere_] = true;
  auto const key = static_cast<std::uint16_t>(port.label << 8 & port.label_mask[j / 2]);
  auto const factor = static_cast<std::uint16_t>(port.factor);
  RowSynapses const& row = rows_[row_at(port.bus, j)];
  for (unsigned sign = 0; sign < 2; ++sign) {
    if ((port.enabled[sign] >> j & 1U) == 0) continue;
    std::uint16_t* const charge = &bank.charge[sign][0][16 * hemisphere_];
    std::uint16_t* const mark = &bank.mark[sign][0][16 * hemisphere_];
    for (unsigned s = 0; s < kSlots; ++s) {
      V const x = active(at(row.synapse[s]), key) * factor;
      at(charge + kLanes * s) = add_limited(at(charge + kLanes * s), x);
      V const before = at(port.brought[sign][s]);
      V const after = before + x;
      at(port.brought[sign][s]) = after;
      // The row that reaches the limit sets the mark.
      at(mark + kLanes * s) |= (before < kBypassCharge) & (after >= kBypassCharge) & 1;
    }
    bank.marked[hemisphere_] = true;
  }
}

Clock SynapseArray::next() const {
  Clock next = kNever;
  for (Port const& port : ports_) {
    if (port.rows != 0) next = std::min(next, port.next);
  }
  return next;
}

void SynapseArray::catch_up(Clock now) {
  if (options_.row_port == 0) return;
  for (Port& port : ports_) {
    while (port.rows != 0 && port.next <= now) charge_row(port);
  }
}

void SynapseArray::restart(Clock start) {
  start_ = start;
  turn_ = 0;
  for (Port& port : ports_) port.rows = 0;
}

}  // namespace hx::sim
