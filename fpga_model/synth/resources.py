"""Resources of the mapped blocks: the table of docs/synthesis.md, and their comparison with budget.yaml.

    resources.py table PLAN.yaml NAME=STAT.json...         prints the tables as Markdown
    resources.py check BUDGET.yaml NAME STAT.json          fails if a block is outside of its budget
    resources.py budget NAME=STAT.json...                  prints a budget with some room, for budget.yaml
    resources.py current DOCUMENT NAME=STAT.json...        fails if the table in DOCUMENT is no longer true
"""

import json
import math
import re
import sys

import yaml

# Columns of the table. SITES: places for a LUT that the cells take: a carry cell is two, a distributed RAM of 16 x 4 takes a pair of
# slices and the LUTs of its write port (six).
CELLS = ["LUT4", "CCU2C", "TRELLIS_DPR16X4", "TRELLIS_FF", "DP16KD", "MULT18X18D"]
TITLES = ["LUT4", "carry", "RAM 16x4", "flip-flops", "block RAM", "multipliers", "LUT sites"]
# Muxes of the slices come for free.
FREE = {"PFUMX", "L6MUX21"}


def cells_of(path):
    """Number of cells by type."""
    with open(path, encoding="utf-8") as text:
        cells = dict(json.load(text)["design"]["num_cells_by_type"])
    unknown = set(cells) - set(CELLS) - FREE
    if unknown:
        sys.exit(f"{path}: cells without a column: {sorted(unknown)}")
    return {cell: cells.get(cell, 0) for cell in CELLS}


def sites(cells):
    return cells["LUT4"] + 2 * cells["CCU2C"] + 6 * cells["TRELLIS_DPR16X4"]


def row(cells):
    return [cells[cell] for cell in CELLS] + [sites(cells)]


def markdown_row(values):
    return "| " + " | ".join(str(value) for value in values) + " |"


def named(arguments):
    return {name: cells_of(path) for name, path in (argument.split("=") for argument in arguments)}


def table(plan_path, *arguments):
    blocks = named(arguments)
    lines = [markdown_row(["block"] + TITLES), "| --- |" + " ---: |" * len(TITLES)]
    lines += [markdown_row([f"`{name}`"] + row(cells)) for name, cells in blocks.items()]
    with open(plan_path, encoding="utf-8") as text:
        plan = yaml.safe_load(text)
    lines += ["", markdown_row(["planned", "blocks", "LUT sites", "plan", "ratio", "block RAM", "plan", "multipliers", "plan"])]
    lines += ["| --- | --- |" + " ---: |" * 7]
    total, planned = [0, 0, 0], [0, 0, 0]
    for item in plan["items"]:
        used = [0, 0, 0]
        missing = [name for name in item["blocks"] if name not in blocks]
        for name, count in item["blocks"].items():
            if name in blocks:
                cells = blocks[name]
                for i, value in enumerate((sites(cells), cells["DP16KD"], cells["MULT18X18D"])):
                    used[i] += count * value
        goal = item["plan"]
        names = ", ".join(f"{count} x `{name}`" if count > 1 else f"`{name}`" for name, count in item["blocks"].items())
        if missing:
            names += " (not mapped: " + ", ".join(missing) + ")"
        ratio = f"{used[0] / goal[0]:.2f}" if goal[0] else ""
        lines.append(markdown_row([item["name"], names, used[0], goal[0], ratio, used[1], goal[1], used[2], goal[2]]))
        total = [a + b for a, b in zip(total, used)]
        planned = [a + b for a, b in zip(planned, goal)]
    lines.append(markdown_row(["sum", "", total[0], planned[0], f"{total[0] / planned[0]:.2f}", total[1], planned[1], total[2], planned[2]]))
    device = plan["device"]
    lines.append(markdown_row([device["name"], "", device["lut"], "", "", device["block_ram"], "", device["multipliers"], ""]))
    print("\n".join(lines))


def check(budget_path, name, stat_path):
    with open(budget_path, encoding="utf-8") as text:
        budget = yaml.safe_load(text).get(name)
    if budget is None:
        sys.exit(f"{name} has no budget in budget.yaml")
    cells = cells_of(stat_path)
    bad = False
    for cell in CELLS:
        allowed = budget.get(cell, 0)
        low, high = allowed if isinstance(allowed, list) else (0, allowed)
        verdict = "" if low <= cells[cell] <= high else "   <-- outside"
        bad |= bool(verdict)
        print(f"{name} {cell:16} {cells[cell]:7}  budget {low}..{high}{verdict}")
    if bad:
        sys.exit(f"{name} is outside of its budget: make it smaller, or change budget.yaml and say why in the commit")


def budget(*arguments):
    for name, cells in named(arguments).items():
        # Some room for LUTs, none for RAM and multipliers, which are planned.
        parts = []
        for cell in CELLS:
            if not cells[cell]:
                continue
            if cell in ("DP16KD", "MULT18X18D"):
                parts.append(f"{cell}: [{cells[cell]}, {cells[cell]}]")
            elif cell == "TRELLIS_DPR16X4":
                parts.append(f"{cell}: {cells[cell]}")
            else:
                parts.append(f"{cell}: {math.ceil(cells[cell] * 1.1 / 10) * 10}")
        print(f"{name}: {{{', '.join(parts)}}}")


def current(document, *arguments):
    """Rows of the document within a tenth (and a few cells) of what is built."""
    with open(document, encoding="utf-8") as text:
        rows = {m[1]: [int(v) for v in m[2].split("|")] for m in re.finditer(r"^\| `(\w+)` \|([\d| ]+)\|$", text.read(), re.M)}
    bad = []
    for name, cells in named(arguments).items():
        if name not in rows:
            bad.append(f"{name} is not in the table")
            continue
        for title, said, now in zip(TITLES, rows[name], row(cells)):
            if abs(said - now) > 0.1 * now + 8:
                bad.append(f"{name}: {title} {now}, the table says {said}")
    if bad:
        sys.exit("\n".join(bad) + "\ndocs/synthesis.md is not up to date: bazel run //fpga_model/synth:update_docs")


if __name__ == "__main__":
    {"table": table, "check": check, "budget": budget, "current": current}[sys.argv[1]](*sys.argv[2:])
