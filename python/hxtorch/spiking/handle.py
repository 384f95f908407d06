"""Handles: the promises that modules pass to each other.

A handle is a small record of tensors. Calling a module returns its output handle with all fields
``None``; :func:`hxtorch.spiking.run` fills them. All tensors are time first, ``(T, B, N)``: time
steps, batch entries, neurons (or synapse outputs).

    >>> handle = LIFObservables(spikes=torch.zeros(60, 10, 5))
    >>> handle.holds("spikes"), handle.holds("current")
    (True, False)
    >>> type(Handle("spikes", "rates")) is type(Handle(rates=None, spikes=None))
    True

Fields of the named types
-------------------------
=================  ==============================================================================
`TensorHandle`     tensor
`SynapseHandle`    graded_spikes (T, B, N): weighted input of the neurons
`LIFObservables`   current, membrane_cadc, membrane_madc, spikes
`LIObservables`    current, membrane_cadc, membrane_madc
=================  ==============================================================================

``spikes`` are 0 or 1, ``membrane_cadc`` and ``current`` are in units of the model, all (T, B, N).
``membrane_madc`` is (2, S, B): row 0 the times of the S samples in FPGA clock cycles (8 ns), row 1
the raw values; it is ``None`` in mock mode.
"""
from __future__ import annotations

import dataclasses
import keyword
import warnings
from typing import Any, Optional

import torch

__all__ = ["Handle", "TensorHandle", "SynapseHandle", "LIFObservables", "LIObservables",
           "AELIFObservables", "AELIObservables", "NeuronHandle", "ReadoutNeuronHandle"]


class _HandleMeta(type):
    """Makes ``Handle(...)`` a factory of record classes, one for each set of field names."""

    def __call__(cls, *args, **kwargs):
        if cls.__dict__.get("_is_factory"):
            return _make(args, kwargs)
        if len(args) == 1 and not kwargs and cls._ambiguous_position \
                and isinstance(args[0], torch.Tensor):
            warnings.warn(
                f"{cls.__name__}(tensor) fills the field '{cls._field_names[0]}', the first one in "
                f"alphabetical order. Name the field you mean, e.g. {cls.__name__}(spikes=tensor) "
                f"(fields: {', '.join(cls._field_names)}).", UserWarning, stacklevel=2)
        return super().__call__(*args, **kwargs)


class Handle(metaclass=_HandleMeta):
    """A record of tensors with the given field names.

    ``Handle("a", "b")`` has the fields a and b, both ``None``; ``Handle(a=x, b=y)`` is the same
    class, filled. The class depends on the *set* of names alone: fields are in alphabetical order,
    classes are made once.

    :raises Exception: positional names and keyword values are given that do not name the same set.
    """

    _is_factory = True
    _ambiguous_position = False
    _field_names: tuple[str, ...] = ()
    _put_order: tuple[str, ...] = ()

    def holds(self, name: str) -> bool:
        """Whether the field exists and is not ``None``."""
        return name in self._field_names and getattr(self, name) is not None

    def clone(self, other: "Handle") -> None:
        """Take over the field values of `other` (references, no copies).

        :raises AssertionError: `other` has other fields.
        """
        names = self._field_names
        if names != getattr(other, "_field_names", None):
            raise AssertionError(
                f"A handle with the fields ({', '.join(names)}) cannot take over those of "
                f"{_describe(other)}.")
        for name in names:
            setattr(self, name, getattr(other, name))

    def put(self, *tensors: Optional[torch.Tensor], **named: Optional[torch.Tensor]) -> None:
        """Set fields, by position (spikes first, then the membrane, the current and the MADC, as
        far as they exist) or by name.

        :raises TypeError: more tensors than fields, or an unknown name.
        """
        if len(tensors) > len(self._put_order):
            raise TypeError(f"{type(self).__name__} has {len(self._put_order)} fields, got "
                            f"{len(tensors)} tensors.")
        for name, value in [*zip(self._put_order, tensors), *named.items()]:
            if name not in self._field_names:
                raise TypeError(f"{type(self).__name__} has no field '{name}', only "
                                f"{', '.join(self._field_names)}.")
            setattr(self, name, value)

    def clear(self) -> None:
        """Set all fields to ``None``."""
        for name in self._field_names:
            setattr(self, name, None)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(_equal(getattr(self, n), getattr(other, n)) for n in self._field_names)

    __hash__ = None  # fields change; the graph of an experiment compares handles by identity

    def __str__(self) -> str:
        fields = ", ".join(f"{n}={_short(getattr(self, n))}" for n in self._field_names)
        return f"{type(self).__name__}({fields})"

    __repr__ = __str__

    def __reduce__(self):
        return _restore, (type(self)._field_names, [getattr(self, n) for n in self._field_names])


def _equal(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(a, torch.Tensor) or isinstance(b, torch.Tensor):
        return isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor) and torch.equal(a, b)
    result = a == b
    return bool(result) if isinstance(result, bool) else bool(getattr(result, "all", lambda: 0)())


def _short(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"Tensor({', '.join(map(str, value.shape))})"
    return repr(value)


def _describe(value: Any) -> str:
    if isinstance(value, Handle):
        return f"{type(value).__name__} ({', '.join(value._field_names)})"
    return f"a {type(value).__name__}"


_classes: dict[tuple[str, ...], type] = {}


def _class_of(names, name: Optional[str] = None, put_order: tuple[str, ...] = ()) -> type:
    key = tuple(sorted(names))
    cls = _classes.get(key)
    if cls is not None:
        return cls
    for field in key:
        if not isinstance(field, str) or not field.isidentifier() or keyword.iskeyword(field) \
                or field in Handle.__dict__:
            raise ValueError(f"{field!r} cannot be the name of a field of a handle.")
    cls = dataclasses.make_dataclass(
        name or "Handle_" + "_".join(key),
        [(field, Optional[torch.Tensor], dataclasses.field(default=None)) for field in key],
        bases=(Handle,), eq=False, repr=False,
        namespace={"__module__": __name__, "_is_factory": False, "_field_names": key,
                   "_put_order": put_order or key})
    _classes[key] = cls
    return cls


def _make(names: tuple, values: dict[str, Any]) -> Handle:
    if names and values and (set(names) != set(values) or len(set(names)) != len(names)):
        raise Exception("Ambiguous Handle construction mode", names, values)
    return _class_of(set(values or names))(**values)


def _restore(names: tuple[str, ...], values: list) -> Handle:
    return _class_of(names)(**dict(zip(names, values)))


TensorHandle = _class_of(("tensor",), "TensorHandle")
TensorHandle.__doc__ = """One tensor of any shape, ``TensorHandle(tensor)``."""

SynapseHandle = _class_of(("graded_spikes",), "SynapseHandle")
SynapseHandle.__doc__ = """Output of a synapse module: ``graded_spikes`` (T, B, N)."""

LIFObservables = _class_of(
    ("spikes", "membrane_cadc", "current", "membrane_madc"), "LIFObservables",
    ("spikes", "membrane_cadc", "current", "membrane_madc"))
LIFObservables._ambiguous_position = True
LIFObservables.__doc__ = """Output of a firing neuron and form of the input spikes.

``LIFObservables(spikes=tensor)``; fields (T, B, N): ``spikes`` 0 or 1, ``membrane_cadc``,
``current``; and ``membrane_madc`` (2, S, B). Name the fields: a lone tensor by position would be
``current`` and warns."""

LIObservables = _class_of(
    ("membrane_cadc", "current", "membrane_madc"), "LIObservables",
    ("membrane_cadc", "current", "membrane_madc"))
LIObservables.__doc__ = """Output of a readout neuron: ``membrane_cadc``, ``current`` (T, B, N) and
``membrane_madc`` (2, S, B)."""

AELIFObservables = _class_of(
    ("adaptation_cadc", "adaptation_madc", "current", "membrane_cadc", "membrane_madc", "spikes"),
    "AELIFObservables", ("spikes", "membrane_cadc", "current", "membrane_madc", "adaptation_cadc",
                         "adaptation_madc"))
AELIFObservables.__doc__ = """Output of a firing neuron with adaptation: as `LIFObservables`, with
``adaptation_cadc`` (T, B, N) and ``adaptation_madc`` (2, S, B)."""

AELIObservables = _class_of(
    ("adaptation_cadc", "adaptation_madc", "current", "membrane_cadc", "membrane_madc"),
    "AELIObservables", ("membrane_cadc", "current", "membrane_madc", "adaptation_cadc",
                        "adaptation_madc"))
AELIObservables.__doc__ = """Output of a not firing neuron with adaptation: as `LIObservables`, with
``adaptation_cadc`` (T, B, N) and ``adaptation_madc`` (2, S, B)."""


class _FactoryMeta(type):
    """A callable with an own positional order that is also usable in ``isinstance``."""

    def __call__(cls, *args, **kwargs):
        names = cls._target._put_order
        if len(args) > len(names):
            raise TypeError(f"{cls.__name__} takes at most {len(names)} tensors "
                            f"({', '.join(names)}), got {len(args)}.")
        for name, value in zip(names, args):
            if name in kwargs:
                raise TypeError(f"{cls.__name__} got two values for '{name}'.")
            kwargs[name] = value
        return cls._target(**kwargs)

    def __instancecheck__(cls, instance) -> bool:
        return isinstance(instance, cls._target)

    def __subclasscheck__(cls, subclass) -> bool:
        return issubclass(subclass, cls._target)


class NeuronHandle(metaclass=_FactoryMeta):
    """``NeuronHandle(spikes=None, membrane_cadc=None, current=None, membrane_madc=None)`` makes
    `LIFObservables`; the name and the order of arguments of older scripts. Tensors (T, B, N)."""

    _target = LIFObservables


class ReadoutNeuronHandle(metaclass=_FactoryMeta):
    """``ReadoutNeuronHandle(membrane_cadc=None, current=None, membrane_madc=None)`` makes
    `LIObservables`; the name and the order of arguments of older scripts. Tensors (T, B, N)."""

    _target = LIObservables
