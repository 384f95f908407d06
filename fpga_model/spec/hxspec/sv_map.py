"""SystemVerilog back end: the package hx_chip_map_pkg, address decode of the chip's Omnibus.

`locate(address)` gives {block, index}: which part of the chip answers and where in it. Blocks with a function
are in BLOCKS below; every other readable and writable word is a plain register of the block Register, numbered
by address. Everything else, also read-only words without a function, is BlockNone: reads 0, ignores writes.
"""
from hxspec.text import GENERATED, wrap_comment

# Block, container, words of a slot (None: the words of the container, one after the other), index layout:
# components of the coordinate from the most significant bits down, "word" = word in the slot.
BLOCKS = [
    ("Neuron", "NeuronConfig", 8, ["hemisphere", "side", "column", "word"]),
    ("Backend", "NeuronBackendConfig", 4, ["hemisphere", "side", "column", "word"]),
    ("Driver", "SynapseDriverConfig", 4, ["hemisphere", "driver", "word"]),
    ("CapMem", "CapMemCell", 32, ["hemisphere", "side", "cell_column", "word"]),
    ("CadcOffset", "CADCChannelConfig", 1, ["hemisphere", "channel_type", "side", "column"]),
    ("PpuMemory", "PPUMemoryWord", 1, ["hemisphere", "word_number"]),
    ("CadcSample", "CADCSampleQuad", 1, ["hemisphere", "readout_type", "channel_type", "quad"]),
    ("NeuronReset", "NeuronReset", 1, ["hemisphere", "side", "column"]),
    ("NeuronResetQuad", "NeuronResetQuad", 1, ["hemisphere", "quad"]),
    ("CountRead", "SpikeCounterRead", 1, ["hemisphere", "side", "column"]),
    ("CountReset", "SpikeCounterReset", 1, ["hemisphere", "side", "column"]),
    ("PadiEvent", "PADIEvent", 1, ["hemisphere"]),
    ("MadcControl", "MADCControl", 1, []),
]
# Containers of 0x00130000..0x001300ff; index = low eight bits of the address.
CROSSBAR = ["CrossbarOutputConfig", "CrossbarNode", "CrossbarInputDropCounter", "CrossbarOutputEventCounter"]
BACKGROUND = ["BackgroundSpikeSource"]
# PLLs, clock outputs and self test; index = low three bits of the address.
PLL = ["ADPLL", "PLLClockOutputBlock", "PLLSelfTest", "PLLSelfTestStatus"]
# No function and nothing to read: writes are accepted and ignored.
IGNORED = ["CorrelationReset", "BlockPostPulse"]
NAMES = ["None", "Register"] + [b[0] for b in BLOCKS] + ["Synapse", "Crossbar", "Background", "Pll"]
# Reset values that differ from the software default: lanes are off until somebody enables them.
RESET = {"CommonPhyConfigChip": [0]}


def _bits(size):
    return (size - 1).bit_length()


class _Part:
    """One component in the address: value = (address ^ flip) >> lsb, `width` bits, below `size`."""

    def __init__(self, stride, size):
        self.size, self.width = size, _bits(size)
        self.lsb = abs(stride).bit_length() - 1
        assert abs(stride) == 1 << self.lsb, "stride %d is no power of two" % stride
        self.negative = stride < 0
        self.mask = (1 << self.width) - 1 << self.lsb

    def text(self):
        bits = "address[%d:%d]" % (self.lsb + self.width - 1, self.lsb)
        return ("~" if self.negative else "") + bits


def _block_case(spec, name, container_name, slot, layout):
    """(prefixes of address[31:20], condition, index text, index bits)."""
    c = spec.containers[container_name]
    shape = [n for n, _ in c.coordinate.shape]
    parts = {}
    for (component, size), stride in zip(c.coordinate.shape, c.address.strides):
        if container_name == "CapMemCell" and component == "cell_row":
            continue  # its 24 values lie in a slot of 32 words
        parts["word_number" if component == "word" else component] = _Part(stride, size)
    low = c.address.base + sum(s * (n - 1) for s, (_, n) in zip(c.address.strides, c.coordinate.shape) if s < 0)
    if slot > 1:
        parts["word"] = _Part(1, slot)
    variable = 0
    for part in parts.values():
        assert not variable & part.mask and not low & part.mask, "%s: overlap of %s" % (container_name, shape)
        variable |= part.mask
    fixed = 0xFFFFFFFF & ~variable
    condition = _match(low, fixed & 0xFFFFF)
    condition += ["%s < %d'd%d" % (p.text(), p.width, p.size) for p in parts.values() if p.size != 1 << p.width]
    index = ", ".join(parts[n].text() for n in layout) or "1'd0"
    bits = sum(parts[n].width for n in layout) or 1
    return _prefixes(low, variable), condition, index, bits


def _match(value, mask):
    """Comparisons of runs of bits."""
    out, bit = [], 0
    while bit < 32:
        if mask >> bit & 1:
            end = bit
            while mask >> end & 1:
                end += 1
            out.append("address[%d:%d] == %d'h%x" % (end - 1, bit, end - bit, value >> bit & (1 << end - bit) - 1))
            bit = end
        else:
            bit += 1
    return out[::-1]


def _prefixes(low, variable):
    """Values of address[31:20] that occur."""
    free = [b for b in range(20, 32) if variable >> b & 1]
    out = []
    for k in range(1 << len(free)):
        address = low
        for i, b in enumerate(free):
            address = address & ~(1 << b) | (k >> i & 1) << b
        out.append(address >> 20)
    return out


def _views(spec):
    """Cases of the synapse memory: index {hemisphere, view[2:0], physical row[9:0], quad[5:0]}."""
    storage = spec.document["storages"]["synapse_sram"]
    out = []
    for number, view in enumerate(storage["views"]):
        low = view["base"]
        step = view["row_step"].bit_length() - 1
        first = view["row_first"]
        width = 10 - step
        row = "{address[%d:6], %d'd%d}" % (5 + width, step, first) if step else "address[15:6]"
        condition = _match(low, 0xFFFFF & ~((1 << 6 + width) - 1))
        condition.append("address[%d:6] < %d'd%d" % (5 + width, width, view["rows"]))
        index = "address[24:24], 3'd%d, %s, address[5:0]" % (number, row)
        out.append((_prefixes(low, 1 << 24), condition, index, 20))
    return out


def _reset_words(c):
    """Reset value by word: model_reset if it is a number, else the software default."""
    if c.name in RESET:
        return RESET[c.name]
    text = str(c.get("model_reset", "")).split(" ")[0]
    if text.isdigit():
        return [int(text)] * len(c.words)
    return list(c.get("default_words") or [0] * len(c.words))


def _registers(spec, taken):
    """[(address, name, reset)] of the plain registers, by address."""
    out = []
    for c in spec.containers.values():
        if c.name in taken or c.address is None or c.address.base >> 31 or c.get("view_of"):
            continue
        reset = _reset_words(c)
        writable = [k for k, w in enumerate(c.words) if "w" in w.access]
        for k, word in enumerate(c.words):
            if word.access != "rw":
                continue
            for number in range(c.coordinate.size):
                out.append((c.locate(number, k), "Reg%s_%d_%d" % (c.name, number, k), reset[writable.index(k)]))
    out.sort()
    assert len({a for a, _, _ in out}) == len(out), "two plain registers share an address"
    return out


def _assign(name, index, bits, width):
    pad = "%d'd0, " % (width - bits) if width > bits else ""
    return "locate = {Block%s, %s%s};" % (name, pad, index)


def _locate(cases, registers, width):
    """Body of the function: three nested case statements of at most 12 bits each, so that a search is short."""
    prefixes = sorted({p for ps, _, _, _, _ in cases for p in ps} | {a >> 20 for a, _, _ in registers})
    out = ["    locate = %d'd0;" % (width + 5), "    case (address[31:20])"]
    for prefix in prefixes:
        out.append("      12'h%03x: begin" % prefix)
        first = True
        for ps, condition, index, bits, name in cases:
            if prefix not in ps:
                continue
            out.append("        %sif (%s) %s" % ("" if first else "else ", " && ".join(condition), _assign(name, index, bits, width)))
            first = False
        mine = [(k, a) for k, (a, _, _) in enumerate(registers) if a >> 20 == prefix]
        if mine:
            out.append("        %scase (address[19:8])" % ("" if first else "else "))
            for middle in sorted({a >> 8 & 0xFFF for _, a in mine}):
                out.append("          12'h%03x:" % middle)
                out.append("            case (address[7:0])")
                for k, a in mine:
                    if a >> 8 & 0xFFF == middle:
                        out.append("              8'h%02x: locate = {BlockRegister, %d'd%d};" % (a & 0xFF, width, k))
                out += ["              default: ;", "            endcase"]
            out += ["          default: ;", "        endcase"]
        out.append("      end")
    return out + ["      default: ;", "    endcase"]


def decode(spec):
    """(cases, registers, index bits): what answers where. A case is (prefixes of address[31:20], conditions, index text, index
    bits, block name), see _block_case; registers as of _registers."""
    cases = [_block_case(spec, *b) + (b[0],) for b in BLOCKS]
    cases += [v + ("Synapse",) for v in _views(spec)]
    for name, containers in (("Crossbar", CROSSBAR), ("Background", BACKGROUND)):
        addresses = [spec.containers[c].locate(n, w) for c in containers
                     for n in range(spec.containers[c].coordinate.size) for w in range(len(spec.containers[c].words))]
        assert {a >> 8 for a in addresses} == {0x1300}
        runs = []
        for a in sorted(a & 0xFF for a in addresses):
            if runs and runs[-1][1] == a - 1:
                runs[-1][1] = a
            else:
                runs.append([a, a])
        inside = " || ".join("address[7:0] == 8'd%d" % a if a == b else
                             "address[7:0] >= 8'd%d && address[7:0] <= 8'd%d" % (a, b) for a, b in runs)
        cases.append(([1], ["address[19:8] == 12'h300", "(%s)" % inside], "address[7:0]", 8, name))
    pll = sorted(spec.containers[c].locate(n, w) for c in PLL for n in range(spec.containers[c].coordinate.size)
                 for w in range(len(spec.containers[c].words)))
    assert pll == [0x00080000 + k for k in (0, 1, 2, 3, 4, 5, 7)]
    cases.append(([0], ["address[19:3] == 17'h10000", "address[2:0] != 3'd6"], "address[2:0]", 3, "Pll"))
    taken = {b[1] for b in BLOCKS} | set(CROSSBAR) | set(BACKGROUND) | set(PLL) | set(IGNORED)
    registers = _registers(spec, taken)
    width = max(bits for _, _, _, bits, _ in cases)
    return cases, registers, width


def package(spec):
    """hx_chip_map_pkg.sv."""
    cases, registers, width = decode(spec)
    out = ["// " + GENERATED]
    out += wrap_comment("//", "Address decode of the chip's Omnibus. locate(address) = {block[4:0], index[IndexBits-1:0]}.")
    out += ["// Index by block:"]
    for name, container, slot, layout in BLOCKS:
        out.append("//   %-16s {%s}" % (name, ", ".join(layout)))
    out += ["//   Synapse          {hemisphere, view[2:0], physical row[9:0], quad[5:0]}",
            "//   Crossbar, Background: offset in the block 0x00130000",
            "//   Pll              register 0..7",
            "//   Register         number, see Reg<Container>_<instance>_<word>; reset_word(number) is its reset value",
            "", "/* verilator lint_off UNUSEDPARAM */", "/* verilator lint_off UNUSEDSIGNAL */", "package hx_chip_map_pkg;", "",
            "  localparam int unsigned IndexBits = %d;" % width]
    for k, name in enumerate(NAMES):
        out.append("  localparam logic [4:0] Block%s = 5'd%d;" % (name, k))
    out += ["", "  // Views of the synapse memory: shift of their bits in a byte and mask, by number."]
    storage = spec.document["storages"]["synapse_sram"]
    for k, v in enumerate(storage["views"]):
        out.append("  localparam int unsigned View%s = %d;  // %d bits of each byte, from bit %d" % (
            "".join(p.capitalize() for p in v["name"].split("_")), k, v["bits"], v["shift"]))
    out += ["", "  localparam int unsigned Registers = %d;" % len(registers)]
    for k, (address, name, _) in enumerate(registers):
        out.append("  localparam int unsigned %s = %d;  // %08x" % (name, k, address))
    number = max(8, _bits(len(registers)))
    out += ["", "  function automatic logic [IndexBits+4:0] locate(input logic [31:0] address);"]
    out += _locate(cases, registers, width)
    out += ["  endfunction", "",
            "  function automatic logic [31:0] reset_word(input logic [%d:0] number);" % (number - 1),
            "    reset_word = 32'd0;", "    case (number)"]
    for k, (_, _, reset) in enumerate(registers):
        if reset:
            out.append("      %d'd%d: reset_word = 32'h%08x;" % (number, k, reset))
    out += ["      default: ;", "    endcase", "  endfunction", "", "endpackage",
            "/* verilator lint_on UNUSEDSIGNAL */", "/* verilator lint_on UNUSEDPARAM */", ""]
    return "\n".join(out)
