/// Two models side by side: the same programs must give the same words in the same clocks.
///
///     Side const rtl = rtl_side(), twin = twin_side();  // sides.h
///     if (auto difference = first_difference(rtl, twin, recording(scenario))) FAIL() << difference->text;
///
/// A Recording is what a difference can be made again from: the words of the runs. It is kept as text (one word per line), made smaller by
/// `minimise`, and run by `bazel run //tests/lockstep:replay -- FILE`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "driver/base/result.h"
#include "sim/model/model.h"
#include "tests/lockstep/scenario.h"

namespace hx::lockstep {

struct Side {
  std::string name;
  std::function<std::unique_ptr<sim::Model>()> make;
};

/// Programs, without the halts that end them.
struct Recording {
  std::string note;
  std::vector<std::vector<std::uint64_t>> runs;

  [[nodiscard]] std::size_t size() const;
};

Recording recording(Scenario const& scenario);

std::string to_text(Recording const& recording);
/// kParse names the line.
Result<Recording> from_text(std::string const& text);

struct Difference {
  std::size_t run = 0;
  std::string
      text;  ///< for people: the first answer, spike or clock that differs, and the instruction that it belongs to
};

/// What happened in the run, for statements about the tests themselves.
struct Coverage {
  std::uint64_t clocks = 0, words = 0, spikes = 0, samples = 0, reads = 0, timeouts = 0,
                given_up = 0;
  std::vector<std::string> blocked;  ///< the instructions that ended a run early
};

/// Runs both from power-on. A run that takes more than `max_clocks` is given up on both sides in the same clock.
std::optional<Difference> first_difference(Side const& left, Side const& right,
                                           Recording const& recording, Coverage* coverage = nullptr,
                                           std::uint64_t max_clocks = 3'000'000);

/// The smallest recording found that still differs. `budget` comparisons at most; `progress` is told the size now and then.
Recording minimise(Side const& left, Side const& right, Recording recording, std::size_t budget,
                   std::function<void(std::size_t instructions)> const& progress = {});

}  // namespace hx::lockstep
