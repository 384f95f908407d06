"""Scale of the membrane: distance of threshold and rest."""
from __future__ import annotations

from typing import Any, Dict, Optional

import torch

from hxtorch.spiking.utils.dynamic_range import helper


def get_trace_scaling(params: Optional[Dict[str, Any]] = None, calib_path: Optional[str] = None,
                      neuron_structure: Any = None) -> torch.Tensor:
    """Factor from CADC LSB to units of the model, in which threshold minus leak is 1.

    A constant current makes the neuron fire; the highest sample of 1 ms is the threshold. With
    threshold 125 and leak 80 the distance is 45 LSB and the result about 1/45.

    :param params: parameters of the ``LIF`` module.
    :param calib_path: calibration file, ``None``: calibrated to `params`.
    :param neuron_structure: morphology, ``None``: one circuit.
    :return: scalar tensor.
    :raises RuntimeError: the current does not lift the membrane.
    """
    with helper.hardware():
        rest = helper.constant_current_trace(None, False, params, calib_path, neuron_structure)
        firing = helper.constant_current_trace(
            "source", True, params, calib_path, neuron_structure, steps=10 * helper.STEPS)
    distance = firing.max() - rest[-helper.STEPS // 5:].mean()
    if distance <= 0:
        raise RuntimeError("the constant current does not lift the membrane: is the leak potential "
                           "below the threshold, and the neuron calibrated?")
    return 1. / distance
