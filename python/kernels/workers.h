// A few threads that share the parts of one call; nothing spins, nothing runs while there is no call.
#pragma once

#include <cstddef>
#include <functional>

namespace hx::kernels {

// Calls part(k) for k = 0 ... parts - 1 on the caller and up to threads - 1 helpers; returns when all are done.
// One call at a time uses the helpers, others run alone. Survives fork(): the child starts its own helpers.
void run_parts(std::size_t parts, unsigned threads, std::function<void(std::size_t)> const& part);

}  // namespace hx::kernels
