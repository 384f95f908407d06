// Any bytes as a capture: an Error or sessions, and those can be narrated.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>

#include "driver/capture/exchange.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto in =
      std::make_unique<std::istringstream>(std::string(reinterpret_cast<char const*>(data), size));
  auto const sessions = hx::capture::read_exchanges(std::move(in));
  if (!sessions) return 0;
  for (hx::capture::Exchange const& session : *sessions) {
    for (auto direction : {hx::capture::Direction::kToFpga, hx::capture::Direction::kFromFpga})
      (void)hx::capture::Narrator(direction).lines(session.words(direction));
  }
  return 0;
}
