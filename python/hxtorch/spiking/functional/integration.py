"""Numerical integration of current-based neurons (forward Euler, one step per ``dt``)."""
from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional, Sequence, Tuple, Union

import torch

from hxtorch.spiking.functional import kernels
from hxtorch.spiking.functional.injection import (
    HardwareTraces, Unterjubel, cut_to_steps, hardware_traces)
from hxtorch.spiking.functional.parameters import (
    Number, any_requires_grad, fit_parameters, sum_inputs)
from hxtorch.spiking.functional.refractory import refractory_update
from hxtorch.spiking.functional.step_code import CuBaStepCode, compile_step, execute_step
from hxtorch.spiking.functional.surrogate import check_method, threshold as spike_function

Input = Union[torch.Tensor, Sequence[torch.Tensor]]
OptionalTensor = Optional[torch.Tensor]


class _Traces(NamedTuple):
    """Simulated observables, each ``(T, B, N)``; ``None`` if the neuron has no such quantity."""

    membrane: torch.Tensor
    current: torch.Tensor
    adaptation: OptionalTensor
    spikes: OptionalTensor


def _initial_membrane(flags: CuBaStepCode, params: Dict[str, Number], start: Optional[Number]
                      ) -> Number:
    if start is not None:
        return start
    return params["leak"] if flags.leaky or flags.subthreshold_adaptation else 0.


def _step_names(params: Dict[str, Any], rest: Number, dt: float, row: torch.Tensor
                ) -> Dict[str, Any]:
    """Variables the step text starts with; what does not change from step to step is computed once.
    """
    names: Dict[str, Any] = dict(params)
    names["dt_c"] = dt / params["c_mem"]
    names["syn_decay"] = 1. - dt / params["tau_syn"]
    if params.get("tau_adap") is not None:
        names["adap_step"] = dt / params["tau_adap"]
        names["adap_decay"] = 1. - names["adap_step"]
    zero = torch.zeros_like(row)
    names.update(dt=dt, i=zero, w=zero, z=zero, ref=zero, v=zero + rest, torch=torch,
                 spike=spike_function, inject=Unterjubel.apply, refractory_update=refractory_update)
    return names


def integrate_in_torch(input: torch.Tensor, params: Dict[str, Any], flags: CuBaStepCode,
                       traces: HardwareTraces, dt: float, code: Optional[str] = None,
                       start: Optional[Number] = None) -> _Traces:
    """The integration in plain torch: any device, differentiable in everything, any order.

    :param input: ``(T, B, N)``, as long as the measured traces.
    :param params: fitted parameters by name, also ``method`` and ``alpha``.
    :param flags: terms of the equation.
    :param traces: measured observables, cut to ``T`` steps.
    :param dt: step width in seconds.
    :param code: text of one step; ``None``: that of the flags.
    :param start: initial membrane; ``None``: leak of leaky neurons, else 0.
    """
    code = flags.generate() if code is None else code
    compiled = compile_step(code)
    names = _step_names(params, _initial_membrane(flags, params, start), dt, input.new_zeros(
        input.shape[1:]))
    measured = [(name, trace.unbind(0)) for name, trace in
                (("z_hw", traces.spikes), ("v_hw", traces.voltage), ("w_hw", traces.adaptation))
                if trace is not None]
    stored: Tuple[list, ...] = ([], [], [], [])
    for step, current_input in enumerate(input.unbind(0)):
        names["x"] = current_input
        for name, rows in measured:
            names[name] = rows[step]
        execute_step(compiled, code, names)
        for name, rows in zip("viwz", stored):
            rows.append(names[name])
    adaptive = flags.subthreshold_adaptation or flags.spike_triggered_adaptation
    wanted = (True, True, adaptive, flags.fire)
    return _Traces(*(_stack(rows, input) if want else None for rows, want in zip(stored, wanted)))


def _stack(rows: Sequence[torch.Tensor], input: torch.Tensor) -> torch.Tensor:
    return torch.stack(tuple(rows)) if rows else input.clone()


def _integrate(input: Input, params: Dict[str, Any], flags: CuBaStepCode, hw_data: Any, dt: float,
               code: Optional[str] = None, start: Optional[str] = None
               ) -> Tuple[_Traces, HardwareTraces]:
    """Choose the kernel or plain torch. ``start``: name of the parameter the membrane starts at."""
    total = sum_inputs(input)
    traces, steps = cut_to_steps(hardware_traces(hw_data, flags.fire), total)
    if steps != total.shape[0]:
        total = total[:steps]
    if not dt > 0.:
        raise ValueError(f"The step width dt is {dt} s; it must be positive.")
    if flags.fire:
        check_method(params["method"])
    texts = {name: params.pop(name) for name in ("method", "alpha") if name in params}
    fitted: Dict[str, Any] = fit_parameters(params, total, measured=traces != HardwareTraces())
    fitted.setdefault("g_l", 1.)
    trained = any_requires_grad(fitted)
    fitted.update(texts)
    initial = fitted[start] if start is not None else None
    flags = CuBaStepCode(
        leaky=flags.leaky, fire=flags.fire, refractory=flags.refractory and flags.fire,
        exponential=flags.exponential, subthreshold_adaptation=flags.subthreshold_adaptation,
        spike_triggered_adaptation=flags.spike_triggered_adaptation,
        hw_voltage_trace_available=traces.voltage is not None,
        hw_adaptation_trace_available=traces.adaptation is not None,
        hw_spikes_available=traces.spikes is not None)
    standard = code is None or code == flags.generate()
    if standard and not trained and kernels.usable(total):
        return kernels.integrate(total, fitted, flags, traces, dt, initial), traces
    return integrate_in_torch(total, fitted, flags, traces, dt, code, initial), traces


def _zeros(like: torch.Tensor) -> torch.Tensor:
    """Zeros of a quantity that the neuron does not have; one number in memory."""
    return like.new_zeros(()).expand(like.shape)


def cuba_aelif_integration(
        input: Input, *, leak: Number, reset: Number, threshold: Number, tau_syn: Number,
        c_mem: Number, g_l: Optional[Number] = None, refractory_time: Number = 0.,
        method: str = "superspike", alpha: float = 50., exp_slope: Optional[Number] = None,
        exp_threshold: Optional[Number] = None,
        subthreshold_adaptation_strength: Optional[Number] = None,
        spike_triggered_adaptation_increment: Optional[Number] = None,
        tau_adap: Optional[Number] = None, hw_data: Any = None, dt: float = 1e-6,
        leaky: bool = True, fire: bool = True, refractory: bool = False, exponential: bool = False,
        subthreshold_adaptation: bool = False, spike_triggered_adaptation: bool = False,
        integration_step_code: Optional[str] = None
) -> Tuple[torch.Tensor, OptionalTensor, torch.Tensor, torch.Tensor, OptionalTensor, torch.Tensor]:
    """Adaptive exponential leaky integrate-and-fire neurons with current-based synapses.

    One step, on the values of the step before (terms in brackets exist with their flag)::

        e  = exp_slope exp((v - exp_threshold) / exp_slope)
        dv = dt / c_mem * (i [+ g_l (leak - v)] [+ g_l e] [- w])
        i  = i (1 - dt / tau_syn) + input[t]
        v  = v + dv
        z  = v > threshold                                                            [fire]
        w  = w (1 - dt / tau_adap) [+ dt / tau_adap a (v - leak)] [+ b z]
        v  = reset where z; then the refractory period

    So an input at step ``t`` is seen in the current of step ``t`` and in the membrane of ``t + 1``.
    Each parameter is a number, a tensor ``(N,)`` or a trainable tensor.

    :param input: weighted spikes ``(T, B, N)`` or several such tensors, which are summed.
    :param leak: leak potential; also where the membrane starts if the neuron has a leak.
    :param reset: potential after a spike.
    :param threshold: spikes where the membrane is above it.
    :param tau_syn: synaptic time constant in seconds; ``(2, N)`` (excitatory, inhibitory) if equal.
    :param c_mem: membrane capacitance as a time in seconds; with ``g_l = c_mem / tau_mem`` the
        input gain is ``tau_mem / c_mem``.
    :param g_l: leak conductance (dimensionless); ``None``: 1.
    :param refractory_time: seconds; used with ``refractory``.
    :param method: surrogate gradient, ``"superspike"``.
    :param alpha: its steepness.
    :param exp_slope: slope of the exponential term.
    :param exp_threshold: potential at which the exponential term equals its slope.
    :param subthreshold_adaptation_strength: ``a`` above.
    :param spike_triggered_adaptation_increment: ``b`` above.
    :param tau_adap: adaptation time constant in seconds.
    :param hw_data: measured observables (a handle with ``voltage``, ``adaptation``, ``spikes``);
        they replace the simulated values in every step, the gradient stays that of the equations.
        The result has as many rows as the shortest of input and measured traces.
    :param dt: step width in seconds.
    :param integration_step_code: text of one step, see :class:`CuBaStepCode`; ``None``: that of the
        flags.
    :returns: ``(membrane, membrane_madc, current, adaptation, adaptation_madc, spikes)``, dense
        ones ``(T, B, N)``, zeros for what the neuron does not have; MADC recordings ``None``
        without hardware.
    :raises ValueError: unknown method, shapes that do not fit.
    :raises RuntimeError: the step code failed; the message names the line.
    """
    params: Dict[str, Any] = {
        "leak": leak, "reset": reset, "threshold": threshold, "tau_syn": tau_syn, "c_mem": c_mem,
        "g_l": g_l, "refractory_time": refractory_time, "method": method, "alpha": alpha,
        "exp_slope": exp_slope, "exp_threshold": exp_threshold,
        "subthreshold_adaptation_strength": subthreshold_adaptation_strength,
        "spike_triggered_adaptation_increment": spike_triggered_adaptation_increment,
        "tau_adap": tau_adap}
    flags = CuBaStepCode(leaky, fire, refractory, exponential, subthreshold_adaptation,
                         spike_triggered_adaptation)
    _check_terms(flags, params)
    result, traces = _integrate(input, params, flags, hw_data, dt, integration_step_code)
    membrane = result.membrane
    adaptation = _zeros(membrane) if result.adaptation is None else result.adaptation
    spikes = _zeros(membrane) if result.spikes is None else result.spikes
    return (membrane, traces.voltage_madc, result.current, adaptation, traces.adaptation_madc,
            spikes)


_TERMS = (
    ("exponential", ("exp_slope", "exp_threshold")),
    ("subthreshold_adaptation", ("subthreshold_adaptation_strength", "tau_adap")),
    ("spike_triggered_adaptation", ("spike_triggered_adaptation_increment", "tau_adap")),
)


def _check_terms(flags: CuBaStepCode, params: Dict[str, Any]) -> None:
    if flags.refractory and not flags.fire:
        flags.generate()  # warns
    for flag, needed in _TERMS:
        missing = [name for name in needed if params[name] is None]
        if getattr(flags, flag) and missing:
            raise ValueError(f"{flag}=True needs the parameters {', '.join(missing)}.")


_SeedResult = Tuple[torch.Tensor, torch.Tensor, torch.Tensor, OptionalTensor]


def _seed_integration(input: Input, params: Dict[str, Any], flags: CuBaStepCode, hw_data: Any,
                      dt: float, start: Optional[str] = None) -> _SeedResult:
    """Neurons whose input gain is 1: the capacitance equals the membrane time constant."""
    params["c_mem"] = params.pop("tau_mem")
    result, traces = _integrate(input, params, flags, hw_data, dt, start=start)
    return result.spikes, result.membrane, result.current, traces.voltage_madc


def cuba_lif_integration(input: Input, *, leak: Number, reset: Number, threshold: Number,
                         tau_syn: Number, tau_mem: Number, method: str = "superspike",
                         alpha: float = 50., hw_data: Any = None, dt: float = 1e-6) -> _SeedResult:
    """Leaky integrate-and-fire neurons with input gain 1 and without refractory period.

    ``v += dt / tau_mem (leak - v + i)``, ``i = i (1 - dt / tau_syn) + input[t]`` (old ``i`` in the
    first), spikes where ``v > threshold``, then ``v = reset``.

    :param input: weighted spikes ``(T, B, N)`` or several such tensors, which are summed.
    :param tau_syn: seconds, as ``tau_mem`` and ``dt``.
    :param hw_data: measured ``(spikes, cadc, madc)`` or a handle with ``spikes`` and ``voltage``.
    :returns: ``(spikes, membrane, current, membrane_madc)``, the first three ``(T, B, N)``.
    """
    return _seed_integration(
        input, {"leak": leak, "reset": reset, "threshold": threshold, "tau_syn": tau_syn,
                "tau_mem": tau_mem, "method": method, "alpha": alpha},
        CuBaStepCode(), hw_data, dt)


def cuba_refractory_lif_integration(
        input: Input, *, leak: Number, reset: Number, threshold: Number, tau_syn: Number,
        tau_mem: Number, refractory_time: Number, method: str = "superspike", alpha: float = 50.,
        hw_data: Any = None, dt: float = 1e-6) -> _SeedResult:
    """:func:`cuba_lif_integration` with a refractory period of ``refractory_time`` seconds."""
    return _seed_integration(
        input, {"leak": leak, "reset": reset, "threshold": threshold, "tau_syn": tau_syn,
                "tau_mem": tau_mem, "refractory_time": refractory_time, "method": method,
                "alpha": alpha},
        CuBaStepCode(refractory=True), hw_data, dt)


def cuba_iaf_integration(input: Input, *, reset: Number, threshold: Number, tau_syn: Number,
                         tau_mem: Number, method: str = "superspike", alpha: float = 50.,
                         hw_data: Any = None, dt: float = 1e-6) -> _SeedResult:
    """Integrate-and-fire neurons without leak; the membrane starts at ``reset``.

    ``v += dt / tau_mem i``, everything else as :func:`cuba_lif_integration`.
    """
    return _seed_integration(
        input, {"reset": reset, "threshold": threshold, "tau_syn": tau_syn, "tau_mem": tau_mem,
                "method": method, "alpha": alpha},
        CuBaStepCode(leaky=False), hw_data, dt, start="reset")


def cuba_refractory_iaf_integration(
        input: Input, *, reset: Number, threshold: Number, tau_syn: Number, tau_mem: Number,
        refractory_time: Number, method: str = "superspike", alpha: float = 50.,
        hw_data: Any = None, dt: float = 1e-6) -> _SeedResult:
    """:func:`cuba_iaf_integration` with a refractory period of ``refractory_time`` seconds."""
    return _seed_integration(
        input, {"reset": reset, "threshold": threshold, "tau_syn": tau_syn, "tau_mem": tau_mem,
                "refractory_time": refractory_time, "method": method, "alpha": alpha},
        CuBaStepCode(leaky=False, refractory=True), hw_data, dt, start="reset")


def cuba_li_integration(input: Input, *, leak: Number, tau_syn: Number, tau_mem: Number,
                        hw_data: Any = None, dt: float = 1e-6
                        ) -> Tuple[torch.Tensor, torch.Tensor, OptionalTensor]:
    """Leaky integrators (readout neurons) with input gain 1.

    :param input: weighted spikes ``(T, B, N)`` or several such tensors, which are summed.
    :param hw_data: measured ``(cadc, madc)`` or a handle with ``voltage``.
    :returns: ``(membrane, current, membrane_madc)``.
    """
    _, membrane, current, madc = _seed_integration(
        input, {"leak": leak, "tau_syn": tau_syn, "tau_mem": tau_mem},
        CuBaStepCode(fire=False), hw_data, dt)
    return membrane, current, madc
