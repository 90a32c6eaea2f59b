"""Python's structures (dicts, lists, tuples, dataclasses) taken apart for R, losing nothing.

reticulate converts numbers on its own terms (before 1.40 a large int becomes 0), so every leaf goes
as a pair: its kind and what R makes it of.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from .errors import DtypeError
from .sharing import Keeper

__all__ = ["unpack"]


def unpack(obj: Any, parents: tuple[int, ...] = ()) -> tuple[Any, ...]:
    """A Python object as nested tuples that R can rebuild it from.

    Returns:
        One of ``("tensor", tensor)``, ``("array", Keeper)``, ``("integer", digits)``,
        ``("value", bool, float, complex or str)``, ``("null",)``, and for containers
        ``("list", names or None, [unpacked, ...])``.

    Raises:
        DtypeError: the object, or one inside it, has no counterpart in R.

    Example:
        >>> unpack({"a": 2**60, "b": None})
        ('list', ['a', 'b'], [('integer', '1152921504606846976'), ('null',)])
    """
    if isinstance(obj, torch.Tensor):
        return "tensor", obj
    if isinstance(obj, (np.ndarray, np.generic)) and not isinstance(obj, np.str_):
        return "array", Keeper(np.asanyarray(obj))
    if obj is None:
        return ("null",)
    if isinstance(obj, int) and not isinstance(obj, bool):
        return "integer", str(int(obj))
    if isinstance(obj, (bool, float, complex, str)):
        return "value", obj
    if hasattr(obj, "__dlpack__"):
        return "tensor", torch.from_dlpack(obj)
    if hasattr(obj, "__array_interface__"):
        return "array", Keeper(np.asarray(obj))
    return _unpack_container(obj, parents)


def _unpack_container(obj: Any, parents: tuple[int, ...]) -> tuple[Any, ...]:
    names, items = _items(obj)
    if id(obj) in parents:
        raise DtypeError(f"This {type(obj).__name__} contains itself, and an R list cannot.")
    inside = (*parents, id(obj))
    return "list", names, [unpack(item, inside) for item in items]


def _items(obj: Any) -> tuple[list[str] | None, list[Any]]:
    if isinstance(obj, Mapping):
        names = [str(key) for key in obj]
        if len(set(names)) < len(names):
            raise DtypeError("Two keys of this dict have the same name as text.")
        return names, list(obj.values())
    if dataclasses.is_dataclass(obj) and not isinstance(obj, type):
        names = [field.name for field in dataclasses.fields(obj)]
        return names, [getattr(obj, name) for name in names]
    if isinstance(obj, tuple) and hasattr(obj, "_fields"):
        return list(obj._fields), list(obj)
    if isinstance(obj, (list, tuple)):
        return None, list(obj)
    kind = f"{type(obj).__module__}.{type(obj).__qualname__}".removeprefix("builtins.")
    hint = "use its state_dict()" if isinstance(obj, torch.nn.Module) else "take its tensors out"
    raise DtypeError(
        f"A Python object of type {kind} is no tensor and no NumPy array, and nothing else that "
        f"R has values for; {hint} first."
    )
