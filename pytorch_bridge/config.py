"""Which Python, NumPy and PyTorch these are."""

from __future__ import annotations

import platform
import sys
from typing import Any

import numpy as np
import torch

from .devices import cuda_devices

__all__ = ["config"]


def config() -> dict[str, Any]:
    """Versions, paths and devices of the Python side.

    Returns:
        ``python`` and ``python_version``, ``numpy_version``, ``torch_version``, ``cuda_version``
        (None: built without CUDA), ``threads`` (of PyTorch's CPU operations), ``cuda_devices``.

    Example:
        >>> config()["torch_version"] == torch.__version__
        True
    """
    return {
        "python": sys.executable,
        "python_version": platform.python_version(),
        "numpy_version": np.__version__,
        "torch_version": str(torch.__version__),
        "cuda_version": torch.version.cuda,
        "threads": torch.get_num_threads(),
        "cuda_devices": cuda_devices(),
    }
