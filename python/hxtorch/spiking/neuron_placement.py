"""Which circuits of the chip belong to which neuron.

Circuit ``n = 256 * row + column``, two rows of 256 columns. A neuron keeps to one half of the
columns (0..127 or 128..255).
"""
from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from hxtorch.spiking.execution_info import _place

COLUMNS, ROWS = 256, 2
Offset = Tuple[int, int]  # (column, row) relative to the anchor


class LogicalNeuron:
    """A neuron and its circuits, the first one first. Equal by circuits, hashable."""

    def __init__(self, circuits: Iterable[Any]) -> None:
        self.circuits: Tuple[int, ...] = tuple(_place(c) for c in circuits)
        if not self.circuits:
            raise ValueError("a neuron needs at least one circuit")

    @classmethod
    def of(cls, value: Any) -> "LogicalNeuron":
        """From a logical neuron (also of hxtorch.compat), a circuit, or a list of circuits."""
        if isinstance(value, cls):
            return value
        if hasattr(value, "get_atomic_neurons"):
            return cls(value.get_atomic_neurons())
        if isinstance(value, (list, tuple)):
            return cls(value)
        return cls([value])

    def get_atomic_neurons(self) -> List[int]:
        """The circuits."""
        return list(self.circuits)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LogicalNeuron) and self.circuits == other.circuits

    def __hash__(self) -> int:
        return hash(self.circuits)

    def __repr__(self) -> str:
        return f"LogicalNeuron({list(self.circuits)})"


class NeuronPlacement:
    """The occupied circuits of one chip.

    >>> placement = NeuronPlacement()
    >>> placement.register_id(range(2), [(0, 0)])
    >>> placement.id2logicalneuron(1)
    LogicalNeuron([1])
    """

    def __init__(self) -> None:
        self._neurons: Dict[int, LogicalNeuron] = {}
        self._used: set = set()

    def register_id(self, ids: Union[int, Sequence[int]], shape: Any,
                    placement_constraint: Optional[Union[Any, Sequence[Any]]] = None) -> None:
        """Gives neurons their circuits.

        :param ids: numbers of the neurons.
        :param shape: offsets (column, row) of the circuits, or an object with such ``offsets``.
        :param placement_constraint: logical neurons, one for each id; ``None``: the first places in
            the order of circuits where the shape fits.
        :raises ValueError: a circuit is taken, the chip is full, or the numbers disagree.
        """
        numbers = [ids] if isinstance(ids, int) else list(ids)
        if placement_constraint is None:
            offsets = list(getattr(shape, "offsets", shape))
            neurons = self._free_places(offsets, len(numbers))
        else:
            wanted = placement_constraint if isinstance(placement_constraint, (list, tuple)) \
                else [placement_constraint]
            if len(wanted) != len(numbers):
                raise ValueError(f"{len(wanted)} places for {len(numbers)} neurons")
            neurons = [LogicalNeuron.of(w) for w in wanted]
        taken: set = set()
        for number, neuron in zip(numbers, neurons):
            if number in self._neurons:
                raise ValueError(f"neuron {number} has a place already")
            for circuit in neuron.circuits:
                if not 0 <= circuit < ROWS * COLUMNS:
                    raise ValueError(f"there is no circuit {circuit}")
                if circuit in self._used or circuit in taken:
                    raise ValueError(f"circuit {circuit} belongs to two neurons")
                taken.add(circuit)
        self._neurons.update(zip(numbers, neurons))
        self._used |= taken

    def _free_places(self, offsets: List[Offset], count: int) -> List[LogicalNeuron]:
        used = set(self._used)
        found: List[LogicalNeuron] = []
        for anchor in range(ROWS * COLUMNS):
            if len(found) == count:
                break
            circuits = self._fit(anchor, offsets)
            if circuits is None or used & set(circuits):
                continue
            used.update(circuits)
            found.append(LogicalNeuron(circuits))
        if len(found) < count:
            raise ValueError(
                f"the chip is full: {count} neurons of {len(offsets)} circuits wanted, "
                f"{len(found)} more fit ({len(self._used)} of {ROWS * COLUMNS} circuits in use)")
        return found

    @staticmethod
    def _fit(anchor: int, offsets: List[Offset]) -> Optional[List[int]]:
        row, column = divmod(anchor, COLUMNS)
        circuits = []
        for dc, dr in offsets:
            if row + dr >= ROWS or (column + dc) // 128 != column // 128:
                return None
            circuits.append((row + dr) * COLUMNS + column + dc)
        return circuits

    def id2logicalneuron(self, ids: Any) -> Any:
        """The place of a neuron, or of several.

        :raises ValueError: a neuron has no place.
        """
        if not isinstance(ids, int):
            return [self.id2logicalneuron(int(i)) for i in ids]
        if ids not in self._neurons:
            raise ValueError(f"neuron {ids} has no place on the chip")
        return self._neurons[ids]
