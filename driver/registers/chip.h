/// The complete configuration of a chip as one image of words.
///
///     Chip chip;                                               // software defaults
///     chip.set(NeuronConfigOnDLS(neuron), NeuronConfig{.enable_fire = true});
///     chip.set_cell(cell(NeuronCell::kVLeak, neuron), CapMemCode{510});
///     chip.set_synapse(Hemisphere{0}, SynapseRow{5}, SynapseColumn{19}, {.weight = 45, .label =
///     12}); for (std::uint32_t k : chip.diff(old)) write(Chip::addresses()[k], chip.words()[k]);
///
/// The image holds the 126842 words of the composite Chip in write order: crossbar, background
/// sources, CapMem, synapse drivers, synapses, neurons, CADC, read-out, memories of the embedded
/// processors. Not part of it: SRAM timings, triggers, MADCControl, read-only registers. Copying is
/// one memcpy of half a megabyte. A value out of range breaks the contract of `set`; `try_set` is
/// for values from outside. An object must not be changed by two threads at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "driver/base/units.h"
#include "driver/registers/composites.h"
#include "driver/registers/registers.h"

namespace hx::reg {

/// A container that the image holds.
template <typename T>
concept InChip = Container<T> && T::kInChip && T::kWriteWords == T::kReadWords;

/// One synapse of the image; calibration bits belong to the correlation sensors.
struct Synapse {
  std::uint8_t weight = 0;      ///< 0..63
  std::uint8_t label = 0;       ///< 0..63
  std::uint8_t time_calib = 0;  ///< 0..3
  std::uint8_t amp_calib = 0;   ///< 0..3
  bool operator==(Synapse const&) const = default;
};

class Chip {
 public:
  static constexpr std::size_t kWords = 126842;

  /// Software defaults (`docs/registers.md`).
  Chip();
  bool operator==(Chip const&) const = default;

  /// All words in write order.
  [[nodiscard]] std::span<std::uint32_t const, kWords> words() const {
    return std::span<std::uint32_t const, kWords>(words_);
  }
  /// The Omnibus address of each word; the same for every chip.
  static std::span<std::uint32_t const, kWords> addresses();
  /// Position of the first word of a container; the others follow.
  static std::size_t index(ContainerId container, std::uint32_t number);
  /// Position of an address, or nothing if the image does not hold it.
  static std::optional<std::size_t> index_of_address(std::uint32_t address);
  /// Positions of all words of a part, for instance find_composite("AtomicNeuron"), in its order.
  /// kInvalidArgument if the composite has containers that are not in the image.
  static Result<std::vector<std::uint32_t>> indices(CompositeInfo const& composite,
                                                    std::uint32_t number);

  /// Replaces a word as it is.
  void set_word(std::size_t index, std::uint32_t word);

  template <InChip T>
  [[nodiscard]] T get(typename T::Coordinate place) const {
    T value;
    detail::decode(value, &words_[index(T::kId, place.value())], place.value());
    return value;
  }

  template <InChip T>
  void set(typename T::Coordinate place, T const& value) {
    HX_CHECK(detail::in_range(value)) << check(value).error().text();
    detail::encode(value, &words_[index(T::kId, place.value())], place.value());
  }

  /// kOutOfRange names the value that does not fit; the image is unchanged then.
  template <InChip T>
  Result<void> try_set(typename T::Coordinate place, T const& value) {
    if (auto ok = check(value); !ok) return ok;
    set(place, value);
    return {};
  }

  /// A CapMem cell: 0..1022, or 1023 for "not refreshed".
  [[nodiscard]] CapMemCode cell(CapMemCellOnDLS place) const;
  void set_cell(CapMemCellOnDLS place, CapMemCode code);

  [[nodiscard]] Synapse synapse(Hemisphere hemisphere, SynapseRow row, SynapseColumn column) const;
  void set_synapse(Hemisphere hemisphere, SynapseRow row, SynapseColumn column,
                   Synapse const& synapse);

  /// Positions of the words that differ, ascending.
  [[nodiscard]] std::vector<std::uint32_t> diff(Chip const& other) const;

 private:
  std::vector<std::uint32_t> words_;
};

}  // namespace hx::reg
