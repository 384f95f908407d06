#include "driver/registers/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "driver/base/edit_distance.h"
#include "driver/base/hex.h"
#include "driver/registers/composites.h"
#include "driver/registers/registers.h"

namespace hx::reg {
namespace {

constexpr std::int64_t kDisableRefresh = CapMemCell::kValueDisableRefresh;

Error invalid(std::string message, std::string hint = {}) {
  return Error{
      .code = ErrorCode::kInvalidArgument, .message = std::move(message), .hint = std::move(hint)};
}

/// A JSON value as text for a message, cut off if it is long.
std::string shown(Json const& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

std::string did_you_mean(std::string_view name, std::vector<std::string_view> const& known) {
  std::string const close = nearest_name(name.substr(0, 80), {known.begin(), known.end()});
  return close.empty() ? "" : "did you mean '" + close + "'?";
}

std::string indexed(std::string_view name, std::size_t k) {
  std::string out(name);
  return out.append("[").append(std::to_string(k)).append("]");
}

std::string member_of(std::string const& place, std::string const& member) {
  std::string out = place;
  return out.append(".").append(member);
}

/// An integer, a bool or a hex/decimal string.
std::optional<std::int64_t> number(Json const& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number_unsigned()) {
    auto const n = value.get<std::uint64_t>();
    if (n > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return {};
    return static_cast<std::int64_t>(n);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return {};
  auto const& text = value.get_ref<std::string const&>();
  bool const is_hex = text.starts_with("0x") || text.starts_with("0X");
  char const* const begin = text.data() + (is_hex ? 2 : 0);
  char const* const end = text.data() + text.size();
  std::int64_t out = 0;
  auto const [stop, error] = std::from_chars(begin, end, out, is_hex ? 16 : 10);
  if (error != std::errc{} || stop != end || begin == end) return {};
  return out;
}

// Head of a line ----------------------------------------------------------------------------------

/// What a line is about: a container, or CapMemBlock as the list of its cells.
struct Head {
  ContainerInfo const* container = nullptr;
  CompositeInfo const* composite = nullptr;
  CoordinateInfo const* coordinate = nullptr;
  Via via = Via::kOmnibus;
  std::uint32_t number = 0;
};

std::string_view name_of(Head const& head) {
  return head.composite != nullptr ? head.composite->name : head.container->name;
}

Result<std::uint32_t> coordinate_number(CoordinateInfo const& coordinate, Json const& given) {
  std::int64_t out = 0;
  if (auto const n = number(given)) {
    out = *n;
  } else if (given.is_string()) {
    std::vector<std::string_view> names;
    for (Symbol const& symbol : coordinate.names) {
      if (symbol.name == given.get_ref<std::string const&>()) {
        return static_cast<std::uint32_t>(symbol.value);
      }
      names.push_back(symbol.name);
    }
    auto const& text = given.get_ref<std::string const&>();
    return invalid("coordinate: " + std::string(coordinate.name) + " has no name '" + text + "'",
                   did_you_mean(text, names));
  } else {
    return invalid("coordinate: " + shown(given) + " is no number");
  }
  if (out < 0 || out >= std::int64_t{coordinate.size}) {
    return Error{.code = ErrorCode::kOutOfRange,
                 .message = "coordinate: " + std::string(coordinate.name) + " " +
                            std::to_string(out) + " is out of range 0.." +
                            std::to_string(coordinate.size - 1)};
  }
  return static_cast<std::uint32_t>(out);
}

Result<std::uint32_t> coordinate_from_components(CoordinateInfo const& coordinate,
                                                 Json const& given) {
  std::uint32_t out = 0;
  std::vector<std::string_view> names;
  for (ComponentInfo const& component : coordinate.components) {
    names.push_back(component.name);
    auto const entry = given.find(std::string(component.name));
    if (entry == given.end()) {
      return invalid("coordinate: '" + std::string(component.name) + "' of " +
                         std::string(coordinate.name) + " is missing",
                     "give the number as \"enum\", or all components");
    }
    auto const n = number(*entry);
    if (!n || *n < 0 || *n >= std::int64_t{component.size}) {
      return Error{.code = ErrorCode::kOutOfRange,
                   .message = "coordinate: " + std::string(component.name) + " is " +
                              shown(*entry) + ", possible: 0.." +
                              std::to_string(component.size - 1)};
    }
    out = out * component.size + static_cast<std::uint32_t>(*n);
  }
  for (auto const& [key, value] : given.items()) {
    if (key == "type" || std::find(names.begin(), names.end(), key) != names.end()) continue;
    return invalid(
        "coordinate: " + std::string(coordinate.name) + " has no component '" + key + "'",
        did_you_mean(key, names));
  }
  return out;
}

Result<std::uint32_t> coordinate_of(CoordinateInfo const& coordinate, Json const& line) {
  auto const given = line.find("coordinate");
  if (given == line.end()) {
    if (coordinate.size == 1) return 0u;
    return invalid("'coordinate' is missing: " + std::string(coordinate.name) + " 0.." +
                   std::to_string(coordinate.size - 1));
  }
  if (!given->is_object()) return coordinate_number(coordinate, *given);
  if (auto const type = given->find("type"); type != given->end() && *type != coordinate.name) {
    return invalid("coordinate: type " + shown(*type) + ", expected " +
                   std::string(coordinate.name));
  }
  if (auto const number = given->find("enum"); number != given->end()) {
    return coordinate_number(coordinate, *number);
  }
  if (coordinate.size == 1) return 0u;
  return coordinate_from_components(coordinate, *given);
}

Result<Head> head_of(Json const& line) {
  if (!line.is_object()) return invalid("the line is no JSON object");
  auto const name = line.find("container");
  if (name == line.end() || !name->is_string()) return invalid("'container' is missing");
  Head head;
  auto const& text = name->get_ref<std::string const&>();
  if (text == "CapMemBlock") {
    head.composite = *find_composite(text);
    head.container = &info(ContainerId::kCapMemCell);
    head.coordinate = &head.composite->coordinate;
  } else {
    auto container = find(text);
    if (!container) return std::move(container).error();
    head.container = *container;
    head.coordinate = &head.container->coordinate;
  }
  auto place = coordinate_of(*head.coordinate, line);
  if (!place) return std::move(place).error().context(text);
  head.number = *place;
  head.via = head.container->via[0];
  if (auto const backend = line.find("backend"); backend != line.end()) {
    if (!backend->is_string()) return invalid(text + ": 'backend' is no name");
    auto via = find_via(backend->get_ref<std::string const&>());
    if (!via) return std::move(via).error().context(text);
    head.via = *via;
    if (!head.container->reachable_by(head.via)) {
      std::string known;
      for (Via const v : head.container->via) known += " " + std::string(info(v).name);
      return invalid(text + " is not reachable by " + std::string(info(head.via).name),
                     "possible:" + known);
    }
  }
  return head;
}

// Words and addresses -----------------------------------------------------------------------------

enum class WordForm { kHex, kLabels, kBool, kNull };

/// How words of a container are written in JSON.
WordForm word_form(Head const& head) {
  SpaceInfo const& space = info(head.via);
  if (space.omnibus || space.i2c.bytes != 0) return WordForm::kHex;
  if (head.container->values.empty()) return WordForm::kNull;
  bool const message = !space.write.empty() && space.write[0].kind == OperationKind::kMessage;
  if (!message) return WordForm::kHex;
  if (head.container->values[0].name == "labels") return WordForm::kLabels;
  return space.message_bits == 1 ? WordForm::kBool : WordForm::kHex;
}

constexpr unsigned kLabelBits = 16;

Json word_to_json(std::uint64_t word, WordForm form, std::size_t labels) {
  switch (form) {
    case WordForm::kNull:
      return nullptr;
    case WordForm::kBool:
      return word != 0;
    case WordForm::kLabels: {
      Json out = Json::array();
      for (std::size_t k = labels; k-- > 0;) out.push_back(word >> (kLabelBits * k) & 0xffff);
      return out;
    }
    case WordForm::kHex:
      break;
  }
  return hex(word, 8);
}

Result<std::uint64_t> word_from_json(Json const& given, WordForm form, std::size_t labels,
                                     std::string const& name) {
  if (given.is_null() && form == WordForm::kNull) return 0u;
  if (given.is_boolean() && form == WordForm::kBool) return given.get<bool>() ? 1u : 0u;
  if (given.is_array() && form == WordForm::kLabels && given.size() == labels) {
    std::uint64_t out = 0;
    for (Json const& label : given) {
      auto const n = number(label);
      if (!n || *n < 0 || *n > 0xffff) return invalid(name + ": label " + shown(label));
      out = out << kLabelBits | static_cast<std::uint64_t>(*n);
    }
    return out;
  }
  auto const n = number(given);
  if (!n || *n < 0 || *n > 0xffffffff) {
    return invalid(name + ": " + shown(given) + " is no word of 32 bits",
                   "words are hex strings such as \"0x0000002a\"");
  }
  return static_cast<std::uint64_t>(*n);
}

/// How the reference prints registers of board devices: Type(Inner(register), Outer(device)).
struct Nesting {
  std::string_view type;
  std::string_view inner;
  std::uint32_t inner_size;
  std::string_view outer;
};
constexpr Nesting kNestings[] = {
    {"I2CAD5252RwRegisterOnBoard", "I2CAD5252RwRegisterOnAD5252Channel", 2, "AD5252ChannelOnBoard"},
    {"AD5252ChannelOnBoard", "AD5252ChannelOnAD5252", 2, "AD5252OnBoard"},
    {"I2CDAC6573RwRegisterOnBoard", "DAC6573ChannelOnDAC6573", 4, "DAC6573OnBoard"},
    {"I2CINA219RoRegisterOnBoard", "I2CINA219RoRegisterOnINA219", 4, "INA219OnBoard"},
    {"I2CINA219RwRegisterOnBoard", "I2CINA219RwRegisterOnINA219", 2, "INA219OnBoard"},
    {"I2CTCA9554RoRegisterOnBoard", "I2CTCA9554RoRegisterOnTCA9554", 1, "TCA9554OnBoard"},
    {"I2CTCA9554RwRegisterOnBoard", "I2CTCA9554RwRegisterOnTCA9554", 3, "TCA9554OnBoard"},
    {"SPIDACControlRegisterOnBoard", "SPIDACControlRegisterOnDAC", 4, "DACOnBoard"},
    {"SPIDACDataRegisterOnBoard", "SPIDACDataRegisterOnDAC", 8, "DACOnBoard"},
};

std::string location_text(std::string_view type, std::uint32_t location) {
  auto const nesting = std::find_if(std::begin(kNestings), std::end(kNestings),
                                    [&](Nesting const& n) { return n.type == type; });
  std::string out(type);
  if (nesting == std::end(kNestings)) {
    return out.append("(").append(std::to_string(location)).append(")");
  }
  return out.append("(")
      .append(location_text(nesting->inner, location % nesting->inner_size))
      .append(", ")
      .append(location_text(nesting->outer, location / nesting->inner_size))
      .append(")");
}

/// Registers that are no addresses are coordinates, with their text where the line has one for its own.
Json location_to_json(std::uint32_t location, Via via, bool with_text) {
  SpaceInfo const& space = info(via);
  if (space.omnibus) return hex(location, 8);
  Json out{{"type", space.coordinate}, {"enum", location}};
  if (with_text) out["repr"] = location_text(space.coordinate, location);
  return out;
}

bool has_text(Json const& line) {
  auto const given = line.find("coordinate");
  return given != line.end() && given->is_object() && given->contains("repr");
}

Json locations_to_json(std::vector<std::uint32_t> const& locations, Via via, Json const& line) {
  Json out = Json::array();
  for (std::uint32_t location : locations) {
    out.push_back(location_to_json(location, via, has_text(line)));
  }
  return out;
}

// Fields ------------------------------------------------------------------------------------------

bool is_cap_mem(ContainerInfo const& container) {
  return container.id == ContainerId::kCapMemCell;
}
bool has_debug_cell(ContainerInfo const& container) {
  return container.id == ContainerId::kCapMemBlockConfig;
}
/// Word-wise memories have byte enables by entry; byte-wise ones by their place.
bool has_enables(ContainerInfo const& container) {
  return !container.byte_enables.empty() && container.values[0].pieces[0].select < 0;
}

Json element_to_json(ContainerInfo const& container, ValueInfo const& value, std::int64_t element) {
  if (is_cap_mem(container)) {
    return Json{{"alternative", element == kDisableRefresh ? "DisableRefresh" : "Value"},
                {"value", element}};
  }
  if (value.kind == ValueKind::kBool) return element != 0;
  return element;
}

Result<std::int64_t> element_from_json(ContainerInfo const& container, ValueInfo const& value,
                                       Json const& given, std::string const& where) {
  if (is_cap_mem(container) && given.is_object()) {
    auto const alternative = given.find("alternative");
    if (alternative != given.end() && *alternative == "DisableRefresh") return kDisableRefresh;
    auto const inner = given.find("value");
    if (inner == given.end()) return invalid(where + ": 'value' is missing");
    return element_from_json(container, value, *inner, where);
  }
  if (given.is_string()) {
    std::vector<std::string_view> names;
    for (Symbol const& symbol : value.symbols) {
      if (symbol.name == given.get_ref<std::string const&>()) return symbol.value;
      names.push_back(symbol.name);
    }
    if (!names.empty() && !number(given)) {
      return invalid(where + ": no value '" + given.get<std::string>() + "'",
                     did_you_mean(given.get_ref<std::string const&>(), names));
    }
  }
  auto const n = number(given);
  if (!n) return invalid(where + ": " + shown(given) + " is no number");
  return *n;
}

struct SplitName {
  std::string_view group;  ///< empty: no member of a structure
  std::string_view member;
};
SplitName split_name(std::string_view name) {
  std::size_t const dot = name.find('.');
  if (dot == std::string_view::npos) return {{}, name};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

/// Elements first..first+count as one JSON value: a scalar, a list or nested lists.
Json elements_to_json(ContainerInfo const& container, ValueInfo const& value,
                      std::span<std::int64_t const> elements, std::size_t rows, bool list) {
  if (!list) return element_to_json(container, value, elements[0]);
  Json out = Json::array();
  std::size_t const inner = elements.size() / rows;
  for (std::size_t k = 0; k < (rows > 1 ? rows : elements.size()); ++k) {
    if (rows > 1) {
      out.push_back(
          elements_to_json(container, value, elements.subspan(k * inner, inner), 1, true));
    } else {
      out.push_back(element_to_json(container, value, elements[k]));
    }
  }
  return out;
}

Result<void> elements_from_json(ContainerInfo const& container, ValueInfo const& value,
                                Json const& given, std::span<std::int64_t> elements,
                                std::size_t rows, bool list, std::string const& where) {
  if (!list) {
    auto element = element_from_json(container, value, given, where);
    if (!element) return std::move(element).error();
    elements[0] = *element;
    return {};
  }
  std::size_t const size = rows > 1 ? rows : elements.size();
  if (!given.is_array() || given.size() != size) {
    return invalid(where + ": expected a list of " + std::to_string(size) +
                   " values, given: " + shown(given));
  }
  std::size_t const inner = elements.size() / size;
  for (std::size_t k = 0; k < size; ++k) {
    auto ok = elements_from_json(container, value, given[k], elements.subspan(k * inner, inner), 1,
                                 rows > 1, indexed(where, k));
    if (!ok) return ok;
  }
  return {};
}

/// A list of structures: every object may leave out members.
Result<void> structures_from_json(ContainerInfo const& container, std::string_view group,
                                  Json const& given, Elements& elements) {
  std::string const name(group);
  std::vector<std::string_view> members;
  std::vector<ValueInfo const*> values;
  for (ValueInfo const& value : container.values) {
    SplitName const split = split_name(value.name);
    if (split.group != group) continue;
    members.push_back(split.member);
    values.push_back(&value);
  }
  std::size_t const rows = values[0]->rows;
  if (!given.is_array() || given.size() != rows) {
    return invalid(name + ": expected a list of " + std::to_string(rows) +
                   " objects, given: " + shown(given));
  }
  for (std::size_t k = 0; k < rows; ++k) {
    std::string const where = indexed(name, k);
    if (!given[k].is_object()) return invalid(where + ": " + shown(given[k]) + " is no object");
    for (auto const& [key, entry] : given[k].items()) {
      auto const at = std::find(members.begin(), members.end(), key);
      if (at == members.end()) {
        return invalid(member_of(where, key) + ": no such member", did_you_mean(key, members));
      }
      ValueInfo const& value = *values[static_cast<std::size_t>(at - members.begin())];
      std::size_t const inner = value.count / rows;
      std::span<std::int64_t> const part(&elements[value.first_element + k * inner], inner);
      auto ok = elements_from_json(container, value, entry, part, 1, value.storage.inner_count > 1,
                                   member_of(where, key));
      if (!ok) return ok;
    }
  }
  return {};
}

std::vector<std::string_view> field_names(ContainerInfo const& container) {
  std::vector<std::string_view> out;
  for (ValueInfo const& value : container.values) {
    SplitName const split = split_name(value.name);
    out.push_back(split.group.empty() ? split.member : split.group);
  }
  for (ViewInfo const& view : container.views) out.push_back(view.name);
  if (has_debug_cell(container)) {
    out.push_back("debug_readout_enable");
    out.push_back("debug_capmem_coord");
  }
  if (has_enables(container)) out.push_back("enables");
  return out;
}

Result<void> views_from_json(ContainerInfo const& container, Json const& fields,
                             Elements& elements) {
  for (ViewInfo const& view : container.views) {
    auto const given = fields.find(std::string(view.name));
    if (given == fields.end()) continue;
    ValueInfo const& value = container.values[view.value];
    std::int64_t const most = (std::int64_t{1} << view.width) - 1;
    auto const n = number(*given);
    if (!n || *n < 0 || *n > most) {
      return Error{.code = ErrorCode::kOutOfRange,
                   .message = std::string(view.name) + " is " + shown(*given) + ", possible: 0.." +
                              std::to_string(most)};
    }
    std::int64_t& whole = elements[value.first_element];
    std::int64_t const changed = (whole & ~(most << view.lsb)) | *n << view.lsb;
    if (fields.contains(std::string(value.name)) && changed != whole) {
      return invalid(std::string(view.name) + " and " + std::string(value.name) + " disagree",
                     std::string(view.name) + " is a second name for bits of " +
                         std::string(value.name) + "; give one of them");
    }
    whole = changed;
  }
  return {};
}

/// The two user values of the debug read-out stand for two raw ones.
Result<void> debug_cell_from_json(ContainerInfo const& container, Json const& fields,
                                  Elements& elements) {
  auto const enable = fields.find("debug_readout_enable");
  auto const place = fields.find("debug_capmem_coord");
  if (enable == fields.end() && place == fields.end()) return {};
  std::int64_t cell = 0;
  if (place != fields.end()) {
    constexpr std::int64_t kCells = std::int64_t{geometry::kCapMemRows} * geometry::kCapMemColumns;
    auto const n = number(*place);
    if (!n || *n < 0 || *n >= kCells) {
      return Error{.code = ErrorCode::kOutOfRange,
                   .message = "debug_capmem_coord is " + shown(*place) + ", possible: 0.." +
                              std::to_string(kCells - 1)};
    }
    cell = *n;
  }
  bool on = false;
  if (enable != fields.end()) {
    auto const n = number(*enable);
    if (!n) return invalid("debug_readout_enable: " + shown(*enable) + " is no bool");
    on = *n != 0;
  }
  CapMemBlockConfig config;
  store_elements(container, elements, &config);
  set_debug_cell(config, on ? std::optional(static_cast<std::uint32_t>(cell)) : std::nullopt);
  elements = load_elements(container, &config);
  return {};
}

/// Byte enables of the one word of a word-wise memory, from `enables` (by entry) if it is there.
Result<std::uint8_t> enables_from_json(ContainerInfo const& container, Json const& fields) {
  auto const given = fields.find("enables");
  if (given == fields.end()) return std::uint8_t{0xf};
  PieceInfo const& piece = container.values[0].pieces[0];
  if (!given->is_array() || given->size() != piece.lsbs.size()) {
    return invalid("enables: expected a list of 4 bool, given: " + shown(*given));
  }
  unsigned out = 0;
  for (std::size_t k = 0; k < given->size(); ++k) {
    auto const n = number((*given)[k]);
    if (!n) return invalid("enables: " + shown((*given)[k]) + " is no bool");
    if (*n != 0) out |= 1u << (piece.lsbs[k] / 8);
  }
  return static_cast<std::uint8_t>(out);
}

Json enables_to_json(ContainerInfo const& container, std::uint8_t enables) {
  Json out = Json::array();
  for (std::uint8_t lsb : container.values[0].pieces[0].lsbs) {
    out.push_back((enables >> (lsb / 8) & 1) != 0);
  }
  return out;
}

/// The reverse of enables_to_json through the lanes of `write_byte_enables`; all if they are not given.
Result<std::uint8_t> enables_from_lanes(ContainerInfo const& container, Json const& line) {
  auto const given = line.find("write_byte_enables");
  if (!has_enables(container) || given == line.end()) return std::uint8_t{0xf};
  if (!given->is_array() || given->size() != 1 || !(*given)[0].is_array() ||
      (*given)[0].size() != 4) {
    return invalid("write_byte_enables: expected [[4 bool]], given: " + shown(*given));
  }
  unsigned out = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    auto const n = number((*given)[0][k]);
    if (!n) return invalid("write_byte_enables: " + shown((*given)[0][k]) + " is no bool");
    if (*n != 0) out |= 1u << k;
  }
  return static_cast<std::uint8_t>(out);
}

Json byte_lanes(std::uint8_t enables) {
  Json out = Json::array();
  for (unsigned k = 0; k < 4; ++k) out.push_back((enables >> k & 1) != 0);
  return out;
}

/// The parts of a result that encode and decode share.
Json begin(Head const& head, Json const& line) {
  Json out;
  out["container"] = name_of(head);
  out["backend"] = info(head.via).name;
  Json coordinate;
  if (auto const given = line.find("coordinate"); given != line.end() && given->is_object()) {
    coordinate = *given;
  }
  coordinate["type"] = head.coordinate->name;
  coordinate["enum"] = head.number;
  out["coordinate"] = std::move(coordinate);
  return out;
}

std::size_t label_count(ContainerInfo const& container) {
  return container.values.empty() ? 0 : container.values[0].count;
}

// CapMemBlock -------------------------------------------------------------------------------------

Result<Json> encode_block(Head const& head, Json const& line) {
  std::vector<Leaf> const leaves = expand(*head.composite, head.number);
  Json cells = Json::array();
  Json const fields = line.value("fields", Json::object());
  auto const given = fields.find("cell");
  if (given != fields.end() && (!given->is_array() || given->size() != leaves.size())) {
    return invalid("cell: expected a list of " + std::to_string(leaves.size()) + " values");
  }
  Json addresses = Json::array();
  Json words = Json::array();
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    Json one = Json::object();
    if (given != fields.end()) one["value"] = (*given)[k];
    auto elements = fields_from_json(*head.container, one);
    if (!elements) {
      return std::move(elements).error().context(indexed("cell", k));
    }
    cells.push_back(fields_to_json(*head.container, *elements)["value"]);
    words.push_back(hex(encode(*head.container, *elements, leaves[k].number)[0], 8));
    addresses.push_back(
        location_to_json(locate(*head.container, leaves[k].number, 0, head.via), head.via, false));
  }
  Json out = begin(head, line);
  out["fields"] = Json{{"cell", std::move(cells)}};
  out["write_addresses"] = addresses;
  out["write_words"] = std::move(words);
  out["read_addresses"] = std::move(addresses);
  return out;
}

/// The words a line gives, and in which direction they travelled.
struct GivenWords {
  Json const* list = nullptr;
  bool written = false;

  [[nodiscard]] std::string name() const { return written ? "write_words" : "read_words"; }
};

/// `read_words`, or without them the `write_words` that encode makes.
Result<GivenWords> given_words(Json const& line) {
  for (bool const written : {false, true}) {
    GivenWords words{nullptr, written};
    auto const given = line.find(words.name());
    if (given == line.end()) continue;
    if (!given->is_array()) return invalid("'" + words.name() + "' is no list");
    words.list = &*given;
    return words;
  }
  return invalid("the list 'read_words' is missing", "or 'write_words', to see what was written");
}

Result<Json> decode_block(Head const& head, Json const& line, GivenWords const& words_given) {
  std::vector<Leaf> const leaves = expand(*head.composite, head.number);
  Json const& given = *words_given.list;
  if (given.size() != leaves.size()) {
    return invalid(words_given.name() + ": expected " + std::to_string(leaves.size()) +
                   " words, given: " + std::to_string(given.size()));
  }
  Json cells = Json::array();
  Json addresses = Json::array();
  Json words = Json::array();
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    auto word = word_from_json(given[k], WordForm::kHex, 0, words_given.name());
    if (!word) return std::move(word).error();
    std::array<std::uint64_t, 1> const one{*word};
    Elements const elements = decode(*head.container, one, leaves[k].number).value();
    cells.push_back(fields_to_json(*head.container, elements)["value"]);
    words.push_back(hex(*word, 8));
    addresses.push_back(
        location_to_json(locate(*head.container, leaves[k].number, 0, head.via), head.via, false));
  }
  Json out = begin(head, line);
  out["decode"] = true;
  out[words_given.written ? "write_addresses" : "read_addresses"] = std::move(addresses);
  out[words_given.name()] = std::move(words);
  out["fields"] = Json{{"cell", std::move(cells)}};
  return out;
}

}  // namespace

Json fields_to_json(ContainerInfo const& container, std::span<std::int64_t const> elements) {
  Json out = Json::object();
  for (ValueInfo const& value : container.values) {
    SplitName const split = split_name(value.name);
    std::span<std::int64_t const> const own = elements.subspan(value.first_element, value.count);
    if (split.group.empty()) {
      out[std::string(value.name)] =
          elements_to_json(container, value, own, value.rows, value.is_array);
      continue;
    }
    Json& list = out[std::string(split.group)];
    std::size_t const inner = value.count / value.rows;
    for (std::size_t k = 0; k < value.rows; ++k) {
      list[k][std::string(split.member)] = elements_to_json(
          container, value, own.subspan(k * inner, inner), 1, value.storage.inner_count > 1);
    }
  }
  for (ViewInfo const& view : container.views) {
    std::int64_t const whole = elements[container.values[view.value].first_element];
    out[std::string(view.name)] = whole >> view.lsb & ((std::int64_t{1} << view.width) - 1);
  }
  if (has_debug_cell(container)) {
    CapMemBlockConfig config;
    store_elements(container, elements, &config);
    auto const cell = debug_cell(config);
    out.erase("debug_row_onehot");
    out.erase("debug_column");
    out["debug_readout_enable"] = cell.has_value();
    out["debug_capmem_coord"] = cell.value_or(0);
  }
  return out;
}

Result<Elements> fields_from_json(ContainerInfo const& container, Json const& fields) {
  if (!fields.is_object()) return invalid("'fields' is no object");
  std::vector<std::string_view> const known = field_names(container);
  for (auto const& [key, value] : fields.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return Error{.code = ErrorCode::kNotFound,
                   .message = std::string(container.name) + " has no field '" + key + "'",
                   .hint = did_you_mean(key, known)};
    }
  }
  Elements elements = default_elements(container);
  std::string_view last_group;
  for (ValueInfo const& value : container.values) {
    SplitName const split = split_name(value.name);
    bool const in_group = !split.group.empty();
    if (in_group && split.group == last_group) continue;
    last_group = split.group;
    auto const given = fields.find(std::string(in_group ? split.group : split.member));
    if (given == fields.end()) continue;
    Result<void> ok =
        in_group ? structures_from_json(container, split.group, *given, elements)
                 : elements_from_json(container, value, *given,
                                      std::span(elements).subspan(value.first_element, value.count),
                                      value.rows, value.is_array, std::string(value.name));
    if (!ok) return std::move(ok).error().context(container.name);
  }
  if (auto ok = views_from_json(container, fields, elements); !ok) return std::move(ok).error();
  if (has_debug_cell(container)) {
    auto ok = debug_cell_from_json(container, fields, elements);
    if (!ok) return std::move(ok).error();
  }
  if (auto ok = check(container, elements); !ok) return std::move(ok).error();
  return elements;
}

Result<Json> encode_line(Json const& line) {
  auto head = head_of(line);
  if (!head) return std::move(head).error();
  ContainerInfo const& container = *head->container;
  Json const fields = line.value("fields", Json::object());
  if (!fields.is_object()) return invalid("'fields' is no object");
  if (head->composite != nullptr) return encode_block(*head, line);
  auto elements = fields_from_json(container, fields);
  if (!elements) return std::move(elements).error();

  Json out = begin(*head, line);
  out["fields"] = fields_to_json(container, *elements);
  if (has_debug_cell(container) && fields.contains("debug_capmem_coord")) {
    // The words of a read-out that is off do not say which cell it would be.
    out["fields"]["debug_capmem_coord"] = *number(fields["debug_capmem_coord"]);
  }
  std::uint8_t enables = byte_enables(container, head->number, 0);
  if (has_enables(container)) {
    auto given = enables_from_json(container, fields);
    if (!given) return std::move(given).error();
    enables = *given;
    out["fields"]["enables"] = enables_to_json(container, enables);
  }
  out["write_addresses"] =
      locations_to_json(write_locations(container, head->number, head->via), head->via, line);
  out["write_words"] = Json::array();
  WordForm const form = word_form(*head);
  for (std::uint64_t word : encode(container, *elements, head->number)) {
    out["write_words"].push_back(word_to_json(word, form, label_count(container)));
  }
  if (enables != 0xf) out["write_byte_enables"] = Json::array({byte_lanes(enables)});
  out["read_addresses"] =
      locations_to_json(read_locations(container, head->number, head->via), head->via, line);
  return out;
}

Result<Json> decode_line(Json const& line) {
  auto head = head_of(line);
  if (!head) return std::move(head).error();
  ContainerInfo const& container = *head->container;
  auto given = given_words(line);
  if (!given) return std::move(given).error().context(container.name);
  if (!given->written && container.read_words() == 0) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = std::string(container.name) + " is write only"};
  }
  if (given->written && encode(container, default_elements(container), head->number).empty()) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = std::string(container.name) + " is read only",
                 .hint = "give 'read_words'"};
  }
  if (!given->written && !info(head->via).readable()) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = std::string(container.name) + ": " + std::string(info(head->via).name) +
                            " cannot read",
                 .hint = "choose another transport as \"backend\""};
  }
  if (head->composite != nullptr) return decode_block(*head, line, *given);
  WordForm const form = word_form(*head);
  std::vector<std::uint64_t> words;
  for (Json const& word : *given->list) {
    auto w = word_from_json(word, form, label_count(container), given->name());
    if (!w) return std::move(w).error().context(container.name);
    words.push_back(*w);
  }
  auto elements = given->written ? decode_written(container, words, head->number)
                                 : decode(container, words, head->number);
  if (!elements) return std::move(elements).error();
  auto enables = enables_from_lanes(container, given->written ? line : Json::object());
  if (!enables) return std::move(enables).error().context(container.name);

  Json out = begin(*head, line);
  out["decode"] = true;
  auto const locations = given->written ? write_locations(container, head->number, head->via)
                                        : read_locations(container, head->number, head->via);
  out[given->written ? "write_addresses" : "read_addresses"] =
      locations_to_json(locations, head->via, line);
  Json& list = out[given->name()] = Json::array();
  for (std::uint64_t word : words) {
    list.push_back(word_to_json(word, form, label_count(container)));
  }
  out["fields"] = fields_to_json(container, *elements);
  if (has_enables(container)) out["fields"]["enables"] = enables_to_json(container, *enables);
  return out;
}

Json error_to_json(Error const& error) {
  Json out;
  out["code"] = to_string(error.code);
  out["message"] = error.message;
  if (!error.hint.empty()) out["hint"] = error.hint;
  return out;
}

}  // namespace hx::reg
