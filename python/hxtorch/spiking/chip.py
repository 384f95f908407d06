"""The chip object: a complete configuration of a chip with its values by name.

    chip = Chip()
    chip["NeuronCell.v_leak"] = 214                      # all 512 circuits
    chip["NeuronConfig.enable_fire", 17] = 1             # one circuit
    neuron = chip.neuron_block.atomic_neurons[17]        # the same, grouped
    neuron.constant_current.i_offset = 1000
    neuron.constant_current.enable = True

Names are those of ``docs/registers.md``; CapMem cells are ``NeuronCell.NAME`` (by circuit
``n = 256 * row + column``) and ``QuadrantCell.NAME``. What the mapping of a network decides (nodes,
drivers, synapses, event outputs, read-out switches, joined circuits) is written over when it runs.
"""
from __future__ import annotations

from typing import Any, Dict, Iterable, Tuple, Union

import numpy as np

from hxtorch.spiking.execution_info import _place

CIRCUITS = 512


def _native() -> Any:
    from hxtorch import _native  # the module can be imported without it

    return _native.hardware


# group -> member -> register; a leading "!" inverts a switch.
_GROUPS: Dict[str, Dict[str, str]] = {
    "leak": {
        "v_leak": "NeuronCell.v_leak", "i_bias": "NeuronCell.i_bias_leak",
        "enable_division": "NeuronConfig.enable_leak_division",
        "enable_multiplication": "NeuronConfig.enable_leak_multiplication",
    },
    "reset": {"v_reset": "NeuronCell.v_reset", "i_bias": "NeuronCell.i_bias_reset"},
    "threshold": {
        "v_threshold": "NeuronCell.v_threshold",
        "enable": "NeuronConfig.enable_threshold_comparator",
    },
    "membrane_capacitance": {"capacitance": "NeuronConfig.membrane_capacitor_size"},
    "constant_current": {
        "enable": "NeuronConfig.enable_membrane_offset",
        "i_offset": "NeuronCell.i_mem_offset",
        "type": "NeuronConfig.invert_membrane_offset",
    },
    "adaptation": {
        "enable": "NeuronConfig.enable_adaptation",
        "enable_pulse": "NeuronBackendConfig.enable_adaptation_pulse",
        "invert_a": "NeuronConfig.invert_adaptation_a",
        "invert_b": "NeuronConfig.invert_adaptation_b",
        "v_leak": "NeuronCell.v_adapt_leak", "v_ref": "NeuronCell.v_adapt_ref",
        "i_bias_tau": "NeuronCell.i_bias_adapt_tau", "i_bias_a": "NeuronCell.i_bias_adapt_a",
        "i_bias_b": "NeuronCell.i_bias_adapt_b",
    },
    "exponential": {
        "enable": "NeuronConfig.enable_exponential", "v_exp": "NeuronCell.v_exp",
        "i_bias": "NeuronCell.i_bias_exp",
    },
    "event_routing": {
        "address": "NeuronBackendConfig.address_out",
        "enable_digital": "NeuronBackendConfig.enable_spike_out",
        "enable_analog": "NeuronConfig.enable_fire",
        "enable_bypass_excitatory": "NeuronConfig.enable_bypass_excitatory",
        "enable_bypass_inhibitory": "NeuronConfig.enable_bypass_inhibitory",
    },
    "refractory_period": {
        "refractory_time": "NeuronBackendConfig.refractory_time",
        "reset_holdoff": "NeuronBackendConfig.reset_holdoff",
        "input_clock": "NeuronBackendConfig.select_input_clock",
        "enable_pause": "NeuronConfig.enable_pause",
    },
    "readout": {
        "enable_amplifier": "NeuronConfig.enable_readout_amplifier",
        "enable_buffered_access": "NeuronConfig.enable_readout",
        "source": "NeuronConfig.readout_source",
    },
    "multicompartment": {
        "connect_right": "NeuronConfig.connect_membrane_right",
        "connect_vertical": "NeuronConfig.connect_bottom",
        "connect_soma": "NeuronConfig.connect_soma",
        "connect_soma_right": "NeuronConfig.connect_soma_right",
        "enable_conductance": "NeuronConfig.enable_multicomp_conductance",
        "enable_conductance_division": "NeuronConfig.enable_divide_multicomp_conductance_bias",
        "enable_conductance_multiplication":
            "NeuronConfig.enable_multiply_multicomp_conductance_bias",
        "i_bias_nmda": "NeuronCell.i_bias_nmda",
    },
}
for _name, _short in (("excitatory", "exc"), ("inhibitory", "inh")):
    _GROUPS[f"{_name}_input"] = {
        "enable": f"NeuronConfig.enable_synaptic_input_{_name}",
        "enable_high_resistance": f"NeuronConfig.enable_synaptic_input_{_name}_high_resistance",
        "enable_small_capacitance":
            f"NeuronConfig.enable_synaptic_input_{_name}_small_capacitance",
        "enable_coba_mode": f"NeuronConfig.enable_synaptic_input_{_name}_coba_mode",
        "e_reversal": f"NeuronCell.e_synin_{_short}_rev",
        "i_bias_tau": f"NeuronCell.i_bias_synin_{_short}_tau",
        "i_bias_gm": f"NeuronCell.i_bias_synin_{_short}_gm",
        "i_bias_coba": f"NeuronCell.i_bias_synin_{_short}_coba",
        "i_shift_reference": f"NeuronCell.i_bias_synin_{_short}_shift",
    }

_SYMBOLS = {
    "source": 0, "sink": 1,  # constant current
    "membrane": 0, "exc_synin": 1, "inh_synin": 2, "adaptation": 3,  # readout
}


def _number(value: Any) -> int:
    """A register value from a number, bool, CapMem value or symbol (an enum or its name)."""
    name = value if isinstance(value, str) else getattr(value, "name", None)
    if isinstance(name, str):
        return _SYMBOLS[name.lower()]
    return _place(value)


class _Group:
    """Related values of one circuit."""

    def __init__(self, chip: "Chip", circuit: int, members: Dict[str, str]) -> None:
        object.__setattr__(self, "_at", (chip, circuit, members))

    def __getattr__(self, name: str) -> int:
        chip, circuit, members = object.__getattribute__(self, "_at")
        if name not in members:
            raise AttributeError(f"no value '{name}'; there are {', '.join(members)}")
        return chip[members[name], circuit]

    def __setattr__(self, name: str, value: Any) -> None:
        chip, circuit, members = object.__getattribute__(self, "_at")
        if name not in members:
            raise AttributeError(f"no value '{name}'; there are {', '.join(members)}")
        chip[members[name], circuit] = _number(value)

    def __dir__(self) -> Iterable[str]:
        return object.__getattribute__(self, "_at")[2]


class AtomicNeuron:
    """One circuit: groups ``leak``, ``reset``, ``threshold``, ``excitatory_input`` and so on."""

    def __init__(self, chip: "Chip", circuit: int) -> None:
        self._chip = chip
        self.circuit = circuit

    def __getattr__(self, name: str) -> _Group:
        if name.startswith("_") or name not in _GROUPS:
            raise AttributeError(f"no group '{name}'; there are {', '.join(_GROUPS)}")
        return _Group(self._chip, self.circuit, _GROUPS[name])

    def __dir__(self) -> Iterable[str]:
        return list(_GROUPS)


class _AtomicNeurons:
    def __init__(self, chip: "Chip") -> None:
        self._chip = chip

    def __getitem__(self, coord: Any) -> AtomicNeuron:
        circuit = _place(coord)
        if not 0 <= circuit < CIRCUITS:
            raise IndexError(f"circuit {circuit} is not in 0..{CIRCUITS - 1}")
        return AtomicNeuron(self._chip, circuit)

    def __len__(self) -> int:
        return CIRCUITS


class NeuronBlock:
    """All neuron circuits of a chip."""

    def __init__(self, chip: "Chip") -> None:
        self._chip = chip
        self.atomic_neurons = _AtomicNeurons(chip)

    @property
    def chip(self) -> "Chip":
        """The chip that the block belongs to."""
        return self._chip


class Chip:
    """A configuration of a chip. A new one does nothing.

    :param native: image of the C++ core; made by whoever reads one back.
    """

    def __init__(self, native: Any = None) -> None:
        self._native = native if native is not None else _native().Chip()

    @classmethod
    def neuron_bypass(cls) -> "Chip":
        """Neurons repeat strong input events (weight >= 16) and have no dynamics of their own."""
        chip = cls()
        chip["NeuronConfig.enable_fire"] = 1
        chip["NeuronConfig.enable_bypass_excitatory"] = 1
        chip["CommonPADIBusConfig.dacen_pulse_extension"] = 15
        return chip

    @property
    def neuron_block(self) -> NeuronBlock:
        """The neuron circuits."""
        return NeuronBlock(self)

    @property
    def native(self) -> Any:
        """The image of the C++ core."""
        return self._native

    @property
    def version(self) -> int:
        """Grows with every write."""
        return self._native.version

    def copy(self) -> "Chip":
        """An independent chip object with equal values."""
        return Chip(self._native.copy())

    __copy__ = copy

    def __deepcopy__(self, memo: dict) -> "Chip":
        return self.copy()

    def __getitem__(self, key: Union[str, Tuple[str, int]]) -> Any:
        """All values of a register (int64 array), or one."""
        if isinstance(key, tuple):
            return int(self._native.get(key[0], _place(key[1])))
        return np.asarray(self._native.get(key))

    def __setitem__(self, key: Union[str, Tuple[str, int]], value: Any) -> None:
        """Writes all values of a register (one for all, or an array), or one.

        :raises KeyError: there is no such register.
        :raises ValueError: a value is out of range, or their number is wrong.
        """
        if isinstance(key, tuple):
            self._native.set(key[0], _place(key[1]), _number(value))
            return
        current = self._native.get(key)
        values = np.asarray(value, dtype=np.int64)
        self._native.set(key, np.broadcast_to(values, current.shape) if values.ndim == 0
                         else values.reshape(-1))

    def words(self) -> np.ndarray:
        """All words of the configuration in write order, uint32."""
        return np.asarray(self._native.words())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Chip) and self._native == other._native

    __hash__ = None  # type: ignore[assignment]
