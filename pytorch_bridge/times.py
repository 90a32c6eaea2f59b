"""Dates and times as the numbers that R has for them: days, or seconds in UTC, since 1970.

reticulate hands an R ``Date`` over as ``datetime.date``, and a ``POSIXct`` as ``datetime64``.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import numpy as np

__all__ = ["are_dates", "are_times", "numbers_of_times"]


def are_dates(kinds: Iterable[type]) -> bool:
    """Whether values of these types are dates: without a time, whose zone may be unknown.

    Example:
        >>> are_dates([datetime.date]), are_dates([datetime.datetime])
        (True, False)
    """
    return set(kinds) == {datetime.date}


def are_times(array: np.ndarray) -> bool:
    """Whether the array holds points in time.

    Example:
        >>> are_times(np.array(["2020-01-01"], "datetime64[D]"))
        True
    """
    return array.dtype.kind == "M" and np.datetime_data(array.dtype)[0] != "generic"


def numbers_of_times(array: np.ndarray) -> np.ndarray:
    """The times as float64: days where the array counts days or longer units, else seconds.

    A missing time (NaT) becomes NaN.

    Example:
        >>> numbers_of_times(np.array(["1970-01-03", "NaT"], "datetime64[D]"))
        array([ 2., nan])
        >>> numbers_of_times(np.array(["1970-01-01T00:01:00.5"], "datetime64[ns]"))
        array([60.5])
    """
    if np.datetime_data(array.dtype)[0] in ("Y", "M", "W", "D"):
        numbers = _count(array, "D")
    else:
        # Whole seconds first: nanoseconds since 1970 are more than a float64 holds exactly.
        numbers = _count(array, "s") + (array - array.astype("datetime64[s]")) / np.timedelta64(
            1, "s"
        )
    return np.where(np.isnat(array), np.nan, numbers)


def _count(array: np.ndarray, unit: str) -> np.ndarray:
    return array.astype(f"datetime64[{unit}]").astype(np.int64).astype(np.float64)
