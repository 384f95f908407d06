"""The full system as RTL with other numbers of array ports, and the tests that compare it."""

load("//tools/build:cc.bzl", "hx_cc_library", "hx_cc_test")
load("//tools/build:verilator.bzl", "verilated_library")

def rtl_with_ports(padi_ports, row_port):
    """A library that registers the model for rtl_side of sides.h. Built only for tests that need it: it takes minutes."""
    name = "p%dr%d" % (padi_ports, row_port)
    verilated_library(
        name = "vhx_sim_" + name,
        testonly = True,
        srcs = [
            "//fpga_model/rtl:top",
            "//fpga_model/rtl/board",
            "//sim/rtl:hx_sim.sv",
        ],
        flags = ["-GPadiPorts=%d" % padi_ports, "-GRowPort=%d" % row_port],
        prefix = "Vhx_sim_" + name,
        tags = ["manual"],
        top = "hx_sim",
    )
    hx_cc_library(
        name = "rtl_" + name,
        testonly = True,
        srcs = ["rtl_with_ports.cc"],
        alwayslink = True,
        copts = [
            "-DHX_TOP=Vhx_sim_" + name,
            "-DHX_PADI_PORTS=%d" % padi_ports,
            "-DHX_ROW_PORT=%d" % row_port,
            "-includeVhx_sim_%s.h" % name,
            "-includeVhx_sim_%s___024root.h" % name,
        ],
        tags = ["manual"],
        deps = [
            ":sides",
            ":vhx_sim_" + name,
            "//sim/rtl:verilated_model",
        ],
    )

def lockstep_test(name, count, padi_ports = 4, row_port = 0, deps = [], **kwargs):
    """Random experiments with seeds 1 .. count on both models."""
    hx_cc_test(
        name = name,
        srcs = ["lockstep_test.cc"],
        copts = [
            "-DHX_LOCKSTEP_COUNT=%d" % count,
            "-DHX_PADI_PORTS=%d" % padi_ports,
            "-DHX_ROW_PORT=%d" % row_port,
        ],
        deps = deps + [
            ":lockstep",
            ":sides",
        ],
        **kwargs
    )
