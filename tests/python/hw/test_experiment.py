"""Experiments of the public API on the functional model of the chip."""
from functools import partial

import pytest
import torch

import hxtorch
import hxtorch.spiking as snn
from hxtorch.spiking.chip import Chip
from hxtorch.spiking.transforms.weight_transforms import linear_saturating
from hxtorch.spiking.utils import calib_helper
from hxtorch.spiking.utils.dynamic_range.boundary import get_dynamic_range
from hxtorch.spiking.utils.dynamic_range.threshold import get_trace_scaling
from hxtorch.spiking.utils.dynamic_range.weight_scaling import get_weight_scaling


@pytest.fixture(autouse=True)
def connection(monkeypatch, tmp_path):
    monkeypatch.setenv("HX_TARGET", "twin:")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    hxtorch.init_hardware()
    yield
    hxtorch.release_hardware()


def parameters(**more):
    return {"leak": snn.MixedHXModelParameter(0., 80), "reset": snn.MixedHXModelParameter(0., 80),
            "threshold": snn.MixedHXModelParameter(1., 125), **more}


def input_spikes(steps, batch, size, at=(5, 12)):
    spikes = torch.zeros(steps, batch, size)
    spikes[list(at)] = 1
    return snn.LIFObservables(spikes=spikes)


def bypass(experiment):
    experiment.default_execution_instance.chip = Chip.neuron_bypass()


def test_bypass_mode_repeats_the_input():
    experiment = snn.Experiment(mock=False)
    bypass(experiment)
    synapse, neurons = snn.Synapse(10, 10, experiment), snn.LIF(10, experiment)
    synapse.weight.data = 63 * torch.eye(10)
    spikes = torch.zeros(110, 10, 10)
    for neuron in range(10):
        spikes[10 * neuron + 5, :, neuron] = 1
    output = neurons(synapse(snn.LIFObservables(spikes=spikes)))
    snn.run(experiment, 110)
    assert output.spikes.shape == (110, 10, 10)
    assert torch.equal(output.spikes.sum(0), torch.ones(10, 10))
    assert (output.spikes.argmax(0) - spikes.argmax(0)).abs().max() <= 2
    assert output.membrane_cadc.shape == (110, 10, 10)


def test_madc_of_one_neuron_and_of_two_modules():
    experiment = snn.Experiment(mock=False)
    synapse = snn.Synapse(10, 10, experiment)
    neurons = snn.LIF(10, experiment, enable_madc_recording=True, record_neuron_id=1)
    output = neurons(synapse(input_spikes(110, 10, 10)))
    snn.run(experiment, 110)
    assert output.membrane_madc.shape[0] == 2 and output.membrane_madc.shape[2] == 10
    assert abs(output.membrane_madc.shape[1] - 3235) <= 2
    other = snn.Experiment(mock=False)
    handle = input_spikes(20, 1, 3)
    for _ in range(2):
        snn.LIF(3, other, enable_madc_recording=True, record_neuron_id=0)(
            snn.Synapse(3, 3, other)(handle))
    with pytest.raises(RuntimeError, match="MADC"):
        snn.run(other, 20)


def test_two_runs_inject_one_input_and_place_once():
    experiment = snn.Experiment(mock=False)
    synapse, neurons = snn.Synapse(5, 4, experiment), snn.LIF(4, experiment)
    for _ in range(2):
        neurons(synapse(input_spikes(30, 2, 5)))
        info = snn.run(experiment, 30)
        assert len(experiment.modules.nodes) == 3
        assert len(experiment._populations) == 2 and len(experiment._projections) == 1
    times = info.time.execution_duration_per_hardware
    assert [t.total_seconds() for c in times.values() for t in c.values()] == [pytest.approx(60e-6)]
    assert snn.run(experiment, 30) is None  # nothing was declared
    assert list(experiment.last_run_chip_configs) == [experiment.default_execution_instance.ID]


def test_one_handle_feeds_two_projections():
    experiment = snn.Experiment(mock=False)
    handle = input_spikes(30, 2, 5)
    first, second = snn.Synapse(5, 4, experiment), snn.Synapse(5, 4, experiment)
    neurons = snn.LI(4, experiment)
    first.weight.data.fill_(20)
    second.weight.data.fill_(-20)
    output = neurons(first(handle), second(handle))
    snn.run(experiment, 30)
    assert (output.membrane_cadc - output.membrane_cadc[0]).abs().max() <= 2  # they cancel


@pytest.mark.parametrize("runtime", [1.5, None, "3", True])
def test_runtime_must_be_whole(runtime):
    experiment = snn.Experiment(mock=False)
    snn.LIF(2, experiment)(snn.Synapse(2, 2, experiment)(input_spikes(20, 1, 2)))
    with pytest.raises(ValueError, match="Requested runtime invalid."):
        snn.run(experiment, runtime)


def test_runtime_beyond_the_timer_and_no_connection():
    experiment = snn.Experiment(mock=False)
    snn.LIF(2, experiment)(snn.Synapse(2, 2, experiment)(input_spikes(20, 1, 2)))
    with pytest.raises(ValueError, match="34.36"):
        snn.run(experiment, 40_000_000)
    hxtorch.release_hardware()
    with pytest.raises(RuntimeError, match="No connection present."):
        snn.run(experiment, 20)


def test_gradients_follow_the_measured_traces():
    experiment = snn.Experiment(mock=False)
    transform = partial(linear_saturating, scale=47.)
    first, second = (snn.Synapse(5, 20, experiment, transform=transform),
                     snn.Synapse(20, 3, experiment, transform=transform))
    scaling = {"trace_scale": 1 / 45, "shift_cadc_to_first": True}
    hidden = snn.LIF(20, experiment, **parameters(**scaling))
    readout = snn.LI(3, experiment, leak=snn.MixedHXModelParameter(0., 80), **scaling)
    torch.nn.init.normal_(first.weight, .9, .2)
    output = readout(second(hidden(first(input_spikes(40, 3, 5)))))
    snn.run(experiment, 40)
    assert hidden.output_handle.spikes.sum() > 0
    assert 0.9 < hidden.output_handle.membrane_cadc.max() < 1.2  # up to the threshold
    output.membrane_cadc.sum().backward()
    assert first.weight.grad.abs().sum() > 0 and second.weight.grad.abs().sum() > 0


def test_mock_and_chip_agree_about_one_neuron():
    traces = []
    for mock in (True, False):
        experiment = snn.Experiment(mock=mock)
        synapse = snn.Synapse(1, 1, experiment, transform=partial(linear_saturating, scale=45.))
        neuron = snn.LI(1, experiment, leak=snn.MixedHXModelParameter(0., 80), trace_scale=1 / 45,
                        shift_cadc_to_first=True)
        synapse.weight.data.fill_(1.)
        output = neuron(synapse(input_spikes(60, 1, 1, at=(10,))))
        snn.run(experiment, 60)
        traces.append(output.membrane_cadc.detach()[:, 0, 0])
    assert traces[0].max() == pytest.approx(0.387, abs=0.005)
    assert traces[1].max() == pytest.approx(0.368, abs=0.03)
    assert (traces[0] - traces[1]).abs().max() < 0.08  # a step of delay, and the coarser equations


def test_execution_instances_run_one_after_the_other():
    experiment = snn.Experiment(mock=False)
    instances = snn.ExecutionInstance(), snn.ExecutionInstance()
    for instance in instances:
        instance.chip = Chip.neuron_bypass()
    first = snn.Synapse(4, 4, experiment, execution_instance=instances[0])
    early = snn.LIF(4, experiment, execution_instance=instances[0])
    second = snn.Synapse(4, 4, experiment, execution_instance=instances[1])
    late = snn.LIF(4, experiment, execution_instance=instances[1])
    for synapse in (first, second):
        synapse.weight.data = 63 * torch.eye(4)
    for _ in range(2):
        output = late(second(early(first(input_spikes(40, 3, 4)))))
        snn.run(experiment, 40)
        assert output.spikes.sum() == 2 * 3 * 4
        assert set(experiment.last_run_chip_configs) == {i.ID for i in instances}


def test_sparse_synapses_and_batch_dropout():
    experiment = snn.Experiment(mock=False)
    connections = torch.zeros(5, 6)
    connections[1, 0] = connections[4, 5] = 1
    synapse = snn.SparseSynapse(connections, experiment)
    synapse.weight.data.fill_(50.)
    neurons, dropout = snn.LIF(6, experiment), snn.BatchDropout(6, 1., experiment)
    after = dropout(neurons(synapse(input_spikes(40, 2, 5, at=range(3, 30, 2)))))
    snn.run(experiment, 40)
    assert not dropout.mask.any()
    assert neurons.output_handle.spikes.sum() == 0 and after.spikes.sum() == 0
    dropout.eval()
    dropout(neurons(synapse(input_spikes(40, 2, 5, at=range(3, 30, 2)))))
    snn.run(experiment, 40)
    counts = neurons.output_handle.spikes.sum((0, 1))
    assert (counts[[0, 5]] > 0).all() and counts[1:5].sum() == 0


def test_calibration_file_sets_the_parameters():
    experiment = snn.Experiment(mock=False)
    experiment.default_execution_instance.load_calib(calib_helper.nightly_calix_native_path())
    synapse, neurons = snn.Synapse(2, 3, experiment), snn.LIF(3, experiment, leak=120)
    output = neurons(synapse(input_spikes(30, 1, 2)))
    snn.run(experiment, 30)
    assert neurons.leak.hardware_value.tolist() == [80.] * 3
    assert output.membrane_cadc[0].add(48).abs().max() <= 1


def test_merged_circuits_take_more_inputs():
    experiment = snn.Experiment(mock=False)
    synapse = snn.Synapse(200, 4, experiment)
    neurons = snn.LI(4, experiment, neuron_structure=snn.morphology.SingleCompartmentNeuron(2),
                     shift_cadc_to_first=True)
    synapse.weight.data.fill_(1.)
    output = neurons(synapse(input_spikes(40, 1, 200, at=(5,))))
    snn.run(experiment, 40)
    peak = output.membrane_cadc.max().item()
    assert peak == pytest.approx(0.1 * 200 * 10 / 2.718, rel=0.05)


def test_dynamic_range_of_the_digital_chip():
    hxtorch.release_hardware()
    base, upper, lower = get_dynamic_range()
    assert [float(v) for v in (base, upper, lower)] == pytest.approx([-48, 52, -128], abs=1.5)
    assert float(get_trace_scaling()) == pytest.approx(1 / 45, rel=0.06)
    assert get_weight_scaling(parameters()) == pytest.approx(47, rel=0.06)
    with pytest.raises(RuntimeError):
        hxtorch.get_unique_identifier()  # released again
