#include "tools/demo/plot.h"

#include <sys/wait.h>

#include <cstdio>
#include <system_error>

namespace hx::tools {

Result<void> draw_png(std::filesystem::path const& path, std::string const& script, int width,
                      int height) {
  std::error_code made;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), made);
  if (made) {
    return Error{
        .code = ErrorCode::kIo,
        .message = "cannot make the folder " + path.parent_path().string() + ": " + made.message(),
        .hint = "choose another one with --out-dir"};
  }
  std::FILE* gnuplot = popen("gnuplot", "w");
  if (gnuplot == nullptr) {
    return Error{.code = ErrorCode::kIo, .message = "cannot start gnuplot", .hint = "./hx setup"};
  }
  std::string const head = "set terminal pngcairo size " + std::to_string(width) + "," +
                           std::to_string(height) + " font 'sans,10'\nset output '" +
                           path.string() + "'\n";
  bool const written =
      std::fputs(head.c_str(), gnuplot) >= 0 && std::fputs(script.c_str(), gnuplot) >= 0;
  int const status = pclose(gnuplot);
  if (!written || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Error{.code = ErrorCode::kIo,
                 .message = "gnuplot did not draw " + path.string(),
                 .hint = "./hx setup installs gnuplot; its own message is above"};
  }
  return {};
}

}  // namespace hx::tools
