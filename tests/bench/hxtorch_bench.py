"""CPU time of mock training steps of the yin-yang network (5-120-3), as JSON on standard output.

    ./hx python tests/bench/hxtorch_bench.py [--pairs 50x60,100x100] [--threads 1] 
        [--repetitions 30]

For each pair of batch size and steps: CPU milliseconds of forward + loss + backward (median)
through ``hxtorch.spiking.run`` ("api"), through the functions alone ("functional"), in plain torch
("torch") and of the bare C++ loop of ``tests/bench/kernels/bare_loop.h`` ("bare"), which is
compiled and measured in the same run; ``api_of_bare`` is the ratio that can be compared between
machines. "declare_and_run" is the overhead of the API: one step, one batch entry.
"""
from __future__ import annotations

import argparse
import ctypes
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, Dict, List, Optional

# Some operations of torch use every thread of OpenMP whatever torch.set_num_threads says, and its
# threads spin for milliseconds after each of them unless told otherwise; cross_entropy is one.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "--threads" not in sys.argv:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

import hxtorch
import hxtorch.spiking.functional as F
from hxtorch.spiking.functional import kernels

ROOT = pathlib.Path(__file__).absolute().parents[2]
PAIRS = "50x38,50x60,50x100,100x60,100x100"


def compile_bare_loop(folder: str) -> Any:
    """The function ``bare_loop_seconds`` of a library compiled for this machine."""
    library = pathlib.Path(folder) / "bare_loop.so"
    subprocess.run(
        ["g++", "-std=c++20", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC",
         f"-I{ROOT}", str(ROOT / "tests/bench/kernels/bare_loop.cc"), "-o", str(library)],
        check=True)
    function = ctypes.CDLL(str(library)).bare_loop_seconds
    function.restype = ctypes.c_double
    return function


def milliseconds(function: Callable[[], Any], repetitions: int) -> Dict[str, float]:
    """Median CPU and least wall time of ``function`` after a few runs to warm up."""
    for _ in range(3):
        function()
    cpu: List[float] = []
    wall: List[float] = []
    for _ in range(repetitions):
        start, start_wall = time.process_time(), time.perf_counter()
        function()
        cpu.append(time.process_time() - start)
        wall.append(time.perf_counter() - start_wall)
    return {"cpu_ms": round(1e3 * statistics.median(cpu), 3), "wall_ms": round(1e3 * min(wall), 3)}


def data(batch: int, steps: int) -> Any:
    """One spike per input and sample; labels."""
    torch.manual_seed(0)
    spikes = torch.zeros(steps, batch, 5)
    times = torch.randint(2, min(26, steps), (batch, 5))
    spikes[times, torch.arange(batch)[:, None], torch.arange(5)] = 1.
    return spikes, torch.randint(0, 3, (batch,))


def initial_weights() -> List[torch.nn.Parameter]:
    """Hidden N(0.8, 0.25), output N(0, 0.1)."""
    torch.manual_seed(1)
    return [torch.nn.Parameter(0.8 + 0.25 * torch.randn(120, 5)),
            torch.nn.Parameter(0.1 * torch.randn(3, 120))]


def functional_step(batch: int, steps: int) -> Callable[[], None]:
    """Forward, loss and backward by the functions."""
    spikes, labels = data(batch, steps)
    hidden, output = initial_weights()

    def step() -> None:
        hidden.grad = output.grad = None
        z, _, _, _ = F.cuba_refractory_lif_integration(
            F.linear(spikes, hidden), leak=0., reset=0., threshold=1., tau_syn=6e-6, tau_mem=6e-6,
            refractory_time=1e-6, method="superspike", alpha=150.)
        v, _, _ = F.cuba_li_integration(F.linear(z, output), leak=0., tau_syn=6e-6, tau_mem=6e-6)
        torch.nn.functional.cross_entropy(v.amax(0), labels).backward()
    return step


def api_step(batch: int, steps: int, sizes: Any = (5, 120, 3)) -> Optional[Callable[[], None]]:
    """Forward, loss and backward by modules and ``run``."""
    snn = hxtorch.spiking
    spikes, labels = data(batch, steps)
    experiment = snn.Experiment(mock=True, dt=1e-6)

    def both(model: float, hardware: float) -> Any:
        return snn.MixedHXModelParameter(model, hardware)
    common = dict(leak=both(0., 80), tau_mem=both(6e-6, 6e-6), tau_syn=both(6e-6, 6e-6),
                  membrane_capacitance=both(6e-6, 63))
    linear_1 = snn.Synapse(sizes[0], sizes[1], experiment)
    lif = snn.LIF(sizes[1], experiment, reset=both(0., 80), threshold=both(1., 125), alpha=150.,
                  **common)
    linear_2 = snn.Synapse(sizes[1], sizes[2], experiment)
    readout = snn.LI(sizes[2], experiment, **common)
    hidden, output = initial_weights()
    linear_1.weight.data, linear_2.weight.data = hidden.data, output.data

    def step() -> None:
        linear_1.weight.grad = linear_2.weight.grad = None
        result = readout(linear_2(lif(linear_1(snn.LIFObservables(spikes=spikes)))))
        snn.run(experiment, None)
        torch.nn.functional.cross_entropy(result.membrane_cadc.amax(0), labels).backward()
    return step


def overhead() -> Callable[[], None]:
    """Declare and run one step with one batch entry, without gradients."""
    snn = hxtorch.spiking
    experiment = snn.Experiment(mock=True, dt=1e-6)
    modules = [snn.Synapse(5, 120, experiment), snn.LIF(120, experiment),
               snn.Synapse(120, 3, experiment), snn.LI(3, experiment)]
    spikes = torch.zeros(1, 1, 5)

    def step() -> None:
        handle = snn.LIFObservables(spikes=spikes)
        for module in modules:
            handle = module(handle)
        with torch.no_grad():
            snn.run(experiment, None)
    return step


def measure(batch: int, steps: int, repetitions: int, bare: Any) -> Dict[str, Any]:
    """All figures of one pair."""
    row: Dict[str, Any] = {"batch": batch, "steps": steps}
    row["bare"] = {"cpu_ms": round(1e3 * bare(steps, batch, 20), 3)}
    row["functional"] = milliseconds(functional_step(batch, steps), repetitions)
    with kernels.plain_torch():
        row["torch"] = milliseconds(functional_step(batch, steps), max(3, repetitions // 10))
    if hasattr(hxtorch.spiking, "Experiment"):
        row["api"] = milliseconds(api_step(batch, steps), repetitions)
        row["api_of_bare"] = round(row["api"]["cpu_ms"] / row["bare"]["cpu_ms"], 2)
    row["functional_of_bare"] = round(row["functional"]["cpu_ms"] / row["bare"]["cpu_ms"], 2)
    return row


def main(arguments: Optional[List[str]] = None) -> Dict[str, Any]:
    """Measure and print; returns what is printed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", default=PAIRS, help="BATCHxSTEPS, separated by commas")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repetitions", type=int, default=30)
    args = parser.parse_args(arguments)
    torch.set_num_threads(args.threads)
    if not kernels.available():
        print("hxtorch._native is missing: everything runs in plain torch", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        bare = compile_bare_loop(folder)
        pairs = [tuple(int(n) for n in pair.split("x")) for pair in args.pairs.split(",")]
        rows = [measure(batch, steps, args.repetitions, bare) for batch, steps in pairs]
    report: Dict[str, Any] = {
        "threads": args.threads, "torch": torch.__version__,
        "instruction_set": kernels.instruction_set(), "pairs": rows}
    if hasattr(hxtorch.spiking, "Experiment"):
        report["declare_and_run"] = milliseconds(overhead(), args.repetitions)
    print(json.dumps(report, indent=1))
    return report


if __name__ == "__main__":
    main()
