#include "tools/link/runtime_folder.h"

#include <arpa/inet.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <fstream>

namespace hx::tools {
namespace {

constexpr std::size_t kMaxFileBytes = 65536;

std::filesystem::path wanted_folder() {
  for (auto const& [variable, below] :
       {std::pair<char const*, char const*>{"HX_RUNTIME_DIR", ""}, {"XDG_RUNTIME_DIR", "openhx"}}) {
    char const* const value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return std::filesystem::path(value) / below;
  }
  return "/tmp/openhx-" + std::to_string(::getuid());
}

}  // namespace

Result<std::filesystem::path> runtime_folder() {
  std::filesystem::path const folder = wanted_folder();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (std::filesystem::is_directory(folder)) return folder;
  return Error{.code = ErrorCode::kIo,
               .message = "cannot make the folder " + folder.string(),
               .hint = "HX_RUNTIME_DIR names another one"};
}

Result<std::string> board_key(std::string const& board) {
  std::string const text = board.starts_with("udp:") ? board.substr(4) : board;
  std::size_t const colon = text.find(':');
  std::string const address = text.substr(0, colon);
  std::string const port = colon == text.npos ? "1234" : text.substr(colon + 1);
  std::uint16_t number = 0;
  auto const [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  in_addr parsed{};
  if (::inet_pton(AF_INET, address.c_str(), &parsed) != 1 || error != std::errc{} ||
      end != port.data() + port.size() || number == 0) {
    return Error{.code = ErrorCode::kInvalidArgument,
                 .message = "'" + board + "' is no board",
                 .hint = "an IPv4 address with an optional port, e.g. 127.0.0.1:1234"};
  }
  return address + "_" + std::to_string(number);
}

Result<void> replace_file(std::filesystem::path const& path, std::string const& text) {
  std::filesystem::path const part = path.string() + "." + std::to_string(::getpid()) + ".part";
  std::error_code error;
  {
    std::ofstream file(part, std::ios::binary);
    file << text;
    if (file.flush()) std::filesystem::rename(part, path, error);
    if (file && !error) return {};
  }
  std::filesystem::remove(part, error);
  return Error{.code = ErrorCode::kIo, .message = "cannot write " + path.string()};
}

std::string read_small_file(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFileBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

bool is_alive(long process) {
  return process > 0 && (::kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM);
}

}  // namespace hx::tools
