#include "tests/fpga_model/synapse/reference.h"

#include <algorithm>

namespace hx::test {

namespace {

bool bit(unsigned value, unsigned position) {
  return (value >> position & 1u) != 0;
}

// The memory keeps the weight bits in the order w5 w0 w1 w2 w3 w4.
unsigned weight_of(std::uint8_t stored) {
  constexpr unsigned kMeaning[6] = {4, 3, 2, 1, 0, 5};
  unsigned weight = 0;
  for (unsigned i = 0; i < 6; ++i) {
    if (bit(stored, i)) weight |= 1u << kMeaning[i];
  }
  return weight;
}

// Recovery per step, 65536 = nothing.
std::int64_t decay_of(unsigned recovery, unsigned speed) {
  std::int64_t decay = 65536 - ((recovery % 2 != 0 ? 46341 : 65536) >> (recovery / 2 + 1));
  for (unsigned i = speed; i < 8; ++i) decay = (decay * decay + 32768) >> 16;
  return decay;
}

}  // namespace

SynapseArrayReference::SynapseArrayReference(SynapseArrayShape const& shape)
    : shape_(shape),
      memory_(2 * shape.rows + 4),
      drivers_(shape.rows / 2),
      stp_(shape.rows / 2),
      ports_(shape.padi_ports) {}

std::uint8_t SynapseArrayReference::byte(unsigned physical_row, unsigned column) const {
  unsigned const quad = 32 * (column % 2) + column / 8;
  unsigned const entry = column / 2 % 4;
  return static_cast<std::uint8_t>(memory_[physical_row][quad] >> (8 * (3 - entry)));
}

std::vector<SynapseArrayReference::Row> SynapseArrayReference::rows_of(unsigned bus,
                                                                       unsigned row_select) const {
  std::vector<Row> rows;
  for (unsigned d = bus; d < drivers_.size(); d += 4) {
    std::uint16_t const word0 = drivers_[d][0];
    std::uint16_t const word1 = drivers_[d][1];
    std::uint16_t const word2 = drivers_[d][2];
    unsigned const mask = word0 >> 9 & 31u;
    if (!bit(word0, 15) || (row_select & mask) != (d / 4 & mask)) continue;
    for (unsigned top = 0; top < 2; ++top) {
      Row row{
          2 * d + top, {bit(word1, 4 + top), bit(word1, 6 + top)}, !bit(word0, 14), false, false};
      row.modulated = bit(word2, 4);
      row.hagen = row.modulated && bit(word2, 3) && bit(word0, 8);
      if (row.sign[0] || row.sign[1]) rows.push_back(row);
    }
  }
  return rows;
}

SynapseArrayReference::Sums& SynapseArrayReference::interval(std::uint64_t clock) {
  Sums& sums = intervals_[clock / shape_.slots];
  for (unsigned x = 0; x < 2; ++x) {
    sums.charge[x].resize(shape_.columns);
    sums.bypass[x].resize(shape_.columns);
  }
  return sums;
}

std::int64_t SynapseArrayReference::voltage(unsigned driver, bool recover) const {
  unsigned const pair = drivers_[driver][2] & 1u;
  std::int64_t const value = std::min(1022u, cells_[4 * (driver % 2) + (recover ? 2 : 0) + pair]);
  return (value << 7) + (value >> 2);
}

unsigned SynapseArrayReference::factor(Port const& port, Row const& row) {
  if (!row.modulated) return 256;
  if (row.hagen) {
    unsigned const code = port.event.label & 31u;
    unsigned const x = code == 0 ? 31 : 32 - code;
    return (512 * x + 31) / 62;
  }
  unsigned const driver = row.row / 2;
  Stp& stp = stp_[driver];
  if (stp.rest) stp.state = voltage(driver, true);
  stp.rest = false;
  auto const factor = static_cast<unsigned>((stp.state + 256) >> 9);
  std::int64_t const utilization = drivers_[driver][0] & 15u;
  stp.state += ((voltage(driver, false) - stp.state) * utilization + 8) >> 4;
  return factor;
}

void SynapseArrayReference::rest_all() {
  for (Stp& stp : stp_) stp.rest = true;
}

// One step of the recovery of all drivers.
void SynapseArrayReference::recover() {
  for (unsigned d = 0; d < stp_.size(); ++d) {
    if (stp_[d].rest || !bit(drivers_[d][2], 7)) continue;
    unsigned recovery = 0;  // stored in reversed order
    for (unsigned i = 0; i < 4; ++i) recovery |= (drivers_[d][1] >> i & 1u) << (3 - i);
    std::int64_t const target = voltage(d, true);
    stp_[d].state =
        target + (((stp_[d].state - target) * decay_of(recovery, recovery_ & 15u) + 32768) >> 16);
  }
}

void SynapseArrayReference::step_recovery(unsigned config) {
  if (!bit(config, 4)) return;
  if (++recovery_clocks_ % (1u << std::max(8u, config & 15u)) == 0) recover();
}

std::vector<unsigned> SynapseArrayReference::pulse(Port const& port, Row const& row,
                                                   unsigned half) const {
  unsigned const label = port.event.label & (row.address_out ? 0x3fu : 0x20u);
  std::vector<unsigned> charges;
  for (unsigned column = half; column < shape_.columns; column += 2) {
    bool const match = (byte(2 * row.row + 1, column) & 0x3fu) == label;
    charges.push_back(match ? (weight_of(byte(2 * row.row, column)) * port.factor + 128) >> 8 : 0);
  }
  return charges;
}

void SynapseArrayReference::charge(Port& port, Row const& row, unsigned half,
                                   std::vector<unsigned> const& charges) {
  Sums& sums = interval(now_ + shape_.padi_pipe);
  for (unsigned i = 0; i < charges.size(); ++i) {
    unsigned const column = 2 * i + half;
    for (unsigned x = 0; x < 2; ++x) {
      if (!row.sign[x]) continue;
      bool const before = port.brought[x][column] >= 256;
      port.brought[x][column] += charges[i];
      if (!before && port.brought[x][column] >= 256) sums.bypass[x][column] = true;
      sums.charge[x][column] += charges[i];
    }
  }
}

// The next row of the event, all of it in this clock.
void SynapseArrayReference::run_row(Port& port) {
  if (port.next < port.rows.size()) {
    Row const& row = port.rows[port.next];
    bool const same_driver = port.next > 0 && port.rows[port.next - 1].row / 2 == row.row / 2;
    if (!same_driver) port.factor = factor(port, row);
    for (unsigned half = 0; half < 2; ++half) {
      auto const charges = pulse(port, row, half);
      for (unsigned n = 0; n <= port.event.extension; ++n) charge(port, row, half, charges);
    }
    ++port.next;
  }
  port.busy = port.next < port.rows.size();
}

// All rows in one clock.
void SynapseArrayReference::run_all_rows(Port& port) {
  while (port.busy) run_row(port);
}

// One clock of a port for half a row.
void SynapseArrayReference::run_half_row(Port& port) {
  if (port.next < port.rows.size()) {
    Row const& row = port.rows[port.next];
    bool const same_driver = port.next > 0 && port.rows[port.next - 1].row / 2 == row.row / 2;
    if (port.step == 0) {
      if (port.pulse == 0 && port.half == 0 && !same_driver) port.factor = factor(port, row);
      port.charges = pulse(port, row, port.half);
    }
    if (++port.step == (row.modulated ? 9 : 1)) {
      charge(port, row, port.half, port.charges);
      port.step = 0;
      if (port.half++ == 1) {
        port.half = 0;
        if (port.pulse++ == port.event.extension) {
          port.pulse = 0;
          ++port.next;
        }
      }
    }
  }
  port.busy = port.next < port.rows.size();
}

void SynapseArrayReference::grant(unsigned bus, SynapseArrayInputs::Event const& event) {
  Port& port = ports_[shape_.padi_ports == 1 ? 0 : bus];
  port.event = event;
  port.rows = rows_of(bus, event.label >> 6);
  port.next = 0;
  port.pulse = port.half = port.step = 0;
  for (auto& brought : port.brought) brought.assign(shape_.columns, 0);
  port.busy = true;
}

void SynapseArrayReference::show_charges(SynapseArrayOutputs& out) {
  unsigned const lanes = shape_.columns / shape_.slots;
  for (unsigned x = 0; x < 2; ++x) {
    out.charge[x].assign(lanes, 0);
    out.bypass[x].assign(lanes, false);
  }
  if (now_ < shape_.slots) return;
  auto const found = intervals_.find(now_ / shape_.slots - 1);
  if (found == intervals_.end()) return;
  for (unsigned x = 0; x < 2; ++x) {
    for (unsigned lane = 0; lane < lanes; ++lane) {
      unsigned const column = shape_.slots * lane + shape_.slots - 1 - slot();
      if (!bit(byte(2 * shape_.rows, column), 6 + x)) continue;
      out.charge[x][lane] =
          static_cast<unsigned>(std::min<std::uint64_t>(4095, found->second.charge[x][column]));
      out.bypass[x][lane] = found->second.bypass[x][column];
      out.any = out.any || out.charge[x][lane] != 0;
    }
  }
  if (last()) intervals_.erase(found);
}

void SynapseArrayReference::write_driver(SynapseArrayInputs::Driver const& write) {
  std::uint16_t& word = drivers_[write.index][write.word];
  unsigned const changed = word ^ write.data;
  // recovery; select_target_voltages, enable_stp, enable_recovery
  unsigned const matter = write.word == 1 ? 0xfu : write.word == 2 ? 0x91u : 0;
  if ((changed & matter) != 0) stp_[write.index].rest = true;
  word = write.data;
}

void SynapseArrayReference::write_cell(SynapseArrayInputs::Cell const& write) {
  unsigned const mask = (bit(write.bytes, 0) ? 0xffu : 0u) | (bit(write.bytes, 1) ? 0x300u : 0u);
  unsigned const value = (cells_[write.index] & ~mask) | (write.data & mask);
  if (value != cells_[write.index] && write.index % 4 >= 2) rest_all();
  cells_[write.index] = value;
}

SynapseArrayOutputs SynapseArrayReference::clock(SynapseArrayInputs const& inputs) {
  SynapseArrayOutputs out;
  if (inputs.recovery != recovery_) {
    recovery_ = inputs.recovery;
    recovery_clocks_ = 0;
    rest_all();
  }
  show_charges(out);
  if (auto const answer = answers_.find(now_); answer != answers_.end()) {
    out.read = answer->second;
    answers_.erase(answer);
  }

  // Grants.
  for (unsigned i = 0; i < 4; ++i) {
    unsigned const bus = shape_.padi_ports == 1 ? (turn_ + i) % 4 : i;
    if (!inputs.events[bus] || ports_[shape_.padi_ports == 1 ? 0 : bus].busy) continue;
    out.ready[bus] = true;
    grant(bus, *inputs.events[bus]);
    if (shape_.padi_ports == 1) {
      turn_ = (bus + 1) % 4;
      break;
    }
  }
  // Charges; ports for half a row stand still in the clock of an access to the memory and in the next one.
  bool const still = inputs.memory || accessed_;
  accessed_ = inputs.memory.has_value();
  for (Port& port : ports_) {
    if (!port.busy) continue;
    if (shape_.row_port == 0) {
      run_all_rows(port);
    } else if (shape_.row_port == 1) {
      run_row(port);
    } else if (!still) {
      run_half_row(port);
    } else {
      port.busy = !port.rows.empty();
    }
  }
  step_recovery(inputs.recovery);
  // Accesses.
  if (inputs.memory) {
    auto const& access = *inputs.memory;
    bool const exists = access.row < memory_.size() && access.quad % 32 < shape_.columns / 8;
    if (!access.write) {
      answers_[now_ + 2] = exists ? memory_[access.row][access.quad] : 0;
    } else if (exists) {
      std::uint32_t& word = memory_[access.row][access.quad];
      word = (word & ~access.mask) | (access.data & access.mask);
    }
  }
  if (inputs.driver && inputs.driver->index < drivers_.size()) write_driver(*inputs.driver);
  if (inputs.cell) write_cell(*inputs.cell);
  ++now_;
  return out;
}

}  // namespace hx::test
