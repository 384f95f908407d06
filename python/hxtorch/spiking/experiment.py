"""Experiments: modules connected by handles, executed in software or on chips.

    experiment = Experiment(mock=True, dt=1e-6)
    synapse = Synapse(5, 120, experiment)
    hidden = LIF(120, experiment)
    output = hidden(synapse(LIFObservables(spikes=spikes)))    # nothing is computed yet
    run(experiment, 38)
    output.spikes                                              # (T, B, 120)
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Callable, Dict, List, Optional, Tuple

from hxtorch.spiking.backend.module_manager import BaseModuleManager, ModuleManager
from hxtorch.spiking.execution_info import ExecutionInfo
from hxtorch.spiking.execution_instance import ExecutionInstance, ExecutionInstances
from hxtorch.spiking.routing import PortfolioRouter

CLOCKS_PER_SECOND = 125e6
MAX_CLOCKS = 2 ** 32 - 1


class BaseExperiment(ABC):
    """What modules need of an experiment."""

    def __init__(self, modules: BaseModuleManager, mock: bool, dt: float) -> None:
        self.modules = modules
        self.mock = mock
        self.dt = dt

    @abstractmethod
    def connect(self, module: Any, input_handles: Any, output_handle: Any) -> None:
        """Adds a module to the graph."""

    @abstractmethod
    def get_hw_results(self, runtime: Optional[int]) -> Tuple[Dict[Any, Any], Any]:
        """Executes what runs on hardware."""


class Experiment(BaseExperiment):
    """A network and where it runs.

    :param mock: ``True``: software; ``False``: the targets opened by ``hxtorch.init_hardware``.
    :param dt: width of a time step in seconds of hardware time; grid of all dense tensors.
    :param hw_routing_func: how networks are mapped onto the chip, ``problem -> solution``
        (:mod:`hxtorch.spiking.routing`); not used in mock.

    Attributes: ``inter_batch_entry_wait`` (FPGA cycles between batch entries, 125 = 1 us, or
    ``None``), ``inter_batch_entry_routing_disabled``, ``ppu_symbols_read``, ``grenade_network`` and
    ``grenade_network_graph`` (``None`` until the first run on hardware).
    """

    def __init__(self, mock: bool = False, dt: float = 1e-6,
                 hw_routing_func: Optional[Callable[[Any], Any]] = None) -> None:
        if not dt > 0:
            raise ValueError(f"dt = {dt} s is not above 0")
        super().__init__(ModuleManager(), bool(mock), float(dt))
        self.hw_routing_func = hw_routing_func or PortfolioRouter()
        self._default_execution_instance: Optional[ExecutionInstance] = None
        self._reset()

    def _reset(self) -> None:
        self.grenade_network: Any = None
        self.grenade_network_graph: Any = None
        self.inter_batch_entry_wait: Optional[int] = None
        self.inter_batch_entry_routing_disabled = True
        self.ppu_symbols_read: Dict[str, Any] = {}
        self._populations: List[Any] = []
        self._projections: List[Any] = []
        self._execution_instances = ExecutionInstances()
        self._registered: set = set()
        self._batch_size = 0
        self._last_run_chip_configs: Any = None
        self.__dict__.pop("_hardware_state", None)

    def clear(self) -> None:
        """Back to the state after construction; ``mock``, ``dt`` and the router stay."""
        self.modules = ModuleManager()
        self._default_execution_instance = None
        self._reset()

    @property
    def default_execution_instance(self) -> ExecutionInstance:
        """The instance of all modules without one of their own; made when first asked for."""
        if self._default_execution_instance is None:
            self._default_execution_instance = ExecutionInstance()
            self._default_execution_instance._experiment = self  # type: ignore[attr-defined]
        return self._default_execution_instance

    @default_execution_instance.setter
    def default_execution_instance(self, instance: Optional[ExecutionInstance]) -> None:
        self._default_execution_instance = instance

    @property
    def last_run_chip_configs(self) -> Any:
        """``{instance ID: {ChipOnConnection(): chip object}}`` as before the real-time part of the
        last run; ``None`` before the first run on hardware."""
        return self._last_run_chip_configs

    def connect(self, module: Any, input_handles: Any, output_handle: Any) -> None:
        """Adds a module to the graph; called by ``module(...)``.

        :param input_handles: one handle or a tuple.
        """
        self.modules.add_node(module, input_handles, output_handle)

    def connect_wrapper(self, wrapper: Any) -> None:
        """Registers an ``HXModuleWrapper``; called by ``wrapper()``.

        :raises ValueError: one of its modules belongs to another wrapper.
        """
        self.modules.add_wrapper(wrapper)

    def wrap_modules(self, *args: Any, **kwargs: Any) -> None:
        """Of older versions; says what replaces it."""
        raise AttributeError("Experiment.wrap_modules is gone: use HXModuleWrapper(experiment, "
                             "**modules) with a forward_func and call it")

    def register_population(self, module: Any) -> None:
        """Adds a population to the network; called by its ``register_hw_entity``."""
        self._populations.append(module)

    def register_projection(self, module: Any) -> None:
        """Adds a projection to the network; called by its ``register_hw_entity``."""
        self._projections.append(module)

    def _prepare(self) -> None:
        """Instances, input neurons, places, parameters: everything before the network."""
        hardware = [m for m in self.modules.nodes if hasattr(m, "register_hw_entity")]
        for module in hardware:
            if module not in self._registered:
                self._registered.add(module)
                instance = module.execution_instance
                self._execution_instances.add(instance)
                instance.modules = list(instance.modules) + [module]
                module.register_hw_entity()
        for instance in self._execution_instances:
            if any(p.has_trainable_params() for p in instance.populations()):
                if instance.chip is None:
                    instance.calibrate()
                instance.set_neuron_parameters_on_chip()
            else:
                instance.calibrate()

    def _clocks(self, runtime: int) -> int:
        clocks = round(runtime * self.dt * CLOCKS_PER_SECOND)
        if not 0 < clocks <= MAX_CLOCKS:
            raise ValueError(f"runtime of {runtime} steps is {clocks} clocks of 8 ns; 1 to "
                             f"{MAX_CLOCKS} (34.36 s) are possible")
        return clocks

    def _inputs(self) -> Dict[Any, Any]:
        from hxtorch.spiking.modules.types import InputPopulation

        inputs = {}
        for module, number in self.modules.nodes.items():
            if isinstance(module, InputPopulation) and number in self.modules._order_in:
                inputs[module.descriptor] = self.modules._order_in[number][0].spikes
        return inputs

    def get_hw_results(self, runtime: Optional[int]
                       ) -> Tuple[Dict[Any, Any], Optional[ExecutionInfo]]:
        """Executes the declared graph on the open connection.

        :param runtime: time steps of ``dt``.
        :return: descriptor -> post-processed recordings, and times and health; in mock
            ``({}, None)``.
        :raises RuntimeError: no connection is open, or the network does not fit the chip.
        :raises ValueError: the runtime is beyond the FPGA's timer, or inputs differ in batch size.
        """
        self.modules.pre_process(self)
        if self.mock:
            return {}, None
        from hxtorch import _connection
        from hxtorch.spiking import _hardware

        _connection.require()
        self._prepare()
        clocks = self._clocks(runtime)
        data = _hardware.build_and_run(self, clocks, self._inputs())
        results = {}
        for module in self._populations:
            if module.descriptor in data.hw_data:
                results[module.descriptor] = module.post_process(
                    data.hw_data[module.descriptor], clocks / CLOCKS_PER_SECOND)
        self.modules.reset_changed_since_last_run()
        self._last_run_chip_configs = data.chip_configs
        self.grenade_network = self.grenade_network_graph = self.__dict__.get("_hardware_state")
        return results, data.info
