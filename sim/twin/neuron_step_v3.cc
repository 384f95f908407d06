// The neuron step for the computers that the whole program is built for (AVX2); plain C++ on others.
#include "fpga_model/spec/neuron_tables.h"
#include "sim/twin/neuron_step.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace hx::sim {
namespace {
#define HX_STEP_WIDTH 8
#include "sim/twin/neuron_step.inc"
}  // namespace

StepCode step_code_v3() {
  return {step_job, prepare_complete, finish_complete};
}

}  // namespace hx::sim
