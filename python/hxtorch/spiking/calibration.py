"""Calibrations: which registers make a neuron what its parameters say.

    calibration = default_calibration()          # every circuit with the default parameters
    save(calibration, "spiking.json")
    instance.load_calib("spiking.json")

The file format is described in ``docs/calibration.md``. On this chip a calibration is arithmetic
(its registers have nominal meanings), so nothing is measured.
"""
from __future__ import annotations

import io
import json
import pickle
import struct
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Union

import numpy as np

from hxtorch.spiking.chip import CIRCUITS, Chip
from hxtorch.spiking.execution_info import _place

FORMAT = "openhx-calibration"
VERSION = 1

#: Registers that a calibration consists of.
REGISTERS = tuple(
    [f"NeuronCell.{name}" for name in (
        "v_leak", "v_reset", "v_threshold", "e_synin_exc_rev", "e_synin_inh_rev", "v_adapt_leak",
        "v_exp", "i_bias_leak", "i_bias_synin_exc_tau", "i_bias_synin_exc_coba",
        "i_bias_synin_exc_gm", "i_bias_synin_inh_tau", "i_bias_synin_inh_coba",
        "i_bias_synin_inh_gm", "i_bias_adapt_tau", "i_bias_adapt_a", "i_bias_adapt_b",
        "i_bias_exp", "i_mem_offset")]
    + [f"NeuronConfig.{name}" for name in (
        "enable_leak_division", "enable_leak_multiplication", "enable_synaptic_input_excitatory",
        "enable_synaptic_input_inhibitory", "enable_synaptic_input_excitatory_high_resistance",
        "enable_synaptic_input_inhibitory_high_resistance",
        "enable_synaptic_input_excitatory_small_capacitance",
        "enable_synaptic_input_inhibitory_small_capacitance",
        "enable_synaptic_input_excitatory_coba_mode", "enable_synaptic_input_inhibitory_coba_mode",
        "membrane_capacitor_size", "enable_adaptation", "enable_exponential",
        "enable_membrane_offset", "enable_fire", "enable_threshold_comparator",
        "enable_bypass_excitatory", "enable_bypass_inhibitory")]
    + [f"NeuronBackendConfig.{name}" for name in (
        "refractory_time", "reset_holdoff", "select_input_clock", "enable_adaptation_pulse")]
    + [f"CommonNeuronBackendConfig.{name}" for name in (
        "clock_scale_slow", "clock_scale_fast", "clock_scale_adaptation_pulse")]
    + ["QuadrantCell.syn_i_bias_dac", "CommonPADIBusConfig.dacen_pulse_extension"])

#: Default parameters of the neuron modules as hardware values.
DEFAULTS: Dict[str, float] = {
    "leak": 80., "reset": 80., "threshold": 125., "tau_mem": 10e-6, "tau_syn": 10e-6,
    "i_synin_gm": 500., "membrane_capacitance": 63., "refractory_time": 1e-6,
    "synapse_dac_bias": 600., "holdoff_time": 0.,
}
_TIMES = ("tau_mem", "tau_syn", "refractory_time", "holdoff_time")
_COMMON = ("i_synin_gm", "synapse_dac_bias")


@dataclass
class Calibration:
    """Parameters of every circuit and the registers that make them.

    :ivar target: identifier of the target (``hxtorch.get_unique_identifier``), or ``"digital"`` for
        every chip of our own kind.
    :ivar parameters: name -> (512,) float64; ``tau_syn`` (2, 512): excitatory, inhibitory;
        ``i_synin_gm`` (2,), ``synapse_dac_bias`` (1,). Potentials in CADC LSB, times in seconds.
    :ivar registers: name -> int64 values by place (names of :class:`~hxtorch.spiking.chip.Chip`).
    :ivar warnings: parameters that are reached only roughly.
    """

    target: str = "digital"
    parameters: Dict[str, np.ndarray] = field(default_factory=dict)
    registers: Dict[str, np.ndarray] = field(default_factory=dict)
    warnings: List[str] = field(default_factory=list)

    def apply(self, chip: Chip) -> Chip:
        """Writes the registers into a chip object and returns it."""
        for name, values in self.registers.items():
            chip[name] = values
        return chip

    def neuron_target(self) -> SimpleNamespace:
        """The parameters as a calibration target: arrays of 512, times in µs with a unit.

        The times are plain floats in µs if the package ``quantities`` is not installed.
        """
        unit = _microseconds()
        values = {}
        for name, value in self.parameters.items():
            array = np.array(value, dtype=float)
            values[name] = array * 1e6 * unit if name in _TIMES else array
        return SimpleNamespace(**values)


class Loaded(NamedTuple):
    """What a calibration file holds: ``calibration`` is ``None`` for lists of register values."""

    calibration: Optional[Calibration]
    chip: Chip


def _microseconds() -> Any:
    try:
        import quantities
    except ImportError:
        return 1.
    return quantities.us


def _in_seconds(value: Any) -> np.ndarray:
    """Times of a target: with a unit (``quantities``), or plain numbers in µs."""
    if hasattr(value, "rescale"):
        return np.asarray(value.rescale("us").magnitude, dtype=float) * 1e-6
    return np.asarray(value, dtype=float) * 1e-6


# ---- Files -------------------------------------------------------------------------------------


def _packed(values: np.ndarray) -> Any:
    """An array as JSON: one number if all are equal."""
    flat = np.asarray(values)
    if flat.ndim == 1 and flat.size > 1 and np.all(flat == flat[0]):
        return flat[0].item()
    return flat.tolist()


def save(calibration: Calibration, path: Union[str, Path]) -> Path:
    """Writes a ``.json`` calibration file."""
    path = Path(path)
    text = json.dumps({
        "format": FORMAT, "version": VERSION, "target": calibration.target,
        "parameters": {n: _packed(v) for n, v in calibration.parameters.items()},
        "registers": {n: _packed(v) for n, v in calibration.registers.items()},
    }, indent=1)
    part = path.with_suffix(path.suffix + ".part")  # nobody reads half a file
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path


def _load_json(path: Path) -> Calibration:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not a JSON file ({error})") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"{path}: 'format' is not '{FORMAT}'")
    if data.get("version") != VERSION:
        raise ValueError(f"{path}: version {data.get('version')}, this software reads {VERSION}")
    unknown = set(data) - {"format", "version", "target", "parameters", "registers"}
    if unknown:
        raise ValueError(f"{path}: unknown key '{sorted(unknown)[0]}'")
    shapes = {"tau_syn": (2, CIRCUITS), "i_synin_gm": (2,), "synapse_dac_bias": (1,)}
    result = Calibration(target=str(data.get("target", "digital")))
    for name, value in data.get("parameters", {}).items():
        shape = shapes.get(name, (CIRCUITS,))
        try:
            result.parameters[name] = np.broadcast_to(np.array(value, dtype=float), shape).copy()
        except (ValueError, TypeError):
            raise ValueError(f"{path}: parameter '{name}' is no array of shape {shape}") from None
    for name, value in data.get("registers", {}).items():
        try:
            result.registers[name] = np.array(value, dtype=np.int64)
        except (ValueError, TypeError):
            raise ValueError(f"{path}: register '{name}' is no list of whole numbers") from None
    return result


class _Unpickler(pickle.Unpickler):
    """Our calibrations and numpy arrays; every other class is refused before it is loaded."""

    _ALLOWED = {
        ("hxtorch.spiking.calibration", "Calibration"),
        ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode"),
    } | {(f"numpy.{core}.{module}", name) for core in ("core", "_core")
         for module, name in (("multiarray", "_reconstruct"), ("multiarray", "scalar"),
                              ("numeric", "_frombuffer"))}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise ValueError(
                f"calibration pickle wants to load '{module}.{name}', which is not allowed: only "
                "calibrations of this software and numpy arrays are read. A calibration made by "
                "other software has no meaning on this chip; use calibrate() or a .json file")
        return super().find_class(module, name)


def _load_pickle(path: Path) -> Calibration:
    try:
        value = _Unpickler(io.BytesIO(path.read_bytes())).load()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    except Exception as error:  # a broken pickle raises whatever it likes
        raise ValueError(f"{path}: not a readable pickle ({error})") from None
    if not isinstance(value, Calibration):
        raise ValueError(f"{path}: holds a {type(value).__name__}, not a calibration")
    return value


_LIST_MAGIC = b"OHXREGS1"


def save_register_list(chip: Chip, path: Union[str, Path]) -> Path:
    """Writes all words of a chip object as a list of (address, word) pairs."""
    words = chip.words().astype("<u4")
    addresses = np.asarray(chip.native.addresses()).astype("<u4")
    data = np.stack([addresses, words], axis=1).tobytes()
    path = Path(path)
    part = path.with_suffix(path.suffix + ".part")
    part.write_bytes(_LIST_MAGIC + struct.pack("<I", len(words)) + data)
    part.replace(path)
    return path


def _load_register_list(path: Path) -> Chip:
    data = path.read_bytes()
    if data[:8] != _LIST_MAGIC or len(data) < 12:
        raise ValueError(f"{path}: neither a .json nor a .pkl file nor a list of register values")
    count, = struct.unpack("<I", data[8:12])
    if len(data) != 12 + 8 * count:
        raise ValueError(f"{path}: {count} words announced, {(len(data) - 12) / 8:g} found")
    pairs = np.frombuffer(data[12:], dtype="<u4").reshape(count, 2)
    chip = Chip()
    chip.native.set_words(pairs[:, 0].astype(np.uint32), pairs[:, 1].astype(np.uint32))
    return chip


def load(path: Union[str, Path]) -> Loaded:
    """Reads a calibration file; see :meth:`ExecutionInstance.load_calib`."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"calibration file '{path}' does not exist")
    if path.suffix == ".json":
        calibration = _load_json(path)
    elif path.suffix in (".pkl", ".pickle"):
        calibration = _load_pickle(path)
    else:
        return Loaded(None, _load_register_list(path))
    chip = Chip()
    try:
        calibration.apply(chip)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
    return Loaded(calibration, chip)


# ---- Parameters of modules -----------------------------------------------------------------------


def hardware_values(population: Any) -> Dict[str, np.ndarray]:
    """Calibrated parameters of a neuron module by name: (1,) or (N,), ``tau_syn`` also (2, N)."""
    values: Dict[str, np.ndarray] = {}
    for name, parameter in population.params_dict().items():
        if name not in DEFAULTS:
            continue
        value = getattr(parameter, "hardware_value", parameter)
        if value is None:
            continue
        if hasattr(value, "detach"):
            value = value.detach().cpu().numpy()
        array = np.array(value, dtype=float)
        values[name] = array if array.ndim == 2 else array.reshape(-1)
    return values


def _circuit_numbers(neurons: Any) -> List[int]:
    """Circuits from circuits, logical neurons, or lists of them."""
    if hasattr(neurons, "get_atomic_neurons"):
        return [_place(n) for n in neurons.get_atomic_neurons()]
    if hasattr(neurons, "circuits"):
        return [_place(n) for n in neurons.circuits]
    if isinstance(neurons, Iterable) and not hasattr(neurons, "toEnum"):
        return [n for item in neurons for n in _circuit_numbers(item)]
    return [_place(neurons)]


def _per_neuron(neurons: Sequence[Any]) -> List[List[int]]:
    return [_circuit_numbers(n) for n in neurons]


def calibration_from_params(population: Any, target: Any, neurons: Sequence[Any]) -> Any:
    """Writes the parameters of a module into a calibration target.

    :param target: object with arrays of 512 circuits (``tau_syn``: (2, 512)), times with a unit of
        µs; ``i_synin_gm`` (2) and ``synapse_dac_bias`` are common to the chip.
    :param neurons: logical neurons of the module, in its order.
    :return: the target.
    :raises AttributeError: another population has set a common value differently.
    """
    places = _per_neuron(neurons)
    set_common = target.__dict__.setdefault("_common_values", {})
    for name, values in hardware_values(population).items():
        if name in _COMMON:
            value = _common_value(name, values)
            if set_common.setdefault(name, value) != value:
                raise AttributeError(
                    f"{name} is common to the chip: {value:g} wanted, {set_common[name]:g} set by "
                    "another population")
            setattr(target, name, np.array([value, value]) if name == "i_synin_gm" else value)
            continue
        if name == "refractory_time" and not _fires(population):
            continue
        array = getattr(target, name, None)
        if array is None:
            continue
        unit = getattr(array, "units", 1.) if name in _TIMES else 1.
        scaled = values * 1e6 * (1. if unit == 1. else 1.) if name in _TIMES else values
        for index, circuits in enumerate(places):
            if name == "tau_syn":
                for sign in range(2):
                    row = scaled[sign] if scaled.ndim == 2 else scaled
                    array[sign, circuits] = float(row[index if row.size > 1 else 0]) * unit
            else:
                array[circuits] = float(scaled[index if scaled.size > 1 else 0]) * unit
    return target


def params_from_calibration(population: Any, target: Any, neurons: Sequence[Any]) -> None:
    """Overwrites ``hardware_value`` of a module's parameters with those of a calibration target."""
    first = [circuits[0] for circuits in _per_neuron(neurons)]
    import torch

    for name, parameter in population.params_dict().items():
        value = getattr(target, name, None)
        if value is None or name not in DEFAULTS:
            continue
        if name == "refractory_time" and not _fires(population):
            continue
        array = _in_seconds(value) if name in _TIMES else np.asarray(value, dtype=float)
        if name in _COMMON:
            new = torch.tensor(float(array.reshape(-1)[0]))
        elif name == "tau_syn":
            both = np.broadcast_to(array, (2, array.shape[-1]))[:, first]
            same = np.array_equal(both[0], both[1])
            new = torch.tensor(both[0] if same else both, dtype=torch.float32)
        else:
            new = torch.tensor(array[first], dtype=torch.float32)
        parameter.hardware_value = new


def _common_value(name: str, values: np.ndarray) -> float:
    flat = values.reshape(-1)
    if not np.all(flat == flat[0]):
        raise AttributeError(f"{name} is common to the chip, one population wants {set(flat)}")
    return float(flat[0])


def _fires(population: Any) -> bool:
    return bool(getattr(population, "fire", getattr(population, "_fire", True)))


# ---- Calibrating ---------------------------------------------------------------------------------


def registers_of(chip: Chip) -> Dict[str, np.ndarray]:
    """The calibrated registers of a chip object."""
    return {name: chip[name] for name in REGISTERS}


def default_calibration(**parameters: float) -> Calibration:
    """All 512 circuits with the default parameters, or those given (one number each).

    >>> default_calibration(threshold=150., tau_mem=6e-6)

    :raises TypeError: there is no such parameter.
    """
    unknown = set(parameters) - set(DEFAULTS)
    if unknown:
        raise TypeError(f"unknown parameter '{sorted(unknown)[0]}'; there are {sorted(DEFAULTS)}")
    wanted = {**DEFAULTS, **parameters}
    from hxtorch import _native

    network = _native.hardware.Network()
    population = network.add_population("all", "lif", CIRCUITS)
    network.place(population, np.arange(CIRCUITS, dtype=np.uint32))
    _set_parameters(network, population, {n: np.array([v]) for n, v in wanted.items()})
    chip = Chip()
    notes = network.calibrate(chip.native)
    result = Calibration(registers=registers_of(chip), warnings=list(notes))
    for name, value in wanted.items():
        shape = {"tau_syn": (2, CIRCUITS), "i_synin_gm": (2,), "synapse_dac_bias": (1,)}
        result.parameters[name] = np.full(shape.get(name, (CIRCUITS,)), float(value))
    return result


def _set_parameters(network: Any, index: int, values: Dict[str, np.ndarray]) -> None:
    for name, value in values.items():
        if name == "tau_syn":
            both = value if value.ndim == 2 else np.stack([value, value])
            network.set_parameter(index, "tau_syn_exc", np.ascontiguousarray(both[0]))
            network.set_parameter(index, "tau_syn_inh", np.ascontiguousarray(both[1]))
        elif name == "membrane_capacitance" and np.any(value > 63):
            warnings.warn("membrane_capacitance above 63 is clipped: the gain per weight is that "
                          "of 63")
            network.set_parameter(index, name, np.minimum(value, 63.))
        elif name in _COMMON:
            network.set_parameter(index, name, np.array([_common_value(name, value)]))
        else:
            network.set_parameter(index, name, np.ascontiguousarray(value))


def _key(populations: Sequence[Any]) -> tuple:
    """What a calibration depends on: values, not names, and where the neurons are."""
    return tuple(
        (id(p), tuple(p.unit_ids) if getattr(p, "unit_ids", None) is not None else (),
         tuple((n, v.shape, v.tobytes()) for n, v in sorted(hardware_values(p).items())))
        for p in populations)


def calibrate_instance(instance: Any) -> None:
    """:meth:`ExecutionInstance.calibrate`."""
    populations = [p for p in instance.populations()
                   if getattr(p, "read_params_from_calibration", True)]
    if instance.calib_path is not None:
        _read_from_file(instance, populations)
        return
    if instance.chip is not None and instance._calibrated_to is None:
        return  # set by hand
    key = _key(populations)
    if key == instance._calibrated_to:
        return
    from hxtorch import _native

    network = _native.hardware.Network()
    first_common: Dict[str, Any] = {}
    for number, population in enumerate(populations):
        if getattr(population, "unit_ids", None) is None:
            raise ValueError(f"calibrate: {type(population).__name__} {population} has no place on "
                             "the chip yet; register_hw_entity() gives it one")
        values = hardware_values(population)
        for name in _COMMON:
            if name not in values:
                continue
            value = _common_value(name, values[name])
            if first_common.setdefault(name, value) != value:
                raise AttributeError(f"{name} is common to the chip: populations want "
                                     f"{first_common[name]:g} and {value:g}")
        add_population(network, f"p{number}", population, values)
    chip = Chip() if instance.chip is None else instance.chip
    notes = network.calibrate(chip.native)
    instance.chip = chip
    instance.calib = Calibration(registers=registers_of(chip), warnings=list(notes))
    instance._calibrated_to = key


def _read_from_file(instance: Any, populations: Sequence[Any]) -> None:
    if instance.chip is None:
        instance.load_calib()
    key = (str(instance.calib_path), tuple(id(p) for p in populations))
    if instance.calib is None or instance._calibrated_to == key:
        return
    target = instance.calib.neuron_target()
    for population in populations:
        if getattr(population, "unit_ids", None) is None:
            continue
        neurons = [instance.neuron_placement.id2logicalneuron(i) for i in population.unit_ids]
        params_from_calibration(population, target, neurons)
    instance._calibrated_to = key


def logical_neurons(population: Any) -> List[Any]:
    """The logical neurons of a registered module in its order."""
    placement = population.execution_instance.neuron_placement
    return [placement.id2logicalneuron(i) for i in population.unit_ids]


def add_population(network: Any, name: str, population: Any,
                   values: Optional[Dict[str, np.ndarray]] = None) -> int:
    """Adds a neuron module to a native network, with places and (if given) parameters."""
    circuits = _per_neuron(logical_neurons(population))
    kind = "lif" if _fires(population) else "li"
    index = network.add_population(name, kind, len(circuits))
    first = np.array([min(c) for c in circuits], dtype=np.uint32)
    # Joined circuits begin in the top row, or lie side by side in one row.
    count = len(circuits[0])
    row = count > 1 and all(n // 256 == first[0] // 256 for n in circuits[0])
    network.place(index, first, count, bool(row))
    network.set_leaky(index, bool(getattr(population, "leaky", True)))
    if values is not None:
        _set_parameters(network, index, values)
    return index


def playback_hooks(instance: Any) -> Any:
    """The injections of an instance in one object."""
    names = ("pre_static_config", "pre_realtime", "inside_realtime_begin", "inside_realtime",
             "inside_realtime_end", "post_realtime")
    values = {n: getattr(instance, f"injection_{n}") for n in names}
    import sys

    compat = sys.modules.get("pygrenade_vx")
    kind = getattr(getattr(compat, "execution", None), "ExecutionInstanceHooks", SimpleNamespace)
    hooks = kind()
    for name, value in values.items():
        try:
            setattr(hooks, name, value)
        except AttributeError:
            break
    return hooks
