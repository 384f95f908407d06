/// Lines of the register vectors.
#pragma once

#include <zlib.h>

#include <functional>
#include <string>

#include "driver/base/check.h"
#include "driver/registers/json.h"

namespace hx::reg {

/// Calls f(line number, object) for every line of a plain or gzipped file of tests/vectors/registers.
inline void for_each_line(std::string const& name,
                          std::function<void(std::size_t, Json const&)> const& f) {
  std::string const path = "tests/vectors/registers/" + name;
  gzFile const file = gzopen(path.c_str(), "rb");
  HX_CHECK(file != nullptr) << path;
  std::string line;
  std::string buffer(1 << 16, '\0');
  std::size_t number = 0;
  while (gzgets(file, buffer.data(), static_cast<int>(buffer.size())) != nullptr) {
    line += buffer.c_str();
    if (line.back() != '\n') continue;
    f(++number, Json::parse(line));
    line.clear();
  }
  HX_CHECK(line.empty()) << path << " does not end with a new line";
  gzclose(file);
}

/// Object with sorted keys, for comparison.
inline nlohmann::json sorted(Json const& value) {
  return nlohmann::json::parse(value.dump());
}

inline std::uint32_t hex_number(Json const& text) {
  return static_cast<std::uint32_t>(std::stoul(text.get<std::string>(), nullptr, 16));
}

}  // namespace hx::reg
