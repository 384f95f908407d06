/// Composites: containers made of containers, in the order in which they are written and read.
///
///     Result<CompositeInfo const*> neuron = find_composite("AtomicNeuron");
///     for (Leaf const& leaf : expand(**neuron, AtomicNeuron{456}.value())) {
///       ContainerInfo const& container = info(leaf.container);
///       write(write_locations(container, leaf.number, Via::kOmnibus), default_words(leaf));
///     }
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "driver/registers/description.h"

namespace hx::reg {

/// One container of a composite.
struct Leaf {
  ContainerId container;
  std::uint32_t number;
  std::span<Symbol const> defaults;  ///< values that differ from the container's own defaults
  std::int32_t cell_default;         ///< of a named CapMem cell, or -1
};

/// All containers of instance `number` in order. Large composites (a whole chip) have many.
std::vector<Leaf> expand(CompositeInfo const& composite, std::uint32_t number);

/// Words of the leaf in a default composite, in write order.
std::vector<std::uint64_t> default_words(Leaf const& leaf);

}  // namespace hx::reg
