"""Range of the membrane: at rest and under the largest constant currents."""
from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

import torch

from hxtorch.spiking.utils.dynamic_range import helper


def get_dynamic_range(neuron_structure: Any = None, calib_path: Optional[str] = None,
                      params: Optional[Dict[str, Any]] = None
                      ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """CADC values of a neuron that does not fire: without current, pulled up, pulled down.

    Means of the last 20 of 100 us. On boards with the analog chip these are its rails. The digital
    chip has none: 1000 LSB of current move the membrane by 100 LSB at ``tau_mem`` = 10 us, so the
    default neuron gives -48, +52 and -128 (the converter's end).

    :param neuron_structure: morphology, ``None``: one circuit.
    :param calib_path: calibration file, ``None``: calibrated to `params`.
    :param params: parameters of the ``LIF`` module.
    :return: (base, upper, lower), scalars in CADC LSB.
    """
    with helper.hardware():
        base, upper, lower = (
            helper.constant_current_trace(kind, False, params, calib_path, neuron_structure)
            [-helper.STEPS // 5:].mean() for kind in (None, "source", "sink"))
    return base, upper, lower
