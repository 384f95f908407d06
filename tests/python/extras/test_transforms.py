"""Encoders, decoders, weight transforms, the Yin-Yang data set and the model mapper."""
import doctest
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from hxtorch.spiking.datasets import yinyang
from hxtorch.spiking.datasets.yinyang import YinYangDataset
from hxtorch.spiking.transforms import decode, encode, weight_transforms
from hxtorch.spiking.utils import model_mapper

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "hxtorch"


def vector(name):
    return json.loads((VECTORS / f"{name}.json").read_text())


@pytest.mark.parametrize("module", [encode, weight_transforms, yinyang, model_mapper])
def test_examples_in_the_documentation(module):
    result = doctest.testmod(module, extraglobs={"torch": torch})
    assert result.attempted > 0 and result.failed == 0


def test_decoders_reduce_over_time_and_are_differentiable():
    trace = torch.randn(7, 3, 2, dtype=torch.double, requires_grad=True)
    assert torch.equal(decode.MaxOverTime()(trace), trace.max(0).values)
    assert torch.equal(decode.SumOverTime()(trace), trace.sum(0))
    assert torch.equal(decode.MeanOverTime()(trace), trace.mean(0))
    for decoder in (decode.MaxOverTime(), decode.SumOverTime(), decode.MeanOverTime()):
        assert torch.autograd.gradcheck(decoder, (trace,))


def test_decoder_says_that_the_network_was_not_run():
    with pytest.raises(TypeError, match="been run"):
        decode.MaxOverTime()(None)


def test_coordinates_to_spikes_vector():
    case = vector("coordinates_to_spikes")
    spikes = encode.CoordinatesToSpikes(**case["params"])(
        torch.tensor(case["inputs"]["coordinates"]))
    assert list(spikes.shape) == case["outputs"]["shape"]
    assert spikes.dtype == torch.float32 and spikes.nonzero().tolist() == case["outputs"]["events_tbk"]
    assert torch.equal(spikes.sum(0), torch.ones(5, 5))


def test_coordinates_to_spikes_takes_almost_whole_bias_times_as_whole():
    for step in range(1, 38):
        encoder = encode.CoordinatesToSpikes(38, 0, 1e-6, 1e-6, t_bias=step * 1e-6)
        assert encoder(torch.zeros(1, 1))[:, 0, 1].nonzero().tolist() == [[step]]


def test_coordinates_to_spikes_names_what_is_outside():
    encoder = encode.CoordinatesToSpikes(20, 2e-6, 26e-6, 1e-6)
    with pytest.raises(ValueError, match=r"coordinate 1.*entry 1, channel 0.*step 26.*0 \.\.\. 19"):
        encoder(torch.tensor([[0.1, 0.2], [1.0, 0.3]]))
    with pytest.raises(ValueError, match="t_bias"):
        encode.CoordinatesToSpikes(20, 0, 1e-6, 1e-6, t_bias=30e-6)(torch.zeros(1, 1))
    with pytest.raises(ValueError, match=r"\(batch, channels\).*\(3,\)"):
        encoder(torch.zeros(3))
    with pytest.raises(ValueError, match="coordinate nan"):
        encoder(torch.tensor([[float("nan")]]))


def test_pixels_to_spike_times():
    pixels = torch.tensor([0., 0.1, 0.2, 0.5, 1.0])
    times = encode.PixelsToSpikeTimes(tau=1., threshold=0.2, t_max=2.0)(pixels)
    assert times[:3].tolist() == [2., 2., 2.]
    assert times[3].item() == pytest.approx(math.log(0.5 / 0.3), rel=1e-5)
    assert times[4].item() == pytest.approx(math.log(1 / 0.8), rel=1e-5)


def test_spike_times_to_tensor_drops_late_events():
    times = torch.tensor([[0.0, 0.3], [0.99, 1.0], [float("inf"), 0.75]])
    sparse = encode.SpikeTimesToSparseTensor(0.1, 10)(times)
    assert sparse.is_sparse and sparse.shape == (10, 3, 2) and not sparse.is_floating_point()
    dense = encode.SpikeTimesToDense(0.1, 10)(times)
    assert torch.equal(sparse.to_dense(), dense)
    assert dense.nonzero().tolist() == [[0, 0, 0], [3, 0, 1], [7, 2, 1], [9, 1, 0]]


def test_linear_saturating_scales_then_clips():
    weight = torch.tensor([-2., -0.5, 0., 0.5, 2.], requires_grad=True)
    out = weight_transforms.linear_saturating(weight, scale=64.)
    assert out.tolist() == [-63., -32., 0., 32., 63.]
    out.sum().backward()
    assert weight.grad.tolist() == [0., 64., 64., 64., 0.]


def test_signed_pair_vector():
    case = vector("weight_mapping")
    for dtype in (torch.float32, torch.float64):
        exc, inh = weight_transforms.signed_pair(
            torch.tensor(case["inputs"]["weight"], dtype=dtype))
        assert exc.tolist() == case["outputs"]["excitatory"]
        assert inh.tolist() == case["outputs"]["inhibitory"]


def test_quantisation_loss():
    weight = torch.tensor([0.5, -0.25, 0.001, 2.0])
    loss = weight_transforms.quantisation_loss(
        weight, weight_transforms.linear_saturating(weight, 64.))
    assert loss["scale"] == pytest.approx(64.)
    assert loss["clipped"] == 0.25 and loss["zeroed"] == 0.25
    assert loss["rms"] == pytest.approx(math.sqrt(((128 - 63) ** 2 + 0.064 ** 2) / 4))
    exact = torch.tensor([1., -2., 3.])
    assert weight_transforms.quantisation_loss(exact, exact)["rms"] == 0.


def test_yinyang_vector():
    items = vector("yinyang_seed42_first20")["outputs"]["items"]
    data = YinYangDataset(size=len(items), seed=42)
    for (values, label), expected in zip(data, items):
        assert values.tolist() == expected[:4] and label == expected[4]


def test_yinyang_items():
    data = YinYangDataset(size=300, seed=1, transform=torch.from_numpy)
    assert len(data) == 300 and data.class_names == ["yin", "yang", "dot"]
    values, label = data[0]
    assert values.dtype == torch.float64 and isinstance(label, int)
    counts = np.bincount([label for _, label in data], minlength=3)
    assert counts.min() > 70
    for values, label in data:
        x, y = values[:2].tolist()
        assert math.hypot(x - 0.5, y - 0.5) <= 0.5 and data.which_class(x, y) == label
        assert values[2:].tolist() == [1 - x, 1 - y]
    batch, labels = next(iter(torch.utils.data.DataLoader(data, batch_size=7)))
    assert batch.shape == (7, 4) and labels.shape == (7,)


def test_yinyang_refuses_dots_that_do_not_fit():
    with pytest.raises(ValueError, match="2 \\* r_small"):
        YinYangDataset(r_small=0.25, r_big=0.5)
    with pytest.raises(IndexError):
        YinYangDataset(size=3)[3]


class Net(torch.nn.Module, model_mapper.MixinHXModelMapper):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(3, 2)
        self.out = torch.nn.Linear(2, 1)


def test_map_from():
    other = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU(), torch.nn.Linear(2, 1))
    net = Net()
    net.map_from(other.state_dict(), {"0": "hidden", "2.weight": "out.weight", "2.bias": "out.bias"})
    assert torch.equal(net.hidden.weight, other[0].weight)
    assert torch.equal(net.out.bias, other[2].bias)
    with pytest.raises(ValueError, match="no value for out.bias, out.weight"):
        net.map_from(other.state_dict(), {"0": "hidden"})
    net.map_from(other.state_dict(), {"0": "hidden"}, map_all=False)
    with pytest.raises(KeyError, match="'fc'"):
        net.map_from(other.state_dict(), {"fc": "hidden"}, map_all=False)
    with pytest.raises(KeyError, match="'hid.weight'"):
        net.map_from(other.state_dict(), {"0": "hid"}, map_all=False)
    with pytest.raises(ValueError, match=r"\(2, 3\).*\(1, 2\)"):
        net.map_from(other.state_dict(), {"0": "out"}, map_all=False)
