"""Synapses, all to all."""
from __future__ import annotations

import math
from typing import Any, Callable, Optional

import torch

import hxtorch.spiking.functional as F
from hxtorch.spiking.handle import SynapseHandle
from hxtorch.spiking.modules.types import Projection
from hxtorch.spiking.transforms import weight_transforms


class Synapse(Projection):
    """A matrix of weights.

    :param in_features: sources.
    :param out_features: neurons.
    :param transform: from weights of the model to those of the chip, -63..63; rounded half away
        from zero afterwards. Read and write as ``weight_transform``.

    ``weight``: ``nn.Parameter`` (out_features, in_features), initialised like ``torch.nn.Linear``.
    """

    output_type = SynapseHandle
    plasticity_rule: Any = None

    def __init__(self, in_features: int, out_features: int, experiment: Any,
                 execution_instance: Any = None, chip_coordinate: Any = None,
                 device: Any = None, dtype: Any = None,
                 transform: Callable[[torch.Tensor], torch.Tensor] =
                 weight_transforms.linear_saturating, plasticity_rule: Any = None) -> None:
        super().__init__(in_features, out_features, experiment, execution_instance,
                         chip_coordinate)
        self.weight = torch.nn.Parameter(torch.empty(
            self.out_features, self.in_features, device=device, dtype=dtype))
        self.weight_transform = transform
        self.plasticity_rule = plasticity_rule
        self._last_weight: Optional[torch.Tensor] = None
        self.reset_parameters()

    def extra_repr(self) -> str:
        """Sizes."""
        return f"in_features={self.in_features}, out_features={self.out_features}"

    def reset_parameters(self) -> None:
        """New weights, as ``torch.nn.Linear`` draws them."""
        torch.nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))

    @property
    def changed_since_last_run(self) -> bool:
        """Whether the weights differ from those of the last run."""
        return self._changed_since_last_run or self._last_weight is None \
            or not torch.equal(self._last_weight, self.weight)

    def reset_changed_since_last_run(self) -> None:
        """Remembers the weights."""
        self._changed_since_last_run = False
        self._last_weight = self.weight.detach().clone()

    def forward_func(self, inputs: Any) -> SynapseHandle:
        """Weighted spikes (T, B, out_features)."""
        return SynapseHandle(graded_spikes=F.linear(inputs.spikes, self.weight))


class EventPropSynapse(Synapse):
    """Synapses whose gradients come from EventProp; ``graded_spikes`` is (2, T, B, N)."""

    def forward_func(self, inputs: Any) -> SynapseHandle:
        """Weighted spikes and a path for the second gradient."""
        return SynapseHandle(graded_spikes=F.EventPropSynapseFunction.apply(
            inputs.spikes, self.weight))
