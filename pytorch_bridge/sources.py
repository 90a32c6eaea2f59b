"""What a Python object is: the one ladder, which `to_tensor()` and the way to R both climb."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from . import libraries
from .errors import DtypeError
from .kinds import Source
from .owners import may_be_written

__all__ = ["identify", "type_name"]


def identify(obj: Any) -> Source:
    """The first row of the ladder that knows the object.

    Raises:
        DtypeError: the object offers its values, and does not give them.

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
    return _offered(obj, torch.from_dlpack)


def _from_cuda_interface(obj: Any) -> Source:
    return _offered(obj, torch.as_tensor)


def _offered(obj: Any, take: Callable[[Any], torch.Tensor]) -> Source:
    """Memory that another library offers. What PyTorch cannot share, NumPy may be able to copy."""
    try:
        tensor = take(obj)
    except Exception as error:
        if hasattr(obj, "__array__"):
            return _from_array_method(obj)
        raise _refused(obj, error) from error
    return Source("tensor", tensor, read_only=not may_be_written(obj, tensor))


def _from_array_method(obj: Any) -> Source:
    try:
        array = np.asarray(obj)
    except Exception as error:
        raise _refused(obj, error) from error
    return Source("array", array, has_memory=not array.flags.owndata)


def _refused(obj: Any, error: Exception) -> DtypeError:
    first_line = (str(error) or type(error).__name__).strip().partition("\n")[0]
    return DtypeError(
        f"The {type_name(obj)} does not give its values ({first_line}); make a NumPy array of it "
        "first, where its values are there."
    )


def _from_array_interface(obj: Any) -> Source:
    return Source("array", np.asarray(obj))


def _masked(obj: Any) -> Source:
    mask = np.ma.getmaskarray(obj)
    return Source("array", np.asarray(obj), missing=mask if mask.any() else None)


def _scalar(obj: Any) -> Source:
    return Source("array", np.asarray(obj), has_memory=False)


def _size(obj: torch.Size) -> Source:
    return Source("array", np.array(obj, np.int64), has_memory=False)


def _is_buffer(obj: Any) -> bool:
    try:
        memoryview(obj)
    except TypeError:
        return False
    return True


def _columns(obj: Any) -> Source:
    """A data frame of another library."""
    names = list(obj.columns)
    return Source("columns", [obj[name].to_numpy() for name in names], names, False)


def _mapping(obj: Any) -> Source:
    names, values = list(obj.keys()), list(obj.values())
    return Source("mapping", values, names, False)


def _is_mapping(obj: Any) -> bool:
    if isinstance(obj, Mapping):
        return True
    named = hasattr(type(obj), "keys") and hasattr(type(obj), "items")
    return named and hasattr(type(obj), "values") and hasattr(type(obj), "__getitem__")


def _is_struct_sequence(obj: Any) -> bool:
    """Results of PyTorch's functions that have several parts, and of `time` and `os`."""
    return isinstance(obj, tuple) and hasattr(obj, "n_sequence_fields")


def _struct_sequence(obj: Any) -> Source:
    fields = [name for name, value in vars(type(obj)).items() if _is_member(value)]
    return Source("record", list(obj), fields[: len(obj)], False)


def _is_member(value: Any) -> bool:
    return type(value).__name__ == "member_descriptor"


def _is_named_tuple(obj: Any) -> bool:
    return isinstance(obj, tuple) and hasattr(obj, "_fields")


def _named_tuple(obj: Any) -> Source:
    return Source("record", list(obj), list(obj._fields), False)


def _is_dataclass(obj: Any) -> bool:
    return dataclasses.is_dataclass(obj) and not isinstance(obj, type)


def _fields_of_dataclass(obj: Any) -> Source:
    names = [field.name for field in dataclasses.fields(obj)]
    return Source("record", [getattr(obj, name) for name in names], names, False)


#: What an object must be, and what it is then taken for. The first row that fits counts. (NumPy's
#: numbers are Python's as well, so they come before those; SciPy's dictionary of keys is a dict.)
_LADDER: list[tuple[Callable[[Any], bool], Callable[[Any], Source]]] = [
    (_is(torch.Tensor), _as("tensor", True)),
    (_is(np.ma.MaskedArray), _masked),
    (_is(np.ndarray), _as("array", True)),
    (_is(str), _as("text")),
    (_is(bytes, bytearray), lambda obj: Source("array", np.frombuffer(obj, np.uint8))),
    (_is(np.generic), _scalar),
    (_is(bool, int, float, complex, decimal.Decimal, datetime.date), _as("number")),
    (_is(type(None)), _as("none")),
    (_is(torch.Size), _size),
    (_is_named_tuple, _named_tuple),
    (_is_struct_sequence, _struct_sequence),
    (_is(list, tuple), lambda obj: Source("list", list(obj), None, False)),
    *libraries.LADDER,
    (_is(dict), _mapping),
    (_has("__dlpack__"), _from_dlpack),
    (_has("__cuda_array_interface__"), _from_cuda_interface),
    (_has("__array_interface__"), _from_array_interface),
    (_is_mapping, _mapping),
    (_has("__array__"), _from_array_method),
    (_is_buffer, lambda obj: Source("array", np.asarray(memoryview(obj)))),
    (_has("to_numpy", "columns"), _columns),
    (_has("to_numpy"), lambda obj: Source("array", np.asanyarray(obj.to_numpy()), None, False)),
    (_is_dataclass, _fields_of_dataclass),
    (_is(range), lambda obj: Source("array", np.array(obj), None, False)),
]
