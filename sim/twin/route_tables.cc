#include "sim/twin/route_tables.h"

namespace hx::sim {

std::uint32_t RouteTables::read(std::uint32_t address, Clock /*now*/) {
  if (address <= kOutputLast) return output_[address - kOutputFirst];
  if (address <= kInputLast) return input_[address - kInputFirst];
  if (address == kConfig) return config_;
  if (address <= kIncomingLast) return incoming_[address - kIncomingFirst];
  return outgoing_[address - kOutgoingFirst];
}

void RouteTables::write(std::uint32_t address, std::uint32_t data, unsigned /*byte_enables*/,
                        Clock /*now*/) {
  if (address <= kOutputLast)
    output_[address - kOutputFirst] = static_cast<std::uint8_t>(data);
  else if (address <= kInputLast)
    input_[address - kInputFirst] = static_cast<std::uint16_t>(data);
  else if (address == kConfig)
    config_ = data & 0x7ffff;
  else if (address <= kIncomingLast)
    incoming_[address - kIncomingFirst] = data & 0x1ffff;
  else
    outgoing_[address - kOutgoingFirst] = static_cast<std::uint16_t>(data);
}

}  // namespace hx::sim
