#include "sim/twin/crossbar.h"

#include "sim/twin/bytes.h"

namespace hx::sim {
namespace {

// Offsets in the block 0x00130000.
constexpr std::uint32_t kOutputConfig = 0x00;
constexpr std::uint32_t kNodeFirst = 0x19;
constexpr std::uint32_t kDropFirst = kNodeFirst + Crossbar::kNodes;
constexpr std::uint32_t kEventFirst = kDropFirst + Crossbar::kInputs;
constexpr std::uint32_t kEnd = kEventFirst + Crossbar::kOutputs;

}  // namespace

Crossbar::Crossbar() {
  heads_.fill(kEmpty);
  for (unsigned n = 0; n < kNodes; ++n) {
    auto const [input, output] = geometry::kNodePlaces[n];
    nodes_[n].input = input;
    nodes_[n].output = output;
    node_of_[input][output] = static_cast<std::uint8_t>(n);
    for (unsigned i = input + 1U; i <= kInputs; ++i)
      first_node_[i] = static_cast<std::uint8_t>(n + 1);
  }
}

std::uint32_t Crossbar::read(std::uint32_t address) const {
  if (address == kOutputConfig) return enable_event_counter_ << 4 | enable_slow_;
  if (address < kNodeFirst || address >= kEnd) return 0;
  if (address >= kEventFirst) return events_[address - kEventFirst];
  if (address >= kDropFirst) return drops_[address - kDropFirst];
  Node const& node = nodes_[address - kNodeFirst];
  return std::uint32_t{node.count_drops} << 31 | std::uint32_t{node.target} << 16 | node.mask;
}

void Crossbar::write(std::uint32_t address, std::uint32_t data, unsigned byte_enables) {
  std::uint32_t const word = merged(read(address), data, byte_enables);
  if (address == kOutputConfig) {
    enable_slow_ = word & 0xf;
    enable_event_counter_ = word >> 4 & 0xfff;
  } else if (address >= kEventFirst && address < kEnd) {
    events_[address - kEventFirst] = word & 0xff'ffff;
  } else if (address >= kDropFirst && address < kEventFirst) {
    drops_[address - kDropFirst] = word & 0xffff;
  } else if (address >= kNodeFirst && address < kDropFirst) {
    Node& node = nodes_[address - kNodeFirst];
    node.mask = static_cast<std::uint16_t>(word & 0x3fff);
    node.target = static_cast<std::uint16_t>(word >> 16 & 0x3fff);
    node.count_drops = (word >> 31) != 0;
  }
}

void Crossbar::take_pending(Clock now, unsigned enable_spl1) {
  for (unsigned rest = wanted_; rest != 0; rest &= rest - 1) {
    auto const output = static_cast<unsigned>(std::countr_zero(rest));
    std::uint32_t const pending = pending_[output];
    if (full(output)) {
      for (std::uint32_t gone = pending; gone != 0; gone &= gone - 1) {
        auto const input = static_cast<unsigned>(std::countr_zero(gone));
        if (nodes_[node_of_[input][output]].count_drops) drop(input, 1);
      }
      pending_[output] = 0;
    } else {
      std::uint32_t const beyond = pending & beyond_[output];
      auto const input = static_cast<unsigned>(std::countr_zero(beyond != 0 ? beyond : pending));
      pending_[output] = pending & ~(1U << input);
      beyond_[output] = ~((2U << input) - 1);
      // A bus that does not listen to the crossbar: counted, not stored.
      if (output >= kPadiOutputs || (enable_spl1 >> output & 1) != 0)
        push(output, labels_[input], now);
      count_event(output);
    }
    if (pending_[output] == 0) wanted_ &= ~(1U << output);
    left_ |= pending_[output];
  }
}

void Crossbar::store(unsigned mask, unsigned label, Clock now) {
  for (; mask != 0; mask &= mask - 1) {
    auto const output = static_cast<unsigned>(std::countr_zero(mask));
    if (full(output)) continue;
    push(output, label, now);
    count_event(output);
  }
}

void Crossbar::accept(unsigned input, unsigned label) {
  labels_[input] = static_cast<std::uint16_t>(label);
  for (unsigned n = first_node_[input]; n < first_node_[input + 1]; ++n) {
    Node const& node = nodes_[n];
    if ((label & node.mask) != node.target) continue;
    pending_[node.output] |= 1U << input;
    wanted_ |= 1U << node.output;
  }
}

void Crossbar::lost(unsigned inputs) {
  for (; inputs != 0; inputs &= inputs - 1) {
    auto const input = static_cast<unsigned>(std::countr_zero(inputs));
    for (unsigned n = first_node_[input]; n < first_node_[input + 1]; ++n) {
      if (!nodes_[n].count_drops) continue;
      drop(input, 1);
      break;
    }
  }
}

void Crossbar::reset() {
  for (Node& node : nodes_) {
    node.mask = 0;
    node.target = 0;
    node.count_drops = false;
  }
  enable_slow_ = 0;
  enable_event_counter_ = 0;
  drops_.fill(0);
  events_.fill(0);
  labels_.fill(0);
  pending_.fill(0);
  beyond_.fill(0);
  wanted_ = 0;
  left_ = 0;
  for (auto& fifo : fifos_) fifo.clear();
  heads_.fill(kEmpty);
  next_padi_ = next_l2_ = kEmpty;
  rested_.fill(0);
}

}  // namespace hx::sim
