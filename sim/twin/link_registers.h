/// Registers of the link in the FPGA: 0x88004000 lane enables and time online, 0x88006000 PHY configuration, 0x88008000 throughput
/// test, 0x8800c000 words sent and received.
#pragma once

#include <array>
#include <cstdint>

#include "sim/twin/fpga_device.h"
#include "sim/twin/link_traffic.h"
#include "sim/twin/ring.h"

namespace hx::sim {

class LinkRegisters : public FpgaDevice {
 public:
  static constexpr std::uint32_t kLanesFirst = 0x0800'4000;
  static constexpr std::uint32_t kLanesLast = 0x0800'401b;
  static constexpr std::uint32_t kPhyFirst = 0x0800'6000;
  static constexpr std::uint32_t kPhyLast = 0x0800'6007;
  static constexpr std::uint32_t kTestFirst = 0x0800'8000;
  static constexpr std::uint32_t kTestLast = 0x0800'8004;
  static constexpr std::uint32_t kWordsFirst = 0x0800'c000;
  static constexpr std::uint32_t kWordsLast = 0x0800'c013;

  explicit LinkRegisters(LinkTraffic const& traffic);

  std::uint32_t read(std::uint32_t address, Clock now) override;
  void write(std::uint32_t address, std::uint32_t data, unsigned byte_enables, Clock now) override;

  /// Enables of the lanes, and since when they are seen.
  [[nodiscard]] unsigned lane_enable() const { return lanes_; }
  /// Lanes that are up as of clock `now`, told whenever that changes and before any access in it.
  void set_up(unsigned lanes_up, Clock now);

 private:
  void write_test(bool on, Clock now);
  [[nodiscard]] std::uint32_t online(unsigned lane, Clock now) const;
  /// Brings the throughput test up to the state at the start of clock `now`.
  void advance_test(Clock now);
  [[nodiscard]] std::uint32_t test_received(Clock now) const;

  LinkTraffic const& traffic_;
  unsigned lanes_ = 0;
  // Time online: of earlier times, and when the last one began.
  unsigned up_ = 0;
  std::array<std::uint32_t, 8> base_{};
  std::array<std::uint32_t, 8> since_{};
  std::array<std::uint32_t, 8> phy_;

  bool test_ = false;
  Clock test_at_ = 0;  // clock whose start the following belong to
  std::uint64_t test_phase_ = 0;
  std::uint32_t test_words_ = 0;
  Ring<Clock, 64> test_sent_;  // clocks of the last words: those that may be under way
};

}  // namespace hx::sim
