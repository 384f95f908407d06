"""
Decoders: from traces over time to one number per output neuron.

All take a tensor ``(T, B, N)``, time first, and return ``(B, N)``. They are differentiable:

>>> scores = MaxOverTime()(readout_handle.membrane_cadc)     # doctest: +SKIP
>>> loss = torch.nn.functional.cross_entropy(scores, target)  # doctest: +SKIP
"""
import torch


def _check(trace: torch.Tensor, name: str) -> torch.Tensor:
    if not isinstance(trace, torch.Tensor):
        raise TypeError(
            f"{name}: expected a tensor (time, batch, neurons), got {type(trace).__name__}"
            + (". Has the network been run?" if trace is None else "")
        )
    return trace


class MaxOverTime(torch.nn.Module):
    """Largest value of each trace. Ties share the gradient equally."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # pylint: disable=redefined-builtin
        """``(T, B, N) -> (B, N)``"""
        return torch.amax(_check(input, "MaxOverTime"), 0)


class SumOverTime(torch.nn.Module):
    """Sum over time: the number of spikes, if the trace holds spikes."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # pylint: disable=redefined-builtin
        """``(T, B, N) -> (B, N)``"""
        return torch.sum(_check(input, "SumOverTime"), 0)


class MeanOverTime(torch.nn.Module):
    """Mean over time."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # pylint: disable=redefined-builtin
        """``(T, B, N) -> (B, N)``"""
        return torch.mean(_check(input, "MeanOverTime"), 0)
