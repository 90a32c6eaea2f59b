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


def read(obj: Any, r_type: str | None = None, copy: bool | None = True) -> dict[str, Any]:
    """A Python object as what R makes its value of, with all that is in it.

    Args:
        obj: a tensor, an array, a number, text, None, or a structure of those.
        r_type: the R type that is asked for; None for the one that the dtype has.
        copy: False for memory that R can view, None for such where there is some that holds what a
            copy would, True for memory that R reads.

    Returns:
        ``kind`` and what goes with it: "memory" is as `read_memory()` has it, and ``is_view`` tells
        whether R can view it; "sparse" has ``layout``, ``shape`` and the memory of ``first``,
        ``second`` and ``values`` (see `sparse.parts()`); "text" has ``value``; "null" nothing;
        "list" has ``names`` (or None) and ``items``.

    Raises:
        DtypeError: the object, or one inside it, has no counterpart in R.
        SharingError: `copy` is False and there is no memory to view.

    Example:
        >>> found = read({"a": torch.zeros(2), "b": None})
        >>> found["names"], [item["kind"] for item in found["items"]]
        (['a', 'b'], ['memory', 'null'])
    """
    return _read(obj, r_type, copy, ())


def _read(obj: Any, r_type: str | None, copy: bool | None, parents: tuple[int, ...]) -> Any:
    source = identify(obj)
    kind = source.kind
    if kind in ("tensor", "array"):
        found = _read_values(source, r_type, copy)
        if "owner" in found and found["owner"] is None and (parents or source.value is not obj):
            found["owner"] = Owner(source.value)  # the caller does not hold what is inside
        return found
    if kind == "number":
        return _read_number(obj, r_type)
    if kind == "text":
        return {"kind": "text", "value": str(obj)}
    if kind == "none":
        return {"kind": "null"}
    if kind == "unknown":
        raise _unknown(obj)
    if id(obj) in parents:
        raise DtypeError(f"This {type(obj).__name__} contains itself, and an R list cannot.")
    return _read_parts(source, r_type, copy, (*parents, id(obj)))


def _read_parts(
    source: Source, r_type: str | None, copy: bool | None, parents: tuple[int, ...]
) -> dict[str, Any]:
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
    return {"kind": "list", "names": names, "items": items}


def _read_values(source: Source, r_type: str | None, copy: bool | None) -> dict[str, Any]:
    obj = source.value
    is_sparse = isinstance(obj, torch.Tensor) and obj.layout in LAYOUTS.values()
    if copy is not True and (source.has_memory or copy is False):
        try:
            return _read_view(source, r_type, copy)
        except SharingError:
            if copy is False:
                raise
    if is_sparse:
        return _read_sparse(obj)
    return {"kind": "memory", "is_view": False, **read_memory(obj)}


def _read_view(source: Source, r_type: str | None, copy: bool | None) -> dict[str, Any]:
    obj = source.value
    if not source.has_memory:
        raise SharingError(f"A {obj.dtype.name} number has no memory that R can view", COPY)
    if r_type is None and copy is None:  # then the view must have the type of a copy
        name = dtype_name(obj.dtype) if isinstance(obj, torch.Tensor) else obj.dtype.name
        r_type = DTYPES[name].r_type if name in DTYPES else None
    return {"kind": "memory", "is_view": True, **view_memory(obj, r_type)}


def _read_sparse(tensor: torch.Tensor) -> dict[str, Any]:
    layout, shape, first, second, values = parts(tensor)
    memory = [_read(part, None, True, (id(tensor),)) for part in (first, second, values)]
    return {
        "kind": "sparse",
        "layout": layout,
        "shape": shape,
        "first": memory[0],
        "second": memory[1],
        "values": memory[2],
    }


def _read_number(number: Any, r_type: str | None) -> dict[str, Any]:
    """Python's numbers as arrays of no dimension; its integers may have more digits than those."""
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        raise LossyError(f"The integer {number} is out of the range of every R type.")
    array = np.asarray(number)
    return {"kind": "memory", "is_view": False, **read_memory(array), "owner": Owner(array)}


def _unknown(obj: Any) -> DtypeError:
    hint = "use its state_dict()" if isinstance(obj, torch.nn.Module) else "take its tensors out"
    return DtypeError(
        f"A Python object of type {type_name(obj)} is no tensor and no NumPy array, and nothing "
        f"else that R has values for; {hint} first."
    )
