"""Refractory period."""
from __future__ import annotations

from typing import Optional, Tuple, Union

import torch

from hxtorch.spiking.functional.injection import Unterjubel

Number = Union[float, torch.Tensor]


def refractory_steps(refractory_time: Number, dt: float) -> Number:
    """``refractory_time / dt``, where a quotient that is whole up to 1e-6 is taken as whole.

    Without it the rounding of the division could add a step: the counter below would end at 4e-16.
    """
    steps = refractory_time / dt
    if isinstance(steps, torch.Tensor):
        whole = steps.detach().round()
        return torch.where((steps.detach() - whole).abs() < 1e-6 * whole.clamp(min=1.), whole,
                           steps)
    whole = float(round(steps))
    return whole if abs(steps - whole) < 1e-6 * max(whole, 1.) else steps


def refractory_update(z: torch.Tensor, v: torch.Tensor, ref: torch.Tensor,
                      z_hw: Optional[torch.Tensor], v_hw: Optional[torch.Tensor], *,
                      reset: Number, refractory_time: Number, dt: float
                      ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Hold neurons at the reset potential for ``refractory_time`` after a spike.

    ``m = ref > 0``; masked neurons are put to ``reset`` and do not spike; then measured values, if
    given, replace the simulated ones; a spike starts the counter, which falls by one per step.

    :param z: spikes of this step ``(B, N)``.
    :param v: membrane potential after the reset ``(B, N)``.
    :param ref: remaining refractory steps ``(B, N)``.
    :param z_hw: measured spikes of this step or ``None``.
    :param v_hw: measured potential of this step or ``None``.
    :param reset: reset potential.
    :param refractory_time: seconds.
    :param dt: step width in seconds.
    :returns: ``(z, v, ref)`` after the update.
    """
    mask = (ref > 0).to(v.dtype)
    free = 1. - mask
    v = free * v + mask * reset
    if v_hw is not None:
        v = Unterjubel.apply(v, v_hw)
    z = free * z
    if z_hw is not None:
        z = Unterjubel.apply(z, z_hw)
    spiked = z.detach()
    ref = (1. - spiked) * torch.relu(ref - mask) + spiked * refractory_steps(refractory_time, dt)
    return z, v, ref
