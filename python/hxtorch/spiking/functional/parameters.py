"""Neuron parameters as the integration takes them: numbers or tensors that fit the input."""
from __future__ import annotations

from typing import Any, Dict, Union

import torch

Number = Union[float, torch.Tensor]


def _shared_tau_syn(value: torch.Tensor, measured: bool) -> torch.Tensor:
    """One time constant per neuron out of a ``(2, N)`` tensor (excitatory, inhibitory)."""
    if not measured and not torch.equal(value[0], value[1]):
        raise ValueError(
            f"tau_syn of shape {tuple(value.shape)} has different values for excitatory and "
            "inhibitory inputs. That is possible on hardware only: in software the input of a "
            "population is already summed over both signs.")
    return value[0]


def fit_parameter(name: str, value: Any, input: torch.Tensor, measured: bool = False) -> Number:
    """Number as ``float``; tensor in dtype and on the device of the input (differentiable).

    :param name: for error messages.
    :param value: number, array or tensor: one value, ``(N,)``, or anything that broadcasts to
        ``(B, N)``; for ``tau_syn`` also ``(2, N)``.
    :param input: ``(T, B, N)``.
    :param measured: observables of the hardware are given.
    :raises ValueError: the shape does not fit.
    """
    if isinstance(value, (int, float)):
        return float(value)
    tensor = torch.as_tensor(value)
    if tensor.dim() == 0 and not tensor.requires_grad:
        return float(tensor)
    tensor = tensor.to(dtype=input.dtype, device=input.device)
    if name == "tau_syn" and tensor.dim() == 2 and tensor.shape == (2, input.shape[-1]):
        tensor = _shared_tau_syn(tensor, measured)
    row = input.shape[1:]
    dims = tensor.dim()
    if dims > len(row) or any(size not in (1, row[len(row) - dims + k])
                              for k, size in enumerate(tensor.shape)):
        raise ValueError(
            f"Parameter {name} of shape {tuple(tensor.shape)} does not fit an input of shape "
            f"{tuple(input.shape)}; give one number or one value per neuron ({row[-1]}).")
    return tensor


def fit_parameters(values: Dict[str, Any], input: torch.Tensor, measured: bool = False
                   ) -> Dict[str, Number]:
    """:func:`fit_parameter` for each entry that is not ``None``."""
    return {name: fit_parameter(name, value, input, measured)
            for name, value in values.items() if value is not None}


def any_requires_grad(values: Dict[str, Any]) -> bool:
    """Whether one of the parameters is to be trained."""
    return any(isinstance(value, torch.Tensor) and value.requires_grad for value in values.values())


def sum_inputs(input: Any) -> torch.Tensor:
    """Sum of a tensor or a non-empty sequence of tensors ``(T, B, N)``.

    :raises ValueError: not three dimensions, different shapes or no tensor at all.
    """
    tensors = (input,) if isinstance(input, torch.Tensor) else tuple(input)
    if not tensors:
        raise ValueError("The integration needs at least one input tensor of shape (T, B, N).")
    for tensor in tensors:
        if tensor.dim() != 3:
            raise ValueError(
                f"Input of shape {tuple(tensor.shape)}; expected three dimensions (T, B, N).")
        if tensor.shape != tensors[0].shape:
            raise ValueError(
                f"Inputs of different shapes {tuple(tensors[0].shape)} and {tuple(tensor.shape)} "
                "cannot be summed.")
        if not tensor.is_floating_point():
            raise ValueError(f"Input of type {tensor.dtype}; expected floating point numbers.")
    total = tensors[0]
    for tensor in tensors[1:]:
        total = total + tensor
    return total
