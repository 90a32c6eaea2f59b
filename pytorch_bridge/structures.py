"""Python objects as R takes them: values in memory, text, and structures with all in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .dtypes import DTYPES, dtype_name
from .errors import COPY, BridgeError, DtypeError, LossyError, SharingError
from .owners import Owner
from .sharing import view_memory
from .sources import Source, identify, type_name
from .sparse import LAYOUTS, parts
from .transfer import read_memory

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
        ``("sparse", layout, shape, first, second, values)``, the last three as memory (see
        `sparse.parts()`); ``("text", value)``; ``("null",)``; ``("list", names or None, items)``.

    Raises:
        DtypeError: the object, or one inside it, has no counterpart in R.
        SharingError: `copy` is False and there is no memory to view.

    Example:
        >>> read({"a": None, "b": "text"})
        ('list', ['a', 'b'], [('null',), ('text', 'text')])
    """
    return _read(obj, r_type, copy, ())


def _read(obj: Any, r_type: str | None, copy: bool | None, parents: tuple[int, ...]) -> Found:
    source = identify(obj)
    kind = source.kind
    if kind in ("tensor", "array"):
        # The caller holds the object itself, but not what is inside it.
        return _read_values(source, r_type, copy, bool(parents) or source.value is not obj)
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
    return "list", names, items


def _read_values(source: Source, r_type: str | None, copy: bool | None, hold: bool) -> Found:
    obj = source.value
    if copy is not True and (source.has_memory or copy is False):
        try:
            return _read_view(source, r_type, copy)
        except SharingError:
            if copy is False:
                raise
    if isinstance(obj, torch.Tensor) and obj.layout in LAYOUTS.values():
        return _read_sparse(obj)
    return _read_copy(obj, hold)


def _read_view(source: Source, r_type: str | None, copy: bool | None) -> Found:
    obj = source.value
    if not source.has_memory:
        raise SharingError(f"A {obj.dtype.name} number has no memory that R can view", COPY)
    if r_type is None and copy is None:  # then the view must have the type of a copy
        name = dtype_name(obj.dtype) if isinstance(obj, torch.Tensor) else obj.dtype.name
        r_type = DTYPES[name].r_type if name in DTYPES else None
    return "memory", True, *view_memory(obj, r_type)


def _read_copy(obj: torch.Tensor | np.ndarray, hold: bool) -> Found:
    found = read_memory(obj)
    return "memory", False, Owner(obj) if hold and found.owner is None else found.owner, *found[1:]


def _read_sparse(tensor: torch.Tensor) -> Found:
    layout, shape, *arrays = parts(tensor)
    return "sparse", layout, shape, *(_read_copy(array, True) for array in arrays)


def _read_number(number: Any) -> Found:
    """Python's numbers as arrays of no dimension; its integers may have more digits than those."""
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        raise LossyError(f"The integer {number} is out of the range of every R type.")
    return _read_copy(np.asarray(number), True)


def _unknown(obj: Any) -> DtypeError:
    hint = "use its state_dict()" if isinstance(obj, torch.nn.Module) else "take its tensors out"
    return DtypeError(
        f"A Python object of type {type_name(obj)} is no tensor and no NumPy array, and nothing "
        f"else that R has values for; {hint} first."
    )
