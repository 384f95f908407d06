"""Files with calibrations: finding the default ones, reading them.

    path = nightly_calix_native_path()       # parameters and registers, .json
    path = nightly_calib_path()              # registers alone
"""
from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any, Union

from hxtorch.spiking import calibration as _calibration
from hxtorch.spiking.chip import Chip


def _directory() -> Path:
    """``$XDG_CACHE_HOME/openhx``, else ``~/.cache/openhx``, else one of this user in tmp."""
    base = os.environ.get("XDG_CACHE_HOME")
    for place in (Path(base) if base else Path.home() / ".cache",
                  Path(tempfile.gettempdir()) / f"openhx-{os.getuid()}"):
        try:
            (place / "openhx").mkdir(parents=True, exist_ok=True)
            return place / "openhx"
        except OSError:
            continue
    raise OSError("there is no directory for calibration files; set XDG_CACHE_HOME")


def _identifier() -> str:
    """Identifier of the open connection; ``digital`` without one."""
    try:
        import hxtorch

        return hxtorch.get_unique_identifier()[0]
    except (RuntimeError, ImportError, AttributeError, IndexError):
        return "digital"


def _name(name: str, suffix: str) -> Path:
    if name != "spiking":
        raise ValueError(f"there is no default calibration '{name}'; there is 'spiking'")
    mark = hashlib.sha256(f"{_identifier()} {_calibration.VERSION}".encode()).hexdigest()[:16]
    return _directory() / f"{name}-{mark}{suffix}"


def nightly_calix_native_path(name: str = "spiking") -> str:
    """File with the default calibration (parameters and registers) for the open connection.

    It is made when first asked for: on this chip a calibration is arithmetic.

    :raises ValueError: there is no calibration of this name.
    """
    path = _name(name, ".json")
    if not path.is_file():
        calibration = _calibration.default_calibration()
        calibration.target = _identifier()
        _calibration.save(calibration, path)
    return str(path)


def nightly_calib_path(name: str = "spiking") -> str:
    """File with the default calibration as a list of register values."""
    path = _name(name, ".pbin")
    if not path.is_file():
        chip = _calibration.default_calibration().apply(Chip())
        _calibration.save_register_list(chip, path)
    return str(path)


def chip_from_file(path: Union[str, Path]) -> Chip:
    """The chip object of a calibration file of any format."""
    return _calibration.load(path).chip


def chip_from_portable_binary(path: Union[str, Path]) -> Chip:
    """The chip object of a list of register values."""
    return _calibration.load(path).chip


def calib_from_calix_native(path: Union[str, Path]) -> Any:
    """The calibration of a ``.json`` or ``.pkl`` file.

    :raises ValueError: the file is a list of register values.
    """
    loaded = _calibration.load(path)
    if loaded.calibration is None:
        raise ValueError(f"{path} is a list of register values and holds no parameters")
    return loaded.calibration


def target_from_calix_native(path: Union[str, Path]) -> Any:
    """Parameters of a file as a calibration target: arrays of 512, times with the unit µs."""
    return calib_from_calix_native(path).neuron_target()
