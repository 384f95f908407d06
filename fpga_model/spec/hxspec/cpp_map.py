"""C++ back end of the address decode of the chip's Omnibus: chip_map.h. The decode itself is made in sv_map.py; its conditions and
indices, which are SystemVerilog expressions of slices of the address, are translated here."""
import re

from hxspec import sv_map
from hxspec.text import GENERATED, wrap_comment

_SLICE = re.compile(r"(~?)address\[(\d+):(\d+)\]")
_NUMBER = re.compile(r"\d+'([hd])([0-9a-f]+)")


def _slice(match):
    high, low = int(match.group(2)), int(match.group(3))
    mask = (1 << high - low + 1) - 1
    value = "address >> %d & 0x%x" % (low, mask) if low else "address & 0x%x" % mask
    return "(~(%s) & 0x%x)" % (value, mask) if match.group(1) else "(%s)" % value


def _expression(text):
    text = _SLICE.sub(_slice, text)
    return _NUMBER.sub(lambda m: ("0x" if m.group(1) == "h" else "") + m.group(2), text)


def _condition(text):
    """One condition, which may be alternatives of conditions in parentheses."""
    if "||" not in text:
        return _expression(text)
    return "(" + " || ".join("(%s)" % _expression(part) for part in text[1:-1].split(" || ")) + ")"


def _index(text):
    """A concatenation, also a nested one, as shifts."""
    shift, out = 0, []
    for item in re.findall(r"~?address\[\d+:\d+\]|\d+'d\d+", text.replace("{", "").replace("}", ""))[::-1]:
        place = _SLICE.fullmatch(item)
        width = int(place.group(2)) - int(place.group(3)) + 1 if place else int(item.split("'")[0])
        value = _expression(item)
        if value != "0":
            out.append(value if shift == 0 else "(%s << %d)" % (value, shift))
        shift += width
    return " | ".join(out[::-1]) or "0"


def header(spec):
    """chip_map.h."""
    cases, registers, _ = sv_map.decode(spec)
    out = ["// " + GENERATED]
    out += wrap_comment("///", "Address decode of the chip's Omnibus: which block answers an address, and where in it. Index by block:")
    for name, _, _, layout in sv_map.BLOCKS:
        out.append("///   %-16s {%s}" % (name, ", ".join(layout)))
    out += ["///   Synapse          {hemisphere, view[2:0], physical row[9:0], quad[5:0]}",
            "///   Crossbar, Background: offset in the block 0x00130000",
            "///   Pll              register 0..7",
            "///   Register         number, see kReg<Container>_<instance>_<word>; kResetWords has the reset values",
            "#pragma once", "", "#include <algorithm>", "#include <array>", "#include <cstddef>", "#include <cstdint>", "",
            "namespace hx::chip_map {", "", "enum class Block : std::uint8_t {"]
    out += ["  k%s," % name for name in sv_map.NAMES]
    out += ["};", "inline constexpr std::size_t kBlocks = %d;" % len(sv_map.NAMES), "",
            "struct Place {", "  Block block;", "  std::uint32_t index;", "};", "",
            "/// Views of the synapse memory by number."]
    for k, v in enumerate(spec.document["storages"]["synapse_sram"]["views"]):
        out.append("inline constexpr unsigned kView%s = %d;  // %d bits of each byte, from bit %d" % (
            "".join(p.capitalize() for p in v["name"].split("_")), k, v["bits"], v["shift"]))
    out += ["", "/// Plain registers by number: addresses, reset values.",
            "inline constexpr std::array<std::uint32_t, %d> kRegisterAddresses{{" % len(registers)]
    out += ["    0x%08x," % a for a, _, _ in registers]
    out += ["}};", "inline constexpr std::array<std::uint32_t, %d> kResetWords{{" % len(registers)]
    out += ["    0x%08x," % r for _, _, r in registers]
    out.append("}};")
    out += ["inline constexpr std::uint32_t k%s = %d;  // 0x%08x" % (name, k, a) for k, (a, name, _) in enumerate(registers)]
    out += ["", "constexpr Place locate(std::uint32_t address) {", "  switch (address >> 20) {"]
    for prefix in sorted({p for ps, _, _, _, _ in cases for p in ps}):
        out.append("    case 0x%03x:" % prefix)
        for ps, condition, index, _, name in cases:
            if prefix in ps:
                text = " && ".join(map(_condition, condition))
                out.append("      if (%s) return {Block::k%s, %s};" % (text, name, _index(index)))
        out.append("      break;")
    out += ["    default:", "      break;", "  }",
            "  auto const* const found = std::lower_bound(kRegisterAddresses.begin(), kRegisterAddresses.end(), address);",
            "  if (found == kRegisterAddresses.end() || *found != address) return {Block::kNone, 0};",
            "  return {Block::kRegister, static_cast<std::uint32_t>(found - kRegisterAddresses.begin())};", "}", "",
            "}  // namespace hx::chip_map", ""]
    return "\n".join(out)
