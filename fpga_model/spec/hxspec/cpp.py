"""C++ back end of the small tables: geometry, timing and messages."""
from hxspec import neuron_tables as tables
from hxspec.text import GENERATED, camel, listed, snake, wrap_comment


def _header(purpose):
    return ["// " + GENERATED] + wrap_comment("///", purpose) + ["#pragma once", ""]


def _constants(nodes):
    out = []
    for node in nodes:
        out += wrap_comment("///", node["doc"])
        out.append("inline constexpr std::uint32_t k%s = %d;" % (node["name"], node["value"]))
    return out


def timing(spec):
    """timing.h: the constants of the timing contract."""
    out = _header("Constants of the timing contract that all chip models share; clocks are periods of 125 MHz. "
                  "docs/timing.md is the same as a table.")
    out += ["#include <cstdint>", "", "namespace hx::timing {", ""]
    out += ["/// The one clock of FPGA and digital chip, in Hz.",
            "inline constexpr std::uint32_t kClockHz = %d;" % spec.timing["clock_hz"]]
    out += _constants(spec.timing["constants"])
    return "\n".join(out + ["", "}  // namespace hx::timing", ""])


def neuron_tables(_):
    """neuron_tables.h: the exponential of the neuron."""
    values = tables.exp_table()
    out = _header("Tables of the neuron that all chip models share.")
    out += ["#include <array>", "#include <cstdint>", "", "namespace hx::neuron_tables {", ""]
    out += wrap_comment("///", "6 exp(z) at z = k / 8 - 8 in 2^-10 CADC LSB, saturated: the exponential term of the neuron (adaptive "
                        "exponential integrate and fire) is the linear interpolation. docs/decisions/neuron.md has the rule.")
    out.append("inline constexpr std::array<std::int32_t, %d> kExpTable{{" % len(values))
    out += listed(["%d" % v for v in values])
    return "\n".join(out + ["}};", "", "}  // namespace hx::neuron_tables", ""])


def geometry(spec):
    """geometry_tables.h: counts, label fields and crossbar nodes; geometry.h makes types of them."""
    nodes = spec.coordinates["CrossbarNodeOnDLS"].grid
    out = _header("Counts and tables behind geometry.h, which is what to include.")
    out += ["#include <array>", "#include <cstdint>", "", "namespace hx::geometry {", ""]
    out += _constants(spec.geometry["counts"])
    out += ["", "/// Bits of a 16 bit event label.", "struct LabelBits {", "  unsigned lsb;", "  unsigned width;", "};"]
    for f in spec.geometry["label"]:
        out += wrap_comment("///", f["doc"])
        out.append("inline constexpr LabelBits k%s{%d, %d};" % (camel(f["name"]), f["lsb"], f["width"]))
    out += ["", "struct NodePlace {", "  std::uint8_t input;", "  std::uint8_t output;", "};",
            "/// Crossbar input and output of every node, by node number.",
            "inline constexpr std::array<NodePlace, %d> kNodePlaces{{" % len(nodes)]
    out += listed(["{%d, %d}" % (i, o) for o, i in nodes])
    return "\n".join(out + ["}};", "", "}  // namespace hx::geometry", ""])


def _field(f, indent):
    out = wrap_comment(indent + "///", f["doc"])
    name = camel(f["name"])
    if isinstance(f["lsb"], list):
        out.append("%sinline constexpr std::array<Field, %d> k%s{{%s}};" % (
            indent, len(f["lsb"]), name, ", ".join("{%d, %d}" % (l, f["width"]) for l in f["lsb"])))
    else:
        out.append("%sinline constexpr Field k%s{%d, %d};" % (indent, name, f["lsb"], f["width"]))
    for symbol, number in f.get("values", {}).items():
        out.append("%sinline constexpr std::uint64_t k%s%s = %d;" % (indent, name, camel(symbol), number))
    for key in ("min", "max"):
        if key in f:
            out.append("%sinline constexpr std::uint64_t k%s%s = %d;" % (indent, name, camel(key), f[key]))
    return out


def _dictionary(direction, nodes, subword, spec):
    p = spec.messages["parameters"]
    enum = camel(direction)
    out = ["/// Header codes of the messages %s." % direction.replace("_", " "),
           "enum class %s : std::uint8_t {" % enum]
    out += ["  k%s = %d,  ///< %s" % (n["name"], n["code"], n["doc"]) for n in nodes]
    out += ["};", "inline constexpr std::size_t k%sCount = %d;" % (enum, len(nodes)), "",
            "/// By code.", "inline constexpr std::array<Message, %d> k%sMessages{{" % (len(nodes), enum)]
    for n in nodes:
        subwords = -(-(p["header_bits"] + n["payload"]) // subword)
        bits = max(p["phy_word_bits"], subwords * subword)
        out.append('    {"%s", %d, %d},' % (n["name"], n["payload"], bits))
    out += ["}};", ""]
    out.append("namespace %s {" % direction)
    for n in nodes:
        out += wrap_comment("///", n["doc"]) + ["namespace %s {" % snake(n["name"])]
        out.append("inline constexpr unsigned kPayloadBits = %d;" % n["payload"])
        for f in n["fields"]:
            out += _field(f, "")
        out.append("}  // namespace %s" % snake(n["name"]))
    return out + ["}  // namespace %s" % direction, ""]


def messages(spec):
    """messages.h: header codes, sizes and field positions of the UT messages."""
    p = spec.messages["parameters"]
    out = _header("Header codes, sizes and field positions of the UT messages between host and FPGA. A message is "
                  "(code << (bits - kHeaderBits)) | payload; docs/messages.md is the same as a table. Positions are "
                  "positions in the payload.")
    out += ["#include <array>", "#include <cstddef>", "#include <cstdint>", "#include <string_view>", "",
            "namespace hx::ut::spec {", "",
            "/// Bits of a payload of at most 64 bits, or of a part of a larger one.",
            "struct Field {", "  unsigned lsb;", "  unsigned width;", "",
            "  [[nodiscard]] constexpr std::uint64_t mask() const {",
            "    return width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;", "  }",
            "  /// The value at its place; bits beyond the width are cut off.",
            "  [[nodiscard]] constexpr std::uint64_t put(std::uint64_t value) const {",
            "    return (value & mask()) << lsb;", "  }",
            "  /// The value in a payload.",
            "  [[nodiscard]] constexpr std::uint64_t get(std::uint64_t payload) const {",
            "    return (payload >> lsb) & mask();", "  }", "};", "",
            "struct Message {", "  std::string_view name;", "  unsigned payload_bits;",
            "  unsigned bits;  ///< of the whole message with header and fill", "};", "",
            "inline constexpr unsigned kPhyWordBits = %d;" % p["phy_word_bits"],
            "inline constexpr unsigned kHeaderBits = %d;" % p["header_bits"],
            "/// Granularity of message sizes.",
            "inline constexpr unsigned kToFpgaSubwordBits = %d;" % p["subword_bits"]["to_fpga"],
            "inline constexpr unsigned kFromFpgaSubwordBits = %d;" % p["subword_bits"]["from_fpga"], ""]
    for s in spec.messages["structures"]:
        out += wrap_comment("///", s["doc"]) + ["namespace %s {" % snake(s["name"]),
                                                "inline constexpr unsigned kBits = %d;" % s["bits"]]
        for f in s["fields"]:
            out += _field(f, "")
        out += ["}  // namespace %s" % snake(s["name"]), ""]
    for direction in ("to_fpga", "from_fpga"):
        out += _dictionary(direction, spec.messages[direction], p["subword_bits"][direction], spec)
    return "\n".join(out + ["}  // namespace hx::ut::spec", ""])


def _named_fields(message, structures):
    """(name, lsb, width) of every field; elements of arrays and parts of structures by their own names."""
    out = []
    for f in message["fields"]:
        is_array = isinstance(f["lsb"], list)
        for k, lsb in enumerate(f["lsb"] if is_array else [f["lsb"]]):
            name = f["name"] + ("[%d]" % k if is_array and len(f["lsb"]) > 1 else "")
            if "structure" in f:
                out += [(name + "." + part["name"], lsb + part["lsb"], part["width"])
                        for part in structures[f["structure"]]["fields"]]
            else:
                out.append((name, lsb, f["width"]))
    return out


def message_fields(spec):
    """message_fields.h: names and places of the fields of the UT messages, for texts."""
    structures = {s["name"]: s for s in spec.messages["structures"]}
    out = _header("Names and places of the fields of the UT messages, for tools that print them. Elements of arrays have "
                  "names of their own. Code that knows its messages uses messages.h.")
    out += ["#include <array>", "#include <span>", "#include <string_view>", "", "namespace hx::ut::spec {", "",
            "/// Bits lsb + width - 1 .. lsb of a payload, which may have more than 64 bits.",
            "struct NamedField {", "  std::string_view name;", "  unsigned lsb;", "  unsigned width;", "};", ""]
    for direction in ("to_fpga", "from_fpga"):
        tables = []
        for m in spec.messages[direction]:
            fields = _named_fields(m, structures)
            table = "k%s%sFields" % (camel(direction), m["name"])
            tables.append(table)
            out.append("inline constexpr std::array<NamedField, %d> %s{{" % (len(fields), table))
            out += ['    {"%s", %d, %d},' % field for field in fields]
            out += ["}};"]
        out += ["/// By header code.",
                "inline constexpr std::array<std::span<NamedField const>, %d> k%sFields{{" % (len(tables), camel(direction))]
        out += ["    %s," % t for t in tables] + ["}};", ""]
    return "\n".join(out + ["}  // namespace hx::ut::spec", ""])
