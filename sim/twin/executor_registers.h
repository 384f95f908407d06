/// Registers of the executor and of the system time: 0x88000000 (0 response filter, 3 and 4 device DNA, 5 event recording, 6 to 8
/// polling, 9 instruction timeout, b correction barrier, c timer), 0x88002000 (0 tries, 1 to 5 state of the synchronisation).
#pragma once

#include <cstdint>

#include "sim/twin/fpga_device.h"
#include "sim/twin/systime.h"

namespace hx::sim {

class Executor;

class ExecutorRegisters : public FpgaDevice {
 public:
  static constexpr std::uint32_t kFirst = 0x0800'0000;
  static constexpr std::uint32_t kLast = 0x0800'000c;
  static constexpr std::uint32_t kSystimeFirst = 0x0800'2000;
  static constexpr std::uint32_t kSystimeLast = 0x0800'2005;

  explicit ExecutorRegisters(Systime const& systime) : systime_(systime) {}
  void connect(Executor const& executor) { executor_ = &executor; }

  std::uint32_t read(std::uint32_t address, Clock now) override;
  void write(std::uint32_t address, std::uint32_t data, unsigned byte_enables, Clock now) override;

  [[nodiscard]] bool event_recording() const { return recording_; }
  [[nodiscard]] std::uint32_t poll_address() const { return poll_address_; }
  [[nodiscard]] std::uint32_t poll_target() const { return poll_target_; }
  [[nodiscard]] std::uint32_t poll_mask() const { return poll_mask_; }
  [[nodiscard]] std::uint32_t timeout() const { return timeout_; }

  /// Attempts of a synchronisation.
  [[nodiscard]] unsigned tries() const { return tries_; }

 private:
  [[nodiscard]] std::uint32_t read_systime(std::uint32_t address, Clock now) const;

  Systime const& systime_;
  Executor const* executor_ = nullptr;
  bool filter_ = true;
  bool recording_ = false;
  bool correction_ = false;
  std::uint32_t poll_address_ = 0;
  std::uint32_t poll_target_ = 0;
  std::uint32_t poll_mask_ = 0;
  // Reset values of the register description.
  std::uint32_t timeout_ = 1'250'000;
  std::uint32_t tries_ = 3;
};

}  // namespace hx::sim
