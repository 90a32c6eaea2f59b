"""Python objects as R takes them: values in memory, text, and structures with all in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from .convert import to_tensor
from .dtypes import DTYPES, NUMPY_NAMES, dtype_name
from .errors import (
    COPY,
    BridgeError,
    DtypeError,
    LossyError,
    Remedy,
    SharingError,
    integer_text,
)
from .kinds import Source
from .memory import is_plain, layout_of
from .numbers import read_numbers
from .owners import Owner
from .remote import is_fetched
from .sharing import view_memory
from .sources import identify, type_name
from .sparse import LAYOUTS, from_scipy, parts
from .times import are_times, class_in_r, numbers_of_times
from .transfer import ROWS, read_memory

__all__ = ["read"]


#: What R makes its value of: a kind, and what goes with it. A plain tuple, which R takes directly.
Found = tuple[Any, ...]


def read(obj: Any, r_type: str | None = None, copy: bool | None = True) -> Found:
    """A Python object as what R makes its value of, with all that is in it.

    Args:
        obj: a tensor, an array, a number, text, None, or a structure of those.
        r_type: the R type that is asked for; None for the one that the dtype has.
        copy: False for memory that R can view, None for such where there is some that holds what a
            copy would, True for memory that R reads.

    Returns:
        One of ``("memory", is_view, owner, dtype, r_type, layout)``, as `read_memory()` has them;
        ``("remote", owner, r_type, shape)``, for `remote.fetch()`;
        ``("vector", memory, missing, class, detail)``, where ``missing`` has the places from 1 of
        what is missing, and a class of R has its time zone or its levels as detail;
        ``("sparse", layout, shape, first, second, values)``, the last three as memory (see
        `sparse.parts()`); ``("text", value)``; ``("texts", values, shape)``; ``("null",)``;
        ``("list", names or None, items)``; ``("frame", names, columns)``.

    Raises:
        DtypeError: the object, or one inside it, has no counterpart in R.
        SharingError: `copy` is False and there is no memory to view.

    Example:
        >>> read({"a": None, "b": "text"})
        ('list', ['a', 'b'], [('null',), ('text', 'text')])
    """
    if copy is True and is_plain(obj):  # as most are; that its memory is there, the guard has seen
        row = ROWS[obj.dtype]
        return "memory", False, None, row.name, row.r_type, layout_of(obj)
    return _read(obj, r_type, copy, ())


def _read(obj: Any, r_type: str | None, copy: bool | None, parents: tuple[int, ...]) -> Found:
    # The caller holds the object itself, but not what is inside it.
    if isinstance(obj, torch.Tensor):
        return _read_tensor(obj, r_type, copy, bool(parents))
    source = identify(obj)
    kind = source.kind
    hold = bool(parents) or source.value is not obj
    if kind == "tensor":
        return _read_tensor(source.value, r_type, copy, hold, source.read_only)
    if kind == "array":
        return _read_array(source, r_type, copy, hold, parents)
    if kind == "sparse":
        return _read_sparse(from_scipy(obj))
    if kind == "number":
        return _read_number(obj)
    if kind == "text":
        return "text", str(obj)
    if kind == "none":
        return ("null",)
    if kind == "unknown":
        raise _unknown(obj)
    if id(obj) in parents:
        raise DtypeError(f"This {type(obj).__name__} contains itself, and an R list cannot.")
    return _read_parts(source, r_type, copy, (*parents, id(obj)))


def _read_parts(
    source: Source, r_type: str | None, copy: bool | None, parents: tuple[int, ...]
) -> Found:
    names = None if source.names is None else [str(name) for name in source.names]
    if names is not None and len(set(names)) < len(names):
        raise DtypeError("Two keys of this dict have the same name as text.")
    items = []
    for i, part in enumerate(source.value):
        try:
            items.append(_read(part, r_type, copy, parents))
        except BridgeError as error:
            place = f'"{names[i]}"' if names else i + 1
            raise error.within(f"In element {place}") from error
    return ("frame" if source.kind == "columns" else "list"), names, items


def _read_tensor(
    tensor: torch.Tensor,
    r_type: str | None,
    copy: bool | None,
    hold: bool,
    read_only: bool = False,
) -> Found:
    view = _read_view(tensor, r_type, copy, read_only)
    if view is not None:
        return view
    if tensor.layout is not torch.strided and tensor.layout in LAYOUTS.values():
        return _read_sparse(tensor)
    plain = tensor.detach() if tensor.requires_grad else tensor
    if is_fetched(plain, r_type):
        return "remote", Owner(plain), DTYPES[dtype_name(plain.dtype)].r_type, _lengths(plain)
    return _read_copy(tensor, hold)


def _read_view(
    obj: torch.Tensor | np.ndarray, r_type: str | None, copy: bool | None, read_only: bool
) -> Found | None:
    """Memory to view; None where it is to be copied."""
    if copy is True:
        return None
    if r_type is None and copy is None:  # then the view must have the type of a copy
        name = dtype_name(obj.dtype) if isinstance(obj, torch.Tensor) else obj.dtype.name
        r_type = DTYPES[name].r_type if name in DTYPES else None
    try:
        return "memory", True, *view_memory(obj, r_type, read_only)
    except SharingError:
        if copy is False:
            raise
        return None


def _read_array(
    source: Source, r_type: str | None, copy: bool | None, hold: bool, parents: tuple[int, ...]
) -> Found:
    array = source.value
    if array.dtype.kind == "O":
        return _read_objects(source, r_type, copy, parents)
    if array.dtype.kind in "UT":
        return "texts", array.ravel(order="F").tolist(), _lengths(array)
    if are_times(array):
        _refuse_view(copy, array.dtype)
        missing = np.isnat(array) if source.missing is None else np.isnat(array) | source.missing
        return _vector(numbers_of_times(array), missing, class_in_r(array), source.zone)
    if source.levels is not None:
        _refuse_view(copy, "categories")
        return _vector(array, source.missing, "factor", source.levels)
    if array.dtype.name not in NUMPY_NAMES:
        return _read_copy(to_tensor(array), True)  # what has a dtype in PyTorch; else its error
    if source.missing is not None:
        _refuse_view(copy, "a column with missing values")
        return _vector(array, source.missing)
    if not source.has_memory:
        if copy is False:
            raise SharingError(
                f"These values of {array.dtype} have no memory that R can view", COPY
            )
        copy = True
    view = _read_view(array, r_type, copy, source.read_only)
    return _read_copy(array, hold) if view is None else view


def _refuse_view(copy: bool | None, what: object) -> None:
    if copy is False:
        raise SharingError(f"R has no type with the memory of {what}", COPY)


def _vector(
    values: np.ndarray, missing: np.ndarray | None, r_class: str | None = None, detail: Any = None
) -> Found:
    """missing: which are; its places are told as R counts them, the first index fastest."""
    places = None
    if missing is not None and missing.any():
        places = [float(place) for place in np.flatnonzero(missing.ravel(order="F")) + 1]
    return "vector", _read_copy(np.asarray(values), True), places, r_class, detail


def _read_objects(
    source: Source, r_type: str | None, copy: bool | None, parents: tuple[int, ...]
) -> Found:
    """An array of Python's objects: as its values would be, if they are all of one kind."""
    array = source.value
    if source.missing is not None:
        array = np.where(source.missing, np.array(None), array)
    _refuse_view(copy, "Python objects")
    values = array.ravel(order="F").tolist()
    if all(isinstance(value, str) or value is None for value in values):
        return "texts", values, _lengths(array)
    try:
        found = read_numbers(array.tolist())
    except DtypeError:
        return _read_parts(Source("list", array.tolist()), r_type, copy, parents)
    return _vector(found.values, found.missing, found.r_class)


def _lengths(values: np.ndarray | torch.Tensor) -> list[float]:
    return [float(n) for n in values.shape]


def _read_copy(obj: torch.Tensor | np.ndarray, hold: bool) -> Found:
    found = read_memory(obj)
    return "memory", False, Owner(obj) if hold and found.owner is None else found.owner, *found[1:]


def _read_sparse(tensor: torch.Tensor) -> Found:
    layout, shape, *arrays = parts(tensor)
    return "sparse", layout, shape, *(_read_copy(array, True) for array in arrays)


def _read_number(number: Any) -> Found:
    """Python's numbers as arrays of no dimension; its integers may have more digits than those."""
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        raise LossyError(f"The integer {integer_text(number)} is out of the range of every R type.")
    found = read_numbers(number)
    if found.r_class is not None:
        return _vector(found.values, None, found.r_class)
    return _read_copy(found.values, True)


def _unknown(obj: Any) -> DtypeError:
    what = (
        f"A Python object of type {type_name(obj)} is no tensor and no NumPy array, and nothing "
        "else that R has values for"
    )
    if isinstance(obj, torch.nn.Module):
        return DtypeError(
            what, Remedy("use its state_dict()", "its values are in as_r(x$state_dict())")
        )
    if isinstance(obj, Iterable):
        return DtypeError(what, Remedy("use list(x)", "go through it with reticulate::iterate(x)"))
    return DtypeError(
        what,
        Remedy(
            "take out the tensors that are in it", "take out what is in it by x$name, or py_to_r(x)"
        ),
    )
