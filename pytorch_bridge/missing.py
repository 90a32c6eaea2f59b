"""What becomes of missing values: an error, NaN, or a value of the user's."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import DtypeError, LossyError, MissingError, Remedy

__all__ = ["NA_REMEDY", "check_na", "fill_missing"]

_CHOICES = 'write na = "nan" to get NaN in float64, or na = a value to put there'
NA_REMEDY = Remedy(_CHOICES, _CHOICES)


def check_na(na: Any) -> Any:
    """The choice for missing values, if it is one: "error", "nan", or a number.

    Example:
        >>> check_na("nan"), check_na(0)
        ('nan', 0)
    """
    is_number = isinstance(na, (bool, int, float, complex, np.number, np.bool_))
    if is_number or (isinstance(na, str) and na in ("error", "nan")):
        return na
    raise DtypeError(f'`na` must be "error", "nan" or a number to put there, not {na!r}.')


def fill_missing(values: np.ndarray, missing: np.ndarray | None, na: Any) -> np.ndarray:
    """The values with what `na` asks for where they are missing.

    Args:
        values: booleans, integers, floats or complex numbers.
        missing: which are missing; None if none is. In floats, NaN counts as missing too.
        na: "error"; "nan", by which integers become float64; or a value. In floats and complex
            numbers, what is missing is NaN unless a value is given.

    Raises:
        MissingError: a missing integer, and `na` is "error".
        LossyError: `na` is a value that the dtype does not have, or an integer is not exact in
            float64.

    Example:
        >>> fill_missing(np.array([1, 0]), np.array([False, True]), "nan")
        array([ 1., nan])
    """
    floating = values.dtype.kind in "fc"
    if isinstance(na, str) and na == "nan" and not floating:
        values, floating = _exact_floats(values, missing), True
    if not isinstance(na, str):
        gone = np.zeros(values.shape, bool) if missing is None else missing
        return _with_value(values, gone | np.isnan(values) if floating else gone, na)
    if missing is None:
        return values
    if not floating:
        _refuse(missing)
    return np.where(missing, np.array(np.nan, values.dtype), values)


def _refuse(missing: np.ndarray) -> None:
    places = np.argwhere(missing)
    at = f" at index {[int(i) for i in places[0]]}" if missing.ndim else ""
    what = (
        "is 1 missing value" if len(places) == 1 else f"are {len(places)} missing values, the first"
    )
    raise MissingError(f"There {what}{at}, and only floats have NaN for it", NA_REMEDY)


def _exact_floats(values: np.ndarray, missing: np.ndarray | None) -> np.ndarray:
    floats = values.astype(np.float64)
    if values.dtype.kind in "iu":
        high = values.astype(object) if values.dtype.itemsize == 8 else values
        beyond = np.asarray((high > 2**53) | (high < -(2**53)), bool)
        if missing is not None:
            beyond &= ~missing
        if beyond.any():
            index = [int(i) for i in np.argwhere(beyond)[0]]
            raise LossyError(
                f"{values[tuple(index)]} at index {index} is beyond 2^53 and would not stay exact "
                "in float64; write na = a value to put where one is missing."
            )
    return floats


def _with_value(values: np.ndarray, missing: np.ndarray, value: Any) -> np.ndarray:
    if not missing.any():
        return values
    try:
        with np.errstate(all="ignore"):
            there = np.array([value]).astype(values.dtype)[0]
    except (OverflowError, TypeError, ValueError):
        there = None
    same = there is not None and (there == value or (value != value and values.dtype.kind in "fc"))
    if not same or (isinstance(value, complex) and values.dtype.kind != "c"):
        raise LossyError(f"`na` is {value}, which {values.dtype} cannot hold.")
    return np.where(missing, there, values)
