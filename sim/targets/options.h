/// The query of a `sim:` or `twin:` target, read and checked.
#pragma once

#include "driver/base/result.h"
#include "driver/link/uri.h"
#include "sim/model/model.h"
#include "sim/model/model_link.h"
#include "sim/twin/twin.h"

namespace hx::sim {

struct TargetOptions {
  ModelLinkOptions link;
  TraceOptions trace;
  SystemOptions system;
};

/// kInvalidArgument for a path, an unknown key, a value that is none of its key, or a trace window without a file.
Result<TargetOptions> parse_options(Uri const& uri);

struct TwinTargetOptions {
  ModelLinkOptions link;
  TwinOptions twin;
};

/// kInvalidArgument for a path, an unknown key or a value out of its range.
Result<TwinTargetOptions> parse_twin_options(Uri const& uri);

}  // namespace hx::sim
