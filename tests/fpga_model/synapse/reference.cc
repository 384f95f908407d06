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

}  // namespace

SynapseArrayReference::SynapseArrayReference(SynapseArrayShape const& shape)
    : shape_(shape),
      memory_(2 * shape.rows + 4),
      drivers_(shape.rows / 2),
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
    unsigned const mask = word0 >> 9 & 31u;
    if (!bit(word0, 15) || (row_select & mask) != (d / 4 & mask)) continue;
    for (unsigned top = 0; top < 2; ++top) {
      Row const row{2 * d + top, {bit(word1, 4 + top), bit(word1, 6 + top)}, !bit(word0, 14)};
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

void SynapseArrayReference::charge(Port& port, Row const& row) {
  unsigned const label = port.event.label & (row.address_out ? 0x3fu : 0x20u);
  Sums& sums = interval(now_ + shape_.padi_pipe);
  for (unsigned column = 0; column < shape_.columns; ++column) {
    if ((byte(2 * row.row + 1, column) & 0x3fu) != label) continue;
    unsigned const charge = weight_of(byte(2 * row.row, column)) * (1 + port.event.extension);
    for (unsigned x = 0; x < 2; ++x) {
      if (!row.sign[x]) continue;
      bool const before = port.brought[x][column] >= 256;
      port.brought[x][column] += charge;
      if (!before && port.brought[x][column] >= 256) sums.bypass[x][column] = true;
      sums.charge[x][column] += charge;
    }
  }
}

void SynapseArrayReference::grant(unsigned bus, SynapseArrayInputs::Event const& event) {
  Port& port = ports_[shape_.padi_ports == 1 ? 0 : bus];
  port.event = event;
  port.rows = rows_of(bus, event.label >> 6);
  port.next = 0;
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

SynapseArrayOutputs SynapseArrayReference::clock(SynapseArrayInputs const& inputs) {
  SynapseArrayOutputs out;
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
  // Charges: all rows at once or one.
  for (Port& port : ports_) {
    if (!port.busy) continue;
    std::size_t const count = shape_.row_port != 0 ? 1 : port.rows.size();
    for (std::size_t i = 0; i < count && port.next < port.rows.size(); ++i) {
      charge(port, port.rows[port.next++]);
    }
    port.busy = port.next < port.rows.size();
  }
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
  if (inputs.driver && inputs.driver->index < drivers_.size()) {
    drivers_[inputs.driver->index][inputs.driver->word] = inputs.driver->data;
  }
  ++now_;
  return out;
}

}  // namespace hx::test
