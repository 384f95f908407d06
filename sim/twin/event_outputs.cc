#include "sim/twin/event_outputs.h"

namespace hx::sim {
namespace {

unsigned output_of(unsigned circuit) {
  return circuit >> 5 & 7;
}
unsigned place_of(unsigned circuit) {
  return circuit >> 8 << 5 | (circuit & 31);
}

}  // namespace

unsigned EventOutputs::act(Crossbar& crossbar) {
  unsigned lost = 0;
  for (unsigned rest = waiting_any_ | spiking_; rest != 0; rest &= rest - 1) {
    auto const output = static_cast<unsigned>(std::countr_zero(rest));
    bool const enabled = (enabled_ >> output & 1) != 0;
    std::uint64_t const old = enabled ? waiting_[output] : 0;
    std::uint64_t const fresh = enabled ? spikes_[output] & send_[output] : 0;
    spikes_[output] = 0;
    if ((old & fresh) != 0) lost |= 1U << output;
    std::uint64_t all = old | fresh;
    if (all != 0 && crossbar.ready(output)) {
      std::uint64_t const above = all & ~std::uint64_t{0} << next_[output];
      auto const circuit = static_cast<unsigned>(std::countr_zero(above != 0 ? above : all));
      crossbar.accept(output, output << 8 | address_[64 * output + circuit]);
      all &= ~(std::uint64_t{1} << circuit);
      next_[output] = static_cast<std::uint8_t>((circuit + 1) & 63);
    }
    waiting_[output] = all;
    unsigned const bit = 1U << output;
    waiting_any_ = all != 0 ? waiting_any_ | bit : waiting_any_ & ~bit;
  }
  spiking_ = 0;
  return lost;
}

bool EventOutputs::fire(unsigned circuit) {
  unsigned const output = output_of(circuit);
  std::uint64_t const bit = std::uint64_t{1} << place_of(circuit);
  if ((enabled_ >> output & 1) == 0 || (send_[output] & bit) == 0) return false;
  bool const lost = (waiting_[output] & bit) != 0;
  waiting_[output] |= bit;
  waiting_any_ |= 1U << output;
  return lost;
}

void EventOutputs::write_backend(unsigned circuit, unsigned word, std::uint8_t data) {
  unsigned const output = output_of(circuit);
  unsigned const place = place_of(circuit);
  // The address is stored inverted.
  std::uint8_t& address = address_[64 * output + place];
  if (word == 0) address = static_cast<std::uint8_t>((address & 0x03) | (~data & 0x3f) << 2);
  if (word == 1) address = static_cast<std::uint8_t>((address & 0xfc) | (~data >> 4 & 3));
  if (word == 3) {
    std::uint64_t const bit = std::uint64_t{1} << place;
    send_[output] = (data & 0x10) != 0 ? send_[output] | bit : send_[output] & ~bit;
  }
}

void EventOutputs::reset() {
  waiting_.fill(0);
  spikes_.fill(0);
  next_.fill(0);
  waiting_any_ = 0;
  spiking_ = 0;
}

}  // namespace hx::sim
