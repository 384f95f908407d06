"""Verilator as a rule: SystemVerilog sources become a C++ library with the model class.

    verilated_library(
        name = "top_model",
        srcs = [...],             # SystemVerilog, packages first
        top = "hx_top",
        prefix = "Vhx_top",       # name of the model class, header PREFIX.h
    )
"""

# Flags that make the generated C++ loops vectorise (docs/performance.md).
_FAST = [
    "-O3",
    "--x-assign",
    "fast",
    "--x-initial",
    "fast",
    "--noassert",
    "--unroll-count",
    "1",
    "-Wno-IMPURE",
]

def _verilate_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name + "_cc")
    args = ctx.actions.args()
    args.add(out.path)
    args.add("--cc")
    args.add("--top-module", ctx.attr.top)
    args.add("--prefix", ctx.attr.prefix)
    args.add_all(ctx.attr.flags)
    args.add_all(ctx.files.srcs)
    ctx.actions.run(
        executable = ctx.executable._driver,
        arguments = [args],
        inputs = ctx.files.srcs + ctx.files.data,
        outputs = [out],
        mnemonic = "Verilate",
        progress_message = "Verilating %s" % ctx.attr.top,
        use_default_shell_env = True,
    )
    return [DefaultInfo(files = depset([out]))]

_verilate = rule(
    implementation = _verilate_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = [".sv", ".v", ".vlt"]),
        "data": attr.label_list(allow_files = True),
        "top": attr.string(mandatory = True),
        "prefix": attr.string(mandatory = True),
        "flags": attr.string_list(),
        "_driver": attr.label(
            default = "//tools/build:verilate",
            executable = True,
            cfg = "host",
        ),
    },
)

def _split_impl(ctx):
    directory = ctx.files.src[0]
    out = ctx.actions.declare_directory(ctx.label.name)
    ctx.actions.run_shell(
        inputs = [directory],
        outputs = [out],
        command = "cp %s/*.%s %s/" % (directory.path, ctx.attr.suffix, out.path),
    )
    return [DefaultInfo(files = depset([out]))]

_files_of_kind = rule(
    implementation = _split_impl,
    attrs = {
        "src": attr.label(mandatory = True),
        "suffix": attr.string(mandatory = True),
    },
)

def verilated_library(
        name,
        srcs,
        top,
        prefix,
        data = [],
        flags = [],
        fst = False,
        copts = [],
        **kwargs):
    """The C++ model of a SystemVerilog top.

    Args:
      name: the cc_library.
      srcs: sources, packages before their users.
      top: module to build.
      prefix: class name of the model; include "PREFIX.h".
      data: files that sources read or include.
      flags: further Verilator flags, e.g. ["-GColumns=32"].
      fst: with waveforms (slow: a separate target, never the default).
      copts: further compiler flags.
      **kwargs: passed to the cc_library.
    """
    _verilate(
        name = name + "_verilate",
        srcs = srcs,
        data = data,
        top = top,
        prefix = prefix,
        flags = _FAST + flags + (["--trace-fst"] if fst else []),
        tags = ["manual"],
    )
    _files_of_kind(
        name = name + "_sources",
        src = ":" + name + "_verilate",
        suffix = "cpp",
        tags = ["manual"],
    )
    _files_of_kind(
        name = name + "_headers",
        src = ":" + name + "_verilate",
        suffix = "h",
        tags = ["manual"],
    )
    native.cc_library(
        name = name,
        srcs = [":" + name + "_sources"],
        hdrs = [":" + name + "_headers"],
        includes = [name + "_headers"],
        # Options for C++ alone (--cxxopt) do not reach sources in a directory; without the standard `new` ignores alignment.
        copts = ["-w", "-O3", "-fno-math-errno", "-std=c++20"] + copts,
        deps = ["@system//:verilator_fst" if fst else "@system//:verilator"],
        # Bazel 4.2 links no objects of a source directory into a shared library.
        linkstatic = True,
        **kwargs
    )
