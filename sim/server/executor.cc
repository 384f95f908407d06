#include "sim/server/executor.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace hx::sim {
namespace {

constexpr std::size_t kMaxIn = std::size_t{1} << 20;     // words
constexpr std::size_t kMaxOut = std::size_t{1} << 20;    // words; a target is held up beyond
constexpr std::size_t kMaxAhead = std::size_t{1} << 23;  // twice the playback memory
constexpr std::chrono::milliseconds kSlice{5};           // between two looks at what else is wanted

constexpr unsigned kCodes = 16;

bool is_idle(std::uint64_t word) {
  return (word >> 63) != 0;
}
bool is_halt(std::uint64_t word) {
  return (word >> 56) == 0x0a && (word & 1) == 0;
}

}  // namespace

Executor::Executor(Open open, std::function<void()> wake)
    : open_(std::move(open)), wake_(std::move(wake)), buffer_(16384), thread_([this] { run(); }) {}

Executor::~Executor() {
  {
    std::lock_guard const lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Executor::reset() {
  {
    std::lock_guard const lock(mutex_);
    ++generation_;
    in_.clear();
    out_.clear();
    failure_.reset();
  }
  changed_.notify_all();
}

std::size_t Executor::give(std::span<std::uint64_t const> words) {
  std::size_t count = 0;
  {
    std::lock_guard const lock(mutex_);
    count = std::min(words.size(), kMaxIn - std::min(kMaxIn, in_.size()));
    in_.insert(in_.end(), words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
    statistics_.words_in += count;
  }
  if (count != 0) changed_.notify_all();
  return count;
}

std::size_t Executor::take(std::vector<std::uint64_t>& answers) {
  std::size_t count = 0;
  {
    std::lock_guard const lock(mutex_);
    count = out_.size();
    answers.insert(answers.end(), out_.begin(), out_.end());
    out_.clear();
  }
  if (count != 0) changed_.notify_all();
  return count;
}

std::optional<Error> Executor::failure() {
  std::lock_guard const lock(mutex_);
  return std::exchange(failure_, std::nullopt);
}

ExecutorStatistics Executor::statistics() const {
  std::lock_guard const lock(mutex_);
  return statistics_;
}

void Executor::run() {
  Session session;
  std::vector<std::uint64_t> words;
  while (next(session, words)) {
    if (session.has_failed) continue;
    Result<void> done = feed(session, words);
    if (done) done = advance(session);
    if (!done) fail(session, std::move(done).error());
  }
}

// Waits for something to do and takes the words that there are; false at the end.
bool Executor::next(Session& session, std::vector<std::uint64_t>& words) {
  words.clear();
  bool is_new = false;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return stop_ || generation_ != session.generation || session.is_busy || !in_.empty();
    });
    if (stop_) return false;
    is_new = generation_ != session.generation;
    session.generation = generation_;
    if (is_new || !session.is_busy || session.ahead < kMaxAhead) words.swap(in_);
  }
  if (is_new) {
    session.link.reset();
    session.is_busy = session.has_failed = false;
    session.ahead = 0;
  }
  if (!words.empty()) wake_();  // there is room again
  return true;
}

Result<void> Executor::feed(Session& session, std::vector<std::uint64_t>& words) {
  if (words.empty()) return {};
  if (!session.link) {
    Result<std::unique_ptr<Link>> link = open_();
    if (!link) return std::move(link).error();
    session.link = std::move(*link);
    std::lock_guard const lock(mutex_);
    ++statistics_.targets_opened;
  }
  std::size_t const unknown = std::erase_if(
      words, [](std::uint64_t word) { return !is_idle(word) && (word >> 56) >= kCodes; });
  {
    std::lock_guard const lock(mutex_);
    statistics_.unknown_words += unknown;
    statistics_.programs +=
        static_cast<std::uint64_t>(std::count_if(words.begin(), words.end(), is_halt));
  }
  session.ahead = session.is_busy ? session.ahead + words.size() : 0;
  session.is_busy = true;
  return session.link->send(words);
}

// Lets the target compute for a while.
Result<void> Executor::advance(Session& session) {
  if (!session.is_busy) return {};
  Deadline const slice = Deadline::in(kSlice);
  Result<std::size_t> const count = session.link->receive(buffer_, slice);
  if (count) {
    if (*count == 0) {
      session.is_busy = slice.passed();
    } else if (!deliver(session, std::span(buffer_).first(*count))) {
      session.is_busy = false;
    }
    return {};
  }
  if (count.error().code ==
      ErrorCode::kProtocol) {  // a program without its halt: more words will come
    session.is_busy = false;
    return {};
  }
  if (count.error().code != ErrorCode::kTimeout) return count.error();
  std::lock_guard const lock(mutex_);
  ++statistics_.given_up;
  return {};
}

// false: the session has ended meanwhile.
bool Executor::deliver(Session const& session, std::span<std::uint64_t const> words) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(
        lock, [&] { return stop_ || generation_ != session.generation || out_.size() < kMaxOut; });
    if (stop_ || generation_ != session.generation) return false;
    out_.insert(out_.end(), words.begin(), words.end());
    statistics_.words_out += words.size();
  }
  wake_();
  return true;
}

void Executor::fail(Session& session, Error error) {
  session.has_failed = true;
  session.is_busy = false;
  session.link.reset();
  {
    std::lock_guard const lock(mutex_);
    if (generation_ != session.generation) return;
    failure_ = std::move(error);
    ++statistics_.failures;
  }
  wake_();
}

}  // namespace hx::sim
