#include "python/kernels/workers.h"

#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace hx::kernels {
namespace {

struct Workers {
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable idle;
  std::function<void(std::size_t)> const* part = nullptr;
  std::size_t parts = 0;
  std::size_t next = 0;     // next part to take
  std::size_t running = 0;  // parts being worked on
  unsigned helpers = 0;     // threads started
  unsigned wanted = 0;      // helpers that may still join this call

  // Takes parts until none is left. The lock is held on entry and exit.
  void work(std::unique_lock<std::mutex>& lock) {
    while (next < parts) {
      std::size_t const mine = next++;
      auto const* const function = part;
      ++running;
      lock.unlock();
      (*function)(mine);
      lock.lock();
      --running;
    }
  }

  void helper() {
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [&] { return wanted > 0 && next < parts; });
      --wanted;
      work(lock);
      if (running == 0) idle.notify_one();
    }
  }
};

std::atomic<Workers*> instance{nullptr};
std::atomic<pid_t> owner{0};
std::mutex use;

// Never destroyed: helpers wait in it until the process ends. Caller holds `use`.
Workers& workers() {
  if (owner.load() != getpid()) {
    instance = new Workers;
    owner = getpid();
  }
  return *instance.load();
}

}  // namespace

void run_parts(std::size_t parts, unsigned threads, std::function<void(std::size_t)> const& part) {
  std::unique_lock in_use(use, std::defer_lock);
  if (threads < 2 || parts < 2 || !in_use.try_lock()) {
    for (std::size_t k = 0; k < parts; ++k) part(k);
    return;
  }
  Workers& pool = workers();
  std::unique_lock lock(pool.mutex);
  unsigned const wanted = threads - 1;
  for (; pool.helpers < wanted; ++pool.helpers) std::thread([&pool] { pool.helper(); }).detach();
  pool.part = &part;
  pool.parts = parts;
  pool.next = 0;
  pool.wanted = wanted;
  pool.wake.notify_all();
  pool.work(lock);
  pool.idle.wait(lock, [&] { return pool.running == 0; });
  pool.parts = 0;
  pool.wanted = 0;
}

}  // namespace hx::kernels
