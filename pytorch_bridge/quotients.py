"""Quotients and remainders, where PyTorch's operators have other values than R, or no gradient."""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["divide", "floor_divide", "remainder"]

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


def remainder(a: Any, b: Any) -> torch.Tensor:
    """What a division leaves, with the divisor's sign; of a number, too, with a gradient.

    Example:
        >>> remainder(7, torch.tensor([4.0, -4.0]))
        tensor([ 3., -1.])
    """
    if not isinstance(a, torch.Tensor):
        a = torch.full((), a, dtype=torch.result_type(a, b), device=b.device)
    return torch.remainder(a, b)
