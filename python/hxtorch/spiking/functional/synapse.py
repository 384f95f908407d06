"""Weighted sums of spikes."""
from __future__ import annotations

from typing import Optional, Tuple

import torch

from hxtorch.spiking.functional import kernels

_MAX_WEIGHT = 63.


def linear(input: torch.Tensor, weight: torch.Tensor, bias: Optional[torch.Tensor] = None
           ) -> torch.Tensor:
    """``input @ weight.T [+ bias]``.

    :param input: spikes ``(..., K)``; zeros cost next to nothing on the CPU.
    :param weight: ``(N, K)``.
    :param bias: ``(N,)``.
    :returns: ``(..., N)``.
    :raises ValueError: sizes do not fit.
    """
    if weight.dim() != 2 or input.dim() < 1 or input.shape[-1] != weight.shape[1]:
        raise ValueError(
            f"Input of shape {tuple(input.shape)} does not fit a weight of shape "
            f"{tuple(weight.shape)} (outputs, inputs): the last dimension of the input must be the "
            "number of inputs.")
    if kernels.usable(input, weight):
        product = kernels.linear(input, weight)
        return product if bias is None else product + bias
    return torch.nn.functional.linear(input, weight, bias)


def linear_sparse(input: torch.Tensor, weight: torch.Tensor,
                  connections: Optional[torch.Tensor] = None,
                  bias: Optional[torch.Tensor] = None) -> torch.Tensor:
    """:func:`linear` over the connections that exist.

    :param connections: dense bool ``(N, K)``; the weights of all others are set to zero in
        ``weight.data``. Their gradient is not zeroed: the next call sets them to zero again.
    """
    if connections is not None:
        if connections.shape != weight.shape:
            raise ValueError(f"connections of shape {tuple(connections.shape)} do not fit a weight "
                             f"of shape {tuple(weight.shape)}.")
        weight.data[~connections] = 0.
    return linear(input, weight, bias)


class WeightRounding(torch.autograd.Function):
    """Rounding to the steps of the hardware weight, with the gradient of the identity."""

    @staticmethod
    def forward(ctx, cap: float, weight: torch.Tensor) -> torch.Tensor:
        """:returns: ``weight`` rounded to multiples of ``cap / 63``."""
        step = cap / _MAX_WEIGHT
        return torch.round(weight / step) * step

    @staticmethod
    def backward(ctx, grad_output: torch.Tensor) -> Tuple[None, torch.Tensor]:
        """Identity for the weight, nothing for ``cap``."""
        return None, grad_output


def linear_exponential_clamp(inputs: torch.Tensor, weight: torch.Tensor,
                             bias: Optional[torch.Tensor] = None, cap: float = 1.5,
                             start_weight: float = 61., quantize: bool = False) -> torch.Tensor:
    """:func:`linear` with weights that approach ``cap`` smoothly.

    Weights above ``start_weight / 63 * cap`` are bent: with ``s = 1 / (1 - start_weight / 63)``,
    ``w -> sign(w) cap (1 - exp(-s (|w| / cap - (1 - 1 / s))) / s)``.

    :param inputs: spikes ``(..., K)``.
    :param weight: ``(N, K)``.
    :param cap: value of the largest hardware weight, 63.
    :param start_weight: hardware weight at which the bending starts, below 63.
    :param quantize: round to multiples of ``cap / 63`` (:class:`WeightRounding`).
    """
    if not (cap > 0. and 0. <= start_weight < _MAX_WEIGHT):
        raise ValueError(f"cap must be positive (is {cap}) and start_weight in [0, 63) (is "
                         f"{start_weight}).")
    slope = 1. / (1. - start_weight / _MAX_WEIGHT)
    size = weight.abs()
    bent = torch.sign(weight) * cap * (
        1. - torch.exp(-slope * (size / cap - (1. - 1. / slope))) / slope)
    clamped = torch.where(size > start_weight / _MAX_WEIGHT * cap, bent, weight)
    if quantize:
        clamped = WeightRounding.apply(cap, clamped)
    return linear(inputs, clamped, bias)
