#include "tools/demo/plot.h"

#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <system_error>

namespace hx::tools {
namespace {

/// In gnuplot's single quotes only the quote itself is special.
std::string quoted(std::string const& text) {
  std::string out = "'";
  for (char const c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

/// A gnuplot that is missing or dies ends in an error of the write, not in the end of the program.
class IgnorePipeSignal {
 public:
  IgnorePipeSignal() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~IgnorePipeSignal() { std::signal(SIGPIPE, before_); }
  IgnorePipeSignal(IgnorePipeSignal const&) = delete;
  IgnorePipeSignal& operator=(IgnorePipeSignal const&) = delete;

 private:
  void (*before_)(int);
};

}  // namespace

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
  IgnorePipeSignal const no_signal;
  std::FILE* gnuplot = popen("gnuplot", "w");
  if (gnuplot == nullptr) {
    return Error{.code = ErrorCode::kIo, .message = "cannot start gnuplot", .hint = "./hx setup"};
  }
  std::string const head = "set terminal pngcairo size " + std::to_string(width) + "," +
                           std::to_string(height) + " font 'sans,10'\nset output " +
                           quoted(path.string()) + "\n";
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
