/// A bad network: loses, doubles, reorders, spoils and delays datagrams, the same for the same seed.
///
///     Result<FaultOptions> options = parse_faults("drop:0.1,dup:0.05,reorder:0.1,corrupt:0.01,delay:2ms,seed:7");
///     FaultStage stage(*options);
///     stage.push(bytes, now);
///     while (auto bytes = stage.pop(now)) deliver(*bytes);
///
/// A spoiled datagram has lost its end or is empty: a flipped bit would be found by UDP's checksum, so one with a wrong length is what can
/// arrive. The delay is jitter and keeps the order. Reordered datagrams are passed by at most four others: sequence numbers of 8 bits
/// presume that no network holds a datagram back for longer.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "driver/base/result.h"

namespace hx::sim {

struct FaultOptions {
  double drop = 0;  ///< probabilities, 0 to 1
  double duplicate = 0;
  double reorder = 0;
  double corrupt = 0;
  std::chrono::nanoseconds delay{0};  ///< each datagram is late by 0 to this, at most 1 s
  std::uint64_t seed = 1;

  [[nodiscard]] bool is_any() const {
    return drop > 0 || duplicate > 0 || reorder > 0 || corrupt > 0 || delay.count() > 0;
  }
  bool operator==(FaultOptions const&) const = default;
};

/// kInvalidArgument for what is not of the form above. `delay` takes ns, us, ms, s.
Result<FaultOptions> parse_faults(std::string_view text);

class FaultStage {
 public:
  using Time = std::chrono::nanoseconds;

  explicit FaultStage(FaultOptions const& options) : options_(options), random_(options.seed) {}

  void push(std::span<std::byte const> bytes, Time now);
  /// The next datagram that is due.
  std::optional<std::vector<std::byte>> pop(Time now);
  /// When the next one is due; Time::max() if there is none.
  [[nodiscard]] Time due() const { return queue_.empty() ? Time::max() : queue_.begin()->first; }
  void clear() { queue_.clear(); }

 private:
  bool happens(double probability);
  void insert(std::vector<std::byte> bytes, Time now);
  void hurry(std::uint64_t number, Time now);

  FaultOptions options_;
  std::mt19937_64 random_;
  struct Late {
    std::uint64_t number;
    unsigned passed;
    std::vector<std::byte> bytes;
  };
  std::multimap<Time, Late> queue_;
  std::uint64_t pushed_ = 0;
  Time last_due_{0};
};

}  // namespace hx::sim
