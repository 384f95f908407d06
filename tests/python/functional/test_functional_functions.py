"""Surrogate, injection, refractory update, linear functions, dropout, EventProp."""
import pytest
import torch

import hxtorch.spiking.functional as F
import functional_reference as reference


def test_superspike_forward_is_strict_and_keeps_the_type():
    for dtype in (torch.float32, torch.float64):
        x = torch.tensor([-1., 0., 1e-30, 2.], dtype=dtype)
        z = F.SuperSpike.apply(x, 50.)
        assert z.dtype == dtype and z.tolist() == [0., 0., 1., 1.]


def test_superspike_gradient():
    x = torch.linspace(-2., 2., 9, dtype=torch.float64, requires_grad=True)
    up = torch.randn(9, dtype=torch.float64)
    F.threshold(x, "superspike", 20.).backward(up)
    assert torch.allclose(x.grad, up / (20. * x.detach().abs() + 1.) ** 2, atol=0, rtol=1e-15)


def test_unterjubel_takes_the_value_of_one_and_the_gradient_of_the_other():
    software = torch.randn(4, requires_grad=True)
    hardware = torch.randn(4, requires_grad=True)
    result = F.Unterjubel.apply(software, hardware)
    assert torch.equal(result, hardware)
    result.backward(torch.arange(4.))
    assert torch.equal(software.grad, torch.arange(4.)) and hardware.grad is None


def test_refractory_update_counts_down():
    reset, kw = -0.2, dict(reset=-0.2, refractory_time=3e-6, dt=1e-6)
    z, v, ref = torch.ones(1, 1), torch.ones(1, 1), torch.zeros(1, 1)
    z, v, ref = F.refractory_update(z, v, ref, None, None, **kw)
    assert z == 1. and v == 1. and ref == 3.
    for left in (2., 1., 0.):
        z, v, ref = F.refractory_update(torch.ones(1, 1), torch.ones(1, 1), ref, None, None, **kw)
        assert z == 0. and v == torch.tensor(reset) and ref == left
    z, v, ref = F.refractory_update(torch.ones(1, 1), torch.ones(1, 1), ref, None, None, **kw)
    assert z == 1. and ref == 3.
    z, v, ref = F.refractory_update(torch.zeros(1, 1), torch.zeros(1, 1), torch.ones(1, 1),
                                    torch.ones(1, 1), torch.full((1, 1), 7.), **kw)
    assert z == 1. and v == 7. and ref == 3.


def spikes_and_weight(dtype=torch.float64, rate=0.1, shape=(20, 4, 37), outputs=13):
    x = (torch.rand(shape) < rate).to(dtype).requires_grad_()
    return x, torch.randn(outputs, shape[-1], dtype=dtype, requires_grad=True)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("rate", [0., 0.03, 1.1])
@pytest.mark.parametrize("size", [(5, 120), (120, 3), (1, 1), (37, 13), (130, 70), (7, 300)])
def test_linear_equals_the_matrix_product(path, dtype, rate, size):
    inputs, outputs = size
    x, weight = spikes_and_weight(dtype, rate, (20, 4, inputs), outputs)
    bias = torch.randn(outputs, dtype=dtype, requires_grad=True)
    if rate > 1.:
        x = (x.detach() * torch.randn(x.shape, dtype=dtype)).requires_grad_()
    y = F.linear(x, weight, bias)
    want = x.detach().double() @ weight.detach().double().t() + bias.detach().double()
    tolerance = 1e-12 if dtype == torch.float64 else 1e-5
    assert y.dtype == dtype and reference.relative(y.detach().double(), want) <= tolerance
    up = torch.randn_like(y)
    y.backward(up)
    flat = up.double().flatten(0, 1)
    assert reference.relative(x.grad.double().flatten(0, 1),
                              flat @ weight.detach().double()) <= tolerance
    assert reference.relative(weight.grad.double(),
                              flat.t() @ x.detach().double().flatten(0, 1)) <= tolerance
    assert reference.relative(bias.grad.double(), flat.sum(0)) <= tolerance


def test_linear_gradcheck(path):
    x, weight = spikes_and_weight(shape=(3, 2, 5), outputs=4)
    assert torch.autograd.gradcheck(F.linear, (x, weight))
    assert torch.autograd.gradgradcheck(F.linear, (x, weight))


def test_linear_other_dimensions_and_strides(path):
    x, weight = spikes_and_weight()
    x, weight = x.detach(), weight.detach()
    assert torch.allclose(F.linear(x[0], weight), x[0] @ weight.t(), atol=1e-14)
    assert torch.allclose(F.linear(x[0, 0], weight), weight @ x[0, 0], atol=1e-14)
    swapped = x.permute(2, 1, 0).contiguous().permute(2, 1, 0)
    columns = weight.t().contiguous().t()
    assert torch.allclose(F.linear(swapped, columns), x @ weight.t(), atol=1e-14)
    assert F.linear(x[:0], weight).shape == (0, 4, 13)
    assert torch.all(F.linear(x[..., :0], weight[:, :0]) == 0)


def test_linear_propagates_nan_of_the_input(path):
    x, weight = spikes_and_weight(shape=(3, 2, 5), outputs=4)
    x = x.detach()
    x[1, 0, 2] = float("nan")
    y = F.linear(x, weight.detach())
    assert torch.all(y[1, 0].isnan()) and not y[0].isnan().any()


def test_linear_names_shapes(path):
    x, weight = spikes_and_weight()
    with pytest.raises(ValueError, match=r"\(20, 4, 36\).*\(13, 37\)"):
        F.linear(x[..., :36], weight)


def test_linear_sparse_clears_missing_connections(path):
    x, weight = spikes_and_weight()
    mask = torch.rand(13, 37) < 0.5
    y = F.linear_sparse(x, weight, mask)
    assert torch.all(weight.data[~mask] == 0) and torch.any(weight.data[mask] != 0)
    assert torch.allclose(y, x @ weight.t(), atol=1e-14)
    y.sum().backward()
    assert torch.any(weight.grad[~mask] != 0)
    with pytest.raises(ValueError, match="connections"):
        F.linear_sparse(x, weight, mask[:, :3])


def test_exponential_clamp_vector(path, vector):
    data = vector("linear_exponential_clamp")
    weight = torch.tensor(data["inputs"]["weight"], dtype=torch.float64).reshape(-1, 1)
    for name, values in data["outputs"].items():
        cap, start, *quantized = name.split("/")
        y = F.linear_exponential_clamp(torch.ones(1, 1, dtype=torch.float64), weight,
                                       cap=float(cap), start_weight=float(start),
                                       quantize=bool(quantized))
        assert torch.allclose(y[0], torch.tensor(values, dtype=torch.float64), rtol=0, atol=1e-13)


def test_weight_rounding_gradient_is_the_identity():
    weight = torch.linspace(-1., 1., 7, dtype=torch.float64, requires_grad=True)
    rounded = F.WeightRounding.apply(1.5, weight)
    assert torch.allclose(rounded * 63 / 1.5, (rounded * 63 / 1.5).round(), atol=1e-12)
    rounded.backward(torch.arange(7.).double())
    assert torch.equal(weight.grad, torch.arange(7.).double())


def test_batch_dropout_and_input_neuron():
    x = torch.rand(5, 2, 3, requires_grad=True)
    mask = torch.tensor([True, False, True])
    assert torch.equal(F.batch_dropout(x, mask), x * mask)
    assert F.input_neuron(x) is x
    measured = torch.rand(7, 2, 3)
    y = F.input_neuron(x, (measured,))
    assert torch.equal(y, measured[:5])
    y.sum().backward()
    assert torch.all(x.grad == 1)


# EventProp

@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_eventprop_vector(path, vector, dtype):
    data = vector("eventprop_neuron")
    x = torch.tensor(data["inputs"]["graded_spikes"], dtype=dtype)
    both = torch.stack((x, torch.zeros_like(x))).requires_grad_()
    p = data["params"]
    results = F.EventPropLIFFunction.apply(both, p["leak"], p["reset"], p["threshold"],
                                           p["tau_syn"], p["tau_mem"], None, data["dt"])
    tolerance = 1e-12 if dtype == torch.float64 else 1e-5
    for name, value in zip(("spikes", "membrane", "current"), results):
        want = torch.tensor(data["outputs"][name], dtype=torch.float64)
        assert reference.relative(value.double(), want) <= tolerance
    results[0].backward(torch.tensor(data["upstream"]["spikes"], dtype=dtype))
    want = torch.tensor(data["grad_input"], dtype=torch.float64)
    # The jump divides by the slope at the spike, which float32 knows less well.
    allowed = tolerance * (1 if dtype == torch.float64 else 20)
    assert reference.relative(both.grad.double(), want) <= allowed


def test_eventprop_kernel_equals_plain_torch(path):
    from hxtorch.spiking.functional import eventprop
    x = torch.randn(30, 5, 19, dtype=torch.float64) * (torch.rand(30, 5, 19) < 0.3)
    both = torch.stack((x, torch.zeros_like(x))).requires_grad_()
    args = (torch.rand(19, dtype=torch.float64) * 0.1, -0.1, 0.4, 5e-6, 7e-6)
    spikes, membrane, current = F.EventPropLIFFunction.apply(both, *args)
    want = eventprop.eventprop_forward(x, *args, 1e-6)
    assert want[0].sum() > 10
    for value, expected in zip((spikes, membrane, current), want):
        assert reference.relative(value, expected) <= 1e-12
    up = torch.randn_like(spikes)
    spikes.backward(up)
    grad = eventprop.eventprop_backward(up, want[0], want[2], *args, 1e-6)
    assert reference.relative(both.grad, grad) <= 1e-12


def test_eventprop_on_measured_spikes(path):
    x = torch.randn(20, 2, 3, dtype=torch.float64)
    both = torch.stack((x, torch.zeros_like(x))).requires_grad_()
    spikes = (torch.rand(20, 2, 3) < 0.2).double()
    cadc = torch.randn(20, 2, 3)
    z, v, i = F.EventPropLIFFunction.apply(both, 0., 0., 1., 5e-6, 7e-6, (spikes, cadc))
    assert torch.equal(z, spikes) and torch.equal(v, cadc) and i is None
    z.sum().backward()
    assert both.grad.abs().max() > 0 and torch.isfinite(both.grad).all()
    with pytest.raises(ValueError, match="spikes"):
        F.EventPropLIFFunction.apply(both, 0., 0., 1., 5e-6, 7e-6, (None, cadc))


def test_eventprop_synapse(path):
    x, weight = spikes_and_weight()
    y = F.EventPropSynapseFunction.apply(x, weight)
    assert y.shape == (2, 20, 4, 13) and torch.all(y[1] == 0)
    assert torch.allclose(y[0], x @ weight.t(), atol=1e-13)
    up = torch.randn_like(y)
    y.backward(up)
    assert torch.allclose(x.grad, up[1] @ weight.detach(), atol=1e-12)
    assert weight.grad.shape == (13, 37)
    assert torch.allclose(weight.grad, torch.einsum("tbn,tbk->nk", up[0], x.detach()), atol=1e-12)


def test_eventprop_errors(path):
    with pytest.raises(ValueError, match="EventPropSynapse"):
        F.EventPropLIFFunction.apply(torch.zeros(3, 2, 1), 0., 0., 1., 1e-5, 1e-5)
    with pytest.raises(ValueError, match=r"\(T, B, K\)"):
        F.EventPropSynapseFunction.apply(torch.zeros(3, 2, 4), torch.zeros(5, 6))
