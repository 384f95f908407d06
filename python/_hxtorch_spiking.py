"""Raw recordings and spike times under the names that scripts import."""
from __future__ import annotations

from typing import Any, List, Sequence

import numpy as np
import torch

from hxtorch.spiking._hardware import CADCData, MADCData, SpikeData


def tensor_to_spike_times(times: torch.Tensor, dt: float) -> List[List[List[float]]]:
    """Spike times of a dense tensor: every entry that is not 0 is one spike.

    :param times: (T, B, K) on the CPU.
    :param dt: width of a step, any unit.
    :return: [B][K] -> step * dt, in the unit of `dt`.
    :raises RuntimeError: not 3-D, an empty dimension, or not on the CPU.
    """
    if times.dim() != 3 or 0 in times.shape:
        raise RuntimeError(f"a tensor of shape {tuple(times.shape)} is not (time, batch, neuron)")
    if times.device.type != "cpu":
        raise RuntimeError(f"the tensor is on {times.device}, it must be on the CPU")
    result: List[List[List[float]]] = [[[] for _ in range(times.shape[2])]
                                       for _ in range(times.shape[1])]
    for step, entry, neuron in times.nonzero().tolist():
        result[entry][neuron].append(step * dt)
    return result


def _rows(data: Sequence[tuple], batch: int, size: int, place: int) -> Any:
    """Tuples ordered by (batch, neuron) and time, with the row offsets."""
    for item in data:
        if not (0 <= item[place] < batch and 0 <= item[place + 1] < size):
            raise RuntimeError(f"{item} is not within {batch} batch entries and {size} neurons")
    ordered = sorted(data, key=lambda d: (d[place], d[place + 1], d[place - 1]))
    counts = np.zeros(batch * size, dtype=np.int64)
    for item in ordered:
        counts[item[place] * size + item[place + 1]] += 1
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.uint64)
    return ordered, offsets


class SpikeHandle(SpikeData):
    """Spikes from tuples (clock, batch entry, neuron)."""

    def __init__(self, data: Sequence[tuple], batch_size: int, population_size: int) -> None:
        ordered, offsets = _rows(data, batch_size, population_size, 1)
        super().__init__((batch_size, population_size, offsets,
                          np.array([d[0] for d in ordered], dtype=np.int64)))

    def set_data(self, data: Sequence[tuple]) -> None:
        """Replaces the spikes."""
        self.__init__(data, self.batch_size, self.population_size)  # type: ignore[misc]


class CADCHandle(CADCData):
    """CADC samples from tuples (value -128..127, clock, batch entry, neuron)."""

    def __init__(self, data: Sequence[tuple], batch_size: int, population_size: int) -> None:
        ordered, offsets = _rows(data, batch_size, population_size, 2)
        super().__init__((batch_size, population_size, offsets,
                          np.array([d[1] for d in ordered], dtype=np.int64),
                          np.array([d[0] + 128 for d in ordered], dtype=np.float32)))

    def set_data(self, data: Sequence[tuple]) -> None:
        """Replaces the samples."""
        self.__init__(data, self.batch_size, self.population_size)  # type: ignore[misc]


class MADCHandle(MADCData):
    """MADC samples from tuples (code, clock, batch entry, neuron)."""

    def __init__(self, data: Sequence[tuple], batch_size: int, population_size: int) -> None:
        ordered, offsets = _rows(data, batch_size, population_size, 2)
        super().__init__((batch_size, list(range(population_size)), offsets,
                          np.array([d[1] for d in ordered], dtype=np.int64),
                          np.array([d[0] for d in ordered], dtype=np.uint16)))

    def set_data(self, data: Sequence[tuple]) -> None:
        """Replaces the samples."""
        self.__init__(data, self.batch_size, self.population_size)  # type: ignore[misc]
