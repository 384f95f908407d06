"""C++ targets with the warnings of this project."""

HX_COPTS = [
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
    "-Werror",
    # gcc 12 reports these inside the standard library at -O2.
    "-Wno-error=maybe-uninitialized",
    "-Wno-error=stringop-overflow",
    "-Wno-error=array-bounds",
    "-Wno-error=restrict",
]

def hx_cc_library(name, copts = [], **kwargs):
    native.cc_library(name = name, copts = HX_COPTS + copts, **kwargs)

def hx_cc_binary(name, copts = [], **kwargs):
    native.cc_binary(name = name, copts = HX_COPTS + copts, **kwargs)

def hx_cc_test(name, copts = [], deps = [], size = "small", **kwargs):
    """A GoogleTest program; gtest's main is linked in."""
    native.cc_test(
        name = name,
        size = size,
        copts = HX_COPTS + copts,
        deps = deps + ["@system//:gtest_main"],
        **kwargs
    )

def hx_cc_benchmark(name, copts = [], deps = [], **kwargs):
    """A Google Benchmark program, built but not run by the tests."""
    native.cc_binary(
        name = name,
        testonly = True,
        copts = HX_COPTS + copts,
        deps = deps + ["@system//:benchmark"],
        **kwargs
    )
