"""The process-wide connection: opened by ``hxtorch.init_hardware``, used by hardware runs."""
from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, List, Optional


@dataclass
class Connection:
    """Open targets.

    :ivar backends: one per target.
    :ivar uris: as in ``HX_TARGET``.
    :ivar identifiers: one string per chip.
    """

    backends: List[Any]
    uris: List[str]
    identifiers: List[str]


_open: Optional[Connection] = None


def open_connection(uris: Optional[str] = None) -> Connection:
    """Opens targets and replaces the connection.

    :param uris: separated by ``;``; ``None``: ``HX_TARGET``, and ``twin:`` if that is not set.
    :raises RuntimeError: a target cannot be opened; the reason is named and nothing is open then.
    """
    global _open
    from hxtorch import _native

    close()
    text = uris if uris is not None else os.environ.get("HX_TARGET", "")
    names = [name.strip() for name in text.split(";") if name.strip()] or ["twin:"]
    backends = []
    for name in names:
        try:
            backends.append(_native.hardware.Target(name))
        except RuntimeError as error:
            raise RuntimeError(f"target '{name}' cannot be opened: {error}") from None
    identifiers = [name if len(names) == 1 else f"{name}#{i}" for i, name in enumerate(names)]
    _open = Connection(backends, names, identifiers)
    return _open


def close() -> None:
    """Closes the connection; nothing if none is open."""
    global _open
    _open = None


def current() -> Optional[Connection]:
    """The connection, or ``None``."""
    return _open


def require() -> Connection:
    """The connection.

    :raises RuntimeError: none is open.
    """
    if _open is None:
        raise RuntimeError("No connection present.")
    return _open
