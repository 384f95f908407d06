"""Five epochs of the yin-yang task in mock, through the public API."""
import pytest
import torch

import hxtorch.spiking as snn
from hxtorch.spiking import modules
from hxtorch.spiking.datasets.yinyang import YinYangDataset
from hxtorch.spiking.transforms.decode import MaxOverTime
from hxtorch.spiking.transforms.encode import CoordinatesToSpikes


def both(model, hardware):
    return snn.MixedHXModelParameter(model, hardware)


def accuracy_after_training(synapse, neuron, scaling, epochs=5, seed=0):
    """Accuracy on 1000 unseen samples."""
    torch.manual_seed(seed)
    encode, decode = CoordinatesToSpikes(38, 2e-6, 26e-6, 1e-6, 2e-6), MaxOverTime()
    experiment = snn.Experiment(mock=True)
    common = dict(leak=both(0., 80), tau_mem=both(6e-6, 6e-6), tau_syn=both(6e-6, 6e-6),
                  membrane_capacitance=both(6e-6, 63))
    hidden = synapse(5, 120, experiment)
    lif = neuron(120, experiment, reset=both(0., 80), threshold=both(1., 125), alpha=150., **common)
    output = snn.Synapse(120, 3, experiment)
    readout = snn.LI(3, experiment, **common)
    torch.nn.init.normal_(hidden.weight, 0.8, 0.25)
    torch.nn.init.normal_(output.weight, 0., 0.1)
    optimiser = torch.optim.Adam([hidden.weight, output.weight], lr=0.002)

    def scores(coordinates):
        result = readout(output(lif(hidden(snn.LIFObservables(spikes=encode(coordinates))))))
        snn.run(experiment, None)
        return decode(result.membrane_cadc) * scaling

    before = hidden.weight.detach().clone()
    data = torch.utils.data.DataLoader(YinYangDataset(size=5000, seed=42), batch_size=50,
                                       shuffle=True)
    for _ in range(epochs):
        for coordinates, labels in data:
            optimiser.zero_grad()
            value = scores(coordinates)
            loss = torch.nn.functional.cross_entropy(value, labels) + 4e-4 * (value ** 2).mean()
            loss.backward()
            optimiser.step()
    assert not torch.equal(before, hidden.weight)
    with torch.no_grad():
        right = [(scores(coordinates).argmax(1) == labels).double().mean() for coordinates, labels
                 in torch.utils.data.DataLoader(YinYangDataset(size=1000, seed=40), batch_size=50)]
    return float(torch.stack(right).mean())


@pytest.mark.parametrize("scaling, least", [(1., 0.9), (10., 0.93)])
def test_surrogate_gradient(scaling, least):
    assert accuracy_after_training(snn.Synapse, snn.LIF, scaling) > least


def test_eventprop():
    assert accuracy_after_training(modules.EventPropSynapse, modules.EventPropLIF, 1.) > 0.84
