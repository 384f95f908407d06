"""Writes init_sequences.yaml as C++ tables: generate_init.py IN.yaml OUT.inc

One array of instruction words per step, as calls of the constexpr encoders, and the list of steps. The output depends on
the input only.
"""

import sys

import yaml

MESSAGES = {
    "Timing Setup": "ut::timer_setup()",
    "Timing WaitUntil": "ut::wait_until({})",
    "Timing Barrier": "ut::barrier({})",
    "Timing SystimeInit": "ut::systime_init({} != 0)",
    "System Reset": "ut::chip_reset({} != 0)",
    "JTAG Scaler": "ut::jtag_scaler({})",
    "JTAG Init": "ut::jtag_init()",
}


def instructions(op):
    kind, *arguments = op
    if kind == "W":
        address, data = arguments
        return [f"ut::omnibus_write_address({address:#010x})", f"ut::omnibus_data({data:#x})"]
    if kind == "IR":
        return [f"ut::jtag_instruction({arguments[0]:#04x})"]
    if kind == "DR":
        bits, data = arguments
        return [f"ut::jtag_data({bits}, {data:#x}, false)"]
    if kind == "M":
        return [MESSAGES[arguments[0]].format(*arguments[1:])]
    raise SystemExit(f"init_sequences.yaml: unknown operation {op}")


def camel(name):
    return "k" + "".join(word.capitalize() for word in name.split("_"))


def main(source, target):
    with open(source, encoding="utf-8") as file:
        parts = yaml.safe_load(file)["parts"]
    arrays, steps = [], []
    for part, entries in parts.items():
        for entry in entries:
            words = [word for op in entry["ops"] for word in instructions(op)]
            name = f"kWords{len(steps)}"
            arrays.append(f"constexpr std::uint64_t {name}[] = {{\n    " + ",\n    ".join(words) + "};\n")
            needs = entry.get("needs", [])
            flags = ", ".join("true" if flag else "false" for flag in (
                entry.get("option") == "systime", entry.get("option") == "capmem", "jtag" in needs, "phy" in needs))
            steps.append(f'    {{"{entry["step"]}", Part::{camel(part)}, {flags}, {name}}},\n')
    with open(target, "w", encoding="utf-8") as out:
        out.write("// Generated from init_sequences.yaml; do not edit.\n")
        out.write("".join(arrays))
        out.write("constexpr Step kSteps[] = {\n" + "".join(steps) + "};\n")


main(*sys.argv[1:])
