#include "sim/server/executor.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "driver/link/zero_link.h"
#include "driver/ut/to_fpga.h"
#include "sim/targets/twin_target.h"

namespace hx::sim {
namespace {

using Words = std::vector<std::uint64_t>;

class Executors : public ::testing::Test {
 protected:
  Executors() {
    add_zero_target(registry_);
    add_twin_target(registry_);
  }
  std::unique_ptr<Executor> make(std::string const& target) {
    return std::make_unique<Executor>([this, target] { return registry_.open(target); },
                                      [this] {
                                        std::lock_guard const lock(mutex_);
                                        woken_ = true;
                                        changed_.notify_all();
                                      });
  }
  // Waits for `count` answers; the test's own time limit ends it if they do not come.
  Words wait(Executor& executor, std::size_t count) {
    Words answers;
    while (executor.take(answers), answers.size() < count) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return woken_; });
      woken_ = false;
    }
    return answers;
  }
  void give(Executor& executor, Words const& words) {
    std::span<std::uint64_t const> rest = words;
    while (!rest.empty()) {
      rest = rest.subspan(executor.give(rest));
      if (rest.empty()) break;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return woken_; });
      woken_ = false;
    }
  }

  Registry registry_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

TEST_F(Executors, AnswersLikeTheTargetHoweverTheWordsAreCut) {
  Words program = {ut::timer_setup(), ut::tick(), ut::omnibus_read(0x8800000c), ut::barrier(1),
                   ut::halt()};
  std::unique_ptr<Link> const link = *registry_.open("twin:");
  ASSERT_TRUE(link->send(program));
  Words expected(64);
  expected.resize(*link->receive(expected, Deadline::in(std::chrono::minutes{1})));
  auto const executor = make("twin:");
  executor->reset();
  for (std::uint64_t const word : program) give(*executor, {word});
  EXPECT_EQ(wait(*executor, expected.size()), expected);
  EXPECT_EQ(executor->statistics().programs, 1U);
}

TEST_F(Executors, DropsAndCountsUnknownWords) {
  auto const executor = make("zero:");
  executor->reset();
  give(*executor,
       {0x7f00000000000000, ut::tick(), 0x1000000000000000, 0x8000000000000001, ut::halt()});
  EXPECT_EQ(wait(*executor, 2).size(), 2U);
  EXPECT_EQ(executor->statistics().unknown_words, 2U);
  EXPECT_EQ(executor->statistics().failures, 0U);
}

TEST_F(Executors, AResetPowersTheTargetOnAnew) {
  auto const executor = make("twin:");
  Words const write = {ut::omnibus_write_address(0x88000009), ut::omnibus_data(1234),
                       ut::barrier(1), ut::halt()};
  Words const read = {ut::omnibus_read(0x88000009), ut::barrier(1), ut::halt()};
  executor->reset();
  give(*executor, write);
  wait(*executor, 1);
  give(*executor, read);
  EXPECT_EQ(wait(*executor, 2)[0] & 0xffffffff, 1234U);
  executor->reset();
  give(*executor, read);
  EXPECT_EQ(wait(*executor, 2)[0] & 0xffffffff, 1250000U);
  EXPECT_EQ(executor->statistics().targets_opened, 2U);
}

TEST_F(Executors, AProgramWithoutEndIsGivenUpByAReset) {
  auto const executor = make("twin:");
  executor->reset();
  give(*executor, {ut::timer_setup(), ut::wait_until(0xffffffff), ut::halt()});
  executor->reset();
  give(*executor, {ut::tick(), ut::halt()});
  EXPECT_EQ(wait(*executor, 2).size(), 2U);
}

TEST_F(Executors, AProgramBeyondItsLimitIsCountedAndTheNextOneRuns) {
  auto const executor = make("twin:?max_cycles=1000");
  executor->reset();
  give(*executor, {ut::timer_setup(), ut::wait_until(100000), ut::halt()});
  wait(*executor, 1);
  give(*executor, {ut::tick(), ut::halt()});
  wait(*executor, 2);
  EXPECT_EQ(executor->statistics().given_up, 1U);
}

TEST_F(Executors, ATargetThatCannotBeOpenedIsAFailureUntilTheNextReset) {
  auto const executor = make("nothing:");
  executor->reset();
  give(*executor, {ut::halt()});
  std::optional<Error> error;
  while (!(error = executor->failure())) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return woken_; });
    woken_ = false;
  }
  EXPECT_EQ(error->code, ErrorCode::kNotFound);
  EXPECT_FALSE(executor->failure());
}

TEST_F(Executors, WordsWithoutEndAreTakenWithoutEnd) {
  auto const executor = make("twin:");
  executor->reset();
  Words some(std::size_t{1} << 20, ut::timer_setup());
  for (std::size_t i = 0; i < some.size(); i += 10000) some[i] = ut::tick();
  std::size_t const ticks = (some.size() + 9999) / 10000;
  for (int i = 0; i < 12; ++i) give(*executor, some);  // three times the playback memory
  give(*executor, {ut::halt()});
  Words const answers = wait(*executor, 12 * ticks + 1);
  ASSERT_EQ(answers.size(), 12 * ticks + 1);
  for (std::size_t i = 0; i + 1 < answers.size(); ++i) EXPECT_EQ(answers[i] & 1, 1U) << i;
  EXPECT_EQ(answers.back() & 1, 0U);
}

}  // namespace
}  // namespace hx::sim
