/// Messages as text for people, with the names of the description, and where two of them differ.
///
///     ut::to_text(message)      // "OmnibusAddress address=0x88000005 byte_enables=0xf is_read=0"
///     ut::difference(a, b)      // "OmnibusAddress, field address: 0x88000005 instead of 0x88000006"
#pragma once

#include <string>

#include "driver/ut/message.h"

namespace hx::ut {

/// Name and fields; values of more than one bit in hexadecimal.
std::string to_text(ToFpgaMessage const& message);
std::string to_text(FromFpgaMessage const& message);

/// What is different in `found`, empty if nothing is (fill bits do not count).
std::string difference(ToFpgaMessage const& found, ToFpgaMessage const& expected);
std::string difference(FromFpgaMessage const& found, FromFpgaMessage const& expected);

}  // namespace hx::ut
