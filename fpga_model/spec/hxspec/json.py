"""JSON back end: the whole description as one file for tools that do not read YAML.

Addresses follow base + sum(stride * component) + offset; values list all pieces of a name. Keys keep their order.
"""
import json


def _piece(piece):
    out = {"word": piece.word, "lsb": piece.lsbs if piece.is_array or piece.select else piece.lsbs[0],
           "width": piece.width}
    if piece.value_lsb:
        out["value_lsb"] = piece.value_lsb
    if piece.is_array and piece.first:
        out["first"] = piece.first
    if piece.select:
        out["select"] = piece.select
    if piece.encoding:
        out["encoding"] = piece.encoding
    if piece.parameter is not None:
        out["parameter"] = piece.parameter
    return out


def _value(value):
    out = {"name": value.name, "doc": value.doc, "type": value.type, "min": value.minimum, "max": value.maximum,
           "default": value.default}
    if value.count is not None:
        out["count"] = value.count
    for key in ("dims", "index", "values"):
        if getattr(value, key):
            out[key] = getattr(value, key)
    out["pieces"] = [_piece(p) for p in value.pieces]
    return out


def _location(location):
    return {"base": location.base, "strides": location.strides}


def _container(c):
    out = {"name": c.name, "doc": c.doc, "coordinate": c.coordinate.name, "via": c.via}
    if c.address:
        out["address"] = _location(c.address)
    if c.register:
        out["register"] = _location(c.register)
    out["words"] = []
    for w in c.words:
        word = {"offset": w.offset, "access": w.access, "bits": w.bits}
        if w.strides:
            word["strides"] = w.strides
        if w.transform:
            word["transform"] = w.transform
        out["words"].append(word)
    out["values"] = [_value(v) for v in c.values.values()]
    if c.fixed:
        out["fixed"] = [_piece(p) for p in c.fixed]
    for key in ("default_words", "views", "presets", "value_ignored", "differential_write", "byte_enables",
                "side_effects", "model_reset", "availability", "unsupported_read_targets", "notes"):
        if c.get(key) is not None:
            out[key] = c.get(key)
    return out


def register_map(spec):
    """registers.json."""
    document = {
        "format": 1,
        "address_width": spec.document["address_width"],
        "coordinates": {c.name: {k: v for k, v in (
            ("shape", c.shape), ("doc", c.doc), ("names", c.names), ("grid", c.grid)) if v or k == "shape"}
            for c in spec.coordinates.values()},
        "spaces": spec.spaces,
        "containers": [_container(c) for c in spec.containers.values()],
        "capmem_cells": spec.cells,
        "composites": list(spec.composites.values()),
        "raw_registers": spec.document.get("raw_registers", []),
        "jtag": spec.document.get("jtag", {}),
        "messages": spec.messages,
        "timing": spec.timing,
        "geometry": spec.geometry,
    }
    return json.dumps(document, indent=1) + "\n"
