// The neuron step for the computers that the whole program is built for (AVX2); plain C++ on others.
#include "sim/twin/neuron_step.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace hx::sim {
namespace {
#define HX_STEP_WIDTH 8
#include "sim/twin/neuron_step.inc"
}  // namespace

std::uint32_t step_slots_v3(StepJob const& job, unsigned first, unsigned last) {
  return step_job(job, first, last);
}

}  // namespace hx::sim
