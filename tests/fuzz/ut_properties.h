/// What must hold for any bytes whatever, shared by the fuzz targets and the mutation loop of the
/// normal tests. A broken property ends the program (HX_CHECK).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hx::ut {

/// Words to the FPGA: what is decoded encodes to words that decode to the same.
void check_to_fpga(std::span<std::uint8_t const> bytes);

/// Stream from the FPGA, cut into pieces anywhere: the fast decoder, in one piece and in many, and
/// the one by the book agree on every event, every time and every error.
void check_from_fpga(std::span<std::uint8_t const> bytes);

}  // namespace hx::ut
