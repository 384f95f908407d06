"""EventProp: gradients of spike times by the adjoint equations, without a surrogate."""
from __future__ import annotations

from typing import Any, Optional, Tuple

import torch

from hxtorch.spiking.functional import kernels
from hxtorch.spiking.functional.injection import hardware_traces


def eventprop_forward(input: torch.Tensor, leak: Any, reset: Any, threshold: Any, tau_syn: Any,
                      tau_mem: Any, dt: float) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Spikes, membrane and current ``(T, B, N)`` of weighted spikes ``(T, B, N)`` in plain torch.
    """
    spikes, membrane, current = (torch.zeros_like(input) for _ in range(3))
    if input.shape[0] == 0:
        return spikes, membrane, current
    membrane[0] += leak
    i, v = current[0], membrane[0]
    for step in range(input.shape[0] - 1):
        i = i * (1. - dt / tau_syn) + input[step]
        v = v + dt / tau_mem * (leak - v + i)
        spiked = v > threshold
        v = torch.where(spiked, torch.zeros_like(v) + reset, v)
        spikes[step + 1], membrane[step + 1], current[step + 1] = spiked.to(v.dtype), v, i
    return spikes, membrane, current


def eventprop_current(input: torch.Tensor, tau_syn: Any, dt: float) -> torch.Tensor:
    """Synaptic current ``(T, B, N)`` as :func:`eventprop_forward` stores it."""
    current = torch.zeros_like(input)
    for step in range(input.shape[0] - 1):
        current[step + 1] = current[step] * (1. - dt / tau_syn) + input[step]
    return current


def _finite(value: torch.Tensor) -> torch.Tensor:
    return torch.where(torch.isfinite(value), value, torch.zeros_like(value))


def eventprop_backward(grad_spikes: torch.Tensor, spikes: torch.Tensor, current: torch.Tensor,
                       leak: Any, reset: Any, threshold: Any, tau_syn: Any, tau_mem: Any,
                       dt: float) -> torch.Tensor:
    """Gradient ``(2, T, B, N)`` of the input by the adjoint equations, in plain torch."""
    lambda_i, lambda_v = torch.zeros_like(spikes), torch.zeros_like(spikes)
    for step in range(spikes.shape[0] - 1, 0, -1):
        z = spikes[step]
        before = leak - threshold + current[step - 1]
        after = leak - reset + current[step - 1]
        lambda_i[step - 1] = lambda_i[step] + dt / tau_syn * (lambda_v[step] - lambda_i[step])
        decayed = lambda_v[step] * (1. - dt / tau_mem)
        jump = _finite(z * after / before) * decayed + _finite(z / before) * grad_spikes[step]
        lambda_v[step - 1] = (1. - z) * decayed + _finite(jump)
    return torch.stack((tau_syn * lambda_i, lambda_v - lambda_i))


def _row(value: Any, like: torch.Tensor) -> Any:
    if isinstance(value, torch.Tensor) and value.dim() > 0:
        return value.detach().to(dtype=like.dtype, device=like.device)
    return float(value)


class EventPropLIFFunction(torch.autograd.Function):
    """Leaky integrate-and-fire neurons with EventProp gradients.

    ``EventPropLIFFunction.apply(input, leak, reset, threshold, tau_syn, tau_mem, hw_data, dt)``
    returns ``(spikes, membrane, current)``, each ``(T, B, N)``. Row 0 is the initial state; then
    ``i = i (1 - dt / tau_syn) + x[t]``, ``v += dt / tau_mem (leak - v + i)`` (with the *new*
    ``i``, unlike the surrogate-gradient neurons), spike and reset where ``v > threshold``, stored
    in row ``t + 1``.

    The gradient is that of the spikes only; those of membrane and current are not used.
    """

    @staticmethod
    def forward(ctx, input: torch.Tensor, leak: Any = 0., reset: Any = 0., threshold: Any = 1.,
                tau_syn: Any = 10e-6, tau_mem: Any = 10e-6, hw_data: Any = None, dt: float = 1e-6
                ) -> Tuple[torch.Tensor, torch.Tensor, Optional[torch.Tensor]]:
        """Integrate, or take over what was measured.

        :param input: ``(2, T, B, N)`` as :class:`EventPropSynapseFunction` returns it: weighted
            spikes and zeros; the second half carries a second gradient back to the synapse.
        :param leak: potentials in the unit of the weights, numbers or ``(N,)``.
        :param tau_syn: seconds, as ``tau_mem`` and ``dt``.
        :param hw_data: measured ``(spikes, cadc, ...)`` or a handle with ``spikes`` and
            ``voltage``; returned unchanged, with ``None`` for the current.
        :raises ValueError: ``input`` is not ``(2, T, B, N)``; measured data without spikes.
        """
        if input.dim() != 4 or input.shape[0] != 2:
            raise ValueError(
                f"EventProp neurons need an input of shape (2, T, B, N), got {tuple(input.shape)}; "
                "use EventPropSynapse in front of them.")
        params = tuple(_row(p, input) for p in (leak, reset, threshold, tau_syn, tau_mem))
        ctx.params, ctx.dt = params, dt
        ctx.set_materialize_grads(False)
        measured = hardware_traces(hw_data, True) if hw_data is not None else None
        if measured is not None:
            if measured.spikes is None:
                raise ValueError("EventProp gradients need recorded spikes, but hw_data has none.")
            steps = min(input.shape[1], measured.spikes.shape[0])
            spikes = measured.spikes[:steps].to(dtype=input.dtype, device=input.device)
            ctx.save_for_backward(input, spikes)
            return spikes.view_as(spikes), measured.voltage, None
        weighted = input[0]
        if kernels.usable(weighted):
            spikes, membrane, current = kernels.eventprop_forward(weighted, *params, dt)
        else:
            spikes, membrane, current = eventprop_forward(weighted, *params, dt)
        ctx.save_for_backward(input, spikes, current)
        return spikes, membrane, current

    @staticmethod
    def backward(ctx, grad_spikes: Optional[torch.Tensor], *_unused: Any) -> Tuple[Any, ...]:
        """Adjoint equations, backwards in time; a gradient for ``input`` only."""
        input, spikes, *simulated = ctx.saved_tensors
        rest = (None,) * 7
        if grad_spikes is None:
            return (None,) + rest
        steps = spikes.shape[0]
        current = (simulated[0] if simulated else
                   eventprop_current(input[0, :steps], ctx.params[3], ctx.dt))
        if kernels.usable(spikes) and not torch.is_grad_enabled():
            grad = kernels.eventprop_backward(grad_spikes, spikes, current, *ctx.params, ctx.dt)
        else:
            grad = eventprop_backward(grad_spikes, spikes, current, *ctx.params, ctx.dt)
        if steps != input.shape[1]:
            padded = torch.zeros_like(input)
            padded[:, :steps] = grad
            grad = padded
        return (grad,) + rest


EventPropNeuronFunction = EventPropLIFFunction


class EventPropSynapseFunction(torch.autograd.Function):
    """Weighted sum of spikes with the two gradient paths of EventProp.

    ``EventPropSynapseFunction.apply(input, weight[, bias])`` returns ``(2, T, B, N)``: ``input @
    weight.T`` and zeros. The gradient of the first half goes to the weights, that of the second to
    the spikes.
    """

    @staticmethod
    def forward(ctx, input: torch.Tensor, weight: torch.Tensor,
                bias: Optional[torch.Tensor] = None) -> torch.Tensor:
        """:param input: spikes ``(T, B, K)``.
        :param weight: ``(N, K)``.
        :param bias: ``(N,)`` or ``None``.
        """
        if input.dim() != 3 or weight.dim() != 2 or input.shape[-1] != weight.shape[1]:
            raise ValueError(f"Input of shape {tuple(input.shape)} does not fit a weight of shape "
                             f"{tuple(weight.shape)}; expected (T, B, K) and (N, K).")
        ctx.save_for_backward(input, weight)
        ctx.has_bias = bias is not None
        if kernels.usable(input, weight):
            return kernels.eventprop_synapse(input, weight, bias)
        product = torch.nn.functional.linear(input, weight, bias)
        return torch.stack((product, torch.zeros_like(product)))

    @staticmethod
    def backward(ctx, grad_output: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        """Gradients of input, weight and bias."""
        input, weight = ctx.saved_tensors
        fast = kernels.usable(input, weight, grad_output) and not torch.is_grad_enabled()
        grad_input = grad_weight = grad_bias = None
        if ctx.needs_input_grad[0]:
            grad_input = (kernels.product(grad_output[1], weight) if fast
                          else grad_output[1] @ weight)
        if ctx.needs_input_grad[1]:
            grad_weight = (kernels.weight_gradient(grad_output[0], input) if fast else
                           grad_output[0].flatten(0, 1).t() @ input.flatten(0, 1))
        if ctx.has_bias and ctx.needs_input_grad[2]:
            grad_bias = grad_output[0].sum((0, 1))
        return (grad_input, grad_weight, grad_bias)[:len(ctx.needs_input_grad)]
