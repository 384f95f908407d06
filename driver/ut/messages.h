/// Kinds of messages between host and FPGA and their sizes, from the one description
/// (fpga_model/spec/messages.yaml). Field positions: `ut::spec`, fpga_model/spec/messages.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fpga_model/spec/messages.h"

namespace hx::ut {

using spec::FromFpga;
using spec::kFromFpgaCount;
using spec::kToFpgaCount;
using spec::ToFpga;

/// Bits of a system time.
inline constexpr unsigned kTimeBits = spec::from_fpga::systime::kPayloadBits;

constexpr unsigned payload_bits(ToFpga code) {
  return spec::kToFpgaMessages[static_cast<std::size_t>(code)].payload_bits;
}
constexpr unsigned payload_bits(FromFpga code) {
  return spec::kFromFpgaMessages[static_cast<std::size_t>(code)].payload_bits;
}
/// Size of a message from the FPGA with its header; one to the FPGA has always 8 bytes.
constexpr unsigned message_bytes(FromFpga code) {
  return spec::kFromFpgaMessages[static_cast<std::size_t>(code)].bits / 8;
}

/// The lowest `bits` bits set.
constexpr std::uint64_t bit_mask(unsigned bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

}  // namespace hx::ut
