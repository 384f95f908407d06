/// `hx explain`: what an experiment becomes, stage by stage, without executing anything.
#pragma once

#include <ostream>

#include "driver/base/result.h"
#include "tools/experiment/experiment_file.h"

namespace hx::tools {

/// Prints placement, routing per bus, registers that differ from a silent chip (by name, with their fields) and the
/// timed program. `all`: the whole program instead of its first instructions. Errors are those of lowering.
Result<void> explain(ExperimentFile const& file, bool all, std::ostream& out);

}  // namespace hx::tools
