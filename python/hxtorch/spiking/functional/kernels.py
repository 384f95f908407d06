"""Bridge to the compiled kernels of ``hxtorch._native.kernels``.

Each function here computes what the plain torch code beside it computes, for dense CPU tensors of
type ``float32`` or ``float64``. Backward passes that are themselves to be differentiated
(``create_graph=True``) take the plain torch code. Results live in memory that is kept between
batches.

``usable`` decides; :func:`plain_torch` switches the kernels off for a block of code::

    with kernels.plain_torch():
        oracle = functional.cuba_lif_integration(...)
"""
from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Dict, Iterator, NamedTuple, Optional, Tuple

import torch

_TYPES = {torch.float32: "float32", torch.float64: "float64"}
_enabled = True
_native: Any = None
_modules: Dict[torch.dtype, Any] = {}


def available() -> bool:
    """Whether the extension can be imported."""
    global _native, _enabled
    if _native is None:
        try:
            from hxtorch import _native as extension
            _native = extension.kernels
        except (ImportError, AttributeError):
            _native = False
        else:
            _modules.update((dtype, getattr(_native, name)) for dtype, name in _TYPES.items())
    return bool(_native)


def instruction_set() -> Optional[str]:
    """Instruction set of the kernels in use, for example ``"x86-64-v3"``; ``None`` without
    kernels."""
    return _native.instruction_set() if available() else None


def usable(*tensors: torch.Tensor) -> bool:
    """Whether the compiled kernels can take these tensors: dense, on the CPU, one type of the
    two."""
    if not _enabled or _native is None and not available() or not _native:
        return False
    dtype = tensors[0].dtype
    if dtype not in _modules:
        return False
    for tensor in tensors:
        if (tensor.dtype != dtype or tensor.device.type != "cpu"
                or tensor.layout != torch.strided or type(tensor) not in _PLAIN):
            return False
    return True


_PLAIN = (torch.Tensor, torch.nn.Parameter)


@contextmanager
def plain_torch() -> Iterator[None]:
    """Compute in plain torch inside of the ``with`` block (for tests and comparisons)."""
    global _enabled
    before, _enabled = _enabled, False
    try:
        yield
    finally:
        _enabled = before


def _address(tensor: Optional[torch.Tensor]) -> int:
    return 0 if tensor is None else tensor.data_ptr()


def _dense(tensor: Optional[torch.Tensor]) -> Optional[torch.Tensor]:
    return tensor if tensor is None or tensor.is_contiguous() else tensor.contiguous()


class _Plan(NamedTuple):
    """One call of the neuron kernel without its tensors of shape ``(T, B, N)``."""

    params: Dict[str, Any]
    flags: Any
    traces: Any
    dt: float
    start: Any
    bits: int
    alpha: float
    numbers: Tuple[float, ...]
    per_lane: Optional[torch.Tensor]


def _coefficients(params: Dict[str, Any], flags: Any, dt: float, start: Any) -> Tuple[Any, ...]:
    """The numbers of ``kernels.h``, in its order; tensors where a parameter is one."""
    from hxtorch.spiking.functional.integration import _initial_membrane
    from hxtorch.spiking.functional.refractory import refractory_steps

    leak, g_l = params.get("leak", 0.), params["g_l"]
    adaptive = flags.subthreshold_adaptation or flags.spike_triggered_adaptation
    adap_step = dt / params["tau_adap"] if adaptive else 0.
    return (
        dt / params["c_mem"],
        g_l if flags.leaky else 0.,
        leak,
        params.get("threshold", 0.),
        params.get("reset", 0.),
        1. - dt / params["tau_syn"],
        refractory_steps(params["refractory_time"], dt) if flags.refractory else 0.,
        _initial_membrane(flags, params, start),
        g_l * params["exp_slope"] if flags.exponential else 0.,
        params["exp_slope"] if flags.exponential else 1.,
        params["exp_threshold"] if flags.exponential else 0.,
        adap_step * params["subthreshold_adaptation_strength"]
        if flags.subthreshold_adaptation else 0.,
        params["spike_triggered_adaptation_increment"]
        if flags.spike_triggered_adaptation and flags.fire else 0.,
        1. - adap_step)


def _split_coefficients(values: Tuple[Any, ...], like: torch.Tensor
                        ) -> Tuple[Tuple[float, ...], Optional[torch.Tensor]]:
    """Plain numbers, or one row per lane as soon as one of them is a tensor."""
    if not any(isinstance(value, torch.Tensor) for value in values):
        return values, None
    row = like.shape[1:]
    table = like.new_empty((len(values),) + tuple(row))
    for target, value in zip(table, values):
        target.copy_(value) if isinstance(value, torch.Tensor) else target.fill_(value)
    return (0.,) * len(values), table


def integrate(input: torch.Tensor, params: Dict[str, Any], flags: Any, traces: Any, dt: float,
              start: Any = None) -> Any:
    """Same as :func:`hxtorch.spiking.functional.integration.integrate_in_torch`."""
    from hxtorch.spiking.functional.integration import _Traces

    with torch.no_grad():
        numbers, per_lane = _split_coefficients(_coefficients(params, flags, dt, start), input)
    bits = (flags.fire * _native.FIRE | flags.refractory * _native.REFRACTORY
            | flags.exponential * _native.EXPONENTIAL
            | flags.subthreshold_adaptation * _native.SUBTHRESHOLD
            | flags.spike_triggered_adaptation * _native.SPIKE_TRIGGERED)
    traces = traces._replace(spikes=_dense(traces.spikes), voltage=_dense(traces.voltage),
                             adaptation=_dense(traces.adaptation))
    plan = _Plan(params, flags, traces, dt, start, bits, float(params.get("alpha", 0.)), numbers,
                 per_lane)
    if torch.is_grad_enabled() and input.requires_grad:
        results = _Integrate.apply(input, plan)
    else:
        results = _run(input.detach(), plan, False)[:4]
    return _Traces(*results)


def _run(input: torch.Tensor, plan: _Plan, for_backward: bool) -> Tuple[Any, ...]:
    x = _dense(input)
    arrays = _modules[x.dtype].neuron_forward(
        x.data_ptr(), x.shape, plan.bits, plan.alpha, plan.numbers, _address(plan.per_lane),
        _address(plan.traces.voltage), _address(plan.traces.spikes),
        _address(plan.traces.adaptation), for_backward, torch.get_num_threads())
    return tuple(None if array is None else torch.from_numpy(array) for array in arrays)


class _Integrate(torch.autograd.Function):
    """One population: forward and backward in one kernel call each."""

    @staticmethod
    def forward(ctx, input: torch.Tensor, plan: _Plan) -> Tuple[Optional[torch.Tensor], ...]:
        membrane, current, adaptation, spikes, slope = _run(input, plan, True)
        ctx.plan = plan
        ctx.save_for_backward(input, membrane if plan.flags.exponential else None, spikes, slope)
        ctx.set_materialize_grads(False)
        return membrane, current, adaptation, spikes

    @staticmethod
    def backward(ctx, *grads: Optional[torch.Tensor]) -> Tuple[Optional[torch.Tensor], None]:
        input, membrane, spikes, slope = ctx.saved_tensors
        plan = ctx.plan
        if all(grad is None for grad in grads):
            return None, None
        if torch.is_grad_enabled():
            return _differentiable_gradient(input, plan, grads), None
        grad_v, grad_i, grad_w, grad_z = (_dense(grad) for grad in grads)
        grad = _modules[input.dtype].neuron_backward(
            input.shape, plan.bits, plan.numbers, _address(plan.per_lane),
            _address(plan.traces.voltage), _address(membrane), _address(spikes), _address(slope),
            _address(grad_v), _address(grad_i), _address(grad_w), _address(grad_z),
            torch.get_num_threads())
        return torch.from_numpy(grad), None


def _differentiable_gradient(input: torch.Tensor, plan: _Plan,
                             grads: Tuple[Optional[torch.Tensor], ...]) -> torch.Tensor:
    """Gradient of the input that can be differentiated again: the equations once more in plain
    torch."""
    from hxtorch.spiking.functional.integration import integrate_in_torch

    with torch.enable_grad():
        results = integrate_in_torch(input, plan.params, plan.flags, plan.traces, plan.dt,
                                     start=plan.start)
        pairs = [(result, grad) for result, grad in zip(results, grads) if grad is not None]
        (gradient,) = torch.autograd.grad([pair[0] for pair in pairs], input,
                                          [pair[1] for pair in pairs], create_graph=True)
    return gradient


def product(x: torch.Tensor, matrix: torch.Tensor, halves: int = 1) -> torch.Tensor:
    """``x @ matrix`` for ``x (..., K)`` and ``matrix (K, N)`` of any strides; zeros of ``x`` are
    skipped.

    With ``halves=2`` the result is stacked with zeros of the same shape.
    """
    x = _dense(x)
    shape = tuple(x.shape[:-1]) + (matrix.shape[1],)
    return torch.from_numpy(_modules[x.dtype].product(
        x.data_ptr(), matrix.data_ptr(), shape, matrix.shape[0], matrix.stride(0),
        matrix.stride(1), halves, torch.get_num_threads()))


def weight_gradient(grad: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Sum over all leading dimensions of ``grad[..., n] * x[..., k]``: ``(N, K)``."""
    grad, x = _dense(grad), _dense(x)
    rows = x.numel() // x.shape[-1] if x.shape[-1] else 0
    return torch.from_numpy(_modules[x.dtype].weight_gradient(
        grad.data_ptr(), x.data_ptr(), rows, grad.shape[-1], x.shape[-1],
        torch.get_num_threads()))


class _Linear(torch.autograd.Function):
    """``x @ weight.T`` with the sparse product."""

    @staticmethod
    def forward(ctx, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, weight)
        return product(x, weight.t())

    @staticmethod
    def backward(ctx, grad: torch.Tensor) -> Tuple[Optional[torch.Tensor], Optional[torch.Tensor]]:
        x, weight = ctx.saved_tensors
        twice = torch.is_grad_enabled() or not usable(grad)
        grad_x = grad_weight = None
        if ctx.needs_input_grad[0]:
            grad_x = grad @ weight if twice else product(grad, weight)
        if ctx.needs_input_grad[1]:
            grad_weight = (
                grad.reshape(-1, grad.shape[-1]).t() @ x.reshape(-1, x.shape[-1])
                if twice else weight_gradient(grad, x))
        return grad_x, grad_weight


def linear(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """``x @ weight.T`` for ``x (..., K)`` and ``weight (N, K)``."""
    if torch.is_grad_enabled() and (x.requires_grad or weight.requires_grad):
        return _Linear.apply(x, weight)
    return product(x.detach(), weight.detach().t())


def eventprop_synapse(x: torch.Tensor, weight: torch.Tensor, bias: Optional[torch.Tensor]
                      ) -> torch.Tensor:
    """``stack(x @ weight.T + bias, zeros)`` outside of the graph."""
    result = product(x, weight.t(), halves=2)
    if bias is not None:
        result[0] += bias
    return result


def _eventprop_coefficients(leak: Any, reset: Any, threshold: Any, tau_syn: Any, tau_mem: Any,
                            dt: float, like: torch.Tensor
                            ) -> Tuple[Tuple[float, ...], Optional[torch.Tensor]]:
    return _split_coefficients(
        (leak, reset, threshold, 1. - dt / tau_syn, dt / tau_syn, dt / tau_mem, 1. - dt / tau_mem,
         tau_syn), like)


def eventprop_forward(input: torch.Tensor, *args: Any) -> Tuple[torch.Tensor, ...]:
    """Same as :func:`hxtorch.spiking.functional.eventprop.eventprop_forward`."""
    x = _dense(input)
    numbers, per_lane = _eventprop_coefficients(*args, x)
    return tuple(torch.from_numpy(array) for array in _modules[x.dtype].eventprop_forward(
        x.data_ptr(), x.shape, numbers, _address(per_lane), torch.get_num_threads()))


def eventprop_backward(grad_spikes: torch.Tensor, spikes: torch.Tensor, current: torch.Tensor,
                       *args: Any) -> torch.Tensor:
    """Same as :func:`hxtorch.spiking.functional.eventprop.eventprop_backward`."""
    grad_spikes, spikes, current = _dense(grad_spikes), _dense(spikes), _dense(current)
    numbers, per_lane = _eventprop_coefficients(*args, spikes)
    return torch.from_numpy(_modules[spikes.dtype].eventprop_backward(
        grad_spikes.data_ptr(), spikes.data_ptr(), current.data_ptr(), spikes.shape, numbers,
        _address(per_lane), torch.get_num_threads()))
