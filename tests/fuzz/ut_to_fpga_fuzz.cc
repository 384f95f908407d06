#include <cstddef>
#include <cstdint>

#include "tests/fuzz/ut_properties.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  hx::ut::check_to_fpga({data, size});
  return 0;
}
