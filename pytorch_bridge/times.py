"""Dates and times as the numbers that R has for them: days, or seconds in UTC, since 1970.

reticulate hands an R ``Date`` over as ``datetime.date``, and a ``POSIXct`` as ``datetime64``; a
single one with a time zone, in newer versions, as ``datetime.datetime``.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import numpy as np

from .errors import DtypeError

__all__ = ["are_dates", "are_times", "numbers_of_dates", "numbers_of_times"]


def are_dates(types: Iterable[type]) -> bool:
    """Whether values of these types are all dates, or all times, of the standard library.

    Example:
        >>> are_dates([datetime.date]), are_dates([datetime.datetime]), are_dates([float])
        (True, True, False)
    """
    return set(types) in ({datetime.date}, {datetime.datetime})


def numbers_of_dates(dates: Any) -> Any:
    """Dates as days, times as seconds.

    Args:
        dates: one, or a (nested) list of them, for which `are_dates()` holds.

    Returns:
        A float, or lists of them of the same form.

    Raises:
        DtypeError: a time has no time zone.

    Example:
        >>> numbers_of_dates([datetime.date(1970, 1, 3)])
        [2.0]
    """
    if isinstance(dates, (list, tuple)):
        return [numbers_of_dates(date) for date in dates]
    return _number(dates)


def _number(date: datetime.date) -> float:
    if not isinstance(date, datetime.datetime):
        return float((date - datetime.date(1970, 1, 1)).days)
    if date.tzinfo is None:
        raise DtypeError(
            f"{date} has no time zone, so it is not known which moment is meant; "
            "give it one: x.replace(tzinfo = datetime.timezone.utc)."
        )
    return date.timestamp()


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
