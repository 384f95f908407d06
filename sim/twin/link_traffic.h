/// Words that went through the link, for the counters of the FPGA. A write is two words, address and data.
#pragma once

#include <cstdint>

namespace hx::sim {

class LinkTraffic {
 public:
  void access(bool is_write) {
    arq_write_ += is_write ? 2 : 1;
    sent_ += is_write ? 2 : 1;
  }
  void read_done() {
    ++arq_read_;
    ++received_;
  }
  void labels(unsigned count) { sent_ += count; }
  void pack() { ++received_; }

  [[nodiscard]] std::uint32_t sent() const { return sent_; }
  [[nodiscard]] std::uint32_t received() const { return received_; }
  [[nodiscard]] std::uint32_t arq_write() const { return arq_write_; }
  [[nodiscard]] std::uint32_t arq_read() const { return arq_read_; }

 private:
  std::uint32_t sent_ = 0;
  std::uint32_t received_ = 0;
  std::uint32_t arq_write_ = 0;
  std::uint32_t arq_read_ = 0;
};

}  // namespace hx::sim
