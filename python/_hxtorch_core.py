"""Helpers that scripts import under this name: connections, lists of spikes, life cycle."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

import torch

from hxtorch import (  # noqa: F401  pylint: disable=unused-import
    CalibrationPath, HWDBPath, get_unique_identifier, init_hardware, init_hardware_minimal,
    release_hardware)


@dataclass(frozen=True)
class Connection:
    """One connection: (neuron, compartment) of both ends and a weight without sign."""

    index_pre: Tuple[int, int]
    index_post: Tuple[int, int]
    weight: int


def weight_to_connection(weight: torch.Tensor,
                         connections: Optional[List[List[int]]] = None) -> List[Connection]:
    """The connections of a weight matrix, or of a list of weights.

    :param weight: (post, pre), row by row; with `connections` one number each, (C,). Floats are cut
        to whole numbers, signs are dropped.
    :param connections: ``[[post...], [pre...]]``.
    :raises RuntimeError: shapes or lengths do not fit.
    """
    values = torch.as_tensor(weight).detach().cpu()
    if connections is None:
        if values.dim() != 2:
            raise RuntimeError(f"weights of a dense projection are 2-D, not {values.dim()}-D")
        post_count, pre_count = values.shape
        pairs = [(post, pre) for post in range(post_count) for pre in range(pre_count)]
    else:
        if values.dim() != 1:
            raise RuntimeError(f"weights of listed connections are 1-D, not {values.dim()}-D")
        lists = [list(map(int, c)) for c in connections]
        if len(lists) != 2 or len(lists[0]) != len(lists[1]):
            raise RuntimeError("connections are two lists of equal length: [[post...], [pre...]]")
        if len(lists[0]) != len(values):
            raise RuntimeError(f"{len(values)} weights for {len(lists[0])} connections")
        pairs = list(zip(*lists))
    return [Connection((pre, 0), (post, 0), abs(int(w)))
            for (post, pre), w in zip(pairs, values.reshape(-1).tolist())]


def dense_spikes_to_list(spikes: Tuple[Any, Any], input_size: int) -> List[List[List[float]]]:
    """Spike times by batch entry and neuron.

    :param spikes: neuron numbers (B, S) and times (B, S).
    :param input_size: number of neurons.
    :return: [B][input_size] -> times.
    :raises RuntimeError: shapes differ, or a number is out of range.
    """
    index, times = (torch.as_tensor(s).cpu() for s in spikes)
    if index.dim() != 2 or index.shape != times.shape:
        raise RuntimeError(f"numbers {tuple(index.shape)} and times {tuple(times.shape)} are not "
                           "both (batch, spikes)")
    result: List[List[List[float]]] = []
    for row, row_times in zip(index.tolist(), times.tolist()):
        entry: List[List[float]] = [[] for _ in range(input_size)]
        for neuron, at in zip(row, row_times):
            if not 0 <= neuron < input_size:
                raise RuntimeError(f"neuron {neuron} is not in 0..{input_size - 1}")
            entry[neuron].append(at)
        result.append(entry)
    return result
