"""The example scripts: learning in software and with the chip model in the loop."""
import pytest
import torch

import hxtorch
from hxtorch.examples.spiking import calib_neuron, yinyang

COMMON = ("--alpha 150 --gamma 0.9 --lr 0.002 --step-size 10 --trace-scale 0.0147 "
          "--weight-scale 70 --seed 0 --weight-init-out-std 0.1 --epochs 5 ")
CHIP = COMMON + ("--readout-scaling 10 --weight-init-hidden-mean 0.25 "
                 "--weight-init-hidden-std 0.25 ")
MOCK = COMMON + ("--mock --readout-scaling 1 --weight-init-hidden-mean 0.8 "
                 "--weight-init-hidden-std 0.25 ")


def accuracy(options):
    return yinyang.main(yinyang.get_parser().parse_args(options.split()))[3][-1]


@pytest.fixture(autouse=True)
def target(monkeypatch):
    monkeypatch.setenv("HX_TARGET", "twin:")
    yield
    hxtorch.release_hardware()


@pytest.mark.parametrize("options, least", [
    (MOCK, 0.88), (MOCK + "--gradient-estimator eventprop", 0.80), (CHIP, 0.90)])
def test_yinyang_is_learned(options, least):
    assert accuracy(options) > least


def test_plot_and_progress(tmp_path, capsys):
    picture = tmp_path / "yinyang.png"
    history = yinyang.main(yinyang.get_parser().parse_args(
        f"--mock --epochs 1 --trainset-size 100 --testset-size 50 --plot-path {picture}".split()))
    assert [len(series) for series in history] == [1] * 4
    assert "epoch 1/1" in capsys.readouterr().out
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_both_chip_models_predict_the_same(monkeypatch):
    args = yinyang.get_parser().parse_args((CHIP + "--trainset-size 1000").split())
    torch.manual_seed(0)
    hxtorch.init_hardware()
    model = yinyang.build(args)
    data = yinyang._load(args.trainset_size, 42)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for _ in range(3):
        yinyang._epoch(model, data, args, optimizer)
    held_out = yinyang._load(20, 7)[0]
    with torch.no_grad():
        twin = model(held_out).clone()
        monkeypatch.setenv("HX_TARGET", "sim:")
        hxtorch.init_hardware()
        sim = model(held_out)
    assert torch.equal(twin, sim) and len(set(twin.argmax(1).tolist())) > 1


def test_calibrated_neuron_fires():
    spikes, membrane = calib_neuron.main()
    assert spikes.shape == membrane.shape == (100, 1, 1)
    assert 3 <= spikes.sum() <= 20


def test_a_silent_hidden_layer_is_told(capsys):
    """Weights too small for a spike: the user reads why nothing is learned."""
    yinyang.main(yinyang.get_parser().parse_args(
        ["--mock", "--epochs", "1", "--trainset-size", "50", "--testset-size", "50",
         "--weight-init-hidden-mean", "0", "--weight-init-hidden-std", "0.001"]))
    assert "no neuron of the hidden layer spikes" in capsys.readouterr().out
