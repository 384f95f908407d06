"""Deprecated integration with decay factors instead of time constants."""
from __future__ import annotations

from typing import Any, Optional, Tuple

import torch

from hxtorch.spiking.functional.injection import Unterjubel, cut_to_steps, hardware_traces
from hxtorch.spiking.functional.parameters import Number, fit_parameters, sum_inputs
from hxtorch.spiking.functional.surrogate import check_method, threshold as spike_function

_Result = Tuple[torch.Tensor, torch.Tensor, torch.Tensor, Optional[torch.Tensor]]


def exp_cuba_lif_integration(input: Any, *, leak: Number, reset: Number, threshold: Number,
                             tau_syn_exp: Number, tau_mem_exp: Number, method: str = "superspike",
                             alpha: float = 50., hw_data: Any = None) -> _Result:
    """Leaky integrate-and-fire neurons, exponential Euler (deprecated: use
    ``cuba_lif_integration``).

    ``v = e_m (v - leak) + leak + (1 - e_m) i`` (old ``i``), ``i = e_s i + input[t]``.

    :param input: weighted spikes ``(T, B, N)`` or several such tensors, which are summed.
    :param tau_syn_exp: ``e_s = exp(-dt / tau_syn)``.
    :param tau_mem_exp: ``e_m = exp(-dt / tau_mem)``.
    :param hw_data: measured ``(spikes, cadc, madc)`` or a handle with ``spikes`` and ``voltage``.
    :returns: ``(spikes, membrane, current, membrane_madc)``.
    """
    check_method(method)
    total = sum_inputs(input)
    traces, steps = cut_to_steps(hardware_traces(hw_data, True), total)
    params = fit_parameters(
        {"leak": leak, "reset": reset, "threshold": threshold, "tau_syn_exp": tau_syn_exp,
         "tau_mem_exp": tau_mem_exp}, total)
    leak, reset, threshold = params["leak"], params["reset"], params["threshold"]
    keep_i, keep_v = params["tau_syn_exp"], params["tau_mem_exp"]
    i = total.new_zeros(total.shape[1:])
    v = i + leak
    stored: Tuple[list, ...] = ([], [], [])
    for step, x in enumerate(total[:steps].unbind(0)):
        v = keep_v * (v - leak) + leak + (1. - keep_v) * i
        if traces.voltage is not None:
            v = Unterjubel.apply(v, traces.voltage[step])
        i = keep_i * i + x
        z = spike_function(v - threshold, method, alpha)
        if traces.spikes is not None:
            z = Unterjubel.apply(z, traces.spikes[step])
        if traces.voltage is None:
            v = (1. - z.detach()) * v + z.detach() * reset
        for rows, value in zip(stored, (z, v, i)):
            rows.append(value)
    spikes, membrane, current = (
        torch.stack(rows) if rows else total.new_zeros(total[:steps].shape) for rows in stored)
    return spikes, membrane, current, traces.voltage_madc


def exp_cuba_li_integration(input: Any, *, leak: Number, tau_syn_exp: Number, tau_mem_exp: Number,
                            hw_data: Any = None
                            ) -> Tuple[torch.Tensor, torch.Tensor, Optional[torch.Tensor]]:
    """Leaky integrators, exponential Euler (deprecated: use ``cuba_li_integration``).

    :param hw_data: measured ``(cadc, madc)`` or a handle with ``voltage``.
    :returns: ``(membrane, current, membrane_madc)``; equations as :func:`exp_cuba_lif_integration`.
    """
    total = sum_inputs(input)
    traces, steps = cut_to_steps(hardware_traces(hw_data, False), total)
    params = fit_parameters(
        {"leak": leak, "tau_syn_exp": tau_syn_exp, "tau_mem_exp": tau_mem_exp}, total)
    leak, keep_i, keep_v = params["leak"], params["tau_syn_exp"], params["tau_mem_exp"]
    i = total.new_zeros(total.shape[1:])
    v = i + leak
    stored: Tuple[list, ...] = ([], [])
    for step, x in enumerate(total[:steps].unbind(0)):
        v = keep_v * (v - leak) + leak + (1. - keep_v) * i
        if traces.voltage is not None:
            v = Unterjubel.apply(v, traces.voltage[step])
        i = keep_i * i + x
        stored[0].append(v)
        stored[1].append(i)
    membrane, current = (
        torch.stack(rows) if rows else total.new_zeros(total[:steps].shape) for rows in stored)
    return membrane, current, traces.voltage_madc
