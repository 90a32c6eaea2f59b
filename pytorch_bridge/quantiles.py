"""Where a quantile lies among ordered values, by R's nine types (Hyndman and Fan, 1996)."""

from __future__ import annotations

import math
import sys

__all__ = ["quantile_place"]

#: How near to a whole number a place counts as one, as in R.
_FUZZ = 4 * sys.float_info.epsilon

#: Of the continuous types, the alpha and beta of the plotting position.
_ALPHA_BETA = {
    4: (0.0, 1.0),
    5: (0.5, 0.5),
    6: (0.0, 0.0),
    8: (1 / 3, 1 / 3),
    9: (3 / 8, 3 / 8),
}


def quantile_place(n: int, p: float, kind: int = 7, fuzz: float | None = None) -> float:
    """The place among ``n`` ordered values, from 0; with a fraction, between two of them.

    Args:
        n: how many values there are.
        p: the probability.
        kind: R's number of the type, from 1 to 9.
        fuzz: how near to a whole number a place counts as one; None for R's default.

    Returns:
        The place; below 0 or beyond ``n - 1`` for the first and the last value.

    Example:
        >>> quantile_place(5, 0.25), quantile_place(4, 0.5, 2), quantile_place(4, 0.5, 1)
        (1.0, 1.5, 1.0)
    """
    if kind == 7:
        place = (n - 1) * p
        whole = math.floor(place + (fuzz or 0.0))
        return place if place > whole else float(whole)
    near = _FUZZ if fuzz is None else fuzz
    if kind <= 3:
        return _step(n * p - (0.5 if kind == 3 else 0.0), kind, near)
    alpha, beta = _ALPHA_BETA[kind]
    count = alpha + p * (n + 1 - alpha - beta)
    whole = math.floor(count + near)
    share = count - whole
    return whole - 1 + (0.0 if abs(share) < near else share)


def _step(count: float, kind: int, near: float) -> float:
    """Of the types that take a value itself, or (type 2) the middle of two."""
    whole = math.floor(count + near)
    if kind == 1:
        share = float(count > whole)
    elif kind == 2:
        share = (float(count > whole) + 1) / 2
    else:
        share = float(count != whole or whole % 2 == 1)
    return whole - 1 + share
