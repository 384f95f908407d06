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
import time
from typing import Dict

import torch

STEPS, BATCH, SAMPLES, HIDDEN = 38, 50, 5000, 120


class Network:
    """The model of the yin-yang example with its time split into stages."""

    def __init__(self) -> None:
        from hxtorch.examples.spiking import yinyang

        args = yinyang.get_parser().parse_args(
            "--alpha 150 --trace-scale 0.0147 --weight-scale 70 --weight-init-hidden-mean 0.25 "
            "--weight-init-hidden-std 0.25".split())
        self.snn = yinyang.build(args).network
        self.seconds: Dict[str, float] = {}

    def add(self, stage: str, seconds: float) -> None:
        """Time of a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.) + seconds

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Readout traces (T, B, 3)."""
        experiment = self.snn.exp
        original = experiment.get_hw_results

        def timed(runtime):
            begin = time.perf_counter()
            results = original(runtime)
            split = results[1].time.split
            for stage, seconds in (
                    ("model", split["model"]), ("lowering", split["lowering"]),
                    ("decode", split["decode"]),
                    ("link", split["device"] - split["model"] - split["decode"]),
                    ("python", time.perf_counter() - begin - split["lowering"] - split["device"])):
                self.add(stage, seconds)
            return results

        experiment.get_hw_results = timed
        try:
            return self.snn(spikes)
        finally:
            del experiment.get_hw_results


def samples(count: int) -> torch.Tensor:
    """Spikes (T, count, 5) of points (x, y, 1 - x, 1 - y) and a bias."""
    points = torch.rand(count, 2)
    coordinates = torch.cat([points, 1 - points], dim=1)
    spikes = torch.zeros(STEPS, count, 5)
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
    optimizer = torch.optim.Adam(network.snn.parameters(), lr=2e-3)
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
