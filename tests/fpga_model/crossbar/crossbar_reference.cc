#include "tests/fpga_model/crossbar/crossbar_reference.h"

#include <algorithm>

namespace hx::test {

namespace {

// Addresses in the block 0x00130000.
constexpr unsigned kNodes = 0x19;
constexpr unsigned kDrops = 0x65;
constexpr unsigned kEvents = 0x79;

// Outputs that have a node at the input, ascending.
std::vector<unsigned> outputs_of(unsigned input) {
  if (input < 8) return {input % 4, input % 4 + 4, input % 4 + 8};
  if (input < 12) return {0, 1, 2, 3, 4, 5, 6, 7, input};
  if (input < 16) return {input - 12, input - 4};
  return {input - 12, input - 8};
}

}  // namespace

CrossbarReference::CrossbarReference(unsigned pipe, unsigned padi_fifo, unsigned l2_fifo)
    : pipe_(pipe) {
  for (unsigned input = 0; input < 20; ++input) {
    for (unsigned output : outputs_of(input)) nodes_.push_back(Node{input, output});
  }
  for (unsigned o = 0; o < 12; ++o) depth_[o] = o < 8 ? padi_fifo : l2_fifo;
}

CrossbarReference::Node const& CrossbarReference::node(unsigned input, unsigned output) const {
  return *std::find_if(nodes_.begin(), nodes_.end(),
                       [&](Node const& n) { return n.input == input && n.output == output; });
}

bool CrossbarReference::stores(unsigned output, CrossbarInputs const& inputs) const {
  return output >= 8 || (inputs.enable_spl1 >> output & 1u) != 0;
}

void CrossbarReference::drop(unsigned input) {
  drops_[input] = std::min(drops_[input] + 1, 0xffffu);
}

void CrossbarReference::count(unsigned output) {
  if ((config_ >> (4 + output) & 1u) != 0) {
    outputs_[output].events = (outputs_[output].events + 1) & 0xffffffu;
  }
}

void CrossbarReference::store(unsigned output, std::uint16_t label) {
  outputs_[output].fifo.push_back({label, now_ + pipe_});
}

std::array<std::vector<unsigned>, 12> CrossbarReference::takes() const {
  std::array<std::vector<unsigned>, 12> result;
  for (unsigned o = 0; o < 12; ++o) {
    bool const full = outputs_[o].fifo.size() >= depth_[o];
    for (unsigned k = 0; k < 20; ++k) {
      unsigned const input = (outputs_[o].turn + k) % 20;
      if (!registers_[input].pending[o]) continue;
      result[o].push_back(input);
      if (!full) break;
    }
  }
  return result;
}

std::uint32_t CrossbarReference::word(unsigned address) const {
  if (address == 0) return config_;
  if (address >= kNodes && address < kDrops) return nodes_[address - kNodes].word;
  if (address >= kDrops && address < kEvents) return drops_[address - kDrops];
  if (address >= kEvents && address < kEvents + 12) return outputs_[address - kEvents].events;
  return 0;
}

void CrossbarReference::set_word(unsigned address, std::uint32_t value) {
  if (address == 0) config_ = value & 0xffffu;
  if (address >= kNodes && address < kDrops) nodes_[address - kNodes].word = value & 0xbfff3fffu;
  if (address >= kDrops && address < kEvents) drops_[address - kDrops] = value & 0xffffu;
  if (address >= kEvents && address < kEvents + 12) {
    outputs_[address - kEvents].events = value & 0xffffffu;
  }
}

CrossbarOutputs CrossbarReference::clock(CrossbarInputs const& inputs) {
  CrossbarOutputs out;
  out.read = answer_;
  answer_.reset();
  if (inputs.read) answer_ = word(*inputs.read);

  auto const going = takes();
  for (unsigned i = 0; i < 20; ++i) {
    out.ready[i] = true;
    for (unsigned o = 0; o < 12; ++o) {
      bool const goes = std::find(going[o].begin(), going[o].end(), i) != going[o].end();
      if (registers_[i].pending[o] && !goes) out.ready[i] = false;
    }
  }
  std::array<bool, 12> full{};
  for (unsigned o = 0; o < 12; ++o) {
    Output const& output = outputs_[o];
    full[o] = output.fifo.size() >= depth_[o];
    if (!output.fifo.empty() && output.fifo.front().from <= now_ && output.rest_until <= now_) {
      out.heads[o] = output.fifo.front().label;
    }
  }

  // Takes.
  for (unsigned o = 0; o < 12; ++o) {
    for (unsigned input : going[o]) {
      registers_[input].pending[o] = false;
      if (full[o]) {
        if (node(input, o).counts_drops()) drop(input);
        continue;
      }
      outputs_[o].turn = (input + 1) % 20;
      count(o);
      if (stores(o, inputs)) store(o, registers_[input].label);
    }
  }
  // PADI event write.
  for (unsigned o = 0; o < 8; ++o) {
    if ((inputs.padi_store >> o & 1u) == 0 || stores(o, inputs) || full[o]) continue;
    count(o);
    store(o, static_cast<std::uint16_t>(inputs.padi_label));
  }
  // Pops.
  for (unsigned o = 0; o < 12; ++o) {
    if (!out.heads[o] || (inputs.out_ready >> o & 1u) == 0) continue;
    outputs_[o].fifo.pop_front();
    if (o >= 8 && (config_ >> (o - 8) & 1u) != 0) outputs_[o].rest_until = now_ + 4;
  }
  // Losses of the sources.
  for (unsigned i = 0; i < 20; ++i) {
    bool const counts = std::any_of(nodes_.begin(), nodes_.end(), [&](Node const& n) {
      return n.input == i && n.counts_drops();
    });
    if (inputs.lost[i] && counts) drop(i);
  }
  // Accepted events.
  for (unsigned i = 0; i < 20; ++i) {
    if (!inputs.events[i] || !out.ready[i]) continue;
    registers_[i].label = *inputs.events[i];
    for (Node const& n : nodes_) {
      if (n.input == i) registers_[i].pending[n.output] = n.passes(*inputs.events[i]);
    }
  }
  // Writes.
  if (inputs.write) {
    std::uint32_t mask = 0;
    for (unsigned b = 0; b < 4; ++b) {
      if ((inputs.write->byte_enables >> b & 1u) != 0) mask |= 0xffu << (8 * b);
    }
    set_word(inputs.write->address,
             (word(inputs.write->address) & ~mask) | (inputs.write->data & mask));
  }
  ++now_;
  return out;
}

}  // namespace hx::test
