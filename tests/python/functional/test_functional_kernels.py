"""The bridge to the compiled kernels: when they are taken, equal bits, memory, threads."""
import gc
import os
import signal

import numpy
import pytest
import torch

import hxtorch.spiking.functional as F
from hxtorch.spiking.functional import kernels
from test_functional_integration import aelif, random_input

FULL = dict(exponential=True, subthreshold=True, spike_triggered=True, exp_slope=0.2,
            exp_threshold=0.45, a=0.5, b=0.2, tau_adap=3e-5)


@pytest.fixture(autouse=True)
def extension():
    assert kernels.available()
    assert kernels.instruction_set() in ("x86-64", "x86-64-v3", "x86-64-v4")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("flags", [dict(), dict(refractory_time=1e-6),
                                   dict(subthreshold=True, spike_triggered=True, a=0.5, b=0.2,
                                        tau_adap=3e-5)])
def test_both_forms_give_the_same_bits(dtype, flags):
    x = random_input(steps=100, batch=10, size=50, dtype=dtype)
    fast = aelif(x, **flags)
    with kernels.plain_torch():
        plain = aelif(x, **flags)
    for a, b in zip(fast, plain):
        assert torch.equal(a, b)


def test_every_instruction_set_gives_the_same_spikes():
    from hxtorch import _native
    x = random_input(steps=100, batch=10, size=50, dtype=torch.float32)
    best = kernels.instruction_set()
    try:
        results = []
        for name in ("x86-64", "x86-64-v3", "x86-64-v4"):
            if _native.kernels.force_instruction_set(name):
                results.append(aelif(x, refractory_time=1e-6))
    finally:
        assert _native.kernels.force_instruction_set(best)
    for result in results[1:]:
        for a, b in zip(results[0], result):
            assert torch.equal(a, b)


def test_what_the_kernels_take():
    assert kernels.usable(torch.zeros(1), torch.nn.Parameter(torch.zeros(1)))
    assert not kernels.usable(torch.zeros(1), torch.zeros(1, dtype=torch.float64))
    assert not kernels.usable(torch.zeros(1, dtype=torch.bfloat16))
    assert not kernels.usable(torch.zeros(1).to_sparse())
    with kernels.plain_torch():
        assert not kernels.usable(torch.zeros(1))
    assert kernels.usable(torch.zeros(1))


def test_other_number_types_take_plain_torch():
    x = random_input(dtype=torch.bfloat16)
    v, _, _, z = aelif(x)
    assert v.dtype == z.dtype == torch.bfloat16
    z.sum().backward()
    assert x.grad.abs().max() > 0


def test_memory_returns_and_results_outlive_each_other():
    from hxtorch import _native
    x = random_input(steps=50, batch=20, size=100)
    results = aelif(x)
    kept = results[0].clone()
    for _ in range(20):
        aelif(x)
    gc.collect()
    idle = _native.kernels.kept_bytes()
    assert torch.equal(results[0], kept)
    for _ in range(20):
        aelif(x)[3].sum().backward()
    del results
    gc.collect()
    assert idle <= _native.kernels.kept_bytes() < 20 * x.numel() * 8


def test_one_node_per_population_in_the_graph():
    x = random_input()
    v, i, _, z = aelif(x)
    assert v.grad_fn is z.grad_fn is i.grad_fn
    assert v.grad_fn.next_functions[0][0].variable is x


def test_changed_results_are_noticed_by_backward():
    x = random_input()
    _, _, _, z = aelif(x)
    z.mul_(2.)
    with pytest.raises(RuntimeError, match="inplace"):
        z.sum().backward()


def test_a_forked_process_computes():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        x = torch.randn(50, 100, 1000)
        want = aelif(x)[0].numpy()
        child = os.fork()
        if child == 0:
            # No parallel operation of torch here: OpenMP itself does not survive a fork.
            signal.alarm(30)
            os._exit(0 if numpy.array_equal(aelif(x)[0].numpy(), want) else 1)
        assert os.waitpid(child, 0)[1] == 0
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("parameter", ["leak", "threshold", "tau_syn"])
def test_trainable_parameters_train(parameter):
    x = random_input(dtype=torch.float32).detach()
    start = {"leak": 0.1, "threshold": 0.5, "tau_syn": 7e-6}[parameter]
    value = torch.nn.Parameter(torch.tensor(start))
    v, _, _, z = aelif(x, **{parameter: value})
    (v.sum() + z.sum()).backward()
    assert value.grad is not None and torch.isfinite(value.grad) and value.grad != 0.


def test_linear_gradients_only_where_wanted():
    x, weight = torch.rand(5, 2, 3), torch.rand(4, 3, requires_grad=True)
    F.linear(x, weight).sum().backward()
    assert x.grad is None and torch.allclose(weight.grad, x.sum((0, 1)).expand(4, 3))
    x.requires_grad_()
    F.linear(x, weight.detach()).sum().backward()
    assert torch.allclose(x.grad, weight.detach().sum(0).expand(5, 2, 3))


def test_adaptive_exponential_double_backward():
    x = random_input(steps=10)
    results = []
    for plain in (False, True):
        if plain:
            with kernels.plain_torch():
                v, _, _, z = aelif(x, refractory_time=1e-6, **FULL)
                (first,) = torch.autograd.grad((v * v).sum() + z.sum(), x, create_graph=True)
        else:
            v, _, _, z = aelif(x, refractory_time=1e-6, **FULL)
            (first,) = torch.autograd.grad((v * v).sum() + z.sum(), x, create_graph=True)
        results.append(torch.autograd.grad(first.pow(2).sum(), x)[0])
    assert torch.allclose(results[0], results[1], rtol=1e-10, atol=1e-12)
