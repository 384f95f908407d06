/// Messages to the FPGA. Each is one 64-bit word, so encoding is one expression and a program is a
/// vector of words:
///
///     std::vector<std::uint64_t> words = {ut::omnibus_write_address(0x8800'0005),
///     ut::omnibus_data(1),
///                                         ut::wait_until(125), ut::spike(0x1234), ut::halt()};
///
/// Arguments beyond their range are cut to the bits of the field; ranges are checked where a person
/// writes them (Program, hx ut).
#pragma once

#include <cstdint>

#include "driver/ut/messages.h"

namespace hx::ut {

constexpr std::uint64_t to_fpga_word(ToFpga code, std::uint64_t payload) {
  return static_cast<std::uint64_t>(code) << 56 | payload;
}

constexpr std::uint64_t jtag_init() {
  return to_fpga_word(ToFpga::kJtagInit, 0);
}
/// JTAG clock = 125 MHz / (divider + 2).
constexpr std::uint64_t jtag_scaler(std::uint8_t divider) {
  return to_fpga_word(ToFpga::kJtagScaler, divider);
}
/// Shifts the 7 bit instruction register.
constexpr std::uint64_t jtag_instruction(std::uint8_t instruction) {
  return to_fpga_word(ToFpga::kJtagIns, instruction & 0x7f);
}
/// Shifts `bits` (3..33) bits of data, bit 0 first; `keep`: answer with what is shifted out.
constexpr std::uint64_t jtag_data(unsigned bits, std::uint64_t data, bool keep) {
  return to_fpga_word(ToFpga::kJtagData, std::uint64_t{keep} << 48 |
                                             static_cast<std::uint64_t>(bits & 0xff) << 40 |
                                             (data & 0x1'ffff'ffff));
}
/// Program timer = 0.
constexpr std::uint64_t timer_setup() {
  return to_fpga_word(ToFpga::kTimingSetup, 0);
}
/// Blocks until the program timer has reached `time` FPGA cycles.
constexpr std::uint64_t wait_until(std::uint32_t time) {
  return to_fpga_word(ToFpga::kTimingWaitUntil, time);
}
/// `sync`: synchronise the system time of chip and FPGA; else only send a Systime message.
constexpr std::uint64_t systime_init(bool sync) {
  return to_fpga_word(ToFpga::kTimingSystimeInit, sync);
}

/// What a barrier waits for; an OR of these bits.
enum Barrier : std::uint8_t {
  kBarrierOmnibus = 1,            ///< no Omnibus access pending
  kBarrierJtag = 2,               ///< no JTAG operation pending
  kBarrierSystime = 4,            ///< no synchronisation of the system time in progress
  kBarrierMultiFpga = 8,          ///< all FPGAs of the setup have arrived
  kBarrierSystimeCorrection = 16  ///< global interrupt, if armed
};
constexpr std::uint64_t barrier(std::uint8_t mask) {
  return to_fpga_word(ToFpga::kTimingBarrier, mask & 0x1f);
}
/// Repeats the read that the polling registers of the executor describe until
/// `((value & mask) == target) == expect_equality`.
constexpr std::uint64_t polling_block(bool expect_equality) {
  return to_fpga_word(ToFpga::kTimingPollingOmnibusBlock, expect_equality);
}
/// Level of the chip's reset pin.
constexpr std::uint64_t chip_reset(bool active) {
  return to_fpga_word(ToFpga::kSystemReset, active);
}
/// Marker that the FPGA answers.
constexpr std::uint64_t tick() {
  return to_fpga_word(ToFpga::kSystemLoopback, 1);
}
/// End of a program.
constexpr std::uint64_t halt() {
  return to_fpga_word(ToFpga::kSystemLoopback, 0);
}
/// Must be followed by omnibus_data. Bit i of `byte_enables` selects bits 8i+7..8i.
constexpr std::uint64_t omnibus_write_address(std::uint32_t address,
                                              std::uint8_t byte_enables = 0xf) {
  return to_fpga_word(ToFpga::kOmnibusAddress,
                      static_cast<std::uint64_t>(byte_enables & 0xf) << 32 | address);
}
constexpr std::uint64_t omnibus_read(std::uint32_t address) {
  return to_fpga_word(ToFpga::kOmnibusAddress, 0x1full << 32 | address);
}
constexpr std::uint64_t omnibus_data(std::uint32_t data) {
  return to_fpga_word(ToFpga::kOmnibusData, data);
}
/// One to three events to the chip in one cycle, `first` first.
constexpr std::uint64_t spike(std::uint16_t first) {
  return to_fpga_word(ToFpga::kSpikePack1, first);
}
constexpr std::uint64_t spikes(std::uint16_t first, std::uint16_t second) {
  return to_fpga_word(ToFpga::kSpikePack2, static_cast<std::uint64_t>(first) << 16 | second);
}
constexpr std::uint64_t spikes(std::uint16_t first, std::uint16_t second, std::uint16_t third) {
  return to_fpga_word(ToFpga::kSpikePack3, static_cast<std::uint64_t>(first) << 32 |
                                               static_cast<std::uint64_t>(second) << 16 | third);
}

}  // namespace hx::ut
