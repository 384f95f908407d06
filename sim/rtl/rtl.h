/// The full system as RTL: 512 neurons, 256 rows per hemisphere.
#pragma once

#include <memory>

#include "driver/base/result.h"
#include "sim/model/model.h"

namespace hx::sim {

/// About 40 MB and 20 ms each. Any number may live in a process.
std::unique_ptr<Model> make_rtl_model(SystemOptions const& options = {});

}  // namespace hx::sim
