"""Recordings of a neuron module, raw and on the dense time grid.

`HardwareObservables` is what a run on a target gives for one population: sparse handles of spikes
and converter samples. A module's ``post_process`` turns it into `NeuronObservables`: dense tensors
(T, B, N) on the grid of the experiment's ``dt``.
"""
from __future__ import annotations

import dataclasses
from typing import Any, Iterator, Optional

import torch

from hxtorch.spiking.handle import Handle

__all__ = ["AnalogObservable", "HardwareObservables", "HardwareObservablesExtractor",
           "NeuronObservables"]


@dataclasses.dataclass
class AnalogObservable:
    """One analogue signal as both converters saw it.

    :ivar cadc: (T, B, N), scaled to units of the model, or ``None``.
    :ivar madc: (2, S, B), FPGA clock cycles and raw values, or ``None``.
    """

    cadc: Optional[torch.Tensor] = None
    madc: Optional[torch.Tensor] = None


@dataclasses.dataclass
class HardwareObservables:
    """Raw recordings of one population; what was not recorded is ``None``.

    :ivar spikes: ``SpikeHandle``, ``.to_dense(runtime_s, dt)`` -> (R, B, N).
    :ivar cadc: ``CADCHandle``, ``.to_dense(runtime_s, dt, mode)`` -> (R, B, N), signed values.
    :ivar madc: ``MADCHandle``, ``.to_raw()`` -> (2, S, B).
    """

    spikes: Any = None
    cadc: Any = None
    madc: Any = None


class NeuronObservables(type(Handle("adaptation", "spikes", "voltage"))):
    """Recordings of a module on the dense grid, in units of the model.

    :ivar voltage: `AnalogObservable` of the membrane, or ``None`` (a source of spikes).
    :ivar adaptation: `AnalogObservable` of the adaptation variable, or ``None``.
    :ivar spikes: (T, B, N) of 0 and 1, or ``None``.

    It unpacks like the tuples of older scripts, always of the membrane: ``spikes, cadc, madc`` for
    a firing module, ``cadc, madc`` for one that does not fire, ``spikes,`` for a source.
    """

    _unpacked: tuple[str, ...] = ("spikes", "cadc", "madc")

    @classmethod
    def of(cls, unpacked: tuple[str, ...], **fields) -> "NeuronObservables":
        """With the given fields, unpacking to `unpacked` (out of spikes, cadc, madc)."""
        result = cls(**fields)
        result._unpacked = unpacked
        return result

    def _tuple(self) -> tuple:
        voltage = self.voltage or AnalogObservable()
        return tuple(self.spikes if name == "spikes" else getattr(voltage, name)
                     for name in self._unpacked)

    def __iter__(self) -> Iterator[Optional[torch.Tensor]]:
        return iter(self._tuple())

    def __len__(self) -> int:
        return len(self._unpacked)

    def __getitem__(self, index):
        return self._tuple()[index]

    def __bool__(self) -> bool:
        return True


class HardwareObservablesExtractor:
    """Sorts recordings by population: ``extractor(data, network) -> {descriptor:
    HardwareObservables}``.

    `data` is the result of one run of the core, `network` what it ran; the work is done by the
    extraction functions of ``_hxtorch_spiking``.
    """

    def __call__(self, data: Any, network: Any) -> dict[Any, HardwareObservables]:
        import _hxtorch_spiking as core
        result: dict[Any, HardwareObservables] = {}
        for field, extract in (("spikes", core.extract_spikes), ("cadc", core.extract_cadc),
                               ("madc", core.extract_madc)):
            for descriptor, handle in extract(data, network).items():
                setattr(result.setdefault(descriptor, HardwareObservables()), field, handle)
        return result

    extract = __call__
