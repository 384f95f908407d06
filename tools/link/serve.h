/// hx serve: boards at UDP addresses until a signal ends it; hx list: what boards there are.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "driver/base/result.h"
#include "driver/link/registry.h"

namespace hx::tools {

struct ServeOptions {
  std::vector<std::string> addresses = {"127.0.0.1:1234"};  ///< ADDRESS[:PORT]; port 0: any
  std::vector<std::string> targets = {"twin:"};  ///< one for all, or one for each address
  std::string fault = {};                        ///< sim/server/fault.h
  std::string capture = {};                      ///< file
  std::string log = {};                          ///< file; empty: the standard error output
};

/// Serves until SIGINT or SIGTERM; SIGUSR1 prints the statistics. Before it serves it writes a line "serving udp:ADDRESS:PORT" for each board
/// to `out`. Every second the state goes into the runtime folder, where `hx list` and `hx link stats` find it.
Result<void> serve(ServeOptions const& options, Registry const& registry, std::ostream& out);

/// Local servers, configured boards (HX_BOARDS and SLURM_FPGA_IPS, comma separated) and leases, a line each.
Result<void> list_boards(std::ostream& out);

/// The statistics of a served board of this computer as JSON. kNotFound if there is none at the address.
Result<void> print_board_statistics(std::string const& board, std::ostream& out);

}  // namespace hx::tools
