"""One seed for all generators of random numbers."""

from __future__ import annotations

import random

import numpy as np
import torch

__all__ = ["seed_all"]


def seed_all(seed: int) -> None:
    """Seeds Python's `random`, NumPy's global generator, and PyTorch on all devices.

    Args:
        seed: from 0 to 2^32 - 1.

    Example:
        >>> seed_all(1)
        >>> first = random.random(), np.random.rand(), torch.rand(1)
        >>> seed_all(1)
        >>> first == (random.random(), np.random.rand(), torch.rand(1))
        True
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
