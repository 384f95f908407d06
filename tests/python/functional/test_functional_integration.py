"""Neuron integration: vectors, gradients, refractory period, injection, delay, errors."""
from types import SimpleNamespace

import pytest
import torch

import hxtorch.spiking.functional as F
import functional_reference as reference

DT = 1e-6
CASES = ["neuron_lif", "neuron_li", "neuron_not_leaky", "neuron_lif_refractory_1us",
         "neuron_aelif_subthreshold", "neuron_aelif_spike_triggered", "neuron_aelif_full",
         "neuron_lif_hw_voltage", "neuron_lif_hw_spikes"]
TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-5}
PARAMS = dict(leak=0.1, reset=-0.2, threshold=0.5, tau_syn=7e-6, c_mem=4e-6, g_l=4. / 9., alpha=20.)


def handle(**traces):
    """Post-processed hardware data as the modules hand it over."""
    return SimpleNamespace(
        spikes=traces.get("spikes"),
        voltage=SimpleNamespace(cadc=traces.get("voltage"), madc=traces.get("madc")),
        adaptation=SimpleNamespace(cadc=traces.get("adaptation"), madc=None))


def random_input(steps=40, batch=3, size=11, dtype=torch.float64, scale=2.):
    x = torch.randn(steps, batch, size, dtype=torch.float64) * scale
    x = x * (torch.rand(steps, batch, size) < 0.3)
    return x.to(dtype).requires_grad_()


def aelif(x, hw_data=None, refractory_time=0., dt=DT, exponential=False, subthreshold=False,
          spike_triggered=False, **params):
    """membrane, current, adaptation, spikes in the order of the reference."""
    params = {**PARAMS, **params}
    v, _, i, w, _, z = F.cuba_aelif_integration(
        x, **{k: params.pop(k) for k in ("leak", "reset", "threshold", "tau_syn", "c_mem", "g_l",
                                         "alpha")},
        method="superspike", refractory_time=refractory_time, refractory=bool(refractory_time),
        exponential=exponential, subthreshold_adaptation=subthreshold,
        spike_triggered_adaptation=spike_triggered, hw_data=hw_data, dt=dt,
        subthreshold_adaptation_strength=params.pop("a", None),
        spike_triggered_adaptation_increment=params.pop("b", None), **params)
    return v, i, w, z


def assert_same(x, results, expected, x_ref, which=(0, 1, 2, 3)):
    """Equal values, and equal gradients for random upstream gradients on the chosen results."""
    tolerance = TOLERANCE[x.dtype]
    assert torch.equal(results[3].double(), expected[3])
    for value, want in zip(results, expected):
        assert value.dtype == x.dtype
        assert reference.relative(value.double(), want) <= tolerance
    upstream = [torch.randn_like(expected[k]) for k in which]
    torch.autograd.backward([results[k] for k in which], [g.to(x.dtype) for g in upstream])
    torch.autograd.backward([expected[k] for k in which], upstream)
    assert reference.relative(x.grad.double(), x_ref.grad) <= tolerance


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("case", CASES)
def test_vector(path, vector, case, dtype):
    data = vector(case)
    p, flags = data["params"], data["flags"]
    x = torch.tensor(data["inputs"]["graded_spikes"], dtype=dtype, requires_grad=True)
    hw = {k: torch.tensor(v, dtype=dtype) for k, v in data["hw"].items()}
    v, _, i, w, _, z = F.cuba_aelif_integration(
        x, leak=p["leak"], reset=p["reset"], threshold=p["threshold"], tau_syn=p["tau_syn"],
        c_mem=p["c_mem"], g_l=p["c_mem"] / p["tau_mem"], refractory_time=p["refractory_time"],
        method="superspike", alpha=p["alpha"], exp_slope=p["exp_slope"],
        exp_threshold=p["exp_threshold"], subthreshold_adaptation_strength=p["a"],
        spike_triggered_adaptation_increment=p["b"], tau_adap=p["tau_adap"], dt=data["dt"],
        hw_data=handle(**hw) if hw else None, leaky=flags["leaky"], fire=flags["fire"],
        refractory=p["refractory_time"] != 0, exponential=flags["exponential"],
        subthreshold_adaptation=flags["subthreshold"],
        spike_triggered_adaptation=flags["spike_triggered"])
    results = {"membrane": v, "current": i, "adaptation": w, "spikes": z}
    assert torch.equal(z.double(), torch.tensor(data["outputs"]["spikes"], dtype=torch.float64))
    # In float32 the exponential amplifies the rounding of the states it is fed with.
    tolerance = TOLERANCE[dtype] * (10. if flags["exponential"] and dtype == torch.float32 else 1.)
    for name, value in results.items():
        want = torch.tensor(data["outputs"][name], dtype=torch.float64)
        assert reference.relative(value.double(), want) <= tolerance, name
    names = [name for name in data["upstream"] if results[name].requires_grad]
    torch.autograd.backward([results[name] for name in names],
                            [torch.tensor(data["upstream"][name], dtype=dtype) for name in names])
    want = torch.tensor(data["grad_input"], dtype=torch.float64)
    assert reference.relative(x.grad.double(), want) <= tolerance


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("refractory_time", [0., 1e-6, 3e-6])
@pytest.mark.parametrize("which", [(0, 1, 3), (0,), (3,), (1,)])
def test_lif_equals_float64_autograd(path, dtype, refractory_time, which):
    x = random_input(dtype=dtype)
    x_ref = x.detach().double().requires_grad_()
    expected = reference.integrate(x_ref, DT, refractory_time=refractory_time, **PARAMS)
    assert expected[3].sum() > 20
    assert_same(x, aelif(x, refractory_time=refractory_time), expected, x_ref, which)


@pytest.mark.parametrize("flags", [
    dict(subthreshold=True), dict(spike_triggered=True), dict(exponential=True),
    dict(exponential=True, subthreshold=True, spike_triggered=True)])
@pytest.mark.parametrize("refractory_time", [0., 2e-6])
def test_adaptive_exponential_equals_float64_autograd(path, flags, refractory_time):
    extra = dict(exp_slope=0.2, exp_threshold=0.45, a=0.5, b=0.2, tau_adap=3e-5)
    x = random_input()
    x_ref = x.detach().clone().requires_grad_()
    expected = reference.integrate(x_ref, DT, refractory_time=refractory_time, **PARAMS, **flags,
                                   **extra)
    which = (0, 1, 2, 3) if flags != dict(exponential=True) else (0, 1, 3)
    assert_same(x, aelif(x, refractory_time=refractory_time, **flags, **extra), expected, x_ref,
                which)


@pytest.mark.parametrize("refractory_time", [0., 2e-6])
@pytest.mark.parametrize("names", [("voltage",), ("spikes",), ("voltage", "spikes"),
                                   ("voltage", "adaptation", "spikes")])
def test_measured_traces_replace_values_and_keep_gradients(path, names, refractory_time):
    x = random_input()
    x_ref = x.detach().clone().requires_grad_()
    hw = {}
    for name in names:
        trace = torch.randn(x.shape, dtype=x.dtype)
        hw[name] = (trace > 1.2).to(x.dtype) if name == "spikes" else trace * 0.5
    extra = dict(subthreshold=True, a=0.5, tau_adap=3e-5) if "adaptation" in names else {}
    expected = reference.integrate(x_ref, DT, hw=hw, refractory_time=refractory_time, **PARAMS,
                                   **extra)
    results = aelif(x, handle(**hw), refractory_time=refractory_time, **extra)
    for name, value in zip(("voltage", "", "adaptation", "spikes"), results):
        if name in hw:
            assert torch.equal(value, hw[name])
    assert_same(x, results, expected, x_ref, (0, 1, 2, 3) if extra else (0, 1, 3))


def test_shorter_measurement_cuts_the_result(path):
    x = random_input(steps=20)
    voltage = torch.randn(15, 3, 11, dtype=x.dtype)
    results = aelif(x, handle(voltage=voltage))
    assert all(value.shape == (15, 3, 11) for value in results)
    (results[0].sum() + results[3].sum()).backward()
    assert x.grad.shape == x.shape
    assert torch.all(x.grad[14:] == 0) and torch.any(x.grad[:14] != 0)


def test_one_step_delay_of_the_membrane(path):
    x = torch.zeros(10, 1, 1)
    x[3] = 1.
    membrane, current, _, _ = aelif(x, leak=0., threshold=10.)
    assert torch.all(current[:3] == 0) and current[3] == 1.
    assert torch.all(membrane[:4] == 0) and membrane[4] > 0.


def test_stored_membrane_at_a_spike_is_the_reset(path):
    x = random_input()
    membrane, _, _, spikes = aelif(x)
    assert torch.all(membrane[spikes > 0] == PARAMS["reset"])


def test_refractory_steps_hold_the_reset(path):
    x = torch.full((30, 1, 1), 5.)
    membrane, _, _, spikes = aelif(x, refractory_time=3e-6)
    times = torch.nonzero(spikes[:, 0, 0]).flatten().tolist()
    assert len(times) > 3
    for time in times[:-1]:
        assert torch.all(membrane[time:time + 4] == torch.tensor(PARAMS["reset"]))
        assert torch.all(spikes[time + 1:time + 4] == 0)
    assert min(b - a for a, b in zip(times, times[1:])) == 4


def test_parameters_per_neuron(path):
    x = random_input()
    x_ref = x.detach().clone().requires_grad_()
    params = {name: value * (1. + 0.3 * torch.rand(11, dtype=torch.float64))
              for name, value in PARAMS.items() if name != "alpha"}
    params["alpha"] = PARAMS["alpha"]
    expected = reference.integrate(x_ref, DT, refractory_time=1e-6, **params)
    assert_same(x, aelif(x, refractory_time=1e-6, **params), expected, x_ref, (0, 1, 3))


def test_float32_parameters_do_not_change_the_type_of_the_input(path):
    for dtype in (torch.float32, torch.float64):
        for other in (torch.float32, torch.float64):
            x = random_input(dtype=dtype)
            results = aelif(x, threshold=torch.full((11,), 0.5, dtype=other))
            assert all(value.dtype == dtype for value in results)


@pytest.mark.parametrize("name", ["leak", "reset", "threshold", "tau_syn", "c_mem", "g_l"])
def test_trainable_parameters_get_the_gradient_of_autograd(path, name):
    x = random_input()
    trained = torch.full((11,), PARAMS[name], dtype=torch.float64, requires_grad=True)
    oracle = trained.detach().clone().requires_grad_()
    v, i, _, z = aelif(x, **{name: trained})
    v_ref, i_ref, _, z_ref = reference.integrate(x, DT, **{**PARAMS, name: oracle})
    up = [torch.randn_like(v) for _ in range(3)]
    torch.autograd.backward((v, i, z), up)
    torch.autograd.backward((v_ref, i_ref, z_ref), up)
    assert oracle.grad.abs().max() > 0
    assert reference.relative(trained.grad, oracle.grad) <= 1e-12


def test_several_inputs_are_summed(path):
    x, y = random_input(), random_input()
    for got, want in zip(aelif((x, y)), aelif(x + y)):
        assert torch.equal(got, want)


def test_non_contiguous_input_and_gradient(path):
    base = random_input()
    strided = base.detach().permute(2, 1, 0).contiguous().permute(2, 1, 0).requires_grad_()
    assert not strided.is_contiguous()
    for x in (base, strided):
        v, _, _, z = aelif(x, refractory_time=1e-6)
        up = torch.arange(float(v.numel()), dtype=v.dtype).reshape(11, 3, 40).permute(2, 1, 0)
        torch.autograd.backward((v, z), (up, up))
    assert torch.equal(base.grad, strided.grad)


@pytest.mark.parametrize("shape", [(0, 2, 3), (4, 0, 3), (4, 2, 0)])
def test_empty_tensors(path, shape):
    x = torch.zeros(shape, requires_grad=True)
    results = aelif(x, refractory_time=1e-6)
    assert all(value.shape == shape for value in results)
    results[3].sum().backward()
    assert x.grad.shape == shape


def test_odd_sizes_and_large_batches(path):
    for batch, size in ((1, 1), (1, 17), (7, 33), (5, 129), (50, 120)):
        x = random_input(steps=12, batch=batch, size=size, dtype=torch.float32)
        x_ref = x.detach().double().requires_grad_()
        expected = reference.integrate(x_ref, DT, refractory_time=1e-6, **PARAMS)
        v, i, w, z = aelif(x, refractory_time=1e-6)
        # A potential within rounding of the threshold may fall on either side in float32.
        same = (z.double() == expected[3]).all(0)
        assert same.double().mean() > 0.999
        assert float(((v - expected[0]) * same).abs().max()) < 1e-5


def test_double_backward_equals_plain_torch(path, monkeypatch):
    x = random_input(steps=15)
    weight = torch.randn(15, 3, 11, dtype=torch.float64)

    def second_order(x):
        v, i, _, z = aelif(x, refractory_time=1e-6)
        (first,) = torch.autograd.grad((z * weight + v ** 2).sum() + (i * v).sum(), x,
                                       create_graph=True)
        return torch.autograd.grad((first ** 2).sum(), x)[0]

    got = second_order(x)
    monkeypatch.setattr("hxtorch.spiking.functional.kernels.usable", lambda *tensors: False)
    want = second_order(x)
    assert want.abs().max() > 0
    assert reference.relative(got, want) <= 1e-12


def test_leaky_integrator_gradcheck(path):
    x = random_input(steps=8, batch=2, size=3)

    def function(x):
        membrane, current, _ = F.cuba_li_integration(x, leak=0.1, tau_syn=7e-6, tau_mem=9e-6)
        return membrane, current
    assert torch.autograd.gradcheck(function, (x,))
    assert torch.autograd.gradgradcheck(function, (x,))


def test_second_backward_with_retain_graph(path):
    x = random_input()
    v, _, _, z = aelif(x)
    loss = (v * v).sum() + z.sum()
    loss.backward(retain_graph=True)
    first = x.grad.clone()
    x.grad = None
    loss.backward()
    assert torch.equal(first, x.grad)


def test_no_grad_gives_the_same_values(path):
    x = random_input()
    with_graph = aelif(x)
    with torch.no_grad():
        without = aelif(x)
    for a, b in zip(with_graph, without):
        assert torch.equal(a, b) and not b.requires_grad


def test_results_of_an_earlier_call_are_not_overwritten(path):
    x = random_input()
    first = aelif(x)
    copies = [value.clone() for value in first]
    for _ in range(5):
        aelif(random_input())
    for value, copy in zip(first, copies):
        assert torch.equal(value, copy)


# seed-era functions

@pytest.mark.parametrize("refractory_time", [None, 2e-6])
@pytest.mark.parametrize("leaky", [True, False])
def test_seed_era_neurons(path, refractory_time, leaky):
    x = random_input()
    x_ref = x.detach().clone().requires_grad_()
    params = dict(reset=-0.2, threshold=0.5, tau_syn=7e-6, tau_mem=9e-6, method="superspike",
                  alpha=20.)
    if leaky:
        params["leak"] = 0.1
    if refractory_time:
        params["refractory_time"] = refractory_time
    name = f"cuba_{'refractory_' if refractory_time else ''}{'lif' if leaky else 'iaf'}_integration"
    spikes, membrane, current, madc = getattr(F, name)(x, **params)
    assert madc is None
    expected = reference.integrate(
        x_ref, DT, leak=0.1, reset=-0.2, threshold=0.5, tau_syn=7e-6, c_mem=9e-6, alpha=20.,
        leaky=leaky, refractory_time=refractory_time or 0., start=None if leaky else -0.2)
    assert expected[3].sum() > 5
    assert_same(x, (membrane, current, torch.zeros_like(membrane), spikes), expected, x_ref,
                (0, 1, 3))


def test_seed_era_hardware_tuples(path):
    x = random_input()
    spikes, cadc = (torch.rand(x.shape) < 0.1).double(), torch.randn(x.shape).double()
    madc = object()
    z, v, _, m = F.cuba_lif_integration(x, leak=0., reset=0., threshold=1., tau_syn=1e-5,
                                        tau_mem=1e-5, hw_data=(spikes, cadc, madc))
    assert torch.equal(z, spikes) and torch.equal(v, cadc) and m is madc
    v, _, m = F.cuba_li_integration(x, leak=0., tau_syn=1e-5, tau_mem=1e-5, hw_data=(cadc, madc))
    assert torch.equal(v, cadc) and m is madc


@pytest.mark.parametrize("with_hardware", [False, True])
def test_decay_factor_neurons(path, with_hardware):
    import math
    x = random_input()
    e_s, e_m = math.exp(-1 / 7), math.exp(-1 / 9)
    hw = ((torch.rand(x.shape) < 0.1).double(), torch.randn(x.shape).double(), None)
    z, v, i, _ = F.exp_cuba_lif_integration(
        x, leak=0.1, reset=-0.2, threshold=0.5, tau_syn_exp=e_s, tau_mem_exp=e_m,
        method="superspike", alpha=20., hw_data=hw if with_hardware else None)
    if with_hardware:
        assert torch.equal(z, hw[0]) and torch.equal(v, hw[1])
    cv, ci = torch.full((3, 11), 0.1, dtype=torch.float64), torch.zeros(3, 11, dtype=torch.float64)
    for t in range(x.shape[0]):
        cv = e_m * (cv - 0.1) + 0.1 + (1 - e_m) * ci
        ci = e_s * ci + x[t].detach()
        if with_hardware:
            cv = hw[1][t]
        else:
            assert torch.equal(z[t], (cv > 0.5).double())
            cv = torch.where(cv > 0.5, torch.full_like(cv, -0.2), cv)
        assert torch.allclose(v[t], cv, atol=1e-14) and torch.allclose(i[t], ci, atol=1e-14)
    z.sum().backward()
    assert x.grad.abs().max() > 0


def test_decay_factor_integrator_gradcheck(path):
    x = random_input(steps=6, batch=2, size=2)
    rates = torch.tensor([0.8, 0.9], dtype=torch.float64, requires_grad=True)

    def function(x, rates):
        return F.exp_cuba_li_integration(x, leak=0.1, tau_syn_exp=rates[0],
                                         tau_mem_exp=rates[1])[:2]
    assert torch.autograd.gradcheck(function, (x, rates))


# step code

def test_step_code_failure_names_the_line(path):
    code = F.CuBaStepCode().generate() + "\nraise ValueError('of this line')"
    number = len(code.splitlines())
    with pytest.raises(RuntimeError) as error:
        aelif(random_input(), integration_step_code=code)
    assert str(error.value) == (
        "An error occured while executing the code of the integration step.\n"
        f"In line {number} (\"raise ValueError('of this line')\") in integration_step_code, "
        "following error occured:\nof this line")


def test_step_code_syntax_error_names_the_line(path):
    code = F.CuBaStepCode().generate() + "\nv ="
    with pytest.raises(RuntimeError, match=f"In line {len(code.splitlines())} "):
        aelif(random_input(), integration_step_code=code)


def test_changed_step_code_is_executed(path):
    x = random_input()
    code = F.CuBaStepCode().generate() + "\nv = v * 0. + 42."
    assert torch.all(aelif(x, integration_step_code=code)[0] == 42.)


def test_generated_step_code_equals_the_built_in_one(path):
    x = random_input()
    code = F.CuBaStepCode(leaky=True, fire=True, refractory=True).generate()
    with_text = aelif(x, refractory_time=1e-6, integration_step_code=code + "\n# changed")
    without = aelif(x, refractory_time=1e-6)
    for a, b in zip(with_text, without):
        assert reference.relative(a, b) <= 1e-12


def test_step_code_covers_all_flags():
    import itertools
    names = ("leaky", "fire", "refractory", "exponential", "subthreshold_adaptation",
             "spike_triggered_adaptation", "hw_voltage_trace_available",
             "hw_adaptation_trace_available", "hw_spikes_available")
    texts = set()
    for values in itertools.product((False, True), repeat=len(names)):
        flags = dict(zip(names, values))
        if flags["refractory"] and not flags["fire"]:
            continue
        text = F.CuBaStepCode(**flags).generate()
        compile(text, "text", "exec")
        assert ("exp_slope" in text) == flags["exponential"]
        assert ("v_hw" in text) == flags["hw_voltage_trace_available"]
        texts.add(text)
    assert len(texts) > 100


# errors

def test_errors_name_what_is_wrong(path):
    x = random_input()
    with pytest.raises(ValueError, match="no_such.*superspike"):
        F.cuba_lif_integration(
            x, leak=0., reset=0., threshold=1., tau_syn=1e-5, tau_mem=1e-5, method="no_such")
    with pytest.raises(ValueError, match="no_such"):
        F.threshold(x, "no_such", 10.)
    with pytest.raises(ValueError, match="threshold.*12"):
        aelif(x, threshold=torch.ones(12))
    with pytest.raises(ValueError, match=r"\(T, B, N\)"):
        aelif(x[0])
    with pytest.raises(ValueError, match="different shapes"):
        aelif((x, x[:5]))
    with pytest.raises(ValueError, match="at least one"):
        aelif(())
    with pytest.raises(ValueError, match="voltage.*shape"):
        aelif(x, handle(voltage=torch.zeros(40, 3, 12)))
    with pytest.raises(ValueError, match="tau_adap"):
        aelif(x, subthreshold=True)
    with pytest.raises(ValueError, match="dt"):
        aelif(x, dt=0.)


def test_time_constants_of_both_signs_must_agree_in_software(path):
    x = random_input()
    same = torch.full((2, 11), 7e-6, dtype=torch.float64)
    for a, b in zip(aelif(x, tau_syn=same), aelif(x)):
        assert reference.relative(a, b) <= 1e-12
    different = same.clone()
    different[1, 4] = 8e-6
    with pytest.raises(ValueError, match="excitatory and.*inhibitory"):
        aelif(x, tau_syn=different)
    voltage = torch.zeros(x.shape, dtype=x.dtype)
    assert torch.equal(aelif(x, handle(voltage=voltage), tau_syn=different)[0], voltage)


def test_refractory_time_without_spikes_warns(path):
    with pytest.warns(UserWarning, match="do not fire"):
        F.cuba_aelif_integration(random_input(), leak=0., reset=0., threshold=1., tau_syn=1e-5,
                                 c_mem=1e-5, g_l=1., refractory_time=1e-6, method="superspike",
                                 alpha=1., fire=False, refractory=True)
