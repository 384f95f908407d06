/// Numbers as hexadecimal text, for messages and JSON: hex(0x2a, 4) is "0x002a".
#pragma once

#include <cstdint>
#include <string>

namespace hx {

/// "0x" and at least `digits` lower-case digits; more if the value needs them.
inline std::string hex(std::uint64_t value, int digits) {
  std::string text;
  for (; value != 0 || digits > 0; value >>= 4, --digits) {
    text.insert(text.begin(), "0123456789abcdef"[value & 15]);
  }
  return "0x" + text;
}

}  // namespace hx
