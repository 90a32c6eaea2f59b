"""Tensors of Python's numbers: one, or (nested) lists of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from .dtypes import DTYPES, dtype_name
from .errors import DtypeError, LossyError
from .times import are_dates, numbers_of_dates

__all__ = ["from_numbers"]


def from_numbers(obj: Any, wanted: torch.dtype | None) -> torch.Tensor:
    """Python numbers, alone or in nested lists: int64, float64, bool or complex128.

    Integers for uint64 become that at once, since int64 does not hold all of them.

    Raises:
        DtypeError: something is no number, or the lists differ in length or depth.
        LossyError: an integer is out of range, or would not stay exact among floats.

    Example:
        >>> from_numbers([1, 2.5], None)
        tensor([1.0000, 2.5000], dtype=torch.float64)
    """
    types = {type(value) for value in _leaves(obj)}
    if are_dates(types):
        obj, types = numbers_of_dates(obj), {float}
    kinds = {_number_type(kind) for kind in types}
    widest = next((kind for kind in _NUMBERS if kind in kinds), float)  # []: as R's numeric(0)
    name = _NUMBERS[widest]
    if widest is int and wanted is not None and dtype_name(wanted) == "uint64":
        name = "uint64"
    if widest in (float, complex):
        _check_exact(obj)
    elif widest is int:
        _check_range(obj, name)
    try:
        return torch.from_numpy(np.array(obj, dtype=name))
    except (ValueError, TypeError) as error:
        raise DtypeError(
            "The lists in this list differ in length or depth; a tensor needs them alike."
        ) from error


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


def _number_type(kind: type) -> type:
    for number in (bool, int, float, complex):  # bool before int, whose subclass it is
        if issubclass(kind, number):
            return number
    if issubclass(kind, np.generic) and np.dtype(kind).name in DTYPES:
        return _KINDS[np.dtype(kind).kind]
    if kind is type(None):
        raise DtypeError("None is no number; write float('nan') for a missing value.")
    if issubclass(kind, (np.ndarray, torch.Tensor)):
        raise DtypeError(
            f"A list of {kind.__name__} is no tensor; join them with np.stack() or torch.stack()."
        )
    if issubclass(kind, str):
        raise DtypeError(
            "str is no number, tensor or array; a tensor is made of these. An R factor arrives as "
            "text: make its tensor in R, t <- as_tensor(x), and use r.t."
        )
    raise DtypeError(f"{kind.__name__} is no number, tensor or array; a tensor is made of these.")


def _check_exact(obj: Any) -> None:
    """Among floats, an int becomes one: it must survive that."""
    for value in _leaves(obj):
        if isinstance(value, (int, np.integer)) and not _is_exact(int(value)):
            raise LossyError(f"{value} among floats would not stay exact; make it a float first.")


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
                f"{value} is out of the range of {name}, {low} to {high}; "
                'make it a float first, or choose another dtype such as "uint64".'
            )
