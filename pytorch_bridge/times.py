"""Dates and times as the numbers that R has for them: days, or seconds in UTC, since 1970.

reticulate hands an R ``Date`` over as ``datetime.date``, and a ``POSIXct`` as ``datetime64``; a
single one with a time zone, in newer versions, as ``datetime.datetime``. Spans are seconds.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import numpy as np

from .errors import COUNTS, DtypeError, LossyError

__all__ = ["are_dates", "are_times", "class_in_r", "numbers_of_dates", "numbers_of_times"]


def are_dates(types: Iterable[type]) -> bool:
    """Whether values of these types are all dates, or all times, of the standard library.

    Example:
        >>> are_dates([datetime.date]), are_dates([datetime.datetime]), are_dates([float])
        (True, True, False)
    """
    times = {issubclass(kind, datetime.datetime) for kind in types}
    return all(issubclass(kind, datetime.date) for kind in types) and len(times) == 1


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
    nanoseconds = getattr(date, "nanosecond", 0)  # of pandas' own times
    if nanoseconds:
        microseconds = (date - _EPOCH) // datetime.timedelta(microseconds=1)
        return float(_seconds(np.array([microseconds * 1000 + nanoseconds]), 10**9)[0])
    return date.timestamp()


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)

# ---- arrays of times -----------------------------------------------------------------------------

#: Units by how many make a second, and by how many seconds they are.
_IN_A_SECOND = {unit: 10 ** (3 * i) for i, unit in enumerate(["s", "ms", "us", "ns"])}
_SECONDS = {"m": 60, "h": 3600, "D": 86400, "W": 7 * 86400}


def are_times(array: np.ndarray) -> bool:
    """Whether the array holds points in time, or spans of time.

    Example:
        >>> are_times(np.array(["2020-01-01"], "datetime64[D]"))
        True
    """
    return array.dtype.kind in "mM" and np.datetime_data(array.dtype)[0] != "generic"


def _are_days(array: np.ndarray) -> bool:
    return array.dtype.kind == "M" and np.datetime_data(array.dtype)[0] in ("Y", "M", "W", "D")


def class_in_r(array: np.ndarray) -> str:
    """The class that R has for such times.

    Example:
        >>> class_in_r(np.array(["2020-01-01"], "datetime64[s]"))
        'POSIXct'
    """
    if array.dtype.kind == "m":
        return "difftime"
    return "Date" if _are_days(array) else "POSIXct"


def numbers_of_times(array: np.ndarray) -> np.ndarray:
    """The times as float64: days where the array counts days or longer units, else seconds.

    Spans are seconds whatever their unit. A missing time (NaT) becomes NaN.

    Raises:
        LossyError: a time has more digits than float64 holds.
        DtypeError: spans of months or years, whose lengths differ.

    Example:
        >>> numbers_of_times(np.array(["1970-01-03", "NaT"], "datetime64[D]"))
        array([ 2., nan])
        >>> numbers_of_times(np.array(["1970-01-01T00:01:00.5"], "datetime64[ns]"))
        array([60.5])
    """
    missing = np.isnat(array)
    if _are_days(array):
        numbers = array.astype("datetime64[D]").astype(np.int64).astype(np.float64)
        return np.where(missing, np.nan, numbers)
    unit, step = np.datetime_data(array.dtype)
    if unit in ("Y", "M"):
        raise DtypeError("Spans of months or years have no length; convert them to days first.")
    counts = np.where(missing, 0, array.astype(array.dtype.newbyteorder("=")).view(np.int64))
    if unit in ("ps", "fs", "as"):
        raise DtypeError(f"Times in {unit} are finer than the nanoseconds that are taken", COUNTS)
    if step != 1:
        counts = counts.astype(object) * step
    if unit in _SECONDS:
        counts = counts.astype(object) * _SECONDS[unit]
    return np.where(missing, np.nan, _seconds(counts, _IN_A_SECOND.get(unit, 1)))


def _seconds(counts: np.ndarray, in_a_second: int) -> np.ndarray:
    """Counts of a part of a second as seconds, if these hold all digits that the counts have."""
    whole, rest = counts // in_a_second, counts % in_a_second
    seconds = whole.astype(np.float64) + rest.astype(np.float64) / in_a_second
    # The smallest unit that the digits need: 0.5 s in nanoseconds has one digit, not nine.
    unit = np.ones(counts.shape, np.int64)
    while unit.size and bool((larger := (rest % (10 * unit) == 0) & (unit < in_a_second)).any()):
        unit = np.where(larger, 10 * unit, unit)
    there: np.ndarray = seconds - whole.astype(np.float64)
    back = np.rint(there * in_a_second / unit) * unit
    exact = (back == rest.astype(np.float64)) & (np.abs(seconds) <= 2.0**53)
    if not bool(exact.all()):
        at = f" at index {[int(i) for i in np.argwhere(~exact)[0]]}" if exact.ndim else ""
        raise LossyError(f"The time{at} has more digits than float64 holds in seconds", COUNTS)
    return seconds
