// C interface of the bare loop for hxtorch_bench.py, which compiles this file and loads it.
#include "tests/bench/kernels/bare_loop.h"

#include <algorithm>
#include <ctime>

// Best CPU seconds of `repetitions` of forward and backward.
extern "C" double bare_loop_seconds(unsigned steps, unsigned batch, unsigned repetitions) {
  hx::bench::BareNetwork network(steps, batch);
  double best = 1e9;
  for (unsigned k = 0; k < repetitions; ++k) {
    timespec begin{}, end{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    network.forward();
    network.backward();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    best = std::min(best, static_cast<double>(end.tv_sec - begin.tv_sec) +
                              1e-9 * static_cast<double>(end.tv_nsec - begin.tv_nsec));
  }
  return best;
}
