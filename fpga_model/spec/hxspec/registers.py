"""C++ back end of driver/registers: coordinates, containers, their codecs and the description tables."""
import ast
import re

from hxspec.model import is_omnibus
from hxspec.text import GENERATED, camel, listed, snake, wrap_comment

KEYWORDS = {"switch", "register", "default", "enum", "union", "signed", "unsigned", "and", "or", "not", "xor"}

# Coordinate components that are places of fpga_model/spec/geometry.h, with the size they must have.
PLACES = {"hemisphere": ("Hemisphere", 2), "side": ("Side", 2), "row": ("SynapseRow", 256),
          "quad": ("SynapseQuadIndex", 64), "entry": ("QuadEntry", 4)}

# Coordinates that count the same things in the same order as a geometry type.
SAME = {"CrossbarNodeOnDLS": "CrossbarNode", "CrossbarInputOnDLS": "CrossbarInput",
        "CrossbarOutputOnDLS": "CrossbarOutput", "BackgroundSpikeSourceOnDLS": "BackgroundSource",
        "PADIBusOnDLS": "PadiBus", "NeuronEventOutputOnDLS": "EventOutput", "CrossbarL2OutputOnDLS": "L2Output"}
SAME_SHAPE = {(("hemisphere", 2),): "Hemisphere", (("side", 2),): "BackendBlock",
              (("hemisphere", 2), ("side", 2)): "Quadrant",
              (("hemisphere", 2), ("driver", 128)): "SynapseDriver"}
NEURON = {("hemisphere", 2), ("side", 2), ("column", 128)}

ENCODINGS = {"": "kPlain"}


def identifier(name):
    return name + "_" if name in KEYWORDS else name


def quoted(text):
    return '"%s"' % " ".join(str(text).split()).replace("\\", "\\\\").replace('"', '\\"')


def via_name(via):
    return "k" + via


# Coordinates -------------------------------------------------------------------------------------

def _component_type(name, size):
    place = PLACES.get(name)
    return place[0] if place and place[1] == size else "std::uint32_t"


def _coordinate(c):
    sizes = "".join(", %d" % size for _, size in c.shape)
    base = "Coordinate<%s%s>" % (c.name, sizes)
    out = wrap_comment("///", c.doc) if c.doc else []
    shape = " * ".join(n for n, _ in c.shape)
    out += ["class %s : public %s {" % (c.name, base), " public:",
            "  static constexpr std::string_view kName = \"%s\";" % c.name, "  using Coordinate::Coordinate;"]
    same = SAME.get(c.name) or SAME_SHAPE.get(tuple(c.shape))
    if same:
        out.append("  constexpr explicit %s(hx::%s place) : Coordinate(place.value()) {}" % (c.name, same))
    if set(c.shape) == NEURON and len(c.shape) == 3:
        out += _neuron_members(c)
    elif c.shape:
        parameters = ", ".join("%s %s" % (_component_type(n, s), identifier(n)) for n, s in c.shape)
        values = ", ".join(identifier(n) if _component_type(n, s) == "std::uint32_t" else identifier(n) + ".value()"
                           for n, s in c.shape)
        out.append("  /// From the components: %s." % shape)
        out.append("  static constexpr %s at(%s) {" % (c.name, parameters))
        out.append("    return from_components(%s);" % values)
        out.append("  }")
    for k, (name, size) in enumerate(c.shape):
        kind = _component_type(name, size)
        value = "component(%d)" % k
        out.append("  [[nodiscard]] constexpr %s %s() const { return %s; }" % (
            kind, identifier(name), value if kind == "std::uint32_t" else "%s(%s)" % (kind, value)))
    for name, number in c.names.items():
        out.append("  static constexpr std::uint64_t k%s = %d;" % (camel(name), number))
    return out + ["};", ""]


def _neuron_members(c):
    """Coordinates that count neurons: conversion from and to the circuit number."""
    order = [n for n, _ in c.shape]
    value = {"hemisphere": "hemisphere(neuron).value()", "side": "hx::side(hx::column(neuron)).value()",
             "column": "hx::column(neuron).value() % geometry::kColumnsPerSide"}
    value["hemisphere"] = "hx::" + value["hemisphere"]
    return ["  constexpr explicit %s(hx::AtomicNeuron neuron)" % c.name,
            "      : %s(from_components(" % c.name + (",\n" + " " * 12).join(value[n] for n in order) + ")) {}",
            "  [[nodiscard]] constexpr hx::AtomicNeuron neuron() const {",
            "    return hx::atomic_neuron(",
            "        hemisphere(), NeuronColumn(side().value() * geometry::kColumnsPerSide + column()));", "  }"]


def coordinates(spec):
    """coordinates.h."""
    out = ["// " + GENERATED]
    out += wrap_comment("///", "Coordinates of the registers as types: a number in a range, made of components (outer "
                               "first). Places of the chip convert: NeuronBackendConfigOnDLS(AtomicNeuron{456}).")
    out += ["#pragma once", "", "#include <cstdint>", "#include <string_view>", "",
            "#include \"driver/registers/coordinate.h\"", "#include \"fpga_model/spec/geometry.h\"", "",
            "namespace hx::reg {", ""]
    for c in spec.coordinates.values():
        out += _coordinate(c)
    return "\n".join(out + ["}  // namespace hx::reg", ""])


# Containers --------------------------------------------------------------------------------------

def storage_type(value):
    """The member type holds everything that bits can mean, not only the allowed range."""
    if value.type == "bool":
        return "bool"
    low, high = _extent(value)
    for bits in (8, 16, 32, 64):
        if low >= 0 and high < 1 << bits:
            return "std::uint%d_t" % bits
        if low < 0 and -(1 << bits - 1) <= low and high < 1 << bits - 1:
            return "std::int%d_t" % bits
    raise ValueError(value.name)


def _extent(value):
    low, high = min(value.minimum, 0), value.maximum
    for piece in value.pieces:
        if piece.encoding == "offset":
            low, high = min(low, -piece.parameter), max(high, (1 << value.width) - 1 - piece.parameter)
    if value.type == "int":
        return min(low, -(1 << value.width - 1)), max(high, (1 << value.width - 1) - 1)
    return low, max(high, (1 << value.width) - 1)


def members(container):
    """[(member, None | value, [values of the structure])] in order of appearance."""
    out, groups = [], {}
    for value in container.values.values():
        if "." not in value.name:
            out.append((value.name, value, None))
            continue
        group = value.name.split(".")[0]
        if group not in groups:
            groups[group] = []
            out.append((group, None, groups[group]))
        groups[group].append(value)
    return out


def _inner_count(value):
    """Elements of the innermost array of a value that is a member of a structure."""
    return value.dims[1] if value.dims else None


def _literal(value, number):
    if value.type == "bool":
        return "true" if number else "false"
    return "%d" % number


def _declaration(value, name, count, defaults):
    kind = storage_type(value)
    name = identifier(name)
    if count is None:
        return ["%s %s = %s;" % (kind, name, _literal(value, defaults[0]))]
    if not any(defaults):
        return ["std::array<%s, %d> %s{};" % (kind, count, name)]
    return ["std::array<%s, %d> %s{{%s}};" % (kind, count, name, ", ".join(_literal(value, d) for d in defaults))]


def _range_note(value):
    low, high = value.minimum, value.maximum
    return "" if value.type == "bool" else " (%d..%d)" % (low, high)


def _struct(c, in_chip):
    out = wrap_comment("///", c.doc)
    for key in ("side_effects", "notes", "availability", "byte_enables"):
        if c.get(key):
            out += wrap_comment("///", "%s: %s" % (key.replace("_", " ").capitalize(), c.get(key)))
    out += ["struct %s {" % c.name, "  using Coordinate = %s;" % c.coordinate.name,
            "  using Word = std::%s;" % ("uint64_t" if any(w.bits > 32 for w in c.words) else "uint32_t"),
            "  static constexpr std::string_view kName = \"%s\";" % c.name,
            "  static constexpr ContainerId kId = ContainerId::k%s;" % c.name,
            "  static constexpr std::size_t kWriteWords = %d;" % sum("w" in w.access for w in c.words),
            "  static constexpr std::size_t kReadWords = %d;" % sum("r" in w.access for w in c.words),
            "  static constexpr Via kVia = Via::%s;  ///< default transport" % via_name(c.via[0]),
            "  static constexpr bool kInChip = %s;  ///< part of the image reg::Chip" % ("true" if in_chip else "false"),
            ""]
    for member, value, group in members(c):
        if value is not None:
            out += wrap_comment("  ///", value.doc + _range_note(value))
            out += ["  " + line for line in _declaration(value, member, value.count, value.defaults)]
            for symbol, number in value.values.items():
                out.append("  static constexpr %s k%s%s = %s;" % (
                    storage_type(value), camel(member), camel(symbol), _literal(value, number)))
            continue
        out += _group(member, group)
    for view in c.get("views", []):
        of = identifier(view["of"])
        mask = (1 << view["width"]) - 1
        kind = storage_type(c.values[view["of"]])
        out += wrap_comment("  ///", view["doc"])
        out += ["  [[nodiscard]] constexpr %s %s() const {" % (kind, view["name"]),
                "    return static_cast<%s>(%s >> %d & %d);" % (kind, of, view["lsb"], mask), "  }",
                "  constexpr void set_%s(%s value) {" % (view["name"], kind),
                "    %s = static_cast<%s>((%s & ~%du) | (value & %du) << %d);" % (
                    of, kind, of, mask << view["lsb"], mask, view["lsb"]), "  }"]
    for name in c.get("presets", {}):
        out.append("  static %s %s();" % (c.name, name))
    return out + ["", "  bool operator==(%s const&) const = default;" % c.name, "};"] + _presets(c) + [""]


def _group(member, group):
    """A list of structures; the first index of each value belongs to the list."""
    name = camel(member)
    count = group[0].dims[0] if group[0].dims else group[0].count
    out = ["  struct %s {" % name]
    for value in group:
        inner = _inner_count(value)
        field = value.name.split(".")[1]
        out += wrap_comment("    ///", value.doc + _range_note(value))
        out += ["    " + line for line in _declaration(value, field, inner, value.defaults[:inner or 1])]
        for symbol, number in value.values.items():
            out.append("    static constexpr %s k%s%s = %s;" % (
                storage_type(value), camel(field), camel(symbol), _literal(value, number)))
    out += ["", "    bool operator==(%s const&) const = default;" % name, "  };"]
    different = any(len(set(v.defaults)) > 1 for v in group)
    if not different:
        return out + ["  std::array<%s, %d> %s{};" % (name, count, identifier(member))]
    rows = []
    for k in range(count):
        parts = []
        for value in group:
            inner = _inner_count(value) or 1
            numbers = value.defaults[k * inner:(k + 1) * inner]
            text = ", ".join(_literal(value, n) for n in numbers)
            parts.append(".%s = %s" % (identifier(value.name.split(".")[1]), text if inner == 1 else "{{%s}}" % text))
        rows.append("{%s}" % ", ".join(parts))
    return out + ["  std::array<%s, %d> %s{{%s}};" % (name, count, identifier(member), ",\n      ".join(rows))]


def _presets(c):
    out = []
    for name, preset in c.get("presets", {}).items():
        out += ["inline %s %s::%s() {" % (c.name, c.name, name), "  %s out;" % c.name]
        for key, number in preset.items():
            value = c.values[key]
            text = "{%s}" % ", ".join(_literal(value, n) for n in number) if isinstance(number, list) else _literal(value, number)
            out.append("  out.%s = %s;" % (identifier(key), text))
        out += ["  return out;", "}"]
    return out


def chip_containers(spec):
    """Names of the containers that the composite Chip is made of."""
    out, todo = set(), ["Chip"]
    while todo:
        name = todo.pop()
        if name in spec.containers:
            out.add(name)
            continue
        for item in spec.composites[name]["order"]:
            todo.append("CapMemCell" if "cells" in item else item["item"])
    return out


def containers_header(spec):
    """containers.h."""
    out = ["// " + GENERATED]
    out += wrap_comment("///", "Every register container as a plain value; registers.h is what to include.")
    out += ["#pragma once", "", "#include <array>", "#include <cstddef>", "#include <cstdint>",
            "#include <string_view>", "", "#include \"driver/registers/coordinates.h\"", "", "namespace hx::reg {", "",
            "/// Transports: how a container reaches its registers.", "enum class Via : std::uint8_t {"]
    out += ["  %s," % via_name(v) for v in spec.spaces]
    out += ["};", "inline constexpr std::size_t kViaCount = %d;" % len(spec.spaces), "",
            "enum class ContainerId : std::uint8_t {"]
    out += ["  k%s," % n for n in spec.containers]
    out += ["};", "inline constexpr std::size_t kContainerCount = %d;" % len(spec.containers),
            "/// No container has more elements (values, with arrays counted by element).",
            "inline constexpr std::size_t kMaxElements = %d;" % max(_elements(c) for c in spec.containers.values()),
            "inline constexpr std::size_t kMaxWords = %d;" % max(len(c.words) for c in spec.containers.values()), ""]
    in_chip = chip_containers(spec)
    for c in spec.containers.values():
        out += _struct(c, c.name in in_chip)
    out += _cells(spec)
    out += ["// Words <-> values without any check; registers.h wraps them.", "namespace detail {"]
    for c in spec.containers.values():
        if c.writable:
            out.append("void encode(%s const& value, %s::Word* words, std::uint32_t number);" % (c.name, c.name))
        if c.readable:
            out.append("void decode(%s& value, %s::Word const* words, std::uint32_t number);" % (c.name, c.name))
        out.append("bool in_range(%s const& value);" % c.name)
    return "\n".join(out + ["}  // namespace detail", "", "}  // namespace hx::reg", ""])


def _elements(c):
    return sum(v.count or 1 for v in c.values.values())


def _cells(spec):
    out = []
    for kind, name, doc in (("neuron_cells", "NeuronCell", "Parameters of a neuron."),
                            ("quadrant_cells", "QuadrantCell", "Parameters that every quadrant has once."),
                            ("global_cells", "GlobalCell", "Parameters that the chip has once.")):
        out += ["/// CapMem cells: %s" % doc, "enum class %s : std::uint8_t {" % name]
        for cell in spec.cells[kind]:
            out.append("  k%s,%s" % (camel(cell["name"]), "  ///< " + cell["doc"] if "doc" in cell else ""))
        out += ["};", "inline constexpr std::size_t k%sCount = %d;" % (name, len(spec.cells[kind])), ""]
    return out


# Codecs ------------------------------------------------------------------------------------------

def element_access(value, element):
    """C++ expression of an element of a value."""
    if "." in value.name:
        group, field = value.name.split(".")
        inner = _inner_count(value)
        base = "v.%s[%d].%s" % (identifier(group), element // (inner or 1), identifier(field))
        return base if inner is None else "%s[%d]" % (base, element % inner)
    name = "v.%s" % identifier(value.name)
    return name if value.count is None else "%s[%d]" % (name, element)


def _mask(width):
    return "0x%xu" % ((1 << width) - 1) + ("ll" if width > 32 else "")


def _to_raw(value, piece, expression, wide):
    word = "std::uint64_t" if wide or value.width > 32 else "std::uint32_t"
    bits = "static_cast<%s>(%s)" % (word, expression)
    if piece.value_lsb:
        bits = "(%s >> %d)" % (bits, piece.value_lsb)
    if piece.encoding == "inverted":
        bits = "~" + bits
    elif piece.encoding == "offset":
        bits = "(%s + static_cast<%s>(%d))" % (bits, word, piece.parameter)
    elif piece.encoding == "permuted":
        bits = "permute<%s>(%s)" % (", ".join(str(p) for p in piece.parameter), bits)
    elif piece.encoding == "map":
        bits = "map_index<%s>(%s)" % (", ".join(str(p) for p in piece.parameter), bits)
    elif piece.encoding == "thermometer":
        bits = "((%s{1} << (%s & %s)) - 1u)" % (word, bits, _mask(piece.value_width))
    bits = "(%s & %s)" % (bits, _mask(piece.width)) if piece.width < (64 if wide else 32) or value.width > 32 else bits
    return bits if wide or value.width <= 32 else "static_cast<std::uint32_t>(%s)" % bits


def _from_raw(value, piece, word, lsb, wide):
    bits = "(%s >> %s & %s)" % (word, lsb, _mask(piece.width)) if piece.width < 32 else word
    if piece.encoding == "inverted":
        bits = "(%s ^ %s)" % (bits, _mask(piece.width))
    elif piece.encoding == "permuted":
        bits = "unpermute<%s>(%s)" % (", ".join(str(p) for p in piece.parameter), bits)
    elif piece.encoding == "map":
        bits = "map_value<%s>(%s)" % (", ".join(str(p) for p in piece.parameter), bits)
    elif piece.encoding == "thermometer":
        bits = "std::bit_width(%s)" % bits
    elif piece.encoding == "nonzero":
        bits = "(%s != 0 ? 1u : 0u)" % bits
    if value.width > 32 or value.type == "int" or piece.encoding == "offset":
        bits = "std::int64_t{%s}" % bits if piece.encoding != "thermometer" else bits
    if piece.encoding == "offset":
        bits = "(%s - (%d))" % (bits, piece.parameter)
    if piece.value_lsb:
        bits = "(%s << %d)" % (bits, piece.value_lsb)
    return bits


def _select(c, piece):
    """(number / stride) % size of the component that selects the lsb."""
    stride = 1
    for name, size in reversed(c.coordinate.shape):
        if name == piece.select:
            return "(number / %d %% %d)" % (stride, size)
        stride *= size
    raise ValueError(piece.select)


def _placed(bits, lsb):
    return "%s << %s" % (bits, lsb) if lsb != 0 else bits


def _encode(c):
    wide = any(w.bits > 32 for w in c.words)
    order = [k for k, w in enumerate(c.words) if "w" in w.access]
    terms = {k: [] for k in order}
    lines = []
    for piece in c.fixed:
        if piece.word in terms:
            terms[piece.word].append("0x%xu" % (piece.parameter << piece.lsbs[0]))
    for value in c.values.values():
        for piece in value.pieces:
            if piece.word not in terms:
                continue
            if piece.select:
                name = "kLsb%d" % len(lines)
                lines.append("  constexpr std::uint8_t %s[] = {%s};" % (name, ", ".join(str(x) for x in piece.lsbs)))
                terms[piece.word].append("%s << %s[%s]" % (
                    _to_raw(value, piece, element_access(value, 0), wide), name, _select(c, piece)))
                continue
            for k, lsb in enumerate(piece.lsbs):
                element = piece.first + k if piece.is_array else 0
                terms[piece.word].append(_placed(_to_raw(value, piece, element_access(value, element), wide), lsb))
    uses_number = any(p.select for v in c.values.values() for p in v.pieces)
    out = ["void encode([[maybe_unused]] %s const& v, %s::Word* words, %sstd::uint32_t%s) {" % (
        c.name, c.name, "", " number" if uses_number else "")] + lines
    for position, k in enumerate(order):
        text = " |\n      ".join("(%s)" % t if "<<" in t else t for t in terms[k]) or "0"
        if c.words[k].transform:
            text = "gray_inverse(%s)" % text
        out.append("  words[%d] = %s;" % (position, text))
    return out + ["}", ""]


def _decode(c):
    order = [k for k, w in enumerate(c.words) if "r" in w.access]
    wide = any(w.bits > 32 for w in c.words)
    uses_number = any(p.select for v in c.values.values() for p in v.pieces)
    used = {p.word for v in c.values.values() for p in v.pieces}
    parameter = " words" if used & set(order) else ""
    out = ["void decode([[maybe_unused]] %s& v, %s::Word const*%s, std::uint32_t%s) {" % (
        c.name, c.name, parameter, " number" if uses_number else "")]
    names = {}
    for position, k in enumerate(order):
        if k not in used:
            continue
        names[k] = "w%d" % k
        source = "words[%d]" % position
        if c.words[k].transform:
            source = "%s ^ %s >> 1" % (source, source)
        out.append("  %s::Word const w%d = %s;" % (c.name, k, source))
    for value in c.values.values():
        kind = storage_type(value)
        for element in range(value.count or 1):
            parts = []
            for piece in value.pieces:
                if piece.word not in names:
                    continue
                if piece.select:
                    out.append("  constexpr std::uint8_t kLsb[] = {%s};" % ", ".join(str(x) for x in piece.lsbs))
                    parts.append(_from_raw(value, piece, names[piece.word], "kLsb[%s]" % _select(c, piece), wide))
                    continue
                k = element - piece.first if piece.is_array else 0
                if 0 <= k < len(piece.lsbs):
                    parts.append(_from_raw(value, piece, names[piece.word], piece.lsbs[k], wide))
            if not parts:
                continue
            text = " | ".join(parts)
            if value.type == "int" and not value.encoding:
                text = "sign_extend<%d>(static_cast<std::uint64_t>(%s))" % (value.width, text)
            text = "(%s) != 0" % text if kind == "bool" else "static_cast<%s>(%s)" % (kind, text)
            out.append("  %s = %s;" % (element_access(value, element), text))
    return out + ["}", ""]


def _in_range(c):
    conditions = []
    for value in c.values.values():
        kind = storage_type(value)
        if kind == "bool":
            continue
        signed = kind.startswith("std::int")
        bits = int(re.search(r"\d+", kind).group())
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        checks = []
        if value.minimum > low:
            checks.append(">= %d" % value.minimum)
        if value.maximum < high:
            checks.append("<= %d" % value.maximum)
        for element in range(value.count or 1):
            conditions += ["%s %s" % (element_access(value, element), check) for check in checks]
    return ["bool in_range([[maybe_unused]] %s const& v) {" % c.name,
            "  return %s;" % (" &&\n         ".join(conditions) or "true"), "}", ""]


def containers_source(spec):
    """containers.cc."""
    out = ["// " + GENERATED, "#include \"driver/registers/containers.h\"", "", "#include <bit>", "",
           "#include \"driver/registers/bits.h\"", "", "namespace hx::reg::detail {", ""]
    for c in spec.containers.values():
        if c.writable:
            out += _encode(c)
        if c.readable:
            out += _decode(c)
        out += _in_range(c)
    return "\n".join(out + ["}  // namespace hx::reg::detail", ""])


# Description tables ------------------------------------------------------------------------------

class _Pool:
    """Named constexpr arrays; equal ones are shared."""

    def __init__(self):
        self.lines, self.names = [], {}

    def add(self, kind, items):
        if not items:
            return "{}"
        key = (kind, tuple(items))
        if key not in self.names:
            name = "k%s%d" % (camel(kind.replace("std::", "").replace("_t", "")), len(self.names))
            self.names[key] = name
            self.lines.append("constexpr %s %s[] = {" % (kind, name))
            self.lines += listed(items, "    ")
            self.lines.append("};")
        return self.names[key]


def _piece(pool, c, piece):
    parameter = piece.parameter
    parameters = [] if parameter is None else parameter if isinstance(parameter, list) else [parameter]
    select = [n for n, _ in c.coordinate.shape].index(piece.select) if piece.select else -1
    return "PieceInfo{%d, %d, %d, Encoding::%s, %d, %d, %s, %s, %s}" % (
        piece.word, piece.width, piece.value_lsb, "k" + camel(piece.encoding or "plain"), select, piece.first,
        pool.add("std::uint8_t", [str(x) for x in piece.lsbs]),
        pool.add("std::int64_t", [str(x) for x in parameters]), quoted(piece.doc))


def _value(pool, c, value, first):
    count = value.count or 1
    if "." in value.name:
        group, field = value.name.split(".")
        inner = _inner_count(value) or 1
        offset = "offsetof(%s, %s) + offsetof(%s::%s, %s)" % (
            c.name, identifier(group), c.name, camel(group), identifier(field))
        outer = "sizeof(%s::%s)" % (c.name, camel(group))
        rows = count // inner
    else:
        inner, outer, rows = count, "0", value.dims[0] if value.dims else 1
        offset = "offsetof(%s, %s)" % (c.name, identifier(value.name))
    kind = {"bool": "kBool", "int": "kSigned", "uint": "kUnsigned"}[value.type]
    size = {"bool": 1}.get(storage_type(value)) or int(re.search(r"\d+", storage_type(value)).group()) // 8
    return "ValueInfo{%s, %s, ValueKind::%s, %d, %d, %d, %d, %d, %s, %d, %s, %s, %s, %s, {%s, %s, %d, %d}}" % (
        quoted(value.name), quoted(value.doc), kind, value.width, value.minimum, value.maximum, first, count,
        "true" if value.count is not None else "false", rows,
        pool.add("PieceInfo", [_piece(pool, c, p) for p in value.pieces]),
        pool.add("std::int64_t", [str(int(d)) for d in value.defaults]),
        pool.add("Symbol", ["Symbol{%s, %d}" % (quoted(n), x) for n, x in value.values.items()]),
        pool.add("std::string_view", [quoted(i) for i in value.index]), offset, outer, inner, size)


def _container(pool, c, in_chip, coordinate_index):
    values, first = [], 0
    for value in c.values.values():
        values.append(_value(pool, c, value, first))
        first += value.count or 1
    words = []
    for w in c.words:
        words.append("WordInfo{%d, %s, %s, %s, %d, %s}" % (
            w.offset, "true" if "r" in w.access else "false", "true" if "w" in w.access else "false",
            "true" if w.transform else "false", w.bits, pool.add("std::int32_t", [str(s) for s in w.strides or []])))
    views = ["ViewInfo{%s, %d, %d, %d, %s}" % (quoted(v["name"]), list(c.values).index(v["of"]), v["lsb"], v["width"],
                                               quoted(v["doc"])) for v in c.get("views", [])]

    def location(x):
        if x is None:
            return "{false, 0, {}}"
        return "{true, 0x%x, %s}" % (x.base, pool.add("std::int32_t", [str(s) for s in x.strides]))
    erased = "ErasedCodec{&erased_construct<%s>, %s, %s, sizeof(%s)}" % (
        c.name,
        "&erased_encode<%s>" % c.name if c.writable else "nullptr",
        "&erased_decode<%s>" % c.name if c.readable else "nullptr", c.name)
    fields = [
        "ContainerId::k%s" % c.name, quoted(c.name), quoted(c.doc), "kCoordinates[%d]" % coordinate_index,
        pool.add("Via", ["Via::" + via_name(v) for v in c.via]), location(c.address), location(c.register),
        pool.add("WordInfo", words), pool.add("ValueInfo", values),
        pool.add("PieceInfo", [_piece(pool, c, p) for p in c.fixed]), pool.add("ViewInfo", views),
        pool.add("std::uint64_t", ["0x%x" % w for w in c.get("default_words", [])]), str(first),
        "true" if in_chip else "false", "true" if c.get("value_ignored") else "false",
        "true" if c.get("differential_write") else "false", quoted(c.get("side_effects", "")),
        quoted(c.get("notes", "")), quoted(c.get("availability", "")), quoted(c.get("byte_enables", "")),
        quoted(c.get("model_reset", "")), erased]
    return "ContainerInfo{%s}" % ",\n        ".join(fields)


def linear(expression, components):
    """A placeholder expression of `spaces` as {"": constant, "address": f, component: f, "word": (lsb, width)}."""
    text = str(expression)
    out = {"": 0}
    match = re.search(r"word\[(\d+):(\d+)\]", text)
    if match:
        high, low = int(match.group(1)), int(match.group(2))
        out["word"] = (low, high - low + 1)
        text = text.replace(match.group(), "0")
    elif re.search(r"\bword\b", text):
        out["word"] = (0, 64)
        text = re.sub(r"\bword\b", "0", text)

    def walk(node):
        if isinstance(node, ast.Constant):
            return {"": node.value}
        if isinstance(node, ast.Name):
            if node.id != "address" and node.id not in components:
                raise ValueError("unknown name %s in '%s'" % (node.id, expression))
            return {node.id: 1}
        left, right = walk(node.left), walk(node.right)
        if isinstance(node.op, (ast.Add, ast.BitOr)):  # the parts of an `or` never overlap
            return {k: left.get(k, 0) + right.get(k, 0) for k in set(left) | set(right)}
        if isinstance(node.op, ast.LShift):
            return {k: v << right[""] for k, v in left.items()}
        if isinstance(node.op, ast.Mult):
            factor, other = (left, right) if set(left) == {""} else (right, left)
            return {k: v * factor[""] for k, v in other.items()}
        raise ValueError("operator in '%s'" % expression)
    for key, factor in walk(ast.parse(text, mode="eval").body).items():
        out[key] = out.get(key, 0) + factor
    return out


def _operand(pool, expression, components):
    form = linear(expression, components)
    lsb, width = form.get("word", (0, 0))
    return "Operand{0x%xull, %s, %s, %d, %d}" % (
        form[""], "true" if form.get("address") else "false",
        pool.add("std::int32_t", [str(form.get(n, 0)) for n in components]), lsb, width)


def _operation(pool, op, components):
    if "jtag_ir" in op:
        kind, bits, first, second = "kJtagInstruction", 7, 0, op["jtag_ir"]
    elif "jtag_dr" in op:
        kind, bits, first, second = "kJtagData", op["jtag_dr"][0], 0, op["jtag_dr"][1]
    elif "omnibus_write" in op:
        kind, bits, first, second = "kOmnibusWrite", 32, op["omnibus_write"][0], op["omnibus_write"][1]
    elif "omnibus_read" in op:
        kind, bits, first, second = "kOmnibusRead", 32, op["omnibus_read"], 0
    else:
        kind, bits, first = "kMessage", op["bits"], 0
        second = op.get("payload", "word" if op["bits"] else 0)
    message = camel("_".join(part.replace("JTAG", "Jtag") for part in op["message"].split())) if "message" in op else "JtagInit"
    return "OperationInfo{OperationKind::%s, %d, %s, ut::spec::ToFpga::k%s, %s, %s}" % (
        kind, bits, "true" if op.get("keep") or "omnibus_read" in op or kind == "kMessage" and "answer" in op else "false",
        message, _operand(pool, first, components), _operand(pool, second, components))


def _space(pool, name, space):
    shape = space.get("shape", [])
    components = [n for n, _ in shape]

    def operations(key):
        ops = space.get(key, [])
        return pool.add("OperationInfo", [_operation(pool, op, components) for op in (ops if isinstance(ops, list) else [ops])])
    i2c = "{}"
    if "device" in space:
        pointer = space["pointer"]
        i2c = "I2cInfo{%d, %s, %s, %d, %s, %d, %d}" % (
            space["device"]["base"], pool.add("std::int32_t", [str(s) for s in space["device"]["strides"]]),
            "true" if pointer else "false", pointer["base"] if pointer else 0,
            pool.add("std::int32_t", [str(s) for s in pointer["strides"]] if pointer else []), space["bytes"],
            space.get("left_shift", 0))
    write = space.get("write")
    bits = write["bits"] if isinstance(write, dict) else space["read"]["bits"] if isinstance(space.get("read"), dict) else 32
    return "SpaceInfo{Via::%s, %s, %s, %s, %s, %s, %s, %s, %s, %d}" % (
        via_name(name), quoted(name), quoted(space.get("doc", "")), quoted(space.get("coordinate", "")),
        "true" if is_omnibus(name) else "false",
        pool.add("ComponentInfo", ["ComponentInfo{%s, %d}" % (quoted(n), s) for n, s in shape]),
        operations("write"), operations("read"), i2c, bits)


def _composite(pool, c, coordinate_index):
    items = []
    for item in c["order"]:
        fixed = []
        for component, value in item.get("set", {}).items():
            low, high = value if isinstance(value, list) else (value, value)
            fixed.append("FixedComponent{%s, %d, %d}" % (quoted(component), low, high))
        defaults = ["Symbol{%s, %d}" % (quoted(k), int(v)) for k, v in item.get("defaults", {}).items()]
        items.append("CompositeItem{%s, %s, %s, %s, %s}" % (
            quoted(item.get("item", "")), pool.add("std::string_view", [quoted(n) for n in item.get("cells", [])]),
            quoted(item.get("for", "")), pool.add("FixedComponent", fixed), pool.add("Symbol", defaults)))
    return "CompositeInfo{%s, %s, kCoordinates[%d], %s, %d, %d}" % (
        quoted(c["name"]), quoted(c.get("doc", "")), coordinate_index, pool.add("CompositeItem", items),
        c.get("words", 0), c.get("reads", 0))


def tables(spec):
    """description_data.cc."""
    pool, index = _Pool(), {name: k for k, name in enumerate(spec.coordinates)}
    coordinate_lines = []
    for c in spec.coordinates.values():
        coordinate_lines.append("CoordinateInfo{%s, %s, %d, %s, %s}" % (
            quoted(c.name), quoted(c.doc), c.size,
            pool.add("ComponentInfo", ["ComponentInfo{%s, %d}" % (quoted(n), s) for n, s in c.shape]),
            pool.add("Symbol", ["Symbol{%s, %d}" % (quoted(n), x) for n, x in c.names.items()])))
    coordinate_part, pool.lines = pool.lines, []
    in_chip = chip_containers(spec)
    containers = [_container(pool, c, c.name in in_chip, index[c.coordinate.name]) for c in spec.containers.values()]
    spaces = [_space(pool, n, s) for n, s in spec.spaces.items()]
    composites = [_composite(pool, c, index[c["coordinate"]]) for c in spec.composites.values()]
    cells = []
    for kind, key in (("kNeuron", "neuron_cells"), ("kQuadrant", "quadrant_cells"), ("kGlobal", "global_cells")):
        for n, cell in enumerate(spec.cells[key]):
            cells.append("CellInfo{%s, %s, CellKind::%s, %d, %s, %d, %d, %d, %d, %d, %s}" % (
                quoted(cell["name"]), quoted(cell.get("doc", "")), kind, n,
                "true" if cell["kind"] == "voltage" else "false", cell.get("hemisphere", -1), cell.get("side", -1),
                cell["row"], cell.get("column", -1), cell["default"], quoted(cell["member"])))
    unused = ["UnusedCell{%d, %d, %d, %d}" % tuple(u) for u in spec.cells["unused_cells"]]
    raw = []
    for r in spec.document.get("raw_registers", []):
        for a in r["address"] if isinstance(r["address"], list) else [r["address"]]:
            raw.append("RawRegister{%s, 0x%x, %s}" % (quoted(r["name"]), a, quoted(r["doc"])))
    arrays = [("CoordinateInfo", "kCoordinates", coordinate_part, coordinate_lines),
              ("ContainerInfo", "kContainers", pool.lines, containers), ("SpaceInfo", "kSpaces", [], spaces),
              ("CompositeInfo", "kComposites", [], composites), ("CellInfo", "kCells", [], cells),
              ("UnusedCell", "kUnusedCells", [], unused), ("RawRegister", "kRawRegisters", [], raw)]
    out = ["// " + GENERATED, "#include <cstddef>", "", "#include \"driver/registers/description_tables.h\"", "",
           "namespace hx::reg {", "namespace {", ""]
    for kind, name, before, items in arrays:
        out += before + ["constexpr %s %s[] = {" % (kind, name)]
        out += ["    %s," % item for item in items] + ["};", ""]
    out += ["}  // namespace", ""]
    for kind, name, _, _ in arrays:
        function = snake(name[1:])
        out.append("std::span<%s const> %s() { return %s; }" % (kind, function, name))
    return "\n".join(out + ["", "}  // namespace hx::reg", ""])
