"""Parameters of modules: one value for the hardware, one for the model.

On the hardware a membrane time constant is 10e-6 s and a threshold 125 LSB; the model integrates
with time constants in seconds and, say, a threshold of 1. A parameter carries both.

==============================  =================================  ==============================
class                           model value                        hardware value
==============================  =================================  ==============================
`HXParameter`                   the hardware value, not settable   settable
`MixedHXModelParameter`         settable                           settable
`HXTransformedModelParameter`   settable                           function of the model value
`ModelParameter`                settable                           the model value
==============================  =================================  ==============================

    >>> threshold = MixedHXModelParameter(1., 125)     # model, hardware
    >>> tau = HXParameter(10e-6).make_trainable()      # appears in module.parameters()

Values are numbers or tensors, one value for all neurons or (N,).
"""
from __future__ import annotations

import numbers
from typing import Any, Callable, Optional, Union

import numpy as np
import torch

__all__ = ["HXBaseParameter", "HXParameter", "MixedHXModelParameter",
           "HXTransformedModelParameter", "ModelParameter", "ParameterType", "as_parameter"]

Value = Union[float, int, torch.Tensor]


class HXBaseParameter(torch.nn.Module):
    """A value for the hardware and a value for the model.

    It is a ``torch.nn.Module``, so that the model value of a trainable parameter appears in
    ``module.parameters()`` and in ``state_dict()`` as ``<module>.<parameter>._model_value``.
    A parameter that is not trainable adds no key.

    :param hardware_value: number or tensor, (N,) or one for all, in hardware units (s, LSB).
    :param model_value: number or tensor, (N,) or one for all, in units of the model.
    """

    def __init__(self, hardware_value: Value, model_value: Value) -> None:
        super().__init__()
        self._hardware_value = hardware_value
        self._model_value = model_value
        self.set_on_chip_func: Optional[Callable[[Value, Any, Any], None]] = None

    @property
    def hardware_value(self) -> Value:
        """Value for the hardware."""
        return self._hardware_value

    @hardware_value.setter
    def hardware_value(self, value: Value) -> None:
        self._hardware_value = value

    @property
    def model_value(self) -> Value:
        """Value for the model; an ``nn.Parameter`` if trainable."""
        own = self.__dict__
        return own["_model_value"] if "_model_value" in own else self._parameters["_model_value"]

    @model_value.setter
    def model_value(self, value: Value) -> None:
        self._set_model_value(value)

    def is_trainable(self) -> bool:
        """Whether the model value is an ``nn.Parameter``."""
        return isinstance(self._model_value, torch.nn.Parameter)

    def make_trainable(self, set_on_chip_func: Optional[Callable[[Value, Any, Any], None]] = None
                       ) -> "HXBaseParameter":
        """Turn the model value into an ``nn.Parameter``.

        :param set_on_chip_func: ``function(hardware_value, chip, coords)`` that writes the value
            into a chip object before each run on hardware; needed there, not in mock.
        :returns: itself, so that ``tau_mem=HXParameter(10e-6).make_trainable()`` works.
        """
        self.set_on_chip_func = set_on_chip_func or self.set_on_chip_func
        if not self.is_trainable():
            value = _as_tensor(self._model_value)
            del self._model_value
            self._model_value = torch.nn.Parameter(value)
        return self

    def set_on_chip(self, chip: Any, coords: Any) -> None:
        """Write the hardware value into `chip` for the neurons at `coords`.

        :raises ValueError: no function was given to `make_trainable`.
        """
        if self.set_on_chip_func is None:
            raise ValueError(
                f"{type(self).__name__}: this trainable parameter cannot be written to the chip, "
                "because make_trainable() was called without a set_on_chip_func.")
        self.set_on_chip_func(self.hardware_value, chip, coords)

    def forward(self) -> Value:
        """The model value."""
        return self.model_value

    def _set_model_value(self, value: Value) -> None:
        if not self.is_trainable() or isinstance(value, torch.nn.Parameter):
            if isinstance(value, torch.nn.Parameter):
                self.__dict__.pop("_model_value", None)
            self._model_value = value
            return
        with torch.no_grad():  # the optimiser holds this object, so it has to stay
            new = torch.as_tensor(value, dtype=self._model_value.dtype,
                                  device=self._model_value.device)
            self._model_value.data = new.clone()

    def _apply(self, fn):  # moves values that are not trainable with the module
        super()._apply(fn)
        for name in ("_model_value", "_hardware_value"):
            value = self.__dict__.get(name)
            if isinstance(value, torch.Tensor):
                self.__dict__[name] = fn(value)
        return self

    def __repr__(self) -> str:
        trainable = ", trainable" if self.is_trainable() else ""
        return (f"{type(self).__name__}(hardware={_text(self.hardware_value)}, "
                f"model={_text(self.model_value)}{trainable})")


class HXParameter(HXBaseParameter):
    """The same value for hardware and model.

    :param value: number or tensor, (N,) or one for all.
    """

    def __init__(self, value: Value) -> None:
        super().__init__(None, value)

    @property
    def hardware_value(self) -> Value:
        """The value; setting it sets the model value, too."""
        value = self._model_value
        return value.detach() if isinstance(value, torch.nn.Parameter) else value

    @hardware_value.setter
    def hardware_value(self, value: Value) -> None:
        self._set_model_value(value)

    @property
    def model_value(self) -> Value:
        """The hardware value, not settable."""
        own = self.__dict__
        return own["_model_value"] if "_model_value" in own else self._parameters["_model_value"]


class MixedHXModelParameter(HXBaseParameter):
    """Two values, both settable.

    :param model_value: number or tensor, (N,) or one for all, in units of the model.
    :param hardware_value: number or tensor, (N,) or one for all, in hardware units.
    """

    def __init__(self, model_value: Value, hardware_value: Value) -> None:
        super().__init__(hardware_value, model_value)


class HXTransformedModelParameter(HXBaseParameter):
    """A model value and the function that makes the hardware value of it.

    :param model_value: number or tensor, (N,) or one for all, in units of the model.
    :param transform_func: ``function(model_value) -> hardware value``.
    """

    def __init__(self, model_value: Value, transform_func: Callable[[Value], Value]) -> None:
        super().__init__(None, model_value)
        self.transform_func = transform_func

    @property
    def hardware_value(self) -> Value:
        """``transform_func(model_value)``; setting it has no effect."""
        value = self._model_value
        return self.transform_func(
            value.detach() if isinstance(value, torch.nn.Parameter) else value)

    @hardware_value.setter
    def hardware_value(self, value: Value) -> None:
        pass


class ModelParameter(HXBaseParameter):
    """A model value that is the hardware value as well.

    :param model_value: number or tensor, (N,) or one for all.
    """

    def __init__(self, model_value: Value) -> None:
        super().__init__(None, model_value)

    @property
    def hardware_value(self) -> Value:
        """The model value; setting it has no effect."""
        value = self._model_value
        return value.detach() if isinstance(value, torch.nn.Parameter) else value

    @hardware_value.setter
    def hardware_value(self, value: Value) -> None:
        pass


ParameterType = Union[HXBaseParameter, float, int, torch.Tensor]


def as_parameter(value: ParameterType, name: str = "parameter") -> HXBaseParameter:
    """`value` itself if it is a parameter, else an `HXParameter` of it.

    :raises TypeError: neither a number, a tensor nor a parameter.
    """
    if isinstance(value, HXBaseParameter):
        return value
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(value)
    if value is None or isinstance(value, (numbers.Number, torch.Tensor)):
        return HXParameter(value)
    if isinstance(value, (list, tuple)):
        return HXParameter(torch.tensor(value))
    raise TypeError(f"{name} must be a number, a tensor or an HXParameter, not a "
                    f"{type(value).__name__}.")


def _as_tensor(value: Value) -> torch.Tensor:
    tensor = torch.as_tensor(value)
    if isinstance(value, numbers.Number) or not tensor.is_floating_point():
        return tensor.to(torch.get_default_dtype())
    return tensor.detach().clone()


def _text(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"{value.item():g}" if value.numel() == 1 else f"Tensor{tuple(value.shape)}"
    return f"{value:g}" if isinstance(value, numbers.Real) else str(value)
