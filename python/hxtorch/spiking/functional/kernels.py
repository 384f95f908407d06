"""Bridge to the compiled kernels of ``hxtorch._native.kernels``."""
from __future__ import annotations

from typing import Any

import torch


def usable(*tensors: torch.Tensor) -> bool:
    """Whether the compiled kernels can take these tensors."""
    return False


def integrate(*args: Any) -> Any:
    """Integration by the compiled kernel."""
    raise NotImplementedError


def available() -> bool:
    """Whether the extension can be imported."""
    return False
