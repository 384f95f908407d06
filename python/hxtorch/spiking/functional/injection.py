"""Replace simulated values by measured ones and keep the gradient."""
from __future__ import annotations

from typing import Any, NamedTuple, Optional, Tuple

import torch


class Unterjubel(torch.autograd.Function):
    """Value of the hardware, gradient of the software.

    ``Unterjubel.apply(software, hardware)`` returns ``hardware``; the gradient flows to
    ``software`` only. Every measured observable enters the computation through this function.
    """

    @staticmethod
    def forward(ctx, software: torch.Tensor, hardware: torch.Tensor) -> torch.Tensor:
        """:returns: ``hardware``, of the shape of ``software``."""
        return hardware.view_as(hardware)

    @staticmethod
    def backward(ctx, grad_output: torch.Tensor) -> Tuple[torch.Tensor, None]:
        """Pass the gradient to ``software`` unchanged."""
        return grad_output, None


class HardwareTraces(NamedTuple):
    """Measured observables of one population; ``None`` where nothing was recorded.

    ``spikes``, ``voltage`` and ``adaptation`` are ``(T, B, N)``; the MADC recordings ``(2, S, B)``.
    """

    spikes: Optional[torch.Tensor] = None
    voltage: Optional[torch.Tensor] = None
    voltage_madc: Optional[torch.Tensor] = None
    adaptation: Optional[torch.Tensor] = None
    adaptation_madc: Optional[torch.Tensor] = None


def _analog(observable: Any) -> Tuple[Optional[torch.Tensor], Optional[torch.Tensor]]:
    """CADC and MADC data of an ``AnalogObservable``, a bare tensor or ``None``."""
    if observable is None or isinstance(observable, torch.Tensor):
        return observable, None
    return getattr(observable, "cadc", None), getattr(observable, "madc", None)


def hardware_traces(hw_data: Any, fire: bool = True) -> HardwareTraces:
    """Observables of one population out of what the modules hand over.

    :param hw_data: ``None``; a handle with any of the fields ``spikes``, ``voltage``,
        ``adaptation`` (the analogue ones with ``cadc`` and ``madc``); or a tuple ``(spikes, cadc,
        madc)`` for firing and ``(cadc, madc)`` for other populations, from which trailing entries
        may be missing.
    :param fire: whether the tuple form starts with spikes.
    """
    if hw_data is None:
        return HardwareTraces()
    if isinstance(hw_data, HardwareTraces):
        return hw_data
    if isinstance(hw_data, torch.Tensor):
        raise TypeError(
            "hw_data must be a handle with the fields spikes, voltage, adaptation or a tuple, "
            f"not a tensor of shape {tuple(hw_data.shape)}.")
    named = any(hasattr(hw_data, name) for name in ("spikes", "voltage", "adaptation"))
    if named:
        voltage, voltage_madc = _analog(getattr(hw_data, "voltage", None))
        adaptation, adaptation_madc = _analog(getattr(hw_data, "adaptation", None))
        return HardwareTraces(
            getattr(hw_data, "spikes", None) if fire else None,
            voltage, voltage_madc, adaptation, adaptation_madc)
    entries = tuple(hw_data)
    if fire:
        spikes, voltage, madc = (entries + (None,) * 3)[:3]
        return HardwareTraces(spikes, voltage, madc)
    voltage, madc = (entries + (None,) * 2)[:2]
    return HardwareTraces(None, voltage, madc)


def cut_to_steps(traces: HardwareTraces, input: torch.Tensor) -> Tuple[HardwareTraces, int]:
    """Measured traces in dtype and on the device of ``input``, and the number of steps all have.

    :raises ValueError: batch or neuron dimension of a trace differs from that of the input.
    """
    steps = input.shape[0]
    dense = {}
    for name in ("spikes", "voltage", "adaptation"):
        trace = getattr(traces, name)
        if trace is None:
            continue
        if trace.dim() != 3 or trace.shape[1:] != input.shape[1:]:
            raise ValueError(
                f"Hardware {name} have shape {tuple(trace.shape)}, but the input of the population "
                f"has shape {tuple(input.shape)}; expected (T, B, N) with equal B and N.")
        dense[name] = trace.detach().to(dtype=input.dtype, device=input.device)
        steps = min(steps, trace.shape[0])
    dense = {name: trace[:steps] for name, trace in dense.items()}
    return traces._replace(**dense), steps


def input_neuron(input: torch.Tensor, hw_data: Any = None) -> torch.Tensor:
    """Identity, or the looped-back spikes with the gradient of the identity.

    :param input: spikes ``(T, B, N)``.
    :param hw_data: ``None``, or recorded spikes ``(T', B, N)``: a tensor, a handle with the field
        ``spikes`` or a tuple that starts with them. More than ``T`` rows are cut; fewer cut the
        input.
    :returns: spikes ``(min(T, T'), B, N)``.
    """
    if hw_data is None:
        return input
    spikes = hw_data if isinstance(hw_data, torch.Tensor) else hardware_traces(hw_data).spikes
    if spikes is None:
        return input
    traces, steps = cut_to_steps(HardwareTraces(spikes=spikes), input)
    return Unterjubel.apply(input[:steps], traces.spikes)
