/// A small host for tests: `udp:ADDRESS:PORT` as a Link, with the window of the board turned round. It does what a host must do and nothing
/// more; what it shares with the server is held against recordings in session_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "driver/link/link.h"
#include "driver/link/registry.h"
#include "sim/server/window.h"

namespace hx::sim {

class UdpClient final : public Link {
 public:
  static Result<std::unique_ptr<UdpClient>> open(std::string const& address, std::uint16_t port);
  /// Closes with a flush frame unless `abandon` was called.
  ~UdpClient() override;

  Result<void> send(std::span<std::uint64_t const> words) override;
  Result<std::size_t> receive(std::span<std::uint64_t> words, Deadline deadline) override;
  [[nodiscard]] std::string describe() const override { return "udp: test client"; }
  [[nodiscard]] LinkStatistics statistics() const override;

  /// Goes without a word, as a killed process does.
  void abandon() { abandoned_ = true; }
  [[nodiscard]] std::string const& information() const { return information_; }
  /// Sends bytes as they are to the data or the reset port.
  void send_raw(std::span<std::byte const> bytes, bool to_reset_port);

 private:
  UdpClient() = default;
  Result<void> start(std::string const& address, std::uint16_t port);
  Result<void> pump(Deadline deadline);
  bool take(std::uint16_t type, std::span<std::byte const> payload);

  int socket_ = -1;
  std::uint32_t address_ = 0;
  std::uint16_t port_ = 0;
  Window window_;
  std::vector<std::uint64_t> words_;
  std::size_t first_ = 0;
  std::string information_;
  std::vector<std::uint64_t> cfg_;
  std::uint64_t echo_ = 0;
  bool has_cfg_ = false;
  bool has_echo_ = false;
  bool abandoned_ = false;
  Time heard_{0};
};

/// Makes `udp:ADDRESS:PORT` known.
void add_udp_client(Registry& registry);

}  // namespace hx::sim
