"""What a Python object is: the one ladder, which `to_tensor()` and the way to R both climb."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch

from .errors import DtypeError

__all__ = ["Source", "identify", "type_name"]


class Source(NamedTuple):
    """An object, and what it is.

    `kind` is one of "tensor" (a ``torch.Tensor``), "array" (a ``numpy.ndarray``), "number" and
    "text" (Python's own), "none"; "columns" (of a data frame), "mapping", "record" (a named tuple
    or a dataclass) and "list", whose parts are in `value`; and "unknown".
    """

    kind: str
    value: Any
    names: list[Any] | None = None  #: of the parts
    has_memory: bool = True  #: whether `value` lies in memory of the object itself


def identify(obj: Any) -> Source:
    """The first row of the ladder that knows the object.

    Raises:
        DtypeError: the object offers its memory by DLPack, and PyTorch does not take it.

    Example:
        >>> identify((1, 2)).kind, identify(np.float32(1)).kind, identify(None).kind
        ('list', 'array', 'none')
    """
    for is_one, take in _LADDER:
        if is_one(obj):
            return take(obj)
    return Source("unknown", obj, has_memory=False)


def type_name(obj: Any) -> str:
    """The full name of an object's type, as it would be imported.

    Example:
        >>> type_name(torch.nn.ReLU()), type_name({})
        ('torch.nn.modules.activation.ReLU', 'dict')
    """
    return f"{type(obj).__module__}.{type(obj).__qualname__}".removeprefix("builtins.")


def _is(*types: type) -> Callable[[Any], bool]:
    return lambda obj: isinstance(obj, types)


def _has(*names: str) -> Callable[[Any], bool]:
    return lambda obj: all(hasattr(obj, name) for name in names)


def _as(kind: str, has_memory: bool = False) -> Callable[[Any], Source]:
    return lambda obj: Source(kind, obj, has_memory=has_memory)


def _from_dlpack(obj: Any) -> Source:
    try:
        return Source("tensor", torch.from_dlpack(obj))
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise DtypeError(f"PyTorch cannot take over this {type(obj).__name__}: {error}") from error


def _from_cuda_interface(obj: Any) -> Source:
    return Source("tensor", torch.as_tensor(obj))


def _columns(obj: Any) -> Source:
    names = list(obj.columns)
    return Source("columns", [obj[name].to_numpy() for name in names], names, False)


def _mapping(obj: Mapping[Any, Any]) -> Source:
    return Source("mapping", list(obj.values()), list(obj), False)


def _is_named_tuple(obj: Any) -> bool:
    return isinstance(obj, tuple) and hasattr(obj, "_fields")


def _named_tuple(obj: Any) -> Source:
    return Source("record", list(obj), list(obj._fields), False)


def _fields_of_dataclass(obj: Any) -> Source:
    names = [field.name for field in dataclasses.fields(obj)]
    return Source("record", [getattr(obj, name) for name in names], names, False)


def _is_dataclass(obj: Any) -> bool:
    return dataclasses.is_dataclass(obj) and not isinstance(obj, type)


#: What an object must be, and what it is then taken for. The first row that fits counts. (NumPy's
#: numbers are Python's as well, so they come before those.)
_LADDER: list[tuple[Callable[[Any], bool], Callable[[Any], Source]]] = [
    (_is(torch.Tensor), _as("tensor", True)),
    (_is(np.ndarray), _as("array", True)),
    (_is(str), _as("text")),
    (_is(bytes, bytearray), lambda obj: Source("array", np.frombuffer(obj, np.uint8))),
    (_is(np.generic), lambda obj: Source("array", np.asarray(obj), None, False)),
    (_is(bool, int, float, complex), _as("number")),
    (_is(type(None)), _as("none")),
    (_has("__dlpack__"), _from_dlpack),
    (_has("__cuda_array_interface__"), _from_cuda_interface),
    (_has("__array_interface__"), lambda obj: Source("array", np.asarray(obj))),
    (_has("to_numpy", "columns"), _columns),
    (_has("to_numpy"), lambda obj: Source("array", np.asanyarray(obj.to_numpy()), None, False)),
    (_is(Mapping), _mapping),
    (_is_named_tuple, _named_tuple),
    (_is_dataclass, _fields_of_dataclass),
    (_is(list, tuple), lambda obj: Source("list", list(obj), None, False)),
]
