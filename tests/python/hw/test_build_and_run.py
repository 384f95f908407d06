"""Runs of networks on the functional model of the chip."""
import os
import signal
import threading

import numpy as np
import pytest
import torch

from hxtorch.spiking._hardware import _state, build_and_run
from hxtorch.spiking.chip import Chip
from hxtorch.spiking.execution_info import ChipOnConnection, ConnectionOnExecutor
from hxtorch.spiking.execution_instance import ExecutionInstance
from hxtorch.spiking.routing import GreedyRouter
from stand_ins import Experiment, Input, spikes_at

STEPS, CLOCKS = 40, 5000


def yin_yang(seed=0, hidden=30, **hidden_options):
    """5 -> hidden -> 3 with random weights."""
    generator = torch.Generator().manual_seed(seed)
    experiment = Experiment()
    source = experiment.input(5)
    hid = experiment.neurons(hidden, **hidden_options)
    out = experiment.neurons(3, first=256, fire=False)
    first = experiment.connect(source, hid, 17 + 17 * torch.randn(hidden, 5, generator=generator))
    second = experiment.connect(hid, out, 10 * torch.randn(3, hidden, generator=generator))
    return experiment, source, hid, out, first, second


def random_input(batch, seed=0):
    generator = torch.Generator().manual_seed(seed)
    dense = torch.zeros(STEPS, batch, 5)
    times = torch.randint(2, 27, (batch, 5), generator=generator)
    dense.scatter_(0, times[None], 1.)
    return dense


def dense(data, module, what="spikes"):
    return getattr(data.hw_data[module.descriptor], what).to_dense(CLOCKS / 125e6, 1e-6)


def test_no_connection_is_an_error(monkeypatch):
    from hxtorch import _connection

    def nothing():
        raise RuntimeError("No connection present.")

    monkeypatch.setattr(_connection, "require", nothing)
    experiment, source, *_ = yin_yang()
    with pytest.raises(RuntimeError, match="No connection present."):
        build_and_run(experiment, CLOCKS, {source.descriptor: random_input(2)})


def test_bypassed_neurons_repeat_their_input(hardware):
    hardware()
    experiment = Experiment()
    source = experiment.input(10)
    neurons = experiment.neurons(10)
    experiment.connect(source, neurons, 63 * torch.eye(10))
    experiment.default_execution_instance.chip = Chip.neuron_bypass()
    times = torch.zeros(STEPS, 4, 10)
    for entry in range(4):
        for neuron in range(10):
            times[3 + entry + 3 * neuron, entry, neuron] = 1
    data = build_and_run(experiment, CLOCKS, {source.descriptor: times})
    spikes = dense(data, neurons)
    assert spikes.shape == (STEPS + 1, 4, 10)
    assert torch.equal(spikes.sum(0), torch.ones(4, 10))
    late = spikes.argmax(0) - times.argmax(0)
    assert late.abs().max() <= 2


def test_shapes_and_values_of_recordings(hardware):
    hardware()
    experiment, source, hid, out, *_ = yin_yang()
    out.enable_madc_recording = True
    out.record_neuron_id = 1
    data = build_and_run(experiment, CLOCKS, {source.descriptor: random_input(6)})
    observed = data.hw_data[out.descriptor]
    assert observed.spikes is None
    cadc = dense(data, out, "cadc")
    assert cadc.shape == (STEPS + 1, 6, 3) and cadc.dtype == torch.float32
    assert cadc[0].abs().sub(48).abs().max() <= 1  # at rest: 80 - 128
    values, clocks = observed.cadc.to_raw()
    assert values.shape == clocks.shape and values.shape[1:] == (6, 3)
    assert (clocks[1:] > clocks[:-1]).all() and clocks.max() < CLOCKS
    madc = observed.madc.to_raw()
    assert madc.shape[0] == 2 and madc.shape[2] == 6
    assert abs(madc.shape[1] - 40e-6 * 29.4e6) <= 4
    assert madc[1, 0].sub(4 * 80).abs().max() <= 4
    assert dense(data, hid).sum() >= 5
    assert data.hw_data[source.descriptor].spikes is None


def test_madc_shows_the_neuron_that_was_asked_for(hardware):
    hardware()
    experiment = Experiment()
    source = experiment.input(1)
    neurons = experiment.neurons(4, fire=False)
    experiment.connect(source, neurons, [[0.], [0.], [60.], [0.]])
    neurons.enable_madc_recording = True
    peaks = []
    for number in range(4):
        neurons.record_neuron_id = number
        data = build_and_run(experiment, CLOCKS, {source.descriptor: spikes_at(STEPS, 1, 1, [5])})
        peaks.append(data.hw_data[neurons.descriptor].madc.to_raw()[1].max() / 4)
    assert peaks[2] > 95
    assert max(peaks[0], peaks[1], peaks[3]) < 82


def test_readout_source_is_switched(hardware):
    hardware()
    experiment = Experiment()
    source = experiment.input(1)
    neurons = experiment.neurons(2, fire=False)
    experiment.connect(source, neurons, [[60.], [60.]])
    inputs = {source.descriptor: spikes_at(STEPS, 1, 1, [5])}
    voltage = dense(build_and_run(experiment, CLOCKS, inputs), neurons, "cadc")
    neurons.cadc_readout_source = "ADAPTATION"
    adaptation = dense(build_and_run(experiment, CLOCKS, inputs), neurons, "cadc")
    assert voltage.max() > -40 and voltage[0].max() < -46
    assert adaptation.abs().max() <= 1  # no adaptation: 128 + 0


def test_sparse_projection_is_the_dense_one_with_zeros(hardware):
    hardware()
    weight = torch.zeros(6, 5)
    pairs = [(0, 1), (2, 2), (5, 0), (3, 4)]
    for post, pre in pairs:
        weight[post, pre] = 40 + post
    traces = []
    for connections in (None, [[p for p, _ in pairs], [p for _, p in pairs]]):
        experiment = Experiment()
        source = experiment.input(5)
        neurons = experiment.neurons(6, fire=False)
        experiment.connect(source, neurons, weight, connections)
        data = build_and_run(experiment, CLOCKS, {source.descriptor: spikes_at(
            STEPS, 2, 5, [5, 20])})
        traces.append(dense(data, neurons, "cadc"))
    assert traces[0].max() > -35
    assert (traces[0] - traces[1]).abs().max() <= 2


def test_only_changed_words_are_sent(hardware):
    hardware()
    experiment, source, hid, out, first, second = yin_yang()
    inputs = {source.descriptor: random_input(3)}

    def words():
        return build_and_run(experiment, CLOCKS, inputs).info.health.link["configuration_words"]

    assert words() > 100_000  # everything
    assert words() == 0
    second.weight[1, 7] = 20.
    words()
    second.weight[1, 7] = 21.
    assert words() == 1
    second.weight[1, 7] = -21.  # one synapse of the pair off, the other one on
    assert words() == 2
    assert _state(experiment).builds == 1  # one description for all of it


def test_same_description_until_the_topology_changes(hardware):
    hardware()
    experiment, source, hid, out, *_ = yin_yang()
    inputs = {source.descriptor: random_input(2)}
    build_and_run(experiment, CLOCKS, inputs)
    hid.enable_cadc_recording = False
    data = build_and_run(experiment, CLOCKS, inputs)
    assert data.hw_data[hid.descriptor].cadc is None
    assert _state(experiment).builds == 2


def test_masked_neurons_are_silent(hardware):
    hardware()
    experiment, source, hid, *_ = yin_yang()
    inputs = {source.descriptor: random_input(8)}
    before = dense(build_and_run(experiment, CLOCKS, inputs), hid).sum((0, 1))
    mask = before == 0
    mask[::2] = True
    hid.mask = mask
    after = dense(build_and_run(experiment, CLOCKS, inputs), hid).sum((0, 1))
    assert before[~mask].sum() > 0 and after[~mask].sum() == 0
    assert torch.equal(after[mask] > 0, before[mask] > 0)


def test_two_targets_share_a_batch(hardware):
    experiment, source, hid, out, *_ = yin_yang()
    inputs = {source.descriptor: random_input(9)}
    hardware("twin:", 1)
    one = build_and_run(experiment, CLOCKS, inputs)
    hardware("twin:", 2)
    two = build_and_run(experiment, CLOCKS, inputs)
    a, b = (d.hw_data[hid.descriptor].spikes.arrays for d in (one, two))
    assert np.array_equal(a[2], b[2]) and np.array_equal(a[3], b[3]) and len(a[3]) > 0
    assert torch.equal(dense(one, out, "cadc"), dense(two, out, "cadc"))
    assert ConnectionOnExecutor(1) in two.info.time.execution_duration_per_hardware


def test_both_models_give_the_same(hardware):
    experiment, source, hid, out, *_ = yin_yang(hidden=12)
    inputs = {source.descriptor: random_input(2, seed=3)}
    hardware("twin:")
    twin = build_and_run(experiment, CLOCKS, inputs)
    hardware("sim:")
    sim = build_and_run(experiment, CLOCKS, inputs)
    a, b = (d.hw_data[hid.descriptor].spikes.arrays for d in (twin, sim))
    assert np.array_equal(a[2], b[2]) and np.array_equal(a[3], b[3])
    assert torch.equal(dense(twin, out, "cadc"), dense(sim, out, "cadc"))


def test_wait_between_entries_lengthens_the_execution(hardware):
    hardware()
    experiment, source, *_ = yin_yang(hidden=3)
    inputs = {source.descriptor: random_input(10)}

    def duration():
        info = build_and_run(experiment, CLOCKS, inputs).info
        times = info.time.execution_duration_per_hardware
        return times[ConnectionOnExecutor()][ChipOnConnection()].total_seconds(), info

    short, info = duration()
    assert short == pytest.approx(10 * 40e-6, rel=0.01)
    cycles = info.health.link["simulated_cycles"]
    experiment.inter_batch_entry_wait = 125 * 100
    long, info = duration()
    assert long == pytest.approx(10 * 140e-6, rel=0.01)
    assert info.health.link["simulated_cycles"] >= cycles - 126842 * 3 + 9 * 125 * 100


def test_spikes_pass_from_instance_to_instance(hardware):
    hardware()
    experiment = Experiment()
    first, second = ExecutionInstance(), ExecutionInstance()
    for instance in (first, second):
        instance.chip = Chip.neuron_bypass()
    source = experiment.input(4)
    # Declared against the order of execution.
    late = experiment.neurons(4, instance=second)
    early = experiment.neurons(4, instance=first, spikes=False)
    experiment.connect(early, late, 63 * torch.eye(4))
    experiment.connect(source, early, 63 * torch.eye(4))
    data = build_and_run(experiment, CLOCKS, {source.descriptor: spikes_at(STEPS, 3, 4, [4, 20])})
    spikes = dense(data, late)
    assert spikes.sum() == 3 * 4 * 2
    assert spikes[4:8].sum() == 12 and spikes[20:24].sum() == 12
    assert data.hw_data[early.descriptor].spikes is None  # was not asked for
    assert set(data.chip_configs) == {first.ID, second.ID}


def test_instances_in_a_cycle_are_refused(hardware):
    hardware()
    experiment = Experiment()
    one = experiment.neurons(2, instance=ExecutionInstance())
    two = experiment.neurons(2, instance=ExecutionInstance())
    experiment.connect(one, two, torch.eye(2))
    experiment.connect(two, one, torch.eye(2))
    with pytest.raises(ValueError, match="cycle"):
        build_and_run(experiment, CLOCKS, {})


def test_batch_sizes_must_agree(hardware):
    hardware()
    experiment, source, hid, *_ = yin_yang()
    other = experiment.input(2)
    experiment.connect(other, hid, torch.ones(30, 2))
    with pytest.raises(ValueError, match="batch size"):
        build_and_run(experiment, CLOCKS, {source.descriptor: random_input(2),
                                           other.descriptor: torch.zeros(STEPS, 3, 2)})


def test_input_of_a_wrong_shape_is_named(hardware):
    hardware()
    experiment, source, *_ = yin_yang()
    with pytest.raises(ValueError, match=r"\(40, 5\).*time, batch, 5"):
        build_and_run(experiment, CLOCKS, {source.descriptor: torch.zeros(STEPS, 5)})


def test_spike_times_in_milliseconds(hardware):
    hardware()
    experiment, source, hid, *_ = yin_yang()
    tensor = random_input(2)
    lists = [[[float(t) * 1e-3 for t in tensor[:, b, k].nonzero()] for k in range(5)]
             for b in range(2)]
    one = build_and_run(experiment, CLOCKS, {source.descriptor: tensor})
    two = build_and_run(experiment, CLOCKS, {source.descriptor: lists})
    a, b = (d.hw_data[hid.descriptor].spikes.arrays[2] for d in (one, two))
    assert np.array_equal(a, b)


def test_weights_beyond_the_range_are_refused(hardware):
    hardware()
    experiment, source, hid, out, first, _ = yin_yang()
    first.weight_transform = lambda w: w * 100
    with pytest.raises(ValueError, match="-63..63"):
        build_and_run(experiment, CLOCKS, {source.descriptor: random_input(1)})


def test_routers(hardware):
    hardware()
    calls = []

    def mine(problem):
        calls.append(problem.connections)
        return GreedyRouter()(problem)

    experiment, source, hid, *_ = yin_yang()
    inputs = {source.descriptor: random_input(2)}
    default = build_and_run(experiment, CLOCKS, inputs)
    experiment.hw_routing_func = mine
    own = build_and_run(experiment, CLOCKS, inputs)
    build_and_run(experiment, CLOCKS, inputs)
    assert len(calls) == 1 and calls[0] > 0  # routed once
    a, b = (d.hw_data[hid.descriptor].spikes.arrays[2] for d in (default, own))
    assert np.array_equal(a, b)
    experiment.hw_routing_func = lambda problem: None
    with pytest.raises(RuntimeError, match="no solution"):
        build_and_run(experiment, CLOCKS, inputs)


def test_what_does_not_fit_is_a_runtime_error(hardware):
    hardware()
    experiment = Experiment()
    source = experiment.input(200)
    neurons = experiment.neurons(2)
    experiment.connect(source, neurons, torch.ones(2, 200))
    with pytest.raises(RuntimeError, match="256"):
        build_and_run(experiment, CLOCKS, {source.descriptor: torch.zeros(STEPS, 1, 200)})


def test_chip_configuration_of_the_run(hardware):
    hardware()
    experiment, source, hid, *_ = yin_yang(threshold=140.)
    data = build_and_run(experiment, CLOCKS, {source.descriptor: random_input(1)})
    chip = data.chip_configs[experiment.default_execution_instance.ID][ChipOnConnection()]
    assert chip["NeuronCell.v_threshold", 0] == round(2.4 * 140 + 22)
    assert chip["NeuronBackendConfig.enable_spike_out"][:30].all()
    assert not chip["NeuronBackendConfig.enable_spike_out"][256:259].any()


def test_loopback_of_inputs(hardware):
    hardware()
    experiment, source, *_ = yin_yang()
    experiment.default_execution_instance.input_loopback = True
    tensor = random_input(3)
    data = build_and_run(experiment, CLOCKS, {source.descriptor: tensor})
    assert torch.equal(dense(data, source)[:STEPS].sum(0), tensor.sum(0))


def test_injected_writes(hardware):
    hardware()
    from hxtorch import _native

    experiment, source, hid, *_ = yin_yang()
    inputs = {source.descriptor: random_input(4)}
    assert dense(build_and_run(experiment, CLOCKS, inputs), hid).sum() > 0
    hook = _native.hardware.Hook()
    for block in (0x001A_1800, 0x001A_9800):  # event registers off
        hook.write(block, 0xF004)
    experiment.default_execution_instance.injection_inside_realtime = hook
    assert dense(build_and_run(experiment, CLOCKS, inputs), hid).sum() == 0


def test_no_programs_for_embedded_processors(hardware):
    hardware()
    experiment, source, *_ = yin_yang()
    experiment.default_execution_instance.read_ppu_symbols.add("rates")
    with pytest.raises(NotImplementedError, match="embedded processors"):
        build_and_run(experiment, CLOCKS, {source.descriptor: random_input(1)})


def test_ctrl_c_ends_a_run(hardware):
    hardware()
    experiment, source, hid, *_ = yin_yang()
    batch = 100
    # 2 ms per entry: ten entries a program, so there are ten places to stop at.
    long = torch.zeros(2000, batch, 5)
    long[::3] = 1
    started = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    started.start()
    with pytest.raises(KeyboardInterrupt):
        for _ in range(200):
            build_and_run(experiment, 250_000, {source.descriptor: long})
    started.cancel()
    data = build_and_run(experiment, CLOCKS, {source.descriptor: random_input(2)})
    assert dense(data, hid).shape == (STEPS + 1, 2, 30)


def test_dense_samples_as_the_vectors_say():
    import json
    import pathlib

    from hxtorch.spiking._hardware import CADCData, SpikeData, _is_input

    assert _is_input(Input(3))
    folder = pathlib.Path(__file__).parents[2] / "vectors/hxtorch"
    case = json.loads((folder / "cadc_dense.json").read_text())
    batch, size = case["params"]["batch_size"], case["params"]["population_size"]
    rows = [[] for _ in range(batch * size)]
    for value, clock, entry, neuron in case["inputs"]["value_clock_batch_neuron"]:
        rows[entry * size + neuron].append((clock, value + 128))
    offsets = np.cumsum([0] + [len(r) for r in rows]).astype(np.uint64)
    flat = [s for r in rows for s in sorted(r)]
    data = CADCData((batch, size, offsets, np.array([t for t, _ in flat], dtype=np.int64),
                     np.array([v for _, v in flat], dtype=np.float32)))
    runtime, dt = case["params"]["runtime"], case["params"]["dt"]
    for mode, expected in case["outputs"].items():
        if mode in ("linear", "nn"):
            assert torch.allclose(data.to_dense(runtime, dt, mode), torch.tensor(expected),
                                  atol=1e-4), mode
    values, clocks = data.to_raw()
    assert values.shape == clocks.shape and values.shape[1:] == (batch, size)
    assert sorted(data.get_data()) == sorted(
        tuple(s) for s in case["inputs"]["value_clock_batch_neuron"])
    with pytest.raises(RuntimeError, match="'linear' and 'nn'"):
        data.to_dense(runtime, dt, "cubic")
    tensor, mean = data.to_dense(runtime)
    assert tensor.shape[1:] == (batch, size) and 1e-6 < mean < 3e-6
    spikes = SpikeData((1, 2, np.array([0, 2, 3], dtype=np.uint64),
                        np.array([62, 63, 5000], dtype=np.int64)))
    assert spikes.get_data() == [(62, 0, 0), (63, 0, 0), (5000, 0, 1)]
    assert spikes.to_dense(3e-6, 1e-6)[:2, 0].tolist() == [[1., 0.], [1., 0.]]  # half goes up
