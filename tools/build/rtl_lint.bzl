"""Lint of SystemVerilog sources as a test.

    rtl_lint_test(
        name = "hx_fifo_lint",
        srcs = ["hx_fifo.sv"],        # packages first; .vlt waivers go to Verilator only
        top = "hx_fifo",
    )

Runs `verilator --lint-only -Wall` and, unless `yosys = False`, reads the sources with Yosys and synthesises the top. A warning of
either tool fails the test. Tagged "lint": `bazel test --config=lint //fpga_model/...` runs only these.
"""

def rtl_lint_test(
        name,
        srcs,
        top,
        yosys = True,
        synth = None,
        params = {},
        size = "small",
        tags = [],
        **kwargs):
    """Lint test of one top module.

    Args:
      name: the sh_test.
      srcs: sources, packages before their users, optionally .vlt files.
      top: module to check.
      yosys: also read and synthesise with Yosys; False for forms meant for simulation only.
      synth: Yosys commands after `hierarchy`; default `synth_ecp5 -top TOP`. Large tops: "proc; opt_clean" and a small
        build by `params`.
      params: parameter values, e.g. {"Columns": "32"}.
      size: Bazel test size.
      tags: further tags.
      **kwargs: passed to the sh_test.
    """
    commands = synth or "synth_ecp5 -top " + top
    parameters = ",".join(["%s=%s" % (k, params[k]) for k in sorted(params)])
    native.sh_test(
        name = name,
        size = size,
        srcs = ["//tools/build:rtl_lint.sh"],
        args = [
            top,
            "'%s'" % (commands if yosys else "-"),
            parameters or "-",
        ] + ["$(locations %s)" % s for s in srcs],
        data = srcs,
        tags = tags + ["lint"],
        **kwargs
    )
