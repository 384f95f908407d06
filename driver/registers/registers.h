/// Register values of the chip and the FPGA as plain types.
///
///     NeuronConfig config{.membrane_capacitor_size = 63, .enable_fire = true};
///     NeuronConfigOnDLS place(AtomicNeuron{456});
///     if (auto ok = check(config); !ok) return ok.error();
///     std::array words = encode(config, place);                     // in the order of the bus
///     std::array addresses = write_addresses<NeuronConfig>(place);  // one per word
///     NeuronConfig back = decode<NeuronConfig>(words, place);       // back == config
///
/// A container is what is written and read at once: a plain struct with software defaults, `==` and
/// printing. Values are in user units; inverted, permuted and scattered bits are the codec's
/// business. `encode` cuts off surplus bits, so values from outside go through `check` first.
/// Transports other than Omnibus have register numbers instead of addresses (operations.h says how
/// they are executed). Everything is free of state; nothing here touches hardware.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>

#include "driver/base/check.h"
#include "driver/registers/codec.h"
#include "driver/registers/containers.h"
#include "driver/registers/description.h"

namespace hx::reg {

/// The generated container types.
template <typename T>
concept Container = requires {
  { T::kId } -> std::convertible_to<ContainerId>;
  typename T::Coordinate;
  typename T::Word;
};
template <typename T>
concept Writable = Container<T> &&(T::kWriteWords > 0);
template <typename T>
concept Readable = Container<T> &&(T::kReadWords > 0);

/// The table entry of a type.
template <Container T>
ContainerInfo const& info() {
  return info(T::kId);
}

/// Words in write order. The place matters for byte-wise memories only.
template <Writable T>
std::array<typename T::Word, T::kWriteWords> encode(T const& value,
                                                    typename T::Coordinate place = {}) {
  std::array<typename T::Word, T::kWriteWords> words;
  detail::encode(value, words.data(), place.value());
  return words;
}

/// From words in read order.
template <Readable T>
T decode(std::span<typename T::Word const, T::kReadWords> words,
         typename T::Coordinate place = {}) {
  T value;
  detail::decode(value, words.data(), place.value());
  return value;
}

/// Whether all values are in range; kOutOfRange names the first that is not, with its limits.
template <Container T>
Result<void> check(T const& value) {
  if (detail::in_range(value)) return {};
  return check(info<T>(), load_elements(info<T>(), &value));
}

/// Addresses (Omnibus transports) or register numbers, one per word in write order.
template <Writable T>
std::array<std::uint32_t, T::kWriteWords> write_addresses(typename T::Coordinate place = {},
                                                          Via via = T::kVia) {
  std::array<std::uint32_t, T::kWriteWords> out{};
  std::size_t next = 0;
  ContainerInfo const& container = info<T>();
  for (std::size_t k = 0; k < container.words.size(); ++k) {
    if (container.words[k].writable) out[next++] = locate(container, place.value(), k, via);
  }
  return out;
}

/// The same in read order.
template <Readable T>
std::array<std::uint32_t, T::kReadWords> read_addresses(typename T::Coordinate place = {},
                                                        Via via = T::kVia) {
  std::array<std::uint32_t, T::kReadWords> out{};
  std::size_t next = 0;
  ContainerInfo const& container = info<T>();
  for (std::size_t k = 0; k < container.words.size(); ++k) {
    if (container.words[k].readable) out[next++] = locate(container, place.value(), k, via);
  }
  return out;
}

/// "CrossbarNode{mask: 0, target: 1, enable_drop_counter: false}".
template <Container T>
std::ostream& operator<<(std::ostream& out, T const& value) {
  return out << to_text(info<T>(), load_elements(info<T>(), &value));
}

/// The CapMem cell of a parameter.
CapMemCellOnDLS cell(NeuronCell parameter, AtomicNeuron neuron);
CapMemCellOnDLS cell(QuadrantCell parameter, Quadrant quadrant);
CapMemCellOnDLS cell(GlobalCell parameter);
/// Name, description, default.
CellInfo const& info(NeuronCell parameter);
CellInfo const& info(QuadrantCell parameter);
CellInfo const& info(GlobalCell parameter);

/// Debug read-out of a CapMem block: the cell (row * 130 + column, 0..3119), or off.
std::optional<std::uint32_t> debug_cell(CapMemBlockConfig const& config);
void set_debug_cell(CapMemBlockConfig& config, std::optional<std::uint32_t> cell);

}  // namespace hx::reg
