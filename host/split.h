/// One batch on several targets side by side.
///
///     std::vector<Backend*> targets = {first.get(), second.get()};
///     Result<Results> results = run_split(targets, request);
///
/// Every target gets a contiguous part of the entries, as equal in size as possible, and a thread of its own (the
/// first one that of the caller). Results are those of one target: entries in their order, counters and
/// real time added up, device and total time those of the slowest. Random sources on the chip begin anew on
/// every target.
#pragma once

#include <span>

#include "driver/base/result.h"
#include "host/backend.h"

namespace hx::host {

/// Contract: at least one backend, none twice. An error names the target; the others end their part. With
/// fewer entries than targets some have nothing to do.
Result<Results> run_split(std::span<Backend* const> backends, RunRequest const& request);

}  // namespace hx::host
