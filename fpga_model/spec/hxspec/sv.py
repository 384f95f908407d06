"""SystemVerilog back end: the package hx_spec_pkg.

Only localparams of plain vectors, so that Verilator and Yosys read it alike; no types, no functions.
"""
from hxspec import neuron_tables
from hxspec.text import GENERATED, camel, wrap_comment


def _int(name, value, doc=""):
    comment = "  // " + " ".join(doc.split()) if doc else ""
    return "  localparam int unsigned %s = %d;%s" % (name, value, comment)


def _vector(name, bits, value, doc=""):
    out = wrap_comment("  //", doc) if doc else []
    return out + ["  localparam logic [%d:0] %s = %d'h%x;" % (bits - 1, name, bits, value)]


def _pack(values, bits):
    """values[k] at [bits * k +: bits]."""
    return sum(v << bits * k for k, v in enumerate(values))


def _crossbar(spec):
    grid = spec.coordinates["CrossbarNodeOnDLS"].grid
    counts = {c["name"]: c["value"] for c in spec.geometry["counts"]}
    inputs, outputs = counts["CrossbarInputs"], counts["CrossbarOutputs"]
    numbers = [127] * (inputs * outputs)
    exists = 0
    for node, (output, source) in enumerate(grid):
        numbers[source * outputs + output] = node
        exists |= 1 << source * outputs + output
    out = ["", "  // Crossbar nodes."]
    out += _vector("CrossbarNodeInput", 5 * len(grid), _pack([i for _, i in grid], 5), "input of node n at [5 * n +: 5]")
    out += _vector("CrossbarNodeOutput", 4 * len(grid), _pack([o for o, _ in grid], 4), "output of node n at [4 * n +: 4]")
    out += _vector("CrossbarNodeExists", inputs * outputs, exists, "bit CrossbarOutputs * input + output")
    out += _vector("CrossbarNodeNumber", 7 * inputs * outputs, _pack(numbers, 7),
                   "number of a node at [7 * (CrossbarOutputs * input + output) +: 7], 127: no node")
    return out


def _messages(spec):
    p = spec.messages["parameters"]
    out = ["", "  // UT messages: codes, payload sizes, field positions in the payload.",
           _int("UtPhyWordBits", p["phy_word_bits"]), _int("UtHeaderBits", p["header_bits"])]
    for direction in ("to_fpga", "from_fpga"):
        prefix = "Ut" + camel(direction)
        for n in spec.messages[direction]:
            name = prefix + n["name"]
            out += _vector(name, 7, n["code"], n["doc"])
            out.append(_int(name + "PayloadBits", n["payload"]))
            out += _message_fields(name, n["fields"])
    for s in spec.messages["structures"]:
        out.append(_int("Ut%sBits" % s["name"], s["bits"], s["doc"]))
        out += _message_fields("Ut" + s["name"], s["fields"])
    return out


def _message_fields(name, fields):
    out = []
    for f in fields:
        lsbs = f["lsb"] if isinstance(f["lsb"], list) else [f["lsb"]]
        for k, lsb in enumerate(lsbs):
            element = "_%d" % k if isinstance(f["lsb"], list) else ""
            out.append(_int("%s_%s%s_Lsb" % (name, f["name"], element), lsb))
        out.append(_int("%s_%s_Width" % (name, f["name"]), f["width"], f["doc"]))
    return out


def _container(c):
    out = ["", "  // %s: %s" % (c.name, c.doc)]
    location = c.address or c.register
    out += _vector(c.name + "Base", 32, location.base)
    out.append(_int(c.name + "Words", len(c.words)))
    out.append(_int(c.name + "Count", c.coordinate.size))
    for (component, size), stride in zip(c.coordinate.shape, location.strides):
        out.append("  localparam int %sStride_%s = %d;  // times 0..%d" % (c.name, component, stride, size - 1))
    for k, w in enumerate(c.words):
        out.append(_int("%sOffset_%d" % (c.name, k), w.offset))
    if c.writable:
        defaults = c.get("default_words")
        out += _vector(c.name + "Default", 32 * len(defaults), _pack(defaults, 32), "default word k at [32 * k +: 32]")
    for value in c.values.values():
        out += _value(c, value)
    return out


def _value(c, value):
    """One piece: _Word, _Lsb (_<k>_Lsb for elements), _Width. Several pieces: the same with _P<i>."""
    name = "%s_%s" % (c.name, value.name.replace(".", "_"))
    out = []
    for i, piece in enumerate(value.pieces):
        prefix = name + ("_P%d" % i if len(value.pieces) > 1 else "")
        out.append(_int(prefix + "_Word", piece.word, piece.doc))
        for k, lsb in enumerate(piece.lsbs):
            element = "_%d" % (piece.first + k) if piece.is_array else "_%d" % k if piece.select else ""
            out.append(_int("%s%s_Lsb" % (prefix, element), lsb))
        out.append(_int(prefix + "_Width", piece.width))
        if len(value.pieces) > 1 and not piece.is_array:
            out.append(_int(prefix + "_ValueLsb", piece.value_lsb))
    if len(value.pieces) > 1 and value.count is None:
        out.append(_int(name + "_ValueWidth", value.width))
    for symbol, number in value.values.items():
        out.append("  localparam int %s_%s = %d;" % (name, camel(symbol), number))
    return out


def _cells(spec):
    out = ["", "  // CapMem cells: row and column inside a quadrant; cells of neurons have their neuron's column."]
    for kind in ("neuron_cells", "quadrant_cells", "global_cells"):
        for cell in spec.cells[kind]:
            name = "CapMem_" + cell["name"]
            out.append(_int(name + "_Row", cell["row"], cell.get("doc", "")))
            if "column" in cell:
                out.append(_int(name + "_Column", cell["column"]))
            if "hemisphere" in cell:
                out.append(_int(name + "_Quadrant", 2 * cell["hemisphere"] + cell["side"]))
    return out


def package(spec):
    """hx_spec_pkg.sv."""
    out = ["// " + GENERATED,
           "// Constants of the description: timing contract, geometry, UT messages, register addresses and fields.",
           "// Registers: <Container>Base is the address (or register number) of word 0 of the first instance,",
           "// <Container>Stride_<component> the distance of instances; words are counted in transfer order and",
           "// <Container>Offset_<k> is the address offset of word k. <Container>_<field>_Word/_Lsb/_Width place a",
           "// field; arrays have _<element>_Lsb, fields of several pieces _P<piece>_... with _ValueLsb.",
           "// Fields and default words are software values: encodings (inverted, permuted) are in docs/registers.md.",
           "", "/* verilator lint_off UNUSEDPARAM */", "package hx_spec_pkg;", "", "  // Timing contract, in clocks."]
    out.append(_int("ClockHz", spec.timing["clock_hz"]))
    out += [_int(c["name"], c["value"], c["doc"]) for c in spec.timing["constants"]]
    out += ["", "  // Geometry."]
    out += [_int(c["name"], c["value"], c["doc"]) for c in spec.geometry["counts"]]
    out += ["", "  // Bits of an event label."]
    for f in spec.geometry["label"]:
        name = "Label" + camel(f["name"])
        out += [_int(name + "Lsb", f["lsb"], f["doc"]), _int(name + "Width", f["width"])]
    out += ["", "  // Neuron."]
    out += _vector("ExpTable", neuron_tables.EXP_BITS * (neuron_tables.EXP_INTERVALS + 1),
                   _pack(neuron_tables.exp_table(), neuron_tables.EXP_BITS),
                   "6 exp(k / 8 - 8) in 2^-10 CADC LSB at [%d * k +: %d]" % (neuron_tables.EXP_BITS, neuron_tables.EXP_BITS))
    out += _crossbar(spec) + _messages(spec)
    out += ["", "  // JTAG instructions (7 bit)."]
    jtag = spec.document["jtag"]
    out += _vector("JtagIdcodeV3", 32, jtag["idcode_v3"])
    for i in jtag["instructions"]:
        if isinstance(i["opcode"], int):
            out += _vector("JtagIr" + camel(i["name"].lower()), 7, i["opcode"])
    out += _vector("JtagIrPhyConfig", 7, 0x44, "of lane register 0; register r: + 8 * r")
    for c in spec.containers.values():
        out += _container(c)
    out += _cells(spec)
    return "\n".join(out + ["", "endpackage", "/* verilator lint_on UNUSEDPARAM */", ""])
