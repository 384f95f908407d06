"""Sources of spikes from outside."""
from __future__ import annotations

from typing import Any

import hxtorch.spiking.functional as F
from hxtorch.spiking.handle import LIFObservables
from hxtorch.spiking.modules.types import InputPopulation
from hxtorch.spiking.observables import NeuronObservables


class InputNeuron(InputPopulation):
    """Hands spikes on; on hardware a population of sources whose events of step ``t`` leave at
    ``t * dt``. With ``execution_instance.input_loopback`` the recorded spikes take their place."""

    output_type = LIFObservables

    def extra_repr(self) -> str:
        """Size."""
        return f"size={self.size}"

    def register_hw_entity(self) -> None:
        """Registers the population."""
        self.descriptor = (self.execution_instance.ID, "input",
                           len(self.experiment._populations))
        self.experiment.register_population(self)

    def post_process(self, hw_data: Any, runtime_s: float) -> NeuronObservables:
        """Recorded spikes (T, B, N), if there are any."""
        spikes = None
        if hw_data.spikes is not None:
            spikes = hw_data.spikes.to_dense(runtime_s, self.experiment.dt)
        return NeuronObservables.of(("spikes",), spikes=spikes)

    def forward_func(self, spikes: Any, hw_data: Any = None) -> LIFObservables:
        """Identity."""
        measured = getattr(hw_data, "spikes", None)
        return LIFObservables(spikes=F.input_neuron(
            spikes.spikes, hw_data if measured is not None else None))
