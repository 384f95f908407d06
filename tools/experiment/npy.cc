#include "tools/experiment/npy.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "driver/base/check.h"

namespace hx::tools {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kLargestFile = std::size_t{1} << 28;

Error bad(std::filesystem::path const& path, std::string what) {
  return Error{.code = ErrorCode::kParse,
               .message = path.string() + ": " + std::move(what),
               .hint = "save the weights with numpy.save(\"w.npy\", w), w of shape [post][pre]"};
}

/// The text after "'key':" in the header dictionary.
std::optional<std::string_view> entry(std::string_view header, std::string_view key) {
  std::string const quoted = "'" + std::string(key) + "':";
  std::size_t const at = header.find(quoted);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + quoted.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

std::optional<std::vector<std::size_t>> parse_shape(std::string_view text) {
  if (text.empty() || text.front() != '(') return std::nullopt;
  std::vector<std::size_t> shape;
  char const* at = text.data() + 1;
  char const* const end = text.data() + text.size();
  while (at < end && *at != ')') {
    if (*at == ' ' || *at == ',') {
      ++at;
      continue;
    }
    std::size_t value = 0;
    auto const [next, error] = std::from_chars(at, end, value);
    if (error != std::errc{}) return std::nullopt;
    shape.push_back(value);
    at = next;
  }
  if (at == end) return std::nullopt;
  return shape;
}

template <typename T>
void append(std::string_view bytes, std::vector<double>& values) {
  for (std::size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    values.push_back(static_cast<double>(value));
  }
}

struct ElementType {
  std::string_view name;
  std::size_t size;
  void (*append)(std::string_view, std::vector<double>&);
};

constexpr ElementType kTypes[] = {
    {"|i1", 1, append<std::int8_t>},  {"|u1", 1, append<std::uint8_t>},
    {"<i2", 2, append<std::int16_t>}, {"<u2", 2, append<std::uint16_t>},
    {"<i4", 4, append<std::int32_t>}, {"<u4", 4, append<std::uint32_t>},
    {"<i8", 8, append<std::int64_t>}, {"<u8", 8, append<std::uint64_t>},
    {"<f4", 4, append<float>},        {"<f8", 8, append<double>},
};
static_assert(std::endian::native == std::endian::little);

Matrix transposed(Matrix const& matrix) {
  Matrix out{matrix.columns, matrix.rows, std::vector<double>(matrix.values.size())};
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    for (std::size_t column = 0; column < matrix.columns; ++column) {
      out.values[column * matrix.rows + row] = matrix.values[row * matrix.columns + column];
    }
  }
  return out;
}

/// Header dictionary and data of a .npy file.
struct Parts {
  std::string_view header;
  std::string_view data;
};

std::optional<Parts> split(std::string_view bytes) {
  if (bytes.size() < 12 || bytes.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  auto const byte = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]));
  };
  std::size_t const version = byte(6);
  if (version < 1 || version > 3) return std::nullopt;
  std::size_t const start = version == 1 ? 10 : 12;
  std::size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > bytes.size() - start) return std::nullopt;
  return Parts{bytes.substr(start, length), bytes.substr(start + length)};
}

}  // namespace

Result<Matrix> read_npy_matrix(std::filesystem::path const& path) {
  std::error_code status;
  // Not a directory, and not a device or pipe that may never end.
  if (!std::filesystem::is_regular_file(path, status)) {
    return Error{.code = ErrorCode::kNotFound,
                 .message = "there is no file " + path.string(),
                 .hint = "the path is relative to the experiment file"};
  }
  if (std::filesystem::file_size(path, status) > kLargestFile) {
    return bad(path, "the file is larger than 256 MiB");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{.code = ErrorCode::kIo, .message = "cannot read " + path.string()};
  std::string const bytes{std::istreambuf_iterator<char>(file), {}};
  std::optional<Parts> const parts = split(bytes);
  if (!parts) return bad(path, "not a .npy file of version 1 to 3");

  std::optional<std::string_view> const descr = entry(parts->header, "descr");
  std::optional<std::string_view> const order = entry(parts->header, "fortran_order");
  std::optional<std::string_view> const shape_text = entry(parts->header, "shape");
  if (!descr || !order || !shape_text) return bad(path, "the header lacks descr, order or shape");
  std::optional<std::vector<std::size_t>> const shape = parse_shape(*shape_text);
  if (!shape || shape->size() != 2) return bad(path, "the array is not two-dimensional");

  auto const* const type = std::find_if(std::begin(kTypes), std::end(kTypes), [&](auto const& t) {
    return descr->size() >= 5 && descr->substr(1, 3) == t.name;
  });
  if (type == std::end(kTypes))
    return bad(path, "element type is no little-endian integer or float");

  std::size_t const rows = (*shape)[0];
  std::size_t const columns = (*shape)[1];
  if (columns != 0 && rows > kLargestFile / columns) return bad(path, "the shape is too large");
  if (parts->data.size() < rows * columns * type->size) {
    return bad(path, "the data ends before the shape is filled");
  }
  bool const fortran = order->starts_with("True");
  Matrix matrix{fortran ? columns : rows, fortran ? rows : columns, {}};
  matrix.values.reserve(rows * columns);
  type->append(parts->data.substr(0, rows * columns * type->size), matrix.values);
  return fortran ? transposed(matrix) : matrix;
}

void write_npy_matrix(Matrix const& matrix, std::ostream& out) {
  HX_CHECK(matrix.values.size() == matrix.rows * matrix.columns)
      << matrix.values.size() << " values for " << matrix.rows << " x " << matrix.columns;
  static_assert(std::endian::native == std::endian::little);
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" +
                       std::to_string(matrix.rows) + ", " + std::to_string(matrix.columns) + "), }";
  // Magic, version, length and header together fill blocks of 64 bytes; the header ends with a line feed.
  std::size_t const prefix = kMagic.size() + 4;
  header.resize((prefix + header.size() + 64) / 64 * 64 - prefix - 1, ' ');
  header += '\n';
  out << kMagic << '\x01' << '\0' << static_cast<char>(header.size() & 0xff)
      << static_cast<char>(header.size() >> 8) << header;
  out.write(reinterpret_cast<char const*>(matrix.values.data()),
            static_cast<std::streamsize>(matrix.values.size() * sizeof(double)));
}

}  // namespace hx::tools
