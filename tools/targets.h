/// Where experiments can run: names of targets to backends.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "driver/base/result.h"
#include "driver/link/registry.h"
#include "host/backend.h"

namespace hx::tools {

/// What runs if neither --target nor HX_TARGET says otherwise.
inline constexpr std::string_view kDefaultTarget = "twin:";

/// All targets that this program was built with. Defined by the program's variant: with or without waveforms.
Registry all_targets();

/// The backend of "mock" or of a target URI.
Result<std::unique_ptr<host::Backend>> open_target(std::string_view name);

/// A line for each target.
void print_targets(std::ostream& out);

}  // namespace hx::tools
