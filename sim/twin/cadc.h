/// CADC of one hemisphere: 256 columns x 2 channels of eight bits. A trigger read in clock w samples the pass that begins at the first
/// boundary > w; the hemisphere converts in w + 1 .. w + wait - 1.
///
/// Results are made when the course of the RTL ends its conversion (boundary + kCourse), which nobody can tell from any
/// time before w + wait.
#pragma once

#include <array>
#include <cstdint>

#include "fpga_model/spec/timing.h"
#include "sim/twin/arrays.h"
#include "sim/twin/clock.h"

namespace hx::sim {

/// What the registers say about conversions, as of the clock of an access.
struct CadcSettings {
  bool works = false;  ///< enabled and not auto-calibrating
  unsigned wait = 0;   ///< clocks from trigger to result
};

class Cadc {
 public:
  Cadc(unsigned hemisphere, Arrays& arrays, CadcNoise& noise);

  /// A conversion runs: accesses wait.
  [[nodiscard]] bool busy(Clock now) const { return now < free_at_; }
  [[nodiscard]] Clock free_at() const { return free_at_; }

  /// Word of the result memory {channel type, quad[5:0]}.
  [[nodiscard]] std::uint32_t result(std::uint32_t index) const {
    return has_results_ ? results_[index >> 6 & 1][index & 63] : 0;
  }
  /// Offset {channel type, column[7:0]}.
  [[nodiscard]] std::uint32_t offset(std::uint32_t index) const {
    return offsets_[index >> 8 & 1][index & 0xff];
  }
  void write_offset(std::uint32_t index, std::uint32_t data) {
    offsets_[index >> 8 & 1][index & 0xff] = static_cast<std::uint8_t>(data);
  }

  /// Starts a conversion in clock `now`; `index` is the word that the trigger read gets.
  void start(std::uint32_t index, unsigned wait, Clock now);
  /// The word of the last trigger read is offered from this clock on; kNever: none.
  [[nodiscard]] Clock next() const { return answer_from_; }
  std::uint32_t take_answer(Clock now);

  /// Chip reset, at the end of clock `now`: ends a conversion and empties the results.
  void reset(Clock now);

 private:
  static constexpr unsigned kQuads = 64;
  /// From the boundary at which the sampled pass begins: the pass, the pipeline of the neurons, the quads one by one.
  static constexpr Clock kCourse = timing::kSlots + timing::kNeuronPipe + 1 + kQuads + 1;

  void convert(Clock now);
  void remember_paths();

  unsigned hemisphere_;
  Arrays& arrays_;
  CadcNoise& noise_;
  Clock free_at_ = 0;
  Clock answer_from_ = kNever;
  bool converting_ = false;
  std::uint32_t answer_index_ = 0;
  bool has_results_ = false;
  // By channel type: causal, acausal. Paths by column: both switches of a channel as they were at the trigger.
  std::array<std::array<bool, 256>, 2> paths_{};
  std::array<std::array<std::uint8_t, 256>, 2> offsets_;
  std::array<std::array<std::uint32_t, kQuads>, 2> results_{};
};

}  // namespace hx::sim
