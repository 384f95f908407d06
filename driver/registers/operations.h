/// What a transport does to write or read one word: a short list of operations that a device
/// executes in order. Everything but the plain Omnibus is made of other things: JTAG shifts,
/// accesses to the SPI and I2C masters in the FPGA, single UT messages.
///
///     // Supply voltage of channel 8 over the SPI DAC: four Omnibus writes.
///     auto operations = write_operations(Via::kSPIDACDataRegister, 8, 608);
///     for (Operation const& o : *operations) execute(o);
///
///     auto reads = read_operations(Via::kI2CTempRegister, 0);
///     // ... one answer per operation with `answered`, in order
///     Result<std::uint64_t> word = read_result(Via::kI2CTempRegister, answers);
///
/// A location is an address for the Omnibus transports and a register number for the others; both
/// come from write_addresses / read_addresses. Errors: kUnsupported if the transport cannot write
/// or read, kOutOfRange if it has no such register, kHardware if an I2C device did not answer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "driver/base/result.h"
#include "driver/registers/description.h"

namespace hx::reg {

struct Operation {
  OperationKind kind;
  bool answered;             ///< an answer comes back
  std::uint8_t bits;         ///< of a JTAG shift or of a message's payload
  std::uint8_t enables;      ///< byte enables of an Omnibus write
  ut::spec::ToFpga message;  ///< of kMessage
  std::uint32_t address;     ///< of an Omnibus access
  std::uint64_t data;        ///< instruction, shifted bits, written data or payload
  bool operator==(Operation const&) const = default;
};

Result<std::vector<Operation>> write_operations(Via via, std::uint32_t location, std::uint64_t word,
                                                std::uint8_t enables = 0xf);
Result<std::vector<Operation>> read_operations(Via via, std::uint32_t location);
/// The word from the answers to read_operations.
Result<std::uint64_t> read_result(Via via, std::span<std::uint64_t const> answers);

}  // namespace hx::reg
