// The neuron step for computers with AVX-512. Compiled with -march=x86-64-v4 (see BUILD); called only if has_step_code_v4().
#include "fpga_model/spec/neuron_tables.h"
#include "sim/twin/neuron_step.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace hx::sim {

#if defined(__AVX512F__)
namespace {
#define HX_STEP_WIDTH 16
#include "sim/twin/neuron_step.inc"
}  // namespace

StepCode step_code_v4() {
  return {step_job, prepare_complete, finish_complete};
}

bool has_step_code_v4() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
}
#else
// Not for this kind of computer; has_step_code_v4() says so.
StepCode step_code_v4() {
  return {};
}

bool has_step_code_v4() {
  return false;
}
#endif

}  // namespace hx::sim
