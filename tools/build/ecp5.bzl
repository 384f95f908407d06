"""SystemVerilog mapped to the cells of Lattice ECP5 by Yosys.

    ecp5_synthesis(
        name = "hx_fifo",
        srcs = ["hx_fifo.sv"],        # packages first
        top = "hx_fifo",
        params = {"Depth": "16"},
    )

Writes NAME.v (netlist, module TOP_ecp5) and NAME.json (number of cells by type). A warning of Yosys, a latch or a combinational
loop fails the build.
"""

def ecp5_synthesis(name, srcs, top, params = {}, allowed_warnings = "-", **kwargs):
    """A genrule for NAME.v and NAME.json, built only where something needs them.

    Args:
      name: the target.
      srcs: sources, packages before their users.
      top: module to map.
      params: parameter values, e.g. {"Columns": "32"}.
      allowed_warnings: regular expression of warnings that may come; say why where you use it.
      **kwargs: passed to the genrule.
    """
    native.genrule(
        name = name,
        srcs = srcs,
        outs = [
            name + ".v",
            name + ".json",
        ],
        cmd = "$(location //tools/build:ecp5.sh) %s %s '%s' $(location %s.v) $(location %s.json) %s" % (
            top,
            parameter_list(params),
            allowed_warnings,
            name,
            name,
            " ".join(["$(locations %s)" % s for s in srcs]),
        ),
        message = "Mapping %s to ECP5" % top,
        tags = ["manual"],
        tools = ["//tools/build:ecp5.sh"],
        **kwargs
    )

def parameter_list(params):
    """Parameters as one word: "Name=value,Name=value" or "-"."""
    return ",".join(["%s=%s" % (k, params[k]) for k in sorted(params)]) or "-"
