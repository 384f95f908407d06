#include "driver/registers/codec.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "driver/base/check.h"
#include "driver/registers/bits.h"

namespace hx::reg {
namespace {

std::uint64_t mask(unsigned width) {
  return width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}

std::uint64_t to_raw(PieceInfo const& piece, std::int64_t value) {
  auto const bits = static_cast<std::uint64_t>(value >> piece.value_lsb);
  std::uint64_t raw = bits;
  switch (piece.encoding) {
    case Encoding::kPlain:
    case Encoding::kNonzero:
      break;
    case Encoding::kInverted:
      raw = ~bits;
      break;
    case Encoding::kOffset:
      raw = bits + static_cast<std::uint64_t>(piece.parameters[0]);
      break;
    case Encoding::kPermuted:
      raw = 0;
      for (std::size_t i = 0; i < piece.parameters.size(); ++i) {
        raw |= (bits >> piece.parameters[i] & 1) << i;
      }
      break;
    case Encoding::kMap: {
      auto const at = std::find(piece.parameters.begin(), piece.parameters.end(), value);
      raw = at == piece.parameters.end()
                ? 0
                : static_cast<std::uint64_t>(at - piece.parameters.begin());
      break;
    }
    case Encoding::kFixed:
      raw = static_cast<std::uint64_t>(piece.parameters[0]);
      break;
    case Encoding::kThermometer: {
      auto const digits = static_cast<unsigned>(std::bit_width(unsigned{piece.width}));
      raw = (std::uint64_t{1} << (bits & mask(digits))) - 1;
      break;
    }
  }
  return raw & mask(piece.width);
}

std::int64_t from_raw(PieceInfo const& piece, std::uint64_t raw) {
  switch (piece.encoding) {
    case Encoding::kPlain:
    case Encoding::kFixed:
      break;
    case Encoding::kInverted:
      raw = ~raw & mask(piece.width);
      break;
    case Encoding::kOffset:
      return static_cast<std::int64_t>(raw) - piece.parameters[0];
    case Encoding::kPermuted: {
      std::uint64_t bits = 0;
      for (std::size_t i = 0; i < piece.parameters.size(); ++i) {
        bits |= (raw >> i & 1) << piece.parameters[i];
      }
      raw = bits;
      break;
    }
    case Encoding::kMap:
      return piece.parameters[std::min<std::size_t>(raw, piece.parameters.size() - 1)];
    case Encoding::kThermometer:
      return static_cast<std::int64_t>(std::bit_width(raw));
    case Encoding::kNonzero:
      return raw != 0 ? 1 : 0;
  }
  return static_cast<std::int64_t>(raw);
}

/// The lsbs of a piece that hold data of this instance.
std::span<std::uint8_t const> places(ContainerInfo const& container, PieceInfo const& piece,
                                     std::uint32_t number) {
  if (piece.select < 0) return piece.lsbs;
  return piece.lsbs.subspan(
      container.coordinate.component(number, static_cast<std::size_t>(piece.select)), 1);
}

std::byte* element_address(ValueInfo const& value, std::size_t element, std::byte* object) {
  StorageInfo const& s = value.storage;
  return object + s.offset + element / s.inner_count * s.outer_stride +
         element % s.inner_count * s.size;
}

template <typename T>
std::int64_t load_as(std::byte const* from) {
  T out;
  std::memcpy(&out, from, sizeof(T));
  return static_cast<std::int64_t>(out);
}

std::int64_t load(ValueInfo const& value, std::byte const* from) {
  bool const is_signed = value.kind == ValueKind::kSigned;
  switch (value.storage.size) {
    case 1:
      return is_signed ? load_as<std::int8_t>(from) : load_as<std::uint8_t>(from);
    case 2:
      return is_signed ? load_as<std::int16_t>(from) : load_as<std::uint16_t>(from);
    case 4:
      return is_signed ? load_as<std::int32_t>(from) : load_as<std::uint32_t>(from);
    default:
      return load_as<std::int64_t>(from);
  }
}

std::string element_name(ContainerInfo const& container, ValueInfo const& value,
                         std::size_t element) {
  std::string out = std::string(container.name) + "." + std::string(value.name);
  if (value.is_array) out += "[" + std::to_string(element) + "]";
  return out;
}

std::string element_text(ValueInfo const& value, std::int64_t element) {
  if (value.kind == ValueKind::kBool) return element != 0 ? "true" : "false";
  return std::to_string(element);
}

}  // namespace

Elements default_elements(ContainerInfo const& container) {
  Elements out;
  out.reserve(container.elements);
  for (ValueInfo const& value : container.values) {
    out.insert(out.end(), value.defaults.begin(), value.defaults.end());
  }
  HX_CHECK(out.size() == container.elements) << container.name;
  return out;
}

Result<void> check(ContainerInfo const& container, std::span<std::int64_t const> elements) {
  HX_CHECK(elements.size() == container.elements) << container.name;
  for (ValueInfo const& value : container.values) {
    for (std::size_t k = 0; k < value.count; ++k) {
      std::int64_t const element = elements[value.first_element + k];
      bool const listed =
          value.pieces[0].encoding != Encoding::kMap ||
          std::find(value.pieces[0].parameters.begin(), value.pieces[0].parameters.end(),
                    element) != value.pieces[0].parameters.end();
      if (element >= value.minimum && element <= value.maximum && listed) continue;
      return Error{.code = ErrorCode::kOutOfRange,
                   .message = element_name(container, value, k) + " is " + std::to_string(element) +
                              ", possible: " + std::to_string(value.minimum) +
                              (listed ? ".." : " or ") + std::to_string(value.maximum),
                   .hint = std::string(value.doc)};
    }
  }
  return {};
}

std::vector<std::uint64_t> encode(ContainerInfo const& container,
                                  std::span<std::int64_t const> elements, std::uint32_t number) {
  HX_CHECK(elements.size() == container.elements) << container.name;
  std::vector<std::uint64_t> raw(container.words.size());
  for (PieceInfo const& piece : container.fixed) {
    raw[piece.word] |= to_raw(piece, 0) << piece.lsbs[0];
  }
  for (ValueInfo const& value : container.values) {
    for (PieceInfo const& piece : value.pieces) {
      std::span<std::uint8_t const> const lsbs = places(container, piece, number);
      for (std::size_t k = 0; k < lsbs.size(); ++k) {
        raw[piece.word] |= to_raw(piece, elements[value.first_element + piece.first + k])
                           << lsbs[k];
      }
    }
  }
  std::vector<std::uint64_t> out;
  out.reserve(raw.size());
  for (std::size_t k = 0; k < raw.size(); ++k) {
    if (!container.words[k].writable) continue;
    out.push_back(container.words[k].gray ? detail::gray_inverse(static_cast<std::uint32_t>(raw[k]))
                                          : raw[k]);
  }
  return out;
}

namespace {

/// The words of one direction at their places, 0 where the other direction has one.
Result<std::vector<std::uint64_t>> place_words(ContainerInfo const& container,
                                               std::span<std::uint64_t const> words,
                                               bool WordInfo::*present, char const* what) {
  auto const expected =
      static_cast<std::size_t>(std::count_if(container.words.begin(), container.words.end(),
                                             [&](WordInfo const& word) { return word.*present; }));
  if (words.size() != expected) {
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = std::string(container.name) + " has " + std::to_string(expected) +
                            " words to " + what + ", given: " + std::to_string(words.size())};
  }
  std::vector<std::uint64_t> raw(container.words.size());
  std::size_t next = 0;
  for (std::size_t k = 0; k < raw.size(); ++k) {
    if (!(container.words[k].*present)) continue;
    raw[k] = words[next++];
    if (container.words[k].gray) raw[k] ^= raw[k] >> 1;
  }
  return raw;
}

Elements elements_of(ContainerInfo const& container, std::span<std::uint64_t const> raw,
                     std::uint32_t number) {
  Elements out(container.elements);
  for (ValueInfo const& value : container.values) {
    for (PieceInfo const& piece : value.pieces) {
      std::span<std::uint8_t const> const lsbs = places(container, piece, number);
      for (std::size_t k = 0; k < lsbs.size(); ++k) {
        std::uint64_t const bits = raw[piece.word] >> lsbs[k] & mask(piece.width);
        // Pieces of one value do not overlap, except that an offset can make a piece negative.
        out[value.first_element + piece.first + k] +=
            from_raw(piece, bits) * (std::int64_t{1} << piece.value_lsb);
      }
    }
    bool const plain = value.pieces[0].encoding == Encoding::kPlain;
    if (value.kind != ValueKind::kSigned || !plain) continue;
    std::int64_t const sign = std::int64_t{1} << (value.width - 1);
    for (std::size_t k = 0; k < value.count; ++k) {
      std::int64_t& element = out[value.first_element + k];
      element = (element ^ sign) - sign;
    }
  }
  return out;
}

}  // namespace

Result<Elements> decode(ContainerInfo const& container, std::span<std::uint64_t const> words,
                        std::uint32_t number) {
  auto raw = place_words(container, words, &WordInfo::readable, "read");
  if (!raw) return std::move(raw).error();
  return elements_of(container, *raw, number);
}

Result<Elements> decode_written(ContainerInfo const& container,
                                std::span<std::uint64_t const> words, std::uint32_t number) {
  auto raw = place_words(container, words, &WordInfo::writable, "write");
  if (!raw) return std::move(raw).error();
  return elements_of(container, *raw, number);
}

Elements load_elements(ContainerInfo const& container, void const* object) {
  Elements out(container.elements);
  auto* const bytes = static_cast<std::byte*>(const_cast<void*>(object));  // only read
  for (ValueInfo const& value : container.values) {
    for (std::size_t k = 0; k < value.count; ++k) {
      out[value.first_element + k] = load(value, element_address(value, k, bytes));
    }
  }
  return out;
}

void store_elements(ContainerInfo const& container, std::span<std::int64_t const> elements,
                    void* object) {
  HX_CHECK(elements.size() == container.elements) << container.name;
  static_assert(std::endian::native == std::endian::little);
  for (ValueInfo const& value : container.values) {
    for (std::size_t k = 0; k < value.count; ++k) {
      std::int64_t const element = elements[value.first_element + k];
      std::memcpy(element_address(value, k, static_cast<std::byte*>(object)), &element,
                  value.storage.size);
    }
  }
}

std::string to_text(ContainerInfo const& container, std::span<std::int64_t const> elements) {
  std::string out = std::string(container.name) + "{";
  for (ValueInfo const& value : container.values) {
    if (&value != container.values.data()) out += ", ";
    out += std::string(value.name) + ": ";
    if (value.is_array) out += "[";
    for (std::size_t k = 0; k < value.count; ++k) {
      if (k != 0) out += ", ";
      out += element_text(value, elements[value.first_element + k]);
    }
    if (value.is_array) out += "]";
  }
  return out + "}";
}

}  // namespace hx::reg
