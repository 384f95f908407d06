"""Tests of the Python package."""

load("//tools/build:pytest.bzl", "hx_pytest")

def py_pytest(name, srcs, data = [], env = {}, **kwargs):
    """A pytest program with the built package on its path."""
    hx_pytest(
        name = name,
        srcs = srcs,
        data = data + ["//python:hxtorch"],
        env = dict(env, PYTHONPATH = "python", OMP_NUM_THREADS = "1"),
        **kwargs
    )
