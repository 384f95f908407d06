"""Training in the loop: one yin-yang epoch on a target, and where its time goes.

    PYTHONPATH=python:bazel-bin/python python3 tests/bench/in_the_loop.py [--target twin:]

5 -> 120 -> 3 neurons, 5000 samples of 38 us in batches of 50; the membranes of all neurons and the
spikes of the hidden ones are recorded, every batch is followed by a backward pass and an optimiser
step, so all weights are new in each run. One thread. Stages, in seconds per epoch:

    model     inside the simulated chip (a board: the time until its answers are there)
    link      words to and from the model, configuration included
    lowering  network and spikes to programs
    decode    answers to spikes and samples
    python    description of the network, tensors of the results
    torch     forward and backward equations, optimiser

Host overhead is everything but the model.
"""
from __future__ import annotations

import argparse
import pathlib
import sys
import time
from typing import Dict

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python/hw"))

STEPS, BATCH, SAMPLES, HIDDEN = 38, 50, 5000, 120
RUNTIME, CLOCKS, DT = 38e-6, 4750, 1e-6
TAU = {"tau_syn": 6e-6, "tau_mem": 6e-6}
HARDWARE = {"synapse_dac_bias": 1000., "i_synin_gm": 1000., **TAU}
WEIGHT_SCALE, TRACE_SCALE = 70., 0.0147


class Network:
    """The network, its weights and how it runs."""

    def __init__(self) -> None:
        from stand_ins import Experiment

        self.experiment = Experiment(DT)
        self.source = self.experiment.input(5)
        self.hidden = self.experiment.neurons(HIDDEN, threshold=148., **HARDWARE)
        self.readout = self.experiment.neurons(3, first=256, fire=False, **HARDWARE)
        self.weights = [(0.25 + 0.25 * torch.randn(HIDDEN, 5)).requires_grad_(),
                        (0.1 * torch.randn(3, HIDDEN)).requires_grad_()]
        for module, weight in zip(
                (self.experiment.connect(self.source, self.hidden, self.weights[0]),
                 self.experiment.connect(self.hidden, self.readout, self.weights[1])),
                self.weights):
            module.weight = weight
            module.weight_transform = lambda w: torch.clamp(WEIGHT_SCALE * w, -63, 63)
        self.seconds: Dict[str, float] = {}

    def add(self, stage: str, seconds: float) -> None:
        """Time of a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.) + seconds

    def _trace(self, data, module) -> torch.Tensor:
        trace = data.hw_data[module.descriptor].cadc.to_dense(RUNTIME, DT)
        return (trace - trace[0]) * TRACE_SCALE

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Readout traces (T, B, 3)."""
        import hxtorch.spiking.functional as F
        from hxtorch.spiking._hardware import build_and_run

        begin = time.perf_counter()
        data = build_and_run(self.experiment, CLOCKS, {self.source.descriptor: spikes})
        measured = (data.hw_data[self.hidden.descriptor].spikes.to_dense(RUNTIME, DT),
                    self._trace(data, self.hidden), None)
        readout = (self._trace(data, self.readout), None)
        split = data.info.time.split
        inside = split["lowering"] + split["device"]
        for stage, seconds in (
                ("model", split["model"]), ("lowering", split["lowering"]),
                ("decode", split["decode"]),
                ("link", split["device"] - split["model"] - split["decode"]),
                ("python", time.perf_counter() - begin - inside)):
            self.add(stage, seconds)
        hidden = F.cuba_lif_integration(
            F.linear(spikes, self.weights[0]), leak=0., reset=0., threshold=1., alpha=150.,
            hw_data=measured, dt=DT, **TAU)
        return F.cuba_li_integration(F.linear(hidden[0], self.weights[1]), leak=0.,
                                     hw_data=readout, dt=DT, **TAU)[0]


def samples(count: int) -> torch.Tensor:
    """Spikes (T, count, 5) of points (x, y, 1 - x, 1 - y) and a bias."""
    points = torch.rand(count, 2)
    coordinates = torch.cat([points, 1 - points], dim=1)
    spikes = torch.zeros(STEPS + 1, count, 5)
    spikes[:, :, :4].scatter_(0, (2 + 24 * coordinates).round().long()[None], 1.)
    spikes[2, :, 4] = 1
    return spikes


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--target", default="twin:")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    args = parser.parse_args()
    from hxtorch import _connection

    torch.set_num_threads(1)
    torch.manual_seed(0)
    _connection.open_connection(args.target)
    network = Network()
    optimizer = torch.optim.Adam(network.weights, lr=2e-3)
    spikes, classes = samples(args.samples), torch.randint(3, (args.samples,))
    network.forward(spikes[:, :BATCH].contiguous())  # routing and the first configuration
    network.seconds.clear()
    begin = time.perf_counter()
    for first in range(0, args.samples, BATCH):
        batch = slice(first, first + BATCH)
        optimizer.zero_grad()
        scores = 10 * network.forward(spikes[:, batch].contiguous()).amax(0)
        torch.nn.functional.cross_entropy(scores, classes[batch]).backward()
        optimizer.step()
    total = time.perf_counter() - begin
    network.add("torch", total - sum(network.seconds.values()))
    print(f"{args.samples} samples on {args.target}: {total:.2f} s")
    for stage in ("model", "link", "lowering", "decode", "python", "torch"):
        seconds = network.seconds[stage]
        print(f"  {stage:9} {seconds:6.2f} s {100 * seconds / total:5.1f} %")
    print(f"  host overhead {100 * (1 - network.seconds['model'] / total):.1f} %")


if __name__ == "__main__":
    main()
