#include "driver/registers/description.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "driver/base/check.h"
#include "driver/base/edit_distance.h"

namespace hx::reg {
namespace {

template <typename Table>
Result<typename Table::value_type const*> find_in(Table table, std::string_view name,
                                                  std::string_view what) {
  for (auto const& entry : table) {
    if (entry.name == name) return &entry;
  }
  std::vector<std::string> names;
  for (auto const& entry : table) names.emplace_back(entry.name);
  name = name.substr(0, 80);
  std::string const close = nearest_name(name, names);
  return Error{.code = ErrorCode::kNotFound,
               .message = "no " + std::string(what) + " '" + std::string(name) + "'",
               .hint = close.empty() ? "" : "did you mean '" + close + "'?"};
}

std::span<std::int32_t const> strides_of(LocationInfo const& location, WordInfo const& word) {
  return word.strides.empty() ? location.strides : word.strides;
}

/// Finds components with base + sum(stride * component) = address, largest stride first. The
/// remaining components can only add between `low` and `high`, which leaves few candidates.
class Inversion {
 public:
  Inversion(CoordinateInfo const& coordinate, std::span<std::int32_t const> strides)
      : coordinate_(coordinate), strides_(strides), order_(strides.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return std::abs(std::int64_t{strides[a]}) > std::abs(std::int64_t{strides[b]});
    });
  }

  std::optional<std::uint32_t> number(std::int64_t distance) {
    components_.assign(strides_.size(), 0);
    if (!solve(0, distance)) return std::nullopt;
    std::uint32_t out = 0;
    for (std::size_t k = 0; k < components_.size(); ++k) {
      out = out * coordinate_.components[k].size + components_[k];
    }
    return out;
  }

 private:
  bool solve(std::size_t depth, std::int64_t rest) {
    if (depth == order_.size()) return rest == 0;
    std::size_t const k = order_[depth];
    std::int64_t const stride = strides_[k];
    std::uint32_t const size = coordinate_.components[k].size;
    if (stride == 0) return solve(depth + 1, rest);
    auto const [low, high] = reach(depth + 1);
    // rest - stride * x must be in low..high.
    std::int64_t first = (stride > 0 ? rest - high : rest - low) / stride - 1;
    std::int64_t last = (stride > 0 ? rest - low : rest - high) / stride + 1;
    first = std::max<std::int64_t>(first, 0);
    last = std::min<std::int64_t>(last, std::int64_t{size} - 1);
    for (std::int64_t x = first; x <= last; ++x) {
      std::int64_t const remaining = rest - stride * x;
      if (remaining < low || remaining > high) continue;
      components_[k] = static_cast<std::uint32_t>(x);
      if (solve(depth + 1, remaining)) return true;
    }
    return false;
  }

  [[nodiscard]] std::pair<std::int64_t, std::int64_t> reach(std::size_t depth) const {
    std::int64_t low = 0;
    std::int64_t high = 0;
    for (std::size_t d = depth; d < order_.size(); ++d) {
      std::int64_t const span =
          std::int64_t{strides_[order_[d]]} * (coordinate_.components[order_[d]].size - 1);
      (span < 0 ? low : high) += span;
    }
    return {low, high};
  }

  CoordinateInfo const& coordinate_;
  std::span<std::int32_t const> strides_;
  std::vector<std::size_t> order_;
  std::vector<std::uint32_t> components_;
};

}  // namespace

std::uint32_t CoordinateInfo::component(std::uint32_t number, std::size_t index) const {
  for (std::size_t k = components.size(); k-- > index + 1;) number /= components[k].size;
  return number % components[index].size;
}

std::size_t ContainerInfo::write_words() const {
  return static_cast<std::size_t>(
      std::count_if(words.begin(), words.end(), [](WordInfo const& w) { return w.writable; }));
}

std::size_t ContainerInfo::read_words() const {
  return static_cast<std::size_t>(
      std::count_if(words.begin(), words.end(), [](WordInfo const& w) { return w.readable; }));
}

bool ContainerInfo::reachable_by(Via transport) const {
  return std::find(via.begin(), via.end(), transport) != via.end();
}

ContainerInfo const& info(ContainerId id) {
  return containers()[static_cast<std::size_t>(id)];
}
SpaceInfo const& info(Via via) {
  return spaces()[static_cast<std::size_t>(via)];
}

Result<ContainerInfo const*> find(std::string_view container) {
  return find_in(containers(), container, "container");
}

Result<CoordinateInfo const*> find_coordinate(std::string_view name) {
  return find_in(coordinates(), name, "coordinate");
}

Result<Via> find_via(std::string_view name) {
  return find_in(spaces(), name, "transport").transform([](SpaceInfo const* s) { return s->via; });
}

Result<CompositeInfo const*> find_composite(std::string_view name) {
  return find_in(composites(), name, "composite");
}

Result<CellInfo const*> find_cell(std::string_view name) {
  return find_in(cells(), name, "CapMem cell");
}

std::uint32_t locate(ContainerInfo const& container, std::uint32_t number, std::size_t word,
                     Via via) {
  LocationInfo const& location = info(via).omnibus ? container.address : container.reg;
  HX_CHECK(location.exists && word < container.words.size() && number < container.coordinate.size)
      << container.name << " number " << number << " word " << word << " via " << info(via).name;
  WordInfo const& w = container.words[word];
  std::span<std::int32_t const> const strides = strides_of(location, w);
  std::int64_t out = std::int64_t{location.base} + w.offset;
  for (std::size_t k = 0; k < strides.size(); ++k) {
    out += std::int64_t{strides[k]} * container.coordinate.component(number, k);
  }
  return static_cast<std::uint32_t>(out);
}

std::vector<std::uint32_t> write_locations(ContainerInfo const& container, std::uint32_t number,
                                           Via via) {
  std::vector<std::uint32_t> out;
  for (std::size_t k = 0; k < container.words.size(); ++k) {
    if (container.words[k].writable) out.push_back(locate(container, number, k, via));
  }
  return out;
}

std::vector<std::uint32_t> read_locations(ContainerInfo const& container, std::uint32_t number,
                                          Via via) {
  std::vector<std::uint32_t> out;
  for (std::size_t k = 0; k < container.words.size(); ++k) {
    if (container.words[k].readable) out.push_back(locate(container, number, k, via));
  }
  return out;
}

std::uint8_t byte_enables(ContainerInfo const& container, std::uint32_t number, std::size_t word) {
  for (ValueInfo const& value : container.values) {
    for (PieceInfo const& piece : value.pieces) {
      if (piece.word != word || piece.select < 0) continue;
      std::uint32_t const selected =
          container.coordinate.component(number, static_cast<std::size_t>(piece.select));
      return static_cast<std::uint8_t>(1u << (piece.lsbs[selected] / 8));
    }
  }
  return 0xf;
}

std::vector<AddressMatch> find_address(std::uint32_t address) {
  std::vector<AddressMatch> out;
  for (ContainerInfo const& container : containers()) {
    if (!container.address.exists) continue;
    for (std::size_t k = 0; k < container.words.size(); ++k) {
      WordInfo const& word = container.words[k];
      std::int64_t const distance_from_base =
          std::int64_t{address} - container.address.base - word.offset;
      Inversion inversion(container.coordinate, strides_of(container.address, word));
      if (auto const number = inversion.number(distance_from_base)) {
        out.push_back({&container, *number, k});
      }
    }
  }
  return out;
}

}  // namespace hx::reg
