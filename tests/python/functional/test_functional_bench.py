"""The benchmark script runs and reports what its description says; no times are asserted."""
import importlib.util
import json
import pathlib

import torch

SCRIPT = pathlib.Path(__file__).parents[2] / "bench" / "hxtorch_bench.py"


def load():
    spec = importlib.util.spec_from_file_location("hxtorch_bench", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_report(capsys):
    threads = torch.get_num_threads()
    try:
        report = load().main(["--pairs", "4x10,2x38", "--repetitions", "3"])
    finally:
        torch.set_num_threads(threads)
    assert json.loads(capsys.readouterr().out) == report
    assert [(row["batch"], row["steps"]) for row in report["pairs"]] == [(4, 10), (2, 38)]
    for row in report["pairs"]:
        for name in ("bare", "functional", "torch", "api"):
            assert row[name]["cpu_ms"] > 0, name
        assert row["api_of_bare"] > 0
    assert report["declare_and_run"]["cpu_ms"] > 0


def test_api_and_functions_compute_the_same():
    bench = load()
    # Both steps set the gradients of weights drawn from the same seed; compare the losses they see.
    losses = []
    original = torch.nn.functional.cross_entropy

    def record(scores, labels):
        loss = original(scores, labels)
        losses.append(float(loss))
        return loss
    torch.nn.functional.cross_entropy = record
    try:
        bench.functional_step(10, 38)()
        bench.api_step(10, 38)()
    finally:
        torch.nn.functional.cross_entropy = original
    assert abs(losses[0] - losses[1]) < 1e-6
