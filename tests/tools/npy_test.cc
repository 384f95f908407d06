#include "tools/experiment/npy.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

namespace hx::tools {
namespace {

class Npy : public ::testing::Test {
 protected:
  std::filesystem::path path_ =
      std::filesystem::path(::testing::TempDir()) /
      (std::string("npy_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());

  Result<Matrix> read(std::string const& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return read_npy_matrix(path_);
  }

  static std::string file(std::string header, std::string const& data) {
    header.resize(118, ' ');
    std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
    return bytes + header + data;
  }

  template <typename T>
  static std::string bytes(std::initializer_list<T> values) {
    std::string out;
    for (T value : values) out.append(reinterpret_cast<char const*>(&value), sizeof(T));
    return out;
  }
};

TEST_F(Npy, ReadsIntegersInBothOrders) {
  auto const data = bytes<std::int16_t>({1, -2, 3, 4, 5, 6});
  Result<Matrix> const c =
      read(file("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }", data));
  ASSERT_TRUE(c) << c.error();
  EXPECT_EQ(c->rows, 2U);
  EXPECT_EQ(c->columns, 3U);
  EXPECT_EQ(c->values, (std::vector<double>{1, -2, 3, 4, 5, 6}));
  Result<Matrix> const f =
      read(file("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", data));
  ASSERT_TRUE(f) << f.error();
  EXPECT_EQ(f->values, (std::vector<double>{1, 3, 5, -2, 4, 6}));
}

TEST_F(Npy, ReadsFloats) {
  Result<Matrix> const m = read(file("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }",
                                     bytes<double>({1.5, -63})));
  ASSERT_TRUE(m) << m.error();
  EXPECT_EQ(m->values, (std::vector<double>{1.5, -63}));
}

TEST_F(Npy, RefusesWhatIsNoMatrix) {
  EXPECT_FALSE(read("hello"));
  EXPECT_FALSE(read(file("{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }", "abcdef")));
  EXPECT_FALSE(
      read(file("{'descr': '<c8', 'fortran_order': False, 'shape': (1, 1), }", "abcdefgh")));
  EXPECT_FALSE(read(file("{'descr': '<i8', 'fortran_order': False, 'shape': (2, 2), }", "short")));
  EXPECT_FALSE(
      read(file("{'descr': '<i8', 'fortran_order': False, 'shape': "
                "(18446744073709551615, 18446744073709551615), }",
                "short")));
  EXPECT_EQ(read_npy_matrix("/nowhere/w.npy").error().code, ErrorCode::kNotFound);
}

TEST_F(Npy, SurvivesDamagedFiles) {
  std::string const good = file("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }",
                                bytes<std::int16_t>({1, 2, 3, 4, 5, 6}));
  unsigned state = 7;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = good;
    for (int k = 0; k < 3; ++k) {
      state = state * 1664525U + 1013904223U;
      damaged[state % damaged.size()] = static_cast<char>(state >> 24);
    }
    damaged.resize(damaged.size() - state % 5);
    (void)read(damaged);  // must neither crash nor hang; the sanitizer builds watch
  }
}

TEST_F(Npy, ReadsWhatItWrites) {
  for (std::size_t rows : {0u, 1u, 3u, 1000u}) {
    Matrix matrix{.rows = rows, .columns = 2, .values = {}};
    for (std::size_t i = 0; i < 2 * rows; ++i)
      matrix.values.push_back(0.1 * static_cast<double>(i));
    std::ostringstream out;
    write_npy_matrix(matrix, out);
    std::string const bytes = out.str();
    EXPECT_EQ((bytes.size() - 16 * rows) % 64, 0u) << "the data begin at a multiple of 64";
    EXPECT_EQ(bytes[bytes.size() - 16 * rows - 1], '\n');
    if (rows == 0) continue;
    Result<Matrix> const got = read(bytes);
    ASSERT_TRUE(got) << got.error();
    EXPECT_EQ(got->rows, rows);
    EXPECT_EQ(got->values, matrix.values);
  }
}

}  // namespace
}  // namespace hx::tools
