"""Modules that scripts import by the names of the extension modules."""
import importlib
import json
import pathlib

import pytest
import torch

import _hxtorch_core
import _hxtorch_spiking
import hxtorch


def test_connections_of_weights():
    dense = _hxtorch_core.weight_to_connection(torch.tensor([[1., -2.7, 3.], [4., 5., -6.]]))
    assert [(c.index_post[0], c.index_pre[0], int(c.weight)) for c in dense] == [
        (0, 0, 1), (0, 1, 2), (0, 2, 3), (1, 0, 4), (1, 1, 5), (1, 2, 6)]
    listed = _hxtorch_core.weight_to_connection(torch.tensor([7., 8.]), [[1, 0], [2, 0]])
    assert [(c.index_post, c.index_pre, c.weight) for c in listed] == [
        ((1, 0), (2, 0), 7), ((0, 0), (0, 0), 8)]


@pytest.mark.parametrize("weight, connections", [
    (torch.ones(3), None), (torch.ones(2, 2), [[0], [0]]), (torch.ones(2), [[0, 1]]),
    (torch.ones(2), [[0, 1], [0]]), (torch.ones(3), [[0, 1], [0, 1]])])
def test_connections_that_do_not_fit(weight, connections):
    with pytest.raises(RuntimeError):
        _hxtorch_core.weight_to_connection(weight, connections)


def test_lists_of_spikes():
    lists = _hxtorch_core.dense_spikes_to_list(
        (torch.tensor([[0, 2, 0], [1, 1, 1]]), torch.tensor([[.1, .2, .3], [.4, .5, .6]])), 3)
    assert [[len(n) for n in entry] for entry in lists] == [[2, 0, 1], [0, 3, 0]]
    with pytest.raises(RuntimeError, match="neuron 3"):
        _hxtorch_core.dense_spikes_to_list((torch.tensor([[3]]), torch.tensor([[0.]])), 3)


def test_spike_times_of_a_tensor():
    dense = torch.zeros(4, 2, 3)
    dense[1, 0, 2], dense[3, 0, 2], dense[2, 1, 0] = 1, -0.5, 7
    times = _hxtorch_spiking.tensor_to_spike_times(dense, 1e-3)
    assert times[0][2] == [1e-3, 3e-3] and times[1][0] == [2e-3] and times[1][2] == []
    with pytest.raises(RuntimeError, match="time, batch, neuron"):
        _hxtorch_spiking.tensor_to_spike_times(torch.zeros(3, 0, 2), 1.)


def test_handles_from_tuples_as_the_vectors_say():
    folder = pathlib.Path(__file__).parents[2] / "vectors/hxtorch"
    case = json.loads((folder / "cadc_dense.json").read_text())
    p = case["params"]
    samples = [tuple(s) for s in case["inputs"]["value_clock_batch_neuron"]]
    handle = _hxtorch_spiking.CADCHandle(samples, p["batch_size"], p["population_size"])
    dense = handle.to_dense(p["runtime"], p["dt"], "linear")
    assert torch.allclose(dense, torch.tensor(case["outputs"]["linear"]), atol=1e-4)
    assert sorted(handle.get_data()) == sorted(samples)
    spikes = _hxtorch_spiking.SpikeHandle([(250, 1, 0), (125, 0, 1)], 2, 2)
    assert spikes.to_dense(3e-6, 1e-6).nonzero().tolist() == [[1, 0, 1], [2, 1, 0]]
    madc = _hxtorch_spiking.MADCHandle([(5, 20, 0, 0), (4, 10, 0, 0)], 1, 1)
    assert madc.to_raw()[:, :, 0].tolist() == [[10., 20.], [4., 5.]]


def test_rate_based_functions_say_what_to_use():
    with pytest.raises(NotImplementedError, match="hxtorch.spiking"):
        hxtorch.perceptron.matmul(1, 2)
    assert importlib.import_module("hxtorch.ann") is hxtorch.perceptron
