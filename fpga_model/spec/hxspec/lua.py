"""Dissector for Wireshark: tables of messages and registers, then the code in dissector.lua that reads them."""
import os

from hxspec.text import GENERATED

FOLDER = os.path.dirname(os.path.abspath(__file__))


def _text(value):
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _message(message, structures):
    fields = []
    for f in message["fields"]:
        is_array = isinstance(f["lsb"], list)
        for k, lsb in enumerate(f["lsb"] if is_array else [f["lsb"]]):
            parts = structures[f["structure"]]["fields"] if "structure" in f else [None]
            for part in parts:
                name = f["name"] + ("_" + part["name"] if part else "")
                place = (lsb + part["lsb"], part["width"]) if part else (lsb, f["width"])
                doc = part["doc"] if part else f["doc"]
                values = ", ".join("[%d] = %s" % (v, _text(k)) for k, v in f.get("values", {}).items())
                fields.append("{name = %s, lsb = %d, width = %d, doc = %s%s}" % (
                    _text(name), place[0], place[1], _text(doc), ", values = {%s}" % values if values else ""))
    return "{name = %s, doc = %s, fields = {%s}}" % (_text(message["name"]), _text(message["doc"]), ", ".join(fields))


def _register_fields(container, index):
    """Fields of one word: name, lsb, width; elements of arrays numbered."""
    out = []
    for value in container.values.values():
        for piece in value.pieces:
            if piece.word != index or piece.select:
                continue
            for k, lsb in enumerate(piece.lsbs):
                name = value.name + ("[%d]" % (piece.first + k) if piece.is_array else "")
                out.append("{%s, %d, %d}" % (_text(name), lsb, piece.width))
    return out


def _registers(spec):
    """One entry for each word of a container with an address: base, dimensions (stride, size, component), fields."""
    out = []
    for c in spec.containers.values():
        if not c.address or "Omnibus" not in c.via:
            continue
        sizes = dict(c.coordinate.shape)
        for index, word in enumerate(c.words):
            strides = {}
            for k, (component, _) in enumerate(c.coordinate.shape):
                stride = c.address.strides[k] if k < len(c.address.strides) else 0
                extra = word.strides[k] if word.strides else 0
                strides[component] = stride + extra
            dims = sorted(((s, sizes[n], n) for n, s in strides.items() if s), reverse=True)
            out.append("{name = %s, base = 0x%x, word = %d, words = %d, dims = {%s}, fields = {%s}}" % (
                _text(c.name), c.address.base + word.offset, index, len(c.words),
                ", ".join("{%d, %d, %s}" % (s, n, _text(name)) for s, n, name in dims),
                ", ".join(_register_fields(c, index))))
    for raw in spec.document.get("raw_registers", []):
        addresses = raw["address"] if isinstance(raw["address"], list) else [raw["address"]]
        for address in addresses:
            if isinstance(address, int):
                out.append("{name = %s, base = 0x%x, word = 0, words = 1, dims = {}, fields = {}}" % (
                    _text(raw["name"]), address))
    return out


def dissector(spec):
    """openhx.lua."""
    structures = {s["name"]: s for s in spec.messages["structures"]}
    out = ["-- " + GENERATED]
    for direction in ("to_fpga", "from_fpga"):
        bytes_ = spec.messages["parameters"]["subword_bits"][direction] // 8
        out.append("local %s = {" % direction)
        for m in spec.messages[direction]:
            size = max(8, -(-(8 + m["payload"]) // (8 * bytes_)) * bytes_)
            out.append("  [%d] = {size = %d, message = %s}," % (m["code"], size, _message(m, structures)))
        out.append("}")
    out.append("local registers = {")
    out += ["  %s," % r for r in _registers(spec)]
    out.append("}")
    with open(os.path.join(FOLDER, "dissector.lua"), encoding="utf-8") as body:
        return "\n".join(out) + "\n" + body.read()
