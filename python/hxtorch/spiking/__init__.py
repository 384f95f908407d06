"""Spiking neural networks in software and on chips, with gradients by torch."""
from hxtorch.spiking import datasets, morphology
from hxtorch.spiking.execution_instance import ExecutionInstance, ExecutionInstances
from hxtorch.spiking.experiment import BaseExperiment, Experiment
from hxtorch.spiking.handle import (
    Handle, LIFObservables, LIObservables, NeuronHandle, ReadoutNeuronHandle, SynapseHandle,
    TensorHandle)
from hxtorch.spiking.modules import (
    AELIF, LI, LIF, BatchDropout, EventPropLIF, EventPropNeuron, EventPropSynapse,
    HXBaseExperimentModule, HXModule, HXModuleWrapper, IAFNeuron, InputNeuron, Neuron, NeuronExp,
    ReadoutNeuron, ReadoutNeuronExp, SparseSynapse, Synapse)
from hxtorch.spiking.parameter import (
    HXParameter, HXTransformedModelParameter, MixedHXModelParameter, ModelParameter)
from hxtorch.spiking.run import run

__all__ = [
    "AELIF", "BaseExperiment", "BatchDropout", "EventPropLIF", "EventPropNeuron",
    "EventPropSynapse", "ExecutionInstance", "ExecutionInstances", "Experiment",
    "HXBaseExperimentModule", "HXModule", "HXModuleWrapper", "HXParameter",
    "HXTransformedModelParameter", "Handle",
    "IAFNeuron", "InputNeuron", "LI", "LIF", "LIFObservables", "LIObservables",
    "MixedHXModelParameter", "ModelParameter", "Neuron", "NeuronExp", "NeuronHandle",
    "ReadoutNeuron", "ReadoutNeuronExp", "ReadoutNeuronHandle", "SparseSynapse", "Synapse",
    "SynapseHandle", "TensorHandle", "datasets", "morphology", "run"]
