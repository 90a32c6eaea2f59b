"""Quotients and powers of floats for which R has other values than PyTorch's operators."""

from __future__ import annotations

import math
import operator
from typing import Any

import torch

__all__ = ["divide", "floor_divide", "power"]

#: The quotient itself: Python's ``1 / tensor`` is PyTorch's reciprocal, rounded twice.
divide = torch.div


def floor_divide(a: Any, b: Any) -> torch.Tensor:
    """The quotient rounded down, also where PyTorch makes NaN of an infinite one.

    Its gradient is 0, as that of PyTorch's ``floor()``.

    Example:
        >>> floor_divide(torch.tensor([7.0, -7.0, torch.inf]), 2)
        tensor([ 3., -4., inf])
    """
    if not any(isinstance(x, torch.Tensor) and x.is_floating_point() for x in (a, b)):
        return operator.floordiv(a, b)
    plain = torch.div(a, b, rounding_mode="floor")
    right = _floor_of_quotient(_values(a), _values(b)).to(plain.dtype)
    return torch.where(plain == right, plain, right)


def _floor_of_quotient(a: Any, b: Any) -> torch.Tensor:
    """The remainder tells whether a whole quotient was rounded up to."""
    quotient = torch.div(a, b)
    below = torch.floor(quotient)
    remainder = torch.remainder(a, b)  # as infinite as b, where that has the other sign
    is_above = (torch.div(remainder, b) > 0.5) | torch.isinf(remainder)
    return torch.where((below == quotient) & is_above, below - 1, below)


def _values(x: Any) -> Any:
    """Without a graph, and in a dtype that older PyTorch rounds on a CPU."""
    if not isinstance(x, torch.Tensor):
        return x
    return x.detach().float() if x.dtype in (torch.float16, torch.bfloat16) else x.detach()


def power(base: Any, exponent: Any) -> torch.Tensor:
    """A power as R has it, where C has another one.

    It is NaN for -Inf to a fraction and for negative numbers to infinity; of -0 it is that of 0.

    Example:
        >>> power(torch.tensor([-2.0, 2.0, -0.0]), torch.tensor([torch.inf, torch.inf, -1.0]))
        tensor([nan, inf, inf])
    """
    result = operator.pow(base, exponent)
    if not result.is_floating_point() or _is_same(base, exponent):
        return result
    result = result.masked_fill((base == 0) & (result < 0), math.inf)
    if isinstance(exponent, torch.Tensor) and not exponent.is_floating_point():
        return result
    fraction = _values(exponent) % 1 != 0  # of infinity, too, which is no number by 1
    return result.masked_fill((base < 0) & fraction & _any_infinite(base, exponent), math.nan)


def _is_same(base: Any, exponent: Any) -> bool:
    """Whether R has no power of its own, as can be told without a look at a tensor."""
    if isinstance(exponent, torch.Tensor):
        return not isinstance(base, torch.Tensor) and base > 0
    return exponent >= 0 and exponent % 1 == 0


def _any_infinite(base: Any, exponent: Any) -> Any:
    found = [(x == math.inf) | (x == -math.inf) for x in (base, exponent)]
    return found[0] | found[1]
