#include "driver/registers/composites.h"

#include <map>
#include <string_view>

#include "driver/base/check.h"
#include "driver/registers/codec.h"

namespace hx::reg {
namespace {

struct Interval {
  std::uint32_t first;
  std::uint32_t last;
};
/// Components that are fixed so far.
using Given = std::map<std::string_view, Interval>;

class Expansion {
 public:
  explicit Expansion(std::vector<Leaf>& out) : out_(out) {}

  void composite(CompositeInfo const& composite, Given const& given) {
    for (CompositeItem const& item : composite.order) {
      Given inner = given;
      for (FixedComponent const& f : item.set) inner[f.component] = {f.first, f.last};
      if (!item.cells.empty()) {
        cells(item, inner);
      } else if (auto const part = find_composite(item.item)) {
        instances((*part)->coordinate, inner,
                  [&](std::uint32_t, Given const& g) { this->composite(**part, g); });
      } else {
        ContainerInfo const& container = *find(item.item).value();
        instances(container.coordinate, inner, [&](std::uint32_t number, Given const&) {
          out_.push_back({container.id, number, item.defaults, -1});
        });
      }
    }
  }

 private:
  /// Calls f(number, given) for all instances of a coordinate that agree with what is given.
  template <typename F>
  void instances(CoordinateInfo const& coordinate, Given const& given, F const& f) {
    Given inner = given;
    walk(coordinate, given, inner, 0, 0, f);
  }

  template <typename F>
  void walk(CoordinateInfo const& coordinate, Given const& given, Given& inner, std::size_t k,
            std::uint32_t number, F const& f) {
    if (k == coordinate.components.size()) {
      f(number, inner);
      return;
    }
    ComponentInfo const& component = coordinate.components[k];
    auto const fixed = given.find(component.name);
    Interval const interval =
        fixed == given.end() ? Interval{0, component.size - 1} : fixed->second;
    for (std::uint32_t x = interval.first; x <= interval.last; ++x) {
      inner[component.name] = {x, x};
      walk(coordinate, given, inner, k + 1, number * component.size + x, f);
    }
  }

  void cells(CompositeItem const& item, Given const& given) {
    auto const list = [&](std::uint32_t, Given const& g) {
      for (std::string_view name : item.cells) {
        if (name == "unused") {
          for (UnusedCell const& u : unused_cells()) {
            push_cell(u.hemisphere, u.side, u.row, u.column, 0);
          }
        } else {
          named_cell(*find_cell(name).value(), g);
        }
      }
    };
    if (item.cells_for.empty()) {
      list(0, given);
    } else {
      instances(*find_coordinate(item.cells_for).value(), given, list);
    }
  }

  /// A cell that exists once is skipped where its hemisphere is not the given one.
  void named_cell(CellInfo const& cell, Given const& given) {
    auto const hemisphere = given.find("hemisphere");
    if (cell.hemisphere >= 0 && hemisphere != given.end() &&
        hemisphere->second.first != static_cast<std::uint32_t>(cell.hemisphere)) {
      return;
    }
    auto const at = [&](std::int32_t own, std::string_view component) {
      if (own >= 0) return static_cast<std::uint32_t>(own);
      return given.at(component).first;
    };
    push_cell(at(cell.hemisphere, "hemisphere"), at(cell.side, "side"), cell.row,
              at(cell.column, "column"), cell.default_value);
  }

  void push_cell(std::uint32_t hemisphere, std::uint32_t side, std::uint32_t row,
                 std::uint32_t column, std::int32_t value) {
    auto const place = CapMemCellOnDLS::at(Hemisphere(hemisphere), Side(side), row, column);
    out_.push_back({ContainerId::kCapMemCell, place.value(), {}, value});
  }

  std::vector<Leaf>& out_;
};

}  // namespace

std::vector<Leaf> expand(CompositeInfo const& composite, std::uint32_t number) {
  HX_CHECK(number < composite.coordinate.size) << composite.name << " " << number;
  Given given;
  for (std::size_t k = 0; k < composite.coordinate.components.size(); ++k) {
    std::uint32_t const x = composite.coordinate.component(number, k);
    given[composite.coordinate.components[k].name] = {x, x};
  }
  std::vector<Leaf> out;
  out.reserve(composite.words + composite.reads);
  Expansion(out).composite(composite, given);
  return out;
}

std::vector<std::uint64_t> default_words(Leaf const& leaf) {
  ContainerInfo const& container = info(leaf.container);
  if (leaf.defaults.empty() && leaf.cell_default < 0) {
    return {container.default_words.begin(), container.default_words.end()};
  }
  Elements elements = default_elements(container);
  if (leaf.cell_default >= 0) elements[0] = leaf.cell_default;
  for (Symbol const& symbol : leaf.defaults) {
    for (ValueInfo const& value : container.values) {
      if (value.name == symbol.name) elements[value.first_element] = symbol.value;
    }
  }
  return encode(container, elements, leaf.number);
}

}  // namespace hx::reg
