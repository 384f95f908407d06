"""Calibration files, exchange with calibration targets, chip objects."""
import json
import os
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hxtorch.spiking import calibration
from hxtorch.spiking._hardware import build_and_run
from hxtorch.spiking.chip import Chip
from hxtorch.spiking.execution_instance import ExecutionInstance, ExecutionInstances
from hxtorch.spiking.utils import calib_helper
from stand_ins import Experiment, Neurons, spikes_at


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_default_calibration_reaches_its_parameters():
    result = calibration.default_calibration(threshold=150., tau_mem=6e-6)
    assert result.warnings == []
    assert set(result.registers["NeuronCell.v_threshold"]) == {round(2.4 * 150 + 22)}
    assert set(result.registers["NeuronCell.v_leak"]) == {214}
    assert (result.parameters["tau_mem"] == 6e-6).all()
    assert result.parameters["tau_syn"].shape == (2, 512)
    with pytest.raises(TypeError, match="tau_mambrane"):
        calibration.default_calibration(tau_mambrane=1)


@pytest.mark.parametrize("suffix", [".json", ".pkl"])
def test_files_keep_parameters_and_registers(tmp_path, suffix):
    made = calibration.default_calibration(leak=90.)
    made.parameters["tau_mem"][7] = 8e-6
    path = tmp_path / f"calibration{suffix}"
    if suffix == ".json":
        calibration.save(made, path)
    else:
        path.write_bytes(pickle.dumps(made))
    loaded = calibration.load(path)
    for name, values in made.parameters.items():
        assert np.array_equal(loaded.calibration.parameters[name], values), name
    assert loaded.chip == made.apply(Chip())
    assert loaded.calibration.parameters["tau_mem"][7] == 8e-6


class Evil:
    def __reduce__(self):
        return os.system, ("echo pwned",)


def test_foreign_pickles_are_refused(tmp_path, capfd):
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ValueError, match="system.*not allowed"):
        calibration.load(path)
    assert "pwned" not in capfd.readouterr().out
    path.write_bytes(pickle.dumps(np.zeros(3)))
    with pytest.raises(ValueError, match="ndarray, not a calibration"):
        calibration.load(path)
    path.write_bytes(b"\x80\x04nonsense")
    with pytest.raises(ValueError, match="not a readable pickle"):
        calibration.load(path)


@pytest.mark.parametrize("change, reason", [
    (lambda d: d.update(format="x"), "format"),
    (lambda d: d.update(version=9), "version 9"),
    (lambda d: d.update(colour=1), "colour"),
    (lambda d: d["registers"].update({"NeuronCell.v_leek": 3}), "v_leek"),
    (lambda d: d["registers"].update({"NeuronCell.v_leak": 3000}), "3000"),
    (lambda d: d["registers"].update({"NeuronCell.v_leak": [1, 2]}), "512"),
    (lambda d: d["parameters"].update({"leak": [1, 2]}), "leak"),
])
def test_broken_json_says_what_is_wrong(tmp_path, change, reason):
    path = calibration.save(calibration.default_calibration(), tmp_path / "c.json")
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(ValueError, match=reason):
        calibration.load(path)


def test_missing_file_and_wrong_list(tmp_path):
    with pytest.raises(FileNotFoundError):
        calibration.load(tmp_path / "none.json")
    path = tmp_path / "list.bin"
    path.write_bytes(b"OHXREGS1\x05\x00\x00\x00")
    with pytest.raises(ValueError, match="5 words"):
        calibration.load(path)


def test_default_files_exist_and_agree():
    native = calib_helper.nightly_calix_native_path()
    plain = calib_helper.nightly_calib_path()
    assert calib_helper.chip_from_file(native) == calib_helper.chip_from_portable_binary(plain)
    assert calib_helper.nightly_calix_native_path() == native
    assert (calib_helper.calib_from_calix_native(native).parameters["leak"] == 80).all()
    with pytest.raises(ValueError, match="no parameters"):
        calib_helper.calib_from_calix_native(plain)
    with pytest.raises(ValueError, match="hagen"):
        calib_helper.nightly_calib_path("hagen")


def test_parameters_are_overwritten_from_a_file_with_parameters():
    instance = ExecutionInstance(calib_path=calib_helper.nightly_calix_native_path())
    neurons = Neurons(4, instance, leak=100., tau_mem=3e-6)
    instance.modules = [neurons]
    instance.calibrate()
    assert isinstance(instance.chip, Chip)
    assert neurons.parameters["leak"].hardware_value.tolist() == [80.] * 4
    assert neurons.parameters["tau_mem"].hardware_value.tolist() == pytest.approx([10e-6] * 4)


def test_parameters_stay_with_a_list_of_registers():
    instance = ExecutionInstance(calib_path=calib_helper.nightly_calib_path())
    neurons = Neurons(4, instance, leak=100.)
    instance.modules = [neurons]
    instance.calibrate()
    assert instance.calib is None and isinstance(instance.chip, Chip)
    assert neurons.parameters["leak"].hardware_value == 100.


def test_calibrate_to_parameters_and_again_when_values_change():
    instance = ExecutionInstance()
    neurons = Neurons(4, instance, first=10, threshold=np.array([120., 125., 130., 135.]))
    instance.modules = [neurons]
    instance.calibrate()
    codes = instance.chip["NeuronCell.v_threshold"][10:14]
    assert codes.tolist() == [round(2.4 * v + 22) for v in (120, 125, 130, 135)]
    version = instance.chip.version
    instance.calibrate()
    assert instance.chip.version == version  # nothing has changed
    neurons.parameters["threshold"].hardware_value = 140.
    instance.calibrate()
    assert set(instance.chip["NeuronCell.v_threshold"][10:14]) == {round(2.4 * 140 + 22)}


def test_populations_that_disagree_about_the_chip():
    instance = ExecutionInstance()
    instance.modules = [Neurons(4, instance), Neurons(4, instance, first=300, i_synin_gm=400.)]
    with pytest.raises(AttributeError, match="i_synin_gm.*400"):
        instance.calibrate()


def target(times):
    unit = times
    return SimpleNamespace(
        leak=np.full(512, 80.), reset=np.full(512, 80.), threshold=np.full(512, 125.),
        tau_mem=np.full(512, 10.) * unit, tau_syn=np.full((2, 512), 10.) * unit,
        i_synin_gm=np.array([500, 500]), membrane_capacitance=np.full(512, 63.),
        refractory_time=np.full(512, 1.) * unit, synapse_dac_bias=600,
        holdoff_time=np.full(512, 0.) * unit)


@pytest.mark.parametrize("with_unit", [False, True])
def test_exchange_with_a_target(with_unit):
    unit = pytest.importorskip("quantities").us if with_unit else 1.
    goal = target(unit)
    instance = ExecutionInstance()
    neurons = Neurons(25, instance, tau_mem=np.linspace(5e-6, 20e-6, 25), leak=90.,
                      tau_syn=np.stack([np.full(25, 5e-6), np.full(25, 8e-6)]))
    places = [[2 * i, 2 * i + 256] for i in range(25)]
    calibration.calibration_from_params(neurons, goal, places)
    assert (goal.leak[[0, 256, 2, 258]] == 90).all() and goal.leak[1] == 80
    assert np.allclose(np.asarray(goal.tau_mem)[0:50:2], np.linspace(5, 20, 25))
    assert np.asarray(goal.tau_syn)[:, 4].tolist() == pytest.approx([5., 8.])
    other = Neurons(25, ExecutionInstance())
    calibration.params_from_calibration(other, goal, places)
    assert other.parameters["leak"].hardware_value.tolist() == [90.] * 25
    assert torch.allclose(other.parameters["tau_mem"].hardware_value,
                          torch.linspace(5e-6, 20e-6, 25))
    assert other.parameters["tau_syn"].hardware_value.shape == (2, 25)
    with pytest.raises(AttributeError, match="synapse_dac_bias"):
        calibration.calibration_from_params(
            Neurons(2, ExecutionInstance(), synapse_dac_bias=700.), goal, [[100], [101]])


def test_mock_only_records_the_path():
    instance = ExecutionInstance()
    instance._experiment = SimpleNamespace(mock=True)
    assert instance.load_calib("/nowhere/calibration.pbin") is None
    assert instance.calib_path == "/nowhere/calibration.pbin"
    with pytest.raises(ValueError, match="calib_path"):
        ExecutionInstance().load_calib()


def test_chip_object():
    chip = Chip()
    neuron = chip.neuron_block.atomic_neurons[300]
    neuron.leak.i_bias = 321
    neuron.constant_current.type = "sink"
    neuron.constant_current.enable = True
    assert chip["NeuronCell.i_bias_leak"][300] == 321
    assert chip["NeuronConfig.invert_membrane_offset", 300] == 1
    assert neuron.constant_current.enable == 1
    copy = chip.copy()
    copy["NeuronCell.v_leak", 3] = 5
    assert chip != copy and chip["NeuronCell.v_leak", 3] != 5
    with pytest.raises(AttributeError, match="i_bias"):
        neuron.leak.bias = 3
    with pytest.raises(ValueError, match="2000"):
        neuron.leak.i_bias = 2000
    with pytest.raises(IndexError):
        chip.neuron_block.atomic_neurons[512]
    with pytest.raises(KeyError, match="NeuronConfig"):
        chip["NeuronConfg.enable_fire"]


def test_instances_and_their_numbers():
    one, two = ExecutionInstance(), ExecutionInstance()
    assert two.ID > one.ID and str(one) == f"ExecutionInstance(ID={one.ID})"
    both = ExecutionInstances([one, two])
    assert set(both.chips) == {one.ID, two.ID} and both.cadc_recordings == {}
    with pytest.raises(AssertionError):
        one.cadc_recordings()
    one.injection_pre_realtime = "hook"
    assert both.playback_hooks[one.ID].pre_realtime == "hook"


def test_constant_current_moves_the_membrane(hardware):
    hardware()
    rails = []
    for kind in (None, "source", "sink"):
        experiment = Experiment()
        source = experiment.input(1)
        neurons = experiment.neurons(1, fire=False)
        experiment.connect(source, neurons, [[0.]])

        def configure(neuron, block, coord, kind=kind):
            current = block.atomic_neurons[coord.circuits[0]].constant_current
            if kind is not None:
                current.i_offset, current.type, current.enable = 1000, kind, True

        neurons.configure_hw_entity = configure
        data = build_and_run(experiment, 12500, {source.descriptor: spikes_at(100, 1, 1, [])})
        trace = data.hw_data[neurons.descriptor].cadc.to_dense(100e-6, 1e-6)
        rails.append(trace[80:].mean().item())
    assert rails == pytest.approx([-48, 52, -128], abs=1.5)


@pytest.mark.parametrize("tau_mem, tau_syn", [(10e-6, 10e-6), (6e-6, 6e-6), (20e-6, 5e-6)])
def test_one_neuron_as_the_equations_say(hardware, tau_mem, tau_syn):
    hardware()
    experiment = Experiment()
    source = experiment.input(1)
    neurons = experiment.neurons(1, fire=False, tau_mem=tau_mem, tau_syn=tau_syn)
    weight = 50.
    experiment.connect(source, neurons, [[weight]])
    data = build_and_run(experiment, 12500, {source.descriptor: spikes_at(100, 1, 1, [10, 30])})
    trace = data.hw_data[neurons.descriptor].cadc.to_dense(100e-6, 1e-6)[:, 0, 0]
    # 0.1 CADC LSB per us and weight, exact solution in fine steps.
    voltage, current, expected, fine = 0., 0., [], 100
    for step in range(100 * fine):
        if step in (10 * fine, 30 * fine):
            current += weight
        if step % fine == 0:
            expected.append(80 - 128 + voltage)
        h = 1e-6 / fine
        voltage += h * (-voltage / tau_mem + 0.1e6 * current)
        current -= h * current / tau_syn
    difference = (trace[:100] - torch.tensor(expected)).abs()
    assert difference.max() < 2.5 and difference.mean() < 0.8  # half an LSB, one step of latency
