/// The query of a `sim:` target, read and checked.
#pragma once

#include "driver/base/result.h"
#include "driver/link/uri.h"
#include "sim/model/model.h"
#include "sim/model/model_link.h"

namespace hx::sim {

struct TargetOptions {
  ModelLinkOptions link;
  TraceOptions trace;
};

/// kInvalidArgument for a path, an unknown key, a value that is no number, or a trace window without a file.
Result<TargetOptions> parse_options(Uri const& uri);

}  // namespace hx::sim
