/// Event crossbar: 20 inputs, 12 outputs, 76 nodes, a FIFO per output (chip-behaviour contract, sections 3 and 14.4).
///
/// Within a clock: `read`; `choose` (outputs take what is pending); `store`; then pops of the FIFOs, new events at the inputs
/// and `lost`, in any order; `write` last. FIFOs are full by their state at the start of the clock, so pops come after `choose`.
#pragma once

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "fpga_model/spec/geometry.h"
#include "fpga_model/spec/timing.h"
#include "sim/twin/clock.h"
#include "sim/twin/ring.h"

namespace hx::sim {

class Crossbar {
 public:
  static constexpr unsigned kInputs = geometry::kCrossbarInputs;
  static constexpr unsigned kOutputs = geometry::kCrossbarOutputs;
  static constexpr unsigned kNodes = geometry::kCrossbarNodes;
  static constexpr unsigned kPadiOutputs = geometry::kPadiBuses;
  static constexpr unsigned kL2Outputs = geometry::kL2Outputs;

  Crossbar();

  /// Word at offset `address` of the block 0x00130000, as at the start of the clock.
  [[nodiscard]] std::uint32_t read(std::uint32_t address) const;
  void write(std::uint32_t address, std::uint32_t data, unsigned byte_enables);

  /// Outputs take one pending event each. `enable_spl1`: PADI busses that take crossbar events.
  void choose(Clock now, unsigned enable_spl1) {
    left_ = 0;
    if (wanted_ != 0) take_pending(now, enable_spl1);
  }
  /// PADI event write: the busses of `mask`, which do not take crossbar events.
  void store(unsigned mask, unsigned label, Clock now);

  /// The register of an input is free for an event of this clock (after `choose`).
  [[nodiscard]] bool ready(unsigned input) const { return (left_ >> input & 1) == 0; }
  [[nodiscard]] unsigned left() const { return left_; }
  void accept(unsigned input, unsigned label);
  /// Sources that lost events in this clock, once per clock.
  void lost(unsigned inputs);

  // ---- FIFOs.
  /// Clock from which the first head of the PADI busses, of the L2 outputs may be popped; far away without any.
  [[nodiscard]] Clock next_padi() const { return next_padi_; }
  [[nodiscard]] Clock next_l2() const { return next_l2_; }
  /// Heads that may be popped in clock `now`, by output.
  template <unsigned kFirst, unsigned kCount>
  [[nodiscard]] unsigned valid(Clock now) const {
    unsigned mask = 0;
#ifdef __AVX2__
    static_assert(kFirst % 4 == 0 && kCount % 4 == 0);
    __m256i const after = _mm256_set1_epi64x(static_cast<std::int64_t>(now + 1));
    for (unsigned i = 0; i < kCount; i += 4) {
      __m256i const heads =
          _mm256_load_si256(reinterpret_cast<__m256i const*>(&heads_[kFirst + i]));
      auto const valid = _mm256_castsi256_pd(_mm256_cmpgt_epi64(after, heads));
      mask |= static_cast<unsigned>(_mm256_movemask_pd(valid)) << i;
    }
#else
    for (unsigned i = 0; i < kCount; ++i) mask |= unsigned{heads_[kFirst + i] <= now} << i;
#endif
    return mask;
  }
  [[nodiscard]] unsigned label(unsigned output) const {
    return fifos_[output].front().label;
  }
  void pop(unsigned output, Clock now) {
    auto& fifo = fifos_[output];
    fifo.pop();
    if (output >= kPadiOutputs && (enable_slow_ >> (output - kPadiOutputs) & 1) != 0)
      rested_[output - kPadiOutputs] = now + 4;
    heads_[output] = kEmpty;
    if (!fifo.empty()) show_head(output);
    if (output < kPadiOutputs)
      next_padi_ = *std::min_element(heads_.begin(), heads_.begin() + kPadiOutputs);
    else
      next_l2_ = *std::min_element(heads_.begin() + kPadiOutputs, heads_.end());
  }

  /// Something is pending: the next clock has to be computed.
  [[nodiscard]] bool busy() const {
    return wanted_ != 0;
  }
  /// Otherwise the one in which a head may be popped.
  [[nodiscard]] Clock next() const {
    return std::min(next_padi_, next_l2_);
  }

  /// Chip reset, at the end of a clock.
  void reset();

 private:
  struct Node {
    std::uint16_t mask = 0;
    std::uint16_t target = 0;
    std::uint8_t input = 0;
    std::uint8_t output = 0;
    bool count_drops = false;
  };
  struct Event {
    Clock from;
    std::uint16_t label;
  };
  static constexpr std::size_t kDepth = 64;
  // Later than any clock, also for comparisons with sign.
  static constexpr Clock kEmpty = kNever >> 1;
  static_assert(timing::kPadiFifo <= kDepth && timing::kL2Fifo <= kDepth);

  void take_pending(Clock now, unsigned enable_spl1);
  void drop(unsigned input, unsigned count) {
    std::uint32_t const sum = drops_[input] + count;
    drops_[input] = sum > 0xffff ? 0xffff : sum;
  }
  void push(unsigned output, unsigned label, Clock now) {
    fifos_[output].push({now + timing::kXbarPipe, static_cast<std::uint16_t>(label)});
    if (heads_[output] == kEmpty) show_head(output);
  }
  void show_head(unsigned output) {
    Clock const from = fifos_[output].front().from;
    bool const is_padi = output < kPadiOutputs;
    Clock const head = is_padi ? from : std::max(from, rested_[output - kPadiOutputs]);
    heads_[output] = head;
    Clock& next = is_padi ? next_padi_ : next_l2_;
    next = std::min(next, head);
  }
  void count_event(unsigned output) {
    if ((enable_event_counter_ >> output & 1) != 0)
      events_[output] = (events_[output] + 1) & 0xff'ffff;
  }
  [[nodiscard]] bool full(unsigned output) const {
    return fifos_[output].size() >= (output < kPadiOutputs ? timing::kPadiFifo : timing::kL2Fifo);
  }

  // Nodes input by input; first node of each input, and one after the last.
  std::array<Node, kNodes> nodes_{};
  std::array<std::uint8_t, kInputs + 1> first_node_{};
  // Number of the node of {input, output}.
  std::array<std::array<std::uint8_t, kOutputs>, kInputs> node_of_{};

  unsigned enable_slow_ = 0;
  unsigned enable_event_counter_ = 0;
  std::array<std::uint32_t, kInputs> drops_{};
  std::array<std::uint32_t, kOutputs> events_{};

  std::array<std::uint16_t, kInputs> labels_{};
  std::array<std::uint32_t, kOutputs> pending_{};  // bit = input
  std::array<std::uint32_t, kOutputs> beyond_{};   // round robin: inputs after the last one taken
  unsigned wanted_ = 0;                            // outputs with pending events
  unsigned left_ = 0;                              // inputs with events that stay in this clock
  std::array<Ring<Event, kDepth>, kOutputs> fifos_{};
  // Clock from which the head may be popped; kEmpty: empty.
  alignas(32) std::array<Clock, kOutputs> heads_{};
  Clock next_padi_ = kEmpty;
  Clock next_l2_ = kEmpty;
  std::array<Clock, kL2Outputs> rested_{};  // slow outputs: clock of the next pop
};

}  // namespace hx::sim
