"""Which Python, NumPy and PyTorch these are."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

import numpy as np
import torch

from .devices import accelerators

__all__ = ["config"]


def config() -> dict[str, Any]:
    """Versions, paths and devices of the Python side.

    Returns:
        ``python`` and ``python_version``, ``numpy_version``, ``torch_version``, ``cuda_version``
        and ``hip_version`` (None: built without it), ``cuda_is_available``, ``threads`` (of
        PyTorch's CPU operations), ``cores`` (that this process may use), ``accelerators``.

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
        "hip_version": torch.version.hip,
        "cuda_is_available": torch.cuda.is_available(),
        "threads": torch.get_num_threads(),
        "cores": _cores(),
        "accelerators": accelerators(),
    }


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
