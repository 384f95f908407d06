"""Writes the files that are generated from the description.

usage: generate.py OUTPUT [OUTPUT ...]

OUTPUT is KIND=PATH with KIND one of the keys of BACK_ENDS below. The description is read from the folder
of this file. The output depends on the description alone.
"""
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, FOLDER)

from hxspec import cpp, cpp_map, json, lua, markdown, registers, sv, sv_map  # noqa: E402
from hxspec.model import load  # noqa: E402
from hxspec.yamlfile import SpecError  # noqa: E402

BACK_ENDS = {
    "geometry": cpp.geometry,
    "timing": cpp.timing,
    "messages": cpp.messages,
    "message_fields": cpp.message_fields,
    "neuron_tables": cpp.neuron_tables,
    "sv": sv.package,
    "sv_map": sv_map.package,
    "cpp_map": cpp_map.header,
    "coordinates": registers.coordinates,
    "containers_header": registers.containers_header,
    "containers_source": registers.containers_source,
    "description_data": registers.tables,
    "markdown_registers": markdown.registers,
    "markdown_messages": markdown.messages,
    "markdown_timing": markdown.timing,
    "json": json.register_map,
    "wireshark": lua.dissector,
}


def main(arguments):
    if not arguments or any("=" not in a or a.split("=", 1)[0] not in BACK_ENDS for a in arguments):
        sys.exit(__doc__ + "kinds: " + ", ".join(BACK_ENDS))
    try:
        spec = load(FOLDER)
    except SpecError as error:
        sys.exit(str(error))
    for argument in arguments:
        kind, path = argument.split("=", 1)
        text = BACK_ENDS[kind](spec)
        with open(path, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
