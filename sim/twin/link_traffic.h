/// Words that went through the link, for the counters of the FPGA. A write is two words, address and data.
#pragma once

#include <array>
#include <cstdint>

namespace hx::sim {

class LinkTraffic {
 public:
  /// The lane that counts from now on: the lowest one that is up.
  void set_lane(unsigned lane) { lane_ = lane; }

  /// An access of the executor, for the counters of the ARQ; when it enters the link, `enters`.
  void access(bool is_write) { arq_write_ += is_write ? 2 : 1; }
  void enters(bool is_write) { sent_[lane_] += is_write ? 2 : 1; }
  void read_done() {
    ++arq_read_;
    ++received_[lane_];
  }
  void labels(unsigned count) { sent_[lane_] += count; }
  void pack() { ++received_[lane_]; }

  [[nodiscard]] std::uint32_t sent(unsigned lane) const { return sent_[lane]; }
  [[nodiscard]] std::uint32_t received(unsigned lane) const { return received_[lane]; }
  [[nodiscard]] std::uint32_t arq_write() const { return arq_write_; }
  [[nodiscard]] std::uint32_t arq_read() const { return arq_read_; }

 private:
  unsigned lane_ = 0;
  std::array<std::uint32_t, 8> sent_{};
  std::array<std::uint32_t, 8> received_{};
  std::uint32_t arq_write_ = 0;
  std::uint32_t arq_read_ = 0;
};

}  // namespace hx::sim
