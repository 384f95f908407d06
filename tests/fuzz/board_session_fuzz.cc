// Any datagrams at any times to the board's side of a session: it stays alive, and its memory bounded.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "sim/server/session.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  hx::sim::BoardSession session("version: 1\ncompatible_until: 2\n");
  std::array<std::byte, 4> reset;
  reset.fill(std::byte{0xab});
  session.receive_reset(reset);
  hx::sim::Time now{0};
  std::array<std::uint64_t, 200> const words{};
  while (size >= 2) {
    // Length, what to do besides, datagram.
    std::size_t const length = std::min<std::size_t>(data[0], size - 2);
    unsigned const action = data[1];
    session.receive(std::as_bytes(std::span(data + 2, length)), now);
    if ((action & 1) != 0) session.drop(action, now);
    if ((action & 2) != 0) session.write(std::span(words).first(action % 200));
    if ((action & 4) != 0) session.receive_reset(reset);
    while (session.next(now)) {
    }
    now += std::chrono::microseconds{action * 20};
    data += 2 + length;
    size -= 2 + length;
  }
  return 0;
}
