"""Dropout of neurons, one mask per run."""
from __future__ import annotations

from typing import Any, Optional

import torch

import hxtorch.spiking.functional as F
from hxtorch.spiking.handle import LIFObservables
from hxtorch.spiking.modules.hx_module import HXFunctionalModule


class BatchDropout(HXFunctionalModule):
    """Silences neurons of the module in front; the whole batch shares a mask, drawn by ``run``.

    :param dropout: probability of a neuron to be silent while training.
    """

    output_type = LIFObservables

    def __init__(self, size: int, dropout: float, experiment: Any) -> None:
        super().__init__(experiment)
        self.size, self._dropout = int(size), float(dropout)
        self._mask: Optional[torch.Tensor] = None

    def extra_repr(self) -> str:
        """Size and probability."""
        return f"size={self.size}, dropout={self._dropout}"

    def set_mask(self) -> torch.Tensor:
        """Draws a mask, bool (N,); all ``True`` in evaluation."""
        self._mask = (torch.rand(self.size) > self._dropout) if self.training \
            else torch.ones(self.size, dtype=torch.bool)
        return self._mask

    @property
    def mask(self) -> Optional[torch.Tensor]:
        """The mask of the last run, bool (N,)."""
        return self._mask

    @mask.setter
    def mask(self, mask: torch.Tensor) -> None:
        self._mask = mask

    def forward_func(self, inputs: Any) -> LIFObservables:
        """Spikes times mask; everything else as it is."""
        fields = {n: getattr(inputs, n, None) for n in LIFObservables._field_names}
        fields["spikes"] = F.batch_dropout(inputs.spikes, self._mask)
        return LIFObservables(**fields)
