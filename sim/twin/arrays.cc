#include "sim/twin/arrays.h"

#include <algorithm>

namespace hx::sim {
namespace {

// Reset values of CommonNeuronBackendConfig and SynapseBiasSelection.
constexpr BlockSwitches kBlockDefault{
    .force_reset = false, .enable_clocks = true, .scale_slow = 0, .scale_fast = 0};
constexpr std::uint32_t kSynapseBiasDefault = 0xffff;

}  // namespace

Arrays::Arrays(ArrayOptions const& options)
    : synapses_{SynapseArray(0, charges_, options.synapses),
                SynapseArray(1, charges_, options.synapses)},
      neurons_(charges_),
      unit_(options.mismatch) {
  for (unsigned block = 0; block < 2; ++block) neurons_.write_block(block, kBlockDefault, 0);
  unit_.reset_synapse_bias(kSynapseBiasDefault, 0);
}

// ---- time

Clock Arrays::due() const {
  Clock next = neurons_.due();
  // Coefficients for slots from unit_.next() on: what they make fire shows a pipeline later. The same holds for rows under way.
  if (unit_.next() != kNever) next = std::min(next, unit_.next() + timing::kNeuronPipe);
  for (SynapseArray const& synapses : synapses_) {
    if (synapses.next() != kNever) next = std::min(next, synapses.next() + 1);
  }
  return next;
}

void Arrays::act(Clock now) {
  while (unit_.next() <= now) {
    Clock const valid = unit_.next();
    advance(valid - 1);
    if (auto const result = unit_.act())
      neurons_.set_coefficients(result->circuit, result->coefficients, valid - 1);
  }
  advance(now);
}

// Rows under way are charged at most an interval before the neurons are computed. Those of clock `now` are left: an access to the memory
// in this clock may hold them, and no slot needs their charges before PadiPipe has passed.
void Arrays::advance(Clock now) {
  while (true) {
    Clock const rows = std::min(synapses_[0].next(), synapses_[1].next());
    if (rows >= now) break;
    Clock const until = std::min(now, rows + kSlots);
    for (SynapseArray& synapses : synapses_) synapses.catch_up(until - 1);
    neurons_.catch_up(until);
  }
  if (now > 0) {
    for (SynapseArray& synapses : synapses_) synapses.catch_up(now - 1);
  }
  neurons_.catch_up(now);
}

void Arrays::reset(Clock now) {
  if (now > 0) act(now - 1);
  neurons_.stop(now);
  for (SynapseArray& synapses : synapses_) synapses.restart(now);
  for (Charges::Bank& bank : charges_.banks) Charges::clear(bank);
  for (unsigned block = 0; block < 2; ++block) neurons_.write_block(block, kBlockDefault, now);
  unit_.reset_synapse_bias(kSynapseBiasDefault, now);
}

void Arrays::release(Clock now) {
  if (now > 0) act(now - 1);
  start_ = now;
  for (SynapseArray& synapses : synapses_) synapses.restart(now);
  neurons_.restart(now);
}

// ---- configuration

void Arrays::write_neuron(unsigned circuit, unsigned word, std::uint8_t data, Clock now) {
  act(now);
  unit_.write_neuron(circuit, word, data, now);
  neurons_.write_neuron(circuit, word, data, now);
}

void Arrays::write_backend(unsigned circuit, unsigned word, std::uint8_t data, Clock now) {
  act(now);
  neurons_.write_backend(circuit, word, data, now);
}

void Arrays::write_block(unsigned block, BlockSwitches const& switches, Clock now) {
  act(now);
  neurons_.write_block(block, switches, now);
}

void Arrays::write_capmem(unsigned quadrant, unsigned column, unsigned row, unsigned value,
                          Clock now) {
  act(now);
  unit_.write_capmem(quadrant, column, row, value, now);
  if (column == 128 && row < 4) synapses_[quadrant / 2].write_cell(quadrant % 2, row, value, now);
}

void Arrays::write_recovery(unsigned hemisphere, unsigned config, Clock now) {
  act(now);
  synapses_[hemisphere].write_recovery(config, now);
}

void Arrays::access_synapses(unsigned hemisphere, Clock now) {
  if (!synapses_[hemisphere].is_held_by_accesses() || now == 0) return;
  act(now - 1);
  synapses_[hemisphere].access(now);
}

void Arrays::write_synapse_bias(std::uint32_t data, Clock now) {
  act(now);
  unit_.write_synapse_bias(data, now);
}

void Arrays::write_synapses(unsigned hemisphere, unsigned physical_row, unsigned quad,
                            std::uint32_t mask, std::uint32_t data, Clock now) {
  access_synapses(hemisphere, now);
  act(now);
  synapses_[hemisphere].write_memory(physical_row, quad, mask, data, now);
}

void Arrays::write_driver(unsigned hemisphere, unsigned driver, unsigned word, std::uint16_t data,
                          Clock now) {
  act(now);
  synapses_[hemisphere].write_driver(driver, word, data, now);
}

// ---- events and commands

unsigned Arrays::offer(unsigned hemisphere, unsigned valid, std::array<PadiEvent, 4> const& events,
                       Clock now) {
  // The bank of the event must be free: booked up to an interval ahead, the passes not computed must not consume from more than two
  // intervals ago.
  if (neurons_.position() + kSlots < now) act(now - 1);
  return synapses_[hemisphere].offer(valid, events, now);
}

bool Arrays::reset_neuron(unsigned circuit, Clock now) {
  act(now);
  return neurons_.reset_neuron(circuit, now);
}

// ---- read-out

void Arrays::sample(unsigned row, Clock now) {
  act(now);
  neurons_.sample(row, now);
}

int Arrays::code(unsigned circuit, Clock now) {
  act(now);
  return neurons_.code(circuit);
}

NeuronState Arrays::state(unsigned circuit, Clock now) {
  act(now);
  return neurons_.state(circuit, now);
}

NeuronState Arrays::found(unsigned circuit, Clock now) {
  if (now > 0) act(now - 1);
  return neurons_.found(circuit, now);
}

}  // namespace hx::sim
