/// Neuron event outputs: waiting bits, round robin, labels. Each of the eight outputs sends one of its 64 circuits per clock to its
/// crossbar input; circuit i = 32 * row + column % 32 of output column / 32.
///
/// Within a clock: `spike` for the spikes that are visible in it, `act`; then neuron resets (`fire`) and writes.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "sim/twin/crossbar.h"

namespace hx::sim {

class EventOutputs {
 public:
  static constexpr unsigned kOutputs = 8;

  EventOutputs() { address_.fill(0xff); }

  /// Slot and lanes as in arrays.h: lane 16 * row + k of slot s is column 16 * k + 15 - s.
  void spike(unsigned slot, std::uint32_t lanes) {
    for (; lanes != 0; lanes &= lanes - 1) {
      auto const lane = static_cast<unsigned>(std::countr_zero(lanes));
      unsigned const output = lane % 16 / 2;
      spikes_[output] |= std::uint64_t{1} << (lane / 16 * 32 + lane % 2 * 16 + 15 - slot);
      spiking_ |= 1U << output;
    }
  }
  /// Sends; the result are the crossbar inputs (= outputs here) that lost an event.
  unsigned act(Crossbar& crossbar);
  [[nodiscard]] bool busy() const { return (waiting_any_ | spiking_) != 0; }

  /// A neuron reset in this clock, after `act`. True if its event is lost because one waits.
  bool fire(unsigned circuit);

  /// enable_event_registers of the block 0 (west) or 1.
  void enable(unsigned block, bool on) {
    enabled_ = (enabled_ & ~(0xfU << 4 * block)) | (on ? 0xfU << 4 * block : 0);
  }
  /// Word of NeuronBackendConfig.
  void write_backend(unsigned circuit, unsigned word, std::uint8_t data);

  /// Chip reset, at the end of a clock. Address and enable_spike_out are SRAM.
  void reset();

 private:
  std::array<std::uint64_t, kOutputs> waiting_{};
  std::array<std::uint64_t, kOutputs> spikes_{};  // of this clock
  std::array<std::uint64_t, kOutputs> send_{};    // enable_spike_out
  std::array<std::uint8_t, kOutputs> next_{};     // round robin
  std::array<std::uint8_t, 64 * kOutputs> address_;
  unsigned waiting_any_ = 0;
  unsigned spiking_ = 0;
  unsigned enabled_ = 0;  // bit = output
};

}  // namespace hx::sim
