"""Kinds of modules that are parts of the network on the chip."""
from __future__ import annotations

from typing import Any, Dict, Sequence

from hxtorch.spiking.modules.hx_module import HXModule
from hxtorch.spiking.parameter import HXBaseParameter, as_parameter

#: Parameters that a calibration knows.
CALIBRATED = ("leak", "reset", "threshold", "tau_mem", "tau_syn", "i_synin_gm",
              "membrane_capacitance", "refractory_time", "synapse_dac_bias", "holdoff_time",
              "e_coba_reversal", "e_coba_reference")


class Population(HXModule):
    """Neurons with calibrated parameters.

    :param size: number of neurons.
    :param hxparams: parameters by name, numbers, tensors or parameter objects.
    """

    read_params_from_calibration = True

    def __init__(self, size: int, experiment: Any, execution_instance: Any = None,
                 chip_coordinate: Any = None, **hxparams: Any) -> None:
        super().__init__(experiment, execution_instance, chip_coordinate)
        self.size = int(size)
        self.unit_ids: Any = None
        self._params = []
        for name, value in hxparams.items():
            setattr(self, name, as_parameter(value, name))
            self._params.append(name)

    def params_dict(self) -> Dict[str, HXBaseParameter]:
        """Calibrated parameters by name."""
        return {n: getattr(self, n) for n in self._params
                if n in CALIBRATED and isinstance(getattr(self, n), HXBaseParameter)}

    def has_trainable_params(self) -> bool:
        """Whether one is an ``nn.Parameter``."""
        return any(p.is_trainable() for p in self.params_dict().values())

    def calibration_from_params(self, target: Any, neurons: Sequence[Any]) -> Any:
        """Writes the parameters into a calibration target (``calibration`` module)."""
        from hxtorch.spiking import calibration

        return calibration.calibration_from_params(self, target, neurons)

    def params_from_calibration(self, target: Any, neurons: Sequence[Any]) -> None:
        """Overwrites the parameters' hardware values with those of a calibration target."""
        from hxtorch.spiking import calibration

        calibration.params_from_calibration(self, target, neurons)


class InputPopulation(HXModule):
    """Sources of spikes from outside."""

    def __init__(self, size: int, experiment: Any, execution_instance: Any = None,
                 chip_coordinate: Any = None) -> None:
        super().__init__(experiment, execution_instance, chip_coordinate)
        self.size = int(size)


class Projection(HXModule):
    """Synapses between two populations."""

    def __init__(self, in_features: int, out_features: int, experiment: Any,
                 execution_instance: Any = None, chip_coordinate: Any = None) -> None:
        super().__init__(experiment, execution_instance, chip_coordinate)
        self.in_features, self.out_features = int(in_features), int(out_features)

    def register_hw_entity(self) -> None:
        """Registers the projection; its descriptor is the pair of signs."""
        number = len(self.experiment._projections)
        ident = self.execution_instance.ID
        self.descriptor = ((ident, "exc", number), (ident, "inh", number))
        self.experiment.register_projection(self)
