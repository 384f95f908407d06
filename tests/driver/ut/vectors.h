/// Reference vectors of the message layer as values, and the time annotation written down a second
/// time, straight from the specification, as oracle of the fast decoder.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "driver/ut/message.h"
#include "driver/ut/received.h"

namespace hx::ut {

/// The objects of a gzipped file of JSON lines; ends the test program if it can not be read.
std::vector<nlohmann::json> read_json_lines(std::string const& path);

/// A message of a vector file by its `name` and fields.
ToFpgaMessage to_fpga_message(nlohmann::json const& object);
FromFpgaMessage from_fpga_message(nlohmann::json const& object);

/// Words given as hexadecimal strings.
std::vector<std::uint64_t> words_of(nlohmann::json const& line);

/// What a program's messages mean, computed message by message.
Received annotate(std::span<FromFpgaMessage const> messages);

}  // namespace hx::ut
