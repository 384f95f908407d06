"""Dropout of neurons for a whole batch."""
from __future__ import annotations

import torch


def batch_dropout(input: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Silence the neurons whose mask is ``False``.

    :param input: spikes ``(T, B, N)``.
    :param mask: bool ``(N,)``, the same for every batch entry.
    :returns: ``input * mask``.
    """
    return input * mask
