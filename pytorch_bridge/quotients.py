"""Quotients of floats for which R has other values than PyTorch's operators."""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["divide", "floor_divide"]

#: The quotient itself: Python's ``1 / tensor`` is PyTorch's reciprocal, rounded twice.
divide = torch.div


def floor_divide(a: Any, b: Any) -> torch.Tensor:
    """The quotient rounded down, also where PyTorch makes NaN of an infinite one.

    Its gradient is 0, as that of PyTorch's ``floor()``.

    Example:
        >>> floor_divide(torch.tensor([7.0, -7.0, torch.inf]), 2)
        tensor([ 3., -4., inf])
    """
    rounded = torch.div(a, b, rounding_mode="floor")
    if not rounded.is_floating_point():
        return rounded
    quotient = torch.div(_values(a), _values(b)).to(rounded.dtype)
    return torch.where(quotient.isinf(), quotient, rounded)


def _values(x: Any) -> Any:
    return x.detach() if isinstance(x, torch.Tensor) else x
