"""Loads and checks the description; everything that the back ends print comes from `Spec`.

    spec = load("fpga_model/spec")
    spec.containers["NeuronConfig"].values["enable_fire"]

The format is described in the README of the folder. A wrong description raises `SpecError` with all
findings at once, each with file, line and the name of what is wrong.
"""
import os
from dataclasses import dataclass, field

from hxspec.yamlfile import Node, SpecError, load as load_yaml, nearest

WORD_BITS = 32
TRANSFORMS = ("gray_to_binary",)
ENCODINGS = ("inverted", "offset", "permuted", "map", "fixed", "thermometer", "nonzero")

TOP_KEYS = {
    "format", "chip_revision", "address_width", "fpga_clock_hz", "components", "spaces", "jtag",
    "coordinates", "intervals", "responses", "raw_registers", "not_implemented", "address_aliases",
    "containers", "capmem_cells", "composites", "interval_composites", "stream_digests", "storages"}
CONTAINER_KEYS = {
    "name", "doc", "coordinate", "via", "address", "register", "words", "default_words", "views",
    "custom", "presets", "data_bits", "value_ignored", "view_of", "byte_enables", "side_effects",
    "notes", "availability", "model_reset", "unsupported_read_targets", "differential_write", "level"}
WORD_KEYS = {"offset", "access", "strides", "transform", "bits", "fields"}
FIELD_KEYS = {
    "name", "doc", "lsb", "width", "value_lsb", "first", "dims", "select", "index", "type",
    "default", "min", "max", "values", "encoding"}
COORDINATE_KEYS = {"shape", "doc", "names", "grid"}


@dataclass
class Coordinate:
    """A kind of place: one number, row-major over named components."""
    name: str
    shape: list          # of (component, size)
    doc: str = ""
    names: dict = field(default_factory=dict)
    grid: list = None

    @property
    def size(self):
        n = 1
        for _, size in self.shape:
            n *= size
        return n

    def split(self, number):
        """Number -> components, outer first."""
        out = []
        for _, size in reversed(self.shape):
            out.append(number % size)
            number //= size
        return out[::-1]

    def join(self, components):
        """{component: value} -> number."""
        number = 0
        for name, size in self.shape:
            number = number * size + components[name]
        return number


@dataclass
class Piece:
    """Bits of a value inside one word."""
    word: int            # index in Container.words
    lsbs: list
    is_array: bool       # the lsbs are elements
    width: int
    value_lsb: int
    first: int           # number of the first element
    select: str          # component of the coordinate that selects the lsb, or ""
    encoding: str        # one of ENCODINGS or ""
    parameter: object    # of the encoding
    doc: str

    @property
    def value_width(self):
        """Number of value bits that the piece carries."""
        if self.encoding == "thermometer":
            return self.width.bit_length()
        return 1 if self.encoding == "nonzero" else self.width


@dataclass
class Value:
    """What a user calls a field: all pieces of one name."""
    name: str
    pieces: list = field(default_factory=list)
    type: str = "uint"   # "bool", "int", "uint"
    default: object = 0
    minimum: int = 0
    maximum: int = 0
    values: dict = field(default_factory=dict)
    dims: list = None
    index: list = field(default_factory=list)
    count: int = None    # number of elements, None for a scalar
    width: int = 0       # value bits
    doc: str = ""

    @property
    def encoding(self):
        return self.pieces[0].encoding

    @property
    def defaults(self):
        """One default per element, or a list of one."""
        if isinstance(self.default, list):
            return self.default
        return [self.default] * (self.count or 1)


@dataclass
class Word:
    offset: int
    access: str
    strides: list
    transform: str
    bits: int


@dataclass
class Location:
    """base + sum(stride * component) + offset of the word."""
    base: int
    strides: list


@dataclass
class Container:
    name: str
    doc: str
    coordinate: Coordinate
    via: list
    address: Location
    register: Location
    words: list
    values: dict         # name -> Value, in order of appearance
    fixed: list          # Pieces with a constant
    raw: Node = None     # all further keys: notes, side_effects, presets, views ...

    @property
    def writable(self):
        return any("w" in w.access for w in self.words)

    @property
    def readable(self):
        return any("r" in w.access for w in self.words)

    def get(self, key, otherwise=None):
        return self.raw.get(key, otherwise)

    def locate(self, number, word, register=False):
        """Address or register number of word `word` of instance `number`."""
        location = self.register if register else self.address
        w = self.words[word]
        return location.base + w.offset + sum(
            s * x for s, x in zip(w.strides or location.strides, self.coordinate.split(number)))

    def encode(self, given, number=0):
        """Words in write order; given: {value: number or list}, the others have their default."""
        words = [0] * len(self.words)
        components = dict(zip((n for n, _ in self.coordinate.shape), self.coordinate.split(number)))
        for piece in self.fixed:
            words[piece.word] |= piece.parameter << piece.lsbs[0]
        for value in self.values.values():
            elements = given.get(value.name, value.defaults)
            if not isinstance(elements, list):
                elements = [elements] * (value.count or 1)
            for piece in value.pieces:
                for k, lsb in enumerate(piece.lsbs):
                    if piece.select and k != components[piece.select]:
                        continue
                    element = elements[piece.first + k if piece.is_array else 0]
                    words[piece.word] |= to_raw(piece, int(element)) << lsb
        return [gray_inverse(x) if w.transform else x
                for x, w in zip(words, self.words) if "w" in w.access]


def gray_inverse(x):
    """x ^ (x >> 1) ^ (x >> 2) ^ ..."""
    out = 0
    while x:
        out ^= x
        x >>= 1
    return out


def to_raw(piece, value):
    """Value of an element -> bits of the piece."""
    mask = (1 << piece.width) - 1
    bits = value >> piece.value_lsb
    if piece.encoding == "inverted":
        return ~bits & mask
    if piece.encoding == "offset":
        return (bits + piece.parameter) & mask
    if piece.encoding == "permuted":
        return sum((bits >> p & 1) << i for i, p in enumerate(piece.parameter))
    if piece.encoding == "map":
        return piece.parameter.index(bits)
    if piece.encoding == "thermometer":
        return (1 << (bits & (1 << piece.value_width) - 1)) - 1
    return bits & mask


@dataclass
class Spec:
    containers: dict
    coordinates: dict
    composites: dict
    spaces: dict
    cells: Node          # capmem_cells
    document: Node       # the registers as one document, for everything else
    geometry: Node
    timing: Node
    messages: Node


class _Checker:
    """Collects findings; a finding never stops the check of other containers."""

    def __init__(self):
        self.problems = []

    def fail(self, node, *text):
        place = node.place if isinstance(node, Node) else str(node)
        self.problems.append("%s: %s" % (place, " ".join(str(t) for t in text)))

    def keys(self, node, known, where):
        for key in node:
            if key not in known:
                self.fail(node, "%s: unknown key '%s'%s" % (where, key, nearest(key, known)))

    def need(self, node, keys, where):
        missing = [k for k in keys if k not in node]
        for key in missing:
            self.fail(node, "%s: key '%s' is missing" % (where, key))
        return not missing

    def integer(self, node, key, where, low=0, high=2**32 - 1):
        value = node.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fail(node, "%s: '%s' is %r, expected a number from %d to %d" % (where, key, value, low, high))
            return False
        return True


def load(folder):
    """The checked description in `folder`."""
    registers = _joined(os.path.join(folder, "registers"))
    extra = {n: load_yaml(os.path.join(folder, n + ".yaml"), n + ".yaml")
             for n in ("geometry", "timing", "messages")}
    return build(registers, **extra)


def _joined(folder):
    """All files of a folder form one document: lists are joined, maps are united."""
    out = Node()
    out.file = "registers"
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".yaml"):
            continue
        for key, value in load_yaml(os.path.join(folder, name), "registers/" + name).items():
            if key not in TOP_KEYS:
                raise SpecError(["registers/%s:1: unknown key '%s'%s" % (name, key, nearest(key, TOP_KEYS))])
            if isinstance(value, list):
                out.setdefault(key, []).extend(value)
            elif isinstance(value, Node) and key in out:
                twice = set(out[key]) & set(value)
                if twice:
                    raise SpecError(["%s: %s defined twice: %s" % (value.place, key, ", ".join(sorted(twice)))])
                out[key].update(value)
            else:
                out[key] = value
    return out


def build(registers, geometry, timing, messages):
    """Spec of loaded documents; raises SpecError with all findings."""
    check = _Checker()
    coordinates = {}
    for name, node in registers.get("coordinates", {}).items():
        coordinate = _coordinate(check, name, node)
        if coordinate:
            coordinates[name] = coordinate
    containers = {}
    for node in registers.get("containers", []):
        container = _container(check, node, coordinates, registers.get("spaces", {}))
        if container is None:
            continue
        if container.name in containers:
            check.fail(node, "container %s is defined twice" % container.name)
        containers[container.name] = container
    spec = Spec(containers, coordinates, {c.get("name"): c for c in registers.get("composites", [])},
                registers.get("spaces", {}), registers.get("capmem_cells", Node()), registers,
                geometry, timing, messages)
    _check_composites(check, spec)
    _check_addresses(check, spec)
    _check_constants(check, geometry.get("counts", []), "geometry")
    _check_constants(check, timing.get("constants", []), "timing")
    _check_geometry(check, spec)
    _check_messages(check, messages)
    if check.problems:
        raise SpecError(check.problems)
    return spec


def _coordinate(check, name, node):
    if not isinstance(node, Node) or not isinstance(node.get("shape"), list):
        check.fail(node, "coordinate %s: 'shape' is missing" % name)
        return None
    check.keys(node, COORDINATE_KEYS, "coordinate " + name)
    for part in node["shape"]:
        if not (isinstance(part, list) and len(part) == 2 and isinstance(part[1], int) and part[1] > 0):
            check.fail(node, "coordinate %s: %r is no [component, size]" % (name, part))
            return None
    out = Coordinate(name, [tuple(p) for p in node["shape"]], node.get("doc", ""),
                     dict(node.get("names", {})), node.get("grid"))
    for alias, number in out.names.items():
        if not 0 <= number < out.size:
            check.fail(node, "coordinate %s: name '%s' is %d of %d" % (name, alias, number, out.size))
    if out.grid and (len(out.grid) != out.size or len({tuple(g) for g in out.grid}) != out.size):
        check.fail(node, "coordinate %s: grid has not one place per number" % name)
    return out


def _location(check, node, key, coordinate, where):
    if key not in node:
        return None
    location = node[key]
    if not isinstance(location, Node) or set(location) != {"base", "strides"}:
        check.fail(location if isinstance(location, Node) else node,
                   "%s: '%s' needs exactly base and strides" % (where, key))
        return None
    check.integer(location, "base", where)
    if len(location["strides"]) != len(coordinate.shape):
        check.fail(location, "%s: %s needs one stride per component of %s (%d), has %d" % (
            where, key, coordinate.name, len(coordinate.shape), len(location["strides"])))
        return None
    return Location(location["base"], location["strides"])


def _container(check, node, coordinates, spaces):
    where = "container %s" % node.get("name", "?")
    check.keys(node, CONTAINER_KEYS, where)
    if not check.need(node, ("name", "doc", "coordinate", "via", "words"), where):
        return None
    if node["coordinate"] not in coordinates:
        check.fail(node, "%s: unknown coordinate '%s'%s" % (
            where, node["coordinate"], nearest(node["coordinate"], coordinates)))
        return None
    coordinate = coordinates[node["coordinate"]]
    out = Container(node["name"], node["doc"], coordinate, list(node["via"]),
                    _location(check, node, "address", coordinate, where),
                    _location(check, node, "register", coordinate, where), [], {}, [], node)
    for via in out.via:
        if via not in spaces:
            check.fail(node, "%s: unknown transport '%s'%s" % (where, via, nearest(via, spaces)))
        elif ("address" if is_omnibus(via) else "register") not in node:
            check.fail(node, "%s: no %s for %s" % (where, "address" if is_omnibus(via) else "register", via))
    before = len(check.problems)
    for word in node["words"]:
        _word(check, out, word, where)
    if len(check.problems) == before:
        for value in out.values.values():
            _finish(check, out, value, coordinates)
    if len(check.problems) == before:
        _check_defaults(check, out)
    return out


def is_omnibus(via):
    """Transports that use the address; the others use the register number."""
    return via.startswith("Omnibus")


def _word(check, container, node, where):
    where = "%s, word %s" % (where, node.get("offset", "?"))
    check.keys(node, WORD_KEYS, where)
    if not check.need(node, ("offset", "access", "fields"), where):
        return
    if node["access"] not in ("r", "w", "rw"):
        check.fail(node, "%s: access '%s', expected r, w or rw" % (where, node["access"]))
    if node.get("transform") not in (None,) + TRANSFORMS:
        check.fail(node, "%s: unknown transform '%s'" % (where, node["transform"]))
    index = len(container.words)
    container.words.append(Word(node["offset"], node["access"], node.get("strides"),
                                node.get("transform"), node.get("bits", container.get("data_bits", WORD_BITS))))
    used = 0
    for f in node["fields"]:
        place = "%s, field '%s'" % (where, f.get("name", "?"))
        check.keys(f, FIELD_KEYS, place)
        if not check.need(f, ("name", "lsb", "width", "doc"), place) or not check.integer(f, "width", place, 1, 64):
            continue
        piece = _piece(check, f, index, place)
        if piece is None:
            continue
        for lsb in piece.lsbs:
            mask = (1 << piece.width) - 1 << lsb
            if lsb < 0 or mask >> container.words[-1].bits:
                check.fail(f, "%s: bits %d..%d are outside of the word of %d bits" % (
                    place, lsb + piece.width - 1, lsb, container.words[-1].bits))
            if used & mask:
                check.fail(f, "%s: overlaps with another field" % place)
            used |= mask
        if piece.encoding == "fixed":
            container.fixed.append(piece)
            continue
        value = container.values.setdefault(f["name"], Value(f["name"]))
        value.pieces.append(piece)
        if len(value.pieces) == 1:
            value.node = f


def _piece(check, f, index, place):
    encoding, parameter = f.get("encoding", ""), None
    if isinstance(encoding, dict):
        encoding, parameter = next(iter(encoding.items()))
    if encoding and encoding not in ENCODINGS:
        check.fail(f, "%s: unknown encoding '%s'%s" % (place, encoding, nearest(encoding, ENCODINGS)))
        return None
    if encoding == "permuted" and sorted(parameter) != list(range(f["width"])):
        check.fail(f, "%s: permuted needs every bit once" % place)
        return None
    listed = isinstance(f["lsb"], list)
    return Piece(index, f["lsb"] if listed else [f["lsb"]], listed and "select" not in f, f["width"],
                 f.get("value_lsb", 0), f.get("first", 0), f.get("select", ""), encoding, parameter, f["doc"])


def _finish(check, container, value, coordinates):
    """Width, count, range and default from the first piece."""
    f = value.node
    place = "container %s, value '%s'" % (container.name, value.name)
    for piece in value.pieces:
        value.width = max(value.width, piece.value_lsb + piece.value_width)
        if piece.is_array:
            value.count = max(value.count or 0, piece.first + len(piece.lsbs))
    value.doc = f["doc"]
    value.type = f.get("type", "uint")
    if value.type not in ("uint", "int", "bool"):
        check.fail(f, "%s: unknown type '%s'" % (place, value.type))
    value.dims = f.get("dims")
    index = f.get("index", [])
    value.index = index if isinstance(index, list) else [index]
    value.values = dict(f.get("values", {}))
    low, high = natural_range(value)
    value.minimum, value.maximum = f.get("min", low), f.get("max", high)
    if value.encoding == "offset" and low < 0:
        value.type = "int"
    if "default" not in f:
        check.fail(f, "%s: 'default' is missing" % place)
        return
    value.default = f["default"]
    for k in value.index:
        if k not in coordinates:
            check.fail(f, "%s: unknown index '%s'%s" % (place, k, nearest(k, coordinates)))
    if value.dims and value.dims[0] * value.dims[1] != value.count:
        check.fail(f, "%s: dims do not multiply to %s" % (place, value.count))
    if len(value.index) == 1 and value.index[0] in coordinates and \
            coordinates[value.index[0]].size != value.count:
        check.fail(f, "%s: %s counts to %d, the value has %s elements" % (
            place, value.index[0], coordinates[value.index[0]].size, value.count))
    if isinstance(value.default, list) and len(value.default) != value.count:
        check.fail(f, "%s: %d defaults for %s elements" % (place, len(value.default), value.count))
    for v in value.defaults + list(value.values.values()):
        if not value.minimum <= v <= value.maximum:
            check.fail(f, "%s: %d is out of range %d..%d" % (place, v, value.minimum, value.maximum))
    _check_bits(check, value, f, place)


def natural_range(value):
    """Lowest and highest value that the bits can hold."""
    piece = value.pieces[0]
    if piece.encoding == "map":
        return min(piece.parameter), max(piece.parameter)
    if piece.encoding == "offset":
        return -piece.parameter, (1 << value.width) - 1 - piece.parameter
    if value.type == "int":
        return -(1 << value.width - 1), (1 << value.width - 1) - 1
    return 0, (1 << value.width) - 1


def _check_bits(check, value, f, place):
    bits = [0] * (value.count or 1)
    for piece in value.pieces:
        mask = (1 << piece.value_width) - 1 << piece.value_lsb
        for k in range(len(piece.lsbs)) if piece.is_array else [0]:
            element = piece.first + k if piece.is_array else 0
            if bits[element] & mask:
                check.fail(f, "%s: value bits are defined twice" % place)
            bits[element] |= mask
    if any(b != (1 << value.width) - 1 for b in bits):
        check.fail(f, "%s: elements or value bits are missing" % place)


def _check_defaults(check, container):
    given = container.get("default_words")
    where = "container %s" % container.name
    if container.writable != (given is not None):
        check.fail(container.raw, "%s: default_words %s" % (
            where, "missing" if container.writable else "of a read-only container"))
    elif container.writable and container.encode({}) != given:
        check.fail(container.raw, "%s: default_words do not agree with the defaults of the fields, which give [%s]"
                   % (where, ", ".join("0x%x" % w for w in container.encode({}))))
    for name, preset in container.get("presets", {}).items():
        for key in preset:
            if key not in container.values:
                check.fail(container.raw, "%s: preset %s: no value '%s'%s" % (
                    where, name, key, nearest(key, container.values)))


def _check_composites(check, spec):
    cell_names = {c["name"] for kind in ("neuron_cells", "quadrant_cells", "global_cells")
                  for c in spec.cells.get(kind, [])} | {"unused"}
    for name, node in spec.composites.items():
        if not check.need(node, ("name", "coordinate", "order"), "composite %s" % name):
            continue
        if node["coordinate"] not in spec.coordinates:
            check.fail(node, "composite %s: unknown coordinate '%s'" % (name, node["coordinate"]))
        known = set(spec.containers) | set(spec.composites)
        for item in node["order"]:
            if "cells" in item:
                for cell in item["cells"]:
                    if cell not in cell_names:
                        check.fail(item, "composite %s: unknown cell '%s'%s" % (name, cell, nearest(cell, cell_names)))
            elif item.get("item") not in known:
                check.fail(item, "composite %s: unknown item '%s'%s" % (
                    name, item.get("item"), nearest(item.get("item"), known)))


def sampled(coordinate, limit=4096):
    """All numbers of a coordinate, or about `limit` of them with the first and the last."""
    if coordinate.size <= limit:
        return range(coordinate.size)
    step = coordinate.size // limit | 1
    return sorted(set(range(0, coordinate.size, step)) | {coordinate.size - 1})


def _check_addresses(check, spec):
    """No address belongs to two containers, except where an alias says so."""
    groups = [set(g["containers"]) for g in spec.document.get("address_aliases", [])]
    owner = {}
    for c in spec.containers.values():
        if c.address is None:
            continue
        side = c.address.base >> 31
        for number in sampled(c.coordinate):
            for k in range(len(c.words)):
                a = c.locate(number, k)
                if not 0 <= a < 1 << 32 or a >> 31 != side:
                    check.fail(c.raw, "container %s: address %#x of %d is on the wrong side" % (c.name, a, number))
                    break
                other = owner.setdefault(a, c.name)
                if other != c.name and not any({other, c.name} <= g for g in groups):
                    check.fail(c.raw, "container %s: address %#x belongs to %s, too" % (c.name, a, other))
                    break


def _check_constants(check, nodes, what):
    seen = {}
    for node in nodes:
        where = "%s %s" % (what, node.get("name", "?"))
        check.keys(node, {"name", "value", "values", "max", "doc"}, where)
        if not check.need(node, ("name", "value", "doc"), where) or not check.integer(node, "value", where):
            continue
        if node["name"] in seen:
            check.fail(node, "%s is defined twice" % where)
        seen[node["name"]] = node["value"]
        if "values" in node and node["value"] not in node["values"]:
            check.fail(node, "%s is %d, possible: %s" % (where, node["value"], node["values"]))
        if "max" in node and node["value"] > seen.get(node["max"], 0):
            check.fail(node, "%s is larger than %s" % (where, node["max"]))


def _check_geometry(check, spec):
    counts = {c["name"]: c["value"] for c in spec.geometry.get("counts", [])}
    nodes = spec.coordinates.get("CrossbarNodeOnDLS")
    if nodes is not None and counts.get("CrossbarNodes") != nodes.size:
        check.fail("geometry.yaml:1", "CrossbarNodes is not the size of CrossbarNodeOnDLS")


def _check_messages(check, messages):
    structures = {s["name"]: s["bits"] for s in messages.get("structures", [])}
    groups = [("structure", messages.get("structures", [])), ("to_fpga", messages.get("to_fpga", [])),
              ("from_fpga", messages.get("from_fpga", []))]
    for group, nodes in groups:
        for position, node in enumerate(nodes):
            where = "%s %s" % (group, node.get("name", "?"))
            size = node.get("payload", node.get("bits"))
            if not check.need(node, ("name", "doc", "fields"), where) or not isinstance(size, int):
                check.fail(node, "%s: no size" % where)
                continue
            if group != "structure" and node.get("code") != position:
                check.fail(node, "%s: code %s, but it is number %d of its dictionary" % (where, node.get("code"), position))
            used = 0
            for f in node["fields"]:
                if not check.need(f, ("name", "lsb", "width", "doc"), where):
                    continue
                if "structure" in f and structures.get(f["structure"]) != f["width"]:
                    check.fail(f, "%s.%s: not the size of %s" % (where, f["name"], f["structure"]))
                for lsb in f["lsb"] if isinstance(f["lsb"], list) else [f["lsb"]]:
                    mask = (1 << f["width"]) - 1 << lsb
                    if mask >> size or used & mask:
                        check.fail(f, "%s.%s: outside of the payload or overlapping" % (where, f["name"]))
                    used |= mask
