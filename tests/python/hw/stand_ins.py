"""The least that modules of an experiment are to `hxtorch.spiking._hardware`."""
from types import SimpleNamespace

import torch

from hxtorch.spiking.calibration import DEFAULTS
from hxtorch.spiking.execution_instance import ExecutionInstance


class Parameter:
    def __init__(self, value):
        self.hardware_value = value


class Placement:
    def __init__(self):
        self.places = {}

    def id2logicalneuron(self, unit):
        return SimpleNamespace(circuits=self.places[unit])


class Input:
    def __init__(self, size):
        self.size, self.descriptor = size, ("input", id(self))


class Neurons:
    leaky = True
    changed_since_last_run = False
    enable_madc_recording = False
    record_neuron_id = None
    cadc_readout_source = madc_readout_source = "VOLTAGE"

    def __init__(self, size, instance, first=0, fire=True, spikes=True, cadc=True, **parameters):
        self.size, self.execution_instance, self.fire = size, instance, fire
        self.enable_spike_recording = spikes and fire
        self.enable_cadc_recording = cadc
        self.descriptor = ("neurons", id(self))
        self.mask = None
        self.unit_ids = range(first, first + size)
        if not isinstance(instance._neuron_placement, Placement):
            instance.neuron_placement = Placement()
        for unit in self.unit_ids:
            instance.neuron_placement.places[unit] = [unit]
        self.parameters = {n: Parameter(parameters.get(n, v)) for n, v in DEFAULTS.items()}

    def params_dict(self):
        return self.parameters


class Weights:
    def __init__(self, weight, source, target, connections=None):
        self.weight = torch.as_tensor(weight, dtype=torch.float32)
        self.source, self.target = source, target
        if connections is not None:
            self.connections = connections

    weight_transform = staticmethod(lambda w: torch.clamp(w, -63, 63))


class Manager:
    def source_populations(self, projection):
        return [projection.source]

    def target_populations(self, projection):
        return [projection.target]


class Experiment:
    """Populations and projections with the members that a run reads."""

    def __init__(self, dt=1e-6, routing=None):
        self.dt, self.hw_routing_func, self.mock = dt, routing, False
        self.inter_batch_entry_wait = None
        self.inter_batch_entry_routing_disabled = True
        self.modules = Manager()
        self.default_execution_instance = ExecutionInstance()
        self._populations, self._projections = [], []

    def input(self, size):
        self._populations.append(Input(size))
        return self._populations[-1]

    def neurons(self, size, instance=None, **options):
        instance = instance or self.default_execution_instance
        module = Neurons(size, instance, **options)
        self._populations.append(module)
        instance.modules = [m for m in self._populations
                            if getattr(m, "execution_instance", None) is instance]
        return module

    def connect(self, source, target, weight, connections=None):
        self._projections.append(Weights(weight, source, target, connections))
        return self._projections[-1]


def spikes_at(steps, batch, size, times):
    """Dense input (T, B, K) with spikes at `times` [step] of every source in every entry."""
    dense = torch.zeros(steps, batch, size)
    dense[list(times)] = 1
    return dense
