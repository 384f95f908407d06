#include "tests/lockstep/lockstep.h"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <utility>

#include "driver/base/check.h"
#include "driver/base/hex.h"
#include "driver/device/program.h"
#include "driver/ut/from_fpga.h"
#include "driver/ut/to_fpga.h"

namespace hx::lockstep {
namespace {

/// All that one run made visible.
struct Outcome {
  std::vector<std::uint64_t> words;
  std::uint64_t clocks = 0;  // since power-on, at the end
  std::uint64_t packs_dropped = 0;
  bool given_up = false;

  bool operator==(Outcome const&) const = default;
};

Outcome run(sim::Model& model, std::vector<std::uint64_t> program, std::uint64_t max_clocks) {
  Outcome outcome;
  program.push_back(ut::halt());
  HX_CHECK(model.fill(program) == program.size()) << "program of " << program.size() << " words";
  std::uint64_t budget = max_clocks;
  while (true) {
    sim::Model::Ran const ran = model.run(std::min<std::uint64_t>(budget, 1 << 16));
    model.take(outcome.words);
    if (ran.run_ended) break;
    budget -= ran.clocks;
    if (budget != 0) continue;
    if (outcome.given_up) break;  // not even its halt comes: seen as a difference, or in the clocks
    outcome.given_up = true;
    model.abort();
    budget = max_clocks;
  }
  outcome.clocks = model.clocks();
  outcome.packs_dropped = model.packs_dropped();
  return outcome;
}

ut::Received decode(std::vector<std::uint64_t> const& words) {
  ut::FromFpgaDecoder decoder;
  ut::Received received;
  std::span<std::uint64_t const> rest = words;
  while (!rest.empty()) {
    ut::FromFpgaDecoder::Progress const progress = decoder.decode(rest, received);
    rest = rest.subspan(progress.words);
    if (progress.stop != ut::FromFpgaDecoder::Stop::kHalt && progress.words == 0) break;
    if (progress.stop == ut::FromFpgaDecoder::Stop::kUnknownHeader) break;
  }
  return received;
}

/// One thing that differs, with the FPGA time at which it came.
struct Finding {
  std::uint64_t time = ~std::uint64_t{0};
  std::string text;
};

/// Compares element by element: `at(received, i)` describes one, `time(received, i)` is its FPGA time.
template <typename Count, typename Time, typename Text>
void compare(std::string const& what, ut::Received const& left, ut::Received const& right,
             Count count, Time time, Text text, Finding& first) {
  std::size_t const both = std::min(count(left), count(right));
  for (std::size_t i = 0; i <= both; ++i) {
    bool const in_left = i < count(left), in_right = i < count(right);
    if (!in_left && !in_right) return;
    if (in_left && in_right && text(left, i) == text(right, i)) continue;
    std::uint64_t const when = std::min(in_left ? time(left, i) : ~std::uint64_t{0},
                                        in_right ? time(right, i) : ~std::uint64_t{0});
    if (when >= first.time) return;
    std::ostringstream out;
    out << what << " " << i << ": " << (in_left ? text(left, i) : "none") << " | "
        << (in_right ? text(right, i) : "none");
    first = {when, out.str()};
    return;
  }
}

std::string at_time(std::uint64_t time) {
  return " at " + std::to_string(time);
}

std::string explain(Program const& program, ut::Received const& left, ut::Received const& right) {
  Finding first;
  compare(
      "spike", left, right, [](auto const& r) { return r.spikes.size(); },
      [](auto const& r, std::size_t i) { return r.spikes.fpga_time[i]; },
      [](auto const& r, std::size_t i) {
        return hex(r.spikes.label[i], 4) + " left at " + std::to_string(r.spikes.chip_time[i]) +
               at_time(r.spikes.fpga_time[i]);
      },
      first);
  compare(
      "MADC sample", left, right, [](auto const& r) { return r.madc.size(); },
      [](auto const& r, std::size_t i) { return r.madc.fpga_time[i]; },
      [](auto const& r, std::size_t i) {
        return hex(r.madc.raw[i], 4) + " left at " + std::to_string(r.madc.chip_time[i]) +
               at_time(r.madc.fpga_time[i]);
      },
      first);
  compare(
      "read", left, right, [](auto const& r) { return r.reads.size(); },
      [](auto const& r, std::size_t i) { return r.reads.fpga_time[i]; },
      [&program](auto const& r, std::size_t i) {
        std::string const where = i < program.read_count()
                                      ? program.describe(program.instruction_of(
                                            {Ticket::Kind::kRead, static_cast<std::uint32_t>(i)}))
                                      : "?";
        return where + " = " + hex(r.reads.value[i], 8) + at_time(r.reads.fpga_time[i]);
      },
      first);
  compare(
      "JTAG answer", left, right, [](auto const& r) { return r.jtag.size(); },
      [](auto const& r, std::size_t i) { return r.jtag.fpga_time[i]; },
      [&program](auto const& r, std::size_t i) {
        std::string const where = i < program.jtag_count()
                                      ? program.describe(program.instruction_of(
                                            {Ticket::Kind::kJtag, static_cast<std::uint32_t>(i)}))
                                      : "?";
        return where + " = " + hex(r.jtag.value[i], 9) + at_time(r.jtag.fpga_time[i]);
      },
      first);
  compare(
      "tick", left, right, [](auto const& r) { return r.ticks.size(); },
      [](auto const& r, std::size_t i) { return r.ticks[i]; },
      [](auto const& r, std::size_t i) { return at_time(r.ticks[i]); }, first);
  compare(
      "halt", left, right, [](auto const& r) { return r.halts.size(); },
      [](auto const& r, std::size_t i) { return r.halts[i]; },
      [](auto const& r, std::size_t i) { return at_time(r.halts[i]); }, first);
  compare(
      "link notification", left, right, [](auto const& r) { return r.notifications.size(); },
      [](auto const& r, std::size_t i) { return r.notifications[i].fpga_time; },
      [](auto const& r, std::size_t i) {
        return hex(r.notifications[i].bits, 2) + at_time(r.notifications[i].fpga_time);
      },
      first);
  compare(
      "timeout", left, right, [](auto const& r) { return r.timeouts.size(); },
      [](auto const& r, std::size_t i) { return r.timeouts[i].fpga_time; },
      [&program](auto const& r, std::size_t i) {
        ut::InstructionTimeout const& t = r.timeouts[i];
        return program.describe(t.instruction) + ", stalled " + std::to_string(t.trace_stall) +
               ", reads " + std::to_string(t.omnibus_reads) + at_time(t.fpga_time);
      },
      first);
  return first.text;
}

Difference describe(Side const& left, Side const& right, Recording const& recording,
                    std::size_t run, Outcome const& a, Outcome const& b) {
  Program program;
  HX_CHECK(program.append_words(recording.runs[run]));
  std::ostringstream out;
  out << "run " << run << " (" << left.name << " | " << right.name << "): ";
  std::string const found = explain(program, decode(a.words), decode(b.words));
  if (!found.empty()) {
    out << found;
  } else if (a.words != b.words) {
    auto const where =
        std::mismatch(a.words.begin(), a.words.end(), b.words.begin(), b.words.end());
    std::size_t const index = static_cast<std::size_t>(where.first - a.words.begin());
    out << "word " << index << " of " << a.words.size() << " | " << b.words.size() << ": "
        << (index < a.words.size() ? hex(a.words[index], 16) : "none") << " | "
        << (index < b.words.size() ? hex(b.words[index], 16) : "none");
  } else if (a.packs_dropped != b.packs_dropped) {
    out << "packs dropped " << a.packs_dropped << " | " << b.packs_dropped;
  } else {
    out << "ended in clock " << a.clocks << " | " << b.clocks << (a.given_up ? ", given up" : "");
  }
  return {run, out.str()};
}

void count(std::vector<std::uint64_t> const& words, Outcome const& outcome, std::uint64_t before,
           Coverage& coverage) {
  ut::Received const received = decode(outcome.words);
  coverage.clocks += outcome.clocks - before;
  coverage.words += outcome.words.size();
  coverage.spikes += received.spikes.size();
  coverage.samples += received.madc.size();
  coverage.reads += received.reads.size();
  coverage.timeouts += received.timeouts.size();
  coverage.given_up += outcome.given_up ? 1 : 0;
  if (received.timeouts.size() == 0) return;
  Program program;
  HX_CHECK(program.append_words(words));
  coverage.blocked.push_back(program.describe(received.timeouts[0].instruction) + " of " +
                             std::to_string(words.size()));
}

}  // namespace

std::size_t Recording::size() const {
  std::size_t sum = 0;
  for (auto const& run : runs) sum += run.size();
  return sum;
}

Recording recording(Scenario const& scenario) {
  Recording made{.note = "seed " + std::to_string(scenario.seed) + ": " + scenario.character,
                 .runs = {}};
  for (Program const& run : scenario.runs) {
    made.runs.emplace_back(run.words().begin(), run.words().end());
  }
  return made;
}

std::string to_text(Recording const& recording) {
  std::ostringstream out;
  out << "# " << recording.note << "\n";
  for (auto const& run : recording.runs) {
    Program program;
    HX_CHECK(program.append_words(run));
    out << "run\n";
    for (std::size_t i = 0; i < run.size(); ++i) {
      out << hex(run[i], 16) << "  # " << program.describe(i) << "\n";
    }
  }
  return out.str();
}

Result<Recording> from_text(std::string const& text) {
  Recording made;
  std::istringstream lines(text);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    line.resize(std::min(line.find('#'), line.size()));
    while (!line.empty() && line.back() == ' ') line.pop_back();
    if (line.empty()) continue;
    if (line == "run") {
      made.runs.emplace_back();
      continue;
    }
    char* end = nullptr;
    std::uint64_t const word = std::strtoull(line.c_str(), &end, 16);
    if (end == line.c_str() || *end != '\0' || made.runs.empty()) {
      return Error{ErrorCode::kParse, Effect::kNone,
                   "line " + std::to_string(number) + ": \"" + line + "\"",
                   "a line is `run` or a word in hexadecimal; the first one is `run`"};
    }
    made.runs.back().push_back(word);
  }
  return made;
}

std::optional<Difference> first_difference(Side const& left, Side const& right,
                                           Recording const& recording, Coverage* coverage,
                                           std::uint64_t max_clocks) {
  std::unique_ptr<sim::Model> const a = left.make();
  std::unique_ptr<sim::Model> const b = right.make();
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < recording.runs.size(); ++i) {
    Outcome const in_a = run(*a, recording.runs[i], max_clocks);
    Outcome const in_b = run(*b, recording.runs[i], max_clocks);
    if (coverage != nullptr) count(recording.runs[i], in_a, before, *coverage);
    before = in_a.clocks;
    if (!(in_a == in_b)) return describe(left, right, recording, i, in_a, in_b);
  }
  return std::nullopt;
}

Recording minimise(Side const& left, Side const& right, Recording recording, std::size_t budget,
                   std::function<void(std::size_t instructions)> const& progress) {
  auto const differs = [&](Recording const& candidate) {
    return first_difference(left, right, candidate).has_value();
  };
  // What comes after the difference does not matter.
  if (auto const difference = first_difference(left, right, recording)) {
    recording.runs.resize(difference->run + 1);
  }
  for (std::size_t chunk = std::max<std::size_t>(recording.size() / 2, 1); budget > 0;) {
    bool shrunk = false;
    for (std::size_t run = recording.runs.size(); run-- > 0;) {
      for (std::size_t end = recording.runs[run].size(); end > 0 && budget > 0; --budget) {
        std::size_t const begin = end - std::min(chunk, end);
        Recording candidate = recording;
        auto& words = candidate.runs[run];
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(begin),
                    words.begin() + static_cast<std::ptrdiff_t>(end));
        if (differs(candidate)) {
          recording = std::move(candidate);
          shrunk = true;
          if (progress) progress(recording.size());
        }
        end = begin;
      }
    }
    if (chunk == 1 && !shrunk) break;
    if (chunk > 1) chunk /= 2;
  }
  return recording;
}

}  // namespace hx::lockstep
