"""From modules to a run on one or several targets and back: used by the experiment, not by scripts.

The description of the network stays in the C++ core from run to run. It is built anew when modules,
places or recordings change; new weights are written into it; routing happens only if connections,
places or recorded neurons have changed; and a target is sent only the register words that differ.
"""
from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

import numpy as np
import torch

from hxtorch.spiking import calibration as _calibration
from hxtorch.spiking.chip import Chip
from hxtorch.spiking.execution_info import (
    ChipOnConnection, ConnectionOnExecutor, ExecutionHealth, ExecutionInfo)
from hxtorch.spiking.observables import HardwareObservables

CLOCK = 125e6  #: FPGA clock cycles per second


def _native() -> Any:
    from hxtorch import _native  # the constructors of the API work without it

    return _native.hardware


# ---- Raw recordings ------------------------------------------------------------------------------


class _Raw:
    """Flat arrays of one population: rows (batch entry, neuron) of samples in order of time."""

    def __init__(self, arrays: tuple) -> None:
        self._arrays = arrays

    @property
    def batch_size(self) -> int:
        """Number of batch entries."""
        return int(self._arrays[0])

    def _rows(self) -> np.ndarray:
        """The row of every sample."""
        offsets = np.asarray(self._arrays[2]).astype(np.int64)
        return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


class SpikeData(_Raw):
    """Spikes of one population as the target gave them."""

    @property
    def population_size(self) -> int:
        """Number of neurons."""
        return int(self._arrays[1])

    @property
    def arrays(self) -> tuple:
        """``(B, N, offsets (B*N+1), times)``, FPGA clock cycles since the begin of the entry."""
        return self._arrays

    def get_data(self) -> List[Tuple[int, int, int]]:
        """Tuples (clock, batch entry, neuron) in order of time."""
        rows = self._rows()
        times = np.asarray(self._arrays[3])
        order = np.argsort(times, kind="stable")
        size = max(1, self.population_size)
        return [(int(times[i]), int(rows[i]) // size, int(rows[i]) % size) for i in order]

    def to_dense(self, runtime_s: float, dt: float) -> torch.Tensor:
        """Spikes on the grid of `dt`.

        :param runtime_s: seconds of hardware time.
        :param dt: seconds.
        :return: (ceil(runtime/dt) + 1, B, N) of 0 and 1, float32.
        """
        return torch.from_numpy(
            _native().dense_spikes(self._arrays, round(runtime_s * CLOCK), dt))


class CADCData(_Raw):
    """CADC samples of one population, signed: code - 128."""

    @property
    def population_size(self) -> int:
        """Number of neurons."""
        return int(self._arrays[1])

    def get_data(self) -> List[Tuple[int, int, int, int]]:
        """Tuples (value, clock, batch entry, neuron), row by row."""
        rows = self._rows()
        times, values = np.asarray(self._arrays[3]), np.asarray(self._arrays[4]) - 128
        size = max(1, self.population_size)
        return [(int(v), int(t), int(r) // size, int(r) % size)
                for v, t, r in zip(values, times, rows)]

    def to_dense(self, runtime_s: float, dt: Any = None, mode: str = "linear") -> Any:
        """Samples on the grid of `dt`, interpolated in time.

        :param runtime_s: seconds of hardware time.
        :param dt: seconds; without it the mean distance of the samples, which is returned, too.
        :param mode: ``"linear"`` or ``"nn"`` (nearest sample).
        :return: (ceil(runtime/dt) + 1, B, N) float32; without `dt` the pair (tensor, dt).
        :raises RuntimeError: there is no such mode.
        """
        if isinstance(dt, str):
            dt, mode = None, dt
        if mode not in ("linear", "nn"):
            raise RuntimeError(f"unknown interpolation mode '{mode}'; there are 'linear' and 'nn'")
        given = dt
        if dt is None:
            samples, rows = len(self._arrays[3]), len(self._arrays[2]) - 1
            dt = runtime_s * rows / max(samples, 1)
        dense = torch.from_numpy(_native().dense_cadc(
            self._arrays, round(runtime_s * CLOCK), dt, mode == "nn"))
        return dense if given is not None else (dense, dt)

    def to_raw(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """``(values (S, B, N) float32, clocks (S, B, N) int64)``, S: smallest number of samples."""
        offsets = np.asarray(self._arrays[2]).astype(np.int64)
        shape = (self.batch_size, self.population_size)
        count = int(np.diff(offsets).min()) if len(offsets) > 1 else 0
        index = (offsets[:-1][None, :] + np.arange(count)[:, None]).reshape(count, *shape)
        values = np.asarray(self._arrays[4])[index] - 128
        return (torch.from_numpy(values.astype(np.float32)),
                torch.from_numpy(np.asarray(self._arrays[3])[index]))


class MADCData(_Raw):
    """MADC samples of the recorded neuron of a population."""

    @property
    def population_size(self) -> int:
        """Number of recorded neurons."""
        return len(self._arrays[1])

    def get_data(self) -> List[Tuple[int, int, int, int]]:
        """Tuples (code, clock, batch entry, number among the recorded neurons), row by row."""
        rows = self._rows()
        size = max(1, self.population_size)
        return [(int(v), int(t), int(r) // size, int(r) % size) for v, t, r in
                zip(np.asarray(self._arrays[4]), np.asarray(self._arrays[3]), rows)]

    def to_raw(self) -> torch.Tensor:
        """(2, S, B) float32: FPGA clock cycles and codes 0..1023 of the first recorded neuron."""
        offsets = np.asarray(self._arrays[2]).astype(np.int64)
        starts = offsets[:-1][::max(1, self.population_size)]
        lengths = np.diff(offsets)[::max(1, self.population_size)]
        count = int(lengths.min()) if len(lengths) else 0
        index = starts[None, :] + np.arange(count)[:, None]
        rows = [np.asarray(self._arrays[3])[index], np.asarray(self._arrays[4])[index]]
        return torch.from_numpy(np.stack(rows).astype(np.float32))


@dataclass
class RunData:
    """What a run gives.

    :ivar hw_data: descriptor of a population -> raw recordings.
    :ivar info: times and health.
    :ivar chip_configs: instance ID -> chip -> configuration before the real-time part.
    """

    hw_data: Dict[Any, HardwareObservables] = field(default_factory=dict)
    info: ExecutionInfo = field(default_factory=ExecutionInfo)
    chip_configs: Dict[int, Dict[ChipOnConnection, Chip]] = field(default_factory=dict)


# ---- Networks of execution instances -------------------------------------------------------------


def _is_input(module: Any) -> bool:
    return not hasattr(module, "params_dict") and not hasattr(module, "weight")


def _source_name(value: Any) -> str:
    name = getattr(value, "name", value)
    return "adaptation" if str(name).lower().endswith("adaptation") else "voltage"


def _mask(module: Any) -> Optional[np.ndarray]:
    mask = getattr(module, "mask", None)
    if mask is None:
        return None
    return np.ascontiguousarray(mask.detach().cpu().numpy().astype(np.uint8))


def _recordings(module: Any, loopback: bool) -> tuple:
    """(spikes, cadc, cadc source, MADC neurons, MADC source)"""
    if _is_input(module):
        return (loopback, False, "voltage", (), "voltage")
    madc: Tuple[int, ...] = ()
    if getattr(module, "enable_madc_recording", False):
        recorded = getattr(module, "record_neuron_id", None)
        madc = (0,) if recorded is None else tuple(
            int(n) for n in (recorded if isinstance(recorded, Iterable) else (recorded,)))
    spikes = bool(getattr(module, "enable_spike_recording", False)) and _calibration._fires(module)
    return (spikes, bool(getattr(module, "enable_cadc_recording", False)),
            _source_name(getattr(module, "cadc_readout_source", "voltage")), madc,
            _source_name(getattr(module, "madc_readout_source", "voltage")))


@dataclass
class _Edge:
    """A projection with its populations."""

    module: Any
    source: Any
    target: Any


@dataclass
class _InstanceNetwork:
    """The native network of one execution instance."""

    instance: Any
    populations: List[Any]
    edges: List[_Edge]
    inputs: Dict[int, str] = field(default_factory=dict)  # id(source module) -> name
    names: Dict[int, str] = field(default_factory=dict)   # id(population) -> name
    index: Dict[int, int] = field(default_factory=dict)   # id(population) -> number
    projections: List[int] = field(default_factory=list)  # by edge
    signature: Any = None
    native: Any = None
    base_key: Any = None
    base: Any = None


def _instance_of(module: Any, experiment: Any) -> Any:
    return getattr(module, "execution_instance", None) or experiment.default_execution_instance


def _edges(experiment: Any) -> List[_Edge]:
    edges = []
    for module in experiment._projections:
        sources = list(experiment.modules.source_populations(module))
        targets = list(experiment.modules.target_populations(module))
        for what, found in (("source", sources), ("target", targets)):
            if len(found) != 1:
                raise _NotOnePopulation(
                    f"projection {module} has {len(found)} {what} populations instead of one")
        edges.append(_Edge(module, sources[0], targets[0]))
    return edges


class _NotOnePopulation(ValueError, AssertionError):
    """A projection without exactly one source and one target."""


def _order(instances: Sequence[Any], edges: Sequence[_Edge], experiment: Any) -> List[Any]:
    """Execution instances in the order in which spikes pass from one to the next."""
    needs: Dict[int, set] = {id(i): set() for i in instances}
    for edge in edges:
        if _is_input(edge.source):
            continue
        source, target = (_instance_of(m, experiment) for m in (edge.source, edge.target))
        if source is not target:
            needs[id(target)].add(id(source))
    ordered: List[Any] = []
    done: set = set()
    while len(ordered) < len(instances):
        ready = [i for i in instances if id(i) not in done and needs[id(i)] <= done]
        if not ready:
            raise ValueError("execution instances feed each other in a cycle: neurons that excite "
                             "each other must be in one execution instance")
        ordered += ready
        done |= {id(i) for i in ready}
    return ordered


class HardwareState:
    """What an experiment keeps from run to run."""

    def __init__(self) -> None:
        self.networks: Dict[int, _InstanceNetwork] = {}
        self.router_of: Any = None
        self.router: Any = None
        self.builds = 0  # of native networks, for tests


def _state(experiment: Any) -> HardwareState:
    state = experiment.__dict__.get("_hardware_state")
    if state is None:
        state = HardwareState()
        experiment.__dict__["_hardware_state"] = state
    return state


def _router(state: HardwareState, function: Any) -> Any:
    """The native router of ``hw_routing_func``; ``None``: the core's default."""
    from hxtorch.spiking.routing import GreedyRouter, PortfolioRouter

    if type(function) is PortfolioRouter or function is None:
        return None
    if state.router_of is not function:
        state.router_of = function
        if type(function) is GreedyRouter:
            state.router = _native().greedy_router()
        else:
            state.router = _native().Router(function)
    return state.router


def _sparse_connections(module: Any) -> Optional[Tuple[np.ndarray, np.ndarray]]:
    """(pre, post) of a sparse projection, ``None`` for a dense one."""
    connections = getattr(module, "connections", None)
    if connections is None:
        return None
    post, pre = connections
    return (np.asarray(pre, dtype=np.uint32).reshape(-1),
            np.asarray(post, dtype=np.uint32).reshape(-1))


def _signature(network: _InstanceNetwork, forwarded: set) -> tuple:
    populations = tuple(
        (id(m), m.size, _recordings(m, network.instance.input_loopback), id(m) in forwarded,
         tuple(m.unit_ids) if getattr(m, "unit_ids", None) is not None else None)
        for m in network.populations)
    edges = tuple((id(e.module), id(e.source), id(e.target), id(getattr(
        e.module, "connections", None))) for e in network.edges)
    return populations, edges


def _build(network: _InstanceNetwork, forwarded: set) -> None:
    """The native network from scratch."""
    native = _native().Network()
    network.names.clear()
    network.inputs.clear()
    network.index.clear()
    network.projections = []
    for number, module in enumerate(network.populations):
        if _is_input(module):
            name = f"input{number}"
            index = native.add_population(name, "input", int(module.size))
            network.inputs[id(module)] = name
        else:
            name = f"population{number}"
            index = _calibration.add_population(native, name, module)
        spikes, cadc, cadc_source, madc, madc_source = _recordings(
            module, network.instance.input_loopback)
        native.record(index, spikes or id(module) in forwarded, cadc, cadc_source, list(madc),
                      madc_source)
        network.names[id(module)] = name
        network.index[id(module)] = index
    for edge in network.edges:
        if id(edge.source) not in network.index:  # spikes of an earlier instance
            name = f"forwarded{len(network.index)}"
            index = native.add_population(name, "input", int(edge.source.size))
            network.inputs[id(edge.source)] = name
            network.index[id(edge.source)] = index
        ends = network.index[id(edge.source)], network.index[id(edge.target)]
        sparse = _sparse_connections(edge.module)
        network.projections.append(
            native.add_dense(*ends) if sparse is None else native.add_sparse(*ends, *sparse))
    network.native = native


def _update(network: _InstanceNetwork) -> None:
    """Weights and masks."""
    for edge, index in zip(network.edges, network.projections):
        with torch.no_grad():
            weight = edge.module.weight_transform(edge.module.weight.detach().clone())
        values = weight.detach().to("cpu", torch.float32).numpy()
        sparse = _sparse_connections(edge.module)
        if sparse is not None:
            values = values[sparse[1], sparse[0]]
        try:
            network.native.set_weights(index, np.ascontiguousarray(values))
        except ValueError as error:
            raise ValueError(f"{edge.module}: {error}; weight_transform must clip to -63..63") \
                from None
    for module in network.populations:
        if not _is_input(module):
            network.native.set_mask(network.index[id(module)], _mask(module))


def _base(network: _InstanceNetwork) -> Any:
    """The configuration to start from: calibrated chip object and what modules add to it."""
    instance = network.instance
    if instance.chip is None:
        instance.calibrate()
    neurons = [m for m in network.populations if not _is_input(m)]
    chip = instance.chip
    if chip is None:  # no population, nothing to calibrate
        chip = instance.chip = Chip()
    chip = chip if isinstance(chip, Chip) else Chip(getattr(chip, "native", chip))
    key = (id(chip), chip.version, network.signature,
           tuple(bool(getattr(m, "changed_since_last_run", False)) for m in neurons))
    changed = any(getattr(m, "changed_since_last_run", False) for m in neurons)
    if network.base is None or changed or key != network.base_key:
        configured = chip.copy()
        for module in neurons:
            hook = getattr(module, "configure_hw_entity", None)
            if hook is None:
                continue
            coords = _calibration.logical_neurons(module)
            for neuron, coord in enumerate(coords):
                hook(neuron, configured.neuron_block, coord)
        words = configured.words()
        if network.base is None or not np.array_equal(words, network.base[1]):
            network.base = (configured.native.snapshot(), words)
        network.base_key = key
    return network.base[0]


def _hooks(instance: Any) -> Any:
    names = ("pre_static_config", "pre_realtime", "inside_realtime_begin", "inside_realtime",
             "inside_realtime_end", "post_realtime")
    injections = {n: getattr(instance, f"injection_{n}", None) for n in names}
    if all(value is None for value in injections.values()):
        return None
    hooks = _native().Hooks()
    for name, value in injections.items():
        if value is not None:
            setattr(hooks, name, value)
    return hooks


def _networks(experiment: Any, state: HardwareState) -> List[_InstanceNetwork]:
    """Native networks of all execution instances, in the order in which they run."""
    edges = _edges(experiment)
    populations = list(dict.fromkeys(
        list(experiment._populations) + [m for e in edges for m in (e.source, e.target)]))
    home: Dict[int, Any] = {}
    for edge in edges:  # an input belongs where it is needed
        if _is_input(edge.source):
            home[id(edge.source)] = _instance_of(edge.target, experiment)
    instances = list(dict.fromkeys(
        home.get(id(m)) or _instance_of(m, experiment) for m in populations))
    forwarded = {id(e.source) for e in edges if not _is_input(e.source)
                 and _instance_of(e.source, experiment) is not _instance_of(e.target, experiment)}
    networks = []
    for instance in _order(instances, edges, experiment):
        network = state.networks.get(instance.ID)
        if network is None:
            network = state.networks[instance.ID] = _InstanceNetwork(instance, [], [])
        network.populations = [
            m for m in populations if (home.get(id(m)) or _instance_of(m, experiment)) is instance]
        network.edges = [e for e in edges if _instance_of(e.target, experiment) is instance]
        signature = _signature(network, forwarded)
        if network.native is None or signature != network.signature:
            _build(network, forwarded)
            network.signature = signature
            state.builds += 1
        _update(network)
        networks.append(network)
    return networks


# ---- Runs ----------------------------------------------------------------------------------------


def _trains(batches: Sequence[Any], size: int, what: Any) -> tuple:
    """Lists [batch][neuron] of spike times in milliseconds as flat arrays."""
    offsets, times = [0], []
    for entry, neurons in enumerate(batches):
        if len(neurons) != size:
            raise ValueError(f"{what}: spike times of batch entry {entry} are for {len(neurons)} "
                             f"neurons instead of {size}")
        for neuron in neurons:
            times.append(np.sort(np.rint(np.asarray(neuron, dtype=float) * 1e-3 * CLOCK)))
            offsets.append(offsets[-1] + len(times[-1]))
    flat = np.concatenate(times) if times else np.zeros(0)
    return (len(batches), size, np.array(offsets, dtype=np.uint64), flat.astype(np.int64))


def _input(value: Any, module: Any) -> Any:
    """What the core takes: a dense float32 array (T, B, K), or flat spike times."""
    if isinstance(value, torch.Tensor):
        value = value.detach()
        if value.is_sparse:
            value = value.to_dense()
        value = value.to("cpu", torch.float32).numpy()
    if isinstance(value, np.ndarray):
        if value.ndim != 3 or value.shape[2] != module.size:
            raise ValueError(f"{module}: input of shape {tuple(value.shape)} is not (time, batch, "
                             f"{module.size})")
        return np.ascontiguousarray(value, dtype=np.float32)
    return _trains(value, int(module.size), module)


def _batch_of(value: Any) -> int:
    return int(value.shape[1]) if isinstance(value, np.ndarray) else int(value[0])


def _targets() -> Tuple[list, list]:
    """Open backends and their URIs. ``RuntimeError("No connection present.")`` without one."""
    from hxtorch import _connection

    connection = _connection.require()
    return list(connection.backends), list(connection.uris)


def _check_supported(instance: Any) -> None:
    if instance.read_ppu_symbols or instance.write_ppu_symbols:
        raise NotImplementedError(
            f"{instance}: the embedded processors of this chip execute no programs, so they have "
            "no symbols; write memory words with an injection (hxtorch._native.hardware.Hook)")
    if instance.plasticity_rules():
        raise NotImplementedError(
            f"{instance}: plasticity rules need the embedded processors, which this chip does "
            "not have; compute weight changes on the host between runs")


def _observables(result: dict, recorded: tuple) -> HardwareObservables:
    spikes, cadc, _, madc, _ = recorded
    return HardwareObservables(
        spikes=SpikeData(result["spikes"]) if spikes and "spikes" in result else None,
        cadc=CADCData(result["cadc"]) if cadc and "cadc" in result else None,
        madc=MADCData(result["madc"]) if madc and "madc" in result else None)


def _health(result: dict) -> ExecutionHealth:
    return ExecutionHealth(
        crossbar_drops=list(result["crossbar_drops"]), output_events=list(result["output_events"]),
        unknown_labels=result["unknown_labels"],
        spikes_between_entries=result["spikes_between_entries"], link=dict(result["link"]),
        warnings=list(result["warnings"]))


def build_and_run(experiment: Any, clocks: int, inputs: Dict[Any, Any]) -> RunData:
    """Runs all registered modules of an experiment on the open connection.

    :param experiment: with registered populations and projections.
    :param clocks: runtime in FPGA clock cycles (8 ns).
    :param inputs: descriptor of an input population -> dense tensor (T, B, K) on the grid of the
        experiment's ``dt`` (every entry that is not 0 is one spike), or a list [B][K] of spike
        times in milliseconds.
    :return: raw recordings, times and health, chip configurations.
    :raises RuntimeError: there is no connection, the network does not fit the chip, or a target
        fails.
    :raises ValueError: inputs differ in batch size, or do not fit their population.
    """
    begin = time.perf_counter()
    backends, uris = _targets()
    state = _state(experiment)
    networks = _networks(experiment, state)
    by_descriptor = {m.descriptor: m for n in networks for m in n.populations}
    given = {id(by_descriptor[d]): _input(v, by_descriptor[d]) for d, v in inputs.items()}
    sizes = {d: _batch_of(given[id(by_descriptor[d])]) for d in inputs}
    if len(set(sizes.values())) > 1:
        text = ", ".join(f"{by_descriptor[d]}: {b}" for d, b in sizes.items())
        raise ValueError(f"inputs differ in batch size: {text}")
    batch = next(iter(sizes.values()), None)
    data = RunData()
    split = {"network": 0., "lowering": 0., "device": 0., "model": 0., "decode": 0.}
    realtime = 0.
    wait = experiment.inter_batch_entry_wait
    forwarded: Dict[int, tuple] = {}  # id(population) -> spikes of an earlier instance
    for network in networks:
        instance = network.instance
        _check_supported(instance)
        feed = {name: given.get(key, forwarded.get(key))
                for key, name in network.inputs.items() if key in given or key in forwarded}
        result = _native().run(
            backends, network.native, feed, int(clocks), float(experiment.dt), batch,
            None if wait is None else int(wait),
            bool(getattr(experiment, "inter_batch_entry_routing_disabled", True)),
            _base(network), _router(state, experiment.hw_routing_func), _hooks(instance))
        for module in network.populations:
            found = result["populations"].get(network.names[id(module)], {})
            if "spikes" in found:
                forwarded[id(module)] = found["spikes"]
            data.hw_data[module.descriptor] = _observables(
                found, _recordings(module, instance.input_loopback))
        chip = _native().last_chip(backends[0])
        data.chip_configs[instance.ID] = {ChipOnConnection(): Chip(chip)}
        data.info.health.add(_health(result))
        notes = getattr(instance.calib, "warnings", None) or []
        data.info.health.warnings += [t for t in notes if t not in data.info.health.warnings]
        realtime += result["realtime"]
        for name in ("lowering", "device", "decode"):
            split[name] += result[name]
        split["model"] += result["link"].get("simulation_us", 0) * 1e-6
        if wait is not None:
            realtime += (batch or 1) * int(wait) / CLOCK
    split["total"] = time.perf_counter() - begin
    split["network"] = max(0., split["total"] - split["lowering"] - split["device"])
    for text in data.info.health.warnings:
        warnings.warn(text, stacklevel=4)
    duration = timedelta(seconds=realtime / len(backends))
    data.info.time.split = split
    for number, _ in enumerate(uris):
        place = ConnectionOnExecutor(number)
        data.info.time.execution_duration_per_hardware[place] = {ChipOnConnection(): duration}
        data.info.time.device[place] = split["device"]
    return data
