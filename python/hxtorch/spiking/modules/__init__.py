"""Modules of an experiment."""
from hxtorch.spiking.modules.batch_dropout import BatchDropout
from hxtorch.spiking.modules.hx_module import (
    HXBaseExperimentModule, HXFunctionalModule, HXModule)
from hxtorch.spiking.modules.hx_module_wrapper import HXModuleWrapper
from hxtorch.spiking.modules.input_neuron import InputNeuron
from hxtorch.spiking.modules.neuron import (
    AELIF, LI, LIF, EventPropLIF, EventPropNeuron, IAFNeuron, Neuron, NeuronExp, ReadoutNeuron,
    ReadoutNeuronExp)
from hxtorch.spiking.modules.sparse_synapse import SparseSynapse
from hxtorch.spiking.modules.synapse import EventPropSynapse, Synapse
from hxtorch.spiking.modules.types import InputPopulation, Population, Projection

__all__ = [
    "AELIF", "BatchDropout", "EventPropLIF", "EventPropNeuron", "EventPropSynapse",
    "HXBaseExperimentModule", "HXFunctionalModule", "HXModule", "HXModuleWrapper", "IAFNeuron",
    "InputNeuron", "InputPopulation", "LI", "LIF", "Neuron", "NeuronExp", "Population",
    "Projection", "ReadoutNeuron", "ReadoutNeuronExp", "SparseSynapse", "Synapse"]
