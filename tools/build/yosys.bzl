"""What Yosys understood of SystemVerilog sources, as Verilog.

    yosys_netlist(
        name = "fifo_netlist",
        srcs = ["hx_fifo.sv"],        # packages first
        top = "hx_fifo",
    )

Writes NAME.v: the flattened, optimised netlist of words (not gates) before technology mapping. Verilate it (verilated_library with
flags = NETLIST_FLAGS) and run it against the source: Yosys takes a few constructs and gets them wrong without an error. A warning
of Yosys fails the build.
"""

# Netlists are not written for lint; bits of one wire that depend on others of it look like loops to Verilator.
NETLIST_FLAGS = [
    "-Wno-lint",
    "-Wno-style",
    "-Wno-UNOPTFLAT",
]

def yosys_netlist(name, srcs, top, params = {}, **kwargs):
    """A genrule for NAME.v.

    Args:
      name: the target; its output is NAME.v.
      srcs: sources, packages before their users.
      top: module to read.
      params: parameter values, e.g. {"Columns": "32"}.
      **kwargs: passed to the genrule.
    """
    chparam = "".join([" -chparam %s %s" % (k, params[k]) for k in sorted(params)])
    script = "; ".join([
        # Deferred: forms for simulation among the sources are not looked at.
        "read_verilog -sv -defer " + " ".join(["$(locations %s)" % s for s in srcs]),
        "hierarchy -check -top %s%s" % (top, chparam),
        "rename -top " + top,
        "proc; flatten; opt -full; wreduce; peepopt; opt; memory -nomap; opt; check -assert",
        "write_verilog -noattr $@",
    ])
    native.genrule(
        name = name,
        srcs = srcs,
        outs = [name + ".v"],
        cmd = "yosys -q -e '.*' -p '%s'" % script,
        **kwargs
    )
