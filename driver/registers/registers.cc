#include "driver/registers/registers.h"

#include <bit>

namespace hx::reg {
namespace {

constexpr std::uint32_t kColumns = geometry::kCapMemColumns;
constexpr std::uint32_t kRows = geometry::kCapMemRows;

/// Index of the first cell of a kind in cells().
std::size_t first_of(CellKind kind) {
  std::size_t k = 0;
  while (cells()[k].kind != kind) ++k;
  return k;
}

CapMemCellOnDLS place(std::uint32_t quadrant, std::uint32_t row, std::uint32_t column) {
  return CapMemCellOnDLS(quadrant * kRows * kColumns + row * kColumns + column);
}

}  // namespace

CellInfo const& info(NeuronCell parameter) {
  static std::size_t const first = first_of(CellKind::kNeuron);
  return cells()[first + static_cast<std::size_t>(parameter)];
}

CellInfo const& info(QuadrantCell parameter) {
  static std::size_t const first = first_of(CellKind::kQuadrant);
  return cells()[first + static_cast<std::size_t>(parameter)];
}

CellInfo const& info(GlobalCell parameter) {
  static std::size_t const first = first_of(CellKind::kGlobal);
  return cells()[first + static_cast<std::size_t>(parameter)];
}

CapMemCellOnDLS cell(NeuronCell parameter, AtomicNeuron neuron) {
  return place(quadrant(neuron).value(), info(parameter).row,
               column(neuron).value() % geometry::kColumnsPerSide);
}

CapMemCellOnDLS cell(QuadrantCell parameter, Quadrant quadrant) {
  CellInfo const& c = info(parameter);
  return place(quadrant.value(), c.row, static_cast<std::uint32_t>(c.column));
}

CapMemCellOnDLS cell(GlobalCell parameter) {
  CellInfo const& c = info(parameter);
  return place(static_cast<std::uint32_t>(2 * c.hemisphere + c.side), c.row,
               static_cast<std::uint32_t>(c.column));
}

std::optional<std::uint32_t> debug_cell(CapMemBlockConfig const& config) {
  if (config.debug_row_onehot == 0) return std::nullopt;
  auto const row = kRows - static_cast<std::uint32_t>(std::bit_width(config.debug_row_onehot));
  return row * kColumns + config.debug_column;
}

void set_debug_cell(CapMemBlockConfig& config, std::optional<std::uint32_t> cell) {
  HX_CHECK(!cell || *cell < kRows * kColumns) << "cell " << *cell;
  config.debug_row_onehot = cell ? 1u << (kRows - 1 - *cell / kColumns) : 0;
  config.debug_column = cell ? *cell % kColumns : 0;
}

}  // namespace hx::reg
