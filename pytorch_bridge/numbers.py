"""Tensors of Python's numbers: one, or (nested) lists of them."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch

from .dtypes import NUMPY_NAMES, dtype_name
from .errors import TEXT, DtypeError, LossyError, Remedy, integer_text
from .missing import fill_missing
from .times import are_dates, numbers_of_dates, numbers_of_times

__all__ = ["from_numbers", "read_numbers"]


def from_numbers(obj: Any, wanted: torch.dtype | None, na: Any = "error") -> torch.Tensor:
    """Python numbers, alone or in nested lists: int64, float64, bool or complex128.

    Integers for uint64 become that at once, since int64 does not hold all of them. Dates are days,
    times seconds. None and pandas' NA are missing values.

    Args:
        obj: a number, or a list of numbers or lists.
        wanted: the dtype that is asked for.
        na: what becomes of missing values; see `fill_missing()`.

    Raises:
        DtypeError: something is no number, or the lists differ in length or depth.
        LossyError: an integer is out of range, or would not stay exact among floats.
        MissingError: a value is missing.

    Example:
        >>> from_numbers([1, 2.5], None)
        tensor([1.0000, 2.5000], dtype=torch.float64)
    """
    found = read_numbers(obj, wanted)
    return torch.from_numpy(fill_missing(found.values, found.missing, na))


class Numbers(NamedTuple):
    """Python numbers as an array."""

    values: np.ndarray
    missing: np.ndarray | None  #: which are missing; None if none is
    r_class: str | None  #: the class that R has for dates and times


def read_numbers(obj: Any, wanted: torch.dtype | None = None) -> Numbers:
    """Python numbers, dates or times, alone or in nested lists; see `from_numbers()`.

    Example:
        >>> read_numbers([True, None]).values
        array([ True, False])
    """
    try:
        types = {type(value) for value in _leaves(obj)}
        if not any(_is_missing_type(kind) for kind in types):
            return Numbers(_values(obj, types, wanted), None, _values_class(types))
        missing = np.array(_map(lambda value: _is_missing_type(type(value)), obj))
        types = {kind for kind in types if not _is_missing_type(kind)}
        if not types:  # it is not known of what type they would be
            return Numbers(np.zeros(missing.shape, bool), missing, None)
        filled = _map(lambda x: _stand_in(types) if _is_missing_type(type(x)) else x, obj)
    except RecursionError:
        raise DtypeError("This list contains itself, or lists in lists without end.") from None
    return Numbers(_values(filled, types, wanted), missing, _values_class(types))


def _values_class(types: set[type]) -> str | None:
    if not types or not are_dates(types):
        return None
    return "POSIXct" if all(issubclass(kind, datetime.datetime) for kind in types) else "Date"


def _values(obj: Any, types: set[type], wanted: torch.dtype | None) -> np.ndarray:
    if types and all(issubclass(kind, (np.datetime64, np.timedelta64)) for kind in types):
        return numbers_of_times(_as_array(obj, None))
    if types and are_dates(types):
        obj, types = numbers_of_dates(obj), {float}
    elif any(_is_foreign(kind) for kind in types):
        obj = _map(_python_number, obj)
        types = {type(value) for value in _leaves(obj)}
    kinds = {_number_type(kind) for kind in types}
    widest = next((kind for kind in _NUMBERS if kind in kinds), float)  # []: as R's numeric(0)
    name = _NUMBERS[widest]
    if widest is int and wanted is not None and dtype_name(wanted) == "uint64":
        name = "uint64"
    if widest in (float, complex):
        _check_exact(obj)
    elif widest is int:
        _check_range(obj, name)
    return _as_array(obj, name)


def _as_array(obj: Any, name: str | None) -> np.ndarray:
    try:
        return np.array(obj, dtype=name)
    except (ValueError, TypeError) as error:
        raise DtypeError(
            "The lists in this list differ in length or depth; a tensor needs them alike."
        ) from error


def _map(change: Callable[[Any], Any], obj: Any) -> Any:
    if isinstance(obj, (list, tuple)):
        return [_map(change, item) for item in obj]
    return change(obj)


def _is_missing_type(kind: type) -> bool:
    """None, and pandas' NA and NaT."""
    return kind.__name__ in ("NoneType", "NAType", "NaTType")


def _stand_in(types: set[type]) -> Any:
    """A value that makes nothing wider, for a missing one."""
    if types and are_dates(types):
        is_time = all(issubclass(kind, datetime.datetime) for kind in types)
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return epoch if is_time else epoch.date()
    return np.datetime64("NaT") if any(issubclass(kind, np.datetime64) for kind in types) else False


def _is_foreign(kind: type) -> bool:
    """Decimals, and NumPy's numbers of dtypes that other libraries bring (ml_dtypes)."""
    return issubclass(kind, (decimal.Decimal, np.generic)) and not _is_numpy_number(kind)


def _is_numpy_number(kind: type) -> bool:
    return issubclass(kind, np.generic) and np.dtype(kind).name in NUMPY_NAMES


def _python_number(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        number = float(value)
        if value.is_finite() and decimal.Decimal(repr(number)) != value:
            raise LossyError(
                f"{value!r} has more digits than float64 holds; make it a float first."
            )
        return number
    if (
        _is_foreign(type(value))
        and np.dtype(type(value)).kind == "V"
        and hasattr(value, "__float__")
    ):
        return int(value) if "int" in type(value).__name__ else float(value)
    return value


def _leaves(obj: Any) -> Iterator[Any]:
    if not isinstance(obj, (list, tuple)):
        yield obj
        return
    for item in obj:
        if isinstance(item, (list, tuple)):
            yield from _leaves(item)
        else:
            yield item


#: The widest first.
_NUMBERS = {
    complex: "complex128",
    float: "float64",
    int: "int64",
    bool: "bool",
}
_KINDS: dict[str, type] = {"b": bool, "i": int, "u": int, "f": float, "c": complex}


_TENSORS_OF_MODULE = Remedy(
    "its tensors are in x.state_dict()", "its tensors are in as_tensors(x$state_dict())"
)


def _number_type(kind: type) -> type:
    for number in (bool, int, float, complex):  # bool before int, whose subclass it is
        if issubclass(kind, number):
            return number
    if _is_numpy_number(kind):
        return _KINDS[np.dtype(kind).kind]
    if issubclass(kind, (np.ndarray, torch.Tensor)):
        raise DtypeError(
            f"A list of {kind.__name__} is no tensor; join them with np.stack() or torch.stack()."
        )
    if issubclass(kind, str):
        raise DtypeError(
            "str is no number, tensor or array (R's factors arrive as text: "
            'from_r("x") brings x as R has it)',
            TEXT,
        )
    if issubclass(kind, torch.nn.Module):
        raise DtypeError(f"{kind.__name__} is a module, and no tensor", _TENSORS_OF_MODULE)
    raise DtypeError(f"{kind.__name__} is no number, tensor or array; a tensor is made of these.")


def _check_exact(obj: Any) -> None:
    """Among floats, an int becomes one: it must survive that."""
    for value in _leaves(obj):
        if isinstance(value, (int, np.integer)) and not _is_exact(int(value)):
            told = integer_text(int(value))
            raise LossyError(f"{told} among floats would not stay exact; make it a float first.")


def _is_exact(value: int) -> bool:
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


def _check_range(obj: Any, name: str) -> None:
    low, high = (0, 2**64 - 1) if name == "uint64" else (-(2**63), 2**63 - 1)
    for value in _leaves(obj):
        if not low <= value <= high:
            raise LossyError(
                f"{integer_text(int(value))} is out of the range of {name}, {low} to {high}; "
                'make it a float first, or choose another dtype such as "uint64".'
            )
