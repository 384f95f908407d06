/// The configuration of a chip with all values reachable by name, as arrays over all places.
///
///     ChipImage image;
///     std::vector<std::int64_t> codes = *image.get("NeuronCell.v_leak");       // 512 circuits
///     Result<void> done = image.set("NeuronConfig.enable_fire", 17, 1);         // one place
///
/// Names: `CONTAINER.value` with the names of docs/registers.md, `NeuronCell.NAME` (by circuit n = 256 * row +
/// column) and `QuadrantCell.NAME` (by quadrant) for CapMem cells. Containers of neurons are numbered by circuit,
/// too. A value that is an array has its elements innermost: place * elements + element.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "driver/base/result.h"
#include "driver/registers/chip.h"

namespace hx::python {

class ChipImage {
 public:
  /// A chip that does nothing.
  ChipImage();
  explicit ChipImage(reg::Chip chip) : chip_(std::move(chip)) {}

  [[nodiscard]] reg::Chip const& chip() const { return chip_; }
  /// kNotFound for an unknown name, with the nearest one.
  [[nodiscard]] Result<std::vector<std::int64_t>> get(std::string_view name) const;
  /// One element; kOutOfRange names the limits.
  [[nodiscard]] Result<std::int64_t> get(std::string_view name, std::size_t index) const;
  Result<void> set(std::string_view name, std::size_t index, std::int64_t value);
  /// All elements; kInvalidArgument for another number of values. Unchanged after an error.
  Result<void> set(std::string_view name, std::span<std::int64_t const> values);

  /// Another configuration as a whole.
  void replace(reg::Chip chip) {
    chip_ = std::move(chip);
    ++version_;
  }

  /// Changes with every write; to tell whether somebody has changed the chip.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  reg::Chip chip_;
  std::uint64_t version_ = 0;
};

}  // namespace hx::python
