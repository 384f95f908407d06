/// The full system as RTL with waves.
#pragma once

#include <memory>

#include "driver/base/result.h"
#include "sim/model/model.h"

namespace hx::sim {

/// kIo if the file cannot be written, kInvalidArgument if the window is empty. Without a file no waves are recorded.
Result<std::unique_ptr<Model>> make_rtl_model_with_waves(TraceOptions const& trace,
                                                         SystemOptions const& options = {});

}  // namespace hx::sim
