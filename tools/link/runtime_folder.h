/// Where the programs of this computer tell each other about boards: one small JSON file per served board and per lease, in
/// HX_RUNTIME_DIR, else XDG_RUNTIME_DIR/openhx, else /tmp/openhx-UID.
///
/// Files are replaced in one step, so a reader never sees half of one. Who may write the folder may take leases; to share boards
/// between users, point HX_RUNTIME_DIR at a folder that all of them can write.
#pragma once

#include <filesystem>
#include <string>

#include "driver/base/result.h"

namespace hx::tools {

/// The folder; it is made if it is not there. kIo if that is refused.
Result<std::filesystem::path> runtime_folder();

/// A name for a file about a board: "127.0.0.1:1234" gives "127.0.0.1_1234"; a missing port is 1234. kInvalidArgument if it is no IPv4
/// address with an optional port.
Result<std::string> board_key(std::string const& board);

/// Replaces a file in one step.
Result<void> replace_file(std::filesystem::path const& path, std::string const& text);

/// The whole file, at most 64 KiB; empty if there is none.
std::string read_small_file(std::filesystem::path const& path);

/// The process lives.
bool is_alive(long process);

}  // namespace hx::tools
