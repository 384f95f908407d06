#include "driver/ut/text.h"

#include <cstdint>
#include <span>
#include <string_view>

#include "driver/base/hex.h"
#include "fpga_model/spec/message_fields.h"

namespace hx::ut {
namespace {

struct View {
  std::string_view name;
  std::span<spec::NamedField const> fields;
  std::uint64_t low;
  std::uint8_t high;  // bits 71..64

  [[nodiscard]] std::uint64_t get(spec::NamedField const& field) const {
    std::uint64_t value =
        field.lsb >= 64 ? std::uint64_t{high} >> (field.lsb - 64) : low >> field.lsb;
    if (field.lsb > 0 && field.lsb < 64) value |= std::uint64_t{high} << (64 - field.lsb);
    return value & bit_mask(field.width);
  }
};

View view(ToFpgaMessage const& message) {
  auto const code = static_cast<std::size_t>(message.code);
  return {spec::kToFpgaMessages.at(code).name, spec::kToFpgaFields.at(code), message.payload, 0};
}
View view(FromFpgaMessage const& message) {
  auto const code = static_cast<std::size_t>(message.code);
  return {spec::kFromFpgaMessages.at(code).name, spec::kFromFpgaFields.at(code), message.payload,
          message.payload_high};
}

std::string number(std::uint64_t value, unsigned width) {
  return width == 1 ? std::to_string(value) : hex(value, 1);
}

std::string text(View const& message) {
  std::string out(message.name);
  for (spec::NamedField const& field : message.fields) {
    out.append(" ").append(field.name).append("=");
    out.append(number(message.get(field), field.width));
  }
  return out;
}

std::string compare(View const& found, View const& expected) {
  if (found.name != expected.name) return text(found) + " instead of " + text(expected);
  for (spec::NamedField const& field : found.fields) {
    std::uint64_t const left = found.get(field);
    std::uint64_t const right = expected.get(field);
    if (left == right) continue;
    return std::string(found.name) + ", field " + std::string(field.name) + ": " +
           number(left, field.width) + " instead of " + number(right, field.width);
  }
  return {};
}

}  // namespace

std::string to_text(ToFpgaMessage const& message) {
  return text(view(message));
}
std::string to_text(FromFpgaMessage const& message) {
  return text(view(message));
}
std::string difference(ToFpgaMessage const& found, ToFpgaMessage const& expected) {
  return compare(view(found), view(expected));
}
std::string difference(FromFpgaMessage const& found, FromFpgaMessage const& expected) {
  return compare(view(found), view(expected));
}

}  // namespace hx::ut
