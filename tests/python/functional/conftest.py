"""Every test of the equations runs twice: compiled kernels and plain torch."""
import json
import pathlib

import pytest
import torch

from hxtorch.spiking.functional import kernels

VECTORS = pathlib.Path(__file__).parents[2] / "vectors" / "hxtorch"


@pytest.fixture(params=["kernels", "torch"])
def path(request, monkeypatch):
    """Which implementation the test exercises; a missing extension fails the test."""
    if request.param == "torch":
        monkeypatch.setattr(kernels, "usable", lambda *tensors: False)
    else:
        assert kernels.available(), "hxtorch._native.kernels cannot be imported"
    return request.param


@pytest.fixture
def vector():
    """Reads a file of the vectors; lists of numbers stay lists."""
    def read(name):
        return json.loads((VECTORS / f"{name}.json").read_text())
    return read


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(1234)
