"""Shapes of neurons and the switches that belong to them."""
from __future__ import annotations

import warnings
from typing import Any, Dict, List, Tuple

from hxtorch.spiking.neuron_placement import LogicalNeuron

MAX_CODE = 1022


class Morphology:
    """A neuron of one compartment: offsets (column, row) of its circuits.

    The first circuit has capacitance, leak, threshold and event output, the others lend their
    synapses.
    """

    def __init__(self, offsets: List[Tuple[int, int]]) -> None:
        self.offsets = offsets

    @property
    def compartments(self) -> Dict[int, List[Tuple[int, int]]]:
        """Compartment -> offsets of its circuits."""
        return {0: self.offsets}

    @property
    def logical_neuron(self) -> LogicalNeuron:
        """The neuron at circuit 0."""
        return LogicalNeuron([256 * row + column for column, row in self.offsets])

    @staticmethod
    def _circuits(coord: Any, neuron_block: Any) -> List[Any]:
        return [neuron_block.atomic_neurons[c] for c in LogicalNeuron.of(coord).circuits]

    def implement_morphology(self, coord: Any, neuron_block: Any) -> None:
        """Only the first circuit has capacitance, leak and threshold; all are joined."""
        for circuit in self._circuits(coord, neuron_block)[1:]:
            circuit.membrane_capacitance.capacitance = 0
            circuit.leak.i_bias = 0
            circuit.leak.enable_division = True
            circuit.leak.enable_multiplication = False
            circuit.threshold.enable = False
            circuit.event_routing.enable_digital = False

    def set_spike_recording(self, enable: bool, coord: Any, neuron_block: Any) -> None:
        """Event output of the first circuit."""
        self._circuits(coord, neuron_block)[0].event_routing.enable_digital = enable

    def disable_spiking(self, coord: Any, neuron_block: Any) -> None:
        """No threshold, no events."""
        first = self._circuits(coord, neuron_block)[0]
        first.threshold.enable = False
        first.event_routing.enable_digital = False

    def disable_leak(self, coord: Any, neuron_block: Any) -> None:
        """No leak."""
        self._circuits(coord, neuron_block)[0].leak.i_bias = 0

    def enable_madc_recording(self, coord: Any, neuron_block: Any, source: Any) -> None:
        """Read-out of the first circuit."""
        first = self._circuits(coord, neuron_block)[0]
        first.readout.enable_amplifier = True
        first.readout.enable_buffered_access = True
        first.readout.source = source

    def set_exponential_params(self, coord: Any, neuron_block: Any, slope: Any,
                               threshold: Any) -> None:
        """Codes of strength and onset of the exponential term."""
        first = self._circuits(coord, neuron_block)[0]
        codes = self.format_to_CapMemCell_value(i_bias=slope, v_exp=threshold)
        first.exponential.i_bias, first.exponential.v_exp = codes["i_bias"], codes["v_exp"]
        first.exponential.enable = True

    def set_adaptation_base_params(self, coord: Any, neuron_block: Any, tau: Any,
                                   leak: Any) -> None:
        """Codes of time constant and rest of the adaptation."""
        first = self._circuits(coord, neuron_block)[0]
        codes = self.format_to_CapMemCell_value(i_bias_tau=tau, v_leak=leak)
        first.adaptation.i_bias_tau = codes["i_bias_tau"]
        first.adaptation.v_leak = codes["v_leak"]
        first.adaptation.enable = True

    def set_subthreshold_adaptation_strength(self, coord: Any, neuron_block: Any,
                                             strength: Any) -> None:
        """Code of the strength below threshold; the sign is a switch."""
        first = self._circuits(coord, neuron_block)[0]
        first.adaptation.i_bias_a = self.format_to_CapMemCell_value(a=abs(strength))["a"]
        first.adaptation.invert_a = float(strength) < 0

    def set_spike_triggered_adaptation_increment(self, coord: Any, neuron_block: Any,
                                                 increment: Any) -> None:
        """Code of the increment per spike; the sign is a switch."""
        first = self._circuits(coord, neuron_block)[0]
        first.adaptation.i_bias_b = self.format_to_CapMemCell_value(b=abs(increment))["b"]
        first.adaptation.invert_b = float(increment) < 0
        first.adaptation.enable_pulse = float(increment) != 0

    @staticmethod
    def format_to_CapMemCell_value(**values: Any) -> Dict[str, int]:
        """Codes 0..1022 from numbers; a clipped one is named in a warning."""
        codes = {}
        for name, value in values.items():
            code = int(value)
            codes[name] = min(max(code, 0), MAX_CODE)
            if codes[name] != code:
                warnings.warn(f"{name} = {code} is clipped to {codes[name]} (0..{MAX_CODE})")
        return codes


class SingleCompartmentNeuron(Morphology):
    """`size` circuits joined to one neuron.

    :param size: 1..256; every circuit brings 256 synapse rows.
    :param expand_horizontally: side by side in one row (1..128); else column by column over both
        rows.
    """

    def __init__(self, size: int, expand_horizontally: bool = False) -> None:
        limit = 128 if expand_horizontally else 256
        if not 1 <= size <= limit:
            raise ValueError(f"a neuron of {size} circuits: 1..{limit} can be joined")
        super().__init__([(i, 0) if expand_horizontally else (i // 2, i % 2)
                          for i in range(size)])
        self.size = size
        self.expand_horizontally = expand_horizontally

    def __repr__(self) -> str:
        return f"SingleCompartmentNeuron({self.size}, {self.expand_horizontally})"
