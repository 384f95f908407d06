/// Reads weight matrices from NumPy files (.npy, format versions 1 to 3) and writes tables.
#pragma once

#include <cstddef>
#include <filesystem>
#include <ostream>
#include <vector>

#include "driver/base/result.h"

namespace hx::tools {

/// A matrix in row-major order.
struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;
};

/// Reads a two-dimensional array of little-endian integers (1 to 8 byte, signed or not) or floats
/// (4, 8 byte), in C or Fortran order. Errors: kNotFound, kIo, kParse (not a .npy file, other shape
/// or type, shorter than its shape says).
Result<Matrix> read_npy_matrix(std::filesystem::path const& path);

/// Writes a matrix as little-endian 8 byte floats, row by row (version 1.0). Contract: rows * columns values.
void write_npy_matrix(Matrix const& matrix, std::ostream& out);

}  // namespace hx::tools
