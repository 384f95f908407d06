"""Synapses between listed pairs only."""
from __future__ import annotations

from typing import Any, Callable

import torch

import hxtorch.spiking.functional as F
from hxtorch.spiking.handle import SynapseHandle
from hxtorch.spiking.modules.synapse import Synapse
from hxtorch.spiking.transforms import weight_transforms


class SparseSynapse(Synapse):
    """A matrix of weights of which only some exist.

    :param connections: (in_features, out_features), dense or sparse COO; not zero: a synapse.

    ``weight`` is dense (out_features, in_features) with zeros elsewhere, ``mask`` bool of that
    shape, ``connections`` the lists ``[post...], [pre...]``.
    """

    def __init__(self, connections: torch.Tensor, experiment: Any, execution_instance: Any = None,
                 chip_coordinate: Any = None, device: Any = None, dtype: Any = None,
                 transform: Callable[[torch.Tensor], torch.Tensor] =
                 weight_transforms.linear_saturating) -> None:
        dense = connections.to_dense() if connections.is_sparse else connections
        mask = (dense != 0).t().contiguous()
        super().__init__(dense.shape[0], dense.shape[1], experiment, execution_instance,
                         chip_coordinate, device, dtype, transform)
        self.register_buffer("mask", mask.to(self.weight.device), persistent=False)
        post, pre = mask.nonzero(as_tuple=True)
        self.connections = [post.tolist(), pre.tolist()]
        with torch.no_grad():
            self.weight.data *= self.mask

    def extra_repr(self) -> str:
        """Sizes."""
        return f"{super().extra_repr()}, connections={len(self.connections[0])}"

    def forward_func(self, inputs: Any) -> SynapseHandle:
        """Weighted spikes (T, B, out_features); weights without a synapse are set to zero."""
        return SynapseHandle(graded_spikes=F.linear_sparse(inputs.spikes, self.weight, self.mask))
