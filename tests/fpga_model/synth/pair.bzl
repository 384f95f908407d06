"""The netlist of a block against its source."""

load("//tools/build:cc.bzl", "hx_cc_test")
load("//tools/build:ecp5.bzl", "parameter_list")
load("//tools/build:verilator.bzl", "verilated_library")

def pair_test(block):
    """NAME_netlist_test: random inputs of stimuli.yaml into source and netlist of a block of //fpga_model/synth:blocks.bzl."""
    name = block.name
    netlist = "//fpga_model/synth:%s.v" % name
    native.genrule(
        name = name + "_pair",
        srcs = [
            netlist,
            "stimuli.yaml",
        ],
        outs = [
            name + "_pair.sv",
            name + "/pair_ports.h",
        ],
        cmd = "/usr/bin/python3 -B $(location pair.py) %s %s $(SRCS) $(OUTS)" % (block.top, parameter_list(block.params)),
        tags = ["manual"],
        tools = ["pair.py"],
    )
    verilated_library(
        name = name + "_model",
        testonly = True,
        srcs = block.srcs + [
            netlist,
            "//fpga_model/synth:ecp5_cells.sv",
            name + "_pair.sv",
        ],
        # A netlist of cells is large, and simulated for a short time.
        copts = ["-O1"],
        # A loop stays an error: Verilator 5.006 gives wrong results where it believes to see one.
        flags = [
            "-Wno-lint",
            "-Wno-style",
            "-Werror-UNOPTFLAT",
        ],
        prefix = "Vhx_pair",
        tags = ["manual"],
        top = "hx_pair",
    )
    hx_cc_test(
        name = name + "_netlist_test",
        size = "medium",
        srcs = [
            "pair_test.cc",
            name + "/pair_ports.h",
        ],
        # Verilator's headers are not written for our warnings.
        copts = [
            "-Wno-conversion",
            "-Wno-shadow",
            "-I$(GENDIR)/tests/fpga_model/synth/" + name,
        ],
        tags = block.tags,
        deps = [
            ":%s_model" % name,
            "@system//:verilator",
        ],
    )
