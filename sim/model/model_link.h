/// A simulated system behind a Link: `sim:`.
///
///     Registry registry;
///     sim::add_targets(registry);                                  // sim/targets/targets.h
///     Result<std::unique_ptr<Link>> link = registry.open("sim:?max_cycles=1000000");
///
/// Time: the simulated clock stands still unless a program runs. Words handed over fill the playback memory in no simulated time; a
/// program starts when its halt is there (or 4,194,304 words are) and ends when the word that completes the halt's answer has
/// left. What is still inside comes out in the next run. The simulation advances inside of `receive`, on the caller's thread;
/// a deadline that passes interrupts it, and the next `receive` goes on in the same clock. So the words of a run depend on the
/// words sent alone, never on the speed of the computer.
///
/// Errors: an unknown header code in `send` (kProtocol; the batch has had no effect); `receive` while words wait that hold no halt
/// (kProtocol); a run of more than `max_cycles` clocks (kTimeout; the rest of the program is dropped and its halt answered, the
/// link stays usable).
///
/// `receive` with nothing running and nothing to run returns 0 at once: in simulated time nothing can come any more.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "driver/link/link.h"
#include "sim/model/model.h"

namespace hx::sim {

struct ModelLinkOptions {
  /// Clocks that a run may take; 0: any number.
  std::uint64_t max_cycles = 0;
  /// Ends describe().
  std::string note = {};
};

class ModelLink : public Link {
 public:
  ModelLink(std::unique_ptr<Model> model, ModelLinkOptions options);

  Result<void> send(std::span<std::uint64_t const> words) override;
  Result<std::size_t> receive(std::span<std::uint64_t> words, Deadline deadline) override;
  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] LinkStatistics statistics() const override;

 private:
  /// Instructions of the program at work, or of the next one, that are not in the playback memory.
  [[nodiscard]] std::size_t waiting() const { return program_end() - next_; }
  [[nodiscard]] std::size_t program_end() const;
  [[nodiscard]] bool can_start() const;
  void start();
  void refill();
  void advance(std::uint64_t clocks);
  void forget_program();
  void forget_consumed();
  std::size_t deliver(std::span<std::uint64_t> words);
  Error over_budget();

  std::unique_ptr<Model> model_;
  ModelLinkOptions options_;
  std::vector<std::uint64_t> queue_;  // instructions, also of later programs
  std::size_t next_ = 0;              // first one that is not in the playback memory
  std::vector<std::size_t> ends_;     // one behind each halt in queue_, in order
  std::size_t next_end_ = 0;          // of the program at work or the next one
  bool running_ = false;
  std::uint64_t run_clocks_ = 0;
  std::vector<std::uint64_t> arrived_;
  std::size_t delivered_ = 0;  // words of arrived_ that the caller has
  LinkStatistics statistics_;
};

}  // namespace hx::sim
