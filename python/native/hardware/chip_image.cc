#include "python/native/hardware/chip_image.h"

#include <algorithm>
#include <cstring>

#include "driver/base/refusal.h"
#include "driver/registers/description.h"
#include "driver/registers/registers.h"
#include "fpga_model/spec/geometry.h"
#include "host/lowering/configuration.h"

namespace hx::python {
namespace {

/// A value of the image: CapMem cells by place, or a value of a container.
struct Named {
  reg::CellInfo const* cell = nullptr;
  reg::ContainerInfo const* container = nullptr;
  reg::ValueInfo const* value = nullptr;
  std::size_t places = 0;
  std::size_t elements = 1;
};

Result<Named> find_cell_value(std::string_view name, bool neuron) {
  auto const found = reg::find_cell(name);
  if (!found) return found.error();
  reg::CellKind const wanted = neuron ? reg::CellKind::kNeuron : reg::CellKind::kQuadrant;
  if ((*found)->kind != wanted) {
    return Refusal(ErrorCode::kNotFound)
           << "CapMem cell '" << name << "' is none of a " << (neuron ? "neuron" : "quadrant");
  }
  return Named{.cell = *found, .places = neuron ? 512u : 4u};
}

Result<Named> find_named(std::string_view name) {
  auto const dot = name.find('.');
  std::string_view const first = name.substr(0, dot);
  std::string_view const rest = dot == std::string_view::npos ? "" : name.substr(dot + 1);
  if (first == "NeuronCell") return find_cell_value(rest, true);
  if (first == "QuadrantCell") return find_cell_value(rest, false);
  auto const container = reg::find(first);
  if (!container) return container.error();
  reg::ContainerInfo const& info = **container;
  if (!info.in_chip) {
    return Refusal(ErrorCode::kNotFound) << first << " is no part of a chip's configuration";
  }
  for (reg::ValueInfo const& value : info.values) {
    if (value.name != rest) continue;
    return Named{.container = &info,
                 .value = &value,
                 .places = info.coordinate.size,
                 .elements = value.count};
  }
  std::string known;
  for (reg::ValueInfo const& value : info.values) {
    known += (known.empty() ? "" : ", ") + std::string(value.name);
  }
  return (Refusal(ErrorCode::kNotFound) << first << " has no value '" << rest << "'")
      .hint("values: " + known);
}

/// Containers of neurons are numbered as the chip numbers them; we count circuits.
std::uint32_t number_of(Named const& named, std::size_t place) {
  auto const n = static_cast<std::uint32_t>(place);
  if (named.container->id == reg::NeuronConfig::kId) {
    return reg::NeuronConfigOnDLS(AtomicNeuron(n)).value();
  }
  if (named.container->id == reg::NeuronBackendConfig::kId) {
    return reg::NeuronBackendConfigOnDLS(AtomicNeuron(n)).value();
  }
  return n;
}

reg::CapMemCellOnDLS place_of_cell(Named const& named, std::size_t place) {
  auto const n = static_cast<std::uint32_t>(place);
  if (named.cell->kind == reg::CellKind::kNeuron) {
    return reg::cell(static_cast<reg::NeuronCell>(named.cell->number), AtomicNeuron(n));
  }
  return reg::cell(static_cast<reg::QuadrantCell>(named.cell->number), Quadrant(n));
}

/// A decoded container in memory of its own.
class Decoded {
 public:
  Decoded(reg::Chip const& chip, Named const& named, std::size_t place)
      : info_(*named.container),
        number_(number_of(named, place)),
        index_(reg::Chip::index(info_.id, number_)),
        memory_((info_.codec.size + 7) / 8),
        words_(info_.write_words()) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] = chip.words()[index_ + i];
    info_.codec.construct(memory_.data());
    info_.codec.decode(memory_.data(), words_.data(), number_);
  }

  [[nodiscard]] std::int64_t get(reg::ValueInfo const& value, std::size_t element) const {
    std::uint64_t raw = 0;
    std::memcpy(&raw, place(value, element), value.storage.size);
    if (value.kind != reg::ValueKind::kSigned || value.storage.size == 8) {
      return static_cast<std::int64_t>(raw);
    }
    int const shift = 64 - 8 * value.storage.size;
    return static_cast<std::int64_t>(raw << shift) >> shift;
  }
  void set(reg::ValueInfo const& value, std::size_t element, std::int64_t to) {
    std::memcpy(const_cast<std::byte*>(place(value, element)), &to, value.storage.size);
  }
  void write_to(reg::Chip& chip) {
    info_.codec.encode(memory_.data(), words_.data(), number_);
    for (std::size_t i = 0; i < words_.size(); ++i) {
      chip.set_word(index_ + i, static_cast<std::uint32_t>(words_[i]));
    }
  }

 private:
  [[nodiscard]] std::byte const* place(reg::ValueInfo const& value, std::size_t element) const {
    reg::StorageInfo const& s = value.storage;
    std::size_t const inner = std::max<std::size_t>(s.inner_count, 1);
    return reinterpret_cast<std::byte const*>(memory_.data()) + s.offset +
           element / inner * s.outer_stride + element % inner * s.size;
  }

  reg::ContainerInfo const& info_;
  std::uint32_t number_;
  std::size_t index_;
  std::vector<std::uint64_t> memory_;
  std::vector<std::uint64_t> words_;
};

Result<void> check_value(std::string_view name, Named const& named, std::int64_t value) {
  std::int64_t const low = named.cell != nullptr ? 0 : named.value->minimum;
  std::int64_t const high = named.cell != nullptr ? 1023 : named.value->maximum;
  if (value >= low && value <= high) return {};
  return Refusal(ErrorCode::kOutOfRange)
         << name << " = " << value << " is not in " << low << ".." << high;
}

Error bad_index(std::string_view name, Named const& named, std::size_t index) {
  return Refusal(ErrorCode::kOutOfRange) << name << " has " << named.places * named.elements
                                         << " values, there is no number " << index;
}

std::int64_t read(reg::Chip const& chip, Named const& named, std::size_t index) {
  if (named.cell != nullptr) return chip.cell(place_of_cell(named, index)).value;
  return Decoded(chip, named, index / named.elements).get(*named.value, index % named.elements);
}

void write(reg::Chip& chip, Named const& named, std::size_t index, std::int64_t value) {
  if (named.cell != nullptr) {
    chip.set_cell(place_of_cell(named, index), CapMemCode{static_cast<std::uint16_t>(value)});
    return;
  }
  Decoded decoded(chip, named, index / named.elements);
  decoded.set(*named.value, index % named.elements, value);
  decoded.write_to(chip);
}

}  // namespace

ChipImage::ChipImage() : chip_(host::silent_chip()) {}

Result<std::vector<std::int64_t>> ChipImage::get(std::string_view name) const {
  auto const named = find_named(name);
  if (!named) return named.error();
  std::vector<std::int64_t> values(named->places * named->elements);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = read(chip_, *named, i);
  return values;
}

Result<std::int64_t> ChipImage::get(std::string_view name, std::size_t index) const {
  auto const named = find_named(name);
  if (!named) return named.error();
  if (index >= named->places * named->elements) return bad_index(name, *named, index);
  return read(chip_, *named, index);
}

Result<void> ChipImage::set(std::string_view name, std::size_t index, std::int64_t value) {
  auto const named = find_named(name);
  if (!named) return named.error();
  if (index >= named->places * named->elements) return bad_index(name, *named, index);
  if (auto ok = check_value(name, *named, value); !ok) return ok;
  write(chip_, *named, index, value);
  ++version_;
  return {};
}

Result<void> ChipImage::set(std::string_view name, std::span<std::int64_t const> values) {
  auto const named = find_named(name);
  if (!named) return named.error();
  if (values.size() != named->places * named->elements) {
    return Refusal(ErrorCode::kInvalidArgument)
           << name << " has " << named->places * named->elements << " values, not "
           << values.size();
  }
  for (std::int64_t value : values) {
    if (auto ok = check_value(name, *named, value); !ok) return ok;
  }
  for (std::size_t i = 0; i < values.size(); ++i) write(chip_, *named, i, values[i]);
  ++version_;
  return {};
}

}  // namespace hx::python
