"""Groups of modules that are executed by one function, for recurrence."""
from __future__ import annotations

from typing import Any, Dict, Iterator, Tuple

import torch

from hxtorch.spiking.modules.hx_module import HXBaseExperimentModule


class _Members(dict):
    """The members by name; also callable, as ``torch.nn.Module.modules``."""

    def __init__(self, owner: torch.nn.Module, members: Dict[str, torch.nn.Module]) -> None:
        super().__init__(members)
        self._owner = owner

    def __call__(self) -> Iterator[torch.nn.Module]:
        return torch.nn.Module.modules(self._owner)


class HXModuleWrapper(HXBaseExperimentModule):
    """Modules that are computed together by ``forward_func(*inputs, hw_data=None)``, which returns
    one handle per member in the order of `modules`.

    Cyclic connections are possible among the members. Call the members on their handles first, then
    the wrapper without arguments.

    :param modules: members by name; they are attributes, too.
    """

    def __init__(self, experiment: Any, **modules: torch.nn.Module) -> None:
        super().__init__(experiment)
        self._members: Dict[str, torch.nn.Module] = {}
        self.update(**modules)

    @property
    def modules(self) -> _Members:  # type: ignore[override]
        """The members by name."""
        return _Members(self, self._members)

    def update(self, **modules: torch.nn.Module) -> None:
        """Adds or replaces members."""
        for name, module in modules.items():
            self._members[name] = module
            setattr(self, name, module)

    def contains(self, modules: Any) -> bool:
        """Whether a module is a member, or all of a list are."""
        wanted = modules if isinstance(modules, (list, tuple)) else [modules]
        return all(any(m is w for m in self._members.values()) for w in wanted)

    def extra_repr(self) -> str:
        """Members."""
        return ", ".join(f"{n}={m}" for n, m in self._members.items())

    def forward(self, *inputs: Any) -> None:  # type: ignore[override]
        """Registers the wrapper."""
        self.experiment.connect_wrapper(self)

    def exec_forward(self, inputs: Any, output: Tuple[Any, ...], hw_map: Dict[Any, Any]) -> None:
        """Executes the function and fills the members' handles."""
        measured = tuple(hw_map.get(m.descriptor) for m in self._members.values())
        results = self.func(tuple(inputs), hw_data=measured)
        if len(results) != len(output):
            raise ValueError(f"{self}: forward_func returned {len(results)} handles for "
                             f"{len(output)} modules")
        for handle, result in zip(output, results):
            handle.clone(result)
