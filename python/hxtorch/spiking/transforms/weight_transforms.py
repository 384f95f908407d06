"""
Weight transforms: from the weights of the model to weights of the chip.

A synapse on the chip holds 6 bits and no sign; a signed connection uses two of them, one that excites
and one that inhibits. A transform scales the model's weights to that range; it is an argument of
``Synapse(transform=...)`` and is only used on targets other than mock:

>>> import functools
>>> transform = functools.partial(linear_saturating, scale=64.)
>>> transform(torch.tensor([0.5, -0.25, 2.0])).tolist()
[32.0, -16.0, 63.0]
"""
from typing import Dict, Tuple, Union

import torch

MAX_WEIGHT = 63.


def linear_saturating(weight: torch.Tensor, scale: Union[float, torch.Tensor] = 1.,
                      min_weight: float = -MAX_WEIGHT,
                      max_weight: float = MAX_WEIGHT) -> torch.Tensor:
    """
    Scale, then clip: ``clamp(scale * weight, min_weight, max_weight)``. Rounding comes later.

    :param weight: any shape, units of the model
    :param scale: weight of the chip per weight of the model
    :return: same shape, in steps of the chip's weight (LSB), not yet whole numbers
    """
    return torch.clamp(scale * weight, min_weight, max_weight)


def round_half_away(weight: torch.Tensor) -> torch.Tensor:
    """The rounding of weights and calibration values: to the nearest whole, halves away from zero."""
    return torch.trunc(weight + torch.copysign(torch.full_like(weight, 0.5), weight))


def signed_pair(weight: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    What the two synapses of each connection hold.

    :param weight: transformed weights in LSB, any shape
    :return: (excitatory, inhibitory), int64, same shape, each 0 ... 63; at most one is not 0
    """
    rounded = round_half_away(weight.detach().double()).clamp(-MAX_WEIGHT, MAX_WEIGHT).long()
    return rounded.clamp(min=0), (-rounded).clamp(min=0)


def quantisation_loss(weight: torch.Tensor, transformed: torch.Tensor) -> Dict[str, float]:
    """
    How well the chip can hold these weights.

    :param weight: weights of the model
    :param transformed: the same after the transform, in LSB
    :return: ``scale`` (LSB per model unit, fitted over the weights that are not clipped), ``clipped``
        (fraction beyond +-63), ``zeroed`` (fraction of non-zero weights that become 0),
        ``rms`` (root mean square error in LSB, clipping included),
        ``relative`` (rms error by rms weight)
    """
    model = weight.detach().double().flatten()
    chip = transformed.detach().double().flatten()
    excitatory, inhibitory = signed_pair(chip)
    held = (excitatory - inhibitory).double()
    inside = chip.abs() < MAX_WEIGHT
    power = float((model[inside] ** 2).sum())
    scale = float((model[inside] * chip[inside]).sum() / power) if power > 0 else 0.
    wanted = model * scale if scale else chip
    count = max(model.numel(), 1)
    nonzero = max(int((model != 0).sum()), 1)
    rms = float(((held - wanted) ** 2).mean().sqrt()) if model.numel() else 0.
    size = float((wanted ** 2).mean().sqrt()) if model.numel() else 0.
    return {
        "scale": scale,
        "clipped": float((wanted.abs() > MAX_WEIGHT + 0.5).sum()) / count,
        "zeroed": float(((model != 0) & (held == 0)).sum()) / nonzero,
        "rms": rms,
        "relative": rms / size if size else 0.,
    }
