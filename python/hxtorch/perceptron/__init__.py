"""Rate-based mode: names only. Every function raises ``NotImplementedError``."""
from __future__ import annotations

from typing import Any

__all__ = ["add", "argmax", "conv1d", "conv2d", "expanded_conv1d", "converting_relu", "relu",
           "mac", "matmul", "inference_trace", "InferenceTracer", "MockParameter",
           "get_mock_parameter", "set_mock_parameter", "measure_mock_parameter"]


def _missing(name: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"hxtorch.perceptron.{name} is not implemented; networks of "
                                  "spiking neurons are in hxtorch.spiking")

    function.__name__ = name
    return function


for _name in __all__:
    globals()[_name] = _missing(_name)
