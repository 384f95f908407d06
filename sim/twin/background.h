/// The eight background generators (chip-behaviour contract, sections 4 and 14.4): they know their next ticks.
///
/// The period, rate, mask and label of a tick are those of its clock; odd periods keep their mean.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "fpga_model/spec/geometry.h"
#include "sim/twin/clock.h"
#include "sim/twin/crossbar.h"

namespace hx::sim {

class Background {
 public:
  static constexpr unsigned kSources = geometry::kBackgroundSources;
  /// Crossbar input of the first source.
  static constexpr unsigned kFirstInput = 12;

  Background() { ticks_.fill(kNever); }

  /// Word at offset `address` (1..24) of the block 0x00130000.
  [[nodiscard]] std::uint32_t read(std::uint32_t address) const;
  void write(std::uint32_t address, std::uint32_t data, unsigned byte_enables, Clock now);

  [[nodiscard]] Clock next() const { return next_; }
  /// Events of clock `now`; the result are the crossbar inputs whose event was lost.
  unsigned act(Clock now, Crossbar& crossbar);

  /// Chip reset, at the end of a clock.
  void reset();

 private:
  struct Source {
    bool enabled = false;
    bool random = false;
    std::uint8_t mask = 0;
    std::uint8_t rate = 0;
    std::uint16_t period = 0;
    std::uint16_t label = 0;
    std::uint32_t seed = 0;
    std::uint32_t generator = 0;
    std::uint32_t rest = 0;  // chip cycles left at the start of the tick's clock: 1 or 2

    [[nodiscard]] std::uint32_t cycles() const { return std::max<std::uint32_t>(period, 2); }
  };

  /// `left` chip cycles are left at the start of clock `from`.
  void schedule(unsigned number, std::uint32_t left, Clock from);

  std::array<Source, kSources> sources_{};
  std::array<Clock, kSources> ticks_{};
  Clock next_ = kNever;
};

}  // namespace hx::sim
