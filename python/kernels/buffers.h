// Memory that is kept between batches: arrays of the same size come back without page faults.
#pragma once

#include <cstddef>

namespace hx::kernels {

// At least `bytes` bytes, aligned to 64, content undefined; null only if the system has no memory.
void* take_buffer(std::size_t bytes);
// Gives memory of take_buffer back; kept for the next call up to keep_limit() in total.
void return_buffer(void* memory);
// Bytes that are kept while nobody uses them; 256 MiB unless set.
void set_keep_limit(std::size_t bytes);
std::size_t kept_bytes();

}  // namespace hx::kernels
