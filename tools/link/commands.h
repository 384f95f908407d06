/// The commands of hx that talk about links: capture and its kin.
#pragma once

#include <CLI/CLI.hpp>

namespace hx::tools {

/// Adds them to the command line; what they return goes into `status`, which outlives the parsing.
void add_link_commands(CLI::App& app, int& status);

}  // namespace hx::tools
