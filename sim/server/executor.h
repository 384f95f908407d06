/// The playback executor of a served board: a thread that feeds words to a target (any Link: `twin:`, `sim:`, `zero:`) and collects its
/// answers, so that the thread at the network is never held up by a simulation.
///
///     Executor executor([&] { return registry.open("twin:"); }, [&] { wake_the_network_thread(); });
///     executor.reset();                                   // a new session: a target just powered on
///     std::size_t taken = executor.give(words);           // the rest again after a wake-up
///     executor.take(answers);                             // appends what is there
///
/// The target is opened when the first words of a session arrive and closed by `reset`. Words whose header code is unknown are dropped and
/// counted, as the FPGA does. A program that the target gave up (max_cycles) or one without halt is no failure; a target that breaks is:
/// `failure()` says why, and everything is dropped until the next reset.
///
/// Threads: give, take, reset, failure and statistics from any thread; the callbacks run on the executor's own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "driver/base/result.h"
#include "driver/link/link.h"

namespace hx::sim {

struct ExecutorStatistics {
  std::uint64_t words_in = 0;
  std::uint64_t words_out = 0;
  std::uint64_t programs = 0;       ///< halts that were given
  std::uint64_t unknown_words = 0;  ///< dropped because of their header code
  std::uint64_t given_up = 0;       ///< programs beyond a limit of the target
  std::uint64_t targets_opened = 0;
  std::uint64_t failures = 0;

  bool operator==(ExecutorStatistics const&) const = default;
};

class Executor {
 public:
  using Open = std::function<Result<std::unique_ptr<Link>>()>;

  /// `wake` is called when answers are there, when there is room again, and at a failure.
  Executor(Open open, std::function<void()> wake);
  ~Executor();
  Executor(Executor const&) = delete;
  Executor& operator=(Executor const&) = delete;

  /// Forgets words, answers and the target. Does not wait for a program at work; it is given up.
  void reset();
  /// Takes words in their order, as many as there is room for; returns how many.
  std::size_t give(std::span<std::uint64_t const> words);
  /// Appends the answers that are there; returns how many.
  std::size_t take(std::vector<std::uint64_t>& answers);
  /// Why the target broke, once per failure.
  std::optional<Error> failure();
  [[nodiscard]] ExecutorStatistics statistics() const;

 private:
  struct Session {
    std::uint64_t generation = 0;
    std::unique_ptr<Link> link;
    bool is_busy = false;  // the target may have more to compute
    bool has_failed = false;
    std::size_t ahead = 0;  // words given while it was busy
  };

  void run();
  bool next(Session& session, std::vector<std::uint64_t>& words);
  Result<void> feed(Session& session, std::vector<std::uint64_t>& words);
  Result<void> advance(Session& session);
  bool deliver(Session const& session, std::span<std::uint64_t const> words);
  void fail(Session& session, Error error);

  Open open_;
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::uint64_t generation_ = 0;
  std::vector<std::uint64_t> in_;
  std::vector<std::uint64_t> out_;
  std::optional<Error> failure_;
  ExecutorStatistics statistics_;
  std::vector<std::uint64_t> buffer_;  // of the thread
  std::thread thread_;
};

}  // namespace hx::sim
