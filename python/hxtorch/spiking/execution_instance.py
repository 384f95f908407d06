"""Execution instances: what runs on a chip at one time, with its calibration.

    instance = ExecutionInstance(calib_path="calibration.json")
    hidden = LIF(120, experiment, execution_instance=instance)

Modules of one instance run together. Modules of different instances run one after the other, in the
order in which their spikes are needed, all of them on the same targets.
"""
from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Set, Union

from hxtorch.spiking.execution_info import ChipOnConnection

if TYPE_CHECKING:
    from hxtorch.spiking.calibration import Calibration


class BaseExecutionInstance(ABC):
    """Number, calibration and chip object of everything that runs at one time."""

    _ids = itertools.count()

    def __init__(self, calib_path: Optional[Union[str, Path]] = None,
                 calib_cache_dir: Optional[Union[str, Path]] = None,
                 input_loopback: bool = False) -> None:
        self._id = next(BaseExecutionInstance._ids)
        self.calib_path = calib_path
        self.calib_cache_dir = calib_cache_dir
        self.input_loopback = bool(input_loopback)
        self.chip: Optional[Any] = None
        self.calib: Optional["Calibration"] = None

    @property
    def ID(self) -> int:  # pylint: disable=invalid-name
        """Number of the instance, unique in this process and increasing."""
        return self._id

    def __hash__(self) -> int:
        return hash(self._id)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __str__(self) -> str:
        return f"{type(self).__name__}(ID={self._id})"

    __repr__ = __str__

    @abstractmethod
    def calibrate(self) -> None:
        """Brings parameters and chip object together."""


class ExecutionInstance(BaseExecutionInstance):
    """Everything that runs on the chip at one time.

    :param calib_path: calibration file (see :meth:`load_calib`); ``None``: the chip is calibrated
        to the parameters of the populations.
    :param calib_cache_dir: directory in which calibrations to wanted parameters are kept as
        ``.json`` files by a hash of target and parameters; ``None``: nothing is kept.
    :param input_loopback: input spikes are recorded on the chip and become the output of the
        ``InputNeuron`` modules.

    Attributes (read and write):

    * ``chip``: chip object, or ``None`` until the first calibration. A chip object that was set by
      hand is used as it is, parameters of the populations have no effect then.
    * ``calib``: the loaded or computed :class:`~hxtorch.spiking.calibration.Calibration`.
    * ``modules``: modules of this instance (set by the experiment), ``neuron_placement``,
      ``cadc_neurons`` (unit id -> list of circuits), ``record_cadc_into_dram``,
      ``has_madc_recording``, ``id_counter``: kept by the modules when they register.
    * ``injection_*``: playback programs (``hxtorch._native.hardware.Hook``) that are put into the
      run: before the static configuration, before, at the begin of, inside, at the end of, and
      after the real-time sections.
    * ``write_ppu_symbols``, ``read_ppu_symbols``: symbols of programs of the embedded processors,
      which this chip does not execute: anything in them is a ``NotImplementedError`` at run time.
    """

    def __init__(self, calib_path: Optional[Union[str, Path]] = None,
                 calib_cache_dir: Optional[Union[str, Path]] = None,
                 input_loopback: bool = False) -> None:
        super().__init__(calib_path, calib_cache_dir, input_loopback)
        self.record_cadc_into_dram: Optional[bool] = None
        self.id_counter = 0
        self.has_madc_recording = False
        self.cadc_neurons: Dict[int, list] = {}
        self.modules: Any = []
        self.injection_pre_static_config: Optional[Any] = None
        self.injection_pre_realtime: Optional[Any] = None
        self.injection_inside_realtime_begin: Optional[Any] = None
        self.injection_inside_realtime: Optional[Any] = None
        self.injection_inside_realtime_end: Optional[Any] = None
        self.injection_post_realtime: Optional[Any] = None
        self.write_ppu_symbols: Dict[str, Any] = {}
        self.read_ppu_symbols: Set[str] = set()
        self._neuron_placement: Optional[Any] = None
        self._calibrated_to: Optional[Any] = None  # parameters of the last calibration

    @property
    def neuron_placement(self) -> Any:
        """The circuits that the modules of this instance occupy; made when first asked for."""
        if self._neuron_placement is None:
            from hxtorch.spiking.neuron_placement import NeuronPlacement

            self._neuron_placement = NeuronPlacement()
        return self._neuron_placement

    @neuron_placement.setter
    def neuron_placement(self, placement: Any) -> None:
        self._neuron_placement = placement

    def load_calib(self, calib_path: Optional[Union[str, Path]] = None) -> Any:
        """Loads a calibration file into ``calib`` and ``chip``.

        Formats by suffix: ``.json`` (our own, ``docs/calibration.md``), ``.pkl`` (only our types
        and numpy arrays, everything else is refused), others: a list of register values, which has
        no parameters to tell, so ``calib`` stays ``None``.

        In an experiment with ``mock=True`` the path is recorded only, the file need not exist.

        :param calib_path: file name; ``None``: that of the constructor.
        :return: the chip object, ``None`` in mock mode.
        :raises ValueError: there is no path, or the file holds what must not be read.
        :raises FileNotFoundError: there is no such file.
        """
        if calib_path is not None:
            self.calib_path = calib_path
        if self.calib_path is None:
            raise ValueError("load_calib: there is no calibration file; give calib_path")
        if self._in_mock():
            return None
        from hxtorch.spiking import calibration

        loaded = calibration.load(self.calib_path)
        self.calib = loaded.calibration
        self.chip = loaded.chip
        self._calibrated_to = None
        return self.chip

    def _in_mock(self) -> bool:
        """Whether all experiments that this instance belongs to are mock ones."""
        experiment = getattr(self, "_experiment", None)
        if experiment is not None:
            return bool(experiment.mock)
        experiments = {id(m.experiment): m.experiment for m in self._modules()
                       if getattr(m, "experiment", None) is not None}
        return bool(experiments) and all(e.mock for e in experiments.values())

    def _modules(self) -> List[Any]:
        modules = self.modules
        return list(modules.values()) if isinstance(modules, dict) else list(modules or [])

    def populations(self) -> List[Any]:
        """The neuron modules of this instance that have calibrated parameters."""
        return [m for m in self._modules() if callable(getattr(m, "params_dict", None))]

    def calibrate(self) -> None:
        """Brings the parameters of the populations and the chip object together.

        Parameters as at the last time: nothing is done. With a calibration file the parameters'
        ``hardware_value`` are overwritten with what the file reaches (a list of register values
        has nothing to tell and changes nothing). Else the chip is calibrated to the parameters and
        ``chip`` and ``calib`` hold the result; that needs no measurement on this chip.

        :raises AttributeError: populations disagree about a value that is common to the chip.
        """
        from hxtorch.spiking import calibration

        calibration.calibrate_instance(self)

    def set_neuron_parameters_on_chip(self) -> None:
        """Writes trainable parameters into the chip object (``HXBaseParameter.set_on_chip``)."""
        for module in self.populations():
            for parameter in module.params_dict().values():
                if not (hasattr(parameter, "is_trainable") and parameter.is_trainable()):
                    continue
                coords = [module.execution_instance.neuron_placement.id2logicalneuron(i)
                          for i in module.unit_ids]
                parameter.set_on_chip(self.chip, coords)

    def cadc_recordings(self) -> Any:
        """The circuits whose CADC is recorded.

        :raises AssertionError: nothing is recorded.
        """
        neurons = [n for group in self.cadc_neurons.values() for n in group]
        assert neurons, "no module of this execution instance records its CADC"
        return neurons

    def plasticity_rules(self) -> Dict[Any, Any]:
        """Plasticity rules of the projections by module; none on this chip."""
        return {m: m.plasticity_rule for m in self._modules()
                if getattr(m, "plasticity_rule", None) is not None}

    def generate_playback_hooks(self) -> Any:
        """The injected playback programs of this instance.

        Of type ``pygrenade_vx.execution.ExecutionInstanceHooks`` where the compatibility modules
        are in use, else a plain object with the same attributes.
        """
        from hxtorch.spiking import calibration

        return calibration.playback_hooks(self)


class ExecutionInstances(set):
    """The execution instances of an experiment."""

    @property
    def chips(self) -> Dict[int, Dict[ChipOnConnection, Any]]:
        """``{instance ID: {ChipOnConnection(): chip object}}``"""
        return {i.ID: {ChipOnConnection(): i.chip} for i in self}

    @property
    def cadc_recordings(self) -> Dict[int, Any]:
        """``{instance ID: recorded circuits}`` of the instances that record some."""
        return {i.ID: i.cadc_recordings() for i in self if any(i.cadc_neurons.values())}

    @property
    def plasticity_rules(self) -> Dict[int, Any]:
        """``{instance ID: {projection: rule}}``"""
        return {i.ID: i.plasticity_rules() for i in self}

    @property
    def playback_hooks(self) -> Dict[int, Any]:
        """``{instance ID: hooks}``"""
        return {i.ID: i.generate_playback_hooks() for i in self}
