"""Spiking neural networks on the chip and its models, with gradients by torch.

    import hxtorch
    hxtorch.init_hardware()          # opens HX_TARGET, the functional model `twin:` by default
    ...                              # hxtorch.spiking: Experiment, LIF, Synapse, run
    hxtorch.release_hardware()

``hxtorch.snn`` is another name of ``hxtorch.spiking``, ``hxtorch.ann`` of ``hxtorch.perceptron``,
with all of their submodules.
"""
from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any, List, Optional, Sequence, Union

_ALIASES = {"hxtorch.snn": "hxtorch.spiking", "hxtorch.ann": "hxtorch.perceptron"}


class _AliasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports ``hxtorch.snn.x`` as the very module ``hxtorch.spiking.x``."""

    def find_spec(self, fullname: str, path: Optional[Sequence[str]] = None,
                  target: Optional[ModuleType] = None) -> Optional[importlib.machinery.ModuleSpec]:
        """A spec for names below an alias."""
        for alias in _ALIASES:
            if fullname == alias or fullname.startswith(alias + "."):
                return importlib.machinery.ModuleSpec(fullname, self)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module that the alias stands for."""
        for alias, name in _ALIASES.items():
            if spec.name == alias or spec.name.startswith(alias + "."):
                module = importlib.import_module(name + spec.name[len(alias):])
                self._spec = module.__spec__
                return module
        raise ImportError(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """The module has run already; it keeps the spec of its own name."""
        module.__spec__ = self._spec


if not any(type(finder).__name__ == "_AliasFinder" for finder in sys.meta_path):
    sys.meta_path.insert(0, _AliasFinder())


@dataclass(frozen=True)
class HWDBPath:
    """Where a data base of chips is; kept for scripts, not used."""

    path: Optional[str] = None
    version: str = "stable/latest"


@dataclass(frozen=True)
class CalibrationPath:
    """A calibration file."""

    value: str


def init_hardware(hwdb_path: Union[HWDBPath, CalibrationPath, None] = None,
                  ann: bool = False) -> None:
    """Opens the targets of ``HX_TARGET`` and keeps them until :func:`release_hardware`.

    Several targets, separated by ``;``, serve one batch side by side. Without ``HX_TARGET`` it is
    ``twin:``. A second call replaces the connection.

    :param hwdb_path: kept for scripts, not used; a :class:`CalibrationPath` is for ``ann``.
    :param ann: configure the chip for :mod:`hxtorch.perceptron`.
    :raises RuntimeError: a target cannot be opened.
    :raises NotImplementedError: `ann`, or a calibration path.
    """
    from hxtorch import _connection

    if ann or isinstance(hwdb_path, CalibrationPath):
        raise NotImplementedError(
            "hxtorch.perceptron is not implemented; networks of spiking neurons are in "
            "hxtorch.spiking, their calibrations in ExecutionInstance.load_calib")
    connection = _connection.open_connection()
    if not getattr(init_hardware, "_told", False):
        init_hardware._told = True  # type: ignore[attr-defined]
        print(f"hxtorch: target {';'.join(connection.uris)}", file=sys.stderr)


def init_hardware_minimal() -> None:
    """Opens the targets like :func:`init_hardware`."""
    init_hardware()


def release_hardware() -> None:
    """Closes the connection; nothing if none is open."""
    from hxtorch import _connection

    _connection.close()


def get_unique_identifier(hwdb_path: Optional[HWDBPath] = None) -> List[str]:
    """One string per chip of the connection.

    :raises RuntimeError: no connection is open.
    """
    from hxtorch import _connection

    return list(_connection.require().identifiers)


def __getattr__(name: str) -> Any:
    """Submodules that are loaded when they are first asked for."""
    if name in ("spiking", "perceptron", "snn", "ann", "logger"):
        return importlib.import_module(f"hxtorch.{name}")
    raise AttributeError(f"module 'hxtorch' has no attribute '{name}'")
