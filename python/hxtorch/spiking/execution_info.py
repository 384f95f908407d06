"""What a run on hardware tells besides its data: where the time went, and what was lost.

    info = hxtorch.spiking.run(experiment, 38)
    duration = info.time.execution_duration_per_hardware[ConnectionOnExecutor()][ChipOnConnection()]
    print(duration.total_seconds(), info.health.warnings)
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Dict, List


def _place(value: Any) -> int:
    """The number of a place; accepts numbers, places of this module and those of hxtorch.compat."""
    for name in ("value", "toEnum"):
        member = getattr(value, name, None)
        if member is not None:
            return _place(member() if callable(member) else member)
    return int(value)


class _Number:
    """A place that is a plain number: ordered, hashable, equal by kind and number."""

    def __init__(self, value: Any = 0) -> None:
        self._value = _place(value)
        if self._value < 0:
            raise ValueError(f"{type(self).__name__}: {self._value} is below 0")

    @property
    def value(self) -> int:
        """The number."""
        return self._value

    def __int__(self) -> int:
        return self._value

    __index__ = __int__

    def __eq__(self, other: object) -> bool:
        if type(other).__name__ != type(self).__name__:
            return NotImplemented
        return self._value == _place(other)

    def __lt__(self, other: Any) -> bool:
        return self._value < _place(other)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._value))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._value})"


class ConnectionOnExecutor(_Number):
    """Number of a connection (a target of ``HX_TARGET``), 0 by default."""


class ChipOnConnection(_Number):
    """Number of a chip behind one connection, 0 by default."""


@dataclass
class ExecutionTime:
    """Times of one run.

    :ivar execution_duration_per_hardware: connection -> chip -> sum of the real-time sections
        (begin to end of every batch entry, in hardware time) as ``datetime.timedelta``. With waits
        between batch entries these are included: the time from the begin of the first to the end of
        the last entry plus its wait.
    :ivar device: connection -> seconds in which the device was in use.
    :ivar split: seconds of wall-clock time by stage: ``network`` (description from modules),
        ``lowering``, ``device``, ``model`` (inside the simulated chip, 0 on a board), ``decode``,
        ``total``.
    """

    execution_duration_per_hardware: Dict[
        ConnectionOnExecutor, Dict[ChipOnConnection, timedelta]
    ] = field(default_factory=dict)
    device: Dict[ConnectionOnExecutor, float] = field(default_factory=dict)
    split: Dict[str, float] = field(default_factory=dict)


@dataclass
class ExecutionHealth:
    """Losses of one run, summed over targets and execution instances.

    :ivar crossbar_drops: events lost per crossbar input (20).
    :ivar output_events: events per crossbar output (12).
    :ivar unknown_labels: spikes of the chip that belong to no source of the network.
    :ivar spikes_between_entries: spikes outside the window of every batch entry.
    :ivar link: statistics of the link by name, among them ``words_sent`` and
        ``configuration_words`` (register words that were written because they had changed).
    :ivar warnings: texts for people, each once.
    """

    crossbar_drops: List[int] = field(default_factory=lambda: [0] * 20)
    output_events: List[int] = field(default_factory=lambda: [0] * 12)
    unknown_labels: int = 0
    spikes_between_entries: int = 0
    link: Dict[str, int] = field(default_factory=dict)
    warnings: List[str] = field(default_factory=list)

    def add(self, other: "ExecutionHealth") -> None:
        """Adds the counts and the new warnings of another run."""
        self.crossbar_drops = [a + b for a, b in zip(self.crossbar_drops, other.crossbar_drops)]
        self.output_events = [a + b for a, b in zip(self.output_events, other.output_events)]
        self.unknown_labels += other.unknown_labels
        self.spikes_between_entries += other.spikes_between_entries
        for name, count in other.link.items():
            self.link[name] = self.link.get(name, 0) + count
        self.warnings += [text for text in other.warnings if text not in self.warnings]


@dataclass
class ExecutionInfo:
    """Result of :func:`hxtorch.spiking.run` on hardware."""

    time: ExecutionTime = field(default_factory=ExecutionTime)
    health: ExecutionHealth = field(default_factory=ExecutionHealth)
