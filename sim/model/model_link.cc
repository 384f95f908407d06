#include "sim/model/model_link.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "driver/base/hex.h"

namespace hx::sim {
namespace {

// Clocks between two looks at the deadline: about a millisecond.
constexpr std::uint64_t kChunk = 4096;

// Words that are done with before they are forgotten.
constexpr std::size_t kConsumed = std::size_t{1} << 20;

constexpr unsigned kCodes = 16;

bool is_idle(std::uint64_t word) {
  return (word >> 63) != 0;
}
bool is_known(std::uint64_t word) {
  return (word >> 56) < kCodes;
}
bool is_halt(std::uint64_t word) {
  return (word >> 56) == 0x0a && (word & 1) == 0;
}

}  // namespace

ModelLink::ModelLink(std::unique_ptr<Model> model, ModelLinkOptions options)
    : model_(std::move(model)), options_(std::move(options)) {}

Result<void> ModelLink::send(std::span<std::uint64_t const> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (is_idle(words[i]) || is_known(words[i])) continue;
    return Error{
        ErrorCode::kProtocol, Effect::kNone,
        "word " + std::to_string(i) + " of " + std::to_string(words.size()) + ", " +
            hex(words[i], 16) + ", has the header code " + std::to_string(words[i] >> 56) +
            " that the FPGA does not know; none of these words was taken",
        "known codes are 0 to 15, in the highest byte of a word; the FPGA would drop the word"};
  }
  forget_consumed();
  queue_.reserve(queue_.size() + words.size());
  for (std::uint64_t word : words) {
    if (is_idle(word)) continue;
    queue_.push_back(word);
    if (is_halt(word)) ends_.push_back(queue_.size());
  }
  statistics_.words_sent += words.size();
  return {};
}

// Words without end and without a halt must not fill the memory of the computer.
void ModelLink::forget_consumed() {
  if (next_ < kConsumed || next_ < queue_.size() / 2) return;
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(next_));
  ends_.erase(ends_.begin(), ends_.begin() + static_cast<std::ptrdiff_t>(next_end_));
  for (std::size_t& end : ends_) end -= next_;
  next_ = 0;
  next_end_ = 0;
}

Result<std::size_t> ModelLink::receive(std::span<std::uint64_t> words, Deadline deadline) {
  if (words.empty()) return std::size_t{0};
  while (delivered_ == arrived_.size()) {
    if (deadline.passed()) return std::size_t{0};
    if (!running_) {
      if (!can_start()) {
        if (next_ == queue_.size()) return std::size_t{0};
        return Error{ErrorCode::kProtocol, Effect::kNone,
                     std::to_string(queue_.size() - next_) +
                         " words wait without a halt; the FPGA does not start before it has one",
                     "end the program with Loopback(halt), the word 0x0a00000000000000"};
      }
      start();
    }
    if (options_.max_cycles != 0 && run_clocks_ >= options_.max_cycles) return over_budget();
    if (model_->filled() == 0 && waiting() == 0 && next_end_ == ends_.size()) {
      // A program longer than the memory has been executed up to its last word.
      return Error{ErrorCode::kProtocol, Effect::kApplied,
                   "all words of a program were executed and none of them is a halt",
                   "send a halt, the word 0x0a00000000000000"};
    }
    refill();
    std::uint64_t clocks = kChunk;
    if (options_.max_cycles != 0) clocks = std::min(clocks, options_.max_cycles - run_clocks_);
    // While instructions wait outside, the memory must not run dry.
    if (waiting() != 0 || next_end_ == ends_.size())
      clocks = std::min<std::uint64_t>(clocks, model_->filled());
    advance(clocks);
  }
  return deliver(words);
}

std::size_t ModelLink::program_end() const {
  return next_end_ < ends_.size() ? ends_[next_end_] : queue_.size();
}

bool ModelLink::can_start() const {
  return next_end_ < ends_.size() || queue_.size() - next_ >= model_->capacity();
}

void ModelLink::start() {
  running_ = true;
  run_clocks_ = 0;
}

void ModelLink::refill() {
  if (waiting() == 0) return;
  if (model_->is_discarding()) {
    // The program was given up before its halt had found room: only that halt still matters.
    if (next_end_ == ends_.size()) {
      next_ = queue_.size();
      return;
    }
    next_ = ends_[next_end_];
    model_->feed(queue_[next_ - 1]);
    return;
  }
  // Large refills only: filling makes the model compute its state anew.
  if (model_->filled() > model_->capacity() / 2) return;
  next_ += model_->fill(std::span(queue_).subspan(next_, waiting()));
}

void ModelLink::advance(std::uint64_t clocks) {
  auto const begin = std::chrono::steady_clock::now();
  Model::Ran const ran = model_->run(clocks);
  model_->take(arrived_);
  std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begin;
  run_clocks_ += ran.clocks;
  statistics_.simulated_cycles += ran.clocks;
  statistics_.simulation_seconds += took.count();
  if (ran.run_ended) forget_program();
}

void ModelLink::forget_program() {
  running_ = false;
  ++next_end_;
  if (next_end_ == ends_.size() && next_ == queue_.size()) {
    queue_.clear();
    ends_.clear();
    next_ = 0;
    next_end_ = 0;
  }
}

std::size_t ModelLink::deliver(std::span<std::uint64_t> words) {
  std::size_t const count = std::min(words.size(), arrived_.size() - delivered_);
  std::copy_n(arrived_.begin() + static_cast<std::ptrdiff_t>(delivered_), count, words.begin());
  delivered_ += count;
  if (delivered_ == arrived_.size()) {
    arrived_.clear();
    delivered_ = 0;
  }
  statistics_.words_received += count;
  return count;
}

Error ModelLink::over_budget() {
  std::string const clocks = std::to_string(run_clocks_);
  model_->abort();
  run_clocks_ = 0;
  return Error{
      ErrorCode::kTimeout, Effect::kApplied,
      "the program has run for " + clocks + " simulated clocks of 8 ns without reaching its end",
      "max_cycles=" + std::to_string(options_.max_cycles) +
          " in the target is the limit; the rest of the program was dropped and the link can be "
          "used on"};
}

std::string ModelLink::describe() const {
  std::string text = model_->describe();
  if (options_.max_cycles != 0)
    text += ", at most " + std::to_string(options_.max_cycles) + " clocks per run";
  if (!options_.note.empty()) text += ", " + options_.note;
  return text;
}

LinkStatistics ModelLink::statistics() const {
  LinkStatistics statistics = statistics_;
  statistics.packs_dropped = model_->packs_dropped();
  statistics.labels_lost = model_->labels_lost();
  return statistics;
}

}  // namespace hx::sim
