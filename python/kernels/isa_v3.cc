// Kernels for x86-64-v3. Everything from the standard library is included before the pragma, so that no inline
// function of it is compiled for a machine that may not be there.
#include <immintrin.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "python/kernels/table.h"

#pragma GCC diagnostic ignored "-Wpsabi"
#pragma GCC push_options
#pragma GCC optimize("O3", "no-trapping-math", "fp-contract=off")
#pragma GCC target("arch=x86-64-v3")
#define HX_ISA 3
#define HX_BYTES 32
namespace hx::kernels {
namespace isa_v3 {
#include "python/kernels/body.inc"
}  // namespace isa_v3
}  // namespace hx::kernels
#pragma GCC pop_options

namespace hx::kernels {
Table const kTableV3{"x86-64-v3", isa_v3::functions<float>(), isa_v3::functions<double>()};
}  // namespace hx::kernels
