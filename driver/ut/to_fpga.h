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

/// A message as a word; payload bits beyond its width must be 0.
constexpr std::uint64_t to_fpga_word(ToFpga code, std::uint64_t payload) {
  return static_cast<std::uint64_t>(code) << (spec::kPhyWordBits - spec::kHeaderBits) | payload;
}

constexpr std::uint64_t jtag_init() {
  return to_fpga_word(ToFpga::kJtagInit, 0);
}
/// JTAG clock = 125 MHz / (divider + 2).
constexpr std::uint64_t jtag_scaler(std::uint8_t divider) {
  return to_fpga_word(ToFpga::kJtagScaler, spec::to_fpga::jtag_scaler::kDivider.put(divider));
}
/// Shifts the 7 bit instruction register.
constexpr std::uint64_t jtag_instruction(std::uint8_t instruction) {
  return to_fpga_word(ToFpga::kJtagIns, spec::to_fpga::jtag_ins::kInstruction.put(instruction));
}
/// Shifts `bits` (3..33) bits of data, bit 0 first; `keep`: answer with what is shifted out.
constexpr std::uint64_t jtag_data(unsigned bits, std::uint64_t data, bool keep) {
  using namespace spec::to_fpga::jtag_data;
  return to_fpga_word(ToFpga::kJtagData,
                      kKeepResponse.put(keep) | kNumBits.put(bits) | kData.put(data));
}
/// Program timer = 0.
constexpr std::uint64_t timer_setup() {
  return to_fpga_word(ToFpga::kTimingSetup, 0);
}
/// Blocks until the program timer has reached `time` FPGA cycles.
constexpr std::uint64_t wait_until(std::uint32_t time) {
  return to_fpga_word(ToFpga::kTimingWaitUntil, spec::to_fpga::timing_wait_until::kTime.put(time));
}
/// `sync`: synchronise the system time of chip and FPGA; else only send a Systime message.
constexpr std::uint64_t systime_init(bool sync) {
  return to_fpga_word(ToFpga::kTimingSystimeInit,
                      spec::to_fpga::timing_systime_init::kDoSync.put(sync));
}

/// What a barrier waits for; an OR of these bits.
enum Barrier : std::uint8_t {
  /// no Omnibus access pending
  kBarrierOmnibus = spec::to_fpga::timing_barrier::kOmnibus.put(1),
  /// no JTAG operation pending
  kBarrierJtag = spec::to_fpga::timing_barrier::kJtag.put(1),
  /// no synchronisation of the system time in progress
  kBarrierSystime = spec::to_fpga::timing_barrier::kSystime.put(1),
  /// all FPGAs of the setup have arrived
  kBarrierMultiFpga = spec::to_fpga::timing_barrier::kMultiFpga.put(1),
  /// global interrupt, if armed
  kBarrierSystimeCorrection = spec::to_fpga::timing_barrier::kSystimeCorrection.put(1),
};
constexpr std::uint64_t barrier(std::uint8_t mask) {
  return to_fpga_word(ToFpga::kTimingBarrier,
                      mask & bit_mask(payload_bits(ToFpga::kTimingBarrier)));
}
/// Repeats the read that the polling registers of the executor describe until
/// `((value & mask) == target) == expect_equality`.
constexpr std::uint64_t polling_block(bool expect_equality) {
  return to_fpga_word(
      ToFpga::kTimingPollingOmnibusBlock,
      spec::to_fpga::timing_polling_omnibus_block::kExpectEquality.put(expect_equality));
}
/// Level of the chip's reset pin.
constexpr std::uint64_t chip_reset(bool active) {
  return to_fpga_word(ToFpga::kSystemReset, spec::to_fpga::system_reset::kActive.put(active));
}
/// Marker that the FPGA answers.
constexpr std::uint64_t tick() {
  using namespace spec::to_fpga::system_loopback;
  return to_fpga_word(ToFpga::kSystemLoopback, kTag.put(kTagTick));
}
/// End of a program.
constexpr std::uint64_t halt() {
  using namespace spec::to_fpga::system_loopback;
  return to_fpga_word(ToFpga::kSystemLoopback, kTag.put(kTagHalt));
}
/// Must be followed by omnibus_data. Bit i of `byte_enables` selects bits 8i+7..8i.
constexpr std::uint64_t omnibus_write_address(std::uint32_t address,
                                              std::uint8_t byte_enables = 0xf) {
  using namespace spec::to_fpga::omnibus_address;
  return to_fpga_word(ToFpga::kOmnibusAddress,
                      kByteEnables.put(byte_enables) | kAddress.put(address));
}
constexpr std::uint64_t omnibus_read(std::uint32_t address) {
  using namespace spec::to_fpga::omnibus_address;
  return to_fpga_word(ToFpga::kOmnibusAddress,
                      kIsRead.put(1) | kByteEnables.put(0xf) | kAddress.put(address));
}
constexpr std::uint64_t omnibus_data(std::uint32_t data) {
  return to_fpga_word(ToFpga::kOmnibusData, spec::to_fpga::omnibus_data::kData.put(data));
}
/// One to three events to the chip in one cycle, `first` first.
constexpr std::uint64_t spike(std::uint16_t first) {
  using namespace spec::to_fpga::spike_pack1;
  return to_fpga_word(ToFpga::kSpikePack1, kLabel[0].put(first));
}
constexpr std::uint64_t spikes(std::uint16_t first, std::uint16_t second) {
  using namespace spec::to_fpga::spike_pack2;
  return to_fpga_word(ToFpga::kSpikePack2, kLabel[0].put(first) | kLabel[1].put(second));
}
constexpr std::uint64_t spikes(std::uint16_t first, std::uint16_t second, std::uint16_t third) {
  using namespace spec::to_fpga::spike_pack3;
  return to_fpga_word(ToFpga::kSpikePack3,
                      kLabel[0].put(first) | kLabel[1].put(second) | kLabel[2].put(third));
}

}  // namespace hx::ut
