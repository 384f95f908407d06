"""One neuron whose leak is above its threshold: it fires without input.

    python3 -m hxtorch.examples.spiking.calib_neuron
"""
from __future__ import annotations

from typing import Tuple

import torch

import hxtorch
from hxtorch.spiking import LIF, Experiment, LIFObservables, Synapse, run


def main() -> Tuple[torch.Tensor, torch.Tensor]:
    """Calibrates, runs 100 us.

    :return: spikes (T, 1, 1) and CADC values of the membrane (T, 1, 1).
    """
    hxtorch.init_hardware()
    try:
        experiment = Experiment(mock=False, dt=1e-6)
        synapse = Synapse(1, 1, experiment)
        neuron = LIF(1, experiment, leak=140, reset=70, threshold=125, tau_mem=10e-6,
                     tau_syn=10e-6, refractory_time=2e-6)
        output = neuron(synapse(LIFObservables(spikes=torch.zeros(100, 1, 1))))
        with torch.no_grad():
            run(experiment, 100)
    finally:
        hxtorch.release_hardware()
    return output.spikes, output.membrane_cadc


if __name__ == "__main__":
    SPIKES, _ = main()
    print(f"{int(SPIKES.sum())} spikes in 100 us")
