"""Python tests, run by pytest of the system's Python."""

def hx_pytest(name, srcs, data = [], env = {}, size = "small", **kwargs):
    """Each test function counts. `env`: environment variables; $(location) of `data` is expanded."""
    native.sh_test(
        name = name,
        size = size,
        srcs = ["//tools/build:pytest.sh"],
        args = ["$(location %s)" % src for src in srcs],
        data = srcs + data,
        env = env,
        **kwargs
    )
