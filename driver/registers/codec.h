/// Codec that works from the tables: values by name at run time. The generated codecs of the types
/// (registers.h) do the same faster; the tests hold both against each other.
///
///     Elements elements = default_elements(info);
///     elements[value.first_element] = 63;
///     if (auto ok = check(info, elements); !ok) return ok.error();
///     std::vector<std::uint64_t> words = encode(info, elements, number);
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "driver/registers/description.h"

namespace hx::reg {

/// The values of a container, arrays by element, in the order of ContainerInfo::values.
using Elements = std::vector<std::int64_t>;

Elements default_elements(ContainerInfo const& container);

/// Whether every element is in the range of its value; kOutOfRange names the first that is not.
Result<void> check(ContainerInfo const& container, std::span<std::int64_t const> elements);

/// Words in write order; surplus bits of the elements are cut off.
std::vector<std::uint64_t> encode(ContainerInfo const& container,
                                  std::span<std::int64_t const> elements, std::uint32_t number);
/// From words in read order; kInvalidArgument if there are not read_words() of them.
Result<Elements> decode(ContainerInfo const& container, std::span<std::uint64_t const> words,
                        std::uint32_t number);
/// From words in write order, the reverse of encode(); values without a word to write are 0.
Result<Elements> decode_written(ContainerInfo const& container,
                                std::span<std::uint64_t const> words, std::uint32_t number);

/// Elements of an object of the container's type, and back.
Elements load_elements(ContainerInfo const& container, void const* object);
void store_elements(ContainerInfo const& container, std::span<std::int64_t const> elements,
                    void* object);

/// "NeuronConfig{enable_fire: true, ...}".
std::string to_text(ContainerInfo const& container, std::span<std::int64_t const> elements);

}  // namespace hx::reg
