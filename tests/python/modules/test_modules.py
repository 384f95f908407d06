"""Modules, graph and placement in software."""
import pytest
import torch

import hxtorch.spiking as snn
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.neuron_placement import LogicalNeuron, NeuronPlacement


def unit(**more):
    return {"leak": 0., "reset": 0., "threshold": 1., **more}


def spikes(steps=60, batch=3, size=5, rate=0.3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    dense = (torch.rand(steps, batch, size, generator=generator) < rate).float()
    return snn.LIFObservables(spikes=dense)


def test_handles_are_filled_by_run_and_kept():
    experiment = snn.Experiment(mock=True)
    synapse, neurons = snn.Synapse(5, 4, experiment), snn.LIF(4, experiment, **unit())
    output = neurons(synapse(spikes()))
    assert output.spikes is None
    assert snn.run(experiment, None) is None
    assert output.spikes.shape == output.membrane_cadc.shape == (60, 3, 4)
    assert output.membrane_madc is None
    assert neurons(synapse(spikes())) is output
    assert experiment.get_hw_results(None) == ({}, None)
    assert len(experiment.modules.nodes) == 2  # no input neurons in software


def test_older_names_have_gain_one_and_no_refractory_period():
    counts = {}
    for kind in (snn.LIF, snn.Neuron):
        experiment = snn.Experiment(mock=True)
        torch.manual_seed(1)
        synapse = snn.Synapse(5, 20, experiment)
        synapse.weight.data.fill_(2.)
        output = kind(20, experiment, tau_mem=6e-6, **unit())(synapse(spikes()))
        snn.run(experiment, None)
        counts[kind] = output.spikes.sum().item()
    assert counts == {snn.LIF: 740., snn.Neuron: 1460.} or counts[snn.Neuron] > counts[snn.LIF] > 0


def test_cycles_belong_into_a_wrapper():
    experiment = snn.Experiment(mock=True)
    forward, back = snn.Synapse(5, 4, experiment), snn.Synapse(4, 4, experiment)
    neurons = snn.LIF(4, experiment, **unit())
    neurons(forward(spikes()), back(neurons.output_handle))
    with pytest.raises(ValueError, match="HXModuleWrapper"):
        snn.run(experiment, None)


def test_wrapper_computes_its_members_together():
    class Recurrent(snn.HXModuleWrapper):
        def forward_func(self, inputs, hw_data=None):
            assert hw_data == (None, None, None)
            graded = self.forward_synapse.func((inputs,))
            first = self.neurons.func((graded, snn.SynapseHandle(
                graded_spikes=torch.zeros_like(graded.graded_spikes))))
            return graded, self.back.func((first,)), first

    experiment = snn.Experiment(mock=True)
    forward, back = snn.Synapse(5, 4, experiment), snn.Synapse(4, 4, experiment)
    neurons = snn.LIF(4, experiment, **unit())
    wrapper = Recurrent(experiment, forward_synapse=forward, back=back, neurons=neurons)
    output = neurons(forward(spikes()), back(neurons.output_handle))
    wrapper()
    snn.run(experiment, None)
    assert output.spikes.shape == (60, 3, 4) and back.output_handle.graded_spikes is not None
    assert len(list(wrapper.parameters())) == 2 and wrapper.contains([forward, back])
    with pytest.raises(ValueError, match="two wrappers"):
        snn.HXModuleWrapper(experiment, other=back)()


def test_users_replace_the_function():
    class Doubled(snn.Synapse):
        def forward_func(self, inputs):
            return snn.SynapseHandle(graded_spikes=2 * inputs.spikes)

    experiment = snn.Experiment(mock=True)
    output = Doubled(5, 5, experiment)(spikes())
    snn.run(experiment, None)
    assert output.graded_spikes.max() == 2


def test_event_prop_and_state_dicts():
    experiment = snn.Experiment(mock=True)
    synapse, neurons = snn.EventPropSynapse(5, 4, experiment), snn.EventPropLIF(
        4, experiment, **unit())
    synapse.weight.data.fill_(3.)
    output = neurons(synapse(spikes(rate=0.1)))
    snn.run(experiment, None)
    output.spikes.sum().backward()
    assert synapse.weight.grad.shape == (4, 5) and synapse.weight.grad.abs().sum() > 0
    assert list(synapse.state_dict()) == ["weight"] and list(neurons.state_dict()) == []


def test_dropout_needs_a_neuron_in_front():
    experiment = snn.Experiment(mock=True)
    snn.BatchDropout(5, 0.5, experiment)(spikes())
    with pytest.raises(TypeError, match="one neuron module"):
        snn.run(experiment, None)


def test_trainable_parameters_get_gradients():
    experiment = snn.Experiment(mock=True)
    tau = snn.HXParameter(10e-6).make_trainable()
    synapse, neurons = snn.Synapse(5, 4, experiment), snn.LI(4, experiment, leak=0., tau_mem=tau)
    output = neurons(synapse(spikes()))
    snn.run(experiment, None)
    output.membrane_cadc.sum().backward()
    assert list(dict(neurons.named_parameters())) == ["tau_mem._model_value"]
    assert tau.model_value.grad is not None


def test_wrong_arguments():
    experiment = snn.Experiment(mock=True)
    with pytest.raises(ValueError):
        snn.LIF(4, experiment, method="steps")
    with pytest.raises(ValueError, match="2 places for 4"):
        snn.LIF(4, experiment, placement_constraint=[0, 1])
    with pytest.raises(ValueError, match="dt"):
        snn.Experiment(dt=0)
    with pytest.raises(AttributeError, match="HXModuleWrapper"):
        experiment.wrap_modules([], None)
    with pytest.raises(TypeError, match="synapses"):
        neurons = snn.LIF(4, experiment)
        neurons(spikes(size=4))
        snn.run(experiment, None)


def test_placement():
    placement = NeuronPlacement()
    placement.register_id([0, 1], SingleCompartmentNeuron(4))
    assert placement.id2logicalneuron(1) == LogicalNeuron([2, 258, 3, 259])
    placement.register_id([2], SingleCompartmentNeuron(2, expand_horizontally=True), [[300, 301]])
    with pytest.raises(ValueError, match="circuit 300"):
        placement.register_id([3], [(0, 0)], [300])
    placement.register_id(range(10, 10 + 120), SingleCompartmentNeuron(3, True))
    with pytest.raises(ValueError, match="full"):
        placement.register_id(range(200, 400), SingleCompartmentNeuron(1))
