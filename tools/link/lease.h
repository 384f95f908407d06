/// Leases of shared boards: who takes one has the board until the lease expires, is released or its holder's process ends. Leases are
/// advisory, like a sign on the door: everybody who uses `hx lease` respects them, a bare client does not know them.
///
///     Result<Lease> lease = take_lease("192.168.5.1", "nightly tests", 600s, Deadline::in(60s));
///     ... renew_lease(lease->board, lease->token, 600s) ...
///     release_lease(lease->board, lease->token);
///
/// A lease that nobody releases ends by itself at its expiry, so a crashed user never blocks a board for longer than it had asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "driver/base/result.h"
#include "driver/link/deadline.h"

namespace hx::tools {

inline constexpr std::chrono::seconds kLongestLease{86400};

struct Lease {
  std::string board;         ///< "127.0.0.1_1234", see board_key
  std::string holder;        ///< for people
  std::string token;         ///< of the one who has it
  long process = 0;          ///< ends with it; 0: only with its expiry
  std::int64_t expires = 0;  ///< seconds since 1970

  bool operator==(Lease const&) const = default;
};

/// Takes the board, waiting until the deadline if somebody has it. kTimeout with holder and remaining time; kInvalidArgument for a time
/// beyond kLongestLease. `process`: the lease also ends with this process.
Result<Lease> take_lease(std::string const& board, std::string const& holder,
                         std::chrono::seconds time, Deadline deadline, long process = 0);
/// A new expiry. kNotFound if the lease has ended.
Result<Lease> renew_lease(std::string const& board, std::string const& token,
                          std::chrono::seconds time);
/// kNotFound if the lease has ended already.
Result<void> release_lease(std::string const& board, std::string const& token);
/// Those that hold now.
Result<std::vector<Lease>> leases();

}  // namespace hx::tools
