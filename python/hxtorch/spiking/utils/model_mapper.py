"""
Loading the parameters of another model, whose layers have other names.

>>> class Small(torch.nn.Module, MixinHXModelMapper):
...     def __init__(self):
...         super().__init__()
...         self.hidden = torch.nn.Linear(2, 1, bias=False)
>>> small = Small()
>>> small.map_from({"fc1.weight": torch.ones(1, 2)}, {"fc1": "hidden"})
>>> small.hidden.weight.tolist()
[[1.0, 1.0]]
"""
from typing import Dict, Mapping

import torch


class MixinHXModelMapper:
    """Mix into a ``torch.nn.Module`` to get :meth:`map_from`."""

    def map_from(self, state_dict: Mapping[str, torch.Tensor], mapping: Mapping[str, str],
                 map_all: bool = True) -> None:
        """
        Copy parameters from another model.

        :param state_dict: parameters of the other model
        :param mapping: name there -> name here; names of parameters (``"fc1.weight"``) or of modules
            (``"fc1"``), which stand for everything below them
        :param map_all: ask that every parameter of this model gets a value
        :raises KeyError: a name of the mapping does not exist
        :raises ValueError: a shape differs, or (``map_all``) a parameter got no value
        """
        own: Dict[str, torch.Tensor] = self.state_dict()  # type: ignore[attr-defined]
        loaded: Dict[str, torch.Tensor] = {}
        for theirs, ours in mapping.items():
            pairs = _pairs(state_dict, theirs, ours)
            if not pairs:
                raise KeyError(f"map_from: the other model has no {theirs!r}; it has "
                               f"{', '.join(sorted(state_dict))}")
            for source, target in pairs:
                if target not in own:
                    raise KeyError(f"map_from: this model has no {target!r}; it has "
                                   f"{', '.join(sorted(own))}")
                value = state_dict[source]
                if value.shape != own[target].shape:
                    raise ValueError(f"map_from: {source!r} has shape {tuple(value.shape)}, "
                                     f"{target!r} has {tuple(own[target].shape)}")
                loaded[target] = value
        missing = sorted(set(own) - set(loaded))
        if map_all and missing:
            raise ValueError(f"map_from: no value for {', '.join(missing)}; extend the mapping or "
                             "use map_all=False")
        self.load_state_dict(loaded, strict=False)  # type: ignore[attr-defined]


def _pairs(state_dict: Mapping[str, torch.Tensor], theirs: str, ours: str):
    """(name there, name here) of everything that one entry of a mapping covers"""
    if theirs in state_dict:
        return [(theirs, ours)]
    prefix = theirs + "."
    return [(name, f"{ours}.{name[len(prefix):]}") for name in state_dict if name.startswith(prefix)]
