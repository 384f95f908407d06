"""Threshold functions with surrogate gradients."""
from __future__ import annotations

from typing import Tuple

import torch


class SuperSpike(torch.autograd.Function):
    """Heaviside step with the derivative of a fast sigmoid.

    Forward: ``1`` where ``input > 0`` (strictly), else ``0``, in the dtype of the input.
    Backward: ``grad / (alpha * |input| + 1)**2``.
    """

    @staticmethod
    def forward(ctx, input: torch.Tensor, alpha: float) -> torch.Tensor:
        """Spikes of ``input`` = membrane potential minus threshold, of any shape.

        :param input: distance to the threshold, before the reset.
        :param alpha: steepness of the surrogate derivative, in 1 / unit of the potential.
        """
        ctx.save_for_backward(input)
        ctx.alpha = alpha
        return (input > 0).to(input.dtype)

    @staticmethod
    def backward(ctx, grad_output: torch.Tensor) -> Tuple[torch.Tensor, None]:
        """Gradient with respect to ``input``; ``alpha`` has none."""
        (input,) = ctx.saved_tensors
        return grad_output / (ctx.alpha * input.abs() + 1.) ** 2, None


superspike_func = SuperSpike.apply

_METHODS = {"superspike": superspike_func}


def check_method(method: str) -> None:
    """Raise ``ValueError`` if ``method`` is not the name of a surrogate gradient.

    Modules call it when they are constructed, so that a misspelt name does not wait for the first
    run.
    """
    if method not in _METHODS:
        raise ValueError(
            f"Unknown surrogate gradient method {method!r}. Known methods: {sorted(_METHODS)}.")


def threshold(input: torch.Tensor, method: str, alpha: float) -> torch.Tensor:
    """Spikes where ``input > 0``, differentiable by the surrogate gradient ``method``.

    :param input: membrane potential minus threshold, any shape.
    :param method: ``"superspike"``.
    :param alpha: steepness of the surrogate derivative.
    :returns: tensor of zeros and ones, dtype and shape of ``input``.
    :raises ValueError: unknown ``method``.
    """
    check_method(method)
    return _METHODS[method](input, alpha)
