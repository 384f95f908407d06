#include "driver/registers/chip.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace hx::reg {
namespace {

/// Where everything is; the same for every chip, computed once from the composite.
struct Layout {
  std::array<std::uint32_t, Chip::kWords> addresses;
  std::array<std::uint32_t, Chip::kWords> defaults;
  /// First word of every instance, by container; empty for containers that are not in the image.
  std::array<std::vector<std::uint32_t>, kContainerCount> first;

  Layout() {
    std::vector<Leaf> const leaves = expand(*find_composite("Chip").value(), 0);
    std::size_t next = 0;
    for (Leaf const& leaf : leaves) {
      ContainerInfo const& container = info(leaf.container);
      std::vector<std::uint64_t> const words = default_words(leaf);
      std::vector<std::uint32_t> const where =
          write_locations(container, leaf.number, Via::kOmnibus);
      std::vector<std::uint32_t>& table = first[static_cast<std::size_t>(leaf.container)];
      if (table.empty()) table.resize(container.coordinate.size, Chip::kWords);
      table[leaf.number] = static_cast<std::uint32_t>(next);
      HX_CHECK(next + words.size() <= Chip::kWords) << "Chip has more words than expected";
      for (std::size_t k = 0; k < words.size(); ++k, ++next) {
        defaults[next] = static_cast<std::uint32_t>(words[k]);
        addresses[next] = where[k];
      }
    }
    HX_CHECK(next == Chip::kWords) << "Chip has " << next << " words";
    for (ContainerInfo const& container : containers()) {
      auto const& table = first[static_cast<std::size_t>(container.id)];
      HX_CHECK(std::find(table.begin(), table.end(), Chip::kWords) == table.end())
          << container.name << " is not complete";
    }
  }
};

Layout const& layout() {
  static auto const instance = std::make_unique<Layout const>();
  return *instance;
}

}  // namespace

Chip::Chip() : words_(layout().defaults.begin(), layout().defaults.end()) {}

std::span<std::uint32_t const, Chip::kWords> Chip::addresses() {
  return layout().addresses;
}

std::size_t Chip::index(ContainerId container, std::uint32_t number) {
  std::vector<std::uint32_t> const& table = layout().first[static_cast<std::size_t>(container)];
  HX_CHECK(number < table.size()) << info(container).name << " " << number
                                  << " is not part of the chip image";
  return table[number];
}

std::optional<std::size_t> Chip::index_of_address(std::uint32_t address) {
  for (AddressMatch const& match : find_address(address)) {
    auto const& table = layout().first[static_cast<std::size_t>(match.container->id)];
    if (table.empty()) continue;
    std::size_t const first = table[match.number];
    // Words are stored in transfer order, which is the order of ContainerInfo::words.
    if (addresses()[first + match.word] == address) return first + match.word;
  }
  return std::nullopt;
}

Result<std::vector<std::uint32_t>> Chip::indices(CompositeInfo const& composite,
                                                 std::uint32_t number) {
  if (number >= composite.coordinate.size) {
    return Error{.code = ErrorCode::kOutOfRange,
                 .message = std::string(composite.coordinate.name) + " " + std::to_string(number) +
                            " of " + std::to_string(composite.coordinate.size)};
  }
  std::vector<std::uint32_t> out;
  out.reserve(composite.words);
  for (Leaf const& leaf : expand(composite, number)) {
    ContainerInfo const& container = info(leaf.container);
    if (!container.in_chip) {
      return Error{.code = ErrorCode::kInvalidArgument,
                   .message = std::string(composite.name) + " has " + std::string(container.name) +
                              ", which is not part of the chip image"};
    }
    auto const first = static_cast<std::uint32_t>(index(leaf.container, leaf.number));
    for (std::uint32_t k = 0; k < container.words.size(); ++k) out.push_back(first + k);
  }
  return out;
}

void Chip::set_word(std::size_t index, std::uint32_t word) {
  HX_CHECK(index < kWords) << "word " << index;
  words_[index] = word;
}

CapMemCode Chip::cell(CapMemCellOnDLS place) const {
  return {get<CapMemCell>(place).value};
}

void Chip::set_cell(CapMemCellOnDLS place, CapMemCode code) {
  set(place, CapMemCell{.value = code.value});
}

Synapse Chip::synapse(Hemisphere hemisphere, SynapseRow row, SynapseColumn column) const {
  SynapseQuad const q = get<SynapseQuad>(SynapseQuadOnDLS::at(hemisphere, row, quad(column)));
  std::size_t const k = quad_entry(column).value();
  return {q.weights[k], q.labels[k], q.time_calibs[k], q.amp_calibs[k]};
}

void Chip::set_synapse(Hemisphere hemisphere, SynapseRow row, SynapseColumn column,
                       Synapse const& synapse) {
  auto const place = SynapseQuadOnDLS::at(hemisphere, row, quad(column));
  SynapseQuad q = get<SynapseQuad>(place);
  std::size_t const k = quad_entry(column).value();
  q.weights[k] = synapse.weight;
  q.labels[k] = synapse.label;
  q.time_calibs[k] = synapse.time_calib;
  q.amp_calibs[k] = synapse.amp_calib;
  set(place, q);
}

std::vector<std::uint32_t> Chip::diff(Chip const& other) const {
  // Most blocks are equal; memcmp skips them at memory speed.
  constexpr std::size_t kBlock = 256;
  std::vector<std::uint32_t> out;
  for (std::size_t begin = 0; begin < kWords; begin += kBlock) {
    std::size_t const end = std::min(begin + kBlock, kWords);
    if (std::memcmp(&words_[begin], &other.words_[begin], (end - begin) * sizeof(words_[0])) == 0) {
      continue;
    }
    for (std::size_t k = begin; k < end; ++k) {
      if (words_[k] != other.words_[k]) out.push_back(static_cast<std::uint32_t>(k));
    }
  }
  return out;
}

}  // namespace hx::reg
