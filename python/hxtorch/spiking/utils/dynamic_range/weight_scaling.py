"""Scale of the weights: from weights of the model to those of the synapses."""
from __future__ import annotations

from typing import Any, Dict, Optional

import torch

from hxtorch.spiking.utils.dynamic_range import helper
from hxtorch.spiking.utils.dynamic_range.threshold import get_trace_scaling


def get_weight_scaling(params: Optional[Dict[str, Any]] = None, weight_step: int = 10,
                       calib_path: Optional[str] = None, neuron_structure: Any = None) -> float:
    """Factor from weights of the model to synapse weights with the same effect.

    The response to one spike is measured for `weight_step` weights between -63 and 63, fitted with
    a straight line, and compared with the same fit of the model. The default neuron gives about 47.

    :param params: parameters of the neurons.
    :param weight_step: number of weights, at least 2.
    :param calib_path: calibration file, ``None``: calibrated to `params`.
    :param neuron_structure: morphology, ``None``: one circuit.
    :raises ValueError: fewer than 2 weights.
    :raises RuntimeError: the synapses have no effect.
    """
    if weight_step < 2:
        raise ValueError(f"weight_step = {weight_step}: a line needs at least 2 weights")
    weights = torch.linspace(-63, 63, int(weight_step)).round()
    with helper.hardware():
        scale = float(get_trace_scaling(params, calib_path, neuron_structure))
        measured = helper.slope(weights, helper.response_to_one_spike(
            weights, params, calib_path, neuron_structure, mock=False, trace_scale=scale))
    model = helper.slope(weights, helper.response_to_one_spike(
        weights, params, None, neuron_structure, mock=True))
    if measured <= 0:
        raise RuntimeError("the synapses have no effect on the membrane: is the neuron calibrated?")
    return model / measured
