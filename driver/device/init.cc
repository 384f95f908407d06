#include "driver/device/init.h"

#include <span>

#include "driver/base/check.h"
#include "driver/ut/to_fpga.h"

namespace hx {
namespace {

// Names as in the YAML.
enum class Part : std::uint8_t { kTimeout, kXboard, kJboa, kChip, kChipWithoutLink };

struct Step {
  std::string_view name;
  Part part;
  bool is_systime;  // left out with that option off
  bool is_capmem;
  bool needs_jtag;
  bool needs_phy;
  std::span<std::uint64_t const> words;
};

#include "driver/device/init_steps.inc"

bool has_part(InitOptions const& options, Part part) {
  switch (part) {
    case Part::kTimeout:
      return true;
    case Part::kXboard:
      return options.board == Board::kCube;
    case Part::kJboa:
      return options.board == Board::kJboa;
    case Part::kChip:
      return options.chip && options.highspeed_link;
    case Part::kChipWithoutLink:
      return options.chip && !options.highspeed_link;
  }
  return false;
}

bool is_wanted(InitOptions const& options, Step const& step) {
  return has_part(options, step.part) && (options.systime || !step.is_systime) &&
         (options.capmem || !step.is_capmem) && (options.jtag || !step.needs_jtag) &&
         (options.phy || !step.needs_phy);
}

}  // namespace

Program init_program(InitOptions const& options) {
  HX_CHECK(!options.chip || options.highspeed_link || options.jtag)
      << "a chip without high-speed link is set up over JTAG";
  Program program;
  for (Step const& step : kSteps) {
    if (!is_wanted(options, step)) continue;
    Result<void> const added = program.append_words(step.words);
    HX_CHECK(added) << added.error().text();
  }
  return program;
}

std::string_view init_step(InitOptions const& options, std::size_t instruction) {
  for (Step const& step : kSteps) {
    if (!is_wanted(options, step)) continue;
    if (instruction < step.words.size()) return step.name;
    instruction -= step.words.size();
  }
  return {};
}

}  // namespace hx
