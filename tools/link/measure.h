/// hx link bench and soak: how fast a link is, and whether it keeps every word.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "driver/base/result.h"
#include "driver/link/registry.h"

namespace hx::tools {

/// Round trips of a program that is only a halt (histogram), and the rates of a program of Setup messages and of one of ticks of `words`
/// words; then what the link has counted.
Result<void> bench_link(Registry const& registry, std::string const& target, std::size_t words,
                        std::ostream& out);

/// Random programs of ticks and halts until `words` words were sent; every answer must come, once and in order. kProtocol otherwise.
Result<void> soak_link(Registry const& registry, std::string const& target, std::uint64_t words,
                       std::uint32_t seed, std::ostream& out);

}  // namespace hx::tools
