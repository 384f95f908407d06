"""Markdown back end: docs/registers.md, docs/messages.md, docs/timing.md."""
from hxspec.model import is_omnibus

NOTE = "*Generated from `fpga_model/spec`; `bazel run //fpga_model/spec:update_docs` writes it anew.*"


def cell(text):
    """Text inside a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def table(head, rows):
    out = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return out + ["| " + " | ".join(cell(c) for c in row) + " |" for row in rows]


def _bits(lsb, width):
    return str(lsb) if width == 1 else "%d..%d" % (lsb + width - 1, lsb)


# Registers ---------------------------------------------------------------------------------------

def _location(location, coordinate, digits):
    out = "`0x%0*x`" % (digits, location.base)
    for (name, _), stride in zip(coordinate.shape, location.strides):
        if stride:
            sign = "-" if stride < 0 else "+"
            out += " %s %s" % (sign, name if abs(stride) == 1 else "`0x%x` * %s" % (abs(stride), name))
    return out


def _shape(coordinate):
    if not coordinate.shape:
        return "one"
    return " x ".join("%s (%d)" % part for part in coordinate.shape)


def _encoding(piece):
    if not piece.encoding:
        return ""
    if piece.parameter is None:
        return piece.encoding
    return "%s %s" % (piece.encoding, piece.parameter)


def _field_rows(c):
    rows = []
    for value in c.values.values():
        limits = "0..1" if value.type == "bool" else "%d..%d" % (value.minimum, value.maximum)
        symbols = ", ".join("%s %d" % (n, v) for n, v in value.values.items())
        default = value.default if not isinstance(value.default, list) else ", ".join(str(d) for d in value.default)
        for i, piece in enumerate(value.pieces):
            name = "`%s`" % value.name
            if piece.is_array:
                name += " [%d..%d]" % (piece.first, piece.first + len(piece.lsbs) - 1)
            if len(value.pieces) > 1 and not piece.is_array:
                name += " bits " + _bits(piece.value_lsb, piece.value_width)
            bits = ", ".join(_bits(lsb, piece.width) for lsb in piece.lsbs)
            notes = [x for x in (_encoding(piece), "selected by " + piece.select if piece.select else "") if x]
            first = i == 0
            rows.append([piece.word, bits, name, limits if first else "", default if first else "",
                         "; ".join([piece.doc] + ([symbols] if first and symbols else []) + notes)])
    for piece in c.fixed:
        rows.append([piece.word, _bits(piece.lsbs[0], piece.width), "(constant)", piece.parameter, "", piece.doc])
    return sorted(rows, key=lambda row: row[0])


def _container(c):
    out = ["### " + c.name, "", cell(c.doc), ""]
    out.append("* Instances: `%s`, %s" % (c.coordinate.name, _shape(c.coordinate)))
    if c.address:
        vias = ", ".join(v for v in c.via if is_omnibus(v))
        out.append("* Address (%s): %s" % (vias, _location(c.address, c.coordinate, 8)))
    if c.register:
        vias = ", ".join(v for v in c.via if not is_omnibus(v))
        out.append("* Register (%s): %s" % (vias, _location(c.register, c.coordinate, 1)))
    offsets = ", ".join("%d: +`0x%x` %s%s" % (k, w.offset, w.access, " Gray" if w.transform else "")
                        for k, w in enumerate(c.words))
    out.append("* Words in transfer order: " + offsets)
    if c.writable:
        out.append("* Default: " + ", ".join("`0x%x`" % w for w in c.get("default_words")))
    for key, title in (("side_effects", "Side effects"), ("model_reset", "After reset"), ("byte_enables", "Byte enables"),
                       ("availability", "Availability"), ("notes", "Notes")):
        if c.get(key) is not None:
            out.append("* %s: %s" % (title, cell(c.get(key))))
    for name, preset in c.get("presets", {}).items():
        out.append("* Preset `%s`: %s" % (name, ", ".join("%s = %s" % (k, v) for k, v in preset.items())))
    if c.get("value_ignored"):
        out.append("* Trigger: the data of a write does not matter")
    rows = _field_rows(c)
    if rows:
        out += [""] + table(["word", "bits", "value", "range", "default", "meaning"], rows)
    if c.get("views"):
        out += ["", "Second names: " + ", ".join("`%s` = bits %s of `%s`" % (
            v["name"], _bits(v["lsb"], v["width"]), v["of"]) for v in c.get("views")) + "."]
    return out + [""]


def registers(spec):
    """docs/registers.md."""
    out = ["# Registers", "", NOTE, "",
           "Every register container of the chip, the FPGA and the boards. Omnibus addresses count 32 bit words; bit 31 "
           "chooses the FPGA (1) or the chip (0). The address of a word is the base plus stride times component of the "
           "place plus offset of the word. Ranges and defaults are in user units, before the encoding; bits without a "
           "value are written 0 and ignored on a read. The types are in `driver/registers`, the format of the description "
           "in `fpga_model/spec/README.md`.", ""]
    out += ["## Overview", ""]
    rows = []
    for c in sorted(spec.containers.values(), key=lambda c: c.name.lower()):
        location = c.address or c.register
        base = "`0x%08x`" % location.base if c.address else c.via[0]
        access = "".join(a for a in "rw" if any(a in w.access for w in c.words))
        rows.append(["[%s](#%s)" % (c.name, c.name.lower()), base, c.coordinate.size, len(c.words), access, c.doc])
    out += table(["container", "base", "instances", "words", "access", "purpose"], rows)
    out += ["", "## Transports", ""]
    out += table(["transport", "registers", "read", "write", "remarks"], [
        [n, "addresses" if is_omnibus(n) else _space_shape(s), _can(s, "read", n), _can(s, "write", n), s.get("doc", "")]
        for n, s in spec.spaces.items()])
    out += ["", "## CapMem cells", "", "Rows 0..7 are voltages, 8..23 currents; 0..1022, 1023 switches the refresh off.", ""]
    rows = []
    for kind, where in (("neuron_cells", "every neuron"), ("quadrant_cells", "every quadrant"), ("global_cells", "once")):
        for x in spec.cells[kind]:
            place = where
            if "hemisphere" in x:
                place = "quadrant %d" % (2 * x["hemisphere"] + x["side"])
            rows.append(["`%s`" % x["name"], place, x["row"], x.get("column", "of the neuron"), x["default"], x.get("doc", "")])
    out += table(["cell", "place", "row", "column", "default", "meaning"], rows)
    out += ["", "## Composites", "", "Containers made of containers, in the order in which they are written.", ""]
    out += table(["composite", "words", "parts"], [
        [c["name"], c.get("words", c.get("reads")), ", ".join(
            i["item"] if "item" in i else "cells (%d)" % len(i["cells"]) for i in c["order"])]
        for c in spec.composites.values()])
    out += ["", "## Addresses without a container", ""]
    rows = []
    for r in spec.document.get("raw_registers", []):
        for a in r["address"] if isinstance(r["address"], list) else [r["address"]]:
            rows.append(["`0x%08x`" % a, r["name"], r["doc"]])
    out += table(["address", "name", "remarks"], rows) + ["", "## Containers", ""]
    for c in spec.containers.values():
        out += _container(c)
    return "\n".join(out).rstrip("\n") + "\n"


def _space_shape(space):
    return " x ".join("%s (%d)" % tuple(part) for part in space.get("shape", [])) or "one"


def _can(space, key, name):
    return "yes" if is_omnibus(name) or key in space or "device" in space and (
        key == "read" or "Ro" not in name and name not in ("I2CTempRegister", "I2CIdRegister")) else "no"


# Messages ----------------------------------------------------------------------------------------

def _message_fields(fields):
    out = []
    for f in fields:
        lsbs = f["lsb"] if isinstance(f["lsb"], list) else [f["lsb"]]
        places = ", ".join(_bits(lsb, f["width"]) for lsb in lsbs)
        out.append("%s `%s` (%s)" % (places, f["name"], f["doc"]))
    return "; ".join(out) or "none"


def messages(spec):
    """docs/messages.md."""
    p = spec.messages["parameters"]
    out = ["# UT messages", "", NOTE, "",
           "Messages between host and FPGA. A message is a comma bit 0, %d bit header code, zero fill and the payload, "
           "right-aligned: `message = (code << (bits - %d)) | payload`. To the FPGA every message is one word of %d bits; "
           "from the FPGA sizes are multiples of %d bits, at least %d, and messages follow each other without gaps, most "
           "significant bit first. A sender that has no more to send fills its last word: the bit after the last message is 1, "
           "the rest 0. A word that begins with 1 where a message could begin is idle and passed over." % (
               p["header_bits"] - 1, p["header_bits"], p["phy_word_bits"], p["subword_bits"]["from_fpga"],
               p["phy_word_bits"]), "",
           "In C++: `fpga_model/spec/messages.h`, in SystemVerilog: `hx_spec_pkg::UtToFpga...`, `UtFromFpga...`.", ""]
    for direction, title in (("to_fpga", "To the FPGA"), ("from_fpga", "From the FPGA")):
        subword = p["subword_bits"][direction]
        rows = []
        for m in spec.messages[direction]:
            bits = max(p["phy_word_bits"], -(-(p["header_bits"] + m["payload"]) // subword) * subword)
            rows.append(["`0x%02x`" % m["code"], m["name"], m["payload"], bits, _message_fields(m["fields"]), m["doc"]])
        out += ["## " + title, ""] + table(["code", "name", "payload", "bits", "fields", "meaning"], rows) + [""]
    out += ["## Parts", ""]
    out += table(["part", "bits", "fields", "meaning"], [
        [s["name"], s["bits"], _message_fields(s["fields"]), s["doc"]] for s in spec.messages["structures"]])
    return "\n".join(out + [""])


# Timing ------------------------------------------------------------------------------------------

def timing(spec):
    """docs/timing.md."""
    out = ["# Timing contract: constants", "", NOTE, "",
           "The constants that the chip in SystemVerilog and its functional model share, in clocks of %d MHz (8 ns) or "
           "places. In C++ `hx::timing::k...` (`fpga_model/spec/timing.h`), in SystemVerilog `hx_spec_pkg::...`. A build "
           "may change a constant for all of them, never for one." % (spec.timing["clock_hz"] // 10**6), ""]
    out += table(["name", "value", "C++", "meaning"], [
        ["`%s`" % c["name"], c["value"], "`k%s`" % c["name"],
         c["doc"] + ("; possible: %s" % ", ".join(str(v) for v in c["values"]) if "values" in c else "") +
         ("; at most `%s`" % c["max"] if "max" in c else "")] for c in spec.timing["constants"]])
    out += ["", "## Counts of places", ""]
    out += table(["name", "value", "meaning"], [["`%s`" % c["name"], c["value"], c["doc"]] for c in spec.geometry["counts"]])
    out += ["", "## Bits of an event label", ""]
    out += table(["bits", "name", "meaning"], [
        [_bits(f["lsb"], f["width"]), "`%s`" % f["name"], f["doc"]] for f in spec.geometry["label"]])
    return "\n".join(out + [""])
