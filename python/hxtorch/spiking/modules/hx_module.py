"""Bases of all modules: their place in the graph, and the function that users override."""
from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Optional, Tuple

import torch

from hxtorch.spiking.handle import Handle, TensorHandle


class HXBaseExperimentModule(torch.nn.Module):
    """A node of an experiment.

    Calling it declares it: ``module(*handles)`` computes nothing and returns the module's own
    output handle, always the same object, which a run fills.

    :param experiment: may be ``None`` where a module is used without a graph.
    """

    output_type: Callable[..., Handle] = TensorHandle

    def __init__(self, experiment: Any = None) -> None:
        super().__init__()
        self.experiment = experiment
        self.descriptor: Any = None
        self._output: Optional[Handle] = None
        self._func: Optional[Callable[..., Handle]] = None

    @property
    def output_handle(self) -> Handle:
        """The module's own output handle."""
        if self._output is None:
            self._output = type(self).output_type()
        return self._output

    def forward(self, *inputs: Handle) -> Handle:
        """Declares the module on its input handles."""
        self.experiment.connect(self, inputs, self.output_handle)
        return self.output_handle

    def forward_func(self, *inputs: Handle, hw_data: Any = None) -> Handle:
        """The equations; overridden by users. Returns a handle like the module's output."""
        raise NotImplementedError(f"{type(self).__name__} has no forward_func")

    @property
    def func(self) -> Callable[..., Handle]:
        """``func(input_handles, hw_data=None)``: the forward function, inputs as a tuple."""
        if self._func is None:
            function = self.forward_func
            names = inspect.signature(function).parameters
            takes = "hw_data" in names or any(
                p.kind is inspect.Parameter.VAR_KEYWORD for p in names.values())

            def call(inputs: Tuple[Handle, ...], hw_data: Any = None) -> Handle:
                inputs = inputs if isinstance(inputs, tuple) else (inputs,)
                return function(*inputs, hw_data=hw_data) if takes else function(*inputs)

            object.__setattr__(self, "_func", call)
        return self._func  # type: ignore[return-value]

    def exec_forward(self, inputs: Tuple[Handle, ...], output: Handle,
                     hw_map: Dict[Any, Any]) -> None:
        """Executes the function and fills `output`."""
        output.clone(self.func(inputs, hw_data=hw_map.get(self.descriptor)))

    def extra_repr(self) -> str:
        """Parameters for people."""
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_func": None}


class HXHardwareEntityMixin:
    """The hardware side of a module."""

    execution_instance: Any = None
    chip_coordinate: Any = None

    def _init_hardware_entity(self, experiment: Any, execution_instance: Any,
                              chip_coordinate: Any) -> None:
        self._changed_since_last_run = True
        if experiment is None or experiment.mock:
            self.execution_instance, self.chip_coordinate = None, None
            if experiment is not None and execution_instance is not None:
                self.execution_instance = execution_instance
            return
        from hxtorch.spiking.execution_info import ChipOnConnection

        self.execution_instance = execution_instance or experiment.default_execution_instance
        self.chip_coordinate = chip_coordinate or ChipOnConnection()

    @property
    def changed_since_last_run(self) -> bool:
        """Whether something that the hardware has to know is new."""
        return self._changed_since_last_run

    def reset_changed_since_last_run(self) -> None:
        """After a run."""
        self._changed_since_last_run = False

    def register_hw_entity(self) -> None:
        """Registers with the experiment; once."""

    def add_to_network_graph(self, *args: Any) -> None:
        """The network is built by ``hxtorch.spiking._hardware``."""

    def add_to_input_generator(self, *args: Any) -> None:
        """Inputs are taken by ``hxtorch.spiking._hardware``."""

    def configure_hw_entity(self, neuron_id: int, neuron_block: Any, coord: Any) -> None:
        """Changes the chip object before a run; overridden by users."""

    def post_process(self, hw_data: Any, runtime_s: float) -> Any:
        """Raw recordings to tensors."""
        return hw_data


class HXFunctionalModule(HXBaseExperimentModule):
    """A module without a hardware part."""


class HXModule(HXHardwareEntityMixin, HXBaseExperimentModule):
    """A module with both sides; hands its input on unless ``forward_func`` says more.

    :param execution_instance: ``None``: that of the experiment.
    """

    def __init__(self, experiment: Any, execution_instance: Any = None,
                 chip_coordinate: Any = None) -> None:
        super().__init__(experiment)
        self._init_hardware_entity(experiment, execution_instance, chip_coordinate)

    def forward_func(self, *inputs: Handle, hw_data: Any = None) -> Any:
        """Identity."""
        return inputs[0] if len(inputs) == 1 else inputs
