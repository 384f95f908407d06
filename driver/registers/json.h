/// Register values as JSON objects, one per line: what `hx reg encode` and `hx reg decode` read and
/// write.
///
///     {"container": "CrossbarNode", "coordinate": {"enum": 32}, "fields": {"enable_drop_counter": true}}
///   encode_line adds
///     "write_addresses": ["0x00130039"], "write_words": ["0x80000000"], "read_addresses": [...]
///
///     {"container": "CrossbarNode", "coordinate": {"enum": 32}, "read_words": ["0x80000000"]}
///   decode_line adds "fields" and "read_addresses"
///
/// * `coordinate`: a number, a symbolic name, {"enum": number or name, "type": optional} or the
///   components {"hemisphere": 0, "row": 5, "quad": 34}; may be missing if there is only one.
/// * `backend`: the transport; the default one of the container if it is missing.
/// * `fields`: missing ones have their default; bool values may be 0 and 1, values with symbols may
///   be given by name. Lists of structures are lists of objects, two-dimensional values nested
///   lists. A CapMem value may be a number or {"alternative": "Value" | "DisableRefresh", "value"}.
/// * Words are hex strings or numbers. Addresses come out as hex strings for Omnibus transports and
///   as {"type", "enum"} (register number) for the others. Words of spike packs are lists of labels,
///   words of one-bit messages are bool, words of messages without payload null.
/// * `write_byte_enables` is there if not all bytes are enabled: one list per word, index 0 = least
///   significant byte. Word-wise memories take the list `enables` in `fields` (entry k of the quad).
/// * CapMemBlock is understood, too: its `cell` is the list of the values of its 3120 cells.
///
/// Errors say which key is wrong; unknown names have the nearest known one as hint.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "driver/base/result.h"
#include "driver/registers/codec.h"

namespace hx::reg {

/// Keeps the order of keys.
using Json = nlohmann::ordered_json;

Result<Json> encode_line(Json const& line);
Result<Json> decode_line(Json const& line);

/// The value of `fields` for elements, without `enables`.
Json fields_to_json(ContainerInfo const& container, std::span<std::int64_t const> elements);
/// Elements of a `fields` object; checks names, shapes and ranges.
Result<Elements> fields_from_json(ContainerInfo const& container, Json const& fields);

/// {"code": ..., "message": ..., "hint": ...}.
Json error_to_json(Error const& error);

}  // namespace hx::reg
