#include "tools/link/measure.h"

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "driver/ut/message.h"
#include "driver/ut/to_fpga.h"

namespace hx::tools {
namespace {

constexpr int kRoundTrips = 2000;
constexpr std::chrono::seconds kPatience{60};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Talks to a link and checks the order of its loopbacks.
class Talker {
 public:
  explicit Talker(std::unique_ptr<Link> link) : link_(std::move(link)), buffer_(1 << 16) {}

  /// Sends a program that ends with its only halt and takes the answers up to that; returns the ticks.
  Result<std::uint64_t> run(std::span<std::uint64_t const> words) {
    if (Result<void> sent = link_->send(words); !sent) return std::move(sent).error();
    std::uint64_t ticks = 0;
    Deadline const deadline = Deadline::in(kPatience);
    while (true) {
      Result<std::size_t> const count = link_->receive(buffer_, deadline);
      if (!count) return count.error();
      if (*count == 0) {
        return Error{
            .code = ErrorCode::kTimeout,
            .effect = Effect::kUnknown,
            .message = "the halt did not come back, after " + std::to_string(ticks) + " ticks"};
      }
      messages_.clear();
      ut::DecodeEnd const end = decoder_.decode(std::span(buffer_).first(*count), messages_);
      if (end.unknown_header) {
        return Error{.code = ErrorCode::kProtocol,
                     .message = "unknown header code " + std::to_string(*end.unknown_header)};
      }
      for (std::size_t i = 0; i < messages_.size(); ++i) {
        if (messages_[i] == ut::tick_answer()) ++ticks;
        if (!(messages_[i] == ut::halt_answer())) continue;
        if (i + 1 == messages_.size()) return ticks;
        return Error{.code = ErrorCode::kProtocol, .message = "answers behind the halt"};
      }
    }
  }
  [[nodiscard]] Link const& link() const { return *link_; }

 private:
  std::unique_ptr<Link> link_;
  ut::FromFpgaMessageDecoder decoder_;
  std::vector<std::uint64_t> buffer_;
  std::vector<ut::FromFpgaMessage> messages_;
};

Result<Talker> open(Registry const& registry, std::string const& target, std::ostream& out) {
  Result<std::unique_ptr<Link>> link = registry.open(target);
  if (!link) return std::move(link).error();
  out << (*link)->describe() << "\n";
  return Talker(std::move(*link));
}

Error missing(std::uint64_t found, std::uint64_t expected) {
  return Error{
      .code = ErrorCode::kProtocol,
      .effect = Effect::kApplied,
      .message = std::to_string(found) + " ticks came back instead of " + std::to_string(expected)};
}

void print_histogram(std::vector<double> times, std::ostream& out) {
  std::sort(times.begin(), times.end());
  auto const at = [&](double part) {
    return times[std::min(times.size() - 1,
                          static_cast<std::size_t>(part * static_cast<double>(times.size())))] *
           1e6;
  };
  out << std::fixed << std::setprecision(1) << "round trip of a halt: " << at(0) << " us least, "
      << at(0.5) << " median, " << at(0.9) << " 90 %, " << at(0.99) << " 99 %, "
      << times.back() * 1e6 << " most\n";
  for (double low = 1; low < 1e6; low *= 2) {
    auto const count = std::count_if(times.begin(), times.end(),
                                     [&](double t) { return t * 1e6 >= low && t * 1e6 < 2 * low; });
    if (count == 0) continue;
    out << std::setw(9) << std::setprecision(0) << low << " us " << std::setw(6) << count << " "
        << std::string(static_cast<std::size_t>(60 * count / static_cast<long>(times.size())), '#')
        << "\n";
  }
}

void print_counters(Link const& link, std::ostream& out) {
  LinkStatistics const counts = link.statistics();
  out << counts.words_sent << " words sent, " << counts.words_received << " received; "
      << counts.frames_sent << " frames sent, " << counts.frames_resent << " resent, "
      << counts.frames_received << " received, " << counts.frames_dropped << " dropped\n";
}

Result<void> measure_rate(Talker& talker, char const* name, std::uint64_t word, std::size_t count,
                          std::uint64_t ticks, std::ostream& out) {
  std::vector<std::uint64_t> program(count, word);
  program.push_back(ut::halt());
  auto const begin = std::chrono::steady_clock::now();
  Result<std::uint64_t> const found = talker.run(program);
  double const seconds = seconds_since(begin);
  if (!found) return found.error();
  if (*found != ticks) return missing(*found, ticks);
  out << std::fixed << std::setprecision(1) << count << " " << name << ": " << seconds * 1e3
      << " ms, " << static_cast<double>(count) * 8e-6 / seconds << " MB/s\n";
  return {};
}

}  // namespace

Result<void> bench_link(Registry const& registry, std::string const& target, std::size_t words,
                        std::ostream& out) {
  Result<Talker> talker = open(registry, target, out);
  if (!talker) return std::move(talker).error();
  std::vector<double> times;
  for (int i = 0; i < kRoundTrips; ++i) {
    auto const begin = std::chrono::steady_clock::now();
    Result<std::uint64_t> const done = talker->run({{ut::halt()}});
    if (!done) return done.error();
    times.push_back(seconds_since(begin));
  }
  print_histogram(std::move(times), out);
  if (Result<void> d = measure_rate(*talker, "Setup messages", ut::timer_setup(), words, 0, out);
      !d)
    return d;
  if (Result<void> d = measure_rate(*talker, "ticks", ut::tick(), words, words, out); !d) return d;
  print_counters(talker->link(), out);
  return {};
}

Result<void> soak_link(Registry const& registry, std::string const& target, std::uint64_t words,
                       std::uint32_t seed, std::ostream& out) {
  Result<Talker> talker = open(registry, target, out);
  if (!talker) return std::move(talker).error();
  std::mt19937 random(seed);
  auto const begin = std::chrono::steady_clock::now();
  std::uint64_t sent = 0;
  std::uint64_t programs = 0;
  std::vector<std::uint64_t> program;
  for (; sent < words; ++programs) {
    program.clear();
    std::uint64_t ticks = 0;
    std::size_t const size = random() % 5 == 0 ? random() % 50000 : random() % 200;
    for (std::size_t i = 0; i < size; ++i) {
      bool const is_tick = random() % 2 == 0;
      program.push_back(is_tick ? ut::tick() : ut::timer_setup());
      ticks += is_tick ? 1 : 0;
    }
    program.push_back(ut::halt());
    Result<std::uint64_t> const found = talker->run(program);
    if (!found) return Error(found.error()).context("program " + std::to_string(programs));
    if (*found != ticks)
      return missing(*found, ticks).context("program " + std::to_string(programs));
    sent += program.size();
  }
  out << programs << " programs of " << sent << " words in " << std::fixed << std::setprecision(1)
      << seconds_since(begin) << " s, every answer once and in order\n";
  print_counters(talker->link(), out);
  return {};
}

}  // namespace hx::tools
