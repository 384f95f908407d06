"""Parts of the measurements: neurons with a constant current, one run with one recorded neuron."""
from __future__ import annotations

import contextlib
from functools import partial
from typing import Any, Dict, Iterator, Optional

import torch

#: Code of the constant current, the largest that all circuits take.
CURRENT = 1000
#: Steps of 1 us of a measurement.
STEPS = 100


@contextlib.contextmanager
def hardware() -> Iterator[None]:
    """A connection: the open one, or one for as long as the context lasts."""
    import hxtorch

    try:
        hxtorch.get_unique_identifier()
    except RuntimeError:
        hxtorch.init_hardware()
        try:
            yield
        finally:
            hxtorch.release_hardware()
        return
    yield


def numbers(values: Any) -> list:
    """Circuits of a logical neuron, the first one first."""
    from hxtorch.spiking.calibration import _circuit_numbers

    return sorted(_circuit_numbers(values))


def constant_current_neuron(kind: Optional[str], threshold: bool) -> type:
    """A class of LIF neurons with a constant current into the first circuit of each.

    :param kind: ``"source"`` (upwards), ``"sink"`` (downwards), or ``None``.
    :param threshold: ``False``: the neurons do not fire.
    """
    from hxtorch.spiking.modules import LIF

    class ConstantCurrentNeuron(LIF):
        """LIF neurons with a constant current."""

        def configure_hw_entity(self, neuron_id: int, neuron_block: Any, coord: Any) -> None:
            """Switches current and threshold after everything else."""
            super().configure_hw_entity(neuron_id, neuron_block, coord)
            first = neuron_block.atomic_neurons[numbers(coord)[0]]
            if kind is not None:
                first.constant_current.i_offset = CURRENT
                first.constant_current.type = kind
                first.constant_current.enable = True
            first.threshold.enable = threshold

    return ConstantCurrentNeuron


def _options(neuron_structure: Any) -> Dict[str, Any]:
    return {} if neuron_structure is None else {"neuron_structure": neuron_structure}


def constant_current_trace(kind: Optional[str], threshold: bool, params: Optional[Dict[str, Any]],
                           calib_path: Optional[str], neuron_structure: Any,
                           steps: int = STEPS) -> torch.Tensor:
    """CADC trace of one neuron over `steps` of 1 us, (T,) in CADC LSB."""
    from hxtorch.spiking import Experiment, Synapse, run
    from hxtorch.spiking.handle import LIFObservables

    experiment = Experiment(mock=False, dt=1e-6)
    if calib_path is not None:
        experiment.default_execution_instance.load_calib(calib_path)
    synapse = Synapse(1, 1, experiment)
    synapse.weight.data.zero_()
    neuron = constant_current_neuron(kind, threshold)(
        1, experiment, interpolation_mode="nn",  # extremes stay what they are
        **_options(neuron_structure), **(params or {}))
    output = neuron(synapse(LIFObservables(spikes=torch.zeros(steps, 1, 1))))
    with torch.no_grad():
        run(experiment, steps)
    return output.membrane_cadc.detach()[:steps, 0, 0]


def response_to_one_spike(weights: torch.Tensor, params: Optional[Dict[str, Any]],
                          calib_path: Optional[str], neuron_structure: Any, mock: bool,
                          trace_scale: float = 1.) -> torch.Tensor:
    """Amplitudes of the response to one spike at step 10, one neuron per weight.

    :param weights: (N,), on hardware -63..63.
    :return: (N,), signed, model units if `trace_scale` is right (mock: always).
    """
    from hxtorch.spiking import LI, Experiment, Synapse, run
    from hxtorch.spiking.handle import LIFObservables
    from hxtorch.spiking.transforms.weight_transforms import linear_saturating

    experiment = Experiment(mock=mock, dt=1e-6)
    if calib_path is not None and not mock:
        experiment.default_execution_instance.load_calib(calib_path)
    transform = partial(linear_saturating, scale=1.)
    synapse = Synapse(1, len(weights), experiment, transform=transform)
    synapse.weight.data = weights.reshape(-1, 1).to(torch.float32)
    neuron = LI(len(weights), experiment, shift_cadc_to_first=not mock, trace_scale=trace_scale,
                **_options(neuron_structure), **(params or {}))
    spikes = torch.zeros(STEPS, 1, 1)
    spikes[10] = 1
    output = neuron(synapse(LIFObservables(spikes=spikes)))
    with torch.no_grad():
        run(experiment, STEPS)
    trace = output.membrane_cadc.detach()[:STEPS, 0, :]
    trace = trace - trace[:10].mean(0)
    extreme = trace.abs().argmax(0)
    return trace.gather(0, extreme[None])[0]


def slope(x: torch.Tensor, y: torch.Tensor) -> float:
    """Slope of the straight line through points, least squares."""
    x, y = x.double() - x.double().mean(), y.double() - y.double().mean()
    return float((x * y).sum() / (x * x).sum())
