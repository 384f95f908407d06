/// Pictures through gnuplot.
#pragma once

#include <filesystem>
#include <string>

#include "driver/base/result.h"

namespace hx::tools {

/// Has gnuplot draw `script` (without terminal and output) into a PNG of the given size in pixels; missing folders
/// are made. kIo with gnuplot's answer in the message's sense if it is missing or refuses.
Result<void> draw_png(std::filesystem::path const& path, std::string const& script, int width,
                      int height);

}  // namespace hx::tools
