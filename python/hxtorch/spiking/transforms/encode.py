"""
Encoders: from values to spikes.

Spike tensors are ``(T, B, K)``: time step, batch entry, input channel. A non-zero entry is one event
at ``t * dt``.

>>> encode = CoordinatesToSpikes(seq_length=38, t_early=2e-6, t_late=26e-6, dt=1e-6, t_bias=2e-6)
>>> encode(torch.tensor([[0.0, 0.5, 1.0]])).nonzero().tolist()
[[2, 0, 0], [2, 0, 3], [14, 0, 1], [26, 0, 2]]
"""
from typing import Optional, Union

import torch

# A quotient of two times that is whole up to this is taken as whole: 3e-6 / 1e-6 is not 3 in double.
_WHOLE = 1e-9


class CoordinatesToSpikes(torch.nn.Module):
    """
    Time to first spike: each coordinate in [0, 1] becomes one spike between ``t_early`` and
    ``t_late``; 0 is early.

    :param seq_length: number of time steps ``T`` of the result
    :param t_early: time of coordinate 0, in seconds
    :param t_late: time of coordinate 1, in seconds
    :param dt: width of a time step, in seconds
    :param t_bias: time of a spike in one more channel (the last), in seconds; ``None``: no such channel
    """

    def __init__(self, seq_length: int, t_early: float, t_late: float, dt: float = 1e-6,
                 t_bias: Optional[float] = None) -> None:
        super().__init__()
        if dt <= 0:
            raise ValueError(f"CoordinatesToSpikes: dt is {dt} s, it must be positive")
        if t_late < t_early:
            raise ValueError(f"CoordinatesToSpikes: t_late {t_late} s is before t_early {t_early} s")
        self._seq_length = int(seq_length)
        self._t_early = t_early
        self._t_late = t_late
        self._dt = dt
        self._t_bias = t_bias

    def forward(self, coordinates: torch.Tensor) -> torch.Tensor:
        """
        :param coordinates: ``(B, C)``, values in [0, 1]
        :return: spikes, float32, ``(T, B, C)``, or ``(T, B, C + 1)`` with a bias channel
        :raises ValueError: if a spike falls outside of the ``T`` steps, naming the coordinate
        """
        coordinates = torch.as_tensor(coordinates)
        if coordinates.dim() != 2:
            raise ValueError("CoordinatesToSpikes: expected coordinates of shape (batch, channels), "
                             f"got {tuple(coordinates.shape)}")
        span = self._t_late - self._t_early
        steps = torch.round((self._t_early + coordinates.double() * span) / self._dt)
        if self._t_bias is not None:
            bias = float(int(self._t_bias / self._dt + _WHOLE))
            steps = torch.cat([steps, steps.new_full((steps.shape[0], 1), bias)], 1)
        bad = ~((steps >= 0) & (steps < self._seq_length))
        if bool(bad.any()):
            entry, channel = bad.nonzero()[0].tolist()
            what = (f"coordinate {float(coordinates[entry, channel])}"
                    if channel < coordinates.shape[1] else f"t_bias {self._t_bias} s")
            raise ValueError(
                f"CoordinatesToSpikes: {what} (batch entry {entry}, channel {channel}) falls on time "
                f"step {float(steps[entry, channel]):g}, outside of 0 ... {self._seq_length - 1}")
        spikes = torch.zeros(self._seq_length, *steps.shape, device=coordinates.device)
        return spikes.scatter_(0, steps.long().unsqueeze(0), 1.0)


class PixelsToSpikeTimes(torch.nn.Module):
    """
    Brightness to the time at which a leaky integrator, driven by it, crosses ``threshold``:
    ``t = tau * ln(p / (p - threshold))``, bright is early; not brighter than the threshold: ``t_max``.

    :param tau: time constant; the result has its unit
    :param threshold: smallest brightness that leads to a spike before ``t_max``
    :param t_max: latest time
    :param epsilon: smallest distance to the threshold, avoids a division by zero
    """

    def __init__(self, tau: float = 20, threshold: float = 0.2, t_max: float = 1.0,
                 epsilon: float = 1e-7) -> None:
        super().__init__()
        self._tau = tau
        self._threshold = threshold
        self._t_max = t_max
        self._epsilon = epsilon

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """
        :param pixels: any shape, brightness in [0, 1]
        :return: spike times in the unit of ``tau``, same shape, within [0, t_max]
        """
        pixels = torch.as_tensor(pixels)
        if not pixels.is_floating_point():
            pixels = pixels.float()
        above = pixels.clamp(min=self._threshold + self._epsilon)
        times = self._tau * torch.log(above / (above - self._threshold))
        times = torch.where(pixels < self._threshold, torch.full_like(times, self._t_max), times)
        return times.clamp(0.0, self._t_max)


class SpikeTimesToSparseTensor(torch.nn.Module):
    """
    Spike times to a sparse tensor of events.

    :param bin_width: width of a time step, in the unit of the times
    :param size: number of time steps; events at or after ``size * bin_width`` are dropped
    """

    def __init__(self, bin_width: float, size: int = 100) -> None:
        super().__init__()
        if bin_width <= 0:
            raise ValueError(f"{type(self).__name__}: bin_width is {bin_width}, it must be positive")
        self._bin_width = bin_width
        self._size = int(size)

    def forward(self, spike_times: torch.Tensor) -> torch.Tensor:
        """
        :param spike_times: any shape, one time per element
        :return: sparse COO tensor of integers ``(size, *shape)``, 1 at each event
        """
        spike_times = torch.as_tensor(spike_times)
        # 0.3 / 0.1 is below 3 in floating point: divide in double, take almost whole as whole
        bins = torch.nan_to_num(spike_times.double() / self._bin_width + _WHOLE,
                                nan=self._size, posinf=self._size)
        bins = bins.clamp(-1, self._size).floor().long()
        inside = (bins >= 0) & (bins < self._size)
        indices = torch.cat([bins[inside].unsqueeze(0), inside.nonzero().t()], 0)
        values = torch.ones(indices.shape[1], dtype=torch.int, device=spike_times.device)
        return torch.sparse_coo_tensor(
            indices, values, (self._size, *spike_times.shape)).coalesce()


class SpikeTimesToDense(SpikeTimesToSparseTensor):
    """Like :class:`SpikeTimesToSparseTensor`, as a dense tensor."""

    def forward(self, spike_times: Union[torch.Tensor, float]) -> torch.Tensor:
        """
        :param spike_times: any shape, one time per element
        :return: dense tensor of integers ``(size, *shape)``, 1 at each event
        """
        return super().forward(spike_times).to_dense()
